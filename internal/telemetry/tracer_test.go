package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/telemetry"
	"hadir/internal/testkit"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

const (
	aTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	sampled = "00-" + aTrace + "-00f067aa0ba902b7-01"
	hidden  = "00-1bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	another = "00-2bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)

type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) { j.mu.Lock(); defer j.mu.Unlock(); return j.b.Write(p) }
func (j *journal) count(s string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.b.String(), s)
}

func tracer(t *testing.T, endpoint string, sample float64) (*telemetry.Tracer, *journal, *prometheus.Registry) {
	t.Helper()
	log, registry := &journal{}, prometheus.NewRegistry()
	tr, err := telemetry.NewTracer(t.Context(),
		telemetry.TracerOptions{Endpoint: endpoint, Headers: map[string]string{"Authorization": "Bearer secret"},
			Sample: sample, Role: "api", Instance: "one", Version: "1",
			Log: telemetry.NewLogger(log, slog.LevelInfo, "json"), Registry: registry, Every: 50 * time.Millisecond})
	require.NoError(t, err)
	return tr, log, registry
}

func count(t *testing.T, r *prometheus.Registry, result string) (n float64) {
	t.Helper()
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "hadir_trace_spans_total" && m.GetLabel()[0].GetValue() == result {
				n = m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// Without a tracer, whoever makes spans pays nothing.
func TestNoTracerCostsNothing(t *testing.T) {
	var none *telemetry.Tracer
	ctx := telemetry.WithTrace(t.Context(), aTrace)
	traces := []string{aTrace}
	failure := errors.New("failure")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		inner, span := none.Start(ctx, "name", telemetry.Server)
		span.SetText("key", "value")
		span.SetInt("key", 1)
		span.Fail(failure)
		span.End()
		_, span = none.StartMerged(inner, "name", telemetry.Internal, traces)
		span.End()
		if telemetry.Handover(inner) != aTrace || telemetry.Trace(inner) != aTrace || span.Recording() {
			t.Error("the trace got lost")
		}
	}))
	require.NoError(t, none.Close(ctx))
}

func TestSpansGoOnAcrossProcesses(t *testing.T) {
	t.Parallel()
	c := testkit.StartCollector(t)
	tr, _, registry := tracer(t, c.URL, 0)

	ctx, server := tr.Start(telemetry.WithTrace(t.Context(), sampled), "request", telemetry.Server)
	require.True(t, server.Recording())
	server.SetText("text", "value")
	server.SetInt("number", 7)
	server.Fail(errors.New("it broke"))
	handed := telemetry.Handover(ctx)
	require.Equal(t, aTrace, telemetry.TraceID(handed))
	require.NotEqual(t, sampled, handed, "the parent is the new span")
	server.End()

	// Work for many: the first that is watched is the parent, the other one is linked, those that nobody watches are
	// neither.
	merged, commit := tr.StartMerged(t.Context(), "commit", telemetry.Internal, []string{hidden, "", handed, another})
	require.Equal(t, aTrace, telemetry.Trace(merged))
	commit.End()
	// Whoever does the work for others does not come between: not even with a span of their own.
	leader, other := tr.Start(telemetry.WithTrace(t.Context(), another), "leader", telemetry.Consumer)
	_, commit = tr.StartMerged(leader, "commit", telemetry.Internal, []string{handed, another})
	commit.End()
	other.End()
	same, span := tr.StartMerged(t.Context(), "commit", telemetry.Internal, []string{hidden, aTrace})
	require.False(t, span.Recording())
	require.Equal(t, t.Context(), same)

	_, span = tr.Start(telemetry.WithTrace(t.Context(), hidden), "unwatched", telemetry.Server)
	require.False(t, span.Recording())
	span.End()
	_, span = tr.Start(t.Context(), "a root that the share leaves out", telemetry.Server)
	span.End()
	require.NoError(t, tr.Close(context.Background()))

	spans := c.Spans()
	require.Len(t, spans, 4)
	request, committed, led := spans[0], spans[1], spans[2]
	require.Equal(t, []string{"hadir-api", "request", "SPAN_KIND_SERVER", aTrace, "00f067aa0ba902b7"},
		[]string{request.Service, request.Name, request.Kind, request.TraceID, request.Parent})
	require.Equal(t, map[string]string{"text": "value", "number": "7"}, request.Attributes)
	require.True(t, request.Failed)
	require.Equal(t, request.ID, committed.Parent)
	require.Equal(t, []string{telemetry.TraceID(another)}, committed.Links)
	require.Equal(t, []string{aTrace, request.ID}, []string{led.TraceID, led.Parent})
	require.Equal(t, "Bearer secret", c.Headers()[0].Get("Authorization"))
	require.InDelta(t, 4, count(t, registry, "exported"), 0)
}

