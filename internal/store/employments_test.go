package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// work does what workers and ticks do, until nothing is left to do at this instant.
func (b *bench) work(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for {
		n, err := b.BeginEmployments(ctx, b.clock.Now())
		require.NoError(t, err)
		rows, err := b.ClaimOutbox(ctx, b.clock.Now().Add(time.Hour), b.clock.Now().Add(time.Nanosecond), 500)
		require.NoError(t, err)
		for _, r := range rows {
			b.runTask(t, r)
			require.NoError(t, b.DeleteOutbox(ctx, []int64{r.ID}))
		}
		due, err := b.DueRecaps(ctx, b.clock.Now())
		require.NoError(t, err)
		for _, d := range due {
			_, err := b.CloseDays(ctx, d.BranchID, d.WorkDate)
			require.NoError(t, err)
			_, _, err = b.Recap(ctx, d.BranchID, d.WorkDate, false)
			require.NoError(t, err)
			_, err = b.CloseRest(ctx, d.BranchID, d.WorkDate.AddDays(-1))
			require.NoError(t, err)
		}
		if n+len(rows)+len(due) == 0 {
			return
		}
	}
}

func (b *bench) runTask(t *testing.T, row task.Outboxed) {
	t.Helper()
	ctx := t.Context()
	switch row.Kind {
	case task.AttendanceRecompute:
		var p task.Recompute
		require.NoError(t, json.Unmarshal(row.Payload, &p))
		ids := p.EmployeeIDs
		if len(ids) == 0 {
			var err error
			if p.BranchID == 0 {
				ids, err = b.Everybody(ctx, 0, 10_000)
			} else {
				ids, err = b.People(ctx, p.BranchID, attendance.Dates{From: p.From, To: p.To}, 0, 10_000)
			}
			require.NoError(t, err)
		}
		_, err := b.RecomputeDays(ctx, ids, p.From, p.To)
		require.NoError(t, err)
	case task.RecapBranch:
		var p task.Recap
		require.NoError(t, json.Unmarshal(row.Payload, &p))
		require.True(t, p.Again)
		_, _, err := b.Recap(ctx, p.BranchID, p.WorkDate, true)
		require.NoError(t, err)
	case task.AttendanceBroadcast:
		var p task.Broadcast
		require.NoError(t, json.Unmarshal(row.Payload, &p))
		entries, err := b.Entries(ctx, p.Days)
		require.NoError(t, err)
		past, err := b.PastDays(ctx, entries, b.clock.Now())
		require.NoError(t, err)
		for _, d := range past {
			_, _, err := b.Recap(ctx, d.BranchID, d.WorkDate, true)
			require.NoError(t, err)
		}
	case task.CorrectionApply: // as the worker does
		var p task.Request
		require.NoError(t, json.Unmarshal(row.Payload, &p))
		q, err := b.Request(ctx, attendance.RequestCorrection, p.ID)
		require.NoError(t, err)
		rs, err := b.RecordBatch(ctx, []attendance.NewPunch{{EmployeeID: q.EmployeeID, Direction: q.Direction,
			OccurredAt: *q.OccurredAt, Source: attendance.SourceCorrection, Note: q.Reason,
			IdempotencyKey: fmt.Sprint("correction:", q.ID)}})
		require.NoError(t, err)
		require.NoError(t, rs[0].Err)
		require.NoError(t, b.CorrectionApplied(ctx, q.ID, rs[0].Punch.ID))
	default: // announcements
	}
}

func (b *bench) move(t *testing.T, e attendance.Employee, from attendance.Date, to attendance.Branch) {
	t.Helper()
	require.NoError(t, b.tryMove(t, e, from, to))
}

func (b *bench) tryMove(t *testing.T, e attendance.Employee, from attendance.Date, to attendance.Branch) error {
	t.Helper()
	return b.MoveEmployee(t.Context(), store.MoveOrder{EmployeeID: e.ID, From: from, BranchID: to.ID, Reason: "mutasi"},
		store.Actor{}, nil)
}

