package civil_test

import (
	"testing"
	"time"

	"hadir/internal/civil"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is returned is shown by the clocks, and what the clocks show is returned.
func TestInstantsAreThoseThatTheClocksShow(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Helsinki", "Asia/Jakarta", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia",
		"America/Santiago"}
	rapid.Check(t, func(rt *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(rt, "zone"))
		require.NoError(rt, err)
		at := time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(rt, "at"), 0).In(loc)
		shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
		found := civil.Instants(shown, loc)
		hit := false
		for _, f := range found {
			require.Equal(rt, shown.Format(time.DateTime), f.Format(time.DateTime))
			hit = hit || f.Equal(at)
		}
		require.True(rt, hit, "%s is not among %v", at, found)
	})
}

func TestTimesOfDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"08:05": "8h5m0s", "08.05": "8h5m0s", "8.05": "8h5m0s", "0:00": "0s",
		"23.59.59": "23h59m59s", "08:05:30.25": "8h5m30.25s",
		"24:00": "", "08:60": "", "8": "", "08.05:30": "", "": "", "-1:00": "", " 08:05\t": "8h5m0s", "08: 05": ""} {
		since, ok := civil.Clock(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, since.String(), text)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2026-11-05": "2026-11-05|", "5/11/2026 08.05": "2026-11-05| 08.05",
		"5 November 2026": "2026-11-05|", "5.11.2026": "2026-11-05|", "29-2-2028T": "2028-02-29|T",
		"29/2/2026": "", "11/25/2026": "", "5/11-2026": "", "5/11/26": "", "2026": "", "": ""} {
		midnight, rest, ok := civil.Date(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, midnight.Format(time.DateOnly)+"|"+rest, text)
		}
	}
}
