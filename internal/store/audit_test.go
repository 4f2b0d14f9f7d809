package store_test

import (
	"fmt"
	"testing"

	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// log writes n entries and checks that the chain holds.
func (b *bench) log(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, b.Audit(t.Context(),
			store.AuditEntry{UserID: int64(i), Action: "employee.updated", Table: "employees",
				RowID: fmt.Sprint(i), Before: []byte(`{"name":"Búdi \\ 'x'"}`), After: []byte(`{}`),
				Address: "127.0.0.1"}))
	}
	require.Zero(t, b.verify(t))
}

func (b *bench) verify(t *testing.T) int64 {
	t.Helper()
	id, err := b.VerifyAudit(t.Context())
	require.NoError(t, err)
	return id
}

func TestAuditChain(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		require.Zero(t, b.verify(t), "an empty log is whole")
		b.log(t, 3)
		long := make([]byte, 0, 300)
		for range 300 {
			long = append(long, 'x')
		}
		// Whatever the column would change must be changed before the hash is made.
		require.NoError(t, b.Audit(t.Context(),
			store.AuditEntry{Action: string(long), Before: []byte("\xff\x00 kaputt"), After: []byte{}},
			store.AuditEntry{}, store.AuditEntry{Action: "☀", RowID: "trailing  "}))
		require.NoError(t, b.Audit(t.Context()))
		many := make([]store.AuditEntry, 2500) // more than one page of the walk
		require.NoError(t, b.Audit(t.Context(), many...))
		require.Zero(t, b.verify(t))
	})
}

func TestAuditAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		other := b.another(t)
		done := make(chan error, 16)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() { done <- s.Audit(t.Context(), store.AuditEntry{Action: "a"}, store.AuditEntry{Action: "b"}) }()
		}
		for range cap(done) {
			require.NoError(t, <-done)
		}
		require.Zero(t, b.verify(t))
		var n int
		require.NoError(t, b.Query(t.Context(), &n, "SELECT COUNT(*) FROM audit_log"))
		require.Equal(t, 2*cap(done), n)
	})
}

func TestAuditGivesTamperingAway(t *testing.T) {
	cases := map[string]struct {
		statement string
		found     int64
	}{
		"user":                 {"UPDATE audit_log SET user_id = 99 WHERE id = 4", 4},
		"action":               {"UPDATE audit_log SET action = 'x' WHERE id = 4", 4},
		"table":                {"UPDATE audit_log SET table_name = 'x' WHERE id = 4", 4},
		"row":                  {"UPDATE audit_log SET row_id = 'x' WHERE id = 4", 4},
		"before":               {"UPDATE audit_log SET before_json = '{}' WHERE id = 4", 4},
		"before and after":     {"UPDATE audit_log SET before_json = NULL WHERE id = 4", 4},
		"after":                {"UPDATE audit_log SET after_json = '' WHERE id = 4", 4},
		"address":              {"UPDATE audit_log SET address = 'x' WHERE id = 4", 4},
		"time":                 {"UPDATE audit_log SET created_at = '2020-01-01 00:00:00' WHERE id = 4", 4},
		"hash":                 {"UPDATE audit_log SET hash = X'00' WHERE id = 4", 4},
		"the first":            {"UPDATE audit_log SET action = 'x' WHERE id = 1", 1},
		"the last":             {"UPDATE audit_log SET action = 'x' WHERE id = 9", 9},
		"removed":              {"DELETE FROM audit_log WHERE id = 4", 4},
		"removed at the start": {"DELETE FROM audit_log WHERE id < 3", 1},
		"removed at the end":   {"DELETE FROM audit_log WHERE id > 7", 8},
		"emptied":              {"DELETE FROM audit_log", 1},
		"swapped": {"UPDATE audit_log SET user_id = 7 - user_id, row_id = user_id, hash = (SELECT h FROM (SELECT 1 " +
			"AS id, hash AS h FROM audit_log " +
			"WHERE id = 4) AS x) WHERE id IN (4, 5)", 4},
	}
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.log(t, 9)
		require.NoError(t, b.Exec(ctx, "CREATE TABLE kept AS SELECT * FROM audit_log"))
		for name, c := range cases {
			require.NoError(t, b.Exec(ctx, c.statement), name)
			require.Equal(t, c.found, b.verify(t), name)
			require.NoError(t, b.Exec(ctx, "DELETE FROM audit_log"))
			require.NoError(t, b.Exec(ctx, "INSERT INTO audit_log SELECT * FROM kept"))
			require.Zero(t, b.verify(t), "restored after: %s", name)
		}
	})
}
