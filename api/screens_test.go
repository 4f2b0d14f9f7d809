package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

func (w *world) checkIn(as string) {
	w.t.Helper()
	r := w.send(0, http.MethodPost, "/api/attendances/check-in", as, map[string]any{}, "Idempotency-Key: "+as)
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
}

func TestADaySaysWhy(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.checkIn("jkt-1")
		path := fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID)
		codes := func(r reply) (out []string) {
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, reason := range r.json["why"].([]any) {
				out = append(out, reason.(map[string]any)["code"].(string))
			}
			return out
		}
		require.Equal(t, []string{"shift", "window", "grace", "inside"},
			codes(w.send(0, http.MethodGet, path, "cabang", nil)), "08:05 is within ten minutes")
		mine := w.send(0, http.MethodGet, "/api/me/today", "jkt-1", nil)
		require.Equal(t, []string{"shift", "window", "grace", "inside"}, codes(mine))
		require.Equal(t, "block", mine.json["policy"])

		// A day that is stored as something else than its inputs make is said to be so.
		d := attendance.Day{EmployeeID: w.people[1].ID, WorkDate: attendance.NewDate(2026, 11, 23),
			BranchID: w.branches[0].ID, Zone: "Asia/Jakarta", Status: attendance.StatusHoliday}
		require.NoError(t, w.store.Days.SeedHistory(t.Context(), nil, []attendance.Day{d}))
		require.Equal(t, []string{"shift", "window", "waiting", "stored"},
			codes(w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[1].ID), "admin",
				nil)))
	})
}

func TestHistoryAsCSV(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.people[0].Name = "=1+1"
		_, err := w.store.Employees.UpsertEmployees(t.Context(), w.people)
		require.NoError(t, err)
		w.checkIn("jkt-1")
		w.checkIn("mks-3")
		read := func(as, query string) [][]string {
			r := w.send(0, http.MethodGet, "/api/attendances.csv"+query, as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			require.Equal(t, "text/csv; charset=utf-8", r.header.Get("Content-Type"))
			require.Contains(t, r.header.Get("Content-Disposition"), "attachment")
			text, found := strings.CutPrefix(r.raw, "\ufeff")
			require.True(t, found)
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			require.NoError(t, err)
			return rows
		}
		all := read("admin", "?lang=en")
		require.Len(t, all, 3)
		require.Equal(t, "Date", all[0][0])
		require.Equal(t, []string{"2026-11-23", "JKT-1", "'=1+1", "", "Jakarta", "Pagi", "2026-11-23 08:05:00", "",
			"Asia/Jakarta", "Present"}, all[1][:10])
		require.Equal(t, "2026-11-23 09:05:00", all[2][6], "each in the zone of its day")
		require.Equal(t, "Terlambat", read("admin", "?q=MKS")[1][9])
		raw := read("admin", "?q=MKS&raw=true")
		require.Equal(t, []string{"status", "late"}, []string{raw[0][9], raw[1][9]},
			"programs get names and codes that never change")
		require.Len(t, read("cabang", ""), 2, "only the branches in scope")
		require.Len(t, read("jkt-2", ""), 1, "only the own rows")
		require.Equal(t, http.StatusForbidden, w.send(0, http.MethodGet, "/api/attendances.csv", "ops", nil).status)
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances.csv?branch=%d", w.branches[1].ID), "cabang",
				nil).status)
		for _, query := range []string{"?from=x", "?lang=fr", "?from=2026-02-01&to=2026-01-01", "?status=x"} {
			require.Equal(t, http.StatusUnprocessableEntity,
				w.send(0, http.MethodGet, "/api/attendances.csv"+query, "admin", nil).status, query)
		}
	})
}

// An export longer than a page goes on where the page before ended.
func TestALongExportIsWhole(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		days := make([]attendance.Day, 0, 1203)
		for n := range 401 {
			for i := range w.people {
				days = append(days,
					attendance.Day{EmployeeID: w.people[i].ID, WorkDate: attendance.NewDate(2025, 1, 1).AddDays(n),
						BranchID: w.people[i].BranchID, Zone: "Asia/Jakarta", Status: attendance.StatusAbsent})
			}
		}
		require.NoError(t, w.store.Days.SeedHistory(t.Context(), nil, days))
		r := w.send(0, http.MethodGet, "/api/attendances.csv", "admin", nil)
		lines := strings.Split(strings.TrimSpace(r.raw), "\n")
		require.Len(t, lines, len(days)+1)
		seen := map[string]bool{}
		for _, line := range lines {
			require.False(t, seen[line], line)
			seen[line] = true
		}
	})
}

func TestArrivals(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.checkIn("jkt-1")
		w.checkIn("mks-3") // 09:05 there
		sum := func(as, query string) (n float64) {
			r := w.send(0, http.MethodGet, "/api/attendances/arrivals"+query, as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, v := range r.json["today"].([]any) {
				n += v.(float64)
			}
			return n
		}
		require.InDelta(t, 2, sum("admin", ""), 0)
		require.InDelta(t, 1, sum("cabang", ""), 0)
		require.InDelta(t, 1, sum("admin", fmt.Sprintf("?branch=%d&weeks=0", w.branches[1].ID)), 0)
		require.Equal(t, http.StatusForbidden,
			w.send(0, http.MethodGet, "/api/attendances/arrivals", "jkt-1", nil).status)
		require.Equal(t, http.StatusForbidden,
			w.send(0, http.MethodGet, "/api/attendances/arrivals", "ops", nil).status)
		require.Equal(t, http.StatusNotFound,
			w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances/arrivals?branch=%d", w.branches[1].ID), "cabang",
				nil).status)
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodGet, "/api/attendances/arrivals?weeks=99", "admin", nil).status)
	})
}
