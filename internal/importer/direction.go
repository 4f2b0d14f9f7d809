package importer

import (
	"fmt"

	"hadir/internal/attendance"
)

// DirectionMode says how to read the direction in a file.
type DirectionMode string

// Terminals without function keys fill the field with a constant. The order of the punches in a day, or the person who
// imports the file, then gives the direction.
const (
	AsSaid     DirectionMode = ""       // as the file says, and what was imported before stays
	BelieveIt  DirectionMode = "status" // as the file says, also in the place of another reading
	OrderOfDay DirectionMode = "auto"   // the first of a day is in, a later one out
	AllIn      DirectionMode = "in"
	AllOut     DirectionMode = "out"
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
func (m DirectionMode) forced() bool { return m != AsSaid && m != BelieveIt }

// read returns the direction that a field means, in the file's own words for it, and the part of the idempotency key
// that comes from it.
func (m DirectionMode) read(field string,
	words func(string) (attendance.Direction, *lineError)) (d attendance.Direction, status string, e *lineError) {
	if m.forced() {
		return attendance.Direction(m), string(m), nil // auto is Undetermined
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
