package store_test

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/days/lists"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// bigTables grow with the company or with time; no list may read one from end to end, or sort it for a page.
var bigTables = map[string]bool{"a": true, "attendances": true, "e": true, "employees": true, "p": true,
	"punches": true, "o": true, "outbox": true,
	"sa": true, "shift_assignments": true, "l": true, "leave_requests": true}

func TestHotQueriesUseIndexes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p := b.shift(t, morning)
		var branches []attendance.Branch
		var es []attendance.Employee
		for i := range 8 {
			br := jakarta
			br.Code = fmt.Sprint("B", i)
			br = b.branch(t, br)
			branches = append(branches, br)
			es = append(es, b.hire(t, br, 250)...)
		}
		b.assign(t, p, es...)
		ds := make([]attendance.Day, 0, 10*len(es))
		for _, e := range es {
			for n := range attendance.Date(10) {
				ds = append(ds, day(e, monday-n, attendance.StatusPresent))
			}
		}
		require.NoError(t, b.PutDays(ctx, ds...))
		leaves := make([]attendance.Leave, len(es))
		for i, e := range es {
			leaves[i] = attendance.Leave{EmployeeID: e.ID, Kind: attendance.LeaveAnnual,
				From: monday - attendance.Date(i%90), To: monday - attendance.Date(i%90)}
		}
		require.NoError(t, b.AddLeaves(ctx, leaves))
		outbox := make([]task.Outboxed, 3000)
		for i := range outbox {
			outbox[i] = task.Outboxed{Kind: "x", Payload: []byte("{}"),
				CreatedAt: start.Add(time.Duration(i) * time.Second)}
		}
		require.NoError(t, b.PutOutbox(ctx, outbox...))
		if b.Dialect() == "mysql" {
			require.NoError(t,
				b.Exec(ctx, "ANALYZE TABLE employees, attendances, shift_assignments, leave_requests, outbox"))
		}
		one := []int64{branches[5].ID}
		_, cursor, err := b.History(ctx, store.DayFilter{From: monday - 6, To: monday - 6, Limit: 100})
		require.NoError(t, err)

		var (
			today     = func(f store.DayFilter) func() { return func() { must(t)(b.Today(ctx, f, start)) } }
			history   = func(f store.DayFilter) func() { return func() { must(t)(b.History(ctx, f)) } }
			employees = func(f store.EmployeeFilter) func() { return func() { must(t)(b.Employees(ctx, f)) } }
		)
		for name, c := range map[string]struct {
			run     func()
			indexes []string // that must take part
		}{
			"today":               {today(store.DayFilter{}), nil},
			"today of a branch":   {today(store.DayFilter{BranchIDs: one}), []string{"employees_branch_status"}},
			"history":             {history(store.DayFilter{}), []string{"attendances_date"}},
			"history further on":  {history(store.DayFilter{Cursor: cursor}), []string{"attendances_date"}},
			"history of a branch": {history(store.DayFilter{BranchIDs: one}), []string{"attendances_branch_date"}},
			"history of a person": {history(store.DayFilter{EmployeeIDs: []int64{77}}), nil},
			"year of a person": {func() {
				must(t)("", "", second(b.Spanned(ctx, lists.Span{EmployeeID: 77, BranchIDs: one,
					Dates: attendance.Dates{From: monday - 365, To: monday}})))
			}, []string{"leave_requests_employee"}},
			"summary of a branch": {func() { must(t)("", "", second(b.Summaries(ctx, one, nil, start))) },
				[]string{"employees_branch_status", "leave_requests_employee", "shift_assignments_employee"}},
			"employees": {employees(store.EmployeeFilter{}), nil},
			"employees of a branch": {
				employees(store.EmployeeFilter{BranchIDs: one, Status: attendance.EmployeeActive}),
				[]string{"employees_branch_status"}},
			"employee": {func() { must(t)("", "", second(b.EmployeesByNumber(ctx, []string{"B1-0001"}))) },
				[]string{"employees_number"}},
			"roster": {func() { must(t)(b.Roster(ctx, 77, monday, monday)) },
				[]string{"leave_requests_employee", "shift_assignments_employee"}},
			"punches": {
				func() { must(t)("", "", second(b.Punches(ctx, 77, start, start.Add(time.Hour)))) },
				[]string{"punches_employee_time"}},
			"entries": {
				func() { must(t)("", "", second(b.Entries(ctx, []task.DayRef{{EmployeeID: 77, WorkDate: monday}}))) },
				nil},
			"outbox": {func() {
				must(t)("", "", second(b.ClaimOutbox(ctx, start.Add(time.Minute), start.Add(time.Hour), 20)))
			},
				[]string{"outbox_created"}},
		} {
			n, used := 0, ""
			for _, q := range b.Watch(c.run) {
				if strings.HasPrefix(strings.TrimSpace(q), "SELECT") {
					n++
					used += b.checkPlan(t, name, q)
				}
			}
			require.NotZero(t, n)
			require.LessOrEqual(t, n, 6, "%s: the number of queries does not depend on the number of rows", name)
			for _, index := range c.indexes {
				require.Contains(t, used, index, name)
			}
		}
	})
}

