package attendance

import (
	"slices"
	"time"
)

// timeline reads off the punches among those given that count and whose work date is d; it appends them to dst.
func (r *Roster) timeline(dst []*Punch, d Date, punches []Punch) (t timeline) {
	w, planned, known := r.edge(d)
	t.w, t.planned = w, planned
	from, to := r.rangeOf(d, w, known)
	beside, after := false, false
	for i := range punches {
		p := &punches[i]
		if p.Voided != nil || p.OccurredAt.Before(from) || !p.OccurredAt.Before(to) {
			continue
		}
		if planned && w.Contains(p.OccurredAt) {
			dst = append(dst, p)
			continue
		}
		date, off := r.WorkDate(p.OccurredAt)
		switch {
		case !off:
		case known && w.afterwards(p.OccurredAt):
			after = true
			dst = append(dst, p)
		case date == d:
			beside = true
			dst = append(dst, p)
		}
	}
	slices.SortStableFunc(dst, sequence)
	if after {
		var n int
		n, t.answer = w.answered(dst)
		dst = append(dst[:n], slices.DeleteFunc(dst[n:],
			func(p *Punch) bool { return r.localDate(p.OccurredAt) != d })...)
	}
	if beside {
		dst = r.withoutAnswers(dst, w, planned, punches)
	}
	t.own = dst
	return t
}

// withoutAnswers takes from the punches of a date outside its window those that answer another window.
func (r *Roster) withoutAnswers(own []*Punch, w Window, planned bool, punches []Punch) []*Punch {
	var before Window
	var theirs []*Punch
	return slices.DeleteFunc(own, func(p *Punch) bool {
		if planned && w.Contains(p.OccurredAt) {
			return false
		}
		last, ok := r.closedBefore(p.OccurredAt)
		if !ok || last.Date == w.Date {
			return false
		}
		if theirs == nil || last.Date != before.Date {
			before, theirs = last, r.answers(&last, punches, nil)
		}
		return slices.Contains(theirs, p)
	})
}

// answers returns the punches of a window, those before it on its date, and those after it that answer them, in
// sequence. more is another punch beside those given, or nil.
func (r *Roster) answers(w *Window, punches []Punch, more *Punch) []*Punch {
	all := r.around(w, punches)
	if more != nil {
		all = append(all, more)
		slices.SortStableFunc(all, sequence)
	}
	n, _ := w.answered(all)
	return all[:n]
}

// around returns the punches that count of a window, of its date before it, and of the hours after it, in sequence.
func (r *Roster) around(w *Window, punches []Punch) (all []*Punch) {
	for i := range punches {
		at := punches[i].OccurredAt
		if punches[i].Voided == nil && (r.holds(w, at) || w.afterwards(at) || r.leadsTo(w, at)) {
			all = append(all, &punches[i])
		}
	}
	slices.SortStableFunc(all, sequence)
	return all
}

// holds tells whether an instant lies in a window, for a date without a shift on it and in no other's window.
func (r *Roster) holds(w *Window, at time.Time) bool {
	if !w.unplanned || !w.Contains(at) {
		return w.Contains(at)
	}
	_, off := r.WorkDate(at)
	return off && r.localDate(at) == w.Date
}

// leadsTo tells whether an instant lies on a window's date, before it opens and in no other window: whoever comes then
// may have come for this one.
func (r *Roster) leadsTo(w *Window, at time.Time) bool {
	if !at.Before(w.Opens) || at.Before(w.Date.begins(r.On(w.Date).Zone)) || r.localDate(at) != w.Date {
		return false
	}
	_, off := r.WorkDate(at)
	return off
}

// unanswered returns the date of the window that closed last before an instant outside every window, if somebody who
// goes then, without saying so, answers it.
func (r *Roster) unanswered(punches []Punch, at time.Time) (Date, bool) {
	w, ok := r.closedBefore(at)
	if !ok {
		return 0, false
	}
	read := w.reader()
	for _, p := range r.around(&w, punches) {
		read.next(p)
	}
	return w.Date, read.next(&Punch{Direction: Undetermined, OccurredAt: at}).late
}

// answered returns how many of the punches of a date, given in sequence and with all after its window, come no later
// than the way out after the window that answers a way in of it, and what repeats that; and that way out, or nil. It is
// no fewer than those before the window closed. Whether a way in before the window that says no direction is this
// window's may hang on the window before; here only such a one counts that does not, so that no date hangs on more than
// its neighbour.
func (w *Window) answered(own []*Punch) (n int, late *Punch) {
	read := w.reader()
	for i, p := range own {
		m := read.next(p)
		switch {
		case !p.OccurredAt.After(w.Closes):
			n = i + 1
		case m.late:
			n, late = i+1, p
		case late != nil && m.repeats == late:
			n = i + 1
		case late != nil:
			return n, late
		}
	}
	return n, late
}

// reader reads what came before a way out that may answer the window.
func (w *Window) reader() reader {
	return reader{w: *w, planned: true, settled: true, entered: w.unplanned}
}

