package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// entries returns the audit log as an administrator reads it, newest first, of actions that begin with a text.
func (w *world) entries(action string) []map[string]any {
	w.t.Helper()
	r := w.send(0, "GET", "/api/audit?limit=200&action="+action, "admin", nil)
	require.Equal(w.t, 200, r.status, r.raw)
	return r.items()
}

// Who comes, who goes, who does not get in, and what is taken away: all of it is in the log, without a password, and
// a flood of guesses does not fill it.
func TestTheAuditLogHoldsWhoComesAndWhatTheyTake(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		hash, err := account.NewHasher(1).Hash(t.Context(), password)
		require.NoError(t, err)
		boss := account.User{Login: "budi@contoh.id", Name: "Budi", Role: account.RoleAdmin, Locale: "id"}
		us, err := w.store.Users.CreateUsers(t.Context(), ledger.Actor{}, []account.User{boss}, []string{hash})
		require.NoError(t, err)
		budi := fmt.Sprint(us[0].ID)
		login := func(name, secret string) reply {
			return w.send(0, "POST", "/api/login", "", map[string]string{"login": name, "password": secret})
		}
		in := login("budi@contoh.id", password)
		require.Equal(t, 200, in.status)
		w.token["budi"] = in.json["token"].(string)
		e := w.entries("user.signed_in")[0]
		require.Equal(t, budi, e["row"])
		require.EqualValues(t, us[0].ID, e["user_id"])
		require.Equal(t, "127.0.0.1", e["address"])
		require.Equal(t, 204, w.send(0, "POST", "/api/logout", "budi", nil).status)
		require.Equal(t, budi, w.entries("user.signed_out")[0]["row"])
		require.Equal(t, "127.0.0.1", w.entries("user.signed_out")[0]["address"])

		const typo = "rahasia-yang-salah"
		blocked := 0
		for range 20 {
			if login("budi@contoh.id", typo).status == http.StatusTooManyRequests {
				blocked++
			}
			login(typo, typo) // the password in the wrong field
		}
		require.Positive(t, blocked)
		failed, waited := w.entries("user.sign_in_failed"), w.entries("user.sign_in_blocked")
		require.Len(t, failed, 2, "one of the account, one of a login that nobody has")
		require.NotEmpty(t, waited)
		require.LessOrEqual(t, len(waited), 2)
		require.Equal(t, "127.0.0.1", failed[0]["address"])
		require.Contains(t, []any{failed[0]["row"], failed[1]["row"]}, budi)
		w.clock.Advance(account.FailureWindow)
		login("budi@contoh.id", typo)
		login(typo, typo)
		sum := 0.0
		for _, e := range append(w.entries("user.sign_in_failed"), w.entries("user.sign_in_blocked")...) {
			sum += e["after"].(map[string]any)["count"].(float64)
		}
		require.Equal(t, 42.0, sum, "every attempt is counted")
		require.LessOrEqual(t, len(w.entries("user.sign_in_")), 12)

		w.clock.Advance(time.Hour)
		require.Equal(t, 200, w.send(0, "GET", "/api/attendances.csv?from=2026-11-01&q=Orang", "cabang", nil).status)
		e = w.entries("export.downloaded")[0]
		require.Equal(t, "cabang", e["user_login"])
		require.Equal(t, map[string]any{"from": "2026-11-01", "searched": true}, e["after"])
		require.Equal(t, 403, w.send(0, "GET", "/api/attendances.csv", "ops", nil).status)
		require.Len(t, w.entries("export.downloaded"), 1, "what was refused is no download")

		all := w.send(0, "GET", "/api/audit?limit=500", "admin", nil)
		require.False(t, strings.Contains(all.raw, password) || strings.Contains(all.raw, typo) ||
			strings.Contains(all.raw, w.token["budi"]), "no secret is in the log")
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
		head := w.send(0, "GET", "/api/audit/head", "admin", nil)
		require.Equal(t, 200, head.status)
		require.Len(t, head.json["hash"], 64)
		require.NotNil(t, head.json["verified_at"])
	})
}
