package attendance

import "time"

// Window is the span of instants whose punches belong to the shift of one work date: [Opens, Closes]. Where the next
// window opens as this one closes, that instant belongs to the one that opens.
type Window struct {
	Date   Date
	Shift  Shift
	Start  time.Time // the shift itself
	End    time.Time
	Opens  time.Time
	Closes time.Time
	// late is until when a way out may answer a way in of the window, exclusive; not before Closes.
	late time.Time
	// free is until when what says no direction may rather be a way out of the window before, or repeat one.
	free time.Time
	// meets tells that Closes belongs to the next window; a window without any instant has it, too.
	meets bool
	// unplanned tells that it stands for a date without a shift. It holds what no other window holds of the date.
	unplanned bool
}

// Contains tells whether a punch at the given instant belongs to the window.
func (w *Window) Contains(at time.Time) bool {
	return !at.Before(w.Opens) && (at.Before(w.Closes) || at.Equal(w.Closes) && !w.meets)
}

const (
	// LateOutWithin is how long after its window closed a way out may answer a way in of it, unless another window
	// opens before.
	LateOutWithin = 12 * time.Hour
	// lateGuessWithin is the same for what says no direction itself: a terminal's punch, and the button. Later than
	// that it is rather the way in of another day.
	lateGuessWithin = 4 * time.Hour
	// EarlyInWithin is how long before its window opened a way in of the window's date may still begin it.
	EarlyInWithin = 12 * time.Hour
)

