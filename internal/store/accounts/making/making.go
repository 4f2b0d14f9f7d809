// Package making is the room of whose hands an account may be in. Whoever makes one, or sets its password, login or
// address, could sign in with it; until somebody else has confirmed that it is its person's, it is nobody else than
// they.
package making

import (
	"context"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

const usersTable = "users"

type makerRow struct {
	bun.BaseModel `bun:"table:account_makers,alias:am"`

	ID      int64     `bun:"id,pk,autoincrement"`
	UserID  int64     `bun:"user_id"`
	MakerID int64     `bun:"maker_id"`
	MadeAt  time.Time `bun:"made_at"`
}

// Note says that whoever makes the change may hold the keys of some accounts from now on. One's own keys are no news,
// and the system has none: whoever is at the server vouches for what they do there.
func Note(ctx context.Context, tx *ledger.Tx, userIDs ...int64) error {
	maker := tx.By().UserID
	userIDs = slices.DeleteFunc(slices.Clone(userIDs), func(id int64) bool { return id == maker })
	if maker == 0 || len(userIDs) == 0 {
		return nil
	}
	for chunk := range slices.Chunk(userIDs, db.IDChunk) {
		_, err := tx.NewRaw("INSERT INTO account_makers (user_id, maker_id, made_at) "+
			"SELECT u.id, m.id, ? FROM users AS u JOIN users AS m ON m.id = ? WHERE u.id IN (?) "+
			"AND NOT EXISTS (SELECT 1 FROM account_makers AS am WHERE am.user_id = u.id AND am.maker_id = m.id)",
			tx.Now.UTC(), maker, bun.List(chunk)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// upward finds the accounts that may hold the keys of some, and those that may hold theirs.
const upward = "WITH RECURSIVE up (id) AS (SELECT am.maker_id FROM account_makers AS am WHERE am.user_id = ? " +
	"UNION SELECT am.maker_id FROM account_makers AS am JOIN up ON up.id = am.user_id) "

// makers returns in whose hands an account may be besides its user's.
func makers(ctx context.Context, idb bun.IDB, userID int64) (ids []int64, err error) {
	err = idb.NewRaw(upward+"SELECT id FROM up", userID).Scan(ctx, &ids)
	return ids, err
}

// Employees returns the employees in whose hands an account may be besides its user's, by their ids.
func Employees(ctx context.Context, idb bun.IDB, userID int64) (ids []int64, err error) {
	err = idb.NewRaw(upward+"SELECT DISTINCT u.employee_id FROM users AS u JOIN up ON up.id = u.id "+
		"WHERE u.employee_id IS NOT NULL AND u.id <> ? ORDER BY u.employee_id", userID, userID).Scan(ctx, &ids)
	return ids, db.Failed("look for who made an account", err)
}

// Fill notes at a user who may decide about others as whom else they act.
func Fill(ctx context.Context, idb bun.IDB, u *account.User) (err error) {
	if u.Role == account.RoleAdmin || u.Role == account.RoleBranchAdmin {
		u.MakerIDs, err = Employees(ctx, idb, u.ID)
	}
	return err
}

// FillToken is Fill for the user of an API token. Whoever may hold the account that made the token holds the token.
func FillToken(ctx context.Context, idb bun.IDB, k *account.APIToken, u *account.User) error {
	if err := Fill(ctx, idb, u); err != nil || k.CreatedBy == 0 || k.CreatedBy == k.UserID {
		return err
	}
	held, err := Employees(ctx, idb, k.CreatedBy)
	if u.MakerIDs = append(u.MakerIDs, held...); k.MakerID == 0 && len(held) > 0 {
		k.MakerID = held[0]
	}
	return err
}

// Hands returns the accounts that are an employee's, or may be in their hands, and those of a user and of the user's
// making: none of them is somebody else. Without an employee they are the user's.
func Hands(ctx context.Context, idb bun.IDB, userID, employeeID int64) (ids []int64, err error) {
	err = idb.NewRaw("WITH RECURSIVE hands (id) AS (SELECT u.id FROM users AS u WHERE u.id = ? OR u.employee_id = ? "+
		"UNION SELECT am.user_id FROM account_makers AS am JOIN hands ON hands.id = am.maker_id) "+
		"SELECT u.id FROM users AS u JOIN hands ON hands.id = u.id WHERE u.role IN (?)", userID, employeeID,
		bun.List([]account.Role{account.RoleAdmin, account.RoleBranchAdmin})).Scan(ctx, &ids)
	return ids, db.Failed("look for accounts of one's making", err)
}

// Maker is an account that may hold the keys of another one.
type Maker struct {
	UserID int64  `json:"user_id"`
	Name   string `json:"name"`
}

// Of returns who may hold the keys of some accounts, by the accounts.
func Of(ctx context.Context, idb bun.IDB, userIDs []int64) (map[int64][]Maker, error) {
	var rows []struct {
		UserID  int64  `bun:"user_id"`
		MakerID int64  `bun:"maker_id"`
		Name    string `bun:"name"`
	}
	err := idb.NewSelect().Model((*makerRow)(nil)).ColumnExpr("am.user_id, am.maker_id, u.name").
		Join("JOIN users AS u ON u.id = am.maker_id").Where("am.user_id IN (?)", bun.List(userIDs)).Order("am.id").
		Scan(ctx, &rows)
	out := make(map[int64][]Maker, len(rows))
	for _, r := range rows {
		out[r.UserID] = append(out[r.UserID], Maker{r.MakerID, r.Name})
	}
	return out, err
}

// Makers are whose hands accounts may be in.
type Makers struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// New returns the makers of a database.
func New(d *db.DB, l *ledger.Ledger) *Makers { return &Makers{d, l} }

// Acting returns a user with the employees in whose hands the account may be, for work that goes on without a session.
func (m *Makers) Acting(ctx context.Context, u account.User) (account.User, error) {
	err := Fill(ctx, m.db.Read(), &u)
	return u, err
}

// confirmed is what the audit log keeps of who might have held the keys.
type confirmed struct {
	MakerIDs []int64 `json:"maker_ids"`
}

// Confirm says that an account is in the hands of its person, and of nobody else. Whoever may hold its keys does not
// say so, nor does anybody whose account may be in the same hands: CodeOwnDays. The system may, which is whoever is at
// the server. An account that nobody else may hold stays as it is; an unknown one is CodeNotFound.
func (m *Makers) Confirm(ctx context.Context, by ledger.Actor, userID int64) error {
	return db.Failed("confirm an account", m.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		// Users of one company are confirmed one after the other, or two could confirm one another at once.
		if err := m.db.LockCompany(ctx, tx.Tx); err != nil {
			return err
		}
		var known []int64
		if err := tx.NewSelect().Table(usersTable).Column("id").Where("id = ?", userID).Scan(ctx, &known); err != nil {
			return err
		}
		if len(known) == 0 {
			return attendance.NewError(attendance.CodeNotFound, "no such user")
		}
		var before []int64
		err := tx.NewSelect().Model((*makerRow)(nil)).Column("maker_id").Where("am.user_id = ?", userID).
			Order("am.id").Scan(ctx, &before)
		if err != nil || len(before) == 0 {
			return err
		}
		if by.UserID != 0 {
			same, err := sameHands(ctx, tx, by.UserID, userID)
			if err != nil {
				return err
			}
			if same {
				return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to confirm the account.")
			}
		}
		if _, err := tx.NewDelete().Model((*makerRow)(nil)).Where("user_id = ?", userID).Exec(ctx); err != nil {
			return err
		}
		if err := tx.Leave(ctx, task.AccessChanged, task.Access{V: 1, UserID: userID}); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "user.hands_confirmed", ledger.Row{Table: usersTable, ID: userID},
			&confirmed{before}, nil)
	}))
}

// sameHands tells whether two accounts may be in the hands of one person: one of them, one of their makers, or two
// accounts of one employee among these.
func sameHands(ctx context.Context, tx *ledger.Tx, one, other int64) (bool, error) {
	var of [2]struct{ users, employees []int64 }
	for i, id := range []int64{one, other} {
		up, err := makers(ctx, tx, id)
		if err != nil {
			return false, err
		}
		of[i].users = append(up, id)
		err = tx.NewSelect().Table(usersTable).Column("employee_id").Where("id IN (?)", bun.List(of[i].users)).
			Where("employee_id IS NOT NULL").Scan(ctx, &of[i].employees)
		if err != nil {
			return false, err
		}
	}
	meet := func(a, b []int64) bool {
		return slices.ContainsFunc(a, func(id int64) bool { return slices.Contains(b, id) })
	}
	return meet(of[0].users, of[1].users) || meet(of[0].employees, of[1].employees), nil
}
