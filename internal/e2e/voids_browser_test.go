package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Case 17: an employee asks on a phone that a wrong punch be struck out, an admin sees what that makes of the day and
// approves; the next one the admin strikes out at once. Both stay, struck out, wherever punches are listed.
func TestAWrongPunchIsStruckOut(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 1)
	people := s.people(es[:1])
	phone, admin := open(t, "asks", s.apis[0], 360, 800), open(t, "strikes", s.apis[1], 1280, 900)

	button := `document.querySelector('[data-test="check-button"]')`
	phone.signIn(people[0].user.Login, "/")
	tap := func() {
		phone.until(button + `.dataset.action === "check_in" && !` + button + `.disabled`)
		phone.do(click(at("check-button")))
		phone.until(button + `.dataset.action === "check_out"`)
	}
	tap()
	phone.until(count("punch", 1))
	phone.until(`(fetch("/api/me/today").then((r) => r.json())
		.then((d) => (window.workDate = d.button.work_date)), true)`)
	phone.until(`window.workDate`)
	date, err := chromedp.Run(phone.ctx, chromedp.Evaluate[string](`window.workDate`))
	require.NoError(t, err)
	day := fmt.Sprintf("/riwayat?day=%d/%s", es[0].ID, date)

	phone.goTo(day)
	phone.do(appears(at("ask-strike")))
	phone.until(count("strike", 1) + ` && !(` + phone.visible("strike") + `)`)
	phone.shoot("own-day")
	phone.do(click(at("ask-strike")))
	phone.until(`document.querySelector('[data-test="wrong-punch"]')?.checked === true`)
	phone.until(`document.querySelector('[data-test="void"]').checked`)
	phone.until(`!(` + phone.visible("time") + `)`)
	phone.shoot("form")
	phone.until(fits)
	phone.do(click(at("send")))
	phone.until(phone.visible("reason-wrong"))
	phone.put("reason", "Jari orang lain")
	phone.do(click(at("send")))
	phone.until(count("request", 1))
	phone.until(`document.querySelector('[data-test="request"]').innerText.includes("Coret Masuk")`)

	admin.signIn(s.admin.user.Login, "/dasbor")
	admin.goTo("/koreksi")
	admin.press(`[data-test="request"]`)
	admin.until(`document.querySelector('[data-test="effect"]')?.innerText.includes("Setelah disetujui")`)
	admin.shoot("effect")
	admin.do(click(at("approve")))
	admin.until(count("request", 0))
	phone.goTo("/")
	phone.until(button + `.dataset.action === "check_in"`)
	phone.until(`document.querySelector('[data-test="punch"]').dataset.voided === "true"`)
	phone.until(`[...document.querySelectorAll('[data-test="reason"]')].some((e) => e.dataset.code === "voided")`)
	phone.shoot("struck")

	// The same again is a new punch, not the repeat of what counts for nothing.
	tap()
	phone.until(count("punch", 2))
	admin.goTo(day)
	admin.until(count("day-punch", 2))
	admin.until(`[...document.querySelectorAll('[data-test="strike"]')].filter((e) => e.offsetParent).length === 1`)
	admin.until(`([...document.querySelectorAll('[data-test="strike"]')].find((e) => e.offsetParent).click(), true)`)
	admin.do(appears(at("strike-yes")), click(at("strike-yes")))
	admin.until(admin.visible("strike-reason-wrong"))
	admin.put("strike-reason", "Absen untuk teman")
	admin.shoot("strike")
	admin.do(click(at("strike-yes")))
	admin.toasted("Absensi dicoret.")
	admin.until(`document.querySelectorAll('[data-test="day-punch"][data-voided="true"]').length === 2`)
	admin.until(`document.querySelector('[data-test="day"]').innerText.includes("Absen untuk teman")`)
	admin.shoot("day")
	phone.until(button + `.dataset.action === "check_in"`)
	phone.until(`document.querySelectorAll('[data-test="punch"][data-voided="true"]').length === 2`)
	admin.goTo("/audit")
	admin.until(`document.querySelector("main").innerText.includes("Absensi dicoret")`)
}

// Case 19: what a person did by a slip is taken back within a minute, and whoever leaves before the end of the shift is
// asked first.
func TestASlipIsTakenBackAndLeavingEarlyIsAskedAbout(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 2)
	people := s.people(es)
	phone := open(t, "undo", s.apis[0], 360, 800)
	phone.signIn(people[0].user.Login, "/")
	button := `document.querySelector('[data-test="check-button"]')`
	phone.until(button + `.dataset.action === "check_in" && !` + button + `.disabled`)
	phone.do(click(at("check-button")))
	phone.until(button + `.dataset.action === "check_out"`)
	phone.until(phone.visible("undo") + ` && ` + fits)
	phone.shoot("undo")
	phone.do(click(at("undo"))) // which is there for a minute
	phone.until(`document.querySelector('[data-test="punch"]')?.dataset.voided === "true"`)
	phone.until(button + `.dataset.action === "check_in"`)
	phone.until(`!(` + phone.visible("undo") + `)`)
	phone.shoot("undone")

	// Somebody who came some minutes ago goes long before the end of the shift.
	body := map[string]any{"occurred_at": time.Now().Add(-5 * time.Minute).UTC().Format(time.RFC3339),
		"contact": contact(t, people[1].user, time.Now().Add(-time.Hour))}
	_, err := call(t.Context(), http.MethodPost, s.apis[0]+"/api/attendances/check-in", people[1].token, nil, body, nil)
	require.NoError(t, err)
	early := open(t, "early", s.apis[1], 360, 800)
	early.signIn(people[1].user.Login, "/")
	early.until(button + `.dataset.action === "check_out" && !` + button + `.disabled`)
	early.do(click(at("check-button")))
	early.until(questionOpen + ` && /^Shift baru selesai pukul \d\d\.\d\d\. Pulang sekarang\?$/.test(` +
		`document.querySelector("#question h2").textContent.trim())`)
	early.shoot("asked")
	early.refuse()
	early.until(count("punch", 1))
	early.do(click(at("check-button")))
	early.agree()
	early.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "good"`)
	early.until(count("punch", 2))
}
