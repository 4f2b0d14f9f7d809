package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// A form that is wrong at several fields is not mended one answer at a time.
func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	site := func(name string, latitude float64) map[string]any {
		return map[string]any{"name": name, "latitude": latitude, "longitude": 0, "radius": 100}
	}
	// What the document forbids, what cannot be read, and what a rule forbids are looked at one after the other.
	for _, c := range []struct {
		path  string
		body  map[string]any
		wrong []string
	}{
		{"/api/branches", map[string]any{"code": "AB", "name": "", "zone": "Asia/Bandung",
			"sites": []any{site("Gudang", 95), site("Toko", -95)}}, []string{"name", "sites[0].latitude",
			"sites[1].latitude"}},
		{"/api/branches", map[string]any{"code": "A\u200bB", "name": "\u202eA", "zone": "Asia/Jakarta",
			"sites": []any{site("Gudang", 5), site("\u200b", 5)}}, []string{"code", "name", "sites[1].name"}},
		{"/api/branches", map[string]any{"code": "...", "name": "...", "zone": "Asia/Bandung",
			"networks": []any{"1.2.3"}, "sites": []any{site("Gudang", 5), site("...", 5)}},
			[]string{"code", "name", "zone", "networks[0]", "sites[1].name"}},
		{"/api/employees", map[string]any{"number": "...", "name": "...", "branch_id": w.branches[0].ID},
			[]string{"number", "name"}},
		{"/api/shifts", map[string]any{"code": "...", "name": "Pagi", "start": "08:00", "end": "17:00",
			"break_minutes": 60, "break_after": 30, "half_day_below": 10, "absent_below": 20},
			[]string{"code", "break_minutes", "absent_below"}},
		{"/api/users", map[string]any{"login": "a b", "name": "...", "role": "branch_admin", "password": "password",
			"email": "x@"}, []string{"login", "name", "branch_ids", "email", "password"}},
	} {
		r := w.send(0, "POST", c.path, "admin", c.body)
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.ElementsMatch(t, c.wrong, r.wrongFields(), "%s: %s", c.path, r.raw)
	}
}