// stored returns an employee's stored day of a date; false without one.
func (b *bench) stored(t *testing.T, e attendance.Employee, d attendance.Date) (attendance.Entry, bool) {
	t.Helper()
	rows, _, err := b.History(t.Context(), store.DayFilter{From: d, To: d, EmployeeIDs: []int64{e.ID}})
	require.NoError(t, err)
	if len(rows) == 0 {
		return attendance.Entry{}, false
	}
	return rows[0], true
}

func (b *bench) heads(t *testing.T, br attendance.Branch, d attendance.Date) int {
	t.Helper()
	r, err := b.RecapOf(t.Context(), br.ID, d)
	require.NoError(t, err)
	return r.Headcount
}

func wib(d attendance.Date, clock string) time.Time {
	at, err := time.ParseInLocation("15:04", clock, time.UTC)
	if err != nil {
		panic(err)
	}
	return d.UTC().Add(time.Duration(at.Hour()-7)*time.Hour + time.Duration(at.Minute())*time.Minute)
}

func in(e attendance.Employee, at time.Time) attendance.NewPunch {
	return terminal(e, attendance.In, at)
}
func out(e attendance.Employee, at time.Time) attendance.NewPunch {
	return terminal(e, attendance.Out, at)
}

func terminal(e attendance.Employee, d attendance.Direction, at time.Time) attendance.NewPunch {
	p := punch(e, d, at, fmt.Sprint(d, at.Unix()))
	p.Source = attendance.SourceTerminal
	return p
}

// weekly gives employees the morning shift on Monday to Friday from a date on.
func (b *bench) weekly(t *testing.T, from attendance.Date, es ...attendance.Employee) attendance.Shift {
	t.Helper()
	sh := b.shift(t, morning)
	as := make([]attendance.Assignment, len(es))
	for i, e := range es {
		as[i] = attendance.Assignment{EmployeeID: e.ID, From: from,
			Pattern: []int64{sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, 0, 0}}
	}
	require.NoError(t, b.AddAssignments(t.Context(), as))
	return sh
}

