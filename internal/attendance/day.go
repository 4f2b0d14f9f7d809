package attendance

import (
	"slices"
	"time"
)

// Day computes the day of date d at instant now from any superset of its punches, in any order. Version and UpdatedAt
// are left zero; the store sets them.
//
// Work counts from the later of first in and shift start, so that coming early is not work, to the last out; what lies
// after the shift's end is overtime. On a holiday, on leave and on a day off nobody is late, and all work is overtime.
// Punches outside the window of a date that has one are counted and flagged but move neither first in nor last out.
func (r *Roster) Day(employeeID int64, d Date, punches []Punch, now time.Time) Day {
	day := Day{EmployeeID: employeeID, WorkDate: d, BranchID: r.Branch.ID, Zone: r.Branch.Zone, Flags: []Flag{}}
	w, planned := r.WindowOn(d)
	closes := d.At(minutesPerDay, r.Zone)
	if planned {
		closes = w.Closes
		start, end, opens, shuts := w.Start, w.End, w.Opens, w.Closes
		day.ShiftID, day.ShiftName = w.Shift.ID, w.Shift.Name
		day.ShiftStart, day.ShiftEnd, day.WindowOpens, day.WindowCloses = &start, &end, &opens, &shuts
	}
	own := r.punchesOf(d, w, planned, punches)
	r.firstAndLast(&day, w, planned, own)
	plan := r.Plan(d, now)
	switch plan {
	case StatusPending, StatusAbsent:
		day.measure(w)
		day.Status = day.verdict(w.Shift, plan, now.Before(closes))
	default:
		day.extra(plan, now.Before(closes))
	}
	slices.Sort(day.Flags)
	day.Flags = slices.Compact(day.Flags)
	return day
}

// punchesOf returns the punches whose work date is d, in sequence.
func (r *Roster) punchesOf(d Date, w Window, planned bool, punches []Punch) []Punch {
	own := make([]Punch, 0, min(len(punches), 8))
	for _, p := range punches {
		if planned && w.Contains(p.OccurredAt) {
			own = append(own, p)
			continue
		}
		if DateOf(p.OccurredAt, r.Zone) != d {
			continue // only the window reaches into other dates
		}
		if date, off := r.WorkDate(p.OccurredAt); off && date == d {
			own = append(own, p)
		}
	}
	slices.SortFunc(own, sequence)
	return own
}

// firstAndLast fills in what the punches themselves say.
func (r *Roster) firstAndLast(day *Day, w Window, planned bool, own []Punch) {
	for i, m := range read(own) {
		p := &own[i]
		off := !planned || !w.Contains(p.OccurredAt)
		if off {
			day.Flags = append(day.Flags, FlagOffShift)
		}
		if p.Offline {
			day.Flags = append(day.Flags, FlagOffline)
		}
		if p.OutsideArea && r.Branch.Policy != PolicyRecord {
			day.Flags = append(day.Flags, FlagOutsideArea)
		}
		if p.Source == SourceCorrection {
			day.Flags = append(day.Flags, FlagCorrected)
		}
		if m.repeats >= 0 {
			continue
		}
		day.PunchCount++
		if off && planned {
			continue
		}
		at := p.OccurredAt
		switch {
		case m.direction == In && day.FirstIn == nil:
			day.FirstIn = &at
		case m.direction == Out:
			day.LastOut = &at
		}
	}
	if day.FirstIn != nil && day.LastOut != nil && !day.LastOut.After(*day.FirstIn) {
		day.LastOut = nil // a way out before the way in ends nothing
	}
	if day.FirstIn == nil && day.LastOut != nil {
		day.Flags = append(day.Flags, FlagNoCheckIn)
	}
}

// measure fills in the minutes of a working day.
func (day *Day) measure(w Window) {
	s := w.Shift
	if day.late(s) {
		day.LateMinutes = wholeMinutes(day.FirstIn.Sub(w.Start))
	}
	if day.LastOut == nil {
		return
	}
	if day.LastOut.Before(w.End.Add(-minutes(s.EarlyGrace))) {
		day.EarlyMinutes = wholeMinutes(w.End.Sub(*day.LastOut))
		day.Flags = append(day.Flags, FlagEarlyOut)
	}
	if day.FirstIn == nil {
		return
	}
	from := *day.FirstIn
	if from.Before(w.Start) {
		from = w.Start
	}
	day.WorkedMinutes = s.lessBreak(wholeMinutes(day.LastOut.Sub(from)))
	if from.Before(w.End) {
		from = w.End
	}
	day.OvertimeMinutes = wholeMinutes(day.LastOut.Sub(from))
}

// late tells whether the first in came after the grace; an arrival seconds past it is late by as many whole minutes as
// passed since the start.
func (day *Day) late(s Shift) bool {
	return day.FirstIn != nil && day.ShiftStart != nil && day.FirstIn.After(day.ShiftStart.Add(minutes(s.LateGrace)))
}

// verdict returns the status of a working day; plan is what it would be without punches.
func (day *Day) verdict(s Shift, plan Status, open bool) Status {
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
func (day *Day) extra(plan Status, open bool) {
	if day.FirstIn == nil && day.LastOut == nil {
		day.Status = plan
		return
	}
	day.Flags = append(day.Flags, map[Status]Flag{StatusHoliday: FlagOnHoliday, StatusOnLeave: FlagOnLeave, StatusDayOff: FlagOnDayOff}[plan])
	day.Status = StatusPresent
	if day.FirstIn == nil || day.LastOut == nil {
		if !open {
			day.Status = StatusIncomplete
		}
		return
	}
	day.WorkedMinutes = wholeMinutes(day.LastOut.Sub(*day.FirstIn))
	day.OvertimeMinutes = day.WorkedMinutes
}

// lessBreak takes the break off a span that is long enough to have one.
func (s Shift) lessBreak(span int) int {
	if span > s.BreakAfter {
		span -= s.BreakMinutes
	}
	return max(span, 0)
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// wholeMinutes cuts to full minutes; negative spans are zero.
func wholeMinutes(d time.Duration) int { return max(int(d/time.Minute), 0) }
