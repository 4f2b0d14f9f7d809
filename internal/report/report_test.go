package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/attendance/terms"
	"hadir/internal/report"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

var (
	first  = attendance.NewDate(2026, 11, 1)
	last   = attendance.NewDate(2026, 11, 30)
	branch = attendance.Branch{ID: 1, Code: "JKT", Name: "Jakarta", Zone: "Asia/Jakarta"}
)

func head(t *testing.T, k reports.ReportKind, f reports.ReportFormat, locale string) report.Head {
	zone, err := time.LoadLocation("Asia/Jakarta")
	require.NoError(t, err)
	return report.Head{ReportRequest: reports.ReportRequest{Kind: k, Format: f, Locale: locale, BranchID: 1,
		From: first, To: last},
		Branch: branch, Made: time.Date(2026, 12, 1, 1, 2, 3, 0, time.UTC), Zone: zone}
}

// person has worked on every date of the month, in at 08:20 and out at 01:10 of the next date.
func person(i int, department, name string) reports.PersonDays {
	p := reports.PersonDays{
		Employee: attendance.Employee{ID: int64(i), Number: fmt.Sprintf("JKT-%04d", i), Name: name,
			Department: department}}
	for d := first; d <= last; d++ {
		start, in, out := d.UTC().Add(time.Hour), d.UTC().Add(80*time.Minute), d.UTC().Add(18*time.Hour+10*time.Minute)
		p.Days = append(p.Days,
			attendance.Entry{EmployeeNumber: p.Number, EmployeeName: name, Department: department, BranchCode: "JKT",
				BranchName: "Jakarta",
				Day: attendance.Day{EmployeeID: p.ID, WorkDate: d, Zone: "Asia/Jakarta", ShiftName: "Pagi",
					ShiftStart: &start, ShiftEnd: &out, FirstIn: &in, LastOut: &out,
					Status: attendance.StatusLate, LateMinutes: 20, WorkedMinutes: 400, OvertimeMinutes: 5,
					Flags: []attendance.Flag{attendance.FlagOffline, "unheard_of"}}})
	}
	return p
}

func write(t *testing.T, h report.Head, people ...reports.PersonDays) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := report.New(&b, h)
	require.NoError(t, err)
	defer r.Discard()
	for _, p := range people {
		require.NoError(t, r.Add(p))
	}
	require.NoError(t, r.Close())
	return b.Bytes()
}

