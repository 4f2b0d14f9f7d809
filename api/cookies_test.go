package api_test

import (
	"net/http"
	"strings"
	"testing"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/httpd"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// A session's cookie is Secure where the browser came by HTTPS, which only a trusted proxy may say.
func TestCookiesAreSecureBehindATrustedProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	hash := testkit.PasswordHash(t, password)
	_, err := w.store.Users.CreateUsers(t.Context(), ledger.Actor{},
		[]account.User{{Login: "pintu", Name: "Pintu", Role: account.RoleAdmin, Locale: "id"}}, []string{hash})
	require.NoError(t, err)
	w.nodes = append(w.nodes, w.node(api.Options{}, httpd.Options{TrustedProxies: []string{"127.0.0.0/8"}}))
	for _, tc := range []struct {
		node   int
		scheme string
		secure bool
	}{{0, "", false}, {0, "https", false}, {1, "", false}, {1, "http", false}, {1, "https", true}} {
		r := w.send(tc.node, "POST", "/api/login", "", map[string]string{"login": "pintu", "password": password},
			"X-Forwarded-Proto: "+tc.scheme)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		var cookie string
		for _, c := range r.header.Values("Set-Cookie") {
			if strings.HasPrefix(c, api.SessionCookie+"=") {
				cookie = strings.ToLower(c)
			}
		}
		require.Contains(t, cookie, "httponly")
		require.Equal(t, tc.secure, strings.Contains(cookie, "; secure"), "%+v: %s", tc, cookie)
	}
}
