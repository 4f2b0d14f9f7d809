package e2e

import "testing"

// Asynqmon's pages ask no other site for anything and leave the browser's console silent, which the tab looks after.
func TestAsynqmonsConsoleIsSilent(t *testing.T) {
	t.Parallel()
	b := open(t, "asynqmon", demo(t), 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	for _, page := range []string{"/monitor/", "/monitor/queues/default", "/monitor/servers", "/monitor/schedulers",
		"/monitor/settings"} {
		b.goTo(page)
		b.until(`document.querySelector("#root").textContent.length > 50`)
		b.until(`performance.getEntriesByType("resource").every((r) => new URL(r.name).origin === location.origin)`)
		b.until(`document.querySelector('link[href*="//"]') === null`)
	}
	b.shoot("asynqmon")
}
