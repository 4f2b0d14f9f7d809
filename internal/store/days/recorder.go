package days

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/prometheus/client_golang/prometheus"
)

// Recorder gathers concurrent punches into batches: while one transaction commits, the punches that arrive form the
// next. An idle recorder adds no delay, and a busy one costs the database one commit for many punches.
type Recorder struct {
	s       *Days
	o       RecorderOptions
	in      chan *recording
	mu      sync.RWMutex // guards closed against the sends into in
	closed  bool
	backlog chan struct{} // holds one while a backlog is written
	batches prometheus.Histogram
	commits prometheus.Histogram
	results *prometheus.CounterVec
}

// RecorderOptions configures NewRecorder.
type RecorderOptions struct {
	MaxBatch int // 0 means 256
	Writers  int // batches in flight; 0 means 3 on MySQL and 1 on SQLite
	Queue    int // punches that may wait; 0 means 16 batches
	Registry prometheus.Registerer
	Tracer   *telemetry.Tracer
}

// recording is one caller's punch on its way.
type recording struct {
	punch  attendance.NewPunch
	result attendance.RecordResult
	done   chan struct{}
}

// batchTimeout bounds one transaction; a caller may give up earlier.
const batchTimeout = 30 * time.Second

// NewRecorder returns a recorder; Run must be running for Record to answer.
func NewRecorder(s *Days, o RecorderOptions) *Recorder {
	if o.MaxBatch <= 0 {
		o.MaxBatch = 256
	}
	if o.Writers <= 0 {
		o.Writers = 3
		if s.db.SQLite() {
			o.Writers = 1
		}
	}
	if o.Queue <= 0 {
		o.Queue = 16 * o.MaxBatch
	}
	r := &Recorder{s: s, o: o, in: make(chan *recording, o.Queue), backlog: make(chan struct{}, 1),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hadir_recorder_batch_size",
			Help: "Punches per transaction.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hadir_recorder_commit_seconds",
			Help:    "Time of one transaction, retries included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30}}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_recorder_punches_total",
			Help: "Punches answered, by result: recorded, replayed, refused (the punch's own fault) or failed."},
			[]string{"result"}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(r.batches, r.commits, r.results, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "hadir_recorder_waiting",
			Help: "Punches that wait for a transaction."}, func() float64 { return float64(r.Waiting()) }))
	}
	return r
}

// Run writes batches until ctx ends, then finishes the ones it accepted.
func (r *Recorder) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.closed = true
		close(r.in)
	})
	defer stop()
	var writers sync.WaitGroup
	slots := make(chan struct{}, r.o.Writers)
	for first := range r.in {
		slots <- struct{}{} // the batch grows while every writer is busy
		batch := r.gather(first, len(slots) > 1)
		writers.Go(func() {
			r.write(context.WithoutCancel(ctx), batch)
			<-slots
		})
	}
	writers.Wait()
	return ctx.Err()
}

// linger is for how long a batch that is not the only one under way waits for more punches. Those who were just
// answered come again one after the other, and each would make a transaction of its own.
const linger = 2 * time.Millisecond

// gather makes a batch of the first punch and of all that wait.
func (r *Recorder) gather(first *recording, busy bool) []*recording {
	batch := append(make([]*recording, 0, r.o.MaxBatch), first)
	var over <-chan time.Time
	if busy {
		timer := time.NewTimer(linger)
		defer timer.Stop()
		over = timer.C
	}
	for len(batch) < r.o.MaxBatch {
		select {
		case next, ok := <-r.in:
			if !ok {
				return batch
			}
			batch = append(batch, next)
			continue
		default:
		}
		if over == nil {
			return batch
		}
		select {
		case next, ok := <-r.in:
			if !ok {
				return batch
			}
			batch = append(batch, next)
		case <-over:
			over = nil
		}
	}
	return batch
}

// write records a batch and answers its callers. When the database refuses the batch as a whole, each punch is tried
// alone, so that a bad one never fails its neighbours.
func (r *Recorder) write(ctx context.Context, batch []*recording) {
	punches := make([]attendance.NewPunch, len(batch))
	for i, c := range batch {
		punches[i] = c.punch
	}
	results, rows, err := r.commit(ctx, punches)
	switch {
	case err == nil:
		for i, c := range batch {
			c.result = results[i]
		}
	case len(batch) == 1 || attendance.CodeOf(err) == attendance.CodeUnavailable:
		for _, c := range batch {
			c.result.Err = err
		}
	default:
		r.s.db.Log.WarnContext(ctx, "a batch failed; recording its punches one by one", "punches", len(batch), "error",
			err)
		for i, c := range batch {
			one, more, err := r.commit(ctx, punches[i:i+1])
			if err != nil {
				c.result.Err = err
				continue
			}
			c.result = one[0]
			rows = append(rows, more...)
		}
	}
	for _, c := range batch {
		r.results.WithLabelValues(resultOf(c.result)).Inc()
		close(c.done)
	}
	r.s.ledger.HandOver(rows) // last, so that nobody's answer waits for it
}

// commit returns outbox rows only of what was committed.
func (r *Recorder) commit(ctx context.Context, punches []attendance.NewPunch) ([]attendance.RecordResult,
	[]task.Outboxed, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	start := r.s.db.Clock.Now()
	ctx, span := r.span(ctx, punches)
	results, rows, err := r.s.recordBatch(ctx, punches)
	span.Fail(err)
	span.End()
	r.batches.Observe(float64(len(punches)))
	r.commits.Observe(r.s.db.Clock.Now().Sub(start).Seconds())
	return results, rows, err
}

