package evidence

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/geo"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// placed is a punch so many metres south of a point in Jakarta, so long after nine o'clock.
func placed(metres, accuracy float64, after time.Duration) attendance.Punch {
	return attendance.Punch{OccurredAt: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC).Add(after),
		Fix: &attendance.Fix{Latitude: -6.1754 - metres/111_195, Longitude: 106.8272, Accuracy: accuracy}}
}

// Short names for the table.
type (
	punches = []attendance.Punch
	doubts  = []attendance.Doubt
)

func way(metres, seconds int) *attendance.Moved {
	return &attendance.Moved{Metres: metres, Seconds: seconds}
}

func TestWhatIsDoubtfulAboutAPosition(t *testing.T) {
	t.Parallel()
	start := placed(0, 12, 0)
	for name, c := range map[string]struct {
		punch  attendance.Punch
		others []attendance.Punch
		doubts []attendance.Doubt
		moved  *attendance.Moved
	}{
		"nothing to compare":       {placed(0, 12, 0), nil, nil, nil},
		"no position":              {attendance.Punch{}, punches{start}, nil, nil},
		"others without position":  {placed(0, 12, 0), []attendance.Punch{{}}, nil, nil},
		"claims no error":          {placed(0, 0, 0), nil, doubts{attendance.DoubtExact}, nil},
		"42 km in ten minutes":     {placed(42_000, 12, 10*time.Minute), punches{start}, fast, way(42_000, 600)},
		"42 km ten minutes before": {placed(42_000, 12, -10*time.Minute), punches{start}, fast, way(42_000, 600)},
		"42 km in twenty minutes":  {placed(42_000, 12, 20*time.Minute), punches{start}, nil, nil},
		"at one instant":           {placed(1_100, 12, 0), punches{start}, fast, way(1_100, 1)},
		"a jump of the measuring":  {placed(1_000, 12, time.Second), punches{start}, nil, nil},
		"the circles meet":         {placed(5_500, 4_600, time.Second), punches{start}, nil, nil},
		"a claimed accuracy buys 5 km": {placed(42_000, 100_000, 5*time.Minute), punches{start}, fast,
			way(42_000, 300)},
		"the fastest counts": {placed(42_000, 12, 10*time.Minute), punches{start, placed(0, 12, 15*time.Minute)}, fast,
			way(42_000, 300)},
		"exactly the same place": {placed(0, 9, time.Hour), punches{start}, doubts{attendance.DoubtSamePlace}, nil},
		"a finger's breadth": {placed(.01, 9, time.Hour), punches{start}, doubts{attendance.DoubtSamePlace},
			nil},
		"two steps":                  {placed(2, 9, time.Hour), punches{start}, nil, nil},
		"the same measurement":       {placed(0, 12, time.Minute), punches{start}, nil, nil},
		"the same place as later":    {placed(0, 9, -time.Hour), punches{start}, nil, nil},
		"the same place as long ago": {placed(0, 9, 2*time.Hour), punches{start, placed(3, 9, time.Hour)}, nil, nil},
		"all at once": {placed(42_000, 0, 90*time.Second), punches{start, placed(42_000, 12, 20*time.Second)},
			doubts{attendance.DoubtExact, attendance.DoubtSamePlace, attendance.DoubtTooFast}, way(42_000, 90)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				doubts, moved := Position(&c.punch, c.others)
				require.Equal(t, c.doubts, doubts)
				require.Equal(t, c.moved, moved)
				slices.Reverse(c.others)
			}
		})
	}
}

// fast is what is said of nothing but speed.
var fast = []attendance.Doubt{attendance.DoubtTooFast}

func drawPlaced(t *rapid.T) attendance.Punch {
	return attendance.Punch{
		OccurredAt: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(
			time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "after"))),
		Fix: &attendance.Fix{Latitude: rapid.Float64Range(-90, 90).Draw(t, "latitude"),
			Longitude: rapid.Float64Range(-180, 180).Draw(t, "longitude"),
			Accuracy:  rapid.Float64Range(0, 100_000).Draw(t, "accuracy")},
	}
}

// Whoever travels no faster than 150 km/h is never told that they did, wherever on Earth; two punches are too fast for
// each other or neither is; and a worse accuracy accuses nobody.
func TestSpeedIsSaidOfNobodyWhoKeptIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPlaced(t), drawPlaced(t)
		metres := geo.Metres(p.Fix.Latitude, p.Fix.Longitude, q.Fix.Latitude, q.Fix.Longitude)
		there, back := move(&p, &q), move(&q, &p)
		require.Equal(t, there, back)
		worse, fix := p, *p.Fix
		fix.Accuracy += rapid.Float64Range(0, 10_000).Draw(t, "worse")
		worse.Fix = &fix
		if there == nil {
			require.Nil(t, move(&worse, &q))
		} else {
			require.Greater(t, kmh(there), 149)
		}
		q.OccurredAt = p.OccurredAt.Add(time.Duration(metres/FastestMove+1) * time.Second)
		require.Nil(t, move(&p, &q))
	})
}
