package importer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/iclock"

	"github.com/stretchr/testify/require"
)

func TestLineReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*maxLine)
	exact := strings.Repeat("y", maxLine-1) // with its newline it just fits
	input := "\xEF\xBB\xBFfirst\r\n\n" + long + "\nnul\x00byte\ncaf\xe9\n" + exact + "\n" + exact + "z\nlast"
	l := newLineReader(strings.NewReader(input))
	require.NoError(t, l.start())
	want := []struct {
		text string
		code Code
	}{
		{"first", ""}, {"", ""}, {"", CodeLineTooLong}, {"nul\x00byte", CodeNUL}, {"caf\xe9", CodeNotUTF8},
		{exact, ""}, {"", CodeLineTooLong}, {"last", ""},
	}
	for i, w := range want {
		got, err := l.next()
		require.NoError(t, err)
		require.EqualValues(t, i+1, got.number)
		if w.code == "" {
			require.Nil(t, got.err, "line %d", i+1)
		} else {
			require.NotNil(t, got.err, "line %d", i+1)
			require.Equal(t, w.code, got.err.code)
		}
		if w.text != "" {
			require.Equal(t, w.text, got.text)
		}
		require.LessOrEqual(t, len(got.text), maxLine)
	}
	_, err := l.next()
	require.ErrorIs(t, err, io.EOF)
	require.EqualValues(t, len(input), l.bytes)
}

func TestForeignEncodingsAreNamed(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{"UTF-16": "\xFF\xFEn\x00", "workbook": "PK\x03\x04"} {
		err := newLineReader(strings.NewReader(head)).start()
		require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid})
		require.ErrorContains(t, err, name)
	}
}

// readTable returns "line:cell|cell" for records and "line:code" for bad ones.
func readTable(t *testing.T, input string, columns []column) []string {
	t.Helper()
	lines := newLineReader(strings.NewReader(input))
	require.NoError(t, lines.start())
	tab, err := openTable(lines, columns)
	require.NoError(t, err)
	var out []string
	for {
		rec, err := tab.next()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		s := strings.Join(rec.cells, "|")
		if rec.err != nil {
			s = string(rec.err.code)
		}
		out = append(out, string(rune('0'+rec.line))+":"+s)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	ab := []column{{"a", true, []string{"alfa"}}, {"b", false, nil}}
	for _, c := range []struct {
		name, input string
		want        []string
	}{
		{"commas", "a,b\n1,2\n", []string{"2:1|2"}},
		{"semicolons", "a;b\n1,5;2\n", []string{"2:1,5|2"}},
		{"tabs", "a\tb\n1\t2\n", []string{"2:1|2"}},
		{"other delimiters in a quoted header", "\"a\";\"x,y,z\"\n1;2\n", []string{"2:1|"}},
		{"other order, alias, unknown column, space", "x;B ; ALFA\n9; 2 ;1\n", []string{"2:1|2"}},
		{"absent column", "a\n1\n", []string{"2:1|"}},
		{"crlf and blank lines", "\r\na,b\r\n\r\n1,2\r\n  \r\n3,4", []string{"4:1|2", "6:3|4"}},
		{"quotes", "a,b\n\"1,\"\"x\"\"\",\"2\"\n", []string{`2:1,"x"|2`}},
		{"field over two lines", "a,b\n\"1\nx\",2\n3,4\n", []string{"2:1\nx|2", "4:3|4"}},
		{"stray quote harms only its line", "a,b\nO\"N,2\n3,4\n", []string{"2:bad_quotes", "3:3|4"}},
		{"two stray quotes harm only their lines", "a,b\nO\"N,2\n3,4\nP\"Q,2\n5,6\n",
			[]string{"2:bad_quotes", "3:3|4", "4:bad_quotes", "5:5|6"}},
		{"open quote harms only its line", "a,b\n\"1,2\n3,4\n5,6\n", []string{"2:bad_quotes", "3:3|4", "4:5|6"}},
		{"open quote closed by another's", "a,b\n\"1,2\n3,4\n\"5,6\n",
			[]string{"2:bad_quotes", "3:3|4", "4:bad_quotes"}},
		{"too few fields", "a,b\n1\n3,4\n", []string{"2:field_count", "3:3|4"}},
		{"too many fields", "a,b\n1,2,3\n3,4,,\n", []string{"2:field_count", "3:3|4"}},
		{"bad bytes", "a,b\n1,\xe9\n3,\x00\n5,6\n", []string{"2:not_utf8", "3:nul_byte", "4:5|6"}},
		{"record longer than the parser's buffer", "a,b\n" + strings.Repeat("1", 5000) + ",2\n3,4\n",
			[]string{"2:" + strings.Repeat("1", 5000) + "|2", "3:3|4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, readTable(t, c.input, ab))
		})
	}
}

func TestHeaderErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, input, want string }{
		{"empty file", "", "empty"},
		{"blank file", "\n \n", "empty"},
		{"missing column", "nik,nama\n", "branch"},
		{"two columns of one meaning", "nik,nip,nama,cabang\n", "two columns for number"},
		{"quotes", "ni\"k,nama,cabang\n", "quotation"},
		{"bytes", "nik,n\xe1ma,cabang\n", "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := openTable(newLineReader(strings.NewReader(c.input)), employeeColumns)
			require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid})
			require.ErrorContains(t, err, c.want)
		})
	}
}

