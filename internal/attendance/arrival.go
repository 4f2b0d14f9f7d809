package attendance

import (
	"slices"
	"time"
)

// Touched appends to dst every date whose day a punch at the given instant can change. known holds the employee's
// punches of those dates, or as many as are known: a way in changes what became of a way out after its window closed,
// and the other way round.
func (r *Roster) Touched(dst []Date, at time.Time, known []Punch) []Date {
	d, w, ok := r.concerned(at)
	dst = append(dst, d)
	if !ok {
		return dst
	}
	dst = addDate(dst, w.Date)
	for i := range known {
		if w.afterwards(known[i].OccurredAt) {
			dst = addDate(dst, r.localDate(known[i].OccurredAt))
		}
	}
	return dst
}

// Changed appends to dst the dates among those of Touched whose days do change when p, which repeats none of them,
// joins the punches that are known.
func (r *Roster) Changed(dst []Date, p *Punch, known []Punch) []Date {
	d, w, ok := r.concerned(p.OccurredAt)
	inside := ok && w.Contains(p.OccurredAt)
	if !ok || inside && !slices.ContainsFunc(known, func(q Punch) bool { return w.afterwards(q.OccurredAt) }) {
		return append(dst, d)
	}
	before, after := w.answers(known, nil), w.answers(known, p)
	if slices.Contains(after, p) {
		d = w.Date
	}
	dst = append(dst, d)
	for i := range known {
		if q := &known[i]; slices.Contains(before, q) != slices.Contains(after, q) {
			dst = addDate(addDate(dst, w.Date), r.localDate(q.OccurredAt))
		}
	}
	return dst
}

// concerned returns the date of an instant as far as that tells, and the window that a punch then lies in or may
// answer.
func (r *Roster) concerned(at time.Time) (d Date, w Window, ok bool) {
	d, off := r.WorkDate(at)
	if off {
		w, ok = r.closedBefore(at)
	} else {
		w, ok = r.WindowOn(d)
	}
	return d, w, ok
}

func addDate(dates []Date, d Date) []Date {
	if slices.Contains(dates, d) {
		return dates
	}
	return append(dates, d)
}
