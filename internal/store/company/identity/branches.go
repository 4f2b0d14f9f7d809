package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// BranchUsed tells whether anything names a branch: people, days, punches, holidays, terminals, kiosks, or the scope of
// a user.
func BranchUsed(ctx context.Context, tx bun.IDB, id int64) (bool, error) {
	for _, table := range []string{"employees", "employments", "attendances", "punches", "holidays", "terminals",
		"kiosks"} {
		var one int
		err := tx.NewRaw("SELECT EXISTS (SELECT 1 FROM "+table+" WHERE branch_id = ?)", id).Scan(ctx, &one)
		if err != nil || one != 0 {
			return true, err
		}
	}
	var scopes []string
	if err := tx.NewSelect().Table("users").Column("branch_ids").Where("role = ?",
		account.RoleBranchAdmin).Scan(ctx, &scopes); err != nil {
		return true, err
	}
	for _, scope := range scopes {
		var ids []int64
		if err := json.Unmarshal([]byte(scope), &ids); err != nil {
			return true, fmt.Errorf("scope %q: %w", scope, err)
		}
		if slices.Contains(ids, id) {
			return true, nil
		}
	}
	return false, nil
}

// NoBranch says that a row names a branch that is not there, as a foreign key may have found.
func NoBranch(cause error) error {
	return &attendance.Error{Code: attendance.CodeInvalid, Field: "branch_id", Message: "There is no such branch.",
		Cause: cause}
}

// InUse refuses a branch that is not in use for a person, a terminal or a kiosk that is new there: CodeInvalid. Nobody
// closes its days. It locks the branch, after the employee as everywhere, so that nobody puts it out of use before the
// end of the transaction; afterwards Deserted finds who begins.
func InUse(ctx context.Context, d *db.DB, tx bun.IDB, id int64) error {
	var active []bool
	err := d.ForUpdate(tx.NewSelect().Table("branches").Column("active").Where("id = ?", id), "").Scan(ctx, &active)
	if err == nil && (len(active) == 0 || !active[0]) {
		err = attendance.Invalid("branch_id", "There is no such branch, or it is not in use.")
	}
	return err
}

// OnceInUse is InUse for many people, which asks once for each branch.
func OnceInUse(ctx context.Context, d *db.DB, tx bun.IDB) func(id int64) error {
	known := map[int64]error{}
	return func(id int64) error {
		refused, ok := known[id]
		if !ok {
			refused = InUse(ctx, d, tx, id)
			known[id] = refused
		}
		return refused
	}
}

// BackInUse is InUse for a change by which somebody may come back.
func BackInUse(ctx context.Context, d *db.DB, tx bun.IDB, before, after *attendance.Employee) error {
	if before.Status == after.Status || after.Status != attendance.EmployeeActive {
		return nil
	}
	return InUse(ctx, d, tx, after.BranchID)
}

// Deserted refuses to put a branch out of use to which somebody belongs, or will: CodeConflict. Their days would never
// be closed, while they went on punching.
func Deserted(ctx context.Context, tx bun.IDB, b *attendance.Branch, now time.Time) error {
	today, err := attendance.TodayIn(b.Zone, now)
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().Table("employees").
		Where("(status = ? OR left_on >= ?)", attendance.EmployeeActive, today).
		Where("(branch_id = ? OR EXISTS (SELECT 1 FROM employments AS m WHERE m.employee_id = employees.id AND "+
			"m.branch_id = ? AND m.from_date > ?))", b.ID, b.ID, today).Count(ctx)
	if err != nil || n == 0 {
		return err
	}
	return &attendance.Error{Code: attendance.CodeConflict, Field: "active",
		Message: fmt.Sprintf("%d employees belong to the branch; move them first, or let them leave.", n)}
}
