package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/clock"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const (
	clients       = 100
	throughputFor = 10 * time.Second
	// The people of the steady run check in and out in turn, a few times each; a session is then known to the api
	// process.
	regulars = 10_000
	// In the other run everybody comes once, as in the rush of a morning, and no session is known.
	firstTimers = 40_000
	// Punches of one employee and direction within a minute would be answered as one, which is cheaper. The regulars'
	// come as those of devices that were offline, with times this far apart.
	apart = 61 * time.Second
)

// throughput measures (a) what the database commits by itself and (b) what one api process records through it.
func throughput(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(regulars + firstTimers)
	own := s.commits()
	t.add("database alone: single-row commits/s, 100 connections", own, "%.0f", noAim)
	addr, api := s.start("api")
	d := &driver{b: b, s: s, addr: addr, api: api.PID()}

	since := clock.System().Now().Add(-time.Hour)
	steady := func(n int64) (request, bool) {
		round := n / regulars
		r := request{people[n%regulars], "check-in", since.Add(time.Duration(round) * apart).Format(time.RFC3339)}
		if round%2 == 1 {
			r.direction = "check-out"
		}
		return r, round < int64(time.Hour/apart)
	}
	d.run(func(n int64) (request, bool) { // opens connections, and makes every session known
		r, _ := steady(n)
		return r, n < regulars
	}, throughputFor)
	res := d.run(steady, throughputFor)
	t.add("one api process: punches/s, 100 clients, sessions known", res.rate, "%.0f", noAim)
	t.add("  ratio to the database alone", res.rate/own, "%.2f", atLeast(0.5, ""))
	percentiles(t, res.latencies, below(50, " ms"))
	t.add("  api CPU per punch", res.api, "%.0f µs", noAim)
	t.add("  database CPU per punch", res.database, "%.0f µs", noAim)

	res = d.run(func(n int64) (request, bool) {
		n -= d.first
		return request{people[regulars+n%firstTimers], "check-in", ""}, n < firstTimers
	}, throughputFor)
	t.add("everybody's first check-in, sessions not known: punches/s", res.rate, "%.0f", noAim)
	t.add("  ratio to the database alone", res.rate/own, "%.2f", noAim)
	percentiles(t, res.latencies, noAim)
	s.verify(d.next.Load())
}

// request is one check-in or check-out.
type request struct {
	person    person
	direction string
	claimed   string // RFC 3339, or empty for now
}

// driver sends requests from 100 clients, each of which sends the next one when the one before was answered.
type driver struct {
	b     *testing.B
	s     *stack
	addr  string
	api   int // process id
	next  atomic.Int64
	first int64 // number of the run's first request
}

type result struct {
	rate, api, database float64 // per second; microseconds of CPU
	latencies           *hdrhistogram.Histogram
}

func (d *driver) run(what func(n int64) (request, bool), lasting time.Duration) result {
	b := d.b
	client := &fasthttp.HostClient{Addr: d.addr, MaxConns: clients, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	all := histogram()
	var failure string
	d.first = d.next.Load()
	ctx, cancel := context.WithTimeout(b.Context(), lasting)
	defer cancel()
	apiUsed, databaseUsed := processorTime(b, d.api), processorTime(b, d.s.mariadb.PID())
	begin := time.Now()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			h := histogram()
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			for ctx.Err() == nil {
				n := d.next.Add(1) - 1
				r, more := what(n)
				if !more {
					d.next.Add(-1)
					break
				}
				checkIn(req, d.addr, r, n)
				started := time.Now()
				err := client.Do(req, resp)
				observe(h, time.Since(started))
				if err != nil || resp.StatusCode() != fasthttp.StatusCreated {
					mu.Lock()
					failure = fmt.Sprintf("%v: %d %s", err, resp.StatusCode(), resp.Body())
					mu.Unlock()
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all.Merge(h)
		})
	}
	group.Wait()
	took := time.Since(begin)
	require.Empty(b, failure)
	count := float64(all.TotalCount())
	each := func(used time.Duration) float64 { return float64(used.Microseconds()) / count }
	return result{count / took.Seconds(), each(processorTime(b, d.api) - apiUsed),
		each(processorTime(b, d.s.mariadb.PID()) - databaseUsed), all}
}

func percentiles(t *table, h *hdrhistogram.Histogram, p99 aim) {
	t.add("  p50", milliseconds(h, 50), "%.1f ms", noAim)
	t.add("  p95", milliseconds(h, 95), "%.1f ms", noAim)
	t.add("  p99", milliseconds(h, 99), "%.1f ms", p99)
}

func checkIn(to *fasthttp.Request, addr string, r request, n int64) {
	to.SetRequestURI("http://" + addr + "/api/attendances/" + r.direction)
	to.Header.SetMethod(fasthttp.MethodPost)
	to.Header.Set("Authorization", r.person.bearer)
	to.Header.Set("Idempotency-Key", fmt.Sprintf("bench-%d", n))
	if r.claimed != "" {
		to.Header.SetContentType("application/json")
		to.SetBodyString(`{"occurred_at":"` + r.claimed + `","contact":"` + r.person.contact + `"}`)
	}
}

// verify holds the answers against the database: as many punches as were acknowledged.
func (s *stack) verify(want int64) {
	db := s.connect(1)
	defer db.Close()
	var punches int64
	require.NoError(s.b, db.QueryRowContext(s.b.Context(), "SELECT COUNT(*) FROM punches").Scan(&punches))
	require.Equal(s.b, want, punches, "punches stored and punches acknowledged")
}

// commits returns how many single-row transactions per second the database takes from 100 connections. The table has
// the form and the indexes of punches.
func (s *stack) commits() float64 {
	b := s.b
	db := s.connect(clients)
	defer db.Close()
	_, err := db.ExecContext(b.Context(), "CREATE TABLE bench_punches LIKE punches")
	require.NoError(b, err)
	var done atomic.Int64
	insert := func(ctx context.Context, worker, n int) error {
		_, err := db.ExecContext(ctx, `INSERT INTO bench_punches
			(employee_id, branch_id, zone, direction, occurred_at, received_at, offline, source, device,
			 outside_area, note, idempotency_key, request_hash)
			VALUES (?, 1, 'Asia/Jakarta', 'in', ?, ?, 0, 'web', '', 0, '', ?, ?)`,
			worker*1_000_000+n, time.Now().UTC(), time.Now().UTC(), fmt.Sprintf("bench-%d-%d", worker, n),
			make([]byte, 16))
		return err
	}
	run := func(offset int, d time.Duration) float64 {
		done.Store(0)
		ctx, cancel := context.WithTimeout(b.Context(), d)
		defer cancel()
		var mu sync.Mutex
		var first error
		var group sync.WaitGroup
		begin := time.Now()
		for worker := range clients {
			group.Go(func() {
				for n := offset; ctx.Err() == nil; n++ {
					// Not under ctx: a statement that is cut off ends its connection, and would be counted as an error.
					if err := insert(b.Context(), worker, n); err != nil {
						mu.Lock()
						first = err
						mu.Unlock()
						return
					}
					done.Add(1)
				}
			})
		}
		group.Wait()
		require.NoError(b, first)
		return float64(done.Load()) / time.Since(begin).Seconds()
	}
	run(0, time.Second) // opens the connections
	return run(500_000, throughputFor)
}
