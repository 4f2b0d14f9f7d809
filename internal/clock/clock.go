// Package clock is the only place that reads the machine's time. Everything else takes a Clock, so that a test decides
// what "now" is and production cannot be told otherwise by accident.
package clock

import (
	"sync"
	"time"
)

// Clock tells the present instant, always in UTC.
type Clock interface {
	Now() time.Time
}

// System returns the machine's clock, truncated to the microseconds that the databases keep, so that a value read back
// equals the value written.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Running returns a clock that shows start now and goes on at the machine's pace from there.
func Running(start time.Time) Clock {
	return running{start.UTC().Truncate(time.Microsecond), time.Now()}
}

type running struct {
	// made holds the monotonic reading, so that a machine whose time is set does not move this clock
	start, made time.Time
}

func (r running) Now() time.Time { return r.start.Add(time.Since(r.made)).Truncate(time.Microsecond) }

// Manual is a clock that stands still until it is set or advanced. It is safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at start.
func NewManual(start time.Time) *Manual { return &Manual{now: start.UTC()} }

// Now returns the instant the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t, forwards or backwards.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t.UTC()
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}
