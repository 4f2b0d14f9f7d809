package store_test

import (
	"context"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// SaveBranch adds a branch without an id, and changes one that has one.
func (r *rooms) SaveBranch(ctx context.Context, b attendance.Branch) (attendance.Branch, error) {
	if b.ID == 0 {
		return r.AddBranch(ctx, b, store.Actor{})
	}
	return r.ChangeBranch(ctx, b.ID, store.Actor{}, func(to *attendance.Branch) error {
		*to = b
		return nil
	})
}

// SaveShift is SaveBranch for shifts.
func (r *rooms) SaveShift(ctx context.Context, sh attendance.Shift) (attendance.Shift, error) {
	if sh.ID == 0 {
		return r.AddShift(ctx, sh, store.Actor{})
	}
	return r.ChangeShift(ctx, sh.ID, store.Actor{}, func(to *attendance.Shift) error {
		*to = sh
		return nil
	})
}

// AddHolidays adds holidays one by one.
func (r *rooms) AddHolidays(ctx context.Context, hs []attendance.Holiday) error {
	for _, h := range hs {
		if _, err := r.AddHoliday(ctx, h, store.Actor{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// AddUsers creates users.
func (r *rooms) AddUsers(ctx context.Context, us []account.User, hashes []string) ([]account.User, error) {
	return r.CreateUsers(ctx, ledger.Actor{}, us, hashes)
}

// PutPunches inserts punches; they get new ids.
func (r *rooms) PutPunches(ctx context.Context, ps ...attendance.Punch) error {
	return r.SeedHistory(ctx, ps, nil)
}

// PutDays inserts days as they are.
func (r *rooms) PutDays(ctx context.Context, ds ...attendance.Day) error {
	return r.SeedHistory(ctx, nil, ds)
}

// PutOutbox inserts outbox rows as they are.
func (r *rooms) PutOutbox(ctx context.Context, os ...task.Outboxed) error {
	rows := make([]ledger.OutboxRow, len(os))
	for i, o := range os {
		rows[i] = ledger.OutboxRow{ID: o.ID, Kind: string(o.Kind), Payload: string(o.Payload), Trace: o.Trace,
			CreatedAt: o.CreatedAt}
	}
	_, err := r.Builder().NewInsert().Model(&rows).Exec(ctx)
	return err
}

// CloseFrom makes a branch begin with a date, as if nobody had been planned there before.
func (r *rooms) CloseFrom(ctx context.Context, branchID int64, d attendance.Date) error {
	if err := r.Exec(ctx, "DELETE FROM recap_begins WHERE branch_id = ?", branchID); err != nil {
		return err
	}
	return r.Exec(ctx, "INSERT INTO recap_begins (branch_id, from_date) VALUES (?, ?)", branchID, d)
}

// Exec runs a statement on the writer.
func (r *rooms) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := r.Builder().NewRaw(statement, args...).Exec(ctx)
	return err
}

// Query reads rows into dest as bun does.
func (r *rooms) Query(ctx context.Context, dest any, query string, args ...any) error {
	return r.Read().NewRaw(query, args...).Scan(ctx, dest)
}

// Write runs fn in a transaction as the store's own methods do.
func (r *rooms) Write(ctx context.Context, fn func(exec func(statement string) error) error) error {
	return r.databaseRoom.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return fn(func(statement string) error {
			_, err := tx.ExecContext(ctx, statement)
			return err
		})
	})
}

// Watch returns the statements that fn runs. The store must not be in use elsewhere.
func (r *rooms) Watch(fn func()) []string {
	w := watcher{watching: true}
	db.Watch(r.databaseRoom, &w)
	fn()
	w.watching = false
	return w.statements
}

type watcher struct {
	watching   bool
	statements []string
}

func (w *watcher) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if w.watching {
		w.statements = append(w.statements, strings.Split(strings.TrimSuffix(e.Query, ";"), ";")...) // of a packet, too
	}
	return ctx
}

func (w *watcher) AfterQuery(context.Context, *bun.QueryEvent) {}
