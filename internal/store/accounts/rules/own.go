// Package rules says who may change which days. Both rules are asked with every change: see ledger.AskRules.
package rules

import (
	"context"
	"slices"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// OwnDays is the one rule for every way in which days are changed: nobody changes those of their own that have begun.
// It is CodeOwnDays as long as another account could do it. Who is alone may, and leaves an entry in the audit log that
// the days show. An account that may be in somebody's hands, being of their making, does not change theirs either.
type OwnDays struct {
	db    *db.DB
	plans *company.Plans
	users *accounts.Users
}

// NewOwnDays returns the rule.
func NewOwnDays(d *db.DB, p *company.Plans, u *accounts.Users) *OwnDays { return &OwnDays{d, p, u} }

// Check is a ledger.TouchRule.
func (o *OwnDays) Check(ctx context.Context, tx *ledger.Tx, ts []ledger.Touch) error {
	for _, own := range tx.By().Selves() {
		for i := range ts {
			if err := o.check(ctx, tx, own, ts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// check is Check for one employee as whom somebody acts.
func (o *OwnDays) check(ctx context.Context, tx *ledger.Tx, own int64, t ledger.Touch) error {
	found, branch, err := o.among(ctx, tx, own, t)
	if err != nil || found == nil {
		return err
	}
	var branches []int64
	switch {
	case t.AdminsOnly:
		branches = []int64{0}
	case len(t.EmployeeIDs) > 0 && !t.Decided:
		// Somebody else could make the change only if they look after all the branches that InScope asks for.
		dates := found.Dates
		if t.To != attendance.OpenEnd {
			dates.To = t.To
		}
		if branches, err = employments.Branches(ctx, tx, own, dates); err != nil {
			return err
		}
	}
	if len(branches) == 0 {
		branches = []int64{branch}
	}
	others, err := o.users.OthersDeciding(ctx, tx, tx.By().UserID, own, branches...)
	if err != nil {
		return err
	}
	if others {
		err := error(account.Held{Code: attendance.CodeOwnDays})
		if tx.By().Is(own) {
			err = attendance.NewError(attendance.CodeOwnDays, "Somebody else has to change your own days.")
		}
		return attendance.Refused{{EmployeeID: own, Err: err}}
	}
	entry, err := ledger.OwnEntry(own, *found)
	if err == nil {
		tx.Audit(entry)
	}
	return err
}

// among returns which of an employee's days that have begun are among those of a change, nil for none, and the
// employee's present branch. It does not ask for the reference data, which the change may have raised the version of.
func (o *OwnDays) among(ctx context.Context, tx *ledger.Tx, own int64,
	t ledger.Touch) (*ledger.OwnTouched, int64, error) {
	if len(t.EmployeeIDs) > 0 && !slices.Contains(t.EmployeeIDs, own) {
		return nil, 0, nil
	}
	var at []struct {
		ID   int64  `bun:"id"`
		Zone string `bun:"zone"`
	}
	err := tx.NewSelect().TableExpr("employees AS e").ColumnExpr("b.id, b.zone").
		Join("JOIN branches AS b ON b.id = e.branch_id").Where("e.id = ?", own).Scan(ctx, &at)
	if err != nil || len(at) == 0 {
		return nil, 0, err
	}
	var zones attendance.Zones
	zone, err := zones.Load(at[0].Zone)
	if err != nil {
		return nil, 0, err
	}
	today := attendance.DateOf(tx.Now, zone)
	runs := []attendance.Dates{{From: t.From, To: min(t.To, today)}}
	switch {
	case t.ShiftID != 0:
		runs, err = o.worked(ctx, tx, own, t.ShiftID, today)
	case len(t.EmployeeIDs) == 0 && t.BranchID != 0:
		runs, err = belonged(ctx, tx, own, t.BranchID, runs[0])
	}
	return ledger.NewOwnTouched(runs...), at[0].ID, err
}

// worked returns on which days that are not settled an employee works a shift. Its new rules hold at once for today and
// the nights that reach it, and for any earlier day as soon as that is computed again for some other reason, such as a
// late punch or an approved correction.
func (o *OwnDays) worked(ctx context.Context, tx *ledger.Tx, own, shift int64,
	today attendance.Date) (runs []attendance.Dates, err error) {
	first := today - attendance.RecapReach
	rosters, err := o.plans.Rosters(ctx, tx, []int64{own}, first, today)
	if err != nil || rosters[own] == nil {
		return nil, err
	}
	roster := rosters[own].Roster
	for d := first; d <= today; d++ {
		if sh, planned := roster.ShiftOn(d); planned && sh.ID == shift && !roster.Locked(d) {
			runs = append(runs, attendance.Dates{From: d, To: d})
		}
	}
	return runs, nil
}

// belonged returns on which of some dates an employee belonged to a branch.
func belonged(ctx context.Context, tx *ledger.Tx, own, branch int64,
	dates attendance.Dates) (runs []attendance.Dates, err error) {
	stays, err := employments.Stays(ctx, tx, []int64{own}, dates)
	if err != nil {
		return nil, err
	}
	for _, at := range stays[own] {
		if at.BranchID == branch {
			runs = append(runs, at.Dates)
		}
	}
	return runs, nil
}
