package store_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

func (b *bench) today(t *testing.T, f store.DayFilter, now time.Time) []attendance.Entry {
	t.Helper()
	rows, next, err := b.Today(t.Context(), f, now)
	require.NoError(t, err)
	require.Empty(t, next)
	return rows
}

func TestTodayInEveryZone(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		p := b.shift(t, morning)
		hnl := b.hire(t, b.branch(t, honolulu), 1)[0] // -10 h
		jkt := b.hire(t, b.branch(t, jakarta), 2)     // +7 h
		djj := b.hire(t, b.branch(t, jayapura), 1)[0] // +9 h
		b.assign(t, p, hnl, jkt[0], jkt[1], djj)
		stored := day(jkt[0], monday, attendance.StatusLate)
		stored.FirstIn = ptr(start)
		require.NoError(t, b.PutDays(t.Context(), stored, day(jkt[1], monday-1, attendance.StatusAbsent),
			day(jkt[1], monday+1, attendance.StatusPresent)))

		rows := b.today(t, store.DayFilter{}, start)
		require.Equal(t, []key{{hnl.ID, monday - 1}, {jkt[0].ID, monday}, {jkt[1].ID, monday}, {djj.ID, monday}},
			keys(rows))
		require.Equal(t, attendance.StatusDayOff, rows[0].Status, "Sunday in Honolulu")
		require.Equal(t, stored, rows[1].Day)
		planned := rows[2]
		require.Equal(t, attendance.StatusPending, planned.Status)
		require.Zero(t, planned.Version)
		require.Equal(t, "Pagi", planned.ShiftName)
		require.Equal(t, time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), *planned.ShiftStart)
		require.Equal(t, "JKT-0002", planned.EmployeeNumber)
		require.Equal(t, "Jakarta", planned.BranchName)

		// 23:00 in Jakarta, 01:00 in Jayapura, 06:00 in Honolulu
		rows = b.today(t, store.DayFilter{}, start.Add(14*time.Hour))
		require.Equal(t, []key{{hnl.ID, monday}, {jkt[0].ID, monday}, {jkt[1].ID, monday}, {djj.ID, monday + 1}},
			keys(rows))
		require.Equal(t, attendance.StatusAbsent, rows[2].Status, "the window closed at 21:00")
	})
}

func TestTodayShowsANightThatIsStillOpen(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		m, p := b.shift(t, night), b.shift(t, morning)
		es := b.hire(t, b.branch(t, jakarta), 4)
		b.assign(t, m, es[0], es[1], es[3])
		b.assign(t, p, es[2])
		// At work since 22:00 on Monday; es[1] has not come; es[3] was recorded off any shift yesterday.
		worked := day(es[0], monday, attendance.StatusPresent)
		opens := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
		closes := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) // 10:00 in Jakarta
		worked.WindowOpens, worked.WindowCloses, worked.FirstIn = &opens, &closes, ptr(opens.Add(2*time.Hour))
		require.NoError(t, b.PutDays(t.Context(), worked, day(es[3], monday, attendance.StatusPresent)))

		at := time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC) // Tuesday, 02:00 in Jakarta
		rows := b.today(t, store.DayFilter{}, at)
		require.Equal(t, []key{{es[0].ID, monday}, {es[0].ID, monday + 1}, {es[1].ID, monday}, {es[1].ID, monday + 1},
			{es[2].ID, monday + 1},
			{es[3].ID, monday + 1}}, keys(rows))
		require.Equal(t, worked, rows[0].Day)
		require.Equal(t, attendance.StatusPending, rows[2].Status, "who has not come yet may still come")
		require.Equal(t, closes, *rows[2].WindowCloses)

		for limit := 1; limit < 8; limit++ {
			ps := pages(t, func(c string) ([]attendance.Entry, string, error) {
				return b.Today(t.Context(), store.DayFilter{Limit: limit, Cursor: c}, at)
			})
			require.Equal(t, rows, slices.Concat(ps...), "pages of %d", limit)
		}
		pending := b.today(t, store.DayFilter{Statuses: []attendance.Status{attendance.StatusPending}}, at)
		require.Equal(t, []key{{es[0].ID, monday + 1}, {es[1].ID, monday}, {es[1].ID, monday + 1},
			{es[2].ID, monday + 1}, {es[3].ID, monday + 1}},
			keys(pending))
		require.Equal(t, []key{{es[0].ID, monday}},
			keys(b.today(t, store.DayFilter{Statuses: []attendance.Status{attendance.StatusPresent}}, at)))

		// Even when today is stored already, yesterday's plan counts while its window is open.
		require.NoError(t, b.PutDays(t.Context(), day(es[1], monday+1, attendance.StatusPresent)))
		pending = b.today(t, store.DayFilter{Statuses: []attendance.Status{attendance.StatusPending},
			EmployeeIDs: []int64{es[1].ID}}, at)
		require.Equal(t, []key{{es[1].ID, monday}}, keys(pending))

		rows = b.today(t, store.DayFilter{}, closes)
		require.Equal(t, []key{{es[0].ID, monday + 1}, {es[1].ID, monday + 1}, {es[2].ID, monday + 1},
			{es[3].ID, monday + 1}}, keys(rows),
			"the window ends before its closing instant")
	})
}

