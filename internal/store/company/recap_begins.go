package company

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// RecapBeginRow is from which date on a branch's days are to be closed, where that lies before the first recap it had.
type RecapBeginRow struct {
	bun.BaseModel `bun:"table:recap_begins,alias:rb"`

	BranchID int64           `bun:"branch_id,pk"`
	FromDate attendance.Date `bun:"from_date"`
}

// RecapLimit is the earliest date that is still closed anywhere.
func (s *Plans) RecapLimit() attendance.Date {
	return attendance.DateOf(s.db.Clock.Now(), time.UTC).AddDays(-attendance.RecapReach)
}

// plannedQuery finds the first date from ?0 on, per branch, on which one of some people is employed there and has an
// assignment. The condition ?1 chooses people and branches.
const plannedQuery = `
SELECT x.branch_id, MIN(x.first_date) AS from_date FROM (
  SELECT m.employee_id, m.branch_id, m.from_date, sa.to_date, e.left_on, e.status,
    %s(m.from_date, sa.from_date, COALESCE(e.hired_on, ?0), ?0) AS first_date
  FROM employments AS m JOIN employees AS e ON e.id = m.employee_id
      JOIN shift_assignments AS sa ON sa.employee_id = e.id
  WHERE ?1
) AS x
WHERE (x.to_date IS NULL OR x.to_date >= x.first_date) AND (x.left_on >= x.first_date OR x.left_on IS NULL
    AND x.status = 'active')
  AND NOT EXISTS (SELECT 1 FROM employments AS n
    WHERE n.employee_id = x.employee_id AND n.from_date > x.from_date AND n.from_date <= x.first_date)
GROUP BY x.branch_id`

// planned returns the first dates that plannedQuery finds.
func (s *Plans) planned(ctx context.Context, db bun.IDB, who string, ids []int64) (rows []RecapBeginRow, err error) {
	greatest := "GREATEST"
	if s.db.SQLite() {
		greatest = "MAX"
	}
	err = db.NewRaw(fmt.Sprintf(plannedQuery, greatest), s.RecapLimit(),
		bun.SafeQuery(who+" IN (?)", bun.List(ids))).Scan(ctx, &rows)
	return rows, err
}

// BeginsOf returns where branches begin: with the first date on which somebody there is employed and planned, or has a
// stored day, at most attendance.RecapReach days back.
func (s *Plans) BeginsOf(ctx context.Context, db bun.IDB, branchIDs []int64) (RecapBegins, error) {
	if len(branchIDs) == 0 {
		return nil, nil
	}
	rows, err := s.planned(ctx, db, "m.branch_id", branchIDs)
	if err != nil {
		return nil, err
	}
	var stored []RecapBeginRow
	err = db.NewSelect().TableExpr("attendances AS a").ColumnExpr("a.branch_id, MIN(a.work_date) AS from_date").
		Where("a.branch_id IN (?)", bun.List(branchIDs)).Where("a.work_date >= ?",
		s.RecapLimit()).GroupExpr("a.branch_id").Scan(ctx, &stored)
	begins := RecapBegins{}
	begins.Lower(append(rows, stored...)...)
	return begins, err
}

// RecapBegins holds the first dates of branches.
type RecapBegins map[int64]attendance.Date

func (b RecapBegins) Lower(rows ...RecapBeginRow) {
	for _, r := range rows {
		if d, ok := b[r.BranchID]; !ok || r.FromDate < d {
			b[r.BranchID] = r.FromDate
		}
	}
}

// reachBack makes the branches where employees are planned before the first recap close those dates, too. It belongs
// into the transaction of everything by which somebody can be planned earlier.
func (s *Plans) reachBack(ctx context.Context, tx bun.Tx, employeeIDs []int64) error {
	begins := RecapBegins{}
	for chunk := range slices.Chunk(employeeIDs, db.IDChunk) {
		rows, err := s.planned(ctx, tx, "m.employee_id", chunk)
		if err != nil {
			return fmt.Errorf("look for the first planned date: %w", err)
		}
		begins.Lower(rows...)
	}
	if err := begins.BeforeRecaps(ctx, tx); err != nil {
		return err
	}
	return s.LowerBegins(ctx, tx, begins)
}

// BeforeRecaps keeps the dates that lie before the first recap of their branch. A branch without one finds its
// beginning by itself.
func (b RecapBegins) BeforeRecaps(ctx context.Context, db bun.IDB) error {
	if len(b) == 0 {
		return nil
	}
	var rows []RecapBeginRow
	err := db.NewSelect().TableExpr("recaps AS rc").ColumnExpr("rc.branch_id, MIN(rc.work_date) AS from_date").
		Where("rc.branch_id IN (?)", bun.List(slices.Sorted(maps.Keys(b)))).GroupExpr("rc.branch_id").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	first := RecapBegins{}
	first.Lower(rows...)
	maps.DeleteFunc(b, func(id int64, d attendance.Date) bool {
		recapped, ok := first[id]
		return !ok || d >= recapped
	})
	return nil
}

// LowerBegins writes beginnings down that are not known to be earlier.
func (s *Plans) LowerBegins(ctx context.Context, tx bun.Tx, begins RecapBegins) error {
	if len(begins) == 0 {
		return nil
	}
	rows := make([]RecapBeginRow, 0, len(begins))
	for _, id := range slices.Sorted(maps.Keys(begins)) {
		rows = append(rows, RecapBeginRow{BranchID: id, FromDate: begins[id]})
	}
	earlier := "from_date = CASE WHEN " + s.db.Inserted("from_date") + " < recap_begins.from_date THEN " +
		s.db.Inserted("from_date") +
		" ELSE recap_begins.from_date END"
	// Without an alias, because MySQL knows none in an INSERT.
	_, err := s.db.Upsert(tx.NewInsert().Model(&rows).ModelTableExpr("recap_begins"), "branch_id", earlier).Exec(ctx)
	return err
}
