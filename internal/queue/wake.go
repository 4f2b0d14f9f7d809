package queue

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"

	"github.com/redis/go-redis/v9"
)

// asynq only polls: an idle server looks at every queue once per TaskCheckInterval. To avoid that, its Redis client
// carries a hook that recognises asynq's scripts by their keys. A look at queues that are known to be empty waits in
// the hook until a process says that it enqueued a task.

// wakeTopic is the pub/sub channel on which a process says to which queues it added tasks: its own name, a blank, and
// the names of the queues separated by commas.
const wakeTopic = "hadir:wake"

const (
	// emptyFor is how long a queue counts as empty without a message. A lost message delays a task by this time, and so
	// does a task that another program, such as Asynqmon, puts into a queue.
	emptyFor = time.Second
	// pollEvery is the pause between two looks while no messages arrive.
	pollEvery = 10 * time.Millisecond
)

// gate delays the looks of one asynq server at its queues.
type gate struct {
	clock    clock.Clock
	patience time.Duration // emptyFor
	poll     time.Duration
	live     func() bool // whether wakes arrive

	mu     sync.Mutex
	queues map[task.Queue]*emptiness
	opened chan struct{} // closed and replaced by every wake
	ended  bool
}

// emptiness is what a gate knows of a queue.
type emptiness struct {
	generation uint64    // raised by every wake, so that a wake between a look and its answer is not lost
	until      time.Time // until when the queue counts as empty; zero if it does not
}

func newGate(queues []task.Queue, poll time.Duration, live func() bool) *gate {
	g := &gate{clock: clock.System(), patience: emptyFor, poll: max(poll, pollEvery), live: live,
		queues: map[task.Queue]*emptiness{}, opened: make(chan struct{})}
	for _, q := range queues {
		g.queues[q] = &emptiness{}
	}
	return g
}

// wake says that some queues may have tasks; without names, all queues.
func (g *gate) wake(queues ...task.Queue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	woken := false
	for q, e := range g.queues {
		if len(queues) == 0 || slices.Contains(queues, q) {
			e.generation++
			e.until = time.Time{}
			woken = true
		}
	}
	if woken {
		close(g.opened)
		g.opened = make(chan struct{})
	}
}

// end opens the gate for ever, because a server that stops waits for its last look.
func (g *gate) end() {
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
	g.wake()
}

// enter waits while all queues of the gate are known to be empty. It returns whether the queue is to be looked at, and
// at which generation it is.
func (g *gate) enter(ctx context.Context, q task.Queue) (look bool, generation uint64) {
	g.mu.Lock()
	e, ours := g.queues[q]
	if !ours || g.ended {
		g.mu.Unlock()
		return true, 0
	}
	wait := g.idleFor()
	opened := g.opened
	g.mu.Unlock()
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-opened:
		case <-timer.C:
			g.wake()
		case <-ctx.Done():
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ended || !g.clock.Now().Before(e.until), e.generation
}

// idleFor returns how long all queues will count as empty, 0 if one does not. The caller holds g.mu.
func (g *gate) idleFor() time.Duration {
	now, least := g.clock.Now(), g.patience
	for _, e := range g.queues {
		least = min(least, e.until.Sub(now))
	}
	if least > 0 && !g.live() {
		least = min(least, g.poll)
	}
	return max(0, least)
}

// empty notes that a look which began at a generation found the queue empty.
func (g *gate) empty(q task.Queue, generation uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ours := g.queues[q]; ours && e.generation == generation {
		e.until = g.clock.Now().Add(g.patience)
	}
}

// hook applies the gate to the commands of a server's client.
type hook struct {
	gate  *gate
	moved func(q task.Queue) // a delayed task became pending
	// lacks tells whether a key does not exist, without asking over the network. It is nil for a Redis outside of this
	// process. The embedded one makes an interpreter for every script, which costs more than all else that an idle
	// process does.
	lacks func(key string) bool
}

// none tells whether a key is known not to exist.
func (h hook) none(key string) bool { return h.lacks != nil && h.lacks(key) }

