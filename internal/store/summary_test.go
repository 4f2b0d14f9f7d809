package store_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

func TestSummaries(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p := b.shift(t, morning)
		jkt, hnl := b.branch(t, jakarta), b.branch(t, honolulu)
		es := append(b.hire(t, jkt, 5), b.hire(t, hnl, 1)...)
		b.assign(t, p, es...)
		in, gone := day(es[0], monday, attendance.StatusLate), day(es[1], monday, attendance.StatusPresent)
		in.FirstIn, in.Inside, gone.FirstIn = ptr(start), true, ptr(start)
		gone.LastOut = ptr(start.Add(time.Hour))
		require.NoError(t, b.PutDays(ctx, in, gone, day(es[2], monday-1, attendance.StatusPresent)))
		es[4].Status = attendance.EmployeeInactive
		b.employees(t, es[4])

		counts := func(some map[attendance.Status]int) map[attendance.Status]int {
			all := map[attendance.Status]int{}
			for _, st := range attendance.Statuses() {
				all[st] = some[st]
			}
			return all
		}
		want := []attendance.Summary{
			{BranchID: hnl.ID, BranchCode: "HNL", BranchName: "Honolulu", Zone: hnl.Zone, WorkDate: monday - 1,
				Headcount: 1, AsOf: start,
				Counts: counts(map[attendance.Status]int{attendance.StatusDayOff: 1})},
			{BranchID: jkt.ID, BranchCode: "JKT", BranchName: "Jakarta", Zone: jkt.Zone, WorkDate: monday, Headcount: 4,
				CheckedIn: 2, Inside: 1,
				AsOf: start, Counts: counts(
					map[attendance.Status]int{attendance.StatusLate: 1, attendance.StatusPresent: 1,
						attendance.StatusPending: 2})},
		}
		got, err := b.Summaries(ctx, nil, nil, start)
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = b.Summaries(ctx, []int64{jkt.ID}, nil, start)
		require.NoError(t, err)
		require.Equal(t, want[1:], got)
		for _, scope := range [][]int64{{}, {99}} {
			got, err = b.Summaries(ctx, scope, nil, start)
			require.NoError(t, err)
			require.Empty(t, got)
		}
		got, err = b.Summaries(ctx, []int64{jkt.ID, hnl.ID}, ptr(monday-3), start)
		require.NoError(t, err)
		require.Equal(t, monday-3, got[0].WorkDate)
		require.Equal(t, monday-3, got[1].WorkDate)
		require.Equal(t, 5, got[1].Counts[attendance.StatusAbsent], "who has left since belonged to it then")
	})
}

// A night is cut short by a morning shift that follows it, also when that begins with an assignment of its own.
func TestSummariesKnowTheNeighbouringDates(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		p, m := b.shift(t, morning), b.shift(t, night)
		br := b.branch(t, jakarta)
		es := b.hire(t, br, 3)
		b.assign(t, m, es...)
		require.NoError(t, b.AddAssignments(t.Context(), []attendance.Assignment{
			{EmployeeID: es[0].ID, From: monday + 1, Pattern: []int64{p.ID, p.ID, p.ID, p.ID, p.ID, 0, 0}}}))
		now := time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC) // Tuesday, 08:30 in Jakarta
		got, err := b.Summaries(t.Context(), nil, ptr(monday), now)
		require.NoError(t, err)
		require.Equal(t, 1, got[0].Counts[attendance.StatusAbsent], "until 07:00, midway between 06:00 and 08:00")
		require.Equal(t, 2, got[0].Counts[attendance.StatusPending], "until 10:00")
	})
}

func TestOnlyApprovedLeaveCounts(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		es := b.hire(t, b.branch(t, jakarta), 2)
		b.assign(t, b.shift(t, morning), es...)
		require.NoError(t, b.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[0].ID, Kind: attendance.LeaveSick, From: monday, To: monday},
				{EmployeeID: es[1].ID, Kind: attendance.LeaveSick, From: monday, To: monday}}))
		require.NoError(t, b.Exec(ctx, "UPDATE leave_requests SET state = 'requested' WHERE employee_id = ?", es[1].ID))
		got, err := b.Summaries(ctx, nil, nil, start)
		require.NoError(t, err)
		require.Equal(t, 1, got[0].Counts[attendance.StatusOnLeave])
		onLeave := b.today(t, store.DayFilter{Statuses: []attendance.Status{attendance.StatusOnLeave}}, start)
		require.Equal(t, []key{{es[0].ID, monday}}, keys(onLeave))
		_, r, err := b.Roster(ctx, es[1].ID, monday, monday)
		require.NoError(t, err)
		require.Empty(t, r.Leaves)
	})
}

