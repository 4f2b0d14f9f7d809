package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hadir/internal/store"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

var (
	firstKey  = strings.Repeat("first-key-", 4)
	secondKey = strings.Repeat("second-key", 4)
)

// keyed opens the same database with keys of the audit log.
func (b *bench) keyed(t *testing.T, keys ...string) *rooms {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := store.Open(ctx, store.Options{URL: b.url, Clock: b.clock, AuditKeys: keys})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.DB.Close()) })
	return roomsOf(s)
}

func (r *rooms) begin(t *testing.T) {
	t.Helper()
	begun, err := r.BeginAuditKey(t.Context(), ledger.Actor{}, false)
	require.NoError(t, err)
	require.True(t, begun)
}

func (r *rooms) writes(t *testing.T, n int) {
	t.Helper()
	for range n {
		require.NoError(t, r.Audit(t.Context(), ledger.AuditEntry{UserID: 7, Action: "employee.updated",
			Table: "employees", RowID: "1", Before: []byte(`{"name":"Búdi"}`), After: []byte(`{}`),
			Address: "10.0.0.1"}))
	}
}

func (r *rooms) walk(t *testing.T, copied *ledger.AuditHead) ledger.AuditWalk {
	t.Helper()
	w, err := r.WalkAudit(t.Context(), copied)
	require.NoError(t, err)
	head, err := r.AuditHead(t.Context())
	require.NoError(t, err)
	require.NotNil(t, head.VerifiedAt)
	require.Equal(t, w.Last, head.VerifiedLast)
	require.Equal(t, w.Fault, head.Fault)
	return w
}

// Entries 1 to 3 are from before there was a key, 4 is the mark, 5 to 10 are written with it.
func (b *bench) withKey(t *testing.T) *rooms {
	b.writes(t, 3)
	s := b.keyed(t, firstKey)
	require.Equal(t, ledger.AuditUnkeyed, s.walk(t, nil).Fault, "there is a key, and nothing is written with it")
	s.begin(t)
	again, err := s.BeginAuditKey(t.Context(), ledger.Actor{}, false)
	require.NoError(t, err)
	require.False(t, again, "once")
	s.writes(t, 6)
	w := s.walk(t, nil)
	require.Zero(t, w.Broken)
	require.EqualValues(t, 10, w.Last)
	require.EqualValues(t, 4, w.KeyFrom)
	return s
}

func TestAKeyedLogGivesTamperingAway(t *testing.T) {
	cases := map[string]struct {
		statement string
		at        int64
		fault     ledger.AuditFault
	}{
		"of before, user":     {"UPDATE audit_log SET user_id = 99 WHERE id = 2", 2, ledger.AuditChanged},
		"user":                {"UPDATE audit_log SET user_id = 99 WHERE id = 6", 6, ledger.AuditChanged},
		"action":              {"UPDATE audit_log SET action = 'x' WHERE id = 6", 6, ledger.AuditChanged},
		"row":                 {"UPDATE audit_log SET row_id = 'x' WHERE id = 6", 6, ledger.AuditChanged},
		"content":             {"UPDATE audit_log SET after_json = '[]' WHERE id = 6", 6, ledger.AuditChanged},
		"half of the content": {"UPDATE audit_log SET before_json = NULL WHERE id = 6", 6, ledger.AuditChanged},
		"address":             {"UPDATE audit_log SET address = '10.0.0.2' WHERE id = 6", 6, ledger.AuditChanged},
		"time": {"UPDATE audit_log SET created_at = '2020-01-01 00:00:00' WHERE id = 6", 6,
			ledger.AuditChanged},
		"the proof":            {"UPDATE audit_log SET content_proof = X'00' WHERE id = 6", 6, ledger.AuditChanged},
		"the mark":             {"UPDATE audit_log SET action = 'x' WHERE id = 4", 4, ledger.AuditChanged},
		"the key's name":       {"UPDATE audit_log SET key_id = '' WHERE id = 6", 6, ledger.AuditUnkeyed},
		"another key's name":   {"UPDATE audit_log SET key_id = 'x' WHERE id = 6", 6, ledger.AuditChanged},
		"another key":          {"UPDATE audit_log SET key_id = 'x' WHERE id >= 4", 4, ledger.AuditWrongKey},
		"removed":              {"DELETE FROM audit_log WHERE id = 6", 6, ledger.AuditMissing},
		"removed at the start": {"DELETE FROM audit_log WHERE id < 3", 1, ledger.AuditMissing},
		"cut off":              {"DELETE FROM audit_log WHERE id > 8", 9, ledger.AuditTruncated},
		"emptied":              {"DELETE FROM audit_log", 1, ledger.AuditTruncated},
	}
	conform(t, func(t *testing.T, b *bench) {
		s, ctx := b.withKey(t), t.Context()
		require.NoError(t, b.Exec(ctx, "CREATE TABLE kept AS SELECT * FROM audit_log"))
		for name, c := range cases {
			require.NoError(t, b.Exec(ctx, c.statement), name)
			w := s.walk(t, nil)
			require.Equal(t, c.at, w.Broken, name)
			require.Equal(t, c.fault, w.Fault, name)
			require.NoError(t, b.Exec(ctx, "DELETE FROM audit_log"))
			require.NoError(t, b.Exec(ctx, "INSERT INTO audit_log SELECT * FROM kept"))
			require.Zero(t, s.walk(t, nil).Broken, "restored after: %s", name)
		}
		// What is personal may go, as a whole; the chain says where.
		require.NoError(t, b.Exec(ctx, "UPDATE audit_log SET address = '' WHERE id IN (5, 6)"))
		require.NoError(t, b.Exec(ctx, "UPDATE audit_log SET before_json = NULL, after_json = NULL WHERE id IN (6, 7)"))
		w := s.walk(t, nil)
		require.Zero(t, w.Broken)
		require.EqualValues(t, 3, w.Emptied)
	})
}

