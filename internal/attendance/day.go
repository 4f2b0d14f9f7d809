package attendance

import (
	"slices"
	"time"
)

// Day computes the day of date d at instant now from any superset of its punches, in any order. Version and UpdatedAt
// are left zero; the store sets them.
//
// Work counts from the later of first in and shift start, so that coming early is not work, to the last out, less what
// the shift's BreakMode takes off; what lies after the shift's end is overtime. On a holiday, on leave and on a day off
// nobody is late or early, work counts from the first in, and all of it is overtime. Punches outside the window of a
// date that has one are counted and flagged but move neither first in nor last out, save the way out that answers the
// window (see DateFor), and the way in before it of somebody who does not come in again within it. A repeat leaves no
// trace.
//
// While the window is open, someone who is in and not out again is present or late, whatever little was worked so far;
// the bounds of half days and absences, and leaving early, judge only who has gone.
func (r *Roster) Day(employeeID int64, d Date, punches []Punch, now time.Time) Day {
	place := r.On(d)
	day := Day{EmployeeID: employeeID, WorkDate: d, BranchID: place.Branch.ID, Zone: place.Branch.Zone, Flags: []Flag{}}
	var some [16]*Punch
	t := r.timeline(some[:0], d, punches)
	w, planned := t.w, t.planned
	closes := w.Closes
	if planned {
		at := &[4]time.Time{w.Start, w.End, w.Opens, w.Closes} // one allocation, not four
		day.ShiftID, day.ShiftName = w.Shift.ID, w.Shift.Name
		day.ShiftStart, day.ShiftEnd, day.WindowOpens, day.WindowCloses = &at[0], &at[1], &at[2], &at[3]
	} else {
		closes = d.ends(place.Zone)
	}
	atWork := r.firstAndLast(&day, &t)
	open := now.Before(closes)
	day.Inside = open && atWork
	switch plan := r.plan(d, w, planned, now); plan {
	case StatusPending, StatusAbsent:
		day.measure(&t, open, atWork)
		day.Status = day.verdict(&w.Shift, plan, open, atWork)
	case StatusHoliday:
		day.extra(&t, plan, FlagOnHoliday, open, atWork)
	case StatusOnLeave:
		day.extra(&t, plan, FlagOnLeave, open, atWork)
	default:
		day.extra(&t, plan, FlagOnDayOff, open, atWork)
	}
	slices.Sort(day.Flags)
	day.Flags = slices.Compact(day.Flags)
	return day
}

// Settled is what becomes of a day in a locked period when its inputs change: it stays as it is stored, flagged, so
// that a person decides. ok is false when it was flagged before.
func (day Day) Settled() (settled Day, ok bool) {
	if slices.Contains(day.Flags, FlagLocked) {
		return day, false
	}
	day.Flags = append(slices.Clone(day.Flags), FlagLocked)
	slices.Sort(day.Flags)
	return day, true
}

// firstAndLast fills in what the punches themselves say, and tells whether the last of them led in.
func (r *Roster) firstAndLast(day *Day, t *timeline) (atWork bool) {
	var firstIn, lastOut *Punch
	strays, unannounced := 0, false
	read := t.reader()
	for _, p := range t.own {
		m := read.next(p)
		if m.before != nil {
			firstIn, atWork = m.before, true
		}
		if m.repeats != nil {
			continue
		}
		day.PunchCount++
		day.flagPunch(p, &m, r.On(day.WorkDate).Branch)
		if m.off && !m.late {
			strays++
		}
		if m.off && t.planned && !m.late || m.slip() {
			continue
		}
		switch m.direction {
		case In:
			atWork = true
			if firstIn == nil {
				firstIn = p
				unannounced = unannounced && m.turns == nil // or the wrong button, put right at once
			}
		case Out:
			unannounced = unannounced || firstIn == nil
			atWork = false
			lastOut = p
		case BreakIn:
			atWork = firstIn != nil
		default:
		}
	}
	if early := read.early(); early != nil && firstIn == nil && lastOut == nil {
		firstIn, atWork = early, true
	}
	if firstIn != nil && t.planned && firstIn.OccurredAt.Before(t.w.Opens) {
		day.Flags = append(day.Flags, FlagEarlyIn)
		strays--
	}
	if strays > 0 {
		day.Flags = append(day.Flags, FlagOffShift)
	}
	if firstIn != nil && lastOut != nil && !lastOut.OccurredAt.After(firstIn.OccurredAt) {
		lastOut = nil // a way out before the way in ends nothing
	}
	if firstIn != nil {
		at := firstIn.OccurredAt.UTC()
		day.FirstIn = &at
	}
	if lastOut != nil {
		at := lastOut.OccurredAt.UTC()
		day.LastOut = &at
	}
	if unannounced {
		day.Flags = append(day.Flags, FlagNoCheckIn)
	}
	return atWork
}

