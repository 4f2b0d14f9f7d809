package importer_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/importer"
	"hadir/internal/store"
	"hadir/internal/store/company"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // 12:00 in Jakarta

// fixture is a database with two branches, and an importer whose rejections are kept as "line:code".
type fixture struct {
	t        *testing.T
	store    *store.Store
	clock    *clock.Manual
	rejected []string
	messages []importer.Rejection
	progress []importer.Progress
	outbox   int
}

func newFixture(t *testing.T) *fixture {
	b := &fixture{t: t, clock: clock.NewManual(noon)}
	s, err := store.Open(t.Context(),
		store.Options{URL: migrated.SQLite(t), Clock: b.clock,
			OnCommit: func(rows []task.Outboxed) { b.outbox += len(rows) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.DB.Close()) })
	for code, zone := range map[string]string{"JKT": "Asia/Jakarta", "BER": "Europe/Berlin"} {
		// The strictest policy: it is for people's own devices, not for terminals and files.
		_, err := s.Branches.AddBranch(t.Context(),
			attendance.Branch{Code: code, Name: code, Zone: zone, Policy: attendance.PolicyBlock, Active: true,
				Sites: []attendance.Site{{Name: "Kantor", Latitude: 1, Longitude: 2, Radius: 100}}}, ledger.Actor{})
		require.NoError(t, err)
	}
	b.store = s
	return b
}

func (b *fixture) importer(s importer.Store) *importer.Importer {
	b.rejected, b.messages, b.progress, b.outbox = nil, nil, nil, 0
	return importer.New(s, importer.Options{
		Clock: b.clock, Write: b.write,
		OnReject: func(r importer.Rejection) error {
			b.rejected = append(b.rejected, fmt.Sprintf("%d:%s", r.Line, r.Code))
			b.messages = append(b.messages, r)
			return nil
		},
		OnProgress: func(p importer.Progress) { b.progress = append(b.progress, p) },
	})
}

func (b *fixture) employees(csv string) importer.Result {
	b.t.Helper()
	res, err := b.importer(of(b.store)).Employees(b.t.Context(), strings.NewReader(csv), int64(len(csv)))
	require.NoError(b.t, err)
	require.Equal(b.t, res.Lines, res.Imported+res.Unchanged+res.Rejected)
	require.EqualValues(b.t, len(b.rejected), res.Rejected)
	return res
}

func (b *fixture) punches(file string, o importer.PunchOptions) importer.Result {
	b.t.Helper()
	res, err := b.importer(of(b.store)).Punches(b.t.Context(), strings.NewReader(file), int64(len(file)), o)
	require.NoError(b.t, err)
	require.Equal(b.t, res.Lines, res.Imported+res.Unchanged+res.Rejected)
	require.EqualValues(b.t, len(b.rejected), res.Rejected)
	return res
}

func (b *fixture) employee(number string) attendance.Employee {
	b.t.Helper()
	found, err := b.store.Employees.EmployeesByNumber(b.t.Context(), []string{number})
	require.NoError(b.t, err)
	require.Contains(b.t, found, number)
	return found[number]
}

// stored lists an employee's punches as "UTC time direction device".
func (b *fixture) stored(number string) []string {
	b.t.Helper()
	ps, err := b.store.Days.Punches(b.t.Context(), b.employee(number).ID, time.Time{}, noon.AddDate(1, 0, 0))
	require.NoError(b.t, err)
	var out []string
	for _, p := range ps {
		require.Equal(b.t, attendance.SourceImport, p.Source)
		out = append(out, strings.TrimSpace(p.OccurredAt.Format(time.DateTime)+" "+string(p.Direction)+" "+p.Device))
	}
	return out
}

const staff = `NIK;Nama;Kode Cabang;Departemen;Jabatan;Status;Tanggal Masuk;Tanggal Keluar
JKT-0001;Budi Santoso;JKT;Keuangan;Staf;aktif;01/02/2020;
JKT-0002;Siti Aminah;jkt;SDM;Staf;;2021-03-04;
BER-0001;"Jürgen ""Jo"" Groß";BER;;;active;;
0042;Nomor Nol;JKT;;;;;
JKT-0009;Sudah Keluar;JKT;;;nonaktif;2019-01-01;2020-12-31
`

