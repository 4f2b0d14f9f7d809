package e2e

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// mailbox reads what a program mails.
type mailbox struct {
	t      *testing.T
	server *testkit.SMTPServer
	base   string
	read   int
}

// demoWithMail is demo with a mail server, which speaks SMTP, and the links that it mails. Nobody is reminded: whether
// somebody would be depends on the hour at which the test runs.
func demoWithMail(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{t: t, server: testkit.SMTP(t, "plain")}
	base, env := settle(t, demoFolder(t), "HADIR_SMTP_URL=smtp://"+m.server.Addr, "HADIR_MAIL_FROM=hadir@contoh.id",
		"HADIR_REMIND_AFTER=0")
	m.base = base
	startDemo(t, base, append(env, "HADIR_PUBLIC_URL="+base))
	return m
}

// next waits for one more letter to somebody and returns its subject and the path of the link in it.
func (m *mailbox) next(to string) (subject, link string) {
	m.t.Helper()
	require.Eventually(m.t, func() bool { return len(m.server.Letters()) > m.read }, testkit.Patience,
		50*time.Millisecond)
	l := m.server.Letters()[m.read]
	m.read++
	require.Equal(m.t, to, l.To)
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.Body)))
	require.NoError(m.t, err)
	if found := regexp.MustCompile(regexp.QuoteMeta(m.base) + `(/\S+)`).FindStringSubmatch(string(text)); found != nil {
		link = found[1]
	}
	return l.Message.Header.Get("Subject"), link
}

