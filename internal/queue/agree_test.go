package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/monitor"
	"hadir/internal/queue"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// tally is what one of those who keep count says of a queue: attempts, and how many of them failed.
type tally struct{ attempts, failed int64 }

// moody fails one attempt in five. The dice are thrown by task and attempt, so that every run sees the same throws.
type moody struct {
	mu       sync.Mutex
	attempts map[int64]uint64 // by task
	tally
}

func (m *moody) run(_ context.Context, payload []byte) error {
	var p task.Broadcast
	if err := json.Unmarshal(payload, &p); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts[p.CommittedAt]++
	m.tally.attempts++
	if rand.New(rand.NewPCG(uint64(p.CommittedAt), m.attempts[p.CommittedAt])).Float64() < 0.2 {
		m.failed++
		return errors.New("out of sorts")
	}
	return nil
}

// Of thousands of tasks whose attempts fail at random nearly all succeed, tasks that always fail end as dead letters in
// the database, and all who keep count tell the same of both: the handlers themselves, asynqmon, Inspector, the ledger,
// Prometheus.
func TestAllWhoCountAgree(t *testing.T) {
	t.Parallel()
	const moodyTasks, hopelessTasks = 10_000, 50
	b := broker(t, testkit.Redis(t))
	db, err := store.Open(t.Context(), store.Options{URL: testkit.MariaDB(t), Clock: clock.System(), Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.DB.Close()) })
	_, err = db.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(queue.NewCollector(b))

	begin := time.Now().UTC()
	m := &moody{attempts: map[int64]uint64{}}
	s := queue.NewServer(
		b,
		queue.ServerOptions{Concurrency: 32, Ledger: accountOf(db), Clock: clock.System(), Log: quiet,
			Registry: registry, ShutdownTimeout: 5 * time.Second,
			Handlers: map[task.Kind]queue.Handler{
				task.AttendanceBroadcast: m.run,
				task.RecapTick:           func(context.Context, []byte) error { return errors.New("never") },
			}},
	)
	stop := background(s.Run)
	var once sync.Once
	t.Cleanup(func() { once.Do(stop) })
	c := queue.NewClient(b)
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(16)
	for i := range hopelessTasks {
		g.Go(func() error {
			return c.Enqueue(ctx, task.RecapTick, fmt.Sprint("hopeless:", i), task.Tick{V: 1}, queue.EnqueueOptions{})
		})
	}
	for i := range moodyTasks {
		g.Go(func() error {
			return c.Enqueue(ctx, task.AttendanceBroadcast, fmt.Sprint("moody:", i),
				task.Broadcast{V: 1, CommittedAt: int64(i)}, queue.EnqueueOptions{})
		})
	}
	require.NoError(t, g.Wait())
	inspector := queue.NewInspector(b)
	require.Eventually(t, func() bool {
		stats, err := inspector.Stats(t.Context())
		left := 0
		for _, s := range stats {
			left += s.Pending + s.Active + s.Scheduled + s.Retry + s.Archived
		}
		return err == nil && len(stats) > 0 && left == 0
	}, testkit.Patience, 50*time.Millisecond, "all have ended, and the dead have left Redis")
	once.Do(stop) // which writes the last counts

	outcomes, err := db.Outcomes.Outcomes(t.Context(), begin)
	require.NoError(t, err)
	byKind := map[task.Kind]task.Outcome{}
	for _, o := range outcomes {
		byKind[o.Kind] = o
	}
	ok, hopeless := byKind[task.AttendanceBroadcast], byKind[task.RecapTick]
	perTask, _ := ok.TaskRatio()
	require.Greater(t, perTask, 0.999)
	perAttempt, _ := ok.AttemptRatio()
	require.InDelta(t, 0.8, perAttempt, 0.02, "more than five standard deviations of 12,500 throws")
	require.EqualValues(t, moodyTasks, ok.Succeeded+ok.Died)

	policy, _ := task.PolicyOf(task.RecapTick)
	require.EqualValues(t, hopelessTasks, hopeless.Died)
	require.EqualValues(t, hopelessTasks*policy.MaxRetry, hopeless.Retried)
	require.Zero(t, hopeless.Succeeded)
	letters, _, err := db.DeadLetters.DeadLetters(t.Context(),
		ledger.DeadLetterFilter{Kind: task.RecapTick, Limit: hopelessTasks + 1})
	require.NoError(t, err)
	require.Len(t, letters, hopelessTasks)
	for _, l := range letters {
		require.Equal(t, policy.MaxRetry+1, l.Attempts)
		require.Contains(t, l.Error, "never")
	}

	for kind, want := range map[task.Kind]tally{
		task.AttendanceBroadcast: m.tally,
		task.RecapTick: {int64(hopelessTasks * (policy.MaxRetry + 1)),
			int64(hopelessTasks * (policy.MaxRetry + 1))},
	} {
		o, q := byKind[kind], kindsQueue(t, kind)
		require.Equal(t, want, tally{o.Succeeded + o.Died + o.Retried, o.Died + o.Retried}, "the ledger on %s", kind)
		succeeded, died, retried := counted(t, registry, kind, "succeeded"), counted(t, registry, kind, "died"),
			counted(t, registry, kind, "retried")
		require.Equal(t, o, task.Outcome{Queue: q, Kind: kind, Succeeded: succeeded, Died: died, Retried: retried},
			"Prometheus on %s", kind)
		require.Equal(t, want, tally{
			metric(t, registry, "asynq_tasks_processed_total", "queue", string(q)),
			metric(t, registry, "asynq_tasks_failed_total", "queue", string(q)),
		}, "Prometheus, asynq's own counters, on %s", q)
		require.Equal(t, want, asynqmon(t, b, q), "asynqmon on %s", q)
		// asynq begins anew at midnight UTC
		if today, stats := asynqmonToday(t, b, q), today(t, inspector, q); time.Now().UTC().Day() == begin.Day() {
			require.Equal(t, want, today, "asynqmon on %s today", q)
			require.Equal(t, want, stats, "Inspector on %s today", q)
		}
	}
	t.Logf("%d tasks: %.3f %% of the tasks and %.2f %% of %d attempts succeeded; %d dead letters of %d hopeless "+
		"tasks; %s",
		moodyTasks, 100*perTask, 100*perAttempt, m.tally.attempts, len(letters), hopelessTasks,
		time.Since(begin).Round(time.Millisecond))
}