func TestEmployeesAreWrittenByNumber(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	res := b.employees("\xEF\xBB\xBF" + strings.ReplaceAll(staff, "\n", "\r\n"))
	require.Equal(t, importer.Result{Lines: 5, Imported: 5}, res)
	e := b.employee("JKT-0001")
	require.Equal(t, "Budi Santoso", e.Name)
	require.Equal(t, "Keuangan", e.Department)
	require.Equal(t, attendance.EmployeeActive, e.Status)
	require.Equal(t, "2020-02-01", e.HiredOn.String())
	require.Equal(t, `Jürgen "Jo" Groß`, b.employee("BER-0001").Name)
	require.Equal(t, attendance.EmployeeInactive, b.employee("JKT-0009").Status)

	res = b.employees(staff)
	require.Equal(t, importer.Result{Lines: 5, Unchanged: 5}, res, "a second import changes nothing")

	res = b.employees("name,number,branch,position,shoe size\nBudi Santoso,JKT-0001,JKT,Kepala,43\nSudah " +
		"Keluar,JKT-0009,JKT,,40\n")
	require.Equal(t, importer.Result{Lines: 2, Imported: 1, Unchanged: 1, Ignored: []string{"shoe size"}}, res)
	e = b.employee("JKT-0001")
	require.Equal(t, "Kepala", e.Position)
	require.Equal(t, "Keuangan", e.Department, "a column that the file lacks is left alone")
	require.Equal(t, "2020-02-01", e.HiredOn.String())
	require.Equal(t, attendance.EmployeeInactive, b.employee("JKT-0009").Status)
}

func TestEmployeeRejections(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	res := b.employees("number,name,branch,status,hired_on,left_on\n" + // 1
		"A-1,Ada,JKT,,,\n" + // 2 taken
		"A-2,,JKT,,,\n" + // 3
		",Ada,JKT,,,\n" + // 4
		"A-4,Ada,TIADA,,,\n" + // 5
		"A-5,Ada,JKT,maybe,,\n" + // 6
		"A-6,Ada,JKT,,2026-02-30,\n" + // 7
		"A-7,Ada,JKT,,2026-02-02,2026-02-01\n" + // 8
		"A-1,Ada Dua,JKT,,,\n" + // 9
		"A-9,Ad\xe1,JKT,,,\n" + // 10
		"A-10,Ada\x00,JKT,,,\n" + // 11
		"A-11," + strings.Repeat("x", 20_000) + ",JKT,,,\n" + // 12
		"A-12," + strings.Repeat("x", 201) + ",JKT,,,\n" + // 13
		"A-13,\x07Ada,JKT,,,\n" + // 14
		"A-14,Ada\n" + // 15
		"A-15,A\"da,JKT,,,\n" + // 16
		"A-16,Akhir,JKT,,,\n" + // 17 taken
		"A-17,Ada,,,,") // 18
	require.Equal(t, []string{"3:missing_value", "4:missing_value", "5:unknown_branch", "6:bad_status", "7:bad_date",
		"8:date_order",
		"9:duplicate_number", "10:not_utf8", "11:nul_byte", "12:line_too_long", "13:value_too_long",
		"14:control_character", "15:field_count",
		"16:bad_quotes", "18:missing_value"}, b.rejected)
	require.EqualValues(t, 2, res.Imported)
	require.Equal(t, "Ada", b.employee("A-1").Name)
	require.Equal(t, "Akhir", b.employee("A-16").Name)
	require.Equal(t, `there is no branch "TIADA"`, b.messages[2].Message)
	require.Equal(t, `cabang "TIADA" tidak ada`, b.messages[2].Indonesian)
}

const attlog = "        1\t2026-11-20 07:58:01\t1\t0\t1\t0\r\n" +
	"        1\t2026-11-20 12:00:00\t1\t2\t1\t0\r\n" +
	"        1\t2026-11-20 13:00:00\t1\t3\t1\t0\r\n" +
	"        1\t2026-11-20 17:01:00\t1\t1\t1\t0\r\n" +
	"00000002\t2026-11-20 08:00:00\t1\t4\t15\t0\r\n" +
	"00000002\t2026-11-20 17:00:00\t1\t5\t15\t0\r\n" +
	"        2\t2026-11-21 08:00:00\t1\t255\t15\t0\r\n"

