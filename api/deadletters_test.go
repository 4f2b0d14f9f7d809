package api_test

import (
	"net/http"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

func TestManyDeadLettersAtOnce(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for _, id := range []string{"a", "b", "c"} {
			_, _, err := w.store.DeadLetters.SaveDeadLetter(t.Context(),
				task.DeadLetter{TaskID: id, Queue: task.QueueDefault, Kind: task.RecapBranch, Payload: []byte("{}"),
					Error: "boom " + id, Attempts: 3, DiedAt: start})
			require.NoError(t, err)
		}
		for _, as := range []string{"jkt-1", "cabang"} {
			require.Equal(t, http.StatusForbidden,
				w.send(0, http.MethodPost, "/api/ops/dead-letters/retry", as, map[string]any{}).status, as)
		}
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodPost, "/api/ops/dead-letters/discard", "ops", map[string]any{"q": "boom"}).status,
			"without a reason")
		r := w.send(0, http.MethodPost, "/api/ops/dead-letters/retry", "ops", map[string]any{"q": "BOOM a"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.EqualValues(t, 1, r.json["decided"])
		require.EqualValues(t, 2,
			w.send(0, http.MethodPost, "/api/ops/dead-letters/discard", "admin",
				map[string]any{"kind": "recap:branch", "reason": "cabang sudah ditutup"}).json["decided"])
		require.EqualValues(t, 0,
			w.send(0, http.MethodPost, "/api/ops/dead-letters/retry", "admin", map[string]any{}).json["decided"])
	})
}

// A period that was recapped can be locked and opened by administrators; others, and other dates, cannot.
func TestLockingAPeriod(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		path := "/api/branches/1"
		r := w.send(0, http.MethodPatch, path, "admin", map[string]any{"locked_through": "2026-11-22"})
		require.Equal(t, http.StatusUnprocessableEntity, r.status)
		require.Equal(t, "locked_through", r.json["errors"].([]any)[0].(map[string]any)["field"], "it was not recapped")
		_, _, err := w.store.Recaps.Recap(t.Context(), 1, attendance.NewDate(2026, 11, 22), false)
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden,
			w.send(0, http.MethodPatch, path, "cabang", map[string]any{"locked_through": "2026-11-22"}).status)
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodPatch, path, "admin", map[string]any{"locked_through": "soon"}).status)
		r = w.send(0, http.MethodPatch, path, "admin", map[string]any{"locked_through": "2026-11-22"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "2026-11-22", r.json["locked_through"])
		r = w.send(0, http.MethodPatch, path, "admin", map[string]any{"name": "Jakarta Raya"})
		require.Equal(t, "2026-11-22", r.json["locked_through"], "it stays")
		r = w.send(0, http.MethodPatch, path, "admin", map[string]any{"locked_through": ""})
		require.Nil(t, r.json["locked_through"])
	})
}
