package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// bigTables grow with the company or with time; no list may read one from end to end, or sort it for a page.
var bigTables = map[string]bool{"a": true, "attendances": true, "e": true, "employees": true, "p": true, "punches": true, "o": true, "outbox": true,
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
		outbox := make([]task.Outboxed, 3000)
		for i := range outbox {
			outbox[i] = task.Outboxed{Kind: "x", Payload: []byte("{}"), CreatedAt: start.Add(time.Duration(i) * time.Second)}
		}
		require.NoError(t, b.PutOutbox(ctx, outbox...))
		if b.Dialect() == "mysql" {
			require.NoError(t, b.Exec(ctx, "ANALYZE TABLE employees, attendances, shift_assignments, leave_requests, outbox"))
		}
		one := []int64{branches[5].ID}
		_, cursor, err := b.History(ctx, store.DayFilter{From: monday - 6, To: monday - 6, Limit: 100})
		require.NoError(t, err)

		for name, run := range map[string]func() error{
			"today":               func() error { _, _, err := b.Today(ctx, store.DayFilter{}, start); return err },
			"today of a branch":   func() error { _, _, err := b.Today(ctx, store.DayFilter{BranchIDs: one}, start); return err },
			"history":             func() error { _, _, err := b.History(ctx, store.DayFilter{}); return err },
			"history further on":  func() error { _, _, err := b.History(ctx, store.DayFilter{Cursor: cursor}); return err },
			"history of a branch": func() error { _, _, err := b.History(ctx, store.DayFilter{BranchIDs: one}); return err },
			"history of a person": func() error { _, _, err := b.History(ctx, store.DayFilter{EmployeeIDs: []int64{77}}); return err },
			"summary of a branch": func() error { _, err := b.Summaries(ctx, one, nil, start); return err },
			"employees":           func() error { _, _, err := b.Employees(ctx, store.EmployeeFilter{}); return err },
			"employees of a branch": func() error {
				_, _, err := b.Employees(ctx, store.EmployeeFilter{BranchIDs: one, Status: attendance.EmployeeActive})
				return err
			},
			"employee": func() error { _, err := b.EmployeesByNumber(ctx, []string{"B1-0001"}); return err },
			"roster":   func() error { _, _, err := b.Roster(ctx, 77, monday, monday); return err },
			"punches":  func() error { _, err := b.Punches(ctx, 77, start, start.Add(time.Hour)); return err },
			"entries": func() error {
				_, err := b.Entries(ctx, []task.DayRef{{EmployeeID: 77, WorkDate: monday}, {EmployeeID: 78, WorkDate: monday}})
				return err
			},
			"outbox rows": func() error {
				_, err := b.ClaimOutbox(ctx, start.Add(time.Minute), start.Add(time.Hour), 20)
				return err
			},
		} {
			n := 0
			for _, q := range b.Watch(func() { require.NoError(t, run(), name) }) {
				if !strings.HasPrefix(strings.TrimSpace(q), "SELECT") {
					continue
				}
				n++
				b.checkPlan(t, name, q)
			}
			require.LessOrEqual(t, n, 6, "%s: the number of queries does not depend on the number of rows", name)
			require.NotZero(t, n)
		}
	})
}

func (b *bench) checkPlan(t *testing.T, name, query string) {
	t.Helper()
	if b.Dialect() == "sqlite" {
		var steps []struct {
			ID      int    `bun:"id"`
			Parent  int    `bun:"parent"`
			NotUsed int    `bun:"notused"`
			Detail  string `bun:"detail"`
		}
		require.NoError(t, b.Query(t.Context(), &steps, "EXPLAIN QUERY PLAN "+query))
		for _, s := range steps {
			words := strings.Fields(s.Detail)
			if words[0] == "SCAN" && bigTables[words[1]] {
				// Walking an index in its order, as far as the page goes, is what a list is for.
				require.Contains(t, s.Detail, "USING", "%s: %s\n%s", name, s.Detail, query)
			}
			if !strings.Contains(query, "GROUP BY") && strings.Contains(query, "LIMIT") {
				require.NotContains(t, s.Detail, "TEMP B-TREE", "%s sorts: %s", name, query)
			}
		}
		return
	}
	var steps []map[string]any // MySQL and MariaDB show different columns beside these
	require.NoError(t, b.Query(t.Context(), &steps, "EXPLAIN "+query))
	for _, s := range steps {
		table, access, key, extra := text(s["table"]), text(s["type"]), text(s["key"]), text(s["Extra"])
		if !bigTables[table] {
			continue
		}
		require.NotEmpty(t, key, "%s reads all of %s: %s", name, table, query)
		require.NotEqual(t, "ALL", access, "%s reads all of %s: %s", name, table, query)
		if strings.Contains(query, "LIMIT") {
			require.NotContains(t, extra, "filesort", "%s sorts: %s", name, query)
		}
	}
}

// text shows a value of a driver's choosing.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}