func open(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

func rows(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	require.NoError(t, err)
	return rows
}

func records(t *testing.T, b []byte) [][]string {
	t.Helper()
	require.True(t, bytes.HasPrefix(b, []byte("\ufeff")), "spreadsheets know UTF-8 by it")
	all, err := csv.NewReader(bytes.NewReader(b[3:])).ReadAll()
	require.NoError(t, err, "every row has as many cells as the first")
	return all
}

func TestMonthHasASheetPerDepartment(t *testing.T) {
	t.Parallel()
	idle := reports.PersonDays{
		Employee: attendance.Employee{ID: 9, Number: "JKT-0009", Name: "Belum Bekerja", Department: "Gudang"}}
	f := open(t, write(t, head(t, reports.ReportMonthly, reports.FormatXLSX, "id"), person(1, "", "Ani"),
		person(2, "Gudang", "Budi"), person(3, "Gudang", "Citra"), idle))
	require.Equal(t, []string{"Tanpa bagian", "Gudang", "Ringkasan"}, f.GetSheetList())
	properties, err := f.GetDocProps()
	require.NoError(t, err)
	require.Equal(t, []string{"Kehadiran bulanan", "Hadir", "2026-12-01T01:02:03Z"},
		[]string{properties.Title, properties.Creator, properties.Created})
	got := rows(t, f, "Gudang")
	require.Equal(t, "Kehadiran bulanan", got[0][0])
	require.Equal(t, "JKT · Jakarta · Gudang", got[1][0])
	require.Equal(t, "November 2026", got[2][0])
	require.Equal(t, "Dibuat 1 Desember 2026 pukul 08:02 WIB", got[3][0])
	require.Len(t, got[5], 2+30+9+len(attendance.Flags())+4)
	require.Equal(t, []string{"Nomor", "Nama", "1", "2"}, got[5][:4])
	require.Equal(t, []string{"JKT-0002", "Budi", "T~!", "T~!"}, got[6][:4])
	sums := func(row []string) []string { return row[32:] }
	require.Equal(t, []string{"0", "30", "0", "0", "0", "0", "0", "0", "0", "", "", "", "", "",
		"", "", "", "", "", "", "", "", "30", "", "", "", "", "", "", "", "600", "0", "12000", "150"}, sums(got[6]))
	require.Equal(t, []string{"JKT-0009", "Belum Bekerja", ""}, got[8][:3])
	require.Equal(t, "Jumlah", got[9][0])
	require.Equal(t, []string{"0", "60", "0", "0", "0", "0", "0", "0", "0", "", "", "", "", "",
		"", "", "", "", "", "", "", "", "60", "", "", "", "", "", "", "", "1200", "0", "24000", "300"}, sums(got[9]))
	legend := ""
	for _, row := range got[11:] {
		legend += row[0] + " "
	}
	known := terms.In("id")
	for _, status := range attendance.Statuses() {
		require.Contains(t, legend, known.Statuses[status].Sign+" = "+known.Statuses[status].Word)
	}
	for _, flag := range attendance.Flags() {
		require.Contains(t, legend, known.Flags[flag].Sign+" = "+known.Flags[flag].Word)
	}
	sum := rows(t, f, "Ringkasan")
	require.Equal(t, []string{"Jumlah", "4", "0", "90"}, sum[len(sum)-1][:4])
	kind, err := f.GetCellType("Gudang", "AH7")
	require.NoError(t, err)
	require.Contains(t, []excelize.CellType{excelize.CellTypeUnset, excelize.CellTypeNumber}, kind, "sums are numbers")
}

func TestMonthAsValues(t *testing.T) {
	t.Parallel()
	all := records(t, write(t, head(t, reports.ReportMonthly, reports.FormatCSV, "en"), person(1, "", "Ani"),
		person(2, "Gudang", `Budi "B", Jr.`)))
	require.Len(t, all, 3)
	require.Equal(t, []string{"Number", "Name", "Department", "2026-11-01"}, all[0][:4])
	require.Equal(t, []string{"JKT-0002", `Budi "B", Jr.`, "Gudang", "L~!"}, all[2][:4])
	require.Equal(t, []string{"Late (minutes)", "Left early (minutes)", "Worked (minutes)", "Overtime (minutes)"},
		all[0][42+len(attendance.Flags()):])
	require.Equal(t, []string{"600", "0", "12000", "150"}, all[2][42+len(attendance.Flags()):])
	require.Equal(t, []string{"Present (P)", "Late (L)"}, all[0][33:35])
	require.Len(t, records(t, write(t, head(t, reports.ReportMonthly, reports.FormatCSV, "en"))), 1,
		"nobody: the columns only")
}

func TestLists(t *testing.T) {
	t.Parallel()
	for kind, want := range map[reports.ReportKind]string{
		reports.ReportLateness: "2026-11-01,JKT-0001,Ani,Gudang,Jakarta,Pagi,08:00,08:20,20,recorded offline, " +
			"unheard_of",
		reports.ReportOvertime: "2026-11-01,JKT-0001,Ani,Gudang,Jakarta,Pagi,01:10 (+1),01:10 " +
			"(+1),400,5,recorded offline, unheard_of",
		reports.ReportExceptions: "2026-11-01,JKT-0001,Ani,Gudang,Jakarta,Pagi,08:20,01:10 (+1),Late,recorded " +
			"offline, unheard_of",
	} {
		all := records(t, write(t, head(t, kind, reports.FormatCSV, "en"), person(1, "Gudang", "Ani")))
		require.Len(t, all, 31)
		require.Equal(t, want, strings.Join(all[1], ","))
		f := open(t, write(t, head(t, kind, reports.FormatXLSX, "en"), person(1, "Gudang", "Ani")))
		got := rows(t, f, f.GetSheetName(0))
		require.Equal(t, []string{"Total", "30"}, got[len(got)-1][:2], kind)
	}
	h := head(t, reports.ReportIndividual, reports.FormatCSV, "id")
	p := person(1, "Gudang", "Ani")
	p.Days = p.Days[:1]
	all := records(t, write(t, h, p))
	require.Len(t, all, 31, "a row for each date, also those without a day")
	require.Equal(t, "2026-11-01,Minggu,Jakarta,Pagi,08:20,01:10 (+1),Terlambat,20,0,400,5,dicatat luring, unheard_of",
		strings.Join(all[1], ","))
	require.Equal(t, "2026-11-30,Senin,,,,,,,,,,", strings.Join(all[30], ","))
}

// Whoever imports employees must not be able to run something in the spreadsheet of the one who opens the report.
func TestFormulasStayTexts(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "\ufeff=1", "\n@x",
		"=HYPERLINK(\"http://x\",\"y\")"} {
		all := records(t, write(t, head(t, reports.ReportLateness, reports.FormatCSV, "id"),
			person(1, evil, evil)))
		for _, cell := range []string{all[1][2], all[1][3]} {
			require.True(t, strings.HasPrefix(cell, "'"), "%q became %q", evil, cell)
		}
		require.Equal(t, "20", all[1][8], "numbers stay numbers")
		f := open(t, write(t, head(t, reports.ReportMonthly, reports.FormatXLSX, "id"), person(1, evil, evil)))
		formula, err := f.GetCellFormula(f.GetSheetName(0), "B7")
		require.NoError(t, err)
		require.Empty(t, formula)
		kind, err := f.GetCellType(f.GetSheetName(0), "B7")
		require.NoError(t, err)
		require.Contains(t, []excelize.CellType{excelize.CellTypeInlineString, excelize.CellTypeSharedString}, kind,
			evil)
	}
	all := records(t, write(t, head(t, reports.ReportLateness, reports.FormatCSV, "id"),
		person(1, "Budi;=1+1;x", "x\t＝2")))
	require.Equal(t, []string{"x\t'＝2", "Budi;'=1+1;x"}, all[1][2:4],
		"with Indonesian settings a cell begins after a semicolon")
	all = records(t, write(t, head(t, reports.ReportLateness, reports.FormatCSV, "id"),
		person(1, "Gudang-1", "O'Neil = x")))
	require.Equal(t, []string{"O'Neil = x", "Gudang-1"}, all[1][2:4], "ordinary texts stay as they are")
}

func TestSheetNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Panjang ", 10)
	var people []reports.PersonDays
	for i, d := range []string{"", "Tanpa bagian", "R&D / [Lab]: *?\\", "'kutip'", "History", long, long + "2",
		"gudang", "Gudang", strings.Repeat("\U0001F600", 17), "\xff\x00", "Ringkasan"} {
		people = append(people, person(i, d, "x"))
	}
	f := open(t, write(t, head(t, reports.ReportMonthly, reports.FormatXLSX, "id"), people...))
	require.Len(t, f.GetSheetList(), len(people)+1)
	for _, name := range f.GetSheetList() {
		require.NotEmpty(t, rows(t, f, name), name)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, kind := range reports.ReportKinds() {
		for _, locale := range []string{"id", "en"} {
			h := head(t, kind, reports.FormatPDF, locale)
			b := write(t, h, person(1, "Gudang", "Ani \U0001F600 李 \x00"))
			require.True(t, bytes.HasPrefix(b, []byte("%PDF-1.")))
			require.True(t, bytes.HasSuffix(bytes.TrimSpace(b), []byte("%%EOF")))
			require.True(t, bytes.Equal(b, write(t, h, person(1, "Gudang", "Ani \U0001F600 李 \x00"))),
				"the same report is the same file")
			write(t, h) // nobody
		}
	}
}

