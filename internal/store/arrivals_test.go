package store_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func TestArrivalsAgainstTheShiftsStart(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, far := b.branch(t, jakarta), b.branch(t, jayapura)
		es, others := b.hire(t, br, 4), b.hire(t, far, 1)
		arrive := func(e attendance.Employee, d attendance.Date, after time.Duration) attendance.Day {
			dd := day(e, d, attendance.StatusPresent)
			begins := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
			came := begins.Add(after)
			dd.ShiftStart, dd.FirstIn = &begins, &came
			return dd
		}
		noShift := arrive(es[3], monday, 0)
		noShift.ShiftStart = nil
		require.NoError(t, b.PutDays(ctx, arrive(es[0], monday, -time.Second), arrive(es[1], monday, 0),
			arrive(es[2], monday, 299*time.Second), noShift,
			arrive(others[0], monday, 20*time.Hour),
			arrive(es[0], monday-7, 11*time.Minute), arrive(es[1], monday-7, 12*time.Minute),
			arrive(es[0], monday-21, 14*time.Minute),
			arrive(es[2], monday-8, 0)))
		at := func(offset int) int { return (offset + 120) / 5 }

		got, err := b.Arrivals(ctx, []int64{br.ID}, 4, start)
		require.NoError(t, err)
		require.Equal(t, 1, got.Today[at(-5)], "a second before the start")
		require.Equal(t, 2, got.Today[at(0)])
		require.InDelta(t, 1.5, got.Usual[at(10)], 0, "two weeks have anything: two and one")
		require.InDelta(t, 0, got.Usual[at(0)], 0, "another weekday does not count")

		all, err := b.Arrivals(ctx, nil, 0, start)
		require.NoError(t, err)
		require.Equal(t, 1, all.Today[len(all.Today)-1], "the outermost bucket takes who comes still later")
		require.Empty(t, all.Usual)

		none, err := b.Arrivals(ctx, []int64{}, 4, start)
		require.NoError(t, err)
		require.Zero(t, slices.Max(none.Today))
	})
}
