package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// More readers than this only take memory: what they read comes from the page cache, and the processors are the limit.
const sqliteMaxReaders = 16

// The writer waits this long for another process (hadir import, hadir user) to finish its transaction. In milliseconds.
const sqliteBusyTimeout = 10_000

// The page caches of the connections, each in KiB at the most. Readers lose theirs with every commit.
const (
	sqliteCache       = 8000
	sqliteReaderCache = 2000
)

// ErrNoDatabase says that a database was expected where there is none.
var ErrNoDatabase = errors.New("there is no database")

func (s *DB) openSQLite(o Options) error {
	path, err := sqlitePath(o.URL)
	if err != nil {
		return err
	}
	if o.MustExist {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w at %s", ErrNoDatabase, path)
		}
	}
	if err := createPrivate(path); err != nil {
		return err
	}
	conns := min(o.MaxConns, sqliteMaxReaders)
	if conns <= 0 {
		conns = 8
	}
	// Ping asks the writer first: it makes the file a database and switches it to the write-ahead log, which a
	// query-only connection could not.
	writer, err := connectSQLite(path, sqliteWrites, 1)
	if err != nil {
		return err
	}
	reader, err := connectSQLite(path, sqliteReads, conns)
	if err != nil {
		return errors.Join(err, writer.Close())
	}
	s.dialect, s.writer, s.reader = sqliteName, writer, reader
	s.separate = func() (*bun.DB, error) { return connectSQLite(path, sqliteMigrates, 1) }
	return nil
}

// sqlitePath takes sqlite:///absolute/path, sqlite://relative/path and, on Windows, sqlite:///C:/path.
func sqlitePath(raw string) (string, error) {
	path := strings.TrimPrefix(raw, "sqlite://")
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return "", errors.New("the URL sqlite:// needs the path of a file")
	}
	if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	return path, nil
}

// SQLiteFile is the path of the file of an SQLite database; "" of another one.
func SQLiteFile(url string) (string, error) {
	if !strings.HasPrefix(url, sqliteName+"://") {
		return "", nil
	}
	return sqlitePath(url)
}

// createPrivate makes the file readable to its owner alone, since it holds password hashes. SQLite gives its log files
// the same permissions.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // not opened here: closing it would drop the POSIX locks that this process may hold on it
	}
	if err != nil {
		return fmt.Errorf("create the SQLite file: %w", err)
	}
	return f.Close()
}

// sqliteMode is what a connection is for.
type sqliteMode int

const (
	sqliteReads sqliteMode = iota
	sqliteWrites
	sqliteMigrates // writes, and may rebuild tables that others refer to: foreign keys are checked at its end instead
)

func connectSQLite(path string, mode sqliteMode, conns int) (*bun.DB, error) {
	// busy_timeout is the first parameter, so that the ones after it already wait for a file that another process
	// holds.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(" + strconv.Itoa(sqliteBusyTimeout) +
		")"
	pragmas, lock := []string{"journal_mode(WAL)", "foreign_keys(1)", "journal_size_limit(67108864)"}, "immediate"
	cache := sqliteCache
	switch mode {
	case sqliteReads:
		pragmas, lock = []string{"query_only(1)"}, "deferred"
		cache = sqliteReaderCache
	case sqliteMigrates:
		pragmas, lock = []string{"journal_mode(WAL)", "foreign_keys(0)"}, "deferred"
	}
	for _, p := range append(pragmas, "synchronous(FULL)", "cache_size(-"+strconv.Itoa(cache)+")") {
		dsn += "&_pragma=" + p
	}
	dsn += "&_txlock=" + lock + "&_dqs=0"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return bun.NewDB(db, sqliteDialect{sqlitedialect.New()}), nil
}

// GiveBack lets go of what SQLite keeps in memory for the next busy time: the page caches, and the connections of
// readers that nobody uses. They are made anew when somebody asks.
func GiveBack(ctx context.Context, s *DB) error {
	if s.dialect != sqliteName {
		return nil
	}
	kept := s.reader.Stats().MaxOpenConnections // as many as may be idle
	s.reader.SetMaxIdleConns(-1)                // closes those that are
	s.reader.SetMaxIdleConns(kept)
	_, err := s.writer.ExecContext(ctx, "PRAGMA shrink_memory")
	return err
}

// sqliteDialect writes strings as the MySQL dialect does, leaving out NUL characters. The original turns a string that
// has one into a syntax error, which would let any request make a query fail.
type sqliteDialect struct{ *sqlitedialect.Dialect }

// AppendString writes a string literal.
func (d sqliteDialect) AppendString(b []byte, s string) []byte {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return d.Dialect.AppendString(b, s)
}
