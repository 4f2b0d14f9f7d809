package gather

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

type square struct{ of, is int }

var options = Options{Leaders: 2, Most: 64, Timeout: 8 * time.Second}

// Items that come while others are under way go together; one that is alone goes at once.
func TestConcurrentItemsAreGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		g := New(options, func(_ context.Context, batch []*square) error {
			sizes = append(sizes, len(batch))
			testkit.Elapse(10 * time.Millisecond)
			for _, s := range batch {
				s.is = s.of * s.of
			}
			return nil
		})
		begun := time.Now()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				s := square{of: i}
				if err := g.Do(t.Context(), &s); err != nil || s.is != i*i {
					t.Errorf("the square of %d is %d, %v", i, s.is, err)
				}
			})
			if i < options.Leaders {
				synctest.Wait()
			}
		}
		all.Wait()
		require.Equal(t, []int{1, 1, 48}, sizes)
		require.Equal(t, 20*time.Millisecond, time.Since(begun))
		require.Zero(t, g.leaders)
	})
}

// A batch that panics fails, in the caller that led it as a panic, and in the others as an error. The group goes on.
func TestAPanicCostsItsBatchOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		g := New(Options{Leaders: 1, Most: 64, Timeout: time.Second}, func(_ context.Context, batch []*square) error {
			<-begin
			if batch[0].of < 0 {
				panic("of a negative number")
			}
			return nil
		})
		var panics, failures atomic.Int32
		var all sync.WaitGroup
		do := func(of int) {
			all.Go(func() {
				defer func() {
					if recover() != nil {
						panics.Add(1)
					}
				}()
				if g.Do(t.Context(), &square{of: of}) != nil {
					failures.Add(1)
				}
			})
		}
		do(1)
		synctest.Wait()
		do(-1)
		synctest.Wait()
		do(2)
		synctest.Wait()
		close(begin)
		all.Wait()
		require.Equal(t, []int32{1, 1}, []int32{panics.Load(), failures.Load()})
		require.Zero(t, g.leaders)
		require.NoError(t, g.Do(t.Context(), &square{of: 3}))
	})
}

// Whatever comes, fails and gives up in whatever order: every caller is answered, and nobody keeps the lead.
func TestTheLeadIsNeverLost(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	g := New(options, func(_ context.Context, batch []*square) error {
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
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(200*time.Microsecond))
				_ = g.Do(ctx, &square{})
				cancel()
			}
		})
	}
	all.Wait()
	require.Zero(t, g.leaders)
	require.Empty(t, g.waiting)
	require.LessOrEqual(t, most.Load(), int32(options.Leaders))
	if err := g.Do(t.Context(), &square{}); err != nil {
		require.ErrorContains(t, err, "away")
	}
}
