package queue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Tasks that wait for somebody else's machine, however many, take no worker from the others; one whose turn has not
// come waits without failing, and dies as any other.
func TestAQueueApartHoldsNothingUp(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		l := newBook()
		answer := make(chan struct{})
		var waiting, quick, later atomic.Int32
		s := queue.NewServer(b,
			queue.ServerOptions{Concurrency: 2, Ledger: l, Clock: clock.System(), Log: quiet,
				ShutdownTimeout: 5 * time.Second, Handlers: map[task.Kind]queue.Handler{
					task.AttendanceBroadcast: func(context.Context, []byte) error { quick.Add(1); return nil },
					task.WebhookDeliver: func(ctx context.Context, payload []byte) error {
						var p task.Webhook
						if err := json.Unmarshal(payload, &p); err != nil || p.Message == "bad" {
							return queue.Permanent(fmt.Errorf("bad: %w", err))
						}
						if p.Message == "later" && later.Add(1) == 1 {
							return queue.Later(time.Second, "not yet")
						}
						waiting.Add(1)
						select {
						case <-answer:
						case <-ctx.Done():
						}
						return ctx.Err()
					},
				}})
		stop := background(s.Run)
		t.Cleanup(stop)
		c := queue.NewClient(b)
		slots := int32(task.Apart()[task.QueueOutside])
		for i := range slots + 4 {
			require.NoError(t,
				c.Enqueue(t.Context(), task.WebhookDeliver, fmt.Sprint(i), task.Webhook{Message: "slow"},
					queue.EnqueueOptions{}))
		}
		soon(t, func() bool { return waiting.Load() == slots }, "all slots wait")
		for i := range 50 {
			require.NoError(t,
				c.Enqueue(t.Context(), task.AttendanceBroadcast, fmt.Sprint("q", i), task.Broadcast{},
					queue.EnqueueOptions{}))
		}
		soon(t, func() bool { return quick.Load() == 50 }, "the others run")
		require.Equal(t, slots, waiting.Load(), "no more than the slots")
		close(answer)
		require.NoError(t, c.Enqueue(t.Context(), task.WebhookDeliver, "later", task.Webhook{Message: "later"},
			queue.EnqueueOptions{}))
		require.NoError(t, c.Enqueue(t.Context(), task.WebhookDeliver, "bad", task.Webhook{Message: "bad"},
			queue.EnqueueOptions{}))
		soon(t, func() bool { return waiting.Load() == slots+5 && len(l.letters()) == 1 }, "all ran")
		require.Equal(t, task.QueueOutside, l.letters()[0].Queue)
		stop()
		require.EqualValues(t, 2, later.Load())
		require.Equal(t, task.Outcome{Succeeded: 50 + int64(slots) + 5, Died: 1}, l.total(),
			"waiting for a turn is no attempt")
	})
}
