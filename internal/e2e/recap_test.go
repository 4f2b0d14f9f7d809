package e2e

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

const (
	recapBranches = 8
	recapDates    = 60
	recapPeople   = 60 // in each branch
)

// history makes branches whose days of the last months nobody recapped, out of sight until all of it is there: the
// schedulers see branches that are active.
func (s *stack) history() (ids []int64, first attendance.Date) {
	t, ctx := s.t, s.t.Context()
	name := awakeZone(time.Now())
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	first = attendance.DateOf(time.Now(), zone).AddDays(-recapDates)
	shift, err := s.store.Shifts.AddShift(ctx,
		attendance.Shift{Code: "PAGI", Name: "Pagi", Start: 8 * 60, End: 17 * 60, OpensBefore: 120, ClosesAfter: 240,
			Active: true}, ledger.Actor{})
	require.NoError(t, err)
	var branches []attendance.Branch
	for i := range recapBranches {
		b, err := s.store.Branches.AddBranch(ctx,
			attendance.Branch{Code: fmt.Sprint("R", i), Name: fmt.Sprint("Cabang ", i), Zone: name,
				Policy: attendance.PolicyRecord}, ledger.Actor{})
		require.NoError(t, err)
		es := make([]attendance.Employee, recapPeople)
		for j := range es {
			es[j] = attendance.Employee{Number: fmt.Sprintf("R%d-%03d", i, j),
				Name: fmt.Sprintf("Pegawai %d %03d", i, j), BranchID: b.ID, Status: attendance.EmployeeActive}
		}
		_, err = s.store.Employees.UpsertEmployees(ctx, es)
		require.NoError(t, err)
		as := make([]attendance.Assignment, len(es))
		for j := range es {
			as[j] = attendance.Assignment{EmployeeID: es[j].ID, From: first,
				Pattern: []int64{shift.ID, shift.ID, shift.ID, shift.ID, shift.ID, shift.ID, shift.ID}}
		}
		require.NoError(t, s.store.Assignments.AddAssignments(ctx, as))
		// The first stored day of a branch is where its recaps begin.
		require.NoError(t, s.store.Days.SeedHistory(ctx, nil,
			[]attendance.Day{{EmployeeID: es[0].ID, WorkDate: first, BranchID: b.ID, Zone: b.Zone,
				Status: attendance.StatusPending, Flags: []attendance.Flag{}, Version: 1}}))
		branches = append(branches, b)
	}
	for _, b := range branches {
		_, err := s.store.Branches.ChangeBranch(ctx, b.ID, ledger.Actor{}, func(b *attendance.Branch) error {
			b.Active = true
			return nil
		})
		require.NoError(t, err)
		ids = append(ids, b.ID)
	}
	return ids, first
}

// recaps returns those of every branch, by branch and date.
func (s *stack) recaps(first attendance.Date) map[int64]map[attendance.Date]attendance.Recap {
	out := map[int64]map[attendance.Date]attendance.Recap{}
	for cursor := ""; ; {
		rs, next, err := s.store.Recaps.Recaps(
			s.t.Context(),
			days.RecapFilter{From: first.AddDays(-recapDates), To: first.AddDays(2 * recapDates), Limit: 500,
				Cursor: cursor},
		)
		require.NoError(s.t, err)
		for _, r := range rs {
			if out[r.BranchID] == nil {
				out[r.BranchID] = map[attendance.Date]attendance.Recap{}
			}
			out[r.BranchID][r.WorkDate] = r
		}
		if cursor = next; cursor == "" {
			return out
		}
	}
}

func number(rs map[int64]map[attendance.Date]attendance.Recap) (n int) {
	for _, dates := range rs {
		n += len(dates)
	}
	return n
}

// ticks is how many ticks ended well.
func (s *stack) ticks() (n int64) {
	outcomes, err := s.store.Outcomes.Outcomes(s.t.Context(), time.Now().Add(-time.Hour))
	require.NoError(s.t, err)
	for _, o := range outcomes {
		if o.Kind == task.RecapTick {
			n += o.Succeeded
		}
	}
	return n
}

// Two schedulers and two workers; a minute's tick brings out months of work, and with a quarter of it done one of each
// dies. What they leave behind, the others do at the next tick: every date of every branch is recapped once, in order,
// and none is missed.
func TestSchedulersAndWorkersDieAtATick(t *testing.T) {
	t.Parallel()
	s := newDatabases(t, testkit.StartRedis(t, testkit.RedisOptions{}))
	for n := 1; n <= 2; n++ {
		s.start("worker", n)
		s.start("scheduler", n)
	}
	require.True(t, eventually(func() bool { return s.ticks() > 0 }), "the ticks of the start are over")
	ids, first := s.history()

	require.True(t, eventually(func() bool { return number(s.recaps(first)) >= recapBranches*recapDates/4 }),
		"a tick brings out the work")
	s.proc("worker1").Kill()
	s.proc("scheduler1").Kill()
	early := s.recaps(first)
	t.Logf("%d of %d recaps were made when a worker and a scheduler died", number(early), recapBranches*recapDates)
	require.Less(t, number(early), recapBranches*recapDates, "they died in the middle of it")
	ok := eventually(func() bool { return number(s.recaps(first)) >= recapBranches*recapDates })
	middle := s.recaps(first)
	require.True(t, ok, "the others made %d of %d", number(middle), recapBranches*recapDates)

	before := s.ticks()
	s.start("worker", 1)
	s.start("scheduler", 1) // which ticks at once
	require.True(t, eventually(func() bool { return s.ticks() > before }), "they are back")
	all := s.recaps(first)
	require.Len(t, all, recapBranches)
	for _, id := range ids {
		for i := range recapDates {
			d := first.AddDays(i)
			r, made := all[id][d]
			require.True(t, made, "branch %d, %s is missed", id, d)
			require.Equal(t, recapPeople, r.Headcount)
			// The one day that was there before is written a second time; the others were written once, whoever began
			// with them.
			require.Equal(t, map[attendance.Status]int{attendance.StatusAbsent: recapPeople}, r.Counts, "branch %d, %s",
				id, d)
			rewritten := int64(0)
			if i == 0 {
				rewritten = 1
			}
			require.Equal(t, recapPeople+rewritten, r.InputVersion, "branch %d, %s", id, d)
			if was, known := early[id][d]; known {
				require.Equal(t, was.ComputedAt, r.ComputedAt, "branch %d, %s: recapped again", id, d)
			}
			if was, known := middle[id][d]; known {
				require.Equal(t, was.ComputedAt, r.ComputedAt, "branch %d, %s: recapped again", id, d)
			}
			if i > 0 {
				require.False(t, r.ComputedAt.Before(all[id][d.AddDays(-1)].ComputedAt), "branch %d, %s: out of order",
					id, d)
			}
		}
	}
}
