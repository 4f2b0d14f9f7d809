package db

import (
	"testing"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// What a busy time opened is closed, who reads at that moment is left alone, and whoever comes next is served.
func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := opened(t, url)
			most := d.reader.Stats().MaxOpenConnections
			var busy []interface{ Close() error }
			for range 4 {
				conn, err := d.reader.Conn(t.Context())
				require.NoError(t, err)
				busy = append(busy, conn)
			}
			for _, conn := range busy[1:] {
				require.NoError(t, conn.Close())
			}
			before := d.reader.Stats()
			require.NoError(t, GiveBack(t.Context(), d))
			after := d.reader.Stats()
			require.Equal(t, before.InUse, after.InUse, "who reads is left alone")
			if d.dialect == sqliteName {
				require.Zero(t, after.Idle)
			} else {
				require.Equal(t, before.Idle, after.Idle, "elsewhere nothing is closed")
			}
			require.NoError(t, busy[0].Close())
			require.Equal(t, 1, d.reader.Stats().Idle-after.Idle, "connections are kept again")
			require.Equal(t, most, d.reader.Stats().MaxOpenConnections)
			require.NoError(t, d.Ping(t.Context()))
		})
	}
}
