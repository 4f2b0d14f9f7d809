package store_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/testkit"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "postgres://localhost/hadir", "mysql://", "sqlite://"} {
		_, err := store.Open(t.Context(), store.Options{URL: u})
		require.Error(t, err, u)
	}
}

func TestOpenGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := store.Open(ctx, store.Options{URL: "mysql://hadir:x@127.0.0.1:1/hadir"})
	require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err), "%v", err)
}

func TestOpenFailsAtOnceOnAWrongPassword(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(testkit.MariaDB(t))
	require.NoError(t, err)
	u.User = url.UserPassword(u.User.Username(), "wrong")
	_, err = store.Open(t.Context(), store.Options{URL: u.String()})
	require.ErrorContains(t, err, "Access denied")
	require.NoError(t, t.Context().Err())
}

func TestSQLiteFileOfAnyNameIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "Kantor #1 100% siap?.db")
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path})
	require.NoError(t, err)
	_, err = s.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, s.Close())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "closing folds the log into the file: %v", entries)
}

func TestSQLitePragmas(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.SQLite(t))
	s := b.another(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000",
		"query_only": "1"} {
		var got string
		require.NoError(t, s.Query(t.Context(), &got, "PRAGMA "+pragma))
		require.Equal(t, want, got, pragma)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	for range 2 { // the second time only if closing unregistered the first
		s, err := store.Open(t.Context(), store.Options{URL: testkit.SQLite(t), Registry: registry})
		require.NoError(t, err)
		families, err := registry.Gather()
		require.NoError(t, err)
		require.NotEmpty(t, families)
		require.NoError(t, s.Close())
	}
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Empty(t, families)
}

func TestSessionsOfTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.MariaDB(t))
	s := b.another(t)
	var got struct {
		Zone    string `bun:"zone"`
		Longest int    `bun:"longest"`
	}
	require.NoError(t, s.Query(t.Context(), &got, "SELECT @@time_zone AS zone, @@group_concat_max_len AS longest"))
	var isolation []struct {
		Name  string `bun:"Variable_name"`
		Value string `bun:"Value"`
	}
	// MySQL has the second name, MariaDB the first or both.
	require.NoError(t, s.Query(t.Context(), &isolation,
		"SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')"))
	require.NotEmpty(t, isolation)
	require.Equal(t, "READ-COMMITTED", isolation[0].Value)
	require.Equal(t, "+00:00", got.Zone)
	require.Equal(t, 1_000_000, got.Longest)
}

func TestClosedConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.MariaDB(t))
	s, killer := b.another(t), b.another(t)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	done := make(chan error)
	for range 8 { // fill the pool
		go func() { done <- s.Ping(t.Context()) }()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	var ids []int64
	require.NoError(t, killer.Query(t.Context(), &ids,
		"SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"))
	require.NotEmpty(t, ids)
	for _, id := range ids {
		require.NoError(t, killer.Exec(t.Context(), "KILL ?", id))
	}
	for range 20 {
		_, err := s.UserCount(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.EndSignIn(t.Context(), store.SignIn{Login: "nobody"}))
	}
}

func TestTheDatabaseRestarts(t *testing.T) {
	t.Parallel()
	server := testkit.StartMariaDB(t)
	b := newBench(server.URL)
	s := b.another(t)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)

	server.Kill()
	_, err = s.UserCount(t.Context())
	require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err), "%v", err)
	err = s.Audit(t.Context(), store.AuditEntry{Action: "x"})
	require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err), "%v", err)
	require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(s.Ping(t.Context())))

	server.Restart(false)
	_, err = s.UserCount(t.Context())
	require.NoError(t, err, "the first call after the restart succeeds")
	require.NoError(t, s.Audit(t.Context(), store.AuditEntry{Action: "x"}))
}

func TestACallerThatLeavesIsNotAFailureOfTheDatabase(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := b.UserCount(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.NotEqual(t, attendance.CodeUnavailable, attendance.CodeOf(err))
		_, err = b.SaveShift(ctx, attendance.Shift{Code: "P", Name: "Pagi"})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestAFullDiskIsUnavailable(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.SQLite(t))
	s := b.another(t)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	var pages int
	require.NoError(t, s.Query(t.Context(), &pages, "PRAGMA page_count"))
	require.NoError(t, s.Exec(t.Context(), "PRAGMA max_page_count = "+itoa(pages)))
	err = s.Audit(t.Context(), store.AuditEntry{Action: "x", After: bytes.Repeat([]byte("x"), 1<<20)})
	require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "full", "the cause is told")
	id, err := s.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Zero(t, id, "nothing was written")
}

// Two transactions lock two rows in opposite orders and meet in the middle: one of them is broken off and must be run
// again.
func TestADeadlockIsRepeated(t *testing.T) {
	t.Parallel()
	b := newBench(testkit.MariaDB(t))
	b.rooms = b.another(t)
	_, err := b.MigrateUp(t.Context())
	require.NoError(t, err)
	jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
	done := make(chan error, 2)
	var meet sync.WaitGroup
	meet.Add(2)
	var runs atomic.Int32
	for _, ids := range [][2]int64{{jkt.ID, djj.ID}, {djj.ID, jkt.ID}} {
		go func() {
			first := true
			done <- b.Write(t.Context(), func(exec func(string) error) error {
				runs.Add(1)
				for i, id := range ids {
					if err := exec("UPDATE branches SET name = CONCAT(name, '+') WHERE id = " + itoa(id)); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						meet.Done()
						meet.Wait()
					}
				}
				return nil
			})
		}()
	}
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.Equal(t, int32(3), runs.Load(), "one was repeated once")
	var names []string
	require.NoError(t, b.Query(t.Context(), &names, "SELECT name FROM branches ORDER BY id"))
	require.Equal(t, []string{"Jakarta++", "Jayapura++"}, names, "and each took effect once")
}

func TestTimesOfAnyZoneAreTheSameInstant(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		require.NoError(t, b.Exec(t.Context(),
			"INSERT INTO sign_in_failures (key_hash, failures, last_at) VALUES (X'00', 1, ?)",
			start.Add(time.Microsecond).In(time.FixedZone("", -7*3600))))
		var at time.Time
		require.NoError(t, b.Query(t.Context(), &at, "SELECT MAX(last_at) FROM sign_in_failures"))
		require.Equal(t, start.Add(time.Microsecond), at.UTC())
	})
}

func TestTransactionsAtOnceSucceed(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		other := b.another(t)
		done := make(chan error, 40)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() {
				if i%4 < 2 {
					done <- s.WithdrawSignIn(t.Context(), store.SignIn{Login: "a", Network: "b"})
					return
				}
				done <- s.Audit(t.Context(), store.AuditEntry{Action: "x"})
			}()
		}
		for range cap(done) {
			require.NoError(t, <-done)
		}
		id, err := b.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, id)
	})
}
