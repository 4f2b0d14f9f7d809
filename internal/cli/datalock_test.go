package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"hadir/internal/config"
	"hadir/internal/store"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// A data folder is one process's; a second one says whose it is and touches nothing, and subcommands go on.
func TestASecondProcessLeavesTheDataFolderAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := lockDataDir(config.Config{DataDir: dir})
	require.NoError(t, err)
	env := []string{"HADIR_DATA_DIR=" + dir, "HADIR_ADDR=127.0.0.1:0"}
	for range 2 {
		status, _, stderr := run(t, env, "all")
		require.Equal(t, 1, status)
		require.Contains(t, stderr,
			"another hadir (process "+strconv.Itoa(os.Getpid())+") runs on the data folder "+dir)
		require.Contains(t, stderr, "HADIR_DATA_DIR")
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing but the lock")
	status, _, stderr := run(t, env, "migrate", "up")
	require.Zero(t, status, stderr)
	status, _, stderr = run(t, env, "queue", "stats")
	require.Zero(t, status, stderr)
	require.NoError(t, unlock())
	unlock, err = lockDataDir(config.Config{DataDir: dir})
	require.NoError(t, err, "it is free again")
	require.NoError(t, unlock())
}

// A database is one process's, too, from whichever folder and by whichever path it is reached.
func TestASecondProcessLeavesTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, linked := filepath.Join(dir, "a", "hadir.db"), filepath.Join(dir, "b")
	require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
	require.NoError(t, os.Symlink(filepath.Dir(file), linked))
	unlock, err := lockDatabase(config.Config{DatabaseURL: "sqlite://" + file})
	require.NoError(t, err)
	other := "HADIR_DATA_DIR=" + filepath.Join(dir, "other")
	for _, path := range []string{file, filepath.Join(linked, "hadir.db")} {
		env := []string{other, "HADIR_ADDR=127.0.0.1:0", "HADIR_DATABASE_URL=sqlite://" + path}
		status, _, stderr := run(t, env, "all")
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "another hadir (process "+strconv.Itoa(os.Getpid())+") runs on the database "+file)
		require.Contains(t, stderr, "HADIR_DATABASE_URL")
	}
	require.NoFileExists(t, file)
	status, _, stderr := run(t, []string{other, "HADIR_DATABASE_URL=sqlite://" + file}, "migrate", "up")
	require.Zero(t, status, stderr)
	require.NoError(t, unlock())
	unlock, err = lockDatabase(config.Config{DatabaseURL: "sqlite://" + file})
	require.NoError(t, err, "it is free again")
	require.NoError(t, unlock())
	unlock, err = lockDatabase(config.Config{DatabaseURL: "mysql://root@127.0.0.1/hadir"})
	require.NoError(t, err)
	require.Nil(t, unlock)
}

// Where a 'hadir' keeps its Redis to itself, whatever else used its MySQL would record what none of its screens shows.
func TestASecondProcessLeavesAMySQLAlone(t *testing.T) {
	t.Parallel()
	url := migrated.Databases(t)["mysql"]
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	first, err := db.Open(ctx, db.Options{URL: url})
	require.NoError(t, err)
	alone, err := db.TakeAlone(ctx, first, time.Second)
	require.NoError(t, err)
	env := []string{"HADIR_DATA_DIR=" + t.TempDir(), "HADIR_ADDR=127.0.0.1:0", "HADIR_DATABASE_URL=" + url}
	for _, args := range [][]string{{"all"}, {"all", "--redis-url", "redis://127.0.0.1:1"},
		{"worker", "--redis-url", "redis://127.0.0.1:1"}} {
		status, _, stderr := run(t, env, args...)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "a 'hadir' with a Redis of its own runs on this database")
		require.Contains(t, stderr, "HADIR_REDIS_URL")
	}
	require.NoError(t, alone.Close())
	require.NoError(t, first.Close())

	s, err := store.Open(ctx, store.Options{URL: url})
	require.NoError(t, err)
	defer s.DB.Close()
	require.NoError(t, s.Nodes.Beat(ctx, ledger.Node{ID: "1", Role: "worker", Host: "lain", PID: 7}))
	status, _, stderr := run(t, env, "all")
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "the role worker runs on this database (lain, process 7) with another Redis")
	require.NoError(t, db.CheckShared(ctx, s.DB), "who was refused holds nothing")
}
