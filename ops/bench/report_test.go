package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"

	"github.com/stretchr/testify/require"
)

const reported = 5000

// reportTimes measures (g): a month of a branch of 5,000, from the request to the file, and the largest that the worker
// got.
func reportTimes(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(reported)
	first, last, err := reports.ParseMonth("2026-01")
	require.NoError(b, err)
	for d := first; d <= last; d++ {
		days := make([]attendance.Day, len(people))
		for i, p := range people {
			in, out := d.UTC().Add(time.Hour), d.UTC().Add(10*time.Hour)
			days[i] = attendance.Day{EmployeeID: p.employee, WorkDate: d, BranchID: s.branch.ID, Zone: s.branch.Zone,
				ShiftName: "Ukur", FirstIn: &in, LastOut: &out,
				Status: attendance.StatusPresent, WorkedMinutes: 480, Flags: []attendance.Flag{}, Version: 1,
				UpdatedAt: out}
		}
		require.NoError(b, s.store.Days.SeedHistory(b.Context(), nil, days))
	}
	bearer := s.admin()
	addr, _ := s.start("api")
	_, worker := s.start("worker")
	send := func(method, path string, body any) (out reports.Report) {
		j, err := json.Marshal(body)
		require.NoError(b, err)
		req, err := http.NewRequestWithContext(b.Context(), method, "http://"+addr+path, bytes.NewReader(j))
		require.NoError(b, err)
		req.Header.Set("Authorization", bearer)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(b, err)
		defer resp.Body.Close()
		require.Less(b, resp.StatusCode, 300)
		require.NoError(b, json.NewDecoder(resp.Body).Decode(&out))
		return out
	}
	for _, format := range reports.ReportFormats() {
		begin := time.Now()
		r := send(http.MethodPost, "/api/reports",
			map[string]any{"kind": "monthly", "format": format, "branch_id": s.branch.ID, "month": "2026-01"})
		wait(b, 5*time.Minute, "the report", func(context.Context) bool {
			r = send(http.MethodGet, "/api/reports/"+strconv.FormatInt(r.ID, 10), nil)
			return !r.Pending()
		})
		require.Equal(b, reports.ReportDone, r.State)
		t.add(fmt.Sprintf("report: month of 5,000 people, %s, %.1f MB", format, float64(r.Size)/1e6),
			time.Since(begin).Seconds(), "%.1f s", noAim)
		t.add("  the worker's largest resident memory until then", float64(peakKiB(b, worker.PID()))/1024, "%.0f MB",
			below(200, " MB"))
	}
}
