package task

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Outboxed is a task to enqueue that a transaction left behind.
type Outboxed struct {
	ID        int64
	Kind      Kind
	Payload   []byte // JSON
	Trace     string
	CreatedAt time.Time
}

// TaskID is the id under which the row is enqueued, so that enqueuing it twice delivers it once.
func (o Outboxed) TaskID() string { return outboxPrefix + strconv.FormatInt(o.ID, 10) }

const outboxPrefix = "outbox:"

// OutboxID returns the id of the outbox row that a task was made of; false for a task that has none. Copies that
// earlier releases made of a task have a second number behind the row's.
func OutboxID(taskID string) (int64, bool) {
	rest, ok := strings.CutPrefix(taskID, outboxPrefix)
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	return id, err == nil
}

// Outcome counts what became of a kind's tasks in one minute.
type Outcome struct {
	Minute    time.Time
	Queue     Queue
	Kind      Kind
	Succeeded int64 // tasks that ended well
	Died      int64 // tasks that ended in the dead letters
	Retried   int64 // attempts that failed and will be repeated
}

// DeadState is where a dead letter stands.
type DeadState string

const (
	DeadOpen      DeadState = "open"
	DeadRetried   DeadState = "retried"
	DeadDiscarded DeadState = "discarded"
)

// DeadLetter is a task that ended badly.
type DeadLetter struct {
	ID        int64      `json:"id"`
	TaskID    string     `json:"task_id"`
	Queue     Queue      `json:"queue"`
	Kind      Kind       `json:"kind"`
	Payload   []byte     `json:"payload"`
	Error     string     `json:"error"`
	Attempts  int        `json:"attempts"`
	DiedAt    time.Time  `json:"died_at"`
	State     DeadState  `json:"state"`
	Reason    string     `json:"reason,omitempty"`
	DecidedBy int64      `json:"decided_by,omitempty"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

// Read decodes the payload into p. It is false for one that cannot be read, which names nothing.
func (d *DeadLetter) Read(p any) bool { return json.Unmarshal(d.Payload, p) == nil }
