package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// bigCompany is a store with 100,000 employees in 200 branches: a tenth with a plan of its own, two percent on leave,
// and, at nine o'clock, three quarters checked in. Each has ten days of history.
func bigCompany(b *testing.B, url string) *rooms {
	b.Helper()
	const branches, perBranch = 200, 500
	ctx := context.Background()
	opened, err := store.Open(ctx, store.Options{URL: url, Clock: clock.NewManual(start)})
	require.NoError(b, err)
	s := roomsOf(opened)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	_, err = s.MigrateUp(ctx)
	require.NoError(b, err)
	p, err := s.SaveShift(ctx, morning)
	require.NoError(b, err)
	m, err := s.SaveShift(ctx, night)
	require.NoError(b, err)
	for i := range branches {
		br := jakarta
		br.Code, br.Name = fmt.Sprintf("B%03d", i), fmt.Sprint("Cabang ", i)
		br, err = s.SaveBranch(ctx, br)
		require.NoError(b, err)
		es := make([]attendance.Employee, perBranch)
		for j := range es {
			es[j] = attendance.Employee{Number: fmt.Sprintf("%s-%04d", br.Code, j),
				Name: fmt.Sprintf("Orang ke-%d", i*perBranch+j), BranchID: br.ID,
				Department: "Umum", Position: "Staf"}
		}
		_, err = s.UpsertEmployees(ctx, es)
		require.NoError(b, err)
		var as []attendance.Assignment
		var ls []attendance.Leave
		var ds []attendance.Day
		for j, e := range es {
			pattern := []int64{p.ID, p.ID, p.ID, p.ID, p.ID, 0, 0}
			if j%10 == 0 {
				pattern = []int64{m.ID, m.ID, m.ID, 0, 0, m.ID, m.ID, 0, 0, p.ID, p.ID, p.ID, p.ID, p.ID}
			}
			as = append(as, attendance.Assignment{EmployeeID: e.ID, From: monday - 300 - attendance.Date(j%90),
				Pattern: pattern})
			if j%50 == 1 {
				ls = append(ls,
					attendance.Leave{EmployeeID: e.ID, Kind: attendance.LeaveAnnual, From: monday - 1, To: monday + 3})
			}
			for n := range 11 {
				if n == 0 && j%4 == 0 {
					continue
				}
				d := day(e, monday-attendance.Date(n), attendance.StatusPresent)
				d.FirstIn = ptr(start)
				ds = append(ds, d)
			}
		}
		require.NoError(b, s.AddAssignments(ctx, as))
		require.NoError(b, s.AddLeaves(ctx, ls))
		require.NoError(b, s.PutDays(ctx, ds...))
	}
	if s.Dialect() == "mysql" {
		require.NoError(b, s.Exec(ctx, "ANALYZE TABLE employees, attendances, shift_assignments, leave_requests"))
	}
	return s
}

func BenchmarkReading(b *testing.B) {
	ctx := context.Background()
	for name, url := range migrated.Databases(b) {
		s := bigCompany(b, url)
		branches, err := s.Branches(ctx, nil)
		require.NoError(b, err)
		one := []int64{branches[100].ID}
		some := []int64{branches[3].ID, branches[77].ID, branches[150].ID}
		pending := []attendance.Status{attendance.StatusPending}
		today := func(f store.DayFilter) func() (int, error) {
			return func() (int, error) { rows, _, err := s.Today(ctx, f, start); return len(rows), err }
		}
		history := func(f store.DayFilter) func() (int, error) {
			return func() (int, error) { rows, _, err := s.History(ctx, f); return len(rows), err }
		}
		summaries := func(ids []int64, now time.Time) func() (int, error) {
			return func() (int, error) { rows, err := s.Summaries(ctx, ids, nil, now); return len(rows), err }
		}
		employees := func(f store.EmployeeFilter) func() (int, error) {
			return func() (int, error) { rows, _, err := s.Employees(ctx, f); return len(rows), err }
		}
		refs := make([]task.DayRef, 20)
		for i := range refs {
			refs[i] = task.DayRef{EmployeeID: int64(i*4999 + 2), WorkDate: monday}
		}
		deep := func() string {
			rows, cursor, err := s.History(ctx, store.DayFilter{From: monday - 5, To: monday - 5, Limit: 500})
			require.NoError(b, err)
			require.Len(b, rows, 500)
			return cursor
		}()
		for _, c := range []struct {
			name string
			run  func() (int, error)
		}{
			{"today/company", today(store.DayFilter{})},
			{"today/branch", today(store.DayFilter{BranchIDs: one})},
			{"today/branches", today(store.DayFilter{BranchIDs: some})},
			{"today/pending", today(store.DayFilter{Statuses: pending})},
			{"today/branch-pending", today(store.DayFilter{BranchIDs: one, Statuses: pending})},
			{"today/late", today(store.DayFilter{Statuses: []attendance.Status{attendance.StatusLate}})},
			{"today/leave", today(store.DayFilter{Statuses: []attendance.Status{attendance.StatusOnLeave}})},
			{"today/search", today(store.DayFilter{Query: "ke-77777"})},
			{"history/company", history(store.DayFilter{})},
			{"history/deep", history(store.DayFilter{Cursor: deep})},
			{"history/branch", history(store.DayFilter{BranchIDs: one})},
			{"history/branches", history(store.DayFilter{BranchIDs: some, From: monday - 7, To: monday})},
			{"history/employee", history(store.DayFilter{EmployeeIDs: []int64{777}})},
			{"history/search", history(store.DayFilter{Query: "ke-7777"})},
			{"history/search-common", history(store.DayFilter{Query: "orang"})},
			{"history/search-branch", history(store.DayFilter{Query: "ke-5", BranchIDs: one})},
			{"summaries/branch", summaries(one, start)},
			{"summaries/company", summaries(nil, start)},
			{"summaries/company-dawn", summaries(nil, start.Add(16*time.Hour))},
			{"employees/company", employees(store.EmployeeFilter{})},
			{"employees/search", employees(store.EmployeeFilter{Query: "ke-99999"})},
			{"entries/20", func() (int, error) { rows, err := s.Entries(ctx, refs); return len(rows), err }},
		} {
			b.Run(name+"/"+c.name, func(b *testing.B) {
				n := 0
				for b.Loop() {
					var err error
					n, err = c.run()
					require.NoError(b, err)
				}
				b.ReportMetric(float64(n), "rows")
			})
		}
	}
}
