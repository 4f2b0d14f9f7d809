package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

// movedCompany moves person 0 from Jakarta to Makassar on 15 November; makassar looks after the new branch, cabang
// after the old one, token is an administrator's API token for the new one.
func (w *world) movedCompany() (employee, plan string) {
	w.t.Helper()
	mks := w.branches[1].ID
	w.token["makassar"] = w.session(
		account.User{Login: "makassar", Role: account.RoleBranchAdmin, BranchIDs: []int64{mks}})
	w.apiToken("token", "admin", account.ScopesOf(account.RoleBranchAdmin), mks)
	employee = fmt.Sprintf("/api/employees/%d", w.people[0].ID)
	r := w.send(0, http.MethodPost, employee+"/moves", "admin",
		map[string]any{"from": "2026-11-15", "branch_id": mks, "reason": "mutasi"})
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
	return employee, fmt.Sprintf("/api/shift-assignments/%v", w.assignments(w.people[0].ID)[0].(map[string]any)["id"])
}

// versioned adds to a change of the employee at an address the version that there is.
func (w *world) versioned(path, employee string, body any) any {
	change, ok := body.(map[string]any)
	if !ok || path != employee {
		return body
	}
	change["version"] = w.send(0, http.MethodGet, employee, "admin", nil).json["version"]
	return change
}

// Who may change a day is decided by the branch the day belongs to, whoever looks after the employee now.
func TestDaysAreChangedByThoseWhoLookAfterTheirBranch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		employee, plan := w.movedCompany()
		one, sh := w.people[0].ID, w.shifts()[0].ID
		week := []int64{sh, sh, sh, sh, sh, sh, sh}
		assign := func(from, to string) map[string]any {
			return map[string]any{"employee_ids": []int64{one}, "from": from, "to": to, "pattern": week}
		}
		everybody := map[string]any{"filter": map[string]any{}, "from": "2026-11-12", "pattern": week}
		counted := map[string]any{"filter": map[string]any{}, "from": "2026-11-12", "pattern": week, "dry_run": true}
		holiday := func(date string) map[string]any {
			return map[string]any{"date": date, "name": "Libur", "scope": "employee", "employee_id": one}
		}
		state := func() string {
			return w.send(0, http.MethodGet, employee, "admin", nil).raw +
				fmt.Sprint(w.assignments(one)) +
				w.send(0, http.MethodGet, "/api/holidays?year=2026", "admin", nil).raw
		}
		old := w.send(0, http.MethodPost, "/api/holidays", "admin", holiday("2026-11-10"))
		require.Equal(t, http.StatusCreated, old.status, old.raw)
		there := fmt.Sprintf("/api/holidays/%v", old.json["id"])
		fresh := w.send(0, http.MethodPost, "/api/holidays", "admin", holiday("2026-11-17"))
		require.Equal(t, http.StatusCreated, fresh.status, fresh.raw)
		here := fmt.Sprintf("/api/holidays/%v", fresh.json["id"])
		before := state()
		const post, patch, remove = http.MethodPost, http.MethodPatch, http.MethodDelete
		const plans, holidays = "/api/shift-assignments", "/api/holidays"
		for _, c := range []struct {
			as           []string
			method, path string
			body         any
		}{
			{[]string{"makassar", "token"}, post, plans, assign("2026-11-09", "2026-11-12")},
			{[]string{"makassar", "token"}, post, plans, assign("2026-11-12", "2026-11-20")},
			{[]string{"makassar", "token"}, post, plans, assign("2026-11-12", "")},
			{[]string{"makassar", "token"}, post, plans, everybody},
			{[]string{"makassar", "token"}, post, plans, counted},
			{[]string{"makassar", "token"}, patch, plan, map[string]any{"to": "2026-11-12"}},
			{[]string{"makassar", "token", "cabang"}, remove, plan, nil},
			{[]string{"makassar", "token"}, patch, employee, map[string]any{"hired_on": "2026-11-13"}},
			{[]string{"makassar", "token"}, patch, employee, map[string]any{"hired_on": "2026-11-20"}},
			{[]string{"makassar", "token"}, patch, employee, map[string]any{"left_on": "2026-11-12"}},
			{[]string{"makassar", "token"}, post, holidays, holiday("2026-11-12")},
			{[]string{"makassar", "token"}, patch, there, map[string]any{"name": "Lain"}},
			{[]string{"makassar", "token"}, patch, here, map[string]any{"date": "2026-11-11"}},
			{[]string{"makassar", "token"}, remove, there, nil},
			{[]string{"cabang"}, post, plans, assign("2026-11-16", "2026-11-20")},
			{[]string{"cabang"}, post, plans, assign("2026-11-10", "2026-11-15")},
			{[]string{"cabang"}, post, plans, assign("2026-11-10", "")},
			{[]string{"cabang"}, post, plans, assign("2026-01-05", "2026-11-14")}, // cuts off what it replaces
			{[]string{"cabang"}, patch, plan, map[string]any{"to": "2026-11-14"}},
			{[]string{"cabang"}, patch, employee, map[string]any{"left_on": "2026-11-12"}},
			{[]string{"cabang"}, post, holidays, holiday("2026-11-16")},
			{[]string{"cabang"}, patch, there, map[string]any{"date": "2026-11-16"}},
			{[]string{"cabang"}, patch, here, map[string]any{"name": "Lain"}},
			{[]string{"cabang"}, remove, here, nil},
		} {
			for _, as := range c.as {
				r := w.send(0, c.method, c.path, as, w.versioned(c.path, employee, c.body))
				require.Equal(t, http.StatusNotFound, r.status, "%s: %s %s %v: %s", as, c.method, c.path, c.body, r.raw)
				require.Equal(t, "not_found", r.code())
				if c.path == plans {
					require.Contains(t, r.json["detail"], w.people[0].Name, "whom to leave out")
				}
				require.Equal(t, before, state(), "%s: %s %s", as, c.method, c.path)
			}
		}
		for _, c := range []struct {
			as, method, path string
			body             any
		}{
			{"cabang", post, plans, assign("2026-11-09", "2026-11-12")},
			{"cabang", post, plans, assign("2026-11-09", "2026-11-14")},
			{"makassar", post, plans, assign("2026-11-15", "")},
			{"token", post, plans, assign("2026-11-16", "2026-11-20")},
			{"makassar", patch, plan, map[string]any{"to": "2026-11-16"}},
			{"makassar", patch, employee, map[string]any{"left_on": "2026-11-20"}},
			{"makassar", patch, employee, map[string]any{"left_on": ""}},
			{"cabang", post, holidays, holiday("2026-11-12")},
			{"cabang", patch, there, map[string]any{"date": "2026-11-11"}},
			{"cabang", remove, there, nil},
			{"makassar", post, holidays, holiday("2026-11-18")},
			{"makassar", remove, here, nil},
			{"admin", post, plans, everybody},
			{"admin", patch, employee, map[string]any{"hired_on": "2026-11-13"}},
			{"admin", post, holidays, holiday("2026-11-10")},
			{"admin", remove, plan, nil},
		} {
			r := w.send(0, c.method, c.path, c.as, w.versioned(c.path, employee, c.body))
			require.Equal(t, 2, r.status/100, "%s: %s %s %v: %s", c.as, c.method, c.path, c.body, r.raw)
		}
	})
}

