package worker_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/importer"
	"hadir/internal/store/company"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// A file brings nobody back who was forgotten: its lines about them are refused, the others are not.
func TestLinesAboutWhoWasForgotten(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		gone, other, last := s.people[0], s.people[3], s.today()
		u := s.user(account.User{Role: account.RoleAdmin})
		_, err := s.Employees.ChangeEmployee(t.Context(), gone.ID, ledger.Actor{},
			company.EmployeeEdit{Change: func(e *attendance.Employee) error {
				e.Status, e.LeftOn = attendance.EmployeeInactive, &last
				return nil
			}})
		require.NoError(t, err)
		s.clock.Advance(40 * 24 * time.Hour)
		p, err := s.Persons.Pseudonymise(t.Context(), ledger.Actor{}, persons.Ending{EmployeeID: gone.ID})
		require.NoError(t, err)
		refused := func(im task.FileImport) {
			t.Helper()
			lines, err := importer.ReadRejections(im.Rejections)
			require.NoError(t, err)
			require.Len(t, lines, 1)
			require.Equal(t, "forgotten", string(lines[0].Code))
			require.Contains(t, lines[0].Indonesian, "dilupakan untuk selamanya")
		}

		im := s.upload(u.ID, fmt.Sprintf("number,name,branch,status\n%s,%s,JKT,active\n%s,Nama Baru,JKT,active\n",
			p.Number, gone.Name, other.Number))
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		im = s.imported(im.ID)
		require.Equal(t, task.ImportDone, im.State)
		require.Equal(t, []int64{1, 1}, []int64{im.Updated, im.Rejected})
		refused(im)
		im = s.punchFile(u.ID, fmt.Sprintf("number,time,direction\n%s,%[3]s 08:00:00,in\n%[2]s,%[3]s 08:00:00,in\n",
			p.Number, other.Number, last.AddDays(-1)), importer.AsSaid)
		require.Equal(t, []int64{1, 1}, []int64{im.Created, im.Rejected})
		refused(im)

		e, err := s.Employees.Employee(t.Context(), gone.ID)
		require.NoError(t, err)
		require.Equal(t, []string{p.Number, p.Name, "inactive"}, []string{e.Number, e.Name, string(e.Status)})
		punches, err := s.Days.Punches(t.Context(), gone.ID, s.clock.Now().AddDate(0, -6, 0), s.clock.Now())
		require.NoError(t, err)
		require.Empty(t, punches)
	})
}
