package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/provider"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

const (
	pagesAt     = "https://hadir.contoh.id"
	askThere    = "/api/login/oidc/ask"
	fromThere   = "/api/login/oidc"
	ownThere    = "/api/me/oidc"
	beginLink   = "/api/me/oidc/begin"
	confirmPath = "/api/me/confirm"
	sari, budi  = "sari@contoh.id", "budi@contoh.id"
)

// trip is one on the way: the browser's cookie, and what the provider gave it to bring back.
type trip struct {
	cookie string
	came   map[string]any
}

// there is a world whose people may prove at a provider who they are, at the time of this machine, by which the
// provider goes: sari is an employee with a password, budi an administrator with one.
func (w *world) there(o api.Options, people ...testkit.Person) *testkit.OpenIDProvider {
	w.t.Helper()
	w.clock.Set(time.Now())
	people = append(people, testkit.Person{Subject: "1", Login: sari, Email: "Sari@Contoh.id", Verified: true},
		testkit.Person{Subject: "2", Login: budi, Email: budi, Verified: true},
		testkit.Person{Subject: "3", Login: "asing", Email: "asing@contoh.id", Verified: true})
	p := testkit.NewOpenIDProvider(w.t, pagesAt+provider.CallbackPath, people...)
	o.Provider = provider.Options{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret,
		Name: "Penyedia", Scopes: []string{"email", "profile"}, PublicURL: pagesAt + "/"}
	for range 2 {
		w.nodes = append(w.nodes, w.node(o))
	}
	w.token[sari] = w.session(account.User{Login: sari, Role: account.RoleEmployee, EmployeeID: w.people[0].ID})
	w.token[budi] = w.session(account.User{Login: budi, Role: account.RoleAdmin})
	w.token["admin"] = w.token[budi]
	for _, login := range []string{sari, budi} {
		w.withPassword(login, password)
		w.signIn(0, login, login, password)
	}
	w.token["admin"] = w.token[budi]
	return p
}

// depart asks where to go, and keeps what stays in the browser.
func (w *world) depart(node int, path, as string) (where string, cookie string) {
	w.t.Helper()
	r := w.send(node, "POST", path, as, map[string]any{})
	require.Equal(w.t, 200, r.status, r.raw)
	c, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
	require.NoError(w.t, err)
	require.True(w.t, c.HttpOnly)
	require.Equal(w.t, http.SameSiteLaxMode, c.SameSite)
	return r.json["url"].(string), c.Name + "=" + c.Value
}

// visit goes to the provider and comes back to the page that the callback leads to.
func (w *world) visit(p *testkit.OpenIDProvider, path, as, login string) trip {
	w.t.Helper()
	where, cookie := w.depart(0, path, as)
	return trip{cookie, w.callback(p.SignIn(w.t, where, login))}
}

func (w *world) callback(came url.Values) map[string]any {
	w.t.Helper()
	r := w.send(len(w.nodes)-1, "GET", provider.CallbackPath+"?"+came.Encode(), "", nil)
	require.Equal(w.t, http.StatusSeeOther, r.status, r.raw)
	page, rest, ok := strings.Cut(r.header.Get("Location"), "#oidc?")
	require.True(w.t, ok)
	require.Equal(w.t, "/masuk", page)
	given, err := url.ParseQuery(rest)
	require.NoError(w.t, err)
	out := map[string]any{}
	for name := range given {
		out[name] = given.Get(name)
	}
	return out
}

// enterThere signs in with what came back.
func (w *world) enterThere(t trip) reply {
	w.t.Helper()
	return w.send(len(w.nodes)-1, "POST", fromThere, "", t.came, "Cookie: "+t.cookie)
}

// arrives goes there and signs in as far as that goes.
func (w *world) arrives(p *testkit.OpenIDProvider, login string) reply {
	w.t.Helper()
	return w.enterThere(w.visit(p, askThere, "", login))
}

