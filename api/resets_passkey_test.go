package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A passkey does as well as a code beside a link, and the link is no way round it: what it answers is good for that
// link only, once, and passkeys outlast a new password.
func TestResetsTakeAPasskey(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("admin", password)
		p.signIn(0, "admin", "admin", password)
		p.withEmail("admin", "admin@contoh.id")
		phone, _ := p.addPasskey("admin", "Ponsel")
		p.addPasskey("admin", "Laptop")
		other := p.link("admin", "admin@contoh.id")
		token := p.link("admin", "admin@contoh.id")
		open := p.look(token)
		require.Equal(t, []any{true, true}, []any{open.json["second_factor"], open.json["passkey"]}, open.raw)
		for _, code := range []string{"", "000000"} {
			require.Equal(t, "second_factor_wrong", p.choose(token, another, code).code())
		}

		const ask = "/api/password-resets/passkey"
		asked := func(token string) string { return p.askPasskey(0, ask, "", map[string]string{"token": token}) }
		use := func(secret string, proof map[string]any) reply {
			return p.send(1, "POST", "/api/password-resets/use", "",
				map[string]any{"token": token, "password": secret, "passkey": proof})
		}
		require.Equal(t, "passkey_late", use(another, phone.proof(asked(other), site)).code(), "of another link")
		atDoor := phone.proof(p.askPasskey(0, askDoor, "", map[string]any{}), site)
		require.Equal(t, "passkey_late", use(another, atDoor).code(), "it was asked for to sign in")
		require.Equal(t, "passkey_wrong", use(another, p.newDevice().proof(asked(token), site)).code())
		proof := phone.proof(asked(token), site)
		require.Equal(t, "passkey_late",
			p.send(0, "POST", door, "", map[string]any{"credential": proof}).code(), "nor does it open the door")
		require.Equal(t, "password", fieldOf(use("password1", proof)))
		require.Equal(t, 200, p.send(0, "GET", "/api/me", "admin", nil).status, "nothing has changed yet")
		require.Equal(t, http.StatusNoContent, use(another, proof).status, "the answer was not used up")
		require.Equal(t, 401, p.send(1, "GET", "/api/me", "admin", nil).status, "all sessions ended")
		require.Equal(t, "link_over", use(password, proof).code())
		require.Equal(t, http.StatusGone, p.send(0, "POST", ask, "", map[string]string{"token": other}).status)

		in := p.send(0, "POST", "/api/login", "", map[string]string{"login": "admin", "password": another})
		require.Equal(t, http.StatusAccepted, in.status, "signing in still asks for a second factor")
		require.Equal(t, true, in.json["passkey"])
		p.signInPasskey(phone, "admin")
		keys := p.send(0, "GET", mine, "admin", nil).items()
		require.Len(t, keys, 2)

		// With one of them a link ends.
		w.clock.Advance(2 * time.Hour)
		p.letters()
		token = p.link("admin", "admin@contoh.id")
		require.Equal(t, 204, p.send(0, "DELETE", mine+"/"+jsonOf(t, keys[0]["id"]), "admin", nil).status)
		require.Equal(t, "link_over", p.look(token).code())
		token = p.link("admin", "admin@contoh.id")
		require.Equal(t, 204, p.send(0, "DELETE", mine+"/"+jsonOf(t, keys[1]["id"]), "admin", nil).status)
		require.Equal(t, "link_over", p.look(token).code())

		token = p.link("admin", "admin@contoh.id")
		open = p.look(token)
		require.Equal(t, false, open.json["second_factor"], open.raw)
		require.Equal(t, 404, p.send(0, "POST", ask, "", map[string]string{"token": token}).status, "who has none")
		require.Equal(t, http.StatusNoContent, p.choose(token, password, "").status)
	})
}