// must and second fit the results of different methods into one table.
func must(t *testing.T) func(_, _ any, err error) {
	return func(_, _ any, err error) { require.NoError(t, err) }
}

func second(_ any, err error) error { return err }

// checkPlan refuses a plan that reads or sorts a big table, and returns what indexes it names.
func (b *bench) checkPlan(t *testing.T, name, query string) (used string) {
	t.Helper()
	if b.Dialect() == "sqlite" {
		for _, detail := range b.sqlitePlan(t, query) {
			used += detail + "\n"
			words := strings.Fields(detail)
			if words[0] == "SCAN" && bigTables[words[1]] {
				// Walking an index in its order, as far as the page goes, is what a list is for.
				require.Contains(t, detail, "USING", "%s: %s\n%s", name, detail, query)
			}
			if !strings.Contains(query, "GROUP BY") && strings.Contains(query, "LIMIT") {
				require.NotContains(t, detail, "TEMP B-TREE", "%s sorts: %s", name, query)
			}
		}
		return used
	}
	for _, s := range b.mysqlPlan(t, query) {
		table, access, key, extra := text(s["table"]), text(s["type"]), text(s["key"]), text(s["Extra"])
		used += key + "\n"
		if !bigTables[table] {
			continue
		}
		require.NotEmpty(t, key, "%s reads all of %s: %s", name, table, query)
		require.NotEqual(t, "ALL", access, "%s reads all of %s: %s", name, table, query)
		if strings.Contains(query, "LIMIT") {
			require.NotContains(t, extra, "filesort", "%s sorts: %s", name, query)
		}
	}
	return used
}

// sqlitePlan is how SQLite finds the rows of a query, a sentence for each step.
func (b *bench) sqlitePlan(t *testing.T, query string) []string {
	t.Helper()
	var steps []struct {
		ID      int    `bun:"id"`
		Parent  int    `bun:"parent"`
		NotUsed int    `bun:"notused"`
		Detail  string `bun:"detail"`
	}
	require.NoError(t, b.Query(t.Context(), &steps, "EXPLAIN QUERY PLAN "+query))
	details := make([]string, len(steps))
	for i, s := range steps {
		details[i] = s.Detail
	}
	return details
}

// mysqlPlan is how MySQL or MariaDB, whose columns differ in part, finds the rows of a query: a map for each step.
func (b *bench) mysqlPlan(t *testing.T, query string) []map[string]any {
	t.Helper()
	var steps []map[string]any
	require.NoError(t, b.Query(t.Context(), &steps, "EXPLAIN FORMAT=TRADITIONAL "+query))
	require.NotEmpty(t, text(steps[0]["table"]), "the plan was understood")
	return steps
}

// text shows a nullable value of a driver's choosing.
func text(v any) string {
	if valuer, ok := v.(driver.Valuer); ok {
		v, _ = valuer.Value()
	}
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}
