package accounts

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

const usersTable = "users"

// UserFilter selects users. Empty fields do not filter.
type UserFilter struct {
	Role     account.Role
	Disabled *bool
	Query    string // matches the login's beginning or any part of the name, case-insensitively
	Limit    int    // 0 means 50; at most 500
	Cursor   string
}

// UserEntry is a user as the list shows it.
type UserEntry struct {
	account.User
	EmployeeNumber string     `json:"employee_number,omitempty"`
	EmployeeName   string     `json:"employee_name,omitempty"`
	Sessions       int        `json:"sessions"                  doc:"Browsers and programs that are signed in."`
	SignedInAt     *time.Time `json:"signed_in_at,omitempty"    doc:"When the newest of those sessions began."`
	Tokens         int        `json:"tokens"                    doc:"API tokens that are in force."`
	Linked         bool       `json:"linked,omitempty"          doc:"@UserEntry.linked"`

	Makers []making.Maker `json:"makers,omitempty" doc:"@UserEntry.makers"`
}

// Users lists users ordered by id.
func (s *Users) Users(ctx context.Context, f UserFilter) (rows []UserEntry, next string, err error) {
	position, _, err := db.DecodeCursor(f.Cursor, usersTable, 1)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var found []UserRow
	q := s.db.Read().NewSelect().Model(&found).Where("u.id > ?", position[0]).Order("u.id").Limit(int64(limit + 1))
	if f.Role != "" {
		q = q.Where("u.role = ?", f.Role)
	}
	if f.Disabled != nil && *f.Disabled {
		q = q.Where("u.disabled_at IS NOT NULL")
	} else if f.Disabled != nil {
		q = q.Where("u.disabled_at IS NULL")
	}
	if query := strings.ToLower(strings.TrimSpace(f.Query)); query != "" {
		like := db.LikeEscaper.Replace(query)
		q = q.Where("(u.search_text LIKE ? ESCAPE '!' OR u.search_text LIKE ? ESCAPE '!')", like+"%", "%\n%"+like+"%")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list users", err)
	}
	found, next = db.Cut(found, limit, func(u UserRow) string { return db.EncodeCursor(usersTable, u.ID) })
	rows, err = s.userEntries(ctx, found)
	return rows, next, db.Failed("list users", err)
}

// UserEntry returns one user as the list shows it, or CodeNotFound.
func (s *Users) UserEntry(ctx context.Context, id int64) (UserEntry, error) {
	var row UserRow
	if err := s.db.Read().NewSelect().Model(&row).Where("u.id = ?", id).Scan(ctx); err != nil {
		return UserEntry{}, db.NotFound("load user", "no such user", err)
	}
	rows, err := s.userEntries(ctx, []UserRow{row})
	if err != nil {
		return UserEntry{}, db.Failed("load user", err)
	}
	return rows[0], nil
}

func (s *Users) userEntries(ctx context.Context, users []UserRow) ([]UserEntry, error) {
	if len(users) == 0 {
		return nil, nil
	}
	ids, employeeIDs := make([]int64, len(users)), []int64{}
	for i := range users {
		ids[i] = users[i].ID
		if users[i].EmployeeID != 0 {
			employeeIDs = append(employeeIDs, users[i].EmployeeID)
		}
	}
	employees := map[int64]company.EmployeeRow{}
	if len(employeeIDs) > 0 {
		var es []company.EmployeeRow
		if err := s.db.Read().NewSelect().Model(&es).Where("e.id IN (?)", bun.List(employeeIDs)).Scan(ctx); err != nil {
			return nil, err
		}
		for _, e := range es {
			employees[e.ID] = e
		}
	}
	var sessions []struct {
		UserID int64     `bun:"user_id"`
		N      int       `bun:"n"`
		Last   time.Time `bun:"last"`
	}
	now := s.db.Clock.Now()
	err := s.db.Read().NewSelect().Model((*sessionRow)(nil)).ColumnExpr(
		"se.user_id AS user_id, COUNT(*) AS n, MAX(se.created_at) AS last").
		Where("se.user_id IN (?)", bun.List(ids)).Where("se.expires_at > ?", now).
		Where("(se.idle_until IS NULL OR se.idle_until > ?)", now).Group("se.user_id").Scan(ctx, &sessions)
	if err != nil {
		return nil, err
	}
	tokens, err := s.tokensInForce(ctx, ids, now)
	if err != nil {
		return nil, err
	}
	var linked []int64
	err = s.db.Read().NewSelect().Model((*identityRow)(nil)).Column("user_id").
		Where("user_id IN (?)", bun.List(ids)).Scan(ctx, &linked)
	if err != nil {
		return nil, err
	}
	makers, err := making.Of(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	out := make([]UserEntry, len(users))
	for i := range users {
		u, err := users[i].domain()
		if err != nil {
			return nil, err
		}
		e := employees[u.EmployeeID]
		out[i] = UserEntry{User: u, EmployeeNumber: e.Number, EmployeeName: e.Name, Tokens: tokens[u.ID],
			Linked: slices.Contains(linked, u.ID)}
		if u.SeesDashboard() {
			out[i].Makers = makers[u.ID]
		}
		for _, se := range sessions {
			if se.UserID == u.ID {
				out[i].Sessions, out[i].SignedInAt = se.N, db.UTC(&se.Last)
			}
		}
	}
	return out, nil
}

// CreateUsers inserts users with their password hashes, all or none, and returns them with their ids, in order. The
// accounts are checked, and each leaves an audit entry. A taken login is CodeConflict.
func (s *Users) CreateUsers(ctx context.Context, by ledger.Actor, users []account.User,
	hashes []string) ([]account.User, error) {
	if len(users) != len(hashes) {
		return nil, fmt.Errorf("store: %d users with %d password hashes", len(users), len(hashes))
	}
	var made []account.User
	addressed := slices.ContainsFunc(users, func(u account.User) bool { return u.Email != "" })
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) (err error) {
		if addressed { // an address is taken from whoever typed it first: see releaseEmails
			if err := s.db.LockCompany(ctx, tx.Tx); err != nil {
				return err
			}
		}
		made, err = s.createUsers(ctx, tx, users, hashes)
		return err
	})
	return made, userError(err)
}

