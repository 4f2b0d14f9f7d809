package rules

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// InScope is the ledger.TouchRule that a day is changed by those who look after the branch to which it belongs, whoever
// looks after its employee now. Of an open end the dates after an ordered move to elsewhere do not count: nobody could
// plan anything for who is about to move.
func InScope(ctx context.Context, tx *ledger.Tx, ts []ledger.Touch) error {
	mine := tx.By().BranchIDs
	if mine == nil {
		return nil
	}
	var asked []ledger.Touch
	var ids []int64
	for _, t := range ts {
		switch {
		case t.Decided || t.From > t.To:
		case len(t.EmployeeIDs) > 0:
			asked, ids = append(asked, t), append(ids, t.EmployeeIDs...)
		case !slices.Contains(mine, t.BranchID):
			return attendance.NewError(attendance.CodeNotFound, "no such branch")
		}
	}
	slices.Sort(ids)
	histories, err := employments.Of(ctx, tx, slices.Compact(ids))
	if err != nil {
		return err
	}
	today := todays{}
	var outside []int64
	for i := range asked {
		for _, id := range asked[i].EmployeeIDs {
			stays := histories[id].Stays(attendance.Dates{From: asked[i].From, To: asked[i].To})
			within, err := today.within(ctx, tx, &asked[i], stays)
			if err != nil {
				return err
			}
			if !within && !slices.Contains(outside, id) {
				outside = append(outside, id)
			}
		}
	}
	return elsewhere(ctx, tx, outside)
}

// within tells whether all of an employee's stays on the dates of a change are the caller's to look after.
func (t todays) within(ctx context.Context, tx *ledger.Tx, change *ledger.Touch,
	stays []employments.Stay) (bool, error) {
	for _, at := range stays {
		if slices.Contains(tx.By().BranchIDs, at.BranchID) {
			continue
		}
		if change.To != attendance.OpenEnd || at.From == change.From {
			return false, nil
		}
		if now, err := t.at(ctx, tx, at.BranchID); err != nil || at.From <= now {
			return false, err
		}
	}
	return len(stays) > 0, nil
}

// elsewhere is the error about dates of employees. It names who belongs, on some other date, to a branch of whoever
// makes the change; others do not exist for them.
func elsewhere(ctx context.Context, tx *ledger.Tx, employeeIDs []int64) error {
	var refused attendance.Refused
	for chunk := range slices.Chunk(employeeIDs, db.IDChunk) {
		var found []struct {
			ID   int64  `bun:"id"`
			Name string `bun:"name"`
		}
		err := tx.NewSelect().TableExpr("employees AS e").Column("e.id", "e.name").
			Where("e.id IN (?)", bun.List(chunk)).
			Where(employments.EverIn, bun.List(tx.By().BranchIDs)).Scan(ctx, &found)
		if err != nil {
			return err
		}
		names := make(map[int64]string, len(found))
		for _, e := range found {
			names[e.ID] = e.Name
		}
		for _, id := range chunk {
			var err error = attendance.NewError(attendance.CodeNotFound, "no such employee")
			if name, ok := names[id]; ok {
				err = &attendance.Elsewhere{Name: name}
			}
			refused = append(refused, attendance.Refusal{EmployeeID: id, Err: err})
		}
	}
	return refused.OrNil()
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
	d, err := attendance.TodayIn(name, tx.Now)
	t[branchID] = d
	return d, err
}
