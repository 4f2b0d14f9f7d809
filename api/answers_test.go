package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// An address that exists says which methods it has; only one that does not is not there.
func TestEveryAddressTellsItsMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	replaced := map[string]bool{} // addresses that have the method that this test tries elsewhere
	for _, op := range w.operations() {
		replaced[op.path] = replaced[op.path] || op.method == http.MethodPut
	}
	for _, op := range w.operations() {
		other := http.MethodPut
		if replaced[op.path] {
			other = http.MethodPatch
		}
		require.NotEqual(t, other, op.method, op.ID)
		r := w.send(0, other, nowhere(op.path), "admin", nil)
		require.Equal(t, http.StatusMethodNotAllowed, r.status, "%s: %s", op.path, r.raw)
		require.Equal(t, "method_not_allowed", r.code())
		require.Contains(t, r.header.Get("Allow"), op.method, op.path)
	}
	for _, method := range []string{"FOO", "get", "PROPFIND", "OTHER", "TRACE"} {
		for path, status := range map[string]int{"/api/me": 405, "/api/nowhere": 404, "/": 405, "/nowhere": 404,
			"/api/attendances/check-in": 405, "/api/openapi.json": 405, "/assets/app-1234.js": 405} {
			r := w.send(0, method, path, "", nil)
			require.Equal(t, status, r.status, "%s %s: %s", method, path, r.raw)
			require.Equal(t, "application/problem+json", r.header.Get("Content-Type"), "%s %s", method, path)
			require.NotEmpty(t, r.header.Get("X-Request-Id"))
		}
	}
	r := w.send(0, http.MethodPut, "/api/nowhere", "admin", nil)
	require.Equal(t, http.StatusNotFound, r.status, r.raw)
	require.Equal(t, "not_found", r.code())
}

// A sign-in that waited too long for its code says so, and not that nobody is signed in.
func TestASignInThatIsOverSaysSo(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		token, _ := account.NewToken()
		r := w.loginCode(0, token, "123456")
		require.Equal(t, http.StatusUnauthorized, r.status, r.raw)
		require.Equal(t, "sign_in_over", r.code())
		require.Contains(t, r.raw, "Mulai lagi dengan kata sandi Anda.")
	})
}

// A network that holds everybody tells nobody where they are.
func TestNetworksNameAPlace(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		path := fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		for _, wide := range []string{"0.0.0.0/0", "::/0", "::ffff:0:0/96", "10.0.0.0/7", "2001::/15"} {
			r := w.send(0, http.MethodPatch, path, "admin", map[string]any{"networks": []string{"192.0.2.1", wide}})
			require.Equal(t, http.StatusUnprocessableEntity, r.status, "%s: %s", wide, r.raw)
			require.Equal(t, "networks[1]", r.list("errors")[0]["field"])
			require.Contains(t, r.raw, "tidak menunjukkan di mana")
		}
		r := w.send(0, http.MethodPatch, path, "admin", map[string]any{"networks": []string{"10.0.0.0/8", "2001::/16"}})
		require.Equal(t, http.StatusOK, r.status, r.raw)
	})
}

// Values that a program sends are told from the words around them.
func TestAllowedValuesAreMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/branches/%d", w.branches[0].ID), "admin",
		map[string]any{"policy": "tolak"})
	require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
	require.Equal(t, `Isi salah satu nilai ini: "record", "flag", "block".`, r.list("errors")[0]["message"])
}

// Who goes within a minute of coming is told what becomes of it, and it does: the day goes on.
func TestGoingAtOnceDoesWhatTheQuestionSays(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		in := w.send(0, http.MethodPost, "/api/attendances/check-in", "jkt-1", nil)
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		w.clock.Advance(30 * time.Second)
		asked := w.send(0, http.MethodPost, "/api/attendances/check-out", "jkt-1", nil)
		require.Equal(t, http.StatusConflict, asked.status, asked.raw)
		require.Equal(t, "confirm_direction", asked.code())
		require.Contains(t, asked.raw, "tidak mengakhiri hari kerja")
		out := w.send(0, http.MethodPost, "/api/attendances/check-out", "jkt-1", map[string]any{"confirm": true})
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		day := out.json["day"].(map[string]any)
		require.Equal(t, true, day["inside"])
		require.NotContains(t, day, "last_out")
		require.Contains(t, day["flags"], "quick_out")
		w.clock.Advance(8 * time.Hour)
		out = w.send(0, http.MethodPost, "/api/attendances/check-out", "jkt-1", nil)
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		require.NotNil(t, out.json["day"].(map[string]any)["last_out"])
	})
}
