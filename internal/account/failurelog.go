package account

import (
	"sync"
	"time"
)

// Failure is a sign-in, or an attempt at a kiosk, that came to nothing, as far as repetitions are the same one.
type Failure struct {
	UserID     int64  // whose login it was; 0 for a login that nobody has
	Action     string // what was tried at a kiosk, as the audit log calls it; "" for a sign-in
	KioskID    int64  // at which; 0 where that is not known
	EmployeeID int64  // whose number it was; 0 for one that nobody has
	Network    string // where it came from
	Blocked    bool   // not tried at all, because there were too many
}

// FailureCount is how often a failure was repeated.
type FailureCount struct {
	Failure
	Address  string // of the first
	Count    int
	Since    time.Time
	Networks int // more than one where too many different ones came at once
}

// FailureLog gathers repeated failures, so that whoever guesses passwords cannot fill the audit log: the first of a
// kind is told at once, the others of the same minute as one with their number. Of too many kinds at once only the
// number is kept. It is safe for concurrent use.
type FailureLog struct {
	mu    sync.Mutex
	open  map[Failure]*FailureCount
	rest  FailureCount
	seen  map[string]bool // networks of the rest, at most failureKinds
	wakes chan struct{}
}

const (
	// FailureWindow is how long repetitions are gathered.
	FailureWindow = time.Minute
	// failureKinds bounds what is told at once within a window.
	failureKinds = 200
)

// NewFailureLog returns a gatherer.
func NewFailureLog() *FailureLog {
	return &FailureLog{open: map[Failure]*FailureCount{}, seen: map[string]bool{}, wakes: make(chan struct{}, 1)}
}

// Note counts a failure and returns what is to be told at once: the failure, if it is the first of its kind, after what
// Over returns.
func (f *FailureLog) Note(x Failure, address string, now time.Time) []FailureCount {
	f.mu.Lock()
	defer f.mu.Unlock()
	tell := f.over(now)
	c := f.open[x]
	switch {
	case c != nil:
		c.Count++
	case len(f.open) >= failureKinds:
		if f.rest.Count++; f.rest.Count == 1 {
			f.rest.Since, f.rest.Address = now, address
		}
		if len(f.seen) < failureKinds {
			f.seen[x.Network] = true
		}
	default:
		f.open[x] = &FailureCount{Failure: x, Address: address, Since: now, Networks: 1}
		tell = append(tell, FailureCount{Failure: x, Address: address, Count: 1, Since: now, Networks: 1})
	}
	f.wake()
	return tell
}

func (f *FailureLog) wake() {
	select {
	case f.wakes <- struct{}{}:
	default:
	}
}

// Noted has something in it while failures are gathered.
func (f *FailureLog) Noted() <-chan struct{} { return f.wakes }

// Over returns the repetitions whose window is over at an instant, all of them with the zero time, and forgets them.
func (f *FailureLog) Over(now time.Time) []FailureCount {
	f.mu.Lock()
	defer f.mu.Unlock()
	tell := f.over(now)
	if len(f.open) > 0 || f.rest.Count > 0 {
		f.wake()
	}
	return tell
}

func (f *FailureLog) over(now time.Time) (tell []FailureCount) {
	over := func(since time.Time) bool { return now.IsZero() || now.Sub(since) >= FailureWindow }
	for x, c := range f.open {
		if over(c.Since) {
			if c.Count > 0 {
				tell = append(tell, *c)
			}
			delete(f.open, x)
		}
	}
	if f.rest.Count > 0 && over(f.rest.Since) {
		f.rest.Networks = len(f.seen)
		tell = append(tell, f.rest)
		f.rest = FailureCount{}
		clear(f.seen)
	}
	return tell
}
