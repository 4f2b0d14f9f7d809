package queue_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
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

// asleep starts a server that looks at its queues only when it is woken. Its first attempt fails if the task says so.
func asleep(t *testing.T, b *queue.Broker) (ran *atomic.Int32, stop func()) {
	t.Helper()
	ran = &atomic.Int32{}
	handlers := map[task.Kind]queue.Handler{}
	for _, k := range []task.Kind{task.AttendanceBroadcast, task.RecapTick, task.ReportBuild, task.WebhookDeliver} {
		handlers[k] = func(_ context.Context, payload []byte) error {
			if ran.Add(1) == 1 && string(payload) == `"fails first"` {
				return errors.New("once more")
			}
			return nil
		}
	}
	s := queue.NewServer(b, queue.ServerOptions{Concurrency: 4, Handlers: handlers, Ledger: newBook(),
		Clock: clock.System(), Log: quiet})
	s.OnlyWhenWoken()
	var once sync.Once
	end := background(s.Run)
	stop = func() { once.Do(end) }
	t.Cleanup(stop)
	return ran, stop
}

// Whoever adds a task wakes the servers, in whichever process they are: by rows, by single tasks, by batches, by tasks
// whose time has come, and by those that are tried again.
func TestEveryTaskWakesTheServers(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	second := testkit.StartRedis(t, testkit.RedisOptions{}).URL
	for name, url := range map[string]string{"embedded": "embedded", "one process": url, "two processes": second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := broker(t, url)
			there := here
			if name == "two processes" {
				there = broker(t, url)
			}
			ran, stop := asleep(t, here)
			c := queue.NewClient(there)
			want := int32(0)
			soonRan := func(n int32, what string) {
				t.Helper()
				want += n
				soon(t, func() bool { return ran.Load() == want }, what)
			}
			ctx := t.Context()
			require.NoError(t, c.Enqueue(ctx, task.AttendanceBroadcast, "first", "fails first", queue.EnqueueOptions{}))
			soonRan(2, "a single task, and its second attempt")
			for i := range int64(5) {
				_, err := c.Deliver(ctx, row(i+1, 0))
				require.NoError(t, err)
				soonRan(1, "a row")
			}
			rows := make([]task.Outboxed, 20)
			for i := range rows {
				rows[i] = row(int64(i+100), 0)
				rows[i].Kind = []task.Kind{task.AttendanceBroadcast, task.RecapTick, task.ReportBuild,
					task.WebhookDeliver}[i%4]
			}
			_, err := c.DeliverAll(ctx, rows)
			require.NoError(t, err)
			soonRan(20, "a batch for all queues")
			require.NoError(t,
				c.Enqueue(ctx, task.WebhookDeliver, "later", "", queue.EnqueueOptions{At: time.Now().Add(time.Second)}))
			soonRan(1, "one whose time has come")
			stopped := make(chan struct{})
			go func() { stop(); close(stopped) }()
			soon(t, func() bool {
				select {
				case <-stopped:
					return true
				default:
					return false
				}
			}, "a server that waits can stop")
		})
	}
}

// A subscription that was lost and made again counts as a word: what was said meanwhile was not heard.
func TestALostSubscriptionIsAWord(t *testing.T) {
	t.Parallel()
	b := broker(t, testkit.StartRedis(t, testkit.RedisOptions{}).URL)
	ran, _ := asleep(t, b)
	require.NoError(t, queue.NewClient(b).Enqueue(t.Context(), task.RecapTick, "heard", "", queue.EnqueueOptions{}))
	soon(t, func() bool { return ran.Load() == 1 }, "it is asleep and hears")
	_, err := asynq.NewClientFromRedisClient(b.Redis()).Enqueue(asynq.NewTask(string(task.RecapTick), []byte(`""`)),
		asynq.Queue("default"))
	require.NoError(t, err)
	require.NoError(t, b.Redis().Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err())
	soon(t, func() bool { return ran.Load() == 2 }, "it looks when it hears again")
}

