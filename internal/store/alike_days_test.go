package store_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// Days that many have in common are written together. They are those that each has alone, with the versions of each.
func TestDaysThatManyHaveInCommon(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		br, es := b.company(t, 120)
		var leaves []attendance.Leave
		for i := range es {
			switch i % 5 {
			case 1:
				leaves = append(leaves, attendance.Leave{EmployeeID: es[i].ID, Kind: attendance.LeaveAnnual,
					From: monday, To: monday})
			case 2: // each at a time of their own
				at := start.Add(time.Duration(i) * time.Second)
				b.record(t, punch(es[i], attendance.In, at, "1"))
				b.record(t, punch(es[i], attendance.Out, at.Add(8*time.Hour), "2"))
			case 3: // all at the same
				b.record(t, punch(es[i], attendance.In, start, "1"))
			}
		}
		require.NoError(t, b.AddLeaves(ctx, leaves))
		b.clock.Advance(24 * time.Hour)
		agree := func(left int, versions ...int64) { // left is the group whose days were not written again; -1 for none
			t.Helper()
			for i := range es {
				_, roster, err := b.Roster(ctx, es[i].ID, monday, monday)
				require.NoError(t, err)
				stored, ok := b.stored(t, es[i], monday)
				require.True(t, ok)
				want := es[i].Day(roster, monday, b.punchesOf(t, es[i]), b.clock.Now())
				want.Version, want.UpdatedAt = versions[i%5], b.clock.Now()
				if i%5 == left {
					require.True(t, stored.UpdatedAt.Before(want.UpdatedAt), fmt.Sprint(i))
					want.UpdatedAt = stored.UpdatedAt
				}
				require.Equal(t, want, stored.Day, fmt.Sprint(i))
			}
		}
		n, err := b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Equal(t, 96, n, "all but those who came and went")
		agree(2, 1, 1, 2, 2, 1)
		n, err = b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Zero(t, n)

		require.NoError(t, b.AddHolidays(ctx, []attendance.Holiday{{Date: monday, Name: "Hari raya"}}))
		n, err = b.CloseDays(ctx, br.ID, monday)
		require.NoError(t, err)
		require.Equal(t, 120, n)
		agree(-1, 2, 2, 3, 3, 2)
	})
}
