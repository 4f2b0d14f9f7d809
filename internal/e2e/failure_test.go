package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// acknowledged is what the clients of a stream know: which check-ins were acknowledged, and with what.
type acknowledged struct {
	mu    sync.Mutex
	acked map[int64]punched // by employee
}

// stream lets every person check in once, with so many at a time, each retried on the other node with the same
// idempotency key until it is acknowledged. onAck is called with the number acknowledged so far.
func (s *stack) stream(ctx context.Context, people []person, clients int, pace time.Duration,
	onAck func(n int)) (*acknowledged, error) {
	l := &acknowledged{acked: map[int64]punched{}}
	var acked atomic.Int64
	next := make(chan int)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for i := range people {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range clients {
		g.Go(func() error {
			for i := range next {
				p, err := s.checkIn(ctx, people[i], i)
				if err != nil {
					return err
				}
				l.mu.Lock()
				l.acked[people[i].user.EmployeeID] = p
				l.mu.Unlock()
				onAck(int(acked.Add(1)))
			}
			return nil
		})
	}
	return l, g.Wait()
}

func (s *stack) checkIn(ctx context.Context, p person, n int) (out punched, err error) {
	header := map[string]string{"Idempotency-Key": fmt.Sprintf("stream-%d", n)}
	for try := 0; ; try++ {
		api := s.apis[(n+try)%len(s.apis)]
		status, err := call(ctx, http.MethodPost, api+"/api/attendances/check-in", p.token, header, nil, &out)
		if err == nil {
			return out, nil
		}
		// A dead node and an unavailable database are worth another try; anything else is a defect.
		if status != 0 && status != http.StatusServiceUnavailable {
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, fmt.Errorf("never acknowledged: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// verify holds the ledger against the database, the screens and the queue's own account.
func (s *stack) verify(ctx context.Context, l *acknowledged, screens ...*screen) {
	t := s.t
	t.Helper()
	require.NotEmpty(t, l.acked)
	for employee, p := range l.acked {
		punches, err := s.store.Days.Punches(ctx, employee, p.Punch.OccurredAt.Add(-time.Hour),
			p.Punch.OccurredAt.Add(time.Hour))
		require.NoError(t, err)
		require.Len(t, punches, 1, "employee %d: an acknowledged check-in is stored once", employee)
		require.Equal(t, p.Punch.ID, punches[0].ID)
		require.Equal(t, 1, p.Day.PunchCount)
		require.Equal(t, int64(1), p.Day.Version)
	}
	// Every day that exists belongs to an acknowledged punch: nothing was written by halves.
	rows, err := s.today(ctx, s.apis[0], s.admin.token)
	require.NoError(t, err)
	stored := 0
	for _, r := range rows {
		if r.Version > 0 {
			stored++
			require.Contains(t, l.acked, r.EmployeeID)
			require.Equal(t, int64(1), r.Version)
			require.NotNil(t, r.FirstIn)
		}
	}
	require.Equal(t, len(l.acked), stored)
	for i, sc := range screens {
		err := sc.wait(ctx, func() bool { return len(sc.missing(l)) == 0 })
		sc.mu.Lock()
		missing, frames, snapshots := sc.missing(l), sc.frames, sc.snapshots
		sc.mu.Unlock()
		require.NoError(t, err, "screen %d still misses %d of %d after %d frames and %d snapshots", i, len(missing),
			len(l.acked), frames, snapshots)
		t.Logf("screen %d: %d frames, %d snapshots", i, frames, snapshots)
	}
	require.Eventually(t, func() bool {
		n, _, err := s.store.Outbox.OutboxBacklog(ctx)
		return err == nil && n == 0
	}, testkit.Patience, 200*time.Millisecond, "the outbox drains")
	var good, died int64
	require.Eventually(t, func() bool {
		good, died = 0, 0
		outcomes, err := s.store.Outcomes.Outcomes(ctx, time.Now().Add(-time.Hour))
		for _, o := range outcomes {
			good, died = good+o.Succeeded, died+o.Died
		}
		return err == nil && good > 0
	}, testkit.Patience, 200*time.Millisecond)
	require.Greater(t, float64(good)/float64(good+died), 0.99, "%d tasks ended well, %d died", good, died)
	t.Logf("queue: %d tasks ended well, %d died", good, died)
}

// missing lists acknowledged check-ins that the screen does not show. The caller holds sc.mu.
func (sc *screen) missing(l *acknowledged) (out []int64) {
	for employee, p := range l.acked {
		if sc.days[key{employee, p.Day.WorkDate}].Version < p.Day.Version {
			out = append(out, employee)
		}
	}
	return out
}

// run streams check-ins of all employees and does things to the stack at given points of the stream.
func (s *stack) run(es []attendance.Employee, disasters map[int]func()) {
	t := s.t
	people := s.people(es)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	screens := []*screen{
		s.watch(t, s.admin.token, realtime.BranchChannel(s.branch.ID), 0),
		s.watch(t, s.admin.token, realtime.ChannelCompany, 1),
	}
	for _, sc := range screens {
		require.NoError(t, sc.wait(ctx, func() bool { return sc.live }))
	}
	var wg sync.WaitGroup
	l, err := s.stream(ctx, people, 20, 4*time.Millisecond, func(n int) {
		if do := disasters[n]; do != nil {
			wg.Go(do)
		}
	})
	require.NoError(t, err)
	wg.Wait()
	require.Len(t, l.acked, len(es))
	s.verify(ctx, l, screens...)
}

// revive kills a node without warning and starts it again on the same address.
func (s *stack) revive(role string, n int) func() {
	return func() {
		s.proc(fmt.Sprintf("%s%d", role, n)).Kill()
		s.start(role, n)
	}
}

func TestKillingNodesLosesNothing(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2000)
	s.run(es, map[int]func(){
		300:  s.revive("api", 1),
		700:  s.revive("worker", 1),
		1100: s.revive("pusher", 1),
		1300: s.revive("pusher", 2),
		1500: s.revive("worker", 2),
		1700: s.revive("scheduler", 1),
	})
}

func TestRedisComingBackEmptyLosesNothing(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2000)
	s.run(es, map[int]func(){500: func() {
		s.redis.Kill()
		s.redis.Restart(true)
	}})
}

func TestMariaDBDyingLosesNothing(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2000)
	s.run(es, map[int]func(){500: func() {
		s.mariadb.Kill()
		s.mariadb.Restart(false)
	}})
}
