package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/passkey"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/stretchr/testify/require"
)

// A passkey is added once to an account, asked for after the password, and enough without it; whatever is not as it
// must be opens nothing.
func TestPasskeys(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "jkt-1", api.Options{})
		w.signIn(1, "desk", "jkt-1", password)
		require.Equal(t, true, w.send(1, "GET", "/api/config", "", nil).json["passkeys"])
		phone := w.newDevice()
		asked := w.askPasskey(0, beginAdding, "jkt-1", map[string]any{})
		for name, where := range map[string]virtual.RelyingParty{
			"another origin": {ID: site.ID, Origin: "https://hadir.contoh.id.tiruan.id"},
			"another domain": {ID: "tiruan.id", Origin: site.Origin},
		} {
			r := w.send(0, "POST", mine, "jkt-1", map[string]any{"name": "x", "credential": phone.made(asked, where)})
			require.Equal(t, "passkey_wrong", r.code(), "%s: %s", name, r.raw)
			asked = w.askPasskey(1, beginAdding, "jkt-1", map[string]any{})
		}
		phone.auth.Options.UserNotVerified = true
		r := w.send(0, "POST", mine, "jkt-1", map[string]any{"name": "x", "credential": phone.made(asked, site)})
		require.Equal(t, 422, r.status, "nobody showed a fingerprint: %s", r.raw)
		require.Equal(t, "passkey_wrong", r.code())
		phone.auth.Options.UserNotVerified = false
		body := map[string]any{"name": "  Ponsel   saya ", "credential": phone.made(asked, site)}
		require.Equal(t, "passkey_late", w.send(0, "POST", mine, "jkt-1", body).code(), "a question is asked once")
		asked = w.askPasskey(1, beginAdding, "jkt-1", map[string]any{})
		body["credential"] = phone.made(asked, site)
		require.Equal(t, "passkey_late", w.send(0, "POST", mine, "desk", body).code(), "it is another session's")
		added := w.send(0, "POST", mine, "jkt-1", body)
		require.Equal(t, 201, added.status, added.raw)
		require.Len(t, added.json["codes"], account.RecoveryCodes)
		require.Equal(t, "Ponsel saya", added.json["passkey"].(map[string]any)["name"])
		require.Equal(t, 401, w.send(1, "GET", "/api/me", "desk", nil).status, "it began without a second factor")
		state := w.send(1, "GET", "/api/me/second-factor", "jkt-1", nil).json
		require.NotEmpty(t, state["since"])
		require.Equal(t, []any{false, 1.0, 10.0}, []any{state["app"], state["passkeys"], state["recovery_codes"]})
		again := phone.made(w.askPasskey(0, beginAdding, "jkt-1", map[string]any{}), site)
		require.Equal(t, 409, w.send(0, "POST", mine, "jkt-1", map[string]any{"name": "x", "credential": again}).status)

		// After the password.
		right := w.send(0, "POST", "/api/login", "", map[string]string{"login": "jkt-1", "password": password})
		require.Equal(t, 202, right.status, right.raw)
		require.Equal(t, true, right.json["passkey"])
		pending := right.json["pending"].(string)
		asked = w.askPasskey(1, askDoor, "", map[string]string{"pending": pending})
		require.Contains(t, asked, `"allowCredentials":[{"type":"public-key"`)
		proof := phone.proof(asked, site)
		other := w.passwordOnlyToo(1, "jkt-1")
		require.Equal(t, "passkey_late",
			w.send(0, "POST", door, "", map[string]any{"pending": other, "credential": proof}).code())
		require.Equal(t, "passkey_late", w.send(0, "POST", door, "", map[string]any{"credential": proof}).code())
		in := w.send(0, "POST", door, "", map[string]any{"pending": pending, "credential": proof})
		require.Equal(t, 200, in.status, in.raw)
		require.NotEmpty(t, in.header.Get("Set-Cookie"))
		w.token["in"] = in.json["token"].(string)
		require.Equal(t, 200, w.send(1, "GET", "/api/me", "in", nil).status)
		require.Equal(t, 401, w.send(1, "POST", askDoor, "", map[string]string{"pending": pending}).status)
		recovery := added.json["codes"].([]any)[0].(string)
		require.Equal(t, 200, w.loginCode(0, other, recovery).status, "recovery codes are the way back")

		// Instead of it.
		asked = w.askPasskey(0, askDoor, "", map[string]any{})
		require.Contains(t, asked, `"allowCredentials":[]`)
		proof = phone.proof(asked, site)
		in = w.send(1, "POST", door, "", map[string]any{"credential": proof})
		require.Equal(t, 200, in.status, in.raw)
		require.Equal(t, "jkt-1", in.json["user"].(map[string]any)["login"])
		require.Equal(t, "passkey_late", w.send(0, "POST", door, "", map[string]any{"credential": proof}).code())
		require.NotEmpty(t, w.send(0, "GET", mine, "in", nil).items()[0]["last_used_at"])

		log := w.send(0, "GET", "/api/audit?action=user.&limit=100", "admin", nil)
		require.Contains(t, log.raw, "user.passkey_added")
		require.NotContains(t, log.raw, recovery)
		taken := w.send(0, "GET", takeMine, "in", nil)
		require.Equal(t, "Ponsel saya", taken.list("passkeys")[0]["name"])
		require.NotContains(t, taken.raw, "public_key")
	})
}

