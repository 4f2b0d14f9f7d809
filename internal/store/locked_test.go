package store_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// A settled day keeps what it said, whatever comes later; it is flagged once, and everybody hears of that.
func TestALockedPeriod(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, es := b.company(t, 3)
		b.record(t, punch(es[0], attendance.In, start, "1"), punch(es[0], attendance.Out, start.Add(8*time.Hour), "2"))
		lock := func(d *attendance.Date) error {
			_, err := b.ChangeBranch(ctx, br.ID, store.Actor{},
				func(br *attendance.Branch) error { br.LockedThrough = d; return nil })
			return err
		}
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(lock(ptr(monday))), "the date was not recapped")
		b.clock.Advance(24 * time.Hour)
		_, err := b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		_, _, err = b.Recap(ctx, br.ID, monday, false)
		require.NoError(t, err)
		require.NoError(t, lock(ptr(monday)))

		day := func(e attendance.Employee) attendance.Day {
			rows, _, err := b.History(ctx, store.DayFilter{From: monday, To: monday, EmployeeIDs: []int64{e.ID}})
			require.NoError(t, err)
			require.Len(t, rows, 1)
			return rows[0].Day
		}
		before, absent := day(es[0]), day(es[1])
		require.Equal(t, attendance.StatusAbsent, absent.Status)

		// A late punch is kept, and the day is what it was, but for the flag.
		late := punch(es[1], attendance.In, start, "late")
		late.Offline, late.ClaimedAt = true, ptr(start)
		rs, _ := b.record(t, late)
		require.Equal(t, attendance.StatusAbsent, rs[0].Day.Status)
		got := day(es[1])
		require.Equal(t, []attendance.Flag{attendance.FlagLocked}, got.Flags)
		require.Equal(t, attendance.StatusAbsent, got.Status)
		require.Equal(t, absent.Version+1, got.Version)
		ps, err := b.Punches(ctx, es[1].ID, start.Add(-time.Hour), start.Add(time.Hour))
		require.NoError(t, err)
		require.Len(t, ps, 1)
		again := punch(es[1], attendance.Out, start.Add(time.Hour), "later still")
		again.Offline, again.ClaimedAt = true, ptr(start.Add(time.Hour))
		b.record(t, again)
		require.Equal(t, got.Version, day(es[1]).Version, "flagged once")

		// So does a holiday that is added afterwards.
		require.NoError(t, b.AddHolidays(ctx, []attendance.Holiday{{Date: monday, Name: "Susulan"}}))
		b.left()
		n, err := b.RecomputeDays(ctx, []int64{es[0].ID, es[1].ID}, monday, monday)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Len(t, b.left(), 1)
		settled := day(es[0])
		require.Equal(t, before.Status, settled.Status)
		require.Equal(t, before.WorkedMinutes, settled.WorkedMinutes)
		require.Contains(t, settled.Flags, attendance.FlagLocked)
		n, err = b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Zero(t, n)

		rowsBefore, _, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)

		// Unlocked, the days follow their inputs again, and the flag goes.
		require.NoError(t, lock(nil))
		rowsAfter, _, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Equal(t, rowsBefore+1, rowsAfter, "a task computes them again")
		n, err = b.RecomputeDays(ctx, []int64{es[0].ID, es[1].ID}, monday, monday)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.NotContains(t, day(es[0]).Flags, attendance.FlagLocked)
		require.Contains(t, day(es[0]).Flags, attendance.FlagOnHoliday)
	})
}
