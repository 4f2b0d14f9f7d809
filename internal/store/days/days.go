package days

import (
	"context"
	"database/sql"
	"errors"

	"hadir/internal/attendance"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// CoveredFrom returns the first date of a branch that was closed; ok is false as long as none was.
func (s *Recaps) CoveredFrom(ctx context.Context, branchID int64) (d attendance.Date, ok bool, err error) {
	var first *attendance.Date
	err = s.db.Read().NewSelect().Model((*recapRow)(nil)).ColumnExpr("MIN(work_date)").Where("branch_id = ?",
		branchID).Scan(ctx, &first)
	if err != nil || first == nil {
		return 0, false, db.Failed("covered dates", err)
	}
	return *first, true, nil
}

// SelectDays returns the days that a query about attendances AS a keeps, in its order.
func (s *Days) SelectDays(ctx context.Context, keep func(*bun.SelectQuery) *bun.SelectQuery) ([]attendance.Day,
	error) {
	var rows []dayrows.Row
	if err := keep(s.db.Read().NewSelect().Model(&rows)).Scan(ctx); err != nil {
		return nil, err
	}
	days := make([]attendance.Day, len(rows))
	for i := range rows {
		days[i] = rows[i].Domain()
	}
	return days, nil
}

// Version implements requests.Days.
func (s *Days) Version(ctx context.Context, tx *ledger.Tx, employeeID int64, d attendance.Date) (v int64, err error) {
	err = tx.NewSelect().Model((*dayrows.Row)(nil)).Column("version").Where("employee_id = ?", employeeID).
		Where("work_date = ?", d).Scan(ctx, &v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}
