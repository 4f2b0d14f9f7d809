package attendance

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALocalTimeIsOneInstantOrAReason(t *testing.T) {
	t.Parallel()
	helsinki := zone(t, "Europe/Helsinki")
	for name, c := range map[string]struct {
		date, at string
		which    Repeated
		want     string // instant or code
	}{
		"plain":              {"2026-11-24", "08:05", "", "2026-11-24T06:05:00Z"},
		"plain, although":    {"2026-11-24", "08:05", RepeatedSecond, "2026-11-24T06:05:00Z"},
		"before the skip":    {"2026-03-29", "02:59", "", "2026-03-29T00:59:00Z"},
		"skipped":            {"2026-03-29", "03:00", "", "skipped_time"},
		"still skipped":      {"2026-03-29", "03:59", RepeatedFirst, "skipped_time"},
		"after the skip":     {"2026-03-29", "04:00", "", "2026-03-29T01:00:00Z"},
		"repeated":           {"2026-10-25", "03:30", "", "ambiguous_time"},
		"repeated, first":    {"2026-10-25", "03:30", RepeatedFirst, "2026-10-25T00:30:00Z"},
		"repeated, second":   {"2026-10-25", "03:30", RepeatedSecond, "2026-10-25T01:30:00Z"},
		"before the repeat":  {"2026-10-25", "02:59", "", "2026-10-24T23:59:00Z"},
		"after the repeat":   {"2026-10-25", "04:00", "", "2026-10-25T02:00:00Z"},
		"which is no answer": {"2026-10-25", "03:30", "third", "ambiguous_time"},
	} {
		at, err := Instant(date(t, c.date), hhmm(t, c.at), c.which, helsinki)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = string(CodeOf(err))
		}
		require.Equal(t, c.want, got, name)
	}
	_, err := Instant(date(t, "2026-10-25"), hhmm(t, "03:30"), "", helsinki)
	var two *Ambiguous
	require.True(t, errors.As(err, &two))
	require.Equal(t, "2026-10-25T03:30:00+03:00 2026-10-25T03:30:00+02:00",
		two.First.Format(time.RFC3339)+" "+two.Second.Format(time.RFC3339))
	require.Equal(t, hhmm(t, "08:05"), hhmm(t, "08.05"))
	_, err = Instant(date(t, "2011-12-30"), hhmm(t, "12:00"), "", zone(t, "Pacific/Apia"))
	require.Equal(t, CodeSkippedTime, CodeOf(err), "a date that was skipped as a whole")
}

func TestTheDatesOfEmploymentDecideAboutPunches(t *testing.T) {
	t.Parallel()
	hired, left := date(t, "2026-11-02"), date(t, "2026-11-27")
	for name, c := range map[string]struct {
		e     Employee
		on    string
		count bool
	}{
		"active":                   {Employee{Status: EmployeeActive}, "2026-11-27", true},
		"inactive, since unknown":  {Employee{Status: EmployeeInactive}, "2026-11-27", false},
		"the last day":             {Employee{Status: EmployeeInactive, LeftOn: &left}, "2026-11-27", true},
		"the day after":            {Employee{Status: EmployeeInactive, LeftOn: &left}, "2026-11-28", false},
		"the day after, if active": {Employee{Status: EmployeeActive, LeftOn: &left}, "2026-11-28", false},
		"the first day":            {Employee{Status: EmployeeActive, HiredOn: &hired}, "2026-11-02", true},
		"the day before":           {Employee{Status: EmployeeActive, HiredOn: &hired}, "2026-11-01", false},
	} {
		require.Equal(t, c.count, c.e.MayPunch(date(t, c.on)), name)
	}
}
