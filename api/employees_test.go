package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func (w *world) employee(id int64) map[string]any {
	w.t.Helper()
	r := w.send(0, "GET", fmt.Sprintf("/api/employees/%d", id), "admin", nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return r.json
}

func TestEmployeesAreAddedChangedAndLeave(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		r := w.send(0, "POST", "/api/employees", "cabang",
			map[string]any{"number": " JKT-9 ", "name": "Siti  Aminah", "branch_id": jkt, "position": "Kasir",
				"hired_on": "2026-11-01"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, "JKT-9", r.json["number"])
		require.Equal(t, "Siti Aminah", r.json["name"])
		require.Equal(t, "active", r.json["status"])
		require.Empty(t, r.json["assignments"])
		path := fmt.Sprintf("/api/employees/%.0f", r.json["id"])
		first := r.json["version"]

		again := w.send(0, "POST", "/api/employees", "admin",
			map[string]any{"number": "JKT-9", "name": "Lain", "branch_id": mks})
		require.Equal(t, http.StatusConflict, again.status, again.raw)
		require.Contains(t, again.raw, `"field":"number"`)

		r = w.send(0, "PATCH", path, "cabang",
			map[string]any{"version": first, "name": "Siti Aminah Putri", "hired_on": ""})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Nil(t, r.json["hired_on"])
		require.Equal(t, "Kasir", r.json["position"], "what is left out stays")
		stale := w.send(0, "PATCH", path, "admin", map[string]any{"version": first, "position": "Kepala"})
		require.Equal(t, http.StatusConflict, stale.status, "the second of two who read the same")
		require.NotContains(t, stale.raw, `"errors"`)

		r = w.send(0, "PATCH", path, "cabang",
			map[string]any{"version": r.json["version"], "status": "inactive", "left_on": "2026-11-30"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "inactive", r.json["status"])
		require.Equal(t, "2026-11-30", r.json["left_on"])
		r = w.send(0, "PATCH", path, "admin",
			map[string]any{"version": r.json["version"], "status": "active", "left_on": "", "branch_id": mks})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", path, "cabang", nil).status, "moved out of sight")
		require.Equal(t, http.StatusConflict,
			w.send(0, "PATCH", path, "admin", map[string]any{"version": r.json["version"], "number": "MKS-3"}).status)

		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
		require.Len(t, w.employee(w.people[0].ID)["assignments"], 1)
	})
}

// Every role on an employee of the own and of another branch.
func TestWhoMayChangeEmployees(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		one, three := fmt.Sprintf("/api/employees/%d", w.people[0].ID), fmt.Sprintf("/api/employees/%d", w.people[2].ID)
		who := []string{"admin", "cabang", "jkt-1", "mks-3", "ops"}
		for _, c := range []struct {
			method, path string
			body         map[string]any
			want         [5]int
		}{
			{"POST", "/api/employees", map[string]any{"branch_id": jkt}, [5]int{201, 201, 403, 403, 403}},
			{"POST", "/api/employees", map[string]any{"branch_id": mks}, [5]int{201, 404, 403, 403, 403}},
			{"POST", "/api/employees", map[string]any{"branch_id": 424242}, [5]int{422, 404, 403, 403, 403}},
			{"PATCH", one, map[string]any{}, [5]int{200, 200, 403, 403, 403}},
			{"PATCH", three, map[string]any{}, [5]int{200, 404, 403, 403, 403}},
			{"PATCH", one, map[string]any{"branch_id": mks}, [5]int{200, 404, 403, 403, 403}},
			{"PATCH", three, map[string]any{"branch_id": jkt}, [5]int{200, 404, 403, 403, 403}},
			{"PATCH", one, map[string]any{"branch_id": 424242}, [5]int{422, 404, 403, 403, 403}},
			{"PATCH", "/api/employees/424242", map[string]any{}, [5]int{404, 404, 403, 403, 403}},
		} {
			for i, name := range who {
				_, err := w.store.Employees.UpsertEmployees(
					t.Context(),
					w.people[:3],
				) // everybody back to where they belong
				require.NoError(t, err)
				body := map[string]any{"name": "Nama " + name}
				maps.Copy(body, c.body)
				if c.method == "POST" {
					body["number"] = fmt.Sprintf("%s-%d-%d", name, c.body["branch_id"], i)
				} else if v, ok := w.send(0, "GET", c.path, "admin", nil).json["version"]; ok {
					body["version"] = v
				} else {
					body["version"] = "x"
				}
				r := w.send(0, c.method, c.path, name, body)
				require.Equal(t, c.want[i], r.status, "%s %s %v as %s: %s", c.method, c.path, c.body, name, r.raw)
			}
			require.Equal(t, http.StatusUnauthorized, w.send(0, c.method, c.path, "", map[string]any{}).status)
		}
	})
}

func TestRubbishAboutEmployeesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	one := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
	version := w.employee(w.people[0].ID)["version"]
	for name, body := range map[string]any{
		"nothing": map[string]any{}, "not JSON": "{", "a list": "[]", "null": "null",
		"a number that is long": map[string]any{"version": version, "number": strings.Repeat("x", 65)},
		"an empty name":         map[string]any{"version": version, "name": ""},
		"a blank name":          map[string]any{"version": version, "name": " \t "},
		"a control character":   map[string]any{"version": version, "name": "a\x00b"},
		"a name turned around":  map[string]any{"version": version, "name": "a\u2066b"},
		"a status":              map[string]any{"version": version, "status": "retired"},
		"a date":                map[string]any{"version": version, "hired_on": "31/12/2026"},
		"left before hired":     map[string]any{"version": version, "hired_on": "2026-11-02", "left_on": "2026-11-01"},
		"a branch":              map[string]any{"version": version, "branch_id": "JKT"},
		"a negative branch":     map[string]any{"version": version, "branch_id": -1},
		"an unknown field":      map[string]any{"version": version, "salary": 1},
	} {
		for _, route := range []string{"POST /api/employees", "PATCH " + one} {
			method, path, _ := strings.Cut(route, " ")
			r := w.send(0, method, path, "admin", body)
			require.Contains(t, []int{400, 422}, r.status, "%s with %s: %s", route, name, r.raw)
		}
	}
	require.Equal(t, version, w.employee(w.people[0].ID)["version"])
	for _, path := range []string{"/api/employees/0", "/api/employees/-1", "/api/employees/x",
		"/api/employees/99999999999999999999"} {
		require.Contains(t, []int{404, 422}, w.send(0, "PATCH", path, "admin", map[string]any{"version": "x"}).status,
			path)
	}
}

// Nobody begins in a branch that is out of use, or comes back to it, also while another administrator puts it out of
// use at that moment: of the two, one is refused.
func TestNobodyBeginsInABranchOutOfUse(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		add := func(node int, branch any, number string) reply {
			return w.send(node, http.MethodPost, "/api/employees", "admin",
				map[string]any{"number": number, "name": "Baru", "branch_id": branch})
		}
		stop := func(branch any) reply {
			return w.send(0, http.MethodPatch, fmt.Sprintf("/api/branches/%v", branch), "admin",
				map[string]any{"active": false})
		}
		open := func(code string) any {
			r := w.send(0, http.MethodPost, "/api/branches", "admin",
				map[string]any{"code": code, "name": code, "zone": "Asia/Jakarta"})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return r.json["id"]
		}
		refused := func(r reply) {
			t.Helper()
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
			require.Equal(t, "branch_id", r.list("errors")[0]["field"], r.raw)
		}

		branch := open("TUTUP")
		e := add(0, branch, "T-1").json
		path := fmt.Sprintf("/api/employees/%v", e["id"])
		require.Equal(t, http.StatusConflict, stop(branch).status, "somebody belongs there")
		left := w.send(0, http.MethodPatch, path, "admin",
			map[string]any{"version": e["version"], "status": "inactive", "left_on": "2026-11-01"})
		require.Equal(t, http.StatusOK, left.status, left.raw)
		require.Equal(t, http.StatusOK, stop(branch).status)
		refused(add(0, branch, "T-2"))
		refused(w.send(1, http.MethodPatch, path, "admin",
			map[string]any{"version": left.json["version"], "status": "active", "left_on": ""}))

		for i := range 30 {
			branch := open(fmt.Sprint("B", i))
			var added, stopped reply
			both := errgroup.Group{}
			both.Go(func() error { added = add(1, branch, fmt.Sprint("B-", i)); return nil })
			both.Go(func() error { stopped = stop(branch); return nil })
			require.NoError(t, both.Wait())
			if stopped.status == http.StatusOK {
				refused(added)
				continue
			}
			require.Equal(t, http.StatusConflict, stopped.status, stopped.raw)
			require.Equal(t, http.StatusCreated, added.status, added.raw)
		}
	})
}
