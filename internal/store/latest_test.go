package store_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// News of a day says which punch made it: breaks are neither in nor out, a late arrival of an old punch is what it is,
// and what the day ignored as a repeat is no news.
func TestTheLastPunchOfADay(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 3)
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		last := func(e attendance.Employee) attendance.LastPunch {
			entries, err := b.Entries(t.Context(), []task.DayRef{{EmployeeID: e.ID, WorkDate: monday}})
			require.NoError(t, err)
			require.Len(t, entries, 1)
			require.NotNil(t, entries[0].LastPunch)
			return *entries[0].LastPunch
		}
		for i, step := range []struct {
			direction attendance.Direction
			minutes   int
			want      attendance.Direction
			at        int
		}{
			{attendance.In, 0, attendance.In, 0}, {attendance.BreakOut, 120, attendance.BreakOut, 120},
			{attendance.BreakIn, 150, attendance.BreakIn, 150},
			{attendance.Out, 300, attendance.Out, 300}, {attendance.BreakOut, 200, attendance.BreakOut, 200},
		} {
			b.record(t, punch(es[0], step.direction, at(step.minutes), string(rune('a'+i))))
			got := last(es[0])
			require.Equal(t, step.want, got.Direction, step)
			require.Equal(t, at(step.at), got.OccurredAt, step)
		}
		b.record(t, punch(es[1], attendance.Undetermined, at(5), "t1"))
		require.Equal(t, attendance.In, last(es[1]).Direction)
		b.record(t, punch(es[1], attendance.Undetermined, at(400), "t2"))
		require.Equal(t, attendance.Out, last(es[1]).Direction)

		latest, err := b.Latest(t.Context(), nil, 10, at(500))
		require.NoError(t, err)
		require.Equal(t, []key{{es[1].ID, monday}, {es[0].ID, monday}}, keys(latest),
			"who has not punched is not there")
		require.Equal(t, attendance.BreakOut, latest[1].LastPunch.Direction)
		latest, err = b.Latest(t.Context(), nil, 1, at(500))
		require.NoError(t, err)
		require.Len(t, latest, 1)
		latest, err = b.Latest(t.Context(), []int64{}, 10, at(500))
		require.NoError(t, err)
		require.Empty(t, latest)
		latest, err = b.Latest(t.Context(), nil, 10, at(500).AddDate(0, 0, 1))
		require.NoError(t, err)
		require.Empty(t, latest, "the feed begins with today")
	})
}
