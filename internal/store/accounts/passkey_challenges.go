package accounts

import (
	"context"
	"errors"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// mostOpenChallenges is how many questions may wait for their answers: of one network at the door, where anybody can
// ask, and a whole office that signs in at once asks fewer; and of one user, whom nobody else at the door is to keep
// from confirming. Each is a row.
const (
	mostOpenChallenges   = 1000
	mostOpenChallengesOf = 100
)

// challengeRow is a question to a device, or a trip to a provider.
type challengeRow struct {
	bun.BaseModel `bun:"table:passkey_challenges,alias:pc"`

	ChallengeHash []byte    `bun:"challenge_hash,pk"`
	UsedFor       string    `bun:"used_for"`
	UserID        int64     `bun:"user_id,nullzero"`
	BoundTo       []byte    `bun:"bound_to"`
	AskedBy       []byte    `bun:"asked_by"`
	ExpiresAt     time.Time `bun:"expires_at"`
}

// AddChallenge keeps a question for as long as its answer may take. Where too many of the same asker wait it is
// CodeThrottled, with a Later.
func (s *Passkeys) AddChallenge(ctx context.Context, c account.Challenge, network string) error {
	now := s.db.Clock.Now()
	asker, most := "passkey "+network, mostOpenChallenges
	if c.UserID != 0 {
		asker, most = "passkey of user "+strconv.FormatInt(c.UserID, 10), mostOpenChallengesOf
	}
	row := challengeRow{ChallengeHash: c.Hash[:], UsedFor: string(c.Use), UserID: c.UserID, BoundTo: c.Bound[:],
		AskedBy: keyHash(asker), ExpiresAt: now.Add(c.Use.TTL()).UTC()}
	few := func(ctx context.Context, idb bun.IDB, most int) error {
		n, err := idb.NewSelect().Model((*challengeRow)(nil)).Where("asked_by = ?", row.AskedBy).
			Where("expires_at > ?", now).Count(ctx)
		if err == nil && int(n) > most {
			err = attendance.Later{Cause: attendance.NewError(account.CodeThrottled, "Too many attempts."),
				RetryAt: now.Add(c.Use.TTL())}
		}
		return err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if c.UserID != 0 { // or two at once would both be the last that may be
			if _, err := lockRow(ctx, s.db, tx, c.UserID); err != nil {
				return err
			}
		}
		if err := few(ctx, tx, most-1); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil || c.UserID != 0 {
		return db.Failed("add challenge", err)
	}
	// A network has no row to lock: whoever finds too many with the own question takes that back.
	if err = few(ctx, s.db.Read(), most); err != nil {
		err = errors.Join(err, s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
			_, err := idb.NewDelete().Model(&row).WherePK().Exec(ctx)
			return err
		}))
	}
	return db.Failed("add challenge", err)
}

// TakeChallenge ends a question, whatever becomes of the answer. What was not asked so, of this user and in these
// hands, was answered before, or is too old, is CodePasskeyLate.
func (s *Passkeys) TakeChallenge(ctx context.Context, c account.Challenge) error {
	return db.Failed("take challenge", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewDelete().Model((*challengeRow)(nil)).Where("challenge_hash = ?", c.Hash[:]).
			Where("used_for = ?", c.Use).Where("bound_to = ?", c.Bound[:]).
			Where("expires_at > ?", s.db.Clock.Now())
		if c.UserID == 0 {
			q = q.Where("user_id IS NULL")
		} else {
			q = q.Where("user_id = ?", c.UserID)
		}
		done, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return attendance.NewError(account.CodePasskeyLate, "no such question waits any more")
	}))
}
