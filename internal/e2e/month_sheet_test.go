package e2e

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// download reads a CSV file over HTTP.
func (s *stack) download(path, token string) [][]string {
	t := s.t
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.apis[0]+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	return rows
}

// report asks for a report, waits for its file and reads it.
func (s *stack) report(body map[string]any) [][]string {
	t := s.t
	var made reports.Report
	_, err := call(t.Context(), http.MethodPost, s.apis[0]+"/api/reports", s.admin.token, nil, body, &made)
	require.NoError(t, err)
	path := fmt.Sprintf("/api/reports/%d", made.ID)
	require.True(t, eventually(func() bool {
		_, err := call(t.Context(), http.MethodGet, s.apis[0]+path, s.admin.token, nil, nil, &made)
		return err == nil && made.State == reports.ReportDone
	}), "the report is %s", made.State)
	return s.download(path+"/file", s.admin.token)
}

// Who leaves three hours early stands in the sheet that people are paid by with a sign of its own, counted as a day and
// in minutes, in words in the history, and as a code for programs.
func TestLeavingEarlyHasASignInTheMonthSheet(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2)
	ctx := t.Context()
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(t, err)
	day := attendance.DateOf(time.Now(), zone).AddDays(-1)
	shift, err := s.store.Shifts.AddShift(ctx,
		attendance.Shift{Code: "PAGI", Name: "Pagi", Start: 6*60 + 30, End: 15 * 60, OpensBefore: 120,
			ClosesAfter: 240, LateGrace: 10, BreakMinutes: 60, BreakAfter: 240, Active: true}, ledger.Actor{})
	require.NoError(t, err)
	pattern := slices.Repeat([]int64{shift.ID}, 7)
	require.NoError(t, s.store.Assignments.AddAssignments(ctx, []attendance.Assignment{
		{EmployeeID: es[0].ID, From: day, Pattern: pattern}, {EmployeeID: es[1].ID, From: day, Pattern: pattern}}))
	file := filepath.Join(t.TempDir(), "punches.csv")
	lines := "number,time,direction\n"
	for _, punch := range []string{"E2E-00001,%s 06:25:00,in", "E2E-00001,%s 12:00:00,out", "E2E-00002,%s 06:25:00,in",
		"E2E-00002,%s 15:01:00,out"} {
		lines += fmt.Sprintf(punch, day) + "\n"
	}
	require.NoError(t, os.WriteFile(file, []byte(lines), 0o600))
	out, err := s.command("import", "punches", file).CombinedOutput()
	require.NoError(t, err, string(out))

	for locale, want := range map[string]struct{ early, whole, days, minutes, word, status string }{
		"id": {"H↓", "H", "Pulang cepat (↓)", "Pulang cepat (menit)", "pulang cepat", "Hadir"},
		"en": {"P↓", "P", "Left early (↓)", "Left early (minutes)", "left early", "Present"},
	} {
		sheet := s.report(map[string]any{"kind": "monthly", "format": "csv", "month": day.String()[:7],
			"branch_id": s.branch.ID, "locale": locale})
		require.Len(t, sheet, 3)
		cell := func(row int, column string) string {
			i := slices.Index(sheet[0], column)
			require.GreaterOrEqual(t, i, 0, "%s in %q", column, sheet[0])
			return sheet[row][i]
		}
		require.Equal(t, want.early, cell(1, day.String()))
		require.Equal(t, want.whole, cell(2, day.String()))
		require.Equal(t, []string{"1", "180"}, []string{cell(1, want.days), cell(1, want.minutes)})
		require.Equal(t, []string{"0", "0"}, []string{cell(2, want.days), cell(2, want.minutes)})

		history := s.download(fmt.Sprintf("/api/attendances.csv?from=%s&to=%s&lang=%s", day, day, locale),
			s.admin.token)
		require.Len(t, history, 3)
		i := slices.IndexFunc(history, func(row []string) bool { return row[1] == "E2E-00001" })
		require.Equal(t, []string{want.status, want.word}, []string{history[i][9], history[i][14]})
		exceptions := s.report(
			map[string]any{"kind": "exceptions", "format": "csv", "from": day.String(), "to": day.String(),
				"locale": locale})
		require.Len(t, exceptions, 2)
		require.Equal(t, []string{want.status, want.word}, exceptions[1][8:])
	}
	raw := s.download(fmt.Sprintf("/api/attendances.csv?from=%s&to=%s&raw=true", day, day), s.admin.token)
	require.Equal(t, []string{"work_date", "flags"}, []string{raw[0][0], raw[0][14]})
	i := slices.IndexFunc(raw, func(row []string) bool { return row[1] == "E2E-00001" })
	require.Equal(t, []string{"present", "early_out"}, []string{raw[i][9], raw[i][14]})
}
