package store_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

func TestUserList(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := b.hire(t, b.branch(t, jakarta), 2)[1]
		made, err := b.AddUsers(ctx, []account.User{
			{Login: "ani@contoh.id", Name: "Ani ÉLOK", Role: account.RoleAdmin},
			{Login: "budi_100%", Name: "Budi", Role: account.RoleOps},
			{Login: "citra", Name: "Citra", Role: account.RoleEmployee, EmployeeID: e.ID},
			{Login: "dedi", Name: "Dedi", Role: account.RoleOps, DisabledAt: ptr(start)},
		}, []string{"h", "h", "h", "h"})
		require.NoError(t, err)
		for i, ends := range []time.Duration{time.Hour, 2 * time.Hour, -time.Hour} {
			require.NoError(t,
				b.AddSession(ctx,
					account.Session{TokenHash: sha256.Sum256([]byte{byte(i)}), UserID: made[2].ID,
						CreatedAt: start.Add(time.Duration(i) * time.Minute), ExpiresAt: start.Add(ends)}))
		}
		list := func(f store.UserFilter) []string {
			var logins []string
			for _, u := range slices.Concat(
				pages(t, func(c string) ([]store.UserEntry, string, error) {
					f.Limit, f.Cursor = 2,
						c
					return b.Users(ctx, f)
				})...) {
				logins = append(logins, u.Login)
			}
			return logins
		}
		yes, no := true, false
		for name, c := range map[string]struct {
			filter store.UserFilter
			want   []string
		}{
			"all":                {store.UserFilter{}, []string{"ani@contoh.id", "budi_100%", "citra", "dedi"}},
			"role":               {store.UserFilter{Role: account.RoleOps}, []string{"budi_100%", "dedi"}},
			"disabled":           {store.UserFilter{Disabled: &yes}, []string{"dedi"}},
			"active":             {store.UserFilter{Disabled: &no, Role: account.RoleOps}, []string{"budi_100%"}},
			"login's beginning":  {store.UserFilter{Query: " ANI@"}, []string{"ani@contoh.id"}},
			"login's middle":     {store.UserFilter{Query: "contoh"}, nil},
			"part of the name":   {store.UserFilter{Query: "élo"}, []string{"ani@contoh.id"}},
			"wildcards are text": {store.UserFilter{Query: "%"}, nil},
			"underscores, too":   {store.UserFilter{Query: "budi_1"}, []string{"budi_100%"}},
			"rubbish":            {store.UserFilter{Query: "' OR 1=1 --\x00"}, nil},
		} {
			require.Equal(t, c.want, list(c.filter), name)
		}
		got, err := b.UserEntry(ctx, made[2].ID)
		require.NoError(t, err)
		require.Equal(t, store.UserEntry{User: made[2], EmployeeNumber: e.Number, EmployeeName: e.Name, Sessions: 2,
			SignedInAt: ptr(start.Add(time.Minute))}, got)
		_, err = b.UserEntry(ctx, 999)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		_, _, err = b.Users(ctx, store.UserFilter{Cursor: "x"})
		require.Equal(t, attendance.CodeInvalidCursor, attendance.CodeOf(err))
	})
}

