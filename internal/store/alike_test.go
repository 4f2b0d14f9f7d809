package store_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// Numbers that read alike before there were keys keep nothing from migrating: the first has the key, the log names the
// others, each is found as it is written, and nobody new looks like one of them.
func TestNumbersThatReadAlikeAlready(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt := b.branch(t, jakarta)
		es := []attendance.Employee{{Number: "JKT-1", Name: "Satu", BranchID: jkt.ID},
			{Number: "X-2", Name: "Dua", BranchID: jkt.ID}, {Number: "JKT-3", Name: "Tiga", BranchID: jkt.ID}}
		_, err := b.UpsertEmployees(ctx, es)
		require.NoError(t, err)
		for _, q := range []string{"UPDATE employees SET number_key = NULL",
			"UPDATE employees SET number = 'jkt-1' WHERE number = 'X-2'",
			"DELETE FROM schema_migrations WHERE name = '0077'"} {
			require.NoError(t, b.Exec(ctx, q))
		}
		drop := []string{"ALTER TABLE employees DROP COLUMN number_key"}
		if b.Dialect() == "sqlite" {
			drop = append([]string{"DROP INDEX employees_number_key"}, drop...)
		}
		for _, q := range drop {
			require.NoError(t, b.Exec(ctx, q))
		}
		var log bytes.Buffer
		s, err := store.Open(ctx, store.Options{URL: b.url, Clock: b.clock,
			Log: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		names, err := s.DB.MigrateUp(ctx)
		require.NoError(t, err)
		require.Len(t, names, 1)
		require.Contains(t, log.String(), "number=jkt-1 like=JKT-1")

		found, err := s.Employees.EmployeesByNumber(ctx, []string{"JKT-1", "jkt-1", "Jkt-1", "jkt-3"})
		require.NoError(t, err)
		got := map[string]string{}
		for n, e := range found {
			got[n] = e.Name
		}
		require.Equal(t, map[string]string{"JKT-1": "Satu", "jkt-1": "Dua", "Jkt-1": "Satu", "jkt-3": "Tiga"}, got)

		// The file that both are in still says what it said; the one without a key changes, and gets another number.
		again := []attendance.Employee{es[0], {Number: "jkt-1", Name: "Dua Baru", BranchID: jkt.ID}}
		results, err := s.Employees.UpsertEmployees(ctx, again)
		require.NoError(t, err)
		require.Equal(t, []attendance.UpsertResult{attendance.Unchanged, attendance.Updated}, results)
		rename := func(number string) error {
			_, err := b.edit(ctx, es[1].ID, func(e *attendance.Employee) error { e.Number = number; return nil })
			return err
		}
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(rename("Jkt-3")))
		require.NoError(t, rename("JKT-2"))
		like := attendance.Employee{Number: "jkt-2", Name: "Lain", BranchID: jkt.ID}
		_, err = b.AddEmployee(ctx, like, ledger.Actor{})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
	})
}

// Two who add numbers that read alike at the same moment do not both succeed, and nobody's row is changed for that of
// another.
func TestNumbersThatReadAlikeAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		jkt := b.branch(t, jakarta)
		other := b.another(t)
		for _, pair := range [][2]string{{"A-1", "a-1"}, {"B-1", "ｂ-1"}, {"C-1", "c-1"}, {"D-1", "d-1"}} {
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, s := range []*rooms{b.rooms, other} {
				wg.Go(func() {
					_, errs[i] = s.UpsertEmployees(t.Context(),
						[]attendance.Employee{{Number: pair[i], Name: "Nama " + pair[i], BranchID: jkt.ID}})
				})
			}
			wg.Wait()
			lost := 0
			for i, err := range errs {
				found, notFound := b.EmployeesByNumber(t.Context(), pair[i:i+1])
				require.NoError(t, notFound)
				if err != nil {
					lost++
					require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err), "%v", err)
					require.Equal(t, "Nama "+pair[1-i], found[pair[i]].Name)
				} else {
					require.Equal(t, "Nama "+pair[i], found[pair[i]].Name)
				}
			}
			require.Equal(t, 1, lost, "%v", errs)
		}
	})
}
