package store_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

const remindAfter = 15 * time.Minute

// remind runs a tick at an instant and returns who was reminded.
func (b *bench) remind(t *testing.T, at time.Time) (ns []reminder.Notification, mails []task.Outboxed) {
	t.Helper()
	b.clock.Set(at)
	b.left()
	ns, err := b.Remind(t.Context(), at, remindAfter, true)
	require.NoError(t, err)
	return ns, b.left()
}

func told(ns []reminder.Notification) []int64 {
	ids := []int64{}
	for _, n := range ns {
		ids = append(ids, n.EmployeeID)
	}
	slices.Sort(ids)
	return ids
}

// at is a local time of the Monday in Jakarta.
func at(hour, minute int) time.Time {
	return time.Date(2026, 11, 23, hour-7, minute, 0, 0, time.UTC)
}

// Who works, was not seen and is not excused is reminded of the check-in, once.
func TestCheckInsAreRemindedOf(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p, m := b.shift(t, morning), b.shift(t, night)
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		es := b.hire(t, jkt, 12)
		b.assign(t, p, es[:10]...)
		b.assign(t, m, es[10])
		// 0 and 1 are to be told; 2 came, 3 is on leave, 4 has a holiday, 5 has a weekend, 6 left, 7 is inactive, 8 was
		// given the night shift since, 9 works on a holiday of the company; 10 works at night, 11 has no plan.
		b.clock.Set(at(7, 50))
		b.record(t, punch(es[2], attendance.In, at(7, 50), "k"))
		require.NoError(t, b.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[3].ID, Kind: attendance.LeaveSick, From: monday - 1, To: monday}}))
		require.NoError(t, b.AddHolidays(ctx,
			[]attendance.Holiday{{Date: monday, Name: "Nikah", EmployeeID: es[4].ID}, {Date: monday + 1, Name: "Libur"},
				{Date: monday + 1, Name: "Masuk", EmployeeID: es[9].ID, Working: true}}))
		require.NoError(t, b.AddAssignments(ctx,
			[]attendance.Assignment{
				{EmployeeID: es[5].ID, From: monday - 7, Pattern: []int64{0, p.ID, p.ID, p.ID, p.ID, p.ID, p.ID}},
				{EmployeeID: es[8].ID, From: monday - 7, Pattern: []int64{m.ID, m.ID, m.ID, m.ID, m.ID, m.ID, m.ID}}}))
		es[6].LeftOn, es[7].Status = ptr(monday-1), attendance.EmployeeInactive
		b.employees(t, es[6], es[7])
		far := b.hire(t, djj, 1)
		b.assign(t, p, far...)
		_, err := b.AddUsers(ctx,
			[]account.User{{Login: "satu@contoh.id", Name: "Satu", Role: account.RoleEmployee, EmployeeID: es[0].ID,
				Locale: "id"}, {Login: "jkt-0002", Name: "Dua", Role: account.RoleEmployee, EmployeeID: es[1].ID,
				Locale: "id"}}, []string{"!", "!"})
		require.NoError(t, err)

		ns, _ := b.remind(t, at(6, 15)) // 08:15 in Jayapura
		require.Equal(t, []int64{far[0].ID}, told(ns))
		ns, _ = b.remind(t, at(8, 14))
		require.Empty(t, ns)
		ns, mails := b.remind(t, at(8, 15))
		require.Equal(t, []int64{es[0].ID, es[1].ID, es[9].ID}, told(ns))
		require.Len(t, mails, 1, "only one has an e-mail address")
		require.Equal(t, task.ReminderMail, mails[0].Kind)
		require.JSONEq(t, `{"v":1,"n":`+itoa(ns[0].ID)+`}`, string(mails[0].Payload))
		require.Equal(t, reminder.Notification{ID: ns[0].ID, EmployeeID: es[0].ID, Kind: reminder.CheckIn,
			WorkDate: monday, Zone: "Asia/Jakarta", DueAt: at(8, 0), CreatedAt: at(8, 15)}, ns[0])
		for minute := 15; minute < 40; minute += 5 {
			ns, mails = b.remind(t, at(8, minute))
			require.Empty(t, ns, "once")
			require.Empty(t, mails)
		}
		ns, _ = b.remind(t, at(22, 15))
		require.Equal(t, []int64{es[8].ID, es[10].ID}, told(ns))
		ns, _ = b.remind(t, at(24+8, 16))
		require.Equal(t, []int64{es[9].ID}, told(ns), "the company has a holiday, but not this one")
		ns, _ = b.remind(t, at(24+24+8, 31))
		require.Empty(t, ns, "a tick that comes too late is of no use")

		l, ok, err := b.ReminderLetter(ctx, 2)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "satu@contoh.id Satu id", l.To+" "+l.Name+" "+l.Locale)
		require.NoError(t, b.ReminderMailed(ctx, 2))
		for _, id := range []int64{2, 3, 4242} { // mailed, without an address, unknown
			_, ok, err = b.ReminderLetter(ctx, id)
			require.NoError(t, err)
			require.False(t, ok, id)
		}
	})
}

