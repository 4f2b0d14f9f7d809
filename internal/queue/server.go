package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"hadir/internal/clock"
	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
)

// Handler runs one task. After an error the task runs again as its policy says, so a handler must be idempotent. It
// must return soon after its context ends.
type Handler func(ctx context.Context, payload []byte) error

// Permanent marks an error that repeating cannot fix. The task becomes a dead letter at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
}

// later is the error of an attempt that was not made.
type later struct {
	after  time.Duration
	reason string
}

// Error implements error.
func (l later) Error() string { return "queue: not now: " + l.reason }

// Later says that the task cannot run now, for reasons outside of it. It comes back after a while. This counts neither
// as an attempt nor as a failure.
func Later(after time.Duration, reason string) error { return later{after, reason} }

func isLater(err error) bool {
	var l later
	return errors.As(err, &l)
}

// Ledger is the part of the store that the server writes to: outcomes, dead letters and the outbox.
type Ledger interface {
	// AddOutcomes adds to the outcomes per minute.
	AddOutcomes(ctx context.Context, os []task.Outcome) error
	// SaveDeadLetter stores a dead task once, counts it, removes its outbox row, and applies what the death means to
	// the report or import that the task was for.
	SaveDeadLetter(ctx context.Context, d task.DeadLetter) (id int64, created bool, err error)
	// DeleteOutbox removes the rows of tasks that have ended.
	DeleteOutbox(ctx context.Context, ids []int64) error
}

// ServerOptions configures NewServer.
type ServerOptions struct {
	Concurrency     int // tasks at a time
	Handlers        map[task.Kind]Handler
	Ledger          Ledger
	CheckInterval   time.Duration // the pause after a look at empty queues, within the gate; 0 means 1 ms
	ShutdownTimeout time.Duration // for running tasks at the end; 0 means 20 s
	Clock           clock.Clock
	Log             *slog.Logger
	Registry        prometheus.Registerer
	Tracer          *telemetry.Tracer
}

// Server takes tasks from the queues and runs their handlers.
type Server struct {
	o        ServerOptions
	asynq    []*asynq.Server // the first serves the queues that share workers, each other one a queue apart
	gates    []*gate         // one of each
	wakes    *waker
	handlers map[string]registered
	account  *account
	sweeper  *sweeper
	seconds  *prometheus.HistogramVec
	base     context.Context
	unknown  sync.Map // kinds that operators were told of
}

type registered struct {
	kind   task.Kind
	policy task.Policy
	run    Handler
}

// NewServer returns a server that Run starts.
func NewServer(b *Broker, o ServerOptions) *Server {
	if o.CheckInterval <= 0 {
		o.CheckInterval = time.Millisecond
	}
	if o.ShutdownTimeout <= 0 {
		o.ShutdownTimeout = 20 * time.Second
	}
	s := &Server{o: o, handlers: map[string]registered{}, base: context.Background(),
		seconds: prometheus.NewHistogramVec(
			prometheus.HistogramOpts{Name: "hadir_task_seconds",
				Help:    "Time of one attempt, by kind and result (succeeded, failed).",
				Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 60, 300}}, []string{"kind", "result"}),
	}
	s.wakes = b.wakes
	s.account = newAccount(o)
	s.sweeper = newSweeper(b, o, s.account)
	for kind, h := range o.Handlers {
		policy, ok := task.PolicyOf(kind)
		if !ok {
			// a defect of the program, seen at its start
			panic(fmt.Sprintf("queue: there is no policy for kind %q", kind))
		}
		for _, name := range append([]task.Kind{kind}, policy.Aliases...) {
			s.handlers[string(name)] = registered{kind, policy, h}
		}
	}
	if o.Registry != nil {
		o.Registry.MustRegister(s.seconds)
	}
	weights := map[string]int{}
	for q, w := range task.Weights() {
		weights[string(q)] = w
	}
	s.asynq = append(s.asynq, s.serve(b, weights, o.Concurrency))
	for q, n := range task.Apart() {
		s.asynq = append(s.asynq, s.serve(b, map[string]int{string(q): 1}, n))
	}
	return s
}

