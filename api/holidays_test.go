package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// recomputes takes what waits in the outbox to be recomputed.
func (w *world) recomputes() []task.Recompute {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	rows, err := w.store.Outbox.ClaimOutbox(w.t.Context(), w.clock.Now(), w.clock.Now(), 100)
	require.NoError(w.t, err)
	var out []task.Recompute
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.ID)
		if r.Kind == task.AttendanceRecompute {
			var p task.Recompute
			require.NoError(w.t, json.Unmarshal(r.Payload, &p))
			out = append(out, p)
		}
	}
	require.NoError(w.t, w.store.Outbox.DeleteOutbox(w.t.Context(), ids))
	return out
}

func TestHolidaysAreAddedChangedAndRemoved(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		first, second := attendance.NewDate(2026, 11, 20), attendance.NewDate(2026, 12, 24)
		r := w.send(0, "POST", "/api/holidays", "admin",
			map[string]any{"date": "2026-11-20", "name": " Cuti  bersama ", "scope": "company"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, "Cuti bersama", r.json["name"])
		require.Equal(t, []task.Recompute{{V: 1, From: first, To: first}}, w.recomputes())
		path := fmt.Sprintf("/api/holidays/%.0f", r.json["id"])
		again := w.send(0, "POST", "/api/holidays", "admin",
			map[string]any{"date": "2026-11-20", "name": "Lain", "scope": "company", "working": true})
		require.Equal(t, http.StatusConflict, again.status, again.raw)
		require.Contains(t, again.raw, `"field":"date"`)
		require.Empty(t, w.recomputes())

		r = w.send(0, "PATCH", path, "admin", map[string]any{"name": "Libur"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Empty(t, w.recomputes(), "a name changes no day")
		r = w.send(0, "PATCH", path, "admin", map[string]any{"date": "2026-12-24"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []task.Recompute{{V: 1, From: first, To: first}, {V: 1, From: second, To: second}},
			w.recomputes())

		jkt, one := w.branches[0].ID, w.people[0].ID
		r = w.send(0, "POST", "/api/holidays", "cabang",
			map[string]any{"date": "2026-12-24", "name": "Tetap buka", "scope": "branch", "branch_id": jkt,
				"working": true})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []task.Recompute{{V: 1, BranchID: jkt, From: second, To: second}}, w.recomputes())
		branch := fmt.Sprintf("/api/holidays/%.0f", r.json["id"])
		r = w.send(0, "PATCH", branch, "cabang", map[string]any{"scope": "employee", "employee_id": one})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, w.people[0].Number, r.json["employee_number"])
		require.Nil(t, r.json["branch_id"])
		require.Equal(t, []task.Recompute{{V: 1, BranchID: jkt, From: second, To: second},
			{V: 1, EmployeeIDs: []int64{one}, From: second, To: second}}, w.recomputes())
		r = w.send(0, "PATCH", branch, "cabang", map[string]any{"working": false})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []task.Recompute{{V: 1, EmployeeIDs: []int64{one}, From: second, To: second}}, w.recomputes())

		seen := func(as string) (names []string) {
			for _, h := range w.send(0, "GET", "/api/holidays?year=2026", as, nil).items() {
				names = append(names, fmt.Sprint(h["name"], " ", h["editable"]))
			}
			return names
		}
		require.Equal(t, []string{"Libur true", "Tetap buka true"}, seen("admin"))
		require.Equal(t, []string{"Libur false", "Tetap buka true"}, seen("cabang"))
		require.Equal(t, []string{"Libur false", "Tetap buka false"}, seen("jkt-1"))
		require.Equal(t, []string{"Libur false"}, seen("jkt-2"), "not what concerns a colleague")
		page := w.send(0, "GET", "/api/holidays?limit=1", "admin", nil)
		require.Len(t, page.items(), 1)
		page = w.send(0, "GET", "/api/holidays?limit=1&cursor="+page.json["next_cursor"].(string), "admin", nil)
		require.Equal(t, "Tetap buka", page.items()[0]["name"])
		require.Empty(t, page.json["next_cursor"])

		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", branch, "cabang", nil).status)
		require.Equal(t, []task.Recompute{{V: 1, EmployeeIDs: []int64{one}, From: second, To: second}}, w.recomputes())
		require.Equal(t, http.StatusNotFound, w.send(0, "DELETE", branch, "cabang", nil).status)
		require.Empty(t, w.send(0, "GET", "/api/holidays?year=2027", "admin", nil).items())
		log := w.send(0, "GET", "/api/audit?table=holidays", "admin", nil)
		require.Len(t, log.items(), 7)
		require.Equal(t, "holiday.deleted", log.items()[0]["action"])
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

// A holiday that comes late turns an absence into a holiday, and its removal turns it back.
func TestALateHolidayChangesTheDay(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		path := fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID)
		punched := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: libur-1")
		require.Less(t, punched.status, 300, punched.raw)
		flags := func() string {
			for _, p := range w.recomputes() {
				ids := p.EmployeeIDs
				if len(ids) == 0 {
					ids = []int64{w.people[0].ID}
				}
				_, err := w.store.Days.RecomputeDays(t.Context(), ids, p.From, p.To)
				require.NoError(t, err)
			}
			return w.send(0, "GET", path, "admin", nil).raw
		}
		require.NotContains(t, flags(), "on_holiday")
		for _, scope := range []map[string]any{{"scope": "company"}, {"scope": "branch", "branch_id": w.branches[0].ID},
			{"scope": "employee", "employee_id": w.people[0].ID}} {
			body := map[string]any{"date": "2026-11-23", "name": "Mendadak"}
			maps.Copy(body, scope)
			r := w.send(0, "POST", "/api/holidays", "admin", body)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Contains(t, flags(), "on_holiday", "%v", scope)
			require.Equal(t, http.StatusNoContent,
				w.send(0, "DELETE", fmt.Sprintf("/api/holidays/%.0f", r.json["id"]), "admin", nil).status)
			require.NotContains(t, flags(), "on_holiday", "%v", scope)
		}
	})
}

