package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/mail"
	"hadir/internal/passkey"
	"hadir/internal/store"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"
	"hadir/worker"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"
)

const publicURL = "https://hadir.contoh.id"

// post is a world of two nodes behind which a worker mails what is asked for, over a mail server that speaks SMTP.
type post struct {
	*world
	server *testkit.SMTPServer
	run    func(ctx context.Context, payload []byte) error
	read   int // letters that were looked at
	sender *mail.Sender
}

const sealedBy = "kunci-satu-kunci-satu-kunci-satu-1"

func newPost(t *testing.T, w *world) *post {
	p := &post{world: w, server: testkit.SMTP(t, "starttls")}
	w.keys = []string{sealedBy}
	w.store = w.open()
	for range 2 {
		o := api.Options{MailResets: true, Passkeys: passkey.Options{PublicURL: publicURL}}
		w.nodes = append(w.nodes, w.node(o))
	}
	var err error
	p.sender, err = mail.New("smtp://hadir:rahasia@"+p.server.Addr, "Hadir <hadir@contoh.id>", p.server.Client)
	require.NoError(t, err)
	p.run = p.worker(w.store)
	w.left.all()
	return p
}

// worker mails what a database asks for, and logs where the nodes do.
func (p *post) worker(s *store.Store) func(ctx context.Context, payload []byte) error {
	return worker.New(worker.Options{Store: worker.RoomsOf(s), Mailer: p.sender, PublicURL: publicURL, Clock: p.clock,
		Log: slog.New(slog.NewTextHandler(p.log, nil))}).Handlers()[task.AccountMail]
}

// tasks are those about accounts that wait.
func (p *post) tasks() (out []task.Outboxed) {
	for _, row := range p.left.all() {
		if row.Kind == task.AccountMail {
			out = append(out, row)
		}
	}
	return out
}

// letter is an e-mail as its reader has it, and the token of the link in it.
type letter struct{ to, subject, text, token string }

var linkIn = regexp.MustCompile(regexp.QuoteMeta(publicURL) + `/(?:lupa#|profil\?email=)([\w-]{43})\s`)

// letters lets the worker do what waits, and returns what came of it.
func (p *post) letters() (out []letter) {
	p.t.Helper()
	for _, row := range p.tasks() {
		require.NoError(p.t, p.run(p.t.Context(), row.Payload))
	}
	all := p.server.Letters()
	for _, l := range all[p.read:] {
		require.True(p.t, l.TLS)
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.Body)))
		require.NoError(p.t, err)
		got := letter{to: l.To, subject: l.Message.Header.Get("Subject"), text: string(text)}
		if found := linkIn.FindStringSubmatch(got.text); found != nil {
			got.token = found[1]
		}
		out = append(out, got)
	}
	p.read = len(all)
	return out
}

// one is letters where there has to be exactly one.
func (p *post) one(to string) letter {
	p.t.Helper()
	got := p.letters()
	require.Len(p.t, got, 1)
	require.Equal(p.t, to, got[0].to)
	return got[0]
}

// withEmail gives an account an address that is known to be its user's, the way people do it.
func (p *post) withEmail(as, address string) {
	p.t.Helper()
	r := p.send(0, "PATCH", "/api/me/email", as, map[string]string{"email": address})
	require.Equal(p.t, 200, r.status, r.raw)
	link := p.one(account.NormalEmail(address))
	require.NotEmpty(p.t, link.token, link.text)
	require.Equal(p.t, 200, p.verify(as, link.token).status)
}

func (p *post) verify(as, token string) reply {
	return p.send(1, "POST", "/api/me/email/verify", as, map[string]string{"token": token})
}

func (p *post) ask(login string, header ...string) reply {
	return p.send(0, "POST", "/api/password-resets", "", map[string]string{"login": login}, header...)
}

// link asks for a link and returns its token.
func (p *post) link(login, to string) string {
	p.t.Helper()
	r := p.ask(login)
	require.Equal(p.t, http.StatusAccepted, r.status, r.raw)
	token := p.one(to).token
	require.NotEmpty(p.t, token)
	return token
}

func (p *post) look(token string) reply {
	return p.send(1, "POST", "/api/password-resets/check", "", map[string]string{"token": token})
}

func (p *post) choose(token, secret, code string) reply {
	return p.send(1, "POST", "/api/password-resets/use", "",
		map[string]string{"token": token, "password": secret, "code": code})
}

const another = "nasi uduk dan kopi hitam"

