package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counted is what waits for whoever asks: leaves, corrections and punches to look at.
func (w *world) counted(as, query string) []any {
	w.t.Helper()
	r := w.send(0, "GET", "/api/waiting"+query, as, nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return []any{r.json["leave_requests"], r.json["corrections"], r.json["reviews"]}
}

// Everybody is told of what they look after, of a leave over a move on both sides, and of nothing that is decided.
func TestWhatWaitsIsCounted(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		n := func(leaves, corrections, reviews float64) []any { return []any{leaves, corrections, reviews} }
		require.Equal(t, n(0, 0, 0), w.counted("admin", ""))
		mine, theirs := w.ask("jkt-1", 0, "2026-12-01"), w.ask("mks-3", 0, "2026-12-01")
		w.ask("jkt-2", 0, "2026-12-02")
		fixed := w.send(0, "POST", "/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20",
			"direction": "out", "time": "17:05", "reason": "lupa"})
		require.Equal(t, http.StatusCreated, fixed.status, fixed.raw)
		doubted := w.away(checkIn, "mks-3")
		require.Equal(t, n(3, 1, 1), w.counted("admin", ""))
		require.Equal(t, n(2, 1, 0), w.counted("cabang", ""))
		makassar := fmt.Sprintf("?branch=%d", w.branches[1].ID)
		require.Equal(t, n(1, 0, 1), w.counted("admin", makassar))
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", "/api/waiting"+makassar, "cabang", nil).status)
		for _, as := range []string{"jkt-1", "ops"} {
			require.Equal(t, http.StatusForbidden, w.send(0, "GET", "/api/waiting", as, nil).status, as)
		}

		moved := w.send(0, "POST", fmt.Sprintf("/api/employees/%d/moves", w.people[1].ID), "admin",
			map[string]any{"from": "2026-12-05", "branch_id": w.branches[1].ID, "reason": "pindah"})
		require.Equal(t, http.StatusCreated, moved.status, moved.raw)
		over := w.send(0, "POST", "/api/leave-requests", "admin", map[string]any{"employee_id": w.people[1].ID,
			"kind": "leave", "from": "2026-12-04", "to": "2026-12-07", "reason": "perlu"})
		require.Equal(t, http.StatusCreated, over.status, over.raw)
		require.Equal(t, n(4, 1, 1), w.counted("admin", ""), "once")
		require.Equal(t, n(3, 1, 0), w.counted("cabang", ""))
		require.Equal(t, n(2, 0, 1), w.counted("admin", makassar))

		for id, verb := range map[int64]string{mine: "approve", theirs: "refuse"} {
			path := fmt.Sprintf("/api/leave-requests/%d/%s", id, verb)
			require.Equal(t, http.StatusOK, w.send(0, "POST", path, "admin", map[string]any{"note": "ya"}).status)
		}
		require.Equal(t, http.StatusOK, w.decide("admin", doubted, map[string]any{"state": "accepted"}).status)
		require.Equal(t, n(2, 1, 0), w.counted("admin", ""))
	})
}

// An employee is told of a decision until they have seen it, and of a later one about the same request again. Nobody is
// told of what they decided themselves.
func TestDecisionsAreNewsUntilTheyAreSeen(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		news := func(as string) (out []string) {
			r := w.send(0, "GET", "/api/me/decisions", as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, q := range r.items() {
				out = append(out, fmt.Sprint(q["type"], " ", q["state"], ": ", q["decision_note"]))
			}
			return out
		}
		decide := func(path string, id int64, verb, note string) {
			w.clock.Advance(time.Second)
			r := w.send(0, "POST", fmt.Sprintf("%s/%d/%s", path, id, verb), "admin", map[string]any{"note": note})
			require.Equal(t, http.StatusOK, r.status, r.raw)
		}
		const leaves = "/api/leave-requests"
		leave, other := w.ask("jkt-1", 0, "2026-12-01"), w.ask("jkt-2", 0, "2026-12-01")
		fixed := w.send(0, "POST", "/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20",
			"direction": "out", "time": "17:05", "reason": "lupa"})
		require.Equal(t, http.StatusCreated, fixed.status, fixed.raw)
		require.Empty(t, news("jkt-1"), "nothing is decided")
		decide(leaves, leave, "approve", "selamat")
		decide("/api/corrections", int64(fixed.json["id"].(float64)), "refuse", "tidak ada bukti")
		decide(leaves, other, "refuse", "ramai")
		require.Equal(t, []string{"correction refused: tidak ada bukti", "leave approved: selamat"}, news("jkt-1"))
		require.Equal(t, []string{"leave refused: ramai"}, news("jkt-2"))

		see := func(as, kind, state string, id any) {
			item := map[string]any{"type": kind, "state": state, "id": id}
			r := w.send(0, "POST", "/api/me/decisions/read", as, map[string]any{"items": []any{item}})
			require.Equal(t, http.StatusNoContent, r.status, r.raw)
		}
		see("jkt-2", "leave", "approved", leave)
		require.Len(t, news("jkt-1"), 2, "nobody reads for somebody else")
		see("jkt-1", "correction", "refused", fixed.json["id"])
		require.Equal(t, []string{"leave approved: selamat"}, news("jkt-1"), "what was not shown stays")
		see("jkt-1", "leave", "refused", leave)
		require.Len(t, news("jkt-1"), 1, "in another state than it was shown")
		see("jkt-1", "leave", "approved", leave)
		require.Empty(t, news("jkt-1"))
		require.Len(t, news("jkt-2"), 1)
		decide(leaves, leave, "revoke", "batal")
		require.Equal(t, []string{"leave revoked: batal"}, news("jkt-1"))

		own := w.ask("jkt-2", 0, "2026-12-03")
		require.Equal(t, http.StatusOK,
			w.send(0, "POST", fmt.Sprintf("%s/%d/cancel", leaves, own), "jkt-2", nil).status)
		require.Len(t, news("jkt-2"), 1, "what one takes back oneself is no news")
		require.Empty(t, news("ops"), "who is no employee is told nothing")
	})
}
