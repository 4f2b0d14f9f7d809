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
func (w Window) Contains(at time.Time) bool { return !at.Before(w.Opens) && at.Before(w.Closes) }

// reach is how many dates away a window may still touch: a shift of up to 24 h that closes up to 24 h later.
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
	s, ok := r.Shifts[a.Pattern[int(d-monday)%len(a.Pattern)]]
	return s, ok
}

// span returns the window of d before its neighbours are taken into account. The offset is the zone's real one on that
// day; the margins are elapsed minutes.
func (r *Roster) span(d Date) (Window, bool) {
	s, ok := r.ShiftOn(d)
	if !ok {
		return Window{}, false
	}
	end := int(s.End)
	if s.End <= s.Start {
		end += minutesPerDay
	}
	w := Window{Date: d, Shift: s, Start: d.At(int(s.Start), r.Zone), End: d.At(end, r.Zone)}
	w.Opens = w.Start.Add(-time.Duration(s.OpensBefore) * time.Minute)
	w.Closes = w.End.Add(time.Duration(s.ClosesAfter) * time.Minute)
	return w, true
}

// WindowOn returns the window of the shift that starts on d; false on a day without a shift. Where the windows of
// neighbouring shifts would overlap, they meet midway between the earlier shift's end and the later one's start.
func (r *Roster) WindowOn(d Date) (Window, bool) {
	w, ok := r.span(d)
	if !ok {
		return w, false
	}
	for n := 1; n <= reach; n++ {
		before, ok := r.span(d.AddDays(-n))
		if !ok {
			continue
		}
		if before.Closes.After(w.Opens) {
			w.Opens = midway(before.End, w.Start)
		}
		break
	}
	for n := 1; n <= reach; n++ {
		after, ok := r.span(d.AddDays(n))
		if !ok {
			continue
		}
		if w.Closes.After(after.Opens) {
			w.Closes = midway(w.End, after.Start)
		}
		break
	}
	// Shifts that overlap each other can leave nothing between the two cuts.
	if w.Closes.Before(w.Opens) {
		w.Closes = w.Opens
	}
	return w, true
}

func midway(a, b time.Time) time.Time { return a.Add(b.Sub(a) / 2) }

// WorkDate returns the work date that a punch at the given instant belongs to; offShift tells that it lies outside
// every window, so that the date is merely the local one.
func (r *Roster) WorkDate(at time.Time) (d Date, offShift bool) {
	local := DateOf(at, r.Zone)
	for n := -reach + 1; n <= 1; n++ {
		if w, ok := r.WindowOn(local.AddDays(n)); ok && w.Contains(at) {
			return w.Date, false
		}
	}
	return local, true
}

// PunchRange returns the span [from, to) of instants in which every punch that can belong to work date d occurred.
func (r *Roster) PunchRange(d Date) (from, to time.Time) {
	from, to = d.At(0, r.Zone), d.At(minutesPerDay, r.Zone)
	if w, ok := r.WindowOn(d); ok {
		if w.Opens.Before(from) {
			from = w.Opens
		}
		if w.Closes.After(to) {
			to = w.Closes
		}
	}
	return from, to
}
