package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

type deadLetterRow struct {
	bun.BaseModel `bun:"table:dead_letters,alias:d"`

	ID        int64      `bun:"id,pk,autoincrement"`
	TaskID    string     `bun:"task_id"`
	Queue     string     `bun:"queue"`
	Kind      string     `bun:"kind"`
	Payload   []byte     `bun:"payload"`
	Error     string     `bun:"error"`
	Attempts  int        `bun:"attempts"`
	DiedAt    time.Time  `bun:"died_at"`
	State     string     `bun:"state"`
	Reason    string     `bun:"reason"`
	DecidedBy int64      `bun:"decided_by,nullzero"`
	DecidedAt *time.Time `bun:"decided_at"`
}

func (r *deadLetterRow) domain() task.DeadLetter {
	return task.DeadLetter{ID: r.ID, TaskID: r.TaskID, Queue: task.Queue(r.Queue), Kind: task.Kind(r.Kind), Payload: r.Payload,
		Error: r.Error, Attempts: r.Attempts, DiedAt: r.DiedAt.UTC(), State: task.DeadState(r.State), Reason: r.Reason,
		DecidedBy: r.DecidedBy, DecidedAt: utc(r.DecidedAt)}
}

const deadLettersList = "dead"

// SaveDeadLetter stores a dead task, as open, once per (task id, died at); created is false if it was there.
func (s *Store) SaveDeadLetter(ctx context.Context, d task.DeadLetter) (id int64, created bool, err error) {
	row := deadLetterRow{TaskID: clip(d.TaskID, 191), Queue: string(d.Queue), Kind: string(d.Kind), Payload: d.Payload,
		Error: clip(d.Error, 8000), Attempts: d.Attempts, DiedAt: d.DiedAt.UTC().Truncate(time.Microsecond), State: string(task.DeadOpen)}
	if row.Payload == nil {
		row.Payload = []byte{}
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0
		res, err := tx.NewInsert().Model(&row).Ignore().Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		created = n == 1
		if err != nil {
			return err
		}
		return tx.NewSelect().Model((*deadLetterRow)(nil)).Column("id").
			Where("task_id = ? AND died_at = ?", row.TaskID, row.DiedAt).Scan(ctx, &id)
	})
	if err != nil {
		return 0, false, failed("save dead letter", err)
	}
	return id, created, nil
}

// DeadLetterFilter selects dead letters. Empty fields do not filter.
type DeadLetterFilter struct {
	State  task.DeadState
	Kind   task.Kind
	Query  string // matches a part of the error, the payload or the task's id, case-insensitively as far as the database can
	Limit  int    // 0 means 50; at most 500
	Cursor string
}

