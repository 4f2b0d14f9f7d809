package attendance

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// placed is a punch so many metres south of a point in Jakarta, so long after nine o'clock.
func placed(metres, accuracy float64, after time.Duration) Punch {
	return Punch{OccurredAt: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC).Add(after),
		Fix: &Fix{Latitude: -6.1754 - metres/111_195, Longitude: 106.8272, Accuracy: accuracy}}
}

func TestWhatIsDoubtfulAboutAPosition(t *testing.T) {
	t.Parallel()
	start := placed(0, 12, 0)
	for name, c := range map[string]struct {
		punch  Punch
		others []Punch
		doubts []Doubt
		moved  *Moved
	}{
		"nothing to compare":       {placed(0, 12, 0), nil, nil, nil},
		"no position":              {Punch{}, []Punch{start}, nil, nil},
		"others without position":  {placed(0, 12, 0), []Punch{{}}, nil, nil},
		"claims no error":          {placed(0, 0, 0), nil, []Doubt{DoubtExact}, nil},
		"42 km in ten minutes":     {placed(42_000, 12, 10*time.Minute), []Punch{start}, fast, &Moved{42_000, 600}},
		"42 km ten minutes before": {placed(42_000, 12, -10*time.Minute), []Punch{start}, fast, &Moved{42_000, 600}},
		"42 km in twenty minutes":  {placed(42_000, 12, 20*time.Minute), []Punch{start}, nil, nil},
		"at one instant":           {placed(1_100, 12, 0), []Punch{start}, fast, &Moved{1_100, 1}},
		"a jump of the measuring":  {placed(1_000, 12, time.Second), []Punch{start}, nil, nil},
		"the circles meet":         {placed(5_500, 4_600, time.Second), []Punch{start}, nil, nil},
		"a claimed accuracy buys 5 km": {placed(42_000, 100_000, 5*time.Minute), []Punch{start}, fast,
			&Moved{42_000, 300}},
		"the fastest counts": {placed(42_000, 12, 10*time.Minute), []Punch{start, placed(0, 12, 15*time.Minute)}, fast,
			&Moved{42_000, 300}},
		"exactly the same place":     {placed(0, 9, time.Hour), []Punch{start}, []Doubt{DoubtSamePlace}, nil},
		"a finger's breadth":         {placed(0.01, 9, time.Hour), []Punch{start}, []Doubt{DoubtSamePlace}, nil},
		"two steps":                  {placed(2, 9, time.Hour), []Punch{start}, nil, nil},
		"the same measurement":       {placed(0, 12, time.Minute), []Punch{start}, nil, nil},
		"the same place as later":    {placed(0, 9, -time.Hour), []Punch{start}, nil, nil},
		"the same place as long ago": {placed(0, 9, 2*time.Hour), []Punch{start, placed(3, 9, time.Hour)}, nil, nil},
		"all at once": {placed(42_000, 0, 90*time.Second), []Punch{start, placed(42_000, 12, 20*time.Second)},
			[]Doubt{DoubtExact, DoubtSamePlace, DoubtTooFast}, &Moved{42_000, 90}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				doubts, moved := DoubtPosition(&c.punch, c.others)
				require.Equal(t, c.doubts, doubts)
				require.Equal(t, c.moved, moved)
				slices.Reverse(c.others)
			}
		})
	}
}

// fast is what is said of nothing but speed.
var fast = []Doubt{DoubtTooFast}

func TestWhichDoubtsMarkADay(t *testing.T) {
	t.Parallel()
	for _, policy := range Policies() {
		marks := func(d ...Doubt) bool { return implausible(d, policy) }
		require.False(t, marks())
		require.False(t, marks(DoubtInaccurate), "which has a flag of its own")
		require.True(t, marks(DoubtInaccurate, DoubtSharedDevice), "a device is no position")
		for _, d := range []Doubt{DoubtExact, DoubtSamePlace, DoubtTooFast} {
			require.Equal(t, policy != PolicyRecord, marks(DoubtInaccurate, d))
		}
	}
}

func drawPlaced(t *rapid.T) Punch {
	return Punch{
		OccurredAt: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(
			time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "after"))),
		Fix: &Fix{Latitude: rapid.Float64Range(-90, 90).Draw(t, "latitude"),
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
		metres := metresBetween(p.Fix.Latitude, p.Fix.Longitude, q.Fix.Latitude, q.Fix.Longitude)
		there, back := move(&p, &q), move(&q, &p)
		require.Equal(t, there, back)
		worse, fix := p, *p.Fix
		fix.Accuracy += rapid.Float64Range(0, 10_000).Draw(t, "worse")
		worse.Fix = &fix
		if there == nil {
			require.Nil(t, move(&worse, &q))
		} else {
			require.Greater(t, there.kmh(), 149)
		}
		q.OccurredAt = p.OccurredAt.Add(time.Duration(metres/FastestMove+1) * time.Second)
		require.Nil(t, move(&p, &q))
	})
}
