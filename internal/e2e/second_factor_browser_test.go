package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// authenticator is an app with one account, on a device whose clock is right. Each of its codes is accepted once, so it
// waits for the next one rather than show one again. It shows that of the step to come, which the server takes as well:
// however busy the machine is, it is not over before it arrives.
type authenticator struct {
	t      *testing.T
	secret string
	last   int64
}

const appStep = 30 // seconds

func (a *authenticator) code() string {
	a.t.Helper()
	next := func() int64 { return time.Now().Unix()/appStep + 1 }
	require.Eventually(a.t, func() bool { return next() > a.last }, testkit.Patience, 100*time.Millisecond)
	a.last = next()
	code, err := totp.GenerateCode(a.secret, time.Unix(a.last*appStep, 0))
	require.NoError(a.t, err)
	return code
}

// passwordFirst signs in with the password on the page Masuk, which then asks for the code.
func (b *tab) passwordFirst(login, password string) {
	b.t.Helper()
	b.goTo("/masuk")
	b.do(appears(at("login")), types(at("login"), login),
		types(at("password"), password), click(at("submit")))
	b.until(b.visible("code") + ` && !document.getElementById("login").checkVisibility()`)
}

func (b *tab) signOut() {
	b.t.Helper()
	b.press(`[data-test="menu"]`)
	b.do(appears(at("logout-menu")), click(at("logout-menu")))
	b.until(`location.pathname === "/masuk"`)
}

// The second factor is set up with an app, asked for at the next sign-in, passed with a code and with a recovery code,
// and turned off again; every page and dialog of it passes axe on a phone, in both languages.
func TestTheSecondFactorOnThePages(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe, base := string(source), demo(t)
	const password = "hadir-demo"
	b := open(t, "factor", base, 360, 800)
	looks := func(what string) {
		b.until(fits)
		b.accessible(axe, what)
		b.shoot(what)
	}
	b.signIn("cabang@demo.test", "/dasbor")
	demoToken(t, base, "cabang@demo.test") // somewhere else
	b.goTo("/profil")
	b.until(b.visible("factor-off") + ` && ` + count("session", 2))
	b.press(`[data-test="factor-set-up"]`)
	b.until(b.visible("factor-password"))
	b.do(click(at("factor-next")))
	b.until(shown("factor-password-wrong", "Wajib diisi."))
	b.put("factor-password", "bukan ini")
	b.do(click(at("factor-next")))
	b.until(shown("factor-password-wrong", "Ini bukan kata sandi Anda sekarang."))
	looks("begin")
	b.put("factor-password", password)
	b.do(click(at("factor-next")))
	b.until(b.visible("factor-code") + ` && document.querySelector('[data-test="factor-qr"]').naturalWidth > 0`)
	looks("scan")
	app := &authenticator{t: t, secret: strings.ReplaceAll(b.text("factor-secret"), " ", "")}
	b.put("factor-code", "000000")
	b.do(click(at("factor-next")))
	b.until(shown("factor-code-wrong", "Kode ini salah, atau sudah pernah dipakai."))
	b.put("factor-code", app.code())
	b.do(click(at("factor-next")))
	b.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 10`)
	looks("codes")
	recovery := strings.Fields(b.text("factor-codes"))
	require.Len(t, recovery, 10)
	b.do(chromedp.KeyEvent("\x1b")) // which would throw them away
	b.refuse()
	b.until(shown("factor-title", "Simpan kode pemulihan Anda") + ` && ` + b.visible("factor-codes"))
	b.do(click(at("factor-done")))
	b.until(b.visible("factor-on") + ` && !document.getElementById("factor").open`)
	b.until(shown("factor-left", "Tinggal 10 kode pemulihan."))
	b.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 0`) // they are gone from the page
	b.until(count("session", 1))

	b.signOut()
	b.passwordFirst("cabang@demo.test", password)
	looks("ask")
	b.put("code", "000000")
	b.do(click(at("submit")))
	b.until(shown("code-wrong", "Kode ini salah, atau sudah pernah dipakai."))
	b.put("code", app.code())
	b.do(click(at("submit")))
	b.until(`location.pathname === "/dasbor" && document.readyState === "complete"`)
	b.switchLanguage("en")
	b.signOut()
	b.passwordFirst("cabang@demo.test", password)
	looks("ask-english")
	b.do(click(at("back")))
	b.until(b.visible("login") + ` && !document.getElementById("code").checkVisibility()`)
	b.passwordFirst("cabang@demo.test", password)
	b.put("code", strings.ToLower(recovery[4]))
	b.do(click(at("submit")))
	b.until(`location.pathname === "/dasbor"`)
	b.goTo("/profil")
	b.until(shown("factor-left", "9 recovery codes left."))
	b.press(`[data-test="factor-turn-off"]`)
	b.until(b.visible("factor-password") + " && " + b.visible("factor-code"))
	looks("off-english")
	b.put("factor-password", password)
	b.put("factor-code", recovery[5])
	b.do(click(at("factor-next")))
	b.until(b.visible("factor-off"))

	// Somebody who lost the phone is helped on the page Pengguna.
	token := demoToken(t, base, "JKT-0001")
	var made struct {
		Secret string `json:"secret"`
	}
	_, err = call(t.Context(), http.MethodPost, base+"/api/me/second-factor", token, nil,
		map[string]string{"password": password}, &made)
	require.NoError(t, err)
	lost := &authenticator{t: t, secret: made.Secret}
	_, err = call(t.Context(), http.MethodPost, base+"/api/me/second-factor/confirm", token, nil,
		map[string]string{"code": lost.code()}, nil)
	require.NoError(t, err)
	admin := open(t, "factor-admin", base, 360, 800)
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/pengguna?q=jkt-0001")
	admin.until(count("user", 1))
	admin.press(`[data-test="edit"]`)
	admin.until(admin.visible("factor-reset"))
	admin.until(fits)
	admin.accessible(axe, "the drawer of a user")
	admin.do(click(at("factor-reset")))
	admin.until(`document.getElementById("question").open`)
	admin.shoot("reset")
	admin.agree()
	admin.until(`!document.getElementById("user").open`)
	require.NotEmpty(t, demoToken(t, base, "JKT-0001"), "the password is enough again")
}
