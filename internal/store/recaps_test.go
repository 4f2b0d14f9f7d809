package store_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

func TestClosingADay(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, es := b.company(t, 8)
		left, hired := monday.AddDays(-1), monday.AddDays(1)
		es[5].LeftOn, es[6].HiredOn = &left, &hired
		_, err := b.UpsertEmployees(ctx, es)
		require.NoError(t, err)
		b.record(t, punch(es[0], attendance.In, start, "1"), punch(es[0], attendance.Out, start.Add(8*time.Hour), "2"),
			punch(es[1], attendance.In, start, "1"))
		require.NoError(t, b.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[2].ID, Kind: attendance.LeaveAnnual, From: monday, To: monday}}))
		require.NoError(t, b.AddHolidays(ctx,
			[]attendance.Holiday{{EmployeeID: es[3].ID, Date: monday, Name: "Hari jadi"}}))
		require.NoError(t, b.AddAssignments(ctx,
			[]attendance.Assignment{{EmployeeID: es[4].ID, From: monday, Pattern: make([]int64, 7)}}))
		elsewhere, err := b.SaveBranch(ctx,
			attendance.Branch{Code: "MKS", Name: "Makassar", Zone: "Asia/Makassar", Policy: attendance.PolicyRecord,
				Active: true})
		require.NoError(t, err)

		due, err := b.DueRecaps(ctx, b.clock.Now())
		require.NoError(t, err)
		planned := attendance.NewDate(2026, 1, 5)
		require.Equal(t, []store.RecapDue{{BranchID: br.ID, WorkDate: planned},
			{BranchID: elsewhere.ID, WorkDate: monday - 1}}, due,
			"the first branch begins where somebody was planned first")
		require.NoError(t, b.CloseFrom(ctx, br.ID, monday))
		due, err = b.DueRecaps(ctx, b.clock.Now())
		require.NoError(t, err)
		require.Equal(t, []store.RecapDue{{BranchID: elsewhere.ID, WorkDate: monday - 1}}, due,
			"its first day is not over")
		b.clock.Advance(24 * time.Hour)
		due, err = b.DueRecaps(ctx, b.clock.Now())
		require.NoError(t, err)
		require.Contains(t, due, store.RecapDue{BranchID: br.ID, WorkDate: monday})

		n, err := b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Equal(t, 5, n, "one is incomplete now, and four days had no punch")
		n, err = b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Zero(t, n)
		b.left()
		_, news, err := b.Recap(ctx, br.ID, monday, true)
		require.NoError(t, err)
		require.False(t, news, "there is nothing to count again")
		r, news, err := b.Recap(ctx, br.ID, monday, false)
		require.NoError(t, err)
		require.True(t, news)
		handed := b.left()
		require.Len(t, handed, 1)
		require.Equal(t, task.RecapBroadcast, handed[0].Kind)
		require.Equal(t, 6, r.Headcount)
		require.Equal(t, map[attendance.Status]int{attendance.StatusLate: 1, attendance.StatusIncomplete: 1,
			attendance.StatusOnLeave: 1,
			attendance.StatusHoliday: 1, attendance.StatusDayOff: 1, attendance.StatusAbsent: 1}, r.Counts)
		_, news, err = b.Recap(ctx, br.ID, monday, false)
		require.NoError(t, err)
		require.False(t, news, "the same input is not news")
		_, ok, err := b.DueRecap(ctx, br.ID, b.clock.Now())
		require.NoError(t, err)
		require.False(t, ok)

		// Who moved since is closed where the day was worked.
		es[0].BranchID = elsewhere.ID
		_, err = b.UpsertEmployees(ctx, es[:1])
		require.NoError(t, err)
		n, err = b.CloseDays(ctx, elsewhere.ID, monday)
		require.NoError(t, err)
		require.Zero(t, n)

		listed, next, err := b.Recaps(ctx, store.RecapFilter{From: monday, To: monday, Limit: 1})
		require.NoError(t, err)
		require.Empty(t, next)
		require.Equal(t, "JKT", listed[0].BranchCode)
		require.Equal(t, r.Counts, listed[0].Counts)
	})
}

func TestRecapsAreListedByPages(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, _ := b.company(t, 1)
		for i := range 5 {
			_, err := b.CloseDays(ctx, br.ID, monday.AddDays(-i-1))
			require.NoError(t, err)
			_, _, err = b.Recap(ctx, br.ID, monday.AddDays(-i-1), false)
			require.NoError(t, err)
		}
		var got []attendance.Date
		for cursor := ""; ; {
			rs, next, err := b.Recaps(ctx,
				store.RecapFilter{BranchIDs: []int64{br.ID}, To: monday, Limit: 2, Cursor: cursor})
			require.NoError(t, err)
			for _, r := range rs {
				got = append(got, r.WorkDate)
			}
			if cursor = next; next == "" {
				break
			}
		}
		require.Equal(t, []attendance.Date{monday - 1, monday - 2, monday - 3, monday - 4, monday - 5}, got)
		_, _, err := b.Recaps(ctx, store.RecapFilter{To: monday, Limit: 2, Cursor: "rubbish"})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err))
	})
}

func TestRecapPlans(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, es := b.company(t, 1)
		b.record(t, punch(es[0], attendance.In, start, "1"))
		require.NoError(t, b.CloseFrom(ctx, br.ID, monday))
		m := b.shift(t, night) // nobody works it, so it holds nothing up
		plans, err := b.RecapPlans(ctx, b.clock.Now())
		require.NoError(t, err)
		require.Len(t, plans, 1)
		require.Equal(t, br.Code, plans[0].Branch.Code)
		require.Equal(t, monday, plans[0].WorkDate)
		require.Equal(t, time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC), plans[0].OverAt, "midnight in Jakarta")
		b.assign(t, m, es...)
		require.NoError(t, b.CloseFrom(ctx, br.ID, monday))
		plans, err = b.RecapPlans(ctx, b.clock.Now())
		require.NoError(t, err)
		require.Equal(t, time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), plans[0].OverAt,
			"the night shift's window closes at 10:00")
	})
}

func TestForgettingOutcomes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		var os []task.Outcome
		for n := range 5 {
			for _, k := range []task.Kind{task.RecapTick, task.RecapBranch} {
				os = append(os,
					task.Outcome{Minute: start.Add(-time.Duration(n) * time.Minute), Queue: task.QueueDefault, Kind: k,
						Succeeded: 1})
			}
		}
		require.NoError(t, b.AddOutcomes(ctx, os))
		left := func() int64 {
			all, err := b.Outcomes(ctx, start.Add(-time.Hour))
			require.NoError(t, err)
			return task.Total(all).Succeeded
		}
		n, err := b.ForgetOutcomes(ctx, start.Add(-time.Minute), 3)
		require.NoError(t, err)
		require.Equal(t, 3, n, "there may be more")
		require.EqualValues(t, 6, left(), "minutes go as a whole")
		n, err = b.ForgetOutcomes(ctx, start.Add(-time.Minute), 3)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.EqualValues(t, 4, left())
		n, err = b.ForgetOutcomes(ctx, start.Add(-time.Minute), 3)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}
