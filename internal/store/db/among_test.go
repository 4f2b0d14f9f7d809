package db

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/schema"
)

func TestIDsThatFollowOneAnotherAreARange(t *testing.T) {
	t.Parallel()
	for want, ids := range map[string][]int64{
		"(id IN (NULL))":       nil,
		"(id IN (4,6,7))":      {4, 6, 7},
		"(id BETWEEN 1 AND 8)": {1, 2, 3, 4, 5, 6, 7, 8},
		"(id BETWEEN 1 AND 8 OR id BETWEEN 21 AND 28 OR id IN (10,12))": {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 21, 22, 23,
			24, 25, 26, 27, 28},
		"(id IN (8,7,6,5,4,3,2,1))": {8, 7, 6, 5, 4, 3, 2, 1}, // the same people, if not in order
	} {
		text, err := Among("id", ids).AppendQuery(schema.QueryGen{}, nil)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
}