// Every role on holidays of the company, of the own and of another branch, and of people there.
func TestWhoMayChangeHolidays(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		who := []string{"admin", "cabang", "jkt-1", "ops"}
		company := map[string]any{"scope": "company"}
		own, other := map[string]any{"scope": "branch", "branch_id": w.branches[0].ID},
			map[string]any{"scope": "branch", "branch_id": w.branches[1].ID}
		ours, theirs := map[string]any{"scope": "employee", "employee_id": w.people[0].ID},
			map[string]any{"scope": "employee", "employee_id": w.people[2].ID}
		n := 0
		fresh := func(scope map[string]any) map[string]any {
			n++
			body := map[string]any{"date": attendance.NewDate(2027, 1, 1).AddDays(n).String(), "name": "Libur"}
			maps.Copy(body, scope)
			return body
		}
		for _, c := range []struct {
			name string
			now  map[string]any // what is there already; nil: it is being added
			next map[string]any // what it becomes; nil: it is removed
			want [4]int
		}{
			{"add company", nil, company, [4]int{201, 403, 403, 403}},
			{"add own branch", nil, own, [4]int{201, 201, 403, 403}},
			{"add other branch", nil, other, [4]int{201, 404, 403, 403}},
			{"add no branch", nil, map[string]any{"scope": "branch", "branch_id": 424242}, [4]int{422, 404, 403, 403}},
			{"add own employee", nil, ours, [4]int{201, 201, 403, 403}},
			{"add other employee", nil, theirs, [4]int{201, 404, 403, 403}},
			{"add no employee", nil, map[string]any{"scope": "employee", "employee_id": 424242},
				[4]int{422, 404, 403, 403}},
			{"change company", company, map[string]any{"name": "X"}, [4]int{200, 403, 403, 403}},
			{"change own branch", own, map[string]any{"name": "X"}, [4]int{200, 200, 403, 403}},
			{"change other branch", other, map[string]any{"name": "X"}, [4]int{200, 404, 403, 403}},
			{"change own employee", ours, map[string]any{"name": "X"}, [4]int{200, 200, 403, 403}},
			{"change other employee", theirs, map[string]any{"name": "X"}, [4]int{200, 404, 403, 403}},
			{"own to company", own, company, [4]int{200, 403, 403, 403}},
			{"own to other", own, other, [4]int{200, 404, 403, 403}},
			{"own to their employee", own, theirs, [4]int{200, 404, 403, 403}},
			{"other to own", other, own, [4]int{200, 404, 403, 403}},
			{"own to no employee", own, map[string]any{"scope": "employee", "employee_id": 424242},
				[4]int{422, 404, 403, 403}},
			{"own to no branch", own, map[string]any{"scope": "branch", "branch_id": 424242},
				[4]int{422, 404, 403, 403}},
			{"remove company", company, nil, [4]int{204, 403, 403, 403}},
			{"remove own branch", own, nil, [4]int{204, 204, 403, 403}},
			{"remove other branch", other, nil, [4]int{204, 404, 403, 403}},
			{"remove other employee", theirs, nil, [4]int{204, 404, 403, 403}},
		} {
			for i, name := range who {
				if c.now == nil {
					r := w.send(0, "POST", "/api/holidays", name, fresh(c.next))
					require.Equal(t, c.want[i], r.status, "%s as %s: %s", c.name, name, r.raw)
					continue
				}
				there := w.send(0, "POST", "/api/holidays", "admin", fresh(c.now))
				require.Equal(t, http.StatusCreated, there.status, there.raw)
				path := fmt.Sprintf("/api/holidays/%.0f", there.json["id"])
				method, body := "DELETE", any(nil)
				if c.next != nil {
					method, body = "PATCH", c.next
				}
				r := w.send(0, method, path, name, body)
				require.Equal(t, c.want[i], r.status, "%s as %s: %s", c.name, name, r.raw)
				require.Equal(t, http.StatusUnauthorized, w.send(0, method, path, "", body).status)
			}
		}
		for i, want := range [4]int{200, 200, 200, 403} {
			require.Equal(t, want, w.send(0, "GET", "/api/holidays", who[i], nil).status, who[i])
		}
	})
}

