package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/store/db"
	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/uptrace/bun"
)

// ClaimOutbox locks rows created before the given instant for this caller until claimUntil, skipping rows others hold,
// and returns at most limit of them, oldest first.
func (s *Outbox) ClaimOutbox(ctx context.Context, before, claimUntil time.Time, limit int) ([]task.Outboxed, error) {
	var rows []OutboxRow
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows = nil
		// The row locks last only as long as this transaction; claimed_until is what holds afterwards. Skipping locked
		// rows keeps two relays, and a node that deletes what it delivered, from waiting for each other.
		q := tx.NewSelect().Model(&rows).Where("created_at < ?", before.UTC()).
			Where("(claimed_until IS NULL OR claimed_until <= ?)", s.db.Clock.Now()).Order("created_at",
			"id").Limit(int64(limit))
		if err := s.db.ForUpdate(q, " SKIP LOCKED").Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]int64, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
		}
		_, err := tx.NewUpdate().Model((*OutboxRow)(nil)).Set("claimed_until = ?", claimUntil.UTC()).
			Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, db.Failed("claim outbox", err)
	}
	claimed := make([]task.Outboxed, len(rows))
	for i := range rows {
		claimed[i] = rows[i].Domain()
	}
	return claimed, nil
}

// DeleteOutbox removes delivered rows by id.
func (s *Outbox) DeleteOutbox(ctx context.Context, ids []int64) error {
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		err := s.db.WriteOne(ctx, func(ctx context.Context, db bun.IDB) error {
			_, err := db.NewDelete().Model((*OutboxRow)(nil)).Where("id IN (?)", bun.List(chunk)).Exec(ctx)
			return err
		})
		if err != nil {
			return db.Failed("delete outbox", err)
		}
	}
	return nil
}

// OutboxBacklog counts rows and tells the oldest one's creation (zero if none).
func (s *Outbox) OutboxBacklog(ctx context.Context) (n int, oldest time.Time, err error) {
	var first *time.Time
	err = s.db.Read().NewSelect().Model((*OutboxRow)(nil)).ColumnExpr("COUNT(*), MIN(created_at)").Scan(ctx, &n, &first)
	if err != nil {
		return 0, time.Time{}, db.Failed("outbox backlog", err)
	}
	if first != nil {
		oldest = first.UTC()
	}
	return n, oldest, nil
}

// TaskRow is the row of a task for the recorder, which writes its rows in its own statements. Everybody else leaves
// tasks with Tx.Leave.
func TaskRow(ctx context.Context, kind task.Kind, payload any, now time.Time) (OutboxRow, error) {
	j, err := json.Marshal(payload)
	if err != nil {
		return OutboxRow{}, fmt.Errorf("payload of %s: %w", kind, err)
	}
	return newOutboxRow(ctx, kind, string(j), now), nil
}

// newOutboxRow is the row of a task that belongs to the trace of ctx.
func newOutboxRow(ctx context.Context, kind task.Kind, payload string, now time.Time) OutboxRow {
	return OutboxRow{Kind: string(kind), Payload: payload, Trace: telemetry.Handover(ctx), CreatedAt: now.UTC()}
}

// insertOutbox inserts rows in one statement and returns them with their ids.
func (s *Ledger) insertOutbox(ctx context.Context, tx bun.Tx, rows []OutboxRow) ([]task.Outboxed, error) {
	ids, err := db.InsertNumbered(ctx, s.db, tx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]task.Outboxed, len(rows))
	for i := range rows {
		rows[i].ID = ids[i]
		out[i] = rows[i].Domain()
	}
	return out, nil
}

type OutboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	ID           int64      `bun:"id,pk,autoincrement"`
	Kind         string     `bun:"kind"`
	Payload      string     `bun:"payload"` // JSON
	Trace        string     `bun:"trace"`
	CreatedAt    time.Time  `bun:"created_at"`
	ClaimedUntil *time.Time `bun:"claimed_until"`
}

func (r *OutboxRow) Domain() task.Outboxed {
	return task.Outboxed{ID: r.ID, Kind: task.Kind(r.Kind), Payload: []byte(r.Payload), Trace: r.Trace,
		CreatedAt: r.CreatedAt.UTC()}
}