func TestDocumentsHaveAnEnd(t *testing.T) {
	t.Parallel()
	r, err := report.New(&bytes.Buffer{}, head(t, reports.ReportLateness, reports.FormatPDF, "id"))
	require.NoError(t, err)
	defer r.Discard()
	p := person(1, "", "x")
	for err == nil {
		err = r.Add(p)
	}
	require.ErrorIs(t, err, report.ErrTooLong)
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	h := head(t, reports.ReportMonthly, reports.FormatXLSX, "id")
	require.Equal(t, "kehadiran-bulanan-jkt-2026-11.xlsx", report.FileName(h))
	h.Kind, h.Format, h.Locale, h.Branch.Code = reports.ReportLateness, reports.FormatPDF, "en", "a\"/../\r\nb"
	require.Equal(t, "lateness-a--..---b-2026-11-01-2026-11-30.pdf", report.FileName(h))
	h.Person = &attendance.Employee{Number: "Ü-1"}
	require.Equal(t, "lateness---1-2026-11-01-2026-11-30.pdf", report.FileName(h))
}

func TestUnknownWishes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *report.Head){
		"format": func(h *report.Head) { h.Format = "doc" }, "kind": func(h *report.Head) { h.Kind = "x" },
		"locale": func(h *report.Head) { h.Locale = "fr" },
	} {
		h := head(t, reports.ReportMonthly, reports.FormatXLSX, "id")
		change(&h)
		_, err := report.New(&bytes.Buffer{}, h)
		require.Error(t, err, name)
	}
}

// Signs are what tells the days apart, so no two statuses may share one.
func TestSignsDiffer(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"id", "en"} {
		p := person(1, "Gudang", "Ani")
		for i, s := range attendance.Statuses() {
			p.Days[i].Status = s
		}
		row := records(t, write(t, head(t, reports.ReportMonthly, reports.FormatCSV, locale), p))[1]
		seen := map[string]bool{}
		for i := range attendance.Statuses() {
			require.NotEmpty(t, row[3+i])
			require.False(t, seen[row[3+i]], "%s %s", locale, strconv.Quote(row[3+i]))
			seen[row[3+i]] = true
		}
	}
}

// A head that needs more lines than one has a row that shows them all, in every sheet and both languages.
func TestHeadRowsAreAsHighAsTheirWords(t *testing.T) {
	t.Parallel()
	wraps := 0
	for _, kind := range reports.ReportKinds() {
		for _, locale := range []string{"id", "en"} {
			f := open(t, write(t, head(t, kind, reports.FormatXLSX, locale), person(1, "Gudang", "Ani")))
			for _, name := range f.GetSheetList() {
				height, err := f.GetRowHeight(name, 6)
				require.NoError(t, err)
				for i, text := range rows(t, f, name)[5] {
					column, err := excelize.ColumnNumberToName(i + 1)
					require.NoError(t, err)
					width, err := f.GetColWidth(name, column)
					require.NoError(t, err)
					lines := math.Ceil(float64(len([]rune(text))) / width)
					require.GreaterOrEqual(t, height, 15*lines, "%s %s: %q", kind, locale, text)
					if lines > 1 {
						wraps++
					}
				}
			}
		}
	}
	require.Positive(t, wraps, "some heads are longer than their columns are wide")
}

// A long name is read whole: its row grows.
func TestLongNamesAreWhole(t *testing.T) {
	t.Parallel()
	long := "Raden Ajeng Kusumaningtyas Wirjosoediro Soerjodiningrat"
	f := open(t, write(t, head(t, reports.ReportMonthly, reports.FormatXLSX, "id"), person(1, "Gudang", long),
		person(2, "Gudang", "Budi")))
	tall, err := f.GetRowHeight("Gudang", 7)
	require.NoError(t, err)
	plain, err := f.GetRowHeight("Gudang", 8)
	require.NoError(t, err)
	require.GreaterOrEqual(t, tall, 2*plain)
}