// Who proves to the provider who they are is signed in: at first as whose login the provider vouches for, and from then
// on as whose account was linked, whatever else the provider says.
func TestSigningInAtAProvider(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		require.Equal(t, "Penyedia", w.send(0, "GET", "/api/config", "", nil).json["provider"])
		where, _ := w.depart(0, askThere, "")
		asked, err := url.Parse(where)
		require.NoError(t, err)
		q := asked.Query()
		require.Equal(t, []string{"code", "S256", pagesAt + provider.CallbackPath, "openid email profile", ""},
			[]string{q.Get("response_type"), q.Get("code_challenge_method"), q.Get("redirect_uri"), q.Get("scope"),
				q.Get("prompt")})
		require.Empty(t, w.send(0, "GET", ownThere, sari, nil).items())

		gone := w.visit(p, askThere, "", sari)
		in := w.enterThere(gone)
		require.Equal(t, 200, in.status, in.raw)
		require.Equal(t, sari, in.json["user"].(map[string]any)["login"])
		require.NotEmpty(t, in.header.Values("Set-Cookie"))
		w.token["in"] = in.json["token"].(string)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "in", nil).status)
		require.Equal(t, "provider_late", w.enterThere(gone).code(), "a trip ends once")
		row := w.send(1, "GET", ownThere, "in", nil).items()[0]
		require.Equal(t, []any{p.Issuer, "1", "Sari@Contoh.id"}, []any{row["issuer"], row["subject"], row["name"]})
		require.NotEmpty(t, row["last_used_at"])
		taken := w.send(0, "GET", takeMine, "in", nil)
		require.Equal(t, "1", taken.list("identities")[0]["subject"], taken.raw)

		// At the provider, an address can go to somebody else: nobody becomes another by it.
		p.Rename("1", "lain@contoh.id")
		p.Rename("3", sari)
		in = w.arrives(p, "lain@contoh.id")
		require.Equal(t, 200, in.status, in.raw)
		require.Equal(t, sari, in.json["user"].(map[string]any)["login"])
		require.Equal(t, "no_account", w.arrives(p, sari).code())
		p.Rename("1", budi)
		p.Rename("2", "pindah@contoh.id")
		in = w.arrives(p, budi)
		require.Equal(t, sari, in.json["user"].(map[string]any)["login"], in.raw)
		require.Equal(t, "no_account", w.arrives(p, "pindah@contoh.id").code(), "nobody is made")

		for action, n := range map[string]int{"user.identity_linked": 1, "user.identity_used": 3,
			"user.identity_refused": 2} {
			require.Len(t, w.entries(action), n, action)
		}
		require.Contains(t, w.log.String(), "an identity was refused")
		require.NotContains(t, w.log.String(), p.ClientSecret)
	})
}

