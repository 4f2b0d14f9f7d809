package accounts

import (
	"context"
	"slices"
	"strconv"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// OwnDays is the one rule for every way in which days are changed: nobody changes those of their own that have begun.
// It is CodeOwnDays as long as another account could do it. Who is alone may, and leaves an entry in the audit log that
// the days show.
type OwnDays struct {
	db    *db.DB
	plans *company.Plans
	users *Users
}

// NewOwnDays returns the rule.
func NewOwnDays(d *db.DB, p *company.Plans, u *Users) *OwnDays { return &OwnDays{d, p, u} }

// Check is a ledger.TouchRule.
func (o *OwnDays) Check(ctx context.Context, tx *ledger.Tx, t ledger.Touch) error {
	own := tx.By().EmployeeID
	found, branch, err := o.among(ctx, tx, own, t)
	if err != nil || found == nil {
		return err
	}
	if t.AdminsOnly {
		branch = 0
	}
	others, err := o.users.OthersFor(ctx, tx, tx.By().UserID, branch)
	if err != nil {
		return err
	}
	if others {
		return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to change your own days.")
	}
	entry, err := ledger.OwnEntry(own, *found)
	if err == nil {
		tx.Audit(entry)
	}
	return err
}

// among returns which of an employee's days that have begun are among those of a change, nil for none, and the
// employee's present branch.
func (o *OwnDays) among(ctx context.Context, tx *ledger.Tx, own int64,
	t ledger.Touch) (*ledger.OwnTouched, int64, error) {
	if len(t.EmployeeIDs) > 0 && !slices.Contains(t.EmployeeIDs, own) {
		return nil, 0, nil
	}
	var branches []int64
	if err := tx.NewSelect().Model((*company.EmployeeRow)(nil)).Column("branch_id").Where("id = ?", own).
		Scan(ctx, &branches); err != nil || len(branches) == 0 {
		return nil, 0, err
	}
	ref, err := o.plans.Reference(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	b, err := ref.Branch(branches[0])
	if err != nil {
		return nil, 0, err
	}
	today := b.Today(tx.Now)
	touched := &ledger.OwnTouched{From: t.From, To: min(t.To, today)}
	switch {
	case t.ShiftID != 0:
		touched, err = o.worked(ctx, tx, own, t.ShiftID, today)
	case len(t.EmployeeIDs) == 0 && t.BranchID != 0:
		touched, err = o.belonged(ctx, tx, own, t.BranchID, *touched)
	case touched.From > touched.To:
		touched = nil
	}
	return touched, b.ID, err
}

// worked returns the dates on which an employee works a shift, as far back as a change of its rules reaches: a night
// that reached today.
func (o *OwnDays) worked(ctx context.Context, tx *ledger.Tx, own, shift int64,
	today attendance.Date) (*ledger.OwnTouched, error) {
	n := strconv.FormatInt(shift, 10)
	works, err := tx.NewSelect().Table("shift_assignments").Where("employee_id = ?", own).
		Where("from_date <= ?", today).Where("(to_date IS NULL OR to_date >= ?)", today-1).
		Where("(pattern LIKE ? OR pattern LIKE ? OR pattern LIKE ?)", "["+n+",%", "%,"+n+",%", "%,"+n+"]").
		Limit(1).Count(ctx)
	if err != nil || works == 0 {
		return nil, err
	}
	return &ledger.OwnTouched{From: today - 1, To: today}, nil
}

// belonged returns on which of some dates an employee belonged to a branch.
func (o *OwnDays) belonged(ctx context.Context, tx *ledger.Tx, own, branch int64,
	dates ledger.OwnTouched) (found *ledger.OwnTouched, err error) {
	histories, err := company.EmploymentsOf(ctx, tx, []int64{own})
	if err != nil {
		return nil, err
	}
	history := histories[own]
	for i := range history {
		from, to := max(dates.From, history[i].FromDate), dates.To
		if i+1 < len(history) {
			to = min(to, history[i+1].FromDate-1)
		}
		if history[i].BranchID != branch || from > to {
			continue
		}
		if found == nil {
			found = &ledger.OwnTouched{From: from}
		}
		found.To = to
	}
	return found, nil
}