// Every English and Indonesian name leads to its column, and no name to two.
func TestHeaderNamesAreUnique(t *testing.T) {
	t.Parallel()
	for _, columns := range [][]column{employeeColumns, punchColumns} {
		seen := map[string]string{}
		for _, c := range columns {
			for _, name := range append([]string{c.name}, c.aliases...) {
				require.Equal(t, normalise(name), name)
				require.Empty(t, seen[name], name)
				seen[name] = c.name
			}
		}
	}
}

func TestAttlogLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 7, 58, 1, 0, time.UTC)
	entryOf := func(pin, device string, d attendance.Direction, status string) entry {
		return entry{pin: pin, at: stamp{civil: at}, device: device, direction: d, status: status}
	}
	for _, c := range []struct {
		name, columns, text string
		want                entry
		code                Code
	}{
		{"in", "", "        1\t2026-11-23 07:58:01\t1\t0\t1\t0", entryOf("1", "1", attendance.In, "0"), ""},
		{"out", "", "1\t2026-11-23 07:58:01\t1\t1\t1\t0", entryOf("1", "1", attendance.Out, "1"), ""},
		{"break out", "", "1\t2026-11-23 07:58:01\t1\t2\t1\t0", entryOf("1", "1", attendance.BreakOut, "2"), ""},
		{"break in", "", "1\t2026-11-23 07:58:01\t1\t3\t1\t0", entryOf("1", "1", attendance.BreakIn, "3"), ""},
		{"overtime in", "", "1\t2026-11-23 07:58:01\t1\t4\t1\t0", entryOf("1", "1", attendance.In, "4"), ""},
		{"overtime out", "", "1\t2026-11-23 07:58:01\t1\t5\t1\t0", entryOf("1", "1", attendance.Out, "5"), ""},
		{"undetermined", "", "1\t2026-11-23 07:58:01\t1\t255\t1\t0", entryOf("1", "1", attendance.Undetermined, "255"),
			""},
		{"without verify and work code", "", "1\t2026-11-23 07:58:01\t1\t0", entryOf("1", "1", attendance.In, "0"), ""},
		{"with reserved fields", "", "1\t2026-11-23 07:58:01\t1\t0\t1\t0\t0\t0", entryOf("1", "1", attendance.In, "0"),
			""},
		{"other order", "time,-,pin,status", "2026-11-23 07:58:01\tx\t1\t1", entryOf("1", "", attendance.Out, "1"), ""},
		{"no status", "pin,time", "1\t2026-11-23 07:58:01", entryOf("1", "", attendance.Undetermined, ""), ""},
		{"unknown status", "", "1\t2026-11-23 07:58:01\t1\t7\t1\t0", entry{}, CodeBadDirection},
		{"cut off", "", "1\t2026-11-23 07:5", entry{}, CodeFieldCount},
		{"no pin", "", "   \t2026-11-23 07:58:01\t1\t0\t1\t0", entry{}, CodeMissing},
		{"long pin", "", strings.Repeat("1", 65) + "\t2026-11-23 07:58:01\t1\t0\t1\t0", entry{}, CodeTooLong},
		{"no such day", "", "1\t2026-02-30 07:58:01\t1\t0\t1\t0", entry{}, CodeBadTime},
		{"no such hour", "", "1\t2026-11-23 24:00:00\t1\t0\t1\t0", entry{}, CodeBadTime},
		{"commas", "", "1,2026-11-23 07:58:01,1,0,1,0", entry{}, CodeFieldCount},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			format, err := parseColumns(c.columns)
			require.NoError(t, err)
			got, problem := format.parse(c.text)
			if c.code != "" {
				require.NotNil(t, problem)
				require.Equal(t, c.code, problem.code)
				return
			}
			require.Nil(t, problem)
			require.Equal(t, c.want, got)
		})
	}
}