// What a log line names as trace is what the spans are found under, with and without a trace from outside.
func TestLogsAndSpansNameTheSameTrace(t *testing.T) {
	t.Parallel()
	c := testkit.StartCollector(t)
	tr, _, _ := tracer(t, c.URL, 1)
	own := telemetry.NewTrace()
	ctx, span := tr.Start(telemetry.WithTrace(t.Context(), own), "known", telemetry.Server)
	require.Equal(t, own, telemetry.Trace(ctx))
	span.End()
	ctx, span = tr.Start(t.Context(), "new", telemetry.Server)
	made := telemetry.Trace(ctx)
	require.Len(t, made, 32)
	span.End()
	require.NoError(t, tr.Close(context.Background()))
	require.Len(t, c.Spans(), 2)
	require.Equal(t, own, c.Spans()[0].TraceID)
	require.Empty(t, c.Spans()[0].Parent)
	require.Equal(t, made, c.Spans()[1].TraceID)
}

func TestAReceiverThatIsAwayHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	c := testkit.StartCollector(t)
	c.Refuse(http.StatusServiceUnavailable)
	tr, log, registry := tracer(t, c.URL, 1)
	work := func() { _, span := tr.Start(t.Context(), "work", telemetry.Internal); span.End() }
	work()
	require.Eventually(t, func() bool { return count(t, registry, "exported") == 1 }, testkit.Patience,
		10*time.Millisecond, "busy once, asked again")
	require.Zero(t, log.count("level"))

	c.Refuse(http.StatusBadRequest, http.StatusBadRequest)
	for i := range 2 {
		work()
		require.Eventually(t, func() bool { return count(t, registry, "failed") == float64(i+1) }, testkit.Patience,
			10*time.Millisecond)
	}
	require.Equal(t, 1, log.count(`"level":"WARN"`), "an outage is one line")
	work()
	require.Eventually(t, func() bool { return count(t, registry, "exported") == 2 }, testkit.Patience,
		10*time.Millisecond)
	require.Equal(t, 1, log.count("exported again"))

	// More than fits into the queue, with nobody there: the spans are lost, and no one waits.
	c.Close()
	for range 20_000 {
		work()
	}
	require.Eventually(t, func() bool { return count(t, registry, "failed") > 2 }, testkit.Patience,
		10*time.Millisecond)
	require.NoError(t, tr.Close(context.Background()))
}

func TestARefusedEndpoint(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "collector:4318", "ftp://collector", "http://"} {
		_, err := telemetry.NewTracer(t.Context(), telemetry.TracerOptions{Endpoint: endpoint})
		require.Error(t, err, endpoint)
	}
	c := testkit.StartCollector(t)
	require.NoError(t, telemetry.CheckOTLP(t.Context(), c.URL, nil))
	c.Refuse(http.StatusUnauthorized)
	require.ErrorContains(t, telemetry.CheckOTLP(t.Context(), c.URL, nil), "401")
	c.Close()
	require.Error(t, telemetry.CheckOTLP(t.Context(), c.URL, nil))
}