// Somebody forgets the password, asks, and chooses another one with the link of the e-mail, once. Nobody who asks
// learns which accounts exist, and nothing that waits in a queue says whom it is about.
func TestAForgottenPassword(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		require.Equal(t, true, p.send(0, "GET", "/api/config", "", nil).json["mail_resets"])
		for _, login := range []string{"jkt-1", "jkt-2", "mks-3"} {
			p.withPassword(login, password)
		}
		p.signIn(0, "phone", "jkt-1", password)
		p.signIn(1, "desk", "jkt-1", password)
		p.withEmail("phone", " Satu@Contoh.ID ")
		p.apiToken("program", "phone", account.ScopesOf(account.RoleEmployee))
		require.Equal(t, 200, p.send(1, "GET", "/api/me", "program", nil).status)
		me := p.send(1, "GET", "/api/me", "desk", nil).json["user"].(map[string]any)
		require.Equal(t, "satu@contoh.id", me["email"])
		require.NotEmpty(t, me["email_verified_at"])
		require.Contains(t, p.send(0, "GET", "/api/me/data", "phone", nil).raw, "satu@contoh.id")

		// An address that was typed and not shown to be one's own counts for nothing; no address, no e-mail.
		p.signIn(0, "two", "jkt-2", password)
		require.Equal(t, 200, p.send(0, "PATCH", "/api/me/email", "two",
			map[string]string{"email": "dua@contoh.id"}).status)
		unsure := p.one("dua@contoh.id").token
		answers := map[string]bool{}
		for _, login := range []string{"jkt-2", "dua@contoh.id", "mks-3", "ops", "siapa@contoh.id", "kata sandi saya"} {
			r := p.ask(login)
			require.Equal(t, http.StatusAccepted, r.status, r.raw)
			answers[r.raw] = true
			left := p.tasks()
			require.Len(t, left, 1, "the same work for everybody")
			require.NotContains(t, string(left[0].Payload), login, "it may be a password")
			require.NoError(t, p.run(t.Context(), left[0].Payload))
			require.Empty(t, p.letters(), login)
		}
		r := p.ask("JKT-1")
		answers[r.raw] = true
		require.Equal(t, http.StatusAccepted, r.status)
		require.Len(t, answers, 1, "the same answer for everybody")
		first := p.one("satu@contoh.id")
		require.Equal(t, "Kata sandi baru untuk Hadir", first.subject)
		require.Contains(t, first.text, "jkt-1")
		require.Contains(t, first.text, "30 menit")
		second := p.link(" ＳＡＴＵ@contoh.id", "satu@contoh.id") // in wide letters

		open := p.look(first.token)
		require.Equal(t, 200, open.status, open.raw)
		require.Equal(t, "jkt-1", open.json["login"])
		require.Equal(t, false, open.json["second_factor"])
		for _, token := range []string{"x", unsure, first.token + "x"} {
			require.Equal(t, "link_over", p.look(token).code())
			require.Equal(t, http.StatusGone, p.choose(token, another, "").status)
		}
		weak := p.choose(first.token, "password1", "")
		require.Equal(t, 422, weak.status, weak.raw)
		require.Equal(t, "password", fieldOf(weak))
		require.Equal(t, 200, p.send(0, "GET", "/api/me", "desk", nil).status, "nothing has changed yet")

		require.Equal(t, http.StatusNoContent, p.choose(first.token, another, "").status)
		for _, as := range []string{"phone", "desk", "jkt-1", "program"} {
			require.Equal(t, 401, p.send(1, "GET", "/api/me", as, nil).status, "all sessions and tokens ended")
		}
		require.Equal(t, 401, p.send(0, "POST", "/api/login", "",
			map[string]string{"login": "jkt-1", "password": password}).status)
		p.signIn(0, "phone", "jkt-1", another)
		require.NotContains(t, p.send(0, "GET", "/api/me", "phone", nil).json["user"], "must_change_password")
		notice := p.one("satu@contoh.id")
		require.Equal(t, "Kata sandi Anda di Hadir sudah diganti", notice.subject)
		require.Empty(t, notice.token)
		for _, token := range []string{first.token, second} {
			require.Equal(t, "link_over", p.choose(token, "yang lain lagi", "").code(), "once, and with all the others")
		}
		require.Len(t, p.entries("user.password_reset"), 1)
		require.Len(t, p.entries("user.reset_link_made"), 2)
		require.Equal(t, "jkt-1", p.entries("user.password_reset")[0]["user_login"])
		for _, secret := range []string{first.token, second, another} {
			require.NotContains(t, p.log.String(), secret)
			require.NotContains(t, p.send(0, "GET", "/api/audit", "admin", nil).raw, secret)
		}
	})
}

