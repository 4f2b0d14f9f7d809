package worker_test

import (
	"encoding/json"
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

// moved is taken for a line that puts somebody into a branch from a date on.
func (s *stage) moved(user int64, e attendance.Employee, branch string, from attendance.Date) (what, why string) {
	s.t.Helper()
	return s.taken(user, fmt.Sprintf("number,name,branch,branch_from\n%s,%s,%s,%s\n", e.Number, e.Name, branch, from))
}

// taken imports a file of one line, and returns "updated", "unchanged" or the code of its refusal with the sentence.
func (s *stage) taken(user int64, file string) (what, why string) {
	s.t.Helper()
	im := s.upload(user, file)
	require.NoError(s.t, s.direct(s.t.Context(), s, im.ID))
	im = s.imported(im.ID)
	require.Equal(s.t, task.ImportDone, im.State)
	switch refused, err := importer.ReadRejections(im.Rejections); {
	case err != nil || len(refused) > 0:
		require.NoError(s.t, err)
		return string(refused[0].Code), refused[0].Indonesian
	case im.Updated == 1:
		return "updated", ""
	default:
		require.EqualValues(s.t, 1, im.Unchanged)
		return "unchanged", ""
	}
}

// places are the employments of somebody as "date branch".
func (s *stage) places(e attendance.Employee) (out []string) {
	all, err := s.Employees.Employments(s.t.Context(), e.ID)
	require.NoError(s.t, err)
	for _, m := range all {
		code := s.branches[0].Code
		if m.BranchID == s.branches[1].ID {
			code = s.branches[1].Code
		} else if m.BranchID != s.branches[0].ID {
			code = "JYP"
		}
		out = append(out, m.From.String()+" "+code)
	}
	return out
}

// A line with a date is the move that it would be over the API: the branches of the dates that change are asked about,
// it reaches back a year at most, and somebody's own is somebody else's.
func TestALineThatMovesIsAMove(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		jyp, err := s.Branches.AddBranch(t.Context(), attendance.Branch{Code: "JYP", Name: "JYP", Zone: "Asia/Jakarta",
			Policy: attendance.PolicyRecord, Active: true}, ledger.Actor{})
		require.NoError(t, err)
		old, err := s.Branches.AddBranch(t.Context(), attendance.Branch{Code: "OLD", Name: "OLD", Zone: "Asia/Jakarta",
			Policy: attendance.PolicyRecord, Active: false}, ledger.Actor{})
		require.NoError(t, err)
		require.False(t, old.Active)
		admin := s.user(account.User{Role: account.RoleAdmin, EmployeeID: s.people[1].ID}).ID
		some := s.user(account.User{Role: account.RoleBranchAdmin, BranchIDs: []int64{s.branches[0].ID, jyp.ID}}).ID
		today, who := s.today(), s.people[0]
		day := func(n int) attendance.Date { return today.AddDays(n) }
		is := func(want string, user int64, e attendance.Employee, branch string, from attendance.Date) string {
			t.Helper()
			what, why := s.moved(user, e, branch, from)
			require.Equal(t, want, what, why)
			return why
		}
		is("updated", admin, who, "MKS", day(-19))
		is("updated", admin, who, "JKT", day(-4))
		ever := attendance.EverSince.String() + " JKT"
		before := []string{ever, day(-19).String() + " MKS", day(-4).String() + " JKT"}
		require.Equal(t, before, s.places(who))
		require.Contains(t, is("foreign_dates", some, who, "JYP", day(-14)), "cabang yang tidak Anda kelola")
		require.Contains(t, is("invalid", admin, who, "JYP", day(-400)), "366 hari")
		is("unused_branch", admin, who, "OLD", day(1))
		require.Equal(t, before, s.places(who))
		is("unchanged", admin, who, "JKT", day(-400))
		is("updated", some, who, "JYP", day(-4))
		is("updated", admin, who, "JYP", day(-8))
		require.Subset(t, s.places(who), []string{ever, day(-19).String() + " MKS", day(-8).String() + " JYP"})
		is("unchanged", admin, who, "JYP", day(-6))
		require.Contains(t, is("own_request", admin, s.people[1], "MKS", day(9)), "orang lain")

		through := day(-2)
		_, _, err = s.Recaps.Recap(t.Context(), s.branches[1].ID, through, false)
		require.NoError(t, err)
		lock := func(b *attendance.Branch) error { b.LockedThrough = &through; return nil }
		_, err = s.Branches.ChangeBranch(t.Context(), s.branches[1].ID, ledger.Actor{}, lock)
		require.NoError(t, err)
		require.NotContains(t, is("period_locked", admin, s.people[3], "JKT", day(-3)), "absensi")
	})
}

