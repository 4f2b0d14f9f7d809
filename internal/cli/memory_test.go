package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Memory goes back when a busy time is over, and later if something is to be had, but not within a busy time.
func TestMemoryIsGivenBackWhenNothingHappens(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	q := quiet{}
	for _, c := range []struct {
		why                            string
		allocated, free, objects, live uint64
		over, worth                    bool
	}{
		{"a start is a busy time", 60 * mb, 9 * mb, 20 * mb, 10 * mb, false, false},
		{"it is over", 61 * mb, 9 * mb, 12 * mb, 10 * mb, true, true},
		{"there is nothing more to give", 62 * mb, mb, 11 * mb, 10 * mb, false, false},
		{"some garbage has gathered", 65 * mb, mb, 13 * mb, 10 * mb, false, true},
		{"a collection has freed it", 66 * mb, 4 * mb, 10 * mb, 10 * mb, false, true},
		{"somebody comes", 166 * mb, 20 * mb, 30 * mb, 20 * mb, false, false},
		{"and stays", 266 * mb, 20 * mb, 10 * mb, 20 * mb, false, false},
		{"and has gone", 267 * mb, 0, 10 * mb, 20 * mb, true, false},
		{"a large process has some garbage", 270 * mb, 10 * mb, 110 * mb, 100 * mb, false, false},
		{"and more", 273 * mb, 10 * mb, 115 * mb, 100 * mb, false, true},
	} {
		over, worth := q.check(usage{c.allocated, c.free, c.objects, c.live})
		require.Equal(t, [2]bool{c.over, c.worth}, [2]bool{over, worth}, c.why)
	}
	now := readUsage()
	require.NotZero(t, now.allocated)
	require.NotZero(t, now.objects)
}

// Who sets Go's own variables has decided.
func TestOperatorsDecideAboutMemory(t *testing.T) {
	t.Parallel()
	require.True(t, memoryDecided([]string{"PATH=/bin", "GOGC=50"}))
	require.True(t, memoryDecided([]string{"GOMEMLIMIT=64MiB"}))
	require.False(t, memoryDecided([]string{"PATH=/bin", "GOGCX=1", "HADIR_ADDR=:1"}))
}