// A link is good for half an hour, and no longer than what it was asked for holds: not after another password, another
// address, another second factor, or the end of the account.
func TestLinksEnd(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "satu@contoh.id")
		user := p.userPath("jkt-1")
		admin := func(method, path string, body any) {
			r := p.send(0, method, path, "admin", body)
			require.Less(t, r.status, 300, r.raw)
		}
		again := func() { // puts the account back
			admin("PATCH", user, map[string]any{"disabled": false, "email": "satu@contoh.id"})
			p.withPassword("jkt-1", password)
			p.signIn(0, "one", "jkt-1", password)
			if got := p.letters(); len(got) > 0 && got[len(got)-1].token != "" {
				require.Equal(t, 200, p.verify("one", got[len(got)-1].token).status, "the latest is good")
			}
		}
		for name, end := range map[string]func(){
			"half an hour":         func() { w.clock.Advance(account.ResetTTL) },
			"the person's doing":   func() { p.changePassword(0, "one", password, another) },
			"an administrator's":   func() { admin("POST", user+"/password", map[string]any{}) },
			"another address":      func() { admin("PATCH", user, map[string]any{"email": "lain@contoh.id"}) },
			"no address":           func() { admin("PATCH", user, map[string]any{"email": ""}) },
			"the account disabled": func() { admin("PATCH", user, map[string]any{"disabled": true}) },
		} {
			w.clock.Advance(2 * time.Hour) // of what was counted
			again()
			token := p.link("jkt-1", "satu@contoh.id")
			require.Equal(t, 200, p.look(token).status, name)
			end()
			require.Equal(t, "link_over", p.look(token).code(), name)
			require.Equal(t, "link_over", p.choose(token, another, "").code(), name)
		}
		again()
		w.clock.Advance(2 * time.Hour)
		token := p.link("jkt-1", "satu@contoh.id")
		admin("PATCH", user, map[string]any{"disabled": true})
		require.Equal(t, http.StatusAccepted, p.ask("jkt-1").status)
		require.Empty(t, p.letters(), "who may not sign in gets nothing")
		admin("PATCH", user, map[string]any{"disabled": false})
		require.Equal(t, "link_over", p.look(token).code(), "nor does it come back with the account")
	})
}

func (w *world) userPath(login string) string {
	w.t.Helper()
	u, _, err := w.store.Users.UserByLogin(w.t.Context(), login)
	require.NoError(w.t, err)
	return "/api/users/" + jsonOf(w.t, u.ID)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	j, err := json.Marshal(v)
	require.NoError(t, err)
	return string(j)
}

// The link is no way round the second factor: the password takes a code as well, and a bad password uses none up.
func TestResetsAskForTheSecondFactor(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("admin", password)
		p.signIn(0, "admin", "admin", password)
		p.withEmail("admin", "admin@contoh.id")
		before := p.link("admin", "admin@contoh.id")
		key, codes := p.setUpFactor("admin", password)
		w.clock.Advance(-2 * time.Minute)
		require.Equal(t, true, p.look(before).json["second_factor"], "also where it came first")
		w.clock.Advance(2 * time.Minute)
		token := p.link("admin", "admin@contoh.id")
		require.Equal(t, true, p.look(token).json["second_factor"])
		for _, code := range []string{"", "000000"} {
			r := p.choose(token, another, code)
			require.Equal(t, 422, r.status, r.raw)
			require.Equal(t, "second_factor_wrong", r.code())
			require.Equal(t, "code", fieldOf(r))
		}
		require.Equal(t, "password", fieldOf(p.choose(token, "password1", codes[0])))
		require.Equal(t, 200, p.send(0, "GET", "/api/me", "admin", nil).status)
		require.Equal(t, 204, p.choose(token, another, codes[0]).status, "the code was not used up")
		require.Equal(t, 401, p.send(1, "GET", "/api/me", "admin", nil).status)
		r := p.send(0, "POST", "/api/login", "", map[string]string{"login": "admin", "password": another})
		require.Equal(t, http.StatusAccepted, r.status, "signing in still asks for a code")
		require.Equal(t, 200, p.loginCode(0, r.json["pending"].(string), p.appCode(key, 0)).status)
		require.Equal(t, "link_over", p.choose(before, password, codes[1]).code())

		// Guesses of codes are counted as those at the door.
		w.clock.Advance(2 * time.Hour)
		p.letters()
		token = p.link("admin", "admin@contoh.id")
		var last reply
		for range 9 {
			last = p.choose(token, another, "000000")
		}
		require.Equal(t, http.StatusTooManyRequests, last.status, last.raw)
	})
}

// Who asks again and again is put off, whether there is such an account or not, and floods no mailbox; nobody is kept
// from signing in by it.
func TestResetsAreThrottled(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "satu@contoh.id")
		seen := map[string][]int{}
		for _, login := range []string{"jkt-1", "tidak-ada"} {
			for n := range 8 {
				r := p.send(n%2, "POST", "/api/password-resets", "", map[string]string{"login": login})
				seen[login] = append(seen[login], r.status)
				if r.status == http.StatusTooManyRequests {
					require.Equal(t, "throttled", r.code())
					require.NotEmpty(t, r.header.Get("Retry-After"))
				}
			}
		}
		require.Equal(t, seen["tidak-ada"], seen["jkt-1"])
		require.Equal(t, http.StatusTooManyRequests, seen["jkt-1"][7], "both nodes count together")
		require.Len(t, p.letters(), account.MaxResets)
		p.signIn(0, "one", "jkt-1", password)
		w.clock.Advance(account.ResetTTL + time.Minute)
		p.link("jkt-1", "satu@contoh.id")
		require.Empty(t, p.entries("user.sign_in_blocked"))
	})
}

