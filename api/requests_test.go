package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func (w *world) ask(as string, employee int64, from string) int64 {
	w.t.Helper()
	body := map[string]any{"kind": "leave", "from": from, "to": from, "reason": "perlu"}
	if employee != 0 {
		body["employee_id"] = employee
	}
	r := w.send(0, http.MethodPost, "/api/leave-requests", as, body)
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
	return int64(r.json["id"].(float64))
}

// Nobody buries who looks after the branch: what was taken back counts, too, and what waits of others goes on.
func TestRequestsOfOnePersonAreBounded(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		correct := func(as string, n int) reply {
			w.clock.Advance(time.Second)
			at := time.Date(2026, 11, 23-n/100, 7, -n%100, 0, 0, time.UTC) // on the clocks of Jakarta
			return w.send(0, "POST", "/api/corrections", as, map[string]any{"work_date": at.Format(time.DateOnly),
				"direction": "in", "time": at.Format("15:04"), "reason": "lupa"})
		}
		for n := range 100 {
			r := correct("jkt-1", n)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
		}
		r := correct("jkt-1", 100)
		require.Equal(t, []any{http.StatusTooManyRequests, "too_many_requests"}, []any{r.status, r.code()}, r.raw)
		require.Contains(t, r.json["detail"], "Coba lagi besok")
		require.Equal(t, fmt.Sprint(24*3600-100), r.header.Get("Retry-After"), "a day after the first")
		require.Equal(t, http.StatusCreated, correct("jkt-2", 0).status)
		for range 100 {
			id := w.ask("jkt-1", 0, "2026-12-01")
			cancelled := w.send(0, "POST", fmt.Sprintf("/api/leave-requests/%d/cancel", id), "jkt-1", nil)
			require.Equal(t, http.StatusOK, cancelled.status, cancelled.raw)
		}
		r = w.send(0, "POST", "/api/leave-requests", "jkt-1",
			map[string]any{"kind": "leave", "from": "2026-12-01", "to": "2026-12-01", "reason": "perlu"})
		require.Equal(t, []any{http.StatusTooManyRequests, "too_many_requests"}, []any{r.status, r.code()}, r.raw)
		w.clock.Advance(24 * time.Hour)
		require.Equal(t, http.StatusCreated, correct("jkt-1", 100).status)
	})
}

func TestWhoMayAskAndDecide(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.people[0].ID, w.people[2].ID
		// Filing for somebody: own branch, other branch, oneself, another person.
		for _, c := range []struct {
			as     string
			for_   int64
			status int
		}{{"admin", jkt, 201}, {"admin", mks, 201}, {"cabang", jkt, 201}, {"cabang", mks, 404}, {"jkt-1", 0, 201},
			{"jkt-1", jkt, 201}, {"jkt-1", mks, 404}, {"ops", jkt, 404}, {"ops", 0, 422}, {"admin", 0, 422},
			{"", jkt, 401}} {
			for i, path := range []string{"/api/leave-requests", "/api/corrections"} {
				w.days++
				d := attendance.NewDate(2026, 12, 1).AddDays(w.days).String()
				body := map[string]any{"kind": "sick", "from": d, "to": d, "reason": "demam"}
				if i == 1 {
					body = map[string]any{"work_date": "2026-11-20", "direction": "out",
						"time": fmt.Sprintf("17:%02d", w.days%60), "reason": "lupa"}
				}
				if c.for_ != 0 {
					body["employee_id"] = c.for_
				}
				r := w.send(0, http.MethodPost, path, c.as, body)
				require.Equal(t, c.status, r.status, "%s %s for %d: %s", c.as, path, c.for_, r.raw)
			}
		}
		// Deciding.
		for _, c := range []struct {
			as, verb string
			whose    string
			status   int
		}{
			{"jkt-1", "approve", "jkt-1", 403}, {"jkt-2", "approve", "jkt-1", 404}, {"ops", "approve", "jkt-1", 404},
			{"cabang", "approve", "mks-3", 404}, {"cabang", "approve", "jkt-1", 200},
			{"admin", "refuse", "mks-3", 200}, {"jkt-2", "cancel", "jkt-1", 404}, {"jkt-1", "cancel", "jkt-1", 200},
			{"cabang", "cancel", "jkt-1", 403}, {"", "approve", "jkt-1", 401},
		} {
			w.days++
			id := w.ask(c.whose, 0, attendance.NewDate(2026, 12, 1).AddDays(w.days).String())
			path := fmt.Sprintf("/api/leave-requests/%d", id)
			r := w.send(0, http.MethodPost, path+"/"+c.verb, c.as, map[string]any{"note": "baik"})
			require.Equal(t, c.status, r.status, "%s %ss %s: %s", c.as, c.verb, c.whose, r.raw)
			if c.status == 200 {
				require.Equal(t, http.StatusConflict,
					w.send(0, http.MethodPost, path+"/"+c.verb, c.as, map[string]any{"note": "lagi"}).status,
					"it is decided")
			}
		}
		// Reading.
		for as, n := range map[string]int{"jkt-2": 0, "jkt-1": 12, "cabang": 12, "admin": 15} {
			r := w.send(0, http.MethodGet, "/api/leave-requests?limit=100", as, nil)
			require.Equal(t, 200, r.status)
			if as == "jkt-1" || as == "jkt-2" {
				for _, item := range r.items() {
					require.EqualValues(t, w.people[map[string]int{"jkt-1": 0, "jkt-2": 1}[as]].ID, item["employee_id"])
				}
			}
			if n == 0 {
				require.Empty(t, r.items())
			} else {
				require.NotEmpty(t, r.items(), as)
			}
		}
		require.Equal(t, http.StatusForbidden, w.send(0, http.MethodGet, "/api/corrections", "ops", nil).status)
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodGet, fmt.Sprintf("/api/corrections?employee=%d", mks), "jkt-1", nil).status)
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodGet, fmt.Sprintf("/api/corrections?branch=%d", w.branches[1].ID), "cabang",
				nil).status)
	})
}

