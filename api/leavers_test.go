package api_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Who leaves the company leaves the program in the same step, unless it is said otherwise, and as far as the one who
// says so may.
func TestLeaversAreSignedOut(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		leave := func(as string, employee int64, more map[string]any) reply {
			path := fmt.Sprintf("/api/employees/%d", employee)
			body := map[string]any{"status": "inactive", "version": w.send(0, "GET", path, as, nil).json["version"]}
			for k, v := range more {
				body[k] = v
			}
			return w.send(0, "PATCH", path, as, body)
		}
		enabled := func(login string) bool {
			u, _, err := w.store.Users.UserByLogin(t.Context(), login)
			require.NoError(t, err)
			return u.DisabledAt == nil
		}
		in := func(name string) bool {
			return w.send(0, "GET", "/api/me", name, nil).status == 200
		}
		told := func() (n int) { // every node and socket hears of it
			for _, o := range w.left.all() {
				if o.Kind == task.AccessChanged {
					n++
				}
			}
			return n
		}
		one, two, three := w.people[0].ID, w.people[1].ID, w.people[2].ID
		w.token["wakil"] = w.session(account.User{Login: "wakil", Role: account.RoleBranchAdmin, EmployeeID: two,
			BranchIDs: []int64{w.branches[0].ID}})
		w.token["kedua"] = w.session(account.User{Login: "kedua", Role: account.RoleEmployee, EmployeeID: one})

		require.Equal(t, 200, leave("admin", three, map[string]any{"disable_account": false}).status)
		require.True(t, enabled("mks-3") && in("mks-3"), "said otherwise")
		require.Equal(t, 200, leave("admin", three, map[string]any{"position": "Mantan"}).status)
		require.True(t, enabled("mks-3"), "a change of who left already is no leaving")

		require.Zero(t, told())
		detail := leave("cabang", one, nil)
		require.Equal(t, 200, detail.status, detail.raw)
		require.False(t, enabled("jkt-1") || in("jkt-1") || enabled("kedua") || in("kedua"))
		require.Equal(t, 2, told())
		accounts := detail.json["accounts"].([]any)
		require.Len(t, accounts, 2)
		require.Equal(t, true, accounts[0].(map[string]any)["disabled"])

		// A branch admin takes nobody's rights who has more than an employee.
		detail = leave("cabang", two, nil)
		require.Equal(t, 200, detail.status, detail.raw)
		require.False(t, enabled("jkt-2") || in("jkt-2"))
		require.True(t, enabled("wakil") && in("wakil"))
		require.Contains(t, detail.raw, `"login":"wakil","role":"branch_admin","disabled":false,"may_disable":false`)
		back := w.send(0, "GET", fmt.Sprintf("/api/employees/%d", two), "admin", nil)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/employees/%d", two), "admin",
			map[string]any{"version": back.json["version"], "status": "active", "left_on": ""}).status)
		require.False(t, enabled("jkt-2"), "who comes back signs in when an administrator says so")
		require.Equal(t, 200, leave("admin", two, nil).status)
		require.False(t, enabled("wakil") || in("wakil"))

		// The last administrator stays one, and then so does the employee.
		admin, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/employees/%d", three), "admin", map[string]any{
			"version": w.send(0, "GET", fmt.Sprintf("/api/employees/%d", three), "admin", nil).json["version"],
			"status":  "active", "left_on": ""}).status)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/users/%d", admin.ID), "admin",
			map[string]any{"employee_id": three}).status)
		last := leave("admin", three, nil)
		require.Equal(t, "last_admin", last.code(), last.raw)
		stays := w.send(0, "GET", fmt.Sprintf("/api/employees/%d", three), "admin", nil)
		require.Equal(t, "active", stays.json["status"])

		log := w.send(0, "GET", "/api/audit?action=user.disabled", "admin", nil)
		require.Len(t, log.items(), 4, log.raw)
		require.Equal(t, "cabang", log.items()[3]["user_login"])
		require.NotContains(t, w.send(0, "GET", fmt.Sprintf("/api/employees/%d", three), "mks-3", nil).raw, "accounts",
			"only for those who look after the branch")
	})
}

// A program makes people leave, and has no business with accounts: it neither sees them nor takes anybody's rights to
// look after others, with whosever token.
func TestAProgramHasNoBusinessWithAccounts(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		two := w.people[1].ID
		path := fmt.Sprintf("/api/employees/%d", two)
		w.token["wakil"] = w.session(account.User{Login: "wakil", Role: account.RoleAdmin, EmployeeID: two})
		w.apiToken("hris", "admin", []account.Scope{account.ScopeEmployeesRead, account.ScopeEmployeesWrite})
		require.Contains(t, w.send(0, "GET", path, "admin", nil).raw, `"login":"wakil"`)
		seen := w.send(0, "GET", path, "hris", nil)
		require.Equal(t, 200, seen.status, seen.raw)
		require.NotContains(t, seen.raw, "accounts")

		gone := w.send(0, "PATCH", path, "hris", map[string]any{"status": "inactive", "version": seen.json["version"]})
		require.Equal(t, 200, gone.status, gone.raw)
		require.NotContains(t, gone.raw, "accounts")
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "jkt-2", nil).status, "an employee's account goes along")
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "wakil", nil).status)
	})
}

