package accounts

import (
	"context"
	"errors"
	"slices"
	"time"

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
	var err error
	for i := 0; i < len(rows) && err == nil; i++ {
		users[i], err = rows[i].domain()
	}
	return users, err
}

// Joiner is the step of a new employee who gets an account: see CreateUsers.
func (s *Users) Joiner(u account.User, hash string) company.EmployeeStep {
	return func(ctx context.Context, tx *ledger.Tx, _, e attendance.Employee) error {
		u.EmployeeID = e.ID
		_, err := s.createUsers(ctx, tx, []account.User{u}, []string{hash})
		if db.Duplicate(err) { // without its cause, by which a taken key is the employee's number
			return &attendance.Error{Code: attendance.CodeConflict, Field: "login", Message: "the login is taken"}
		}
		return err
	}
}

// Give makes an account for an employee. Who has one, also by somebody else at the same instant, is CodeConflict.
func (s *Users) Give(ctx context.Context, by ledger.Actor, u account.User, hash string) error {
	return userError(s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.db.LockEmployee(ctx, tx, u.EmployeeID); err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*UserRow)(nil)).Where("u.employee_id = ?", u.EmployeeID).Count(ctx)
		if err == nil && n > 0 {
			err = &attendance.Error{Code: attendance.CodeConflict, Field: "login",
				Message: "This person has an account already."}
		}
		if err == nil {
			_, err = s.createUsers(ctx, tx, []account.User{u}, []string{hash})
		}
		return err
	}))
}

// Leaver is the step of an employee who leaves or gets another last day: see leaving.
func (s *Users) Leaver(may func(u *account.User) bool) company.EmployeeStep {
	return func(ctx context.Context, tx *ledger.Tx, before, after attendance.Employee) error {
		if !attendance.Leaves(before, after) {
			return nil
		}
		return s.leaving(ctx, tx, []int64{after.ID}, may)
	}
}

// Leavers is Leaver for employees of a file, of whom only the accounts of the role employee are disabled: nobody's
// rights to look after others end by a list.
func (s *Users) Leavers(ctx context.Context, tx *ledger.Tx, employees []int64) error {
	return s.leaving(ctx, tx, employees, func(u *account.User) bool { return u.Role == account.RoleEmployee })
}

// leaver is an employee who may have left.
type leaver struct {
	ID     int64                     `bun:"id"`
	Status attendance.EmployeeStatus `bun:"status"`
	LeftOn *attendance.Date          `bun:"left_on"`
	Zone   string                    `bun:"zone"`
}

// over tells whether the last day is over where the employee works.
func (l *leaver) over(now time.Time) (bool, error) {
	today, err := attendance.TodayIn(l.Zone, now)
	return l.LeftOn != nil && *l.LeftOn < today, err
}

func selectLeavers(q *bun.SelectQuery) *bun.SelectQuery {
	return q.TableExpr("employees AS e").ColumnExpr("e.id, e.status, e.left_on, b.zone").
		Join("JOIN branches AS b ON b.id = e.branch_id").Order("e.id")
}

// leaving disables the accounts of employees who are inactive or whose last day is over, so that their sessions and
// sockets end. What may refuses stays open, also when a last day that is yet to come is over: see CloseLeavers. The
// last administrator who can sign in stays one: CodeLastAdmin.
func (s *Users) leaving(ctx context.Context, tx *ledger.Tx, employees []int64, may func(u *account.User) bool) error {
	var found []leaver
	if err := selectLeavers(tx.NewSelect()).Where("e.id IN (?)", bun.List(employees)).Scan(ctx, &found); err != nil {
		return err
	}
	var gone []int64
	for i := range found {
		over, err := found[i].over(tx.Now)
		if err != nil {
			return err
		}
		if over || found[i].Status == attendance.EmployeeInactive {
			gone = append(gone, found[i].ID)
		}
	}
	if err := s.disableAccounts(ctx, tx, gone, may); err != nil {
		return err
	}
	var rows []UserRow
	err := tx.NewSelect().Model(&rows).Where("u.employee_id IN (?)", bun.List(employees)).Scan(ctx)
	if err != nil {
		return err
	}
	users, err := usersOf(rows)
	if err != nil {
		return err
	}
	return keep(ctx, tx, slices.DeleteFunc(users, func(u account.User) bool { return may(&u) }))
}

// keep notes of accounts that they are not disabled when the last day of their employee, as it is now, is over.
func keep(ctx context.Context, tx *ledger.Tx, users []account.User) error {
	if len(users) == 0 {
		return nil
	}
	ids := make([]int64, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	_, err := tx.NewUpdate().Table("users").
		Set("kept_after = (SELECT e.left_on FROM employees AS e WHERE e.id = users.employee_id)").
		Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// notKept selects accounts that are open and that nobody wants open after the last day of their employee.
const notKept = "u.disabled_at IS NULL AND (u.kept_after IS NULL OR u.kept_after <> e.left_on)"

// CloseLeavers disables, in the system's name, the accounts of employees whose last day is over and who were not
// deactivated, once: who enables one again, or said before that it stays, is right. It returns how many employees that
// were. The last administrator who can sign in stays one. Who cannot be dealt with keeps no other from it.
func (s *Users) CloseLeavers(ctx context.Context) (n int, err error) {
	now := s.db.Clock.Now()
	var found []leaver
	err = selectLeavers(s.db.Read().NewSelect()).Where("e.status = ?", attendance.EmployeeActive).
		Where("e.left_on < ?", attendance.DateOf(now, time.UTC)+1). // dates begin elsewhere up to 14 hours before
		Where("EXISTS (SELECT 1 FROM users AS u WHERE u.employee_id = e.id AND "+notKept+")").Scan(ctx, &found)
	if err != nil {
		return 0, db.Failed("look for leavers", err)
	}
	var failed []error
	for i := range found {
		over, err := found[i].over(now)
		if over {
			err = s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
				return s.closeLeaver(ctx, tx, &found[i])
			})
		}
		switch {
		case attendance.CodeOf(err) == account.CodeLastAdmin:
			s.db.Log.WarnContext(ctx, "the only administrator who can sign in has left the company", "employee_id",
				found[i].ID)
		case err != nil:
			failed = append(failed, err)
		case over:
			n++
		}
	}
	return n, db.Failed("disable the accounts of leavers", errors.Join(failed...))
}

// closeLeaver disables the accounts of one leaver, unless something changed meanwhile.
func (s *Users) closeLeaver(ctx context.Context, tx *ledger.Tx, l *leaver) error {
	var same []int64 // locked before the accounts, as when an employee changes
	err := s.db.ForUpdate(tx.NewSelect().TableExpr("employees AS e").ColumnExpr("e.id").Where("e.id = ?", l.ID).
		Where("e.status = ?", attendance.EmployeeActive).Where("e.left_on = ?", *l.LeftOn), "").Scan(ctx, &same)
	if err != nil || len(same) == 0 {
		return err
	}
	var open []int64
	err = tx.NewSelect().TableExpr("users AS u").ColumnExpr("u.id").Join("JOIN employees AS e ON e.id = u.employee_id").
		Where("e.id = ?", l.ID).Where(notKept).Scan(ctx, &open)
	if err != nil {
		return err
	}
	return s.disableAccounts(ctx, tx, same, func(u *account.User) bool { return slices.Contains(open, u.ID) })
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
	if err := keep(ctx, tx, users); err != nil { // one that is enabled again stays so
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
