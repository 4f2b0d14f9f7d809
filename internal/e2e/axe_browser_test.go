package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axeRules are those of WCAG 2.2 A and AA, and what axe calls best practice.
const axeRun = `window.violations = null; axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then((r) => { window.violations = r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 160) + " — " + n.failureSummary.replace(/\s+/g, " ").slice(0, 200)).join("\n    ")).join("\n"); }); void 0`

// calm waits for a page to have drawn itself: the person is known, and no animation or transition is half way.
const calm = `document.readyState === "complete" && !document.querySelector("[x-cloak]:not([style])")?.offsetParent && document.getAnimations().every((a) => a.playState !== "running" || a.effect.getTiming().iterations === Infinity)`

func (b *tab) accessible(axe, what string) {
	b.t.Helper()
	b.until(calm)
	b.do(chromedp.Evaluate[chromedp.Void](axe+";void 0"), chromedp.Evaluate[chromedp.Void](axeRun))
	b.until(`window.violations !== null`)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`window.violations`))
	require.NoError(b.t, err)
	require.Empty(b.t, found, "%s: %s", b.name, what)
	b.until(`document.documentElement.scrollWidth <= innerWidth`)
}

// Every page of every menu, on a desk and on a phone, light and dark, breaks no rule of axe-core and needs no scrolling
// sideways.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	nav, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/src/js/nav.js"))
	require.NoError(t, err)
	base := demo(t)
	b := open(t, "axe", base, 1280, 900)
	b.goTo("/masuk")
	b.until(b.visible("submit"))
	b.accessible(string(source), "/masuk")
	b.signIn("admin@demo.test", "/dasbor")

	var pages []string
	for _, m := range regexp.MustCompile(`href: '(/\w+)'`).FindAllStringSubmatch(string(nav), -1) {
		pages = append(pages, m[1])
	}
	require.Greater(t, len(pages), 5)
	pages = append(pages, "/komponen", "/riwayat?status=late#riwayat")
	look := func(theme string, width int64, pages ...string) {
		b.wants(theme)
		b.do(chromedp.EmulateViewport(width, 900))
		for _, page := range pages {
			b.goTo(page)
			b.until(`document.querySelector('[data-test="user-name"]').textContent !== ""`)
			b.idle()
			b.accessible(string(source), page+" "+theme)
			b.shoot(regexp.MustCompile(`\W+`).ReplaceAllString(page, "-") + "-" + theme)
		}
	}
	look("light", 1280, pages...)
	look("dark", 360, pages...)
	b.press(`[data-test="open-past"]`)
	b.until(`document.querySelectorAll('[data-test="reason"]').length > 0`)
	b.accessible(string(source), "the drawer")
	b.goTo("/riwayat")
	b.do(chromedp.Click(at("menu")))
	b.until(b.visible("logout-menu"))
	b.accessible(string(source), "the menu")
	b.do(chromedp.Click(at("logout-menu")))
	b.until(`location.pathname === "/masuk"`)

	b.signIn("JKT-0001", "/")
	look("dark", 360, "/")
	look("light", 1280, "/")
}

// idle waits until the page has got what it asked the server for.
func (b *tab) idle() {
	b.t.Helper()
	b.until(`document.readyState === "complete" && performance.now() - Math.max(0, ...performance.getEntriesByType("resource").map((e) => e.responseEnd)) > 400`)
}
