package localtime_test

import (
	"errors"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/localtime"

	"github.com/stretchr/testify/require"
)

func TestALocalTimeIsOneInstantOrAReason(t *testing.T) {
	t.Parallel()
	instant := func(day, at string, which localtime.Repeated, loc *time.Location) (time.Time, error) {
		d, err := attendance.ParseDate(day)
		require.NoError(t, err)
		clock, err := attendance.ParseLocalTime(at)
		require.NoError(t, err)
		return localtime.Instant(d, clock, which, loc)
	}
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	require.NoError(t, err)
	apia, err := time.LoadLocation("Pacific/Apia")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		date, at string
		which    localtime.Repeated
		want     string // instant or code
	}{
		"plain":              {"2026-11-24", "08:05", "", "2026-11-24T06:05:00Z"},
		"plain, although":    {"2026-11-24", "08:05", localtime.Second, "2026-11-24T06:05:00Z"},
		"before the skip":    {"2026-03-29", "02:59", "", "2026-03-29T00:59:00Z"},
		"skipped":            {"2026-03-29", "03:00", "", "skipped_time"},
		"still skipped":      {"2026-03-29", "03:59", localtime.First, "skipped_time"},
		"after the skip":     {"2026-03-29", "04:00", "", "2026-03-29T01:00:00Z"},
		"repeated":           {"2026-10-25", "03:30", "", "ambiguous_time"},
		"repeated, first":    {"2026-10-25", "03:30", localtime.First, "2026-10-25T00:30:00Z"},
		"repeated, second":   {"2026-10-25", "03:30", localtime.Second, "2026-10-25T01:30:00Z"},
		"before the repeat":  {"2026-10-25", "02:59", "", "2026-10-24T23:59:00Z"},
		"after the repeat":   {"2026-10-25", "04:00", "", "2026-10-25T02:00:00Z"},
		"which is no answer": {"2026-10-25", "03:30", "third", "ambiguous_time"},
	} {
		at, err := instant(c.date, c.at, c.which, helsinki)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = string(attendance.CodeOf(err))
		}
		require.Equal(t, c.want, got, name)
	}
	_, err = instant("2026-10-25", "03:30", "", helsinki)
	var two *localtime.Ambiguous
	require.True(t, errors.As(err, &two))
	require.Equal(t, "2026-10-25T03:30:00+03:00 2026-10-25T03:30:00+02:00",
		two.First.Format(time.RFC3339)+" "+two.Second.Format(time.RFC3339))
	_, err = instant("2011-12-30", "12:00", "", apia)
	require.Equal(t, attendance.CodeSkippedTime, attendance.CodeOf(err), "a date that was skipped as a whole")
}
