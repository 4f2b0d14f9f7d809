package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reminder"

	"github.com/stretchr/testify/require"
)

// The dashboard reads everything at once: the counters of all branches, and the lists of those that are chosen.
func TestTheBoard(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.checkIn("jkt-1")
		w.checkIn("mks-3") // 09:05 there: late
		read := func(as, query string) map[string]any {
			r := w.send(0, http.MethodGet, "/api/attendances/board"+query, as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			return r.json
		}
		numbersOf := func(list any) (out []string) {
			for _, e := range list.([]any) {
				out = append(out, e.(map[string]any)["employee_number"].(string))
			}
			return out
		}
		all := read("admin", "")
		require.Len(t, all["summaries"], 2)
		require.Equal(t, []string{"JKT-2"}, numbersOf(all["pending"]))
		require.Equal(t, []string{"MKS-3"}, numbersOf(all["late"]))
		require.Equal(t, []string{"MKS-3", "JKT-1"}, numbersOf(all["latest"]), "the latest first")
		punched := all["latest"].([]any)[0].(map[string]any)["last_punch"].(map[string]any)
		require.Equal(t, "in", punched["direction"])
		require.NotEmpty(t, all["arrivals"].(map[string]any)["offsets"])

		jakarta := read("admin", fmt.Sprintf("?weeks=0&branch=%d", w.branches[0].ID))
		require.Len(t, jakarta["summaries"], 2)
		require.Empty(t, jakarta["late"])
		require.Equal(t, []string{"JKT-1"}, numbersOf(jakarta["latest"]))
		require.Len(t, read("cabang", "")["summaries"], 1)

		live := w.send(0, http.MethodGet, "/api/attendances/today?counts=true&limit=1&status=late", "admin", nil)
		require.Len(t, live.json["items"], 1)
		require.Len(t, live.json["summaries"], 2)
		require.NotContains(t, w.send(0, http.MethodGet, "/api/attendances/today", "admin", nil).json, "summaries")
	})
}

// Who went out at midday and came back is inside, and nobody says meanwhile that they left early.
func TestWhoComesBackIsInside(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		inside := func() any {
			r := w.send(0, http.MethodGet, "/api/attendances/board?weeks=0", "admin", nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			return r.json["summaries"].([]any)[0].(map[string]any)["inside"]
		}
		tap := func(hour int, direction string) map[string]any {
			w.until(23, hour, 0, 0)
			r := w.tap(direction, "jkt-1")
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return r.json["day"].(map[string]any)
		}
		require.Equal(t, 0.0, inside())
		require.Equal(t, true, tap(8, "in")["inside"])
		require.Equal(t, 1.0, inside())
		require.Equal(t, []any{"early_out"}, tap(12, "out")["flags"])
		require.Equal(t, 0.0, inside())
		again := tap(13, "in")
		require.Equal(t, []any{true, []any{}, 0.0}, []any{again["inside"], again["flags"], again["early_minutes"]})
		require.Equal(t, 1.0, inside())
		_, _, why := w.dayOf(w.people[0], 23)
		require.Contains(t, why, "inside")
		require.NotContains(t, why, "early")

		// Forgetting the second way out is reminded of like forgetting the only one, and at the end the day says it.
		w.until(23, 20, 40, 0) // the window closes at 21:00
		told, err := w.store.Reminders.Remind(t.Context(), w.clock.Now(), time.Hour, false)
		require.NoError(t, err)
		require.Len(t, told, 1)
		require.Equal(t, reminder.CheckOut, told[0].Kind)
		w.until(23, 21, 1, 0)
		_, err = w.store.Days.CloseDays(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 23))
		require.NoError(t, err)
		day, flags, why := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{false, "incomplete", 0.0}, []any{day["inside"], day["status"], day["early_minutes"]})
		require.Empty(t, flags)
		require.Contains(t, why, "no_check_out")
		require.Equal(t, 0.0, inside())
	})
}

// After midnight who came for the night shift of yesterday is still inside, until the way out or the end of the window.
func TestTheNightIsInsideAfterMidnight(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		inside := func() any {
			r := w.send(0, http.MethodGet, "/api/attendances/board?weeks=0", "admin", nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			return r.json["summaries"].([]any)[0].(map[string]any)["inside"]
		}
		for i, e := range w.people[:2] {
			w.shiftFor(e, map[string]any{"code": fmt.Sprintf("M%d", i), "name": "Malam", "start": "22:00",
				"end": "06:00", "closes_after": 240})
		}
		w.until(23, 22, 0, 0)
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1").status)
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-2").status)
		require.Equal(t, 2.0, inside())
		w.until(24, 0, 37, 0)
		require.Equal(t, 2.0, inside())
		// What came last is theirs, too: the board speaks of the nights that Hari Ini shows.
		board := w.send(0, http.MethodGet, "/api/attendances/board?weeks=0", "admin", nil)
		require.Len(t, board.json["latest"], 2, board.raw)
		require.Equal(t, "2026-11-23", board.json["latest"].([]any)[0].(map[string]any)["work_date"])
		require.Equal(t, http.StatusCreated, w.tap("out", "jkt-1").status)
		require.Equal(t, 1.0, inside())
		w.until(24, 10, 1, 0)
		require.Equal(t, 0.0, inside())
		board = w.send(0, http.MethodGet, "/api/attendances/board?weeks=0", "admin", nil)
		require.Len(t, board.json["latest"], 1, "the way out of today; the other's night is over")
	})
}