// An employee gives an address, shows that it is theirs, forgets the password and chooses another one, on a phone;
// an administrator with a second factor does so at a desk, in English.
func TestAForgottenPasswordOnThePages(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe, mail := string(source), demoWithMail(t)
	const address, another = "karyawan@contoh.id", "nasi uduk dan kopi hitam"

	phone := open(t, "forgot-phone", mail.base, 360, 800)
	looks := func(b *tab, what string) {
		b.until(fits)
		b.accessible(axe, what)
		b.shoot(what)
	}
	phone.signIn("JKT-0001", "/")
	phone.goTo("/profil")
	phone.until(phone.visible("email") + ` && ` + shown("email-state", "Belum ada alamat."))
	phone.put("email", "bukan alamat")
	phone.do(click(at("email-save")))
	phone.until(shown("email-wrong", "Isi satu alamat email, misalnya nama@contoh.id."))
	phone.put("email", "Karyawan@Contoh.id")
	phone.do(click(at("email-save")))
	phone.until(shown("email-state", "Belum dipastikan: buka tautan yang dikirim ke "+address+"."))
	looks(phone, "address")
	subject, link := mail.next(address)
	require.Equal(t, "Pastikan alamat email Anda", subject)
	phone.signOut()
	phone.goTo(link)
	phone.until(`location.pathname === "/masuk"`)
	phone.passwordFirstOnly("JKT-0001", "hadir-demo")
	phone.until(shown("email-state", address+" sudah dipastikan.") + ` && location.search === ""`)
	phone.signOut()

	phone.do(click(at("forgot")))
	phone.until(`location.pathname === "/lupa" && ` + phone.visible("login"))
	phone.do(click(at("submit")))
	phone.until(shown("login-wrong", "Wajib diisi."))
	looks(phone, "ask")
	phone.put("login", "jkt-0001")
	phone.do(click(at("submit")))
	phone.until(phone.visible("sent") + ` && document.activeElement.id === "sent"`)
	looks(phone, "sent")
	subject, link = mail.next(address)
	require.Equal(t, "Kata sandi baru untuk Hadir", subject)
	phone.goTo(link)
	phone.until(phone.visible("choose") + ` && location.hash === ""`)
	phone.until(alone(phone, "password", "code"))
	looks(phone, "choose")
	phone.put("password", "Rahasia2026")
	phone.do(click(at("submit")))
	phone.until(shown("password-wrong", "Kata sandi ini mudah ditebak; pilih yang lain."))
	phone.put("password", another)
	phone.do(click(at("submit")))
	phone.until(`location.pathname === "/masuk" && ` + phone.visible("reset"))
	looks(phone, "done")
	phone.passwordFirstOnly("JKT-0001", another)
	phone.until(`location.pathname === "/"`)
	subject, _ = mail.next(address)
	require.Equal(t, "Kata sandi Anda di Hadir sudah diganti", subject)

	// With a passkey, which a later link takes in the place of a code.
	phone.hasDevice()
	phone.goTo("/profil")
	phone.press(`[data-test="passkey-add"]`)
	phone.until(phone.visible("passkey-name"))
	phone.do(click(at("passkey-save")))
	phone.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 10`)
	phone.do(click(at("factor-done")))
	phone.until(`!document.getElementById("factor").open`)
	phone.signOut()
	phone.goTo("/lupa")
	phone.until(phone.visible("login"))
	phone.put("login", "jkt-0001")
	phone.do(click(at("submit")))
	phone.until(phone.visible("sent"))
	_, withKey := mail.next(address)
	phone.goTo(withKey)
	phone.until(phone.visible("passkey") + " && " + phone.visible("code"))
	looks(phone, "passkey")
	phone.do(click(at("passkey")))
	phone.until(shown("password-wrong", "Wajib diisi.") + ` && document.activeElement.id === "password"`)
	phone.put("password", "soto ayam tanpa kecap")
	phone.do(click(at("passkey")))
	phone.until(`location.pathname === "/masuk" && ` + phone.visible("reset"))
	phone.passwordFirstOnly("JKT-0001", "soto ayam tanpa kecap")
	phone.until(shown("passkey", "Lanjutkan dengan passkey"))
	phone.do(click(at("passkey")))
	phone.until(`location.pathname === "/"`)
	mail.next(address)

	// Used, it is over; the page offers another one.
	desk := open(t, "forgot-desk", mail.base, 1280, 900)
	desk.goTo("/lupa")
	desk.switchLanguage("en")
	desk.goTo("/masuk")
	desk.goTo(link)
	desk.until(shown("error", "This link was used, is too old, or is not of this account. Ask for another one."))
	desk.until(alone(desk, "login", "password"))
	looks(desk, "over-english")

	// An administrator gives an address on Pengguna; nobody else can have it.
	admin := open(t, "forgot-admin", mail.base, 1280, 900)
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/pengguna?q=cabang")
	admin.until(count("user", 1))
	admin.press(`[data-test="edit"]`)
	admin.until(admin.visible("email"))
	admin.put("email", "KARYAWAN@contoh.id")
	admin.do(click(at("save")))
	admin.until(shown("email-wrong", "Alamat ini sudah dipakai akun lain."))
	admin.put("email", "cabang@contoh.id")
	admin.do(click(at("save")))
	admin.until(`!document.getElementById("user").open`)
	_, link = mail.next("cabang@contoh.id")
	token := demoToken(t, mail.base, "cabang@demo.test")
	send := func(path string, body, answer any) {
		t.Helper()
		status, err := call(t.Context(), http.MethodPost, mail.base+path, token, nil, body, answer)
		require.NoError(t, err)
		require.Less(t, status, 300)
	}
	_, verification, _ := strings.Cut(link, "=")
	send("/api/me/email/verify", map[string]string{"token": verification}, nil)
	var made struct {
		Secret string `json:"secret"`
	}
	send("/api/me/second-factor", map[string]string{"password": "hadir-demo"}, &made)
	app := &authenticator{t: t, secret: made.Secret}
	send("/api/me/second-factor/confirm", map[string]string{"code": app.code()}, nil)

	desk.put("login", "cabang@contoh.id")
	desk.do(click(at("submit")))
	desk.until(desk.visible("sent"))
	_, link = mail.next("cabang@contoh.id")
	desk.goTo(link)
	desk.until(desk.visible("password") + " && " + desk.visible("code"))
	looks(desk, "code-english")
	desk.put("password", another)
	desk.put("code", "000000")
	desk.do(click(at("submit")))
	desk.until(shown("code-wrong", "This code is wrong, or was used before."))
	desk.put("code", app.code())
	desk.do(click(at("submit")))
	desk.until(`location.pathname === "/masuk" && ` + desk.visible("reset"))
	desk.do(appears(at("forgot")))
	desk.passwordFirst("cabang@demo.test", another)
}

// passwordFirstOnly signs in where the page is, with no code to follow.
func (b *tab) passwordFirstOnly(login, password string) {
	b.t.Helper()
	b.do(appears(at("login")), types(at("login"), login),
		types(at("password"), password), click(at("submit")))
}