// Case 29: whatever happens after somebody moved, their old days stay what the branch of those days makes of them.
func TestHistoryIsJudgedByTheBranchOfItsDate(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		west, east := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, west, 3), b.hire(t, east, 1)...)
		b.weekly(t, monday-21, es...)
		wednesday := monday - 5
		for _, d := range []attendance.Date{wednesday, wednesday + 1} {
			b.record(t, in(es[0], wib(d, "08:00")), out(es[0], wib(d, "17:00")), in(es[1], wib(d, "08:00")),
				out(es[1], wib(d, "17:00")))
		}
		b.clock.Set(wib(monday, "10:00"))
		b.work(t)
		require.Equal(t, 3, b.heads(t, west, wednesday))

		// By the row, as forms and files change it: from today.
		_, err := b.edit(ctx, es[0].ID,
			func(e *attendance.Employee) error { e.BranchID = east.ID; return nil })
		require.NoError(t, err)
		moved, err := b.Employee(ctx, es[0].ID)
		require.NoError(t, err)
		require.Equal(t, east.ID, moved.BranchID)

		// A late punch of the old branch.
		b.record(t, out(es[0], wib(wednesday, "17:05")))
		b.work(t)
		day, _ := b.stored(t, es[0], wednesday)
		require.Equal(t, []any{attendance.StatusPresent, 0, 485, 5, west.ID, "Asia/Jakarta", "JKT"},
			[]any{day.Status, day.LateMinutes, day.WorkedMinutes, day.OvertimeMinutes, day.BranchID, day.Zone,
				day.BranchCode})
		require.Equal(t, 3, b.heads(t, west, wednesday))
		ps, err := b.Punches(ctx, es[0].ID, wib(wednesday, "17:01"), wib(wednesday, "18:00"))
		require.NoError(t, err)
		require.Equal(t, west.ID, ps[0].BranchID)

		// A holiday of the old branch is theirs on an old date, one of the new branch is not.
		for _, h := range []attendance.Holiday{{Date: wednesday + 1, Name: "Barat", BranchID: west.ID},
			{Date: wednesday, Name: "Timur", BranchID: east.ID}} {
			_, err := b.AddHoliday(ctx, h, store.Actor{}, func(attendance.Holiday, int64) error { return nil })
			require.NoError(t, err)
		}
		b.work(t)
		day, _ = b.stored(t, es[0], wednesday+1)
		require.Contains(t, day.Flags, attendance.FlagOnHoliday)
		require.Equal(t, west.ID, day.BranchID)
		day, _ = b.stored(t, es[0], wednesday)
		require.NotContains(t, day.Flags, attendance.FlagOnHoliday)

		// Settled there, it stays settled, and opening the period finds it.
		lock := func(d *attendance.Date) {
			_, err := b.ChangeBranch(ctx, west.ID, store.Actor{},
				func(br *attendance.Branch) error { br.LockedThrough = d; return nil })
			require.NoError(t, err)
		}
		lock(ptr(monday - 1))
		before, _ := b.stored(t, es[0], wednesday)
		b.record(t, out(es[0], wib(wednesday, "18:00")))
		b.work(t)
		day, _ = b.stored(t, es[0], wednesday)
		require.Equal(t, before.WorkedMinutes, day.WorkedMinutes)
		require.Contains(t, day.Flags, attendance.FlagLocked)
		require.Equal(t, attendance.CodePeriodLocked, attendance.CodeOf(b.tryMove(t, es[1], monday-1, east)))
		require.Equal(t, attendance.CodePeriodLocked, attendance.CodeOf(b.tryMove(t, es[3], monday-1, west)),
			"into it, too")
		lock(nil)
		b.work(t)
		day, _ = b.stored(t, es[0], wednesday)
		require.NotContains(t, day.Flags, attendance.FlagLocked)
		require.Equal(t, 540, day.WorkedMinutes)
		require.Equal(t, west.ID, day.BranchID)

		// Moved on purpose, the days move, and both recaps with them.
		b.move(t, es[2], wednesday, east)
		b.work(t)
		day, _ = b.stored(t, es[2], wednesday)
		require.Equal(t, east.ID, day.BranchID)
		require.Equal(t, attendance.StatusHoliday, day.Status)
		require.Equal(t, 2, b.heads(t, west, wednesday))
		require.Equal(t, 2, b.heads(t, east, wednesday))
		require.Equal(t, 3, b.heads(t, west, wednesday-1))

		broken, err := b.VerifyAudit(ctx)
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

// Case 29, the variant of one day: in at 08:00 in the west, moved at 11:00, out at 17:05.
func TestADayThatHasBegunStaysWhereItBegan(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		west, east := b.branch(t, jakarta), b.branch(t, jayapura)
		e := b.hire(t, west, 1)[0]
		b.weekly(t, monday, e)
		b.clock.Set(wib(monday, "08:00"))
		b.record(t, in(e, b.clock.Now()))
		b.clock.Set(wib(monday, "11:00"))
		e.BranchID = east.ID
		b.employees(t, e)
		all, err := b.Employments(ctx, e.ID)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, monday+1, all[1].From)
		b.clock.Set(wib(monday, "17:05"))
		rs, _ := b.record(t, out(e, b.clock.Now()))
		require.Equal(t, []any{west.ID, attendance.StatusPresent, 0, 5},
			[]any{rs[0].Day.BranchID, rs[0].Day.Status, rs[0].Day.LateMinutes, rs[0].Day.OvertimeMinutes})

		// The move becomes the present at midnight in the east, which is 22:00 in the west.
		present := func() int64 {
			b.work(t)
			e, err := b.Employee(ctx, e.ID)
			require.NoError(t, err)
			return e.BranchID
		}
		b.clock.Set(wib(monday, "21:59"))
		require.Equal(t, west.ID, present())
		b.clock.Set(wib(monday, "22:00"))
		require.Equal(t, east.ID, present())
		b.clock.Set(wib(monday+1, "06:00"))
		rs, _ = b.record(t, in(e, b.clock.Now()))
		require.Equal(t, []any{east.ID, monday + 1, "Asia/Jayapura", 0},
			[]any{rs[0].Day.BranchID, rs[0].Day.WorkDate, rs[0].Day.Zone, rs[0].Day.LateMinutes})
	})
}

