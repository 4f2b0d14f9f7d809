package queue_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// yard is a Redis with a look at asynq's keys of the queue critical.
type yard struct {
	t *testing.T
	b *queue.Broker
	r redis.UniversalClient
	i *asynq.Inspector
}

func newYard(t *testing.T, b *queue.Broker) *yard {
	t.Helper()
	return &yard{t, b, b.Redis(), asynq.NewInspectorFromRedisClient(b.Redis())}
}

func (y *yard) key(name string) string { return "asynq:{critical}:" + name }

// abandon lets a worker that is about to die take the task of a row; its lease expires at an instant, or is lost.
func (y *yard) abandon(r task.Outboxed, lease *time.Time) {
	y.t.Helper()
	ctx := y.t.Context()
	require.NoError(y.t, y.r.LMove(ctx, y.key("pending"), y.key("active"), "RIGHT", "LEFT").Err())
	require.NoError(y.t, y.r.HSet(ctx, y.key("t:"+r.TaskID()), "state", "active").Err())
	if lease != nil {
		require.NoError(y.t, y.r.ZAdd(ctx, y.key("lease"),
			redis.Z{Score: float64(lease.Unix()), Member: r.TaskID()}).Err())
	}
}

// tasks counts all tasks of the queue but those that ended well.
func (y *yard) tasks() (active, others int) {
	y.t.Helper()
	info, err := y.i.GetQueueInfo("critical")
	require.NoError(y.t, err)
	return info.Active, info.Pending + info.Scheduled + info.Retry + info.Archived
}

func (y *yard) deliver(r task.Outboxed) {
	y.t.Helper()
	fate, err := queue.NewClient(y.b).Deliver(y.t.Context(), r)
	require.NoError(y.t, err)
	require.Equal(y.t, queue.Queued, fate)
}

// A task that takes its time is one task, however old its outbox row is and however often the relay looks.
func TestASlowTaskIsNotCopied(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		y, r := newYard(t, b), row(1, time.Hour)
		begun, finish := make(chan struct{}, 10), make(chan struct{})
		var runs atomic.Int32
		serve(t, b, newBook(r), func(ctx context.Context, _ []byte) error {
			begun <- struct{}{}
			if runs.Add(1) == 1 {
				<-finish
				return errors.New("the receiver took too long")
			}
			return nil
		})
		y.deliver(r)
		<-begun
		orphans := queue.NewOrphans(b, clock.System())
		for range 20 {
			y.deliver(r)
			require.NoError(t, orphans.Round(t.Context()))
		}
		active, others := y.tasks()
		require.Equal(t, [2]int{1, 0}, [2]int{active, others})
		close(finish)
		soon(t, func() bool { active, others = y.tasks(); return active+others == 0 }, "it ends")
		require.EqualValues(t, 2, runs.Load(), "one chain: the attempt that failed and the next one")
	})
}

// Tasks of workers that died go back to their queue once, as soon as their leases tell, and are done.
func TestOrphansGoBack(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		y, l := newYard(t, b), newBook(row(1, 0), row(2, 0), row(3, 0))
		now := clock.NewManual(time.Now())
		orphans := queue.NewOrphans(b, now)
		round := func(after time.Duration) (active, others int) {
			now.Advance(after)
			require.NoError(t, orphans.Round(t.Context()))
			return y.tasks()
		}
		for id, lease := range map[int64]*time.Time{1: pointer(now.Now().Add(30 * time.Second)), 2: nil} {
			y.deliver(row(id, 0))
			y.abandon(row(id, 0), lease)
		}
		// The third is gone but for its place among the active ones.
		require.NoError(t, y.r.LPush(t.Context(), y.key("active"), row(3, 0).TaskID()).Err())
		require.NoError(t, y.r.ZAdd(t.Context(), y.key("lease"), redis.Z{Score: 1, Member: row(3, 0).TaskID()}).Err())

		active, others := round(0)
		require.Equal(t, [2]int{2, 0}, [2]int{active, others}, "nothing is known of the first two yet")
		active, others = round(15 * time.Second)
		require.Equal(t, [2]int{1, 1}, [2]int{active, others}, "the one without a lease, which no living server runs")
		active, others = round(21 * time.Second)
		require.Equal(t, [2]int{0, 2}, [2]int{active, others}, "and the one whose lease expired")
		for range 3 {
			y.deliver(row(1, time.Hour))
			active, others = round(time.Minute)
			require.Equal(t, [2]int{0, 2}, [2]int{active, others}, "each once")
		}
		for id := range 2 {
			info, err := y.i.GetTaskInfo("critical", row(int64(id+1), 0).TaskID())
			require.NoError(t, err)
			require.Equal(t, asynq.TaskStatePending, info.State)
			require.Zero(t, info.Retried, "a worker's death is no failure of the task")
		}
		serve(t, b, l, func(context.Context, []byte) error { return nil })
		soon(t, func() bool { active, others = y.tasks(); return active+others == 0 && l.left() == 1 }, "they are done")
	})
}

