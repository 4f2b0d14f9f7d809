package terminals

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/iclock"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Whoever accepts a terminal, or decides how its lines are read, could make it say what they like of themselves: they
// vouch for it. Their own lines wait until somebody else has confirmed it, as long as somebody else could.

// voucher is who vouches for what somebody decides: nobody if their account stands for no employee, and is in the hands
// of none.
func voucher(by ledger.Actor) *int64 {
	if len(by.Selves()) == 0 {
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
// themselves, or what an account of their own making may be: CodeOwnDays. Where the account that vouches may be of the
// making of whoever confirms, or both of the same, they vouch from then on: for the others' lines it is confirmed. One
// for which nobody vouches stays as it is.
func (s *Terminals) Confirm(ctx context.Context, id int64, by ledger.Actor) error {
	return db.Failed("confirm terminal", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := lockTerminal(ctx, s.db, tx.Tx, id); err != nil {
			return err
		}
		t, err := byID(ctx, tx, id)
		switch {
		case err != nil || t.VouchedBy == 0:
			return err
		case t.VouchedBy == by.UserID, by.MayBe(t.VouchedFor):
			return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to confirm the terminal.")
		}
		makers, err := making.Employees(ctx, tx, t.VouchedBy)
		if err != nil {
			return err
		}
		var next *vouching
		if slices.ContainsFunc(by.Selves(), func(self int64) bool { return slices.Contains(makers, self) }) {
			next = &vouching{by.UserID}
		}
		set := tx.NewUpdate().Model((*terminalRow)(nil)).Where("id = ?", id)
		if next == nil {
			set = set.Set("vouched_by = NULL")
		} else {
			set = set.Set("vouched_by = ?", next.VouchedBy)
		}
		if _, err = set.Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "terminal.setup_confirmed", ledger.Row{Table: terminalsTable, ID: id},
			&vouching{t.VouchedBy}, next)
	}))
}

// others tells whether an account could decide instead of another one about the days of an employee, for a branch or,
// with 0, for all.
type others func(ctx context.Context, idb bun.IDB, userID, employeeID int64, branchIDs ...int64) (bool, error)

// Voucher returns who vouches for a terminal, 0 for nobody, and of the employees whose own lines these are, the
// account's and those of whose making it may be, whether nobody else could confirm the terminal. It reads the terminal
// anew.
func (s *Quarantine) Voucher(ctx context.Context, terminalID int64) (userID int64, alone map[int64]bool, err error) {
	idb := s.db.Read()
	t, err := byID(ctx, idb, terminalID)
	if err != nil || t.VouchedBy == 0 {
		return 0, nil, db.Failed("look for who vouches", err)
	}
	selves, err := making.Employees(ctx, idb, t.VouchedBy)
	if err != nil {
		return 0, nil, err
	}
	if t.VouchedFor != 0 {
		selves = append(selves, t.VouchedFor)
	}
	alone = map[int64]bool{}
	for _, self := range selves {
		others, err := s.others(ctx, idb, t.VouchedBy, self, t.BranchID)
		if err != nil {
			return 0, nil, err
		}
		alone[self] = !others
	}
	return t.VouchedBy, alone, nil
}