// passwordOnlyToo is passwordOnly for an account with a passkey.
func (w *world) passwordOnlyToo(node int, login string) string {
	w.t.Helper()
	r := w.send(node, "POST", "/api/login", "", map[string]string{"login": login, "password": password})
	require.Equal(w.t, http.StatusAccepted, r.status, r.raw)
	return r.json["pending"].(string)
}

// What a device answers opens nothing when it is late, of a copy, of somebody who may not come in, not of this site, or
// not signed by who it says.
func TestPasskeysThatAreRefused(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "cabang", api.Options{})
		phone, _ := w.addPasskey("cabang", "Ponsel")
		wrong := func(why string, change func(d *device, at *virtual.RelyingParty), want string) {
			t.Helper()
			copied, at := *phone, site
			change(&copied, &at)
			asked := w.askPasskey(0, askDoor, "", map[string]any{})
			proof := copied.proof(asked, at)
			if want == "passkey_late" {
				w.clock.Advance(account.PasskeyTTL)
			}
			r := w.send(1, "POST", door, "", map[string]any{"credential": proof})
			require.Equal(t, want, r.code(), "%s: %s", why, r.raw)
			require.Equal(t, 422, r.status, why)
			w.clock.Advance(time.Hour) // what failed is forgiven
		}
		wrong("five minutes later", func(*device, *virtual.RelyingParty) {}, "passkey_late")
		wrong("no person verified", func(d *device, _ *virtual.RelyingParty) { d.auth.Options.UserNotVerified = true },
			"passkey_wrong")
		wrong("nobody present", func(d *device, _ *virtual.RelyingParty) { d.auth.Options.UserNotPresent = true },
			"passkey_wrong")
		wrong("a page of another origin", func(_ *device, at *virtual.RelyingParty) { at.Origin = "https://tiruan.id" },
			"passkey_wrong")
		wrong("another domain", func(_ *device, at *virtual.RelyingParty) { at.ID = "contoh.id" }, "passkey_wrong")
		wrong("nobody named", func(d *device, _ *virtual.RelyingParty) { d.auth.Options.UserHandle = nil },
			"passkey_wrong")
		wrong("somebody else named", func(d *device, _ *virtual.RelyingParty) {
			d.auth.Options.UserHandle = account.PasskeyHandle(1)
		}, "passkey_wrong")
		wrong("another key", func(d *device, _ *virtual.RelyingParty) {
			d.key = newKey()
			d.key.ID = phone.key.ID
		}, "passkey_wrong")
		wrong("unknown", func(d *device, _ *virtual.RelyingParty) { d.key = newKey() },
			"passkey_wrong")
		require.Equal(t, 200, phone.enter(0).status)
		phone.key.Counter = 0 // a copy that was made before
		require.Equal(t, "passkey_wrong", phone.enter(1).code())
		require.Len(t, w.entries("user.passkey_doubted"), 1)
		phone.key.Counter = 10
		in := phone.enter(0)
		require.Equal(t, 200, in.status, in.raw)

		// Its owner gives it another name; nobody else does.
		id := fmt.Sprintf("%s/%v", mine, w.send(0, "GET", mine, "cabang", nil).items()[0]["id"])
		for _, method := range []string{"PATCH", "DELETE"} {
			require.Equal(t, 404, w.send(0, method, id, "jkt-2", map[string]string{"name": "milik orang"}).status)
		}
		require.Equal(t, "Laptop kantor",
			w.send(0, "PATCH", id, "cabang", map[string]string{"name": "Laptop kantor"}).json["name"])
		u, _, err := w.store.Users.UserByLogin(t.Context(), "cabang")
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
		require.Equal(t, "passkey_wrong", phone.enter(0).code(), "the account is closed")
		disable(nil)
		w.token["in"] = phone.enter(0).json["token"].(string)
		require.Equal(t, 204, w.send(1, "DELETE", id, "in", nil).status)
		require.Equal(t, "passkey_wrong", phone.enter(0).code(), "it was removed")
		w.signIn(0, "again", "cabang", password)
		require.Equal(t, map[string]any{"app": false, "passkeys": 0.0, "usable_passkeys": 0.0,
			"recovery_codes": 0.0, "required": false},
			w.send(0, "GET", "/api/me/second-factor", "again", nil).json)
		for _, action := range []string{"user.passkey_renamed", "user.passkey_removed"} {
			require.Len(t, w.entries(action), 1, action)
		}
		require.Contains(t, w.log.String(), "a passkey's answer was refused")
		n, err := w.store.DB.Read().NewSelect().Table("passkey_challenges").Count(t.Context())
		require.NoError(t, err)
		require.NotZero(t, n, "the late ones")
		w.clock.Advance(account.PasskeyTTL)
		_, err = w.store.Sessions.DeleteExpiredSessions(t.Context(), 100)
		require.NoError(t, err)
		n, err = w.store.DB.Read().NewSelect().Table("passkey_challenges").Count(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// An app and passkeys stand beside each other: each goes by itself, and what is left keeps the account.
func TestAPasskeyBesideAnApp(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "jkt-1", api.Options{})
		phone, added := w.addPasskey("jkt-1", "Ponsel")
		codes := added.json["codes"].([]any)
		begun := w.send(0, "POST", "/api/me/second-factor", "jkt-1", map[string]string{"password": password})
		require.Equal(t, 200, begun.status, begun.raw)
		key := begun.json["secret"].(string)
		require.Equal(t, 422, w.loginCode(0, w.passwordOnlyToo(0, "jkt-1"), w.appCode(key, 0)).status,
			"nobody gave a code of this app yet")
		require.EqualValues(t, 10, w.send(0, "GET", "/api/me/second-factor", "jkt-1", nil).json["recovery_codes"])
		w.signInPasskey(phone, "elsewhere")
		on := w.send(0, "POST", "/api/me/second-factor/confirm", "jkt-1", map[string]string{"code": w.appCode(key, 0)})
		require.Equal(t, 200, on.status, on.raw)
		require.Empty(t, on.json["codes"], "the earlier ones stay")
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "elsewhere", nil).status, "it began with two factors")
		w.clock.Advance(2 * time.Minute)
		require.Equal(t, 200, w.loginCode(0, w.passwordOnlyToo(0, "jkt-1"), w.appCode(key, 0)).status)
		_, more := w.addPasskey("jkt-1", "Laptop")
		require.Empty(t, more.json["codes"])
		rows := w.send(0, "GET", mine, "jkt-1", nil).items()
		require.Equal(t, "Laptop", rows[0]["name"])
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("%s/%v", mine, rows[0]["id"]), "jkt-1", nil).status)

		// A passkey is as good as a code where a code is asked for.
		prove := func(path string) reply {
			asked := w.askPasskey(0, askMine, "jkt-1", map[string]any{})
			return w.send(1, "POST", path, "jkt-1",
				map[string]any{"password": password, "passkey": phone.proof(asked, site)})
		}
		renewed := prove("/api/me/second-factor/recovery-codes")
		require.Equal(t, 200, renewed.status, renewed.raw)
		require.NotContains(t, renewed.json["codes"], codes[0])
		require.Equal(t, 204, prove("/api/me/second-factor/off").status)
		require.Equal(t, 404, prove("/api/me/second-factor/off").status, "there is no app any more")
		state := w.send(0, "GET", "/api/me/second-factor", "jkt-1", nil).json
		require.Equal(t, []any{false, 1.0, 10.0}, []any{state["app"], state["passkeys"], state["recovery_codes"]})
		w.clock.Advance(2 * time.Minute)
		require.Equal(t, 422, w.loginCode(0, w.passwordOnlyToo(0, "jkt-1"), w.appCode(key, 0)).status)

		row := w.send(0, "GET", "/api/users?q=jkt-1", "admin", nil).items()[0]
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("/api/users/%v/second-factor", row["id"]), "admin", nil).
			status)
		require.Equal(t, "passkey_wrong", phone.enter(0).code())
		w.signIn(0, "jkt-1", "jkt-1", password)
		require.Empty(t, w.send(0, "GET", mine, "jkt-1", nil).items())
	})
}

