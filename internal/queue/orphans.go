package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// orphans finds tasks whose worker is gone and returns them to their queue, with their id and their remaining retries.
// A worker extends the lease of its task every five seconds, to thirty seconds from then. The lease, never the age of a
// task, tells whether the worker lives. asynq looks for expired leases, too, but takes 90 s and more, and never finds a
// task whose lease was lost with a part of Redis.
type orphans struct {
	redis     redis.UniversalClient
	inspector *asynq.Inspector
	wakes     *waker
	clock     clock.Clock
	log       *slog.Logger
	// leaseless remembers since when a task was seen active without a lease, by queue and id.
	leaseless map[string]time.Time
}

// newOrphans returns orphans. clock must be the one that asynq uses, which is the machine's.
func newOrphans(b *Broker, c clock.Clock, log *slog.Logger) *orphans {
	return &orphans{redis: b.patient, wakes: b.wakes, inspector: asynq.NewInspectorFromRedisClient(b.patient), clock: c,
		log: log}
}

const (
	// leaseSkew is how far apart the clocks of two workers may be.
	leaseSkew = 5 * time.Second
	// leaselessFor is how long a task may be active without a lease. A living worker adds the lease within five
	// seconds.
	leaselessFor = 12 * time.Second
	// quickReclaims is how often a task returns to its queue at once without being counted. A task that kills its
	// worker each time is left to asynq's recoverer after that. The recoverer counts, so the task ends as a dead
	// letter.
	quickReclaims = 2
)

// reclaim moves a task from active back to the head of its queue, unless its worker extended the lease meanwhile.
//
// KEYS: active, lease, pending and the task itself. ARGV: the id of the task, the instant (Unix seconds) up to which a
// lease counts as expired, the present (nanoseconds), and how often this may happen. It returns 1 if the task went
// back, 0 if there was nothing to do, -1 if there is no task, and 2 if the task was left to the recoverer. There is no
// task where its hash is missing, or has no message, as asynq's dequeue makes one with a state alone; that is deleted.
var reclaim = redis.NewScript(`
local lease = redis.call("ZSCORE", KEYS[2], ARGV[1])
if lease and tonumber(lease) > tonumber(ARGV[2]) then
	return 0
end
if redis.call("LREM", KEYS[1], 0, ARGV[1]) == 0 then
	return 0
end
redis.call("ZREM", KEYS[2], ARGV[1])
if redis.call("HEXISTS", KEYS[4], "msg") == 0 then
	redis.call("DEL", KEYS[4])
	return -1
end
if redis.call("HINCRBY", KEYS[4], "reclaimed", 1) > tonumber(ARGV[4]) then
	redis.call("LPUSH", KEYS[1], ARGV[1])
	redis.call("ZADD", KEYS[2], ARGV[2], ARGV[1])
	return 2
end
redis.call("RPUSH", KEYS[3], ARGV[1])
redis.call("HSET", KEYS[4], "state", "pending", "pending_since", ARGV[3])
return 1`)

// holdings are the tasks of a queue that do not wait in it.
type holdings struct {
	active   []string           // ids
	leases   map[string]float64 // expiry in Unix seconds, by id
	archived int64
}

// look reads the holdings of every queue in one round trip.
func look(ctx context.Context, r redis.UniversalClient) (map[task.Queue]holdings, error) {
	type commands struct {
		active   *redis.StringSliceCmd
		leases   *redis.ZSliceCmd
		archived *redis.IntCmd
	}
	asked := map[task.Queue]commands{}
	_, err := r.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, q := range task.Queues() {
			asked[q] = commands{p.LRange(ctx, key(q, "active"), 0, -1), p.ZRangeWithScores(ctx, key(q, "lease"), 0, -1),
				p.ZCard(ctx, key(q, "archived"))}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking at the queues: %w", err)
	}
	out := map[task.Queue]holdings{}
	for q, c := range asked {
		h := holdings{active: c.active.Val(), leases: map[string]float64{}, archived: c.archived.Val()}
		for _, z := range c.leases.Val() {
			if id, ok := z.Member.(string); ok {
				h.leases[id] = z.Score
			}
		}
		out[q] = h
	}
	return out, nil
}

// key names one of asynq's keys of a queue.
func key(q task.Queue, name string) string { return "asynq:{" + string(q) + "}:" + name }

// round returns the orphans among the holdings to their queues.
func (o *orphans) round(ctx context.Context, held map[task.Queue]holdings) error {
	now := o.clock.Now()
	var running map[string]bool // by living servers; read only when a lease is missing
	seen := map[string]time.Time{}
	for q, h := range held {
		for _, id := range h.active {
			expires, leased := h.leases[id]
			if leased && expires > float64(now.Add(-leaseSkew).Unix()) {
				continue
			}
			if !leased {
				if running == nil {
					var err error
					if running, err = o.running(); err != nil {
						return err
					}
				}
				name := string(q) + " " + id
				since, known := o.leaseless[name]
				if !known {
					since = now
				}
				if running[name] {
					continue
				}
				if now.Sub(since) < leaselessFor {
					seen[name] = since
					continue
				}
			}
			if err := o.giveBack(ctx, q, id, now); err != nil {
				return err
			}
		}
	}
	o.leaseless = seen
	return nil
}

