package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/errgroup"
)

// traceHeader carries the trace of the request that caused a task, in the form of telemetry.Handover.
const traceHeader = "trace_id"

// ErrDuplicate means that a task of that id is queued, or ended so recently that its id is still taken.
var ErrDuplicate = errors.New("queue: a task of this id exists")

// Client puts tasks into the queues.
type Client struct {
	asynq     *asynq.Client
	wakes     *waker
	inspector *asynq.Inspector
	ping      func(ctx context.Context) error
	timeout   time.Duration // of one enqueue; running into it does not mean that the task was not enqueued
}

// NewClient returns a client on a broker's connection.
func NewClient(b *Broker) *Client {
	return &Client{wakes: b.wakes, asynq: asynq.NewClientFromRedisClient(b.fast),
		inspector: asynq.NewInspectorFromRedisClient(b.fast),
		ping:      b.Ping, timeout: b.patience * 3 / 5}
}

// Ping asks Redis for an answer.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.ping(ctx)
}

// EnqueueOptions are the options of Enqueue that few callers need.
type EnqueueOptions struct {
	At time.Time // not before; zero means now. asynq cuts it to whole seconds
}

// Enqueue puts a task with a JSON payload into its kind's queue. The task belongs to the trace of ctx. ErrDuplicate
// means that the id is taken.
func (c *Client) Enqueue(ctx context.Context, kind task.Kind, id string, payload any, o EnqueueOptions) error {
	j, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("queue: payload of %s: %w", kind, err)
	}
	t := newTask{kind: kind, id: id, payload: j, trace: telemetry.Handover(ctx)}
	if err := c.enqueue(ctx, t, o); err != nil {
		return err
	}
	if p, known := task.PolicyOf(kind); known && o.At.IsZero() {
		c.wakes.say(ctx, p.Queue)
	}
	return nil
}

// newTask is a task that is not in a queue yet.
type newTask struct {
	kind    task.Kind
	id      string
	payload []byte // JSON
	trace   string // "" for none
}

func (c *Client) enqueue(ctx context.Context, t newTask, o EnqueueOptions) error {
	p, ok := task.PolicyOf(t.kind)
	if !ok {
		return fmt.Errorf("queue: there is no policy for kind %q", t.kind)
	}
	options := []asynq.Option{asynq.Queue(string(p.Queue)), asynq.TaskID(t.id), asynq.MaxRetry(p.MaxRetry),
		asynq.Timeout(p.Timeout), asynq.Retention(p.Retention)}
	if !o.At.IsZero() {
		options = append(options, asynq.ProcessAt(o.At))
	}
	var headers map[string]string
	if t.trace != "" {
		headers = map[string]string{traceHeader: t.trace}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	_, err := c.asynq.EnqueueContext(ctx, asynq.NewTaskWithHeaders(string(t.kind), t.payload, headers), options...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return ErrDuplicate
	}
	return err
}

// Fate is what Deliver found out about the task of an outbox row.
type Fate int

// A row is Queued if its task waits, runs or will be retried. It is Done if its task ended well and only the row was
// not removed yet.
const (
	Queued Fate = iota
	Done
)

// Deliver enqueues an outbox row under its own task id, so that delivering it twice runs it once. It leaves an active
// task alone, however old its row is: the lease tells whether its worker lives, and the workers look after tasks
// without one. A row of a kind that this release does not know is left to a node of the release that wrote it.
func (c *Client) Deliver(ctx context.Context, row task.Outboxed) (Fate, error) {
	fate, added, err := c.deliver(ctx, row)
	if added != "" {
		c.wakes.say(ctx, added)
	}
	return fate, err
}

// deliver is Deliver without waking the workers. added is the queue that got the task, "" if none did.
func (c *Client) deliver(ctx context.Context, row task.Outboxed) (fate Fate, added task.Queue, err error) {
	p, known := task.PolicyOf(row.Kind)
	if !known {
		return Queued, "", nil
	}
	err = c.enqueue(ctx, newTask{kind: row.Kind, id: row.TaskID(), payload: row.Payload, trace: row.Trace},
		EnqueueOptions{})
	if err == nil {
		return Queued, p.Queue, nil
	}
	if errors.Is(err, ErrDuplicate) {
		fate, err = c.fate(p.Queue, row)
	}
	return fate, "", err
}

// fate tells what became of a task that was enqueued before.
func (c *Client) fate(q task.Queue, row task.Outboxed) (Fate, error) {
	info, err := c.inspector.GetTaskInfo(string(q), row.TaskID())
	if errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound) {
		return Queued, nil // it ended this moment; the next round sees what became of the row
	}
	if err != nil {
		return Queued, err
	}
	if info.State == asynq.TaskStateCompleted {
		return Done, nil
	}
	return Queued, nil
}

// DeliverAll delivers several rows at a time and returns the ids of those whose task is done. It stops at the first
// failure, because Redis is then down for all of them.
func (c *Client) DeliverAll(ctx context.Context, rows []task.Outboxed) (done []int64, err error) {
	fates, added := make([]Fate, len(rows)), make([]task.Queue, len(rows))
	g, limited := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range rows {
		g.Go(func() (err error) {
			if limited.Err() != nil {
				return limited.Err()
			}
			fates[i], added[i], err = c.deliver(limited, rows[i])
			return err
		})
	}
	err = g.Wait()
	slices.Sort(added)
	c.wakes.say(ctx, slices.DeleteFunc(slices.Compact(added), func(q task.Queue) bool { return q == "" })...)
	for i, f := range fates {
		if f == Done {
			done = append(done, rows[i].ID)
		}
	}
	return done, err
}