func TestColumnsOption(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"pin", "time", "pin,time,colour", "pin,time,pin", "pin,time,verify,verify", ","} {
		_, err := parseColumns(bad)
		require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid}, bad)
	}
}

func TestStamps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, zone, want string // want "" for a skipped time
		bad                    bool
	}{
		{"Jakarta", "2026-11-23 08:00:00", "Asia/Jakarta", "2026-11-23T01:00:00Z", false},
		{"Jayapura", "2026-11-23 08:00:00", "Asia/Jayapura", "2026-11-22T23:00:00Z", false},
		{"without seconds", "2026-11-23 08:00", "Asia/Jakarta", "2026-11-23T01:00:00Z", false},
		{"with T", "2026-11-23T08:00:00", "Asia/Jakarta", "2026-11-23T01:00:00Z", false},
		{"day first", "23/11/2026 08:00", "Asia/Jakarta", "2026-11-23T01:00:00Z", false},
		{"fraction", "2026-11-23 08:00:00.1234567", "Asia/Jakarta", "2026-11-23T01:00:00.123456Z", false},
		{"instant", "2026-11-23T08:00:00+09:00", "Asia/Jakarta", "2026-11-22T23:00:00Z", false},
		{"instant in UTC", "2026-11-23T08:00:00Z", "Asia/Jakarta", "2026-11-23T08:00:00Z", false},
		{"before the gap", "2026-03-29 01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z", false},
		{"in the gap", "2026-03-29 02:00:00", "Europe/Berlin", "", false},
		{"end of the gap", "2026-03-29 02:59:59", "Europe/Berlin", "", false},
		{"after the gap", "2026-03-29 03:00:00", "Europe/Berlin", "2026-03-29T01:00:00Z", false},
		{"repeated takes the first", "2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z", false},
		{"repeated takes the first, west", "2026-11-01 01:30:00", "America/New_York", "2026-11-01T05:30:00Z", false},
		{"after the repetition", "2026-10-25 03:00:00", "Europe/Berlin", "2026-10-25T02:00:00Z", false},
		{"half an hour's gap", "2026-10-04 02:15:00", "Australia/Lord_Howe", "", false},
		{"half an hour repeated", "2026-04-05 01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", false},
		{"a whole day skipped", "2011-12-30 12:00:00", "Pacific/Apia", "", false},
		{"hours with a dot", "24/11/2026 08.05", "Asia/Jakarta", "2026-11-24T01:05:00Z", false},
		{"seconds with a dot", "24/11/2026 08.05.30", "Asia/Jakarta", "2026-11-24T01:05:30Z", false},
		{"midnight with a dot", "24/11/2026 00.00", "Asia/Jakarta", "2026-11-23T17:00:00Z", false},
		{"midnight in one digit", "24/11/2026 0:00", "Asia/Jakarta", "2026-11-23T17:00:00Z", false},
		{"day first with dashes", "24-11-2026 17:00", "Asia/Jakarta", "2026-11-24T10:00:00Z", false},
		{"short day and month", "5-3-2026 7.05", "Asia/Jakarta", "2026-03-05T00:05:00Z", false},
		{"day first with dots", "24.11.2026 17.00", "Asia/Jakarta", "2026-11-24T10:00:00Z", false},
		{"year first with strokes", "2026/11/24 17:00", "Asia/Jakarta", "2026-11-24T10:00:00Z", false},
		{"as browsers write it", "24/11/2026, 08.05.30", "Asia/Jakarta", "2026-11-24T01:05:30Z", false},
		{"as the preview shows it", "24 Nov 2026 · 08.05", "Asia/Jakarta", "2026-11-24T01:05:00Z", false},
		{"month in Indonesian", "5 Agustus 2026 08.05", "Asia/Jakarta", "2026-08-05T01:05:00Z", false},
		{"no space", "24/11/202608.05", "Asia/Jakarta", "", true},
		{"mixed separators", "24/11-2026 08:05", "Asia/Jakarta", "", true},
		{"mixed dots and colons", "24/11/2026 08.05:30", "Asia/Jakarta", "", true},
		{"short year", "24/11/26 08:05", "Asia/Jakarta", "", true},
		{"no such month", "24 Xyz 2026 08.05", "Asia/Jakarta", "", true},
		{"no such day", "31/4/2026 08.05", "Asia/Jakarta", "", true},
		{"month first is no form", "11/23/2026 08:00", "Asia/Jakarta", "", true},
		{"date only", "2026-11-23", "Asia/Jakarta", "", true},
		{"leap second", "2026-06-30 23:59:60", "Asia/Jakarta", "", true},
		{"empty", "", "Asia/Jakarta", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, problem := parseStamp(c.text)
			require.Equal(t, c.bad, problem != nil)
			if c.bad {
				return
			}
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			at, _, ok := s.in(zone)
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, at.UTC().Format(time.RFC3339Nano))
			}
		})
	}
}

