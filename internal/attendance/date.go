package attendance

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a civil calendar date, counted in days since 1970-01-01. It has no time zone: which instants belong to it is
// decided by a branch's zone. The zero value is 1970-01-01; a missing date is a nil *Date. Dates compare with < and ==.
type Date int32

// Dates are all from the first to the last, both included.
type Dates struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Widened are the dates with so many more on both sides.
func (d Dates) Widened(by int) Dates { return Dates{From: d.From.AddDays(-by), To: d.To.AddDays(by)} }

const dateLayout = "2006-01-02"

// NewDate returns the date of the given year, month and day, normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DateOf returns the calendar date that clocks in loc show at t.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return NewDate(y, m, d)
}

// DateOr returns the date that a pointer holds, or another one if it is nil.
func DateOr(d *Date, otherwise Date) Date {
	if d == nil {
		return otherwise
	}
	return *d
}

// ParseDate reads an ISO 8601 date such as 2026-11-23.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return 0, &Error{Code: CodeInvalidDate, Message: fmt.Sprintf("%q is not a date of the form YYYY-MM-DD", s),
			Cause: err}
	}
	return NewDate(t.Year(), t.Month(), t.Day()), nil
}

// UTC returns midnight UTC of the date.
func (d Date) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// At returns the instant at which clocks in loc show the given minutes after midnight on this date. Minutes past 1440
// reach into the following dates. A local time that a daylight-saving change skips or repeats is resolved as
// time.Date resolves it.
func (d Date) At(minutes int, loc *time.Location) time.Time {
	return time.Date(1970, time.January, 1+int(d), 0, minutes, 0, 0, loc).UTC()
}

// begins returns the first instant at which clocks in loc show the date, also where a change skips or repeats midnight.
func (d Date) begins(loc *time.Location) time.Time {
	first, _ := d.midnight(loc)
	return first
}

// ends returns the instant from which on clocks in loc no longer show the date.
func (d Date) ends(loc *time.Location) time.Time {
	_, last := d.AddDays(1).midnight(loc)
	return last
}

// changeReach covers the largest changes of clocks there were: those of a whole day, when a country changed sides of
// the date line.
const changeReach = 25 * time.Hour

// midnight returns the instant at which clocks in loc first show the date and the one from which on they show no
// earlier date. The two differ where clocks are put back across midnight.
func (d Date) midnight(loc *time.Location) (first, last time.Time) {
	t := d.At(0, loc)
	before := t.Add(-changeReach).In(loc)
	_, change := before.ZoneBounds()
	if change.IsZero() || change.After(t.Add(changeReach)) {
		return t, t
	}
	change = change.UTC()
	byOld, byNew := d.midnightBy(before), d.midnightBy(change.In(loc))
	if first = byOld; !byOld.Before(change) {
		first = later(change, byNew)
	}
	if last = byNew; !byNew.After(change) {
		last = earlier(change, byOld)
	}
	return first, last
}

// midnightBy returns when the date would begin by the offset that is in force at t.
func (d Date) midnightBy(t time.Time) time.Time {
	_, offset := t.Zone()
	return d.UTC().Add(-time.Duration(offset) * time.Second)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// AddDays returns the date n days later; n may be negative.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday((int(d)%7 + 7 + int(time.Thursday)) % 7) // 1970-01-01 was a Thursday
}

// String returns the ISO 8601 form, 2026-11-23.
func (d Date) String() string { return d.UTC().Format(dateLayout) }

// MarshalText makes a Date a string in JSON, in URLs and in map keys.
func (d Date) MarshalText() ([]byte, error) { return d.UTC().AppendFormat(nil, dateLayout), nil }

// UnmarshalText reads the ISO 8601 form.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Value stores the date as its ISO 8601 string, which MySQL's DATE and SQLite's TEXT both take and sort rightly.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a DATE column (time.Time) or a TEXT column.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		*d = NewDate(v.Date())
		return nil
	case string:
		return d.scanText(v)
	case []byte:
		return d.scanText(string(v))
	default:
		return fmt.Errorf("attendance: cannot read a date from %T", src)
	}
}

// scanText takes the date part of what the drivers hand out: "2026-11-23" or "2026-11-23T00:00:00Z".
func (d *Date) scanText(s string) error {
	if len(s) > len(dateLayout) {
		s = s[:len(dateLayout)]
	}
	return d.UnmarshalText([]byte(s))
}
