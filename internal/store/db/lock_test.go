package db

import (
	"context"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

func TestAKilledMigrationFreesItsLock(t *testing.T) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, other := opened(t, url), opened(t, url)
			_, err := d.MigrateUp(t.Context())
			require.NoError(t, err)
			// something is missing
			_, err = d.writer.ExecContext(t.Context(), "DELETE FROM schema_migrations WHERE name = '0004'")
			require.NoError(t, err)
			holding, finished := make(chan struct{}), make(chan error, 1)
			var order []string
			require.NoError(t, other.holdLock(t.Context(), func() {
				go func() {
					close(holding)
					_, err := d.MigrateUp(t.Context())
					order = append(order, "migrated")
					finished <- err
				}()
				<-holding
				select {
				case err := <-finished:
					t.Errorf("migrated beside the holder of the lock: %v", err)
				case <-time.After(100 * time.Millisecond):
				}
				order = append(order, "killed")
			}))
			require.NoError(t, <-finished)
			require.Equal(t, []string{"killed", "migrated"}, order)
		})
	}
}

func opened(t *testing.T, url string) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	d, err := Open(ctx, Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// holdLock takes the lock as a migrating process does, calls held, and loses its connection as a killed process does.
func (s *DB) holdLock(ctx context.Context, held func()) error {
	conn, err := s.separate()
	if err != nil {
		return err
	}
	_ = s.locked(ctx, conn, func() error {
		held()
		return conn.Close()
	})
	return nil
}
