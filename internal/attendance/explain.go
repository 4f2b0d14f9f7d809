package attendance

import (
	"math"
	"slices"
	"time"
)

// ReasonCode names one step of the way to a day's status. Programs and the pages' sentences rely on the codes.
type ReasonCode string

// What the date was planned to be, what the punches made of it, and which punches did not count. Each names the fields
// of Reason that it fills.
const (
	ReasonShift      ReasonCode = "shift"       // Name, At to Until
	ReasonWindow     ReasonCode = "window"      // At to Until: when punches belong to the shift
	ReasonDayOff     ReasonCode = "day_off"     // no shift
	ReasonHoliday    ReasonCode = "holiday"     // Name
	ReasonLeave      ReasonCode = "leave"       // Name: the LeaveKind
	ReasonWaiting    ReasonCode = "waiting"     // Until: no punch yet, and the window closes then
	ReasonNoPunch    ReasonCode = "no_punch"    // Until: the window closed without one
	ReasonOnTime     ReasonCode = "on_time"     // At: the first in
	ReasonWithin     ReasonCode = "grace"       // At, Minutes after the start, Limit: the grace
	ReasonLate       ReasonCode = "late"        // At, Minutes after the start, Limit: the grace
	ReasonNoCheckIn  ReasonCode = "no_check_in" // At: the last out; with Punch, an out before the first in
	ReasonInside     ReasonCode = "inside"      // Until: in and not out, and the window is open until then
	ReasonNoCheckOut ReasonCode = "no_check_out"
	ReasonEarly      ReasonCode = "early"      // At: the last out, Minutes before the end, Limit: the grace
	ReasonLeft       ReasonCode = "left"       // At: the last out
	ReasonEarlyIn    ReasonCode = "early_in"   // At: the first in, Until: when the window opened
	ReasonLateOut    ReasonCode = "late_out"   // At: the last out, Until: when the window had closed
	ReasonAway       ReasonCode = "away"       // At to Until: away for Minutes, which is not work
	ReasonAwayFixed  ReasonCode = "away_fixed" // the same, but the shift takes off a fixed break instead
	// At: away since then; Until: the last out, if any. Nobody came in again
	ReasonOpenBreak ReasonCode = "open_break"
	ReasonBreak     ReasonCode = "break"      // Minutes taken off, Limit: since the span exceeds as many
	ReasonBreakReal ReasonCode = "break_real" // Minutes taken off: those of the absences
	// Minutes taken off at the least, Limit: since the span exceeds as many
	ReasonBreakLeast ReasonCode = "break_least"
	ReasonBreakLong  ReasonCode = "break_longer" // Minutes of fixed break taken off, longer than Limit: the absences
	ReasonWorked     ReasonCode = "worked"       // Minutes
	ReasonExtra      ReasonCode = "extra"        // Minutes of overtime
	ReasonHalfDay    ReasonCode = "half"         // Minutes worked, Limit: under which the day is half
	ReasonTooShort   ReasonCode = "short"        // Minutes worked, Limit: under which the day is an absence
	ReasonUnpaired   ReasonCode = "unpaired"     // At, Punch: without a direction and a partner, takes nothing off
	ReasonRepeat     ReasonCode = "repeat"       // At, Punch: ignored, since it repeats another
	// At, Name: In or Out, Until: the punch of the other direction just before, Punch
	ReasonQuick      ReasonCode = "quick"
	ReasonOffShift   ReasonCode = "off"        // At, Punch: outside the window, moves neither first in nor last out
	ReasonOffline    ReasonCode = "offline"    // At: what the device said, Until: when it arrived, Punch
	ReasonOutside    ReasonCode = "outside"    // At, Minutes: metres from the nearest site, Punch
	ReasonInaccurate ReasonCode = "inaccurate" // At, Minutes: metres of accuracy, Punch
	ReasonClock      ReasonCode = "clock"      // At, Punch: the device's clocks contradict each other
	// At, Name: the time with the offset that was taken, Punch
	ReasonRepeatedHour ReasonCode = "repeated_hour"
	ReasonExact        ReasonCode = "exact"      // At, Punch: its position has an accuracy of 0 m, or none
	ReasonSamePlace    ReasonCode = "same_place" // At, Punch: exactly where the one before was made
	ReasonTooFast      ReasonCode = "too_fast"   // At, Minutes: metres from another punch, Limit: in seconds, Punch
	// At, Name: the address it came from, Punch
	ReasonForeignNetwork ReasonCode = "foreign_network"
	// At, Punch: made with a device that somebody else used; Name: who that was, told only to who may see them
	ReasonSharedDevice ReasonCode = "shared_device"
	ReasonKioskHurry   ReasonCode = "kiosk_hurry"
	ReasonCorrection   ReasonCode = "corrected"
	ReasonVoided       ReasonCode = "voided" // At, Name: the direction, Punch: it counts for nothing
	// ReasonUncovered is added for a date before the first one that the branch closed: that nobody came is not held
	// against anybody.
	ReasonUncovered ReasonCode = "uncovered"
	// ReasonOwnChange is added for each change of the date that its person made alone, since nobody else could. Name is
	// theirs, At when it was.
	ReasonOwnChange ReasonCode = "own_change"
	// ReasonNotEmployed stands alone for a date without punches outside employment.
	ReasonNotEmployed ReasonCode = "not_employed"
	// ReasonStored is added by whoever compares: the stored day (Name: its status) is another than its inputs make now,
	// because it waits to be recomputed or lies in a locked period.
	ReasonStored ReasonCode = "stored"
)

