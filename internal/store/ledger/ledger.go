// Package ledger is the room of what is written beside the data: the audit log, the outbox, dead letters, the outcomes
// of tasks, and the nodes that run. Every change of data by the rooms above goes through Ledger.Change.
package ledger

import (
	"context"
	"sync/atomic"

	"hadir/internal/store/db"
	"hadir/internal/task"
)

// Ledger is the one way to change data with an audit entry or a task.
type Ledger struct {
	db       *db.DB
	onCommit func(rows []task.Outboxed) // nil: the relay finds the rows
	keys     []auditKey
	wrote    atomic.Bool // an audit entry
	rules    []TouchRule // about changes of days
}

// New returns the ledger of a database. onCommit gets the outbox rows of each commit, for their delivery at once; nil
// leaves them to the relay. It must not block. keys are those of the audit log: the first is the one to write with, the
// others are known from before.
func New(d *db.DB, onCommit func(rows []task.Outboxed), keys ...string) *Ledger {
	l := &Ledger{db: d, onCommit: onCommit}
	for _, k := range keys {
		l.keys = append(l.keys, newAuditKey(k))
	}
	return l
}

// Outbox is for the relay, and for whoever delivers committed rows.
type Outbox struct{ db *db.DB }

// NewOutbox returns the outbox of a database.
func NewOutbox(d *db.DB) *Outbox { return &Outbox{d} }

// Audit is the audit log.
type Audit struct {
	db     *db.DB
	ledger *Ledger
}

// NewAudit returns the audit log of a database.
func NewAudit(d *db.DB, l *Ledger) *Audit { return &Audit{d, l} }

// DeadLetters are the tasks that ran out of retries.
type DeadLetters struct {
	db     *db.DB
	ledger *Ledger
	mourn  func(ctx context.Context, tx *Tx, d task.DeadLetter) error
}

// NewDeadLetters returns the dead letters of a database. mourn marks what a dead task was for, in the transaction that
// stores the dead letter.
func NewDeadLetters(d *db.DB, l *Ledger,
	mourn func(ctx context.Context, tx *Tx, d task.DeadLetter) error) *DeadLetters {
	return &DeadLetters{d, l, mourn}
}

// Outcomes are the counts of tasks that ended.
type Outcomes struct {
	db     *db.DB
	ledger *Ledger
}

// NewOutcomes returns the outcomes of tasks in a database.
func NewOutcomes(d *db.DB, l *Ledger) *Outcomes { return &Outcomes{d, l} }

// Nodes are the processes that run.
type Nodes struct{ db *db.DB }

// NewNodes returns the nodes of a database.
func NewNodes(d *db.DB) *Nodes { return &Nodes{d} }
