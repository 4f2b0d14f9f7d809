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
// arrival gives the same day. Punches that it calls equal are alike in everything that a day shows.
func sequence(a, b *Punch) int {
	if c := a.OccurredAt.Compare(b.OccurredAt); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(rank(a.Direction), rank(b.Direction)), falseFirst(a.Offline, b.Offline),
		falseFirst(a.OutsideArea, b.OutsideArea), cmp.Compare(a.Source, b.Source))
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// rank settles the order of punches of one instant; the way in comes first and the way out last.
func rank(d Direction) int {
	switch d {
	case In:
		return 0
	case BreakOut:
		return 1
	case BreakIn:
		return 2
	case Undetermined:
		return 3
	default:
		return 4
	}
}

// own appends to dst the punches among those given whose work date is d, in sequence. w is the window of d, if planned.
func (r *Roster) own(dst []*Punch, d Date, w Window, planned bool, punches []Punch) []*Punch {
	from, to := r.rangeOf(d, w, planned)
	for i := range punches {
		p := &punches[i]
		if p.OccurredAt.Before(from) || !p.OccurredAt.Before(to) {
			continue
		}
		if planned && w.Contains(p.OccurredAt) {
			dst = append(dst, p)
		} else if date, off := r.WorkDate(p.OccurredAt); off && date == d {
			dst = append(dst, p)
		}
	}
	slices.SortStableFunc(dst, sequence)
	return dst
}

// reading is what a punch turned out to mean within its day.
type reading struct {
	direction Direction // In, Out, BreakOut or BreakIn
	repeats   *Punch    // the punch it repeats; nil if it counts itself
	off       bool      // it lies outside the shift's window, or there is none
}

// reader resolves the directions of one day's punches and finds the repeats among them.
type reader struct {
	w       Window
	planned bool
	entered bool // into the window
	// The last punches that counted. A repeat is measured against one that counted, never against another repeat: a row of
	// punches a minute apart is not one punch.
	in, out, breakOut, breakIn *Punch
}

// next reads the punch that follows in sequence. One without a direction is the way in when it is the first of its day,
// and a way out later. The window begins anew: what lies before it neither takes the way in from it nor makes a repeat of
// its first punch.
func (r *reader) next(p *Punch) reading {
	m := reading{direction: p.Direction, off: !r.planned || !r.w.Contains(p.OccurredAt)}
	if !m.off && !r.entered {
		*r = reader{w: r.w, planned: r.planned, entered: true}
	}
	if m.direction == Undetermined {
		// A finger put down twice is one punch, whichever way it went.
		m.direction, m.repeats = Out, near(r.out, p)
		if first := near(r.in, p); first != nil && (m.repeats == nil || m.repeats.OccurredAt.Before(first.OccurredAt)) {
			m.direction, m.repeats = In, first
		}
		if m.repeats == nil && r.in == nil && r.out == nil {
			m.direction = In
		}
	}
	last := r.last(m.direction)
	if m.repeats == nil {
		m.repeats = near(*last, p)
	}
	if m.repeats == nil {
		*last = p
	}
	return m
}

func (r *reader) last(d Direction) **Punch {
	switch d {
	case In:
		return &r.in
	case BreakOut:
		return &r.breakOut
	case BreakIn:
		return &r.breakIn
	default:
		return &r.out
	}
}

// near returns the earlier punch if p is close enough after it to be its repeat.
func near(earlier, p *Punch) *Punch {
	if earlier != nil && p.OccurredAt.Sub(earlier.OccurredAt) <= DuplicateWithin {
		return earlier
	}
	return nil
}

// DuplicateOf returns the id of the punch that p repeats: same employee, direction and work date, within DuplicateWithin
// before it; 0 if none. existing holds the employee's punches of that date, in any order and among any others. A punch
// that repeats another leaves the day of all of them as it is.
func (r *Roster) DuplicateOf(existing []Punch, p Punch) int64 {
	d, _ := r.WorkDate(p.OccurredAt)
	w, planned := r.WindowOn(d)
	var some [16]*Punch
	own := r.own(some[:0], d, w, planned, existing)
	own = slices.DeleteFunc(own, func(e *Punch) bool { return e.EmployeeID != p.EmployeeID })
	// Of punches that are alike the stored one comes first: it is the one that was answered.
	at, _ := slices.BinarySearchFunc(own, &p, func(e, p *Punch) int {
		if sequence(e, p) <= 0 {
			return -1
		}
		return 1
	})
	day := reader{w: w, planned: planned}
	for _, e := range own[:at] {
		day.next(e)
	}
	if first := day.next(&p).repeats; first != nil {
		return first.ID
	}
	return 0
}
