package attendance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
