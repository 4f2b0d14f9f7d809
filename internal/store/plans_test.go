package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/days"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func everyDay(shift int64) []int64 { return []int64{shift, shift, shift, shift, shift, shift, shift} }

// A node keeps employees' plans; what another node changes must count from the next punch on.
func TestPlansThatAnotherNodeChanges(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		_, es := b.company(t, 3)
		other := b.another(t)
		first, _ := b.record(t, punch(es[0], attendance.In, start, "1"), punch(es[1], attendance.In, start, "1"),
			punch(es[2], attendance.In, start, "1"))
		for _, r := range first {
			require.Equal(t, attendance.StatusLate, r.Day.Status)
		}

		late, err := other.SaveShift(ctx,
			attendance.Shift{Code: "N", Name: "Siang Akhir", Start: 10 * 60, End: 19 * 60, OpensBefore: 120,
				ClosesAfter: 240,
				LateGrace:   10, BreakMinutes: 60, BreakAfter: 240, Active: true})
		require.NoError(t, err)
		require.NoError(t, other.AddAssignments(ctx,
			[]attendance.Assignment{{EmployeeID: es[0].ID, From: monday, Pattern: everyDay(late.ID)}}))
		require.NoError(t, other.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[1].ID, Kind: attendance.LeaveAnnual, From: monday, To: monday}}))
		require.NoError(t, other.AddHolidays(ctx,
			[]attendance.Holiday{{EmployeeID: es[2].ID, Date: monday, Name: "Hari jadi"}}))

		b.clock.Advance(time.Hour)
		now := b.clock.Now()
		rs, _ := b.record(t, punch(es[0], attendance.Out, now, "2"), punch(es[1], attendance.Out, now, "2"),
			punch(es[2], attendance.Out, now, "2"))
		require.Equal(t, "Siang Akhir", rs[0].Day.ShiftName)
		require.Zero(t, rs[0].Day.LateMinutes)
		require.Contains(t, rs[1].Day.Flags, attendance.FlagOnLeave)
		require.Contains(t, rs[2].Day.Flags, attendance.FlagOnHoliday)
	})
}

// What is kept covers some weeks, and neither earlier nor later dates.
func TestKeptPlansHaveAnEnd(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 1)
		require.NoError(t, b.AddLeaves(t.Context(),
			[]attendance.Leave{
				{EmployeeID: es[0].ID, Kind: attendance.LeaveAnnual, From: monday.AddDays(60),
					To: monday.AddDays(60)}}))
		b.record(t, punch(es[0], attendance.In, start, "1"))
		for days, key := range map[int]string{60: "2", -200: "3"} {
			rs, _ := b.record(t, punch(es[0], attendance.In, start.AddDate(0, 0, days), key))
			require.Equal(t, monday.AddDays(days), rs[0].Day.WorkDate)
			require.Equal(t, days == 60, len(rs[0].Day.Flags) > 0 && rs[0].Day.Flags[0] == attendance.FlagOnLeave,
				"%+v", rs[0].Day)
			require.NotZero(t, rs[0].Day.ShiftID)
		}
	})
}

// A key may come again long after its day, in a batch with others.
func TestAKeyOfLongAgo(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 3)
		first, _ := b.record(t, punch(es[0], attendance.In, start, "a"), punch(es[1], attendance.In, start, "a"))
		b.clock.Advance(30 * 24 * time.Hour)
		now := b.clock.Now()
		wrong := punch(es[1], attendance.In, now, "a")
		wrong.RequestHash = [16]byte{9}
		b.left()
		rs, err := b.RecordBatch(t.Context(),
			[]attendance.NewPunch{punch(es[0], attendance.In, now, "a"), wrong, punch(es[2], attendance.In, now, "a")})
		require.NoError(t, err)
		require.True(t, rs[0].Replayed)
		require.Equal(t, asJSON(t, first[0].Punch), asJSON(t, rs[0].Punch))
		require.Equal(t, asJSON(t, first[0].Day), asJSON(t, rs[0].Day))
		require.Equal(t, attendance.CodeIdempotencyMismatch, attendance.CodeOf(rs[1].Err))
		require.NoError(t, rs[2].Err)
		require.False(t, rs[2].Replayed)
		require.Len(t, b.left(), 1)
	})
}

// Plans change while the same people punch: nothing waits for itself, and the last day knows the last plan.
func TestPlansChangeUnderPunches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br, es := b.company(t, 8)
		other := b.another(t)
		r := days.NewRecorder(b.all.Days, store.RecorderOptions{})
		ctx, stop := context.WithCancel(context.Background())
		var running errgroup.Group
		running.Go(func() error { _ = r.Run(ctx); return nil })
		var g errgroup.Group
		const rounds = 20
		var last attendance.Shift
		g.Go(func() error {
			for i := range rounds {
				sh, err := other.SaveShift(ctx,
					attendance.Shift{Code: fmt.Sprint("S", i), Name: fmt.Sprint("Shift ", i), Start: 8 * 60,
						End:         17 * 60,
						OpensBefore: 120, ClosesAfter: 240, LateGrace: 10, BreakMinutes: 60, BreakAfter: 240,
						Active: true})
				if err != nil {
					return err
				}
				last = sh
				as := make([]attendance.Assignment, len(es))
				for k := range es {
					as[len(es)-1-k] = attendance.Assignment{EmployeeID: es[k].ID, From: monday,
						Pattern: everyDay(sh.ID)}
				}
				if err := other.AddAssignments(ctx, as); err != nil {
					return err
				}
			}
			return nil
		})
		for k := range es {
			g.Go(func() error {
				for i := range rounds {
					if _, err := r.Record(ctx,
						punch(es[k], attendance.In, start.Add(time.Duration(i)*2*time.Minute),
							fmt.Sprint(i))); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, g.Wait())
		for k := range es {
			got, err := r.Record(ctx, punch(es[k], attendance.Out, start.Add(8*time.Hour), "out"))
			require.NoError(t, err)
			require.Equal(t, last.ID, got.Day.ShiftID)
			require.Equal(t, br.ID, got.Day.BranchID)
			require.Equal(t, rounds+1, got.Day.PunchCount)
		}
		stop()
		require.NoError(t, running.Wait())
	})
}