// createUsers is CreateUsers within a change.
func (s *Users) createUsers(ctx context.Context, tx *ledger.Tx, users []account.User,
	hashes []string) ([]account.User, error) {
	rows, logins := make([]UserRow, len(users)), make([]string, len(users))
	for i, u := range users {
		u.Login, u.Locale = account.NormalLogin(u.Login), cmp.Or(u.Locale, defaultLocale)
		u.Email, u.EmailVerifiedAt = account.NormalEmail(u.Email), nil
		if err := u.Check(); err != nil {
			return nil, err
		}
		var err error
		if rows[i], err = s.newUserRow(u, hashes[i]); err != nil {
			return nil, err
		}
		logins[i] = rows[i].Login
	}
	if err := checkScope(ctx, tx.Tx, users...); err != nil {
		return nil, err
	}
	of := company.EmployeesIn(users, func(u account.User) int64 { return u.EmployeeID })
	if err := s.db.NotForgotten(ctx, tx, of...); err != nil {
		return nil, err
	}
	return s.addUsers(ctx, tx, rows, logins)
}

// checkScope refuses branches that do not exist.
func checkScope(ctx context.Context, tx bun.Tx, users ...account.User) error {
	var ids []int64
	for _, u := range users {
		ids = append(ids, u.BranchIDs...)
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil
	}
	n, err := tx.NewSelect().Model((*company.BranchRow)(nil)).Where("id IN (?)", bun.List(ids)).Count(ctx)
	if err == nil && int(n) != len(ids) {
		return attendance.Invalid("branch_ids", "There is no such branch.")
	}
	return err
}

func auditUser(tx *ledger.Tx, action string, before, after *account.User) error {
	return ledger.AuditChange(tx, action, ledger.Row{Table: usersTable, ID: cmp.Or(before, after).ID}, before, after)
}

