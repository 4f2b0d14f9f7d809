package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// sweeper moves dead tasks from asynq's archive, which loses them after a while, to the ledger, which keeps them. All
// dead tasks end in the archive: those that ran out of retries in this process, those that asynq's recoverer archived
// without telling anybody, and those that an operator archived in Asynqmon. Every worker sweeps. A letter is stored
// once, because the id of the task and the time of its death are its key.
type sweeper struct {
	redis     redis.UniversalClient
	inspector *asynq.Inspector
	orphans   *orphans
	o         ServerOptions
	account   *account
	log       *slog.Logger
	now       chan struct{}
}

const (
	sweepInterval = 15 * time.Second
	// sweepDelay gives asynq time to archive the task whose failure was just reported.
	sweepDelay = 200 * time.Millisecond
	sweepPage  = 200
)

func newSweeper(b *Broker, o ServerOptions, a *account) *sweeper {
	inspector := asynq.NewInspectorFromRedisClient(b.patient)
	return &sweeper{redis: b.patient, inspector: inspector, o: o, account: a, log: o.Log, now: make(chan struct{}, 1),
		orphans: newOrphans(b, clock.System(), o.Log)}
}

// hurry asks for a sweep soon.
func (w *sweeper) hurry() {
	select {
	case w.now <- struct{}{}:
	default:
	}
}

func (w *sweeper) run(ctx context.Context) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		if err := w.sweep(ctx); err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "sweeping dead tasks; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.now:
			select {
			case <-ctx.Done():
				return
			case <-time.After(sweepDelay):
			}
		}
	}
}

// sweep returns orphans to their queues and empties the archives. A letter is removed from Redis only after it was
// stored.
func (w *sweeper) sweep(ctx context.Context) error {
	held, err := look(ctx, w.redis)
	if err != nil {
		return err
	}
	return errors.Join(w.orphans.round(ctx, held), w.empty(ctx, held))
}

// empty stores the tasks of the archives as dead letters.
func (w *sweeper) empty(ctx context.Context, held map[task.Queue]holdings) error {
	for _, queue := range task.Queues() {
		for held[queue].archived > 0 {
			// This always reads the first page, because stored tasks are removed from it.
			infos, err := w.inspector.ListArchivedTasks(string(queue), asynq.PageSize(sweepPage))
			if errors.Is(err, asynq.ErrQueueNotFound) {
				break
			}
			if err != nil {
				return fmt.Errorf("listing the archive of %s: %w", queue, err)
			}
			for _, info := range infos {
				if err := w.bury(ctx, queue, info); err != nil {
					return err
				}
			}
			if len(infos) < sweepPage {
				break
			}
		}
	}
	return nil
}

func (w *sweeper) bury(ctx context.Context, queue task.Queue, info *asynq.TaskInfo) error {
	if strings.Contains(info.LastErr, errUnknown.Error()) {
		// asynq archives at the last attempt whatever the error says. This was no attempt, so the task waits for a node
		// that knows it.
		keys := []string{key(queue, "archived"), key(queue, "retry"), key(queue, "t:"+info.ID)}
		at := w.orphans.clock.Now().Add(unknownAfter).Unix()
		if err := postpone.Run(ctx, w.redis, keys, info.ID, at).Err(); err != nil {
			return fmt.Errorf("putting back a task of another release: %w", err)
		}
		return nil
	}
	died := info.LastFailedAt
	if died.IsZero() {
		died = time.Unix(0, 0) // archived by hand before any attempt
	}
	message := info.LastErr
	if message == "" {
		message = "archived by an operator"
	}
	kind := task.Kind(info.Type)
	d := task.DeadLetter{TaskID: info.ID, Queue: queue, Kind: kind, Payload: info.Payload, Error: message,
		Attempts: info.Retried + 1,
		DiedAt:   died.UTC(), State: task.DeadOpen}
	_, created, err := w.o.Ledger.SaveDeadLetter(ctx, d)
	if err != nil {
		return fmt.Errorf("storing a dead letter: %w", err)
	}
	if err := w.inspector.DeleteTask(string(queue), info.ID); err != nil && !errors.Is(err, asynq.ErrTaskNotFound) {
		return fmt.Errorf("removing a dead task from the archive: %w", err)
	}
	if created {
		w.account.died(queue, kind)
	}
	return nil
}
