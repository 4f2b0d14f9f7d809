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