func TestBranchesAreAddedChangedAndRemoved(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		site := map[string]any{"name": " Gudang  utama ", "latitude": -5.147665, "longitude": 119.432731, "radius": 150}
		r := w.send(0, "POST", "/api/branches", "admin",
			map[string]any{"code": " SBY ", "name": "Surabaya", "zone": "Asia/Jakarta", "sites": []any{site}})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, "SBY", r.json["code"])
		require.Equal(t, "record", r.json["policy"])
		require.Equal(t, true, r.json["active"])
		require.Contains(t, r.raw, `"Gudang utama"`)
		path := fmt.Sprintf("/api/branches/%.0f", r.json["id"])
		again := w.send(0, "POST", "/api/branches", "admin",
			map[string]any{"code": "SBY", "name": "Lain", "zone": "Asia/Jakarta"})
		require.Equal(t, http.StatusConflict, again.status, again.raw)
		require.Contains(t, again.raw, `"field":"code"`)
		require.Equal(t, http.StatusConflict, w.send(0, "PATCH", path, "admin", map[string]any{"code": "JKT"}).status)

		r = w.send(0, "PATCH", path, "admin", map[string]any{"zone": "Asia/Makassar", "policy": "flag"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "Surabaya", r.json["name"], "what is left out stays")
		require.Len(t, r.json["sites"], 1)
		r = w.send(0, "GET", path, "admin", nil)
		require.Equal(t, "Asia/Makassar", r.json["zone"], "the change shows at once")
		r = w.send(0, "PATCH", path, "admin", map[string]any{"sites": []any{}})
		require.Empty(t, r.json["sites"])

		r = w.send(0, "DELETE", path, "admin", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, true, r.json["removed"])
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", path, "admin", nil).status)
		require.Equal(t, http.StatusNotFound, w.send(0, "DELETE", path, "admin", nil).status)

		used := fmt.Sprintf("/api/branches/%d", w.branches[1].ID)
		r = w.send(0, "PATCH", used, "admin", map[string]any{"zone": "Asia/Jayapura"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		// As long as somebody belongs to it, it stays in use: their days would never be closed.
		for _, r := range []reply{w.send(0, "DELETE", used, "admin", nil),
			w.send(0, "PATCH", used, "admin", map[string]any{"active": false})} {
			require.Equal(t, http.StatusConflict, r.status, r.raw)
			require.Equal(t, "1 karyawan bertugas di cabang ini; pindahkan atau nonaktifkan mereka lebih dahulu.",
				r.list("errors")[0]["message"])
		}
		w.leaves(w.people[2].ID)
		r = w.send(0, "DELETE", used, "admin", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, false, r.json["removed"], "its people's days remain")
		require.Equal(t, false, w.send(0, "GET", used, "admin", nil).json["active"])
		// Nobody begins there, by whichever way.
		path = fmt.Sprintf("/api/employees/%d", w.people[2].ID)
		back := map[string]any{"status": "active", "left_on": "",
			"version": w.send(0, "GET", path, "admin", nil).json["version"]}
		for _, r := range []reply{w.send(0, "PATCH", path, "admin", back),
			w.send(0, "POST", "/api/employees", "admin", map[string]any{"number": "B-1", "name": "Baru",
				"branch_id": w.branches[1].ID})} {
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
			require.Equal(t, "branch_id", r.list("errors")[0]["field"])
		}
		file := w.upload("admin", "number,name,branch,status\nB-1,Baru,MKS,\nMKS-3,Orang 3,MKS,active\nJKT-1,Orang "+
			"1,MKS,\n")
		require.Equal(t, 3, file.count("rejected"), file.raw)
		for _, line := range file.list("refused") {
			require.Equal(t, "unused_branch", line["code"], file.raw)
		}
		require.Equal(t, true, w.send(0, "PATCH", used, "admin", map[string]any{"active": true}).json["active"])

		scoped := w.send(0, "POST", "/api/branches", "admin",
			map[string]any{"code": "BDG", "name": "Bandung", "zone": "Asia/Jakarta"})
		id := scoped.json["id"]
		made := w.send(0, "POST", "/api/users", "admin",
			map[string]any{"login": "bdg@contoh.id", "name": "Bandung", "role": "branch_admin", "branch_ids": []any{id},
				"password": "sepuluh-lebih"})
		require.Equal(t, http.StatusCreated, made.status, made.raw)
		require.Equal(t, false,
			w.send(0, "DELETE", fmt.Sprintf("/api/branches/%.0f", id), "admin", nil).json["removed"],
			"a user looks after it")

		require.Equal(t, []string{"branch.deactivated", "branch.created", "branch.reactivated", "branch.deactivated",
			"branch.updated", "branch.deleted", "branch.updated", "branch.updated", "branch.created"},
			w.actions("branches"))
		require.Len(t, w.send(0, "GET", "/api/audit?table=branches", "admin", nil).items(), 9+len(w.branches),
			"the page has them, and how the company began")
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

// leaves lets somebody leave, whose last day was yesterday.
func (w *world) leaves(id int64) {
	w.t.Helper()
	path := fmt.Sprintf("/api/employees/%d", id)
	r := w.send(0, "PATCH", path, "admin", map[string]any{"status": "inactive", "left_on": "2026-11-22",
		"version": w.send(0, "GET", path, "admin", nil).json["version"]})
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
}

func TestOnlyAdminsChangeBranches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		who := []string{"admin", "cabang", "jkt-1", "ops"}
		own, other := fmt.Sprintf("/api/branches/%d", w.branches[0].ID),
			fmt.Sprintf("/api/branches/%d", w.branches[1].ID)
		for _, c := range []struct {
			method, path string
			want         [4]int
		}{
			{"POST", "/api/branches", [4]int{201, 403, 403, 403}},
			{"PATCH", own, [4]int{200, 403, 403, 403}},
			{"PATCH", other, [4]int{200, 403, 403, 403}},
			{"PATCH", "/api/branches/424242", [4]int{404, 403, 403, 403}},
			{"DELETE", own, [4]int{409, 403, 403, 403}},
			{"DELETE", "/api/branches/424242", [4]int{404, 403, 403, 403}},
		} {
			for i, name := range who {
				var body any
				switch c.method {
				case "POST":
					body = map[string]any{"code": "X-" + name, "name": "X", "zone": "Asia/Jakarta"}
				case "PATCH":
					body = map[string]any{"name": "Nama " + name}
				}
				r := w.send(0, c.method, c.path, name, body)
				require.Equal(t, c.want[i], r.status, "%s %s as %s: %s", c.method, c.path, name, r.raw)
			}
			require.Equal(t, http.StatusUnauthorized, w.send(0, c.method, c.path, "", nil).status)
		}
	})
}

func TestRubbishAboutBranchesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	one := fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
	before := w.send(0, "GET", one, "admin", nil).raw
	site := func(name string, latitude, longitude, radius any) map[string]any {
		return map[string]any{
			"sites": []any{map[string]any{"name": name, "latitude": latitude, "longitude": longitude,
				"radius": radius}}}
	}
	for name, c := range map[string]struct {
		body  any
		field string
	}{
		"not JSON": {"{", ""}, "a list": {"[]", ""}, "null": {"null", ""},
		"no code": {map[string]any{"code": ""}, "code"}, "a blank code": {map[string]any{"code": " \t"}, "code"},
		"a long code":           {map[string]any{"code": strings.Repeat("x", 33)}, "code"},
		"a blank name":          {map[string]any{"name": "  "}, "name"},
		"a control character":   {map[string]any{"name": "a\x00b"}, "name"},
		"a name turned around":  {map[string]any{"name": "a\u202eb"}, "name"},
		"no zone":               {map[string]any{"zone": ""}, "zone"},
		"a zone of the machine": {map[string]any{"zone": "Local"}, "zone"},
		"a zone that is none":   {map[string]any{"zone": "Asia/Bekasi"}, "zone"},
		"a path":                {map[string]any{"zone": "../../etc/passwd"}, "zone"},
		"a zero byte":           {map[string]any{"zone": "Asia/\x00"}, "zone"},
		"a policy":              {map[string]any{"policy": "ask"}, "policy"},
		"an active":             {map[string]any{"active": "yes"}, "active"},
		"a nameless site":       {site(" ", 0, 0, 100), "sites[0].name"},
		"a latitude":            {site("A", 90.1, 0, 100), "sites[0].latitude"},
		"a longitude":           {site("A", 0, -181, 100), "sites[0].longitude"},
		"no latitude":           {site("A", nil, 0, 100), "sites[0].latitude"},
		"a small radius":        {site("A", 0, 0, 9), "sites[0].radius"},
		"a huge radius":         {site("A", 0, 0, 1e300), "sites[0].radius"},
		"a site's zero byte":    {site("a\x00", 0, 0, 100), "sites[0].name"},
		"many sites":            {map[string]any{"sites": make([]any, 51)}, "sites"},
		"an unknown field":      {map[string]any{"colour": 1}, "colour"},
	} {
		body := c.body
		if m, ok := body.(map[string]any); ok {
			whole := map[string]any{"code": "BARU", "name": "Baru", "zone": "Asia/Jakarta"}
			for k, v := range m {
				whole[k] = v
			}
			body = whole
		}
		for _, route := range []string{"POST /api/branches", "PATCH " + one} {
			method, path, _ := strings.Cut(route, " ")
			r := w.send(0, method, path, "admin", body)
			require.Contains(t, []int{400, 422}, r.status, "%s with %s: %s", route, name, r.raw)
			if c.field != "" {
				require.Contains(t, r.raw, `"field":"`+c.field, "%s with %s", route, name)
			}
		}
	}
	require.Equal(t, before, w.send(0, "GET", one, "admin", nil).raw)
	for _, path := range []string{"/api/branches/0", "/api/branches/-1", "/api/branches/x",
		"/api/branches/99999999999999999999"} {
		require.Contains(t, []int{404, 422}, w.send(0, "PATCH", path, "admin", map[string]any{}).status, path)
		require.Contains(t, []int{404, 422}, w.send(0, "DELETE", path, "admin", nil).status, path)
	}
}
