package store_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

var (
	jakarta = attendance.Branch{Code: "JKT", Name: "Jakarta", Zone: "Asia/Jakarta", Policy: attendance.PolicyFlag,
		Active: true,
		Sites:  []attendance.Site{{Name: "Kantor", Latitude: -6.2, Longitude: 106.8, Radius: 150}}}
	jayapura = attendance.Branch{Code: "DJJ", Name: "Jayapura", Zone: "Asia/Jayapura", Policy: attendance.PolicyRecord,
		Active: true}
	honolulu = attendance.Branch{Code: "HNL", Name: "Honolulu", Zone: "Pacific/Honolulu",
		Policy: attendance.PolicyRecord, Active: true}

	morning = attendance.Shift{Code: "P", Name: "Pagi", Start: 8 * 60, End: 17 * 60, OpensBefore: 120, ClosesAfter: 240,
		LateGrace: 10, BreakMinutes: 60, BreakAfter: 240, Active: true}
	night = attendance.Shift{Code: "M", Name: "Malam", Start: 22 * 60, End: 6 * 60, OpensBefore: 120, ClosesAfter: 240,
		Active: true}
)

const monday = attendance.Date(20780) // 2026-11-23

func (b *bench) branch(t *testing.T, br attendance.Branch) attendance.Branch {
	t.Helper()
	saved, err := b.SaveBranch(t.Context(), br)
	require.NoError(t, err)
	require.Positive(t, saved.ID)
	return saved
}

func (b *bench) shift(t *testing.T, sh attendance.Shift) attendance.Shift {
	t.Helper()
	saved, err := b.SaveShift(t.Context(), sh)
	require.NoError(t, err)
	require.Positive(t, saved.ID)
	return saved
}

// hire adds n employees to a branch, numbered after its code.
func (b *bench) hire(t *testing.T, br attendance.Branch, n int) []attendance.Employee {
	t.Helper()
	es := make([]attendance.Employee, n)
	for i := range es {
		es[i] = attendance.Employee{Number: fmt.Sprintf("%s-%04d", br.Code, i+1), Name: fmt.Sprintf("Orang %d", i+1),
			BranchID:   br.ID,
			Department: "Umum", Position: "Staf"}
	}
	return b.employees(t, es...)
}

func (b *bench) employees(t *testing.T, es ...attendance.Employee) []attendance.Employee {
	t.Helper()
	_, err := b.UpsertEmployees(t.Context(), es)
	require.NoError(t, err)
	return es
}

// assign gives employees a shift on Monday to Friday since long ago.
func (b *bench) assign(t *testing.T, sh attendance.Shift, es ...attendance.Employee) {
	t.Helper()
	as := make([]attendance.Assignment, len(es))
	for i, e := range es {
		as[i] = attendance.Assignment{EmployeeID: e.ID, From: monday - 700,
			Pattern: []int64{sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, 0, 0}}
	}
	require.NoError(t, b.AddAssignments(t.Context(), as))
}

func day(e attendance.Employee, d attendance.Date, st attendance.Status) attendance.Day {
	return attendance.Day{EmployeeID: e.ID, WorkDate: d, BranchID: e.BranchID, Zone: "Asia/Jakarta", Status: st,
		Flags: []attendance.Flag{}, Version: 1, UpdatedAt: start}
}

func ptr[T any](v T) *T { return &v }

func TestBranchesAndShifts(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		all, err := b.Branches(ctx, nil)
		require.NoError(t, err)
		djj.Sites = []attendance.Site{}
		require.Equal(t, []attendance.Branch{djj, jkt}, all, "ordered by code, with their sites")
		some, err := b.Branches(ctx, []int64{jkt.ID, 999, jkt.ID})
		require.NoError(t, err)
		require.Equal(t, []attendance.Branch{jkt}, some)
		none, err := b.Branches(ctx, []int64{})
		require.NoError(t, err)
		require.Empty(t, none)

		jkt.Name, jkt.Sites = "Jakarta Pusat", nil
		_, err = b.SaveBranch(ctx, jkt)
		require.NoError(t, err)
		_, err = b.SaveBranch(ctx, jkt)
		require.NoError(t, err, "an update that changes nothing is not a missing row")
		some, err = b.Branches(ctx, []int64{jkt.ID})
		require.NoError(t, err)
		require.Equal(t, "Jakarta Pusat", some[0].Name)

		m, p := b.shift(t, night), b.shift(t, morning)
		shifts, err := b.Shifts(ctx)
		require.NoError(t, err)
		require.Equal(t, []attendance.Shift{m, p}, shifts)
	})
}

