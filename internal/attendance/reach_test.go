package attendance_test

import (
	"testing"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func TestReachBack(t *testing.T) {
	for name, c := range map[string]struct {
		start, end               attendance.LocalTime
		opensBefore, closesAfter int
		want                     int
	}{
		"a day":                          {480, 1020, 120, 240, 0},
		"closes at midnight":             {480, 1020, 120, 420, 0},
		"closes a minute after midnight": {480, 1020, 120, 421, 1},
		"opens at midnight":              {120, 600, 120, 0, 0},
		"opens a minute before midnight": {119, 600, 120, 0, 1},
		"a night":                        {1320, 360, 120, 240, 1},
		"a night that ends at midnight":  {960, 0, 0, 0, 0},
		"a night open for another day":   {1320, 360, 120, 1440, 2},
		"round the clock, open a day":    {1320, 1320, 0, 1440, 2},
	} {
		require.Equal(t, c.want,
			attendance.Shift{Start: c.start, End: c.end, OpensBefore: c.opensBefore,
				ClosesAfter: c.closesAfter}.ReachesBack(), name)
	}
}