// serve returns a server of some queues.
func (s *Server) serve(b *Broker, queues map[string]int, concurrency int) *asynq.Server {
	o := s.o
	names := make([]task.Queue, 0, len(queues))
	for q := range queues {
		names = append(names, task.Queue(q))
	}
	g := newGate(names, o.CheckInterval, b.wakes.live.Load)
	s.gates = append(s.gates, g)
	return asynq.NewServerFromRedisClient(b.serverClient(g), asynq.Config{
		Concurrency:              concurrency,
		BaseContext:              func() context.Context { return s.base },
		Queues:                   queues,
		IsFailure:                func(err error) bool { return !isLater(err) },
		TaskCheckInterval:        o.CheckInterval,
		DelayedTaskCheckInterval: time.Second,
		ShutdownTimeout:          o.ShutdownTimeout,
		RetryDelayFunc:           s.retryDelay,
		ErrorHandler:             asynq.ErrorHandlerFunc(s.failed),
		Logger:                   asynqLog{o.Log},
		LogLevel:                 asynq.WarnLevel,
	})
}

// Run serves until ctx ends, then lets running tasks finish and writes down what became of them.
func (s *Server) Run(ctx context.Context) error {
	s.base = context.WithoutCancel(ctx)
	for _, g := range s.gates {
		s.wakes.add(g)
		defer s.wakes.remove(g)
	}
	background, stop := context.WithCancel(s.base)
	defer stop()
	heard := make(chan struct{})
	go func() { s.wakes.listen(background); close(heard) }()
	for i, server := range s.asynq {
		if err := server.Start(asynq.HandlerFunc(s.process)); err != nil {
			for j, started := range s.asynq[:i] {
				s.gates[j].end()
				started.Shutdown()
			}
			return fmt.Errorf("queue: %w", err)
		}
	}
	done := make(chan struct{}, 2)
	go func() { s.account.run(background); done <- struct{}{} }()
	go func() { s.sweeper.run(background); done <- struct{}{} }()
	<-ctx.Done()
	for i, server := range s.asynq {
		s.gates[i].end() // Stop waits for the look in progress
		server.Stop()
	}
	var wg sync.WaitGroup
	for _, server := range s.asynq {
		wg.Go(server.Shutdown)
	}
	wg.Wait()
	stop()
	<-done
	<-done
	<-heard
	return ctx.Err()
}

// process runs one attempt.
func (s *Server) process(ctx context.Context, t *asynq.Task) (err error) {
	h, ok := s.handlers[t.Type()]
	if !ok {
		// A node of a newer release may know this kind. That this one does not is no failure.
		s.logUnknown(ctx, t.Type())
		return unknownKind(t.Type())
	}
	if trace := t.Headers()[traceHeader]; trace != "" {
		ctx = telemetry.WithTrace(ctx, trace)
	}
	ctx, span := s.span(ctx, h)
	start := s.o.Clock.Now()
	defer func() {
		defer span.End()
		if p := recover(); p != nil {
			s.o.Log.ErrorContext(ctx, "panic in a task", "kind", h.kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("queue: panic: %v", p)
		}
		if isLater(err) {
			span.SetText("hadir.task.later", err.Error())
			return
		}
		span.Fail(err)
		result := "succeeded"
		if err != nil {
			result = "failed"
		}
		s.seconds.WithLabelValues(string(h.kind), result).Observe(s.o.Clock.Now().Sub(start).Seconds())
	}()
	if err := s.runWhenItCan(ctx, h, t.Payload()); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err() // the attempt was given up on meanwhile and will be repeated
	}
	id, _ := asynq.GetTaskID(ctx)
	s.account.succeeded(h.policy.Queue, h.kind, id)
	return nil
}