func kindsQueue(t *testing.T, k task.Kind) task.Queue {
	p, ok := task.PolicyOf(k)
	require.True(t, ok)
	return p.Queue
}

func today(t *testing.T, i *queue.Inspector, q task.Queue) tally {
	stats, err := i.Stats(t.Context())
	require.NoError(t, err)
	for _, s := range stats {
		if s.Queue == q {
			return tally{int64(s.AttemptsToday), int64(s.FailedAttempts)}
		}
	}
	return tally{}
}

// metric sums the values of a metric whose labels have the given values.
func metric(t *testing.T, g prometheus.Gatherer, name string, labels ...string) (sum int64) {
	families, err := g.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			matches := f.GetName() == name
			for i := 0; i < len(labels); i += 2 {
				matches = matches && has[labels[i]] == labels[i+1]
			}
			if matches {
				sum += int64(m.GetCounter().GetValue())
			}
		}
	}
	return sum
}

func counted(t *testing.T, g prometheus.Gatherer, k task.Kind, result string) int64 {
	return metric(t, g, "hadir_tasks_total", "queue", string(kindsQueue(t, k)), "kind", string(k), "result", result)
}

// ask sends a request to asynqmon's own API, as its pages do, through the door that Hadir puts before it.
func ask(t *testing.T, b *queue.Broker, path string, out any) {
	app := fiber.New()
	monitor.New(monitor.Options{Redis: b.Redis(), Log: quiet,
		Authenticate: func(context.Context, string) (account.User, error) {
			return account.User{ID: 1, Role: account.RoleOps}, nil
		}}).Routes(app)
	resp, err := app.Test(httptest.NewRequest(http.MethodGet, monitor.Root+path, http.NoBody), -1)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode, path)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(out))
}

type monitored struct {
	Queue     string `json:"queue"`
	Processed int64  `json:"processed"`
	Failed    int64  `json:"failed"`
}

func asynqmonToday(t *testing.T, b *queue.Broker, q task.Queue) tally {
	var answer struct {
		Queues []monitored `json:"queues"`
	}
	ask(t, b, "/api/queues", &answer)
	for _, m := range answer.Queues {
		if m.Queue == string(q) {
			return tally{m.Processed, m.Failed}
		}
	}
	return tally{}
}

// asynqmon sums the days of asynqmon's chart.
func asynqmon(t *testing.T, b *queue.Broker, q task.Queue) (sum tally) {
	var answer struct {
		Stats map[string][]monitored `json:"stats"`
	}
	ask(t, b, "/api/queue_stats", &answer)
	for _, m := range answer.Stats[string(q)] {
		sum.attempts, sum.failed = sum.attempts+m.Processed, sum.failed+m.Failed
	}
	return sum
}

// accountOf is where a queue's server keeps account.
func accountOf(s *store.Store) queue.Ledger {
	return struct {
		*ledger.Outcomes
		*ledger.DeadLetters
		*ledger.Outbox
	}{s.Outcomes, s.DeadLetters, s.Outbox}
}
