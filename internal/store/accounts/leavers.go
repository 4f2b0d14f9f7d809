package accounts

import (
	"context"
	"slices"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// AccountsOf returns the accounts of an employee, by id.
func (s *Users) AccountsOf(ctx context.Context, employeeID int64) ([]account.User, error) {
	var rows []UserRow
	if err := s.db.Read().NewSelect().Model(&rows).Where("u.employee_id = ?", employeeID).Order("u.id").
		Scan(ctx); err != nil {
		return nil, db.Failed("load the accounts of an employee", err)
	}
	users, err := usersOf(rows)
	return users, db.Failed("load the accounts of an employee", err)
}

func usersOf(rows []UserRow) ([]account.User, error) {
	users := make([]account.User, len(rows))
	for i := range rows {
		var err error
		if users[i], err = rows[i].domain(); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// DisableLeaver is the step that disables the accounts of an employee who leaves; their sessions and sockets end. What
// may refuses stays as it is. The last administrator who can sign in stays one: CodeLastAdmin.
func (s *Users) DisableLeaver(may func(u *account.User) bool) company.EmployeeStep {
	return func(ctx context.Context, tx *ledger.Tx, before, after attendance.Employee) error {
		if before.Status != attendance.EmployeeActive || after.Status != attendance.EmployeeInactive {
			return nil
		}
		return s.disableAccounts(ctx, tx, []int64{after.ID}, may)
	}
}

// DisableLeavers disables the accounts of employees whom a file made leave, those of the role employee only: nobody's
// rights to look after others end by a list.
func (s *Users) DisableLeavers(ctx context.Context, tx *ledger.Tx, employees []int64) error {
	return s.disableAccounts(ctx, tx, employees, func(u *account.User) bool { return u.Role == account.RoleEmployee })
}

// disableAccounts disables accounts of employees that can sign in, all with a few statements.
func (s *Users) disableAccounts(ctx context.Context, tx *ledger.Tx, employees []int64,
	may func(u *account.User) bool) error {
	now := s.db.Clock.Now()
	if len(employees) == 0 {
		return nil
	}
	if err := s.db.LockCompany(ctx, tx.Tx); err != nil {
		return err
	}
	var rows []UserRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&rows).Where("u.employee_id IN (?)", bun.List(employees)).
		Where("u.disabled_at IS NULL").Order("u.id"), "").Scan(ctx)
	if err != nil {
		return err
	}
	users, err := usersOf(rows)
	if err != nil {
		return err
	}
	users = slices.DeleteFunc(users, func(u account.User) bool { return !may(&u) })
	if len(users) == 0 {
		return nil
	}
	ids := make([]int64, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	if slices.ContainsFunc(users, func(u account.User) bool { return administers(&u) }) {
		if err := s.anotherAdmin(ctx, tx.Tx, ids...); err != nil {
			return err
		}
	}
	_, err = tx.NewUpdate().Model((*UserRow)(nil)).Set("disabled_at = ?", now).Where("id IN (?)", bun.List(ids)).
		Exec(ctx)
	if err != nil {
		return err
	}
	_, err = tx.NewDelete().Model((*sessionRow)(nil)).Where("user_id IN (?)", bun.List(ids)).Exec(ctx)
	if err != nil {
		return err
	}
	if err := dropPending(ctx, tx.Tx, ids...); err != nil {
		return err
	}
	for i := range users {
		after := users[i]
		after.DisabledAt = &now
		if err := auditUser(tx, "user.disabled", &users[i], &after); err != nil {
			return err
		}
		if err := accessChanged(ctx, tx, after.ID); err != nil {
			return err
		}
	}
	return nil
}
