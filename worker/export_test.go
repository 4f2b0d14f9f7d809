package worker_test

import (
	"bytes"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/csvfile"
	"hadir/internal/importer"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// What Hadir writes about days is not what it imports: every report is refused as a whole, with a sentence that says
// so, also in a company that calls a branch by its code.
func TestReportsAreNoImports(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		u := s.staff(3)
		b := s.branches[0]
		_, err := s.Branches.ChangeBranch(t.Context(), b.ID, ledger.Actor{},
			func(b *attendance.Branch) error { b.Name = b.Code; return nil })
		require.NoError(t, err)
		es, err := s.Employees.EmployeesByNumber(t.Context(), []string{"N-0000"})
		require.NoError(t, err)
		first := s.today().AddDays(1 - s.today().UTC().Day())
		for _, kind := range []reports.ReportKind{reports.ReportMonthly, reports.ReportIndividual,
			reports.ReportLateness, reports.ReportOvertime, reports.ReportExceptions} {
			for _, locale := range []string{"id", "en"} {
				q := reports.ReportRequest{Kind: kind, Format: reports.FormatCSV, Locale: locale, BranchID: b.ID,
					From: first, To: attendance.NewDate(first.UTC().AddDate(0, 1, -1).Date())}
				if kind == reports.ReportIndividual {
					q.BranchID, q.EmployeeID = 0, es["N-0000"].ID
				}
				r, err := s.Reports.CreateReport(t.Context(), ledger.Actor{UserID: u.ID}, q)
				require.NoError(t, err)
				require.NoError(t, s.build(t.Context(), r))
				var file bytes.Buffer
				w := csvfile.NewWriter(&file)
				for _, row := range s.file(r) {
					require.NoError(t, w.Write(row))
				}
				require.NoError(t, w.Flush())
				im := importer.New(s.files(), importer.Options{Clock: s.clock})
				_, err = im.Employees(t.Context(), strings.NewReader(file.String()), 0)
				require.ErrorContains(t, err, "a history or a report of Hadir", "%s %s: %s", kind, locale, &file)
				_, err = im.Punches(t.Context(), strings.NewReader(file.String()), 0, importer.PunchOptions{})
				require.ErrorContains(t, err, "a history or a report of Hadir", "%s %s: %s", kind, locale, &file)
			}
		}
		after, err := s.Employees.EmployeesByNumber(t.Context(), []string{"N-0000"})
		require.NoError(t, err)
		require.Equal(t, es, after)
	})
}