// DeadLetters lists dead letters, newest first.
func (s *Store) DeadLetters(ctx context.Context, f DeadLetterFilter) (rows []task.DeadLetter, next string, err error) {
	position, found, err := decodeCursor(f.Cursor, deadLettersList, 1)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(f.Limit)
	var letters []deadLetterRow
	q := f.where(s.read().NewSelect().Model(&letters)).Order("id DESC").Limit(int64(limit + 1))
	if found {
		q = q.Where("id < ?", position[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", failed("list dead letters", err)
	}
	letters, next = cut(letters, limit, func(d deadLetterRow) string { return encodeCursor(deadLettersList, d.ID) })
	rows = make([]task.DeadLetter, len(letters))
	for i := range letters {
		rows[i] = letters[i].domain()
	}
	return rows, next, nil
}

// where adds the filter's conditions, but not its position.
func (f *DeadLetterFilter) where(q *bun.SelectQuery) *bun.SelectQuery {
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if text := strings.ToLower(strings.TrimSpace(f.Query)); text != "" {
		like := "%" + likeEscaper.Replace(text) + "%"
		q = q.Where("(LOWER(error) LIKE ? ESCAPE '!' OR LOWER(CAST(payload AS CHAR)) LIKE ? ESCAPE '!' OR LOWER(task_id) LIKE ? ESCAPE '!')", like, like, like)
	}
	return q
}

// RetryDeadLetter marks an open letter retried and leaves an outbox row with its payload, in one transaction with the
// audit entry. An unknown id is CodeNotFound, a letter that is no longer open CodeConflict.
func (s *Store) RetryDeadLetter(ctx context.Context, id, userID int64) (task.Outboxed, error) {
	var out outboxRow
	err := s.decide(ctx, id, userID, task.DeadRetried, "", func(ctx context.Context, tx bun.Tx, d *deadLetterRow) error {
		out = newOutboxRow(ctx, d.Kind, d.Payload, s.clock.Now())
		_, err := tx.NewInsert().Model(&out).Exec(ctx)
		return err
	})
	if err != nil {
		return task.Outboxed{}, failed("retry dead letter", err)
	}
	return out.domain(), nil
}

// mostAtOnce bounds a bulk decision, so that its locks are short.
const mostAtOnce = 200

// DecideDeadLetters is RetryDeadLetter (state retried) or DiscardDeadLetter (state discarded) for the open letters that a filter
// selects, newest first, at most 200 at once; its State, Limit and Cursor do not matter. It returns how many it decided. The
// relay brings those that run again to the queue, within seconds. The audit log has an entry for each.
func (s *Store) DecideDeadLetters(ctx context.Context, f DeadLetterFilter, by Actor, state task.DeadState, reason string) (n int, err error) {
	now := s.clock.Now()
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var letters []deadLetterRow
		f.State = task.DeadOpen
		if err := s.forUpdate(f.where(tx.NewSelect().Model(&letters)).Order("id DESC").Limit(mostAtOnce), "").Scan(ctx); err != nil {
			return err
		}
		if n = len(letters); n == 0 {
			return nil
		}
		ids := make([]int64, n)
		tasks := make([]outboxRow, n)
		entries := make([]AuditEntry, n)
		after, err := json.Marshal(map[string]string{"state": string(state), "reason": reason})
		if err != nil {
			return err
		}
		for i := range letters {
			d := &letters[i]
			ids[i] = d.ID
			tasks[i] = newOutboxRow(ctx, d.Kind, d.Payload, now) // as it is, JSON or not
			entries[i] = AuditEntry{UserID: by.UserID, Address: by.Address, Action: "dead_letter." + string(state), Table: "dead_letters", RowID: strconv.FormatInt(d.ID, 10),
				Before: []byte(`{"state":"open"}`), After: after}
		}
		if _, err := tx.NewUpdate().Model((*deadLetterRow)(nil)).Set("state = ?", state).Set("reason = ?", clip(reason, 500)).Set("decided_by = ?", by.UserID).Set("decided_at = ?", now).
			Where("id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		if state == task.DeadRetried {
			if err := insertAll(ctx, tx, tasks); err != nil {
				return err
			}
		}
		return s.appendAudit(ctx, tx, entries...)
	})
	return n, failed("decide dead letters", err)
}

// DiscardDeadLetter marks an open letter discarded; errors as in RetryDeadLetter.
func (s *Store) DiscardDeadLetter(ctx context.Context, id, userID int64, reason string) error {
	return failed("discard dead letter", s.decide(ctx, id, userID, task.DeadDiscarded, clip(reason, 500), nil))
}

func (s *Store) decide(ctx context.Context, id, userID int64, state task.DeadState, reason string,
	also func(context.Context, bun.Tx, *deadLetterRow) error) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var d deadLetterRow
		err := s.forUpdate(tx.NewSelect().Model(&d).Where("id = ?", id), "").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return attendance.NewError(attendance.CodeNotFound, "no such dead letter")
		}
		if err != nil {
			return err
		}
		if d.State != string(task.DeadOpen) {
			return attendance.NewError(attendance.CodeConflict, "the dead letter was "+d.State+" already")
		}
		now := s.clock.Now()
		d.State, d.Reason, d.DecidedBy, d.DecidedAt = string(state), reason, userID, &now
		_, err = tx.NewUpdate().Model(&d).Column("state", "reason", "decided_by", "decided_at").WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if also != nil {
			if err := also(ctx, tx, &d); err != nil {
				return err
			}
		}
		after, err := json.Marshal(struct {
			State  task.DeadState `json:"state"`
			Reason string         `json:"reason,omitempty"`
		}{state, reason})
		if err != nil {
			return err
		}
		return s.appendAudit(ctx, tx, AuditEntry{UserID: userID, Action: "dead_letter." + string(state), Table: "dead_letters",
			RowID: strconv.FormatInt(id, 10), Before: []byte(`{"state":"open"}`), After: after})
	})
}
