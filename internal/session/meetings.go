package session

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance/contact"
	"hadir/internal/gather"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// MeetingStore is where it is kept when the server met people.
type MeetingStore interface {
	// Meet notes that the server met some employees, each once, and returns what it knows of each by then.
	Meet(ctx context.Context, employeeIDs []int64, now time.Time) (map[int64]contact.Met, error)
	// Met returns when the server met an employee.
	Met(ctx context.Context, employeeID int64) (contact.Met, error)
}

// Meetings gives people's pages the proof of a contact, and remembers for the server itself when it last did: whoever
// was met later than a proof says cannot use it any more. It is about employees, so that a second account is nobody
// else, and nothing of it ends with a session.
type Meetings struct {
	contacts *Contacts
	store    MeetingStore
	log      *slog.Logger
	asked    *gather.Group[meeting]

	mu    sync.Mutex
	known *simplelru.LRU[int64, time.Time] // when employees were met, who need not be asked about for a while
}

// meeting is one that is to be noted.
type meeting struct {
	employeeID int64
	at         time.Time
}

// NewMeetings returns what remembers in a store.
func NewMeetings(contacts *Contacts, store MeetingStore, log *slog.Logger) *Meetings {
	known, err := simplelru.NewLRU[int64, time.Time](cacheSize, nil)
	if err != nil {
		panic(err) // a size that is not positive is a defect of the program, seen at its start
	}
	m := &Meetings{contacts: contacts, store: store, log: log, known: known}
	m.asked = gather.New(together, m.note)
	return m
}

// Prove notes that somebody is met now and returns the proof of it, see Contacts.Sign; "" for whom none is signed.
func (m *Meetings) Prove(ctx context.Context, who *Caller, now time.Time) string {
	proof := m.contacts.Sign(who, now)
	if proof != "" {
		m.Meet(ctx, &who.User, now)
	}
	return proof
}

// Meet notes that a user is met now, who gets no proof of it: one who signs in. A meeting that cannot be noted keeps
// nobody from what it is for. Whoever does not wait for the answer is noted all the same.
func (m *Meetings) Meet(ctx context.Context, u *account.User, now time.Time) {
	if u.EmployeeID == 0 || m.lately(u.EmployeeID, now) {
		return
	}
	if err := m.asked.Do(ctx, &meeting{u.EmployeeID, now}); err != nil && ctx.Err() == nil {
		m.log.WarnContext(ctx, "noting that somebody was met", "employee_id", u.EmployeeID, "error", err)
	}
}

// Proven returns the instant of a contact that a caller proves, and the last time that the server itself knows to have
// met the person, the last minutes aside; zero for none, and for programs.
func (m *Meetings) Proven(ctx context.Context, who *Caller, proof string, now time.Time) (at, met time.Time,
	err error) {
	at, ok := m.contacts.Read(who, proof)
	if !ok {
		return time.Time{}, time.Time{}, nil // nothing is proven, whenever it was
	}
	last, err := m.store.Met(ctx, who.User.EmployeeID)
	return at, last.Until(now), err
}

// lately tells whether this node knows that nothing is to be noted of somebody yet.
func (m *Meetings) lately(employeeID int64, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, found := m.known.Get(employeeID)
	return found && !now.Before(at) && now.Sub(at) < contact.Every
}

// note notes a batch with the latest of its instants, which differ by what a batch waits.
func (m *Meetings) note(ctx context.Context, batch []*meeting) error {
	ids, now := make([]int64, len(batch)), batch[0].at
	for i, b := range batch {
		ids[i] = b.employeeID
		if b.at.After(now) {
			now = b.at
		}
	}
	slices.Sort(ids)
	known, err := m.store.Meet(ctx, slices.Compact(ids), now)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, met := range known {
		m.known.Add(id, met.At)
	}
	return nil
}
