package attendance

import "time"

// holidayOn returns the entry that makes d a holiday for the employee; nil if it is none. Of several entries the one
// with the nearest scope counts: employee, then branch, then company.
func (r *Roster) holidayOn(d Date) *Holiday {
	nearest, holiday, branch := -1, (*Holiday)(nil), r.On(d).Branch.ID
	for i := range r.Holidays {
		h := &r.Holidays[i]
		if h.Date != d || h.BranchID != 0 && h.BranchID != branch {
			continue
		}
		scope := 0
		switch {
		case h.EmployeeID != 0:
			scope = 2
		case h.BranchID != 0:
			scope = 1
		}
		// Two entries of one scope: a holiday beats a working day, whatever their order.
		if scope > nearest || scope == nearest && !h.Working {
			nearest, holiday = scope, h
		}
	}
	if holiday == nil || holiday.Working {
		return nil
	}
	return holiday
}

// leaveOn returns the approved leave that covers d; nil if there is none.
func (r *Roster) leaveOn(d Date) *Leave {
	for i := range r.Leaves {
		if r.Leaves[i].From <= d && d <= r.Leaves[i].To {
			return &r.Leaves[i]
		}
	}
	return nil
}

// Plan returns what a day without any punch amounts to at instant now: day_off, holiday or on_leave, else pending
// before the window closed and absent after it. Leave on a holiday or a day off is not consumed: those come first.
func (r *Roster) Plan(d Date, now time.Time) Status {
	w, planned := r.WindowOn(d)
	return r.plan(d, w, planned, now)
}

func (r *Roster) plan(d Date, w Window, planned bool, now time.Time) Status {
	switch {
	case !planned:
		return StatusDayOff
	case r.holidayOn(d) != nil:
		return StatusHoliday
	case r.leaveOn(d) != nil:
		return StatusOnLeave
	case now.Before(w.Closes):
		return StatusPending
	default:
		return StatusAbsent
	}
}