// Reason is a code and what a sentence about it names. Minutes and Limit are whole and never negative; instants are
// UTC.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Name    string     `json:"name,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Minutes int        `json:"minutes,omitempty"`
	Limit   int        `json:"limit,omitempty"`
	Punch   int64      `json:"punch,omitempty"`
}

// Explain says why Day computes what it computes, in the order in which a person would tell it: the plan, the arrival,
// the departure, the minutes, then every punch that does not count as it stands. It takes the same arguments as Day.
func (r *Roster) Explain(employeeID int64, d Date, punches []Punch, now time.Time) []Reason {
	day := r.Day(employeeID, d, punches, now)
	t := r.timeline(nil, d, punches)
	w, planned := t.w, t.planned
	why := r.explainPlan(d, w, planned)
	working := planned && r.holidayOn(d) == nil && r.leaveOn(d) == nil
	closes := w.Closes
	if !planned {
		closes = d.ends(r.On(d).Zone)
	}
	switch {
	case day.FirstIn != nil && working:
		why = append(why, arrival(&day, &w))
	case day.FirstIn != nil:
		why = append(why, Reason{Code: ReasonOnTime, At: day.FirstIn})
	case day.LastOut != nil:
		why = append(why, Reason{Code: ReasonNoCheckIn, At: day.LastOut})
	case working && now.Before(closes):
		why = append(why, Reason{Code: ReasonWaiting, Until: &closes})
	case working:
		why = append(why, Reason{Code: ReasonNoPunch, Until: &closes})
	}
	if planned && day.FirstIn != nil && day.FirstIn.Before(w.Opens) {
		why = append(why, Reason{Code: ReasonEarlyIn, At: day.FirstIn, Until: &w.Opens})
	}
	switch {
	case day.Inside && day.LastOut != nil: // and in again since
		why = append(why, Reason{Code: ReasonInside, Until: &closes})
	case day.LastOut != nil && day.FirstIn != nil && day.Status == StatusIncomplete: // in again, and never out
		why = append(why, Reason{Code: ReasonNoCheckOut, Until: &closes})
	case day.LastOut != nil && slices.Contains(day.Flags, FlagEarlyOut):
		why = append(why, Reason{Code: ReasonEarly, At: day.LastOut, Minutes: day.EarlyMinutes,
			Limit: w.Shift.EarlyGrace})
	case day.LastOut != nil && day.FirstIn != nil:
		why = append(why, Reason{Code: ReasonLeft, At: day.LastOut})
	case day.LastOut == nil && day.FirstIn != nil && now.Before(closes):
		why = append(why, Reason{Code: ReasonInside, Until: &closes})
	case day.LastOut == nil && day.FirstIn != nil:
		why = append(why, Reason{Code: ReasonNoCheckOut, Until: &closes})
	}
	if planned && day.LastOut != nil && day.LastOut.After(w.Closes) {
		why = append(why, Reason{Code: ReasonLateOut, At: day.LastOut, Until: &w.Closes})
	}
	why = append(why, explainMinutes(&day, &t, working)...)
	why = append(why, explainPunches(&day, &t, r.On(d).Zone)...)
	for _, p := range r.VoidedOn(d, punches) {
		if p.DuplicateOf == 0 {
			at := p.OccurredAt.UTC()
			why = append(why, Reason{Code: ReasonVoided, Name: string(p.Direction), At: &at, Punch: p.ID})
		}
	}
	return why
}

