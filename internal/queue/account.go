package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/prometheus/client_golang/prometheus"
)

// account collects what became of tasks and writes it to the ledger in batches: counts per minute, and the outbox rows
// to remove because their tasks ended. What cannot be written is added to the next batch.
type account struct {
	ledger Ledger
	clock  clock.Clock
	log    *slog.Logger
	total  *prometheus.CounterVec

	mu     sync.Mutex
	counts map[minute]*task.Outcome
	acked  []int64
	wake   chan struct{}
}

type minute struct {
	at    time.Time
	queue task.Queue
	kind  task.Kind
}

const (
	ackInterval   = 100 * time.Millisecond // how long an ended task's outbox row may stay
	countInterval = 2 * time.Second
	maxAcks       = 100_000 // kept while the database is away; the relay settles what is beyond
)

func newAccount(o ServerOptions) *account {
	a := &account{ledger: o.Ledger, clock: o.Clock, log: o.Log, counts: map[minute]*task.Outcome{},
		wake: make(chan struct{}, 1),
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_tasks_total",
			Help: "Tasks that ended (succeeded, died) and attempts that will be repeated (retried), by queue " +
				"and kind."},
			[]string{"queue", "kind", "result"})}
	if o.Registry != nil {
		o.Registry.MustRegister(a.total)
	}
	return a
}

func (a *account) outcome(queue task.Queue, kind task.Kind) *task.Outcome {
	k := minute{a.clock.Now().Truncate(time.Minute), queue, kind}
	o, ok := a.counts[k]
	if !ok {
		o = &task.Outcome{Minute: k.at, Queue: queue, Kind: kind}
		a.counts[k] = o
	}
	return o
}

func (a *account) succeeded(queue task.Queue, kind task.Kind, taskID string) {
	a.total.WithLabelValues(string(queue), string(kind), "succeeded").Inc()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outcome(queue, kind).Succeeded++
	if id, ok := task.OutboxID(taskID); ok && len(a.acked) < maxAcks {
		a.acked = append(a.acked, id)
		if len(a.acked) == 1 {
			select {
			case a.wake <- struct{}{}:
			default:
			}
		}
	}
}

func (a *account) retried(queue task.Queue, kind task.Kind) {
	a.total.WithLabelValues(string(queue), string(kind), "retried").Inc()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outcome(queue, kind).Retried++
}

// died counts a death in the metrics. The ledger counts it when it stores the dead letter.
func (a *account) died(queue task.Queue, kind task.Kind) {
	a.total.WithLabelValues(string(queue), string(kind), "died").Inc()
}

// run writes until ctx ends, and once more then.
func (a *account) run(ctx context.Context) {
	counts := time.NewTicker(countInterval)
	defer counts.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			a.writeAcks(ctx)
			a.writeCounts(ctx)
			return
		case <-counts.C:
			a.writeCounts(ctx)
			a.writeAcks(ctx) // those that failed before
		case <-a.wake:
			select { // gather a batch
			case <-ctx.Done():
			case <-time.After(ackInterval):
			}
			a.writeAcks(ctx)
		}
	}
}

func (a *account) writeAcks(ctx context.Context) {
	a.mu.Lock()
	ids := a.acked
	a.acked = nil
	a.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	if err := a.ledger.DeleteOutbox(ctx, ids); err != nil {
		a.log.WarnContext(ctx, "removing outbox rows of ended tasks; trying again", "rows", len(ids), "error", err)
		a.mu.Lock()
		a.acked = append(ids, a.acked...)
		a.mu.Unlock()
	}
}

func (a *account) writeCounts(ctx context.Context) {
	a.mu.Lock()
	taken := a.counts
	a.counts = map[minute]*task.Outcome{}
	a.mu.Unlock()
	if len(taken) == 0 {
		return
	}
	rows := make([]task.Outcome, 0, len(taken))
	for _, o := range taken {
		rows = append(rows, *o)
	}
	if err := a.ledger.AddOutcomes(ctx, rows); err != nil {
		a.log.WarnContext(ctx, "writing task outcomes; trying again", "error", err)
		a.mu.Lock()
		defer a.mu.Unlock()
		for k, o := range taken {
			if now, ok := a.counts[k]; ok {
				now.Succeeded, now.Died, now.Retried = now.Succeeded+o.Succeeded, now.Died+o.Died, now.Retried+o.Retried
			} else {
				a.counts[k] = o
			}
		}
	}
}
