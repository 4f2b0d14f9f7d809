package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// passes lets a server look at a queue and tells after how long, and whether Redis would be asked.
func passes(t *testing.T, g *gate, q task.Queue, found bool) (after time.Duration, looked bool) {
	t.Helper()
	begun := time.Now()
	looked, generation := g.enter(t.Context(), q)
	if looked && !found {
		g.empty(q, generation)
	}
	return time.Since(begun), looked
}

func TestTheGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		live := true
		g := newGate([]task.Queue{"a", "b"}, time.Millisecond, func() bool { return live })
		expect := func(q task.Queue, found bool, after time.Duration, looked bool, why string) {
			t.Helper()
			gotAfter, gotLooked := passes(t, g, q, found)
			require.Equal(t, [2]any{after, looked}, [2]any{gotAfter, gotLooked}, why)
		}
		expect("a", false, 0, true, "nothing is known yet")
		expect("a", false, 0, false, "a is known to be empty, b is not")
		expect("b", false, 0, true, "nor of b")
		time.AfterFunc(300*time.Millisecond, func() { g.wake("b") })
		expect("a", false, 300*time.Millisecond, false, "somebody says that b has something")
		expect("b", true, 0, true, "and it is looked at")
		expect("b", true, 0, true, "as long as something is found")
		testkit.Elapse(700 * time.Millisecond)
		expect("a", false, 0, true, "a busy neighbour does not keep a queue from being looked at once a second")
		expect("b", false, 0, true, "")
		expect("a", false, time.Second, true, "nobody says anything for a second")
		expect("b", false, 0, true, "then all are looked at")

		// A word between a look and its answer.
		g.wake("a")
		looked, generation := g.enter(t.Context(), "a")
		require.True(t, looked)
		g.wake("a")
		g.empty("a", generation)
		expect("a", false, 0, true, "the word is not lost")

		live = false
		expect("b", false, 10*time.Millisecond, true, "without words it is polled")
		expect("a", false, 0, true, "")
		live = true
		time.AfterFunc(time.Millisecond, g.end)
		expect("a", false, time.Millisecond, true, "the end opens it")
		for range 3 {
			expect("b", false, 0, true, "for good")
		}
		expect("c", false, 0, true, "what is not ours passes")
	})
}

// A Redis inside this process is asked nothing about a key that it does not have, and its answer would be the same.
func TestNothingIsAskedAboutAKeyThatIsNotThere(t *testing.T) {
	t.Parallel()
	there, asked, moved := map[string]bool{}, 0, 0
	g := newGate([]task.Queue{"a"}, 0, func() bool { return true })
	h := hook{gate: g, moved: func(task.Queue) { moved++ }, lacks: func(key string) bool { return !there[key] }}
	run := h.ProcessHook(func(_ context.Context, cmd redis.Cmder) error {
		asked++
		cmd.(*redis.Cmd).SetVal(int64(1))
		return nil
	})
	dequeue := []any{"evalsha", "sha", 4, "asynq:{a}:pending", "asynq:{a}:paused", "asynq:{a}:active",
		"asynq:{a}:lease"}
	forward := []any{"evalsha", "sha", 2, "asynq:{a}:retry", "asynq:{a}:pending"}

	cmd := redis.NewCmd(t.Context(), dequeue...)
	require.ErrorIs(t, run(t.Context(), cmd), redis.Nil)
	require.ErrorIs(t, cmd.Err(), redis.Nil)
	require.Positive(t, g.idleFor(), "the queue counts as empty")
	cmd = redis.NewCmd(t.Context(), forward...)
	require.NoError(t, run(t.Context(), cmd))
	n, err := cmd.Int()
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, [2]int{0, 0}, [2]int{asked, moved})

	there["asynq:{a}:pending"], there["asynq:{a}:retry"] = true, true
	g.wake()
	require.NoError(t, run(t.Context(), redis.NewCmd(t.Context(), dequeue...)))
	require.NoError(t, run(t.Context(), redis.NewCmd(t.Context(), forward...)))
	require.Equal(t, [2]int{2, 1}, [2]int{asked, moved})

	h.lacks = nil
	run = h.ProcessHook(func(context.Context, redis.Cmder) error { asked++; return redis.Nil })
	g.wake()
	require.ErrorIs(t, run(t.Context(), redis.NewCmd(t.Context(), dequeue...)), redis.Nil)
	require.Equal(t, 3, asked, "another Redis is asked")
}
