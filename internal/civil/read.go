package civil

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// Why a text is no date or time. ErrForm is the general reason, the others are about texts whose form is right.
var (
	ErrForm     = errors.New("civil: not a form of a date or time that is read")
	ErrNoDate   = errors.New("civil: the calendar has no such date")
	ErrNoTime   = errors.New("civil: clocks show no such time")
	ErrWeekday  = errors.New("civil: the date lies on another day of the week")
	ErrDateOnly = errors.New("civil: a date without a time")
)

// clockLayouts are times of day. Spreadsheets with Indonesian settings, people and our own pages write the dot.
var clockLayouts = []string{"15:04", "15.04", "15:04:05", "15.04.05"}

// clockShape is what clockLayouts have in common, whatever the figures say.
var clockShape = regexp.MustCompile(`^\d{1,2}(?:(?::\d{2}){1,2}|(?:\.\d{2}){1,2})$`)

// meridiem is AM or PM after a time of day.
var meridiem = regexp.MustCompile(`(?i)^(\d{1,2})([:.].*?) ?([ap])\.?m\.?$`)

// Clock reads a time of day: hours and minutes, and perhaps seconds with a fraction, with : or . between them, and
// perhaps AM or PM after them (12:05 AM is five past midnight). It returns how long after midnight that is on a day
// without a change of clocks. Spaces around and full width of characters do not matter. The error is ErrForm or
// ErrNoTime.
func Clock(s string) (sinceMidnight time.Duration, err error) {
	s = plain(s)
	mark := meridiem.FindStringSubmatch(s)
	if mark != nil {
		s = mark[1] + mark[2]
	}
	for _, layout := range clockLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		since := t.Sub(midnight)
		if mark == nil {
			return since, nil
		}
		return of12(since, mark[3])
	}
	if clockShape.MatchString(s) {
		return 0, ErrNoTime
	}
	return 0, ErrForm
}

// of12 turns a time of a clock with twelve hours into one of a clock with 24.
func of12(since time.Duration, mark string) (time.Duration, error) {
	const noon = 12 * time.Hour
	if since < time.Hour || since >= noon+time.Hour {
		return 0, ErrNoTime
	}
	since %= noon
	if strings.EqualFold(mark, "p") {
		since += noon
	}
	return since, nil
}

// monthNames are the first three letters of the months in both languages, as our pages, spreadsheets and people write
// them. Three letters are enough to tell the months apart.
var monthNames = map[string]time.Month{"jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6,
	"jul": 7, "agu": 8, "agt": 8, "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11,
	"des": 12, "dec": 12}

// weekdays are the names of the days of the week in both languages, whole and short.
var weekdays = map[string]time.Weekday{"minggu": 0, "ahad": 0, "min": 0, "sunday": 0, "sun": 0,
	"senin": 1, "sen": 1, "monday": 1, "mon": 1, "selasa": 2, "sel": 2, "tuesday": 2, "tue": 2, "tues": 2,
	"rabu": 3, "rab": 3, "wednesday": 3, "wed": 3,
	"kamis": 4, "kam": 4, "thursday": 4, "thu": 4, "thur": 4, "thurs": 4,
	"jumat": 5, "jum'at": 5, "jum": 5, "friday": 5, "fri": 5, "sabtu": 6, "sab": 6, "saturday": 6, "sat": 6}

// Date reads a calendar date at the beginning of s and returns its midnight as if it were in UTC, and what follows it:
// YYYY-MM-DD, or with the day first and -, / or . between (24/11/2026, 5-3-2026), or with the month in words
// (24 Nov 2026). The month never comes first: nobody could tell. Where the month is in words, the year may have two
// digits, which mean 1980 to 2079. The day of the week may stand in front, and has to be that of the date. Full width
// of characters does not matter. The error is ErrForm, ErrNoDate or ErrWeekday.
func Date(s string) (midnight time.Time, rest string, err error) {
	s = plain(s)
	weekday, named := time.Weekday(0), false
	if i := strings.IndexAny(s, " ,."); i > 0 {
		if weekday, named = weekdays[strings.ToLower(s[:i])]; named {
			s = strings.TrimLeft(s[i:], " ,.")
		}
	}
	parts, rest, ok := split(s)
	if !ok {
		return time.Time{}, "", ErrForm
	}
	year, month, day := parts[2], parts[1], parts[0]
	if len(day) == 4 {
		year, day = day, year
	}
	if len(month) > 2 {
		m, known := monthNames[strings.ToLower(month[:3])]
		if !known {
			return time.Time{}, "", ErrForm
		}
		month = strconv.Itoa(int(m))
		year = century(year, rest)
	}
	if len(year) != 4 || len(day) > 2 || day == "" || month == "" || !digit(month[0]) || !digit(month[len(month)-1]) {
		return time.Time{}, "", ErrForm
	}
	midnight, failed := time.Parse("2006-1-2", year+"-"+month+"-"+day)
	switch {
	case failed != nil:
		return time.Time{}, "", ErrNoDate
	case named && midnight.Weekday() != weekday:
		return time.Time{}, "", ErrWeekday
	}
	return midnight, rest, nil
}

// split takes three figures, of which the one in the middle may be a word, off the beginning of s.
func split(s string) (parts [3]string, rest string, ok bool) {
	rest = s
	for i := range parts {
		n := 0
		for n < len(rest) && (digit(rest[n]) || i == 1 && letter(rest[n])) {
			n++
		}
		parts[i], rest = rest[:n], rest[n:]
		if i < 2 {
			if rest == "" || !strings.ContainsRune("-/. ", rune(rest[0])) || i == 1 && rest[0] != s[len(parts[0])] {
				return parts, "", false
			}
			rest = rest[1:]
		}
	}
	return parts, rest, true
}

// century makes four digits of two. What goes on with : or . is an hour, of a date without a year.
func century(year, rest string) string {
	switch {
	case len(year) != 2 || rest != "" && strings.ContainsRune(":.", rune(rest[0])):
		return year
	case year < "80":
		return "20" + year
	}
	return "19" + year
}

// between is what may stand between a date and a time: our pages write a middle dot, browsers a comma.
const between = "T,· "

// betweenWords are words in the same place.
var betweenWords = []string{"pukul ", "jam ", "pkl. ", "pkl ", "at "}

// DateTime reads a date with a time of day after it, each as Date and Clock do, and returns it as if it were in UTC.
// Between the two may be a word (pukul, jam, at). The error is one of theirs, or ErrDateOnly.
func DateTime(s string) (time.Time, error) {
	midnight, rest, err := Date(s)
	if err != nil {
		return time.Time{}, err
	}
	clock := strings.TrimLeft(rest, between)
	switch {
	case clock == rest && rest != "":
		return time.Time{}, ErrForm
	case clock == "":
		return time.Time{}, ErrDateOnly
	}
	for _, word := range betweenWords {
		if len(clock) > len(word) && strings.EqualFold(clock[:len(word)], word) {
			clock = clock[len(word):]
			break
		}
	}
	since, err := Clock(clock)
	return midnight.Add(since), err
}

// plain is s without differences of width and of kinds of spaces, and without spaces around it. It goes no further: by
// Unicode's compatibility forms, a mark of a footnote (2026²) would become a digit.
func plain(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case r == '’' || r == '‘':
			return '\''
		}
		return r
	}, width.Fold.String(s)))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
