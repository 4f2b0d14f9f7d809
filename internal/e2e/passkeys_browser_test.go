package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// hasDevice gives a tab's machine a fingerprint reader that keeps passkeys and whose owner always agrees.
func (b *tab) hasDevice() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	require.NoError(b.t, err)
	_, err = chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true}})
	require.NoError(b.t, err)
}

// landsOn waits until a page has loaded.
func (b *tab) landsOn(path string) {
	b.t.Helper()
	b.until(`location.pathname === "` + path + `" && document.readyState === "complete"`)
}

// A passkey is added on the profile, signs in without a password and after it, confirms what is dangerous, and is
// removed; every page and dialog of it passes axe, on a phone and on a desktop, in both languages.
func TestPasskeysOnThePages(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe := string(source)
	base, early, env := demoWith(t)
	looks := func(b *tab, what string) {
		b.until(fits)
		b.accessible(axe, what)
		b.shoot(what)
	}

	phone := open(t, "passkey", base, 360, 800)
	phone.hasDevice()
	phone.signIn("cabang@demo.test", "/dasbor")
	demoToken(t, base, "cabang@demo.test") // somewhere else
	phone.goTo("/profil")
	phone.until(phone.visible("passkeys-none") + ` && ` + count("session", 2))
	phone.press(`[data-test="passkey-add"]`)
	phone.until(phone.visible("passkey-name"))
	looks(phone, "add")
	phone.put("passkey-name", "Ponsel uji")
	phone.do(click(at("passkey-save")))
	phone.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 10`)
	looks(phone, "codes")
	phone.do(click(at("factor-done")))
	phone.until(`!document.getElementById("factor").open && ` + count("own-passkey", 1) + ` && ` +
		phone.visible("factor-on") + ` && ` + phone.visible("factor-set-up") + ` && ` + count("session", 1))
	phone.until(`document.querySelector('[data-test="passkey-use"]').textContent.endsWith("belum pernah dipakai")`)
	looks(phone, "added")

	phone.signOut()
	phone.until(phone.visible("passkey") + ` && ` + shown("passkey", "Masuk dengan passkey"))
	looks(phone, "door")
	phone.do(click(at("passkey")))
	phone.landsOn("/dasbor")
	phone.signOut()
	phone.passwordFirst("cabang@demo.test", password)
	phone.until(shown("passkey", "Lanjutkan dengan passkey") + ` && document.activeElement?.id === "passkey"`)
	looks(phone, "second")
	phone.do(click(at("passkey")))
	phone.landsOn("/dasbor")

	desk := open(t, "passkey-desk", base, 1280, 900)
	desk.hasDevice()
	desk.signIn("admin@demo.test", "/dasbor")
	desk.switchLanguage("en")
	desk.goTo("/profil")
	desk.until(desk.visible("passkeys-none"))
	desk.press(`[data-test="passkey-add"]`)
	desk.until(desk.visible("passkey-name") + ` && document.getElementById("passkey-name").value.includes("Linux")`)
	looks(desk, "add")
	desk.do(click(at("passkey-save")))
	desk.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 10`)
	desk.do(click(at("factor-done")))
	desk.until(`!document.getElementById("factor").open && ` + count("own-passkey", 1))
	desk.press(`[data-test="own-passkey"] [data-test="rename"]`)
	desk.put("passkey-name", "Front desk")
	desk.do(click(at("passkey-save")))
	desk.until(`document.querySelector('[data-test="own-passkey"]')?.dataset.name === "Front desk"`)
	looks(desk, "renamed")

	// Three hours later, by the program's clock.
	require.NoError(t, early.Stop())
	startAt(t, time.Now().Add(3*time.Hour), base, env, "--demo")

	const asked, gone = `document.getElementById("confirm").open`, `!document.getElementById("confirm").open`
	desk.press(`[data-test="passkey-add"]`)
	desk.put("passkey-name", "Once more")
	desk.do(click(at("passkey-save")))
	desk.until(asked + ` && document.activeElement?.id === "confirm-passkey"`)
	looks(desk, "confirm")
	desk.do(click(at("confirm-passkey")))
	desk.until(gone + ` && ` + shown("passkey-error", "This device keeps a passkey for your account already."))
	desk.press(`#passkeys-dialog .secondary`)
	desk.press(`[data-test="own-passkey"] [data-test="remove"]`)
	desk.until(`document.getElementById("question").open`)
	looks(desk, "remove")
	desk.agree()
	desk.until(count("own-passkey", 0) + ` && ` + desk.visible("passkeys-none") + ` && ` + desk.visible("factor-off"))
	desk.do(click(at("logout")))
	desk.landsOn("/masuk")
	desk.until(desk.visible("passkey"))
	desk.do(click(at("passkey")))
	desk.until(shown("error", "This passkey was not accepted: it is not known here, or was not used as it must be."))
	looks(desk, "refused")

	// Turned off or renewed with a passkey in the place of a code.
	phone.goTo("/profil")
	phone.until(phone.visible("factor-renew"))
	phone.press(`[data-test="factor-renew"]`)
	phone.until(phone.visible("factor-passkey"))
	phone.do(click(at("factor-passkey")))
	phone.until(shown("factor-password-wrong", "Wajib diisi."))
	phone.put("factor-password", password)
	looks(phone, "renew")
	phone.do(click(at("factor-passkey")))
	phone.until(`document.querySelectorAll('[data-test="factor-codes"] li').length === 10`)
	phone.do(click(at("factor-done")))
}
