package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A row opens into the day's story; the address leads whoever gets it to the same day, and the list can be taken along.
func TestADayOpensIntoItsStory(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b, phone := open(t, "day", base, 1280, 900), open(t, "day-phone", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/riwayat?status=late#riwayat")
	b.until(`[...document.querySelectorAll('[data-test="past-row"] .status')].length > 5 &&
		[...document.querySelectorAll('[data-test="past-row"] .status')].every((e) => e.dataset.status === "late")`)
	b.press(`[data-test="open-past"]`)
	b.until(`[...document.querySelectorAll('[data-test="reason"]')].some((e) => e.dataset.code === "late" &&
		/toleransi hanya/.test(e.textContent))`)
	b.until(shown("day-status", "Terlambat"))
	b.until(`document.querySelector('[data-test="timeline"] .shift').offsetWidth > 20 &&
		document.querySelectorAll('[data-test="day-punch"]').length > 0`)
	b.shoot("drawer")
	b.until(`new URLSearchParams(location.search).get("day") &&
		new URLSearchParams(location.search).get("status") === "late"`)
	address, err := chromedp.Run(b.ctx,
		chromedp.Evaluate[string](`location.pathname + location.search + location.hash`))
	require.NoError(t, err)
	name := b.text("day-name")

	// Escape closes it and gives the focus back to the row.
	b.do(chromedp.KeyEvent("\x1b"))
	b.until(`!document.querySelector('[data-test="day"]').open && !location.search.includes("day=") &&
		document.activeElement.dataset.test === "open-past"`)

	phone.signIn("admin@demo.test", "/dasbor")
	phone.goTo(address)
	phone.until(shown("day-name", name))
	phone.until(fits)
	phone.shoot("drawer")
	phone.do(click(at("only-person")))
	phone.until(`new URLSearchParams(location.search).get("employee") !== null &&
		[...document.querySelectorAll('[data-test="past-row"]')].length > 0 &&
			[...document.querySelectorAll('[data-test="past-row"]')].every((e) => e.innerText.includes(` +
		fmt.Sprintf("%q", name) + `))`)
	phone.until(fits)

	// A link to nothing says so; the CSV holds what the filter shows.
	b.goTo("/riwayat?day=999999/2026-01-01")
	b.until(b.visible("day-error"))
	b.do(click(at("day-close")))
	// Closing goes back in the page's history, which must not overtake the next navigation.
	b.until(`!document.querySelector('[data-test="day"]').open && !location.search.includes("day=")`)
	b.goTo("/riwayat?status=late#riwayat")
	b.do(appears(at("csv")))
	b.do(chromedp.Evaluate[chromedp.Void](
		`fetch(document.querySelector('[data-test="csv"]').href).then((r) => r.text())
			.then((t) => { window.csv = t.trim().split("\n"); }); void 0`))
	b.until(`window.csv?.length > 5 && window.csv.slice(1).every((line) => line.includes("Terlambat"))`)
	b.do(click(at("clear")))
	b.until(`location.search === "" && new Set([...document.querySelectorAll('[data-test="past-row"] .status')]
		.map((e) => e.dataset.status)).size > 1`)
}

// The dashboard's lists, curve and filter follow what happens; the choice of branch is in the address.
func TestTheDashboardsListsAndCurve(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 12)
	people := s.people(es[:2])
	b := open(t, "board", s.apis[0], 1280, 1000)
	b.signIn(s.admin.user.Login, "/dasbor")
	b.until(live)
	b.until(count("overdue", 8))
	b.until(`document.querySelector('[data-test="arrivals"] canvas') !== null`)
	b.until(shown("arrivals-text", "0 orang sudah datang hari ini."))
	first, err := chromedp.Run(b.ctx,
		chromedp.Evaluate[string](`document.querySelector('[data-test="overdue"]').dataset.key`))
	require.NoError(t, err)
	require.Contains(t, first, fmt.Sprintf("%d/", es[0].ID))
	_, err = s.checkIn(t.Context(), people[0], 1)
	require.NoError(t, err)
	b.until(fmt.Sprintf(`![...document.querySelectorAll('[data-test="overdue"]')].some((e) => e.dataset.key === %q)`,
		first))
	b.until(shown("arrivals-text", "1 orang sudah datang hari ini."))
	b.press(`[data-test="branch"]`)
	b.until(fmt.Sprintf(`location.search === "?branch=%d" &&
		document.querySelector('[data-test="branch"]').ariaPressed === "true"`, s.branch.ID))
	b.reload()
	b.until(shown("counter-inside", "1"))
	b.until(`document.querySelector('[data-test="branch"]').ariaPressed === "true"`)
	b.shoot("board")
	b.do(click(at("theme")), click(at("theme")))
	b.until(`document.documentElement.dataset.theme === "dark" &&
		getComputedStyle(document.documentElement).colorScheme === "dark"`)
	b.reload()
	b.until(live)
	b.until(`document.documentElement.dataset.theme === "dark"`)
	b.shoot("board-dark")
}

// A tap while the server cannot be reached is kept over a reload and ends in one punch with the time of the tap.
func TestATapWithoutNetwork(t *testing.T) {
	t.Parallel()
	opened := time.Now()
	s, es := newStack(t, 1) // whose day has not begun, at whatever hour
	phone := open(t, "offline", s.apis[0], 360, 800)
	phone.signIn(s.people(es)[0].user.Login, "/")
	phone.until(live)
	phone.do(chromedp.Evaluate[chromedp.Void](
		`navigator.serviceWorker.ready.then(() => { window.installed = true; }); void 0`))
	phone.until(`window.installed && navigator.serviceWorker.controller`)
	phone.goTo("/") // so that the worker has seen this person's day
	phone.until(live)
	phone.until(`!document.querySelector('[data-test="check-button"]').disabled`)
	phone.until(count("punch", 0))

	s.proc("pusher1").Kill()
	s.proc("api1").Kill()
	phone.until(`!(` + live + `)`)
	phone.do(click(at("check-button")))
	phone.until(`document.querySelector('[data-test="result"]').dataset.kind === "info"`)
	phone.until(count("kept", 1))
	kept := time.Now()
	phone.shoot("kept")
	phone.goTo("/")
	phone.until(count("kept", 1))
	phone.until(phone.visible("offline"))
	phone.shoot("reloaded")
	// The words of both languages are on the device.
	phone.do(click(at("language")))
	phone.until(`document.documentElement.lang === "en" && document.title === "Home · Hadir"`)
	phone.until(shown("offline", "The server cannot be reached. Punches are kept on the device and sent later."))

	phone.late(kept)
	returned := time.Now()
	s.start("api", 1)
	s.start("pusher", 1)
	phone.until(count("kept", 0))
	phone.until(live)
	phone.until(count("punch", 1))
	phone.until(`document.querySelector('[data-test="result"]').dataset.kind === "good"`)
	phone.do(chromedp.Evaluate[chromedp.Void](
		`fetch("/api/me/today").then((r) => r.json()).then((d) => { window.day = d; }); void 0`))
	phone.until(`window.day`)
	type stored struct {
		Offline   bool      `json:"offline"`
		ClaimedAt time.Time `json:"claimed_at"`
	}
	all, err := chromedp.Run(phone.ctx, chromedp.Evaluate[[]stored](`window.day.punches`))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.True(t, all[0].Offline)
	during := all[0].ClaimedAt.After(opened) && all[0].ClaimedAt.Before(returned)
	require.True(t, during, "the time of the tap, not of the delivery: %s", all[0].ClaimedAt)
	phone.shoot("delivered")
}