// What is not exactly what the provider has to say to this browser now opens nothing.
func TestAProviderThatIsNotBelieved(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{}, testkit.Person{Subject: "4", Login: "belum", Email: sari},
			testkit.Person{Subject: "5", Login: "mirip", Email: "ſari@contoh.id", Verified: true})
		refused := func(why, code string, r reply) {
			t.Helper()
			require.Equal(t, code, r.code(), "%s: %s", why, r.raw)
			require.Equal(t, 422, r.status, why)
			require.Empty(t, r.header.Values("Set-Cookie"), why)
			w.clock.Advance(time.Second)
		}
		// Of the trip.
		of := w.visit(p, askThere, "", sari)
		other := w.visit(p, askThere, "", sari)
		refused("the browser of somebody else", "provider_late", w.enterThere(trip{other.cookie, of.came}))
		refused("no cookie", "provider_late", w.enterThere(trip{"hadir_trip=", of.came}))
		refused("another state", "provider_late", w.enterThere(trip{of.cookie,
			map[string]any{"code": of.came["code"], "state": other.came["state"]}}))
		refused("the code of another trip", "provider_refused", w.enterThere(trip{of.cookie,
			map[string]any{"code": other.came["code"], "state": of.came["state"]}}))
		refused("again", "provider_late", w.enterThere(of))
		of = w.visit(p, askThere, "", sari)
		of.came["code"] = "karangan"
		refused("a code that nobody gave", "provider_refused", w.enterThere(of))
		of = w.visit(p, askThere, "", sari)
		of.came["iss"] = "https://tiruan.contoh.id"
		refused("another issuer", "provider_refused", w.enterThere(of))
		of = w.visit(p, askThere, "", sari)
		w.clock.Advance(account.TripTTL)
		refused("too late", "provider_late", w.enterThere(of))
		where, cookie := w.depart(0, askThere, "")
		state := w.callback(url.Values{"error": {"access_denied"}, "state": {stateOf(t, where)}})
		refused("cancelled", "provider_cancelled", w.enterThere(trip{cookie, state}))
		of = w.visit(p, beginLink, sari, sari)
		refused("a trip for something else", "provider_late", w.enterThere(of))

		// Of the token.
		for why, change := range map[string]func(claims map[string]any){
			"another nonce":      func(c map[string]any) { c["nonce"] = "lain" },
			"no nonce":           func(c map[string]any) { delete(c, "nonce") },
			"another audience":   func(c map[string]any) { c["aud"] = []string{"lain"} },
			"another party":      func(c map[string]any) { c["aud"], c["azp"] = []string{"hadir", "lain"}, "lain" },
			"another issuer":     func(c map[string]any) { c["iss"] = "https://tiruan.contoh.id" },
			"over":               func(c map[string]any) { c["exp"] = w.clock.Now().Add(-time.Second).Unix() },
			"nobody":             func(c map[string]any) { c["sub"] = "" },
			"nobody to be found": func(c map[string]any) { c["sub"] = "1 " },
		} {
			p.Token(change)
			refused(why, "provider_refused", w.arrives(p, sari))
		}
		p.Token(nil)
		for _, signature := range []string{"nobody", "stranger", "secret"} {
			p.Sign(signature)
			refused("signed by "+signature, "provider_refused", w.arrives(p, sari))
		}
		p.Sign("")

		// Of the person.
		refused("not verified", "email_unverified", w.arrives(p, "belum"))
		p.InToken()
		refused("not verified, in the token", "email_unverified", w.arrives(p, "belum"))
		refused("unknown", "no_account", w.arrives(p, "asing"))
		require.Equal(t, sari, account.NormalLogin("ſari@contoh.id"))
		refused("reads alike", "no_account", w.arrives(p, "mirip"))
		p.Token(func(c map[string]any) { delete(c, "email") })
		p.About(func(c map[string]any) { c["sub"] = "2" })
		refused("about somebody else", "no_account", w.arrives(p, sari))
		p.Token(nil)
		p.About(nil)
		u, _, err := w.store.Users.UserByLogin(t.Context(), sari)
		require.NoError(t, err)
		disable := func(at *time.Time) {
			_, err := w.store.Users.UpdateUser(t.Context(), ledger.Actor{}, u.ID, func(u *account.User) error {
				u.DisabledAt = at
				return nil
			})
			require.NoError(t, err)
		}
		now := w.clock.Now()
		disable(&now)
		refused("closed", "no_account", w.arrives(p, sari))
		disable(nil)
		require.Empty(t, w.entries("user.identity_linked"))
		in := w.arrives(p, sari)
		require.Equal(t, 200, in.status, in.raw)
		disable(&now)
		refused("linked and closed", "no_account", w.arrives(p, sari))
		require.Contains(t, w.log.String(), "another nonce")
		require.Len(t, w.entries("user.identity_refused"), 7)
	})
}

func stateOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Query().Get("state")
}