func TestTodayFilters(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		p := b.shift(t, morning)
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, jkt, 6), b.hire(t, djj, 2)...)
		b.assign(t, p, es[:7]...)
		es[1].Status = attendance.EmployeeInactive
		es[2].HiredOn = ptr(monday + 1)
		es[3].LeftOn = ptr(monday - 1)
		es[4].HiredOn, es[4].LeftOn = ptr(monday), ptr(monday)
		b.employees(t, es...)
		require.NoError(t, b.AddLeaves(ctx,
			[]attendance.Leave{{EmployeeID: es[5].ID, Kind: attendance.LeaveSick, From: monday, To: monday}}))
		require.NoError(t, b.PutDays(ctx, day(es[0], monday, attendance.StatusLate)))

		list := func(f store.DayFilter) []key { return keys(b.today(t, f, start)) }
		k := func(is ...int) []key {
			ks := []key{}
			for _, i := range is {
				ks = append(ks, key{es[i].ID, monday})
			}
			return ks
		}
		require.Equal(t, k(0, 4, 5, 6, 7), list(store.DayFilter{}), "active ones who are employed today")
		require.Equal(t, k(), list(store.DayFilter{BranchIDs: []int64{}}))
		require.Equal(t, k(), list(store.DayFilter{BranchIDs: []int64{99}}))
		require.Equal(t, k(6, 7), list(store.DayFilter{BranchIDs: []int64{djj.ID}}))
		require.Equal(t, k(5, 7), list(store.DayFilter{EmployeeIDs: []int64{es[7].ID, es[5].ID, es[1].ID}}))
		require.Equal(t, k(7),
			list(store.DayFilter{EmployeeIDs: []int64{es[7].ID, es[5].ID}, BranchIDs: []int64{djj.ID}}))
		require.Equal(t, k(6, 7), list(store.DayFilter{Query: "djj-"}))
		for st, want := range map[attendance.Status][]key{
			attendance.StatusLate: k(0), attendance.StatusPending: k(4, 6), attendance.StatusOnLeave: k(5),
			attendance.StatusDayOff: k(7),
			attendance.StatusAbsent: k(), attendance.StatusPresent: k(),
		} {
			require.Equal(t, want, list(store.DayFilter{Statuses: []attendance.Status{st}}), st)
		}
		require.Equal(t, k(0, 5),
			list(store.DayFilter{Statuses: []attendance.Status{attendance.StatusLate, attendance.StatusOnLeave}}))
	})
}

func TestTodayFindsFewAmongMany(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		p := b.shift(t, morning)
		es := b.hire(t, b.branch(t, jakarta), 2300)
		b.assign(t, p, es...)
		ds := make([]attendance.Day, 0, len(es))
		var missing []key
		for i, e := range es {
			if i%700 == 699 {
				missing = append(missing, key{e.ID, monday})
				continue
			}
			ds = append(ds, day(e, monday, attendance.StatusPresent))
		}
		require.NoError(t, b.PutDays(t.Context(), ds...))
		require.Len(t, missing, 3)
		ps := pages(t, func(c string) ([]attendance.Entry, string, error) {
			return b.Today(t.Context(),
				store.DayFilter{Limit: 2, Cursor: c, Statuses: []attendance.Status{attendance.StatusPending}}, start)
		})
		require.Equal(t, missing, keys(slices.Concat(ps...)))
		require.Len(t, ps, 2)
	})
}
