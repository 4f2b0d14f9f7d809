package report_test

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// LibreOffice opens every report, and the cells it finds are those that the CSV of the same report has.
func TestLibreOfficeReadsEveryReport(t *testing.T) {
	t.Parallel()
	office := testkit.Program(t, "soffice")
	dir := t.TempDir()
	people := []reports.PersonDays{person(1, "", "Ani"), person(2, "Gudang", `Budi "B", Jr.`),
		person(3, "Gudang", "Çelik & Söhne <x>")}
	file := func(kind reports.ReportKind, format reports.ReportFormat, locale string) string {
		return filepath.Join(dir, string(kind)+"-"+locale+"."+string(format))
	}
	var sheets, documents []string
	for _, kind := range reports.ReportKinds() {
		for _, locale := range []string{"id", "en"} {
			for _, format := range []reports.ReportFormat{reports.FormatXLSX, reports.FormatPDF} {
				name := file(kind, format, locale)
				require.NoError(t,
					os.WriteFile(name, write(t, head(t, kind, format, locale), of(kind, people)...), 0o600))
				if format == reports.FormatXLSX {
					sheets = append(sheets, name)
				} else {
					documents = append(documents, name)
				}
			}
		}
	}
	convert := func(to string, more []string, files []string) {
		// A profile of its own: LibreOffice hands its files to an instance of the same profile, if there is one.
		args := append([]string{"--headless", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"),
			"--convert-to", to, "--outdir", filepath.Join(dir, "out")}, more...)
		out, err := exec.CommandContext(t.Context(), office, append(args, files...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		require.NotRegexp(t, `(?i)error`, string(out))
	}
	// Comma, double quote, UTF-8, and a file for every sheet.
	convert("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", nil, sheets)
	convert("pdf:draw_pdf_Export", []string{"--infilter=draw_pdf_import"}, documents)

	for _, kind := range reports.ReportKinds() {
		for _, locale := range []string{"id", "en"} {
			own := records(t, write(t, head(t, kind, reports.FormatCSV, locale), of(kind, people)...))[1:]
			read := map[string]bool{}
			exported, err := filepath.Glob(filepath.Join(dir, "out", string(kind)+"-"+locale+"-*.csv"))
			require.NoError(t, err)
			for _, name := range exported {
				f, err := os.Open(name)
				require.NoError(t, err)
				cells, err := csv.NewReader(f).ReadAll()
				require.NoError(t, err)
				require.NoError(t, f.Close())
				for _, row := range cells {
					read[strings.TrimRight(strings.Join(row, "\t"), "\t")] = true
				}
			}
			require.NotEmpty(t, own)
			for _, row := range own {
				if kind == reports.ReportMonthly {
					row = append(row[:2:2], row[3:]...) // the department is the sheet
					remarks := row[2+int(last-first)+1+len(attendance.Statuses()):][:len(attendance.Flags())]
					for i, n := range remarks { // nothing remarkable is an empty cell there
						remarks[i] = strings.TrimPrefix(n, "0")
					}
				}
				require.True(t, read[strings.TrimRight(strings.Join(row, "\t"), "\t")], "%s %s: %q", kind, locale, row)
			}
			before, after := file(kind, reports.FormatPDF, locale),
				filepath.Join(dir, "out", string(kind)+"-"+locale+".pdf")
			require.Equal(t, pages(t, before), pages(t, after), "%s %s", kind, locale)
		}
	}
}

// of leaves one person to the report that is about one.
func of(kind reports.ReportKind, people []reports.PersonDays) []reports.PersonDays {
	if kind == reports.ReportIndividual {
		return people[1:2]
	}
	return people
}

var page = regexp.MustCompile(`/Type\s*/Page\b`)

func pages(t *testing.T, name string) int {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	n := len(page.FindAll(b, -1))
	require.Positive(t, n, name)
	return n
}
