package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// helsinki adds a branch whose clocks change, with an employee on a nightly shift of 22:00 to 06:00.
func (w *world) helsinki() attendance.Employee {
	w.t.Helper()
	b, err := w.store.Branches.AddBranch(w.t.Context(),
		attendance.Branch{Code: "HEL", Name: "Helsinki", Zone: "Europe/Helsinki", Policy: attendance.PolicyRecord,
			Active: true}, ledger.Actor{})
	require.NoError(w.t, err)
	night, err := w.store.Shifts.AddShift(w.t.Context(),
		attendance.Shift{Code: "M", Name: "Malam", Start: 22 * 60, End: 6 * 60, OpensBefore: 120, ClosesAfter: 240,
			Active: true}, ledger.Actor{})
	require.NoError(w.t, err)
	es := []attendance.Employee{{Number: "HEL-1", Name: "Aino", BranchID: b.ID, Status: attendance.EmployeeActive}}
	_, err = w.store.Employees.UpsertEmployees(w.t.Context(), es)
	require.NoError(w.t, err)
	n := night.ID
	require.NoError(w.t, w.store.Assignments.AddAssignments(w.t.Context(),
		[]attendance.Assignment{
			{EmployeeID: es[0].ID, From: attendance.NewDate(2026, 1, 5), Pattern: []int64{n, n, n, n, n, n, n}}}))
	return es[0]
}

// Case 13: the form refuses the hour that does not exist and asks about the one that exists twice.
func TestACorrectionAsksWhichOfTwoEqualTimes(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		aino := w.helsinki()
		ask := func(date, repeated string, header ...string) reply {
			body := map[string]any{"employee_id": aino.ID, "work_date": date, "time": "03:30", "next_day": true,
				"direction": "out", "reason": "lupa"}
			if repeated != "" {
				body["repeated"] = repeated
			}
			return w.send(0, http.MethodPost, "/api/corrections", "admin", body, header...)
		}
		r := ask("2026-03-28", "")
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.Equal(t, "skipped_time", r.code())
		require.Equal(t, []any{
			map[string]any{"field": "time",
				"message": "Jam itu tidak pernah ada: pada malam itu jam dimajukan."}}, r.json["errors"])
		r = ask("2026-03-28", "", "Accept-Language: en")
		require.Contains(t, r.raw, "clocks were put forward")

		r = ask("2026-10-24", "")
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.Equal(t, "ambiguous_time", r.code())
		require.Equal(t, []any{map[string]any{"value": "first", "at": "2026-10-25T03:30:00+03:00"},
			map[string]any{"value": "second", "at": "2026-10-25T03:30:00+02:00"}}, r.json["choices"])
		require.Equal(t, "repeated", r.json["errors"].([]any)[0].(map[string]any)["field"])
		for which, at := range map[string]string{"first": "2026-10-25T00:30:00Z", "second": "2026-10-25T01:30:00Z"} {
			r = ask("2026-10-24", which)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Equal(t, at, r.json["occurred_at"])
		}
	})
}

// Case 49: the same 20 corrections at once are one.
func TestTheSameCorrectionIsAskedForOnce(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		body := map[string]any{"work_date": "2026-11-20", "direction": "out", "time": "17:05", "reason": "lupa"}
		answers := make(chan int, 20)
		for n := range 20 {
			go func() { answers <- w.send(n%2, http.MethodPost, "/api/corrections", "jkt-1", body).status }()
		}
		count := map[int]int{}
		for range 20 {
			count[<-answers]++
		}
		require.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusConflict: 19}, count)
		require.Len(t, w.send(0, http.MethodGet, "/api/corrections", "cabang", nil).items(), 1)
		body["time"] = "17:06"
		require.Equal(t, http.StatusCreated, w.send(0, http.MethodPost, "/api/corrections", "jkt-1", body).status,
			"another time is another correction")
	})
}

