package api_test

import (
	"net/http"
	"testing"
	"time"

	"hadir/api"

	"github.com/stretchr/testify/require"
)

// Administrators give accounts an address; it counts once its user showed to have it, and no two have the same.
func TestAddressesOfAccounts(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		made := p.send(0, "POST", "/api/users", "admin", map[string]any{"login": "budi", "name": "Budi", "role": "ops",
			"email": "Budi@Contoh.id", "locale": "en"})
		require.Equal(t, 201, made.status, made.raw)
		require.Equal(t, "budi@contoh.id", made.json["email"])
		require.NotContains(t, made.json, "email_verified_at")
		link := p.one("budi@contoh.id")
		require.Equal(t, "Confirm your e-mail address", link.subject)
		require.Equal(t, http.StatusAccepted, p.ask("budi").status)
		require.Empty(t, p.letters(), "whoever typed it may have mistyped it")

		// Only the account itself can show it: a link that went astray is of no use to a stranger.
		require.Equal(t, "link_over", p.verify("cabang", link.token).code())
		p.signIn(0, "budi", "budi", made.json["password"].(string))
		require.Equal(t, 403, p.send(0, "GET", "/api/me/sessions", "budi", nil).status, "the password is due first")
		require.Equal(t, 200, p.verify("budi", link.token).status)
		require.Equal(t, "link_over", p.verify("budi", link.token).code(), "once")
		p.link("budi", "budi@contoh.id")
		require.Len(t, p.entries("user.email_verified"), 1)

		for _, body := range []map[string]any{{"email": "BUDI@contoh.id"}} {
			r := p.send(0, "PATCH", p.userPath("ops"), "admin", body)
			require.Equal(t, 409, r.status, r.raw)
			require.Equal(t, "email", fieldOf(r))
			r = p.send(0, "PATCH", "/api/me/email", "ops", body)
			require.Equal(t, 409, r.status, r.raw)
			require.Equal(t, "email", fieldOf(r))
		}
		r := p.send(0, "POST", "/api/users", "admin", map[string]any{"login": "budi-2", "name": "Budi", "role": "ops",
			"email": "budi@contoh.id"})
		require.Equal(t, 409, r.status, r.raw)
		require.Equal(t, "email", fieldOf(r))
		r = p.send(0, "POST", "/api/users", "admin", map[string]any{"login": "budi", "name": "Budi", "role": "ops"})
		require.Equal(t, "login", fieldOf(r))
		for _, wrong := range []string{"budi", "Budi <b@contoh.id>", "a@b@c", "a@contoh.id, b@contoh.id",
			"a b@contoh.id"} {
			r := p.send(0, "PATCH", "/api/me/email", "cabang", map[string]any{"email": wrong})
			require.Equal(t, 422, r.status, r.raw)
			require.Equal(t, "email", fieldOf(r))
			w.clock.Advance(2 * time.Minute)
		}

		// Who moves is asked at the new address, and told at the old one.
		moved := p.send(0, "PATCH", p.userPath("budi"), "admin", map[string]any{"email": "baru@contoh.id"})
		require.Equal(t, 200, moved.status, moved.raw)
		require.NotContains(t, moved.json, "email_verified_at")
		got := map[string]string{}
		for _, l := range p.letters() {
			got[l.to] = l.subject
		}
		require.Equal(t, map[string]string{"baru@contoh.id": "Confirm your e-mail address",
			"budi@contoh.id": "Your account at Hadir has another e-mail address"}, got)
		require.Equal(t, 204, p.changePassword(0, "budi", made.json["password"].(string), another).status)
		require.Equal(t, http.StatusAccepted, p.send(0, "POST", "/api/me/email/link", "budi", nil).status)
		require.Equal(t, 200, p.verify("budi", p.one("baru@contoh.id").token).status)
		require.Equal(t, http.StatusAccepted, p.send(0, "POST", "/api/me/email/link", "budi", nil).status)
		require.Empty(t, p.letters(), "it is known")
	})
}