func TestAttlog(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	options := importer.PunchOptions{PINFormat: "JKT-%04s"}
	res := b.punches(attlog, options)
	require.Equal(t, importer.Result{Lines: 7, Imported: 7}, res, b.messages)
	require.Positive(t, b.outbox)
	require.Equal(t, []string{"2026-11-20 00:58:01 in 1", "2026-11-20 05:00:00 break_out 1",
		"2026-11-20 06:00:00 break_in 1", "2026-11-20 10:01:00 out 1"}, b.stored("JKT-0001"))
	require.Equal(t, []string{"2026-11-20 01:00:00 in 1", "2026-11-20 10:00:00 out 1", "2026-11-21 01:00:00 auto 1"},
		b.stored("JKT-0002"))

	res = b.punches(attlog, options)
	require.Equal(t, importer.Result{Lines: 7, Unchanged: 7}, res, "a second import changes nothing")
	require.Zero(t, b.outbox)
	require.Len(t, b.stored("JKT-0001"), 4)

	// One line more than the last time: terminals keep their log.
	res = b.punches(attlog+"1\t2026-11-23 07:59:00\t1\t0\t1\t0", options)
	require.Equal(t, importer.Result{Lines: 8, Imported: 1, Unchanged: 7}, res)
	last := b.progress[len(b.progress)-1]
	require.Equal(t, last.BytesTotal, last.BytesRead)
	require.Equal(t, res, last.Result)
}

func TestZones(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	res := b.punches("number,time,direction\n"+
		"BER-0001,2026-03-29 01:59:59,in\n"+ // 2
		"BER-0001,2026-03-29 02:30:00,out\n"+ // 3: clocks skipped it
		"BER-0001,2026-10-25 02:30:00,in\n"+ // 4: shown twice
		"BER-0001,2026-10-25T02:30:00+01:00,out\n", // 5: the second time, said plainly
		importer.PunchOptions{})
	require.EqualValues(t, 3, res.Imported)
	require.Equal(t, []string{"3:skipped_time"}, b.rejected)
	require.Equal(t, []string{"2026-03-29 00:59:59 in", "2026-10-25 00:30:00 in", "2026-10-25 01:30:00 out"},
		b.stored("BER-0001"))

	b.punches("number,time,direction\nBER-0001,2026-11-02 08:00:00,in\n", importer.PunchOptions{Zone: "Asia/Jayapura"})
	require.Contains(t, b.stored("BER-0001"), "2026-11-01 23:00:00 in")
	_, err := b.importer(of(b.store)).Punches(t.Context(), strings.NewReader("number,time,direction\n"), 0,
		importer.PunchOptions{Zone: "Mars/Olympus"})
	require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalidZone})
}

func TestPunchRejections(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	res := b.punches("Waktu\tNIK\tArah\tMesin\tCatatan\n"+ // 1
		"2026-11-20 08:00:00\tJKT-0001\tmasuk\tA\tcatatan\n"+ // 2 taken
		"2026-11-20 17:00:00\tJKT-0001\tsideways\tA\t\n"+ // 3
		"2026-11-20\tJKT-0001\tmasuk\tA\t\n"+ // 4
		"2026-11-20 08:00:00\tJKT-0777\tmasuk\tA\t\n"+ // 5
		"2026-11-20 08:00:00\tJKT-0009\tmasuk\tA\t\n"+ // 6
		"2026-11-23 12:02:01\tJKT-0001\tpulang\tA\t\n"+ // 7
		"2000-01-01 00:00:10\tJKT-0001\tmasuk\tA\t\n"+ // 8
		"2026-11-20 08:00:00\t\tmasuk\tA\t\n"+ // 9
		"2026-11-20 08:00:00\tJKT-0001\tmasuk\t"+strings.Repeat("m", 101)+"\t\n"+ // 10
		"2026-11-20 08:00:00\tJKT-0001\tmasuk\tA\n"+ // 11
		"2026-11-20 08:00:00\tJKT-\xff\tmasuk\tA\t\n"+ // 12
		"\n"+ // 13: no line
		"2026-11-23 12:02:00\tJKT-0001\t1\tA\t\n", // 14 taken: terminals' clocks may be a little ahead
		importer.PunchOptions{})
	// What the store would refuse comes after what cannot be read; here the importer knows everything by itself.
	require.Equal(t, []string{"3:bad_direction", "4:missing_time", "5:unknown_employee", "7:time_in_future",
		"8:time_implausible", "9:missing_value", "10:value_too_long", "11:field_count", "12:not_utf8",
		"6:employee_inactive"}, b.rejected)
	require.Equal(t, importer.Result{Lines: 12, Imported: 2, Rejected: 10}, res)
	require.Equal(t, []string{"2026-11-20 01:00:00 in A", "2026-11-23 05:02:00 out A"}, b.stored("JKT-0001"))
}