// Nobody decides about an own request while somebody else could; alone, one has to.
func TestOnesOwnRequest(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.token["kepala"] = w.session(
			account.User{Login: "kepala", Role: account.RoleAdmin, EmployeeID: w.people[2].ID})
		id := w.ask("kepala", 0, "2026-12-01")
		path := fmt.Sprintf("/api/leave-requests/%d", id)
		r := w.send(0, http.MethodPost, path+"/approve", "kepala", nil)
		require.Equal(t, http.StatusForbidden, r.status)
		require.Equal(t, "own_request", r.code())
		admin, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK,
			w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%d", admin.ID), "kepala",
				map[string]any{"disabled": true}).status)
		r = w.send(0, http.MethodPost, path+"/approve", "kepala", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "approved", r.json["state"])
	})
}

// Whoever decides about a leave reads how many of its dates are working days, on which of them the employee punched
// already, and how many are settled.
func TestWhatALeaveIsAbout(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.clock.Set(monday(8, 0))
		in := w.send(0, http.MethodPost, checkIn, "jkt-1", nil)
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		holiday := map[string]any{"date": "2026-11-26", "name": "Libur", "scope": "branch",
			"branch_id": w.branches[0].ID}
		made := w.send(0, http.MethodPost, "/api/holidays", "admin", holiday)
		require.Equal(t, http.StatusCreated, made.status, made.raw)
		r := w.send(0, http.MethodPost, "/api/leave-requests", "jkt-1",
			map[string]any{"kind": "leave", "from": "2026-11-22", "to": "2026-11-29", "reason": "perlu"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		path := fmt.Sprintf("/api/leave-requests/%v", r.json["id"])
		about := func(locked int) {
			t.Helper()
			effect := w.send(0, http.MethodGet, path+"/effect", "cabang", nil)
			require.Equal(t, http.StatusOK, effect.status, effect.raw)
			delete(effect.json, "$schema")
			want := map[string]any{"dates": 8.0, "working_days": 4.0, "punched": []any{"2026-11-23"},
				"locked": float64(locked)}
			require.Equal(t, want, effect.json)
		}
		about(0)
		_, _, err := w.store.Recaps.Recap(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 22), false)
		require.NoError(t, err)
		branch := fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		settled := w.send(0, http.MethodPatch, branch, "admin", map[string]any{"locked_through": "2026-11-22"})
		require.Equal(t, http.StatusOK, settled.status, settled.raw)
		about(1)
		require.Equal(t, http.StatusNotFound, w.send(0, http.MethodGet, path+"/effect", "jkt-2", nil).status)
		require.Equal(t, http.StatusOK, w.send(0, http.MethodPost, path+"/approve", "cabang", nil).status)
		require.Equal(t, http.StatusConflict, w.send(0, http.MethodGet, path+"/effect", "cabang", nil).status)
	})
}