// While the mail server puts us off there is no link, and the next try of the task makes one that works.
func TestALetterThatCannotBeSent(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "satu@contoh.id")
		require.Equal(t, http.StatusAccepted, p.ask("jkt-1").status)
		left := p.tasks()
		p.server.SetBusy(true)
		for range account.MaxResets + 1 {
			err := p.run(t.Context(), left[0].Payload)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "satu", "a dead letter keeps it")
		}
		require.Len(t, p.entries("user.reset_link_made"), account.MaxResets+1)
		withdrawn := p.entries("user.reset_link_withdrawn")
		require.Len(t, withdrawn, account.MaxResets+1, "nobody was mailed any of them")
		require.Equal(t, "/api/users/"+withdrawn[0]["row"].(string), p.userPath("jkt-1"))
		p.server.SetBusy(false)
		require.NoError(t, p.run(t.Context(), left[0].Payload))
		require.Equal(t, 200, p.look(p.one("satu@contoh.id").token).status)
		w.clock.Advance(account.ResetTTL + time.Minute)
		require.NoError(t, p.run(t.Context(), left[0].Payload))
		require.Empty(t, p.letters(), "nobody waits for it any more")
	})
}

// What was typed opens with the key that sealed it only, and without that no repetition helps.
func TestAForgottenPasswordIsAskedForSealed(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "satu@contoh.id")
		require.Equal(t, http.StatusAccepted, p.ask("jkt-1").status)
		left := p.tasks()
		require.Len(t, left, 1)
		w.keys = []string{"kunci-dua-kunci-dua-kunci-dua-kunci-2"}
		err := p.worker(w.open())(t.Context(), left[0].Payload)
		require.ErrorIs(t, err, account.ErrSealed)
		require.ErrorIs(t, err, asynq.SkipRetry)
		require.NotContains(t, err.Error(), "jkt-1")
		require.Empty(t, p.letters())
		w.keys = append(w.keys, sealedBy) // as an operator changes the key
		require.NoError(t, p.worker(w.open())(t.Context(), left[0].Payload))
		p.one("satu@contoh.id")
	})
}

// The login of one account is the address of another one of the same person: the e-mail is about the one that has it.
func TestAForgottenPasswordOfWhoHasTwoAccounts(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		made := p.send(0, "POST", "/api/users", "admin", map[string]any{"login": "satu@contoh.id", "name": "Satu",
			"role": "ops"})
		require.Equal(t, 201, made.status, made.raw)
		p.withPassword("jkt-1", password)
		p.signIn(0, "one", "jkt-1", password)
		p.withEmail("one", "satu@contoh.id")
		require.Equal(t, "jkt-1", p.look(p.link("satu@contoh.id", "satu@contoh.id")).json["login"])
	})
}

// Where no e-mails go out there is no such way, and no link of another time is good.
func TestResetsNeedAMailServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	require.Equal(t, false, w.send(0, "GET", "/api/config", "", nil).json["mail_resets"])
	for path, body := range map[string]map[string]string{"": {"login": "jkt-1"}, "/check": {"token": "x"},
		"/use": {"token": "x", "password": another}} {
		require.Equal(t, 404, w.send(0, "POST", "/api/password-resets"+path, "", body).status, path)
	}
}

// A person who was forgotten has no address, and nobody writes to them.
func TestNobodyWritesToWhoWasForgotten(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := newPost(t, w)
		p.withPassword("jkt-1", password)
		p.signIn(0, "jkt-1", "jkt-1", password)
		p.withEmail("jkt-1", "satu@contoh.id")
		require.Equal(t, http.StatusAccepted, p.ask("jkt-1").status)
		early := p.tasks()
		p.forgetOne()
		for _, table := range []string{"password_resets", "email_checks", "users WHERE email IS NOT NULL"} {
			var n int
			require.NoError(t, w.store.DB.Builder().NewRaw("SELECT COUNT(*) FROM "+table).Scan(t.Context(), &n))
			require.Zero(t, n, table)
		}
		p.left.all()
		for _, login := range []string{"jkt-1", "satu@contoh.id"} {
			require.Equal(t, http.StatusAccepted, p.ask(login).status)
		}
		for _, row := range append(early, p.tasks()...) {
			require.NoError(t, p.run(t.Context(), row.Payload))
		}
		require.Empty(t, p.letters())
	})
}
