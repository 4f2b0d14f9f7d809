package api_test

import (
	"fmt"
	"net/http"
	"testing"

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
