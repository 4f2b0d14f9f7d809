package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/iclock"
	"hadir/internal/store/ledger"
	"hadir/internal/terminal/simulate"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const (
	terminalCount  = 300
	terminalPeople = 3000
	terminalRate   = 50 // punches per second of all
	phones         = 1000
	terminalFor    = 30 * time.Second
	wholeLog       = 100_000 // lines
)

// terminals measures what terminals cost the role that they push to: asking for commands, punches beside phones that
// check in, and a whole log that comes again.
func terminals(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(terminalPeople + phones)
	addr, node := s.start("terminal")
	api, _ := s.start("api")
	s.accept("UKUR", terminalCount)
	s.accept("LOG", 1)

	o := simulate.Options{Addresses: []string{"http://" + addr}, Terminals: terminalCount, Serial: "UKUR",
		People: terminalPeople, Batch: 200, Duration: 15 * time.Second, Settle: time.Minute, Clock: clock.System()}
	run := func() (share float64) { // of a core, in percent
		f, err := simulate.New(o)
		require.NoError(b, err)
		before, begin := processorTime(b, node.PID()), time.Now()
		got := f.Run(b.Context())
		share = 100 * float64(processorTime(b, node.PID())-before) / float64(time.Since(begin))
		require.Equal(b, int(o.Rate*o.Duration.Seconds()), got.Delivered)
		require.Zero(b, got.Kept()+got.Broken+got.Refused)
		return share
	}
	run() // opens connections
	t.add("role terminal that knows 300 and hears none: processor", idleShare(b, node.PID()), "%.2f %%", noAim)
	o.Duration = terminalFor
	t.add("300 terminals that ask every 10 s: processor of the role", run(), "%.2f %%", below(2, " %"))
	o.Rate = terminalRate
	h := histogram()
	var checkedIn sync.WaitGroup
	checkedIn.Go(func() {
		s.phones(api, people[terminalPeople:], terminalFor, func(d time.Duration) { observe(h, d) })
	})
	t.add("  with 50 punches/s, while 1,000 phones check in", run(), "%.2f %%", noAim)
	checkedIn.Wait()
	t.add("  a phone's check-in, p50", milliseconds(h, 50), "%.1f ms", noAim)
	t.add("  p99", milliseconds(h, 99), "%.1f ms", below(50, " ms"))

	idle := settledKiB(b, node.PID())
	o = simulate.Options{Addresses: o.Addresses, Terminals: 1, Serial: "LOG", People: terminalPeople, Backlog: wholeLog,
		Batch: wholeLog, Settle: 20 * time.Minute, Answer: 20 * time.Minute, Clock: o.Clock}
	f, err := simulate.New(o)
	require.NoError(b, err)
	begin := time.Now()
	require.Equal(b, wholeLog, f.Run(b.Context()).Delivered)
	t.add("a terminal's log of 100,000 lines in one push", time.Since(begin).Seconds(), "%.1f s", noAim)
	begin = time.Now()
	const times = 3
	for range times {
		f.Again(b.Context())
	}
	t.add("  sent again", time.Since(begin).Seconds()/times, "%.1f s", noAim)
	t.add("  the role's largest resident memory, beyond idle", float64(peakKiB(b, node.PID())-idle)/1024, "%.0f MB",
		below(100, " MB"))
	s.verify(wholeLog + int64(terminalRate*terminalFor.Seconds()) + phones)
}

// accept makes so many terminals known.
func (s *stack) accept(serial string, n int) {
	for i := range n {
		met, err := s.store.Terminals.Meet(s.b.Context(), fmt.Sprintf("%s%04d", serial, i+1),
			fmt.Sprintf("192.0.2.%d", i%256))
		require.NoError(s.b, err)
		_, err = s.store.Terminals.Update(s.b.Context(), met.ID, ledger.Actor{}, func(t *iclock.Terminal) error {
			t.State, t.BranchID, t.PINFormat = iclock.Active, s.branch.ID, "U-%06s"
			return nil
		})
		require.NoError(s.b, err)
	}
}

// phones lets everybody check in once, evenly over some time, and tells how long each waited for the answer.
func (s *stack) phones(addr string, people []person, over time.Duration, answered func(time.Duration)) {
	client := &fasthttp.HostClient{Addr: addr, MaxConns: clients, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	begin := time.Now()
	var mu sync.Mutex
	failure := ""
	var all sync.WaitGroup
	for i, p := range people {
		pace(s.b, begin.Add(over*time.Duration(i)/time.Duration(len(people))))
		all.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			checkIn(req, addr, request{p, "check-in", ""}, int64(i))
			started := time.Now()
			err := client.Do(req, resp)
			took := time.Since(started)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || resp.StatusCode() != fasthttp.StatusCreated {
				failure = fmt.Sprintf("%v: %d %s", err, resp.StatusCode(), resp.Body())
			}
			answered(took)
		})
	}
	all.Wait()
	if failure != "" {
		s.b.Error(failure)
	}
}
