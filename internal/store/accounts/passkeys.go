package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Passkeys are the public halves of the key pairs with which people sign in, and the questions that these answer.
type Passkeys struct {
	db      *db.DB
	ledger  *ledger.Ledger
	factors *SecondFactors
}

// NewPasskeys returns the passkeys of a database.
func NewPasskeys(d *db.DB, l *ledger.Ledger, f *SecondFactors) *Passkeys { return &Passkeys{d, l, f} }

type passkeyRow struct {
	bun.BaseModel `bun:"table:passkeys,alias:pk"`

	ID           int64      `bun:"id,pk,autoincrement"`
	UserID       int64      `bun:"user_id"`
	Name         string     `bun:"name"`
	Domain       string     `bun:"domain"`
	CredentialID []byte     `bun:"credential_id"`
	PublicKey    []byte     `bun:"public_key"`
	SignCount    int64      `bun:"sign_count"`
	Synced       bool       `bun:"synced"`
	Transports   string     `bun:"transports"` // separated by blanks
	CreatedAt    time.Time  `bun:"created_at"`
	LastUsedAt   *time.Time `bun:"last_used_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

func (r *passkeyRow) domain() account.Passkey {
	return account.Passkey{ID: r.ID, UserID: r.UserID, Name: r.Name, Domain: r.Domain, Credential: r.CredentialID,
		PublicKey: r.PublicKey, SignCount: uint32(r.SignCount), Synced: r.Synced,
		Transports: strings.Fields(r.Transports), CreatedAt: r.CreatedAt.UTC(), LastUsedAt: db.UTC(r.LastUsedAt)}
}

// Passkeys returns those of a user, the latest first.
func (s *Passkeys) Passkeys(ctx context.Context, userID int64) ([]account.Passkey, error) {
	var rows []passkeyRow
	err := s.db.Read().NewSelect().Model(&rows).Where("pk.user_id = ?", userID).Order("pk.id DESC").Scan(ctx)
	if err != nil {
		return nil, db.Failed("list passkeys", err)
	}
	out := make([]account.Passkey, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

// Holder returns the passkey that a device calls so, and its user, who may sign in. What there is not is CodeNotFound.
func (s *Passkeys) Holder(ctx context.Context, credential []byte) (account.Passkey, account.User, error) {
	var row passkeyRow
	err := s.db.Read().NewSelect().Model(&row).Relation("User").Where("pk.credential_id = ?", credential).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.User == nil || disabled(row.User, s.db.Clock.Now())) {
		return account.Passkey{}, account.User{}, noPasskey()
	}
	if err != nil {
		return account.Passkey{}, account.User{}, db.Failed("load passkey", err)
	}
	u, err := row.User.domain()
	return row.domain(), u, db.Failed("load passkey", err)
}

func noPasskey() error {
	return attendance.NewError(attendance.CodeNotFound, "there is no such passkey")
}

// Add keeps a new passkey of a user, who has 20 at the most: more, and one that is known, is CodeConflict. If it is the
// first second factor, the user's other sessions end, which began without one, and recovery codes are returned, of
// which only hashes are kept.
func (s *Passkeys) Add(ctx context.Context, by ledger.Actor, from Session, k account.Passkey) (made account.Passkey,
	codes []string, err error) {
	row := passkeyRow{UserID: from.UserID, Name: k.Name, Domain: k.Domain, CredentialID: k.Credential,
		PublicKey: k.PublicKey, SignCount: int64(k.SignCount), Synced: k.Synced,
		Transports: strings.Join(k.Transports, " ")}
	if err := db.CheckTexts(db.Text("name", row.Name, 1, 100)); err != nil {
		return made, nil, err
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		user, err := s.factors.users.lockOne(ctx, tx.Tx, from.UserID)
		if err != nil {
			return err
		}
		n, err := countPasskeys(ctx, tx.Tx, from.UserID)
		if err != nil {
			return err
		}
		if n >= account.MaxPasskeys {
			return TooManyPasskeys()
		}
		row.ID, row.CreatedAt = 0, tx.Now.UTC()
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if codes, err = s.factors.begin(ctx, tx, user, from); err != nil {
			return err
		}
		made = row.domain()
		return passkeyChanged(ctx, tx, "user.passkey_added", nil, &made)
	})
	if db.Duplicate(err) {
		err = &attendance.Error{Code: attendance.CodeConflict, Message: "this passkey is known", Cause: err}
	}
	return made, codes, db.Failed("add passkey", err)
}

// TooManyPasskeys says that a user has as many as anybody may have.
func TooManyPasskeys() error {
	return &attendance.Error{Code: attendance.CodeConflict, Field: "name",
		Message: fmt.Sprintf("There are %d passkeys already; remove one.", account.MaxPasskeys)}
}

func countPasskeys(ctx context.Context, tx bun.IDB, userID int64) (int, error) {
	n, err := tx.NewSelect().Model((*passkeyRow)(nil)).Where("user_id = ?", userID).Count(ctx)
	return int(n), err
}

// passkeyChanged tells every node and the audit log.
func passkeyChanged(ctx context.Context, tx *ledger.Tx, action string, before, after *account.Passkey) error {
	k := after
	if k == nil {
		k = before
	}
	if err := ledger.AuditChange(tx, action, ledger.Row{Table: usersTable, ID: k.UserID}, before, after); err != nil {
		return err
	}
	return accessChanged(ctx, tx, k.UserID)
}

// Rename gives a passkey of a user another name.
func (s *Passkeys) Rename(ctx context.Context, by ledger.Actor, id int64, name string) (after account.Passkey,
	err error) {
	if err := db.CheckTexts(db.Text("name", name, 1, 100)); err != nil {
		return after, err
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.own(ctx, tx, by.UserID, id)
		if err != nil {
			return err
		}
		before := row.domain()
		row.Name = name
		if after = row.domain(); before.Name == name {
			return nil
		}
		if _, err := tx.NewUpdate().Model(&row).Column("name").WherePK().Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "user.passkey_renamed", ledger.Row{Table: usersTable, ID: by.UserID}, &before,
			&after)
	})
	return after, db.Failed("rename passkey", err)
}

// own returns a passkey of a user, whose row is locked first.
func (s *Passkeys) own(ctx context.Context, tx *ledger.Tx, userID, id int64) (row passkeyRow, err error) {
	if _, err := s.factors.users.lockOne(ctx, tx.Tx, userID); err != nil {
		return row, err
	}
	err = s.db.ForUpdate(tx.NewSelect().Model(&row).Where("pk.id = ?", id).Where("pk.user_id = ?", userID), "").
		Scan(ctx)
	return row, db.NotFound("load passkey", "there is no such passkey", err)
}

// Remove ends a passkey of a user, and the second factor with it if nothing else is one.
func (s *Passkeys) Remove(ctx context.Context, by ledger.Actor, id int64) error {
	return db.Failed("remove passkey", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.own(ctx, tx, by.UserID, id)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		before := row.domain()
		if err := passkeyChanged(ctx, tx, "user.passkey_removed", &before, nil); err != nil {
			return err
		}
		return s.factors.endUnlessLeft(ctx, tx, by.UserID)
	}))
}

// Use notes the use of a passkey, if its counter went on since the last one or never counts; ok is false if not, which
// the audit log is told of: there may be a copy. What was removed meanwhile is not ok, either.
func (s *Passkeys) Use(ctx context.Context, by ledger.Actor, k account.Passkey) (ok bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		ok = false
		var row passkeyRow
		err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("pk.id = ?", k.ID), "").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if int64(k.SignCount) <= row.SignCount && (k.SignCount != 0 || row.SignCount != 0) {
			tx.Audit(ledger.AuditEntry{Action: "user.passkey_doubted", Table: usersTable,
				RowID: strconv.FormatInt(row.UserID, 10)})
			return nil
		}
		row.SignCount, row.LastUsedAt, ok = int64(k.SignCount), db.UTC(&tx.Now), true
		_, err = tx.NewUpdate().Model(&row).Column("sign_count", "last_used_at").WherePK().Exec(ctx)
		return err
	})
	return ok && err == nil, db.Failed("use passkey", err)
}
