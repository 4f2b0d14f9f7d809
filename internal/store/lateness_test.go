package store_test

import (
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"

	"github.com/stretchr/testify/require"
)

// Who came seconds after the start is late by 0 whole minutes, and in the list of those who were.
func TestTheReportOfLatenessHoldsWhoCameSecondsLate(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br, es := b.company(t, 3)
		d := attendance.NewDate(2026, 11, 23)
		var days []attendance.Day
		for i, e := range es {
			day := attendance.Day{EmployeeID: e.ID, WorkDate: d, BranchID: br.ID, Zone: br.Zone,
				Status: attendance.StatusLate, Flags: []attendance.Flag{}, Version: 1, UpdatedAt: start}
			switch i {
			case 1:
				day.LateMinutes = 20
			case 2:
				day.Status = attendance.StatusPresent
			}
			days = append(days, day)
		}
		require.NoError(t, b.SeedHistory(t.Context(), nil, days))
		late, err := b.ReportPeople(t.Context(), reports.ReportRequest{Kind: reports.ReportLateness,
			BranchID: br.ID, From: d, To: d})
		require.NoError(t, err)
		require.ElementsMatch(t, []int64{es[0].ID, es[1].ID}, late)
	})
}
