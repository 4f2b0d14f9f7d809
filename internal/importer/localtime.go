package importer

import (
	"time"
)

// stamp is the time of a punch as the file gives it: a local one, whose zone the employee's branch decides, or, with an
// offset, an instant.
type stamp struct {
	civil   time.Time // local: the fields as if they were UTC
	instant bool
}

// The local forms. The day-first ones are what spreadsheets with Indonesian settings make of the others.
var localLayouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
	"2/1/2006 15:04:05", "2/1/2006 15:04"}

// parseStamp reads a local time or RFC 3339. Seconds may be missing from a local time; fractions are cut to microseconds.
func parseStamp(s string) (stamp, *lineError) {
	for _, layout := range localLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return stamp{civil: t.Truncate(time.Microsecond)}, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
		return stamp{civil: t.UTC().Truncate(time.Microsecond), instant: true}, nil
	}
	return stamp{}, quoted(CodeBadTime, s)
}

// parseTerminalStamp reads the one form that terminals write.
func parseTerminalStamp(s string) (stamp, *lineError) {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		return stamp{}, quoted(CodeBadTime, s)
	}
	return stamp{civil: t.Truncate(time.Microsecond)}, nil
}

// String is the canonical form, of which idempotency keys are made.
func (s stamp) String() string {
	if s.instant {
		return s.civil.Format(time.RFC3339Nano)
	}
	return s.civil.Format("2006-01-02T15:04:05.999999")
}

// in returns the instant in a zone. Of a local time that clocks in the zone show twice, because daylight saving ended, it
// takes the first; false means that clocks skipped it.
func (s stamp) in(zone *time.Location) (time.Time, bool) {
	if s.instant {
		return s.civil, true
	}
	// One of the offsets in force within a day either way is the right one: zones change at most once in that time.
	var first time.Time
	for _, probe := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := s.civil.Add(probe).In(zone).Zone()
		at := s.civil.Add(-time.Duration(offset) * time.Second)
		if _, actual := at.In(zone).Zone(); actual != offset {
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first, !first.IsZero()
}
