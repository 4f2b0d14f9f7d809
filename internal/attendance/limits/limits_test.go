package limits_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"hadir/internal/attendance/limits"

	"github.com/stretchr/testify/require"
)

func TestWhenAnotherPunchIsTaken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	ago := func(seconds ...int) (out []time.Time) {
		for _, s := range seconds {
			out = append(out, now.Add(-time.Duration(s)*time.Second))
		}
		return out
	}
	bounds := limits.Punches{PerMinute: 2, PerDay: 4}
	for name, c := range map[string]struct {
		limits   limits.Punches
		received []time.Time
		wait     int // seconds
	}{
		"the first":                         {bounds, nil, 0},
		"the second of a minute":            {bounds, ago(5), 0},
		"the third of a minute":             {bounds, ago(5, 10), 50},
		"in any order":                      {bounds, ago(10, 5), 50},
		"a minute after the first of three": {bounds, ago(5, 60), 0},
		"the fifth of a day":                {bounds, ago(100, 200, 300, 400), 24*3600 - 400},
		"both: the longer wait":             {bounds, ago(1, 2, 300, 400), 24*3600 - 400},
		"without bounds":                    {limits.Punches{}, ago(1, 1, 1, 1, 1, 1), 0},
	} {
		require.Equal(t, time.Duration(c.wait)*time.Second, c.limits.Next(c.received, now).Sub(now), name)
	}
}

// Whoever waits as long as told is taken then and not before, and no span ever holds more than its bound.
func TestTheBoundsHoldForever(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 11))
	bounds := limits.Punches{PerMinute: 3, PerDay: 20}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	var taken []time.Time
	for range 2000 {
		next := bounds.Next(taken, now)
		if next.Equal(now) {
			taken = append(taken, now)
			now = now.Add(time.Duration(random.IntN(30)) * time.Second)
			continue
		}
		require.True(t, bounds.Next(taken, next.Add(-time.Nanosecond)).After(next.Add(-time.Nanosecond)))
		now = next
	}
	for i := range taken {
		if i >= bounds.PerMinute {
			require.GreaterOrEqual(t, taken[i].Sub(taken[i-bounds.PerMinute]), time.Minute)
		}
		if i >= bounds.PerDay {
			require.GreaterOrEqual(t, taken[i].Sub(taken[i-bounds.PerDay]), 24*time.Hour)
		}
	}
}
