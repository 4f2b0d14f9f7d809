// Package migrated gives tests databases that have the program's tables already. Every migration run for every test
// would take longer than the tests: they are run once per process, and what came of them is copied.
package migrated

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/store"
	"hadir/internal/testkit"
)

// Databases is testkit.Databases with the tables of this release in them.
func Databases(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{"mysql": MariaDB(t), "sqlite": SQLite(t)}
}

var sqliteFile testkit.Once[[]byte]

func makeSQLite() ([]byte, error) {
	dir, err := os.MkdirTemp("", "hadir-migrated-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "hadir.db")
	if err := migrate("sqlite://" + filepath.ToSlash(file)); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// SQLite returns the URL of a database file of the test's own.
func SQLite(t testing.TB) string {
	t.Helper()
	content, err := sqliteFile.Get(makeSQLite)
	if err != nil {
		t.Fatal(err)
	}
	at := testkit.SQLite(t)
	if err := os.WriteFile(filepath.FromSlash(strings.TrimPrefix(at, "sqlite://")), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// copying is what makes a database like a migrated one, with the values that its rows have.
type copying struct {
	statements string
	values     []any
}

var script testkit.Once[copying]

// MariaDB returns the URL of a database of the test's own on the server that all tests of the process share.
func MariaDB(t testing.TB) string {
	t.Helper()
	made, err := script.Get(func() (copying, error) { return dump(t, testkit.MariaDB(t)) })
	if err != nil {
		t.Fatal(err)
	}
	at := testkit.MariaDB(t)
	db, err := sql.Open("mysql", testkit.MySQLDSN(t, at)+"?multiStatements=true&interpolateParams=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), made.statements, made.values...); err != nil {
		t.Fatalf("making the tables: %v", err)
	}
	return at
}

func migrate(at string) error {
	s, err := store.Open(context.Background(), store.Options{URL: at})
	if err != nil {
		return err
	}
	_, err = s.DB.MigrateUp(context.Background())
	if closed := s.DB.Close(); err == nil {
		err = closed
	}
	return err
}

// dump migrates a database and tells what makes another one like it.
func dump(t testing.TB, at string) (out copying, err error) {
	t.Helper()
	if err := migrate(at); err != nil {
		return out, err
	}
	db, err := sql.Open("mysql", testkit.MySQLDSN(t, at))
	if err != nil {
		return out, err
	}
	defer db.Close()
	tables, err := rowsOf(t.Context(), db, "SHOW TABLES")
	if err != nil {
		return out, err
	}
	statements := []string{"SET foreign_key_checks = 0"}
	for _, table := range tables {
		name := text(table[0])
		made, err := rowsOf(t.Context(), db, "SHOW CREATE TABLE "+name)
		if err != nil {
			return out, err
		}
		statements = append(statements, text(made[0][1]))
		rows, err := rowsOf(t.Context(), db, "SELECT * FROM "+name)
		if err != nil {
			return out, err
		}
		for _, row := range rows {
			marks := strings.TrimSuffix(strings.Repeat("?, ", len(row)), ", ")
			statements = append(statements, "INSERT INTO "+name+" VALUES ("+marks+")")
			out.values = append(out.values, row...)
		}
	}
	out.statements = strings.Join(append(statements, "SET foreign_key_checks = 1"), ";\n")
	return out, nil
}

func rowsOf(ctx context.Context, db *sql.DB, query string) (out [][]any, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// text is a text as the driver hands it over.
func text(value any) string {
	b, _ := value.([]byte)
	return string(b)
}