// Whoever has the database and not the key can cut the log or write it anew so that it fits itself. A copied head
// tells.
func TestACopiedHeadTellsWhatTheDatabaseCannot(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		s, ctx := b.withKey(t), t.Context()
		head, err := s.AuditHead(ctx)
		require.NoError(t, err)
		copied, err := ledger.ParseAuditHead(strings.ToUpper(head.Text()))
		require.NoError(t, err)
		require.Equal(t, head.Text(), copied.Text())
		s.writes(t, 2)
		require.Zero(t, s.walk(t, &copied).Broken, "it goes on from the copied head")

		cut := "(SELECT hash FROM audit_log WHERE id = 8)"
		require.NoError(t, b.Exec(ctx, "UPDATE audit_head SET entry_id = 8, hash = "+cut))
		require.NoError(t, b.Exec(ctx, "DELETE FROM audit_log WHERE id > 8"))
		require.Zero(t, s.walk(t, nil).Broken, "by itself it looks whole")
		w := s.walk(t, &copied)
		require.Equal(t, ledger.AuditTruncated, w.Fault)
		require.EqualValues(t, 9, w.Broken)
		b.clock.Advance(time.Minute)
		s.writes(t, 4)
		w = s.walk(t, &copied)
		require.Equal(t, ledger.AuditRewritten, w.Fault, "cut and continued")
		require.EqualValues(t, 10, w.Broken)

		require.NoError(t, b.Exec(ctx, "DELETE FROM audit_log"))
		require.NoError(t, b.Exec(ctx, "UPDATE audit_head SET entry_id = 0, key_id = '', hash = "+
			"X'0000000000000000000000000000000000000000000000000000000000000000'"))
		b.writes(t, 12)
		require.Zero(t, b.walk(t, nil).Broken, "without a key it looks whole")
		require.Equal(t, ledger.AuditUnkeyed, s.walk(t, nil).Fault)
		require.Equal(t, ledger.AuditRewritten, s.walk(t, &copied).Fault)
	})
	zeros := strings.Repeat("0", 64)
	for _, text := range []string{"", "1", "1:", "x:" + zeros, "1:" + zeros[2:], "-1:00"} {
		_, err := ledger.ParseAuditHead(text)
		require.Error(t, err, text)
	}
}

func TestKeysOfTheLog(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		s, ctx := b.withKey(t), t.Context()
		// Who does not have the key cannot go on, and says why before anything is lost.
		for _, stranger := range []*rooms{b.keyed(t), b.keyed(t, secondKey)} {
			require.ErrorIs(t, stranger.CheckAuditKey(ctx), ledger.ErrAuditKey)
			require.ErrorIs(t, stranger.Audit(ctx, ledger.AuditEntry{Action: "x"}), ledger.ErrAuditKey)
		}
		begun, err := b.keyed(t, secondKey).BeginAuditKey(ctx, ledger.Actor{}, false)
		require.ErrorIs(t, err, ledger.ErrAuditKey)
		require.False(t, begun)
		require.Equal(t, ledger.AuditWrongKey, b.keyed(t, secondKey).walk(t, nil).Fault)
		require.NoError(t, s.CheckAuditKey(ctx))

		// Another key goes in front of the first.
		both := b.keyed(t, secondKey, firstKey)
		both.writes(t, 1) // with the first, as long as nobody begins the second
		both.begin(t)
		both.writes(t, 2)
		require.Zero(t, both.walk(t, nil).Broken)
		require.ErrorIs(t, s.CheckAuditKey(ctx), ledger.ErrAuditKey, "who has the first only")
		require.Zero(t, b.keyed(t, firstKey, secondKey).walk(t, nil).Broken)
		require.Equal(t, ledger.AuditWrongKey, b.keyed(t, secondKey).walk(t, nil).Fault, "the first is gone")
		w, err := both.VerifyAuditPart(ctx, 8, 3)
		require.NoError(t, err)
		require.Zero(t, w.Broken, "a part that begins within a key, and ends within another")

		// A lost key is given up on purpose.
		lost := b.keyed(t, strings.Repeat("third-key-", 4))
		begun, err = lost.BeginAuditKey(ctx, ledger.Actor{Address: "cli:root@db"}, true)
		require.NoError(t, err)
		require.True(t, begun)
		lost.writes(t, 1)
		require.NoError(t, lost.CheckAuditKey(ctx))
	})
}
