package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"hadir/api"
	"hadir/internal/attendance"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

func (w *world) assignments(employee int64) []any {
	w.t.Helper()
	r := w.send(0, "GET", fmt.Sprintf("/api/shift-assignments?employee=%d", employee), "admin", nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return r.json["items"].([]any)
}

func TestPatternsAreAssignedInBulk(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		out := &w.left
		w.nodes = append(w.nodes, w.node(api.Options{}))
		sh := w.shifts()[0].ID
		week := []int64{sh, sh, 0, sh, sh, sh, 0}
		one, two, three := w.people[0].ID, w.people[1].ID, w.people[2].ID
		post := func(as string, body map[string]any) reply {
			all := map[string]any{"from": "2026-11-16", "pattern": week}
			maps.Copy(all, body)
			return w.send(0, "POST", "/api/shift-assignments", as, all)
		}
		r := post("admin", map[string]any{"filter": map[string]any{}, "dry_run": true})
		require.InDelta(t, 3, r.json["assigned"], 0, r.raw)
		require.Len(t, w.assignments(one), 1, "only counted")
		r = post("cabang", map[string]any{"filter": map[string]any{}})
		require.InDelta(t, 2, r.json["assigned"], 0, "those of the branch: %s", r.raw)
		require.Len(t, w.assignments(three), 1)
		rows := out.all()
		require.Len(t, rows, 1)
		require.JSONEq(t, fmt.Sprintf(`{"v":1,"e":[%d,%d],"f":"2026-11-15","t":"2026-11-25"}`, one, two),
			string(rows[0].Payload))

		r = post("admin", map[string]any{"employee_ids": []int64{two, one, two}, "from": "2026-12-07",
			"to": "2026-12-31", "pattern": append(week, 0, 0, 0, 0, 0, 0, sh)})
		require.InDelta(t, 2, r.json["assigned"], 0, r.raw)
		require.Empty(t, out.all(), "nothing has happened on those days yet")
		of := w.assignments(one)
		require.Len(t, of, 3)
		require.Equal(t, "2026-12-07", of[0].(map[string]any)["from"])
		require.Len(t, of[0].(map[string]any)["pattern"], 14)
		r = post("admin", map[string]any{"employee_ids": []int64{one}, "from": "2026-12-07"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		of = w.assignments(one)
		require.Len(t, of, 3, "the same date: replaced")
		require.Nil(t, of[0].(map[string]any)["to"])

		// Nobody is without a shift, until an assignment ends.
		require.InDelta(t, 0, post("admin",
			map[string]any{"filter": map[string]any{"without_shift": true}}).json["assigned"], 0)
		path := fmt.Sprintf("/api/shift-assignments/%.0f", w.assignments(three)[0].(map[string]any)["id"])
		r = w.send(0, "PATCH", path, "admin", map[string]any{"to": "2026-11-20"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		rows = out.all()
		require.Len(t, rows, 1)
		require.JSONEq(t, fmt.Sprintf(`{"v":1,"e":[%d],"f":"2026-11-20","t":"2026-11-25"}`, three),
			string(rows[0].Payload))
		r = w.send(0, "GET", "/api/employees?without_shift_on=2026-11-21", "admin", nil)
		require.Len(t, r.json["items"], 1, r.raw)
		require.InDelta(t, 1, post("admin",
			map[string]any{"filter": map[string]any{"without_shift": true, "q": "orang"},
				"from": "2026-11-21"}).json["assigned"], 0)
		require.Equal(t, http.StatusOK, w.send(0, "PATCH", path, "admin", map[string]any{"to": ""}).status,
			"open again")

		// One that was a mistake goes without a trace but that of the audit log.
		out.all()
		wrong := fmt.Sprintf("/api/shift-assignments/%.0f", w.assignments(one)[0].(map[string]any)["id"])
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", wrong, "admin", nil).status)
		require.Empty(t, out.all(), "it had not begun")
		require.Len(t, w.assignments(one), 2)
		require.Equal(t, http.StatusNotFound, w.send(0, "DELETE", wrong, "admin", nil).status)
		r = w.send(0, "DELETE",
			fmt.Sprintf("/api/shift-assignments/%.0f", w.assignments(one)[0].(map[string]any)["id"]), "admin", nil)
		require.Equal(t, http.StatusNoContent, r.status, r.raw)
		rows = out.all()
		require.Len(t, rows, 1, "its days are computed again")
		require.JSONEq(t, fmt.Sprintf(`{"v":1,"e":[%d],"f":"2026-11-15","t":"2026-11-25"}`, one),
			string(rows[0].Payload))

		require.Equal(t, []string{"assignment.deleted", "assignment.deleted", "assignment.updated",
			"assignment.created", "assignment.updated", "assignment.created", "assignment.created",
			"assignment.created"}, w.actions("shift_assignments"))
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

// Every role on employees of the own and of another branch.
func TestWhoMayAssignShifts(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		sh := w.shifts()[0].ID
		week := []int64{sh, sh, sh, sh, sh, 0, 0}
		one, three := w.people[0].ID, w.people[2].ID
		post := func(more map[string]any) map[string]any {
			more["from"], more["pattern"] = "2026-11-30", week
			return more
		}
		id := func(of int64) string {
			return fmt.Sprintf("/api/shift-assignments/%.0f", w.assignments(of)[0].(map[string]any)["id"])
		}
		own, foreign := id(one), id(three)
		for _, c := range []struct {
			method, path string
			body         any
			want         [5]int
		}{
			{"POST", "/api/shift-assignments", post(map[string]any{"employee_ids": []int64{one}}),
				[5]int{200, 200, 403, 403, 403}},
			{"POST", "/api/shift-assignments", post(map[string]any{"employee_ids": []int64{one, three}}),
				[5]int{200, 404, 403, 403, 403}},
			{"POST", "/api/shift-assignments", post(map[string]any{"employee_ids": []int64{424242}}),
				[5]int{404, 404, 403, 403, 403}},
			{"POST", "/api/shift-assignments",
				post(map[string]any{"filter": map[string]any{"branch": w.branches[1].ID}}),
				[5]int{200, 404, 403, 403, 403}},
			{"PATCH", own, map[string]any{"to": "2026-12-31"}, [5]int{200, 200, 403, 403, 403}},
			{"PATCH", foreign, map[string]any{"to": "2026-12-31"}, [5]int{200, 404, 403, 403, 403}},
			{"PATCH", "/api/shift-assignments/424242", map[string]any{"to": ""}, [5]int{404, 404, 403, 403, 403}},
			{"DELETE", own, nil, [5]int{204, 404, 403, 403, 403}},
			{"DELETE", foreign, nil, [5]int{204, 404, 403, 403, 403}},
			{"DELETE", "/api/shift-assignments/424242", nil, [5]int{404, 404, 403, 403, 403}},
			{"GET", fmt.Sprintf("/api/shift-assignments?employee=%d", one), nil, [5]int{200, 200, 200, 404, 404}},
			{"GET", fmt.Sprintf("/api/shift-assignments?employee=%d", three), nil, [5]int{200, 404, 404, 200, 404}},
		} {
			for i, name := range []string{"admin", "cabang", "jkt-1", "mks-3", "ops"} {
				r := w.send(0, c.method, c.path, name, c.body)
				require.Equal(t, c.want[i], r.status, "%s %s %v as %s: %s", c.method, c.path, c.body, name, r.raw)
			}
			require.Equal(t, http.StatusUnauthorized, w.send(0, c.method, c.path, "", c.body).status)
		}
	})
}

func TestRubbishAboutAssignmentsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	sh, one := w.shifts()[0].ID, w.people[0].ID
	week := []int64{sh, sh, sh, sh, sh, 0, 0}
	require.NoError(t, w.store.Assignments.AddAssignments(t.Context(),
		[]attendance.Assignment{{EmployeeID: w.people[1].ID, From: attendance.NewDate(2024, 1, 1), Pattern: week}}))
	old := w.assignments(w.people[1].ID)
	r := w.send(0, "DELETE", fmt.Sprintf("/api/shift-assignments/%.0f", old[len(old)-1].(map[string]any)["id"]),
		"admin", nil)
	require.Equal(t, http.StatusUnprocessableEntity, r.status, "more than a year would be computed again: %s", r.raw)
	for name, change := range map[string]map[string]any{
		"nobody": {"employee_ids": []int64{}}, "both": {"filter": map[string]any{}}, "no date": {"from": ""},
		"a date": {"from": "30/11/2026"}, "long ago": {"from": "2024-01-01"},
		"the end first": {"to": "2026-11-29"}, "six days": {"pattern": week[:6]},
		"eight days": {"pattern": append(week[:7:7], sh)}, "no pattern": {"pattern": nil},
		"a shift":          {"pattern": []int64{424242, 0, 0, 0, 0, 0, 0}},
		"a negative shift": {"pattern": []int64{-1, 0, 0, 0, 0, 0, 0}},
		"text":             {"pattern": []string{"P", "", "", "", "", "", ""}}, "an unknown field": {"colour": "red"},
		"huge": {"employee_ids": []float64{1e30}},
	} {
		body := map[string]any{"employee_ids": []int64{one}, "from": "2026-11-30", "pattern": week}
		maps.Copy(body, change)
		r := w.send(0, "POST", "/api/shift-assignments", "admin", body)
		require.Contains(t, []int{400, 422}, r.status, "%s: %s", name, r.raw)
	}
	own := fmt.Sprintf("/api/shift-assignments/%.0f", w.assignments(one)[0].(map[string]any)["id"])
	for _, body := range []any{"{", "[]", map[string]any{}, map[string]any{"to": "besok"},
		map[string]any{"to": "2026-01-04"}, map[string]any{"to": 1}} {
		r := w.send(0, "PATCH", own, "admin", body)
		require.Contains(t, []int{400, 422}, r.status, "%v: %s", body, r.raw)
	}
	for _, query := range []string{"", "?employee=x", "?employee=0"} {
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, "GET", "/api/shift-assignments"+query, "admin", nil).status, query)
	}
	require.Equal(t, http.StatusUnprocessableEntity,
		w.send(0, "GET", "/api/employees?without_shift_on=x", "admin", nil).status)
	// A shift that is no longer in use is not assigned.
	require.Equal(t, http.StatusOK, w.send(0, "DELETE", fmt.Sprintf("/api/shifts/%d", sh), "admin", nil).status)
	require.Equal(t, http.StatusUnprocessableEntity,
		w.send(0, "POST", "/api/shift-assignments", "admin",
			map[string]any{"employee_ids": []int64{one}, "from": "2026-11-30", "pattern": week}).status)
	require.Len(t, w.assignments(one), 1)
}
