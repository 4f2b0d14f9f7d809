package account

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every word of the lists is found where it lies, and nothing between two of them.
func TestTheListsAreSearchedAsTheyLie(t *testing.T) {
	t.Parallel()
	for _, list := range []string{commonPasswords, commonIndonesian} {
		words := strings.Split(strings.TrimSuffix(list, "\n"), "\n")
		require.True(t, slices.IsSorted(words))
		for _, w := range words {
			require.Equal(t, strings.TrimSpace(strings.ToLower(w)), w)
			if !onList(list, w) {
				t.Fatalf("%q is not found", w)
			}
			if next := w + "\x00"; onList(list, next) {
				t.Fatalf("%q is found", next)
			}
		}
		for _, w := range []string{"", "\x00", "\xff", "\n"} {
			require.False(t, onList(list, w))
		}
	}
	require.Len(t, strings.Fields(commonPasswords), 30_000)
}