// A provider that is away keeps nobody from starting, and people are told; what fails is not counted against them.
func TestAProviderThatIsAway(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		p.Away(true)
		ask := func() reply { return w.send(0, "POST", askThere, "", map[string]any{}, "Accept-Language: en") }
		for range 30 { // seconds
			r := ask()
			require.Equal(t, []any{503, "provider_away"}, []any{r.status, r.code()}, r.raw)
			require.Contains(t, r.json["detail"], "identity provider cannot be reached")
			require.Equal(t, 503, ask().status)
			w.clock.Advance(time.Second)
		}
		require.Equal(t, 5, p.TurnedAway(), "it is asked after 1, 2, 4 and 8 seconds more")
		p.Away(false)
		require.Equal(t, 503, ask().status, "it was asked a moment ago")
		w.clock.Advance(time.Minute)
		require.Equal(t, 200, w.arrives(p, sari).status)
		gone := w.visit(p, askThere, "", sari)
		p.Away(true)
		r := w.enterThere(gone)
		require.Equal(t, "provider_away", r.code(), r.raw)
		p.Away(false)
		require.Equal(t, "provider_late", w.enterThere(gone).code(), "a trip ends once")
		require.Equal(t, 200, w.arrives(p, sari).status)

		// One that has too much to do refuses nobody, however many come back meanwhile.
		for path, statuses := range map[string][]int{"/oauth/token": {429, 500, 502, 503},
			"/userinfo": {429, 500, 408}} {
			for i := range 24 {
				p.Fail(path, statuses[i%len(statuses)])
				r := w.arrives(p, budi)
				require.Equal(t, []any{503, "provider_away"}, []any{r.status, r.code()}, "%s: %s", path, r.raw)
			}
		}
		p.Fail("", 0)
		for _, code := range []string{"temporarily_unavailable", "server_error"} {
			where, cookie := w.depart(0, askThere, "")
			came := w.callback(url.Values{"error": {code}, "state": {stateOf(t, where)}})
			require.Equal(t, "provider_away", w.enterThere(trip{cookie, came}).code(), code)
		}
		require.Empty(t, w.entries("user.identity_refused"))
		require.Equal(t, 200, w.arrives(p, budi).status)
		w.clock.Advance(2 * time.Hour)
		p.Away(true)
		before := p.TurnedAway()
		require.Equal(t, 200, ask().status, "what is known goes on to count")
		require.Equal(t, before+1, p.TurnedAway(), "although it was asked again in vain")
		p.Away(false)
	})
}

// Where something else answers at the provider's address, nobody is told to try again in a moment.
func TestAnAddressThatIsNoProvider(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		p.Fail("/.well-known/openid-configuration", http.StatusNotFound)
		r := w.send(0, "POST", askThere, "", map[string]any{})
		require.Equal(t, []any{422, "provider_unsound"}, []any{r.status, r.code()}, r.raw)
		require.Contains(t, r.json["detail"], "belum diatur sebagaimana mestinya")
		require.Contains(t, w.log.String(), "no OpenID Connect provider of that name answers at HADIR_OIDC_ISSUER")
	})
}

// A provider that refuses to tell who somebody is will refuse again: people are told something else than that it is
// away, and the log why. Whose identity is linked needs no such answer.
func TestAProviderThatDoesNotTellWhoItIs(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		require.Equal(t, 200, w.arrives(p, sari).status)
		for _, status := range []int{400, 401, 403, 404} {
			p.Fail("/userinfo", status)
			r := w.arrives(p, budi)
			require.Equal(t, []any{422, "provider_untold"}, []any{r.status, r.code()}, "%d: %s", status, r.raw)
			require.Contains(t, r.json["detail"], "menolak memberitahukan akun mana")
			require.Contains(t, w.log.String(), fmt.Sprintf("does not tell about users: status %d", status))
			require.Equal(t, 200, w.arrives(p, sari).status)
		}
		require.Empty(t, w.entries("user.identity_refused"), "it is nobody's fault")
		p.Fail("", 0)
		require.Equal(t, 200, w.arrives(p, budi).status)
	})
}

// Who was not told of a provider has none.
func TestNoProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	require.NotContains(t, w.send(0, "GET", "/api/config", "", nil).json, "provider")
	for path, as := range map[string]string{askThere: "", fromThere: "", ownThere: "jkt-1", beginLink: "jkt-1",
		ownThere + "/ask": "jkt-1"} {
		r := w.send(0, "POST", path, as, map[string]any{"state": "x"})
		if path == askThere || path == beginLink || path == ownThere+"/ask" {
			r = w.send(0, "POST", path, as, map[string]any{})
		}
		require.Equal(t, []any{409, "provider_off"}, []any{r.status, r.code()}, "%s: %s", path, r.raw)
	}
	require.Equal(t, map[string]any{"linked": false, "items": []any{}},
		w.send(0, "GET", ownThere, "jkt-1", nil).json)
}

