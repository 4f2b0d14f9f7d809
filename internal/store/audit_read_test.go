package store_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

func TestAuditList(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		us := b.users(t, "ani", "budi") // entries 1 and 2
		for i, e := range []store.AuditEntry{
			{UserID: us[0].ID, Action: "employee.created", Table: "employees", RowID: "7",
				After: []byte(`{"name":"A"}`), Address: "10.0.0.1"},
			{UserID: us[1].ID, Action: "employee.updated", Table: "employees", RowID: "7",
				Before: []byte(`{"name":"A"}`), After: []byte(`{"name":"B"}`)},
			{Action: "branch.updated", Table: "branches", RowID: "7"},
			{UserID: 999, Action: "branch.updated", Table: "branches", RowID: "8", After: []byte{}},
		} {
			b.clock.Set(start.Add(time.Duration(i) * time.Hour))
			require.NoError(t, b.Audit(ctx, e))
		}
		list := func(f store.AuditFilter) []int64 {
			var ids []int64
			for _, r := range slices.Concat(pages(t, func(c string) ([]store.AuditRecord, string, error) {
				f.Limit, f.Cursor = 1, c
				return b.AuditLog(ctx, f)
			})...) {
				ids = append(ids, r.ID)
			}
			return ids
		}
		for name, c := range map[string]struct {
			filter store.AuditFilter
			want   []int64
		}{
			"all":                   {store.AuditFilter{}, []int64{6, 5, 4, 3, 2, 1}},
			"table":                 {store.AuditFilter{Table: "employees"}, []int64{4, 3}},
			"row":                   {store.AuditFilter{Table: "branches", RowID: "7"}, []int64{5}},
			"user":                  {store.AuditFilter{UserID: us[0].ID}, []int64{3}},
			"login":                 {store.AuditFilter{Login: " BUDI "}, []int64{4}},
			"a login of nobody":     {store.AuditFilter{Login: "siapa"}, nil},
			"action":                {store.AuditFilter{Action: "employee.updated"}, []int64{4}},
			"an action's beginning": {store.AuditFilter{Action: "branch."}, []int64{6, 5}},
			"a wildcard is a text":  {store.AuditFilter{Action: "%"}, nil},
			"from":                  {store.AuditFilter{From: start.Add(2 * time.Hour)}, []int64{6, 5}},
			"to":                    {store.AuditFilter{To: start.Add(2 * time.Hour)}, []int64{4, 3, 2, 1}},
			"between": {store.AuditFilter{From: start.Add(time.Hour), To: start.Add(2 * time.Hour)},
				[]int64{4}},
			"rubbish": {store.AuditFilter{Table: "' OR 1=1 --", Action: "\x00!_"}, nil},
		} {
			require.Equal(t, c.want, list(c.filter), name)
		}
		records, _, err := b.AuditLog(ctx, store.AuditFilter{})
		require.NoError(t, err)
		require.Equal(t, store.AuditRecord{ID: 3, CreatedAt: start, Login: "ani", Name: "Nama",
			AuditEntry: store.AuditEntry{UserID: us[0].ID, Action: "employee.created",
				Table: "employees", RowID: "7", After: []byte(`{"name":"A"}`), Address: "10.0.0.1"}}, records[3])
		require.Nil(t, records[1].Before)
		require.NotNil(t, records[0].After)
		require.Empty(t, records[0].Login, "whoever is gone")
		_, _, err = b.AuditLog(ctx, store.AuditFilter{Cursor: "x"})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err))
	})
}

func TestVerifyingInParts(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		walk := func() (parts int, w store.AuditWalk) {
			for after := int64(0); ; parts++ {
				var err error
				w, err = b.VerifyAuditPart(ctx, after, 4)
				require.NoError(t, err)
				if w.Done() {
					return parts + 1, w
				}
				require.Greater(t, w.Last, after)
				after = w.Last
			}
		}
		parts, w := walk()
		require.Equal(t, 1, parts)
		require.Zero(t, w)
		b.log(t, 10)
		parts, w = walk()
		require.Equal(t, 3, parts)
		require.Equal(t, store.AuditWalk{Last: 10, Head: 10}, w)
		w, err := b.VerifyAuditPart(ctx, 1<<60, 4)
		require.NoError(t, err)
		require.Equal(t, store.AuditWalk{Last: 10, Head: 10}, w, "past the end is the end")
		require.NoError(t, b.Exec(ctx, "UPDATE audit_log SET action = 'x' WHERE id = 6"))
		_, w = walk()
		require.Equal(t, store.AuditWalk{Broken: 6, Fault: "changed", Last: 5, Head: 10}, w)
		require.NoError(t, b.Exec(ctx, "DELETE FROM audit_log WHERE id = 4"))
		_, w = walk()
		require.Equal(t, int64(4), w.Broken)
		w, err = b.VerifyAuditPart(ctx, 4, 4)
		require.NoError(t, err)
		require.Equal(t, int64(4), w.Broken, "begun at what is missing")
	})
}