func TestRubbishAboutHolidaysIsRefused(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		made := w.send(0, "POST", "/api/holidays", "admin",
			map[string]any{"date": "2026-12-25", "name": "Natal", "scope": "company"})
		one := fmt.Sprintf("/api/holidays/%.0f", made.json["id"])
		for name, body := range map[string]any{
			"not JSON": "{", "a list": "[]", "null": "null",
			"a date": map[string]any{"date": "25/12/2026"}, "an empty date": map[string]any{"date": ""},
			"a day that is none": map[string]any{"date": "2026-02-30"},
			"a year far off":     map[string]any{"date": "0001-01-01"},
			"an empty name":      map[string]any{"name": ""}, "a blank name": map[string]any{"name": " \t"},
			"a long name": map[string]any{"name": strings.Repeat("x", 201)},
			"a zero byte": map[string]any{"name": "a\x00"}, "turned around": map[string]any{"name": "a\u202e"},
			"a scope": map[string]any{"scope": "world"}, "no branch": map[string]any{"scope": "branch"},
			"no employee": map[string]any{"scope": "employee"},
			"both": map[string]any{"scope": "branch", "branch_id": w.branches[0].ID,
				"employee_id": w.people[0].ID},
			"a branch of the company": map[string]any{"scope": "company", "branch_id": w.branches[0].ID},
			"a negative branch":       map[string]any{"scope": "branch", "branch_id": -1},
			"a huge branch":           map[string]any{"scope": "branch", "branch_id": int64(1) << 62},
			"a working":               map[string]any{"working": "yes"},
			"an unknown field":        map[string]any{"colour": 1},
		} {
			if m, ok := body.(map[string]any); ok {
				whole := map[string]any{"date": "2026-12-26", "name": "Baru", "scope": "company"}
				maps.Copy(whole, m)
				body = whole
			}
			for _, route := range []string{"POST /api/holidays", "PATCH " + one} {
				method, path, _ := strings.Cut(route, " ")
				r := w.send(0, method, path, "admin", body)
				require.Contains(t, []int{400, 422}, r.status, "%s with %s: %s", route, name, r.raw)
			}
		}
		for _, path := range []string{"/api/holidays/0", "/api/holidays/x", "/api/holidays/99999999999999999999",
			"/api/holidays/424242"} {
			require.Contains(t, []int{404, 422}, w.send(0, "PATCH", path, "admin", map[string]any{}).status, path)
			require.Contains(t, []int{404, 422}, w.send(0, "DELETE", path, "admin", nil).status, path)
		}
		for _, query := range []string{"year=1", "year=-1", "year=9999", "year=x", "cursor=x", "limit=0", "limit=501"} {
			require.Contains(t, []int{400, 422}, w.send(0, "GET", "/api/holidays?"+query, "admin", nil).status, query)
		}
		require.Len(t, w.send(0, "GET", "/api/holidays?year=2026", "admin", nil).items(), 1)
	})
}

// A cursor that somebody made up leads nowhere, but it breaks nothing.
func TestAHolidayCursorFarOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	r := w.send(0, "GET", "/api/holidays?cursor=MTpob2xpZGF5czo5MjIzMzcyMDM2ODU0Nzc1ODA3Oi0x", "admin", nil)
	require.Equal(t, http.StatusOK, r.status, r.raw)
}
