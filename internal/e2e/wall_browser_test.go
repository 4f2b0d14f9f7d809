package e2e

import (
	"testing"
)

// A screen on a wall is read from afar, shows nothing to press, says how old its numbers are, and turns red when they
// are no longer true.
func TestDasborOnAWall(t *testing.T) {
	t.Parallel()
	base, server, env := demoWith(t)
	b := open(t, "wall", base, 1920, 1080)
	b.signIn("admin@demo.test", "/dasbor")
	b.until(live)
	b.do(click(at("to-wall")))
	b.until(isAt("/dasbor") + ` && location.search === "?layar"`)
	b.until(inState("live"))
	b.until(`document.querySelectorAll('[data-test="clock"]').length === 3`) // the demo's branches have three times
	b.until(`/^diperbarui \d+ dtk lalu$/.test(document.querySelector('[data-test="updated"]').innerText)`)
	b.until(unseen("connection") + " && " + unseen("to-do-izin") + " && " + unseen("cut-off"))
	b.until(`parseFloat(getComputedStyle(document.querySelector('[data-test="counter-inside"]')).fontSize) > 80`)
	b.until(fits)
	b.shoot("live")
	b.do(click(at("branch")))
	b.until(`/^\?layar&branch=\d+$/.test(location.search)`)
	b.until(`document.querySelectorAll('[data-test="clock"]').length === 1`)

	server.Kill()
	b.until(b.visible("cut-off"))
	b.until(`document.querySelector('[data-test="wall"]').dataset.state === "offline"`)
	b.shoot("offline")
	startDemo(t, base, env)
	b.until(`document.querySelector('[data-test="wall"]').dataset.state === "live"`)
	b.until(unseen("cut-off"))

	b.do(click(at("leave-wall")))
	b.until(`/^\?branch=\d+$/.test(location.search)`)
	b.until(b.visible("connection"))
}