// UpdateUser lets change work on a user and writes what came out, with its audit entry; change may be called again when
// the database breaks the transaction off, and its error ends it. Disabling ends the user's sessions, becoming an
// administrator the tokens that others made. The last administrator who can sign in stays one: CodeLastAdmin. Whom the
// own account stands for is somebody else's to change: CodeOwnDays (see anotherSelf).
func (s *Users) UpdateUser(ctx context.Context, by ledger.Actor, id int64,
	change func(*account.User) error) (account.User, error) {
	var after account.User
	err := s.ledger.Change(
		ctx,
		by,
		func(ctx context.Context, tx *ledger.Tx) error {
			row, err := s.lockUser(ctx, tx.Tx, id)
			if err != nil {
				return err
			}
			before, err := row.domain()
			if err != nil {
				return err
			}
			after = before
			after.BranchIDs = slices.Clone(before.BranchIDs)
			if err := change(&after); err != nil {
				return err
			}
			after.ID, after.CreatedAt = before.ID, before.CreatedAt
			if after.Login != before.Login { // else one that is older than the form stays, beside its look-alike
				after.Login = account.NormalLogin(after.Login)
			}
			if after.Role != account.RoleBranchAdmin && after.Role != before.Role {
				after.BranchIDs = []int64{} // the scope goes with the role
			}
			if after.Email = account.NormalEmail(after.Email); after.Email != before.Email {
				after.EmailVerifiedAt = nil
			}
			if reflect.DeepEqual(before, after) {
				return nil
			}
			if err := after.Check(); err != nil {
				return err
			}
			if err := checkScope(ctx, tx.Tx, after); err != nil {
				return err
			}
			if after.EmployeeID != 0 && after.EmployeeID != before.EmployeeID {
				if err := s.db.NotForgotten(ctx, tx, after.EmployeeID); err != nil {
					return err
				}
			}
			if after.EmployeeID != before.EmployeeID && (by.UserID == id || by.MayBe(before.EmployeeID)) {
				if err := s.anotherSelf(ctx, tx, before); err != nil {
					return err
				}
			}
			if administers(&before) && !administers(&after) {
				if err := s.anotherAdmin(ctx, tx.Tx, id); err != nil {
					return err
				}
			}
			next, err := s.newUserRow(after, row.PasswordHash)
			if err != nil {
				return err
			}
			next.ID, next.Login = id, after.Login
			if after.Email != before.Email {
				if err := s.releaseEmails(ctx, tx, id, after.Email); err != nil {
					return err
				}
			}
			_, err = tx.NewUpdate().Model(&next).ExcludeColumn("id", "password_hash", "created_at").WherePK().Exec(ctx)
			if err != nil {
				return err
			}
			if after, err = next.domain(); err != nil {
				return err
			}
			// An address is where links for a new password go, and a login what an identity of a provider is known by.
			decides := after.SeesDashboard() && !before.SeesDashboard()
			if after.Email != before.Email || after.Login != before.Login || decides {
				if err := making.Note(ctx, tx, id); err != nil {
					return err
				}
			}
			if !sameAccess(&before, &after) {
				if err := accessChanged(ctx, tx, id); err != nil {
					return err
				}
			}
			if err := s.emailChanged(ctx, tx, &before, &after); err != nil {
				return err
			}
			if before.Role != account.RoleAdmin && after.Role == account.RoleAdmin {
				if err := revokeOthers(ctx, tx, id); err != nil {
					return err
				}
			}
			action := "user.updated"
			switch {
			case before.DisabledAt == nil && after.DisabledAt != nil:
				action = "user.disabled"
				if err := endSessions(ctx, tx.Tx, id, [32]byte{}); err != nil {
					return err
				}
				if err := dropPending(ctx, tx.Tx, id); err != nil {
					return err
				}
			case before.DisabledAt != nil && after.DisabledAt == nil:
				action = "user.enabled"
			}
			return auditUser(tx, action, &before, &after)
		},
	)
	return after, userError(err)
}

// anotherSelf is asked before the own account comes to stand for another employee, or for none: that decides which
// days are the own ones. While another administrator could do it, it is CodeOwnDays. Who is alone may, and all days
// that have begun of the employee until now tell of it, since from then on nothing marks what is done to them.
func (s *Users) anotherSelf(ctx context.Context, tx *ledger.Tx, self account.User) error {
	others, err := s.OthersDeciding(ctx, tx, self.ID, self.EmployeeID, 0)
	switch {
	case err != nil:
		return err
	case others:
		return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to change your own days.")
	case self.EmployeeID == 0:
		return nil
	}
	return tx.Touch(ctx, ledger.Touch{EmployeeIDs: []int64{self.EmployeeID}, From: attendance.EverSince,
		To: attendance.OpenEnd, AdminsOnly: true})
}

// sameAccess tells whether two states of an account may do and hear the same.
func sameAccess(a, b *account.User) bool {
	return a.Role == b.Role && a.EmployeeID == b.EmployeeID && slices.Equal(a.BranchIDs, b.BranchIDs) &&
		(a.DisabledAt == nil) == (b.DisabledAt == nil)
}

func administers(u *account.User) bool { return u.Role == account.RoleAdmin && u.DisabledAt == nil }

// lockUser puts changes of users in line, since whether somebody is the last administrator depends on all rows. An
// account of somebody who was forgotten is CodeForgotten.
func (s *Users) lockUser(ctx context.Context, tx bun.Tx, id int64) (UserRow, error) {
	if err := s.db.LockCompany(ctx, tx); err != nil {
		return UserRow{}, err
	}
	return s.lockOne(ctx, tx, id)
}

func (s *Users) lockOne(ctx context.Context, tx bun.Tx, id int64) (UserRow, error) {
	return lockRow(ctx, s.db, tx, id)
}

// LockUser is taken before what a user has is counted, or two at once would both be the last that may be.
func LockUser(ctx context.Context, d *db.DB, tx bun.Tx, id int64) error {
	var user []int64
	q := tx.NewSelect().Model((*UserRow)(nil)).Column("id").Where("u.id = ?", id)
	return d.ForUpdate(q, "").Scan(ctx, &user)
}

