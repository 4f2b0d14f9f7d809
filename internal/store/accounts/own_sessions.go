package accounts

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// sessionsShown bounds the list of one user's sessions.
const sessionsShown = 200

func (r *sessionRow) domain() account.Session {
	se := account.Session{UserID: r.UserID, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
		Address: r.Address, UserAgent: r.UserAgent}
	copy(se.TokenHash[:], r.TokenHash)
	if r.LastUsedAt != nil {
		se.LastUsedAt = r.LastUsedAt.UTC()
	}
	if r.IdleUntil != nil {
		se.IdleUntil = r.IdleUntil.UTC()
	}
	if r.ConfirmedAt != nil {
		se.ConfirmedAt = r.ConfirmedAt.UTC()
	}
	return se
}

// UseSessions stores when sessions were used and until when they may stay unused, with one statement for all of which
// that is the same. Those that are over meanwhile stay over.
func (s *Sessions) UseSessions(ctx context.Context, used []account.Session) error {
	type use struct{ last, idle time.Time }
	same := map[use][][32]byte{}
	for i := range used {
		u := use{used[i].LastUsedAt, used[i].IdleUntil}
		same[u] = append(same[u], used[i].TokenHash)
	}
	for u, hashes := range same {
		// In the order of the primary key, in which others lock them, too.
		slices.SortFunc(hashes, func(x, y [32]byte) int { return bytes.Compare(x[:], y[:]) })
		idle := db.UTC(account.Known(u.idle))
		err := s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
			_, err := db.NewUpdate().Model((*sessionRow)(nil)).Set("last_used_at = ?", u.last.UTC()).
				Set("idle_until = ?", idle).Where("token_hash IN (?)", listed(hashes)).Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("use sessions", err)
		}
	}
	return nil
}

// ConfirmSession stores that the user of a session just proved again who they are, and returns when. One that was
// ended meanwhile is CodeUnauthenticated.
func (s *Sessions) ConfirmSession(ctx context.Context, by ledger.Actor, hash [32]byte) (at time.Time, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		at = tx.Now.UTC()
		done, err := tx.NewUpdate().Model((*sessionRow)(nil)).Set("confirmed_at = ?", at).
			Where("token_hash = ?", hash[:]).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return attendance.NewError(account.CodeUnauthenticated, "not signed in")
		}
		tx.Audit(ledger.AuditEntry{Action: "user.confirmed", Table: usersTable,
			RowID: strconv.FormatInt(by.UserID, 10)})
		return nil
	})
	return at, db.Failed("confirm session", err)
}

// Sessions returns the sessions of a user that are not over, the one that began last first, at most 200.
func (s *Sessions) Sessions(ctx context.Context, userID int64) ([]account.Session, error) {
	rows, err := s.sessionsOf(ctx, s.db.Read(), userID)
	if err != nil {
		return nil, db.Failed("list sessions", err)
	}
	out := make([]account.Session, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out, nil
}

func (s *Sessions) sessionsOf(ctx context.Context, tx bun.IDB, userID int64) (rows []sessionRow, err error) {
	err = s.lasting(tx.NewSelect().Model(&rows), userID).Order("se.created_at DESC", "se.token_hash").
		Limit(sessionsShown).Scan(ctx)
	return rows, err
}

// lasting keeps the sessions of a user that are not over. Those that are stay as rows for a while.
func (s *Sessions) lasting(q *bun.SelectQuery, userID int64) *bun.SelectQuery {
	now := s.db.Clock.Now()
	return q.Where("se.user_id = ?", userID).Where("se.expires_at > ?", now).
		Where("(se.idle_until IS NULL OR se.idle_until > ?)", now)
}

// endedSession is what the audit log tells of a session that somebody ended from another.
type endedSession struct {
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	CreatedAt time.Time `json:"created_at"`
}

// EndSession ends one session of a user by its name; CodeNotFound if there is none.
func (s *Sessions) EndSession(ctx context.Context, by ledger.Actor, userID int64, id string) error {
	return db.Failed("end session", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		rows, err := s.sessionsOf(ctx, tx.Tx, userID)
		if err != nil {
			return err
		}
		for i := range rows {
			if se := rows[i].domain(); se.ID() == id {
				return endThese(ctx, tx, userID, rows[i:i+1])
			}
		}
		return attendance.NewError(attendance.CodeNotFound, "no such session")
	}))
}

// EndOtherSessions ends the sessions of a user but one, and returns how many there were, as Sessions would list them.
func (s *Sessions) EndOtherSessions(ctx context.Context, by ledger.Actor, userID int64, but [32]byte) (ended int,
	err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var rows []sessionRow
		err := s.lasting(tx.NewSelect().Model(&rows), userID).Where("se.token_hash <> ?", but[:]).Scan(ctx)
		if ended = len(rows); err != nil || ended == 0 {
			return err
		}
		return endThese(ctx, tx, userID, rows)
	})
	return ended, db.Failed("end sessions", err)
}

// endThese deletes sessions of one user and tells every node, and the audit log.
func endThese(ctx context.Context, tx *ledger.Tx, userID int64, rows []sessionRow) error {
	keys, ended := make([][]byte, len(rows)), make([]endedSession, len(rows))
	for i, r := range rows {
		keys[i], ended[i] = r.TokenHash, endedSession{r.Address, r.UserAgent, r.CreatedAt.UTC()}
	}
	_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("token_hash IN (?)", bun.List(keys)).Exec(ctx)
	if err != nil {
		return err
	}
	if err := accessChanged(ctx, tx, userID); err != nil {
		return err
	}
	return ledger.AuditChange(tx, "user.sessions_ended", ledger.Row{Table: usersTable, ID: userID}, &ended, nil)
}
