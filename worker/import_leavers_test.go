package worker_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/worker"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// Whom a file makes leave has a last day, as over the API: what was worked until then is punched and computed, and the
// own line is somebody else's.
func TestWhoAFileMakesLeaveHasALastDay(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		gone := []attendance.Employee{{Number: "E-9", Name: "Orang 9", BranchID: s.branches[0].ID,
			Status: attendance.EmployeeInactive}} // of whom no last day is known
		_, err := s.Employees.UpsertEmployees(t.Context(), gone)
		require.NoError(t, err)
		who, self, today := s.people[0], s.people[1], s.today()
		admin := s.user(account.User{Role: account.RoleAdmin, EmployeeID: gone[0].ID}).ID
		some := s.user(account.User{Role: account.RoleBranchAdmin, EmployeeID: self.ID,
			BranchIDs: []int64{s.branches[0].ID}}).ID
		says := func(want string, user int64, e attendance.Employee, status string) {
			t.Helper()
			what, why := s.taken(user, fmt.Sprintf("number,name,branch,status\n%s,%s,JKT,%s\n", e.Number, e.Name,
				status))
			require.Equal(t, want, what, why)
		}
		last := func(e attendance.Employee) *attendance.Date {
			t.Helper()
			stored, err := s.Employees.Employee(t.Context(), e.ID)
			require.NoError(t, err)
			return stored.LeftOn
		}
		recomputed := func() (n int) {
			for _, o := range s.handed() {
				var r task.Recompute
				if o.Kind == task.AttendanceRecompute && json.Unmarshal(o.Payload, &r) == nil &&
					slices.Equal(r.EmployeeIDs, []int64{who.ID}) && r.From == today {
					n++
				}
			}
			return n
		}

		says("own_days", some, self, "nonaktif")
		require.Nil(t, last(self))
		says("own_days", admin, gone[0], "aktif")

		says("updated", some, who, "nonaktif")
		require.Equal(t, &today, last(who))
		require.Equal(t, 1, recomputed())
		results, err := s.Days.RecordBatch(t.Context(), []attendance.NewPunch{{EmployeeID: who.ID,
			Direction: attendance.In, OccurredAt: s.clock.Now().Add(-3 * time.Hour), Source: attendance.SourceTerminal,
			IdempotencyKey: "pagi"}})
		require.NoError(t, err)
		require.NoError(t, results[0].Err, "a punch of this morning that arrives late")

		s.clock.Advance(24 * time.Hour)
		says("unchanged", some, who, "nonaktif")
		what, why := s.taken(some, fmt.Sprintf("number,name,branch,status,left_on\n%s,%s,JKT,nonaktif,\n", who.Number,
			who.Name))
		require.Equal(t, "unchanged", what, why)
		require.Equal(t, &today, last(who))

		says("updated", some, who, "aktif")
		require.Nil(t, last(who), "who comes back has none")
		require.Equal(t, 2, recomputed())
		says("updated", some, gone[0], "aktif")
	})
}

// A file that gives somebody who works a last day that is over closes the account, as the page does; one that is yet to
// come closes it when it is over, by the task that tidies up.
func TestTheLastDayInAFileClosesAccounts(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin}).ID
		open := func(u account.User) bool {
			stored, err := s.Users.User(t.Context(), u.ID)
			require.NoError(t, err)
			return stored.DisabledAt == nil
		}
		one, two := s.people[0], s.people[1]
		deputy := s.user(account.User{Role: account.RoleBranchAdmin, EmployeeID: one.ID,
			BranchIDs: []int64{s.branches[0].ID}})
		first := s.user(account.User{Role: account.RoleEmployee, EmployeeID: one.ID})
		theirs, err := s.Users.CreateUsers(t.Context(), ledger.Actor{}, []account.User{{Login: "dua", Name: "Dua",
			Role: account.RoleEmployee, EmployeeID: two.ID}}, []string{"!"})
		require.NoError(t, err)
		second := theirs[0]
		for e, last := range map[attendance.Employee]attendance.Date{one: s.today().AddDays(-1), two: s.today()} {
			what, why := s.taken(admin,
				fmt.Sprintf("number,name,branch,left_on\n%s,%s,JKT,%s\n", e.Number, e.Name, last))
			require.Equal(t, "updated", what, why)
		}
		require.False(t, open(first))
		require.True(t, open(second))
		require.True(t, open(deputy), "nobody's rights to look after others end by a list")
		tidy := func() {
			w := worker.New(worker.Options{Store: worker.RoomsOf(s.Store), Clock: s.clock,
				Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
			require.NoError(t, w.Handlers()[task.RetentionSweep](t.Context(), []byte(`{"v":1}`)))
		}
		tidy()
		require.True(t, open(second))
		s.clock.Advance(24 * time.Hour)
		tidy()
		require.False(t, open(second))
		require.True(t, open(deputy))
	})
}
