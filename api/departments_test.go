package api_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Whoever moves leaves their old days as they were: each has the department of its date, wherever it is told.
func TestADayHasTheDepartmentOfItsDate(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		ctx := t.Context()
		today := attendance.NewDate(2026, 11, 23)
		id, path := w.people[0].ID, fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		r := w.send(0, "PATCH", path, "admin", map[string]any{"department": "Gudang",
			"version": w.employee(id)["version"]})
		require.Equal(t, 200, r.status, r.raw)
		var ds []attendance.Day
		for _, d := range []attendance.Date{today - 3, today - 1} {
			ds = append(ds, attendance.Day{EmployeeID: id, WorkDate: d, BranchID: w.branches[0].ID,
				Zone: "Asia/Jakarta", Status: attendance.StatusAbsent, Flags: []attendance.Flag{}, Version: 1,
				UpdatedAt: w.clock.Now()})
		}
		require.NoError(t, w.store.Days.SeedHistory(ctx, nil, ds))
		r = w.send(0, "POST", path+"/moves", "admin", map[string]any{"branch_id": w.branches[0].ID,
			"from": (today - 1).String(), "department": "Kantor", "reason": "mutasi"})
		require.Equal(t, 201, r.status, r.raw)
		r = w.send(0, "POST", path+"/moves", "admin", map[string]any{"branch_id": w.branches[0].ID,
			"from": today.String(), "department": "Toko", "reason": "mutasi"})
		require.Equal(t, 201, r.status, r.raw)
		require.Equal(t, "Toko", r.json["department"])

		old, late := (today - 3).String(), (today - 1).String()
		want := map[string]string{old: "Gudang", late: "Kantor"}
		list := w.send(0, "GET", fmt.Sprintf("/api/attendances?from=%s&to=%s&employee=%d", old, late, id), "admin",
			nil)
		require.Len(t, list.items(), 2, list.raw)
		for _, day := range list.items() {
			require.Equal(t, want[day["work_date"].(string)], day["department"], "the list, %s", day["work_date"])
		}
		for date, department := range map[string]string{old: "Gudang", (today - 2).String(): "Gudang", late: "Kantor",
			today.String(): "Toko"} {
			r = w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/%s", id, date), "admin", nil)
			require.Equal(t, department, r.json["day"].(map[string]any)["department"], "the single day %s", date)
		}
		file := w.send(0, "GET", fmt.Sprintf("/api/attendances.csv?from=%s&to=%s", old, late), "admin", nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.raw, "\ufeff"))).ReadAll()
		require.NoError(t, err, file.raw)
		require.Len(t, rows, 3, file.raw)
		require.Contains(t, rows[1], "Kantor", file.raw)
		require.Contains(t, rows[2], "Gudang", file.raw)
		told, err := w.store.Lists.Entries(ctx, []task.DayRef{{EmployeeID: id, WorkDate: today - 3},
			{EmployeeID: id, WorkDate: today - 1}})
		require.NoError(t, err)
		require.Equal(t, []string{"Gudang", "Kantor"}, []string{told[0].Department, told[1].Department}, "screens")
		for _, day := range w.send(0, "GET", "/api/attendances/today", "admin", nil).items() {
			if int64(day["employee_id"].(float64)) == id {
				require.Equal(t, "Toko", day["department"])
			}
		}

		// Reports of days say each day's; a person is under the last one of the period.
		asked := reports.ReportRequest{Kind: reports.ReportExceptions, From: today - 7, To: today - 1}
		for _, branch := range []int64{0, w.branches[0].ID} {
			asked.BranchID = branch
			people, err := w.store.Reports.ReportDays(ctx, asked, []int64{id})
			require.NoError(t, err)
			require.Equal(t, "Kantor", people[0].Department, "branch %d", branch)
			require.Equal(t, []string{"Gudang", "Kantor"},
				[]string{people[0].Days[0].Department, people[0].Days[1].Department}, "branch %d", branch)
		}
		asked.BranchID, asked.To = 0, today-2
		people, err := w.store.Reports.ReportDays(ctx, asked, []int64{id})
		require.NoError(t, err)
		require.Equal(t, "Gudang", people[0].Department)
	})
}

// A report without a branch lists people by where they were by its end.
func TestAReportSortsPeopleByWhereTheyWere(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		ctx := t.Context()
		today := attendance.NewDate(2026, 11, 23)
		var ds []attendance.Day
		for i, department := range []string{"A", "B"} {
			e := w.people[i]
			r := w.send(0, "PATCH", fmt.Sprintf("/api/employees/%d", e.ID), "admin",
				map[string]any{"department": department, "version": w.employee(e.ID)["version"]})
			require.Equal(t, 200, r.status, r.raw)
			ds = append(ds, attendance.Day{EmployeeID: e.ID, WorkDate: today - 3, BranchID: e.BranchID,
				Zone: "Asia/Jakarta", Status: attendance.StatusAbsent, Flags: []attendance.Flag{}, Version: 1,
				UpdatedAt: w.clock.Now()})
		}
		require.NoError(t, w.store.Days.SeedHistory(ctx, nil, ds))
		r := w.send(0, "POST", fmt.Sprintf("/api/employees/%d/moves", w.people[0].ID), "admin", map[string]any{
			"branch_id": w.branches[1].ID, "from": today.String(), "department": "Z", "reason": "mutasi"})
		require.Equal(t, 201, r.status, r.raw)
		for _, branch := range []int64{0, w.branches[0].ID} {
			ids, err := w.store.Reports.ReportPeople(ctx, reports.ReportRequest{Kind: reports.ReportExceptions,
				BranchID: branch, From: today - 7, To: today - 1})
			require.NoError(t, err)
			require.Equal(t, []int64{w.people[0].ID, w.people[1].ID}, ids, "branch %d", branch)
		}
	})
}
