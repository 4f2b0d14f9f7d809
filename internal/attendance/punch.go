package attendance

import (
	"cmp"
	"slices"
	"time"
)

// DuplicateWithin is how long after a punch another one of the same direction counts as its repeat, inclusive.
const DuplicateWithin = 60 * time.Second

// Bounds of the time that a client may claim for a punch it queued while offline.
const (
	MaxClaimAge   = 72 * time.Hour
	MaxClaimAhead = 2 * time.Minute
)

// AcceptClaim checks a time that a client claims for an offline punch against the server's clock. The errors are
// CodeClaimTooOld and CodeClaimInFuture.
func AcceptClaim(claimed, now time.Time) error {
	switch {
	case now.Sub(claimed) > MaxClaimAge:
		return &Error{Code: CodeClaimTooOld, Field: "occurred_at", Message: "The punch is from more than 72 hours ago."}
	case claimed.Sub(now) > MaxClaimAhead:
		return &Error{Code: CodeClaimInFuture, Field: "occurred_at", Message: "The punch is from the future; the device's clock is ahead."}
	}
	return nil
}

// sequence orders punches by what they say and never by when or in which order they arrived, so that any order of
// arrival gives the same day.
func sequence(a, b Punch) int {
	return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(rank(a.Direction), rank(b.Direction)))
}

func rank(d Direction) int {
	return slices.Index([]Direction{In, BreakOut, BreakIn, Undetermined, Out}, d)
}

// reading is what a punch turned out to mean within its day.
type reading struct {
	direction Direction // In, Out, BreakOut or BreakIn
	repeats   int       // index of the punch it repeats; -1 if it counts itself
}

// read resolves the directions of one day's punches, which are in sequence, and finds the repeats among them. A punch
// without a direction is the way in when it is the day's first, and a way out later.
func read(punches []Punch) []reading {
	out := make([]reading, len(punches))
	last := map[Direction]int{} // index of the last punch that counted, by direction
	near := func(d Direction, at time.Time) int {
		if i, ok := last[d]; ok && at.Sub(punches[i].OccurredAt) <= DuplicateWithin {
			return i
		}
		return -1
	}
	for i := range punches {
		at, d := punches[i].OccurredAt, punches[i].Direction
		repeats := -1
		if d == Undetermined {
			// A finger put down twice is one punch, whichever way it went.
			repeats = max(near(In, at), near(Out, at))
			_, in := last[In]
			_, wayOut := last[Out]
			d = In
			if in || wayOut {
				d = Out
			}
			if repeats >= 0 {
				d = out[repeats].direction
			}
		} else {
			repeats = near(d, at)
		}
		out[i] = reading{d, repeats}
		if repeats < 0 {
			last[d] = i
		}
	}
	return out
}

// DuplicateOf returns the id of the punch that p repeats: same employee and direction, within DuplicateWithin before it;
// 0 if none. existing holds the employee's punches around p, in any order.
func DuplicateOf(existing []Punch, p Punch) int64 {
	around := make([]Punch, 0, len(existing)+1)
	for _, e := range existing {
		// At the very same instant the stored punch comes first: it is the one that was answered.
		if e.EmployeeID == p.EmployeeID && !e.OccurredAt.After(p.OccurredAt) {
			around = append(around, e)
		}
	}
	slices.SortStableFunc(around, sequence)
	around = append(around, p)
	if r := read(around)[len(around)-1]; r.repeats >= 0 {
		return around[r.repeats].ID
	}
	return 0
}
