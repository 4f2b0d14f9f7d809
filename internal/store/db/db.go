// Package db is the lowest room of the store: connections to MySQL, MariaDB or SQLite, what differs between them,
// transactions and their retries, pipelines, migrations, the cursors of lists, and small helpers for rows.
//
// Every error is an *attendance.Error or wraps the driver's: CodeUnavailable when the database cannot be reached, is
// locked for too long, or has no room left, so that a caller may answer "try again"; CodeNotFound, CodeConflict and
// CodeInvalid where the documentation says so.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/uptrace/bun"
)

// Options configures Open.
type Options struct {
	URL      string // sqlite:///path/hadir.db or mysql://user:password@host:3306/name?param=value
	MaxConns int    // of the pool; 0 means 32 (readers, on SQLite: 8, at most 16)
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer // nil: no metrics
	// MustExist refuses an SQLite file that does not exist, with ErrNoDatabase, instead of making it. MySQL's never
	// are.
	MustExist bool
}

// The dialects.
const (
	mysqlName  = "mysql"
	sqliteName = "sqlite"
)

// DB is a database handle, safe for concurrent use.
type DB struct {
	dialect string
	// writer takes every transaction and statement that changes something. On MySQL both are the same pool; on SQLite
	// the writer is one connection, because the file takes one writer at a time and waiting in Go's queue is fair,
	// while waiting in SQLite's busy handler is not. The readers are opened query-only.
	writer *bun.DB
	reader *bun.DB
	// scripts is MySQL's pool for pipelines, on which a statement may hold several.
	scripts *bun.DB
	// packets is another such pool, for reads (Together): they wait for one another, and no batch of punches for them.
	// It is nil where there are too few connections for one more pool.
	packets *bun.DB
	// separate opens one more connection apart from the pools, for migrations: no read timeout, and nothing else on it.
	separate func() (*bun.DB, error)
	Clock    clock.Clock
	Log      *slog.Logger
	// autoIncrement is MySQL's auto_increment_increment, 0 until it was asked for.
	autoIncrement  atomic.Int64
	afterMigrating []Migrated
	retries        prometheus.Counter
	metrics        []prometheus.Collector
	registry       prometheus.Registerer
}

// Open connects; it does not check the schema. A database that does not answer is asked again until ctx ends, so ctx
// should have a deadline; any other failure, such as a wrong password, ends it at once.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &DB{Clock: o.Clock, Log: o.Log, registry: o.Registry,
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hadir_store_retries_total",
			Help: "Transactions that were run again after a deadlock, a lock timeout or a busy database.",
		})}
	var err error
	switch scheme, _, _ := strings.Cut(o.URL, "://"); scheme {
	case mysqlName:
		err = s.openMySQL(o)
	case sqliteName:
		err = s.openSQLite(o)
	default:
		err = errors.New("the database's URL must begin with sqlite:// or mysql://")
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err = s.awaitAnswer(ctx); err == nil {
		err = s.register()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), s.Close())
	}
	return s, nil
}

// awaitAnswer pings until the database answers, with pauses that grow to 2 s.
func (s *DB) awaitAnswer(ctx context.Context) error {
	return again(ctx, &backoff.ExponentialBackOff{InitialInterval: 50 * time.Millisecond, MaxInterval: 2 * time.Second,
		Multiplier: 2}, func() error { return s.Ping(ctx) },
		func(err error) bool { return attendance.CodeOf(err) == attendance.CodeUnavailable },
		backoff.WithNotify(func(err error, _ time.Duration) {
			s.Log.WarnContext(ctx, "the database does not answer yet", "error", err)
		}))
}

