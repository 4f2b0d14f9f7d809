package accounts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Step is what somebody tries, or asks for: StepEmail only who is signed in, StepTrip also those, all others who has no
// session yet.
type Step string

const (
	StepPassword Step = ""
	StepCode     Step = "second " // the code after the password
	StepReset    Step = "reset "  // an e-mail about a forgotten password
	StepEmail    Step = "email "  // an e-mail that shows whether an address is the account's
	StepTrip     Step = "trip "   // what the provider says, which nobody guesses
)

// asks tells whether a step guesses at nothing: what is asked for too often at an address keeps nobody there from
// signing in, and what succeeds takes back nothing of what was guessed.
func (s Step) asks() bool { return s == StepReset || s == StepEmail || s == StepTrip }

// SignIn is an attempt to sign in.
type SignIn struct {
	Login   string   // as account.NormalLogin has it
	Network string   // that the attempt comes from
	Browser [32]byte // hash of the token that an earlier sign-in left in the browser; zero if there is none
	// Step is what is tried. Each has counts of its own: a password that is known must not give guesses at the code
	// back.
	Step Step

	first bool // see account.SignInCounts.Begin
	known bool // the browser is known to the account
}

// Lanes are the queues in which an attempt that has begun waits until its password is looked at: of its address, then
// of the account that it is at. A browser that the account knows has its own, which no stranger is in.
func (a SignIn) Lanes() []string {
	if a.known {
		return []string{"browser:" + string(a.Browser[:])}
	}
	return []string{"address:" + a.Network, "login:" + a.Login}
}

type failureRow struct {
	bun.BaseModel `bun:"table:sign_in_failures,alias:f"`

	KeyHash      []byte     `bun:"key_hash,pk"`
	Failures     int        `bun:"failures"`
	BlockedUntil *time.Time `bun:"blocked_until"`
	LastAt       time.Time  `bun:"last_at"`
}

func (r *failureRow) domain() account.Failures {
	f := account.Failures{Count: r.Failures, LastAt: r.LastAt.UTC()}
	if r.BlockedUntil != nil {
		f.BlockedUntil = r.BlockedUntil.UTC()
	}
	return f
}

func (r *failureRow) set(f account.Failures) {
	r.Failures, r.BlockedUntil = f.Count, nil
	r.LastAt = f.LastAt
	if !f.BlockedUntil.IsZero() {
		r.BlockedUntil = &f.BlockedUntil
	}
	if f.LastAt.Before(never) {
		r.LastAt = never
	}
}

// never is before every failure, and a date that both databases can hold.
var never = time.Unix(0, 0).UTC()

// keyHash hides whose sign-ins failed from who can only read the database.
func keyHash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// BeginSignIn counts an attempt before its password is looked at. retryAt is zero if it may go on, and else when the
// next one may. What it returns is for EndSignIn or WithdrawSignIn; of an attempt that fails nothing needs to be told.
// All nodes share the counts, which are kept under hashes of what they count.
func (s *SignIns) BeginSignIn(ctx context.Context, a SignIn) (begun SignIn, retryAt time.Time, err error) {
	if a.known, err = s.browserKnown(ctx, a); err != nil {
		return a, time.Time{}, db.Failed("begin sign-in", err)
	}
	err = s.signInCounts(ctx, a, func(c *account.SignInCounts, now time.Time) { retryAt, a.first = c.Begin(now) })
	return a, retryAt, db.Failed("begin sign-in", err)
}

// EndSignIn notes that an attempt succeeded.
func (s *SignIns) EndSignIn(ctx context.Context, a SignIn) error {
	return db.Failed("end sign-in",
		s.signInCounts(ctx, a, func(c *account.SignInCounts, now time.Time) { c.Succeed(now, a.first) }))
}

// WithdrawSignIn takes an attempt back whose password could not be looked at.
func (s *SignIns) WithdrawSignIn(ctx context.Context, a SignIn) error {
	return db.Failed("withdraw sign-in",
		s.signInCounts(ctx, a, func(c *account.SignInCounts, _ time.Time) { c.Withdraw() }))
}

// signInCounts lets change alter the counts of an attempt, one attempt at a time.
func (s *SignIns) signInCounts(ctx context.Context, a SignIn,
	change func(c *account.SignInCounts, now time.Time)) error {
	step, place := string(a.Step), ""
	if a.Step.asks() {
		place = step
	}
	keys := []string{step + "pair:" + a.Login + "|" + a.Network, step + "login:" + a.Login,
		place + "address:" + a.Network}
	if a.known {
		keys = []string{step + "browser:" + string(a.Browser[:])}
	}
	return s.count(ctx, keys, func(counts []*account.Failures, now time.Time) {
		c := account.SignInCounts{Browser: counts[0]}
		if !a.known {
			c = account.SignInCounts{Pair: *counts[0], Account: *counts[1], Address: *counts[2]}
		}
		change(&c, now)
		if !a.known {
			*counts[0], *counts[1], *counts[2] = c.Pair, c.Account, c.Address
		}
	})
}

