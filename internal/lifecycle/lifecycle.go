// Package lifecycle starts the services of a process together and stops them in order: it turns the process unready,
// then stops the services that take work, then those that the work depends on.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Service runs until its context ends, then finishes what it holds and returns. A return before that, with or without
// an error, stops the process.
type Service struct {
	Name string
	Run  func(ctx context.Context) error
	// Stage orders the shutdown: services of stage 0 are stopped and awaited first, then stage 1, and so on. A service
	// that takes requests has stage 0; a service that those requests need has a higher one.
	Stage int
}

// Check answers whether a dependency is usable right now.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Health answers probes. Ready is false before the start-up has ended, while draining, and when a check fails.
type Health struct {
	ready  atomic.Bool
	mu     sync.Mutex
	checks []Check
}

// Add registers a check of readiness.
func (h *Health) Add(c Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, c)
}

// SetReady says whether the process wants traffic.
func (h *Health) SetReady(ready bool) { h.ready.Store(ready) }

// Wanted reports whether the process wants traffic: not while it starts or drains.
func (h *Health) Wanted() bool { return h.ready.Load() }

// ErrNotReady is the reason of a process that is starting or draining.
var ErrNotReady = errors.New("starting or draining")

// Ready runs the checks, each for at most two seconds, and returns the failures by name; none means ready.
func (h *Health) Ready(ctx context.Context) map[string]error {
	failed := map[string]error{}
	if !h.ready.Load() {
		failed["process"] = ErrNotReady
		return failed
	}
	h.mu.Lock()
	checks := h.checks
	h.mu.Unlock()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range checks {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			if err := c.Run(ctx); err != nil {
				mu.Lock()
				failed[c.Name] = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

// Process is what runs services.
type Process struct {
	Log          *slog.Logger
	Health       *Health
	DrainDelay   time.Duration // between turning unready and stopping, so that balancers notice
	StageTimeout time.Duration // that each stage gets to stop
}

// Run starts all services and blocks until ctx ends or one of them stops. It then turns unready, waits, stops the
// services stage by stage, and returns the first failure.
func (p Process) Run(ctx context.Context, services ...Service) error {
	type stage struct {
		ctx    context.Context
		cancel context.CancelFunc
		wg     sync.WaitGroup
	}
	last := 0
	for _, s := range services {
		last = max(last, s.Stage)
	}
	// The stages must outlive ctx, whose end only begins the shutdown.
	base := context.WithoutCancel(ctx)
	stages := make([]*stage, last+1)
	for i := range stages {
		c, cancel := context.WithCancel(base)
		stages[i] = &stage{ctx: c, cancel: cancel}
	}
	var stopping atomic.Bool
	failed := make(chan error, len(services))
	for _, s := range services {
		st := stages[s.Stage]
		st.wg.Go(func() {
			err := s.Run(st.ctx)
			if errors.Is(err, context.Canceled) && st.ctx.Err() != nil {
				err = nil
			}
			if err == nil && !stopping.Load() {
				err = errors.New("stopped by itself")
			}
			if err != nil {
				failed <- fmt.Errorf("%s: %w", s.Name, err)
			}
		})
	}
	p.Health.SetReady(true)
	var first error
	select {
	case <-ctx.Done():
	case first = <-failed:
		p.Log.Error("a service failed, stopping", "error", first)
	}
	stopping.Store(true)
	p.Health.SetReady(false)
	if first == nil && p.DrainDelay > 0 {
		time.Sleep(p.DrainDelay)
	}
	for i, st := range stages {
		st.cancel()
		done := make(chan struct{})
		go func() { st.wg.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(p.StageTimeout):
			p.Log.Error("services did not stop in time", "stage", i, "timeout", p.StageTimeout)
		}
	}
	for first == nil {
		select {
		case first = <-failed:
		default:
			return nil
		}
	}
	return first
}
