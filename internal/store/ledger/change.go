package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// Actor is who makes a change, and from where, for the audit log. The zero value is the system.
type Actor struct {
	UserID     int64
	Address    string
	EmployeeID int64   // who the user is among the employees, 0 for nobody: what they do about themselves is limited
	MakerID    int64   // the employee who made the API token that is used for another user, else 0: limited likewise
	BranchIDs  []int64 // whose days the changes may concern; nil for every branch
	MakerIDs   []int64 // the employees in whose hands the account may be, since it is of their making
}

// Is tells whether an actor decides about themselves where a change concerns an employee.
func (a Actor) Is(employeeID int64) bool {
	return employeeID != 0 && (employeeID == a.EmployeeID || employeeID == a.MakerID)
}

// MayBe tells whether an actor is an employee, or may be by an account of that employee's making.
func (a Actor) MayBe(employeeID int64) bool {
	return slices.Contains(a.Selves(), employeeID)
}

// Selves are the employees whose own days are an actor's own, each once.
func (a Actor) Selves() (ids []int64) {
	for _, id := range append([]int64{a.EmployeeID, a.MakerID}, a.MakerIDs...) {
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Tx is a transaction that changes data on somebody's behalf. What it leaves behind, audit entries and tasks, is
// gathered while it runs and written as its last act; the tasks are handed over only after the commit.
type Tx struct {
	bun.Tx
	by      Actor
	rules   []TouchRule
	Now     time.Time
	entries []AuditEntry
	tasks   []OutboxRow
}

// By returns who makes the change.
func (t *Tx) By() Actor { return t.by }

// Change is the one way to change data with an audit entry or a task: nothing that a transaction leaves behind gets out
// of here unless it was committed. fn is run again when the database broke the transaction off for the sake of others,
// as in db.Write, so it must not keep anything of an earlier run.
func (s *Ledger) Change(ctx context.Context, by Actor, fn func(ctx context.Context, tx *Tx) error) error {
	var left []task.Outboxed
	err := s.db.Write(ctx, func(ctx context.Context, db bun.Tx) error {
		tx := &Tx{Tx: db, by: by, rules: s.rules, Now: s.db.Clock.Now()}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		var err error
		if left, err = s.insertOutbox(ctx, db, tx.tasks); err != nil {
			return err
		}
		return s.appendAudit(ctx, db, tx.entries...)
	})
	if err == nil {
		s.HandOver(left)
	}
	return err
}

// HandOver gives committed outbox rows to whoever enqueues them.
func (s *Ledger) HandOver(rows []task.Outboxed) {
	if len(rows) > 0 && s.onCommit != nil {
		s.onCommit(rows)
	}
}

// Audit adds entries in the name of whoever makes the change.
func (t *Tx) Audit(es ...AuditEntry) {
	for _, e := range es {
		e.UserID, e.Address = t.by.UserID, t.by.Address
		t.entries = append(t.entries, e)
	}
}

// Row names a row of a table.
type Row struct {
	Table string
	ID    int64
}

// AuditChange adds the entry of a change of one row; before is nil for one that is new, after for one that is gone.
func AuditChange[T any](t *Tx, action string, row Row, before, after *T) error {
	e := AuditEntry{Action: action, Table: row.Table, RowID: strconv.FormatInt(row.ID, 10)}
	var err error
	if before != nil {
		if e.Before, err = json.Marshal(before); err != nil {
			return fmt.Errorf("encode %s %d: %w", row.Table, row.ID, err)
		}
	}
	if after != nil {
		if e.After, err = json.Marshal(after); err != nil {
			return fmt.Errorf("encode %s %d: %w", row.Table, row.ID, err)
		}
	}
	t.Audit(e)
	return nil
}

// Leave adds a task to what the transaction leaves behind; its payload is stored as JSON.
func (t *Tx) Leave(ctx context.Context, kind task.Kind, payload any) error {
	row, err := TaskRow(ctx, kind, payload, t.Now)
	t.tasks = append(t.tasks, row)
	return err
}

// leaveEncoded is Leave for a payload that is encoded already.
func (t *Tx) leaveEncoded(ctx context.Context, kind task.Kind, payload string) {
	t.tasks = append(t.tasks, newOutboxRow(ctx, kind, payload, t.Now))
}
