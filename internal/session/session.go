// Package session answers whose a session token is, for every role that asks: the API and the monitor. What a role
// looked up it remembers for some seconds.
package session

import (
	"context"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

const (
	// cacheTTL is how long a session that was ended on another node may still be honoured on this one.
	cacheTTL  = 5 * time.Second
	cacheSize = 50_000
)

// Store is where sessions are kept.
type Store interface {
	// SessionUser returns a session that has not ended and its user, or CodeUnauthenticated.
	SessionUser(ctx context.Context, tokenHash [32]byte) (account.Session, account.User, error)
}

// Caller is who sent a request.
type Caller struct {
	User      account.User
	TokenHash [32]byte
}

// Sessions looks sessions up.
type Sessions struct {
	store Store
	known *expirable.LRU[[32]byte, account.User]
}

// New returns what looks sessions up in a store.
func New(store Store) *Sessions {
	return &Sessions{store: store, known: expirable.NewLRU[[32]byte, account.User](cacheSize, nil, cacheTTL)}
}

// Caller returns whose a token is, or CodeUnauthenticated.
func (s *Sessions) Caller(ctx context.Context, token string) (Caller, error) {
	if token == "" {
		return Caller{}, attendance.NewError(account.CodeUnauthenticated, "Sign in first.")
	}
	hash := account.HashToken(token)
	if u, ok := s.known.Get(hash); ok {
		return Caller{u, hash}, nil
	}
	_, u, err := s.store.SessionUser(ctx, hash)
	if err != nil {
		return Caller{}, err
	}
	s.known.Add(hash, u)
	return Caller{u, hash}, nil
}

// Authenticate returns the user of a token, or CodeUnauthenticated.
func (s *Sessions) Authenticate(ctx context.Context, token string) (account.User, error) {
	who, err := s.Caller(ctx, token)
	return who.User, err
}

// Drop forgets one session: it ended, or its user changed. Other nodes follow within seconds.
func (s *Sessions) Drop(tokenHash [32]byte) { s.known.Remove(tokenHash) }

// Forget drops what is remembered of a user's sessions, of all with "": their rights are asked for anew.
func (s *Sessions) Forget(userID string) {
	if userID == "" {
		s.known.Purge()
		return
	}
	for _, hash := range s.known.Keys() {
		if u, ok := s.known.Peek(hash); ok && strconv.FormatInt(u.ID, 10) == userID {
			s.known.Remove(hash)
		}
	}
}
