package accounts

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// InScope is the ledger.TouchRule that a day is changed by those who look after the branch to which it belongs, whoever
// looks after its employee now. Of an open end the dates after an ordered move to elsewhere do not count: nobody could
// plan anything for who is about to move.
func InScope(ctx context.Context, tx *ledger.Tx, t ledger.Touch) error {
	mine := tx.By().BranchIDs
	switch {
	case mine == nil || t.Decided || t.From > t.To:
		return nil
	case len(t.EmployeeIDs) == 0 && slices.Contains(mine, t.BranchID):
		return nil
	case len(t.EmployeeIDs) == 0:
		return attendance.NewError(attendance.CodeNotFound, "no such branch")
	}
	stays, err := company.Stays(ctx, tx, t.EmployeeIDs, attendance.Dates{From: t.From, To: t.To})
	if err != nil {
		return err
	}
	today := todays{}
	for _, id := range t.EmployeeIDs {
		if len(stays[id]) == 0 {
			return attendance.NewError(attendance.CodeNotFound, "no such employee")
		}
		for _, at := range stays[id] {
			if slices.Contains(mine, at.BranchID) {
				continue
			}
			if t.To == ledger.OpenEnd && at.From > t.From {
				now, err := today.at(ctx, tx, at.BranchID)
				if err != nil {
					return err
				}
				if at.From > now {
					continue
				}
			}
			return elsewhere(ctx, tx, id)
		}
	}
	return nil
}

// elsewhere is the error about dates of an employee. It names who belongs, on some other date, to a branch of whoever
// makes the change; others do not exist for them.
func elsewhere(ctx context.Context, tx *ledger.Tx, employeeID int64) error {
	var names []string
	err := tx.NewSelect().TableExpr("employees AS e").Column("e.name").Where("e.id = ?", employeeID).
		Where(company.EverAmong, bun.List(append([]int64{0}, tx.By().BranchIDs...))).Scan(ctx, &names)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return attendance.NewError(attendance.CodeNotFound, "no such employee")
	}
	return &attendance.Elsewhere{Name: names[0]}
}

// todays are the dates in branches, by their ids.
type todays map[int64]attendance.Date

func (t todays) at(ctx context.Context, tx *ledger.Tx, branchID int64) (attendance.Date, error) {
	if d, ok := t[branchID]; ok {
		return d, nil
	}
	var name string
	if err := tx.NewSelect().Table("branches").Column("zone").Where("id = ?", branchID).Scan(ctx, &name); err != nil {
		return 0, err
	}
	zone, err := attendance.LoadZone(name)
	if err != nil {
		return 0, err
	}
	t[branchID] = attendance.DateOf(tx.Now, zone)
	return t[branchID], nil
}
