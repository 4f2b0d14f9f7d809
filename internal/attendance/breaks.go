package attendance

import "time"

// timeline is a day's punches with the window they are read by.
type timeline struct {
	w       Window
	planned bool
	own     []*Punch // in sequence
	answer  *Punch   // the way out after the window that answers it whatever the window before says, or nil
}

func (t *timeline) reader() reader { return reader{w: t.w, planned: t.planned, answer: t.answer} }

// absence is a span in which the punches show that the employee was away: from a way out, or into a break, to the next
// way in, or back.
type absence struct {
	from, to time.Time
	open     bool // no way in followed; to is the last out
}

// absences calls found with each absence that lies in a span, cut to it. The last out of a day ends the span and begins
// none. With the zero to there is no last out: then only what is open counts, and its to is zero.
//
// Between the first and the last, a punch that says no direction comes back if somebody is away, and goes else. One
// that went and is left without a partner proves nothing and takes nothing off; it is returned, nil if there is none.
func (t *timeline) absences(from, to time.Time, found func(a absence)) (unpaired *Punch) {
	var since time.Time
	gone := false
	read := t.reader()
	for _, p := range t.own {
		m := read.next(p)
		at := p.OccurredAt
		if m.repeats != nil || m.slip() || t.planned && at.Before(t.w.Opens) {
			continue
		}
		if to.IsZero() && t.planned && m.off || !to.IsZero() && at.After(to) {
			break // what follows moves nothing
		}
		comes := m.direction == In || m.direction == BreakIn
		silent := p.Direction == Undetermined && !comes
		switch {
		case comes, silent && gone && at.Before(to):
			if a := (absence{from: later(since, from), to: at}); gone && !to.IsZero() && a.from.Before(a.to) {
				found(a)
			}
			gone, unpaired = false, nil
		case !gone:
			gone, since = true, at
			if silent && at.Before(to) {
				unpaired = p
			}
		case unpaired != nil && !silent && at.Before(to): // who says that they go was there until then
			since, unpaired = at, nil
		}
	}
	if unpaired != nil {
		return unpaired
	}
	a := absence{from: later(since, from), to: to, open: true}
	if gone && (to.IsZero() || a.from.Before(to)) {
		found(a)
	}
	return nil
}

// balance is what a span from the way in to the way out comes to.
type balance struct {
	worked, overtime int
	span             int  // from the beginning to the last out
	away             int  // of which absences take as many, if they are taken off
	least            int  // and the shift as many, at the least
	unpaired         bool // a punch without a direction has no partner, and absences are taken off
	unended          bool // an absence has no end, and absences are taken off
}

// real tells whether absences are taken off. On a date without a shift nothing else stands for them.
func (t *timeline) real() bool {
	return !t.planned || t.w.Shift.BreakMode == BreakPunched || t.w.Shift.BreakMode == BreakLonger
}

// balance reckons a span. Overtime is what lies after the shift's end, never more than what was worked: what a shift
// takes off without regard to the hour is taken off its own time first. lastOut may be nil.
func (t *timeline) balance(from time.Time, lastOut *time.Time) (b balance) {
	var to, end time.Time
	if lastOut != nil {
		to, end = *lastOut, later(from, t.w.End)
	}
	var away, awayAfter time.Duration
	if t.real() {
		b.unpaired = nil != t.absences(from, to, func(a absence) {
			b.unended = b.unended || a.open
			if lastOut != nil {
				away += a.to.Sub(a.from)
				awayAfter += max(a.to.Sub(later(a.from, end)), 0)
			}
		})
	}
	if lastOut == nil {
		return b
	}
	present := to.Sub(from)
	b.span, b.least = wholeMinutes(present), t.w.Shift.leastBreak(wholeMinutes(present))
	b.away = b.span - wholeMinutes(present-away)
	b.worked = b.span - max(b.away, b.least)
	b.overtime = min(wholeMinutes(to.Sub(end)-awayAfter), b.worked)
	return b
}

// leastBreak returns what is taken off a span of minutes at the least. A minute more than BreakAfter costs one minute,
// not the whole break: otherwise who stays longer would be paid less.
func (s *Shift) leastBreak(span int) int {
	least := s.BreakMinutes
	if s.BreakMode == BreakPunched {
		least = s.BreakMinimum
	}
	return max(min(least, span-s.BreakAfter), 0)
}
