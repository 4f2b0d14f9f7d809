package e2e

import (
	"testing"
	"time"
)

// An administrator forgets who left long ago: the dialog wants the number and a reason, and afterwards the pages show
// the pseudonym, and nothing to change it with.
func TestALeaverIsForgottenOnThePages(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "forgotten", base, 360, 800)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/karyawan")
	b.until(rowsPresent)
	b.do(click(at("add")))
	b.until(editorOpen)
	b.do(types(at("number"), "LAMA-1"), types(at("name"), "Orang Lama"))
	b.until(`(() => { const s = document.getElementById("branch_id"); s.selectedIndex = 1;
		s.dispatchEvent(new Event("change")); return true; })()`)
	b.do(click(at("save")))
	b.toasted("Orang Lama ditambahkan.")

	b.goTo("/karyawan?q=lama-1")
	b.until(hasRow("LAMA-1"))
	b.do(click(editOf("LAMA-1")), appears(at("deactivate")), click(at("deactivate")),
		appears(at("leave-save")))
	b.set("left_on", time.Now().AddDate(0, 0, -90).Format(time.DateOnly))
	b.do(click(at("leave-save")))
	b.toasted("Orang Lama nonaktif.")

	b.goTo("/karyawan?q=lama-1&status=inactive")
	b.until(hasRow("LAMA-1"))
	b.do(click(editOf("LAMA-1")), appears(at("forget")), click(at("forget")),
		appears(at("forget-save")))
	b.until(`document.getElementById("forget-title").textContent === "Lupakan Orang Lama untuk selamanya?"`)
	b.until(fits)
	b.shoot("asked")
	b.do(types(at("forget-number"), "LAMA-2"), types(at("forget-reason"), "sudah lama"),
		click(at("forget-save")))
	b.until(shown("forget-number-wrong", "Ini bukan nomor karyawan tersebut."))
	b.put("forget-number", "LAMA-1")
	b.do(click(at("forget-save")))
	b.until(`[...document.querySelectorAll('[data-test="toast"] span')].some((e) =>
		e.textContent.startsWith("Orang ini sekarang bernama Mantan karyawan #"))`)

	b.goTo("/karyawan?q=mantan-&status=inactive")
	b.until(count("row", 1))
	b.until(`document.querySelector('[data-test="row"]').innerText.includes("Dilupakan")`)
	b.until(unseen("edit"))
	b.do(click(at("view")), appears(at("is-forgotten")))
	for _, gone := range []string{"save", "reactivate", "move", "forget"} {
		b.until(unseen(gone))
	}
	b.until(`!(` + unseen("take-data") + `)`)
	b.until(fits)
	b.shoot("forgotten")
}
