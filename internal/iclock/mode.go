package iclock

import "hadir/internal/attendance"

// Mode says how the direction of a terminal's punches is read. Terminals without function keys fill the status with a
// constant. The order of the punches in a day, or whoever put the terminal up, then gives the direction.
type Mode string

// The modes.
const (
	ByStatus Mode = "status" // as the terminal says
	ByOrder  Mode = "auto"   // the first of a day is in, a later one out
	AllIn    Mode = "in"
	AllOut   Mode = "out"
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{ByOrder, ByStatus, AllIn, AllOut} }

// Forced tells that the status does not matter.
func (m Mode) Forced() bool { return m == ByOrder || m == AllIn || m == AllOut }

// Read returns the direction that a status means; false for a status that nobody knows.
func (m Mode) Read(status string) (attendance.Direction, bool) {
	if m.Forced() {
		return attendance.Direction(m), true // auto is Undetermined
	}
	return Direction(status)
}

// Direction maps the attendance states of terminals. Overtime states are check-ins and check-outs, since the shift
// decides what is overtime. State 255 and an empty state leave the direction to the rules. False is an unknown state.
func Direction(status string) (attendance.Direction, bool) {
	switch status {
	case "0", "4":
		return attendance.In, true
	case "1", "5":
		return attendance.Out, true
	case "2":
		return attendance.BreakOut, true
	case "3":
		return attendance.BreakIn, true
	case "255", "":
		return attendance.Undetermined, true
	}
	return "", false
}
