package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// withPassword gives the user of a session a password, past the rules of who knows it.
func (w *world) withPassword(login, secret string) {
	w.t.Helper()
	hash, err := account.NewHasher(1).Hash(w.t.Context(), secret)
	require.NoError(w.t, err)
	u, _, err := w.store.Users.UserByLogin(w.t.Context(), login)
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.Users.ChangePassword(w.t.Context(), ledger.Actor{},
		accounts.NewPassword{UserID: u.ID, Hash: hash}))
}

// signIn signs in by the door and keeps the token under a name. A node that is too busy says so, and is asked again.
func (w *world) signIn(node int, as, login, secret string, header ...string) reply {
	w.t.Helper()
	var r reply
	require.Eventually(w.t, func() bool {
		r = w.send(node, "POST", "/api/login", "", map[string]string{"login": login, "password": secret}, header...)
		return r.status != http.StatusServiceUnavailable
	}, testkit.Patience, 100*time.Millisecond)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	w.token[as] = r.json["token"].(string)
	return r
}

func (w *world) changePassword(node int, as, current, next string) reply {
	return w.send(node, "POST", "/api/me/password", as, map[string]string{"current": current, "new": next})
}

// Everybody sees where they are signed in, and signs out there; nobody else's session is in reach.
func TestTheOwnSessions(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.withPassword("jkt-1", password)
		w.signIn(0, "phone", "jkt-1", password, "User-Agent: Telepon")
		w.clock.Advance(time.Minute)
		w.signIn(0, "office", "jkt-1", password, "User-Agent: Kantor")
		w.clock.Advance(time.Minute)
		w.signIn(1, "home", "jkt-1", password, "User-Agent: Rumah")
		list := func(as string) []map[string]any {
			r := w.send(0, "GET", "/api/me/sessions", as, nil)
			require.Equal(t, 200, r.status, r.raw)
			require.NotContains(t, r.raw, w.token["phone"])
			return r.items()
		}
		mine := list("office")
		require.Len(t, mine, 3)
		for i, agent := range []string{"Rumah", "Kantor", "Telepon"} {
			require.Equal(t, agent, mine[i]["user_agent"])
			require.Equal(t, agent == "Kantor", mine[i]["current"])
			require.Equal(t, "127.0.0.1", mine[i]["address"])
			require.NotContains(t, mine[i], "last_used_at")
		}
		w.clock.Advance(6 * time.Minute)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "phone", nil).status)
		w.clock.Advance(time.Minute)
		require.Equal(t, start.Add(8*time.Minute).Format(time.RFC3339), list("office")[2]["last_used_at"])

		end := func(as string, id any) reply {
			return w.send(0, "DELETE", fmt.Sprintf("/api/me/sessions/%v", id), as, nil)
		}
		for _, other := range []string{"jkt-2", "admin", "ops", "cabang"} {
			require.Equal(t, 404, end(other, mine[0]["id"]).status, other)
			for _, se := range list(other) {
				require.NotEqual(t, mine[0]["id"], se["id"])
			}
		}
		for _, id := range []string{"x", "0", "0123456789abcdef0123456789", "..", "%2e"} {
			status := end("office", id).status
			require.True(t, status >= 400 && status < 500, "%s: %d", id, status)
		}
		require.Equal(t, 404, end("office", "0123456789abcdef01234567").status)
		require.Equal(t, 204, end("office", mine[0]["id"]).status)
		require.Equal(t, 404, end("office", mine[0]["id"]).status)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "home", nil).status)
		require.Len(t, list("office"), 2)

		r := w.send(1, "DELETE", "/api/me/sessions", "office", nil)
		require.Equal(t, 200, r.status, r.raw)
		require.EqualValues(t, 1, r.json["ended"])
		require.EqualValues(t, 0, w.send(1, "DELETE", "/api/me/sessions", "office", nil).json["ended"])
		require.Equal(t, 401, w.send(1, "GET", "/api/me", "phone", nil).status)
		require.Equal(t, 200, w.send(1, "GET", "/api/me", "office", nil).status)
		require.Equal(t, 200, w.send(1, "GET", "/api/me", "jkt-2", nil).status)

		log := w.send(0, "GET", "/api/audit?action=user.sessions_ended", "admin", nil)
		require.Len(t, log.items(), 2, log.raw)
		require.Equal(t, "jkt-1", log.items()[0]["user_login"])
		require.Contains(t, log.raw, "Rumah")
		for _, method := range []string{"GET", "DELETE"} {
			require.Equal(t, 401, w.send(0, method, "/api/me/sessions", "", nil).status)
		}
	})
}

