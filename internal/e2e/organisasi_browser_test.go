package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func branchRow(code string) string {
	return `document.querySelector('[data-test="row"][data-code="` + code + `"]')`
}

// An admin makes a branch with a site, mends what the form complains about, and removes it; one with people stays.
func TestBranchesAreLookedAfter(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "branches", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/cabang")
	b.until(rowsPresent)
	b.shoot("list")
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(types(at("code"), "JKT"), types(at("name"), "Surabaya"),
		click(at("site-add")), appears(at("site-name")),
		types(at("site-name"), "Kantor"), types(at("site-latitude"), "-97,2"),
		types(at("site-longitude"), "112,7521"), click(at("save")))
	b.until(shown("latitude-wrong", "Isi angka mulai dari -90."))
	b.until(`document.querySelector('[data-test="site-latitude"]').getAttribute("aria-invalid") === "true"`)
	b.shoot("wrong")
	b.do(chromedp.Evaluate[chromedp.Void](
		`(() => { const e = document.querySelector('[data-test="site-latitude"]'); e.value = "-7,2575";
			e.dispatchEvent(new Event("input")); })()`), click(at("save")))
	b.until(shown("code-wrong", "Kode ini sudah dipakai."))
	b.until(shown("site-scale", "100 m"))
	// How well a device must know its place has bounds, and a value that everybody begins with.
	accuracy := func(metres string) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](`(() => { const e = document.getElementById("max-accuracy");
			e.value = "` + metres + `"; e.dispatchEvent(new Event("input")); })()`)
	}
	b.until(`document.querySelector('[data-test="max-accuracy"]').value === "150"`)
	b.do(accuracy("5"), click(at("save")))
	b.until(shown("max-accuracy-wrong", "Isi angka mulai dari 10."))
	b.do(accuracy("75"))
	// What becomes of punches without network is a choice with a safe beginning.
	b.until(`document.querySelector('[data-test="offline-policy"]').value === "hours"`)
	b.until(`document.querySelector('[data-test="offline-hours"]').value === "12"`)
	b.set("offline-hours", "99")
	b.do(click(at("save")))
	b.until(shown("offline-hours-wrong", "Isi angka paling besar 72."))
	b.choose("offline-policy", "approval")
	b.until(`!(` + b.visible("offline-hours") + `)`)
	b.shoot("offline")
	b.do(types(at("code"), "-SBY"), click(at("save")))
	b.toasted("Surabaya ditambahkan.")
	b.until(`!` + editorOpen + ` && ` + branchRow("JKT-SBY") + `.innerText.includes("1 lokasi")`)

	phone := open(t, "branches-phone", base, 360, 800)
	phone.signIn("admin@demo.test", "/dasbor")
	phone.goTo("/cabang")
	phone.until(branchRow("JKT-SBY") + ` !== null`) // before Alpine runs, a click goes nowhere
	phone.do(click(at("language")))
	phone.until(shown("add", "Add branch") + ` && ` + branchRow("JKT-SBY") + ` !== null`)
	phone.shoot("list")
	phone.do(chromedp.Evaluate[chromedp.Void](branchRow("JKT-SBY") + `.querySelector("button").click()`))
	phone.until(shown("editor-title", "Edit Surabaya"))
	phone.until(`document.querySelector('[data-test="max-accuracy"]').value === "75"`)
	phone.until(`document.querySelector('[data-test="offline-policy"]').value === "approval"`)
	phone.until(`document.getElementById("max-accuracy-hint").textContent.startsWith("A position less accurate")`)
	phone.until(`document.documentElement.scrollWidth <= innerWidth &&
		document.getElementById("branch").scrollWidth <= innerWidth`)
	phone.shoot("edit")
	phone.do(chromedp.ScrollIntoView(at("site-add")))
	phone.shoot("site")

	// The other one is quicker: what the phone shows is no longer true, and it is told so instead of undoing the
	// change.
	b.do(chromedp.Evaluate[chromedp.Void](branchRow("JKT-SBY") + `.querySelector("button").click()`))
	b.until(editorOpen + ` && document.activeElement.dataset.test === "code"`)
	b.do(types(at("name"), " Timur"), click(at("save")))
	b.toasted("Surabaya Timur tersimpan.")
	phone.do(types(at("name"), " Barat"), click(at("save")))
	phone.until(shown("editor-error", "Somebody else has just changed this. Close it and open it again to see how."))
	phone.until(branchRow("JKT-SBY") + `.innerText.includes("Surabaya Timur")`)
	phone.shoot("stale")
	phone.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("branch").close()`))
	phone.do(chromedp.Evaluate[chromedp.Void](branchRow("JKT-SBY") + `.querySelector("button").click()`))
	phone.until(shown("editor-title", "Edit Surabaya Timur"))
	phone.do(click(at("remove")))
	phone.agree()
	phone.toasted("Surabaya Timur removed.")
	phone.until(branchRow("JKT-SBY") + ` === null`)
	phone.switchLanguage("id") // the language is the account's, on every screen of it

	b.goTo("/cabang")
	b.until(rowsPresent)
	b.until(branchRow("JKT") + ` !== null`)
	b.do(chromedp.Evaluate[chromedp.Void](branchRow("JKT")+`.querySelector("button").click()`),
		appears(at("remove")))
	b.shoot("edit")
	b.do(click(at("remove")))
	b.agree()
	b.until(`document.querySelector('[data-test="editor-error"]').textContent
		.includes("karyawan bertugas di cabang ini")`)
	b.shoot("stays")
}

func holidayRow(date, name string) string {
	return `[...document.querySelectorAll('[data-test="row"][data-date="` + date +
		`"]')].find((e) => e.innerText.includes("` + name + `"))`
}

// typeDate gives a date field a value, past the browser's own way of entering one.
func typeDate(date string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](
		`(() => { const e = document.querySelector('[data-test="date"]'); e.value = "` + date +
			`"; e.dispatchEvent(new Event("input")); })()`)
}