// flagPunch marks the day with what one of its punches is remarkable for.
func (day *Day) flagPunch(p *Punch, m *reading, b *Branch) {
	policy := b.Policy
	if m.late {
		day.Flags = append(day.Flags, FlagLateOut)
	}
	if m.turns != nil {
		day.Flags = append(day.Flags, FlagQuickOut)
	}
	if p.Offline {
		day.Flags = append(day.Flags, FlagOffline)
	}
	if p.OutsideArea && policy != PolicyRecord {
		day.Flags = append(day.Flags, FlagOutsideArea)
	}
	if slices.Contains(p.Doubts, DoubtInaccurate) && policy != PolicyRecord {
		day.Flags = append(day.Flags, FlagInaccurate)
	}
	if slices.Contains(p.Doubts, DoubtForeignNetwork) && b.NetworkPolicy != PolicyRecord {
		day.Flags = append(day.Flags, FlagForeignNetwork)
	}
	if implausible(p.Doubts, policy) {
		day.Flags = append(day.Flags, FlagImplausible)
	}
	if slices.Contains(p.Doubts, DoubtClock) {
		day.Flags = append(day.Flags, FlagClock)
	}
	if slices.Contains(p.Doubts, DoubtRepeatedHour) {
		day.Flags = append(day.Flags, FlagRepeatedHour)
	}
	if p.Source == SourceCorrection {
		day.Flags = append(day.Flags, FlagCorrected)
	}
}

// measure fills in the minutes of a working day.
func (day *Day) measure(t *timeline, open, atWork bool) {
	if day.late(&t.w.Shift) {
		day.LateMinutes = wholeMinutes(day.FirstIn.Sub(t.w.Start))
	}
	if day.LastOut != nil && !atWork && day.LastOut.Before(t.w.End.Add(-minutes(t.w.Shift.EarlyGrace))) {
		day.EarlyMinutes = wholeMinutes(t.w.End.Sub(later(*day.LastOut, t.w.Start)))
		day.Flags = append(day.Flags, FlagEarlyOut)
	}
	if day.FirstIn == nil {
		return
	}
	b := t.balance(later(*day.FirstIn, t.w.Start), day.LastOut)
	day.flagAbsence(&b, open)
	day.WorkedMinutes, day.OvertimeMinutes = b.worked, b.overtime
}

// flagAbsence marks a day of somebody who went, or into a break, and never came in again: at once if they went out
// later all the same, and after the window closed if that was the last of them.
func (day *Day) flagAbsence(b *balance, open bool) {
	if b.unended && (day.LastOut != nil || !open) {
		day.Flags = append(day.Flags, FlagOpenBreak)
	}
	if b.unpaired {
		day.Flags = append(day.Flags, FlagUnpaired)
	}
}

// late tells whether the first in came after the grace; an arrival seconds past it is late by as many whole minutes as
// passed since the start.
func (day *Day) late(s *Shift) bool {
	return day.FirstIn != nil && day.ShiftStart != nil && day.FirstIn.After(day.ShiftStart.Add(minutes(s.LateGrace)))
}

// verdict returns the status of a working day. plan is what it would be without punches.
func (day *Day) verdict(s *Shift, plan Status, open, atWork bool) Status {
	switch {
	case day.FirstIn == nil && day.LastOut == nil:
		return plan
	case day.FirstIn == nil || day.LastOut == nil:
		if !open {
			return StatusIncomplete
		}
		if day.FirstIn == nil {
			return StatusPending
		}
	case day.Inside:
	case atWork:
		return StatusIncomplete // came in again, and nobody knows when they went
	case s.AbsentBelow > 0 && day.WorkedMinutes < s.AbsentBelow:
		return StatusAbsent
	case s.HalfDayBelow > 0 && day.WorkedMinutes < s.HalfDayBelow:
		return StatusHalfDay
	}
	if day.late(s) {
		return StatusLate
	}
	return StatusPresent
}

// extra settles a date on which nobody expected the employee.
func (day *Day) extra(t *timeline, plan Status, flag Flag, open, atWork bool) {
	if day.FirstIn == nil && day.LastOut == nil {
		day.Status = plan
		return
	}
	day.Flags = append(day.Flags, flag)
	day.Status = StatusPresent
	if (day.FirstIn == nil || day.LastOut == nil || atWork) && !open {
		day.Status = StatusIncomplete
	}
	if day.FirstIn == nil {
		return
	}
	b := t.balance(*day.FirstIn, day.LastOut)
	day.flagAbsence(&b, open)
	day.WorkedMinutes, day.OvertimeMinutes = b.worked, b.worked
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// wholeMinutes cuts to full minutes; negative spans are zero.
func wholeMinutes(d time.Duration) int { return max(int(d/time.Minute), 0) }
