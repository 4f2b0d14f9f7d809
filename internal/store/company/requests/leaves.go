package requests

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

type leaveRow struct {
	bun.BaseModel `bun:"table:leave_requests,alias:l"`

	ID         int64           `bun:"id,pk,autoincrement"`
	EmployeeID int64           `bun:"employee_id"`
	Kind       string          `bun:"kind"`
	FromDate   attendance.Date `bun:"from_date"`
	ToDate     attendance.Date `bun:"to_date"`
	asked
}

// AddLeaves inserts leaves of a company that is being set up, as requests that are approved, in one transaction and in
// the system's name; no day is computed again. An unknown employee is CodeInvalid.
func (s *Requests) AddLeaves(ctx context.Context, ls []attendance.Leave) error {
	for _, l := range ls {
		if l.To < l.From {
			return attendance.Invalid("to", "a leave ends no earlier than it begins")
		}
	}
	ids := company.EmployeesIn(ls, func(l attendance.Leave) int64 { return l.EmployeeID })
	return db.Added("leaves", s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		if err := company.TouchPlans(ctx, tx.Tx, ids); err != nil {
			return err
		}
		for chunk := range slices.Chunk(ls, db.RowsPerInsert) {
			rows := make([]leaveRow, len(chunk))
			for i, l := range chunk {
				rows[i] = leaveRow{EmployeeID: l.EmployeeID, Kind: string(l.Kind), FromDate: l.From, ToDate: l.To,
					asked: asked{State: string(attendance.RequestApproved), RequestedAt: tx.Now, DecidedAt: &tx.Now}}
			}
			ids, err := db.InsertNumbered(ctx, s.db, tx.Tx, rows)
			if err != nil {
				return err
			}
			for i, l := range chunk {
				l.ID = ids[i]
				row := ledger.Row{Table: "leave_requests", ID: l.ID}
				if err := ledger.AuditChange(tx, "leave.approved", row, nil, &l); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// BranchesOf returns the branches to which the employee belongs on the dates of a request.
func (s *Requests) BranchesOf(ctx context.Context, q *attendance.Request) ([]int64, error) {
	if q.Type != attendance.RequestLeave {
		return []int64{q.BranchID}, nil
	}
	ids, err := employments.Branches(ctx, s.db.Read(), q.EmployeeID, attendance.Dates{From: *q.From, To: *q.To})
	if err != nil {
		return nil, db.Failed("load employments", err)
	}
	if len(ids) == 0 { // a node of a release before employments added the employee
		return []int64{q.BranchID}, nil
	}
	return ids, nil
}
