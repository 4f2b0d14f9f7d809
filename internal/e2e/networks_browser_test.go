package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// put sets a field to the value of an expression.
func put(name, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`(() => { const e = document.querySelector('[data-test="` + name + `"]');
		e.value = ` + value + `; e.dispatchEvent(new Event("input")); e.dispatchEvent(new Event("change")); })()`)
}

// The form of a branch takes networks and other branches, says which network is no place, and shows what was stored.
func TestWhereABranchIsPunchedFrom(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "branch-networks", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	edit := func() {
		b.goTo("/cabang")
		b.until(branchRow("JKT") + ` !== null`)
		b.do(click(chromedp.CSS(`[data-test="row"][data-code="JKT"] button`)), chromedp.WaitVisible(at("networks")))
		b.until(editorOpen)
	}
	edit()
	b.do(put("networks", `"0.0.0.0/0"`), click(at("save")))
	b.until(`document.querySelector('[data-test="networks-wrong"]').textContent.includes("yang terluas /8 (IPv4)")`)
	b.until(`document.querySelector('[data-test="networks"]').getAttribute("aria-invalid") === "true"`)
	b.do(put("networks", `"203.0.113.7/24\n2001:db8::1"`), put("network-policy", `"flag"`), click(at("also-at")))
	b.until(fits)
	b.shoot("filled")
	b.do(click(at("save")))
	b.until(`!` + editorOpen)
	edit()
	b.until(`document.querySelector('[data-test="networks"]').value === "203.0.113.0/24\n2001:db8::1/128"`)
	b.until(`document.querySelector('[data-test="network-policy"]').value === "flag"`)
	b.until(`document.querySelectorAll('[data-test="also-at"]:checked').length === 1`)
	b.shoot("stored")
	b.do(click(at("also-at")), put("networks", `""`), click(at("save")))
	b.until(`!` + editorOpen)
	edit()
	b.until(`document.querySelector('[data-test="networks"]').value === ""`)
	b.until(`document.querySelectorAll('[data-test="also-at"]:checked').length === 0`)
}