// signInPasskey signs in with a device under a name.
func (w *world) signInPasskey(d *device, as string) {
	w.t.Helper()
	in := d.enter(0)
	require.Equal(w.t, 200, in.status, in.raw)
	w.token[as] = in.json["token"].(string)
}

// Adding and removing passkeys needs a fresh confirmation, which a passkey gives as well as a code does. Whoever needs
// a second factor sets it up so.
func TestConfirmingWithAPasskey(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "admin", api.Options{Confirm: confirmWithin, SecondFactor: []account.Role{account.RoleAdmin}})
		w.clock.Advance(confirmWithin)
		require.Equal(t, "second_factor_required", w.send(0, "GET", "/api/users", "admin", nil).code())
		require.Equal(t, "confirmation_required", w.send(0, "POST", beginAdding, "admin", map[string]any{}).code())
		require.Equal(t, 200, w.confirm(1, "admin", "password", password).status)
		require.Equal(t, "second_factor_required", w.send(0, "POST", askMine, "admin", map[string]any{}).code())
		phone, _ := w.addPasskey("admin", "Ponsel")
		require.Equal(t, 201, w.makeUser(0, "admin", "satu").status)
		w.clock.Advance(confirmWithin)
		id := fmt.Sprintf("%s/%v", mine, w.send(0, "GET", mine, "admin", nil).items()[0]["id"])
		for _, r := range []reply{w.makeUser(1, "admin", "dua"), w.send(0, "DELETE", id, "admin", nil),
			w.send(0, "POST", mine, "admin", map[string]any{})} {
			require.Equal(t, "confirmation_required", r.code())
		}
		require.Equal(t, 422, w.confirm(0, "admin", "password", password).status, "the password is not enough")
		const app = "/api/me/second-factor"
		secret, code := map[string]any{"password": password}, map[string]any{"code": "123456"}
		for path, body := range map[string]map[string]any{app: secret, app + "/confirm": code} {
			require.Equal(t, "confirmation_required", w.send(0, "POST", path, "admin", body).code(),
				"nor is it enough for an app that would confirm as well")
		}
		confirm := func(node int, as string, proof map[string]any) reply {
			return w.send(node, "POST", "/api/me/confirm", as, map[string]any{"passkey": proof})
		}
		proof := phone.proof(w.askPasskey(0, askDoor, "", map[string]any{}), site)
		require.Equal(t, "passkey_late", confirm(0, "admin", proof).code(), "it was asked for to sign in")
		w.signInPasskey(phone, "elsewhere")
		w.clock.Advance(confirmWithin)
		proof = phone.proof(w.askPasskey(0, askMine, "admin", map[string]any{}), site)
		require.Equal(t, "passkey_late", confirm(1, "elsewhere", proof).code(), "it was asked for by another session")
		require.Equal(t, "passkey_late",
			w.send(0, "POST", door, "", map[string]any{"credential": proof}).code(), "nor does it open the door")
		require.Equal(t, 200, confirm(1, "admin", proof).status)
		require.Equal(t, 201, w.makeUser(0, "admin", "dua").status)
		require.Equal(t, 403, w.makeUser(0, "elsewhere", "tiga").status)
		require.Len(t, w.entries("user.confirmed"), 2)
		require.Equal(t, 204, w.send(0, "DELETE", id, "admin", nil).status)
		require.Equal(t, "second_factor_required", w.makeUser(0, "admin", "empat").code())
		require.Equal(t, 404, w.send(0, "POST", askMine, "jkt-1", map[string]any{}).status, "who has none")
	})
}

