package outbox_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hadir/internal/clock"
	"hadir/internal/outbox"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// table is an outbox in memory, and the queue that its rows go to.
type table struct {
	mu        sync.Mutex
	looks     int
	waiting   int64     // the row, 0 for none
	since     time.Time // when it was left
	delivered time.Time
}

func (o *table) OutboxBacklog(context.Context) (n int, oldest time.Time, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.looks++
	if o.waiting == 0 {
		return 0, time.Time{}, nil
	}
	return 1, o.since, nil
}

func (o *table) ClaimOutbox(_ context.Context, before, _ time.Time, _ int) ([]task.Outboxed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == 0 || o.since.After(before) {
		return nil, nil
	}
	return []task.Outboxed{{ID: o.waiting}}, nil
}

func (o *table) DeleteOutbox(context.Context, []int64) error { return nil }

func (o *table) Ping(context.Context) error { return nil }

func (o *table) DeliverAll(context.Context, []task.Outboxed) (done []int64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting, o.delivered = 0, time.Now()
	return nil, nil
}

// leave puts a row into the table now.
func (o *table) leave(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting, o.since = id, time.Now()
}

// While the outbox is empty the relay hardly looks at it, and still a row that nobody delivered goes out as soon as it
// would have.
func TestTheRelayLetsAnEmptyOutboxRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &table{}
		r := outbox.NewRelay(outbox.Options{Rows: o, Queue: o, Clock: clock.System(),
			Log: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		testkit.Elapse(time.Minute)
		o.mu.Lock()
		require.LessOrEqual(t, o.looks, 60/4+1)
		o.mu.Unlock()
		for i := range int64(100) {
			testkit.Elapse(time.Duration(i) * 100 * time.Millisecond)
			o.leave(i + 1)
			testkit.Elapse(8 * time.Second)
			o.mu.Lock()
			took := o.delivered.Sub(o.since)
			o.mu.Unlock()
			require.GreaterOrEqual(t, took, 5*time.Second)
			require.Less(t, took, 7*time.Second)
		}
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

// A process that left rows and cannot bring them says so: they are taken at once, and nothing is looked at more often
// for it.
func TestARelayThatIsWokenTakesYoungRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, wake := &table{}, make(chan struct{}, 1)
		r := outbox.NewRelay(outbox.Options{Rows: o, Queue: o, Clock: clock.System(),
			Log: slog.New(slog.DiscardHandler), Wake: wake})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		for i := range int64(20) {
			testkit.Elapse(time.Duration(i) * 370 * time.Millisecond)
			o.leave(i + 1)
			wake <- struct{}{}
			testkit.Elapse(time.Second)
			o.mu.Lock()
			require.Less(t, o.delivered.Sub(o.since), 100*time.Millisecond)
			o.mu.Unlock()
		}
		o.leave(100) // and nobody says so
		testkit.Elapse(8 * time.Second)
		o.mu.Lock()
		require.GreaterOrEqual(t, o.delivered.Sub(o.since), 5*time.Second)
		before := o.looks
		o.mu.Unlock()
		testkit.Elapse(time.Minute)
		o.mu.Lock()
		require.LessOrEqual(t, o.looks-before, 60/4+1)
		o.mu.Unlock()
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}
