package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// What every page has to bear at every width, whatever the day and the data: nothing sticks out, nothing jumps.

// widths are those of small and usual phones, of a tablet and of a desk, in CSS pixels.
var widths = []int64{360, 390, 768, 1280}

// mostShift is how much of a page may move after it was first drawn, as the Core Web Vitals count it.
const mostShift = 0.1

// atTime makes the browser's clock show what the program's does, and its zone that of the head office.
func (b *tab) atTime(now time.Time) {
	b.t.Helper()
	b.beforePages(fmt.Sprintf(`(() => {
		const real = Date, ahead = %d, now = () => real.now() + ahead;
		globalThis.Date = new Proxy(real, {
			construct: (date, parts, made) => Reflect.construct(date, parts.length > 0 ? parts : [now()], made),
			apply: () => new real(now()).toString(),
			get: (date, name) => name === "now" ? now : date[name],
		});
	})()`, time.Until(now).Milliseconds()))
	b.standsIn("Asia/Jakarta")
}

// standsIn gives the browser's clock a zone.
func (b *tab) standsIn(zone string) {
	b.t.Helper()
	params := emulation.SetTimezoneOverrideParams{TimezoneID: zone}
	_, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride, params)
	require.NoError(b.t, err)
}

// measured keeps account of what a page asks for and of what moves in it, and lets the answers arrive late: after the
// page was drawn without them.
const measured = `(() => {
	const ask = globalThis.fetch, m = { waiting: 0, since: performance.now(), shift: 0, moved: [] };
	globalThis.measured = m;
	globalThis.fetch = async (...request) => {
		m.waiting++;
		try {
			const answer = await ask(...request);
			if (!/\/api\/(me|config)$/.test(answer.url)) await new Promise((late) => setTimeout(late, 150));
			return answer;
		} finally { m.waiting--; m.since = performance.now(); }
	};
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) {
			if (e.hadRecentInput) continue;
			m.shift += e.value;
			for (const s of e.sources) {
				const n = s.node?.nodeType === 1 ? s.node : s.node?.parentElement;
				const way = s.previousRect.top + " → " + s.currentRect.top;
				m.moved.push([e.value.toFixed(3), n?.outerHTML.slice(0, 120), way].join(" "));
			}
		}
	}).observe({ type: "layout-shift", buffered: true });
})()`

// settled tells whether a measured page has what it asked for and has drawn it.
const settled = `document.readyState === "complete" && measured.waiting === 0 &&
	performance.now() - measured.since > 250 &&
	![...document.querySelectorAll("[data-test=connection]")]
		.some((e) => e.offsetParent && e.dataset.state !== "live") &&
	![...document.querySelectorAll("main .skeleton")].some((e) => e.offsetParent && !e.closest("[data-test=sample]"))`

// sticking lists what is cut off or sticks out: of the page, of a card, of an open dialog; and words in a pill.
const sticking = `(() => {
	const out = [], seen = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 0;
	const tell = (e, why) => out.push(why + ": " + e.outerHTML.replace(/\s+/g, " ").slice(0, 180));
	const root = document.querySelector("dialog[open]") ?? document.body;
	const open = (e) => getComputedStyle(e).overflowX === "visible";
	const scrolls = (e) => { for (; e && e !== root; e = e.parentElement) if (!open(e)) return true; };
	const page = document.documentElement.scrollWidth;
	if (page > innerWidth) out.push("the page is " + page + " wide");
	for (const e of root.querySelectorAll("*")) {
		if (!seen(e) || e.closest("svg, .sr-only, .timeline")) continue;
		const r = e.getBoundingClientRect();
		if ((r.right > innerWidth + 0.5 || r.left < -0.5) && !scrolls(e.parentElement))
			tell(e, "outside of the screen");
		const over = e.scrollWidth - e.clientWidth, box = ".card, dialog, td, th, li, .secondary, .primary";
		if (over > 1 && e.matches(box) && open(e) && !scrolls(e.parentElement)) tell(e, "overflows by " + over);
		if (over > 1 && e.matches("dialog")) tell(e, "scrolls sideways");
		if (!e.matches(".status, .pill, .badge")) continue;
		for (let p = e.parentElement; p && p !== root; p = p.parentElement) {
			const box = p.getBoundingClientRect();
			if (open(p) || (r.right <= box.right + 0.5 && r.left >= box.left - 0.5)) continue;
			tell(e, "a pill is cut");
			break;
		}
	}
	return out.slice(0, 12);
})()`

