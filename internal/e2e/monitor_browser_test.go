package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Asynqmon's pages ask no other site for anything and leave the browser's console silent: the tab looks after what is
// said there, and here nothing of theirs may be refused either. A browser asks for a manifest without the cookie, and
// not in every profile, so that there must be none.
func TestAsynqmonsConsoleIsSilent(t *testing.T) {
	t.Parallel()
	b := open(t, "asynqmon", demo(t), 1280, 900)
	b.signIn("ops@demo.test", "/operasi")
	for _, page := range []string{"/monitor/", "/monitor/queues/default", "/monitor/servers", "/monitor/schedulers",
		"/monitor/settings"} {
		b.goTo(page)
		b.until(`document.querySelector("#root").textContent.length > 50`)
		b.until(`performance.getEntriesByType("resource").every((r) => new URL(r.name).origin === location.origin)`)
		b.until(`document.querySelector('link[href*="//"], link[rel="manifest"]') === null`)
	}
	b.shoot("asynqmon")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, refused := range b.refused {
		require.NotContains(t, refused, b.base+"/monitor/")
	}
}
