package importer

import (
	"fmt"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
)

// DirectionMode says how to read the direction in a file: as that of a terminal that pushes, or as the file says
// without touching what was imported before.
type DirectionMode string

// BelieveIt and those after it also take the place of another reading.
const (
	AsSaid     DirectionMode = "" // as the file says, and what was imported before stays
	BelieveIt                = DirectionMode(iclock.ByStatus)
	OrderOfDay               = DirectionMode(iclock.ByOrder)
	AllIn                    = DirectionMode(iclock.AllIn)
	AllOut                   = DirectionMode(iclock.AllOut)
)

// check refuses an unknown mode.
func (m DirectionMode) check() error {
	switch m {
	case AsSaid, BelieveIt, OrderOfDay, AllIn, AllOut:
		return nil
	}
	return attendance.Invalid("direction", fmt.Sprintf("%q is none of status, auto, in and out", m))
}

// forced tells that the direction in the file does not matter.
func (m DirectionMode) forced() bool { return iclock.Mode(m).Forced() }

// read returns the direction that a field means, in the file's own words for it, and the part of the idempotency key
// that comes from it.
func (m DirectionMode) read(field string,
	words func(string) (attendance.Direction, *lineError)) (d attendance.Direction, status string, e *lineError) {
	if m.forced() {
		d, _ = iclock.Mode(m).Read(field)
		return d, string(m), nil
	}
	d, e = words(field)
	return d, field, e
}

// said notices whether a file says the same direction on every line.
type said struct {
	only    attendance.Direction
	lines   int
	several bool // directions, or none
}

func (s *said) add(d attendance.Direction) {
	s.several = s.several || d == attendance.Undetermined || s.lines > 0 && d != s.only
	s.only = d
	s.lines++
}

// constant is the one direction of several lines; "" when there is none.
func (s *said) constant() attendance.Direction {
	if s.several || s.lines < 2 {
		return ""
	}
	return s.only
}

// parseDirection reads a word or a terminal's state; an empty cell leaves the direction to the rules.
func parseDirection(s string) (attendance.Direction, *lineError) {
	switch normalise(s) {
	case "in", "check_in", "checkin", "masuk", "datang":
		return attendance.In, nil
	case "out", "check_out", "checkout", "keluar", "pulang":
		return attendance.Out, nil
	case "break_out", "istirahat", "mulai_istirahat":
		return attendance.BreakOut, nil
	case "break_in", "kembali", "selesai_istirahat":
		return attendance.BreakIn, nil
	case "auto":
		return attendance.Undetermined, nil
	default:
		return terminalDirection(s)
	}
}
