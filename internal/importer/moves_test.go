package importer_test

import (
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/importer"

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