// Where Redis lets nobody subscribe, or operators say so, servers look again and again.
func TestServersPollWithoutSubscription(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	admin := broker(t, server.URL)
	require.NoError(t, admin.Redis().Do(t.Context(), "ACL", "SETUSER", "dumb", "on", ">secret", "~*", "resetchannels",
		"+@all").Err())
	dumb := broker(t, strings.Replace(server.URL, "redis://", "redis://dumb:secret@", 1))
	require.ErrorContains(t, dumb.Redis().Publish(t.Context(), "hadir:wake", "x").Err(), "NOPERM")
	polling, err := queue.Open(t.Context(),
		queue.Options{URL: "embedded", Log: quiet, Patience: 30 * time.Second, Poll: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, polling.Close()) })
	for name, b := range map[string]*queue.Broker{"forbidden": dumb, "by setting": polling} {
		ran, _ := asleep(t, b)
		for i := range int32(3) {
			require.NoError(t,
				queue.NewClient(b).Enqueue(t.Context(), task.RecapTick, fmt.Sprint(i), "", queue.EnqueueOptions{}))
			soon(t, func() bool { return ran.Load() == i+1 }, name)
		}
	}
}

// spy notes the commands of an asynq server.
type spy struct {
	mu   sync.Mutex
	seen [][]any
}

func (s *spy) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *spy) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (s *spy) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.mu.Lock()
		s.seen = append(s.seen, cmd.Args())
		s.mu.Unlock()
		return next(ctx, cmd)
	}
}

// has tells whether a script was recognised for a queue.
func (s *spy) has(command, what, q string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, args := range s.seen {
		if got, is := queue.Recognise(args); args[0] == command && is == what && string(got) == q {
			return true
		}
	}
	return false
}

// The gate knows asynq's scripts by their keys. Another release of asynq may have others: then this test says so, and
// the servers poll until the gate knows them, too.
func TestTheGateKnowsAsynqsScripts(t *testing.T) {
	t.Parallel()
	modules, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	require.Contains(t, string(modules), "github.com/hibiken/asynq v0.26.0\n",
		"look at dequeueCmd and forwardCmd in its internal/rdb/rdb.go")
	o, err := redis.ParseURL(testkit.StartRedis(t, testkit.RedisOptions{}).URL)
	require.NoError(t, err)
	r, s := redis.NewClient(o), &spy{}
	t.Cleanup(func() { _ = r.Close() })
	r.AddHook(s)
	server := asynq.NewServerFromRedisClient(r, asynq.Config{Queues: map[string]int{"critical": 6, "outside": 1},
		TaskCheckInterval: 10 * time.Millisecond, DelayedTaskCheckInterval: 50 * time.Millisecond,
		LogLevel: asynq.FatalLevel})
	require.NoError(t, server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { return nil })))
	t.Cleanup(server.Shutdown)
	for _, q := range []string{"critical", "outside"} {
		for _, command := range []string{"evalsha", "eval"} { // Redis does not know the scripts at first
			if command == "eval" && q == "outside" {
				continue // by then it does
			}
			soon(t, func() bool {
				return s.has(command, "dequeue", q) || q == "critical" && s.has(command, "dequeue", "outside")
			}, "dequeue "+q)
			soon(t, func() bool {
				return s.has(command, "forward", q) || q == "critical" && s.has(command, "forward", "outside")
			}, "forward "+q)
		}
	}
	for _, args := range [][]any{nil, {"get", "x"},
		{"evalsha", "sha", 4, "asynq:{critical}:active", "asynq:{critical}:lease", "x", "y"},
		{"evalsha", "sha", 4, "other:{critical}:pending", "asynq:{critical}:paused", "x", "y"},
		{"evalsha", "sha", 3, "asynq:{critical}:pending", "asynq:{critical}:paused", "x"},
		{"evalsha", "sha", 2, 1, 2}} {
		_, what := queue.Recognise(args)
		require.Empty(t, what, "%v", args)
	}
}
