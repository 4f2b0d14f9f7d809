package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Three hours after signing in, by the program's clock, an administrator who makes an account is asked for the
// password, and somebody with a second factor who makes a token for the code. Escape leaves the form as it was; what
// was wanted is done once, as soon as it is confirmed.
func TestADangerousActIsConfirmed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe := string(source)
	base, early, env := demoWith(t)
	recovery := demoFactor(t, base, "cabang@demo.test")

	admin := open(t, "confirm", base, 360, 800)
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/pengguna?q=baru")
	admin.until(count("user", 0) + ` && ` + admin.visible("add"))
	desk := open(t, "confirm-code", base, 1280, 900)
	desk.passwordFirst("cabang@demo.test", password)
	desk.put("code", recovery[0])
	desk.do(click(at("submit")))
	desk.until(`location.pathname === "/dasbor" && document.readyState === "complete"`)
	desk.goTo("/profil")
	desk.switchLanguage("en")
	desk.until(desk.visible("token-add"))

	require.NoError(t, early.Stop())
	startAt(t, time.Now().Add(3*time.Hour), base, env, "--demo")

	const asked, gone = `document.getElementById("confirm").open`, `!document.getElementById("confirm").open`
	admin.do(click(at("add")))
	admin.put("name", "Orang Baru")
	admin.put("login", "baru@contoh.id")
	admin.choose("role", "ops")
	admin.do(click(at("save")))
	admin.until(asked + ` && document.activeElement?.id === "confirm-password"`)
	admin.until(fits)
	admin.accessible(axe, "the dialog")
	admin.shoot("asked")
	admin.put("confirm-password", "belum selesai")
	admin.do(chromedp.KeyEvent("\x1b"))
	admin.until(gone + ` && document.getElementById("user").open && !document.getElementById("question").open`)
	admin.until(shown("form-error", "Belum ada yang diubah: pastikan dahulu bahwa ini Anda."))
	admin.until(holds("name", "Orang Baru") + ` && ` + holds("login", "baru@contoh.id") + ` && ` + holds("role", "ops"))
	admin.do(click(at("save")))
	admin.until(asked + ` && ` + holds("confirm-password", ""))
	admin.do(click(at("confirm-go")))
	admin.until(shown("confirm-password-wrong", "Wajib diisi."))
	admin.put("confirm-password", "bukan ini")
	admin.do(click(at("confirm-go")))
	admin.until(shown("confirm-password-wrong", "Ini bukan kata sandi Anda sekarang."))
	admin.shoot("wrong")
	admin.put("confirm-password", password)
	admin.do(click(at("confirm-go")))
	admin.until(gone + ` && document.getElementById("secret").open`)
	admin.do(click(at("secret-done")))
	admin.until(count("user", 1))

	desk.do(click(at("token-add")))
	desk.put("token-name", "Payroll")
	desk.press(`[data-test="token-scope"][value="employees:read"]`)
	desk.do(click(at("token-save")))
	desk.until(asked + ` && document.activeElement?.id === "confirm-code" && ` +
		`!document.getElementById("confirm-password").checkVisibility()`)
	desk.until(fits)
	desk.accessible(axe, "the dialog with a code, in English")
	desk.shoot("code")
	desk.put("confirm-code", "000000")
	desk.do(click(at("confirm-go")))
	desk.until(shown("confirm-code-wrong", "This code is wrong, or was used before."))
	desk.put("confirm-code", recovery[1])
	desk.do(click(at("confirm-go")))
	desk.until(gone + ` && document.getElementById("token-secret").open`)
	desk.do(click(at("token-secret-done")))
	desk.until(count("token", 1))

	var log struct {
		Items []struct{ Action string }
	}
	done := map[string]int{}
	for _, login := range []string{"admin@demo.test", "cabang@demo.test"} {
		_, err = call(t.Context(), http.MethodGet, base+"/api/audit?limit=100&login="+login,
			demoToken(t, base, "admin@demo.test"), nil, nil, &log)
		require.NoError(t, err)
		for _, e := range log.Items {
			done[e.Action]++
		}
	}
	require.Equal(t, 1, done["user.created"], "%v", done)
	require.Equal(t, 1, done["api_token.created"], "%v", done)
	require.Equal(t, 2, done["user.confirmed"], "%v", done)
}

// demoFactor sets a second factor up for somebody of the demo company and returns the recovery codes.
func demoFactor(t *testing.T, base, login string) (codes []string) {
	t.Helper()
	token := demoToken(t, base, login)
	var made struct{ Secret string }
	_, err := call(t.Context(), http.MethodPost, base+"/api/me/second-factor", token, nil,
		map[string]string{"password": password}, &made)
	require.NoError(t, err)
	app := &authenticator{t: t, secret: made.Secret}
	var on struct{ Codes []string }
	_, err = call(t.Context(), http.MethodPost, base+"/api/me/second-factor/confirm", token, nil,
		map[string]string{"code": app.code()}, &on)
	require.NoError(t, err)
	return on.Codes
}
