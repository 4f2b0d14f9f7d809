package store_test

import (
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

type key struct {
	employee int64
	date     attendance.Date
}

func keys(es []attendance.Entry) []key {
	ks := []key{}
	for _, e := range es {
		ks = append(ks, key{e.EmployeeID, e.WorkDate})
	}
	return ks
}

func TestADayComesBackAsItWas(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		at := func(us int) *time.Time { return ptr(start.Add(time.Duration(us) * time.Microsecond)) }
		full := attendance.Day{EmployeeID: e.ID, WorkDate: monday, BranchID: e.BranchID, Zone: "Asia/Jakarta",
			ShiftID: 3, ShiftName: "Pagi ☀",
			ShiftStart: at(1), ShiftEnd: at(10), WindowOpens: at(100), WindowCloses: at(1000), FirstIn: at(100_000),
			LastOut: at(999_999),
			Status:  attendance.StatusLate, LateMinutes: 1, EarlyMinutes: 2, WorkedMinutes: 3, OvertimeMinutes: 4,
			Flags: []attendance.Flag{attendance.FlagEarlyOut, attendance.FlagOffline}, PunchCount: 5, Version: 1 << 40,
			UpdatedAt: *at(123456)}
		bare := day(e, monday-1, attendance.StatusDayOff)
		require.NoError(t, b.PutDays(ctx, full, bare))
		got, err := b.Entries(ctx,
			[]task.DayRef{{EmployeeID: e.ID, WorkDate: monday}, {EmployeeID: e.ID, WorkDate: monday - 1},
				{EmployeeID: e.ID, WorkDate: monday + 1}, {EmployeeID: 99, WorkDate: monday}})
		require.NoError(t, err)
		entry := func(d attendance.Day) attendance.Entry {
			return attendance.Entry{Day: d, EmployeeNumber: "JKT-0001", EmployeeName: "Orang 1", Department: "Umum",
				BranchCode: "JKT", BranchName: "Jakarta"}
		}
		require.Equal(t, []attendance.Entry{entry(bare), entry(full)}, got)
		history, _, err := b.History(ctx, store.DayFilter{})
		require.NoError(t, err)
		require.Equal(t, []attendance.Entry{entry(full), entry(bare)}, history)
		got, err = b.Entries(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestHistory(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		jkt, djj := b.branch(t, jakarta), b.branch(t, jayapura)
		es := append(b.hire(t, jkt, 3), b.hire(t, djj, 2)...)
		var all []key
		for n := range 6 {
			d := monday - attendance.Date(n)
			for i, e := range es {
				if (n+i)%4 == 0 {
					continue
				}
				st := attendance.StatusPresent
				if i == n%3 {
					st = attendance.StatusLate
				}
				require.NoError(t, b.PutDays(ctx, day(e, d, st)))
				all = append(all, key{e.ID, d})
			}
		}
		list := func(f store.DayFilter) []key {
			return keys(slices.Concat(pages(t, func(c string) ([]attendance.Entry, string, error) {
				f.Cursor = c
				return b.History(ctx, f)
			})...))
		}
		only := func(keep func(k key, i int) bool) []key {
			var ks []key
			for _, k := range all {
				if keep(k, slices.IndexFunc(es, func(e attendance.Employee) bool { return e.ID == k.employee })) {
					ks = append(ks, k)
				}
			}
			return ks
		}
		for limit := 1; limit < len(all)+2; limit++ {
			require.Equal(t, all, list(store.DayFilter{Limit: limit}))
			require.Equal(t, only(func(_ key, i int) bool { return i < 3 }),
				list(store.DayFilter{Limit: limit, BranchIDs: []int64{jkt.ID}}))
		}
		require.Equal(t, []key{}, list(store.DayFilter{BranchIDs: []int64{}}), "an empty scope sees nothing")
		require.Equal(t, all, list(store.DayFilter{BranchIDs: []int64{jkt.ID, djj.ID}}))
		require.Equal(t, only(func(k key, _ int) bool { return k.date >= monday-3 && k.date <= monday-1 }),
			list(store.DayFilter{From: monday - 3, To: monday - 1, Limit: 2}))
		require.Equal(t, only(func(_ key, i int) bool { return i == 1 || i == 4 }),
			list(store.DayFilter{EmployeeIDs: []int64{es[4].ID, es[1].ID}, Limit: 2}))
		require.Equal(t, only(func(k key, i int) bool { return i == int(monday-k.date)%3 }),
			list(store.DayFilter{Statuses: []attendance.Status{attendance.StatusLate}, Limit: 2}))
		require.Equal(t, only(func(_ key, i int) bool { return i == 1 || i == 4 }),
			list(store.DayFilter{Query: "orang 2", Limit: 2}))
		require.Equal(t, []key{}, list(store.DayFilter{Query: "%"}))
		require.Equal(t, []key{}, list(store.DayFilter{Query: "Orang 2", BranchIDs: []int64{}}))
	})
}

func TestHistorySearchThatManyMatch(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		es := b.hire(t, b.branch(t, jakarta), 501)
		es[7].Name = "Budi"
		b.employees(t, es[7])
		require.NoError(t, b.PutDays(ctx, day(es[3], monday, attendance.StatusLate),
			day(es[500], monday, attendance.StatusLate),
			day(es[7], monday, attendance.StatusLate), day(es[3], monday-1, attendance.StatusLate)))
		for range 2 { // first up to what is looked up person by person, then beyond
			ps := pages(t, func(c string) ([]attendance.Entry, string, error) {
				return b.History(ctx, store.DayFilter{Query: "ORANG", Limit: 2, Cursor: c})
			})
			require.Equal(t, []key{{es[3].ID, monday}, {es[500].ID, monday}, {es[3].ID, monday - 1}},
				keys(slices.Concat(ps...)))
			b.employees(t, attendance.Employee{Number: "X", Name: "Orang baru", BranchID: es[0].BranchID})
		}
	})
}

func TestEntriesOfManyDays(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		e := b.hire(t, b.branch(t, jakarta), 1)[0]
		var refs []task.DayRef
		var ds []attendance.Day
		for d := range attendance.Date(1200) {
			refs = append(refs, task.DayRef{EmployeeID: e.ID, WorkDate: monday - d},
				task.DayRef{EmployeeID: e.ID, WorkDate: monday - d})
			ds = append(ds, day(e, monday-d, attendance.StatusPresent))
		}
		require.NoError(t, b.PutDays(t.Context(), ds...))
		got, err := b.Entries(t.Context(), refs)
		require.NoError(t, err)
		require.Len(t, got, 1200)
		require.Equal(t, monday-1199, got[0].WorkDate)
		require.Equal(t, monday, got[1199].WorkDate)
	})
}

// A row that comes or goes between two pages moves nothing else in or out of them.
func TestHistoryWhileItGrows(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		es := b.hire(t, b.branch(t, jakarta), 4)
		for _, e := range es[:3] {
			require.NoError(t, b.PutDays(ctx, day(e, monday, attendance.StatusPresent)))
		}
		first, next, err := b.History(ctx, store.DayFilter{Limit: 2})
		require.NoError(t, err)
		require.NoError(t, b.PutDays(ctx, day(es[0], monday+1, attendance.StatusPresent),
			day(es[3], monday, attendance.StatusPresent)))
		second, next, err := b.History(ctx, store.DayFilter{Limit: 2, Cursor: next})
		require.NoError(t, err)
		require.Empty(t, next)
		require.Equal(t, []key{{es[0].ID, monday}, {es[1].ID, monday}, {es[2].ID, monday}, {es[3].ID, monday}},
			keys(append(first, second...)))
	})
}