// span begins the span of a commit, which all requests in it share.
func (r *Recorder) span(ctx context.Context, punches []attendance.NewPunch) (context.Context, telemetry.Span) {
	if r.o.Tracer == nil {
		return ctx, telemetry.Span{}
	}
	traces := make([]string, len(punches))
	for i := range punches {
		traces[i] = punches[i].Trace
	}
	ctx, span := r.o.Tracer.StartMerged(ctx, "record punches", telemetry.Internal, traces)
	span.SetInt("hadir.punches", len(punches))
	return ctx, span
}

func resultOf(r attendance.RecordResult) string {
	var known *attendance.Error
	switch {
	case r.Err == nil && r.Replayed:
		return "replayed"
	case r.Err == nil:
		return "recorded"
	case errors.As(r.Err, &known) && known.Code != attendance.CodeUnavailable:
		return "refused"
	default:
		return "failed"
	}
}

// Record returns after the commit. It fails with CodeUnavailable when the recorder is stopping, when too many punches
// wait, or when the database does; the punch may be sent again with the same key then. When ctx ends first the punch
// may still be written; the caller's retry with the same key finds it.
func (r *Recorder) Record(ctx context.Context, p attendance.NewPunch) (attendance.Recorded, error) {
	c := &recording{punch: p, done: make(chan struct{})}
	if err := r.hand(c); err != nil {
		return attendance.Recorded{}, err
	}
	if err := c.wait(ctx); err != nil {
		return attendance.Recorded{}, err
	}
	return c.result.Recorded, c.result.Err
}

// wait returns when the punch was answered; an error says that it was not in time.
func (c *recording) wait(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return &attendance.Error{Code: attendance.CodeUnavailable,
			Message: "The punch was not confirmed in time; try again.", Cause: ctx.Err()}
	}
}

// A transaction reads all that its people punched between its first punch and its last, so that those of long ago are
// kept from those of now.
const (
	backlogAge  = 24 * time.Hour     // older punches are written apart
	backlogSpan = 7 * 24 * time.Hour // what one transaction of them covers at most
)

// RecordBatch is Record for several punches at once: recent ones go among those of others, older ones into transactions
// of their own, one at a time. An error means that some of them may not be written; all of them may be sent again.
func (r *Recorder) RecordBatch(ctx context.Context, ps []attendance.NewPunch) ([]attendance.RecordResult, error) {
	results, recent := make([]attendance.RecordResult, len(ps)), make(map[int]*recording, len(ps))
	var old []int
	since := r.s.db.Clock.Now().Add(-backlogAge)
	for i := range ps {
		if ps[i].OccurredAt.Before(since) {
			old = append(old, i)
			continue
		}
		recent[i] = &recording{punch: ps[i], done: make(chan struct{})}
		if err := r.hand(recent[i]); err != nil {
			return nil, err
		}
	}
	if err := r.writeBacklog(ctx, ps, old, results); err != nil {
		return nil, err
	}
	for i, c := range recent {
		if err := c.wait(ctx); err != nil {
			return nil, err
		}
		results[i] = c.result
	}
	for i := range results {
		if attendance.CodeOf(results[i].Err) == attendance.CodeUnavailable {
			return nil, results[i].Err
		}
	}
	return results, nil
}

// writeBacklog records the punches at some positions of ps and puts their results at the same positions.
func (r *Recorder) writeBacklog(ctx context.Context, ps []attendance.NewPunch, of []int,
	results []attendance.RecordResult) error {
	if len(of) == 0 {
		return nil
	}
	select {
	case r.backlog <- struct{}{}:
		defer func() { <-r.backlog }()
	case <-ctx.Done():
		return &attendance.Error{Code: attendance.CodeUnavailable,
			Message: "Too many punches are waiting; try again in a moment.", Cause: ctx.Err()}
	}
	slices.SortStableFunc(of, func(i, j int) int { return ps[i].OccurredAt.Compare(ps[j].OccurredAt) })
	for len(of) > 0 {
		end := ps[of[0]].OccurredAt.Add(backlogSpan)
		n := slices.IndexFunc(of, func(i int) bool { return ps[i].OccurredAt.After(end) })
		if n < 0 {
			n = len(of)
		}
		run := make([]attendance.NewPunch, n)
		for k, i := range of[:n] {
			run[k] = ps[i]
		}
		written, err := r.s.RecordBatch(ctx, run)
		if err != nil {
			return err
		}
		for k, i := range of[:n] {
			results[i] = written[k]
			r.results.WithLabelValues(resultOf(written[k])).Inc()
		}
		of = of[n:]
	}
	return nil
}

// hand gives a punch to the writers without waiting for them.
func (r *Recorder) hand(c *recording) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return &attendance.Error{Code: attendance.CodeUnavailable, Message: "This node is stopping; try again."}
	}
	select {
	case r.in <- c:
		return nil
	default:
		return &attendance.Error{Code: attendance.CodeUnavailable,
			Message: "Too many punches are waiting; try again in a moment."}
	}
}

// Waiting tells how many punches wait for a transaction.
func (r *Recorder) Waiting() int { return len(r.in) }
