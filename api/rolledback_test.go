package api_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// exec runs a statement on the world's database past the store, as whoever administers it might.
func (w *world) exec(statement string) {
	w.t.Helper()
	driver, dsn := "sqlite", strings.TrimPrefix(w.url, "sqlite://")+"?_pragma=busy_timeout(10000)"
	if w.store.DB.Dialect() == "mysql" {
		driver, dsn = "mysql", testkit.MySQLDSN(w.t, w.url)
	}
	db, err := sql.Open(driver, dsn)
	require.NoError(w.t, err)
	defer db.Close()
	_, err = db.ExecContext(w.t.Context(), statement)
	require.NoError(w.t, err)
}

// A request that the database refuses at its last statement leaves no task, neither in the outbox nor in the queue.
func TestAFailedRequestLeavesNoTask(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		trigger := "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END"
		if w.store.DB.Dialect() == "mysql" {
			trigger = "CREATE TRIGGER full BEFORE INSERT ON audit_log FOR EACH ROW SIGNAL SQLSTATE '45000' SET " +
				"MESSAGE_TEXT = 'full'"
		}
		w.exec(trigger)
		body := map[string]any{"work_date": "2026-11-20", "direction": "out", "time": "17:05", "reason": "lupa"}
		for range 3 {
			require.Equal(t, http.StatusInternalServerError,
				w.send(0, http.MethodPost, "/api/corrections", "jkt-1", body).status)
		}
		require.Empty(t, w.left.all(), "nothing is handed over")
		n, _, err := w.store.Outbox.OutboxBacklog(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
		w.exec("DROP TRIGGER full")
		r := w.send(0, http.MethodPost, "/api/corrections", "jkt-1", body)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		left := w.left.all()
		require.Len(t, left, 1)
		require.Equal(t, task.RequestBroadcast, left[0].Kind)
	})
}