// fitsEverywhere looks at what is open at every width.
func (b *tab) fitsEverywhere(what string) {
	b.t.Helper()
	for _, width := range widths {
		b.do(chromedp.EmulateViewport(width, 900))
		b.until(fmt.Sprintf("innerWidth === %d", width))
		out, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](sticking))
		require.NoError(b.t, err)
		if len(out) > 0 {
			b.shoot(fmt.Sprintf("sticking%s-%d", strings.ReplaceAll(what, "/", "-"), width))
			b.t.Errorf("%s: %s at %d px:\n  %s", b.name, what, width, strings.Join(out, "\n  "))
		}
	}
}

// steady fails when more of the page moved than may.
func (b *tab) steady(what string, width int64) {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`JSON.stringify(measured)`))
	require.NoError(b.t, err)
	var m struct {
		Shift float64  `json:"shift"`
		Moved []string `json:"moved"`
	}
	require.NoError(b.t, json.Unmarshal([]byte(text), &m))
	if m.Shift > mostShift {
		b.t.Errorf("%s: %s at %d px moves by %.3f:\n  %s", b.name, what, width, m.Shift, strings.Join(m.Moved, "\n  "))
	}
}

// visit opens a page at a width, waits until it is drawn, and holds it against all that a page has to bear.
func (b *tab) visit(path string, width int64) {
	b.t.Helper()
	b.stands(path, width, 900)
	b.shoot(strings.NewReplacer("/", "-", "?", "-", "#", "-", "=", "-").Replace(fmt.Sprintf("%s-%d", path, width)))
	b.fitsEverywhere(path)
}

// stands opens a page on a screen and waits until it is drawn. Not much of it may move meanwhile.
func (b *tab) stands(path string, width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	b.goTo(path)
	b.until(settled)
	b.steady(path, width)
}

// drawers opens each dialog that a page's buttons lead to, looks at it at every width, and returns the names of those.
func (b *tab) drawers(path string) (opened []string) {
	b.t.Helper()
	for _, name := range []string{"add", "edit", "many", "log", "open", "open-past", "request", "view", "import",
		"import-punches", "map"} {
		there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](b.visible(name)))
		require.NoError(b.t, err)
		if !there {
			continue
		}
		opened = append(opened, name)
		b.until(fmt.Sprintf(`(() => {
			[...document.querySelectorAll(%s)].find((e) => e.checkVisibility()).click();
			return true;
		})()`, quoted(name)))
		if name == "log" || name == "open" && path == "/mesin" { // a part of the page
			b.until(settled)
			b.fitsEverywhere(path + " " + name)
			continue
		}
		b.until(`document.querySelector("dialog[open]") !== null && ` + settled)
		b.fitsEverywhere(path + " " + name)
		b.shoot(strings.ReplaceAll(path, "/", "-") + "-" + name)
		scoped, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`(() => {
			const role = document.querySelector("dialog[open] #role");
			if (role) role.value = "branch_admin";
			return role?.dispatchEvent(new Event("change", { bubbles: true })) ?? false;
		})()`))
		require.NoError(b.t, err)
		if scoped { // a role with a choice of branches
			b.until(b.visible("branch") + " && " + settled)
			b.fitsEverywhere(path + " " + name + " of a branch admin")
			b.shoot(strings.ReplaceAll(path, "/", "-") + "-" + name + "-branches")
		}
		fixes, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](b.visible("fix")))
		require.NoError(b.t, err)
		if fixes { // a day that may be corrected
			b.press(`[data-test="fix"]`)
			b.until(b.visible("fix-form") + " && " + settled)
			b.fitsEverywhere(path + " " + name + " with its form")
			b.shoot(strings.ReplaceAll(path, "/", "-") + "-" + name + "-fix")
		}
		b.until(`(() => { const d = document.querySelector("dialog[open]"); d?.close(); return !d; })()`)
	}
	return opened
}

func TestMeasuresSeeWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := open(t, "measures", demo(t), 360, 800)
	b.beforePages(measured)
	b.goTo("/masuk")
	b.until(settled)
	b.steady("/masuk", 360)
	b.fitsEverywhere("/masuk")
	b.do(chromedp.EmulateViewport(360, 800), chromedp.Evaluate[chromedp.Void](`(() => {
		const wide = document.createElement("div");
		wide.innerHTML = '<p class="card"><span class="status">' + "W".repeat(60) + '</span></p>';
		wide.id = "wide";
		wide.style.height = "2000px";
		document.querySelector("main").prepend(wide);
	})()`))
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](sticking))
	require.NoError(t, err)
	require.NotEmpty(t, out)
	// What moves right after the window changed is nobody's fault to the browser, so that it moves until it is noticed.
	b.until(fmt.Sprintf(`(wide.hidden = !wide.hidden, measured.shift > %v)`, mostShift))
}
