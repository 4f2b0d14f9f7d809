package accounts

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// pendingRow is a sign-in whose first proof was right and whose code is still to come. It opens nothing else.
type pendingRow struct {
	bun.BaseModel `bun:"table:pending_sign_ins,alias:ps"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	ExpiresAt time.Time `bun:"expires_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

// pendingIdentityRow is what a provider said at the beginning of such a sign-in. It goes with it.
type pendingIdentityRow struct {
	bun.BaseModel `bun:"table:pending_identities,alias:pi"`

	TokenHash []byte `bun:"token_hash,pk"`
	Issuer    string `bun:"issuer"`
	Subject   string `bun:"subject"`
	Name      string `bun:"name"`
}

// Pending is a sign-in that waits for its code, under the hash of its token.
type Pending struct {
	Session
	ExpiresAt time.Time
	By        *account.Identity // that began it; nil for the password
	Keys      [32]byte          // as those of account.Session
}

// AddPending keeps a sign-in that waits. What opens the account no more is refused as by Sessions.AddSession.
func (s *SecondFactors) AddPending(ctx context.Context, p Pending) error {
	row := pendingRow{TokenHash: p.TokenHash[:], UserID: p.UserID, ExpiresAt: p.ExpiresAt.UTC()}
	return db.Failed("add pending sign-in", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		se := account.Session{UserID: p.UserID, Keys: p.Keys}
		if p.By != nil && p.By.ID != 0 { // else it is not linked yet
			se.By = p.By
		}
		if err := stillOpens(ctx, s.db, tx, &se); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil || p.By == nil {
			return err
		}
		by := pendingIdentityRow{TokenHash: row.TokenHash, Issuer: p.By.Issuer, Subject: p.By.Subject,
			Name: db.Clip(p.By.Name, account.MaxIdentityName)}
		_, err := tx.NewInsert().Model(&by).Exec(ctx)
		return err
	}))
}

// PendingUser returns the enabled user of a sign-in that waits, or CodeSignInOver.
func (s *SecondFactors) PendingUser(ctx context.Context, hash [32]byte) (account.User, error) {
	var row pendingRow
	now := s.db.Clock.Now()
	err := s.db.Read().NewSelect().Model(&row).Relation("User").Where("ps.token_hash = ?", hash[:]).
		Where("ps.expires_at > ?", now).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.User == nil || disabled(row.User, now)) {
		return account.User{}, account.SignInOver()
	}
	if err != nil {
		return account.User{}, db.Failed("load pending sign-in", err)
	}
	u, err := row.User.domain()
	return u, db.Failed("load pending sign-in", err)
}

// EndPending lets a sign-in wait no longer, since its user gave the second factor, and returns the user. It may be used
// once: what is not there is CodeSignInOver. An identity that began it opens the account from now on, and is returned.
func (s *SecondFactors) EndPending(ctx context.Context, by ledger.Actor, hash [32]byte) (u account.User,
	through *account.Identity, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row pendingRow
		err := tx.NewSelect().Model(&row).Where("ps.token_hash = ?", hash[:]).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return account.SignInOver()
		}
		if err != nil {
			return err
		}
		user, err := s.users.lockOne(ctx, tx.Tx, row.UserID) // before what hangs on it, as everywhere
		if err != nil {
			return err
		}
		var began []pendingIdentityRow
		if err := tx.NewSelect().Model(&began).Where("pi.token_hash = ?", hash[:]).Scan(ctx); err != nil {
			return err
		}
		done, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, account.SignInOver())
		}
		for _, b := range began {
			through = &account.Identity{Issuer: b.Issuer, Subject: b.Subject, Name: b.Name}
			if err := enter(ctx, s.db, tx, &user, *through); err != nil {
				return err
			}
		}
		u, err = user.domain()
		return err
	})
	return u, through, db.Failed("end pending sign-in", taken(err))
}

// dropPending ends what waits for a code, and links about a forgotten password, of users whose password, second factor
// or address is another by now, or who may not sign in any more.
func dropPending(ctx context.Context, tx bun.Tx, userIDs ...int64) error {
	for _, model := range []any{(*pendingRow)(nil), (*resetRow)(nil)} {
		if _, err := tx.NewDelete().Model(model).Where("user_id IN (?)", bun.List(userIDs)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
