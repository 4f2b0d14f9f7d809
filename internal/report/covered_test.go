package report_test

import (
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"

	"github.com/stretchr/testify/require"
)

// A sheet says which of its dates nobody closed.
func TestASheetSaysWhatItDoesNotCover(t *testing.T) {
	t.Parallel()
	for locale, words := range map[string]string{"id": "sebelum 10 November 2026 tidak tercakup",
		"en": "before 10 November 2026 not covered"} {
		for name, c := range map[string]struct {
			covered attendance.Date
			said    bool
		}{"later": {first + 9, true}, "since the first": {first, false}, "before": {first - 9, false}} {
			h := head(t, reports.ReportMonthly, reports.FormatXLSX, locale)
			h.Covered = &c.covered
			f := open(t, write(t, h, person(1, "Toko", "Budi")))
			text := ""
			for _, row := range rows(t, f, "Toko") {
				text += strings.Join(row, " ") + "\n"
			}
			require.Equal(t, c.said, strings.Contains(text, words), "%s, %s: %s", locale, name, text[:200])
		}
	}
}
