// Package ledger is the API of what the machinery keeps books of: the audit log, the queues with their dead letters,
// and the running nodes.
package ledger

import (
	"context"
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/clock"
	"hadir/internal/store/ledger"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Audit       *ledger.Audit
	DeadLetters *ledger.DeadLetters
	Nodes       *ledger.Nodes
	Outcomes    *ledger.Outcomes
}

// Options configures Register.
type Options struct {
	Store Rooms
	Clock clock.Clock
	Log   *slog.Logger
	// Queues tells what the queues hold now; its elements appear as they are in the answer. nil leaves them out.
	Queues func(ctx context.Context) (any, error)
}

type api struct{ o Options }

// Tags of the operations.
const (
	tagOperations = "Operations"
	tagAudit      = "Audit"
)

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerQueues(r)
	a.registerDeadLetters(r)
	a.registerNodes(r)
	a.registerAudit(r)
}
