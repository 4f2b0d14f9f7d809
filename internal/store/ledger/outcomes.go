package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hadir/internal/store/db"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

type outcomeRow struct {
	bun.BaseModel `bun:"table:task_outcomes,alias:o"`

	Minute    time.Time `bun:"minute,pk"`
	Queue     string    `bun:"queue,pk"`
	Kind      string    `bun:"kind,pk"`
	Succeeded int64     `bun:"succeeded"`
	Died      int64     `bun:"died"`
	Retried   int64     `bun:"retried"`
}

// AddOutcomes adds counts to their minutes.
func (s *Outcomes) AddOutcomes(ctx context.Context, os []task.Outcome) error {
	if len(os) == 0 {
		return nil
	}
	return db.Failed("add outcomes", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return s.ledger.addOutcomes(ctx, tx, os)
	}))
}

func (s *Ledger) addOutcomes(ctx context.Context, idb bun.IDB, os []task.Outcome) error {
	// In one order everywhere, so that two workers adding to the same minutes never wait for each other in a circle.
	os = slices.Clone(os)
	slices.SortFunc(os, func(a, b task.Outcome) int {
		return cmp.Or(a.Minute.Compare(b.Minute), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Kind, b.Kind))
	})
	rows := make([]outcomeRow, len(os))
	for i, o := range os {
		rows[i] = outcomeRow{Minute: o.Minute.UTC().Truncate(time.Minute), Queue: string(o.Queue), Kind: string(o.Kind),
			Succeeded: o.Succeeded, Died: o.Died, Retried: o.Retried}
	}
	sum := func(column string) string { return column + " = " + column + " + " + s.db.Inserted(column) }
	for chunk := range slices.Chunk(rows, db.RowsPerInsert) {
		q := s.db.Upsert(idb.NewInsert().Model(&chunk), "minute, queue, kind", sum("succeeded"), sum("died"),
			sum("retried"))
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Outcomes sums the counts since an instant per queue and kind (Minute is zero), ordered by queue and kind. The minute
// that holds the instant counts as a whole.
func (s *Outcomes) Outcomes(ctx context.Context, since time.Time) ([]task.Outcome, error) {
	var rows []outcomeRow
	err := s.db.Read().NewSelect().Model(&rows).Column("queue", "kind").
		ColumnExpr("SUM(succeeded) AS succeeded, SUM(died) AS died, SUM(retried) AS retried").
		Where("minute >= ?", since.UTC().Truncate(time.Minute)).Group("queue", "kind").Order("queue", "kind").Scan(ctx)
	if err != nil {
		return nil, db.Failed("sum outcomes", err)
	}
	os := make([]task.Outcome, len(rows))
	for i, r := range rows {
		os[i] = task.Outcome{Queue: task.Queue(r.Queue), Kind: task.Kind(r.Kind), Succeeded: r.Succeeded, Died: r.Died,
			Retried: r.Retried}
	}
	return os, nil
}

// ForgetOutcomes removes the counts of minutes before an instant, at most limit rows, and returns how many it removed.
func (s *Outcomes) ForgetOutcomes(ctx context.Context, before time.Time, limit int) (removed int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []outcomeRow
		if err := tx.NewSelect().Model(&rows).Column("minute", "queue", "kind").Where("minute < ?",
			before.UTC()).Order("minute").Limit(int64(limit)).Scan(ctx); err != nil {
			return err
		}
		removed = len(rows)
		if removed == 0 {
			return nil
		}
		// Up to and with the last one's minute: its other queues and kinds are as old.
		_, err := tx.NewDelete().Model((*outcomeRow)(nil)).Where("minute <= ?", rows[removed-1].Minute).Exec(ctx)
		return err
	})
	return removed, db.Failed("forget outcomes", err)
}