func (r *Roster) explainPlan(d Date, w Window, planned bool) []Reason {
	if !planned {
		return []Reason{{Code: ReasonDayOff}}
	}
	why := []Reason{{Code: ReasonShift, Name: w.Shift.Name, At: &w.Start, Until: &w.End},
		{Code: ReasonWindow, At: &w.Opens, Until: &w.Closes}}
	if h := r.holidayOn(d); h != nil {
		return append(why, Reason{Code: ReasonHoliday, Name: h.Name})
	}
	if l := r.leaveOn(d); l != nil {
		return append(why, Reason{Code: ReasonLeave, Name: string(l.Kind)})
	}
	return why
}

func arrival(day *Day, w *Window) Reason {
	after := wholeMinutes(day.FirstIn.Sub(w.Start))
	switch {
	case day.late(&w.Shift):
		return Reason{Code: ReasonLate, At: day.FirstIn, Minutes: day.LateMinutes, Limit: w.Shift.LateGrace}
	case after > 0:
		return Reason{Code: ReasonWithin, At: day.FirstIn, Minutes: after, Limit: w.Shift.LateGrace}
	default:
		return Reason{Code: ReasonOnTime, At: day.FirstIn}
	}
}

// explainMinutes tells what was taken off and what the worked time amounts to. It says no more than who is away while
// the day goes on.
func explainMinutes(day *Day, t *timeline, working bool) (why []Reason) {
	if day.FirstIn == nil {
		return nil
	}
	from, s := *day.FirstIn, &t.w.Shift
	if working {
		from = later(from, t.w.Start)
	}
	why = explainAbsences(day, t, from)
	if day.LastOut == nil {
		return why
	}
	switch b := t.balance(from, day.LastOut); {
	case b.least <= b.away && b.away > 0:
		why = append(why, Reason{Code: ReasonBreakReal, Minutes: b.away})
	case b.least == 0:
	case t.planned && s.BreakMode == BreakLonger:
		why = append(why, Reason{Code: ReasonBreakLong, Minutes: b.least, Limit: b.away})
	case s.BreakMode == BreakPunched:
		why = append(why, Reason{Code: ReasonBreakLeast, Minutes: b.least, Limit: s.BreakAfter})
	default:
		why = append(why, Reason{Code: ReasonBreak, Minutes: b.least, Limit: s.BreakAfter})
	}
	why = append(why, Reason{Code: ReasonWorked, Minutes: day.WorkedMinutes})
	if day.OvertimeMinutes > 0 {
		why = append(why, Reason{Code: ReasonExtra, Minutes: day.OvertimeMinutes})
	}
	switch day.Status {
	case StatusHalfDay:
		why = append(why, Reason{Code: ReasonHalfDay, Minutes: day.WorkedMinutes, Limit: s.HalfDayBelow})
	case StatusAbsent:
		why = append(why, Reason{Code: ReasonTooShort, Minutes: day.WorkedMinutes, Limit: s.AbsentBelow})
	default:
	}
	return why
}

