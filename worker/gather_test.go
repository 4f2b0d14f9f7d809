package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Broadcasts that come while others are under way go together; one that is alone goes at once.
func TestConcurrentBroadcastsAreGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		g := &gatherer{run: func(_ context.Context, batch []*broadcasting) error {
			sizes = append(sizes, len(batch))
			<-time.After(10 * time.Millisecond) // of the test's own time, which does not pass while anything runs
			for _, b := range batch {
				b.entries = []attendance.Entry{{Day: attendance.Day{EmployeeID: b.task.CommittedAt}}}
			}
			return nil
		}}
		begun := time.Now()
		var all sync.WaitGroup
		for i := range int64(50) {
			all.Go(func() {
				entries, err := g.send(t.Context(), task.Broadcast{CommittedAt: i})
				if err != nil || len(entries) != 1 || entries[0].EmployeeID != i {
					t.Errorf("broadcast %d got %v, %v", i, entries, err)
				}
			})
			if i < gatherLeaders {
				synctest.Wait()
			}
		}
		all.Wait()
		require.Equal(t, []int{1, 1, 48}, sizes)
		require.Equal(t, 20*time.Millisecond, time.Since(begun))
		require.Zero(t, g.leaders)
	})
}

// Whatever comes, fails and gives up in whatever order: every caller is answered, and nobody keeps the lead.
func TestTheLeadIsNeverLost(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	g := &gatherer{run: func(_ context.Context, batch []*broadcasting) error {
		now := running.Add(1)
		defer running.Add(-1)
		for {
			before := most.Load()
			if now <= before || most.CompareAndSwap(before, now) {
				break
			}
		}
		if rand.N(5) == 0 {
			return errors.New("the database is away")
		}
		return nil
	}}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(200*time.Microsecond))
				_, _ = g.send(ctx, task.Broadcast{})
				cancel()
			}
		})
	}
	all.Wait()
	require.Zero(t, g.leaders)
	require.Empty(t, g.waiting)
	require.LessOrEqual(t, most.Load(), int32(gatherLeaders))
	_, err := g.send(t.Context(), task.Broadcast{})
	if err != nil {
		require.ErrorContains(t, err, "away")
	}
}
