package store_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"

	"hadir/internal/account"
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

// Of two who read alike already, the one without a key is still changed and disabled, is found in files, and has the
// key as soon as the other gives it up.
func TestWhoReadsLikeSomebodyIsStillChanged(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt := b.branch(t, jakarta)
		es := []attendance.Employee{{Number: "JKT-1", Name: "Satu", BranchID: jkt.ID},
			{Number: "X-2", Name: "Dua", BranchID: jkt.ID}}
		_, err := b.UpsertEmployees(ctx, es)
		require.NoError(t, err)
		require.NoError(t, b.Exec(ctx, "UPDATE employees SET number = 'jkt-1', number_key = NULL WHERE number = 'X-2'"))
		rename := func(id int64, number string) error {
			_, err := b.edit(ctx, id, func(e *attendance.Employee) error { e.Number = number; return nil })
			return err
		}
		require.NoError(t, rename(es[0].ID, "A-1"))
		found, err := b.EmployeesByNumber(ctx, []string{"Jkt-1"})
		require.NoError(t, err)
		require.Equal(t, es[1].ID, found["Jkt-1"].ID, "the key went to who lacked it")
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(rename(es[0].ID, "Jkt-1")))

		_, err = b.AddUsers(ctx, []account.User{{Login: "adi", Name: "Adi", Role: account.RoleOps, Locale: "id"},
			{Login: "budi", Name: "Budi", Role: account.RoleOps, Locale: "id"}}, []string{"h1", "h2"})
		require.NoError(t, err)
		u, _, err := b.UserByLogin(ctx, "budi")
		require.NoError(t, err)
		require.NoError(t, b.Exec(ctx, "UPDATE users SET login = 'Ａdi' WHERE id = ?", u.ID))
		now := b.clock.Now()
		after, err := b.UpdateUser(ctx, ledger.Actor{}, u.ID, func(u *account.User) error {
			u.DisabledAt = &now
			return nil
		})
		require.NoError(t, err)
		require.NotNil(t, after.DisabledAt)
		require.Equal(t, "Ａdi", after.Login)
	})
}
