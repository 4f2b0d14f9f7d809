package persons

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Swept is what one batch of a sweep did.
type Swept struct {
	Removed int  // rows from which something was removed
	More    bool // there is more to look at
}

// sweep walks through a table whose ids follow the time, in batches, and remembers how far it came: what it has passed
// is not looked at again, however large the table.
type sweep struct {
	name   string // of the mark
	table  string
	at     string // the column with the instant by which a row's age counts
	remove func(ctx context.Context, tx bun.Tx, ids []int64) (int, error)
}

// sweepBatch is how many rows one batch looks at.
const sweepBatch = 1000

// run looks at the next rows that are older than an instant. Several at once take turns.
func (s *Persons) run(ctx context.Context, w sweep, before time.Time) (out Swept, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = Swept{}
		var through int64
		mark := tx.NewSelect().Table("retention_marks").Column("done_through").Where("name = ?", w.name)
		if err := s.db.ForUpdate(mark, "").Scan(ctx, &through); err != nil {
			return err
		}
		var rows []struct {
			ID int64        `bun:"id"`
			At bun.NullTime `bun:"at"`
		}
		err := tx.NewSelect().Table(w.table).ColumnExpr("id, ? AS at", bun.Ident(w.at)).Where("id > ?", through).
			Order("id").Limit(sweepBatch).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		var ids []int64
		for _, r := range rows {
			if !r.At.Before(before) {
				break
			}
			ids = append(ids, r.ID)
		}
		if len(ids) == 0 {
			return nil
		}
		if out.Removed, err = w.remove(ctx, tx, ids); err != nil {
			return err
		}
		out.More = len(ids) == sweepBatch
		_, err = tx.NewUpdate().Table("retention_marks").Set("done_through = ?", ids[len(ids)-1]).
			Where("name = ?", w.name).Exec(ctx)
		return err
	})
	return out, db.Failed("sweep "+w.name, err)
}

// ForgetPositions removes the positions from the next punches that arrived before an instant, and the hash that tells
// the device, and the address of a foreign network. What was judged by them stays: the distance, whether it was
// outside, and what was doubted.
func (s *Persons) ForgetPositions(ctx context.Context, before time.Time) (Swept, error) {
	return s.run(ctx, sweep{name: "positions", table: "punches", at: "received_at",
		remove: func(ctx context.Context, tx bun.Tx, ids []int64) (int, error) {
			return affected(ctx, unplaced(tx, "punches").Where("id IN (?)", bun.List(ids)))
		}}, before)
}

// ForgetClaimedPositions does the same with the next claims that arrived before an instant, whatever was decided about
// them. The punch that one became arrived with the decision, and loses here what came with the claim.
func (s *Persons) ForgetClaimedPositions(ctx context.Context, before time.Time) (Swept, error) {
	return s.run(ctx, sweep{name: "claims", table: "corrections", at: "requested_at",
		remove: func(ctx context.Context, tx bun.Tx, ids []int64) (int, error) {
			// Asked for first: with a subquery MySQL would go through all punches.
			var claims []struct {
				ID         int64 `bun:"id"`
				EmployeeID int64 `bun:"employee_id"`
			}
			err := tx.NewSelect().Table("corrections").Column("id", "employee_id").Where("id IN (?)", bun.List(ids)).
				Where("claim <> ''").Scan(ctx, &claims)
			if err != nil {
				return 0, err
			}
			// By its key, since what a claim names is the punch that it repeats, if it does.
			people, keys := make([]int64, len(claims)), make([]string, len(claims))
			for i, c := range claims {
				people[i], keys[i] = c.EmployeeID, attendance.CorrectionKey(c.ID)
			}
			recorded, err := affected(ctx, unplaced(tx, "punches").Where("employee_id IN (?)", bun.List(people)).
				Where("idempotency_key IN (?)", bun.List(keys)).Where("source = ?", attendance.SourceCorrection))
			if err != nil {
				return 0, err
			}
			asked, err := affected(ctx, unplaced(tx, "corrections").Where("id IN (?)", bun.List(ids)))
			return recorded + asked, err
		}}, before)
}

// unplaced takes position, device and address from rows of a table that have any.
func unplaced(tx bun.Tx, table string) *bun.UpdateQuery {
	return tx.NewUpdate().Table(table).
		Set("latitude = NULL, longitude = NULL, accuracy = NULL, device_hash = NULL, foreign_address = ''").
		Where("(latitude IS NOT NULL OR device_hash IS NOT NULL OR foreign_address <> '')")
}

// ForgetAddresses removes the addresses from the next entries of the audit log that were made before an instant, and
// the content of those that tell of addresses. The chain holds without them: see ledger. Of entries from before the log
// had a key it would not, so that these stay.
func (s *Persons) ForgetAddresses(ctx context.Context, before time.Time) (Swept, error) {
	return s.run(ctx, sweep{name: "addresses", table: "audit_log", at: "created_at",
		remove: func(ctx context.Context, tx bun.Tx, ids []int64) (int, error) {
			keyed := func() *bun.UpdateQuery {
				return tx.NewUpdate().Table("audit_log").Where("id IN (?)", bun.List(ids)).Where("key_id <> ''")
			}
			_, err := keyed().Set("before_json = NULL").Where("action = 'user.sessions_ended'").Exec(ctx)
			if err != nil {
				return 0, err
			}
			return affected(ctx, keyed().Set("address = ''").Where("address <> ''"))
		}}, before)
}

// ForgetBrowsers removes address and browser from sessions that began before an instant and are not over, at most so
// many.
func (s *Persons) ForgetBrowsers(ctx context.Context, before time.Time, limit int) (out Swept, err error) {
	var keys [][]byte
	err = s.db.Read().NewSelect().Table("sessions").Column("token_hash").Where("created_at < ?", before.UTC()).
		Where("(address <> '' OR user_agent <> '')").Limit(int64(limit)).Scan(ctx, &keys)
	if err != nil || len(keys) == 0 {
		return Swept{}, db.Failed("forget the browsers of sessions", err)
	}
	err = s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) (err error) {
		out.Removed, err = affected(ctx, idb.NewUpdate().Table("sessions").Set("address = '', user_agent = ''").
			Where("token_hash IN (?)", bun.List(keys)))
		return err
	})
	out.More = len(keys) == limit
	return out, db.Failed("forget the browsers of sessions", err)
}

// affected runs an update and counts its rows.
func affected(ctx context.Context, q *bun.UpdateQuery) (int, error) {
	res, err := q.Exec(ctx)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
