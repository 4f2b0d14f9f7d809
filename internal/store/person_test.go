package store_test

import (
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/stretchr/testify/require"
)

// Somebody who is read around a date has on each date, near or far, the punches and the stored day that are read of it
// alone, also where a shift reaches over midnight; and the plans of the moment, whoever changed them.
func TestAPersonHasTheDaysThatAreReadAlone(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		m, n := b.shift(t, morning), b.shift(t, night)
		es := b.hire(t, b.branch(t, jakarta), 2)
		b.assign(t, m, es[0])
		b.assign(t, n, es[1])
		for _, e := range es {
			var punches []attendance.Punch
			var stored []attendance.Day
			for d := monday - 8; d <= monday+8; d++ {
				for _, hour := range []int{1, 8, 13, 22} {
					at := wib(d, "00:00").Add(time.Duration(hour) * time.Hour)
					punches = append(punches, attendance.Punch{EmployeeID: e.ID, BranchID: e.BranchID,
						Zone: "Asia/Jakarta", Direction: attendance.In, OccurredAt: at, ReceivedAt: at,
						Source: attendance.SourceWeb})
				}
				stored = append(stored, day(e, d, attendance.StatusPresent))
			}
			require.NoError(t, b.PutPunches(ctx, punches...))
			require.NoError(t, b.PutDays(ctx, stored...))
			all, err := b.Punches(ctx, e.ID, wib(monday, "08:00"), wib(monday, "08:01"))
			require.NoError(t, err)
			require.NoError(t, b.VoidPunch(ctx, somebodyElse, all[0].ID, attendance.Void{UserID: somebodyElse.UserID,
				Origin: attendance.VoidByDecision, Reason: "salah"},
				func(*store.Voiding) error { return nil }))

			p, err := b.Person(ctx, e.ID, monday, 8)
			require.NoError(t, err)
			for d := monday - 6; d <= monday+6; d++ {
				from, to := p.Roster.PunchRange(d)
				want, err := b.Punches(ctx, e.ID, from, to)
				require.NoError(t, err)
				got, entry, err := p.On(ctx, d)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s", d)
				rows, _, err := b.History(ctx, store.DayFilter{From: d, To: d, EmployeeIDs: []int64{e.ID}})
				require.NoError(t, err)
				require.Equal(t, rows[0], *entry, "%s", d)
			}
		}
		shiftOf := func() string {
			p, err := b.Person(ctx, es[0].ID, monday, 0)
			require.NoError(t, err)
			sh, ok := p.Roster.ShiftOn(monday)
			require.True(t, ok)
			return sh.Name
		}
		require.Equal(t, morning.Name, shiftOf())
		other := b.another(t) // another process, which knows what this one keeps
		require.NoError(t, other.AddAssignments(ctx, []attendance.Assignment{{EmployeeID: es[0].ID, From: monday,
			Pattern: []int64{n.ID, n.ID, n.ID, n.ID, n.ID, 0, 0}}}))
		require.Equal(t, night.Name, shiftOf())
		n.Name = "Malam baru"
		_, err := other.SaveShift(ctx, n)
		require.NoError(t, err)
		require.Equal(t, "Malam baru", shiftOf())
	})
}