// A password that somebody else knows opens nothing but the way to another one.
func TestAPasswordThatSomebodyElseKnows(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		id := func(login string) any {
			return w.send(0, "GET", "/api/users?q="+login, "admin", nil).items()[0]["id"]
		}
		reset := func(login string, body map[string]string) string {
			r := w.send(0, "POST", fmt.Sprintf("/api/users/%v/password", id(login)), "admin", body)
			require.Equal(t, 200, r.status, r.raw)
			require.Equal(t, true, r.json["must_change_password"])
			secret, _ := r.json["password"].(string)
			return secret
		}
		made := w.send(0, "POST", "/api/users", "admin", map[string]any{"login": "baru", "name": "Baru", "role": "ops"})
		require.Equal(t, true, made.json["must_change_password"])
		reset("ops", map[string]string{"password": "pilihan admin"})
		for _, c := range []struct{ login, secret, own string }{
			{"baru", made.json["password"].(string), "/api/ops/queues"},
			{"ops", "pilihan admin", "/api/ops/queues"},
			{"jkt-1", reset("jkt-1", map[string]string{}), "/api/me/today"},
			{"cabang", reset("cabang", map[string]string{}), "/api/attendances/summary"},
		} {
			r := w.signIn(0, c.login, c.login, c.secret)
			require.Equal(t, true, r.json["user"].(map[string]any)["must_change_password"])
			for _, path := range []string{c.own, "/api/employees", "/api/me/sessions", "/api/users", "/api/shifts"} {
				refused := w.send(0, "GET", path, c.login, nil)
				require.Equal(t, 403, refused.status, "%s: %s", path, refused.raw)
				require.Equal(t, "password_change_required", refused.code())
			}
			require.Equal(t, "password_change_required",
				w.send(0, "POST", "/api/attendances/check-in", c.login, nil).code())
			auth := w.send(0, "POST", "/broadcasting/auth", c.login,
				map[string]string{"socket_id": "1.2", "channel_name": "private-ops"})
			require.Equal(t, "password_change_required", auth.code())
			me := w.send(0, "GET", "/api/me", c.login, nil)
			require.Equal(t, true, me.json["user"].(map[string]any)["must_change_password"])
			require.Equal(t, 200, w.send(0, "PATCH", "/api/me", c.login, map[string]string{"locale": "id"}).status)

			same := w.changePassword(0, c.login, c.secret, c.secret)
			require.Equal(t, 422, same.status)
			require.Equal(t, "new", same.json["errors"].([]any)[0].(map[string]any)["field"])
			require.Equal(t, 204, w.changePassword(0, c.login, c.secret, "kata sandi sendiri").status)
			require.Equal(t, 200, w.send(0, "GET", c.own, c.login, nil).status)
			require.NotContains(t, w.send(0, "GET", "/api/me", c.login, nil).raw, "must_change_password")
		}
		// Who gives themselves a password knows it alone.
		own := w.send(0, "POST", fmt.Sprintf("/api/users/%v/password", id("admin")), "admin",
			map[string]string{"password": "pilihan sendiri"})
		require.Equal(t, 200, own.status, own.raw)
		require.NotContains(t, own.json, "must_change_password")
	})
}

