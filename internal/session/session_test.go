package session

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"

	"github.com/stretchr/testify/require"
)

// slowStore answers when the test says so.
type slowStore struct {
	asked  chan [][32]byte
	answer chan map[[32]byte]account.SignedIn
}

func (s slowStore) SessionUsers(_ context.Context, hashes [][32]byte) (map[[32]byte]account.SignedIn, error) {
	s.asked <- hashes
	return <-s.answer, nil
}

func (slowStore) UseSessions(context.Context, []account.Session) error {
	return errors.New("the disk is full")
}

// Who signs out while a request of theirs is looked up is not remembered as signed in.
func TestWhatWasLookedUpBeforeSigningOutIsNotKept(t *testing.T) {
	t.Parallel()
	store := slowStore{make(chan [][32]byte), make(chan map[[32]byte]account.SignedIn)}
	s := New(Options{Store: store, Clock: clock.System(), Log: slog.New(slog.DiscardHandler), Idle: time.Hour})
	hash := account.HashToken("ana")
	in := map[[32]byte]account.SignedIn{hash: {Session: account.Session{TokenHash: hash, UserID: 7},
		User: account.User{ID: 7, Role: account.RoleAdmin}}}
	for name, end := range map[string]func(){
		"nothing happens": func() {},
		"the session":     func() { s.Drop(hash) },
		"all of the user": func() { s.Forget("7") },
		"everybody":       func() { s.Forget("") },
	} {
		s.Forget("")
		ended := make(chan Caller)
		go func() {
			who, _ := s.Caller(t.Context(), "ana")
			ended <- who
		}()
		require.Equal(t, [][32]byte{hash}, <-store.asked, name)
		end()
		store.answer <- in
		require.Equal(t, int64(7), (<-ended).User.ID, name)
		_, known := s.known.get(hash)
		require.Equal(t, name == "nothing happens", known, name)
	}
}
