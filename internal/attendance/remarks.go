package attendance

import "slices"

// Flags lists every flag in the order in which reports count them and cells show them.
func Flags() []Flag {
	return []Flag{RemarkLate, FlagEarlyOut, FlagEarlyIn, FlagLateOut, FlagQuickOut, FlagOpenBreak, FlagUnpaired,
		FlagNoCheckIn, FlagOffShift, FlagOutsideArea, FlagInaccurate, FlagForeignNetwork, FlagImplausible, FlagOffline,
		FlagClock, FlagRepeatedHour, FlagCorrected, FlagOnHoliday, FlagOnDayOff, FlagOnLeave, FlagLocked}
}

// RemarkLate is never stored: Remarks adds it to a late day whose status says something else, such as half a day.
const RemarkLate Flag = "late"

// Remarks are a day's flags in the order of Flags, and what else is remarkable about it although its status does not
// say so. Flags of a newer release come last.
func (day *Day) Remarks() []Flag {
	var out []Flag
	if day.LateMinutes > 0 && day.Status != StatusLate {
		out = append(out, RemarkLate)
	}
	known := Flags()
	for _, f := range known {
		if slices.Contains(day.Flags, f) {
			out = append(out, f)
		}
	}
	for _, f := range day.Flags {
		if !slices.Contains(known, f) {
			out = append(out, f)
		}
	}
	return out
}

// Directions lists every direction.
func Directions() []Direction { return []Direction{In, Out, BreakOut, BreakIn, Undetermined} }
