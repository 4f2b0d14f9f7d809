package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The form of a branch takes networks and other branches, says which network is no place, and shows what was stored.
func TestWhereABranchIsPunchedFrom(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "branch-networks", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	edit := func() {
		b.goTo("/cabang")
		b.until(branchRow("JKT") + ` !== null`)
		b.do(click(chromedp.CSS(`[data-test="row"][data-code="JKT"] button`)), appears(at("networks")))
		b.until(editorOpen)
	}
	edit()
	b.set("networks", "0.0.0.0/0")
	b.do(click(at("save")))
	b.until(`document.querySelector('[data-test="networks-wrong"]').textContent.includes("yang terluas /8 (IPv4)")`)
	b.until(`document.querySelector('[data-test="networks"]').getAttribute("aria-invalid") === "true"`)
	b.set("networks", "203.0.113.7/24\n2001:db8::1")
	b.choose("network-policy", "flag")
	b.do(click(at("also-at")))
	b.until(fits)
	b.shoot("filled")
	b.do(click(at("save")))
	b.until(`!` + editorOpen)
	edit()
	b.until(holds("networks", "203.0.113.0/24\n2001:db8::1/128"))
	b.until(holds("network-policy", "flag"))
	b.until(`document.querySelectorAll('[data-test="also-at"]:checked').length === 1`)
	b.shoot("stored")
	b.set("networks", "")
	b.do(click(at("also-at")), click(at("save")))
	b.until(`!` + editorOpen)
	edit()
	b.until(holds("networks", ""))
	b.until(`document.querySelectorAll('[data-test="also-at"]:checked').length === 0`)
}