// The 72 h limit of offline punches is not one of imports, and dates of employment are the store's business.
func TestThePastIsImported(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	b.punches("number,time,direction\nJKT-0001,2020-02-03 08:00:00,in\nJKT-0001,2019-02-03 08:00:00,in\n",
		importer.PunchOptions{})
	require.Equal(t, []string{"3:employee_inactive"}, b.rejected, "hired in 2020")
	require.Equal(t, []string{"2020-02-03 01:00:00 in"}, b.stored("JKT-0001"))
}

func TestPINsWithoutFormat(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff + "7;Tujuh;JKT;;;;;\n007;Nol Nol Tujuh;JKT;;;;;\n")
	line := func(pin string, minute int) string {
		return fmt.Sprintf("%s\t2026-11-20 08:%02d:00\t1\t0\t1\t0\n", pin, minute)
	}
	b.punches(line("42", 0)+line("000042", 10)+line("0042", 20)+line("7", 30)+line("07", 40)+line("43", 50),
		importer.PunchOptions{})
	require.Len(t, b.stored("0042"), 3)
	require.Len(t, b.stored("7"), 1, "an exact number is meant before any other")
	require.Equal(t, []string{"5:ambiguous_pin", "6:unknown_employee"}, b.rejected)
}

func TestColumnsAndDevice(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	file := "2026-11-20 08:00:00\tx\t42\t1\n"
	options := importer.PunchOptions{Columns: "time,-,pin,status", Device: "Lobi"}
	require.EqualValues(t, 1, b.punches(file, options).Imported)
	require.Equal(t, []string{"2026-11-20 01:00:00 out Lobi"}, b.stored("0042"))
	require.EqualValues(t, 1, b.punches(file, options).Unchanged)
}

func TestFilesThatAreRefusedWhole(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	for name, c := range map[string]struct {
		file string
		o    importer.PunchOptions
	}{
		"empty":          {"", importer.PunchOptions{}},
		"no header":      {"JKT-0001,2026-11-20 08:00:00,in\n", importer.PunchOptions{}},
		"UTF-16":         {"\xff\xfen\x00", importer.PunchOptions{}},
		"unknown format": {"x", importer.PunchOptions{Format: "xlsx"}},
		"columns":        {"x", importer.PunchOptions{Columns: "pin"}},
		"PIN format":     {"x", importer.PunchOptions{PINFormat: "%d"}},
	} {
		_, err := b.importer(of(b.store)).Punches(t.Context(), strings.NewReader(c.file), 0, c.o)
		require.ErrorIs(t, err, &attendance.Error{Code: attendance.CodeInvalid}, name)
	}
}

// refusing is a store that cannot write certain punches, as a broken page of a table would have it.
type refusing struct {
	days    *days.Days
	bad     func(attendance.NewPunch) bool
	err     error
	batches int
}

// store is the fixture's, with this in the place of its days.
func (s *refusing) store(b *fixture) importer.Store {
	all := of(b.store)
	all.Recorder = s
	return all
}

func (s *refusing) RecordBatch(ctx context.Context, ps []attendance.NewPunch) ([]attendance.RecordResult, error) {
	s.batches++
	for _, p := range ps {
		if s.bad(p) {
			return nil, s.err
		}
	}
	return s.days.RecordBatch(ctx, ps)
}

// manyPunches is a log of one employee, a punch every five minutes.
func manyPunches(n int) string {
	var s strings.Builder
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&s, "42\t%s\t1\t%d\t1\t0\n", at.Add(time.Duration(i)*5*time.Minute).Format(time.DateTime), i%2)
	}
	return s.String()
}

