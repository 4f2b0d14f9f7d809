package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// The traces of some check-ins are followed from the requests through the commit they shared, the queue and the bus to
// the sockets of both pushers; others leave no span. A receiver that dies changes nothing for anybody else.
func TestTracesLeadFromTheRequestToTheFrame(t *testing.T) {
	t.Parallel()
	collector := testkit.StartCollector(t)
	// Nothing is sampled but what asks for it, so that every span below has its reason.
	s, es := newStackOn(t, testkit.StartRedis(t, testkit.RedisOptions{}), 12, "HADIR_OTLP_ENDPOINT="+collector.URL,
		"HADIR_OTLP_SAMPLE=0")
	people := s.people(es)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	screens := []*screen{s.watch(t, s.admin.token, realtime.BranchChannel(s.branch.ID), 0),
		s.watch(t, s.admin.token, realtime.BranchChannel(s.branch.ID), 1)}
	for _, sc := range screens {
		require.NoError(t, sc.wait(ctx, func() bool { return sc.live }))
	}
	trace := func(n int) string { return fmt.Sprintf("%032x", 0xabc000+n) }
	const parent = "00f067aa0ba902b7"
	checkIn := func(n int) (day attendance.Day, err error) {
		header := map[string]string{"Idempotency-Key": fmt.Sprintf("traced-%d", n)}
		if n < 6 {
			header["traceparent"] = "00-" + trace(n) + "-" + parent + "-01"
		}
		var out punched
		_, err = call(ctx, http.MethodPost, s.apis[n%2]+"/api/attendances/check-in", people[n].token, header, nil, &out)
		return out.Day, err
	}
	var g errgroup.Group
	for n := range 10 {
		g.Go(func() error { _, err := checkIn(n); return err })
	}
	require.NoError(t, g.Wait())

	// path returns the spans from the request of check-in n to the frames, or what is missing yet.
	path := func(n int) (byName map[string][]testkit.Span, missing string) {
		byName = map[string][]testkit.Span{}
		one := func(name string, fits func(testkit.Span) bool) (found testkit.Span) {
			for _, span := range collector.Spans() {
				if span.Name == name && !span.Failed && fits(span) { // what failed is tried again
					byName[name] = append(byName[name], span)
					found = span
				}
			}
			if found.ID == "" && missing == "" {
				missing = name
			}
			return found
		}
		request := one("POST /api/attendances/check-in",
			func(x testkit.Span) bool { return x.TraceID == trace(n) && x.Parent == parent })
		commit := one("record punches", func(x testkit.Span) bool {
			return slices.Contains(x.Links, trace(n)) || x.Parent == request.ID && request.ID != ""
		})
		process := one("process attendance:broadcast",
			func(x testkit.Span) bool { return x.TraceID == commit.TraceID && x.Parent == commit.ID })
		// Broadcasts of one moment go out together.
		together := one("broadcast days", func(x testkit.Span) bool {
			return x.Parent == process.ID && process.ID != "" || slices.Contains(x.Links, commit.TraceID)
		})
		publish := one("publish", func(x testkit.Span) bool { return x.Parent == together.ID && together.ID != "" })
		one("fan out", func(x testkit.Span) bool {
			return x.Parent == publish.ID && publish.ID != "" &&
				x.Attributes["messaging.destination.name"] == realtime.BranchChannel(s.branch.ID)
		})
		if missing == "" && len(byName["fan out"]) < 2 {
			missing = "fan out of the other pusher"
		}
		return byName, missing
	}
	for n := range 6 {
		var spans map[string][]testkit.Span
		var missing string
		eventually(func() bool { spans, missing = path(n); return missing == "" })
		require.Empty(t, missing, "a span that check-in %d misses", n)
		require.Equal(t, "hadir-api", spans["POST /api/attendances/check-in"][0].Service)
		require.Equal(t, "201", spans["POST /api/attendances/check-in"][0].Attributes["http.response.status_code"])
		require.Equal(t, "hadir-api", spans["record punches"][0].Service)
		require.Equal(t, "hadir-worker", spans["process attendance:broadcast"][0].Service)
		require.NotEmpty(t, spans["process attendance:broadcast"][0].Attributes["hadir.task.attempt"])
		for _, frame := range spans["fan out"] {
			require.Equal(t, "hadir-pusher", frame.Service)
			require.Equal(t, "1", frame.Attributes["hadir.sockets"])
		}
	}
	wanted := map[string]bool{}
	for n := range 6 {
		wanted[trace(n)] = true
	}
	for _, span := range collector.Spans() {
		require.True(t, wanted[span.TraceID], "nobody asked for %q of %s", span.Name, span.Service)
		require.LessOrEqual(t, span.StartNanos, span.EndNanos)
	}

	collector.Close()
	day, err := checkIn(10)
	require.NoError(t, err)
	for _, sc := range screens {
		require.NoError(t, sc.wait(ctx,
			func() bool { return sc.days[key{day.EmployeeID, day.WorkDate}].Version == day.Version }))
	}
}
