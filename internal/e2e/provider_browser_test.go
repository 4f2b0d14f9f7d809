package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// atProvider gives login and password on the page of the provider.
func (b *tab) atProvider(login string) {
	b.t.Helper()
	b.until(b.visible("username"))
	b.put("username", login)
	b.put("provider-password", testkit.PersonPassword)
	b.do(click(at("provider-go")))
}

// Somebody signs in at a provider, comes back to where they wanted, links and unlinks their account, and confirms what
// is dangerous there; what goes wrong is said on the page Masuk. Every page and dialog of it passes axe, on a phone and
// on a desktop, in both languages.
func TestSigningInAtAProviderOnThePages(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe := string(source)
	base, env := settle(t, demoFolder(t))
	p := testkit.NewOpenIDProvider(t, base+"/api/login/oidc/callback",
		testkit.Person{Subject: "1", Login: "cabang", Email: "cabang@demo.test", Verified: true},
		testkit.Person{Subject: "2", Login: "asing", Email: "asing@contoh.id", Verified: true},
		testkit.Person{Subject: "3", Login: "kepala", Email: "kepala@contoh.id", Verified: true})
	p.Away(true)
	startDemo(t, base, append(env, "HADIR_PUBLIC_URL="+base, "HADIR_OIDC_ISSUER="+p.Issuer,
		"HADIR_OIDC_CLIENT_ID="+p.ClientID, "HADIR_OIDC_CLIENT_SECRET="+p.ClientSecret, "HADIR_OIDC_NAME=Akun Kantor"))
	looks := func(b *tab, what string) {
		for _, theme := range []string{"dark", "light"} {
			b.wants(theme)
			b.until(fits)
			b.accessible(axe, what)
			b.shoot(what + "-" + theme)
		}
	}

	phone := open(t, "provider", base, 360, 800)
	phone.goTo("/masuk")
	phone.until(phone.visible("provider") + ` && ` + shown("provider", "Masuk dengan Akun Kantor"))
	looks(phone, "door")
	phone.do(click(at("provider")))
	phone.until(shown("error", "Penyedia identitas tidak dapat dihubungi. Coba lagi sebentar lagi, atau masuk dengan "+
		"cara lain."))
	looks(phone, "away")
	p.Away(false)
	// It is asked again after a moment.
	phone.until(`(e => { if (e && !e.disabled) e.click(); return location.pathname === "/login/username" })(
		document.querySelector('[data-test="provider"]'))`)
	phone.atProvider("asing")
	phone.landsOn("/masuk")
	phone.until(shown("error", "Tidak ada akun aktif di sini untuk identitas ini. Masuk dengan cara lain, atau "+
		"hubungi administrator.") + ` && location.hash === ""`)
	looks(phone, "unknown")
	phone.do(click(at("provider")))
	phone.atProvider("cabang")
	phone.landsOn("/dasbor")
	phone.goTo("/profil")
	phone.until(count("own-identity", 1))
	phone.until(`document.querySelector('[data-test="own-identity"]').scrollIntoView({ block: "center" }) ?? true`)
	looks(phone, "linked")

	desk := open(t, "provider-desk", base, 1280, 900)
	desk.signIn("admin@demo.test", "/dasbor")
	desk.switchLanguage("en")
	desk.goTo("/profil")
	desk.press(`[data-test="link"]`)
	desk.atProvider("kepala")
	desk.landsOn("/profil")
	desk.toasted("Your account is linked.")
	desk.until(count("own-identity", 1) + ` && !` + desk.visible("link"))
	desk.do(click(at("logout")))
	desk.landsOn("/masuk")
	p.Token(func(claims map[string]any) { delete(claims, "auth_time") })
	desk.goTo("/pengguna?role=admin")
	desk.landsOn("/masuk")
	desk.do(click(at("provider")))
	desk.atProvider("kepala")
	desk.until(`location.pathname + location.search === "/pengguna?role=admin"`)
	desk.goTo("/profil")
	desk.press(`[data-test="unlink"]`)
	desk.until(`document.getElementById("question").open`)
	desk.agree()
	desk.until(`document.getElementById("confirm").open && document.activeElement?.id === "confirm-password" && ` +
		shown("confirm-provider", "Confirm at Akun Kantor"))
	looks(desk, "confirm")
	p.Token(nil)
	desk.do(click(at("confirm-provider")))
	desk.atProvider("kepala")
	desk.landsOn("/profil")
	desk.toasted("You confirmed that it is you. Do it once more now.")
	desk.press(`[data-test="unlink"]`)
	desk.until(`document.getElementById("question").open`)
	desk.agree()
	desk.toasted("The link has ended.")
	desk.until(count("own-identity", 0) + ` && ` + desk.visible("link"))

	// Somebody whose password somebody else knows has none any more, and sets one up.
	desk.goTo("/pengguna?q=cabang")
	desk.press(`[data-test="edit"]`)
	desk.until(desk.visible("unlink"))
	looks(desk, "user")
	desk.press(`[data-test="reset"]`)
	desk.until(desk.visible("reset-save"))
	desk.do(click(at("reset-save")))
	phone.goTo("/masuk")
	phone.until(phone.visible("provider"))
	phone.do(click(at("provider")))
	phone.atProvider("cabang")
	phone.landsOn("/dasbor")
	phone.goTo("/profil")
	phone.until(phone.visible("new") + ` && !` + phone.visible("current") + ` && ` + phone.visible("no-password"))
	looks(phone, "without")
	phone.put("new", "kata-sandi-baru-9")
	phone.do(click(at("change")))
	phone.until(phone.visible("current") + ` && !` + phone.visible("no-password"))

	desk.goTo("/pengguna?q=cabang")
	desk.press(`[data-test="edit"]`)
	desk.press(`[data-test="unlink"]`)
	desk.until(`document.getElementById("question").open`)
	desk.agree()
	desk.until(`[...document.querySelectorAll('[data-test="toast"] span')].some((e) =>
		e.textContent.startsWith("The link of "))`)
	phone.goTo("/profil")
	phone.landsOn("/masuk")
}
