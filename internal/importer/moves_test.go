package importer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// A file says since when somebody is in another branch; their punches of before are read on the clocks of the one
// before.
func TestAFileMovesPeopleFromADate(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	b.employees("number,name,branch\nJKT-0001,Budi,JKT\nJKT-0002,Siti,JKT\n")
	res := b.employees("number,name,branch,cabang_sejak\nJKT-0001,Budi,BER,2026-11-10\nJKT-0002,Siti,BER,\n")
	require.Equal(t, importer.Result{Lines: 2, Imported: 2}, res)
	all, err := b.store.Employees.Employments(t.Context(), b.employee("JKT-0001").ID)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, attendance.NewDate(2026, 11, 10), all[1].From)
	require.Equal(t, all[1].BranchID, b.employee("JKT-0001").BranchID)
	all, err = b.store.Employees.Employments(t.Context(), b.employee("JKT-0002").ID)
	require.NoError(t, err)
	require.Equal(t, attendance.NewDate(2026, 11, 23), all[1].From, "without a date from today")
	require.Equal(t, importer.Result{Lines: 2, Unchanged: 2},
		b.employees("number,name,branch,cabang_sejak\nJKT-0001,Budi,BER,2026-11-10\nJKT-0002,Siti,BER,\n"))

	b.punches("number,time,direction\nJKT-0001,2026-11-09 08:00,in\nJKT-0001,2026-11-10 08:00,in\n",
		importer.PunchOptions{})
	require.Equal(t, []string{"2026-11-09 01:00:00 in", "2026-11-10 07:00:00 in"}, b.stored("JKT-0001"))

	b.employees("number,name,branch,branch_from\nJKT-0001,Budi,JKT,kemarin\n")
	require.Equal(t, []string{"2:bad_date"}, b.rejected)
}

// Many lines that the store refuses one by one cost the preview and the import no more than many that it takes: the
// whole file is passed once more without them.
func TestAFileOfRefusedMovesIsReadInAFewTransactions(t *testing.T) {
	t.Parallel()
	const people = 300
	b := newFixture(t)
	var hired, moved strings.Builder
	hired.WriteString("number,name,branch\n")
	moved.WriteString("number,name,branch,branch_from\n")
	for i := range people {
		fmt.Fprintf(&hired, "R-%04d,Orang,JKT\n", i)
		from := "2026-10-20" // settled
		if i%50 == 0 {
			from = "2026-12-01"
		}
		fmt.Fprintf(&moved, "R-%04d,Orang,BER,%s\n", i, from)
	}
	require.EqualValues(t, people, b.employees(hired.String()).Imported)
	branch, locked := b.employee("R-0000").BranchID, attendance.NewDate(2026, 10, 31)
	_, _, err := b.store.Recaps.Recap(t.Context(), branch, locked, false)
	require.NoError(t, err)
	_, err = b.store.Branches.ChangeBranch(t.Context(), branch, ledger.Actor{}, func(b *attendance.Branch) error {
		b.LockedThrough = &locked
		return nil
	})
	require.NoError(t, err)

	var asked int
	var refused []string
	im := importer.New(of(b.store), importer.Options{Clock: b.clock, OnReject: func(r importer.Rejection) error {
		refused = append(refused, fmt.Sprint(r.Line, r.Code))
		return nil
	}, Rehearse: func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
		asked++
		return b.store.Employees.RehearseEmployees(ctx, ledger.Actor{},
			company.Upsert{Employees: importer.People(rows), MovedFrom: importer.MovedFrom(rows)})
	}, Write: func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
		asked++
		return b.write(ctx, rows)
	}})
	take := func([]importer.EmployeeRow) error { return nil }
	for _, read := range []func() (importer.Result, error){
		func() (importer.Result, error) {
			return im.Preview(t.Context(), strings.NewReader(moved.String()), take)
		},
		func() (importer.Result, error) {
			return im.Employees(t.Context(), strings.NewReader(moved.String()), 0)
		},
	} {
		asked, refused = 0, nil
		res, err := read()
		require.NoError(t, err)
		require.Equal(t, importer.Result{Lines: people, Imported: people / 50, Rejected: people - people/50}, res)
		require.LessOrEqual(t, asked, 2)
		require.Len(t, refused, people-people/50)
		require.Equal(t, "3period_locked", refused[0], "in the order of the file")
		require.Equal(t, fmt.Sprint(people+1, "period_locked"), refused[len(refused)-1])
	}
}
