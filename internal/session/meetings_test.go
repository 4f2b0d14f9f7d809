package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance/contact"

	"github.com/stretchr/testify/require"
)

// diary is a MeetingStore in memory that counts how often it is asked.
type diary struct {
	mu    sync.Mutex
	met   map[int64]contact.Met
	asked int
	fails error
}

func (d *diary) Meet(_ context.Context, ids []int64, now time.Time) (map[int64]contact.Met, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	known := map[int64]contact.Met{}
	for _, id := range ids {
		d.met[id] = d.met[id].Then(now)
		known[id] = d.met[id]
	}
	return known, d.fails
}

func (d *diary) Met(_ context.Context, id int64) (contact.Met, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.met[id], d.fails
}

// A page that is read all day asks the store once in five minutes, and a node takes another one's word.
func TestMeetingsAskTheStoreSeldom(t *testing.T) {
	t.Parallel()
	contacts, err := NewContacts("secret")
	require.NoError(t, err)
	d := &diary{met: map[int64]contact.Met{}}
	m, other := NewMeetings(contacts, d, slog.New(slog.DiscardHandler)), NewMeetings(contacts, d, nil)
	ana := &Caller{User: account.User{ID: 7, EmployeeID: 70}}
	began := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	for s := range 3600 {
		require.NotEmpty(t, m.Prove(t.Context(), ana, began.Add(time.Duration(s)*time.Second)))
	}
	require.Equal(t, 12, d.asked)
	require.Equal(t, contact.Met{At: began.Add(55 * time.Minute), Before: began.Add(50 * time.Minute)}, d.met[70])
	other.Meet(t.Context(), &ana.User, began.Add(58*time.Minute))
	other.Meet(t.Context(), &ana.User, began.Add(59*time.Minute))
	require.Equal(t, 13, d.asked, "it learned that nothing is to be noted before the hour is full")
	other.Meet(t.Context(), &ana.User, began.Add(60*time.Minute))
	require.Equal(t, began.Add(60*time.Minute), d.met[70].At)

	for name, nobody := range map[string]*Caller{"a program": {User: ana.User, Token: &account.APIToken{}},
		"who is no employee": {User: account.User{ID: 7}}} {
		require.Empty(t, m.Prove(t.Context(), nobody, began.Add(24*time.Hour)), name)
	}
	require.Equal(t, began.Add(60*time.Minute), d.met[70].At)
}

// What a device proves is held against what the server knows. Without the store nothing is said to be proven.
func TestWhatTheServerKnowsGoesWithAProof(t *testing.T) {
	t.Parallel()
	contacts, err := NewContacts("secret")
	require.NoError(t, err)
	d := &diary{met: map[int64]contact.Met{}}
	m := NewMeetings(contacts, d, slog.New(slog.DiscardHandler))
	ana := &Caller{User: account.User{ID: 7, EmployeeID: 70}}
	second := &Caller{User: account.User{ID: 8, EmployeeID: 70}}
	began := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	proof := m.Prove(t.Context(), ana, began)
	m.Prove(t.Context(), second, began.Add(40*time.Minute))
	at, met, err := m.Proven(t.Context(), ana, proof, began.Add(44*time.Minute))
	require.NoError(t, err)
	require.Equal(t, []time.Time{began, began}, []time.Time{at, met}, "the page that came back")
	at, met, err = m.Proven(t.Context(), ana, proof, began.Add(45*time.Minute))
	require.NoError(t, err)
	require.Equal(t, []time.Time{began, began.Add(40 * time.Minute)}, []time.Time{at, met}, "by the second account")
	at, met, err = m.Proven(t.Context(), ana, "1.zz.AAAA", began.Add(45*time.Minute))
	require.NoError(t, err)
	require.Zero(t, at)
	require.Zero(t, met)
	d.fails = errors.New("away")
	_, _, err = m.Proven(t.Context(), ana, proof, began.Add(45*time.Minute))
	require.ErrorIs(t, err, d.fails)
	require.NotEmpty(t, m.Prove(t.Context(), ana, began.Add(2*time.Hour)), "a page is read all the same")
}
