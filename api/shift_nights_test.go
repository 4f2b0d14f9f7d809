package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// A night that has reached today moves with the rules of its shift: whichever date its last punch then belongs to, it
// belongs to one. A check-out would stay the night's; a check-in does not.
func TestAChangedNightKeepsItsPunchesOnOneDate(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		one := w.people[0].ID
		night, err := w.store.Shifts.AddShift(t.Context(),
			attendance.Shift{Code: "M", Name: "Malam", Start: 1320, End: 360, OpensBefore: 120, ClosesAfter: 240,
				Active: true}, ledger.Actor{})
		require.NoError(t, err)
		n := night.ID
		require.NoError(t, w.store.Assignments.AddAssignments(t.Context(),
			[]attendance.Assignment{
				{EmployeeID: one, From: attendance.NewDate(2026, 11, 23), Pattern: []int64{n, n, n, n, n, n, n}}}))
		w.clock.Advance(14 * time.Hour) // 22:05 in Jakarta
		r := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: malam-1")
		require.Less(t, r.status, 300, r.raw)
		w.clock.Advance(8*time.Hour + 40*time.Minute) // 06:45 on the next date
		r = w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: malam-2")
		require.Less(t, r.status, 300, r.raw)
		w.recomputes()
		counts := func() (out [2]float64) {
			for i, date := range []string{"2026-11-23", "2026-11-24"} {
				if r := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/%s", one, date), "admin",
					nil); r.status == http.StatusOK {
					day, ok := r.json["day"].(map[string]any)
					if !ok {
						day = r.json
					}
					out[i], _ = day["punch_count"].(float64)
				}
			}
			return out
		}
		require.Equal(t, [2]float64{2, 0}, counts())
		for _, c := range []struct {
			closesAfter int
			want        [2]float64
		}{{30, [2]float64{1, 1}}, {240, [2]float64{2, 0}}} {
			r := w.send(0, "PATCH", fmt.Sprintf("/api/shifts/%d", n), "admin",
				map[string]any{"closes_after": c.closesAfter})
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, p := range w.recomputes() {
				_, err := w.store.Days.RecomputeDays(t.Context(), []int64{one}, p.From, p.To)
				require.NoError(t, err)
			}
			require.Equal(t, c.want, counts(), "closes after %d minutes", c.closesAfter)
		}
	})
}
