// Package outbox brings the tasks that transactions left behind into the queue: at once after the commit, and by a
// relay for what could not be delivered then.
//
// A row lives until the task made of it has ended: the worker removes it, not the node that enqueued it. The queue is
// therefore a copy that may be lost. When Redis comes back empty, the rows of everything it held are still there, and
// the relay enqueues them again; a task's id is made of the row's, so what the queue did not lose is not run twice.
package outbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// Rows is the outbox table: *ledger.Outbox.
type Rows interface {
	ClaimOutbox(ctx context.Context, before, claimUntil time.Time, limit int) ([]task.Outboxed, error)
	DeleteOutbox(ctx context.Context, ids []int64) error
	OutboxBacklog(ctx context.Context) (n int, oldest time.Time, err error)
}

// Queue takes rows: *queue.Client. DeliverAll may be called again for a row that it took before; done are the ids of
// rows whose task has ended.
type Queue interface {
	Ping(ctx context.Context) error
	DeliverAll(ctx context.Context, rows []task.Outboxed) (done []int64, err error)
}

// Options configures a Dispatcher and a Relay.
type Options struct {
	Rows     Rows
	Queue    Queue
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer // nil: no metrics
	// Wake tells a relay that another process left rows and cannot bring them itself; nil: nobody does.
	Wake <-chan struct{}
}

// Dispatcher enqueues rows right after their commit. It is a matter of speed only: what it drops, the relay delivers.
type Dispatcher struct {
	o       Options
	rows    chan []task.Outboxed
	results *prometheus.CounterVec
}

const (
	// dispatchers bounds what a slow Redis can hold up at a time, and lets the round trips of several commits overlap.
	dispatchers = 4
	// handOff is how many commits may wait. A full one means that Redis is away, and then the relay is the better way.
	handOff = 1024
)

// NewDispatcher returns a dispatcher; Run must be running for rows to be delivered.
func NewDispatcher(o Options) *Dispatcher {
	d := &Dispatcher{o: o, rows: make(chan []task.Outboxed, handOff),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hadir_outbox_dispatched_total",
			Help: "Outbox rows after their commit, by result: enqueued, failed, or left to the relay without a try."},
			[]string{"result"})}
	if o.Registry != nil {
		o.Registry.MustRegister(d.results)
	}
	return d
}

// OnCommit takes the rows of one commit. It never blocks.
func (d *Dispatcher) OnCommit(rows []task.Outboxed) {
	select {
	case d.rows <- rows:
	default:
		d.results.WithLabelValues("left").Add(float64(len(rows)))
	}
}

// Run delivers until ctx ends, then delivers what was handed in before.
func (d *Dispatcher) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for range dispatchers {
		wg.Go(func() {
			for {
				select {
				case rows := <-d.rows:
					d.deliver(ctx, rows)
				case <-ctx.Done():
					for {
						select {
						case rows := <-d.rows:
							d.deliver(ctx, rows)
						default:
							return
						}
					}
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func (d *Dispatcher) deliver(ctx context.Context, rows []task.Outboxed) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	result := "enqueued"
	if _, err := d.o.Queue.DeliverAll(ctx, rows); err != nil {
		result = "failed"
		d.o.Log.DebugContext(ctx, "enqueuing after a commit failed; the relay will", "rows", len(rows), "error", err)
	}
	d.results.WithLabelValues(result).Add(float64(len(rows)))
}

// Relay delivers what is still in the outbox after a while. Several may run: they claim rows for themselves.
type Relay struct {
	o       Options
	relayed *prometheus.CounterVec
	backlog prometheus.Gauge
	oldest  prometheus.Gauge
}

const (
	// relayAfter is the age at which a row is suspected not to have been enqueued, or to be lost with the queue.
	relayAfter = 5 * time.Second
	// relayClaim is how long a row is left alone after an attempt. It is also how often a task that waits in a long
	// queue is looked at.
	relayClaim    = 30 * time.Second
	relayInterval = time.Second
	relayBatch    = 500
	maxPause      = 10 * time.Second
)

// NewRelay returns a relay.
func NewRelay(o Options) *Relay {
	r := &Relay{o: o,
		relayed: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "hadir_outbox_relayed_total",
				Help: "Outbox rows that the relay attended to, by result: delivered, done, failed."}, []string{
				"result"}),
		backlog: prometheus.NewGauge(
			prometheus.GaugeOpts{Name: "hadir_outbox_rows", Help: "Outbox rows whose task has not ended."}),
		oldest: prometheus.NewGauge(
			prometheus.GaugeOpts{Name: "hadir_outbox_oldest_seconds", Help: "Age of the oldest outbox row."}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(r.relayed, r.backlog, r.oldest)
	}
	return r
}

// newPause is how long a relay waits between rounds: about a second, so that two relays drift apart, and longer and
// longer while something is down.
func newPause() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: relayInterval, MaxInterval: maxPause, Multiplier: 2,
		RandomizationFactor: 0.25}
}

// Run relays until ctx ends. While something is down it pauses longer and longer, up to ten seconds. After an empty
// outbox it pauses for almost as long as a row is young, so that one waits at most that long after its commit. When it
// is woken it looks at once, at the young ones, too: what is among them by chance was enqueued already, which the queue
// knows.
func (r *Relay) Run(ctx context.Context) error {
	pause := newPause()
	age := relayAfter
	for {
		found, err := r.round(ctx, age)
		if err == nil {
			age = relayAfter // else the young ones are still to be brought
			pause.Reset()
		}
		wait := pause.NextBackOff()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.o.Log.WarnContext(ctx, "relaying the outbox; trying again", "pause", wait, "error", err)
		case found == foundMore:
			continue
		case found == foundNothing:
			wait = relayAfter - rand.N(relayInterval)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		case <-r.o.Wake:
			age = 0
		}
	}
}

// finding is what a round found in the outbox.
type finding int

const (
	foundNothing finding = iota
	foundRows
	foundMore // than fit into one batch
)

// round attends to one batch of rows of an age, at least.
func (r *Relay) round(ctx context.Context, age time.Duration) (finding, error) {
	now := r.o.Clock.Now()
	n, oldest, err := r.o.Rows.OutboxBacklog(ctx)
	if err != nil {
		return foundNothing, err
	}
	r.backlog.Set(float64(n))
	r.oldest.Set(0)
	if n == 0 {
		return foundNothing, nil
	}
	r.oldest.Set(now.Sub(oldest).Seconds())
	if now.Sub(oldest) < age {
		return foundRows, nil
	}
	// Rows are not claimed for a queue that is away: they would have to wait for the claim's end when it is back.
	if err := r.o.Queue.Ping(ctx); err != nil {
		return foundRows, err
	}
	rows, err := r.o.Rows.ClaimOutbox(ctx, now.Add(-age), now.Add(relayClaim), relayBatch)
	if err != nil || len(rows) == 0 {
		return foundRows, err
	}
	done, err := r.o.Queue.DeliverAll(ctx, rows)
	if err != nil {
		r.relayed.WithLabelValues("failed").Add(float64(len(rows)))
		return foundRows, err
	}
	if err := r.o.Rows.DeleteOutbox(ctx, done); err != nil {
		return foundRows, err
	}
	r.relayed.WithLabelValues("delivered").Add(float64(len(rows) - len(done)))
	r.relayed.WithLabelValues("done").Add(float64(len(done)))
	if len(rows) == relayBatch {
		return foundMore, nil
	}
	return foundRows, nil
}
