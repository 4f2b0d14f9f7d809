package attendance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhenADateIsOver(t *testing.T) {
	t.Parallel()
	day := shift(t, 1, "08:00", "17:00")
	night := shift(t, 2, "22:00", "06:00")
	for name, c := range map[string]struct {
		zone   string
		date   string
		shifts []Shift
		over   string // in the zone
	}{
		"nobody works":                        {"Asia/Jakarta", "2026-11-23", nil, "2026-11-24 00:00"},
		"the day's window closes in time":     {"Asia/Jakarta", "2026-11-23", []Shift{day}, "2026-11-24 00:00"},
		"a night shift ends in the morning":   {"Asia/Jakarta", "2026-11-23", []Shift{day, night}, "2026-11-24 10:00"},
		"further east":                        {"Asia/Jayapura", "2026-11-23", []Shift{day, night}, "2026-11-24 10:00"},
		"a night in which the clocks go back": {"Europe/Berlin", "2026-10-24", []Shift{night}, "2026-10-25 10:00"},
		"midnight comes an hour later":        {"America/Santiago", "2026-09-05", nil, "2026-09-06 01:00"},
	} {
		loc, err := time.LoadLocation(c.zone)
		require.NoError(t, err)
		want, err := time.ParseInLocation("2006-01-02 15:04", c.over, loc)
		require.NoError(t, err)
		require.Equal(t, want.UTC(), ClosedAt(date(t, c.date), loc, c.shifts).UTC(), name)
	}
}
