package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// Of a file that somebody imports, the lines that would change their own days are refused while somebody else could
// import them; alone they are taken, and the audit log says so.
func TestOwnLinesOfAnImport(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		me, other := s.people[0], s.people[3]
		u := s.user(account.User{Role: account.RoleAdmin, EmployeeID: me.ID})
		helper := s.user(account.User{Role: account.RoleBranchAdmin, BranchIDs: []int64{me.BranchID}})
		flagged := func() (out []ledger.AuditRecord) {
			out, _, err := s.Audit.AuditLog(t.Context(),
				ledger.AuditFilter{Table: ledger.OwnDaysTable, RowID: fmt.Sprint(me.ID)})
			require.NoError(t, err)
			return out
		}
		refused := func(im task.FileImport) string {
			t.Helper()
			lines, err := importer.ReadRejections(im.Rejections)
			require.NoError(t, err)
			require.Len(t, lines, 1)
			require.Contains(t, lines[0].Text, me.Number)
			return string(lines[0].Code)
		}
		hired := s.today().AddDays(-30).String()
		file := fmt.Sprintf("number,name,branch,hired_on\n%s,%s,JKT,%s\n%s,%s,JKT,%s\n", me.Number, me.Name, hired,
			other.Number, other.Name, hired)
		preview := func() []int64 {
			t.Helper()
			by := ledger.Actor{UserID: u.ID, EmployeeID: me.ID}
			res, err := importer.New(s.files(), importer.Options{Clock: s.clock,
				Rehearse: func(ctx context.Context, rows []importer.EmployeeRow) ([]attendance.UpsertResult, error) {
					return s.Employees.RehearseEmployees(ctx, by,
						company.Upsert{Employees: importer.People(rows), MovedFrom: importer.MovedFrom(rows)})
				}}).Preview(t.Context(), strings.NewReader(file), func([]importer.EmployeeRow) error { return nil })
			require.NoError(t, err)
			return []int64{res.Imported, res.Unchanged, res.Rejected}
		}
		require.Equal(t, []int64{1, 0, 1}, preview(), "as the import will do")
		im := s.upload(u.ID, file)
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		im = s.imported(im.ID)
		require.Equal(t, task.ImportDone, im.State)
		require.Equal(t, []int64{1, 1}, []int64{im.Updated, im.Rejected})
		require.Equal(t, "own_days", refused(im))

		punches := fmt.Sprintf("number,time,direction\n%s,%s 08:00:00,in\n%s,%s 08:00:00,in\n", me.Number,
			s.today().AddDays(-3), other.Number, s.today().AddDays(-3))
		im = s.punchFile(u.ID, punches, importer.AsSaid)
		require.Equal(t, []int64{1, 1}, []int64{im.Created, im.Rejected})
		require.Equal(t, "own_days", refused(im))
		require.Empty(t, flagged())

		_, err := s.Users.UpdateUser(t.Context(), ledger.Actor{UserID: u.ID}, helper.ID, func(h *account.User) error {
			now := s.clock.Now()
			h.DisabledAt = &now
			return nil
		})
		require.NoError(t, err)
		im = s.punchFile(u.ID, punches, importer.AsSaid)
		require.Equal(t, []int64{1, 1, 0}, []int64{im.Created, im.Unchanged, im.Rejected})
		require.Len(t, flagged(), 1)
		require.Equal(t, u.ID, flagged()[0].UserID)
		told := func(days int) []attendance.Reason {
			t.Helper()
			reasons, err := s.Audit.OwnChanges(t.Context(), me.ID, s.today().AddDays(days))
			require.NoError(t, err)
			return reasons
		}
		require.Len(t, told(-3), 1)
		require.Equal(t, attendance.ReasonOwnChange, told(-3)[0].Code)
		im = s.punchFile(u.ID, punches, importer.AsSaid)
		require.Equal(t, []int64{0, 2, 0}, []int64{im.Created, im.Unchanged, im.Rejected})
		require.Len(t, flagged(), 1, "what is known changes nothing")
		im = s.punchFile(u.ID, fmt.Sprintf("number,time,direction\n%[1]s,%[2]s 08:00:00,in\n%[1]s,%[3]s 08:00:00,in\n",
			me.Number, s.today().AddDays(-9), s.today().AddDays(-5)), importer.AsSaid)
		require.EqualValues(t, 2, im.Created)
		require.Len(t, flagged(), 2)
		for days, want := range map[int]int{-10: 0, -9: 1, -8: 0, -7: 0, -6: 0, -5: 1, -4: 0, -3: 1, -2: 0} {
			require.Len(t, told(days), want, "%d days ago", -days)
		}
		require.Equal(t, []int64{1, 1, 0}, preview())
		require.Len(t, flagged(), 2, "a preview is no change")
		im = s.upload(u.ID, file)
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		im = s.imported(im.ID)
		require.Equal(t, []int64{1, 1, 0}, []int64{im.Updated, im.Unchanged, im.Rejected})
		require.Len(t, flagged(), 3)
	})
}
