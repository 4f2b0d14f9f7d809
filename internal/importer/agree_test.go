package importer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// outcome is what a reading said of a file, line by line.
type outcome struct {
	result importer.Result
	lines  []string // in the order in which they were reported
	taken  []string // of a preview
}

func (b *fixture) read(file string, o importer.PunchOptions, preview bool) outcome {
	b.t.Helper()
	var out outcome
	said := func(what string) func(importer.Rejection) error {
		return func(r importer.Rejection) error {
			out.lines = append(out.lines, fmt.Sprintf("%s %d:%s %s", what, r.Line, r.Code, r.Indonesian))
			return nil
		}
	}
	im := importer.New(of(b.store), importer.Options{Clock: b.clock, OnReject: said("refused"), OnNote: said("noted"),
		Void: &attendance.Void{UserID: 7, EmployeeID: b.employee("JKT-0002").ID, Origin: attendance.VoidByImport,
			Ref: 1}})
	var err error
	if preview {
		out.result, err = im.PreviewPunches(b.t.Context(), strings.NewReader(file), o, b.store.Days.Rehearse(),
			func(rows []importer.PunchRow) error {
				for i := range rows {
					out.taken = append(out.taken,
						fmt.Sprintf("%d known=%t replaced=%t", rows[i].Line, rows[i].Known, rows[i].Replaced))
				}
				return nil
			})
	} else {
		out.result, err = im.Punches(b.t.Context(), strings.NewReader(file), int64(len(file)), o)
	}
	require.NoError(b.t, err)
	return out
}

// randomFile has lines of few people and few times, so that they repeat, contradict and miss one another.
func randomFile(random *rand.Rand, lines int) string {
	var out strings.Builder
	out.WriteString("number,time,direction,device\n")
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	for range lines {
		at := time.Date(2026, 10, 23+random.IntN(4), pickHour(random), random.IntN(3), random.IntN(3)*25, 0, time.UTC)
		form := pick("2006-01-02 15:04:05", "2/1/2006 15.04.05", "2/1/2006 15.04", "2006-01-02",
			"2006-01-02T15:04:05Z07:00")
		fmt.Fprintf(&out, "%s,%s,%s,%s\n", pick("JKT-0001", "JKT-0001", "JKT-0002", "BER-0001", "PERGI", "TIADA"),
			at.Format(form),
			pick("in", "in", "out", "out", "", "0", "keluar", "x", "2"), pick("", "1"))
	}
	return out.String()
}

func pickHour(random *rand.Rand) int { return []int{0, 2, 8, 17}[random.IntN(4)] }

// Case 49: whatever the file, the preview says of every line what the import then does, in all modes, over batches and
// again.
func TestAPreviewSaysWhatTheImportDoes(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff + "PERGI;Pergi Jauh;JKT;;;nonaktif;24/10/2026;25/10/2026\n")
	jkt := b.employee("JKT-0001")
	locked := attendance.NewDate(2026, 10, 23)
	_, _, err := b.store.Recaps.Recap(t.Context(), jkt.BranchID, locked, false)
	require.NoError(t, err)
	_, err = b.store.Branches.ChangeBranch(t.Context(), jkt.BranchID, ledger.Actor{}, func(b *attendance.Branch) error {
		b.LockedThrough = &locked
		return nil
	})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(49, 2026))
	modes := []importer.DirectionMode{importer.AsSaid, importer.AsSaid, importer.BelieveIt, importer.OrderOfDay,
		importer.AllIn, importer.AllOut}
	seen := map[string]int{}
	for n := range 30 {
		lines := 1 + random.IntN(60)
		if n%15 == 14 {
			lines = 2300 // more than two batches
		}
		file, o := randomFile(random, lines), importer.PunchOptions{Direction: modes[random.IntN(len(modes))]}
		preview := b.read(file, o, true)
		require.Equal(t, preview, b.read(file, o, true), "a preview writes nothing")
		done := b.read(file, o, false)
		require.Equal(t, preview.result, done.result, "file %d, mode %q:\n%s", n, o.Direction, file)
		require.Equal(t, preview.lines, done.lines, "file %d", n)
		require.Len(t, preview.taken, int(done.result.Imported+done.result.Unchanged))
		r := done.result
		for what, n := range map[string]int64{"imported": r.Imported, "unchanged": r.Unchanged, "rejected": r.Rejected,
			"replaced": r.Replaced, "noted": r.Noted} {
			seen[what] += int(n)
		}
		if o.Direction != importer.BelieveIt { // a file that says two things of one instant is not believed twice alike
			require.Zero(t, b.read(file, o, false).result.Imported, "file %d, mode %q, again changes nothing", n,
				o.Direction)
		}
	}
	for _, what := range []string{"imported", "unchanged", "rejected", "replaced", "noted"} {
		require.Greater(t, seen[what], 20, "the files are of all kinds: %v", seen)
	}
}