// Case 43: who leaves a branch between check-in and recap leaves no day open there, and loses no absence.
func TestNobodysDayStaysOpen(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		west, east := b.branch(t, jakarta), b.branch(t, jayapura)
		es := b.hire(t, west, 6)
		b.weekly(t, monday, es...)
		b.clock.Set(wib(monday, "08:00"))
		b.record(t, in(es[0], b.clock.Now()), in(es[1], b.clock.Now()), in(es[2], b.clock.Now()),
			in(es[3], b.clock.Now()))
		b.clock.Set(wib(monday, "11:00"))
		es[0].BranchID = east.ID                   // moved
		es[1].Status = attendance.EmployeeInactive // by a file, without a last day
		b.employees(t, es[:2]...)
		leaver, err := b.edit(ctx, es[2].ID,
			func(e *attendance.Employee) error { e.Status = attendance.EmployeeInactive; return nil })
		require.NoError(t, err)
		require.Equal(t, ptr(monday), leaver.LeftOn, "who is deactivated without a last day has it today")
		b.clock.Set(wib(monday+1, "09:30"))
		b.work(t)
		es[4].BranchID = east.ID // absent on Monday
		b.employees(t, es[4])
		b.clock.Set(wib(monday+2, "11:00"))
		b.work(t)
		for i, want := range []attendance.Status{attendance.StatusIncomplete, attendance.StatusIncomplete,
			attendance.StatusIncomplete, attendance.StatusIncomplete,
			attendance.StatusAbsent, attendance.StatusAbsent} {
			day, ok := b.stored(t, es[i], monday)
			require.True(t, ok, "employee %d", i)
			require.Equal(t, want, day.Status, "employee %d", i)
			require.Equal(t, west.ID, day.BranchID, "employee %d", i)
		}
		require.Equal(t, 6, b.heads(t, west, monday))
		tuesday, ok := b.stored(t, es[4], monday+1)
		require.True(t, ok)
		require.Equal(t, east.ID, tuesday.BranchID)
		_, ok = b.stored(t, es[2], monday+1)
		require.False(t, ok, "after the last day there is nothing")
	})
}

// Case 43, the second: an absent person is moved after the new branch has recapped the date and before the old one has,
// to a date before both.
func TestAnAbsenceMovesOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		west, east := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, west, 2), b.hire(t, east, 1)...)
		b.weekly(t, monday, es...)
		b.assign(t, b.shift(t, night), es[1])
		require.NoError(t, b.AddAssignments(t.Context(),
			[]attendance.Assignment{{EmployeeID: es[1].ID, From: monday, Pattern: []int64{2, 2, 2, 2, 2, 0, 0}}}))
		for _, br := range []attendance.Branch{west, east} {
			require.NoError(t, b.CloseFrom(t.Context(), br.ID, monday))
		}
		b.clock.Set(wib(monday+1, "09:30")) // the night of the west is open until 10:00
		b.work(t)
		require.Equal(t, 1, b.heads(t, east, monday))
		_, err := b.RecapOf(t.Context(), west.ID, monday)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err))
		b.move(t, es[0], monday, east)
		b.work(t)
		b.clock.Set(wib(monday+1, "11:00"))
		b.work(t)
		day, ok := b.stored(t, es[0], monday)
		require.True(t, ok)
		require.Equal(t, attendance.StatusAbsent, day.Status)
		require.Equal(t, 2, b.heads(t, east, monday))
		require.Equal(t, 1, b.heads(t, west, monday))
	})
}

