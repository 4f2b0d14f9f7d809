package importer

import (
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/civil"
)

// stamp is the time of a punch in a file: a local time, in the zone of the employee's branch, or with an offset an
// instant.
type stamp struct {
	civil   time.Time // local: the fields as if they were UTC
	instant bool
}

// betweenDateAndTime is what may stand between the two: our pages write a middle dot, browsers a comma.
const betweenDateAndTime = "T,· \u00a0\u202f"

// parseStamp reads a date with a time of day, or RFC 3339. Seconds may be missing; fractions are cut to microseconds.
func parseStamp(s string) (stamp, *lineError) {
	midnight, rest, ok := civil.Date(s)
	clock := strings.TrimLeft(rest, betweenDateAndTime)
	switch {
	case !ok || clock == rest && rest != "":
		return stamp{}, quoted(CodeBadTime, s)
	case clock == "":
		return stamp{}, quoted(CodeMissingTime, s)
	}
	if since, ok := civil.Clock(clock); ok {
		return stamp{civil: midnight.Add(since).Truncate(time.Microsecond)}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
		return stamp{civil: t.UTC().Truncate(time.Microsecond), instant: true}, nil
	}
	return stamp{}, quoted(CodeBadTime, s)
}

// parseDate reads a date alone; midnight, which spreadsheets add to dates, is allowed after it. An empty cell is nil.
func parseDate(s string) (*attendance.Date, *lineError) {
	if s == "" {
		return nil, nil
	}
	midnight, rest, ok := civil.Date(s)
	if !ok || strings.Trim(rest, " T0:.") != "" {
		return nil, quoted(CodeBadDate, s)
	}
	d := attendance.NewDate(midnight.Date())
	return &d, nil
}

// String is the canonical form, which is part of idempotency keys.
func (s stamp) String() string {
	if s.instant {
		return s.civil.Format(time.RFC3339Nano)
	}
	return s.civil.Format("2006-01-02T15:04:05.999999")
}

// in returns the instant of a stamp in a zone. A local time may occur twice, when daylight saving ends; in takes the
// first and says so. It returns false for a local time that was skipped.
func (s stamp) in(zone *time.Location) (at time.Time, repeated, ok bool) {
	if s.instant {
		return s.civil, false, true
	}
	found := civil.Instants(s.civil, zone)
	if len(found) == 0 {
		return time.Time{}, false, false
	}
	return found[0].UTC(), len(found) > 1, true
}
