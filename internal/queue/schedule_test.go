package queue_test

import (
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Two schedulers begin with one tick, are both to be seen, and are gone from the list once they ended.
func TestTwoSchedules(t *testing.T) {
	brokers(t, func(t *testing.T, b *queue.Broker) {
		c := queue.NewClient(b)
		inspector := queue.NewInspector(b)
		at := clock.NewManual(time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC))
		// not while the test runs
		tasks := []task.Periodic{
			{Kind: task.RecapTick, Cron: "0 0 1 1 *", Every: time.Minute, Payload: task.Tick{V: 1}}}
		var stops []func()
		for range 2 {
			stops = append(stops, background(queue.NewSchedule(b, c, at, quiet, tasks).Run))
		}
		soon(t, func() bool { es, err := inspector.Entries(); return err == nil && len(es) == 2 }, "both are listed")
		es, err := inspector.Entries()
		require.NoError(t, err)
		require.Equal(t, task.RecapTick, es[0].Kind)
		require.Equal(t, "0 0 1 1 *", es[0].Cron)
		require.True(t, es[0].Last.IsZero())
		stats, err := inspector.Stats(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, stats[1].Pending, "the ticks at the start are of one minute")
		at.Advance(time.Minute)
		stops = append(stops, background(queue.NewSchedule(b, c, at, quiet, tasks).Run))
		soon(t, func() bool { s, err := inspector.Stats(t.Context()); return err == nil && s[1].Pending == 2 },
			"another minute, another tick")
		for _, stop := range stops {
			stop()
		}
		soon(t, func() bool { es, err := inspector.Entries(); return err == nil && len(es) == 0 }, "nobody is listed")
	})
}

func TestEveryPeriodicTaskHasAPolicy(t *testing.T) {
	t.Parallel()
	for _, p := range task.Schedule() {
		_, ok := task.PolicyOf(p.Kind)
		require.True(t, ok, p.Kind)
		require.NotEmpty(t, p.Does)
		require.Equal(t, p.TickID(time.Unix(3600, 0))+1, p.TickID(time.Unix(3600, 0).Add(p.Every)))
	}
}