// Case 28: the dates of employment decide about a punch, not the status on the day on which it arrives.
func TestALeaversLastPunches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		b.weekly(t, monday-7, e)
		b.record(t, in(e, wib(monday-4, "08:00")))
		b.clock.Set(wib(monday-1, "12:00"))
		_, err := b.edit(ctx, e.ID, func(e *attendance.Employee) error {
			e.Status, e.LeftOn, e.HiredOn = attendance.EmployeeInactive, ptr(monday-3), ptr(monday-7)
			return nil
		})
		require.NoError(t, err)
		rs, err := b.RecordBatch(ctx,
			[]attendance.NewPunch{out(e, wib(monday-4, "17:00")), in(e, wib(monday-3, "08:00")),
				out(e, wib(monday-3, "17:00")),
				in(e, wib(monday-2, "08:00")), in(e, wib(monday-8, "08:00"))})
		require.NoError(t, err)
		var codes []attendance.Code
		for _, r := range rs {
			codes = append(codes, attendance.CodeOf(r.Err))
		}
		require.Equal(t, []attendance.Code{"", "", "", attendance.CodeEmployeeInactive,
			attendance.CodeEmployeeInactive}, codes)
		require.ErrorContains(t, rs[3].Err, (monday - 3).String())
		require.ErrorContains(t, rs[4].Err, (monday - 7).String())
		b.work(t)
		for _, d := range []attendance.Date{monday - 4, monday - 3} {
			day, _ := b.stored(t, e, d)
			require.Equal(t, attendance.StatusPresent, day.Status)
		}
		b.clock.Set(wib(monday+1, "12:00"))
		b.work(t)
		_, ok := b.stored(t, e, monday)
		require.False(t, ok)

		// A correction that was asked for before is applied, one of a date after the last day is not promised.
		ask := func(d attendance.Date) error {
			at := wib(d, "18:00")
			id, err := b.AddRequest(ctx, store.Actor{},
				attendance.Request{Type: attendance.RequestCorrection, EmployeeID: e.ID, WorkDate: &d,
					Direction: attendance.Out, OccurredAt: &at, Reason: "lupa"})
			require.NoError(t, err)
			return b.DecideRequest(ctx, store.Actor{}, attendance.RequestCorrection, id,
				store.Decision{State: attendance.RequestApproved})
		}
		require.NoError(t, ask(monday-3))
		require.Equal(t, attendance.CodeEmployeeInactive, attendance.CodeOf(ask(monday-2)))
	})
}

// Case 48: what appears before the first recap is closed, too, and nothing is closed farther back than the reach.
func TestAbsencesBeforeTheFirstRecap(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, empty := b.branch(t, jakarta), b.branch(t, jayapura)
		b.clock.Set(wib(monday, "09:00"))
		es := b.hire(t, br, 2)
		b.weekly(t, monday-600, es...)
		b.work(t)
		require.Zero(t, b.heads(t, empty, monday-1), "a branch without anybody begins with yesterday")
		from := attendance.DateOf(b.clock.Now(), time.UTC) - attendance.RecapReach
		first, covered, err := b.CoveredFrom(ctx, br.ID)
		require.NoError(t, err)
		require.True(t, covered)
		require.Equal(t, from, first)
		_, ok := b.stored(t, es[0], from-1)
		require.False(t, ok)
		for d := from; d < monday; d++ {
			for _, e := range es {
				day, ok := b.stored(t, e, d)
				require.True(t, ok, d)
				want := attendance.StatusAbsent
				if wd := d.Weekday(); wd == time.Saturday || wd == time.Sunday {
					want = attendance.StatusDayOff
				}
				require.Equal(t, want, day.Status, d)
			}
			require.Equal(t, 2, b.heads(t, br, d), d)
		}

		// An import that reaches back, and somebody who is entered late.
		b.record(t, in(es[0], wib(monday-14, "08:00")), out(es[0], wib(monday-14, "17:00")))
		late := b.employees(t,
			attendance.Employee{Number: "TERLAMBAT", Name: "Terlambat", BranchID: br.ID, HiredOn: ptr(monday - 10)})
		_, err = b.AssignShifts(ctx, store.AssignmentOrder{EmployeeIDs: []int64{late[0].ID},
			Plan: attendance.Assignment{From: monday - 300, Pattern: []int64{1, 1, 1, 1, 1, 0, 0}}}, store.Actor{})
		require.NoError(t, err)
		b.work(t)
		r, err := b.RecapOf(ctx, br.ID, monday-14)
		require.NoError(t, err)
		require.Equal(t, map[attendance.Status]int{attendance.StatusPresent: 1, attendance.StatusAbsent: 1}, r.Counts)
		require.Equal(t, 3, b.heads(t, br, monday-10))
		require.Equal(t, 2, b.heads(t, br, monday-11))
	})
}
