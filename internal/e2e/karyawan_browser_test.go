package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	editorOpen  = `document.querySelector('[data-test="editor"]').open`
	rowsPresent = `document.querySelectorAll('[data-test="row"]').length > 0`
)

// hasRow tells whether the list has an employee. It is one term, so that a ! before it means all of it.
func hasRow(number string) string {
	return `(document.querySelector('[data-test="row"][data-number="` + number + `"]') !== null)`
}

func editOf(number string) chromedp.CSS {
	return chromedp.CSS(`[data-test="row"][data-number="` + number + `"] [data-test="edit"]`)
}

// toasted waits for a message.
func (b *tab) toasted(message string) {
	b.t.Helper()
	b.until(`[...document.querySelectorAll('[data-test="toast"] span')].some((e) => e.textContent === "` + message +
		`")`)
}

// An admin adds an employee, corrects the form, changes, deactivates and brings back; two at once do not overwrite each
// other; the filter is in the address.
func TestEmployeesAreLookedAfter(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "employees", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/karyawan")
	b.until(rowsPresent)
	b.shoot("list")
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(types(at("number"), "JKT-0001"), types(at("name"), "Wulan Sari"),
		click(at("save")))
	b.until(shown("branch_id-wrong", "Wajib diisi."))
	b.until(`document.getElementById("branch_id").getAttribute("aria-describedby") === "branch_id-wrong"`)
	b.shoot("wrong")
	b.until(`(() => { const s = document.getElementById("branch_id"); s.selectedIndex = 1;
		s.dispatchEvent(new Event("change")); return true; })()`)
	b.do(click(at("save")))
	b.until(shown("number-wrong", "Nomor karyawan ini sudah dipakai."))
	// The server's own reason stands at the field.
	b.set("name", "Wulan\u200bSari")
	b.do(click(at("save")))
	b.until(shown("name-wrong", "Hapus karakter yang tidak terlihat oleh siapa pun."))
	b.set("name", "Wulan Sari")
	b.do(types(at("number"), "-B"), click(at("save")))
	b.toasted("Wulan Sari ditambahkan.")
	b.until(shown("slip-login", "jkt-0001-b"))
	b.do(click(at("slip-done")))
	b.until(`!` + editorOpen + ` && document.activeElement.dataset.test === "add"`)

	b.do(types(at("filter-q"), "wulan sari"))
	b.until(`document.querySelectorAll('[data-test="row"]').length === 1 && location.search === "?q=wulan+sari"`)
	b.goTo("/karyawan?q=wulan+sari")
	b.until(hasRow("JKT-0001-B"))
	other := open(t, "employees-phone", base, 360, 800)
	other.signIn("admin@demo.test", "/dasbor")
	other.goTo("/karyawan?q=wulan+sari")
	other.until(hasRow("JKT-0001-B"))
	other.do(click(at("language")))
	other.shoot("list")
	other.do(click(editOf("JKT-0001-B")))
	other.until(shown("editor-title", "Edit Wulan Sari"))
	other.shoot("edit")

	b.do(click(editOf("JKT-0001-B")))
	b.until(editorOpen)
	b.do(types(at("position"), "Kasir"), click(at("save")))
	b.toasted("Wulan Sari tersimpan.")

	other.do(types(at("department"), "Toko"), click(at("save")))
	other.until(`document.querySelector('[data-test="stale"]').offsetParent !== null`)
	other.shoot("stale")
	other.do(click(at("reload")))
	other.until(`document.querySelector('[data-test="position"]').value === "Kasir"`)
	other.do(click(at("deactivate")), appears(at("left_on")))
	other.shoot("deactivate")
	other.do(click(at("leave-save")))
	other.toasted("Wulan Sari is inactive.")
	other.until(`!` + hasRow("JKT-0001-B"))
	other.switchLanguage("id")

	b.goTo("/karyawan?q=wulan+sari&status=inactive")
	b.until(hasRow("JKT-0001-B"))
	b.do(click(editOf("JKT-0001-B")), appears(at("reactivate")), click(at("reactivate")))
	b.agree()
	b.toasted("Wulan Sari aktif kembali.")
	b.until(`!` + hasRow("JKT-0001-B"))

	// Somebody with a schedule, and the pages of the list forth and back.
	b.goTo("/karyawan")
	b.until(`document.querySelectorAll('[data-test="row"]').length === 50`)
	b.do(click(editOf("JKT-0001")), appears(at("assignment")))
	b.shoot("schedule")
	b.do(click(at("editor-close")), click(at("next")))
	b.until(`!` + hasRow("JKT-0001") + ` && ` + rowsPresent)
	b.do(click(at("previous")))
	b.until(hasRow("JKT-0001"))
}
