package attendance

import (
	"slices"
	"time"
)

// Touched appends to dst every date whose day a punch at the given instant can change. known holds the employee's
// punches of those dates, or as many as are known: a way in changes what became of a way out after its window closed,
// and the other way round.
func (r *Roster) Touched(dst []Date, at time.Time, known []Punch) []Date {
	var some [2]Window
	d, windows := r.concerned(some[:0], at)
	dst = append(dst, d)
	for i := range windows {
		dst = addDate(dst, windows[i].Date)
		for n := range known {
			if windows[i].afterwards(known[n].OccurredAt) {
				dst = addDate(dst, r.localDate(known[n].OccurredAt))
			}
		}
	}
	return dst
}

// Changed appends to dst the dates among those of Touched whose days do change when p, which repeats none of them,
// joins the punches that are known.
func (r *Roster) Changed(dst []Date, p *Punch, known []Punch) []Date {
	var some [2]Window
	d, windows := r.concerned(some[:0], p.OccurredAt)
	of := len(dst)
	dst = append(dst, d)
	for i := range windows {
		w := &windows[i]
		answers := w.afterwards(p.OccurredAt)
		if !answers && !slices.ContainsFunc(known, func(q Punch) bool { return w.afterwards(q.OccurredAt) }) {
			continue
		}
		before, after := r.answers(w, known, nil), r.answers(w, known, p)
		if answers && slices.Contains(after, p) {
			dst[of] = w.Date
		}
		for n := range known {
			if q := &known[n]; slices.Contains(before, q) != slices.Contains(after, q) {
				dst = addDate(addDate(dst, w.Date), r.localDate(q.OccurredAt))
			}
		}
	}
	return dst
}

// concerned returns the date of an instant as far as that tells, and appends to dst the windows whose answers a punch
// then can change: the one that it lies in, or else the one that it may answer, and the one that it may lead to.
func (r *Roster) concerned(dst []Window, at time.Time) (Date, []Window) {
	d, off := r.WorkDate(at)
	w, planned := r.WindowOn(d)
	if !off {
		return d, append(dst, w)
	}
	if before, ok := r.closedBefore(at); ok {
		dst = append(dst, before)
	}
	if planned && at.Before(w.Opens) {
		return d, append(dst, w)
	}
	if w, ok := r.unplanned(d); ok {
		dst = append(dst, w)
	}
	return d, dst
}

func addDate(dates []Date, d Date) []Date {
	if slices.Contains(dates, d) {
		return dates
	}
	return append(dates, d)
}
