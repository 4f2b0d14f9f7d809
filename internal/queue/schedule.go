package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/hibiken/asynq"
)

// Schedule enqueues periodic tasks with asynq's scheduler, whose entries Asynqmon shows. If several schedulers run, a
// tick may come twice; docs/decisions/0005 explains why that does no harm.
type Schedule struct {
	client *Client
	broker *Broker
	clock  clock.Clock
	log    *slog.Logger
	tasks  []task.Periodic
}

// NewSchedule returns a schedule of tasks.
func NewSchedule(b *Broker, client *Client, c clock.Clock, log *slog.Logger, tasks []task.Periodic) *Schedule {
	return &Schedule{client: client, broker: b, clock: c, log: log, tasks: tasks}
}

// Run enqueues ticks until ctx ends. It enqueues the first tick of each kind at once, because a scheduler that was down
// has work to make up for. It does not repeat a tick that cannot be enqueued: the next one finds the same work and
// more.
func (s *Schedule) Run(ctx context.Context) error {
	for _, p := range s.tasks {
		id := tickName(p, s.clock.Now())
		if err := s.client.Enqueue(ctx, p.Kind, id, p.Payload, EnqueueOptions{}); err != nil &&
			!errors.Is(err, ErrDuplicate) {
			s.log.WarnContext(ctx, "a periodic task could not be enqueued; the next tick makes up for it", "kind",
				p.Kind, "error", err)
		}
	}
	a := asynq.NewSchedulerFromRedisClient(s.broker.patient, &asynq.SchedulerOpts{
		Logger: asynqLog{s.log}, LogLevel: asynq.WarnLevel, Location: time.UTC,
		PostEnqueueFunc: func(info *asynq.TaskInfo, err error) {
			if err == nil {
				s.broker.wakes.say(context.Background(), task.Queue(info.Queue))
			}
			if err != nil && !errors.Is(err, asynq.ErrDuplicateTask) {
				s.log.Warn("a periodic task could not be enqueued; the next tick makes up for it", "error", err)
			}
		},
	})
	for _, p := range s.tasks {
		policy, ok := task.PolicyOf(p.Kind)
		if !ok {
			return fmt.Errorf("queue: there is no policy for kind %q", p.Kind)
		}
		payload, err := json.Marshal(p.Payload)
		if err != nil {
			return fmt.Errorf("queue: payload of %s: %w", p.Kind, err)
		}
		// A tick of another scheduler for the same instant is dropped while the first one waits or runs.
		if _, err := a.Register(p.Cron, asynq.NewTask(string(p.Kind), payload), asynq.Unique(p.Every/2),
			asynq.Queue(string(policy.Queue)),
			asynq.MaxRetry(policy.MaxRetry), asynq.Timeout(policy.Timeout),
			asynq.Retention(policy.Retention)); err != nil {
			return fmt.Errorf("queue: schedule of %s: %w", p.Kind, err)
		}
	}
	if err := a.Start(); err != nil {
		return fmt.Errorf("queue: starting the schedule: %w", err)
	}
	<-ctx.Done()
	a.Shutdown()
	return ctx.Err()
}

func tickName(p task.Periodic, at time.Time) string {
	return string(p.Kind) + ":" + strconv.FormatInt(p.TickID(at), 10)
}

// Entry is a periodic task of a running scheduler.
type Entry struct {
	Kind task.Kind
	Cron string
	Next time.Time
	Last time.Time // zero before the first
}

// Entries returns the periodic tasks of all running schedulers, one per kind and scheduler.
func (i *Inspector) Entries() ([]Entry, error) {
	es, err := i.asynq.SchedulerEntries()
	if err != nil {
		return nil, fmt.Errorf("queue: reading the schedule: %w", err)
	}
	out := make([]Entry, len(es))
	for n, e := range es {
		out[n] = Entry{Kind: task.Kind(e.Task.Type()), Cron: e.Spec, Next: e.Next.UTC(), Last: e.Prev}
	}
	return out, nil
}
