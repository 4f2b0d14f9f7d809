package ledger_test

import (
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

func TestOwnTouched(t *testing.T) {
	t.Parallel()
	runs := func(dates ...attendance.Date) (out []attendance.Dates) {
		for i := 0; i < len(dates); i += 2 {
			out = append(out, attendance.Dates{From: dates[i], To: dates[i+1]})
		}
		return out
	}
	for name, c := range map[string]struct{ given, want []attendance.Dates }{
		"one":         {runs(3, 5), nil},
		"neighbours":  {runs(3, 5, 6, 8), nil},
		"overlap":     {runs(3, 6, 5, 8), nil},
		"gap":         {runs(3, 5, 7, 8), runs(3, 5, 7, 8)},
		"days":        {runs(3, 3, 4, 4, 6, 6), runs(3, 4, 6, 6)},
		"one is none": {runs(3, 5, 9, 8), nil},
	} {
		got := ledger.NewOwnTouched(c.given...)
		require.NotNil(t, got, name)
		require.EqualValues(t, 3, got.From, name)
		require.Equal(t, c.want, got.Runs, name)
	}
	require.Nil(t, ledger.NewOwnTouched())
	require.Nil(t, ledger.NewOwnTouched(runs(5, 4)...))
}
