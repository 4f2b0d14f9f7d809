package store_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// What reads or writes many rows takes as many statements for ten times the branches and employees.
func TestStatementsDoNotGrowWithTheCompany(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		m, n := b.shift(t, morning), b.shift(t, night)
		total, numbers := 0, []string{}
		grow := func(branches int) {
			for range branches {
				br := jakarta
				br.Code = fmt.Sprint("B", total)
				br = b.branch(t, br)
				total++
				es := b.hire(t, br, 3)
				b.assign(t, m, es[:2]...)
				b.assign(t, n, es[2])
				ds := make([]attendance.Day, len(es))
				for i, e := range es {
					ds[i], numbers = day(e, monday-1, attendance.StatusPresent), append(numbers, e.Number)
				}
				require.NoError(t, b.PutDays(ctx, ds...))
				require.NoError(t, b.CloseFrom(ctx, br.ID, monday-1))
				_, err := b.AddUsers(ctx,
					[]account.User{{Login: br.Code + "@contoh.id", Name: "A", Role: account.RoleEmployee,
						EmployeeID: es[0].ID, Locale: "id"}}, []string{"!"})
				require.NoError(t, err)
			}
		}
		runs := map[string]func(n int){
			"plan recaps": func(n int) {
				plans, err := b.RecapPlans(ctx, at(8, 0))
				require.NoError(t, err)
				require.Len(t, plans, n)
			},
			"due recaps": func(n int) { // before the night shift has ended, so that every branch has to be looked at
				due, err := b.DueRecaps(ctx, at(2, 0))
				require.NoError(t, err)
				require.Empty(t, due)
				due, err = b.DueRecaps(ctx, at(11, 0))
				require.NoError(t, err)
				require.Len(t, due, n)
			},
			"remind": func(n int) {
				b.clock.Set(at(8, 15+n%7))
				b.left()
				ns, err := b.Remind(ctx, b.clock.Now(), remindAfter, true)
				require.NoError(t, err)
				require.NotEmpty(t, ns)
				require.Len(t, b.left(), len(ns)/2)
			},
			"summaries": func(n int) {
				all, err := b.Summaries(ctx, nil, nil, at(8, 0))
				require.NoError(t, err)
				require.Len(t, all, n)
			},
			"arrivals": func(int) { must(t)("", "", second(b.Arrivals(ctx, nil, 4, at(8, 0)))) },
			"today":    func(int) { must(t)(b.Today(ctx, store.DayFilter{Limit: 500}, at(8, 0))) },
			"history":  func(int) { must(t)(b.History(ctx, store.DayFilter{Limit: 500})) },
			"recaps": func(int) {
				rs, next, err := b.Recaps(ctx, store.RecapFilter{To: monday, Limit: 500})
				must(t)(rs, next, err)
			},
			"employees by number": func(n int) {
				es, err := b.EmployeesByNumber(ctx, numbers)
				require.NoError(t, err)
				require.Len(t, es, 3*n)
			},
			"users": func(int) { must(t)(b.Users(ctx, store.UserFilter{Limit: 500})) },
			"entries": func(n int) {
				refs := make([]task.DayRef, 3*n)
				for i := range refs {
					refs[i] = task.DayRef{EmployeeID: int64(i + 1), WorkDate: monday - 1}
				}
				must(t)("", "", second(b.Entries(ctx, refs)))
			},
			"report days": func(n int) {
				ids := make([]int64, 3*n)
				for i := range ids {
					ids[i] = int64(i + 1)
				}
				must(t)("", "", second(b.ReportDays(ctx, reports.ReportRequest{From: monday - 7, To: monday}, ids)))
			},
			"close": func(int) { must(t)("", "", second(b.CloseDays(ctx, 1, monday))) },
		}
		counts := map[string]int{}
		grow(2)
		for name, run := range runs {
			b.warm(t)
			counts[name] = len(b.Watch(func() { run(total) }))
			require.NotZero(t, counts[name], name)
		}
		grow(18)
		for name, run := range runs {
			b.warm(t)
			watched := b.Watch(func() { run(total) })
			require.LessOrEqual(t, len(watched), counts[name], "%s: %q", name, watched)
		}
	})
}

// warm lets the store load the reference data, which it keeps.
func (b *bench) warm(t *testing.T) {
	t.Helper()
	_, err := b.DueRecaps(t.Context(), start.Add(-240*time.Hour))
	require.NoError(t, err)
}
