package testkit

import (
	"path/filepath"
	"testing"
)

// SQLite returns the URL of a database file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite://" + filepath.ToSlash(filepath.Join(t.TempDir(), "hadir.db"))
}

// Databases returns an empty database of each dialect, for suites that every dialect must pass.
func Databases(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{"mysql": MariaDB(t), "sqlite": SQLite(t)}
}
