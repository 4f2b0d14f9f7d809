package e2e

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/clock"
	company "hadir/internal/demo"
	"hadir/internal/store"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// What ops/backup dumps from one server comes back on another, row by row; and it refuses what would lose data.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	from, to := testkit.StartMariaDB(t), testkit.StartMariaDB(t)
	seed, err := store.Open(t.Context(),
		store.Options{URL: from.URL, Clock: clock.System(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = seed.DB.Close() })
	_, err = seed.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	_, err = company.Seed(t.Context(), seed, company.Options{Clock: clock.System(), Employees: 24, Days: 7})
	require.NoError(t, err)

	dir := t.TempDir()
	file := filepath.Join(dir, "hadir.sql.gz")
	backup := func(url string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(testkit.Root(t), "ops/backup"), args...)
		cmd.Env = append(os.Environ(), "HADIR_DATABASE_URL="+url)
		out, err := cmd.CombinedOutput()
		require.NotContains(t, string(out), "s3cr3t", "the password is nobody's business")
		return string(out), err
	}
	out, err := backup(from.URL, "dump", file)
	require.NoError(t, err, out)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	out, err = backup(from.URL, "dump", file)
	require.Error(t, err)
	require.Contains(t, out, "exists already")

	out, err = backup(to.URL, "restore", file)
	require.NoError(t, err, out)
	require.Equal(t, sums(t, from.URL), sums(t, to.URL))
	restored, err := store.Open(t.Context(),
		store.Options{URL: to.URL, Clock: clock.System(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = restored.DB.Close() })
	require.NoError(t, restored.DB.CheckSchema(t.Context()))

	out, err = backup(to.URL, "restore", file)
	require.Error(t, err)
	require.Contains(t, out, "not empty")
	out, err = backup(to.URL, "restore", "--replace", file)
	require.NoError(t, err, out)
	require.Equal(t, sums(t, from.URL), sums(t, to.URL))

	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("x")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	out, err = backup(to.URL, "restore", "--replace", file)
	require.Error(t, err)
	require.Contains(t, out, "not what was dumped")
	require.Equal(t, sums(t, from.URL), sums(t, to.URL), "nothing was dropped before the file was checked")
	for _, args := range [][]string{{}, {"dump"}, {"restore", filepath.Join(dir, "no-such")}, {"erase"}} {
		_, err = backup(to.URL, args...)
		require.Error(t, err, strings.Join(args, " "))
	}
	_, err = backup("sqlite:///x.db", "dump", filepath.Join(dir, "other"))
	require.Error(t, err)
}

// sums returns the checksum of every table.
func sums(t *testing.T, url string) map[string]string {
	t.Helper()
	db, err := sql.Open("mysql", testkit.MySQLDSN(t, url))
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(),
		"SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1")
	require.NoError(t, err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(names), 15)
	out := map[string]string{}
	for _, name := range names {
		var table string
		var sum sql.NullInt64
		require.NoError(t, db.QueryRowContext(t.Context(), "CHECKSUM TABLE `"+name+"`").Scan(&table, &sum))
		out[name] = fmt.Sprint(sum.Int64)
	}
	return out
}
