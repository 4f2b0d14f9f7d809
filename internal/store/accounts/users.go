package accounts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/company"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

type UserRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID           int64      `bun:"id,pk,autoincrement"`
	Login        string     `bun:"login"`
	Name         string     `bun:"name"`
	Role         string     `bun:"role"`
	EmployeeID   int64      `bun:"employee_id,nullzero"`
	BranchIDs    string     `bun:"branch_ids"` // JSON array
	Locale       string     `bun:"locale"`
	PasswordHash string     `bun:"password_hash"`
	DisabledAt   *time.Time `bun:"disabled_at"`
	CreatedAt    time.Time  `bun:"created_at"`
	SearchText   string     `bun:"search_text"`

	MustChangePassword bool       `bun:"must_change_password"`
	SecondFactorAt     *time.Time `bun:"second_factor_at"`
	Forgotten          bool       `bun:"forgotten"`
	Email              string     `bun:"email,nullzero"`
	EmailVerifiedAt    *time.Time `bun:"email_verified_at"`
}

const defaultLocale = "id"

func (s *Users) newUserRow(u account.User, hash string) (UserRow, error) {
	ids := u.BranchIDs
	if ids == nil {
		ids = []int64{}
	}
	scope, err := json.Marshal(ids)
	if err != nil {
		return UserRow{}, fmt.Errorf("branches of user %s: %w", u.Login, err)
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = s.db.Clock.Now()
	}
	u.Locale = cmp.Or(u.Locale, defaultLocale)
	row := UserRow{Login: account.NormalLogin(u.Login), Name: strings.TrimSpace(u.Name), Role: string(u.Role),
		EmployeeID: u.EmployeeID,
		BranchIDs:  string(scope), Locale: u.Locale, PasswordHash: hash, DisabledAt: db.UTC(u.DisabledAt),
		CreatedAt: u.CreatedAt.UTC(), MustChangePassword: u.MustChangePassword,
		SecondFactorAt: db.UTC(u.SecondFactorAt), Forgotten: u.Forgotten,
		Email: account.NormalEmail(u.Email), EmailVerifiedAt: db.UTC(u.EmailVerifiedAt)}
	row.SearchText = identity.SearchText(row.Login, row.Name)
	return row, db.CheckTexts(db.Text("login", row.Login, 1, 200), db.Text("name", row.Name, 0, 200),
		db.Text("role", row.Role, 1, 16),
		db.Text("locale", row.Locale, 1, 8))
}

func (r *UserRow) domain() (account.User, error) {
	u := account.User{ID: r.ID, Login: r.Login, Name: r.Name, Role: account.Role(r.Role), EmployeeID: r.EmployeeID,
		Locale: r.Locale, DisabledAt: db.UTC(r.DisabledAt), CreatedAt: r.CreatedAt.UTC(),
		MustChangePassword: r.MustChangePassword, SecondFactorAt: db.UTC(r.SecondFactorAt),
		NoPassword: r.PasswordHash == "", Forgotten: r.Forgotten, Email: r.Email,
		EmailVerifiedAt: db.UTC(r.EmailVerifiedAt), Keys: r.keys()}
	if err := json.Unmarshal([]byte(r.BranchIDs), &u.BranchIDs); err != nil {
		return u, fmt.Errorf("branches of user %d: %w", r.ID, err)
	}
	return u, nil
}

// keys is account.User.Keys.
func (r *UserRow) keys() [32]byte {
	since := int64(0)
	if r.SecondFactorAt != nil {
		since = r.SecondFactorAt.UnixMicro()
	}
	return sha256.Sum256(fmt.Appendf(nil, "%d %s", since, r.PasswordHash))
}

// UserByLogin returns the user and the password hash, or CodeNotFound. What account.NormalLogin takes away does not
// matter.
func (s *Users) UserByLogin(ctx context.Context, login string) (account.User, string, error) {
	return s.user(ctx, "login = ?", account.NormalLogin(login))
}

// User returns a user by id, or CodeNotFound.
func (s *Users) User(ctx context.Context, id int64) (account.User, error) {
	u, _, err := s.user(ctx, "id = ?", id)
	return u, err
}

func (s *Users) user(ctx context.Context, condition string, arg any) (account.User, string, error) {
	var row UserRow
	if err := s.db.Read().NewSelect().Model(&row).Where(condition, arg).Scan(ctx); err != nil {
		return account.User{}, "", db.NotFound("load user", "no such user", err)
	}
	u, err := row.domain()
	return u, row.PasswordHash, db.Failed("load user", err)
}

// UserCount counts users; 0 means that the first administrator must be made.
func (s *Users) UserCount(ctx context.Context) (int, error) {
	n, err := s.db.Read().NewSelect().Model((*UserRow)(nil)).Count(ctx)
	return int(n), db.Failed("count users", err)
}

// AddFirstUser inserts the user, who asks for it from an address, only if there is none yet, else CodeSetupDone.
func (s *Users) AddFirstUser(ctx context.Context, address string, u account.User, hash string) (account.User, error) {
	row, err := s.newUserRow(u, hash)
	if err != nil {
		return u, err
	}
	var made []account.User
	err = s.ledger.Change(ctx, ledger.Actor{Address: address}, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.db.LockCompany(ctx, tx.Tx); err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*UserRow)(nil)).Count(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			return attendance.NewError(account.CodeSetupDone, "the first administrator exists already")
		}
		made, err = s.addUsers(ctx, tx, []UserRow{row}, []string{row.Login})
		return err
	})
	if err != nil {
		return u, userError(err)
	}
	return made[0], nil
}

