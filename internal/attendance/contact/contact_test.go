package contact

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhatIsRememberedOfMeetings(t *testing.T) {
	t.Parallel()
	at := func(minutes float64) time.Time {
		return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC).Add(time.Duration(minutes * float64(time.Minute)))
	}
	for name, test := range map[string]struct {
		meetings []float64 // minutes
		now      float64
		want     float64 // -1: never
	}{
		"nobody met":                            {nil, 60, -1},
		"met now":                               {[]float64{60}, 60, -1},
		"met a while ago":                       {[]float64{0}, 60, 0},
		"back after an hour":                    {[]float64{0, 60}, 60.1, 0},
		"back after an hour, sent late":         {[]float64{0, 60}, 64.9, 0},
		"back after an hour, sent too late":     {[]float64{0, 60}, 65, 60},
		"pages that read again and again":       {[]float64{0, 60, 61, 62, 63}, 64, 0},
		"there all the time":                    {[]float64{0, 4, 8, 12, 16, 20, 24}, 25, 16},
		"there until ten minutes ago":           {[]float64{0, 10, 20, 50}, 60, 50},
		"a look between, for less than Every":   {[]float64{0, 30, 34, 60}, 61, 30},
		"a clock that was set back meets later": {[]float64{60, 30}, 40, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m Met
			for _, minutes := range test.meetings {
				m = m.Then(at(minutes))
			}
			if test.want < 0 {
				require.Zero(t, m.Until(at(test.now)))
				return
			}
			require.Equal(t, at(test.want), m.Until(at(test.now)))
		})
	}
}

// Whatever the meetings were: what is remembered was one of them, none of the last minutes, and no other one lies more
// than Every after it and Every before now.
func TestNoMeetingIsForgottenForLong(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		steps := rapid.SliceOfN(rapid.IntRange(0, 20*60), 1, 40).Draw(t, "seconds between")
		var m Met
		var all []time.Time
		now := begin
		for _, s := range steps {
			now = now.Add(time.Duration(s) * time.Second)
			all, m = append(all, now), m.Then(now)
		}
		now = now.Add(time.Duration(rapid.IntRange(0, 20*60).Draw(t, "sent after")) * time.Second)
		until := m.Until(now)
		one := until.IsZero()
		for _, at := range all {
			one = one || at.Equal(until)
			if now.Sub(at) >= Every && at.Sub(until) >= Every {
				t.Fatalf("met at %v, remembered %v, now %v", at, until, now)
			}
		}
		if !one || now.Sub(until) < Every {
			t.Fatalf("remembered %v of %v at %v", until, all, now)
		}
	})
}