// Count lets change alter the failures of keys, given in their order, one attempt at a time on all nodes.
func (s *SignIns) Count(ctx context.Context, keys []string,
	change func(counts []*account.Failures, now time.Time)) error {
	return db.Failed("count failures", s.count(ctx, keys, change))
}

func (s *SignIns) count(ctx context.Context, keys []string,
	change func(counts []*account.Failures, now time.Time)) error {
	hashes := make([][]byte, len(keys))
	for i, k := range keys {
		hashes[i] = keyHash(k)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := s.lockFailures(ctx, tx, hashes)
		if err != nil {
			return err
		}
		before, counts := make([]account.Failures, len(rows)), make([]*account.Failures, len(rows))
		for i, r := range rows {
			before[i] = r.domain()
			now := before[i]
			counts[i] = &now
		}
		change(counts, s.db.Clock.Now())
		for i, c := range counts {
			if *c == before[i] {
				continue
			}
			rows[i].set(*c)
			if _, err := tx.NewUpdate().Model(rows[i]).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockFailures returns the rows of keys, made where they were missing, and locked until the transaction ends.
func (s *SignIns) lockFailures(ctx context.Context, tx bun.Tx, keys [][]byte) ([]*failureRow, error) {
	made := make([]failureRow, len(keys))
	for i, k := range keys {
		made[i] = failureRow{KeyHash: k, LastAt: never}
	}
	// two nodes lock in one order
	slices.SortFunc(made, func(a, b failureRow) int { return bytes.Compare(a.KeyHash, b.KeyHash) })
	// The upsert changes nothing in a row that exists, but locks it before it is read.
	if _, err := s.db.Upsert(tx.NewInsert().Model(&made), "key_hash", "failures = failures").Exec(ctx); err != nil {
		return nil, err
	}
	var found []*failureRow
	if err := tx.NewSelect().Model(&found).Where("key_hash IN (?)", bun.List(keys)).Scan(ctx); err != nil {
		return nil, err
	}
	rows := make([]*failureRow, len(keys))
	for i, k := range keys {
		rows[i] = found[slices.IndexFunc(found, func(r *failureRow) bool { return bytes.Equal(r.KeyHash, k) })]
	}
	return rows, nil
}

// A browser keeps its token for 400 days, the longest that browsers keep a cookie.
const (
	BrowserTTL      = 400 * 24 * time.Hour
	browsersPerUser = 20
)

type browserRow struct {
	bun.BaseModel `bun:"table:known_browsers,alias:kb"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	LastAt    time.Time `bun:"last_at"`
}

// browserKnown tells whether the account signed in before with the browser's token.
func (s *SignIns) browserKnown(ctx context.Context, a SignIn) (bool, error) {
	if a.Browser == [32]byte{} {
		return false, nil
	}
	return s.db.Read().NewSelect().Model((*browserRow)(nil)).Join("JOIN users AS u ON u.id = kb.user_id").
		Where("kb.token_hash = ?", a.Browser[:]).Where("u.login = ?", a.Login).
		Where("kb.last_at > ?", s.db.Clock.Now().Add(-BrowserTTL)).Exists(ctx)
}

// KnowBrowser remembers that a user signed in with a browser that holds a token of this hash. Of each user the latest
// 20 browsers are remembered.
func (s *SignIns) KnowBrowser(ctx context.Context, userID int64, hash [32]byte) error {
	return db.Failed("remember browser", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := browserRow{TokenHash: hash[:], UserID: userID, LastAt: s.db.Clock.Now()}
		sets := db.Overwritten(s.db, "user_id", "last_at")
		if _, err := s.db.Upsert(tx.NewInsert().Model(&row), "token_hash", sets...).Exec(ctx); err != nil {
			return err
		}
		var old [][]byte
		err := tx.NewSelect().Model((*browserRow)(nil)).Column("token_hash").Where("user_id = ?", userID).
			Order("last_at DESC").Offset(browsersPerUser).Limit(browsersPerUser).Scan(ctx, &old)
		if err != nil || len(old) == 0 {
			return err
		}
		_, err = tx.NewDelete().Model((*browserRow)(nil)).Where("token_hash IN (?)", bun.List(old)).Exec(ctx)
		return err
	}))
}

// forgetBrowsers lets nobody use the path of a known browser who may have learnt a password that is now another.
func forgetBrowsers(ctx context.Context, tx bun.Tx, userID int64) error {
	_, err := tx.NewDelete().Model((*browserRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return err
}
