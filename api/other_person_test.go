package api_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A browser sends the cookie of whoever signed in last; a punch that was meant for somebody else is recorded for
// nobody.
func TestAPunchForSomebodyElseIsRefused(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		mine, theirs := w.people[0].ID, w.people[1].ID
		punches := func(as string) int {
			list, _ := w.send(0, "GET", "/api/me/today", as, nil).json["punches"].([]any)
			return len(list)
		}
		for _, path := range []string{"/api/attendances/check-in", "/api/attendances/check-out"} {
			for _, as := range []string{"jkt-2", "admin"} { // of another employee, and of somebody who does not punch
				r := w.send(0, "POST", path, as, map[string]any{"employee_id": mine}, "Idempotency-Key: shared")
				require.Equal(t, http.StatusConflict, r.status, r.raw)
				require.Equal(t, "other_person", r.code())
			}
		}
		require.Zero(t, punches("jkt-1"))
		require.Zero(t, punches("jkt-2"))
		require.Equal(t, "Orang lain sedang masuk di peramban ini. Ini tidak dicatat untuk siapa pun.",
			w.send(0, "POST", "/api/attendances/check-in", "jkt-2", map[string]any{"employee_id": mine},
				"Accept-Language: id").json["detail"])

		first := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", map[string]any{"employee_id": mine},
			"Idempotency-Key: shared")
		require.Equal(t, http.StatusCreated, first.status, first.raw)
		again := w.send(1, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: shared")
		require.Equal(t, http.StatusOK, again.status, "a key belongs to one person, named or not")
		require.Equal(t, first.raw, again.raw)

		program := w.send(1, "POST", "/api/attendances/check-in", "jkt-2", map[string]any{"note": "kiosk"})
		require.Equal(t, http.StatusCreated, program.status, "programs need not name the person")
		require.EqualValues(t, theirs, program.json["punch"].(map[string]any)["employee_id"])
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, "POST", "/api/attendances/check-in", "jkt-1", map[string]any{"employee_id": 0}).status)
	})
}

// Whatever a page asks for while it shows somebody else's name is refused, read or write; a page that was just opened
// does not know yet whose it is, and programs never say.
func TestAPageOfSomebodyElseGetsNothing(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		id := func(as string) string {
			user := w.send(0, "GET", "/api/me", as, nil).json["user"].(map[string]any)
			return strconv.FormatFloat(user["id"].(float64), 'f', 0, 64)
		}
		mine, theirs := "X-Hadir-User: "+id("jkt-1"), "X-Hadir-User: "+id("jkt-2")
		for _, tc := range []struct {
			method, path string
			body         any
		}{
			{"GET", "/api/me", nil},
			{"GET", "/api/me/today", nil},
			{"PATCH", "/api/me", map[string]any{"locale": "en"}},
			{"POST", "/api/attendances/check-in", nil},
			{"POST", "/broadcasting/auth",
				map[string]any{"socket_id": "1.1", "channel_name": "private-user." + id("jkt-1")}},
			{"POST", "/api/logout", nil},
		} {
			r := w.send(0, tc.method, tc.path, "jkt-1", tc.body, theirs)
			require.Equal(t, http.StatusConflict, r.status, "%s %s: %s", tc.method, tc.path, r.raw)
			require.Equal(t, "other_person", r.code())
		}
		require.Equal(t, http.StatusOK, w.send(0, "GET", "/api/me", "jkt-1", nil, mine).status)
		user := w.send(0, "GET", "/api/me", "jkt-1", nil).json["user"].(map[string]any)
		require.Equal(t, "id", user["locale"])
		require.Equal(t, http.StatusNoContent, w.send(0, "POST", "/api/logout", "jkt-1", nil, mine).status)
	})
}
