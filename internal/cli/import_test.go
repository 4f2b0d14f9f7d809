package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// files is a database with an employee, and the command that imports files into it.
type files struct {
	t     *testing.T
	store *store.Store
	env   []string
	who   attendance.Employee
}

// ofFiles runs a test on both databases.
func ofFiles(t *testing.T, test func(t *testing.T, f *files)) {
	t.Helper()
	t.Parallel()
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newFiles(t, url))
		})
	}
}

// newFiles makes a company of one, in a zone where clocks change.
func newFiles(t *testing.T, url string) *files {
	s, err := store.Open(t.Context(), store.Options{URL: url, Clock: clock.System()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.DB.Close() })
	_, err = s.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	b, err := s.Branches.AddBranch(
		t.Context(),
		attendance.Branch{Code: "HEL", Name: "Helsinki", Zone: "Europe/Helsinki",
			Policy: attendance.PolicyRecord, Active: true},
		ledger.Actor{},
	)
	require.NoError(t, err)
	sh, err := s.Shifts.AddShift(
		t.Context(),
		attendance.Shift{Code: "P", Name: "Pagi", Start: 480, End: 1020, OpensBefore: 120,
			ClosesAfter: 240, BreakMinutes: 60, BreakAfter: 240, Active: true},
		ledger.Actor{},
	)
	require.NoError(t, err)
	es := []attendance.Employee{{Number: "H-1", Name: "Aino", BranchID: b.ID, Status: attendance.EmployeeActive}}
	_, err = s.Employees.UpsertEmployees(t.Context(), es)
	require.NoError(t, err)
	require.NoError(t, s.Assignments.AddAssignments(t.Context(), []attendance.Assignment{{EmployeeID: es[0].ID,
		From: attendance.NewDate(2026, 1, 5), Pattern: []int64{sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, 0, 0}}}))
	return &files{t: t, store: s, env: []string{"HADIR_DATABASE_URL=" + url}, who: es[0]}
}

func (f *files) load(content string, args ...string) (status int, stdout, stderr string) {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), "mesin.dat")
	require.NoError(f.t, os.WriteFile(path, []byte(content), 0o600))
	return run(f.t, f.env, append([]string{"import", "punches", path}, args...)...)
}

func (f *files) day(d attendance.Date) attendance.Day {
	f.t.Helper()
	days, _, err := f.store.Lists.History(
		f.t.Context(),
		lists.DayFilter{From: d, To: d, EmployeeIDs: []int64{f.who.ID}},
	)
	require.NoError(f.t, err)
	require.Len(f.t, days, 1)
	return days[0].Day
}

// Case 19 from a file: what it says is kept as it would be by hand, nobody can be asked about it, and the day shows it.
func TestAFileThatGoesAndComesWithinAMinute(t *testing.T) {
	ofFiles(t, func(t *testing.T, f *files) {
		status, stdout, stderr := f.load("number,time,direction\n" +
			"H-1,2026-03-03 08:00:00,in\nH-1,2026-03-03 17:00:00,out\nH-1,2026-03-03 17:00:20,in\n" +
			"H-1,2026-03-03 20:00:00,out\nH-1,2026-03-04 08:00:00,in\nH-1,2026-03-04 08:00:01,out\n")
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "6 imported")
		quick := []attendance.Flag{attendance.FlagQuickOut}
		day := f.day(attendance.NewDate(2026, 3, 3))
		require.Equal(t, "18:00", day.LastOut.UTC().Format("15:04"), "20:00 in Helsinki")
		require.Equal(t, 660, day.WorkedMinutes)
		require.Equal(t, quick, day.Flags)
		day = f.day(attendance.NewDate(2026, 3, 4))
		require.Equal(t, attendance.StatusIncomplete, day.Status)
		require.Equal(t, quick, day.Flags)
	})
}

// Case 4 from the file of a terminal without keys: who came before the window opened, at 06:00, has come.
func TestAFileWithoutDirectionsBeforeTheWindowOpens(t *testing.T) {
	ofFiles(t, func(t *testing.T, f *files) {
		status, stdout, stderr := f.load("H-1\t2026-03-03 05:59:00\t1\t0\t1\t0\n"+
			"H-1\t2026-03-03 17:00:00\t1\t0\t1\t0\nH-1\t2026-03-04 05:30:00\t1\t0\t1\t0\n"+
			"H-1\t2026-03-05 00:30:00\t1\t0\t1\t0\n", "--direction", "auto")
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "4 imported")
		for date, want := range map[attendance.Date]attendance.Day{
			attendance.NewDate(2026, 3, 3): {WorkedMinutes: 480, Flags: []attendance.Flag{attendance.FlagEarlyIn}},
			attendance.NewDate(2026, 3, 4): {WorkedMinutes: 930,
				Flags: []attendance.Flag{attendance.FlagEarlyIn, attendance.FlagLateOut}},
		} {
			day := f.day(date)
			require.Equal(t, attendance.StatusPresent, day.Status)
			require.Equal(t, want.WorkedMinutes, day.WorkedMinutes)
			require.Equal(t, want.Flags, day.Flags)
		}
	})
}