// An account with a second factor is neither opened nor linked before that was given.
func TestAProviderAndASecondFactor(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		_, codes := w.setUpFactor(sari, password)
		for _, again := range []bool{false, true} {
			r := w.arrives(p, sari)
			require.Equal(t, 202, r.status, r.raw)
			require.Empty(t, r.json["token"])
			if !again {
				require.Empty(t, w.entries("user.identity_linked"))
			}
			require.Equal(t, 422, w.loginCode(0, r.json["pending"].(string), "123456").status)
			if !again {
				require.Empty(t, w.entries("user.identity_linked"))
			}
			in := w.loginCode(1, r.json["pending"].(string), codes[0])
			require.Equal(t, 200, in.status, in.raw)
			require.Len(t, w.entries("user.identity_linked"), 1)
			codes = codes[1:]
			require.Equal(t, 401, w.loginCode(0, r.json["pending"].(string), codes[0]).status, "it goes on once")
		}
		require.Len(t, w.entries("user.identity_used"), 2)
		// What was linked otherwise meanwhile is not taken.
		p.Rename("3", "sari3@contoh.id")
		waits := w.arrives(p, sari)
		require.Equal(t, 202, waits.status, waits.raw)
		u, _, err := w.store.Users.UserByLogin(t.Context(), sari)
		require.NoError(t, err)
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("/api/users/%d/oidc", u.ID), budi, nil).status)
		require.Equal(t, 401, w.loginCode(0, waits.json["pending"].(string), codes[0]).status, "it was ended")
	})
}

// Somebody who is signed in links their account to whoever they are at the provider, and ends that; the same identity
// opens no two accounts.
func TestLinkingAnAccount(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{Confirm: confirmWithin})
		link := func(node int, as string, t trip) reply {
			return w.send(node, "POST", ownThere, as, t.came, "Cookie: "+t.cookie)
		}
		of := w.visit(p, beginLink, sari, "asing")
		require.Equal(t, "provider_late", link(0, budi, of).code(), "it is somebody else's")
		of = w.visit(p, beginLink, sari, "asing")
		w.signIn(1, "desk", sari, password)
		require.Equal(t, "provider_late", link(1, "desk", of).code(), "it is another session's")
		of = w.visit(p, beginLink, sari, "asing")
		linked := link(1, sari, of)
		require.Equal(t, 201, linked.status, linked.raw)
		require.Equal(t, "asing@contoh.id", linked.json["name"])
		in := w.arrives(p, "asing")
		require.Equal(t, 200, in.status, in.raw)
		require.Equal(t, sari, in.json["user"].(map[string]any)["login"])

		r := link(0, budi, w.visit(p, beginLink, budi, "asing"))
		require.Equal(t, []any{409, "identity_taken"}, []any{r.status, r.code()}, r.raw)
		r = link(0, sari, w.visit(p, beginLink, sari, budi))
		require.Equal(t, []any{409, "identity_taken"}, []any{r.status, r.code()}, r.raw)

		row := w.send(0, "GET", ownThere, sari, nil).items()[0]
		own := fmt.Sprintf("%s/%v", ownThere, row["id"])
		require.Equal(t, 404, w.send(0, "DELETE", own, budi, nil).status)
		w.clock.Advance(confirmWithin)
		require.Equal(t, "confirmation_required", w.send(0, "POST", beginLink, sari, map[string]any{}).code())
		require.Equal(t, "confirmation_required", w.send(0, "DELETE", own, sari, nil).code())
		confirmed := w.send(0, "POST", confirmPath, sari, map[string]any{"password": password})
		require.Equal(t, 200, confirmed.status, confirmed.raw)
		require.Equal(t, 204, w.send(0, "DELETE", own, sari, nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", own, sari, nil).status)
		require.Equal(t, "no_account", w.arrives(p, "asing").code())
		require.Len(t, w.entries("user.identity_unlinked"), 1)

		// An administrator ends it for somebody, and what they opened with it.
		in = w.arrives(p, sari)
		require.Equal(t, 200, in.status, in.raw)
		w.token["there"] = in.json["token"].(string)
		w.signIn(0, budi, budi, password)
		theirs := fmt.Sprintf("/api/users/%v/oidc", in.json["user"].(map[string]any)["id"])
		require.Equal(t, 204, w.send(0, "DELETE", theirs, budi, nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", theirs, budi, nil).status)
		require.Equal(t, 401, w.send(1, "GET", "/api/me", "there", nil).status)
	})
}
