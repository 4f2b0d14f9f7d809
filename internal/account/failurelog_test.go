package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever comes: every failure is counted once, and little is told at once.
func TestFailuresAreGathered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f, now := NewFailureLog(), time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		sum, noted, told, began := 0, 0, 0, now
		add := func(cs []FailureCount) {
			for _, c := range cs {
				require.Positive(t, c.Count)
				sum += c.Count
			}
		}
		for range rapid.IntRange(1, 400).Draw(t, "failures") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			x := Failure{UserID: int64(rapid.IntRange(0, 3).Draw(t, "user")), Blocked: rapid.Bool().Draw(t, "blocked"),
				Network: fmt.Sprint(rapid.IntRange(0, 60).Draw(t, "network"))}
			tell := f.Note(x, x.Network, now)
			noted++
			told += len(tell)
			add(tell)
			if rapid.IntRange(0, 30).Draw(t, "flush") == 0 {
				add(f.Over(now))
			}
		}
		require.LessOrEqual(t, told, 2*failureKinds*(1+int(now.Sub(began)/FailureWindow)), "bounded a minute")
		add(f.Over(time.Time{}))
		require.Equal(t, noted, sum)
		require.Empty(t, f.Over(time.Time{}))
	})
}

func TestAFloodOfFailuresIsOneEntry(t *testing.T) {
	t.Parallel()
	f, now := NewFailureLog(), time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	told := 0
	for i := range 10_000 {
		told += len(f.Note(Failure{Network: fmt.Sprint(i)}, "", now))
	}
	require.Equal(t, failureKinds, told)
	rest := f.Over(now.Add(FailureWindow))
	require.Len(t, rest, 1)
	require.Equal(t, 10_000-failureKinds, rest[0].Count)
	require.Equal(t, failureKinds, rest[0].Networks, "as far as they are counted")
}
