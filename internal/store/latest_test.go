package store_test

import (
	"fmt"
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

// The feed goes by when punches were made: neither days that are computed again nor punches that arrive late lead it.
func TestTheFeedGoesByTheTimeOfPunches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 4)
		at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
		tap := func(e, minute int, d attendance.Direction) {
			b.clock.Set(at(minute))
			b.record(t, punch(es[e], d, at(minute), fmt.Sprint(minute)))
		}
		latest := func(limit int) (numbers []int64) {
			entries, err := b.Latest(t.Context(), nil, limit, at(300))
			require.NoError(t, err)
			for _, e := range entries {
				numbers = append(numbers, e.EmployeeID-es[0].ID)
			}
			return numbers
		}
		tap(0, 1, attendance.In)
		tap(1, 10, attendance.In)
		b.clock.Set(at(200))
		require.NoError(t, b.Exec(t.Context(), "UPDATE attendances SET updated_at = ? WHERE employee_id = ?", at(200),
			es[0].ID))
		require.Equal(t, []int64{1}, latest(1), "the other's day was computed again")
		tap(2, 20, attendance.In)
		tap(2, 120, attendance.Out)
		tap(3, 130, attendance.In)
		tap(2, 220, attendance.In)
		require.Equal(t, []int64{2, 3, 1, 0}, latest(9))
		require.Equal(t, []int64{2}, latest(1), "in again")
	})
}
