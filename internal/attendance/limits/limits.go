// Package limits bounds how often a person does something by hand.
package limits

import (
	"slices"
	"time"
)

// Punches bounds how many punches one person may make by hand, repeats and what was taken back included: nobody
// comes and goes that often, and each is kept for good. 0 is no bound.
type Punches struct{ PerMinute, PerDay int }

// Next returns from when on another punch is taken, given when the server received those before, in any order; now if
// it is taken at once. A day is any 24 hours.
func (l Punches) Next(received []time.Time, now time.Time) time.Time {
	received = slices.SortedFunc(slices.Values(received), time.Time.Compare)
	next := now
	for _, bound := range []struct {
		most int
		span time.Duration
	}{{l.PerMinute, time.Minute}, {l.PerDay, 24 * time.Hour}} {
		if bound.most <= 0 || len(received) < bound.most {
			continue
		}
		// Once this one is out of the span, there is room.
		if free := received[len(received)-bound.most].Add(bound.span); free.After(next) {
			next = free
		}
	}
	return next
}
