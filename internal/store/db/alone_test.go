package db

import (
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// The right to a database is one process's, whoever else asks, until that lets go of it. A connection that was lost is
// replaced, unless another process came first.
func TestADatabaseIsOneProcesss(t *testing.T) {
	t.Parallel()
	url := testkit.MariaDB(t)
	d, other, ctx := opened(t, url), opened(t, url), t.Context()
	require.NoError(t, CheckShared(ctx, other))
	first, err := TakeAlone(ctx, d, time.Second)
	require.NoError(t, err)
	_, err = TakeAlone(ctx, other, time.Second)
	require.ErrorIs(t, err, ErrNotAlone)
	require.ErrorIs(t, CheckShared(ctx, other), ErrNotAlone)
	require.NoError(t, CheckShared(ctx, opened(t, testkit.MariaDB(t))), "it is another database of the same server")
	require.NoError(t, first.check(ctx))

	kill := func() {
		var id int64
		require.NoError(t, d.reader.NewRaw("SELECT IS_USED_LOCK(?)", first.name).Scan(ctx, &id))
		_, err := other.writer.ExecContext(ctx, "KILL ?", id)
		require.NoError(t, err)
	}
	kill()
	require.Eventually(t, func() bool { return CheckShared(ctx, other) == nil }, testkit.Patience, 20*time.Millisecond)
	require.NoError(t, first.check(ctx), "it is taken anew")
	require.ErrorIs(t, CheckShared(ctx, other), ErrNotAlone)

	kill()
	var second *Alone
	require.Eventually(t, func() bool {
		second, err = TakeAlone(ctx, other, time.Second)
		return err == nil
	}, testkit.Patience, 20*time.Millisecond)
	require.ErrorIs(t, first.check(ctx), ErrNotAlone)
	require.NoError(t, second.Close())
	require.NoError(t, first.Close())
}