// addUsers inserts rows, each with its audit entry, and returns the users in their order.
func (s *Users) addUsers(ctx context.Context, tx *ledger.Tx, rows []UserRow, logins []string) ([]account.User, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	emails := make([]string, len(rows))
	for i := range rows {
		emails[i] = rows[i].Email
	}
	if err := s.releaseEmails(ctx, tx, 0, emails...); err != nil {
		return nil, err
	}
	if err := db.InsertAll(ctx, tx, rows); err != nil {
		return nil, err
	}
	// Read back rather than counted up from the first id, which a server set up for several masters would falsify.
	var found []UserRow
	if err := tx.NewSelect().Model(&found).Where("login IN (?)", bun.List(logins)).Scan(ctx); err != nil {
		return nil, err
	}
	byLogin := make(map[string]account.User, len(found))
	for i := range found {
		u, err := found[i].domain()
		if err != nil {
			return nil, err
		}
		byLogin[u.Login] = u
	}
	made := make([]account.User, len(logins))
	for i, l := range logins {
		made[i] = byLogin[l]
		if err := auditUser(tx, "user.created", nil, &made[i]); err != nil {
			return nil, err
		}
		if err := askEmail(ctx, tx, &made[i]); err != nil {
			return nil, err
		}
	}
	return made, making.Note(ctx, tx, company.EmployeesIn(made, func(u account.User) int64 { return u.ID })...)
}

func userError(err error) error {
	switch {
	case db.DuplicateOf(err, usersTable, "email"):
		return &attendance.Error{Code: attendance.CodeConflict, Field: "email", Message: "the address is taken",
			Cause: err}
	case db.Duplicate(err):
		return &attendance.Error{Code: attendance.CodeConflict, Field: "login", Message: "the login is taken",
			Cause: err}
	case db.DanglingReference(err):
		return &attendance.Error{Code: attendance.CodeInvalid, Field: "employee_id",
			Message: "there is no such employee", Cause: err}
	}
	return db.Failed("add users", err)
}

// OtherDeciders tells whether anybody but a user could decide about a request of an employee whose dates belong to some
// branches. It is asked of whoever is, or may be, the employee.
func (s *Users) OtherDeciders(ctx context.Context, userID, employeeID int64, branchIDs ...int64) (bool, error) {
	return s.OthersDeciding(ctx, s.db.Read(), userID, employeeID, branchIDs...)
}

// Alone tells of each employee whose own days are those of a user (see account.User.Selves) whether nobody else could
// decide about them.
func (s *Users) Alone(ctx context.Context, u account.User) (map[int64]bool, error) {
	alone := map[int64]bool{}
	for _, self := range u.Selves() {
		var branches []int64
		err := s.db.Read().NewSelect().Model((*company.EmployeeRow)(nil)).Column("branch_id").Where("id = ?", self).
			Scan(ctx, &branches)
		if err != nil {
			return nil, db.Failed("look for deciders", err)
		}
		others, err := s.OtherDeciders(ctx, u.ID, self, branches...)
		if err != nil {
			return nil, err
		}
		alone[self] = !others && len(branches) > 0
	}
	return alone, nil
}

// Bound returns the employees about whom a user may not decide, being the same person while somebody else could.
func (s *Users) Bound(ctx context.Context, u account.User) (ids []int64, err error) {
	alone, err := s.Alone(ctx, u)
	for id, is := range alone {
		if !is {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// OthersDeciding tells whether somebody else than a user looks after all of some branches, so that they could decide
// about the days of an employee who the user is or may be. Branch 0 stands for every one, which only admins look after.
// To the employee's own account the accounts of their making are somebody else: nobody becomes alone by taking hold of
// the others. To an account that may be in the employee's hands they are not.
func (s *Users) OthersDeciding(ctx context.Context, idb bun.IDB, userID, employeeID int64,
	branchIDs ...int64) (bool, error) {
	var same []int64
	err := idb.NewSelect().Model((*UserRow)(nil)).Column("u.id").Where("u.employee_id = ?", employeeID).
		Scan(ctx, &same)
	if err != nil {
		return false, db.Failed("look for deciders", err)
	}
	if employeeID != 0 && !slices.Contains(same, userID) {
		return s.OthersAbout(ctx, idb, userID, employeeID, branchIDs...)
	}
	return s.othersBut(ctx, idb, append(same, userID), branchIDs)
}

// OthersAbout tells whether somebody looks after all of some branches who is neither a user nor an employee, nor may be
// in the hands of either, being of their making. A second account of the same employee is nobody else.
func (s *Users) OthersAbout(ctx context.Context, idb bun.IDB, userID, employeeID int64,
	branchIDs ...int64) (bool, error) {
	same, err := making.Hands(ctx, idb, userID, employeeID)
	if err != nil {
		return false, err
	}
	return s.othersBut(ctx, idb, append(same, userID), branchIDs)
}

// othersBut tells whether an account besides some looks after all of some branches.
func (s *Users) othersBut(ctx context.Context, idb bun.IDB, same, branchIDs []int64) (bool, error) {
	var rows []UserRow
	err := idb.NewSelect().Model(&rows).Where("u.role IN (?)",
		bun.List([]account.Role{account.RoleAdmin, account.RoleBranchAdmin})).
		Where("u.disabled_at IS NULL").Where("u.id NOT IN (?)", bun.List(same)).Scan(ctx)
	if err != nil {
		return false, db.Failed("look for deciders", err)
	}
	for i := range rows {
		u, err := rows[i].domain()
		if err != nil {
			return false, db.Failed("look for deciders", err)
		}
		if !slices.ContainsFunc(branchIDs, func(id int64) bool { return !u.SeesBranch(id) }) {
			return true, nil
		}
	}
	return false, nil
}
