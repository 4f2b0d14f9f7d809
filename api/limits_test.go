package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/attendance"
	"hadir/internal/attendance/limits"

	"github.com/stretchr/testify/require"
)

// Nobody makes punches without end, whichever node takes them, and lists of them have pages.
func TestPunchesOfOnePersonAreBounded(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		for range 2 {
			w.nodes = append(w.nodes,
				w.node(api.Options{PunchLimits: limits.Punches{PerMinute: 4, PerDay: 12}}))
		}
		punch := func(node int, who, key string) reply {
			return w.send(node, "POST", "/api/attendances/check-in", who, map[string]any{"confirm": true},
				"Idempotency-Key: "+key, "Accept-Language: id")
		}
		// Of thirty at once on two nodes as many are taken as a minute allows.
		answers := make(chan reply, 30)
		for n := range cap(answers) {
			go func() { answers <- punch(n%2, "jkt-1", fmt.Sprintf("once-%d", n)) }()
		}
		taken := map[int]int{}
		for range cap(answers) {
			r := <-answers
			taken[r.status]++
			if r.status == http.StatusTooManyRequests {
				require.Equal(t, "too_many_punches", r.code(), r.raw)
				require.Equal(t, "60", r.header.Get("Retry-After"))
				require.Contains(t, r.raw, "ajukan koreksi")
			}
		}
		require.Equal(t, map[int]int{http.StatusCreated: 1, http.StatusOK: 3, http.StatusTooManyRequests: 26}, taken)
		require.Equal(t, http.StatusCreated, punch(0, "jkt-2", "mine").status, "the next one in the queue")

		w.clock.Advance(time.Minute)
		for n := range 8 {
			w.clock.Advance(21 * time.Second)
			r := punch(n%2, "jkt-1", fmt.Sprintf("slow-%d", n))
			require.Contains(t, []int{http.StatusCreated, http.StatusOK}, r.status, "%d: %s", n, r.raw)
		}
		w.clock.Advance(2 * time.Minute)
		r := punch(1, "jkt-1", "thirteenth")
		require.Equal(t, []any{http.StatusTooManyRequests, "too_many_punches"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, fmt.Sprint(24*3600-60-8*21-120), r.header.Get("Retry-After"), "a day after the first")
		require.Equal(t, http.StatusOK, punch(0, "jkt-1", "slow-5").status, "what is stored is answered")
		// A terminal may send its log again, however long it is.
		more := make([]attendance.NewPunch, 150)
		for i := range more {
			more[i] = attendance.NewPunch{EmployeeID: w.people[0].ID, Direction: attendance.Undetermined,
				OccurredAt: start.Add(-time.Duration(i) * 20 * time.Second), Source: attendance.SourceTerminal,
				IdempotencyKey: fmt.Sprintf("log-%d", i)}
		}
		results, err := w.store.Days.RecordBatch(t.Context(), more)
		require.NoError(t, err)
		for _, r := range results {
			require.NoError(t, r.Err)
		}

		day := fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID)
		detail := w.send(0, "GET", day, "cabang", nil)
		shown := detail.json["punches"].([]any)
		require.Len(t, shown, 100)
		seen := map[any]bool{}
		for _, p := range shown {
			seen[p.(map[string]any)["id"]] = true
		}
		last := shown[0].(map[string]any)["occurred_at"].(string)
		for cursor := detail.json["punches_before"].(string); cursor != ""; {
			page := w.send(1, "GET", day+"/punches?limit=20&cursor="+cursor, "cabang", nil)
			require.Equal(t, http.StatusOK, page.status, page.raw)
			require.LessOrEqual(t, len(page.items()), 20)
			for _, p := range page.items() {
				require.False(t, seen[p["id"]])
				seen[p["id"]] = true
				require.LessOrEqual(t, p["occurred_at"].(string), last, "the latest first")
				last = p["occurred_at"].(string)
			}
			cursor = page.json["next_cursor"].(string)
		}
		require.Len(t, seen, 12+150)
		for as, want := range map[string]int{"": 401, "jkt-1": 200, "jkt-2": 404, "mks-3": 404, "cabang": 200,
			"admin": 200, "ops": 404} {
			require.Equal(t, want, w.send(0, "GET", day+"/punches", as, nil).status, as)
		}
		require.Equal(t, "invalid_cursor", w.send(0, "GET", day+"/punches?cursor=x", "jkt-1", nil).code())
	})
}