// Files of employees and of punches share one reader of dates.
func TestDatesAreReadAlikeInBothFiles(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-03-05", "5/3/2026", "05-03-2026", "5-3-2026", "5.3.2026", "2026/3/5",
		"5 Mar 2026", "5 Maret 2026"} {
		d, problem := parseDate(text)
		require.Nil(t, problem, text)
		require.Equal(t, "2026-03-05", d.String(), text)
		s, problem := parseStamp(text + " 08.05")
		require.Nil(t, problem, text)
		require.Equal(t, "2026-03-05T08:05:00", s.String(), text)
		_, problem = parseStamp(text)
		require.Equal(t, CodeMissingTime, problem.code, text)
		require.Contains(t, problem.rejection(2, "").Indonesian, "jam tidak ada")
	}
	d, problem := parseDate("2026-03-05 00:00:00")
	require.Nil(t, problem)
	require.Equal(t, "2026-03-05", d.String(), "as spreadsheets write a date")
	for _, text := range []string{"2026-03-05 08:05", "3/25/2026", "2026-02-30", "x", "2026"} {
		_, problem := parseDate(text)
		require.Equal(t, CodeBadDate, problem.code, text)
	}
	_, problem = parseStamp("x")
	require.Contains(t, problem.rejection(2, "").Indonesian, "24/11/2026 08.05")
}

func TestPINFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, pin, want string }{
		{"", "007", "007"}, {"JKT-%04s", "1", "JKT-0001"}, {"JKT-%04s", "00000012", "JKT-0012"}, {"%s", "007", "007"},
		{"K%sZ", "9", "K9Z"}, {"%03s", "12345", "12345"}, {"%02s", "0", "00"},
	} {
		f, err := iclock.ParsePINFormat(c.format)
		require.NoError(t, err)
		require.Equal(t, c.want, f.Number(c.pin), "%s of %s", c.format, c.pin)
	}
	for _, bad := range []string{"JKT", "%d", "%4s", "%s%s", "%0s", "%099s", "%", "%-04s", "100%%s"} {
		_, err := iclock.ParsePINFormat(bad)
		require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid}, bad)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	require.Nil(t, iclock.PINFormat{}.Variants("JKT-1"))
	require.Nil(t, iclock.PINFormat{}.Variants(""))
	got := iclock.PINFormat{}.Variants("0042")
	require.Contains(t, got, "42")
	require.Contains(t, got, "00042")
	require.NotContains(t, got, "0042", "that one was looked up before")
}

func TestRejectionsSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	for _, code := range []Code{CodeNUL, CodeFieldCount, CodeUnknownEmployee, CodeLocked, NoteRepeatedTime} {
		r := (&lineError{code: code, value: "X"}).rejection(3, "a\x00b\x1b[31m")
		require.NotContains(t, r.Message+r.Indonesian, "{")
		require.NotEmpty(t, r.Message)
		require.NotEqual(t, r.Message, r.Indonesian)
		require.Equal(t, "a·b·[31m", r.Text)
	}
	// What the store says about a row is in the catalogue, too; what is not is at least said to be a refusal.
	store := &lineError{code: "invalid_input", plain: "The employee number is taken."}
	require.Equal(t, "Nomor karyawan ini sudah dipakai.", store.rejection(3, "").Indonesian)
	require.Equal(t, store.plain, store.rejection(3, "").Message)
	require.Equal(t, "ditolak: so", (&lineError{plain: "so"}).rejection(3, "").Indonesian)
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	onReject, flush := Report(&out, true)
	require.NoError(t, onReject((&lineError{code: CodeNUL}).rejection(7, "=HYPERLINK(\"x\"),1")))
	require.NoError(t, flush())
	require.Equal(t, "\ufeffbaris,alasan,isi,kode\r\n7,baris berisi bita NUL; berkas rusak atau bukan "+
		"teks,\"'=HYPERLINK(\"\"x\"\"),1\",nul_byte\r\n", out.String())
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{"nik;nama;cabang\n1;Budi;JKT\n", "number,name,branch\n\"1\",\"a\nb\",JKT\n",
		"number\tname\tbranch\n\"\"\"\t\xff\n",
		"\xEF\xBB\xBFnumber,name,branch\r\n1,O\"Neil,JKT\r\n2,\"x,JKT\r\n",
		"number,name,branch\n" + strings.Repeat("\"\n", 50)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		lines := newLineReader(strings.NewReader(string(input)))
		if lines.start() != nil {
			return
		}
		tab, err := openTable(lines, employeeColumns)
		if err != nil {
			require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid})
			return
		}
		r := &run{Importer: New(Store{}, Options{}), branches: []attendance.Branch{{ID: 1, Code: "JKT"}}}
		previous := int64(0)
		for {
			rec, err := tab.next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Greater(t, rec.line, previous, "lines come in order, each once")
			previous = rec.line
			e, problem := r.employee(rec)
			if problem == nil {
				require.NotEmpty(t, e.Number)
				require.NotEmpty(t, e.Name)
				require.EqualValues(t, 1, e.BranchID)
				continue
			}
			require.NotEmpty(t, problem.rejection(rec.line, rec.text).Message)
		}
		require.EqualValues(t, len(input), lines.bytes, "everything was read")
	})
}

func FuzzAttlog(f *testing.F) {
	for _, s := range []string{"        1\t2026-11-23 07:58:01\t1\t0\t1\t0", "", "\t\t\t",
		"1\t2026-13-01 00:00:00\t1\t0", "1\t0000-01-01 00:00:00\t\t255"} {
		f.Add(s)
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(f, err)
	format, err := parseColumns("")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		e, problem := format.parse(s)
		if problem != nil {
			require.NotEmpty(t, problem.rejection(1, s).Message)
			return
		}
		require.NotEmpty(t, e.pin)
		at, _, ok := e.at.in(zone)
		if ok {
			require.Equal(t, e.at.civil.Format(time.DateTime), at.In(zone).Format(time.DateTime))
		}
	})
}

func FuzzStamp(f *testing.F) {
	for _, s := range []string{"2026-11-23 08:00:00", "2026-11-23T08:00:00.5+09:30", "1/2/2026 3:04",
		"9999-12-31T23:59:59-14:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, problem := parseStamp(text)
		if problem != nil {
			return
		}
		again, problem := parseStamp(s.String())
		require.Nil(t, problem, "the canonical form %q is readable", s.String())
		require.True(t, s.civil.Equal(again.civil))
		require.Equal(t, s.instant, again.instant)
	})
}
