package accounts

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// pendingRow is a sign-in whose password was right and whose code is still to come. It opens nothing else.
type pendingRow struct {
	bun.BaseModel `bun:"table:pending_sign_ins,alias:ps"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	ExpiresAt time.Time `bun:"expires_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

// AddPending keeps a sign-in that waits for its code, under the hash of its token.
func (s *SecondFactors) AddPending(ctx context.Context, of Session, expiresAt time.Time) error {
	row := pendingRow{TokenHash: of.TokenHash[:], UserID: of.UserID, ExpiresAt: expiresAt.UTC()}
	return db.Failed("add pending sign-in", s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
		_, err := idb.NewInsert().Model(&row).Exec(ctx)
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
		return account.User{}, noPending()
	}
	if err != nil {
		return account.User{}, db.Failed("load pending sign-in", err)
	}
	u, err := row.User.domain()
	return u, db.Failed("load pending sign-in", err)
}

func noPending() error {
	return attendance.NewError(account.CodeSignInOver, "no such sign-in waits any more")
}

// EndPending lets a sign-in wait no longer. It may be used once: what is not there is CodeSignInOver.
func (s *SecondFactors) EndPending(ctx context.Context, hash [32]byte) error {
	return db.Failed("end pending sign-in", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewDelete().Model((*pendingRow)(nil)).Where("token_hash = ?", hash[:]).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return noPending()
	}))
}

// dropPending ends what waits for a code of a user whose password or second factor is another by now.
func dropPending(ctx context.Context, tx bun.Tx, userID int64) error {
	_, err := tx.NewDelete().Model((*pendingRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return err
}