// The same move a second time is none, and the audit log tells what was ordered, not what is not so yet.
func TestALineThatMovesLaterIsTakenOnce(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin}).ID
		who, from := s.people[0], s.today().AddDays(12)
		entries := func() (out []string) {
			all, _, err := s.Audit.AuditLog(t.Context(),
				ledger.AuditFilter{Table: "employees", RowID: fmt.Sprint(who.ID)})
			require.NoError(t, err)
			for i := range all {
				out = append(out, all[i].Action)
			}
			return out
		}
		before := len(entries())
		for i, want := range []string{"updated", "unchanged", "unchanged"} {
			what, why := s.moved(admin, who, "MKS", from)
			require.Equal(t, want, what, "time %d: %s", i, why)
			require.Len(t, entries(), before+1)
			require.Contains(t, entries(), "employee.moved")
			require.NotContains(t, entries(), "employee.updated")
		}
		require.Equal(t, []string{attendance.EverSince.String() + " JKT", from.String() + " MKS"}, s.places(who))

		// A department corrected now is corrected for what took it over, and for nothing else.
		other := "Gudang"
		require.NoError(t, s.Employees.MoveEmployee(t.Context(), company.MoveOrder{EmployeeID: who.ID,
			From: from.AddDays(5), BranchID: s.branches[0].ID, Department: &other, Reason: "x"}, ledger.Actor{}, nil))
		im := s.upload(admin, fmt.Sprintf("number,name,branch,department\n%s,%s,JKT,Depto\n", who.Number, who.Name))
		require.NoError(t, s.direct(t.Context(), s, im.ID))
		require.EqualValues(t, 1, s.imported(im.ID).Updated)
		all, err := s.Employees.Employments(t.Context(), who.ID)
		require.NoError(t, err)
		require.Len(t, all, 3)
		require.Equal(t, []string{"Depto", "Depto", "Gudang"},
			[]string{all[0].Department, all[1].Department, all[2].Department})
	})
}

// Dates of employment belong to the branch of those dates, whoever looks after the employee now.
func TestALineAboutDatesOfAnotherBranchIsRefused(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		who := s.people[0]
		require.NoError(t, s.Employees.MoveEmployee(t.Context(), company.MoveOrder{EmployeeID: who.ID,
			From: s.today().AddDays(-5), BranchID: s.branches[1].ID, Reason: "x"}, ledger.Actor{}, nil))
		theirs := s.user(account.User{Role: account.RoleBranchAdmin, BranchIDs: []int64{s.branches[1].ID}}).ID
		line := func(user int64, hired attendance.Date) string {
			what, why := s.taken(user, fmt.Sprintf("number,name,branch,hired_on\n%s,%s,%s,%s\n", who.Number, who.Name,
				s.branches[1].Code, hired))
			require.Equal(t, what == "foreign_dates", why != "", why)
			return what
		}
		require.Equal(t, "foreign_dates", line(theirs, s.today().AddDays(-10)))
		require.Equal(t, "updated", line(s.user(account.User{Role: account.RoleAdmin}).ID, s.today().AddDays(-5)))
		require.Equal(t, "updated", line(theirs, s.today().AddDays(-3)), "of their own branch")
	})
}

// The reason that a file gives is in the audit entry of the move, as over the API. A line that moves nobody keeps none,
// and one without a reason moves without.
func TestALineSaysWhySomebodyMoves(t *testing.T) {
	alone(t, func(t *testing.T, s *stage) {
		admin := s.user(account.User{Role: account.RoleAdmin}).ID
		reasons := func(e attendance.Employee) (out []any) {
			all, _, err := s.Audit.AuditLog(t.Context(),
				ledger.AuditFilter{Table: "employees", RowID: fmt.Sprint(e.ID)})
			require.NoError(t, err)
			for _, entry := range all {
				require.NotContains(t, string(entry.Before), "reason")
				var after map[string]any
				require.NoError(t, json.Unmarshal(entry.After, &after))
				if entry.Action == "employee.moved" {
					out = append(out, after["reason"])
				} else {
					require.NotContains(t, after, "reason")
				}
			}
			return out
		}
		dated, undated, without, still, wordy := s.people[0], s.people[1], s.people[3], s.people[4], s.people[5]
		line := func(e attendance.Employee, columns, values string) string {
			t.Helper()
			what, why := s.taken(admin,
				fmt.Sprintf("number,name,branch,%s\n%s,%s,%s\n", columns, e.Number, e.Name, values))
			require.NotEqual(t, "unchanged", what)
			return what + why
		}
		line(dated, "branch_from,alasan", fmt.Sprintf("MKS,%s,\" Mutasi  ke\nMakassar \"", s.today().AddDays(9)))
		line(undated, "Move Reason", "MKS,Diminta cabang")
		line(without, "branch_from,move_reason", fmt.Sprintf("JKT,%s,", s.today().AddDays(9)))
		line(still, "department,reason", "MKS,Gudang,Bukan mutasi")
		require.Contains(t, line(wordy, "move_reason", "JKT,"+strings.Repeat("é", 501)), "value_too_long")
		require.Equal(t, "updated", line(wordy, "move_reason", "JKT,"+strings.Repeat("é", 500)))
		require.Equal(t, []any{"Mutasi ke Makassar"}, reasons(dated))
		require.Equal(t, []any{"Diminta cabang"}, reasons(undated))
		require.Equal(t, []any{nil}, reasons(without))
		require.Empty(t, reasons(still))
		require.Equal(t, []any{strings.Repeat("é", 500)}, reasons(wordy))
	})
}
