package accounts

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:se"`

	TokenHash []byte    `bun:"token_hash,pk"`
	UserID    int64     `bun:"user_id"`
	CreatedAt time.Time `bun:"created_at"`
	ExpiresAt time.Time `bun:"expires_at"`
	Address   string    `bun:"address"`
	UserAgent string    `bun:"user_agent"`

	LastUsedAt *time.Time `bun:"last_used_at"`
	IdleUntil  *time.Time `bun:"idle_until"`

	ConfirmedAt *time.Time `bun:"confirmed_at"`

	User *UserRow `bun:"rel:belongs-to,join:user_id=id"`
}

// AddSession stores a session: somebody signed in. Where what was proved opens the account no more, it is
// CodeBadCredentials, or, of an identity, CodeNoAccount or CodeSignInOver.
func (s *Sessions) AddSession(ctx context.Context, se account.Session) error {
	row := sessionRow{TokenHash: se.TokenHash[:], UserID: se.UserID, CreatedAt: se.CreatedAt.UTC(),
		ExpiresAt: se.ExpiresAt.UTC(), IdleUntil: db.UTC(account.Known(se.IdleUntil)),
		ConfirmedAt: db.UTC(account.Known(se.ConfirmedAt)),
		Address:     db.Clip(se.Address, 64), UserAgent: db.Clip(se.UserAgent, 255)}
	by := ledger.Actor{UserID: se.UserID, Address: se.Address}
	return db.Failed("add session", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := stillOpens(ctx, s.db, tx.Tx, &se); err != nil {
			return err
		}
		tx.Audit(ledger.AuditEntry{Action: "user.signed_in", Table: usersTable,
			RowID: strconv.FormatInt(se.UserID, 10)})
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	}))
}

// SessionUser returns the unexpired session of a token hash and its enabled user, or CodeUnauthenticated.
func (s *Sessions) SessionUser(ctx context.Context, hash [32]byte) (account.Session, account.User, error) {
	found, err := s.SessionUsers(ctx, [][32]byte{hash})
	in, ok := found[hash]
	if err == nil && !ok {
		err = attendance.NewError(account.CodeUnauthenticated, "not signed in")
	}
	return in.Session, in.User, cmp.Or(err, in.Err)
}

// SessionUsers returns the unexpired sessions of some token hashes, and their enabled users.
func (s *Sessions) SessionUsers(ctx context.Context, hashes [][32]byte) (map[[32]byte]account.SignedIn, error) {
	var rows []sessionRow
	now := s.db.Clock.Now()
	err := s.db.Read().NewSelect().Model(&rows).Relation("User").Where("se.token_hash IN (?)", listed(hashes)).
		Where("se.expires_at > ?", now).Where("(se.idle_until IS NULL OR se.idle_until > ?)", now).Scan(ctx)
	if err != nil {
		return nil, db.Failed("load sessions", err)
	}
	found := make(map[[32]byte]account.SignedIn, len(rows))
	for i := range rows {
		if rows[i].User == nil || disabled(rows[i].User, now) {
			continue
		}
		u, err := rows[i].User.domain()
		if err == nil {
			err = making.Fill(ctx, s.db.Read(), &u)
		}
		se := rows[i].domain()
		found[se.TokenHash] = account.SignedIn{Session: se, User: u, Err: db.Failed("load user", err)}
	}
	return found, nil
}

// listed are hashes as a query takes them.
func listed(hashes [][32]byte) schema.QueryAppender {
	values := make([][]byte, len(hashes))
	for i := range hashes {
		values[i] = hashes[i][:]
	}
	return bun.List(values)
}

func disabled(u *UserRow, now time.Time) bool { return u.DisabledAt != nil && !u.DisabledAt.After(now) }

// DeleteSession ends the session of who signs out; one that does not exist is no error.
func (s *Sessions) DeleteSession(ctx context.Context, by ledger.Actor, hash [32]byte) error {
	return db.Failed("delete session", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		res, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("token_hash = ?", hash[:]).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		tx.Audit(ledger.AuditEntry{Action: "user.signed_out", Table: usersTable,
			RowID: strconv.FormatInt(by.UserID, 10)})
		return accessChanged(ctx, tx, by.UserID)
	}))
}

// accessChanged leaves the task that tells every node to ask anew what a user may.
func accessChanged(ctx context.Context, tx *ledger.Tx, userID int64) error {
	return tx.Leave(ctx, task.AccessChanged, task.Access{V: 1, UserID: userID})
}

// DeleteExpiredSessions removes sessions that are over, and whatever else of signing in is, at most limit rows of each
// kind. It returns how many rows it removed: less than limit means that none are left.
func (s *Sessions) DeleteExpiredSessions(ctx context.Context, limit int) (n int, err error) {
	now := s.db.Clock.Now()
	for _, over := range []struct {
		what string
		rows db.Outdated
	}{
		{"sessions by age", db.Outdated{Model: (*sessionRow)(nil), Key: "token_hash",
			Condition: "expires_at <= ?", Arg: now}},
		{"sessions for want of use", db.Outdated{Model: (*sessionRow)(nil), Key: "token_hash",
			Condition: "idle_until <= ?", Arg: now}},
		{"browsers of long ago", db.Outdated{Model: (*browserRow)(nil), Key: "token_hash",
			Condition: "last_at < ?", Arg: now.Add(-BrowserTTL)}},
		{"sign-ins that waited too long", db.Outdated{Model: (*pendingRow)(nil), Key: "token_hash",
			Condition: "expires_at <= ?", Arg: now}},
		{"links for forgotten passwords", db.Outdated{Model: (*resetRow)(nil), Key: "token_hash",
			Condition: "expires_at <= ?", Arg: now}},
		{"links that verify addresses", db.Outdated{Model: (*emailRow)(nil), Key: "token_hash",
			Condition: "expires_at <= ?", Arg: now}},
		{"questions that nobody answered", db.Outdated{Model: (*challengeRow)(nil), Key: "challenge_hash",
			Condition: "expires_at <= ?", Arg: now}},
		{"sign-in failures that no longer count", db.Outdated{Model: (*failureRow)(nil), Key: "key_hash",
			Condition: "last_at < ?", Arg: now.Add(-account.FailuresForgotten)}},
	} {
		gone, err := s.db.DeleteSome(ctx, over.rows, limit)
		if n += gone; err != nil {
			return n, db.Failed("delete "+over.what, err)
		}
	}
	return n, nil
}

// endSessions ends the sessions of a user but one; there is none with the zero hash.
func endSessions(ctx context.Context, tx bun.Tx, userID int64, but [32]byte) error {
	_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("user_id = ?", userID).
		Where("token_hash <> ?", but[:]).Exec(ctx)
	return err
}

// endAll ends what a password opened: sessions but one, sign-ins that wait, and what is known of browsers.
func endAll(ctx context.Context, tx *ledger.Tx, userID int64, but [32]byte) error {
	if err := endSessions(ctx, tx.Tx, userID, but); err != nil {
		return err
	}
	if err := forgetBrowsers(ctx, tx.Tx, userID); err != nil {
		return err
	}
	if err := dropPending(ctx, tx.Tx, userID); err != nil {
		return err
	}
	return accessChanged(ctx, tx, userID)
}
