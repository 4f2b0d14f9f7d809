package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// mostClicks is how many it may take from an empty data folder to the first punch that an administrator sees.
const mostClicks = 9

// stepsDone holds when so many of the first steps are taken, and others are not.
func stepsDone(done, open int) string {
	return fmt.Sprintf(`document.querySelectorAll('[data-test="step"][data-done="true"]').length === %d &&
		document.querySelectorAll('[data-test="step"][data-done="false"]').length === %d`, done, open)
}

// looks saves pictures of a page as it is, and where asked for, on a phone and a desktop, light and dark.
func (b *tab) looks(name string) {
	b.t.Helper()
	if os.Getenv("SCREENSHOTS") == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		b.wants(theme)
		for _, width := range []int64{360, 1440} {
			b.do(chromedp.EmulateViewport(width, 900))
			b.until(fits)
			b.shoot(fmt.Sprintf("%s-%s-%d", name, theme, width))
		}
	}
	b.wants("light")
}

// From nothing to the first check-in on the dashboard: the clicks of both people are counted, what they type is not.
func TestFromNothingToTheFirstCheckIn(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe := string(source)
	base, env := settle(t, t.TempDir())
	code := setupCode(t, testkit.Start(t, "empty", base+"/readyz", env))
	admin, phone := open(t, "newcomer", base, 1440, 900), open(t, "newcomer-phone", base, 360, 740)
	clicks := 0
	tap := func(b *tab, selector chromedp.CSS) {
		t.Helper()
		b.do(appears(selector), click(selector))
		clicks++
	}
	admin.goTo("/mulai#" + code)
	admin.do(appears(at("name")), types(at("name"), "Pendiri"), types(at("login"), "pendiri@contoh.id"),
		types(at("password"), "nasi uduk dan kopi"))
	tap(admin, at("submit"))
	admin.until(`location.pathname === "/dasbor" && ` + stepsDone(0, 6))
	admin.until(shown("steps-title", "Langkah awal: 0 dari 6"))
	admin.accessible(axe, "the first steps")
	admin.looks("steps")
	tap(admin, at("steps-example"))
	admin.until(stepsDone(2, 4))
	tap(admin, chromedp.CSS(`[data-step="employee"] [data-test="step-go"]`))
	admin.until(`location.pathname === "/karyawan" && location.hash === "" && document.querySelector("dialog[open]")`)
	admin.until(`document.querySelector('[data-test="pattern"]').selectedOptions[0].textContent
		.trim() === "Senin–Jumat · Reguler 08.00–17.00"`)
	admin.do(types(at("number"), "K-1"), types(at("name"), "Siti Rahma"))
	admin.accessible(axe, "the drawer of somebody new")
	admin.looks("drawer")
	tap(admin, at("save"))
	admin.until(shown("slip-login", "k-1") + ` && ` + shown("slip-address", base) + ` &&
		document.querySelector('[data-test="slip-qr"]').complete && ` + admin.visible("slip-qr"))
	admin.accessible(axe, "the slip")
	admin.looks("slip")
	secret := admin.text("slip-password")
	tap(admin, at("slip-back"))
	admin.until(`location.pathname === "/dasbor" && ` + stepsDone(5, 1) + ` &&
		document.querySelector('[data-step="punch"] [data-test="step-address"]').textContent === "` + base + `"`)
	admin.until(live)
	admin.looks("waiting")

	phone.goTo("/")
	phone.do(appears(at("login")), types(at("login"), "k-1"), types(at("password"), secret))
	tap(phone, at("submit"))
	phone.do(appears(at("new")), types(at("current"), secret), types(at("new"), "gado-gado tanpa lontong"))
	tap(phone, at("change"))
	phone.until(`location.pathname === "/" && document.querySelector('[data-test="check-button"]')?.disabled === false`)
	tap(phone, at("check-button"))
	phone.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "good"`)

	admin.until(count("feed-item", 1) + ` && ` + shown("steps-title", "Langkah awal selesai"))
	admin.until(admin.visible("steps-finished") + ` && !` + admin.visible("step"))
	admin.looks("finished")
	t.Logf("%d clicks from an empty folder to the first live check-in", clicks)
	require.LessOrEqual(t, clicks, mostClicks)
	admin.reload()
	admin.until(live + ` && ` + count("feed-item", 1) + ` && !` + admin.visible("steps"))
}

// The card of the first steps is put away and comes back; each step opens its form, in both languages.
func TestTheFirstStepsLeadToTheirForms(t *testing.T) {
	t.Parallel()
	base, env := settle(t, t.TempDir())
	code := setupCode(t, testkit.Start(t, "empty", base+"/readyz", env))
	b := open(t, "steps", base, 360, 740)
	b.goTo("/mulai#" + code)
	b.do(appears(at("name")), types(at("name"), "Pendiri"), types(at("login"), "pendiri@contoh.id"),
		types(at("password"), "nasi uduk dan kopi"), click(at("submit")))
	b.until(`location.pathname === "/dasbor" && ` + stepsDone(0, 6))
	b.do(click(at("steps-hide")))
	b.until(`!` + b.visible("step"))
	b.reload()
	b.until(b.visible("steps-show") + ` && !` + b.visible("step"))
	b.do(click(at("steps-show")))
	b.until(b.visible("step"))
	b.switchLanguage("en")
	b.until(shown("steps-title", "First steps: 0 of 6"))
	b.looks("english")
	goes := func(step, page string) {
		b.goTo("/dasbor")
		b.press(fmt.Sprintf(`[data-step=%q] [data-test="step-go"]`, step))
		b.until(fmt.Sprintf(`location.pathname === %q && location.hash === ""`, page) +
			` && document.querySelector("dialog[open]")`)
	}
	goes("branch", "/cabang")
	goes("shift", "/shift")
	goes("account", "/karyawan")
	goes("pattern", "/karyawan")
	b.goTo("/dasbor")
	b.do(click(at("steps-example")))
	b.until(stepsDone(2, 4))
	goes("employee", "/karyawan")
	b.looks("drawer")
	// Somebody without account and pattern.
	b.do(types(at("number"), "K-1"), types(at("name"), "Siti Rahma"), click(at("account")))
	b.choose("pattern", "")
	b.do(click(at("save")))
	b.toasted("Siti Rahma added.")
	goes("account", "/pengguna")
	b.goTo("/dasbor")
	b.press(`[data-step="pattern"] [data-test="step-go"]`)
	b.until(shown("chosen", "The 1 employee that matches is chosen"))
	b.do(click(at("assign")))
	b.toasted("Pattern applied to 1 employee.")
	b.goTo("/karyawan")
	b.press(`[data-number="K-1"] [data-test="edit"]`)
	b.do(click(at("give-account")))
	b.until(shown("slip-login", "k-1"))
	b.looks("slip")
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.NoError(t, err)
	b.until(b.visible("slip-password") + ` && !` + b.visible("slip-print") + ` &&
		!document.querySelector("header").checkVisibility() && !` + b.visible("row"))
	b.shoot("printed")
	b.wants("light")
	b.do(click(at("slip-done")))
	b.goTo("/dasbor")
	b.until(stepsDone(5, 1))
}
