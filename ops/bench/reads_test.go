package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/clock"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const (
	readers     = 500 // people who look at their own pages
	readClients = 8
	readsOfEach = 4000
)

// reads measures what the requests of pages cost: those of the people of ops/load/users.js, and those of an
// administrator's pages. Sessions are known, as of pages that are in use.
func reads(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(readers)
	ids := make([]int64, len(people))
	for i := range people {
		ids[i] = people[i].employee
	}
	zone, err := attendance.LoadZone(s.branch.Zone)
	require.NoError(b, err)
	today := attendance.DateOf(clock.System().Now(), zone)
	_, err = s.store.Days.RecomputeDays(b.Context(), ids, today.AddDays(-40), today.AddDays(-1))
	require.NoError(b, err)
	addr, api := s.start("api")
	d := &driver{b: b, s: s, addr: addr, api: api.PID()}
	d.run(func(n int64) (request, bool) {
		return request{people[n%readers], "check-in", ""}, n < readers
	}, throughputFor)
	admin := s.admin()
	own := func(n int64) string { return people[n%readers].bearer }
	boss := func(int64) string { return admin }
	r := &reader{b: b, s: s, addr: addr, api: api.PID()}
	var sum float64
	for _, read := range []struct {
		path   string
		bearer func(n int64) string
		user   bool // of users.js
	}{
		{"/", own, true},
		{"/api/me", own, false},
		{"/api/me/today", own, true},
		{"/api/attendances?limit=31", own, true},
		{"/api/notifications?unread=true&limit=5", own, false},
		{"/api/attendances/summary", boss, false},
		{"/api/attendances?limit=50", boss, false},
		{"/api/attendances/today?limit=50&counts=true", boss, false},
		{"/api/attendances/board", boss, false},
		{"/api/employees?limit=50", boss, false},
	} {
		r.run(read.path, read.bearer, readers) // what is kept is there
		api, database := r.run(read.path, read.bearer, readsOfEach)
		aimed := noAim
		if read.user {
			aimed = below(800, " µs")
		}
		t.add("GET "+read.path+": api CPU per request", api, "%.0f µs", aimed)
		t.add("  database CPU per request", database, "%.0f µs", noAim)
		if read.user {
			sum += api
		}
	}
	t.add("mean of a page, the own day and the own history", sum/3, "%.0f µs", below(800, " µs"))
}

// reader sends requests of one kind, from a few clients.
type reader struct {
	b    *testing.B
	s    *stack
	addr string
	api  int // process id
}

// run returns how many microseconds of CPU each of so many requests took.
func (r *reader) run(path string, bearer func(n int64) string, requests int64) (api, database float64) {
	client := &fasthttp.HostClient{Addr: r.addr, MaxConns: readClients}
	defer client.CloseIdleConnections()
	apiUsed, databaseUsed := processorTime(r.b, r.api), processorTime(r.b, r.s.mariadb.PID())
	var next atomic.Int64
	var failure atomic.Pointer[string]
	var group sync.WaitGroup
	for range readClients {
		group.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			for n := next.Add(1) - 1; n < requests && failure.Load() == nil; n = next.Add(1) - 1 {
				req.SetRequestURI("http://" + r.addr + path)
				req.Header.Set("Authorization", bearer(n))
				if err := client.Do(req, resp); err != nil || resp.StatusCode() != fasthttp.StatusOK {
					said := fmt.Sprintf("%s: %v: %d %s", path, err, resp.StatusCode(), resp.Body())
					failure.Store(&said)
				}
			}
		})
	}
	group.Wait()
	if said := failure.Load(); said != nil {
		require.Empty(r.b, *said)
	}
	used := processorTime(r.b, r.api) - apiUsed
	databaseTook := processorTime(r.b, r.s.mariadb.PID()) - databaseUsed
	return float64(used.Microseconds()) / float64(requests), float64(databaseTook.Microseconds()) / float64(requests)
}
