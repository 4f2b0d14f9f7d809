package attendance

import "time"

// Window is the span of instants whose punches belong to the shift of one work date: [Opens, Closes).
type Window struct {
	Date   Date
	Shift  Shift
	Start  time.Time // the shift itself
	End    time.Time
	Opens  time.Time
	Closes time.Time
}

// Contains tells whether a punch at the given instant belongs to the window.
func (w *Window) Contains(at time.Time) bool { return !at.Before(w.Opens) && at.Before(w.Closes) }

// reach is how many dates away a window may still touch: a shift of up to 24 h that closes up to 24 h later, in a night
// of which the clocks skip an hour.
const reach = 3

const minutesPerDay = 24 * 60

// ShiftOn returns the shift that starts on d; false on a day off, without an assignment, and for a shift that no longer
// exists.
func (r *Roster) ShiftOn(d Date) (Shift, bool) {
	best := -1
	for i := range r.Assignments {
		a := &r.Assignments[i]
		if a.From > d || a.To != nil && *a.To < d || len(a.Pattern) == 0 {
			continue
		}
		if best < 0 || a.From > r.Assignments[best].From || a.From == r.Assignments[best].From && a.ID > r.Assignments[best].ID {
			best = i
		}
	}
	if best < 0 {
		return Shift{}, false
	}
	a := &r.Assignments[best]
	// The first week of a rotation is the one that holds From, Monday to Sunday.
	monday := a.From - Date((int(a.From.Weekday())+6)%7)
	id := a.Pattern[int(d-monday)%len(a.Pattern)]
	if id == 0 {
		return Shift{}, false
	}
	s, ok := r.Shifts[id]
	return s, ok
}

// span returns the window of d before its neighbours are taken into account.
func (r *Roster) span(d Date) (w Window, ok bool) {
	s, ok := r.ShiftOn(d)
	if !ok {
		return w, false
	}
	return s.windowOn(d, r.Zone), true
}

// windowOn returns the window of a shift that starts on d. The offset is the zone's real one on that day; the margins
// are elapsed minutes.
func (s Shift) windowOn(d Date, loc *time.Location) Window {
	end := int(s.End)
	if s.End <= s.Start {
		end += minutesPerDay
	}
	w := Window{Shift: s, Date: d, Start: d.At(int(s.Start), loc), End: d.At(end, loc)}
	if !w.End.After(w.Start) {
		// An end that the clocks skip can be resolved to before the start; then the shift takes the time it always takes.
		w.End = w.Start.Add(minutes(end - int(s.Start)))
	}
	w.Opens, w.Closes = w.Start.Add(-minutes(s.OpensBefore)), w.End.Add(minutes(s.ClosesAfter))
	return w
}

// WindowOn returns the window of the shift that starts on d; false on a day without a shift. Where the windows of
// neighbouring shifts would overlap, they meet midway between the earlier shift's end and the later one's start. Shifts
// may overlap each other too, which the same instant settles; one that ends within the one before still gets its second
// half.
func (r *Roster) WindowOn(d Date) (Window, bool) {
	w, ok := r.span(d)
	if !ok {
		return w, false
	}
	r.cut(&w)
	return w, true
}

// cut takes from the window what belongs to its neighbours. Only the nearest on either side can take something: a farther
// one begins later than the nearer, or ends earlier.
func (r *Roster) cut(w *Window) {
	opens, closes := w.Opens, w.Closes
	for n := 1; n <= reach; n++ {
		if before, ok := r.span(w.Date.AddDays(-n)); ok {
			if before.Closes.After(w.Opens) {
				opens = meet(&before, w)
			}
			break
		}
	}
	for n := 1; n <= reach; n++ {
		if after, ok := r.span(w.Date.AddDays(n)); ok {
			if w.Closes.After(after.Opens) {
				closes = meet(w, &after)
			}
			break
		}
	}
	// Nothing is left between the cuts where the start of one date is resolved to before that of the date before it: late
	// in the evening before a midnight that the clocks skip.
	if closes.Before(opens) {
		closes = opens
	}
	w.Opens, w.Closes = opens, closes
}

// moved bounds how far outwards a neighbour can move the edge of a window: half of the 24 h for which the earlier one may
// stay open.
const moved = 12 * time.Hour

// meet returns the instant at which one window gives way to the next.
func meet(w, next *Window) time.Time {
	return earlier(midway(w.End, next.Start), midway(next.Start, next.End))
}

func midway(a, b time.Time) time.Time { return a.Add(b.Sub(a) / 2) }

// WorkDate returns the work date that a punch at the given instant belongs to; offShift tells that it lies outside
// every window, so that the date is merely the local one.
func (r *Roster) WorkDate(at time.Time) (d Date, offShift bool) {
	local := DateOf(at, r.Zone)
	// The likeliest dates first. No instant lies in two windows, so that the order does not matter otherwise.
	for _, n := range [...]int{0, -1, 1, -2, -reach} {
		w, ok := r.span(local.AddDays(n))
		if !ok || at.Before(w.Opens.Add(-moved)) || at.After(w.Closes.Add(moved)) {
			continue
		}
		if r.cut(&w); w.Contains(at) {
			return w.Date, false
		}
	}
	return local, true
}

// PunchRange returns the span [from, to) of instants in which every punch that can belong to work date d occurred.
func (r *Roster) PunchRange(d Date) (from, to time.Time) {
	w, planned := r.WindowOn(d)
	return r.rangeOf(d, w, planned)
}

func (r *Roster) rangeOf(d Date, w Window, planned bool) (from, to time.Time) {
	from, to = d.begins(r.Zone), d.ends(r.Zone)
	if planned && w.Opens.Before(from) {
		from = w.Opens
	}
	if planned && w.Closes.After(to) {
		to = w.Closes
	}
	return from, to
}
