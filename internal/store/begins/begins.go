// Package begins is the room of where branches begin: the first date of which their days are to be closed.
package begins

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

// Begins keeps where branches begin.
type Begins struct{ db *db.DB }

// New returns the beginnings of a database.
func New(d *db.DB) *Begins { return &Begins{d} }

// Row is from which date on a branch's days are to be closed, where that lies before the first recap it had.
type Row struct {
	bun.BaseModel `bun:"table:recap_begins,alias:rb"`

	BranchID int64           `bun:"branch_id,pk"`
	FromDate attendance.Date `bun:"from_date"`
}

// Limit is the earliest date that is still closed anywhere.
func (s *Begins) Limit() attendance.Date {
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
func (s *Begins) planned(ctx context.Context, db bun.IDB, who string, ids []int64) (rows []Row, err error) {
	greatest := "GREATEST"
	if s.db.SQLite() {
		greatest = "MAX"
	}
	err = db.NewRaw(fmt.Sprintf(plannedQuery, greatest), s.Limit(),
		bun.SafeQuery(who+" IN (?)", bun.List(ids))).Scan(ctx, &rows)
	return rows, err
}

// Of returns where branches begin: with the first date on which somebody there is employed and planned, or has a
// stored day, at most attendance.RecapReach days back.
func (s *Begins) Of(ctx context.Context, db bun.IDB, branchIDs []int64) (Dates, error) {
	if len(branchIDs) == 0 {
		return nil, nil
	}
	rows, err := s.planned(ctx, db, "m.branch_id", branchIDs)
	if err != nil {
		return nil, err
	}
	var stored []Row
	err = db.NewSelect().TableExpr("attendances AS a").ColumnExpr("a.branch_id, MIN(a.work_date) AS from_date").
		Where("a.branch_id IN (?)", bun.List(branchIDs)).Where("a.work_date >= ?",
		s.Limit()).GroupExpr("a.branch_id").Scan(ctx, &stored)
	begins := Dates{}
	begins.Lower(append(rows, stored...)...)
	return begins, err
}

// Dates holds the first dates of branches.
type Dates map[int64]attendance.Date

// Lower takes dates that are earlier.
func (b Dates) Lower(rows ...Row) {
	for _, r := range rows {
		if d, ok := b[r.BranchID]; !ok || r.FromDate < d {
			b[r.BranchID] = r.FromDate
		}
	}
}

// ReachBack makes the branches where employees are planned before the first recap close those dates, too. It belongs
// into the transaction of everything by which somebody can be planned earlier.
func (s *Begins) ReachBack(ctx context.Context, tx bun.Tx, employeeIDs []int64) error {
	begins := Dates{}
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
	return s.Lower(ctx, tx, begins)
}

// BeforeRecaps keeps the dates that lie before the first recap of their branch. A branch without one finds its
// beginning by itself.
func (b Dates) BeforeRecaps(ctx context.Context, db bun.IDB) error {
	if len(b) == 0 {
		return nil
	}
	var rows []Row
	err := db.NewSelect().TableExpr("recaps AS rc").ColumnExpr("rc.branch_id, MIN(rc.work_date) AS from_date").
		Where("rc.branch_id IN (?)", bun.List(slices.Sorted(maps.Keys(b)))).GroupExpr("rc.branch_id").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	first := Dates{}
	first.Lower(rows...)
	maps.DeleteFunc(b, func(id int64, d attendance.Date) bool {
		recapped, ok := first[id]
		return !ok || d >= recapped
	})
	return nil
}

// Lower writes beginnings down that are not known to be earlier.
func (s *Begins) Lower(ctx context.Context, tx bun.Tx, begins Dates) error {
	if len(begins) == 0 {
		return nil
	}
	rows := make([]Row, 0, len(begins))
	for _, id := range slices.Sorted(maps.Keys(begins)) {
		rows = append(rows, Row{BranchID: id, FromDate: begins[id]})
	}
	earlier := "from_date = CASE WHEN " + s.db.Inserted("from_date") + " < recap_begins.from_date THEN " +
		s.db.Inserted("from_date") +
		" ELSE recap_begins.from_date END"
	// Without an alias, because MySQL knows none in an INSERT.
	_, err := s.db.Upsert(tx.NewInsert().Model(&rows).ModelTableExpr("recap_begins"), "branch_id", earlier).Exec(ctx)
	return err
}

// Span is which dates of a branch were recapped. Recaps have no gap. The zero Span is that of a branch without one.
type Span struct {
	BranchID int64           `bun:"branch_id"`
	First    attendance.Date `bun:"first_date"`
	Last     attendance.Date `bun:"last_date"`
}

// Holds tells whether some of the dates were closed, or may be closed at this moment: who was not there when the
// branch's people were listed would be left out for ever.
func (s Span) Holds(dates attendance.Dates) bool {
	return s.BranchID != 0 && dates.From <= s.Last+1 && dates.To >= s.First-1
}

// Spans asks for the spans of some branches.
func Spans(idb bun.IDB, branchIDs []int64) *bun.SelectQuery {
	return idb.NewSelect().Table("recaps").
		ColumnExpr("branch_id, MIN(work_date) AS first_date, MAX(work_date) AS last_date").
		Where("branch_id IN (?)", bun.List(branchIDs)).Group("branch_id")
}

// Closed returns the spans of branches, by the branches' ids.
func Closed(ctx context.Context, idb bun.IDB, branchIDs []int64) (map[int64]Span, error) {
	closed := make(map[int64]Span, len(branchIDs))
	for chunk := range slices.Chunk(branchIDs, db.IDChunk) {
		var rows []Span
		if err := Spans(idb, chunk).Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("look for closed dates: %w", err)
		}
		for _, r := range rows {
			closed[r.BranchID] = r
		}
	}
	return closed, nil
}

// Reopened returns the first date that is open again of a branch and on which a day was flagged since it was settled;
// nil if there is none.
func Reopened(ctx context.Context, tx bun.IDB, before, after *attendance.Branch) (first *attendance.Date, err error) {
	if before.LockedThrough == nil || after.LockedThrough != nil && *after.LockedThrough >= *before.LockedThrough {
		return nil, nil
	}
	q := tx.NewSelect().Table("attendances").ColumnExpr("MIN(work_date)").Where("branch_id = ?", before.ID).
		Where("work_date <= ?", *before.LockedThrough).Where("flags LIKE ?", "%"+string(attendance.FlagLocked)+"%")
	if after.LockedThrough != nil {
		q = q.Where("work_date > ?", *after.LockedThrough)
	}
	err = q.Scan(ctx, &first)
	return first, err
}

// MayLock refuses to settle dates that were not recapped: their days may not be closed yet.
func MayLock(ctx context.Context, tx bun.IDB, b *attendance.Branch) error {
	if b.LockedThrough == nil {
		return nil
	}
	var last *attendance.Date
	if err := tx.NewSelect().Table("recaps").ColumnExpr("MAX(work_date)").Where("branch_id = ?", b.ID).Scan(ctx,
		&last); err != nil {
		return err
	}
	if last == nil || *b.LockedThrough > *last {
		return attendance.Invalid("locked_through", "Only dates that were recapped can be locked.")
	}
	return nil
}
