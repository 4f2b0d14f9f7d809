package reminder_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"

	"github.com/stretchr/testify/require"
)

func TestWhenAReminderIsDue(t *testing.T) {
	t.Parallel()
	begins := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]bool{
		0: false, 14*time.Minute + 59*time.Second: false, 15 * time.Minute: true, 29 * time.Minute: true,
		30 * time.Minute: false, -time.Hour: false,
	} {
		require.Equal(t, want, reminder.Due(begins, 15*time.Minute, begins.Add(after)), after)
	}
	zone, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(t, err)
	shifts := map[int64]attendance.Shift{1: {ID: 1, Start: 8 * 60, End: 17 * 60},
		2: {ID: 2, Start: 23*60 + 50, End: 6 * 60}}
	d := attendance.NewDate(2026, 11, 23)
	for minute, want := range map[int][]int64{8*60 + 14: nil, 8*60 + 15: {1}, 8*60 + 29: {1}, 8*60 + 30: nil,
		24*60 + 5: {2}} {
		require.Equal(t, want,
			reminder.StartsDue(d, zone, shifts, 15*time.Minute, d.At(0, zone).Add(time.Duration(minute)*time.Minute)),
			minute)
	}
}