// DateFor returns the work date of a punch given the employee's others of the dates that it touches, itself perhaps
// among them; off tells that it neither lies in the window of that date nor answers it. A way out after a window closed
// belongs to the window's date if it answers a way in: the employee is in, came in no later, and no other window opened
// since. It may come up to LateOutWithin after the window closed; without a direction of its own, four hours.
func (r *Roster) DateFor(p *Punch, punches []Punch) (d Date, off bool) {
	d, off = r.WorkDate(p.OccurredAt)
	if !off {
		return d, false
	}
	w, ok := r.closedBefore(p.OccurredAt)
	if !ok {
		return d, true
	}
	more := p
	if p.ID != 0 && slices.ContainsFunc(punches, func(q Punch) bool { return q.ID == p.ID }) {
		more = nil
	}
	for _, q := range r.answers(&w, punches, more) {
		if q == p || more == nil && q.ID == p.ID {
			return w.Date, false
		}
	}
	return d, true
}

// PunchesOf returns the punches among those given that belong to a date, in the order in which the day reads them.
func (r *Roster) PunchesOf(d Date, punches []Punch) []Punch {
	t := r.timeline(nil, d, punches)
	out := make([]Punch, len(t.own))
	for i, p := range t.own {
		out[i] = *p
	}
	return out
}

// reading is what a punch turned out to mean within its day.
type reading struct {
	direction Direction // In, Out, BreakOut or BreakIn
	repeats   *Punch    // the punch it repeats; nil if it counts itself
	off       bool      // it lies outside the shift's window, or there is none
	late      bool      // a way out after the window closed that answers a way in of it, and counts
	// what it turns round within DuplicateWithin, by a person's word; a way out does not count then
	turns  *Punch
	before *Punch // the way in before the window opened that counts since this punch, or nil
}

// slip tells that it is a way out too soon after the way in to end anything.
func (m *reading) slip() bool { return m.turns != nil && m.direction == Out }

// reader resolves the directions of one day's punches and finds the repeats among them.
type reader struct {
	w       Window
	planned bool
	answer  *Punch // counts as the way out after the window, however the rest reads
	// settled lets a way in before the window, and what says no direction on a date without a shift, count only if it
	// cannot be a way out of the window before. unsure is set by one that can, since all after it hang on that.
	settled, unsure bool
	passed          *Punch // the last one that does not count for that
	entered         bool   // the window has opened
	inside          bool   // the last punch that counted led in
	unsaid          bool   // or led out early without saying so: whoever goes later was still there
	again           bool   // a way in after the window closed: what follows answers that one
	// before is the way in, not followed by a way out, with which somebody came before the window opened, until the
	// first punch since then decides whether it counts.
	before *Punch
	// The last punches that counted. A repeat is measured against one that counted, never against another repeat: a row
	// of punches a minute apart is not one punch.
	in, out, breakOut, breakIn *Punch
	// quick is the last way out that came too soon after the way in to count. Only another such is its repeat.
	quick *Punch
}

// next reads the punch that follows in sequence. One without a direction is the way in when it is the first of its day
// or comes before the window opens, and a way out later. The window begins anew: what lies before it neither takes the
// way in from it nor makes a repeat of its first punch. Only who does not come in again within the window has come
// before it.
//
// Nobody comes and goes within DuplicateWithin. From a terminal, which reads the same finger twice, the second of the
// two is a repeat, whatever it says. By a person's word it is kept as quick: a way out leaves them in, for the day must
// not end by a slip; a way in leads in, for who slipped on the way out is still there. A file that says which way is a
// person's word too: nobody can be asked about it, so that what is odd must stay to be seen.
func (r *reader) next(p *Punch) reading {
	m := reading{direction: p.Direction, off: !r.planned || !r.w.Contains(p.OccurredAt)}
	if r.settled && r.w.unplanned && !m.off && p.Direction == Undetermined {
		if r.unsure = r.unsure || !p.OccurredAt.After(r.w.free); r.unsure {
			r.passed = p
			return m
		}
	}
	if near(r.passed, p) != nil { // whichever way that one went, this is the same finger or a slip
		m.repeats = r.passed
		return m
	}
	if r.ahead() && !p.OccurredAt.Before(r.w.Opens) {
		*r = reader{w: r.w, planned: r.planned, answer: r.answer, settled: r.settled, entered: true, before: r.early()}
	}
	if r.before != nil {
		if p.Direction == Out && p.Source == SourceTerminal && near(r.before, p) != nil {
			m.repeats = r.before // the same finger; whether that way in counts, the next punch decides
			return m
		}
		if r.follows(p, m.off) {
			r.in, r.inside, m.before = r.before, true, r.before
		}
		r.before = nil
	}
	if m.direction == Undetermined {
		m.direction, m.repeats = r.guess(p)
	}
	last := r.last(m.direction)
	if m.repeats == nil {
		m.repeats = near(*last, p)
	}
	if m.repeats == nil {
		r.turn(&m, p)
	}
	if m.repeats == nil && !m.slip() {
		r.count(&m, p)
		*last = p
	}
	return m
}