// Answers are counted as codes are, over all nodes, and so are questions of one network.
func TestPasskeysAreNotGuessed(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "ops", api.Options{})
		phone, _ := w.addPasskey("ops", "Ponsel")
		count := map[string]int{}
		for i := range 12 {
			asked := w.askPasskey(i%2, askDoor, "", map[string]any{})
			forged := *phone
			forged.key.Key = newKey().Key
			count[w.send(i%2, "POST", door, "", map[string]any{"credential": forged.proof(asked, site)}).code()]++
		}
		require.Equal(t, 5, count["passkey_wrong"], "%v", count)
		require.Equal(t, 12, count["passkey_wrong"]+count["throttled"], "%v", count)
		waits := phone.enter(0)
		require.Equal(t, 429, waits.status, waits.raw)
		require.NotEmpty(t, waits.header.Get("Retry-After"))
		require.NotEmpty(t, w.entries("user.sign_in_failed"))
		w.clock.Advance(16 * time.Minute)
		require.Equal(t, 200, phone.enter(0).status)

		var flood error
		for i := range 1001 {
			c := account.Challenge{Use: account.ToSignIn, Hash: account.HashToken(fmt.Sprint(i))}
			if flood = w.store.Passkeys.AddChallenge(t.Context(), c, "127.0.0.1"); flood != nil {
				break
			}
		}
		require.Equal(t, account.CodeThrottled, attendance.CodeOf(flood))
		require.Equal(t, 429, w.send(0, "POST", askDoor, "", map[string]any{}).status)
		w.clock.Advance(account.PasskeyTTL)
		require.Equal(t, 200, phone.enter(0).status)
	})
}