// A last day that is over closes the account as deactivating does, at once or, where it was yet to come, when it is
// over in the zone of the branch; once, and not if somebody said otherwise.
func TestTheLastDayClosesAccounts(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		change := func(as string, person int, body map[string]any) reply {
			path := fmt.Sprintf("/api/employees/%d", w.people[person].ID)
			body["version"] = w.send(0, "GET", path, as, nil).json["version"]
			r := w.send(0, "PATCH", path, as, body)
			require.Equal(t, 200, r.status, r.raw)
			return r
		}
		in := func(name string) bool {
			u, _, err := w.store.Users.UserByLogin(t.Context(), name)
			require.NoError(t, err)
			// Asked where no node answers from memory; in a company nodes are told by the task.
			auth := w.send(0, "POST", "/broadcasting/auth", name,
				map[string]string{"socket_id": "1.2", "channel_name": "private-user.1"})
			require.Equal(t, u.DisabledAt == nil, auth.status != 401, "%s: %s", name, auth.raw)
			return u.DisabledAt == nil
		}
		at := func(zone, day string, hour int) {
			loc, err := time.LoadLocation(zone)
			require.NoError(t, err)
			date, err := time.ParseInLocation(time.DateOnly, day, loc)
			require.NoError(t, err)
			w.clock.Advance(date.Add(time.Duration(hour) * time.Hour).Sub(w.clock.Now()))
		}
		closed := func() int {
			n, err := w.store.Users.CloseLeavers(t.Context())
			require.NoError(t, err)
			return n
		}
		require.Equal(t, []string{"Asia/Jakarta", "Asia/Makassar"}, []string{w.branches[0].Zone, w.branches[1].Zone})
		at("Asia/Jakarta", "2026-12-01", 9)
		const yesterday, today = "2026-11-30", "2026-12-01"

		// At once.
		change("admin", 0, map[string]any{"left_on": yesterday, "disable_account": false})
		require.True(t, in("jkt-1"), "said otherwise")
		require.Zero(t, closed())
		require.True(t, in("jkt-1"))
		change("admin", 0, map[string]any{"left_on": ""})
		gone := change("admin", 0, map[string]any{"left_on": yesterday})
		require.Equal(t, "active", gone.json["status"])
		require.False(t, in("jkt-1"))
		log := w.send(0, "GET", "/api/audit?action=user.disabled", "admin", nil).items()
		require.Len(t, log, 1)
		require.Equal(t, "admin", log[0]["user_login"])

		// When it is over, in each branch's zone.
		change("cabang", 1, map[string]any{"left_on": today})
		change("admin", 2, map[string]any{"left_on": today})
		w.token["wakil"] = w.session(account.User{Login: "wakil", Role: account.RoleBranchAdmin,
			EmployeeID: w.people[1].ID, BranchIDs: []int64{w.branches[0].ID}})
		require.Zero(t, closed())
		require.True(t, in("jkt-2") && in("mks-3") && in("wakil"))
		at("Asia/Makassar", "2026-12-02", 0) // 23:00 in Jakarta
		require.Equal(t, 1, closed())
		require.True(t, in("jkt-2"))
		require.False(t, in("mks-3"))
		at("Asia/Jakarta", "2026-12-02", 0)
		require.Equal(t, 1, closed())
		require.False(t, in("jkt-2") || in("wakil"))
		require.Zero(t, closed())
		for _, entry := range w.send(0, "GET", "/api/audit?action=user.disabled", "admin", nil).items()[:3] {
			require.Empty(t, entry["user_login"], "nobody's hand but the system's")
		}

		// Who is enabled again stays so, until there is another last day.
		u, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-2")
		require.NoError(t, err)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/users/%d", u.ID), "admin",
			map[string]any{"disabled": false}).status)
		w.token["jkt-2"] = w.newSession(u)
		require.Zero(t, closed())
		require.True(t, in("jkt-2"))
		change("cabang", 1, map[string]any{"left_on": "2026-12-02"})
		require.True(t, in("jkt-2"))
		at("Asia/Jakarta", "2026-12-03", 0)
		require.Equal(t, 1, closed())
		require.False(t, in("jkt-2"))
	})
}

// By a last day a branch admin takes nobody's rights either who has more than an employee, and nobody the last
// administrator's.
func TestTheLastDayOfSomebodyWithRights(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.token["wakil"] = w.session(account.User{Login: "wakil", Role: account.RoleBranchAdmin,
			EmployeeID: w.people[1].ID, BranchIDs: []int64{w.branches[0].ID}})
		admin, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/users/%d", admin.ID), "admin",
			map[string]any{"employee_id": w.people[2].ID}).status)
		for person, as := range map[int]string{1: "cabang", 2: "admin"} {
			path := fmt.Sprintf("/api/employees/%d", w.people[person].ID)
			day := attendance.DateOf(w.clock.Now(), time.UTC)
			r := w.send(0, "PATCH", path, as, map[string]any{"left_on": day.String(),
				"version": w.send(0, "GET", path, as, nil).json["version"]})
			require.Equal(t, 200, r.status, r.raw)
		}
		w.clock.Advance(48 * time.Hour)
		n, err := w.store.Users.CloseLeavers(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n, "the last administrator's other account waits, too")
		for name, want := range map[string]bool{"jkt-2": false, "wakil": true, "admin": true} {
			u, _, err := w.store.Users.UserByLogin(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, want, u.DisabledAt == nil, name)
		}
	})
}