// running lists the tasks that living servers report as running, by queue and id.
func (o *orphans) running() (map[string]bool, error) {
	servers, err := o.inspector.Servers()
	if err != nil {
		return nil, fmt.Errorf("listing the workers: %w", err)
	}
	out := map[string]bool{}
	for _, s := range servers {
		for _, w := range s.ActiveWorkers {
			out[w.Queue+" "+w.TaskID] = true
		}
	}
	return out, nil
}

func (o *orphans) giveBack(ctx context.Context, q task.Queue, id string, now time.Time) error {
	keys := []string{key(q, "active"), key(q, "lease"), key(q, "pending"), key(q, "t:"+id)}
	n, err := reclaim.Run(ctx, o.redis, keys, id, now.Add(-leaseSkew).Unix(), now.UnixNano(), quickReclaims).Int()
	if err != nil {
		return fmt.Errorf("giving back task %s of %s: %w", id, q, err)
	}
	switch n {
	case 1:
		o.wakes.say(ctx, q)
		o.log.WarnContext(ctx, "a task whose worker is gone goes back to its queue", "queue", q, "task_id", id)
	case 2:
		if raw, unreadable := o.unreadable(ctx, q, id); unreadable {
			return o.drop(ctx, q, id, raw)
		}
		o.log.WarnContext(ctx, "a task lost its worker again and again; it is tried again later, and that counts",
			"queue", q, "task_id", id)
	case -1:
		o.log.WarnContext(ctx, "an active task is gone from Redis; the outbox brings it again if it came from there",
			"queue", q, "task_id", id)
	}
	return nil
}

// unreadable tells whether what Redis holds of a task is no task, and returns it. asynq moves such a task to
// active with a lease before it finds that it cannot read it, and no worker gets it. Its recoverer cannot read it
// either, so that it would be active for good.
func (o *orphans) unreadable(ctx context.Context, q task.Queue, id string) (raw string, unreadable bool) {
	_, err := o.inspector.GetTaskInfo(string(q), id)
	if err == nil || !strings.Contains(err.Error(), unreadableTask) {
		return "", false
	}
	raw, err = o.redis.HGet(ctx, key(q, "t:"+id), "msg").Result()
	return raw, err == nil
}

// unreadableTask is what asynq says about a task that it cannot read. It has no error of its own for that.
const unreadableTask = "could not decode task message"

// drop takes what is no task out of a queue. What it held is in the log: nobody can do more with it.
func (o *orphans) drop(ctx context.Context, q task.Queue, id, raw string) error {
	_, err := o.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.LRem(ctx, key(q, "active"), 0, id)
		p.ZRem(ctx, key(q, "lease"), id)
		p.Del(ctx, key(q, "t:"+id))
		return nil
	})
	if err != nil {
		return fmt.Errorf("dropping task %s of %s: %w", id, q, err)
	}
	o.log.ErrorContext(ctx, "what Redis holds of a task cannot be read; it is dropped, and the outbox brings the task "+
		"again if it came from there", "queue", q, "task_id", id, "held", strconv.Quote(raw[:min(len(raw), mostRaw)]),
		"bytes", len(raw))
	return nil
}

// mostRaw is how many bytes of what cannot be read are logged.
const mostRaw = 200

// postpone moves an archived task to the tasks that wait for a retry.
//
// KEYS: archived, retry and the task itself. ARGV: the task's id and when to try again, in Unix seconds.
var postpone = redis.NewScript(`
if redis.call("ZREM", KEYS[1], ARGV[1]) == 0 then
	return 0
end
redis.call("ZADD", KEYS[2], ARGV[2], ARGV[1])
redis.call("HSET", KEYS[3], "state", "retry")
return 1`)

// errUnknown is the error for a task that only another release knows.
var errUnknown = errors.New("queue: this release does not know tasks of this kind")

// unknownKind is the result of an attempt at a task of another release. The task comes back after a while, and the
// attempt is not counted.
func unknownKind(kind string) error {
	return unknown{later{after: unknownAfter, reason: strconv.Quote(kind)}}
}

// unknownAfter is how long such a task waits before the next node tries it.
const unknownAfter = 5 * time.Second

// unknown is unknownKind as an error.
type unknown struct{ later }

// Error implements error.
func (u unknown) Error() string { return errUnknown.Error() + ": " + u.reason }

// Unwrap makes errors.Is find both errUnknown and later.
func (u unknown) Unwrap() []error { return []error{errUnknown, u.later} }
