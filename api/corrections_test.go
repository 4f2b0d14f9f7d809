package api_test

import (
	"net/http"
	"testing"

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
