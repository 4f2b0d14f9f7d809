package attendance

import "time"

// ReasonCode names one step of the way to a day's status. Programs and the pages' sentences rely on the codes.
type ReasonCode string

// What the date was planned to be, what the punches made of it, and which punches did not count. Each names the fields of
// Reason that it fills.
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
	ReasonNoCheckIn  ReasonCode = "no_check_in" // At: the last out
	ReasonInside     ReasonCode = "inside"      // Until: in and not out, and the window is open until then
	ReasonNoCheckOut ReasonCode = "no_check_out"
	ReasonEarly      ReasonCode = "early"   // At: the last out, Minutes before the end, Limit: the grace
	ReasonLeft       ReasonCode = "left"    // At: the last out
	ReasonBreak      ReasonCode = "break"   // Minutes taken off, Limit: since the span exceeds as many
	ReasonWorked     ReasonCode = "worked"  // Minutes
	ReasonExtra      ReasonCode = "extra"   // Minutes of overtime
	ReasonHalfDay    ReasonCode = "half"    // Minutes worked, Limit: under which the day is half
	ReasonTooShort   ReasonCode = "short"   // Minutes worked, Limit: under which the day is an absence
	ReasonRepeat     ReasonCode = "repeat"  // At, Punch: ignored, since it repeats another
	ReasonOffShift   ReasonCode = "off"     // At, Punch: outside the window, moves neither first in nor last out
	ReasonOffline    ReasonCode = "offline" // At: what the device said, Until: when it arrived, Punch
	ReasonOutside    ReasonCode = "outside" // At, Minutes: metres from the nearest site, Punch
	ReasonCorrection ReasonCode = "corrected"
	// ReasonStored is added by whoever compares: the stored day (Name: its status) is another than its inputs make now,
	// because it waits to be recomputed or lies in a locked period.
	ReasonStored ReasonCode = "stored"
)

// Reason is a code and what a sentence about it names. Minutes and Limit are whole and never negative; instants are UTC.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Name    string     `json:"name,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Minutes int        `json:"minutes,omitempty"`
	Limit   int        `json:"limit,omitempty"`
	Punch   int64      `json:"punch,omitempty"`
}

// Explain says why Day computes what it computes, in the order in which a person would tell it: the plan, the arrival, the
// departure, the minutes, then every punch that does not count as it stands. It takes the same arguments as Day.
func (r *Roster) Explain(employeeID int64, d Date, punches []Punch, now time.Time) []Reason {
	day := r.Day(employeeID, d, punches, now)
	w, planned := r.WindowOn(d)
	why := r.explainPlan(d, w, planned)
	working := planned && r.holidayOn(d) == nil && r.leaveOn(d) == nil
	closes := w.Closes
	if !planned {
		closes = d.ends(r.Zone)
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
	switch {
	case day.LastOut != nil && day.EarlyMinutes > 0:
		why = append(why, Reason{Code: ReasonEarly, At: day.LastOut, Minutes: day.EarlyMinutes, Limit: w.Shift.EarlyGrace})
	case day.LastOut != nil && day.FirstIn != nil:
		why = append(why, Reason{Code: ReasonLeft, At: day.LastOut})
	case day.LastOut == nil && day.FirstIn != nil && now.Before(closes):
		why = append(why, Reason{Code: ReasonInside, Until: &closes})
	case day.LastOut == nil && day.FirstIn != nil:
		why = append(why, Reason{Code: ReasonNoCheckOut, Until: &closes})
	}
	why = append(why, explainMinutes(&day, &w.Shift, working)...)
	return append(why, r.explainPunches(d, w, planned, punches)...)
}

func (r *Roster) explainPlan(d Date, w Window, planned bool) []Reason {
	if !planned {
		return []Reason{{Code: ReasonDayOff}}
	}
	why := []Reason{{Code: ReasonShift, Name: w.Shift.Name, At: &w.Start, Until: &w.End}, {Code: ReasonWindow, At: &w.Opens, Until: &w.Closes}}
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

// explainMinutes tells what was taken off and what the worked time amounts to. It says nothing while the day goes on.
func explainMinutes(day *Day, s *Shift, working bool) (why []Reason) {
	if day.FirstIn == nil || day.LastOut == nil {
		return nil
	}
	from := *day.FirstIn
	if working && from.Before(*day.ShiftStart) {
		from = *day.ShiftStart
	}
	if s.BreakMinutes > 0 && wholeMinutes(day.LastOut.Sub(from)) > s.BreakAfter {
		why = append(why, Reason{Code: ReasonBreak, Minutes: s.BreakMinutes, Limit: s.BreakAfter})
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

func (r *Roster) explainPunches(d Date, w Window, planned bool, punches []Punch) (why []Reason) {
	read := reader{w: w, planned: planned}
	for _, p := range r.own(nil, d, w, planned, punches) {
		at := p.OccurredAt.UTC()
		m := read.next(p)
		switch {
		case m.repeats != nil:
			why = append(why, Reason{Code: ReasonRepeat, At: &at, Punch: p.ID})
			continue
		case m.off && planned:
			why = append(why, Reason{Code: ReasonOffShift, At: &at, Punch: p.ID})
		}
		if p.Offline {
			received := p.ReceivedAt.UTC()
			why = append(why, Reason{Code: ReasonOffline, At: &at, Until: &received, Punch: p.ID})
		}
		if p.OutsideArea {
			metres := 0
			if p.Distance != nil {
				metres = int(*p.Distance)
			}
			why = append(why, Reason{Code: ReasonOutside, At: &at, Minutes: metres, Punch: p.ID})
		}
		if p.Source == SourceCorrection {
			why = append(why, Reason{Code: ReasonCorrection, At: &at, Punch: p.ID})
		}
	}
	return why
}