// Who is in and did not go is reminded while the window is open, after midnight as well.
func TestCheckOutsAreRemindedOf(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p, m := b.shift(t, morning), b.shift(t, night)
		es := b.hire(t, b.branch(t, jakarta), 5)
		b.assign(t, p, es[:4]...)
		b.assign(t, m, es[4])
		b.clock.Set(at(8, 0))
		require.NoError(t, b.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[2].ID, Kind: attendance.LeaveAnnual, From: monday, To: monday}}))
		b.record(t, punch(es[0], attendance.In, at(8, 0), "a"), punch(es[1], attendance.In, at(8, 0), "b"),
			punch(es[2], attendance.In, at(8, 0), "c"))
		b.clock.Set(at(17, 0))
		b.record(t, punch(es[1], attendance.Out, at(17, 0), "d"))
		ns, _ := b.remind(t, at(20, 29))
		require.Empty(t, ns)
		ns, _ = b.remind(t, at(20, 30)) // the window closes at 21:00
		require.Equal(t, []int64{es[0].ID}, told(ns))
		require.Equal(t, reminder.CheckOut, ns[0].Kind)
		require.Equal(t, at(21, 0), ns[0].DueAt)
		ns, _ = b.remind(t, at(20, 45))
		require.Empty(t, ns)
		b.clock.Set(at(22, 0))
		b.record(t, punch(es[4], attendance.In, at(22, 0), "e"))
		ns, _ = b.remind(t, at(24+9, 31))
		require.Equal(t, []int64{es[4].ID}, told(ns))
		require.Equal(t, monday, ns[0].WorkDate)
		ns, _ = b.remind(t, at(24+10, 0))
		require.Empty(t, ns, "the window has closed")

		id := ns0(t, b, es[0].ID)
		b.clock.Set(at(24+10, 5))
		_, ok, err := b.ReminderLetter(ctx, id)
		require.NoError(t, err)
		require.False(t, ok, "nobody can be written to")
	})
}

func ns0(t *testing.T, b *bench, employee int64) int64 {
	t.Helper()
	ns, _, err := b.Notifications(t.Context(), employee, false, 0, "")
	require.NoError(t, err)
	require.NotEmpty(t, ns)
	return ns[0].ID
}

func TestNotificationsAreRead(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p := b.shift(t, morning)
		es := b.hire(t, b.branch(t, jakarta), 2)
		b.assign(t, p, es...)
		for d := range 3 {
			ns, _ := b.remind(t, at(8+24*d, 20))
			require.Len(t, ns, 2)
		}
		mine := es[0].ID
		list := func(unread bool) []reminder.Notification {
			var all []reminder.Notification
			for _, p := range pages(t, func(c string) ([]reminder.Notification, string, error) {
				return b.Notifications(ctx, mine, unread, 2, c)
			}) {
				all = append(all, p...)
			}
			return all
		}
		ns := list(true)
		require.Len(t, ns, 3)
		require.Equal(t, monday+2, ns[0].WorkDate, "newest first")
		require.NoError(t, b.ReadNotification(ctx, mine, ns[1].ID))
		require.NoError(t, b.ReadNotification(ctx, mine, ns[1].ID))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(b.ReadNotification(ctx, es[1].ID, ns[1].ID)))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(b.ReadNotification(ctx, mine, 4242)))
		require.Len(t, list(true), 2)
		require.NotNil(t, list(false)[1].ReadAt)
		require.NoError(t, b.ReadNotifications(ctx, mine))
		require.Empty(t, list(true))
		require.Len(t, list(false), 3)
		theirs, _, err := b.Notifications(ctx, es[1].ID, true, 0, "")
		require.NoError(t, err)
		require.Len(t, theirs, 3, "nobody reads for others")
		n, err := b.DeleteNotifications(ctx, at(24, 0), 500)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.Len(t, list(false), 2)
	})
}
