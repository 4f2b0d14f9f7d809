package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Everyone sees their own, and nobody else's.
func TestNotificationsByAPI(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		made, err := w.store.Reminders.Remind(
			t.Context(),
			start.Add(12*time.Minute),
			15*time.Minute,
			false,
		) // 08:17 in Jakarta
		require.NoError(t, err)
		require.Len(t, made, 2)
		for as, want := range map[string]int{"jkt-1": 1, "jkt-2": 1, "mks-3": 0, "admin": 0, "cabang": 0, "ops": 0} {
			r := w.send(0, "GET", "/api/notifications?unread=true", as, nil)
			require.Equal(t, 200, r.status, r.raw)
			require.Len(t, r.items(), want, as)
		}
		mine := w.send(0, "GET", "/api/notifications", "jkt-1", nil).items()[0]
		require.Equal(t, "check_in", mine["kind"])
		require.Equal(t, "2026-11-23", mine["work_date"])
		require.Equal(t, "2026-11-23T01:00:00Z", mine["due_at"])
		read := fmt.Sprintf("/api/notifications/%v/read", mine["id"])
		for as, want := range map[string]int{"": 401, "jkt-2": 404, "mks-3": 404, "admin": 404, "cabang": 404,
			"ops": 404} {
			require.Equal(t, want, w.send(0, "POST", read, as, nil).status, as)
		}
		require.Equal(t, 204, w.send(0, "POST", read, "jkt-1", nil).status)
		require.Empty(t, w.send(0, "GET", "/api/notifications?unread=true", "jkt-1", nil).items())
		require.NotEmpty(t, w.send(0, "GET", "/api/notifications", "jkt-1", nil).items()[0]["read_at"])
		require.Len(t, w.send(0, "GET", "/api/notifications?unread=true", "jkt-2", nil).items(), 1)
		for _, as := range []string{"jkt-2", "ops"} {
			require.Equal(t, 204, w.send(0, "POST", "/api/notifications/read", as, nil).status)
		}
		require.Empty(t, w.send(0, "GET", "/api/notifications?unread=true", "jkt-2", nil).items())
		for path, want := range map[string]int{"/api/notifications": 401, "/api/notifications?x": 401} {
			require.Equal(t, want, w.send(0, "GET", path, "", nil).status)
		}
		for _, path := range []string{"/api/notifications?cursor=x", "/api/notifications?limit=0",
			"/api/notifications?unread=x"} {
			r := w.send(0, "GET", path, "jkt-1", nil)
			require.True(t, r.status >= 400 && r.status < 500, "%s: %d", path, r.status)
		}
		for _, path := range []string{"/api/notifications/0/read", "/api/notifications/x/read",
			"/api/notifications/4242/read"} {
			r := w.send(0, "POST", path, "jkt-1", nil)
			require.True(t, r.status >= 400 && r.status < 500, "%s: %d", path, r.status)
		}
	})
}
