package store_test

import (
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// Whoever is added after dates were closed has the days that they would have had before: also without a pattern, by
// form or file, and when the first day is moved back.
func TestWhoIsAddedLaterHasTheClosedDates(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br := b.branch(t, jakarta)
		b.weekly(t, monday-21, b.hire(t, br, 1)...)
		hired := monday - 7
		person := func(number string) attendance.Employee {
			return attendance.Employee{Number: number, Name: number, BranchID: br.ID, HiredOn: &hired,
				Status: attendance.EmployeeActive}
		}
		before := b.employees(t, person("SEBELUM"))[0]
		b.clock.Set(wib(monday, "09:00"))
		b.work(t)
		require.Equal(t, 1, b.heads(t, br, hired-1))
		require.Equal(t, 2, b.heads(t, br, hired))

		byForm, err := b.AddEmployee(ctx, person("FORMULIR"), store.Actor{})
		require.NoError(t, err)
		byFile := b.employees(t, person("BERKAS"))[0]
		left := person("KELUAR")
		last := hired + 1
		left.LeftOn, left.Status = &last, attendance.EmployeeInactive
		left = b.employees(t, left)[0]
		b.work(t)
		for d := hired - 2; d < monday; d++ {
			want, ok := b.stored(t, before, d)
			require.Equal(t, d >= hired, ok, d)
			for _, e := range []attendance.Employee{byForm, byFile} {
				day, has := b.stored(t, e, d)
				require.Equal(t, ok, has, "%s on %s", e.Number, d)
				require.Equal(t, want.Status, day.Status, "%s on %s", e.Number, d)
			}
			_, has := b.stored(t, left, d)
			require.Equal(t, hired <= d && d <= last, has, d)
		}
		require.Equal(t, 1, b.heads(t, br, hired-1))
		require.Equal(t, 5, b.heads(t, br, hired))
		require.Equal(t, 4, b.heads(t, br, monday-1))

		// The first day is earlier than it was said to be.
		earlier := hired - 3
		_, err = b.edit(ctx, byForm.ID, func(e *attendance.Employee) error { e.HiredOn = &earlier; return nil })
		require.NoError(t, err)
		b.work(t)
		for d := earlier - 1; d < hired; d++ {
			_, has := b.stored(t, byForm, d)
			require.Equal(t, d >= earlier, has, d)
		}
		require.Equal(t, 2, b.heads(t, br, earlier))
		require.Equal(t, 1, b.heads(t, br, earlier-1))

		// A branch that has closed nothing is asked for nothing.
		b.left()
		empty := b.branch(t, jayapura)
		b.employees(t, attendance.Employee{Number: "BARU", Name: "Baru", BranchID: empty.ID})
		require.Empty(t, b.left())
	})
}