// Who may change the plans of some dates finds them: of dates before a move, and of those after one that is ordered.
// Plans of dates that were never theirs stay out of sight.
func TestPlansAreListedForThoseWhoChangeThem(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		_, plan := w.movedCompany()
		one, sh := w.people[0].ID, w.shifts()[0].ID
		list := fmt.Sprintf("/api/shift-assignments?employee=%d", one)
		seen := func(as string) (from []any) {
			t.Helper()
			r := w.send(0, http.MethodGet, list, as, nil)
			require.Equal(t, http.StatusOK, r.status, "%s: %s", as, r.raw)
			for _, p := range r.items() {
				from = append(from, p["from"])
			}
			return from
		}
		r := w.send(0, http.MethodPost, "/api/shift-assignments", "admin", map[string]any{"from": "2026-11-20",
			"employee_ids": []int64{one}, "pattern": []int64{sh, sh, sh, sh, sh, 0, 0}})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []any{"2026-11-20", "2026-01-05"}, seen("admin"))
		require.Equal(t, seen("admin"), seen("makassar"))
		require.Equal(t, []any{"2026-01-05"}, seen("cabang"))
		third := w.send(0, http.MethodPost, "/api/branches", "admin",
			map[string]any{"code": "BDG", "name": "Bandung", "zone": "Asia/Jakarta"})
		require.Equal(t, http.StatusCreated, third.status, third.raw)
		id := int64(third.json["id"].(float64))
		w.token["bandung"] = w.session(
			account.User{Login: "bandung", Role: account.RoleBranchAdmin, BranchIDs: []int64{id}})
		require.Equal(t, http.StatusNotFound, w.send(0, http.MethodGet, list, "bandung", nil).status)
		r = w.send(0, http.MethodPost, fmt.Sprintf("/api/employees/%d/moves", one), "admin",
			map[string]any{"from": "2026-12-01", "branch_id": id, "reason": "mutasi"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []any{"2026-11-20", "2026-01-05"}, seen("bandung"), "both reach beyond the move")
		r = w.send(0, http.MethodPatch, plan, "admin", map[string]any{"to": "2026-11-19"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []any{"2026-11-20"}, seen("bandung"))
	})
}

// Who is about to move is planned by the present branch until then, by the next one from then on, and an open end is no
// obstacle.
func TestAnOrderedMoveIsPlannedByBothBranches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		mks := w.branches[1].ID
		w.token["makassar"] = w.session(
			account.User{Login: "makassar", Role: account.RoleBranchAdmin, BranchIDs: []int64{mks}})
		employee := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		r := w.send(0, http.MethodPost, employee+"/moves", "admin",
			map[string]any{"from": "2026-12-01", "branch_id": mks, "reason": "mutasi"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		sh := w.shifts()[0].ID
		for _, c := range []struct {
			as, from, to string
			want         int
		}{
			{"cabang", "2026-11-16", "", 200},
			{"cabang", "2026-11-16", "2026-11-30", 200}, // the rest of the open one is an open end, too
			{"cabang", "2026-11-17", "2026-12-31", 404},
			{"cabang", "2026-12-01", "", 404},
			{"makassar", "2026-12-01", "", 200},
			{"makassar", "2026-11-30", "", 404},
		} {
			r := w.send(0, http.MethodPost, "/api/shift-assignments", c.as, map[string]any{"from": c.from, "to": c.to,
				"employee_ids": []int64{w.people[0].ID}, "pattern": []int64{sh, sh, sh, sh, sh, 0, 0}})
			require.Equal(t, c.want, r.status, "%+v: %s", c, r.raw)
		}
		r = w.send(0, http.MethodPatch, employee, "cabang",
			w.versioned(employee, employee, map[string]any{"left_on": "2026-11-30"}))
		require.Equal(t, http.StatusOK, r.status, r.raw)
	})
}
