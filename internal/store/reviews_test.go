package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/reviews"

	"github.com/stretchr/testify/require"
)

// What waits is counted by an index alone, and lists walk one in their order, however much was decided.
func TestReviewsAreFoundByIndexes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		var branches []attendance.Branch
		for i := range 8 {
			br := jakarta
			br.Code = fmt.Sprint("B", i)
			branches = append(branches, b.branch(t, br))
		}
		const rows = 20_000
		for first := 0; first < rows; first += 500 {
			values := make([]string, 500)
			for i := range values {
				n := first + i
				at := start.Add(-time.Duration(rows-n) * time.Minute)
				state := review.Accepted
				if n%2 == 0 {
					state = review.Open
				}
				values[i] = fmt.Sprintf("(%d, %d, %d, '%s', '%s', 'outside_area', '%s', '')", n+1, n%2000+1,
					branches[n/2%8].ID, at.Format(time.DateOnly), at.Format("2006-01-02 15:04:05.000000"), state)
			}
			require.NoError(t, b.Exec(ctx, "INSERT INTO punch_reviews (punch_id, employee_id, branch_id, work_date, "+
				"occurred_at, reasons, state, note) VALUES "+strings.Join(values, ", ")))
		}
		if b.Dialect() == "mysql" {
			require.NoError(t, b.Exec(ctx, "ANALYZE TABLE punch_reviews"))
		}
		r, one := b.all.Reviews, []int64{branches[5].ID}
		list := func(f reviews.Filter) func() {
			f.State = review.Open
			return func() {
				_, _, err := r.List(ctx, f)
				require.NoError(t, err)
			}
		}
		count := func(of []int64, want int) func() {
			return func() {
				counts, err := r.Counts(ctx, of)
				require.NoError(t, err)
				require.Equal(t, want, counts[branches[5].ID])
			}
		}
		_, cursor, err := r.List(ctx, reviews.Filter{State: review.Open, Limit: 100})
		require.NoError(t, err)
		for name, c := range map[string]struct {
			run   func()
			index string
		}{
			"counts":             {count(nil, rows/16), "punch_reviews_branch"},
			"counts of a branch": {count(one, rows/16), "punch_reviews_branch"},
			"list":               {list(reviews.Filter{}), "punch_reviews_time"},
			"list further on":    {list(reviews.Filter{Cursor: cursor}), "punch_reviews_time"},
			"list of a branch":   {list(reviews.Filter{BranchIDs: one}), "punch_reviews_branch"},
			"list of a person":   {list(reviews.Filter{EmployeeIDs: []int64{77}}), "punch_reviews_employee"},
		} {
			used := ""
			for _, q := range b.Watch(c.run) {
				if strings.Contains(q, "FROM `punch_reviews`") || strings.Contains(q, `FROM "punch_reviews"`) ||
					strings.Contains(q, "punch_reviews AS pr") {
					plan := b.plan(t, q)
					used += plan
					if strings.HasPrefix(name, "counts") {
						require.Regexp(t, `(?m)pr USING COVERING INDEX|^pr .*Using index(;|$| $)`, plan,
							"%s looks at no row: %s", name, q)
					}
				}
			}
			require.Contains(t, used, c.index, name)
		}
	})
}

// plan is what the database says about how it finds the rows of a query.
func (b *bench) plan(t *testing.T, query string) (out string) {
	t.Helper()
	if b.Dialect() == "sqlite" {
		return strings.Join(b.sqlitePlan(t, query), "\n")
	}
	for _, s := range b.mysqlPlan(t, query) {
		out += fmt.Sprintf("%s type=%s key=%s rows=%s %s\n", text(s["table"]), text(s["type"]), text(s["key"]),
			text(s["rows"]), text(s["Extra"]))
	}
	return out
}