// DialHook implements redis.Hook.
func (h hook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		q, source, script := recognise(cmd.Args())
		switch script {
		case scriptDequeue:
			look, generation := h.gate.enter(ctx, q)
			if !look {
				cmd.SetErr(redis.Nil) // the answer that Redis gave before
				return redis.Nil
			}
			if h.none(source) {
				h.gate.empty(q, generation)
				cmd.SetErr(redis.Nil) // the answer that Redis would give
				return redis.Nil
			}
			err := next(ctx, cmd)
			if errors.Is(err, redis.Nil) {
				h.gate.empty(q, generation)
			}
			return err
		case scriptForward:
			c, ok := cmd.(*redis.Cmd)
			if ok && h.none(source) {
				c.SetVal(int64(0))
				return nil
			}
			err := next(ctx, cmd)
			if ok && err == nil {
				if n, err := c.Int(); err == nil && n > 0 {
					h.moved(q)
				}
			}
			return err
		}
		return next(ctx, cmd)
	}
}

type script int

const (
	scriptOther script = iota
	scriptDequeue
	scriptForward
)

// recognise tells by the keys of a command which of asynq's scripts it runs, for which queue, and from which key it
// takes tasks. Unknown commands pass, which means polling.
func recognise(args []any) (q task.Queue, source string, s script) {
	if len(args) < 5 {
		return "", "", scriptOther
	}
	if name, _ := args[0].(string); !strings.EqualFold(name, "evalsha") && !strings.EqualFold(name, "eval") {
		return "", "", scriptOther
	}
	first, _ := args[3].(string)
	second, _ := args[4].(string)
	braced, rest, ok := strings.Cut(strings.TrimPrefix(first, "asynq:{"), "}:")
	if !ok || !strings.HasPrefix(first, "asynq:{") {
		return "", "", scriptOther
	}
	q = task.Queue(braced)
	switch n, _ := args[2].(int); {
	case n == 4 && rest == "pending" && second == key(q, "paused"):
		return q, first, scriptDequeue
	case n == 2 && (rest == "scheduled" || rest == "retry") && second == key(q, "pending"):
		return q, first, scriptForward
	}
	return "", "", scriptOther
}

// waker sends and receives wakes: between the processes on one Redis, and within this process directly.
type waker struct {
	redis    redis.UniversalClient
	embedded bool
	off      bool   // no messages: every server polls
	name     string // of this process, which ignores its own messages
	log      *slog.Logger
	live     atomic.Bool // messages arrive

	mu    sync.Mutex
	gates []*gate
}

func (w *waker) add(g *gate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gates = append(w.gates, g)
}

func (w *waker) remove(g *gate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gates = slices.DeleteFunc(w.gates, func(other *gate) bool { return other == g })
}

// open wakes the servers of this process.
func (w *waker) open(queues ...task.Queue) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.gates {
		g.wake(queues...)
	}
}

// say wakes the servers of all processes after tasks were added to queues. It only saves time: a lost message costs a
// second.
func (w *waker) say(ctx context.Context, queues ...task.Queue) {
	w.open(queues...)
	if w.embedded || w.off || len(queues) == 0 {
		return
	}
	names := make([]string, len(queues))
	for i, q := range queues {
		names[i] = string(q)
	}
	if err := w.redis.Publish(ctx, wakeTopic, w.name+" "+strings.Join(names, ",")).Err(); err != nil {
		w.log.DebugContext(ctx, "waking the workers", "error", err)
	}
}

// listen receives the messages of other processes until ctx ends. A new subscription after a lost one counts as a
// message.
func (w *waker) listen(ctx context.Context) {
	if w.embedded {
		w.live.Store(!w.off)
		return
	}
	if w.off {
		return
	}
	subscription := w.redis.Subscribe(ctx, wakeTopic)
	defer subscription.Close()
	defer w.live.Store(false)
	heard, late := subscription.ChannelWithSubscriptions(), time.NewTimer(subscribeWithin)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-late.C:
			if !w.live.Load() {
				w.log.WarnContext(ctx, "Redis lets nobody subscribe; workers look for tasks again and again",
					"setting", "HADIR_QUEUE_WAKE")
			}
		case m, ok := <-heard:
			if !ok {
				return
			}
			switch m := m.(type) {
			case *redis.Subscription:
				w.live.Store(true)
				w.open()
			case *redis.Message:
				w.hear(m.Payload)
			}
		}
	}
}

// subscribeWithin is after how long without a subscription operators are told.
const subscribeWithin = 5 * time.Second

// hear handles the message of another process.
func (w *waker) hear(message string) {
	sender, names, _ := strings.Cut(message, " ")
	if sender == w.name {
		return
	}
	var queues []task.Queue
	for name := range strings.SplitSeq(names, ",") {
		queues = append(queues, task.Queue(name))
	}
	w.open(queues...)
}
