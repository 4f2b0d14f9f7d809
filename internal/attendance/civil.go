package attendance

import (
	"time"

	"hadir/internal/civil"
)

// Repeated says which of two instants a person means by a time that the clocks of a zone show twice.
type Repeated string

// Clocks are put back once in a year, where there is daylight saving: the hour before and the one after have the same
// times.
const (
	RepeatedFirst  Repeated = "first"
	RepeatedSecond Repeated = "second"
)

// Ambiguous is a CodeAmbiguousTime error that names the two instants, both in the zone whose clocks show them alike.
type Ambiguous struct {
	cause         *Error
	First, Second time.Time
}

// Error implements error.
func (a *Ambiguous) Error() string { return a.cause.Error() }

func (a *Ambiguous) Unwrap() error { return a.cause }

// Instant returns the one instant that somebody means by a time of day on a date, of a field called time. which settles
// a time that the clocks show twice; without it the error is an *Ambiguous about the field repeated. A time that the
// clocks skip is CodeSkippedTime.
func Instant(d Date, at LocalTime, which Repeated, loc *time.Location) (time.Time, error) {
	found := civil.Instants(d.UTC().Add(minutes(int(at))), loc)
	switch {
	case len(found) == 0:
		return time.Time{}, &Error{Code: CodeSkippedTime, Field: "time"}
	case len(found) == 1 || which == RepeatedFirst:
		return found[0].UTC(), nil
	case which == RepeatedSecond:
		return found[1].UTC(), nil
	}
	return time.Time{}, &Ambiguous{First: found[0], Second: found[1],
		cause: &Error{Code: CodeAmbiguousTime, Field: "repeated"}}
}
