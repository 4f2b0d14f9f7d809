package task_test

import (
	"testing"
	"time"

	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

func TestEveryKindHasASafePolicy(t *testing.T) {
	t.Parallel()
	weights := task.Weights()
	for q, n := range task.Apart() {
		require.NotContains(t, weights, q, "a queue is served in one way")
		weights[q] = n
	}
	require.Len(t, task.Queues(), len(weights))
	seen := map[task.Kind]bool{}
	for _, k := range task.Kinds() {
		p, ok := task.PolicyOf(k)
		require.True(t, ok, k)
		require.Contains(t, weights, p.Queue, k)
		require.Positive(t, p.MaxRetry, "%s: a failed acknowledgement would kill a task that succeeded", k)
		require.Positive(t, p.Backoff, k)
		require.GreaterOrEqual(t, p.MaxDelay, p.Backoff, k)
		require.GreaterOrEqual(t, p.Timeout, time.Second, k)
		require.Zero(t, p.Timeout%time.Second, "%s: the broker cuts time-outs to whole seconds", k)
		require.GreaterOrEqual(t, p.Retention, time.Second, k)
		for _, name := range append([]task.Kind{k}, p.Aliases...) {
			require.False(t, seen[name], "%s is taken twice", name)
			seen[name] = true
		}
	}
	_, ok := task.PolicyOf("no:such")
	require.False(t, ok)
}

func TestRatios(t *testing.T) {
	t.Parallel()
	o := task.Total([]task.Outcome{{Succeeded: 97, Retried: 99}, {Succeeded: 2, Died: 1}})
	perTask, ok := o.TaskRatio()
	require.True(t, ok)
	require.InDelta(t, 0.99, perTask, 1e-9)
	perAttempt, ok := o.AttemptRatio()
	require.True(t, ok)
	require.InDelta(t, 99.0/199, perAttempt, 1e-9)
	_, ok = task.Outcome{}.TaskRatio()
	require.False(t, ok, "nothing ended: there is no ratio, not a perfect one")
}
