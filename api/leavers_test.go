package api_test

import (
	"fmt"
	"testing"

	"hadir/internal/account"
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