// Ids without a task, and tasks that nobody can read, are taken by a worker and would be active for good.
func TestWhatIsNoTaskLeavesTheQueue(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		y, ctx := newYard(t, b), t.Context()
		y.deliver(row(1, 0))
		serve(t, b, newBook(row(1, 0)), func(context.Context, []byte) error { return nil })
		soon(t, func() bool { active, others := y.tasks(); return active+others == 0 }, "the queue is known")
		require.NoError(t, y.r.HSet(ctx, y.key("t:rubbish"), "state", "pending", "msg", "rubbish").Err())
		require.NoError(t, y.r.LPush(ctx, y.key("pending"), "rubbish", "nothing").Err())
		now := clock.NewManual(time.Now().Add(time.Minute)) // every lease is over
		orphans := queue.NewOrphans(b, now)
		soon(t, func() bool {
			require.NoError(t, orphans.Round(ctx))
			now.Advance(time.Second)
			left, err := y.r.Exists(ctx, y.key("t:rubbish"), y.key("t:nothing"), y.key("pending"), y.key("active"),
				y.key("lease")).Result()
			require.NoError(t, err)
			return left == 0
		}, "nothing of them is left")
	})
}

func pointer[T any](v T) *T { return &v }

// A worker that lives keeps its task although the lease is lost: its server says that it runs.
func TestALivingWorkerKeepsItsTask(t *testing.T) {
	t.Parallel()
	b := broker(t, testkit.Redis(t))
	y, r := newYard(t, b), row(1, 0)
	begun, finish := make(chan struct{}, 10), make(chan struct{})
	serve(t, b, newBook(r), func(context.Context, []byte) error { begun <- struct{}{}; <-finish; return nil })
	defer close(finish)
	y.deliver(r)
	<-begun
	soon(t, func() bool {
		servers, err := y.i.Servers()
		return err == nil && slices.ContainsFunc(servers,
			func(s *asynq.ServerInfo) bool { return len(s.ActiveWorkers) == 1 })
	}, "its server says so")
	require.NoError(t, y.r.Del(t.Context(), y.key("lease")).Err())
	now := clock.NewManual(time.Now())
	orphans := queue.NewOrphans(b, now)
	for range 5 {
		now.Advance(time.Minute)
		require.NoError(t, orphans.Round(t.Context()))
	}
	active, others := y.tasks()
	require.Equal(t, [2]int{1, 0}, [2]int{active, others})
}

// A task that takes its worker down each time is counted in the end, so that it does not do so for ever.
func TestATaskThatKillsItsWorkers(t *testing.T) {
	t.Parallel()
	b := broker(t, testkit.Redis(t))
	y, r := newYard(t, b), row(1, 0)
	now := clock.NewManual(time.Now())
	orphans := queue.NewOrphans(b, now)
	y.deliver(r)
	for i := range 4 {
		y.abandon(r, pointer(now.Now()))
		now.Advance(time.Minute)
		require.NoError(t, orphans.Round(t.Context()))
		active, others := y.tasks()
		if i < 2 {
			require.Equal(t, [2]int{0, 1}, [2]int{active, others}, "again at once")
			continue
		}
		require.Equal(t, [2]int{1, 0}, [2]int{active, others}, "left to the recoverer, which counts")
		score, err := y.r.ZScore(t.Context(), y.key("lease"), r.TaskID()).Result()
		require.NoError(t, err)
		require.Less(t, score, float64(now.Now().Unix()), "whose sign is a lease that expired")
		// What the recoverer does, and the forwarder after it.
		require.NoError(t, y.r.LMove(t.Context(), y.key("active"), y.key("pending"), "RIGHT", "LEFT").Err())
		require.NoError(t, y.r.ZRem(t.Context(), y.key("lease"), r.TaskID()).Err())
	}
}

