// Package localtime finds the one instant that a person means by a date and a time of day.
package localtime

import (
	"time"

	"hadir/internal/attendance"
	"hadir/internal/civil"
)

// Repeated says which of two instants a person means by a time that the clocks of a zone show twice.
type Repeated string

// Clocks are put back once in a year, where there is daylight saving: the hour before and the one after have the same
// times.
const (
	First  Repeated = "first"
	Second Repeated = "second"
)

// Ambiguous is an attendance.CodeAmbiguousTime error that names the two instants, both in the zone whose clocks show
// them alike.
type Ambiguous struct {
	cause         *attendance.Error
	First, Second time.Time
}

// Error implements error.
func (a *Ambiguous) Error() string { return a.cause.Error() }

func (a *Ambiguous) Unwrap() error { return a.cause }

// Instant returns the one instant that somebody means by a time of day on a date, of a field called time. which settles
// a time that the clocks show twice; without it the error is an *Ambiguous about the field repeated. A time that the
// clocks skip is attendance.CodeSkippedTime.
func Instant(d attendance.Date, at attendance.LocalTime, which Repeated, loc *time.Location) (time.Time, error) {
	found := civil.Instants(d.UTC().Add(time.Duration(at)*time.Minute), loc)
	switch {
	case len(found) == 0:
		return time.Time{}, &attendance.Error{Code: attendance.CodeSkippedTime, Field: "time"}
	case len(found) == 1 || which == First:
		return found[0].UTC(), nil
	case which == Second:
		return found[1].UTC(), nil
	}
	return time.Time{}, &Ambiguous{First: found[0], Second: found[1],
		cause: &attendance.Error{Code: attendance.CodeAmbiguousTime, Field: "repeated"}}
}
