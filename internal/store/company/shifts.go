package company

import (
	"context"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

const auditShifts = "shifts"

// AddShift inserts a shift. A taken code is CodeConflict.
func (s *Shifts) AddShift(ctx context.Context, sh attendance.Shift, by ledger.Actor) (attendance.Shift, error) {
	sh.ID = 0
	if err := checks.Shift(&sh); err != nil {
		return sh, err
	}
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.freeCode(ctx, tx, "shifts", "", sh.Code); err != nil {
			return err
		}
		row := newShiftRow(sh)
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		sh.ID = row.ID
		if err := bumpReference(ctx, tx.Tx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "shift.created", ledger.Row{Table: auditShifts, ID: sh.ID}, nil, &sh)
	})
	return sh, identity.CodeError("add shift", err)
}

// ChangeShift lets change have its way with a locked shift and stores the outcome. Where its rules change, the days
// from today on are computed again in every branch that works it, and with them the night that reached today. An error
// of change ends it. An unknown id is CodeNotFound, a taken code CodeConflict.
func (s *Shifts) ChangeShift(ctx context.Context, id int64, by ledger.Actor,
	change func(*attendance.Shift) error) (after attendance.Shift, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockShift(ctx, tx, id)
		if err != nil {
			return err
		}
		after = before
		if err := change(&after); err != nil {
			return err
		}
		if err := checks.Shift(&after); err != nil || after == before {
			return err
		}
		if err := s.freeCode(ctx, tx, "shifts", before.Code, after.Code); err != nil {
			return err
		}
		rules := before
		rules.Code, rules.Active = after.Code, after.Active
		if rules != after {
			if err := tx.Touch(ctx, ledger.Touch{ShiftID: id, AdminsOnly: true}); err != nil {
				return err
			}
		}
		row := newShiftRow(after)
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := bumpReference(ctx, tx.Tx); err != nil {
			return err
		}
		if rules != after {
			if err := s.recomputeShift(ctx, tx, id, max(before.ReachesBack(), after.ReachesBack())); err != nil {
				return err
			}
		}
		action := "shift.updated"
		if before.Active != after.Active {
			action = map[bool]string{true: "shift.enabled", false: "shift.disabled"}[after.Active]
		}
		return ledger.AuditChange(tx, action, ledger.Row{Table: auditShifts, ID: id}, &before, &after)
	})
	return after, identity.CodeError("change shift", err)
}

// RemoveShift removes a shift that no assignment ever named, and deactivates any other: past days must stay
// explainable. An unknown id is CodeNotFound.
func (s *Shifts) RemoveShift(ctx context.Context, id int64, by ledger.Actor) (removed bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockShift(ctx, tx, id)
		if err != nil {
			return err
		}
		named, err := naming(tx.NewSelect().Model((*assignmentRow)(nil)), id).Limit(1).Count(ctx)
		if err != nil {
			return err
		}
		removed = named == 0
		if removed {
			if _, err := tx.NewDelete().Model((*shiftRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
				return err
			}
			if err := bumpReference(ctx, tx.Tx); err != nil {
				return err
			}
			return ledger.AuditChange(tx, "shift.deleted", ledger.Row{Table: auditShifts, ID: id}, &before, nil)
		}
		if !before.Active {
			return nil
		}
		if _, err := tx.NewUpdate().Model((*shiftRow)(nil)).Set("active = ?", false).Where("id = ?",
			id).Exec(ctx); err != nil {
			return err
		}
		if err := bumpReference(ctx, tx.Tx); err != nil {
			return err
		}
		after := before
		after.Active = false
		return ledger.AuditChange(tx, "shift.disabled", ledger.Row{Table: auditShifts, ID: id}, &before, &after)
	})
	return removed, db.Failed("remove shift", err)
}

// lockShift returns a shift that nobody else can change, remove or newly assign until the transaction ends.
func (s *Shifts) lockShift(ctx context.Context, tx *ledger.Tx, id int64) (attendance.Shift, error) {
	var row shiftRow
	if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
		return attendance.Shift{}, db.NotFound("load shift", "no such shift", err)
	}
	return row.domain(), nil
}

// naming keeps the assignments whose pattern holds a shift; patterns are stored without spaces.
func naming(q *bun.SelectQuery, id int64) *bun.SelectQuery {
	n := strconv.FormatInt(id, 10)
	return q.Where("(sa.pattern LIKE ? OR sa.pattern LIKE ? OR sa.pattern LIKE ?)", "["+n+",%", "%,"+n+",%", "%,"+n+"]")
}

// recomputeShift leaves a task for each branch in which somebody works the shift on the dates from so many before
// today.
func (s *Shifts) recomputeShift(ctx context.Context, tx *ledger.Tx, id int64, back int) error {
	var found []struct {
		ID   int64  `bun:"id"`
		Zone string `bun:"zone"`
	}
	q := tx.NewSelect().Model((*assignmentRow)(nil)).ColumnExpr("DISTINCT b.id, b.zone").
		Join("JOIN employments AS m ON m.employee_id = sa.employee_id").Join(
		"JOIN branches AS b ON b.id = m.branch_id").
		Where("(sa.to_date IS NULL OR sa.to_date >= ?)",
			attendance.DateOf(tx.Now, time.UTC).AddDays(-1-back)).OrderExpr("b.id")
	if err := naming(q, id).Scan(ctx, &found); err != nil {
		return err
	}
	var zones attendance.Zones
	for _, b := range found {
		zone, err := zones.Load(b.Zone)
		if err != nil {
			return err
		}
		today := attendance.DateOf(tx.Now, zone)
		r := task.Recompute{V: 1, BranchID: b.ID, From: today.AddDays(-back), To: today + 1}
		if err := tx.Leave(ctx, task.AttendanceRecompute, r); err != nil {
			return err
		}
	}
	return nil
}
