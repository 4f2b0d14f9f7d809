package ledger

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
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
	return task.DeadLetter{ID: r.ID, TaskID: r.TaskID, Queue: task.Queue(r.Queue), Kind: task.Kind(r.Kind),
		Payload: r.Payload,
		Error:   r.Error, Attempts: r.Attempts, DiedAt: r.DiedAt.UTC(), State: task.DeadState(r.State),
		Reason:    r.Reason,
		DecidedBy: r.DecidedBy, DecidedAt: db.UTC(r.DecidedAt)}
}

const deadLettersList = "dead"

// DeadLetter returns one dead letter, or CodeNotFound.
func (s *DeadLetters) DeadLetter(ctx context.Context, id int64) (task.DeadLetter, error) {
	var row deadLetterRow
	if err := s.db.Read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return task.DeadLetter{}, db.NotFound("load dead letter", "no such dead letter", err)
	}
	return row.domain(), nil
}

// DeadLetterFilter selects dead letters. Empty fields do not filter.
type DeadLetterFilter struct {
	State task.DeadState
	Kind  task.Kind
	// matches a part of the error, the payload or the task's id, case-insensitively as far as the database can
	Query  string
	Limit  int // 0 means 50; at most 500
	Cursor string
}

// DeadLetters lists dead letters, newest first.
func (s *DeadLetters) DeadLetters(ctx context.Context,
	f DeadLetterFilter) (rows []task.DeadLetter, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, deadLettersList, 1)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var letters []deadLetterRow
	q := f.where(s.db.Read().NewSelect().Model(&letters)).Order("id DESC").Limit(int64(limit + 1))
	if found {
		q = q.Where("id < ?", position[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list dead letters", err)
	}
	letters, next = db.Cut(
		letters,
		limit,
		func(d deadLetterRow) string { return db.EncodeCursor(deadLettersList, d.ID) },
	)
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
		like := "%" + db.LikeEscaper.Replace(text) + "%"
		q = q.Where("(LOWER(error) LIKE ? ESCAPE '!' OR LOWER(CAST(payload AS CHAR)) LIKE ? ESCAPE '!' OR "+
			"LOWER(task_id) LIKE ? ESCAPE '!')", like, like, like)
	}
	return q
}

// RetryDeadLetter marks an open letter retried and leaves its task again. An unknown id is CodeNotFound, a letter that
// is no longer open CodeConflict.
func (s *DeadLetters) RetryDeadLetter(ctx context.Context, id int64, by Actor) error {
	return db.Failed("retry dead letter", s.decideOne(ctx, id, by, task.DeadRetried, ""))
}

// DiscardDeadLetter marks an open letter discarded; errors as in RetryDeadLetter.
func (s *DeadLetters) DiscardDeadLetter(ctx context.Context, id int64, by Actor, reason string) error {
	return db.Failed("discard dead letter", s.decideOne(ctx, id, by, task.DeadDiscarded, reason))
}

// mostAtOnce bounds a bulk decision, so that its locks are short.
const mostAtOnce = 200

// DecideDeadLetters is RetryDeadLetter (state retried) or DiscardDeadLetter (state discarded) for the open letters that
// a filter selects, newest first, at most 200 at once; its State, Limit and Cursor do not matter. It returns how many
// it decided. The audit log has an entry for each.
func (s *DeadLetters) DecideDeadLetters(ctx context.Context, f DeadLetterFilter, by Actor, state task.DeadState,
	reason string) (n int, err error) {
	f.State = task.DeadOpen
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *Tx) error {
		var letters []deadLetterRow
		q := f.where(tx.NewSelect().Model(&letters)).Order("id DESC").Limit(mostAtOnce)
		if err := s.db.ForUpdate(q, "").Scan(ctx); err != nil {
			return err
		}
		n = len(letters)
		return tx.decide(ctx, letters, state, reason)
	})
	return n, db.Failed("decide dead letters", err)
}

