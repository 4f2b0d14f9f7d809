package realtime_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// mark returns once the node has passed on everything that was published before.
func (n *node) mark(t *testing.T, from *realtime.Bus) {
	t.Helper()
	before := n.got.count("terminate")
	require.NoError(t, from.Terminate(t.Context(), "marker"))
	require.Eventually(t, func() bool { return n.got.count("terminate") > before }, patience, time.Millisecond)
}

// news is what a node was told, without the markers.
func (n *node) news() (out []string) {
	for _, f := range n.got.all() {
		if f.Event != "terminate" {
			out = append(out, f.Event)
		}
	}
	return out
}

func unheard(t *testing.T, r *prometheus.Registry, api, worker int) {
	t.Helper()
	require.NoError(t, testutil.GatherAndCompare(r, strings.NewReader(fmt.Sprintf(`
		# HELP hadir_bus_role_unheard 1 while a listener hears no process of a role that it awaits.
		# TYPE hadir_bus_role_unheard gauge
		hadir_bus_role_unheard{role="api"} %d
		hadir_bus_role_unheard{role="worker"} %d
	`, api, worker)), "hadir_bus_role_unheard"))
}

// A listener that awaits roles is interrupted when one of them falls silent, also when it was never heard, and only
// once; it goes on when all are heard.
func TestARoleThatFallsSilentInterrupts(t *testing.T) {
	t.Parallel()
	url := "redis://" + miniredis.RunT(t).Addr()
	registry := prometheus.NewRegistry()
	n := startNode(t, dial(t, url),
		realtime.BusOptions{Await: []string{"api", "worker"}, Registry: registry}, &collector{})
	content := startNode(t, dial(t, url), realtime.BusOptions{}, &collector{})
	require.Eventually(t, func() bool { return n.got.count("interrupted") == 1 }, patience, time.Millisecond)
	unheard(t, registry, 1, 1)

	require.NoError(t, content.Pulse(t.Context(), "api"))
	require.NoError(t, content.Pulse(t.Context(), "cook"))
	n.mark(t, content.Bus)
	require.Equal(t, []string{"interrupted"}, n.news(), "the worker is still away")
	require.NoError(t, content.Pulse(t.Context(), "api", "worker"))
	require.Eventually(t, func() bool { return n.got.count("resync") == 1 }, patience, time.Millisecond)

	require.Eventually(t, func() bool { return n.got.count("interrupted") == 2 }, patience, time.Millisecond)
	require.Equal(t, []string{"interrupted", "resync", "interrupted"}, n.news())
	content.mark(t, content.Bus)
	require.Empty(t, content.news(), "it awaits nobody")
}

// The loss of Redis and of a role are one interruption, which ends when neither is away.
func TestRedisAndARoleAwayAtOnce(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	registry := prometheus.NewRegistry()
	n := startNode(t, dial(t, server.URL), realtime.BusOptions{Await: []string{"worker"}}, &collector{})
	patient := startNode(t, dial(t, server.URL), realtime.BusOptions{Await: []string{"api", "worker"},
		Heartbeat: time.Hour, Registry: registry}, &collector{})
	require.Eventually(t, func() bool { return n.got.count("interrupted") == 1 }, patience, time.Millisecond)
	require.Empty(t, patient.news())

	server.Kill()
	require.Eventually(t, func() bool { return !n.Connected() && !patient.Connected() }, patience, time.Millisecond)
	server.Restart(true)
	require.Eventually(t, func() bool { return n.Connected() && patient.Connected() }, patience, time.Millisecond)
	n.mark(t, patient.Bus)
	require.Equal(t, []string{"interrupted"}, n.news(), "Redis is back, the worker is not")
	require.NoError(t, patient.Pulse(t.Context(), "worker"))
	require.Eventually(t, func() bool { return n.got.count("resync") == 1 }, patience, time.Millisecond)

	patient.mark(t, patient.Bus)
	require.Equal(t, []string{"interrupted", "resync"}, patient.news(), "nobody was missed there")
	unheard(t, registry, 0, 0)
}

// Whoever is heard while the first subscriptions are still being made interrupts nothing.
func TestAPulseAtTheStartInterruptsNothing(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	sender := startNode(t, dial(t, url), realtime.BusOptions{}, &collector{})
	b := realtime.NewBus(dial(t, url), realtime.BusOptions{Log: slog.New(slog.DiscardHandler),
		Await: []string{"worker"}, Heartbeat: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	const channels = 5000
	for i := range channels {
		wg.Go(func() { _ = b.Subscribe(t.Context(), fmt.Sprintf("private-branch.%d", i+1)) })
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = sender.Pulse(ctx, "worker")
		}
	})
	require.Eventually(t, func() bool { return b.Listeners(fmt.Sprintf("private-branch.%d", channels)) == 1 }, patience,
		time.Millisecond)
	n := listen(t, b, &collector{})
	n.mark(t, sender.Bus)
	cancel()
	wg.Wait()
	require.Empty(t, n.news())
}