// afterwards tells whether an instant lies in the hours after the window in which a way out may still count for it.
func (w *Window) afterwards(at time.Time) bool { return at.After(w.Closes) && at.Before(w.late) }

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
		if best < 0 || a.From > r.Assignments[best].From || a.From == r.Assignments[best].From &&
			a.ID > r.Assignments[best].ID {
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

// Phase numbers the rotation week that holds Monday, 5 January 1970, for a rotation of n weeks whose first week holds
// from. Two assignments of the same pattern and phase plan every date they both cover alike.
func Phase(from Date, n int) int {
	if n < 2 {
		return 0
	}
	const monday = 4 // 1970-01-05 in days since 1970-01-01
	days := int(from) - monday
	week := days / 7
	if days%7 < 0 {
		week--
	}
	return ((-week)%n + n) % n
}

// span returns the window of d before its neighbours are taken into account.
func (r *Roster) span(d Date) (w Window, ok bool) {
	s, ok := r.ShiftOn(d)
	if !ok {
		return w, false
	}
	return s.windowOn(d, r.On(d).Zone), true
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
		// An end that the clocks skip can be resolved to before the start; then the shift takes the time it always
		// takes.
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

// cut takes from the window what belongs to its neighbours. Only the nearest on either side can take something: a
// farther one begins later than the nearer, or ends earlier.
func (r *Roster) cut(w *Window) {
	if w.unplanned {
		return
	}
	opens, closes := w.Opens, w.Closes
	w.late, w.free = time.Time{}, time.Time{}
	for n := 1; n <= reach; n++ {
		if before, ok := r.either(w.Date.AddDays(-n)); ok && (!before.unplanned || !before.Closes.After(w.Opens)) {
			if before.Closes.After(w.Opens) {
				opens = meet(&before, w)
			}
			w.free = before.freed()
			break
		}
	}
	for n := 1; n <= reach && w.late.IsZero(); n++ {
		after, ok := r.either(w.Date.AddDays(n))
		switch {
		case !ok || after.unplanned && after.late.Before(after.Closes):
			continue // a window of the date after it opens on it, before a midnight that the clocks skip
		case after.unplanned:
			after.Opens = after.Closes
		case w.Closes.After(after.Opens):
			closes = meet(w, &after)
			after.Opens = closes
		}
		w.late = after.Opens
	}
	// Nothing is left between the cuts where the start of one date is resolved to before that of the date before it:
	// late in the evening before a midnight that the clocks skip.
	if closes.Before(opens) {
		closes = opens
	}
	w.Opens, w.Closes = opens, closes
	if longest := closes.Add(LateOutWithin); w.late.IsZero() || w.late.After(longest) {
		w.late = longest
	}
	if w.meets = !closes.Before(w.late) || !opens.Before(closes); w.meets {
		w.late = closes
	}
}

// unplanned returns what stands for the window of a date without a shift, so that who works past its midnight has come
// and gone on one date. There is none where that midnight lies in the window of another date.
func (r *Roster) unplanned(d Date) (w Window, ok bool) {
	next := d.AddDays(1)
	midnight := next.begins(r.On(next).Zone)
	w = Window{Date: d, unplanned: true, Opens: d.begins(r.On(d).Zone), Closes: midnight.Add(-1)}
	w.late, w.free = w.Closes.Add(LateOutWithin), (&Window{Closes: w.Opens}).freed()
	for n := -reach - r.farther(); n <= reach+r.farther(); n++ {
		other, planned := r.span(d.AddDays(n))
		switch {
		case !planned:
		case n == 0 || !midnight.Before(other.Opens) && !midnight.After(other.Closes):
			return Window{}, false
		case n < 0:
			w.free = later(w.free, other.freed())
		default:
			w.late = earlier(w.late, other.Opens)
		}
	}
	return w, true
}

// either is span or, on a date without a shift, unplanned; edge is either between its neighbours.
func (r *Roster) either(d Date) (Window, bool) {
	if w, ok := r.span(d); ok {
		return w, true
	}
	return r.unplanned(d)
}

func (r *Roster) edge(d Date) (w Window, planned, known bool) {
	if e, ok := r.Kept[d]; ok {
		return e.w, e.known && !e.w.unplanned, e.known
	}
	if w, known = r.either(d); known {
		r.cut(&w)
	}
	if r.Kept != nil {
		r.Kept[d] = edge{w, known}
	}
	return w, known && !w.unplanned, known
}

// freed is until when what says no direction may be a way out of the window, or repeat one.
func (w *Window) freed() time.Time { return w.Closes.Add(lateGuessWithin + DuplicateWithin) }

// moved bounds how far outwards a neighbour can move the edge of a window: half of the 24 h for which the earlier one
// may stay open.
const moved = 12 * time.Hour

// meet returns the instant at which one window gives way to the next.
func meet(w, next *Window) time.Time {
	return earlier(midway(w.End, next.Start), midway(next.Start, next.End))
}

func midway(a, b time.Time) time.Time { return a.Add(b.Sub(a) / 2) }

// farther is how many more dates away a window may touch for somebody who moves to another zone: 1, else 0.
func (r *Roster) farther() int {
	if len(r.Places) > 1 {
		return 1
	}
	return 0
}

// WorkDate returns the work date that a punch at the given instant belongs to as far as the instant tells; offShift
// tells that it lies outside every window, so that the date is merely the local one. DateFor knows more.
func (r *Roster) WorkDate(at time.Time) (d Date, offShift bool) {
	local := r.localDate(at)
	// The likeliest dates first. No instant lies in two windows, so that the order does not matter otherwise.
	dates := [...]int{0, -1, 1, -2, -reach, 2, -reach - 1}
	for _, n := range dates[:len(dates)-2+r.farther()*2] {
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

// closedBefore returns the window, or the date without a shift, that closed last before an instant outside every
// window; false when that was too long ago for a way out to answer it.
func (r *Roster) closedBefore(at time.Time) (Window, bool) {
	local := r.localDate(at)
	for n := 1 + r.farther(); n >= -reach-r.farther(); n-- {
		w, ok := r.either(local.AddDays(n))
		if !ok || at.Before(w.Opens.Add(-moved)) {
			continue
		}
		if r.cut(&w); !at.Before(w.Closes) {
			return w, w.afterwards(at)
		}
	}
	return Window{}, false
}

// PunchRange returns the span [from, to) of instants in which every punch occurred that can belong to work date d, or
// decide whether another does.
func (r *Roster) PunchRange(d Date) (from, to time.Time) {
	w, _, known := r.edge(d)
	begin, end := r.rangeOf(d, w, known)
	from, to = begin, end
	// A window of the next date can close before this one ends: where midnight is skipped, and where somebody moves.
	for n := 1; n <= 1+r.farther(); n++ {
		if next, ok := r.WindowOn(d.AddDays(n)); ok && next.Closes.Before(end) {
			from, to = r.extend(from, to, next)
		}
	}
	for n := 1; n <= reach+r.farther(); n++ {
		before, _, ok := r.edge(d.AddDays(-n))
		if !ok {
			continue
		}
		if before.late.After(begin) {
			from, to = r.extend(from, to, before)
		}
		if r.farther() == 0 {
			break // with one zone no window before that one stays open longer
		}
	}
	return from, to
}

// RangeFor is PunchRange given the punches that are known already: mostly these show that nothing hangs on the window
// before. It may widen with every punch that becomes known.
func (r *Roster) RangeFor(d Date, punches []Punch) (from, to time.Time) {
	w, planned, known := r.edge(d)
	begin, end := r.rangeOf(d, w, known)
	from, to = begin, end
	for i := range punches {
		at := punches[i].OccurredAt
		if at.Before(begin) || !at.Before(end) || planned && w.Contains(at) {
			continue
		}
		if before, ok := r.closedBefore(at); ok {
			from, to = r.extend(from, to, before)
		}
	}
	return from, to
}

// extend makes a span also hold what a window and the hours before and after it can hang on.
func (r *Roster) extend(from, to time.Time, w Window) (time.Time, time.Time) {
	begin, end := r.rangeOf(w.Date, w, true)
	return earlier(from, begin), later(to, end)
}

// rangeOf returns the span in which every punch of d occurred.
func (r *Roster) rangeOf(d Date, w Window, known bool) (from, to time.Time) {
	from, to = r.dateRange(d)
	if known {
		from, to = earlier(from, w.Opens), later(to, w.late)
	}
	return from, to
}