// A kind that only a newer release knows waits for it, uncounted, also when it came with no retry left, and holds up
// nothing.
func TestAnUnknownKindWaitsUncounted(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		y, l := newYard(t, b), newBook()
		old := queue.NewServer(b, queue.ServerOptions{Concurrency: 1, Ledger: l, Clock: clock.System(), Log: quiet,
			Handlers: map[task.Kind]queue.Handler{
				task.AttendanceBroadcast: func(context.Context, []byte) error { return nil }}})
		stop := background(old.Run)
		client := asynq.NewClientFromRedisClient(b.Redis())
		ids := []string{"retries", "none left"}
		for i, id := range ids {
			_, err := client.Enqueue(asynq.NewTask(string(task.SummaryRefresh), []byte("{}")), asynq.Queue("critical"),
				asynq.TaskID(id),
				asynq.MaxRetry(3*(1-i)), asynq.Timeout(time.Minute))
			require.NoError(t, err)
		}
		waits := func(id string) bool {
			info, err := y.i.GetTaskInfo("critical", id)
			require.NoError(t, err)
			require.Zero(t, info.Retried, "nothing is counted")
			return info.State == asynq.TaskStateRetry
		}
		for round := range 8 {
			for _, id := range ids {
				soon(t, func() bool { return waits(id) }, id+" waits in round "+strconv.Itoa(round))
				require.NoError(t, y.i.RunTask("critical", id))
			}
			r := row(int64(round+1), 0)
			y.deliver(r)
			soon(t, func() bool { return l.total().Succeeded == int64(round+1) }, "the others are done meanwhile")
		}
		require.Empty(t, l.letters())
		require.Equal(t, task.Outcome{Succeeded: 8}, l.total(), "the success ratio knows nothing of it")
		var ran atomic.Int32
		serveKinds(t, b, l, map[task.Kind]queue.Handler{
			task.SummaryRefresh: func(context.Context, []byte) error { ran.Add(1); return nil }})
		stop()
		soon(t, func() bool { return ran.Load() == 2 }, "a server that knows it runs it")
		soon(t, func() bool { return l.total() == task.Outcome{Succeeded: 10} }, "and counts it")
	})
}

func serveKinds(t *testing.T, b *queue.Broker, l queue.Ledger, handlers map[task.Kind]queue.Handler) {
	t.Helper()
	s := queue.NewServer(b, queue.ServerOptions{Concurrency: 4, Handlers: handlers, Ledger: l, Clock: clock.System(),
		Log: quiet})
	t.Cleanup(background(s.Run))
}

// A row of a kind that only another release knows holds up no other row and stays for a node of that release.
func TestARowOfAnotherReleaseHoldsUpNothing(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		foreign, own := row(1, 0), row(2, 0)
		foreign.Kind = "future:kind"
		done, err := queue.NewClient(b).DeliverAll(t.Context(), []task.Outboxed{foreign, own})
		require.NoError(t, err)
		require.Empty(t, done)
		info, err := newYard(t, b).i.GetQueueInfo("critical")
		require.NoError(t, err)
		require.Equal(t, 1, info.Pending)
	})
}

// A Redis that lost its data knows the names of all queues again soon, and what dies in any of them becomes a letter.
func TestEveryQueueIsNamedAgain(t *testing.T) {
	t.Parallel()
	b := broker(t, testkit.StartRedis(t, testkit.RedisOptions{}).URL)
	r, l, c := b.Redis(), newBook(), queue.NewClient(b)
	serveKinds(t, b, l, map[task.Kind]queue.Handler{task.WebhookDeliver: func(_ context.Context, payload []byte) error {
		if string(payload) == `"bad"` {
			return queue.Permanent(errors.New("never"))
		}
		return nil
	}})
	// From now on the client believes that the names are known.
	require.NoError(t, c.Enqueue(t.Context(), task.WebhookDeliver, "good", "good", queue.EnqueueOptions{}))
	soon(t, func() bool { return l.total().Succeeded == 1 }, "a delivery")
	require.NoError(t, r.FlushAll(t.Context()).Err())
	for _, id := range []string{"a", "b"} {
		require.NoError(t, c.Enqueue(t.Context(), task.WebhookDeliver, id, "bad", queue.EnqueueOptions{}))
	}
	require.Eventually(t, func() bool { return len(l.letters()) == 2 }, testkit.Patience, 10*time.Millisecond,
		"dead letters")
	names, err := r.SMembers(t.Context(), "asynq:queues").Result()
	require.NoError(t, err)
	slices.Sort(names)
	require.Equal(t, []string{"critical", "default", "outside", "reports"}, names)
	stats, err := queue.NewInspector(b).Stats(t.Context())
	require.NoError(t, err)
	require.Len(t, stats, len(task.Queues()))
}