// lockRow locks a user's row before anything else of the account: two who change the same wait for one another here.
// One of somebody who was forgotten is CodeForgotten.
func lockRow(ctx context.Context, d *db.DB, tx bun.Tx, id int64) (row UserRow, err error) {
	err = d.ForUpdate(tx.NewSelect().Model(&row).Where("u.id = ?", id), "").Scan(ctx)
	if err != nil {
		return row, db.NotFound("load user", "no such user", err)
	}
	if row.Forgotten {
		return row, attendance.Forgotten()
	}
	return row, nil
}

// anotherAdmin refuses what would leave no administrator who can sign in besides the named ones.
func (s *Users) anotherAdmin(ctx context.Context, tx bun.Tx, ids ...int64) error {
	n, err := tx.NewSelect().Model((*UserRow)(nil)).Where("role = ?",
		account.RoleAdmin).Where("disabled_at IS NULL").Where("id NOT IN (?)", bun.List(ids)).Count(ctx)
	if err == nil && n == 0 {
		return attendance.NewError(account.CodeLastAdmin, "the last administrator who can sign in must stay one")
	}
	return err
}

// NewPassword is a password that a user gets. Whoever knew the old one may have made API tokens, and given the account
// an address of their own, or an identity, to come back by. So tokens that the account made are revoked and identities
// unlinked, and the address is no longer known to be the user's, unless KeepTokens and KeepEmail say otherwise.
type NewPassword struct {
	UserID     int64
	Hash       string
	MustChange bool     // somebody else knows it
	Keep       [32]byte // hash of the token of the session that does not end; zero for none
	KeepTokens bool
	KeepEmail  bool
}

// ChangePassword changes a hash and ends the user's sessions, and what NewPassword says. An unknown user is
// CodeNotFound. The audit entry holds neither the password nor its hash.
func (s *Users) ChangePassword(ctx context.Context, by ledger.Actor, p NewPassword) error {
	return db.Failed("set password", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		return s.setPassword(ctx, tx, p)
	}))
}

func (s *Users) setPassword(ctx context.Context, tx *ledger.Tx, p NewPassword) error {
	row, err := s.lockOne(ctx, tx.Tx, p.UserID)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model((*UserRow)(nil)).Set("password_hash = ?", p.Hash).
		Set("must_change_password = ?", p.MustChange).Where("id = ?", p.UserID).Exec(ctx)
	if err != nil {
		return err
	}
	if err := endAll(ctx, tx, p.UserID, p.Keep); err != nil {
		return err
	}
	if err := making.Note(ctx, tx, p.UserID); err != nil {
		return err
	}
	if !p.KeepEmail {
		if err := doubtEmail(ctx, tx, &row); err != nil {
			return err
		}
	}
	if !p.KeepTokens {
		if err := revokeMade(ctx, tx, p.UserID); err != nil {
			return err
		}
		if _, err := unlinkAll(ctx, tx, p.UserID); err != nil {
			return err
		}
	}
	tx.Audit(ledger.AuditEntry{Action: "user.password_set", Table: usersTable,
		RowID: strconv.FormatInt(p.UserID, 10)})
	return nil
}

// WithoutUser returns active employees who have no account and whose number is no login yet, by id, at most limit of
// them, and how many there are. BranchIDs as in EmployeeFilter.
func (s *Users) WithoutUser(ctx context.Context, branchIDs []int64, limit int) (es []attendance.Employee, total int,
	err error) {
	if company.Nobody(branchIDs) {
		return nil, 0, nil
	}
	var rows []company.EmployeeRow
	q := s.db.Read().NewSelect().Model(&rows).Where("e.status = ?", attendance.EmployeeActive).
		Where("NOT EXISTS (SELECT 1 FROM users AS u WHERE u.employee_id = e.id)").
		Where("NOT EXISTS (SELECT 1 FROM users AS u WHERE u.login = LOWER(e.number))")
	if branchIDs != nil {
		q = q.Where("e.branch_id IN (?)", bun.List(branchIDs))
	}
	n, err := q.Order("e.id").Limit(int64(limit)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, db.Failed("list employees without a user", err)
	}
	// The database knows lower case, and not the one form of logins.
	logins := make([]string, len(rows))
	for i := range rows {
		logins[i] = account.NormalLogin(rows[i].Number)
	}
	var taken []string
	if err := s.db.Read().NewSelect().Table("users").Column("login").Where("login IN (?)", bun.List(logins)).
		Scan(ctx, &taken); err != nil {
		return nil, 0, db.Failed("list logins", err)
	}
	for i := range rows {
		if slices.Contains(taken, logins[i]) {
			n--
			continue
		}
		es = append(es, rows[i].Domain())
	}
	return es, int(n), nil
}
