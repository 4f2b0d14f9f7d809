package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axeRules are those of WCAG 2.2 A and AA, and what axe calls best practice.
const axeRun = `window.violations = null;
	axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then((r) => { window.violations = r.violations.map((v) => v.id + ": " + v.nodes.map((n) =>
		n.html.slice(0, 160) + " — " + n.failureSummary.replace(/\s+/g, " ").slice(0, 200))
		.join("\n    ")).join("\n"); }); void 0`

// calm waits for a page to have drawn itself: the person is known, and no animation or transition is half way.
const calm = `document.readyState === "complete" &&
	!document.querySelector("[x-cloak]:not([style])")?.offsetParent &&
		document.getAnimations().every((a) => a.playState !== "running" ||
			a.effect.getTiming().iterations === Infinity)`

func (b *tab) accessible(axe, what string) {
	b.t.Helper()
	b.until(calm)
	b.do(chromedp.Evaluate[chromedp.Void](axe+";void 0"), chromedp.Evaluate[chromedp.Void](axeRun))
	b.until(`window.violations !== null`)
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`window.violations`))
	require.NoError(b.t, err)
	require.Empty(b.t, found, "%s: %s", b.name, what)
}

// What pages open over themselves breaks no rule of axe-core, either; for the pages see TestPagesOnEveryKindOfDay.
func TestDrawerAndMenuAreAccessible(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe, base := string(source), demo(t)
	b := open(t, "axe", base, 360, 900)
	b.beforePages(measured)
	for _, theme := range []string{"light", "dark"} {
		b.wants(theme)
		b.goTo("/masuk")
		b.until(b.visible("submit") + " && " + settled)
		b.accessible(axe, "/masuk "+theme)
		b.fitsEverywhere("/masuk")
		b.signIn("admin@demo.test", "/dasbor")
		b.goTo("/riwayat?status=late#riwayat")
		b.press(`[data-test="open-past"]`)
		b.until(`document.querySelectorAll('[data-test="reason"]').length > 0 && ` + settled)
		b.accessible(axe, "the drawer "+theme)
		b.goTo("/riwayat")
		b.do(chromedp.EmulateViewport(360, 900))
		b.press(`[data-test="menu"]`)
		b.until(b.visible("logout-menu") + " && " + settled)
		b.accessible(axe, "the menu "+theme)
		b.do(click(at("logout-menu")))
		b.until(`location.pathname === "/masuk"`)
	}
}