// Case 21 by the command: the modes of --direction, the hint where a terminal fills the field with a constant, and the
// same file read anew.
func TestAFileIsReadInAnotherDirection(t *testing.T) {
	ofFiles(t, func(t *testing.T, f *files) {
		tuesday := attendance.NewDate(2026, 3, 3)
		var log strings.Builder
		for _, at := range []string{"07:55:00", "12:02:00", "17:10:00"} {
			fmt.Fprintf(&log, "H-1\t%s %s\t1\t0\t1\t0\n", tuesday, at)
		}
		status, _, stderr := f.load(log.String(), "--direction", "both")
		require.NotZero(t, status)
		require.Contains(t, stderr, "none of status, auto, in and out")

		status, stdout, stderr := f.load(log.String())
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "3 lines: 3 imported, 0 unchanged, 0 rejected")
		require.Contains(t, stderr, "every line says in")
		require.Contains(t, stderr, "--direction auto")
		require.Nil(t, f.day(tuesday).LastOut)

		const all, anew = "3 imported, 0 unchanged", "3 of the imported lines were read anew"
		for _, step := range []struct {
			mode, want, anew string
			status           attendance.Status
			worked           int
		}{
			{"auto", all, anew, attendance.StatusPresent, 490},
			{"auto", "0 imported, 3 unchanged", "", attendance.StatusPresent, 490},
			{"out", all, anew, attendance.StatusIncomplete, 0},
			{"in", all, anew, attendance.StatusIncomplete, 0},
			{"auto", all, anew, attendance.StatusPresent, 490},
			{"status", all, anew, attendance.StatusIncomplete, 0},
		} {
			status, stdout, stderr = f.load(log.String(), "--direction", step.mode)
			require.Zero(t, status, stderr)
			require.Contains(t, stdout, step.want, step.mode)
			require.Contains(t, stdout, step.anew, step.mode)
			day := f.day(tuesday)
			require.Equal(t, []any{step.status, step.worked}, []any{day.Status, day.WorkedMinutes}, step.mode)
		}
	})
}

// What a command changes is in the audit log with the system's user and the machine, person by person.
func TestTheAuditLogNamesWhoImports(t *testing.T) {
	ofFiles(t, func(t *testing.T, f *files) {
		by := (&env{}).actor().Address
		require.Regexp(t, `^cli:.+@.+$`, by)
		path := filepath.Join(t.TempDir(), "orang.csv")
		require.NoError(t, os.WriteFile(path,
			[]byte("number,name,branch,left_on\nH-1,Aino,HEL,2026-02-02\nH-2,Eino,HEL,\n"), 0o600))
		status, stdout, stderr := run(t, f.env, "import", "employees", path)
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "2 imported")
		line := "H-1\t2026-01-06 08:00:00\t1\t0\t1\t0\n"
		for _, direction := range []string{"in", "out"} {
			status, _, stderr = f.load(line, "--direction", direction)
			require.Zero(t, status, stderr)
		}
		for action, want := range map[string]int{"employee.created": 1, "employee.updated": 1, "punch.voided": 1,
			ledger.ImportStarted: 3} {
			entries, _, err := f.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: action})
			require.NoError(t, err)
			named := 0
			for _, e := range entries {
				if e.Address == by {
					named++
				}
			}
			require.Equal(t, want, named, "%s: %+v", action, entries)
		}
	})
}

// Case 13 by the command: of a time that clocks show twice the first is taken and the line is noted; one that they skip
// is refused.
func TestAFileAtTheChangeOfClocks(t *testing.T) {
	ofFiles(t, func(t *testing.T, f *files) {
		status, stdout, stderr := f.load("number;time;direction\n" +
			"H-1;25/10/2025 23.00;masuk\nH-1;26/10/2025 03.30;pulang\nH-1;30/03/2025 " +
			"03.30;masuk\nH-1;30/03/2025 04.30;masuk\n")
		require.Equal(t, 1, status, "a line was rejected")
		require.Contains(t, stdout, "4 lines: 3 imported, 0 unchanged, 1 rejected")
		require.Regexp(t, `line 3 was taken: .*03:30:00 \+03:00.* \[repeated_time\]`, stderr)
		require.Regexp(t, `line 4: .* \[skipped_time\]`, stderr)
		require.Equal(t, 1, strings.Count(stderr, " was taken: "), stderr)
		ps, err := f.store.Days.Punches(
			t.Context(),
			f.who.ID,
			time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Now(),
		)
		require.NoError(t, err)
		var at []string
		for _, p := range ps {
			at = append(at, p.OccurredAt.Format(time.RFC3339))
		}
		require.Equal(t, []string{"2025-03-30T01:30:00Z", "2025-10-25T20:00:00Z", "2025-10-26T00:30:00Z"}, at)
	})
}