// Who approves a leave may take that back, with a reason; whoever has it cannot.
func TestALeaveIsRevoked(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		path := fmt.Sprintf("/api/leave-requests/%d", w.ask("jkt-1", 0, "2026-12-01"))
		note := map[string]any{"note": "Rapat tahunan"}
		require.Equal(t, http.StatusConflict, w.send(0, http.MethodPost, path+"/revoke", "cabang", note).status,
			"it is not approved")
		require.Equal(t, http.StatusOK, w.send(0, http.MethodPost, path+"/approve", "cabang", nil).status)
		require.Equal(t, http.StatusForbidden, w.send(0, http.MethodPost, path+"/revoke", "jkt-1", note).status)
		require.Equal(t, http.StatusNotFound, w.send(0, http.MethodPost, path+"/revoke", "jkt-2", note).status)
		r := w.send(0, http.MethodPost, path+"/revoke", "cabang", nil)
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.Contains(t, r.raw, `"field":"note"`)
		r = w.send(0, http.MethodPost, path+"/revoke", "cabang", note)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "revoked", r.json["state"])
		require.Equal(t, "Rapat tahunan", r.json["decision_note"])
		for _, verb := range []string{"revoke", "approve", "refuse"} {
			require.Equal(t, http.StatusConflict, w.send(0, http.MethodPost, path+"/"+verb, "cabang", note).status,
				verb)
		}
		require.Len(t, w.send(0, http.MethodGet, "/api/leave-requests?state=revoked", "cabang", nil).items(), 1)
		require.NotZero(t, w.ask("jkt-1", 0, "2026-12-01"), "the dates are free again")
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodPost, "/api/corrections/1/revoke", "cabang", note).status, "a punch stays")
		log := w.send(0, http.MethodGet, "/api/audit?table=leave_requests", "admin", nil)
		require.Contains(t, log.raw, `"leave.revoked"`)
	})
}

func TestRequestsOfRubbish(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		leave := func(over map[string]any) map[string]any {
			b := map[string]any{"kind": "leave", "from": "2026-12-01", "to": "2026-12-02", "reason": "x"}
			for k, v := range over {
				b[k] = v
			}
			return b
		}
		correction := func(over map[string]any) map[string]any {
			b := map[string]any{"work_date": "2026-11-20", "direction": "in", "time": "08:00", "reason": "x"}
			for k, v := range over {
				b[k] = v
			}
			return b
		}
		for name, c := range map[string]struct {
			path  string
			body  any
			field string
		}{
			"kind":      {"/api/leave-requests", leave(map[string]any{"kind": "party"}), "kind"},
			"from":      {"/api/leave-requests", leave(map[string]any{"from": "soon"}), "from"},
			"backwards": {"/api/leave-requests", leave(map[string]any{"to": "2026-11-01"}), "to"},
			"no reason": {"/api/leave-requests", leave(map[string]any{"reason": "  "}), "reason"},
			"time":      {"/api/corrections", correction(map[string]any{"time": "25:00"}), "time"},
			"no date":   {"/api/corrections", correction(map[string]any{"work_date": ""}), "work_date"},
			"the future": {"/api/corrections", correction(map[string]any{"work_date": "2026-11-24"}),
				"work_date"},
			"another date's":    {"/api/corrections", correction(map[string]any{"next_day": true}), "time"},
			"a list for a word": {"/api/corrections", correction(map[string]any{"reason": []int{1}}), "reason"},
		} {
			r := w.send(0, http.MethodPost, c.path, "jkt-1", c.body)
			require.Equal(t, http.StatusUnprocessableEntity, r.status, "%s: %s", name, r.raw)
			errs, _ := r.json["errors"].([]any)
			require.NotEmpty(t, errs, "%s: %s", name, r.raw)
			require.Contains(t, errs[0].(map[string]any)["field"], c.field, name)
		}
		id := w.ask("jkt-1", 0, "2026-12-01")
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodPost, fmt.Sprintf("/api/leave-requests/%d/refuse", id), "admin", nil).status,
			"without a note")
		require.Equal(t, http.StatusConflict,
			w.send(0, http.MethodPost, "/api/leave-requests", "jkt-1", leave(nil)).status, "overlaps")
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodPost, "/api/leave-requests/999999/approve", "admin", nil).status)
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodPost, fmt.Sprintf("/api/corrections/%d/approve", id), "admin", nil).status,
			"of the other kind")
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodGet, "/api/corrections?state=lost", "admin", nil).status)
	})
}