// logUnknown tells operators of each unknown kind once.
func (s *Server) logUnknown(ctx context.Context, kind string) {
	if _, told := s.unknown.LoadOrStore(kind, true); !told {
		s.o.Log.WarnContext(ctx, "this release does not know a task's kind; such tasks wait for a node that does",
			"kind", kind)
	}
}

// span begins the span of an attempt, by the conventions of
// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/.
func (s *Server) span(ctx context.Context, h registered) (context.Context, telemetry.Span) {
	if s.o.Tracer == nil {
		return ctx, telemetry.Span{}
	}
	ctx, span := s.o.Tracer.Start(ctx, "process "+string(h.kind), telemetry.Consumer)
	if span.Recording() {
		id, _ := asynq.GetTaskID(ctx)
		retried, _ := asynq.GetRetryCount(ctx)
		span.SetText("messaging.system", "asynq")
		span.SetText("messaging.operation.type", "process")
		span.SetText("messaging.destination.name", string(h.policy.Queue))
		span.SetText("messaging.message.id", id)
		span.SetText("hadir.task.kind", string(h.kind))
		span.SetInt("hadir.task.attempt", retried+1)
	}
	return ctx, span
}

// runWhenItCan runs a handler. At the last attempt asynq would archive the task whatever the error says, so a task that
// cannot run now waits here.
func (s *Server) runWhenItCan(ctx context.Context, h registered, payload []byte) error {
	retried, _ := asynq.GetRetryCount(ctx)
	limit, _ := asynq.GetMaxRetry(ctx)
	for {
		err := h.run(ctx, payload)
		var l later
		if !errors.As(err, &l) || retried < limit {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(l.after):
		}
	}
}

// failed is called by asynq after an attempt without success, including time-outs and lost leases. Afterwards asynq
// decides by the same rule between retrying and archiving.
func (s *Server) failed(ctx context.Context, t *asynq.Task, err error) {
	retried, _ := asynq.GetRetryCount(ctx)
	limit, _ := asynq.GetMaxRetry(ctx)
	if isLater(err) {
		if retried >= limit {
			s.sweeper.hurry() // asynq archives it all the same, and the sweeper puts it back
		}
		return
	}
	id, _ := asynq.GetTaskID(ctx)
	if trace := t.Headers()[traceHeader]; trace != "" {
		ctx = telemetry.WithTrace(ctx, trace)
	}
	if errors.Is(err, asynq.SkipRetry) || retried >= limit {
		s.o.Log.ErrorContext(ctx, "a task died", "kind", t.Type(), "task_id", id, "attempts", retried+1, "error", err)
		s.sweeper.hurry()
		return
	}
	s.o.Log.WarnContext(ctx, "an attempt failed and will be repeated", "kind", t.Type(), "task_id", id, "attempt",
		retried+1, "error", err)
	kind, queue := task.Kind(t.Type()), task.QueueDefault
	if h, ok := s.handlers[t.Type()]; ok {
		kind, queue = h.kind, h.policy.Queue
	} else if name, ok := asynq.GetQueueName(ctx); ok {
		queue = task.Queue(name)
	}
	s.account.retried(queue, kind)
}

// retryDelay doubles the backoff of the policy up to its bound, with a fifth of jitter in both directions, so that
// tasks that failed together do not come back together. asynq rounds down to whole seconds and looks every second.
func (s *Server) retryDelay(n int, err error, t *asynq.Task) time.Duration {
	var l later
	if errors.As(err, &l) {
		return l.after
	}
	backoff, most := time.Second, time.Minute
	if h, ok := s.handlers[t.Type()]; ok {
		backoff, most = h.policy.Backoff, h.policy.MaxDelay
	}
	d := most
	if n < 20 && backoff<<n < most {
		d = backoff << n
	}
	return d*4/5 + rand.N(d*2/5+1)
}
