package importer

import (
	"errors"
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

// parseStamp reads a date with a time of day, or RFC 3339. Seconds may be missing; fractions are cut to microseconds.
func parseStamp(s string) (stamp, *lineError) {
	at, err := civil.DateTime(s)
	if err == nil {
		return stamp{civil: at.Truncate(time.Microsecond)}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
		return stamp{civil: t.UTC().Truncate(time.Microsecond), instant: true}, nil
	}
	if errors.Is(err, civil.ErrDateOnly) {
		return stamp{}, quoted(CodeMissingTime, s)
	}
	return stamp{}, unread(CodeBadTime, s, err)
}

// parseDate reads a date alone; midnight, which spreadsheets add to dates, is allowed after it. An empty cell is nil.
func parseDate(s string) (*attendance.Date, *lineError) {
	if s == "" {
		return nil, nil
	}
	midnight, rest, err := civil.Date(s)
	if err != nil {
		return nil, unread(CodeBadDate, s, err)
	}
	if strings.Trim(rest, " T0:.") != "" {
		at, err := civil.DateTime(s)
		switch {
		case err != nil:
			return nil, unread(CodeBadDate, s, err)
		case !at.Equal(midnight):
			e := quoted(CodeBadDate, s)
			e.key = "imports.date_alone"
			return nil, e
		}
	}
	d := attendance.NewDate(midnight.Date())
	return &d, nil
}

// unread says what is wrong with a value that is no date or time.
func unread(code Code, value string, why error) *lineError {
	e := quoted(code, value)
	switch {
	case errors.Is(why, civil.ErrNoDate):
		e.key = "imports.no_such_date"
	case errors.Is(why, civil.ErrNoTime):
		e.key = "imports.no_such_time"
	case errors.Is(why, civil.ErrWeekday):
		e.key = "imports.other_weekday"
	}
	return e
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