// Whoever may decide about corrections corrects a day in one step: asked for and approved, with its punch, as the
// decision of a request would be.
func TestADayIsCorrectedAtOnce(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.token["makassar"] = w.session(account.User{Login: "makassar", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[1].ID}})
		w.until(23, 20, 0, 0)
		in := w.tap("in", "jkt-1", "2026-11-23T08:00:00+07:00")
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		own := w.people[0].ID
		correct := func(as string, over map[string]any) reply {
			body := map[string]any{"employee_id": own, "work_date": "2026-11-23", "direction": "out", "time": "17:05",
				"reason": "lupa absen pulang"}
			for k, v := range over {
				body[k] = v
			}
			return w.send(0, http.MethodPost, "/api/corrections/at-once", as, body)
		}
		day, _, _ := w.dayOf(w.people[0], 23)
		seen := day["version"]
		for _, c := range []struct {
			as, code string
			over     map[string]any
			status   int
		}{
			{"", "unauthenticated", nil, 401}, {"jkt-1", "forbidden", nil, 403}, {"jkt-2", "forbidden", nil, 403},
			{"ops", "forbidden", nil, 403}, {"makassar", "not_found", nil, 404},
			{"cabang", "not_found", map[string]any{"employee_id": w.people[2].ID}, 404},
			{"cabang", "invalid", map[string]any{"reason": " "}, 422},
			{"cabang", "invalid", map[string]any{"time": "21:00"}, 422}, // has not come yet
			{"cabang", "invalid", map[string]any{"direction": ""}, 422},
			{"cabang", "stale", map[string]any{"version": 0}, 409},
		} {
			r := correct(c.as, c.over)
			require.Equal(t, []any{c.status, c.code}, []any{r.status, r.code()}, "%s %v: %s", c.as, c.over, r.raw)
		}
		require.Empty(t, w.send(0, "GET", "/api/corrections", "admin", nil).items(), "what was refused left nothing")

		r := correct("cabang", map[string]any{"version": seen})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []any{"approved", "lupa absen pulang", "2026-11-23T10:05:00Z"},
			[]any{r.json["state"], r.json["reason"], r.json["occurred_at"]})
		require.NotZero(t, r.json["punch_id"])
		day, flags, why := w.dayOf(w.people[0], 23)
		require.Equal(t, "2026-11-23T10:05:00Z", day["last_out"])
		require.Greater(t, day["version"], seen)
		require.Contains(t, flags, "corrected")
		require.Contains(t, why, "corrected")
		log := w.send(0, "GET", "/api/audit?table=corrections", "admin", nil)
		require.Contains(t, log.raw, `"correction.requested"`)
		require.Contains(t, log.raw, `"correction.approved"`)
		require.Contains(t, w.send(0, "GET", "/api/me/decisions", "jkt-1", nil).raw, "lupa absen pulang",
			"whose day it is hears of it")

		// Who has seen the day before says so, and is told; who does not mind is not.
		require.Equal(t, "stale", correct("admin", map[string]any{"time": "17:30", "version": seen}).code())
		require.Equal(t, "conflict", correct("admin", nil).code(), "the same once more")
		require.Equal(t, http.StatusCreated, correct("admin", map[string]any{"time": "17:30"}).status)

		w.lock()
		locked := correct("admin", map[string]any{"time": "17:45"})
		require.Equal(t, []any{409, "period_locked"}, []any{locked.status, locked.code()}, locked.raw)
		require.Len(t, w.send(0, "GET", "/api/corrections", "admin", nil).items(), 2)
	})
}

// Of many who have seen the same day, one corrects it.
func TestOneOfManyCorrectsADay(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.until(23, 20, 0, 0)
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1", "2026-11-23T08:00:00+07:00").status)
		day, _, _ := w.dayOf(w.people[0], 23)
		answers := make(chan reply, 12)
		for n := range 12 {
			go func() {
				answers <- w.send(n%2, http.MethodPost, "/api/corrections/at-once", "admin",
					map[string]any{"employee_id": w.people[0].ID, "work_date": "2026-11-23", "direction": "out",
						"time": fmt.Sprintf("17:%02d", n), "reason": "lupa", "version": day["version"]})
			}()
		}
		count := map[string]int{}
		for range 12 {
			r := <-answers
			count[fmt.Sprint(r.status, r.code())]++
		}
		require.Equal(t, map[string]int{"201": 1, "409stale": 11}, count)
		detail := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID), "admin", nil)
		require.Len(t, detail.json["punches"], 2)
	})
}
