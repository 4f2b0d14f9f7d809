package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// onProfile waits for the profile of an employee, with everything that it shows.
func (b *tab) onProfile(name string) {
	b.t.Helper()
	b.until(`/^\/karyawan\/\d+$/.test(location.pathname)`)
	b.until(shown("person-name", name))
	b.until(`document.querySelectorAll('[data-test="heat-map"] [data-date]:not([data-date=""])').length === 366`)
}

// Names lead to the profile, which leads to days, requests and accounts; employees have one of their own.
func TestNamesLeadToTheProfile(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	base := demo(t)
	b := open(t, "person", base, 1280, 900)
	b.beforePages(measured)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/karyawan?q=JKT-0001")
	b.until(hasRow("JKT-0001"))
	name, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](
		`document.querySelector('[data-test="row"] [data-test="profile"]').innerText.trim()`))
	require.NoError(t, err)
	b.press(`[data-test="row"] [data-test="profile"]`)
	b.onProfile(name)
	b.until(settled)
	b.steady("the profile", 1280)
	b.until(`document.querySelectorAll('[data-test="heat-legend"] li').length > 1 &&
		document.querySelector('[data-test="person-sub"]').innerText.includes("JKT-0001") &&
		document.querySelector('[data-test="signed-in"]') !== null &&
		document.querySelector('[data-test="person-pin"]').innerText === "Punya PIN."`)
	b.shoot("light")
	profile, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.pathname`))
	require.NoError(t, err)

	// The month before, by its button; a day of it opens on Riwayat, whose title leads back. This month may just have
	// begun.
	this := b.text("month")
	b.press(`[data-test="month-before"]`)
	b.until(`document.querySelector('[data-test="month"]').innerText !== "` + this + `" &&
		document.querySelectorAll('[data-test="person-day"]').length > 10`)
	b.press(`[data-test="person-day"] a`)
	b.until(`location.pathname === "/riwayat"`)
	b.until(shown("day-name", name))
	b.press(`[data-test="day-name"] a`)
	b.onProfile(name)
	// A square of the map shows its month.
	b.until(`(() => { const s = [...document.querySelectorAll('[data-test="heat-map"] [data-status="present"]')];
		s[0]?.click(); return s.length > 10; })()`)
	b.until(`document.querySelector('[data-test="month"]').innerText !== "` + this + `"`)
	// Beside names that open a day stands a link of its own.
	b.goTo("/riwayat?q=JKT-0001")
	b.press(`[data-test="row"] [data-test="profile"]`)
	b.onProfile(name)

	for _, as := range []struct {
		language, theme string
		width           int64
	}{{"id", "dark", 360}, {"en", "light", 360}, {"en", "dark", 1280}} {
		b.wants(as.theme)
		b.speak(as.language)
		b.stands(profile, as.width, 900)
		b.onProfile(name)
		b.shoot(as.language + "-" + as.theme)
		b.accessible(string(axe), "the profile "+as.language+" "+as.theme)
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="heat-table"]').open = true; void 0`))
		b.fitsEverywhere(profile)
		b.accessible(string(axe), "the table of the profile "+as.language+" "+as.theme)
		b.shoot(as.language + "-" + as.theme + "-table")
		b.do(chromedp.Evaluate[chromedp.Void](
			`document.querySelector('[data-test="person-month"]').scrollIntoView(); void 0`))
		b.shoot(as.language + "-" + as.theme + "-month")
		b.do(chromedp.Evaluate[chromedp.Void](
			`document.querySelector('[data-test="person-leave"]').scrollIntoView(); void 0`))
		b.shoot(as.language + "-" + as.theme + "-rest")
	}
	b.goTo("/karyawan/424242")
	b.until(`document.querySelector('[role="alert"]')?.innerText.startsWith("This employee was not found")`)

	own := open(t, "person-own", base, 360, 800)
	own.signIn("JKT-0001", "/")
	own.goTo(profile)
	own.until(`location.pathname === "/"`)
	own.goTo("/riwayat")
	own.until(count("row", 1))
	own.until(`document.querySelector('[data-test="row"] [data-test="profile"]').offsetParent === null`)
}
