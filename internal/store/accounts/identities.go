package accounts

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Identities tell whose account somebody opens who proved to an OpenID Connect provider who they are.
type Identities struct {
	db      *db.DB
	ledger  *ledger.Ledger
	factors *SecondFactors
}

// NewIdentities returns the identities of a database.
func NewIdentities(d *db.DB, l *ledger.Ledger, f *SecondFactors) *Identities {
	return &Identities{d, l, f}
}

type identityRow struct {
	bun.BaseModel `bun:"table:identities,alias:idn"`

	ID         int64      `bun:"id,pk,autoincrement"`
	UserID     int64      `bun:"user_id"`
	Issuer     string     `bun:"issuer"`
	Subject    string     `bun:"subject"`
	Name       string     `bun:"name"`
	CreatedAt  time.Time  `bun:"created_at"`
	LastUsedAt *time.Time `bun:"last_used_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

func (r *identityRow) domain() account.Identity {
	return account.Identity{ID: r.ID, UserID: r.UserID, Issuer: r.Issuer, Subject: r.Subject, Name: r.Name,
		CreatedAt: r.CreatedAt.UTC(), LastUsedAt: db.UTC(r.LastUsedAt)}
}

// Identities returns those of a user, the latest first.
func (s *Identities) Identities(ctx context.Context, userID int64) ([]account.Identity, error) {
	rows, err := identitiesOf(ctx, s.db.Read(), userID)
	if err != nil {
		return nil, db.Failed("list identities", err)
	}
	out := make([]account.Identity, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

func identitiesOf(ctx context.Context, idb bun.IDB, userID int64) (rows []identityRow, err error) {
	err = idb.NewSelect().Model(&rows).Where("idn.user_id = ?", userID).Order("idn.id DESC").Scan(ctx)
	return rows, err
}

// Whose returns the user of an account that an identity opens: the one that it is linked to, else the one with the
// login, if that is linked to no other identity of the issuer. Whoever may not come in is CodeNoAccount, whose message
// says why to operators; the user is returned as far as there is one. id gets the ID of the link, if there is one.
func (s *Identities) Whose(ctx context.Context, id *account.Identity, login string) (account.User, error) {
	var row identityRow
	err := s.db.Read().NewSelect().Model(&row).Relation("User").Where("idn.issuer = ?", id.Issuer).
		Where("idn.subject = ?", id.Subject).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return account.User{}, db.Failed("load identity", err)
	}
	found := row.User
	id.ID = row.ID
	if err != nil || found == nil {
		if found, err = s.byLogin(ctx, id.Issuer, login); err != nil {
			return account.User{}, err
		}
	}
	u, err := found.domain()
	if err == nil && (disabled(found, s.db.Clock.Now()) || found.Forgotten) {
		err = attendance.NewError(account.CodeNoAccount, "the account is closed")
	}
	return u, db.Failed("load user", err)
}

// byLogin returns the account with a login that no identity of an issuer is linked to yet. Only the case of A to Z may
// differ: an address that merely reads like another (see account.NormalLogin) may be somebody else's at the provider.
func (s *Identities) byLogin(ctx context.Context, issuer, login string) (*UserRow, error) {
	var row UserRow
	login = account.LowerASCII(login)
	err := s.db.Read().NewSelect().Model(&row).Where("u.login = ?", login).Scan(ctx)
	if login == "" || errors.Is(err, sql.ErrNoRows) || err == nil && row.Login != login {
		return nil, attendance.NewError(account.CodeNoAccount, "no account is linked to it or has that login")
	}
	if err != nil {
		return nil, db.Failed("load user", err)
	}
	other, err := s.db.Read().NewSelect().Model((*identityRow)(nil)).Where("user_id = ?", row.ID).
		Where("issuer = ?", issuer).Exists(ctx)
	if err == nil && other {
		// The address went to somebody else at the provider, or the person has a new account there.
		err = attendance.NewError(account.CodeNoAccount, "the account with that login is linked to another identity")
	}
	return &row, db.Failed("load identity", err)
}

// Enter links an identity to a user, unless it is, and notes that it opened the account: see enter. Where a second
// factor is asked for it does not open the account by itself: CodeSignInOver.
func (s *Identities) Enter(ctx context.Context, by ledger.Actor, userID int64, id account.Identity) (u account.User,
	err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.factors.users.lockOne(ctx, tx.Tx, userID)
		if err != nil {
			return err
		}
		if row.SecondFactorAt != nil {
			return account.SignInOver()
		}
		if err := enter(ctx, s.db, tx, &row, id); err != nil {
			return err
		}
		u, err = row.domain()
		return err
	})
	return u, db.Failed("enter by identity", taken(err))
}

// Link links an identity to a user who asked for it. One that opens another account, or beside which the account has
// another one of the issuer, is CodeIdentityTaken.
func (s *Identities) Link(ctx context.Context, by ledger.Actor, id account.Identity) (linked account.Identity,
	err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := s.factors.users.lockOne(ctx, tx.Tx, by.UserID); err != nil {
			return err
		}
		row, err := link(ctx, s.db, tx, by.UserID, id)
		linked = row.domain()
		return err
	})
	return linked, db.Failed("link identity", taken(err))
}

func taken(err error) error {
	if db.Duplicate(err) {
		return &attendance.Error{Code: account.CodeIdentityTaken, Message: "it is linked otherwise", Cause: err}
	}
	return err
}

// link returns the row of an identity of a user, whose own row is locked. It is made where there is none.
func link(ctx context.Context, d *db.DB, tx *ledger.Tx, userID int64, id account.Identity) (identityRow, error) {
	var row identityRow
	err := d.ForUpdate(tx.NewSelect().Model(&row).Where("idn.issuer = ?", id.Issuer).
		Where("idn.subject = ?", id.Subject), "").Scan(ctx)
	if err == nil && row.UserID != userID {
		err = attendance.NewError(account.CodeIdentityTaken, "it opens another account")
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return row, err
	}
	if id.ID != 0 {
		return row, account.Unlinked()
	}
	row = identityRow{UserID: userID, Issuer: id.Issuer, Subject: id.Subject,
		Name: db.Clip(id.Name, account.MaxIdentityName), CreatedAt: tx.Now.UTC()}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return row, err
	}
	made := row.domain()
	return row, ledger.AuditChange(tx, "user.identity_linked", ledger.Row{Table: usersTable, ID: userID}, nil, &made)
}

// enter notes that an identity opens the account of a user, whose row is locked, and links the two where they are not
// yet. A password that must be changed is none from then on: somebody else knows it, and its owner needs none.
func enter(ctx context.Context, d *db.DB, tx *ledger.Tx, user *UserRow, id account.Identity) error {
	if disabled(user, tx.Now) {
		return attendance.NewError(account.CodeNoAccount, "the account is closed")
	}
	row, err := link(ctx, d, tx, user.ID, id)
	if err != nil {
		return err
	}
	row.LastUsedAt = db.UTC(&tx.Now)
	if _, err := tx.NewUpdate().Model(&row).Column("last_used_at").WherePK().Exec(ctx); err != nil {
		return err
	}
	tx.Audit(ledger.AuditEntry{Action: "user.identity_used", Table: usersTable,
		RowID: strconv.FormatInt(user.ID, 10)})
	if !user.MustChangePassword {
		return nil
	}
	user.PasswordHash, user.MustChangePassword = "", false
	_, err = tx.NewUpdate().Model(user).Column("password_hash", "must_change_password").WherePK().Exec(ctx)
	if err != nil {
		return err
	}
	tx.Audit(ledger.AuditEntry{Action: "user.password_ended", Table: usersTable,
		RowID: strconv.FormatInt(user.ID, 10)})
	return endAll(ctx, tx, user.ID, [32]byte{}) // what was opened with it ends with it
}

// stillOpens refuses a session if, while its sign-in was under way, the account was closed or got other keys, or the
// identity was unlinked. It locks the user's row, as all of these do.
func stillOpens(ctx context.Context, d *db.DB, tx bun.Tx, se *account.Session) error {
	row, err := lockRow(ctx, d, tx, se.UserID)
	if code := attendance.CodeOf(err); err != nil && code != attendance.CodeNotFound &&
		code != attendance.CodeForgotten {
		return err
	}
	if id := se.By; err == nil && id != nil {
		is, err := tx.NewSelect().Model((*identityRow)(nil)).Where("idn.user_id = ?", se.UserID).
			Where("idn.issuer = ?", id.Issuer).Where("idn.subject = ?", id.Subject).Exists(ctx)
		if err != nil {
			return err
		}
		if !is {
			return account.Unlinked()
		}
	}
	if err == nil && !disabled(&row, d.Clock.Now()) && (se.Keys == [32]byte{} || se.Keys == row.keys()) {
		return nil
	}
	if se.By != nil {
		return account.SignInOver()
	}
	return account.BadCredentials()
}

// Unlink ends an identity of a user on behalf of its user. Where the account has no password, and issuer is that of the
// identity, so that it opens the account, it is CodeOnlyWayIn.
func (s *Identities) Unlink(ctx context.Context, by ledger.Actor, id int64, issuer string) error {
	return db.Failed("unlink identity", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		user, err := s.factors.users.lockOne(ctx, tx.Tx, by.UserID)
		if err != nil {
			return err
		}
		var row identityRow
		err = s.db.ForUpdate(tx.NewSelect().Model(&row).Where("idn.id = ?", id).Where("idn.user_id = ?", by.UserID),
			"").Scan(ctx)
		if err != nil {
			return db.NotFound("load identity", "there is no such identity", err)
		}
		if user.PasswordHash == "" && row.Issuer == issuer {
			return attendance.NewError(account.CodeOnlyWayIn, "the account has no password")
		}
		if err := unlink(ctx, tx, row); err != nil {
			return err
		}
		// What waits for a second factor after it began otherwise may begin again.
		if err := dropPending(ctx, tx.Tx, by.UserID); err != nil {
			return err
		}
		return accessChanged(ctx, tx, by.UserID)
	}))
}

// UnlinkAll ends the identities of a user, and their sessions, on behalf of an administrator. Without any it is
// CodeNotFound.
func (s *Identities) UnlinkAll(ctx context.Context, by ledger.Actor, userID int64) error {
	return db.Failed("unlink identities", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := s.factors.users.lockOne(ctx, tx.Tx, userID); err != nil {
			return err
		}
		n, err := unlinkAll(ctx, tx, userID)
		if err == nil && n == 0 {
			err = attendance.NewError(attendance.CodeNotFound, "there is no identity")
		}
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx.Tx, userID, [32]byte{}); err != nil {
			return err
		}
		if err := dropPending(ctx, tx.Tx, userID); err != nil {
			return err
		}
		return accessChanged(ctx, tx, userID)
	}))
}

// unlinkAll ends the identities of a user, whose row is locked, and returns how many there were.
func unlinkAll(ctx context.Context, tx *ledger.Tx, userID int64) (int, error) {
	rows, err := identitiesOf(ctx, tx.Tx, userID)
	for i := 0; err == nil && i < len(rows); i++ {
		err = unlink(ctx, tx, rows[i])
	}
	return len(rows), err
}

func unlink(ctx context.Context, tx *ledger.Tx, row identityRow) error {
	if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
		return err
	}
	before := row.domain()
	return ledger.AuditChange(tx, "user.identity_unlinked", ledger.Row{Table: usersTable, ID: row.UserID}, &before, nil)
}