func TestRefusedBranches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		b.branch(t, jakarta)
		for name, c := range map[string]struct {
			change func(*attendance.Branch)
			code   attendance.Code
		}{
			"code taken":   {func(*attendance.Branch) {}, attendance.CodeConflict},
			"unknown id":   {func(br *attendance.Branch) { br.ID = 77; br.Code = "X" }, attendance.CodeNotFound},
			"no zone":      {func(br *attendance.Branch) { br.Zone = "" }, attendance.CodeInvalidZone},
			"server zone":  {func(br *attendance.Branch) { br.Zone = "Local" }, attendance.CodeInvalidZone},
			"unknown zone": {func(br *attendance.Branch) { br.Zone = "Asia/Atlantis" }, attendance.CodeInvalidZone},
			"no code":      {func(br *attendance.Branch) { br.Code = " " }, attendance.CodeInvalid},
			"policy":       {func(br *attendance.Branch) { br.Policy = "shrug" }, attendance.CodeInvalid},
			"long name": {func(br *attendance.Branch) { br.Name = string(make([]rune, 201)) },
				attendance.CodeInvalid},
		} {
			br := jakarta
			c.change(&br)
			_, err := b.SaveBranch(t.Context(), br)
			require.Equal(t, c.code, attendance.CodeOf(err), "%s: %v", name, err)
		}
	})
}

func TestOtherNodesSeeChangesAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		other := b.another(t)
		p := b.shift(t, morning)
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		b.assign(t, p, e)
		status := func() attendance.Status {
			_, r, err := other.Roster(ctx, e.ID, monday, monday)
			require.NoError(t, err)
			return r.Plan(monday, start)
		}
		require.Equal(t, attendance.StatusPending, status())
		require.NoError(t, b.AddHolidays(ctx, []attendance.Holiday{{Date: monday, Name: "Cuti bersama"}}))
		require.Equal(t, attendance.StatusHoliday, status(), "the company's holiday")
		require.NoError(t, b.AddHolidays(ctx,
			[]attendance.Holiday{{Date: monday, Name: "Piket", BranchID: e.BranchID, Working: true}}))
		require.Equal(t, attendance.StatusPending, status(), "the branch works")
		require.NoError(t, b.AddHolidays(ctx, []attendance.Holiday{{Date: monday, Name: "Pribadi", EmployeeID: e.ID}}))
		require.Equal(t, attendance.StatusHoliday, status(), "the employee does not")
		p.End, p.Start = 7*60, 60
		p.ClosesAfter = 0
		_, err := b.SaveShift(ctx, p)
		require.NoError(t, err)
		shifts, err := other.Shifts(ctx)
		require.NoError(t, err)
		require.Equal(t, []attendance.Shift{p}, shifts)
	})
}

func TestRoster(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p, m := b.shift(t, morning), b.shift(t, night)
		br := b.branch(t, jakarta)
		es := b.hire(t, br, 2)
		b.assign(t, p, es...)
		week := []int64{m.ID, m.ID, m.ID, m.ID, m.ID, m.ID, 0}
		require.NoError(t, b.AddAssignments(ctx, []attendance.Assignment{
			{EmployeeID: es[0].ID, From: monday, To: ptr(monday + 6), Pattern: week},
			{EmployeeID: es[0].ID, From: monday + 100, Pattern: week},
			{EmployeeID: es[0].ID, From: monday - 300, To: ptr(monday - 200), Pattern: week},
		}))
		require.NoError(t, b.AddLeaves(ctx, []attendance.Leave{
			{EmployeeID: es[0].ID, Kind: attendance.LeaveSick, From: monday - 1, To: monday + 1},
			{EmployeeID: es[0].ID, Kind: attendance.LeaveSick, From: monday + 50, To: monday + 51},
			{EmployeeID: es[1].ID, Kind: attendance.LeaveAnnual, From: monday, To: monday},
		}))
		require.NoError(t, b.AddHolidays(ctx, []attendance.Holiday{
			{Date: monday + 1, Name: "Nasional"}, {Date: monday + 1, Name: "Pribadi", EmployeeID: es[0].ID},
			{Date: monday + 90, Name: "Jauh"},
		}))

		e, r, err := b.Roster(ctx, es[0].ID, monday, monday)
		require.NoError(t, err)
		require.Equal(t, es[0], e)
		require.Equal(t, br, *r.On(monday).Branch)
		require.Equal(t, "Asia/Jakarta", r.On(monday).Zone.String())
		require.Len(t, r.Shifts, 2)
		require.Len(t, r.Assignments, 2)
		require.Len(t, r.Leaves, 1)
		require.Equal(t, attendance.LeaveSick, r.Leaves[0].Kind)
		require.Len(t, r.Holidays, 2)
		w, ok := r.WindowOn(monday)
		require.True(t, ok)
		require.Equal(t, "Malam", w.Shift.Name, "the latest From counts")

		require.NoError(t, b.AddAssignments(ctx,
			[]attendance.Assignment{{EmployeeID: es[0].ID, From: monday, Pattern: make([]int64, 14)}}))
		_, r, err = b.Roster(ctx, es[0].ID, monday, monday)
		require.NoError(t, err)
		_, ok = r.WindowOn(monday)
		require.False(t, ok, "an assignment from the same date takes the place of the other")

		_, _, err = b.Roster(ctx, 999, monday, monday)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
	})
}

