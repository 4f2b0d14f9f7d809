package lifecycle_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"hadir/internal/lifecycle"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// recorder notes the order in which services end.
type recorder struct {
	mu  sync.Mutex
	log []string
}

func (r *recorder) service(name string, stage int, end <-chan struct{}, err error) lifecycle.Service {
	return lifecycle.Service{Name: name, Stage: stage, Run: func(ctx context.Context) error {
		select {
		case <-ctx.Done():
		case <-end:
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.log = append(r.log, name)
		return err
	}}
}

func TestStagesEndInOrder(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, h := &recorder{}, &lifecycle.Health{}
	done := make(chan error, 1)
	go func() {
		done <- lifecycle.Process{Log: quiet, Health: h, StageTimeout: time.Minute}.Run(ctx,
			r.service("broker", 2, nil, nil), r.service("listener", 0, nil, nil),
			r.service("recorder", 1, nil, context.Canceled))
	}()
	require.Eventually(t, func() bool { return len(h.Ready(ctx)) == 0 }, testkit.Patience, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	require.Equal(t, []string{"listener", "recorder", "broker"}, r.log)
	require.ErrorIs(t, h.Ready(t.Context())["process"], lifecycle.ErrNotReady, "a stopped process wants no traffic")
}

func TestOneFailureStopsAll(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	close(end)
	boom := errors.New("boom")
	r := &recorder{}
	err := lifecycle.Process{Log: quiet, Health: &lifecycle.Health{}, DrainDelay: time.Hour,
		StageTimeout: time.Minute}.Run(t.Context(),
		r.service("listener", 0, nil, nil), r.service("worker", 1, end, boom))
	require.ErrorIs(t, err, boom)
	require.ErrorContains(t, err, "worker")
	require.ElementsMatch(t, []string{"listener", "worker"}, r.log)
}

func TestAServiceThatJustReturnsIsAFailure(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	close(end)
	err := lifecycle.Process{Log: quiet, Health: &lifecycle.Health{}, StageTimeout: time.Minute}.Run(t.Context(),
		(&recorder{}).service("worker", 0, end, nil))
	require.ErrorContains(t, err, "worker: stopped by itself")
}

func TestReadyNamesTheFailingCheck(t *testing.T) {
	t.Parallel()
	h := &lifecycle.Health{}
	h.SetReady(true)
	h.Add(lifecycle.Check{Name: "database", Run: func(context.Context) error { return errors.New("gone") }})
	h.Add(lifecycle.Check{Name: "redis", Run: func(context.Context) error { return nil }})
	failed := h.Ready(t.Context())
	require.Len(t, failed, 1)
	require.ErrorContains(t, failed["database"], "gone")
}
