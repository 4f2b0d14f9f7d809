package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// Resets are the links with which people who forgot their password choose another one.
type Resets struct {
	db     *db.DB
	ledger *ledger.Ledger
	users  *Users
}

// NewResets returns the resets of a database.
func NewResets(d *db.DB, l *ledger.Ledger, u *Users) *Resets { return &Resets{d, l, u} }

type resetRow struct {
	bun.BaseModel `bun:"table:password_resets,alias:pr"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	ExpiresAt time.Time `bun:"expires_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

// typed is what somebody typed who forgot a password. People type passwords into the wrong field: no queue shows it.
type typed struct {
	Login   string `json:"login"`
	Address string `json:"address"` // that it came from
}

const sealedTyped = "what was typed about a forgotten password"

// Link is what an e-mail about an account holds.
type Link struct {
	User      account.User
	Token     string
	ExpiresAt time.Time
}

// Hash is the hash under which a link is kept.
func (l *Link) Hash() [32]byte { return account.HashToken(l.Token) }

// Ask leaves the task that finds out whose a login or address is, and mails a link. It does the same whoever exists.
func (s *Resets) Ask(ctx context.Context, address, login string) error {
	plain, err := json.Marshal(typed{login, address})
	if err != nil {
		return fmt.Errorf("ask for a password reset: %w", err)
	}
	sealed := s.users.sealer.Seal(string(plain), sealedTyped)
	return db.Failed("ask for a password reset", s.ledger.Change(ctx, ledger.Actor{Address: address},
		func(ctx context.Context, tx *ledger.Tx) error {
			return tx.Leave(ctx, task.AccountMail,
				task.Account{V: 1, About: task.AboutReset, Sealed: sealed, At: tx.Now.UTC()})
		}))
}

// Issue makes the link that Ask was about; ok is false where there is nobody to mail one to, or there are enough of
// them already.
func (s *Resets) Issue(ctx context.Context, sealed string) (l Link, ok bool, err error) {
	var asked typed
	plain, _, err := s.users.sealer.Open(sealed, sealedTyped)
	if err == nil {
		err = json.Unmarshal([]byte(plain), &asked)
	}
	if err != nil {
		return l, false, fmt.Errorf("read who asks for a password reset: %w", err)
	}
	user, ok, err := s.whose(ctx, asked.Login)
	if err != nil || !ok {
		return l, false, err
	}
	token, hash := account.NewToken()
	err = s.ledger.Change(ctx, ledger.Actor{Address: asked.Address}, func(ctx context.Context, tx *ledger.Tx) error {
		ok = false
		row, err := s.users.lockOne(ctx, tx.Tx, user.ID)
		if err != nil {
			return err
		}
		u, err := row.domain()
		if err != nil || !u.Reachable(tx.Now) {
			return err
		}
		open, err := tx.NewSelect().Model((*resetRow)(nil)).Where("user_id = ?", u.ID).
			Where("expires_at > ?", tx.Now).Count(ctx)
		if err != nil || open >= account.MaxResets {
			return err
		}
		l, ok = Link{u, token, db.Micro(tx.Now.Add(account.ResetTTL))}, true
		_, err = tx.NewInsert().Model(&resetRow{TokenHash: hash[:], UserID: u.ID, ExpiresAt: l.ExpiresAt}).Exec(ctx)
		tx.Audit(aboutUser("user.reset_link_made", u.ID))
		return err
	})
	if attendance.CodeOf(err) == attendance.CodeForgotten {
		return l, false, nil
	}
	return l, ok && err == nil, db.Failed("make a password reset", err)
}

// whose returns the reachable user of a login, or else of an address that is known to be theirs. The login of one
// account may be the address of another one of the same person.
func (s *Resets) whose(ctx context.Context, login string) (u account.User, ok bool, err error) {
	now := s.db.Clock.Now()
	u, _, err = s.users.UserByLogin(ctx, login)
	if attendance.CodeOf(err) == attendance.CodeNotFound || err == nil && !u.Reachable(now) {
		u, _, err = s.users.user(ctx, "email = ?", account.NormalEmail(login))
	}
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		return u, false, nil
	}
	return u, err == nil && u.Reachable(now), err
}

// Withdraw ends a link that could not be mailed. The audit log says so, beside that it was made.
func (s *Resets) Withdraw(ctx context.Context, l *Link) error {
	hash := l.Hash()
	return db.Failed("withdraw a password reset", s.ledger.Change(ctx, ledger.Actor{},
		func(ctx context.Context, tx *ledger.Tx) error {
			done, err := tx.NewDelete().Model((*resetRow)(nil)).Where("token_hash = ?", hash[:]).Exec(ctx)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return err
			}
			tx.Audit(aboutUser("user.reset_link_withdrawn", l.User.ID))
			return nil
		}))
}

// Look returns whose a link is, and until when, or CodeLinkOver.
func (s *Resets) Look(ctx context.Context, hash [32]byte) (account.User, time.Time, error) {
	var rows []resetRow
	now := s.db.Clock.Now()
	err := s.db.Read().NewSelect().Model(&rows).Relation("User").Where("pr.token_hash = ?", hash[:]).
		Where("pr.expires_at > ?", now).Scan(ctx)
	if err != nil {
		return account.User{}, time.Time{}, db.Failed("load password reset", err)
	}
	if len(rows) == 0 || rows[0].User == nil || rows[0].User.Forgotten || disabled(rows[0].User, now) {
		return account.User{}, time.Time{}, linkOver()
	}
	u, err := rows[0].User.domain()
	return u, rows[0].ExpiresAt.UTC(), db.Failed("load password reset", err)
}

func linkOver() error {
	return attendance.NewError(account.CodeLinkOver, "there is no such link any more")
}

// ByReset is a password that is chosen with a link.
type ByReset struct {
	TokenHash [32]byte
	Hash      string // of the password
	Proved    bool   // the second factor was proved, by a code or a passkey
}

// Use changes the password of a link's user, once, and ends all sessions. Where the account has a second factor that
// was not proved it is CodeSecondWrong.
func (s *Resets) Use(ctx context.Context, by ledger.Actor, p ByReset) error {
	return db.Failed("use a password reset", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.users.lockOne(ctx, tx.Tx, by.UserID)
		if err != nil {
			return err
		}
		if disabled(&row, tx.Now) {
			return linkOver()
		}
		if row.SecondFactorAt != nil && !p.Proved {
			return &attendance.Error{Code: account.CodeSecondWrong, Field: "code", Message: "a code is needed"}
		}
		done, err := tx.NewDelete().Model((*resetRow)(nil)).Where("token_hash = ?", p.TokenHash[:]).
			Where("user_id = ?", row.ID).Where("expires_at > ?", tx.Now).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return linkOver()
		}
		if err := s.users.setPassword(ctx, tx, NewPassword{UserID: row.ID, Hash: p.Hash, KeepEmail: true}); err != nil {
			return err
		}
		tx.Audit(aboutUser("user.password_reset", row.ID))
		return tx.Leave(ctx, task.AccountMail,
			task.Account{V: 1, About: task.AboutPassword, UserID: row.ID, At: tx.Now.UTC()})
	}))
}

func aboutUser(action string, id int64) ledger.AuditEntry {
	return ledger.AuditEntry{Action: action, Table: usersTable, RowID: strconv.FormatInt(id, 10)}
}

// Sealed tells whether an error says that no key opens what a task holds: to try again does not help.
func Sealed(err error) bool { return errors.Is(err, account.ErrSealed) }
