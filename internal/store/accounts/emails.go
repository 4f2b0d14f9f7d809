package accounts

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

// Emails are the addresses of accounts, and the links that show that they are.
type Emails struct {
	db     *db.DB
	ledger *ledger.Ledger
	users  *Users
}

// NewEmails returns the addresses of a database.
func NewEmails(d *db.DB, l *ledger.Ledger, u *Users) *Emails { return &Emails{d, l, u} }

// emailRow is a link that was mailed to an address.
type emailRow struct {
	bun.BaseModel `bun:"table:email_checks,alias:ec"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	Email     string    `bun:"email"`
	ExpiresAt time.Time `bun:"expires_at"`
}

const sealedEmail = "an earlier e-mail address"

// askEmail leaves the task that mails the link, if there is an address that is not known to be the user's.
func askEmail(ctx context.Context, tx *ledger.Tx, u *account.User) error {
	if u.Email == "" || u.EmailVerifiedAt != nil {
		return nil
	}
	return tx.Leave(ctx, task.AccountMail,
		task.Account{V: 1, About: task.AboutEmail, UserID: u.ID, At: tx.Now.UTC()})
}

// emailChanged ends the links that were mailed to an earlier address, tells that one, and asks the new one.
func (s *Users) emailChanged(ctx context.Context, tx *ledger.Tx, before, after *account.User) error {
	if before.Email == after.Email {
		return nil
	}
	if err := dropPending(ctx, tx.Tx, after.ID); err != nil {
		return err
	}
	if err := dropEmails(ctx, tx, after.ID); err != nil {
		return err
	}
	if before.EmailVerifiedAt != nil {
		err := tx.Leave(ctx, task.AccountMail, task.Account{V: 1, About: task.AboutMoved, UserID: after.ID,
			Sealed: s.sealer.Seal(before.Email, sealedEmail), At: tx.Now.UTC()})
		if err != nil {
			return err
		}
	}
	return askEmail(ctx, tx, after)
}

func dropEmails(ctx context.Context, tx *ledger.Tx, userID int64) error {
	_, err := tx.NewDelete().Model((*emailRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return err
}

// doubtEmail has a user show once more that the address is theirs, since somebody else may have typed it, and had the
// link that was mailed there.
func doubtEmail(ctx context.Context, tx *ledger.Tx, row *UserRow) error {
	if row.EmailVerifiedAt == nil {
		return nil
	}
	before, err := row.domain()
	if err != nil {
		return err
	}
	after := before
	after.EmailVerifiedAt = nil
	_, err = tx.NewUpdate().Model((*UserRow)(nil)).Set("email_verified_at = NULL").Where("id = ?", row.ID).Exec(ctx)
	if err != nil {
		return err
	}
	if err := dropEmails(ctx, tx, row.ID); err != nil {
		return err
	}
	if err := auditUser(tx, "user.updated", &before, &after); err != nil {
		return err
	}
	return askEmail(ctx, tx, &after)
}

// releaseEmails takes addresses from other accounts than one that did not show to have them, so that whoever types
// somebody's address first does not keep its owner out. One that was verified stays, and is taken.
func (s *Users) releaseEmails(ctx context.Context, tx *ledger.Tx, but int64, emails ...string) error {
	emails = slices.DeleteFunc(emails, func(e string) bool { return e == "" })
	if len(emails) == 0 {
		return nil
	}
	var rows []UserRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&rows).Where("u.email IN (?)", bun.List(emails)).
		Where("u.email_verified_at IS NULL").Where("u.id <> ?", but), "").Scan(ctx)
	if err != nil {
		return err
	}
	for i := range rows { // hardly ever one
		before, err := rows[i].domain()
		if err != nil {
			return err
		}
		after := before
		after.Email = ""
		_, err = tx.NewUpdate().Model((*UserRow)(nil)).Set("email = NULL").Where("id = ?", before.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if err := dropEmails(ctx, tx, before.ID); err != nil {
			return err
		}
		if err := auditUser(tx, "user.updated", &before, &after); err != nil {
			return err
		}
	}
	return nil
}

// Earlier reads the address that an account had before.
func (s *Emails) Earlier(sealed string) (string, error) {
	address, _, err := s.users.sealer.Open(sealed, sealedEmail)
	return address, err
}

// Ask leaves the task that mails another link to a user's address. One that is known to be theirs needs none.
func (s *Emails) Ask(ctx context.Context, by ledger.Actor) error {
	return db.Failed("ask for an e-mail", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.users.lockOne(ctx, tx.Tx, by.UserID)
		if err != nil {
			return err
		}
		u, err := row.domain()
		if err != nil {
			return err
		}
		return askEmail(ctx, tx, &u)
	}))
}

// Issue makes a link for a user's address, in the place of earlier ones; ok is false where none is needed any more.
func (s *Emails) Issue(ctx context.Context, userID int64) (l Link, ok bool, err error) {
	token, hash := account.NewToken()
	err = s.ledger.Change(ctx, ledger.Actor{}, func(ctx context.Context, tx *ledger.Tx) error {
		ok = false
		row, err := s.users.lockOne(ctx, tx.Tx, userID)
		if err != nil {
			return err
		}
		u, err := row.domain()
		if err != nil || u.Email == "" || u.EmailVerifiedAt != nil || disabled(&row, tx.Now) {
			return err
		}
		if err := dropEmails(ctx, tx, u.ID); err != nil {
			return err
		}
		l, ok = Link{u, token, db.Micro(tx.Now.Add(account.EmailCheckTTL))}, true
		_, err = tx.NewInsert().Model(&emailRow{TokenHash: hash[:], UserID: u.ID, Email: u.Email,
			ExpiresAt: l.ExpiresAt}).Exec(ctx)
		return err
	})
	switch attendance.CodeOf(err) {
	case attendance.CodeForgotten, attendance.CodeNotFound:
		return l, false, nil
	}
	return l, ok && err == nil, db.Failed("make a link for an address", err)
}

// Verify notes that a user has an address, with the link that went there. Only the user can: a link that went to a
// stranger by a typing error is of no use to them. One that is over, or of another account or address, is CodeLinkOver.
func (s *Emails) Verify(ctx context.Context, by ledger.Actor, hash [32]byte) (u account.User, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.users.lockOne(ctx, tx.Tx, by.UserID)
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*emailRow)(nil)).Where("token_hash = ?", hash[:]).
			Where("user_id = ?", row.ID).Where("email = ?", row.Email).Where("expires_at > ?", tx.Now).Count(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return linkOver()
		}
		if err := dropEmails(ctx, tx, row.ID); err != nil {
			return err
		}
		row.EmailVerifiedAt = db.UTC(&tx.Now)
		_, err = tx.NewUpdate().Model((*UserRow)(nil)).Set("email_verified_at = ?", row.EmailVerifiedAt).
			Where("id = ?", row.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if u, err = row.domain(); err != nil {
			return err
		}
		tx.Audit(aboutUser("user.email_verified", row.ID))
		return nil
	})
	return u, db.Failed("verify an address", err)
}
