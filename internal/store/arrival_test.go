package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// Whatever the order in which punches arrive and however they are batched, the stored day is the one that the rules
// make of all of them.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 40)
		b.clock.Set(start.Add(36 * time.Hour))
		for i, e := range es {
			ps := longDays(e, i)
			for n := range (1 + rand.IntN(10)) * (i % 2) {
				d := []attendance.Direction{attendance.In, attendance.Out, attendance.Undetermined,
					attendance.BreakOut}[rand.IntN(4)]
				ps = append(ps, punch(e, d, start.Add(time.Duration(rand.IntN(20*60*6))*10*time.Second), fmt.Sprint(n)))
				if rand.IntN(3) == 0 {
					ps = append(ps,
						punch(e, d, ps[len(ps)-1].OccurredAt.Add(time.Duration(rand.IntN(90))*time.Second),
							fmt.Sprint("r", n)))
				}
			}
			rand.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
			for len(ps) > 0 {
				n := 1 + rand.IntN(len(ps))
				b.record(t, ps[:n]...)
				ps = ps[n:]
			}
		}
		flags := map[attendance.Flag]int{}
		for _, e := range es {
			_, r, err := b.Roster(t.Context(), e.ID, attendance.NewDate(2026, 11, 20), attendance.NewDate(2026, 11, 27))
			require.NoError(t, err)
			stored := b.punchesOf(t, e)
			days, _, err := b.History(t.Context(), store.DayFilter{EmployeeIDs: []int64{e.ID}})
			require.NoError(t, err)
			dates := map[attendance.Date]bool{}
			for _, p := range stored {
				d, _ := r.DateFor(&p, stored)
				dates[d] = true
			}
			for _, got := range days {
				delete(dates, got.WorkDate)
				want := r.Day(e.ID, got.WorkDate, stored, b.clock.Now())
				want.Version, want.UpdatedAt = got.Version, got.UpdatedAt
				require.Equal(t, asJSON(t, want), asJSON(t, got.Day))
				for _, f := range got.Flags {
					flags[f]++
				}
			}
			require.Empty(t, dates, "every date with a punch has a day")
		}
		require.GreaterOrEqual(t, flags[attendance.FlagEarlyIn], 40, "two of everybody who did nothing else")
		all := make([]int64, len(es))
		for i := range es {
			all[i] = es[i].ID
		}
		changed, err := b.RecomputeDays(t.Context(), all, attendance.NewDate(2026, 11, 20),
			attendance.NewDate(2026, 11, 27))
		require.NoError(t, err)
		require.Zero(t, changed, "computing again changes nothing")
	})
}

// longDays are two days in a row on which somebody comes before the window opens, at 06:00, and goes in it or after it
// closed, at 21:00; every third one by keys.
func longDays(e attendance.Employee, i int) (ps []attendance.NewPunch) {
	in, out := attendance.Undetermined, attendance.Undetermined
	if i%3 == 0 {
		in, out = attendance.In, attendance.Out
	}
	morning := time.Date(2026, 11, 23, 5, 0, 0, 0, start.Location()).Add(-7 * time.Hour)
	for n := range 2 {
		came := morning.Add(time.Duration(n)*24*time.Hour + time.Duration(rand.IntN(59))*time.Minute)
		ps = append(ps, punch(e, in, came, fmt.Sprint("early", n)),
			punch(e, out, came.Add(time.Duration(11+rand.IntN(8))*time.Hour), fmt.Sprint("late", n)))
	}
	return ps
}