// Somebody who had the password gave the account an address of their own. It is no way back in once an administrator,
// or the command, gave another password; the own change of a password keeps it.
func TestAnAddressEndsWithAPasswordOfAnother(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "penyusup@contoh.id")
		require.Equal(t, 204, p.changePassword(0, "one", password, another).status)
		p.link("jkt-1", "penyusup@contoh.id")
		for name, give := range map[string]func() string{
			"an administrator": func() string {
				r := p.send(0, "POST", p.userPath("jkt-1")+"/password", "admin", map[string]any{})
				require.Equal(t, 200, r.status, r.raw)
				require.NotContains(t, r.json, "email_verified_at")
				return r.json["password"].(string)
			},
			"the command": func() string {
				p.withPassword("jkt-1", password)
				return password
			},
		} {
			w.clock.Advance(2 * time.Hour)
			doubted := len(p.entries("user.updated"))
			given := give()
			require.Len(t, p.entries("user.updated"), doubted+1, name)
			proof := p.one("penyusup@contoh.id")
			require.Equal(t, http.StatusAccepted, p.ask("jkt-1").status)
			require.Empty(t, p.letters(), name)
			require.Equal(t, "link_over", p.verify("jkt-2", proof.token).code(), "only in a session of the account")
			p.signIn(0, "one", "jkt-1", given)
			require.Equal(t, 200, p.verify("one", proof.token).status, "who has the password shows it again")
			p.link("jkt-1", "penyusup@contoh.id")
		}
	})
}

// The own address is changed by whoever just proved who they are, and not without end.
func TestTheOwnAddressIsGuarded(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		w.nodes = []string{w.node(api.Options{MailResets: true, Confirm: confirmWithin})}
		w.withPassword("admin", password)
		w.signIn(0, "admin", "admin", password)
		w.clock.Advance(confirmWithin)
		change := func(address string) reply {
			return w.send(0, "PATCH", "/api/me/email", "admin", map[string]string{"email": address})
		}
		require.Equal(t, "confirmation_required", change("admin@contoh.id").code())
		require.Equal(t, 200, w.confirm(0, "admin", "password", password).status)
		require.Equal(t, 200, change("admin@contoh.id").status)
		var last reply
		for range 8 {
			last = w.send(0, "POST", "/api/me/email/link", "admin", nil)
		}
		require.Equal(t, http.StatusTooManyRequests, last.status, last.raw)
	})
}

// Who types somebody's address first does not keep its owner out: it is theirs who show to have it.
func TestATypedAddressIsNobodysYet(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		type typed struct{ as, method, path string }
		mine := func(as string) typed { return typed{as, "PATCH", "/api/me/email"} }
		body := map[string]any{"email": "bos@contoh.id"}
		var links []string
		third := typed{"admin", "PATCH", p.userPath("mks-3")}
		for _, by := range []typed{mine("jkt-1"), mine("jkt-2"), third, mine("cabang")} {
			r := p.send(0, by.method, by.path, by.as, body)
			require.Equal(t, 200, r.status, r.raw)
			require.Equal(t, "bos@contoh.id", r.json["email"])
			links = append(links, p.one("bos@contoh.id").token)
		}
		for i, as := range []string{"jkt-1", "jkt-2", "mks-3"} {
			require.NotContains(t, p.send(0, "GET", p.userPath(as), "admin", nil).json, "email", as)
			require.Equal(t, "link_over", p.verify(as, links[i]).code(), as)
		}
		require.Len(t, p.entries("user.updated"), 4+3, "what was taken from whom is in the log, too")
		made := p.send(0, "POST", "/api/users", "admin", map[string]any{"login": "bos", "name": "Bos", "role": "admin",
			"email": "BOS@contoh.id"})
		require.Equal(t, 201, made.status, made.raw)
		require.Len(t, p.entries("user.updated"), 4+4)
		link := p.one("bos@contoh.id")
		p.signIn(0, "bos", "bos", made.json["password"].(string))
		require.Equal(t, 200, p.verify("bos", link.token).status)
		w.clock.Advance(time.Hour)
		for _, by := range []typed{mine("jkt-1"), third} {
			r := p.send(0, by.method, by.path, by.as, body)
			require.Equal(t, 409, r.status, r.raw)
			require.Equal(t, "email", fieldOf(r))
		}
		require.Empty(t, p.letters())
	})
}