func (s *DeadLetters) decideOne(ctx context.Context, id int64, by Actor, state task.DeadState, reason string) error {
	return s.ledger.Change(ctx, by, func(ctx context.Context, tx *Tx) error {
		var d deadLetterRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&d).Where("id = ?", id), "").Scan(ctx); err != nil {
			return db.NotFound("decide dead letter", "no such dead letter", err)
		}
		if d.State != string(task.DeadOpen) {
			return attendance.NewError(attendance.CodeConflict, "the dead letter was "+d.State+" already")
		}
		return tx.decide(ctx, []deadLetterRow{d}, state, reason)
	})
}

// decide ends open letters that are locked.
func (t *Tx) decide(ctx context.Context, letters []deadLetterRow, state task.DeadState, reason string) error {
	if len(letters) == 0 {
		return nil
	}
	reason = db.Clip(reason, 500)
	after, err := json.Marshal(struct {
		State  task.DeadState `json:"state"`
		Reason string         `json:"reason,omitempty"`
	}{state, reason})
	if err != nil {
		return err
	}
	ids := make([]int64, len(letters))
	for i := range letters {
		d := &letters[i]
		ids[i] = d.ID
		if state == task.DeadRetried {
			t.leaveEncoded(ctx, task.Kind(d.Kind), string(d.Payload)) // as it is, JSON or not
		}
		t.Audit(AuditEntry{Action: "dead_letter." + string(state), Table: "dead_letters",
			RowID:  strconv.FormatInt(d.ID, 10),
			Before: []byte(`{"state":"open"}`), After: after})
	}
	_, err = t.NewUpdate().Model((*deadLetterRow)(nil)).Set("state = ?", state).Set("reason = ?", reason).
		Set("decided_by = ?", t.by.UserID).Set("decided_at = ?", t.Now).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}

// SaveDeadLetter stores a dead task, as open, once per (task id, died at); created is false if it was there. What the
// death changes is part of the same transaction, so that it happens also when the process dies right after: the task's
// outbox row goes, the death is counted, what the task was for is marked as failed, and the announcement is left in the
// outbox.
func (s *DeadLetters) SaveDeadLetter(ctx context.Context, d task.DeadLetter) (id int64, created bool, err error) {
	row := deadLetterRow{
		TaskID:   db.Clip(d.TaskID, 191),
		Queue:    string(d.Queue),
		Kind:     string(d.Kind),
		Payload:  d.Payload,
		Error:    db.Clip(d.Error, 8000),
		Attempts: d.Attempts,
		DiedAt:   d.DiedAt.UTC().Truncate(time.Microsecond),
		State:    string(task.DeadOpen),
	}
	if row.Payload == nil {
		row.Payload = []byte{}
	}
	err = s.ledger.Change(ctx, Actor{}, func(ctx context.Context, tx *Tx) error {
		row.ID = 0
		res, err := tx.NewInsert().Model(&row).Ignore().Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		created = n == 1
		err = tx.NewSelect().Model((*deadLetterRow)(nil)).Column("id").
			Where("task_id = ? AND died_at = ?", row.TaskID, row.DiedAt).Scan(ctx, &id)
		if err != nil || !created {
			return err
		}
		return s.follow(ctx, tx, d, id)
	})
	if err != nil {
		return 0, false, db.Failed("save dead letter", err)
	}
	return id, created, nil
}

// follow carries out what follows from a death.
func (s *DeadLetters) follow(ctx context.Context, tx *Tx, d task.DeadLetter, id int64) error {
	if row, ok := task.OutboxID(d.TaskID); ok {
		if _, err := tx.NewDelete().Model((*OutboxRow)(nil)).Where("id = ?", row).Exec(ctx); err != nil {
			return err
		}
	}
	if err := s.mourn(ctx, tx, d); err != nil {
		return err
	}
	if d.Kind != task.DeadNotify { // the death of an announcement is not announced
		if err := tx.Leave(ctx, task.DeadNotify, task.Dead{V: 1, ID: id}); err != nil {
			return err
		}
	}
	return s.ledger.addOutcomes(ctx, tx, []task.Outcome{{Minute: tx.Now, Queue: d.Queue, Kind: d.Kind, Died: 1}})
}