// What guessers try first is no password, wherever one is chosen, and the field says so in the language asked for.
func TestCommonPasswordsAreRefused(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.withPassword("jkt-1", password)
		w.signIn(0, "jkt-1", "jkt-1", password)
		one := w.send(0, "GET", "/api/users?q=jkt-2", "admin", nil).items()[0]["id"]
		english := "Accept-Language: en"
		for _, bad := range []string{"password", "Rahasia123", "sayangku", "12345678", "qwertyuiop", "aaaaaaaa"} {
			for path, body := range map[string]map[string]any{
				"/api/me/password": {"current": password, "new": bad},
				"/api/users":       {"login": "x", "name": "X", "role": "ops", "password": bad},
				fmt.Sprintf("/api/users/%v/password", one): {"password": bad},
			} {
				as, field := "admin", "password"
				if path == "/api/me/password" {
					as, field = "jkt-1", "new"
				}
				for _, header := range [][]string{nil, {english}} {
					r := w.send(0, "POST", path, as, body, header...)
					require.Equal(t, 422, r.status, "%s %s: %s", path, bad, r.raw)
					wrong := r.json["errors"].([]any)[0].(map[string]any)
					require.Equal(t, field, wrong["field"])
					if header == nil {
						require.Equal(t, "Kata sandi ini mudah ditebak; pilih yang lain.", wrong["message"])
					} else {
						require.Equal(t, "This password is easily guessed; choose another.", wrong["message"])
					}
				}
			}
		}
		require.Equal(t, 422, w.send(0, "POST", fmt.Sprintf("/api/users/%v/password", one), "admin",
			map[string]string{"password": "JKT-2 jkt-2"}).status, "the own login")
		require.Equal(t, 204, w.changePassword(0, "jkt-1", password, "langit8b").status, "eight characters of any kind")
	})
}

// A session ends when nobody uses it, of administrators and operators sooner than of employees, and at its age.
func TestIdleSessionsEnd(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		for range 2 {
			w.nodes = append(w.nodes, w.node(api.Options{SessionIdle: time.Hour, SessionIdleEmployee: 20 * time.Hour}))
		}
		for _, login := range []string{"admin", "jkt-1"} {
			w.withPassword(login, password)
			w.signIn(0, login, login, password)
		}
		for range 20 { // in use
			w.clock.Advance(50 * time.Minute)
			require.Equal(t, 200, w.send(1, "GET", "/api/me", "admin", nil).status)
		}
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "jkt-1", nil).status)
		w.clock.Advance(time.Hour + account.SessionTouch + time.Second)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "admin", nil).status)
		require.Equal(t, 401, w.send(0, "POST", "/broadcasting/auth", "admin",
			map[string]string{"socket_id": "1.2", "channel_name": "private-company"}).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "jkt-1", nil).status)
		w.signIn(0, "again", "admin", password)
		require.Len(t, w.send(0, "GET", "/api/me/sessions", "again", nil).items(), 1)
		require.EqualValues(t, 0, w.send(0, "DELETE", "/api/me/sessions", "again", nil).json["ended"], "as listed")
		require.Empty(t, w.send(0, "GET", "/api/audit?action=user.sessions_ended", "again", nil).items())
		sessions := func() int {
			n, err := w.store.DB.Read().NewSelect().Table("sessions").Count(t.Context())
			require.NoError(t, err)
			return int(n)
		}
		before := sessions()
		n, err := w.store.Sessions.DeleteExpiredSessions(t.Context(), 100)
		require.NoError(t, err)
		require.Equal(t, 1, before-sessions())
		require.Positive(t, n, "with what else of signing in is over")
		w.clock.Set(start.Add(24*time.Hour + time.Second))
		require.Equal(t, 401, w.send(1, "GET", "/api/me", "jkt-1", nil).status, "its age")
	})
}