// Summaries evaluate groups of employees of one plan; here they are compared with each employee's own roster, over
// plans of all kinds that begin, end, rotate and are overruled around the dates in question.
func TestSummariesAgreeWithEveryRoster(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		shifts := []int64{0, b.shift(t, morning).ID, b.shift(t, night).ID}
		branches := []attendance.Branch{b.branch(t, jakarta), b.branch(t, jayapura), b.branch(t, honolulu)}
		var es []attendance.Employee
		for _, br := range branches {
			es = append(es, b.hire(t, br, 60)...)
		}
		near := func() attendance.Date { return monday + attendance.Date(r.IntN(11)-5) }
		maybe := func(d attendance.Date) *attendance.Date {
			if r.IntN(3) > 0 {
				return nil
			}
			return &d
		}
		patterns := make([][]int64, 4)
		for i := range patterns {
			patterns[i] = make([]int64, 7*(1+r.IntN(3)))
			for j := range patterns[i] {
				patterns[i][j] = shifts[r.IntN(3)]
			}
		}
		var as []attendance.Assignment
		var ls []attendance.Leave
		hs := []attendance.Holiday{{Date: near(), Name: "Nasional"},
			{Date: near(), Name: "Cabang", BranchID: branches[0].ID},
			{Date: near(), Name: "Kerja", BranchID: branches[1].ID, Working: true}}
		for i := range es {
			es[i].HiredOn, es[i].LeftOn = maybe(near()), maybe(near())
			if r.IntN(20) == 0 {
				es[i].Status = attendance.EmployeeInactive
			}
			id := es[i].ID
			as = append(as, attendance.Assignment{EmployeeID: id, From: monday - 100 - attendance.Date(r.IntN(30)),
				Pattern: patterns[r.IntN(4)]})
			for range r.IntN(3) {
				from := near()
				as = append(as,
					attendance.Assignment{EmployeeID: id, From: from, To: maybe(from + attendance.Date(r.IntN(4))),
						Pattern: patterns[r.IntN(4)]})
			}
			if r.IntN(4) == 0 {
				from := near()
				ls = append(ls,
					attendance.Leave{EmployeeID: id, Kind: attendance.LeavePermit, From: from,
						To: from + attendance.Date(r.IntN(3))})
			}
			if r.IntN(6) == 0 {
				hs = append(hs,
					attendance.Holiday{Date: near(), Name: "Pribadi", EmployeeID: id, Working: r.IntN(2) == 0})
			}
		}
		b.employees(t, es...)
		require.NoError(t, b.AddAssignments(ctx, as))
		require.NoError(t, b.AddLeaves(ctx, ls))
		require.NoError(t, b.AddHolidays(ctx, hs))
		stored := map[key]attendance.Day{}
		var ds []attendance.Day
		for _, e := range es {
			for d := monday - 5; d <= monday+5; d++ {
				if r.IntN(4) > 0 {
					continue
				}
				dd := day(e, d, attendance.Statuses()[r.IntN(9)])
				if r.IntN(2) == 0 {
					dd.FirstIn = ptr(start.Add(time.Duration(r.IntN(90)) * time.Second))
				}
				if r.IntN(2) == 0 {
					dd.LastOut = ptr(start)
				}
				dd.Inside = dd.FirstIn != nil && r.IntN(2) == 0
				stored[key{e.ID, d}] = dd
				ds = append(ds, dd)
			}
		}
		require.NoError(t, b.PutDays(ctx, ds...))

		for range 25 {
			now := start.Add(time.Duration(r.IntN(5*24*60)-2*24*60) * time.Minute)
			var date *attendance.Date
			if r.IntN(2) == 0 {
				date = ptr(near())
			}
			got, err := b.Summaries(ctx, nil, date, now)
			require.NoError(t, err)
			require.Len(t, got, 3)
			for _, sum := range got {
				require.Equal(t, b.countOneByOne(t, es, stored, sum, now, date != nil), sum, "on %s at %s",
					sum.WorkDate, now)
			}
			if date == nil {
				b.agreeWithToday(t, got, now)
				b.waitingAgreesWithToday(t, 1+r.IntN(60), now)
			}
		}
	})
}

