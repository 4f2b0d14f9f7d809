package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func hasShift(code string) string {
	return `document.querySelector('[data-test="shift"][data-code="` + code + `"]') !== null`
}

// An administrator adds a shift while its picture follows the form, changes it and takes it out of use.
func TestShiftsAreLookedAfter(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b, phone := open(t, "shifts", base, 1280, 1000), open(t, "shifts-phone", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/shift")
	b.until(`document.querySelectorAll('[data-test="shift"]').length > 0`)
	// The night makes the axis of all bars 48 hours long.
	b.until(count("hour", 5) + ` && ((bars) => bars.length === 3 &&
		bars.every((e) => e.querySelectorAll(".w-px").length === 1))
		([...document.querySelectorAll('[data-test="list-bar"]')])`)
	b.shoot("list")
	// As in Safari, where a click does not focus a button; the focus returns to it all the same.
	b.until(`(() => { document.activeElement.blur(); document.querySelector('[data-test="add"]').click();
		return document.querySelector('[data-test="editor"]').open; })()`)
	b.until(count("midnight", 0))
	b.do(click(at("save")))
	b.until(shown("code-wrong", "Isi kode, paling banyak 32 karakter."))
	b.put("code", "SIANG-X")
	b.put("name", "Siang panjang")
	b.put("late_grace", "15")
	b.until(`document.querySelector('[data-test="facts"]').innerText.includes("08.15")`)
	b.put("late_grace", "999")
	b.do(click(at("save")))
	b.until(shown("late_grace-wrong", "Isi menit bulat, 0 sampai 240."))
	b.until(`document.querySelector('[data-test="late_grace"]').getAttribute("aria-describedby") ===
		"late_grace-wrong"`)
	b.put("late_grace", "15")
	b.choose("break_mode", "punched")
	b.until(`document.querySelector('[data-test="break_minimum"]') !== null &&
		document.querySelector('[data-test="break_minutes"]') === null`)
	b.put("break_minimum", "45")
	b.until(`document.querySelector('[data-test="facts"]').innerText.includes("paling sedikit 45 menit")`)
	b.shoot("form")
	b.do(click(at("save")))
	b.toasted("Shift Siang panjang ditambahkan.")
	b.until(hasShift("SIANG-X") + ` && document.activeElement.dataset.test === "add"`)

	phone.signIn("admin@demo.test", "/dasbor")
	phone.goTo("/shift")
	phone.do(appears(at("language")), click(at("language")))
	phone.until(hasShift("SIANG-X"))
	phone.until(fits)
	phone.shoot("list")
	phone.press(`[data-test="shift"][data-code="SIANG-X"] [data-test="edit"]`)
	phone.until(shown("editor-title", "Edit shift Siang panjang"))
	phone.until(`document.querySelector('[data-test="break_mode"]').value === "punched" &&
		document.querySelector('[data-test="break_minimum"]').value === "45"`)
	// From 22:00 to 06:00 it runs over midnight, and the picture with it.
	phone.until(`(() => { for (const [name, value] of [["start", "22:00"], ["end", "06:00"]]) {
		const e = document.querySelector('[data-test="' + name + '"]'); e.value = value;
		e.dispatchEvent(new Event("input", { bubbles: true })); } return true; })()`)
	phone.until(count("midnight", 1))
	phone.until(`document.querySelector('[data-test="bar"]').getAttribute("aria-label").includes("end 06:00 (+1)")`)
	phone.until(`document.querySelector('[data-test="editor"]').scrollWidth <= innerWidth`)
	phone.shoot("night")
	phone.do(click(at("save")))
	phone.toasted("Shift Siang panjang saved.")
	phone.press(`[data-test="shift"][data-code="SIANG-X"] [data-test="edit"]`)
	phone.do(appears(at("remove")), click(at("remove")))
	phone.agree()
	phone.toasted("Shift Siang panjang removed.")
	phone.until(`!(` + hasShift("SIANG-X") + `)`)
}

// A weekly pattern is given to chosen employees and to everybody who matches, seen and ended; an admin of a branch
// gives patterns, and leaves shifts alone.
func TestPatternsAreGiven(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b, phone := open(t, "patterns", base, 1280, 1400), open(t, "patterns-phone", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/shift")
	b.until(count("person", 20) + ` && ` + b.visible("pick")) // the list is shown a frame after it is filled
	b.do(click(at("assign")))
	b.until(shown("wrong-employees", "Pilih sedikitnya satu karyawan."))
	b.until(`document.activeElement.dataset.test === "pick"`)
	b.put("who-q", "JKT-000")
	b.until(count("person", 9))
	b.press(`[data-test="person"][data-number="JKT-0001"] [data-test="pick"]`)
	b.press(`[data-test="person"][data-number="JKT-0002"] [data-test="pick"]`)
	b.until(shown("chosen", "2 karyawan dipilih"))
	b.choose("day-0-5", "1")
	b.do(click(at("add-week")))
	b.until(count("week", 2))
	b.choose("day-1-0", "0")
	b.until(`document.querySelector('[data-test="preview"]').textContent.startsWith("2 karyawan mulai ") &&
		Math.abs(Date.parse(document.querySelector('[data-test="from"]').value) - Date.now()) < 36 * 3_600_000 &&
		document.querySelector('[data-test="preview"]').textContent.includes("Minggu ke-2: Sen Libur")`)
	b.shoot("chosen")
	b.do(click(at("assign")))
	b.toasted("Pola diterapkan pada 2 karyawan.")
	b.until(shown("chosen", "0 karyawan dipilih"))
	b.press(`[data-test="person"][data-number="JKT-0001"] [data-test="view"]`)
	b.until(count("assignment", 2))
	b.until(`document.querySelector('[data-test="person-dialog"]').open`)
	b.shoot("person")
	b.until(`(() => { const e = document.querySelectorAll('[data-test="end"]')[0]; e.value = e.min;
		e.dispatchEvent(new Event("input", { bubbles: true }));
			document.querySelectorAll('[data-test="end-save"]')[0].click(); return true; })()`)
	b.toasted("Tersimpan.")
	b.until(`document.querySelector('[data-test="assignment-title"]').textContent.includes(" – ") ||
		document.querySelector('[data-test="end"]').value !== ""`)
	b.do(click(at("take")), appears(at("agree")))
	b.shoot("take")
	b.agree()
	b.toasted("Pola dihapus.")
	b.shoot("taken")
	b.until(count("assignment", 1))
	b.do(click(at("person-close")))
	b.until(`document.activeElement.dataset.test === "view"`)

	phone.signIn("admin@demo.test", "/dasbor")
	phone.goTo("/shift")
	phone.do(appears(at("language")), click(at("language")))
	phone.until(count("person", 20))
	phone.put("who-q", "JKT-000")
	phone.until(count("person", 9))
	phone.do(click(at("pick-everyone")))
	phone.until(shown("chosen", "All 9 employees that match are chosen"))
	phone.until(fits)
	phone.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#pattern-title').scrollIntoView()`))
	phone.shoot("people")
	phone.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="week"]').scrollIntoView()`))
	phone.shoot("week")
	phone.do(click(at("assign")))
	phone.toasted("Pattern applied to 9 employees.")

	branch := open(t, "patterns-branch", base, 1280, 900)
	branch.signIn("cabang@demo.test", "/dasbor")
	branch.goTo("/shift")
	branch.until(`document.querySelectorAll('[data-test="person"]').length > 0`)
	branch.until(`!(` + branch.visible("add") + `) && !(` + branch.visible("edit") + `)`)
	branch.press(`[data-test="person"] [data-test="pick"]`)
	branch.put("who-q", "nobody is called so")
	branch.until(branch.visible("no-people"))
	branch.until(shown("chosen", "1 karyawan dipilih")) // choices outlive a search
	branch.shoot("none")
	branch.do(click(at("assign")))
	branch.toasted("Pola diterapkan pada 1 karyawan.")
}