// people reads a file of employees, as a preview or to write it.
func (b *fixture) people(file string, preview bool) outcome {
	b.t.Helper()
	var out outcome
	o := importer.Options{Clock: b.clock, Write: b.write, OnReject: func(r importer.Rejection) error {
		out.lines = append(out.lines, fmt.Sprintf("%d:%s %s", r.Line, r.Code, r.Indonesian))
		return nil
	}, Rehearse: func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
		return b.store.Employees.RehearseEmployees(ctx, ledger.Actor{},
			company.Upsert{Employees: importer.People(rows), MovedFrom: importer.MovedFrom(rows)})
	}}
	var err error
	if preview {
		out.result, err = importer.New(of(b.store), o).Preview(b.t.Context(), strings.NewReader(file),
			func(rows []importer.EmployeeRow) error {
				for i := range rows {
					out.taken = append(out.taken, fmt.Sprintf("%d %s", rows[i].Line, rows[i].Employee.Number))
				}
				return nil
			})
	} else {
		out.result, err = importer.New(of(b.store), o).Employees(b.t.Context(), strings.NewReader(file), 0)
	}
	require.NoError(b.t, err)
	return out
}

// The same of files of employees: what stands against a line in the database, such as a settled period that a move
// reaches into, the preview says, too.
func TestAPreviewOfEmployeesSaysWhatTheImportDoes(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees(staff)
	locked := attendance.NewDate(2026, 10, 23)
	for _, number := range []string{"JKT-0001", "BER-0001"} {
		branch := b.employee(number).BranchID
		_, _, err := b.store.Recaps.Recap(t.Context(), branch, locked, false)
		require.NoError(t, err)
		_, err = b.store.Branches.ChangeBranch(t.Context(), branch, ledger.Actor{}, func(b *attendance.Branch) error {
			b.LockedThrough = &locked
			return nil
		})
		require.NoError(t, err)
	}
	random := rand.New(rand.NewPCG(9, 2026))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	seen := map[string]int{}
	for n := range 100 {
		var file strings.Builder
		file.WriteString("number,name,branch,branch_from,hired_on\n")
		for range 1 + random.IntN(8) {
			fmt.Fprintf(&file, "%s,%s,%s,%s,%s\n",
				pick("JKT-0001", "JKT-0002", "BER-0001", "0042", fmt.Sprint("BARU-", n/4)),
				pick("A", "B", "A", "B", "A", "B", ""), pick("JKT", "JKT", "JKT", "BER", "BER", "TIADA"),
				pick("2026-10-20", "2026-11-20", "2026-10-24", "2026-12-01", "2025-11-01", ""),
				pick("2026-10-01", "2026-11-01", ""))
		}
		preview := b.people(file.String(), true)
		require.Equal(t, preview, b.people(file.String(), true), "a preview writes nothing")
		done := b.people(file.String(), false)
		require.Equal(t, preview.result, done.result, "file %d:\n%s", n, file.String())
		require.Equal(t, preview.lines, done.lines, "file %d:\n%s", n, file.String())
		require.Len(t, preview.taken, int(done.result.Imported+done.result.Unchanged))
		again := b.people(file.String(), false)
		require.Zero(t, again.result.Imported, "file %d, again:\n%s", n, file.String())
		for _, number := range []string{"JKT-0001", "JKT-0002", "BER-0001", "0042"} {
			all, err := b.store.Employees.Employments(t.Context(), b.employee(number).ID)
			require.NoError(t, err)
			seen["moved"] += len(all) - 1
		}
		for _, line := range done.lines {
			_, code, _ := strings.Cut(line, ":")
			code, _, _ = strings.Cut(code, " ")
			seen[code]++
		}
		seen["imported"] += int(done.result.Imported)
		seen["unchanged"] += int(done.result.Unchanged)
	}
	for what, least := range map[string]int{"imported": 50, "unchanged": 5, "period_locked": 5, "duplicate_number": 5,
		"invalid": 5, "moved": 20} {
		require.GreaterOrEqual(t, seen[what], least, "the files are of all kinds: %v", seen)
	}
}