func TestChangingUsers(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br := b.branch(t, jakarta)
		es := b.hire(t, br, 2)
		user := func(login string, role account.Role) account.User {
			return account.User{Login: login, Name: login, Role: role, Locale: "id"}
		}
		for field, u := range map[string]account.User{
			"login": user("a b", account.RoleOps),
			"branch_ids": {Login: "x", Name: "x", Role: account.RoleBranchAdmin, Locale: "id",
				BranchIDs: []int64{br.ID, 999}},
			"employee_id": {Login: "x", Name: "x", Role: account.RoleEmployee, Locale: "id", EmployeeID: 999},
		} {
			_, err := b.CreateUsers(ctx, ledger.Actor{UserID: 1, Address: "a"}, []account.User{u}, []string{"h"})
			var known *attendance.Error
			require.ErrorAs(t, err, &known)
			require.Equal(t, field, known.Field)
		}
		made, err := b.CreateUsers(ctx, ledger.Actor{UserID: 42, Address: "10.0.0.1"},
			[]account.User{user("Satu", account.RoleAdmin), user("dua", account.RoleOps)},
			[]string{"rahasia-1", "rahasia-2"})
		require.NoError(t, err)
		require.Equal(t, "satu", made[0].Login)
		admin, ops := made[0].ID, made[1].ID
		_, err = b.CreateUsers(ctx, ledger.Actor{UserID: 42}, []account.User{user("SATU", account.RoleOps)},
			[]string{"h"})
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))

		update := func(id int64, change func(u *account.User)) (account.User, error) {
			by := ledger.Actor{UserID: admin, Address: "10.0.0.2"}
			return b.UpdateUser(ctx, by, id, func(u *account.User) error { change(u); return nil })
		}
		disable := func(u *account.User) { u.DisabledAt = ptr(start) }
		for name, change := range map[string]func(u *account.User){"disabled": disable,
			"demoted": func(u *account.User) { u.Role = account.RoleOps }} {
			_, err = update(admin, change)
			require.Equal(t, account.CodeLastAdmin, attendance.CodeOf(err), name)
		}
		_, err = update(999, disable)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		_, err = update(ops, func(u *account.User) { u.Login = "Satu" })
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(err))
		_, err = update(ops, func(u *account.User) { u.Role = account.RoleBranchAdmin })
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
		same, err := update(ops, func(*account.User) {})
		require.NoError(t, err)
		require.Equal(t, made[1], same)

		got, err := update(ops, func(u *account.User) {
			u.Login, u.Name, u.Role, u.BranchIDs, u.EmployeeID, u.Locale = "TIGA", "Tiga", account.RoleBranchAdmin,
				[]int64{br.ID}, es[0].ID, "en"
		})
		require.NoError(t, err)
		again, hash, err := b.UserByLogin(ctx, "tiga")
		require.NoError(t, err)
		require.Equal(t, got, again)
		require.Equal(t, "rahasia-2", hash, "the password stays")
		got, err = update(ops, func(u *account.User) { u.Role = account.RoleOps })
		require.NoError(t, err)
		require.Empty(t, got.BranchIDs, "the scope goes with the role")

		token := sha256.Sum256([]byte("s"))
		session := func() {
			require.NoError(t,
				b.AddSession(ctx,
					account.Session{TokenHash: token, UserID: ops, CreatedAt: start, ExpiresAt: start.Add(time.Hour)}))
		}
		gone := func() {
			_, _, err := b.SessionUser(ctx, token)
			require.Equal(t, account.CodeUnauthenticated, attendance.CodeOf(err))
		}
		session()
		_, err = update(ops, disable)
		require.NoError(t, err)
		_, err = update(ops, func(u *account.User) { u.DisabledAt = nil })
		require.NoError(t, err)
		gone()
		session()
		require.NoError(t, b.ChangePassword(ctx, store.Actor{UserID: admin, Address: "10.0.0.3"},
			store.NewPassword{UserID: ops, Hash: "rahasia-3"}))
		gone()
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(b.ChangePassword(ctx, store.Actor{UserID: admin},
			store.NewPassword{UserID: 999, Hash: "x"})))

		records, _, err := b.AuditLog(ctx, store.AuditFilter{Table: "users"})
		require.NoError(t, err)
		records = slices.DeleteFunc(records, func(r store.AuditRecord) bool { return r.Action == "user.signed_in" })
		var actions []string
		for _, r := range slices.Backward(records) {
			actions = append(actions, fmt.Sprintf("%s %s by %d", r.Action, r.RowID, r.UserID))
			require.NotContains(t, string(r.Before)+string(r.After), "rahasia")
		}
		by := func(action string, id int64) string { return fmt.Sprintf("%s %d by %d", action, id, admin) }
		require.Equal(t, []string{fmt.Sprintf("user.created %d by 42", admin),
			fmt.Sprintf("user.created %d by 42", ops), by("user.updated", ops), by("user.updated", ops),
			by("user.disabled", ops), by("user.enabled", ops),
			by("user.password_set", ops)}, actions, "refused and empty changes leave nothing")
		require.JSONEq(t, fmt.Sprintf(
			`{"id":%d,"login":"dua","name":"dua","role":"ops","locale":"id","created_at":"2026-11-23T02:00:00Z"}`,
			ops), string(records[4].Before))
		require.Contains(t, string(records[4].After), `"login":"tiga"`)
		require.Equal(t, "10.0.0.2", records[4].Address)
		require.Zero(t, b.verify(t))
	})
}

// Two administrators who disable each other at the same moment: one of them stays.
func TestTheLastAdministratorsAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		other := b.another(t)
		for round := range 3 {
			us := make([]account.User, 4)
			for i := range us {
				us[i] = account.User{Login: fmt.Sprintf("admin-%d-%d", round, i), Name: "A", Role: account.RoleAdmin,
					Locale: "id"}
			}
			made, err := b.CreateUsers(ctx, ledger.Actor{}, us, make([]string, len(us)))
			require.NoError(t, err)
			if round > 0 { // those of the round before make room
				require.NoError(t, b.Exec(ctx, "UPDATE users SET role = 'ops' WHERE id < ?", made[0].ID))
			}
			done := make(chan error, len(made))
			for i, u := range made {
				s := b.rooms
				if i%2 == 0 {
					s = other
				}
				go func() {
					_, err := s.UpdateUser(ctx, ledger.Actor{}, u.ID, func(u *account.User) error {
						if i < 2 {
							u.Role = account.RoleOps
						} else {
							u.DisabledAt = ptr(start)
						}
						return nil
					})
					done <- err
				}()
			}
			refused := 0
			for range made {
				if err := <-done; err != nil {
					require.Equal(t, account.CodeLastAdmin, attendance.CodeOf(err))
					refused++
				}
			}
			require.Equal(t, 1, refused)
		}
	})
}

func TestEmployeesWithoutUser(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, jkt, 4), b.hire(t, djj, 2)...)
		es[0].Status = attendance.EmployeeInactive
		b.employees(t, es[0])
		_, err := b.AddUsers(ctx,
			[]account.User{{Login: "siapa", Name: "Siapa", Role: account.RoleEmployee, EmployeeID: es[1].ID},
				{Login: es[2].Number, Name: "Nomor", Role: account.RoleOps}}, []string{"", ""})
		require.NoError(t, err)
		find := func(branches []int64, limit int) ([]attendance.Employee, int) {
			found, n, err := b.WithoutUser(ctx, branches, limit)
			require.NoError(t, err)
			return found, n
		}
		found, n := find(nil, 2)
		require.Equal(t, []attendance.Employee{es[3], es[4]}, found)
		require.Equal(t, 3, n)
		found, n = find([]int64{jkt.ID}, 10)
		require.Equal(t, []attendance.Employee{es[3]}, found)
		require.Equal(t, 1, n)
		found, n = find([]int64{}, 10)
		require.Empty(t, found)
		require.Zero(t, n)
	})
}
