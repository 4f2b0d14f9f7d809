package terminals

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Whoever accepts a terminal, or decides how its lines are read, could make it say what they like of themselves: they
// vouch for it. Their own lines wait until somebody else has confirmed it, as long as somebody else could.

// voucher is who vouches for what somebody decides: nobody if their account stands for no employee.
func voucher(by ledger.Actor) *int64 {
	if by.EmployeeID == 0 {
		return nil
	}
	return &by.UserID
}

// readOtherwise tells whether the lines of a terminal become other punches, or come from elsewhere, after a change.
func readOtherwise(before, after *iclock.Terminal) bool {
	return after.State == iclock.Active && (before.State != iclock.Active || before.BranchID != after.BranchID ||
		before.Zone != after.Zone || before.Direction != after.Direction || before.PINFormat != after.PINFormat ||
		!slices.Equal(before.Networks, after.Networks))
}

// vouching is what the audit log keeps of who vouched for a terminal.
type vouching struct {
	VouchedBy int64 `json:"vouched_by"`
}

// Confirm says that a terminal is what whoever vouches for it made of it. Nobody confirms what they decided
// themselves: CodeOwnDays. One for which nobody vouches stays as it is.
func (s *Terminals) Confirm(ctx context.Context, id int64, by ledger.Actor) error {
	return db.Failed("confirm terminal", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := lockTerminal(ctx, s.db, tx.Tx, id); err != nil {
			return err
		}
		t, err := byID(ctx, tx, id)
		switch {
		case err != nil || t.VouchedBy == 0:
			return err
		case t.VouchedBy == by.UserID, by.Is(t.VouchedFor):
			return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to confirm the terminal.")
		}
		_, err = tx.NewUpdate().Model((*terminalRow)(nil)).Set("vouched_by = NULL").Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		return ledger.AuditChange(tx, "terminal.setup_confirmed", ledger.Row{Table: terminalsTable, ID: id},
			&vouching{t.VouchedBy}, nil)
	}))
}

// others tells whether an account could decide instead of another one, for a branch or, with 0, for all.
type others func(ctx context.Context, idb bun.IDB, userID int64, branchIDs ...int64) (bool, error)

// Voucher returns as whom an employee vouches for a terminal: the user, 0 if they do not, and whether somebody else
// could confirm it. It reads the terminal anew.
func (s *Quarantine) Voucher(ctx context.Context, terminalID, employeeID int64) (userID int64, others bool, err error) {
	t, err := byID(ctx, s.db.Read(), terminalID)
	if err != nil || t.VouchedFor != employeeID {
		return 0, false, db.Failed("look for who vouches", err)
	}
	others, err = s.others(ctx, s.db.Read(), t.VouchedBy, t.BranchID)
	return t.VouchedBy, others, err
}
