// Package scheduler does what has to be done again and again: it relays the outbox and tidies up. Every job may run on
// several nodes at once; the database decides what is due.
package scheduler

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

// Job is something done at an interval.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) error
}

// Options configures New.
type Options struct {
	// Relay brings outbox rows to the queue until its context ends.
	Relay func(ctx context.Context) error
	// Tick asks for periodic tasks until its context ends.
	Tick func(ctx context.Context) error
	Jobs []Job
	Log  *slog.Logger
}

// Scheduler runs the relay and the jobs.
type Scheduler struct{ o Options }

// New returns a scheduler.
func New(o Options) *Scheduler { return &Scheduler{o} }

// Run works until ctx ends. A job that fails is tried again at its next turn.
func (s *Scheduler) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.o.Relay(ctx) })
	g.Go(func() error { return s.o.Tick(ctx) })
	for _, j := range s.o.Jobs {
		g.Go(func() error { return s.repeat(ctx, j) })
	}
	return g.Wait()
}

func (s *Scheduler) repeat(ctx context.Context, j Job) error {
	for {
		if err := j.Run(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "a periodic job failed; it runs again at its next turn", "job", j.Name, "every",
				j.Every, "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(j.Every*9/10 + rand.N(j.Every/5)): // two schedulers drift apart
		}
	}
}

// SessionSweep removes what is left of sessions that are over, a few hundred rows a statement.
func SessionSweep(remove func(ctx context.Context, limit int) (int, error)) Job {
	return overSweep("expired sessions", 500, remove)
}

// ImportSweep removes uploaded files that can no longer be looked at, a few at a time, because they are large.
func ImportSweep(remove func(ctx context.Context, limit int) (int, error)) Job {
	return overSweep("old imports", 20, remove)
}

// overSweep removes what is over once an hour, at most limit rows a statement.
func overSweep(name string, limit int, remove func(ctx context.Context, limit int) (int, error)) Job {
	return Job{Name: name, Every: time.Hour, Run: func(ctx context.Context) error {
		for {
			n, err := remove(ctx, limit)
			if err != nil || n < limit {
				return err
			}
		}
	}}
}

// AgeSweep removes rows that are older than keep, a few hundred a statement.
func AgeSweep(name string, keep time.Duration,
	remove func(ctx context.Context, before time.Time, limit int) (int, error), now func() time.Time) Job {
	return Job{Name: name, Every: time.Hour, Run: func(ctx context.Context) error {
		const limit = 500
		for {
			n, err := remove(ctx, now().Add(-keep), limit)
			if err != nil || n < limit {
				return err
			}
		}
	}}
}

// NodeSweep forgets nodes that vanished a day ago.
func NodeSweep(forget func(ctx context.Context, before time.Time) (int, error), now func() time.Time) Job {
	return Job{Name: "vanished nodes", Every: time.Hour, Run: func(ctx context.Context) error {
		_, err := forget(ctx, now().Add(-24*time.Hour))
		return err
	}}
}

// outcomesFor is how long the counts behind the success ratio are kept: its longest span is 7 days.
const outcomesFor = 30 * 24 * time.Hour

// OutcomeSweep removes old counts of tasks, a few thousand rows a statement.
func OutcomeSweep(forget func(ctx context.Context, before time.Time, limit int) (int, error),
	now func() time.Time) Job {
	return Job{Name: "old task outcomes", Every: time.Hour, Run: func(ctx context.Context) error {
		const limit = 2000
		for {
			n, err := forget(ctx, now().Add(-outcomesFor), limit)
			if err != nil || n < limit {
				return err
			}
		}
	}}
}

// ReportSweep removes the files of reports whose time is over, a few at a time, because they are large.
func ReportSweep(expire func(ctx context.Context, limit int) (int, error)) Job {
	return Job{Name: "expired reports", Every: 10 * time.Minute, Run: func(ctx context.Context) error {
		const limit = 20
		for {
			n, err := expire(ctx, limit)
			if err != nil || n < limit {
				return err
			}
		}
	}}
}
