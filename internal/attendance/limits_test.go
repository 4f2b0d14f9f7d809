package attendance

import (
	"math/rand/v2"
	"testing"
	"time"

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
	limits := PunchLimits{PerMinute: 2, PerDay: 4}
	for name, c := range map[string]struct {
		limits   PunchLimits
		received []time.Time
		wait     int // seconds
	}{
		"the first":                         {limits, nil, 0},
		"the second of a minute":            {limits, ago(5), 0},
		"the third of a minute":             {limits, ago(5, 10), 50},
		"in any order":                      {limits, ago(10, 5), 50},
		"a minute after the first of three": {limits, ago(5, 60), 0},
		"the fifth of a day":                {limits, ago(100, 200, 300, 400), 24*3600 - 400},
		"both: the longer wait":             {limits, ago(1, 2, 300, 400), 24*3600 - 400},
		"without bounds":                    {PunchLimits{}, ago(1, 1, 1, 1, 1, 1), 0},
	} {
		require.Equal(t, time.Duration(c.wait)*time.Second, c.limits.Next(c.received, now).Sub(now), name)
	}
}

// Whoever waits as long as told is taken then and not before, and no span ever holds more than its bound.
func TestTheBoundsHoldForever(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 11))
	limits := PunchLimits{PerMinute: 3, PerDay: 20}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	var taken []time.Time
	for range 2000 {
		next := limits.Next(taken, now)
		if next.Equal(now) {
			taken = append(taken, now)
			now = now.Add(time.Duration(random.IntN(30)) * time.Second)
			continue
		}
		require.True(t, limits.Next(taken, next.Add(-time.Nanosecond)).After(next.Add(-time.Nanosecond)))
		now = next
	}
	for i := range taken {
		if i >= limits.PerMinute {
			require.GreaterOrEqual(t, taken[i].Sub(taken[i-limits.PerMinute]), time.Minute)
		}
		if i >= limits.PerDay {
			require.GreaterOrEqual(t, taken[i].Sub(taken[i-limits.PerDay]), 24*time.Hour)
		}
	}
}