func TestABadRowDoesNotFailItsNeighbours(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	bad := map[int64]bool{}
	for _, minute := range []int{10, 15, 3000} {
		bad[time.Date(2026, 1, 5, 1, minute, 0, 0, time.UTC).Unix()] = true
	}
	s := &refusing{days: b.store.Days, bad: func(p attendance.NewPunch) bool { return bad[p.OccurredAt.Unix()] },
		err: errors.New("disk sector unreadable")}
	res, err := b.importer(s.store(b)).
		Punches(t.Context(), strings.NewReader(manyPunches(1200)), 0, importer.PunchOptions{})
	require.NoError(t, err)
	require.Equal(t, importer.Result{Lines: 1200, Imported: 1197, Rejected: 3}, res)
	require.Equal(t, []string{"3:internal", "4:internal", "601:internal"}, b.rejected)
	require.NotContains(t, b.messages[0].Message, "sector", "causes stay inside")
	require.Less(t, s.batches, 60, "halved, not one by one")
	require.Len(t, b.stored("0042"), 1197)
}

func TestAnOutageEndsTheImport(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	all := func(attendance.NewPunch) bool { return true }
	for _, c := range []struct {
		err     error
		batches int
	}{{errors.New("the table is gone"), 30}, {attendance.NewError(attendance.CodeUnavailable, "down"), 1}} {
		s := &refusing{days: b.store.Days, bad: all, err: c.err}
		_, err := b.importer(s.store(b)).
			Punches(t.Context(), strings.NewReader(manyPunches(1200)), 0, importer.PunchOptions{})
		require.ErrorIs(t, err, c.err)
		require.LessOrEqual(t, s.batches, c.batches)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &refusing{days: b.store.Days, bad: func(attendance.NewPunch) bool { cancel(); return false }}
	_, err := b.importer(s.store(b)).Punches(ctx, strings.NewReader(manyPunches(1200)), 0, importer.PunchOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, b.rejected)
}

func TestAReportThatFailsEndsTheImport(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	full := errors.New("disk full")
	im := importer.New(of(b.store),
		importer.Options{Clock: b.clock, OnReject: func(importer.Rejection) error { return full }})
	_, err := im.Punches(t.Context(), strings.NewReader("number,time,direction\nX,2026-11-20 08:00:00,in\n"), 0,
		importer.PunchOptions{})
	require.ErrorIs(t, err, full)
	_, err = im.Punches(t.Context(), strings.NewReader("number,time,direction\nJKT-0001,2019-02-03 08:00:00,in\n"), 0,
		importer.PunchOptions{})
	require.ErrorIs(t, err, full, "also for what the store refused")
}

// A hundred thousand lines take no more memory than a few thousand. Not parallel: it looks at the whole heap.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const lines, people = memoryLines, 500
	b := newFixture(t)
	var csv strings.Builder
	csv.WriteString("number,name,branch\n")
	for i := range people {
		fmt.Fprintf(&csv, "P-%04d,Pegawai %d,JKT\n", i, i)
	}
	b.employees(csv.String())
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, peak uint64
	batches := 0
	im := importer.New(of(b.store), importer.Options{Clock: b.clock, OnProgress: func(importer.Progress) {
		if batches++; batches%10 == 0 {
			h := heap()
			if early == 0 {
				early = h
			}
			peak = max(peak, h)
		}
	}})
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriter(w)
		at := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC)
		for i := range lines {
			// Everyone in, everyone out, then the next day; now and then a line that is rejected.
			day, of := i/(2*people), i%(2*people)
			when := at.AddDate(0, 0,
				day).Add(time.Duration(of/people) * 9 * time.Hour).Add(time.Duration(of%people) * time.Second)
			pin := fmt.Sprintf("P-%04d", of%people)
			if i%100 == 99 {
				pin = fmt.Sprintf("X-%d", i)
			}
			fmt.Fprintf(out, "%s\t%s\t1\t%d\t1\t0\n", pin, when.Format(time.DateTime), of/people)
		}
		w.CloseWithError(out.Flush())
	}()
	res, err := im.Punches(t.Context(), r, 0, importer.PunchOptions{})
	require.NoError(t, err)
	require.Equal(t, importer.Result{Lines: lines, Imported: lines - lines/100, Rejected: lines / 100}, res)
	require.Less(t, peak, early+4<<20, "heap after 10,000 lines and at its highest")
}

// of returns what an importer needs of a store.
// write puts people into the store in the system's name.
func (b *fixture) write(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
	return b.store.Employees.UpsertEmployeesFrom(ctx, ledger.Actor{}, company.Upsert{
		Employees: importer.People(rows), MovedFrom: importer.MovedFrom(rows), Reasons: importer.MoveReasons(rows)})
}

func of(s *store.Store) importer.Store {
	return importer.Store{Branches: s.Branches, Employees: s.Employees, Recorder: s.Days}
}
