package store

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

const (
	failuresForgotten = time.Hour        // without another failure
	firstBlock        = time.Second      // after the first failure that is not free
	longestBlock      = 15 * time.Minute // what the doubling ends at
)

type failureRow struct {
	bun.BaseModel `bun:"table:sign_in_failures,alias:f"`

	KeyHash      []byte     `bun:"key_hash,pk"`
	Failures     int        `bun:"failures"`
	BlockedUntil *time.Time `bun:"blocked_until"`
	LastAt       time.Time  `bun:"last_at"`
}

// keyHash hides whose sign-ins failed from who can only read the database.
func keyHash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// SignInAllowed tells whether another attempt may be made for these keys (an account, an address): retryAt is zero if so,
// and else when. The count is shared by all nodes and kept under a hash of the key.
func (s *Store) SignInAllowed(ctx context.Context, keys ...string) (retryAt time.Time, err error) {
	if len(keys) == 0 {
		return time.Time{}, nil
	}
	hashes := make([][]byte, len(keys))
	for i, k := range keys {
		hashes[i] = keyHash(k)
	}
	var until *time.Time
	err = s.read().NewSelect().Model((*failureRow)(nil)).ColumnExpr("MAX(blocked_until)").
		Where("key_hash IN (?)", bun.List(hashes)).Where("blocked_until > ?", s.clock.Now()).Scan(ctx, &until)
	if err != nil || until == nil {
		return time.Time{}, failed("check sign-in failures", err)
	}
	return until.UTC(), nil
}

// SignInFailed counts a failure against each key with its own limit of free failures, and blocks exponentially longer after it:
// 1 s doubling to 15 min; the count is forgotten after an hour without failures.
func (s *Store) SignInFailed(ctx context.Context, free map[string]int) error {
	return failed("count sign-in failure", s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := s.clock.Now()
		for _, key := range slices.Sorted(maps.Keys(free)) { // in one order, so that two nodes do not wait in a circle
			row := failureRow{KeyHash: keyHash(key), LastAt: now}
			// The upsert changes nothing in a row that exists, but locks it before it is read; two nodes cannot both insert.
			if _, err := s.upsert(tx.NewInsert().Model(&row), "key_hash", "failures = failures").Exec(ctx); err != nil {
				return err
			}
			if err := tx.NewSelect().Model(&row).WherePK().Scan(ctx); err != nil {
				return err
			}
			if now.Sub(row.LastAt) >= failuresForgotten {
				row.Failures = 0
			}
			row.Failures++
			row.LastAt = now
			row.BlockedUntil = nil
			if over := row.Failures - free[key]; over > 0 {
				until := now.Add(blockFor(over))
				row.BlockedUntil = &until
			}
			if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// blockFor returns how long the nth failure beyond the free ones blocks.
func blockFor(n int) time.Duration {
	block := firstBlock
	for range n - 1 {
		if block *= 2; block >= longestBlock {
			return longestBlock
		}
	}
	return block
}

// SignInSucceeded forgets the failures of a key.
func (s *Store) SignInSucceeded(ctx context.Context, key string) error {
	return failed("forget sign-in failures", s.writeOne(ctx, func(ctx context.Context, db bun.IDB) error {
		_, err := db.NewDelete().Model((*failureRow)(nil)).Where("key_hash = ?", keyHash(key)).Exec(ctx)
		return err
	}))
}
