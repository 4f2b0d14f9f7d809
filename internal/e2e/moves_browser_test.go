package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// fill gives a field a value, past the browser's own way of entering one.
func fill(name, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`(() => { const e = document.querySelector('[data-test="` + name +
		`"]'); e.value = "` + value +
		`"; e.dispatchEvent(new Event(e.tagName === "SELECT" ? "change" : "input")); })()`)
}

const placements = `[...document.querySelectorAll('[data-test="placement"]')]`

// An admin moves somebody to another branch from a date to come, takes it back, and moves them since a date that has
// passed.
func TestAnEmployeeIsMovedOnThePage(t *testing.T) {
	t.Parallel()
	base := demo(t)
	for _, c := range []struct {
		name          string
		width, height int64
		number        string
	}{{"moves", 1280, 900, "JKT-0003"}, {"moves-phone", 360, 800, "JKT-0004"}} {
		b := open(t, c.name, base, c.width, c.height)
		b.signIn("admin@demo.test", "/dasbor")
		b.goTo("/karyawan?q=" + c.number)
		b.until(hasRow(c.number))
		b.do(click(editOf(c.number)))
		b.until(editorOpen + ` && ` + placements + `.length === 1 && ` + placements + `[0].dataset.state === "present"`)
		b.put("name", "Belum disimpan")
		b.do(click(at("move")))
		b.until(b.visible("move-from") + ` && document.querySelector('[data-test="move-from"]').value !== ""`)
		b.do(click(at("move-save")))
		b.until(shown("move-reason-wrong", "Wajib diisi."))
		b.do(fill("move-reason", "Mutasi ke Makassar"))
		b.do(chromedp.Evaluate[chromedp.Void](
			`(() => { const s = document.querySelector('[data-test="move-branch"]');
				s.value = [...s.options].find((o) => o.text === "Makassar").value;
					s.dispatchEvent(new Event("change")); })()`))
		b.do(fill("move-from", "2035-01-01"), fill("move-position", "Kepala Toko"))
		b.shoot("form")
		b.until(`document.documentElement.scrollWidth <= innerWidth`)
		b.do(click(at("move-save")))
		b.until(placements + `.length === 2 && ` + placements + `[0].dataset.state === "future" && ` + placements +
			`[0].innerText.includes("Makassar") && ` +
			placements + `[0].innerText.includes("Kepala Toko")`)
		b.do(chromedp.Evaluate[chromedp.Void](
			`document.querySelector('[data-test="placements"]').scrollIntoView({ block: "center" })`))
		b.shoot("future")
		b.until(`document.querySelector('[data-test="editor"]').scrollWidth <= innerWidth`)
		b.do(click(at("undo-move")))
		b.do(appears(at("agree")), click(at("agree")))
		b.until(placements + `.length === 1`)
		b.do(click(at("move")))
		b.until(b.visible("move-reason") + ` && document.querySelector('[data-test="move-reason"]').value === ""`)
		b.do(chromedp.Evaluate[chromedp.Void](
			`(() => { const s = document.querySelector('[data-test="move-branch"]');
				s.value = [...s.options].find((o) => o.text === "Makassar").value;
					s.dispatchEvent(new Event("change")); })()`))
		b.do(fill("move-reason", "Sejak awal minggu"), chromedp.Evaluate[chromedp.Void](
			`(() => { const e = document.querySelector('[data-test="move-from"]');
				e.value = new Date(Date.now() - 3 * 86400000).toISOString().slice(0, 10);
					e.dispatchEvent(new Event("input")); })()`),
			click(at("move-save")))
		b.until(placements + `.length === 2 && ` + placements + `[0].dataset.state === "present" && ` + placements +
			`[1].dataset.state === "past"`)
		// What was typed before is still there, and where the moves put the person is, too.
		b.until(`document.querySelector('[data-test="editor"] [data-test="name"]').value === "Belum disimpan" &&
			document.querySelector('[data-test="editor"] [data-test="branch_id"]').selectedOptions[0].text ===
				"Makassar"`)
		b.shoot("moved")
	}
}
