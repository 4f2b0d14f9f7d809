package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/outbox"
	"hadir/internal/queue"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

var quiet = slog.New(slog.DiscardHandler)

// book is a ledger and an outbox table in memory; the real one is tested with the store.
type book struct {
	mu       sync.Mutex
	rows     map[int64]task.Outboxed
	claimed  map[int64]time.Time
	outcomes task.Outcome
	dead     []task.DeadLetter
	broken   bool
}

func newBook(rows ...task.Outboxed) *book {
	b := &book{rows: map[int64]task.Outboxed{}, claimed: map[int64]time.Time{}}
	for _, r := range rows {
		b.rows[r.ID] = r
	}
	return b
}

var errBroken = errors.New("the database is away")

func (b *book) AddOutcomes(_ context.Context, os []task.Outcome) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errBroken
	}
	t := task.Total(append(os, b.outcomes))
	b.outcomes = t
	return nil
}

func (b *book) SaveDeadLetter(_ context.Context, d task.DeadLetter) (int64, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return 0, false, errBroken
	}
	for i, known := range b.dead {
		if known.TaskID == d.TaskID && known.DiedAt.Equal(d.DiedAt) {
			return int64(i + 1), false, nil
		}
	}
	b.dead = append(b.dead, d)
	b.outcomes.Died++
	if id, ok := task.OutboxID(d.TaskID); ok {
		delete(b.rows, id)
	}
	return int64(len(b.dead)), true, nil
}

func (b *book) DeleteOutbox(_ context.Context, ids []int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errBroken
	}
	for _, id := range ids {
		delete(b.rows, id)
	}
	return nil
}

func (b *book) ClaimOutbox(_ context.Context, before, until time.Time, limit int) (out []task.Outboxed, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, r := range b.rows {
		if r.CreatedAt.Before(before) && b.claimed[id].Before(time.Now()) && len(out) < limit {
			b.claimed[id] = until
			out = append(out, r)
		}
	}
	return out, nil
}

func (b *book) OutboxBacklog(context.Context) (n int, oldest time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.rows {
		if oldest.IsZero() || r.CreatedAt.Before(oldest) {
			oldest = r.CreatedAt
		}
	}
	return len(b.rows), oldest, nil
}

func (b *book) left() int { n, _, _ := b.OutboxBacklog(context.Background()); return n }

func (b *book) letters() []task.DeadLetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]task.DeadLetter{}, b.dead...)
}

func (b *book) total() task.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.outcomes
}

func (b *book) setBroken(v bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = v
}

// brokers runs a test on the embedded Redis and on a real one.
func brokers(t *testing.T, test func(t *testing.T, b *queue.Broker)) {
	t.Parallel()
	for name, url := range map[string]string{"embedded": "embedded", "redis": testkit.Redis(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, broker(t, url))
		})
	}
}

func broker(t *testing.T, url string) *queue.Broker {
	t.Helper()
	b, err := queue.Open(t.Context(), queue.Options{URL: url, Log: quiet, Patience: 30 * time.Second})
	require.NoError(t, err)
	stop := background(b.Run)
	t.Cleanup(func() { stop(); require.NoError(t, b.Close()) })
	return b
}

// background runs a service and returns what ends it.
func background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = run(ctx) }()
	return func() { cancel(); <-done }
}

// serve runs a server for one kind until the test ends.
func serve(t *testing.T, b *queue.Broker, l queue.Ledger, h queue.Handler) (stop func()) {
	t.Helper()
	s := queue.NewServer(b, queue.ServerOptions{Concurrency: 4,
		Handlers: map[task.Kind]queue.Handler{task.AttendanceBroadcast: h}, Ledger: l, Clock: clock.System(),
		Log: quiet, ShutdownTimeout: 5 * time.Second})
	var once sync.Once
	end := background(s.Run)
	stop = func() { once.Do(end) }
	t.Cleanup(stop)
	return stop
}

func row(id int64, age time.Duration) task.Outboxed {
	return task.Outboxed{ID: id, Kind: task.AttendanceBroadcast, Payload: fmt.Appendf(nil, `{"v":1,"at":%d}`, id),
		Trace: "trace", CreatedAt: time.Now().Add(-age)}
}

const patience = testkit.Patience

func soon(t *testing.T, holds func() bool, what string) {
	t.Helper()
	require.Eventually(t, holds, patience, 10*time.Millisecond, what)
}

