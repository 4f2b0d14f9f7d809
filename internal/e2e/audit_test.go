package e2e

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // by which the log is tampered with
)

// auditKey is the key of the audit log of programs that a test starts.
const auditKey = "HADIR_AUDIT_KEY=the-key-lies-outside-of-the-database"

// onBoth runs a test on a database of each dialect that has the schema and a keyed audit log.
func onBoth(t *testing.T, test func(t *testing.T, s *stack, url string)) {
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &stack{t: t}
			s.env = []string{"HADIR_DATABASE_URL=" + url, "HADIR_DATA_DIR=" + t.TempDir(), auditKey}
			for _, args := range [][]string{{"migrate", "up"}, {"audit", "rekey"}} {
				out, err := s.command(args...).CombinedOutput()
				require.NoError(t, err, string(out))
			}
			var err error
			s.store, err = store.Open(t.Context(), store.Options{URL: url, Clock: clock.System(),
				Log:       slog.New(slog.DiscardHandler),
				AuditKeys: []string{strings.TrimPrefix(auditKey, "HADIR_AUDIT_KEY=")}})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.store.Close() })
			test(t, s, url)
		})
	}
}

// verifyAudit runs 'hadir audit verify' and returns its exit status and what it says.
func (s *stack) verifyAudit(args ...string) (status int, says string) {
	s.t.Helper()
	cmd := s.command(append([]string{"audit", "verify"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		require.IsType(s.t, &exec.ExitError{}, err, string(out))
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// What an administrator does in Asynqmon is in the audit log before it happens; who only may look does nothing there.
func TestActsInAsynqmonAreInTheAuditLog(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stack, _ string) {
		ctx := t.Context()
		redis := testkit.StartRedis(t, testkit.RedisOptions{})
		address := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
		base := "http://" + address + "/monitor/api/queues/default"
		s.env = append(s.env, "HADIR_REDIS_URL="+redis.URL, "HADIR_PUSHER_APP_ID=e2e", "HADIR_PUSHER_KEY="+pusherKey,
			"HADIR_PUSHER_SECRET="+pusherSecret, "HADIR_DRAIN_DELAY=0s", "HADIR_MONITOR_ADDR="+address)
		broker, err := queue.Open(ctx, queue.Options{URL: redis.URL, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = broker.Close() })
		const id = "recap-tick:1"
		require.NoError(t, queue.NewClient(broker).Enqueue(ctx, task.RecapTick, id, task.Tick{V: 1},
			queue.EnqueueOptions{}))
		s.start("monitor", 1)
		admin := s.signIn(account.User{Login: "admin@e2e.test", Name: "Admin", Role: account.RoleAdmin})
		ops := s.signIn(account.User{Login: "ops@e2e.test", Name: "Ops", Role: account.RoleOps})
		acts := func() []ledger.AuditRecord {
			records, _, err := s.store.Audit.AuditLog(ctx, ledger.AuditFilter{Action: ledger.MonitorActed})
			require.NoError(t, err)
			return records
		}
		act := func(p person, path string, body any) int {
			status, err := call(ctx, http.MethodPost, base+path, p.token, nil, body, nil)
			if status == 0 {
				require.NoError(t, err)
			}
			return status
		}
		_, err = call(ctx, http.MethodGet, base, admin.token, nil, nil, nil)
		require.NoError(t, err)
		require.Empty(t, acts(), "looking is no act")
		require.NotEqual(t, 2, act(ops, ":pause", nil)/100, "an operator looks")
		require.Equal(t, http.StatusUnauthorized, act(person{token: "nobody's"}, ":pause", nil))
		require.Empty(t, acts())

		require.Equal(t, 2, act(admin, ":pause", nil)/100)
		require.Equal(t, 2, act(admin, "/pending_tasks:batch_archive", map[string][]string{"task_ids": {id}})/100)
		var now struct {
			Current struct {
				Paused   bool `json:"paused"`
				Archived int  `json:"archived"`
			} `json:"current"`
		}
		_, err = call(ctx, http.MethodGet, base, admin.token, nil, nil, &now)
		require.NoError(t, err)
		require.True(t, now.Current.Paused)
		require.Equal(t, 1, now.Current.Archived)
		records := acts()
		require.Len(t, records, 2, "newest first")
		for _, r := range records {
			require.Equal(t, admin.user.ID, r.UserID)
			require.Equal(t, "admin@e2e.test", r.Login)
			require.Equal(t, "127.0.0.1", r.Address)
			require.Equal(t, "queues", r.Table)
		}
		require.JSONEq(t, `{"method": "POST", "path": "/monitor/api/queues/default:pause"}`, string(records[1].After))
		require.JSONEq(t, `{"method": "POST", "path": "/monitor/api/queues/default/pending_tasks:batch_archive",
			"target": "{\"task_ids\":[\"`+id+`\"]}"}`, string(records[0].After))
		status, says := s.verifyAudit()
		require.Zero(t, status, says)
	})
}

// Whoever has the database can make the log fit itself again after cutting or rewriting it. Only a head that was copied
// elsewhere tells, by the program that an operator runs.
func TestVerifyingTheAuditLogFromACopiedHead(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stack, url string) {
		driver, dsn := "sqlite", strings.TrimPrefix(url, "sqlite://")
		if strings.HasPrefix(url, "mysql:") {
			driver, dsn = "mysql", testkit.MySQLDSN(t, url)
		}
		db, err := sql.Open(driver, dsn)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		tamper := func(statements ...string) {
			t.Helper()
			for _, statement := range statements {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err, statement)
			}
		}
		expect := func(status int, words string, args ...string) {
			t.Helper()
			got, says := s.verifyAudit(args...)
			require.Equal(t, status, got, says)
			require.Contains(t, says, words)
		}
		people := func(names ...string) {
			t.Helper()
			for _, name := range names {
				cmd := s.command("user", "add", name+"@e2e.test", "--role", "admin")
				cmd.Stdin = strings.NewReader("kata-sandi-panjang\n")
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, string(out))
			}
		}
		people("ana", "budi", "citra") // entries 3 to 5: the schema and the key have the first two
		out, err := s.command("audit", "head").Output()
		require.NoError(t, err)
		head := strings.TrimSpace(string(out))
		require.Regexp(t, `^5:[0-9a-f]{64}$`, head)
		expect(0, "it goes on from the copied head, entry 5", "--head", head)

		// An entry is changed: the chain itself tells.
		tamper("UPDATE audit_log SET row_id = '77' WHERE id = 4")
		expect(3, "CHANGED: entry 4")
		tamper("UPDATE audit_log SET row_id = (SELECT id FROM users WHERE login = 'budi@e2e.test') WHERE id = 4")
		expect(0, "whole: 5 entries")

		// The end is cut off, and the head in the database with it.
		tamper("UPDATE audit_head SET entry_id = 4, hash = (SELECT hash FROM audit_log WHERE id = 4)",
			"DELETE FROM audit_log WHERE id > 4")
		expect(0, "whole: 4 entries")
		expect(5, "TRUNCATED: the log ends with entry 4, but there were entries up to 5", "--head", head)

		// Somebody with the key, too, goes on from there as if nothing had been.
		people("dewi", "eka")
		expect(0, "whole: 6 entries")
		expect(3, "REWRITTEN: entry 5", "--head", head)

		// All of it is written anew without the key.
		tamper("DELETE FROM audit_log", "UPDATE audit_head SET entry_id = 0, key_id = '', hash = X'"+
			strings.Repeat("0", 64)+"'")
		keyed := s.env
		s.env = keyed[:len(keyed)-1]
		require.Equal(t, auditKey, keyed[len(keyed)-1])
		people("fajar", "gita", "hana", "indra", "joko")
		expect(0, "it has no key")
		expect(3, "REWRITTEN: entry 5", "--head", head)
		s.env = keyed
		expect(7, "WITHOUT KEY")
	})
}