func (s *DB) register() error {
	if s.registry == nil {
		return nil
	}
	s.metrics = []prometheus.Collector{s.retries, collectors.NewDBStatsCollector(s.writer.DB, "writer")}
	if s.reader != s.writer {
		s.metrics = append(s.metrics, collectors.NewDBStatsCollector(s.reader.DB, "reader"))
	}
	if s.scripts != nil {
		s.metrics = append(s.metrics, collectors.NewDBStatsCollector(s.scripts.DB, "scripts"))
	}
	if s.packets != nil {
		s.metrics = append(s.metrics, collectors.NewDBStatsCollector(s.packets.DB, "packets"))
	}
	for i, m := range s.metrics {
		if err := s.registry.Register(m); err != nil {
			s.metrics = s.metrics[:i]
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// Close releases the connections.
func (s *DB) Close() error {
	for _, m := range s.metrics {
		s.registry.Unregister(m)
	}
	s.metrics = nil
	err := s.reader.Close()
	if s.writer != s.reader {
		// Last, so that SQLite's closing checkpoint finds no reader and folds the log into the file.
		err = errors.Join(err, s.writer.Close())
	}
	if s.scripts != nil {
		err = errors.Join(err, s.scripts.Close())
	}
	if s.packets != nil {
		err = errors.Join(err, s.packets.Close())
	}
	return err
}

// Ping asks the database for an answer.
func (s *DB) Ping(ctx context.Context) error {
	if err := s.writer.PingContext(ctx); err != nil {
		return Failed("ping", err)
	}
	if s.reader != s.writer {
		return Failed("ping", s.reader.PingContext(ctx))
	}
	return nil
}

// Dialect is "mysql" or "sqlite".
func (s *DB) Dialect() string { return s.dialect }

// SQLite tells whether the database is a file of SQLite, else it is a server of MySQL or MariaDB.
func (s *DB) SQLite() bool { return s.dialect == sqliteName }

// Builder returns the handle that makes statements for a pipeline. Nothing is to be run on it.
func (s *DB) Builder() *bun.DB { return s.writer }

// Read returns the handle for statements that change nothing.
func (s *DB) Read() bun.IDB { return s.reader }

// Watch lets tests see the statements of all connections.
func Watch(s *DB, hook bun.QueryHook) {
	seen := map[*bun.DB]bool{nil: true}
	for _, pool := range []*bun.DB{s.writer, s.reader, s.scripts, s.packets} {
		if !seen[pool] {
			seen[pool] = true
			pool.AddQueryHook(hook) //nolint:staticcheck // its successor returns another DB than this one holds
		}
	}
}

// Write runs fn in a transaction and commits it, and repeats the whole when the database broke it off for the sake of
// others (deadlock, lock timeout, busy file). So fn must not keep anything of an earlier run. After an error of
// CodeUnavailable the transaction may still have been committed: the connection can break between the commit and its
// answer.
func (s *DB) Write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return s.retry(ctx, func() error { return s.writer.RunInTx(ctx, nil, fn) })
}

// WriteOne is Write for a single statement, which needs no transaction around it.
func (s *DB) WriteOne(ctx context.Context, fn func(ctx context.Context, db bun.IDB) error) error {
	return s.retry(ctx, func() error { return fn(ctx, s.writer) })
}

// ForUpdate makes a query lock its rows, on databases that have row locks. SQLite locks the file when a transaction
// begins.
func (s *DB) ForUpdate(q *bun.SelectQuery, suffix string) *bun.SelectQuery {
	if s.dialect == mysqlName {
		return q.For("UPDATE" + suffix)
	}
	return q
}

// LockCompany puts transactions in line whose outcome depends on how many rows a table has: an empty table has no row
// to lock, so a row that is always there takes its place. SQLite has one writer at a time.
func (s *DB) LockCompany(ctx context.Context, tx bun.Tx) error {
	var version int64
	q := tx.NewSelect().Table("reference_version").Column("version").Where("id = 1")
	return s.ForUpdate(q, "").Scan(ctx, &version)
}

// DatabaseTime returns the database server's clock, UTC; an embedded database has this machine's.
func (s *DB) DatabaseTime(ctx context.Context) (time.Time, error) {
	if s.SQLite() {
		return s.Clock.Now().UTC(), nil
	}
	var micros int64
	err := s.Read().NewRaw("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)").Scan(ctx, &micros)
	return time.UnixMicro(micros).UTC(), Failed("read the database's clock", err)
}
