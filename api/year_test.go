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

// year is what somebody reads of the last twelve months of an employee: its dates with what became of them.
func (w *world) year(as string, id int64) (r reply, dates []string) {
	w.t.Helper()
	r = w.send(0, http.MethodGet, fmt.Sprintf("/api/employees/%d/year", id), as, nil)
	require.Equal(w.t, http.StatusOK, r.status, "%s: %s", as, r.raw)
	for _, d := range r.json["days"].([]any) {
		d := d.(map[string]any)
		dates = append(dates, fmt.Sprint(d["date"], " ", d["status"]))
	}
	return r, dates
}

// A year over a move: each branch has the days that were worked there, whoever looks after the employee now.
func TestAYearIsReadByThoseWhoLookAfterItsDays(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks, one := w.branches[0].ID, w.branches[1].ID, w.people[0].ID
		d := func(date string) attendance.Date {
			day, err := attendance.ParseDate(date)
			require.NoError(t, err)
			return day
		}
		stored := func(branch int64, date string, status attendance.Status) attendance.Day {
			return attendance.Day{EmployeeID: one, WorkDate: d(date), BranchID: branch, Zone: "Asia/Jakarta",
				Status: status, Version: 1}
		}
		require.NoError(t, w.store.Days.SeedHistory(t.Context(), nil, []attendance.Day{
			stored(jkt, "2025-11-22", attendance.StatusPresent), // a year and a day ago
			stored(jkt, "2025-11-23", attendance.StatusPresent), stored(jkt, "2025-12-29", attendance.StatusOnLeave),
			stored(jkt, "2026-11-10", attendance.StatusOnLeave), stored(jkt, "2026-11-11", attendance.StatusOnLeave),
			stored(jkt, "2026-11-12", attendance.StatusOnLeave), stored(jkt, "2026-11-13", attendance.StatusLate),
			stored(mks, "2026-11-16", attendance.StatusAbsent), stored(mks, "2026-11-24", attendance.StatusOnLeave)}))
		require.NoError(t, w.store.Requests.AddLeaves(t.Context(), []attendance.Leave{
			{EmployeeID: one, Kind: attendance.LeaveAnnual, From: d("2025-12-29"), To: d("2025-12-30")},
			{EmployeeID: one, Kind: attendance.LeaveAnnual, From: d("2026-11-10"), To: d("2026-11-11")},
			{EmployeeID: one, Kind: attendance.LeaveSick, From: d("2026-11-12"), To: d("2026-11-12")}}))
		there := []string{"2025-11-23 present", "2025-12-29 on_leave", "2026-11-10 on_leave", "2026-11-11 on_leave",
			"2026-11-12 on_leave", "2026-11-13 late"}

		r, dates := w.year("cabang", one)
		require.Equal(t, there, dates)
		require.Equal(t, []any{true, false}, []any{r.json["here"], r.json["partly"]})
		w.movedCompany()

		r, dates = w.year("admin", one)
		require.Equal(t, append(there[:len(there):len(there)], "2026-11-16 absent"), dates)
		require.Equal(t, []any{"2025-11-23", "2026-11-23"}, []any{r.json["from"], r.json["to"]})
		require.Equal(t, []any{w.people[0].Name, w.people[0].Number},
			[]any{r.json["employee_name"], r.json["employee_number"]})
		require.Equal(t, []any{true, false}, []any{r.json["here"], r.json["partly"]})
		require.Equal(t, map[string]any{"present": 1.0, "on_leave": 4.0, "late": 1.0, "absent": 1.0}, r.json["counts"])
		require.Equal(t, []any{map[string]any{"kind": "leave", "days": 2.0},
			map[string]any{"kind": "sick", "days": 1.0}, map[string]any{"kind": "permit", "days": 0.0}},
			r.json["leave"], "of this year")
		require.Equal(t, "leave", r.json["days"].([]any)[2].(map[string]any)["leave"])

		r, dates = w.year("cabang", one)
		require.Equal(t, there, dates)
		require.Equal(t, []any{false, true}, []any{r.json["here"], r.json["partly"]})
		for _, as := range []string{"makassar", "token"} {
			r, dates = w.year(as, one)
			require.Equal(t, []string{"2026-11-16 absent"}, dates, as)
			require.Equal(t, []any{true, true}, []any{r.json["here"], r.json["partly"]}, as)
			require.Equal(t, map[string]any{"absent": 1.0}, r.json["counts"], as)
			require.EqualValues(t, 0, r.json["leave"].([]any)[0].(map[string]any)["days"], as)
		}
		require.Equal(t, http.StatusNotFound, w.send(0, http.MethodGet, fmt.Sprintf("/api/employees/%d/year",
			w.people[1].ID), "makassar", nil).status)
		path := fmt.Sprintf("/api/employees/%d/year", one)
		w.apiToken("days", "admin", []account.Scope{account.ScopeAttendanceRead})
		w.apiToken("people", "admin", []account.Scope{account.ScopeEmployeesRead})
		require.Equal(t, http.StatusOK, w.send(0, http.MethodGet, path, "days", nil).status)
		require.Equal(t, "scope_required", w.send(0, http.MethodGet, path, "people", nil).code())
		for _, as := range []string{"jkt-1", "ops"} {
			require.Equal(t, http.StatusForbidden, w.send(0, http.MethodGet, path, as, nil).status, as)
		}
	})
}

// A year tells with what somebody punches, by branch as its days.
func TestAYearTellsWithWhatSomebodyPunches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		one := w.people[0].ID
		for i, device := range []string{"Ponsel A", "Ponsel A", "Ponsel B"} {
			w.clock.Advance(2 * time.Minute)
			r := w.send(0, http.MethodPost, []string{"/api/attendances/check-in", "/api/attendances/check-out"}[i%2],
				"jkt-1", map[string]any{"device": device, "confirm": true})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
		}
		r, _ := w.year("cabang", one)
		means := r.json["means"].([]any)
		require.Len(t, means, 2)
		first, second := means[0].(map[string]any), means[1].(map[string]any)
		require.Equal(t, []any{"Ponsel B", 1.0, "Ponsel A", 2.0},
			[]any{first["device"], first["punches"], second["device"], second["punches"]})
		require.Equal(t, w.clock.Now().UTC().Format("2006-01-02T15:04:05Z"), first["last_at"])
		w.movedCompany()
		r, _ = w.year("makassar", one)
		require.Empty(t, r.json["means"], "they were made in Jakarta")
	})
}
