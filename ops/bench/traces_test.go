package bench

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"hadir/internal/clock"
)

const (
	tracedFor = 5 * time.Second
	tracedBy  = 10_000 // people
)

// traces measures what the export of OpenTelemetry traces costs: punches of the same kind, with none, few and all of
// them watched.
func traces(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(tracedBy)
	receiver := httptest.NewServer(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer receiver.Close()
	since := clock.System().Now().Add(-2 * time.Hour)
	var sent int64 // of all runs, so that every punch is a new one
	plain := s.env
	rate := func(env ...string) float64 {
		s.env = append(slices.Clone(plain), env...)
		addr, api := s.start("api")
		d := &driver{b: b, s: s, addr: addr, api: api.PID()}
		d.next.Store(sent)
		next := func(n int64) (request, bool) {
			round := n / tracedBy
			r := request{people[n%tracedBy], "check-in", since.Add(time.Duration(round) * apart).Format(time.RFC3339)}
			if round%2 == 1 {
				r.direction = "check-out"
			}
			return r, round < int64(2*time.Hour/apart)
		}
		known := sent + tracedBy
		d.run(func(n int64) (request, bool) { r, _ := next(n); return r, n < known }, throughputFor)
		res := d.run(next, tracedFor)
		sent = d.next.Load()
		api.Kill()
		return res.rate
	}
	before := rate()
	to := "HADIR_OTLP_ENDPOINT=" + receiver.URL
	few, all := rate(to, "HADIR_OTLP_SAMPLE=0.01"), rate(to, "HADIR_OTLP_SAMPLE=1")
	// The tables grow and the machine warms up from run to run: what is compared with stands on both sides.
	none := (before + rate()) / 2
	t.add("traces: punches/s with no receiver, before and after", none, "%.0f", noAim)
	t.add("  one request in a hundred watched, ratio", few/none, "%.2f", atLeast(0.9, ""))
	t.add("  all of them watched, ratio", all/none, "%.2f", noAim)
}