func TestATaskRunsOnceAndEndsItsRow(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		r := row(7, 0)
		l := newBook(r)
		var mu sync.Mutex
		ran := 0
		c := queue.NewClient(b)
		for range 3 { // before and while it waits: one task
			fate, err := c.Deliver(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, queue.Queued, fate)
		}
		stop := serve(t, b, l, func(_ context.Context, payload []byte) error {
			mu.Lock()
			defer mu.Unlock()
			ran++
			var p task.Broadcast
			if json.Unmarshal(payload, &p) != nil || p.CommittedAt != 7 {
				return errors.New("not the payload")
			}
			return nil
		})
		soon(t, func() bool { return l.left() == 0 }, "the worker ends the row")
		fate, err := c.Deliver(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, queue.Done, fate, "its id is remembered after it is done")
		stop()
		require.Equal(t, 1, ran)
		require.Equal(t, int64(1), l.total().Succeeded, "what was counted is written at the end at the latest")
	})
}

func TestFailuresAreRepeated(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		l := newBook(row(1, 0))
		var mu sync.Mutex
		tries := 0
		stop := serve(t, b, l, func(context.Context, []byte) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			switch tries {
			case 1:
				return errors.New("not yet")
			case 2:
				panic("oops")
			}
			return nil
		})
		_, err := queue.NewClient(b).Deliver(t.Context(), row(1, 0))
		require.NoError(t, err)
		soon(t, func() bool { return l.left() == 0 }, "the third attempt succeeds")
		stop()
		require.Equal(t, task.Outcome{Succeeded: 1, Retried: 2}, l.total())
		require.Empty(t, l.letters())
	})
}

func TestDeadTasksBecomeLetters(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		l := newBook(row(1, 0), row(2, 0))
		l.setBroken(true)
		serve(t, b, l, func(context.Context, []byte) error { return queue.Permanent(errors.New("never")) })
		c := queue.NewClient(b)
		_, err := c.DeliverAll(t.Context(), []task.Outboxed{row(1, 0), row(2, 0)})
		require.NoError(t, err)
		inspector := queue.NewInspector(b)
		archived := func() int {
			stats, err := inspector.Stats(t.Context())
			if err != nil {
				return -1
			}
			return stats[0].Archived
		}
		soon(t, func() bool { return archived() == 2 }, "a letter that cannot be stored stays in Redis")
		require.Empty(t, l.letters())
		l.setBroken(false)
		soon(t, func() bool { return len(l.letters()) == 2 && archived() == 0 && l.left() == 0 },
			"and is stored when the database is back")
		for _, d := range l.letters() {
			require.Contains(t, d.Error, "never")
			require.Equal(t, task.AttendanceBroadcast, d.Kind)
			require.Contains(t, string(d.Payload), `"v":1`)
		}
		soon(t, func() bool { return l.total().Died == 2 }, "each is counted once")
		soon(t, func() bool {
			fate, err := c.Deliver(t.Context(), row(1, 0))
			return err == nil && fate == queue.Queued && len(l.letters()) > 2
		}, "a retried letter runs again: its id is free")
	})
}

func TestAnUnknownKindIsNotLost(t *testing.T) {
	t.Parallel()
	b := broker(t, "embedded")
	l := newBook()
	s := queue.NewServer(b, queue.ServerOptions{Concurrency: 1, Handlers: map[task.Kind]queue.Handler{}, Ledger: l,
		Clock: clock.System(), Log: quiet})
	stop := background(s.Run)
	defer stop()
	require.NoError(t, queue.NewClient(b).Enqueue(t.Context(), task.SummaryRefresh, "x", task.Summary{},
		queue.EnqueueOptions{}))
	soon(t, func() bool {
		stats, err := queue.NewInspector(b).Stats(t.Context())
		return err == nil && stats[0].Retry == 1
	}, "it waits for a node that knows it")
}

// A draining server finishes what runs.
func TestDraining(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		l := newBook(row(1, 0))
		running, finish := make(chan struct{}), make(chan struct{})
		stop := serve(t, b, l, func(context.Context, []byte) error {
			close(running)
			<-finish
			return nil
		})
		_, err := queue.NewClient(b).Deliver(t.Context(), row(1, 0))
		require.NoError(t, err)
		<-running
		stopped := make(chan struct{})
		go func() { stop(); close(stopped) }()
		close(finish)
		<-stopped
		require.Zero(t, l.left())
		require.Equal(t, int64(1), l.total().Succeeded)
	})
}