// explainAbsences tells when the punches show that the employee was away, and whether that is taken off.
func explainAbsences(day *Day, t *timeline, from time.Time) (why []Reason) {
	var to time.Time
	if day.LastOut != nil {
		to = *day.LastOut
	}
	unpaired := t.absences(from, to, func(a absence) {
		reason := Reason{Code: ReasonAway, At: &a.from, Until: &a.to, Minutes: wholeMinutes(a.to.Sub(a.from))}
		switch {
		case !t.real():
			reason.Code = ReasonAwayFixed
		case a.open:
			reason.Code = ReasonOpenBreak
		}
		if a.to.IsZero() {
			reason.Until, reason.Minutes = nil, 0
			if !t.real() {
				return // a break that goes on is no news where breaks are fixed
			}
		}
		why = append(why, reason)
	})
	if unpaired != nil && t.real() {
		at := unpaired.OccurredAt.UTC()
		why = append(why, Reason{Code: ReasonUnpaired, At: &at, Punch: unpaired.ID})
	}
	return why
}

func explainPunches(day *Day, t *timeline, zone *time.Location) (why []Reason) {
	read := t.reader()
	for _, p := range t.own {
		at := p.OccurredAt.UTC()
		m := read.next(p)
		switch {
		case m.repeats != nil:
			why = append(why, Reason{Code: ReasonRepeat, At: &at, Punch: p.ID})
			continue
		case m.turns != nil:
			before := m.turns.OccurredAt.UTC()
			why = append(why, Reason{Code: ReasonQuick, Name: string(m.direction), At: &at, Until: &before,
				Punch: p.ID})
		}
		if m.direction == Out && (!m.off || !t.planned) && slices.Contains(day.Flags, FlagNoCheckIn) &&
			day.FirstIn != nil && at.Before(*day.FirstIn) {
			why = append(why, Reason{Code: ReasonNoCheckIn, At: &at, Punch: p.ID})
		}
		begins := m.direction == In && day.FirstIn != nil && at.Equal(*day.FirstIn)
		if m.off && t.planned && !m.late && !begins {
			why = append(why, Reason{Code: ReasonOffShift, At: &at, Punch: p.ID})
		}
		if p.Offline {
			received := p.ReceivedAt.UTC()
			why = append(why, Reason{Code: ReasonOffline, At: &at, Until: &received, Punch: p.ID})
		}
		why = append(why, p.Doubtful(zone)...)
		if p.Source == SourceCorrection {
			why = append(why, Reason{Code: ReasonCorrection, At: &at, Punch: p.ID})
		}
	}
	return why
}

// Doubtful tells what is to be looked at again about a punch, whatever its day makes of it, by the clocks of a zone.
func (p *Punch) Doubtful(zone *time.Location) (why []Reason) {
	at := p.OccurredAt.UTC()
	if p.OutsideArea {
		metres := 0
		if p.Distance != nil {
			metres = int(*p.Distance)
		}
		why = append(why, Reason{Code: ReasonOutside, At: &at, Minutes: metres, Punch: p.ID})
	}
	for _, d := range p.Doubts {
		r := Reason{Code: ReasonCode(d), At: &at, Punch: p.ID}
		switch {
		case d == DoubtInaccurate && p.Fix != nil:
			r.Minutes = int(math.Ceil(p.Fix.Accuracy))
		case d == DoubtRepeatedHour:
			r.Name = p.OccurredAt.In(zone).Format("15:04 -07:00")
		case d == DoubtForeignNetwork:
			r.Name = p.Network
		case d == DoubtTooFast && p.Moved != nil:
			r.Minutes, r.Limit = p.Moved.Metres, p.Moved.Seconds
		}
		why = append(why, r)
	}
	return why
}