// waitingAgreesWithToday compares the heads of the lists of who is waited for and who came late with everybody's day.
func (b *bench) waitingAgreesWithToday(t *testing.T, limit int, now time.Time) {
	pending := slices.DeleteFunc(b.today(t, store.DayFilter{Limit: 500,
		Statuses: []attendance.Status{attendance.StatusPending}}, now),
		func(e attendance.Entry) bool { return e.ShiftStart == nil || e.FirstIn != nil })
	slices.SortStableFunc(pending, func(x, y attendance.Entry) int {
		return cmp.Or(x.ShiftStart.Compare(*y.ShiftStart), cmp.Compare(x.EmployeeNumber, y.EmployeeNumber))
	})
	_, got, err := b.Present(t.Context(), nil, nil, limit, now)
	require.NoError(t, err)
	require.Equal(t, keys(pending[:min(len(pending), limit)]), keys(got), "the first %d at %s", limit, now)
	branches, _, err := b.Present(t.Context(), nil, []int64{}, limit, now)
	require.NoError(t, err)
	for _, sum := range branches { // chosen among all, or alone
		one := []int64{sum.BranchID}
		_, among, err := b.Present(t.Context(), nil, one, limit, now)
		require.NoError(t, err)
		_, alone, err := b.Present(t.Context(), one, one, limit, now)
		require.NoError(t, err)
		require.Equal(t, keys(alone), keys(among), "branch %s at %s", sum.BranchCode, now)
	}
	late := slices.DeleteFunc(b.today(t, store.DayFilter{Limit: 500,
		Statuses: []attendance.Status{attendance.StatusLate}}, now),
		func(e attendance.Entry) bool { return e.FirstIn == nil })
	slices.SortStableFunc(late, func(x, y attendance.Entry) int { return y.FirstIn.Compare(*x.FirstIn) })
	got, err = b.LatestLate(t.Context(), nil, limit, now)
	require.NoError(t, err)
	require.Equal(t, keys(late[:min(len(late), limit)]), keys(got), "the latest %d at %s", limit, now)
}

// countOneByOne counts what a summary should hold, employee by employee; that of a date knows who has left since.
func (b *bench) countOneByOne(t *testing.T, es []attendance.Employee, stored map[key]attendance.Day,
	of attendance.Summary, now time.Time, dated bool) attendance.Summary {
	want := of
	want.Headcount, want.CheckedIn, want.Inside, want.Counts = 0, 0, 0, map[attendance.Status]int{}
	for _, st := range attendance.Statuses() {
		want.Counts[st] = 0
	}
	d := of.WorkDate
	total := 0
	for _, e := range es {
		belongs := e.Status == attendance.EmployeeActive || dated && e.LeftOn != nil
		if e.BranchID != of.BranchID || !belongs || e.HiredOn != nil && *e.HiredOn > d ||
			e.LeftOn != nil && *e.LeftOn < d {
			continue
		}
		want.Headcount++
		if dd, ok := stored[key{e.ID, d}]; ok {
			want.Counts[dd.Status]++
			if dd.FirstIn != nil {
				want.CheckedIn++
			}
			if dd.Inside {
				want.Inside++
			}
			continue
		}
		_, r, err := b.Roster(t.Context(), e.ID, d, d)
		require.NoError(t, err)
		want.Counts[r.Plan(d, now)]++
	}
	for _, n := range of.Counts {
		total += n
	}
	require.Equal(t, of.Headcount, total, "the counts add up to the headcount")
	return want
}

// agreeWithToday compares summaries with the list of the same instant.
func (b *bench) agreeWithToday(t *testing.T, sums []attendance.Summary, now time.Time) {
	for _, sum := range sums {
		got := map[attendance.Status]int{}
		n := 0
		for _, e := range b.today(t, store.DayFilter{BranchIDs: []int64{sum.BranchID}, Limit: 500}, now) {
			if e.WorkDate == sum.WorkDate {
				got[e.Status]++
				n++
			}
		}
		require.Equal(t, sum.Headcount, n)
		for st, want := range sum.Counts {
			require.Equal(t, want, got[st], "%s on %s at %s", st, sum.WorkDate, now)
		}
	}
}