// A Redis that dies under a stream and comes back empty takes nothing with it: the relay restores what it held.
func TestRedisComesBackEmpty(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	b := broker(t, server.URL)
	const n = 300
	l := newBook()
	var mu sync.Mutex
	ran := map[string]bool{}
	serve(t, b, l, func(_ context.Context, payload []byte) error {
		mu.Lock()
		defer mu.Unlock()
		ran[string(payload)] = true
		return nil
	})
	o := outbox.Options{Rows: l, Queue: queue.NewClient(b), Clock: clock.System(), Log: quiet}
	d, r := outbox.NewDispatcher(o), outbox.NewRelay(o)
	defer background(d.Run)()
	defer background(r.Run)()
	for i := range int64(n) {
		x := row(i+1, 0)
		l.mu.Lock()
		l.rows[x.ID] = x
		l.mu.Unlock()
		d.OnCommit([]task.Outboxed{x})
		if i == n/2 {
			server.Kill()
			server.Restart(true)
		}
	}
	require.Eventually(t, func() bool { return l.left() == 0 }, testkit.Patience, 50*time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, ran, n)
}

func TestAPausedQueueIsKnown(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		paused := func() map[task.Queue]bool {
			seen := map[task.Queue]bool{}
			for _, q := range task.Queues() {
				p, err := b.Paused(t.Context(), q)
				require.NoError(t, err)
				if p {
					seen[q] = true
				}
			}
			return seen
		}
		require.Empty(t, paused())
		operator := asynq.NewInspectorFromRedisClient(b.Redis())
		require.NoError(t, operator.PauseQueue(string(task.QueueCritical)))
		require.Equal(t, map[task.Queue]bool{task.QueueCritical: true}, paused())
		require.NoError(t, operator.UnpauseQueue(string(task.QueueCritical)))
		require.Empty(t, paused())
	})
}

func TestCollectorNamesWhatAsynqmonAsksFor(t *testing.T) {
	t.Parallel()
	b := broker(t, "embedded")
	require.NoError(t, queue.NewClient(b).Enqueue(t.Context(), task.DeadNotify, "x", task.Dead{},
		queue.EnqueueOptions{}))
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(queue.NewCollector(b))
	for _, name := range []string{"asynq_queue_size", "asynq_queue_latency_seconds",
		"asynq_queue_memory_usage_approx_bytes", "asynq_tasks_processed_total", "asynq_tasks_failed_total"} {
		n, err := testutil.GatherAndCount(registry, name)
		require.NoError(t, err)
		require.Equal(t, len(task.Queues()), n, name)
	}
	n, err := testutil.GatherAndCount(registry, "asynq_tasks_enqueued_total")
	require.NoError(t, err)
	require.Equal(t, 6*len(task.Queues()), n)
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for url, check := range map[string]func(t *testing.T, addrs []string, master, password string, cluster bool){
		"redis://:p%40ss@cache:6380/2": func(t *testing.T, addrs []string, _, password string, cluster bool) {
			require.Equal(t, []string{"cache:6380"}, addrs)
			require.Equal(t, "p@ss", password)
			require.False(t, cluster)
		},
		"redis-sentinel://a,b:1,c/mymaster?db=1": func(t *testing.T, addrs []string, master, _ string, _ bool) {
			require.Equal(t, []string{"a:26379", "b:1", "c:26379"}, addrs)
			require.Equal(t, "mymaster", master)
		},
		"redis-cluster://u:p@a:7000,b:7001": func(t *testing.T, addrs []string, _, password string, cluster bool) {
			require.Equal(t, []string{"a:7000", "b:7001"}, addrs)
			require.Equal(t, "p", password)
			require.True(t, cluster)
		},
	} {
		o, err := queue.ParseURL(url)
		require.NoError(t, err, url)
		check(t, o.Addrs, o.MasterName, o.Password, o.IsClusterMode)
	}
	for _, url := range []string{"", "cache:6379", "http://x", "redis://a,b", "redis-sentinel://a,b",
		"redis-galaxy://a", "redis://:secret@host:notaport/0"} {
		_, err := queue.ParseURL(url)
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "secret")
	}
}