// Of several answers to one question one counts, and two of one counter are one too many.
func TestPasskeysAtOnce(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "ops", api.Options{})
		phone, _ := w.addPasskey("ops", "Ponsel")
		at := func(bodies ...map[string]any) map[int]int {
			answers := make(chan int, len(bodies))
			for i, b := range bodies {
				go func() { answers <- w.send(i%2, "POST", door, "", map[string]any{"credential": b}).status }()
			}
			count := map[int]int{}
			for range bodies {
				count[<-answers]++
			}
			return count
		}
		one := phone.proof(w.askPasskey(0, askDoor, "", map[string]any{}), site)
		require.Equal(t, map[int]int{200: 1, 422: 2}, at(one, one, one))
		first := phone.proof(w.askPasskey(0, askDoor, "", map[string]any{}), site)
		phone.key.Counter--
		second := phone.proof(w.askPasskey(1, askDoor, "", map[string]any{}), site)
		require.Equal(t, map[int]int{200: 1, 422: 1}, at(first, second))
	})
}

// Twenty passkeys are enough for anybody.
func TestTooManyPasskeys(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		withPasskeys(w, "jkt-1", api.Options{})
		u, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
		require.NoError(t, err)
		w.token["jkt-1"] = w.newSession(u)
		before := w.askPasskey(0, beginAdding, "jkt-1", map[string]any{})
		for i := range account.MaxPasskeys {
			k := account.Passkey{Name: fmt.Sprint(i), Domain: site.ID, Credential: []byte{byte(i)},
				PublicKey: []byte{1}}
			_, _, err := w.store.Passkeys.Add(t.Context(), ledger.Actor{}, accounts.Session{UserID: u.ID}, k)
			require.NoError(t, err)
		}
		d := w.newDevice()
		late := map[string]any{"name": "satu lagi", "credential": d.made(before, site)}
		for path, body := range map[string]map[string]any{beginAdding: {}, mine: late} {
			r := w.send(0, "POST", path, "jkt-1", body)
			require.Equal(t, 409, r.status, r.raw)
			require.Contains(t, r.raw, "Sudah ada 20 passkey; hapus salah satu.")
		}
	})
}

// Where nobody said at which address people open the pages, passkeys go by the host that a request names, unless a
// proxy may have put in another one, and not by a bare address.
func TestWherePasskeysCanBeUsed(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		asked := w.node(api.Options{Passkeys: passkey.Options{AsAsked: true}})
		w.nodes = []string{strings.Replace(asked, "127.0.0.1", "localhost", 1), asked, w.node(api.Options{})}
		for node, want := range []bool{true, false, false} {
			require.Equal(t, want, w.send(node, "GET", "/api/config", "", nil).json["passkeys"], node)
			r := w.send(node, "POST", askDoor, "", map[string]any{})
			if want {
				require.Equal(t, "localhost", r.json["rpId"])
				continue
			}
			for _, r := range []reply{r, w.send(node, "POST", beginAdding, "jkt-1", map[string]any{}),
				w.send(node, "POST", askMine, "jkt-1", map[string]any{})} {
				require.Equal(t, 409, r.status, r.raw)
				require.Equal(t, "passkeys_off", r.code())
			}
		}
		here := virtual.RelyingParty{ID: "localhost", Origin: w.nodes[0]}
		d := w.newDevice()
		made := d.made(w.askPasskey(0, beginAdding, "jkt-1", map[string]any{}), here)
		for name, broken := range map[string]map[string]any{"no answer": {}, "no base64": {"id": "%", "rawId": "%"}} {
			body := maps.Clone(made)
			maps.Copy(body, broken)
			if name == "no answer" {
				body["response"] = map[string]any{"clientDataJSON": "x", "attestationObject": "x"}
			}
			r := w.send(0, "POST", mine, "jkt-1", map[string]any{"name": "x", "credential": body})
			require.Equal(t, "passkey_wrong", r.code(), "%s: %s", name, r.raw)
		}
		r := w.send(0, "POST", mine, "jkt-1", map[string]any{"name": "x", "credential": made})
		require.Equal(t, 201, r.status, r.raw)
	})
}
