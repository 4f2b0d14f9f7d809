package attendance

import (
	"errors"
	"testing"

	"hadir/internal/words"

	"github.com/stretchr/testify/require"
)

const metresPerDegree = 111_195 // of latitude, on a globe

func TestLocate(t *testing.T) {
	t.Parallel()
	monas := Site{Name: "Monas", Latitude: -6.1754, Longitude: 106.8272, Radius: 150}
	b := Branch{MaxAccuracy: 200,
		Sites: []Site{{Name: "far", Latitude: -5.1477, Longitude: 119.4327, Radius: 100}, monas}}
	for name, tc := range map[string]struct {
		metres, accuracy    float64 // south of Monas
		outside, inaccurate bool
		refused             Code // under PolicyBlock
	}{
		"within":                            {111, 10, false, false, ""},
		"outside":                           {334, 10, true, false, CodeOutsideArea},
		"may be within":                     {334, 190, false, false, ""},
		"the worst accuracy":                {349, 200, false, false, ""},
		"too little known":                  {334, 201, false, true, CodeInaccurate},
		"too little known within":           {0, 201, false, true, CodeInaccurate},
		"as far as an accuracy never goes":  {360, 300, true, true, CodeInaccurate},
		"42 km away, claimed to be vague":   {42_000, 100_000, true, true, CodeInaccurate},
		"42 km away, and surely not within": {42_000, 300, true, true, CodeOutsideArea},
		"without accuracy":                  {111, 0, false, false, ""},
	} {
		fix := &Fix{Latitude: monas.Latitude - tc.metres/metresPerDegree, Longitude: monas.Longitude,
			Accuracy: tc.accuracy}
		for _, policy := range []LocationPolicy{PolicyRecord, PolicyFlag, PolicyBlock} {
			b.Policy = policy
			l, err := b.Locate(fix)
			require.InDelta(t, tc.metres, *l.Distance, 1, name)
			require.Equal(t, tc.outside, l.Outside, name)
			require.Equal(t, tc.inaccurate, l.Inaccurate, name)
			if policy == PolicyBlock {
				require.Equal(t, tc.refused, CodeOf(err), name)
			} else {
				require.NoError(t, err, name)
			}
		}
	}
	_, err := b.Locate(nil)
	require.Equal(t, CodeLocationRequired, CodeOf(err))
	b.Sites = nil
	for _, fix := range []*Fix{nil, {Accuracy: 10}, {Accuracy: 100_000}} {
		l, err := b.Locate(fix)
		require.NoError(t, err)
		require.Equal(t, Location{}, l, "a branch without sites has no outside")
	}
}

func TestTheWorstAccuracyIs150MetresWhereNobodySaid(t *testing.T) {
	t.Parallel()
	b := Branch{Policy: PolicyBlock, Sites: []Site{{Radius: 100}}}
	for accuracy, code := range map[float64]Code{150: "", 150.5: CodeInaccurate} {
		_, err := b.Locate(&Fix{Accuracy: accuracy})
		require.Equal(t, code, CodeOf(err), accuracy)
	}
}

func TestARefusalNamesItsCause(t *testing.T) {
	t.Parallel()
	b := Branch{Policy: PolicyBlock, Sites: []Site{{Radius: 100}}}
	for _, tc := range []struct {
		fix    Fix
		id, en string
	}{
		{Fix{Accuracy: 100_000},
			"Ponsel belum tahu posisinya dengan cukup teliti: ±100 km, paling jauh ±150 m diperbolehkan.",
			"The phone does not know its position well enough yet: ±100 km, at most ±150 m is allowed."},
		{Fix{Accuracy: 150.2}, "±151 m", "±151 m"},
		{Fix{Accuracy: 1234}, "±1,3 km", "±1.3 km"},
		{Fix{Latitude: 0.01, Accuracy: 5}, "Anda berada di luar area absensi cabang, 1,2 km dari lokasi terdekat.",
			"You are outside the branch's area, 1.2 km from the nearest site."},
	} {
		_, err := b.Locate(&tc.fix)
		var m Misplaced
		require.True(t, errors.As(err, &m))
		require.Contains(t, m.Detail(words.Indonesian), tc.id)
		require.Contains(t, m.Detail(words.English), tc.en)
	}
}
