package company

import (
	"cmp"
	"context"
	"reflect"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/begins"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// The audit log's words for changes of branches.
const (
	auditBranches    = "branches"
	actionBranchAdd  = "branch.created"
	actionBranchEdit = "branch.updated"
	actionBranchStop = "branch.deactivated"
	actionBranchBack = "branch.reactivated"
	actionBranchGone = "branch.deleted"
)

// AddBranch inserts a branch and returns it with its id. A taken code is CodeConflict, an unknown zone
// CodeInvalidZone.
func (s *Branches) AddBranch(ctx context.Context, b attendance.Branch, by ledger.Actor) (attendance.Branch, error) {
	b.ID = 0
	if err := checks.Branch(&b); err != nil {
		return b, err
	}
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.freeCode(ctx, tx, "branches", "", b.Code); err != nil {
			return err
		}
		row, err := newBranchRow(b)
		if err != nil {
			return err
		}
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		b.ID = row.ID
		return s.branchChanged(ctx, tx, actionBranchAdd, nil, &b)
	})
	return b, identity.CodeError("add branch", err)
}

// ChangeBranch lets change work on a branch and stores what came out. change may be called more than once; its error
// ends it. When nothing changed, nothing is written.
func (s *Branches) ChangeBranch(ctx context.Context, id int64, by ledger.Actor,
	change func(*attendance.Branch) error) (attendance.Branch, error) {
	var after attendance.Branch
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		seen, err := s.branchFor(ctx, tx, id, false)
		if err != nil {
			return err
		}
		zone := seen.Zone
		if err := change(&seen); err != nil {
			return err
		}
		if seen.Zone != zone { // the employees come before the branch, as everywhere
			if err := touchBranch(ctx, tx.Tx, id); err != nil {
				return err
			}
		}
		before, err := s.branchFor(ctx, tx, id, true)
		if err != nil {
			return err
		}
		after = before
		after.Sites = slices.Clone(before.Sites)
		if err := change(&after); err != nil {
			return err
		}
		after.ID = id
		if err := checks.Branch(&after); err != nil {
			return err
		}
		if reflect.DeepEqual(before, after) {
			return nil
		}
		if err := s.freeCode(ctx, tx, "branches", before.Code, after.Code); err != nil {
			return err
		}
		if err := begins.MayLock(ctx, tx, &after); err != nil {
			return err
		}
		row, err := newBranchRow(after)
		if err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if before.Zone != after.Zone {
			if err := s.rezoned(ctx, tx, []int64{id}); err != nil {
				return err
			}
		}
		if from, to, some := before.Reopens(&after); some {
			t := ledger.Touch{BranchID: id, From: from, To: to, AdminsOnly: true}
			if err := tx.Touch(ctx, t); err != nil {
				return err
			}
		}
		if err := s.unlocked(ctx, tx, &before, &after); err != nil {
			return err
		}
		action := actionBranchEdit
		if before.Active && !after.Active {
			if err := identity.Deserted(ctx, tx, &after, tx.Now); err != nil {
				return err
			}
			action = actionBranchStop
		} else if !before.Active && after.Active {
			action = actionBranchBack
		}
		return s.branchChanged(ctx, tx, action, &before, &after)
	})
	return after, identity.CodeError("change branch", err)
}

// unlocked leaves a task that computes the flagged days again of a period that is open again.
func (s *Branches) unlocked(ctx context.Context, tx *ledger.Tx, before, after *attendance.Branch) error {
	first, err := begins.Reopened(ctx, tx, before, after)
	if err != nil || first == nil {
		return err
	}
	r := task.Recompute{V: 1, BranchID: before.ID, From: *first, To: *before.LockedThrough}
	return tx.Leave(ctx, task.AttendanceRecompute, r)
}

// RemoveBranch deletes a branch that nothing names. One that had employees, or has days, punches, holidays or
// terminals, or is in the scope of a user, is deactivated instead, since its history must stay readable; removed tells
// which of both happened. One that has employees is CodeConflict.
func (s *Branches) RemoveBranch(ctx context.Context, id int64,
	by ledger.Actor) (b attendance.Branch, removed bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.branchFor(ctx, tx, id, true)
		if err != nil {
			return err
		}
		used, err := identity.BranchUsed(ctx, tx, id)
		if err != nil {
			return err
		}
		b, removed = before, !used
		if removed {
			// Recaps of a branch where nobody works count nobody.
			if _, err := tx.NewDelete().Table("recaps").Where("branch_id = ?", id).Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewDelete().Model((*begins.Row)(nil)).Where("branch_id = ?", id).Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewDelete().Model((*BranchRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
				return err
			}
			return s.branchChanged(ctx, tx, actionBranchGone, &before, nil)
		}
		if !before.Active {
			return nil
		}
		if err := identity.Deserted(ctx, tx, &before, tx.Now); err != nil {
			return err
		}
		b.Active = false
		if _, err := tx.NewUpdate().Model((*BranchRow)(nil)).Set("active = ?", false).Where("id = ?",
			id).Exec(ctx); err != nil {
			return err
		}
		return s.branchChanged(ctx, tx, actionBranchStop, &before, &b)
	})
	return b, removed, identity.CodeError("remove branch", err)
}

func (s *Branches) branchFor(ctx context.Context, tx *ledger.Tx, id int64, lock bool) (attendance.Branch, error) {
	var row BranchRow
	q := tx.NewSelect().Model(&row).Where("id = ?", id)
	if lock {
		q = s.db.ForUpdate(q, "")
	}
	if err := q.Scan(ctx); err != nil {
		return attendance.Branch{}, db.NotFound("load branch", "no such branch", err)
	}
	return row.domain()
}

// touchBranch touches the plans of everybody who ever belongs to a branch.
func touchBranch(ctx context.Context, tx bun.Tx, id int64) error {
	var ids []int64
	q := tx.NewSelect().Model((*employments.Row)(nil)).ColumnExpr("DISTINCT m.employee_id").Where("m.branch_id = ?", id)
	if err := q.Order("m.employee_id").Scan(ctx, &ids); err != nil {
		return err
	}
	return TouchPlans(ctx, tx, ids)
}

// branchChanged writes the audit entry of a change, and makes every node read the branches again.
func (s *Branches) branchChanged(ctx context.Context, tx *ledger.Tx, action string,
	before, after *attendance.Branch) error {
	if err := bumpReference(ctx, tx.Tx); err != nil {
		return err
	}
	return ledger.AuditChange(tx, action, ledger.Row{Table: auditBranches, ID: cmp.Or(before, after).ID}, before, after)
}