// ahead tells that the window has not opened yet.
func (r *reader) ahead() bool { return r.planned && !r.entered }

// early returns the way in before the window opened that counts as that of the window, so far; nil if none.
func (r *reader) early() *Punch {
	switch {
	case r.entered:
		return r.before
	case !r.planned || !r.inside || r.in == nil || r.w.Opens.Sub(r.in.OccurredAt) > EarlyInWithin:
		return nil
	case r.settled && r.in.Direction == Undetermined && !r.in.OccurredAt.After(r.w.free):
		return nil
	}
	return r.in
}

// follows tells whether the first punch since the window opened leaves the way in before it what it is, rather than
// being the way in itself. A terminal without keys does not say: up to the grace it is the way in, as ever, for that
// costs nobody anything; who comes in later still would be late, and who goes would have come for nothing.
func (r *reader) follows(p *Punch, after bool) bool {
	switch {
	case after:
		return true // a way in after the window closed is none into it
	case p.Direction == Undetermined:
		return p.OccurredAt.After(r.w.Start.Add(minutes(r.w.Shift.LateGrace))) && near(r.before, p) == nil
	}
	return p.Direction != In
}

// guess resolves a punch without a direction. A finger put down twice is one punch, whichever way it went.
func (r *reader) guess(p *Punch) (Direction, *Punch) {
	d, repeats := Out, near(r.out, p)
	if first := near(r.in, p); first != nil && (repeats == nil || repeats.OccurredAt.Before(first.OccurredAt)) {
		d, repeats = In, first
	}
	if repeats == nil && (r.ahead() || r.in == nil && r.out == nil) {
		d = In
	}
	return d, repeats
}

// turn finds out whether a punch turns round the one just before it.
func (r *reader) turn(m *reading, p *Punch) {
	var opposite *Punch
	switch {
	case m.direction == Out && r.inside:
		opposite = near(r.in, p)
	case m.direction == In && !r.inside:
		opposite = near(r.out, p)
	case m.direction == BreakOut:
		opposite = near(r.breakIn, p)
	case m.direction == BreakIn:
		opposite = near(r.breakOut, p)
	}
	switch {
	case opposite == nil:
	case p.Source == SourceTerminal || p.Source == SourceImport && opposite.OccurredAt.Equal(p.OccurredAt):
		m.repeats = opposite // for a file, another reading of the same punch
	case m.direction == Out:
		m.turns = opposite
		if m.repeats = near(r.quick, p); m.repeats == nil {
			r.quick = p
		}
	case m.direction == In:
		m.turns = opposite
	}
}

// count moves on by a punch that counts.
func (r *reader) count(m *reading, p *Punch) {
	after := m.off && r.entered
	switch m.direction {
	case In:
		r.again = r.again || after
		r.inside, r.unsaid = true, false
	case BreakIn:
		r.inside = r.inside || r.in != nil && !after && !r.ahead()
	case Out:
		if !r.planned || p != r.answer && (!after || r.again) {
			early := p.OccurredAt.Before(r.w.End.Add(-minutes(r.w.Shift.EarlyGrace)))
			r.inside, r.unsaid = false, early && p.Direction == Undetermined
		} else if p == r.answer || (r.inside || r.unsaid) && r.in != nil && p.OccurredAt.Before(r.w.late) &&
			(p.Direction == Out || !p.OccurredAt.After(r.w.Closes.Add(lateGuessWithin))) {
			m.late, r.inside, r.unsaid = true, false, false
		}
	default:
	}
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

// Echo returns the id of the punch that p repeats: same employee and work date, within DuplicateWithin before it, and
// of the same direction unless p comes from a terminal; 0 if none. existing holds the employee's punches of the dates
// that p touches, in any order and among any others. A punch that repeats another leaves all days as they are. For one
// that repeats none, turns is the instant of one in the other direction that it turns round within DuplicateWithin by a
// person's own hand, so that it is rather a slip than meant; nil if none.
func (r *Roster) Echo(existing []Punch, p Punch) (of int64, turns *time.Time) {
	m := r.readOne(existing, p)
	switch {
	case m.repeats != nil:
		return m.repeats.ID, nil
	case m.turns != nil:
		return 0, &m.turns.OccurredAt
	}
	return 0, nil
}

// readOne finds out what p means after those of the existing punches that come before it.
func (r *Roster) readOne(existing []Punch, p Punch) reading {
	d, off := r.WorkDate(p.OccurredAt)
	if off {
		later := p // on the heap only if need be
		d, _ = r.DateFor(&later, existing)
	}
	var some [16]*Punch
	t := r.timeline(some[:0], d, existing)
	own := slices.DeleteFunc(t.own, func(e *Punch) bool { return e.EmployeeID != p.EmployeeID })
	// Of punches that are alike the stored one comes first: it is the one that was answered.
	at, _ := slices.BinarySearchFunc(own, &p, func(e, p *Punch) int {
		if sequence(e, p) <= 0 {
			return -1
		}
		return 1
	})
	day := t.reader()
	for _, e := range own[:at] {
		day.next(e)
	}
	return day.next(&p)
}