func TestRefusedPlans(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		for name, err := range map[string]error{
			"pattern":  b.AddAssignments(ctx, []attendance.Assignment{{EmployeeID: e.ID, Pattern: make([]int64, 6)}}),
			"no weeks": b.AddAssignments(ctx, []attendance.Assignment{{EmployeeID: e.ID}}),
			"reversed": b.AddAssignments(ctx,
				[]attendance.Assignment{
					{EmployeeID: e.ID, From: 9, To: ptr(attendance.Date(8)), Pattern: make([]int64, 7)}}),
			"nobody's": b.AddAssignments(ctx, []attendance.Assignment{{EmployeeID: 99, Pattern: make([]int64, 7)}}),
			"leave":    b.AddLeaves(ctx, []attendance.Leave{{EmployeeID: e.ID, From: 9, To: 8}}),
			"absentee": b.AddLeaves(ctx, []attendance.Leave{{EmployeeID: 99, From: 9, To: 9}}),
			"nowhere":  b.AddHolidays(ctx, []attendance.Holiday{{Date: 9, Name: "x", BranchID: 99}}),
		} {
			require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err), "%s: %v", name, err)
		}
		require.NoError(t, b.AddAssignments(ctx, nil))
		require.NoError(t, b.AddHolidays(ctx, nil))
		require.NoError(t, b.AddLeaves(ctx, nil))
	})
}

func TestPunches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		es := b.hire(t, b.branch(t, jakarta), 2)
		claimed := start.Add(-time.Hour + 123456*time.Microsecond)
		full := attendance.Punch{ID: 2, EmployeeID: es[0].ID, BranchID: es[0].BranchID, Zone: "Asia/Jakarta",
			Direction:  attendance.In,
			OccurredAt: claimed, ReceivedAt: start, ClaimedAt: &claimed, Offline: true, Source: attendance.SourceMobile,
			Device: "ponsel 📱",
			Fix:    &attendance.Fix{Latitude: -6.2, Longitude: 106.816666, Accuracy: 12.5}, Distance: ptr(0.125),
			OutsideArea: true,
			DuplicateOf: 7, Note: `macet di "Sudirman" \ 'Thamrin'; -- 日本`}
		plain := attendance.Punch{ID: 1, EmployeeID: es[0].ID, BranchID: es[0].BranchID, Zone: "Asia/Jakarta",
			Direction:  attendance.Out,
			OccurredAt: start.In(time.FixedZone("", 7*3600)), ReceivedAt: start, Source: attendance.SourceWeb}
		others := plain
		others.ID, others.EmployeeID = 3, es[1].ID
		require.NoError(t, b.PutPunches(ctx, plain, full, others))
		plain.OccurredAt = start

		ps, err := b.Punches(ctx, es[0].ID, claimed, start.Add(time.Microsecond))
		require.NoError(t, err)
		require.Equal(t, []attendance.Punch{full, plain}, ps, "everything comes back, in UTC, oldest first")
		ps, err = b.Punches(ctx, es[0].ID, claimed.Add(time.Microsecond), start.In(time.FixedZone("", -3600)))
		require.NoError(t, err)
		require.Empty(t, ps, "from is inclusive, to is not, whatever their zone")
	})
}
