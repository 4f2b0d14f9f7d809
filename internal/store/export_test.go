package store

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// What follows lets tests put rows in place without the recorder, and look at what no public method shows.

// PutPunches inserts punches as they are; their idempotency keys are made of their ids.
func (s *Store) PutPunches(ctx context.Context, ps ...attendance.Punch) error {
	rows := make([]punchRow, len(ps))
	for i, p := range ps {
		rows[i] = newPunchRow(p)
		rows[i].IdempotencyKey = "put-" + p.OccurredAt.String()[:25]
	}
	return insertAll(ctx, s.writer, rows)
}

// PutDays inserts days as they are.
func (s *Store) PutDays(ctx context.Context, ds ...attendance.Day) error {
	rows := make([]dayRow, len(ds))
	for i, d := range ds {
		rows[i] = newDayRow(d)
	}
	return insertAll(ctx, s.writer, rows)
}

// PutOutbox inserts outbox rows as they are.
func (s *Store) PutOutbox(ctx context.Context, os ...task.Outboxed) error {
	rows := make([]outboxRow, len(os))
	for i, o := range os {
		rows[i] = outboxRow{ID: o.ID, Kind: string(o.Kind), Payload: string(o.Payload), Trace: o.Trace,
			CreatedAt: o.CreatedAt}
	}
	return insertAll(ctx, s.writer, rows)
}

// Exec runs a statement on the writer.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := s.writer.NewRaw(statement, args...).Exec(ctx)
	return err
}

// Query reads rows into dest as bun does.
func (s *Store) Query(ctx context.Context, dest any, query string, args ...any) error {
	return s.reader.NewRaw(query, args...).Scan(ctx, dest)
}

// HoldMigrationLock takes the lock as a migrating process does, calls held, and loses its connection as a killed
// process does.
func (s *Store) HoldMigrationLock(ctx context.Context, held func()) error {
	db, err := s.separate()
	if err != nil {
		return err
	}
	_ = s.locked(ctx, db, func() error {
		held()
		return db.Close()
	})
	return nil
}

// Write runs fn in a transaction as the store's own methods do.
func (s *Store) Write(ctx context.Context, fn func(exec func(statement string) error) error) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return fn(func(statement string) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		})
	})
}

// Watch returns the statements that fn runs. The store must not be in use elsewhere.
func (s *Store) Watch(fn func()) []string {
	var w watcher
	reader, writer := s.reader, s.writer
	defer func() { s.reader, s.writer = reader, writer }()
	s.reader, s.writer = reader.WithQueryHook(&w), writer.WithQueryHook(&w)
	fn()
	return w.statements
}

type watcher struct{ statements []string }

func (w *watcher) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	w.statements = append(w.statements, e.Query)
	return ctx
}

func (w *watcher) AfterQuery(context.Context, *bun.QueryEvent) {}

// CloseFrom makes a branch begin with a date, as if nobody had been planned there before.
func (s *Store) CloseFrom(ctx context.Context, branchID int64, d attendance.Date) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*recapBeginRow)(nil)).Where("branch_id = ?",
			branchID).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&recapBeginRow{BranchID: branchID, FromDate: d}).Exec(ctx)
		return err
	})
}