// An admin adds a holiday for all, a branch admin takes it back for one person and may not touch the company's.
func TestHolidaysAreLookedAfter(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "holidays", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/libur")
	b.until(rowsPresent)
	b.shoot("list")
	b.goTo("/libur?year=2031")
	b.until(`document.querySelector('[data-test="empty"]').offsetParent !== null &&
		document.querySelector('[data-test="year"]').value === "2031"`)
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(types(at("name"), "Cuti bersama"), click(at("save")))
	b.until(shown("date-wrong", "Wajib diisi."))
	b.do(typeDate("2031-05-02"))
	// at once, not only when it is sent
	b.until(`!(` + b.visible("date-wrong") +
		`) && document.querySelector('[data-test="date"]').getAttribute("aria-invalid") !== "true"`)
	b.do(click(at("scope-branch")), appears(at("branch")), click(at("save")))
	b.until(shown("branch-wrong", "Wajib diisi."))
	b.shoot("wrong")
	b.do(click(at("scope-company")), click(at("save")))
	b.toasted("Cuti bersama ditambahkan.")
	b.until(`!` + editorOpen + ` && ` + holidayRow("2031-05-02", "Seluruh perusahaan") + ` !== undefined`)
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(types(at("name"), "Lagi"), typeDate("2031-05-02"), click(at("save")))
	b.until(shown("date-wrong", "Sudah ada libur pada tanggal ini."))

	phone := open(t, "holidays-phone", base, 360, 800)
	phone.signIn("cabang@demo.test", "/dasbor")
	phone.goTo("/libur?year=2031")
	phone.until(holidayRow("2031-05-02", "Cuti bersama") + ` !== undefined`)
	phone.do(click(at("language")))
	phone.until(shown("add", "Add holiday") + ` && ` + holidayRow("2031-05-02", "Cuti bersama") +
		`?.querySelector("button").offsetParent === null`)
	phone.do(click(at("add")))
	phone.until(editorOpen + ` && document.querySelector('[data-test="scope-company"]').offsetParent === null`)
	phone.do(typeDate("2031-05-02"), types(at("name"), "On duty"), click(at("scope-employee")),
		appears(at("employee")),
		types(at("employee"), "TIADA-1"), click(at("working")), click(at("save")))
	phone.until(shown("employee-wrong", "No employee has this number."))
	phone.until(`document.documentElement.scrollWidth <= innerWidth &&
		document.getElementById("holiday").scrollWidth <= innerWidth`)
	phone.shoot("edit")
	phone.do(chromedp.Evaluate[chromedp.Void](
		`(() => { const e = document.querySelector('[data-test="employee"]'); e.value = "JKT-0001";
			e.dispatchEvent(new Event("input")); })()`), click(at("save")))
	phone.toasted("On duty added.")
	phone.until(holidayRow("2031-05-02", "JKT-0001") + `?.innerText.includes("Working day")`)
	phone.shoot("list")
	phone.do(chromedp.Evaluate[chromedp.Void](holidayRow("2031-05-02", "On duty")+`.querySelector("button").click()`),
		appears(at("remove")), click(at("remove")))
	phone.agree()
	phone.toasted("On duty removed.")
	phone.until(holidayRow("2031-05-02", "On duty") + ` === undefined`)
}
