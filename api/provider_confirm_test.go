package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/passkey"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

const askConfirm = "/api/me/oidc/ask"

// confirmThere proves again who one is, with what came back from the provider.
func (w *world) confirmThere(as string, t trip) reply {
	w.t.Helper()
	return w.send(1, "POST", confirmPath, as, map[string]any{"provider": t.came}, "Cookie: "+t.cookie)
}

// dangerous is something for which a confirmation is needed.
func (w *world) dangerous(as string) reply {
	w.t.Helper()
	return w.send(0, "POST", "/api/me/tokens", as,
		map[string]any{"name": "x", "scopes": []string{"attendance:read"}, "days": 7})
}

// Passing through the provider where somebody is signed in anyway proves nothing: what is dangerous waits until they
// signed in there for it.
func TestConfirmingAtAProvider(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{Confirm: confirmWithin})
		signedInAt := func(at time.Time) {
			p.Token(func(c map[string]any) {
				if c["auth_time"] = at.Unix(); at.IsZero() {
					delete(c, "auth_time")
				}
			})
		}
		enter := func() {
			t.Helper()
			in := w.arrives(p, sari)
			require.Equal(t, 200, in.status, in.raw)
			w.token["there"] = in.json["token"].(string)
		}
		enter()
		require.Equal(t, 201, w.dangerous("there").status, "they just gave their password there")
		for _, at := range []time.Time{{}, w.clock.Now().Add(-confirmWithin)} {
			signedInAt(at)
			enter()
			require.Equal(t, "confirmation_required", w.dangerous("there").code(), at)
		}

		where, _ := w.depart(0, askConfirm, "there")
		require.Contains(t, where, "max_age=0")
		require.Contains(t, where, "prompt=login")
		signedInAt(w.clock.Now().Add(-2 * time.Minute))
		r := w.confirmThere("there", w.visit(p, askConfirm, "there", sari))
		require.Equal(t, []any{422, "provider_not_fresh"}, []any{r.status, r.code()}, r.raw)
		// Who never says when people signed in is told apart, and whoever meets that is to blame for nothing.
		signedInAt(time.Time{})
		for range 40 {
			r = w.confirmThere("there", w.visit(p, askConfirm, "there", sari))
			require.Equal(t, []any{422, "provider_no_auth_time"}, []any{r.status, r.code()}, r.raw)
		}
		require.Contains(t, r.json["detail"], "kata sandi")
		require.Contains(t, w.log.String(), "auth_time")
		p.Token(nil)
		r = w.confirmThere("there", w.visit(p, askConfirm, "there", budi))
		require.Equal(t, "identity_taken", r.code(), "it is another's: %s", r.raw)
		r = w.confirmThere("there", w.visit(p, askThere, "", sari))
		require.Equal(t, "provider_late", r.code(), "it was for signing in: %s", r.raw)
		of := w.visit(p, askConfirm, "there", sari)
		require.Equal(t, "provider_late", w.confirmThere(sari, of).code(), "it is another session's")
		require.Equal(t, "confirmation_required", w.dangerous("there").code())
		r = w.confirmThere("there", w.visit(p, askConfirm, "there", sari))
		require.Equal(t, 200, r.status, r.raw)
		require.Equal(t, 201, w.dangerous("there").status)
		require.Equal(t, 404, w.send(0, "POST", askConfirm, budi, map[string]any{}).status, "nothing is linked")

		// Where there is a second factor, nothing else will do.
		w.clock.Advance(confirmWithin)
		w.signIn(0, sari, sari, password)
		w.setUpFactor(sari, password)
		w.clock.Advance(confirmWithin)
		r = w.confirmThere(sari, w.visit(p, askConfirm, sari, sari))
		require.Equal(t, "second_factor_wrong", r.code(), r.raw)
	})
}

