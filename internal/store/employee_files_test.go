package store_test

import (
	"encoding/json"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// What a file does to people, or how it is refused for each of them, takes as many statements for ten times the people,
// also where every line has dates of its own. Rows that stand against it are named all at once.
func TestStatementsDoNotGrowWithAFileOfEmployees(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		const most = 200
		ctx := t.Context()
		from, to, settled := jakarta, jakarta, jakarta
		from.Code, to.Code, settled.Code = "DARI", "KE", "TUTUP"
		from, to, settled = b.branch(t, from), b.branch(t, to), b.branch(t, settled)
		es := b.hire(t, from, most)
		through := monday - 1
		_, _, err := b.Recap(ctx, settled.ID, through, false)
		require.NoError(t, err)
		settled.LockedThrough = &through
		_, err = b.SaveBranch(ctx, settled)
		require.NoError(t, err)

		lines := func(n int, change func(i int, e *attendance.Employee) (from *attendance.Date)) company.Upsert {
			u := company.Upsert{MovedFrom: map[string]*attendance.Date{}}
			for i, e := range es[:n] {
				if d := change(i, &e); d != nil {
					u.MovedFrom[e.Number] = d
				}
				u.Employees = append(u.Employees, e)
			}
			return u
		}
		movedTo := func(branch attendance.Branch, first attendance.Date) func(n int) company.Upsert {
			return func(n int) company.Upsert {
				return lines(n, func(i int, e *attendance.Employee) *attendance.Date {
					d := first.AddDays(i % 150)
					e.BranchID = branch.ID
					return &d
				})
			}
		}
		everywhere := store.Actor{UserID: 7, BranchIDs: []int64{from.ID, to.ID, settled.ID}}
		hired := func(n int) company.Upsert {
			return lines(n, func(i int, e *attendance.Employee) *attendance.Date {
				d := monday.AddDays(-i)
				e.HiredOn = &d
				return nil
			})
		}
		ordered := movedTo(to, monday+5)(most)
		_, err = b.UpsertEmployeesFrom(ctx, store.Actor{}, ordered)
		require.NoError(t, err)
		for name, c := range map[string]struct {
			by   store.Actor
			file func(n int) company.Upsert
			code attendance.Code // of every line
		}{
			"dates of employment":   {by: everywhere, file: hired},
			"moves":                 {by: everywhere, file: movedTo(to, monday-160)},
			"moves that are undone": {by: everywhere, file: movedTo(from, monday+5)},
			"settled dates":         {everywhere, movedTo(settled, monday-160), attendance.CodePeriodLocked},
			"of too long ago":       {everywhere, movedTo(to, monday-600), attendance.CodeInvalid},
			"of another branch":     {store.Actor{BranchIDs: []int64{settled.ID}}, hired, attendance.CodeNotFound},
			"forbidden moves": {everywhere, func(n int) company.Upsert {
				u := movedTo(to, monday-160)(n)
				u.MayMove = func(int64, int64) error { return attendance.NewError(attendance.CodeOwnRequest, "no") }
				return u
			}, attendance.CodeOwnRequest},
		} {
			counts := map[int]int{}
			for _, n := range []int{most / 10, most} {
				b.warm(t)
				statements := b.Watch(func() {
					results, err := b.RehearseEmployees(ctx, c.by, c.file(n))
					if c.code == "" {
						require.NoError(t, err, name)
						require.Len(t, results, n)
						require.NotContains(t, results, attendance.Unchanged, name)
						return
					}
					var refused attendance.Refused
					require.ErrorAs(t, err, &refused, name)
					require.Len(t, refused, n, name)
					for i := range refused {
						require.Equal(t, c.code, attendance.CodeOf(refused[i].Err), name)
					}
				})
				if counts[n] = len(statements); n == most {
					require.LessOrEqual(t, counts[most], counts[most/10], "%s: %q", name, statements)
				}
			}
		}

		b.left()
		_, err = b.UpsertEmployeesFrom(ctx, store.Actor{}, hired(most))
		require.NoError(t, err)
		tasks, due := 0, map[int64]attendance.Dates{}
		for _, row := range b.left() {
			if row.Kind != task.AttendanceRecompute {
				continue
			}
			tasks++
			var p task.Recompute
			require.NoError(t, json.Unmarshal(row.Payload, &p))
			for _, id := range p.EmployeeIDs {
				due[id] = attendance.Dates{From: p.From, To: p.To}
			}
		}
		require.LessOrEqual(t, tasks, 50)
		for i, e := range es {
			require.LessOrEqual(t, due[e.ID].From, monday-attendance.RecapReach)
			require.GreaterOrEqual(t, due[e.ID].To, monday.AddDays(-i), "none of employment now")
		}
	})
}
