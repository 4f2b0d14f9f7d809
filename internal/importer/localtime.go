package importer

import (
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
)

// stamp is the time of a punch in a file: a local time, in the zone of the employee's branch, or with an offset an
// instant.
type stamp struct {
	civil   time.Time // local: the fields as if they were UTC
	instant bool
}

// monthNames are the first three letters of the months in both languages, as our pages and spreadsheets write them.
// Three letters are enough to tell the months apart.
var monthNames = map[string]time.Month{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
	"agu": 8, "agt": 8, "ags": 8,
	"aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "des": 12, "dec": 12}

// readDate reads a calendar date at the beginning of s and returns what follows it: YYYY-MM-DD, or with the day first
// and -, / or . between (24/11/2026, 5-3-2026), or with the month in words (24 Nov 2026). The month never comes first:
// nobody could tell.
func readDate(s string) (d attendance.Date, rest string, ok bool) {
	var parts [3]string
	rest = s
	for i := range parts {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || i == 1 && letter(rest[n])) {
			n++
		}
		parts[i], rest = rest[:n], rest[n:]
		if i < 2 {
			if rest == "" || !strings.ContainsRune("-/. ", rune(rest[0])) || i == 1 && rest[0] != s[len(parts[0])] {
				return 0, "", false
			}
			rest = rest[1:]
		}
	}
	year, month, day := parts[2], parts[1], parts[0]
	if len(day) == 4 {
		year, day = day, year
	}
	if len(year) != 4 || len(day) > 2 {
		return 0, "", false
	}
	if len(month) > 2 {
		m, known := monthNames[strings.ToLower(month[:3])]
		if !known {
			return 0, "", false
		}
		month = strconv.Itoa(int(m))
	}
	t, err := time.Parse("2006-1-2", year+"-"+month+"-"+day)
	return attendance.NewDate(t.Date()), rest, err == nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// clockLayouts are times of day. Spreadsheets with Indonesian settings, and our own pages, write the dot.
var clockLayouts = []string{"15:04:05", "15:04", "15.04.05", "15.04"}

// betweenDateAndTime is what may stand between the two: our pages write a middle dot, browsers a comma.
const betweenDateAndTime = "T,· \u00a0\u202f"

// parseStamp reads a date with a time of day, or RFC 3339. Seconds may be missing; fractions are cut to microseconds.
func parseStamp(s string) (stamp, *lineError) {
	d, rest, ok := readDate(s)
	clock := strings.TrimLeft(rest, betweenDateAndTime)
	switch {
	case !ok || clock == rest && rest != "":
		return stamp{}, quoted(CodeBadTime, s)
	case clock == "":
		return stamp{}, quoted(CodeMissingTime, s)
	}
	for _, layout := range clockLayouts {
		if t, err := time.Parse(layout, clock); err == nil {
			midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
			return stamp{civil: d.UTC().Add(t.Sub(midnight)).Truncate(time.Microsecond)}, nil
		}
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
	d, rest, ok := readDate(s)
	if !ok || strings.Trim(rest, " T0:.") != "" {
		return nil, quoted(CodeBadDate, s)
	}
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
	found := attendance.Instants(s.civil, zone)
	if len(found) == 0 {
		return time.Time{}, false, false
	}
	return found[0].UTC(), len(found) > 1, true
}
