// Package civil reads the dates and times that people write and clocks show, and tells which instants they mean. Forms,
// files and terminals all read by it, so that one text has one meaning wherever it comes from.
package civil

import (
	"strconv"
	"strings"
	"time"
)

// Instants returns the instants at which clocks in loc show a civil time, whose fields are given as if they were UTC:
// one as a rule, none for a time that a change of clocks skips, and two, the earlier first, for one that it repeats.
// They are in loc.
func Instants(civil time.Time, loc *time.Location) []time.Time {
	// One of the offsets in force within a day either way is the right one: zones change at most once in that time.
	var found []time.Time
	for _, probe := range [...]time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := civil.Add(probe).In(loc).Zone()
		at := civil.Add(-time.Duration(offset) * time.Second).In(loc)
		if _, actual := at.Zone(); actual == offset && (len(found) == 0 || !found[0].Equal(at)) {
			found = append(found, at)
		}
	}
	if len(found) == 2 && found[1].Before(found[0]) {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

// clockLayouts are times of day. Spreadsheets with Indonesian settings, people and our own pages write the dot.
var clockLayouts = []string{"15:04", "15.04", "15:04:05", "15.04.05"}

// Clock reads a time of day: hours and minutes, and perhaps seconds with a fraction, with : or . between them. It
// returns how long after midnight that is on a day without a change of clocks. Spaces around do not matter.
func Clock(s string) (sinceMidnight time.Duration, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range clockLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
			return t.Sub(midnight), true
		}
	}
	return 0, false
}

// monthNames are the first three letters of the months in both languages, as our pages and spreadsheets write them.
// Three letters are enough to tell the months apart.
var monthNames = map[string]time.Month{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
	"agu": 8, "agt": 8, "ags": 8,
	"aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "des": 12, "dec": 12}

// Date reads a calendar date at the beginning of s and returns its midnight as if it were in UTC, and what follows it:
// YYYY-MM-DD, or with the day first and -, / or . between (24/11/2026, 5-3-2026), or with the month in words
// (24 Nov 2026). The month never comes first: nobody could tell.
func Date(s string) (midnight time.Time, rest string, ok bool) {
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
				return time.Time{}, "", false
			}
			rest = rest[1:]
		}
	}
	year, month, day := parts[2], parts[1], parts[0]
	if len(day) == 4 {
		year, day = day, year
	}
	if len(year) != 4 || len(day) > 2 {
		return time.Time{}, "", false
	}
	if len(month) > 2 {
		m, known := monthNames[strings.ToLower(month[:3])]
		if !known {
			return time.Time{}, "", false
		}
		month = strconv.Itoa(int(m))
	}
	midnight, err := time.Parse("2006-1-2", year+"-"+month+"-"+day)
	return midnight, rest, err == nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
