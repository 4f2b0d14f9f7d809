package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/realtime"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// latency measures (c) the time from the moment at which a check-in is due to be sent until its frame is on the screen
// of the branch's admin. Arrivals come at a fixed rate whether or not earlier ones were answered, so that a stall
// counts against everyone who had to wait.
func latency(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(5000)
	admin := s.admin()
	api, _ := s.start("api")
	pusher, _ := s.start("pusher")
	s.start("worker")
	sc := newScreen(b, s, api, pusher, admin)
	a := &arrivals{b: b, api: api, people: people, screen: sc,
		client: &fasthttp.HostClient{Addr: api, MaxConns: 256, ReadTimeout: 10 * time.Second,
			WriteTimeout: 10 * time.Second}}
	a.run(20, 3*time.Second) // warms caches and connections
	for _, c := range []struct {
		perSecond int
		lasting   time.Duration
		p99       aim
	}{{20, 15 * time.Second, below(30, " ms")}, {500, 8 * time.Second, below(60, " ms")}} {
		h := a.run(c.perSecond, c.lasting)
		t.add(fmt.Sprintf("check-in to frame at %d/s: p50", c.perSecond), milliseconds(h, 50), "%.1f ms", noAim)
		t.add("  p95", milliseconds(h, 95), "%.1f ms", noAim)
		t.add("  p99", milliseconds(h, 99), "%.1f ms", c.p99)
	}
}

// arrivals sends check-ins of people one after the other.
type arrivals struct {
	b      *testing.B
	api    string
	client *fasthttp.HostClient
	people []person
	screen *screen
	next   int
}

func (a *arrivals) run(perSecond int, lasting time.Duration) *hdrhistogram.Histogram {
	count := int(lasting.Seconds() * float64(perSecond))
	require.LessOrEqual(a.b, a.next+count, len(a.people), "everyone arrives once")
	gap := time.Second / time.Duration(perSecond)
	var failed atomic.Pointer[string]
	var group sync.WaitGroup
	begin := time.Now()
	for i := range count {
		due := begin.Add(time.Duration(i) * gap)
		pace(a.b, due)
		p, n := a.people[a.next], a.next
		a.next++
		a.screen.expect(p.employee, due)
		group.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			checkIn(req, a.api, request{p, "check-in", ""}, int64(n))
			if err := a.client.Do(req, resp); err != nil || resp.StatusCode() != fasthttp.StatusCreated {
				failure := fmt.Sprintf("%v: %d %s", err, resp.StatusCode(), resp.Body())
				failed.CompareAndSwap(nil, &failure)
			}
		})
	}
	group.Wait()
	if failure := failed.Load(); failure != nil {
		a.b.Fatal(*failure)
	}
	wait(a.b, 10*time.Second, "the frames of the last check-ins",
		func(context.Context) bool { return a.screen.outstanding() == 0 })
	return a.screen.take()
}

// screen is the dashboard of the branch's admin.
type screen struct {
	mu      sync.Mutex
	pending map[int64]time.Time
	seen    *hdrhistogram.Histogram
}

func newScreen(b *testing.B, s *stack, api, pusher, bearer string) *screen {
	sc := &screen{pending: map[int64]time.Time{}, seen: histogram()}
	ws := connectSocket(b, pusher, 64<<10)
	channel := realtime.BranchChannel(s.branch.ID)
	body := strings.NewReader("socket_id=" + ws.id + "&channel_name=" + channel)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+api+"/broadcasting/auth", body)
	require.NoError(b, err)
	req.Header.Set("Authorization", bearer)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(b, err)
	defer resp.Body.Close()
	require.Equal(b, http.StatusOK, resp.StatusCode)
	var answer struct {
		Auth string `json:"auth"`
		Data string `json:"channel_data"`
	}
	require.NoError(b, json.NewDecoder(resp.Body).Decode(&answer))
	require.NoError(b, ws.subscribe(channel, answer.Auth, answer.Data))
	done := make(chan struct{})
	go func() {
		defer close(done)
		sc.read(ws.conn)
	}()
	b.Cleanup(func() {
		ws.conn.Close()
		<-done
	})
	return sc
}

func (sc *screen) read(conn *websocket.Conn) {
	for {
		var f frame
		if err := conn.ReadJSON(&f); err != nil {
			return
		}
		at := time.Now()
		if f.Event != realtime.EventRecorded {
			continue
		}
		var inner string
		var data realtime.Recorded
		if json.Unmarshal(f.Data, &inner) != nil || json.Unmarshal([]byte(inner), &data) != nil {
			continue // what is not understood stays outstanding, and the run fails
		}
		sc.mu.Lock()
		for i := range data.Days {
			if due, ok := sc.pending[data.Days[i].EmployeeID]; ok {
				delete(sc.pending, data.Days[i].EmployeeID)
				observe(sc.seen, at.Sub(due))
			}
		}
		sc.mu.Unlock()
	}
}

func (sc *screen) expect(employee int64, due time.Time) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.pending[employee] = due
}

func (sc *screen) outstanding() int {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return len(sc.pending)
}

// take returns what was seen and begins anew.
func (sc *screen) take() *hdrhistogram.Histogram {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	h := sc.seen
	sc.seen = histogram()
	return h
}
