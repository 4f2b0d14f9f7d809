package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	questionOpen = `document.getElementById("question").open`
	nothingOpen  = `document.querySelector("dialog[open]") === null`
)

// back goes back in the tab's history as the browser's button does.
func (b *tab) back() {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
}

// refuse says no to the question that is about to be asked.
func (b *tab) refuse() {
	b.t.Helper()
	b.until(questionOpen)
	b.until(`(() => {
		if (` + questionOpen + `) document.querySelector('#question [data-test="refuse"]').click();
		return !` + questionOpen + `;
	})()`)
}

// Whoever typed into a drawer is asked before Escape, Back or leaving the page throws it away; an untouched one closes
// silently, and Back closes it instead of leaving the page.
func TestAFilledFormIsNotLost(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "forms", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	drawers := []struct{ page, open, field string }{
		{"/cabang", "add", "name"}, {"/shift", "add", "name"}, {"/karyawan", "add", "name"},
		{"/karyawan", "import-punches", "import-pin"}, {"/libur", "add", "name"}, {"/pengguna", "add", "name"},
		{"/webhook", "add", "description"}, {"/koreksi", "add", "reason"}, {"/izin", "add", "reason"},
	}
	for _, d := range drawers {
		t.Logf("%s %s", d.page, d.open)
		closed := fmt.Sprintf(`location.pathname === %q && %s && !history.state?.drawer`, d.page, nothingOpen)
		opened := `document.querySelector("dialog[open]") !== null && history.state?.drawer === true`
		value := func(want string) string {
			return fmt.Sprintf(`document.querySelector(%s).value === %q && !%s`, quoted(d.field), want, questionOpen)
		}
		b.goTo(d.page)
		b.until(b.visible(d.open))
		enter := func() {
			b.press(fmt.Sprintf("[data-test=%q]", d.open))
			b.until(opened + " && " + b.visible(d.field))
		}

		// Untouched: Escape and Back close it at once.
		enter()
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(closed)
		enter()
		b.back()
		b.until(closed)

		// Filled: the question comes, No keeps the form as it was, Yes closes it.
		enter()
		b.put(d.field, "abc")
		b.do(chromedp.KeyEvent("\x1b"))
		b.refuse()
		b.until(value("abc"))
		b.back()
		b.refuse()
		b.until(opened + " && " + value("abc"))
		b.back()
		b.agree()
		b.until(closed)

		// What says again what it said before is untouched.
		enter()
		reading := chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%s).value`, quoted(d.field)))
		before, err := chromedp.Run(b.ctx, reading)
		require.NoError(t, err)
		b.put(d.field, "abc")
		b.put(d.field, before)
		b.do(chromedp.KeyEvent("\x1b"))
		b.until(closed)
	}

	// The browser asks before a reload, and not once the form is gone.
	last := drawers[len(drawers)-1]
	b.press(fmt.Sprintf("[data-test=%q]", last.open))
	b.put(last.field, "abc")
	b.reload()
	require.Equal(t, 1, b.asked("beforeunload"))
	b.until(b.visible(last.open) + " && " + nothingOpen)
	b.reload()
	require.Equal(t, 1, b.asked("beforeunload"))

	// A form of the page itself is asked about when the page is left, and not once it was sent.
	b.goTo("/shift")
	b.until(b.visible("pick"))
	b.press(`[data-test="pick"]`)
	b.reload()
	require.Equal(t, 2, b.asked("beforeunload"))
	b.until(b.visible("pick"))
	b.press(`[data-test="pick"]`)
	b.do(click(at("assign")))
	b.toasted("Pola diterapkan pada 1 karyawan.")
	b.reload()
	require.Equal(t, 2, b.asked("beforeunload"))

	// What was not taken is asked about as before.
	b.press(`[data-test="pick"]`)
	b.set("from", "")
	b.do(click(at("assign")))
	b.until(b.visible("plan-error"))
	b.reload()
	require.Equal(t, 3, b.asked("beforeunload"))
	b.goTo("/profil")
	b.until(b.visible("change"))
	b.put("new", "tujuh7")
	b.do(click(at("change")))
	b.until(b.visible("new-wrong"))
	b.reload()
	require.Equal(t, 4, b.asked("beforeunload"))

	// Back from the day's drawer leads to the list with its filters, and then to where one came from.
	b.goTo("/dasbor")
	b.goTo("/riwayat?status=late#riwayat")
	b.press(`[data-test="open-past"]`)
	b.until(`location.search.includes("day=")`)
	b.back()
	b.until(nothingOpen + ` && location.pathname === "/riwayat" && location.search === "?status=late"`)
	b.press(`[data-test="open-past"]`)
	b.until(`location.search.includes("day=") && history.state?.drawer`)
	b.do(click(at("day-close")))
	b.until(`location.search === "?status=late" && !history.state?.drawer`)
	b.back()
	b.until(`location.pathname === "/dasbor"`)
}

// A page whose session is over is left with what is typed in it: nobody is asked, and nobody sees it again. Another tab
// tells so, or the server does when the page asks it for something.
func TestAFilledFormKeepsNobodyElseOnThePage(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "leaving", base, 1280, 900)
	beside := b.another("leaving-beside", 1280, 900)
	b.beforePages(`addEventListener("beforeunload", () => sessionStorage.setItem("seen",
		document.body.checkVisibility() && document.body.innerText.includes("Ajukan")))`)
	over := []struct {
		name string
		ends func()
	}{
		{"another tab", func() {
			beside.goTo("/dasbor")
			beside.do(click(at("logout")))
			beside.until(`location.pathname === "/masuk"`)
		}},
		{"the server", func() {
			_, err := call(t.Context(), http.MethodPost, base+"/api/logout", b.token(), nil, nil, nil)
			require.NoError(t, err)
			b.put("employee", "JKT-0001") // people are offered
		}},
	}
	for _, o := range over {
		b.signIn("admin@demo.test", "/dasbor")
		b.goTo("/izin")
		b.press(`[data-test="add"]`)
		b.put("reason", "abc")
		o.ends()
		b.landsOn("/masuk")
		require.Zero(t, b.asked("beforeunload"), o.name)
		b.until(`sessionStorage.getItem("seen") === "false"`)
		b.do(chromedp.Evaluate[chromedp.Void](`window.left = true`)) // the page before is elsewhere, and leaves
		b.back()
		b.until(`!window.left && location.pathname === "/masuk" && ` + b.visible("login"))
	}
}

// A dialog stands in the middle of the screen, a drawer at its right edge.
func TestWhereDialogsStand(t *testing.T) {
	t.Parallel()
	b := open(t, "middle", demo(t), 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	const misplaced = `[...document.querySelectorAll("dialog")].filter((d) => {
		d.showModal();
		const { left, right, top, bottom } = d.getBoundingClientRect();
		d.close();
		const even = (a, b) => Math.abs(a - b) <= 1;
		const middle = even(left, innerWidth - right) && even(top, innerHeight - bottom);
		const edge = even(right, innerWidth) && even(top, 0) && even(bottom, innerHeight) && left > 0;
		return !(d.matches(".drawer") ? edge : middle);
	}).map((d) => d.id || d.dataset.test)`
	pages := append(testkit.MenuPaths(t, "admin"), "/riwayat", "/profil")
	slices.Sort(pages)
	for _, page := range slices.Compact(pages) {
		b.goTo(page)
		b.until(`location.pathname === "` + page + `" && document.querySelector("h1")?.checkVisibility()`)
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](misplaced))
		require.NoError(t, err)
		require.Empty(t, found, page)
	}
}

// A branch that refuses punches from elsewhere asks for the location before the first tap, and sends none without.
func TestALocationIsAskedForFirst(t *testing.T) {
	t.Parallel()
	// A Saturday morning in Jakarta: nobody of the office has come, so that a tap asks nothing else. Not in the past,
	// in which cookies would have expired.
	now := time.Date(2035, 1, 6, 3, 0, 0, 0, time.UTC)
	base := demoAt(t, now)
	began := time.Now()
	token := demoToken(t, base, "admin@demo.test")
	var branches struct {
		Items []struct {
			ID   int64  `json:"id"`
			Code string `json:"code"`
		} `json:"items"`
	}
	_, err := call(t.Context(), http.MethodGet, base+"/api/branches", token, nil, nil, &branches)
	require.NoError(t, err)
	for _, branch := range branches.Items {
		if branch.Code == "JKT" {
			url, block := fmt.Sprint(base, "/api/branches/", branch.ID), map[string]string{"policy": "block"}
			_, err = call(t.Context(), http.MethodPatch, url, token, nil, block, nil)
			require.NoError(t, err)
		}
	}
	phone := open(t, "location", base, 360, 740)
	phone.atTime(now.Add(time.Since(began)))
	phone.beforePages(measured)
	phone.beforePages(`(() => { // what a browser under load needs to say whether it may tell the position
		const ask = navigator.permissions.query.bind(navigator.permissions);
		navigator.permissions.query = async (what) => {
			await new Promise((late) => setTimeout(late, 300));
			return ask(what);
		};
	})()`)
	phone.signIn("JKT-0001", "/")
	may := func(setting browser.PermissionSetting) {
		p := browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "geolocation"},
			Setting: setting,
			Origin:  base, BrowserContextID: chromedp.FromContext(phone.ctx).BrowserContextID}
		_, err := chromedp.CallBrowser(phone.ctx, browser.SetPermission, p)
		require.NoError(t, err)
	}
	may(browser.PermissionSettingPrompt)
	phone.goTo("/")
	says := func(sentence string) string {
		return fmt.Sprintf(`document.querySelector('[data-test="place"] p').textContent.startsWith(%q)`, sentence)
	}
	phone.until(phone.visible("place") + " && " + phone.visible("allow-place"))
	phone.until(says("Cabang ini hanya menerima absensi dari dalam areanya."))
	phone.until(`(e => e.checked && e.disabled)(document.querySelector('[data-test="location"]'))`)
	phone.until(settled)
	phone.steady("/", 360)
	phone.until(fits)
	phone.shoot("asked")

	may(browser.PermissionSettingDenied)
	phone.until("!(" + phone.visible("allow-place") + ") && " + says("Peramban ini menolak"))
	phone.do(click(at("check-button")))
	phone.until(`document.querySelector('[data-test="result"]').dataset.kind === "error"`)
	phone.until(count("kept", 0))
	phone.shoot("denied")

	latitude, longitude, accuracy := -6.21462, 106.81773, 12.0
	stand := func() {
		place := emulation.SetGeolocationOverrideParams{Latitude: &latitude, Longitude: &longitude, Accuracy: &accuracy}
		_, err := chromedp.Call(phone.ctx, emulation.SetGeolocationOverride, place)
		require.NoError(t, err)
	}
	result := func(kind, sentence string) string {
		return fmt.Sprintf(`(e => e.dataset.kind === %q && e.textContent.includes(%q))(
			document.querySelector('[data-test="result"]'))`, kind, sentence)
	}
	accuracy = 2000
	stand()
	may(browser.PermissionSettingGranted)
	phone.until(`!(` + phone.visible("place") + `)`)
	phone.do(click(at("check-button")))
	phone.until(result("error", "±2 km, paling jauh ±150 m diperbolehkan"))
	phone.until(fits)
	phone.shoot("inaccurate")
	accuracy = 12
	stand()
	phone.goTo("/") // the browser may give the position before for a while, and the button rests
	phone.until(`!document.querySelector('[data-test="check-button"]').disabled`)
	phone.do(click(at("check-button")))
	phone.until(result("good", "dari lokasi kerja (±12 m)."))
	phone.shoot("recorded")

	// Who has come and is on a break opens the page again, and what it says then moves nothing, either.
	for _, setting := range []browser.PermissionSetting{browser.PermissionSettingPrompt,
		browser.PermissionSettingDenied} {
		may(setting)
		phone.goTo("/")
		phone.until(count("punch", 1) + " && " + phone.visible("place") + " && " + settled)
		phone.steady("/ after a punch", 360)
	}
}