// A password that somebody else knows is none any more for who comes from the provider; they may set one up after they
// proved there who they are, and then end the link.
func TestAnAccountWithoutAPassword(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{Confirm: confirmWithin})
		const made = "dibuat-oleh-admin"
		hash := testkit.PasswordHash(t, made)
		u, _, err := w.store.Users.UserByLogin(t.Context(), sari)
		require.NoError(t, err)
		require.NoError(t, w.store.Users.ChangePassword(t.Context(), ledger.Actor{},
			accounts.NewPassword{UserID: u.ID, Hash: hash, MustChange: true}))
		w.signIn(0, "who made it", sari, made)
		in := w.arrives(p, sari)
		require.Equal(t, 200, in.status, in.raw)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "who made it", nil).status, "what was opened with it ends")
		require.NotContains(t, in.json["user"], "must_change_password")
		w.token["in"] = in.json["token"].(string)
		me := w.send(1, "GET", "/api/me", "in", nil).json["user"].(map[string]any)
		require.Equal(t, true, me["no_password"])
		require.NotContains(t, me, "must_change_password")
		for _, guess := range []string{made, "!", " "} {
			r := w.send(0, "POST", "/api/login", "", map[string]string{"login": sari, "password": guess})
			require.Equal(t, 401, r.status, r.raw)
		}
		require.Len(t, w.entries("user.password_ended"), 1)

		w.clock.Advance(confirmWithin)
		own := fmt.Sprintf("%s/%v", ownThere, w.send(0, "GET", ownThere, "in", nil).items()[0]["id"])
		for path, body := range map[string]any{"/api/me/password": map[string]string{"new": "kata-sandi-baru-9"},
			"/api/me/second-factor": map[string]string{}, beginAdding: map[string]any{}} {
			require.Equal(t, "confirmation_required", w.send(0, "POST", path, "in", body).code(), path)
		}
		r := w.send(0, "POST", confirmPath, "in", map[string]string{"password": made})
		require.Equal(t, 422, r.status, r.raw)
		require.Contains(t, r.raw, "tidak punya kata sandi")
		p.Token(func(c map[string]any) { c["auth_time"] = w.clock.Now().Unix() })
		r = w.confirmThere("in", w.visit(p, askConfirm, "in", sari))
		require.Equal(t, 200, r.status, r.raw)
		r = w.send(0, "DELETE", own, "in", nil)
		require.Equal(t, []any{409, "only_way_in"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, 200, w.send(0, "POST", "/api/me/second-factor", "in", map[string]string{}).status)
		require.Equal(t, 204,
			w.send(0, "POST", "/api/me/password", "in", map[string]string{"new": "kata-sandi-baru-9"}).status)
		require.Equal(t, 422,
			w.send(0, "POST", "/api/me/password", "in", map[string]string{"new": "kata-sandi-lain-9"}).status,
			"now there is one to be given")
		require.Equal(t, 204, w.send(1, "DELETE", own, "in", nil).status)
		w.signIn(0, "in", sari, "kata-sandi-baru-9")
	})
}

// Whose role needs a second factor, and who has no password, gets to one.
func TestASecondFactorForAnAccountWithoutAPassword(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{Confirm: confirmWithin, SecondFactor: []account.Role{account.RoleEmployee},
			Passkeys: passkey.Options{PublicURL: site.Origin}})
		u, _, err := w.store.Users.UserByLogin(t.Context(), sari)
		require.NoError(t, err)
		require.NoError(t, w.store.Users.ChangePassword(t.Context(), ledger.Actor{},
			accounts.NewPassword{UserID: u.ID, Hash: "!", MustChange: true}))
		p.Token(func(c map[string]any) { delete(c, "auth_time") })
		in := w.arrives(p, sari)
		require.Equal(t, 200, in.status, in.raw)
		w.token[sari] = in.json["token"].(string)
		require.Equal(t, "second_factor_required", w.send(0, "GET", "/api/me/today", sari, nil).code())
		require.Equal(t, "confirmation_required", w.send(0, "POST", beginAdding, sari, map[string]any{}).code())
		p.Token(nil)
		require.Equal(t, 200, w.confirmThere(sari, w.visit(p, askConfirm, sari, sari)).status)
		phone, _ := w.addPasskey(sari, "Ponsel")
		require.Equal(t, 200, w.send(0, "GET", "/api/me/today", sari, nil).status)
		r := w.arrives(p, sari)
		require.Equal(t, 202, r.status, r.raw)
		require.Equal(t, true, r.json["passkey"])
		asked := w.askPasskey(0, askDoor, "", map[string]any{"pending": r.json["pending"]})
		in = w.send(1, "POST", door, "",
			map[string]any{"pending": r.json["pending"], "credential": phone.proof(asked, site)})
		require.Equal(t, 200, in.status, in.raw)
	})
}

// What comes back is counted by address, so that nobody tries for ever, but apart from what is guessed.
func TestTripsAreCounted(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		throttled := 0
		for i := range 200 {
			r := w.enterThere(trip{"hadir_trip=x", map[string]any{"state": fmt.Sprint("karangan-", i), "code": "x"}})
			if r.status == 429 {
				throttled++
				require.NotEmpty(t, r.header.Get("Retry-After"))
			}
		}
		require.NotZero(t, throttled)
		w.clock.Advance(20 * time.Minute) // less than the provider's tokens are good for
		require.Equal(t, 200, w.arrives(p, sari).status)
	})
}

// Nobody guesses by trips: what is guessed too often at an address keeps nobody there from coming back from the
// provider, and who comes back gives no guesses back.
func TestTripsAndGuessesAreCountedApart(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		guess := func(n int) int {
			return w.send(0, "POST", "/api/login", "",
				map[string]string{"login": fmt.Sprint("orang-", n), "password": "x"}).status
		}
		n := 0
		for ; guess(n) != http.StatusTooManyRequests; n++ {
			require.Less(t, n, 1000)
		}
		for range 3 {
			require.Equal(t, 200, w.arrives(p, sari).status)
			n++
			require.Equal(t, http.StatusTooManyRequests, guess(n))
		}
	})
}
