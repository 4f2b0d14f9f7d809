package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const importOpen = `document.querySelector('[data-test="import-drawer"]').open`

// watchProgress keeps what the progress says, and answers no question about an import.
const watchProgress = `(() => {
	window.seen = [];
	const said = document.querySelector('[data-test="import-progress-text"]');
	new MutationObserver(() => seen.push(said.textContent))
		.observe(said, { childList: true, characterData: true, subtree: true });
	const ask = window.fetch;
	window.fetch = (path, o) => o?.method === "GET" && /imports\/[0-9]+$/.test(path)
		? Promise.reject(new TypeError("cut")) : ask(path, o);
	return true;
})()`

// csvFile writes a file for a file input.
func csvFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// pick gives the page's file input a file and sends it off to be looked at.
func (b *tab) pick(path string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(at("import-file"), []string{path}), click(at("import-check")))
}

// An admin imports a file: what is wrong with it is said, the preview writes nothing, the progress moves without a
// reload, and the refused lines can be had as CSV. A branch admin on a phone may import the own branch only.
func TestEmployeesAreImported(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	base := demo(t)
	b := open(t, "import", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/karyawan?q=impor")
	b.do(appears(at("import")), click(at("import")), appears(at("import-check")),
		click(at("import-check")))
	b.until(shown("import-file-wrong", "Pilih berkas dulu."))
	b.until(`document.activeElement.id === "import-file" &&
		document.activeElement.getAttribute("aria-invalid") === "true"`)
	b.pick(csvFile(t, "salah.csv", "nomor;nama\n1;Budi\n"))
	b.until(`document.querySelector('[data-test="import-file-wrong"]').textContent
		.startsWith("Baris judul tidak memuat kolom branch")`)
	b.accessible(string(axe), "wrong")
	b.shoot("wrong")

	// What changed on the disk after it was chosen has to be chosen once more; the network has nothing to do with it.
	edited := csvFile(t, "diedit.csv", "number,name,branch\nEDT-1,Sebelum,JKT\n")
	b.do(chromedp.SetUploadFiles(at("import-file"), []string{edited}))
	require.NoError(t, os.WriteFile(edited, []byte("number,name,branch\nEDT-1,Sesudah Diedit,JKT\n"), 0o600))
	b.do(click(at("import-check")))
	b.until(shown("import-file-wrong", "Berkas ini diubah atau dihapus setelah dipilih; pilih sekali lagi.") +
		` && document.activeElement.id === "import-file"`)
	b.shoot("stale")
	b.pick(edited)
	b.until(shown("import-title", "Periksa sebelum impor") + ` && ` + shown("import-created", "1") + ` &&
		document.querySelector('[data-test="import-change"]').innerText.includes("Sesudah Diedit")`)
	b.tap("import-again")

	var csv strings.Builder
	csv.WriteString("\xEF\xBB\xBFNIK;Nama;Kode Cabang;Jabatan;Sepatu\r\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "IMP-%04d;Impor %04d;JKT;Kasir;40\r\n", i, i)
	}
	csv.WriteString("IMP-9001;;JKT;;\r\nIMP-9002;Impor Lain;TIDAKADA;;\r\nJKT-0001;Impor Ganti Nama;JKT;Kepala;42\r\n")
	b.pick(csvFile(t, "karyawan baru.csv", csv.String()))
	b.until(shown("import-title", "Periksa sebelum impor") + ` && ` + shown("import-created", "2.500") + ` && ` +
		shown("import-updated", "1") + ` && ` + shown("import-rejected", "2"))
	b.until(`document.activeElement.dataset.test === "import-title" && history.state?.drawer === true`)
	b.until(shown("import-ignored", "Kolom yang diabaikan: Sepatu") +
		` && document.querySelectorAll('[data-test="import-change"]').length === 200`)
	b.until(`document.querySelector('[data-test="import-refused"]').innerText
		.includes("nilai name kosong")`)
	b.accessible(string(axe), "preview")
	b.shoot("preview")
	b.until(`fetch("/api/employees?q=IMP-0001").then((r) => r.json()).then((l) => l.items.length === 0)`)

	// The socket alone brings the progress: the page's questions get no answer.
	b.until(`performance.getEntriesByName(location.origin + "/broadcasting/auth").length > 0 && ` + live)
	b.until(watchProgress)
	b.do(click(at("import-start")))
	b.until(shown("import-outcome", "Impor selesai; 2 baris ditolak.") + ` && ` + shown("import-created", "2.500") +
		` && seen.some((s) => /^[1-9].* dari 2\.503 baris$/.test(s))`)
	b.goTo("/karyawan?q=impor&import=" + b.importID())
	b.until(importOpen + ` && ` + shown("import-title", "Hasil impor") +
		` && document.querySelectorAll('[data-test="import-refused"]').length === 2`)
	b.accessible(string(axe), "done")
	b.shoot("done")
	b.until(`fetch(document.querySelector('[data-test="import-download"]').href).then((r) => r.text())
		.then((s) => s.split("\n").length === 4 && s.includes("TIDAKADA"))`)
	b.do(click(at("import-finish")))
	b.until(`!` + importOpen + ` && location.search === "?q=impor" && document.activeElement.dataset.test === "import"`)
	b.until(hasRow("IMP-0001"))

	phone := open(t, "import-phone", base, 360, 800)
	phone.signIn("cabang@demo.test", "/dasbor")
	phone.goTo("/karyawan")
	phone.do(appears(at("language")), click(at("language")), appears(at("import")),
		click(at("import")), appears(at("import-check")))
	phone.accessible(string(axe), "choose")
	phone.shoot("choose")
	phone.pick(csvFile(t, "staff.csv",
		"number,name,branch\nPHN-1,Somebody New,JKT\nPHN-2,Not Theirs,SBY\nIMP-0001,Impor 0001,JKT\n"))
	phone.until(shown("import-title", "Check before importing") + ` && ` + shown("import-start", "Import 1 employee"))
	phone.until(`document.querySelector('[data-test="import-refused"]').innerText
		.includes('there is no branch "SBY" among those that you look after')`)
	phone.until(`document.documentElement.scrollWidth <= 360`)
	phone.accessible(string(axe), "preview")
	phone.shoot("preview")
	phone.do(click(at("import-start")))
	phone.until(shown("import-outcome", "The import is done; 1 line was refused.") +
		` && document.querySelectorAll('[data-test="import-refused"]').length === 1`)
	phone.accessible(string(axe), "done")
	phone.shoot("done")
	phone.do(click(at("import-close")))
	phone.until(`!` + importOpen + ` && document.activeElement.dataset.test === "import"`)
	phone.shoot("list")
	phone.do(types(at("filter-q"), "PHN-"))
	phone.until(hasRow("PHN-1") + ` && !` + hasRow("PHN-2"))
}

// A terminal's log is imported: PINs become numbers, a second import finds every punch known.
func TestPunchesAreImported(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	base := demo(t)
	b := open(t, "import-punches", base, 360, 800)
	b.signIn("cabang@demo.test", "/dasbor")
	b.goTo("/karyawan")
	b.do(appears(at("import-punches")), click(at("import-punches")),
		appears(at("import-pin")), types(at("import-pin"), "JKT-%d"))
	log := csvFile(t, "attlog.dat",
		"1\t2024-03-04 07:58:01\t1\t0\t1\t0\n2\t2024-03-04 08:10:00\t1\t0\t1\t0\n1\t2024-03-04 "+
			"17:03:00\t1\t1\t1\t0\n7777\t2024-03-04 08:00:00\t1\t0\t1\t0\n")
	b.pick(log)
	b.until(shown("import-pin-wrong", `"JKT-%d" harus memuat satu %s, atau %0Ns dengan N dari 1 sampai 20, `+
		`misalnya JKT-%04s.`) + ` && document.activeElement.id === "import-pin"`)
	b.accessible(string(axe), "wrong")
	b.shoot("wrong")
	again := func() {
		b.until(`(() => { const e = document.getElementById("import-pin"); e.value = "JKT-%04s";
			e.dispatchEvent(new Event("input")); return true; })()`)
		b.pick(log)
		b.until(shown("import-title", "Periksa sebelum impor") + ` && ` + shown("import-rejected", "1"))
	}
	again()
	b.until(shown("import-start", "Impor 3 absensi") + ` && ` + shown("import-unchanged", "0") +
		` && document.querySelector('[data-test="import-change"]').innerText.includes("4 Mar 2024 · 07.58 · Masuk")`)
	b.accessible(string(axe), "preview")
	b.shoot("preview")
	b.do(click(at("import-start")))
	b.until(shown("import-outcome", "Impor selesai; 1 baris ditolak.") + ` && ` + shown("import-created", "3") +
		` && location.search.startsWith("?import-punches=")`)
	b.accessible(string(axe), "done")
	b.shoot("done")
	b.do(click(at("import-more")))
	again()
	b.until(shown("import-created", "0") + ` && ` + shown("import-unchanged", "3") + ` && ` +
		shown("import-nothing", "Tidak ada yang perlu disimpan dari berkas ini."))
	b.shoot("known")
}

// importID reads the import that the page's address names.
func (b *tab) importID() string {
	b.t.Helper()
	id, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`new URLSearchParams(location.search).get("import")`))
	require.NoError(b.t, err)
	return id
}

// tap clicks a button as soon as it is there and may be clicked.
func (b *tab) tap(name string) {
	b.t.Helper()
	b.until(`(() => {
		const e = document.querySelector(` + quoted(name) + `);
		if (!e || e.disabled || e.offsetParent === null) return false;
		e.click();
		return true;
	})()`)
}

// counted waits for the numbers of a preview or an outcome of punches.
func (b *tab) counted(created, unchanged string) {
	b.t.Helper()
	b.until(shown("import-created", created) + ` && ` + shown("import-unchanged", unchanged))
}

// Case 21 on the page: a terminal without function keys says "in" of everything. The preview warns, the file is read by
// the order of the day instead, what was imported wrongly is struck out, and a file that knows better takes its place
// again. The other choices do what they say.
func TestATerminalWithoutFunctionKeys(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	base := demo(t)
	log := func(date, status string) string {
		text := ""
		for _, at := range []string{"07:55:00", "12:02:00", "17:10:00"} {
			text += "JKT-0001\t" + date + " " + at + "\t1\t" + status + "\t1\t0\n"
		}
		return csvFile(t, "1_attlog.dat", text)
	}
	const directions = `[...document.querySelectorAll('[data-test="import-change"]')]
		.map((e) => e.innerText.split(" · ").pop().trim()).join()`
	const struckOut = `fetch("/api/employees?q=JKT-0001").then((r) => r.json())
		.then((l) => fetch("/api/attendances/" + l.items[0].id + "/2024-03-05")).then((r) => r.json())
		.then((d) => [d.day.first_in, d.day.last_out, d.punches.filter((p) => p.voided).length].join())`
	b := open(t, "import-direction", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.goTo("/karyawan")
	b.tap("import-punches")
	b.do(appears(at("import-direction")))
	b.until(`[...document.querySelector('[data-test="import-direction"]').options].map((o) => o.value).join() ===
		",auto,in,out"`)
	b.set("import-columns", "pin,jam")
	b.pick(log("2024-03-05", "0"))
	b.until(`document.querySelector('[data-test="import-columns-wrong"]').textContent.startsWith(
		'"jam" bukan salah satu nilai ini') && document.activeElement.id === "import-columns"`)
	b.accessible(string(axe), "wrong")
	b.shoot("wrong")
	b.set("import-columns", "")

	b.tap("import-check")
	b.counted("3", "0")
	b.until(`document.querySelector('[data-test="import-only"]').innerText.startsWith("Semua baris berarah Masuk.")`)
	b.accessible(string(axe), "warned")
	b.shoot("warned")
	b.tap("import-start")
	b.until(shown("import-outcome", "Impor selesai."))
	b.until(struckOut + `.then((s) => s === "2024-03-05T00:55:00Z,,0")`)

	b.tap("import-more")
	b.pick(log("2024-03-05", "0"))
	b.counted("0", "3")
	b.tap("read-auto")
	b.counted("3", "0")
	b.until(shown("import-replaced", "3 absensi dibaca ulang: yang lama dicoret dan tidak dihitung."))
	b.accessible(string(axe), "auto")
	b.shoot("auto")
	b.tap("import-start")
	b.until(shown("import-outcome", "Impor selesai."))
	b.until(struckOut + `.then((s) => s === "2024-03-05T00:55:00Z,2024-03-05T10:10:00Z,3")`)

	// Another file of the same terminal knows the directions: the lines say so, and it is believed when asked.
	b.tap("import-more")
	b.choose("import-direction", "")
	b.pick(log("2024-03-05", "1"))
	b.counted("0", "3")
	b.accessible(string(axe), "anew")
	b.shoot("anew")
	b.tap("read-anew")
	b.counted("3", "0")
	b.until(directions + ` === "Pulang,Pulang,Pulang"`)

	// What is not yet there is read as is chosen, and without a direction where the order of the fields skips it.
	for _, c := range []struct{ direction, columns, want string }{
		{"in", "", "Masuk,Masuk,Masuk"}, {"out", "", "Pulang,Pulang,Pulang"}, {"", "", "Masuk,Masuk,Masuk"},
	} {
		b.tap("import-again")
		b.choose("import-direction", c.direction)
		b.set("import-columns", c.columns)
		b.pick(log("2024-03-06", "0"))
		b.counted("3", "0")
		b.until(directions + ` === ` + strconv.Quote(c.want))
	}
	b.tap("import-again")
	b.set("import-columns", "pin,time,device,-")
	b.pick(log("2024-03-06", "0"))
	b.counted("3", "0")
	b.until(directions + ` !== "Masuk,Masuk,Masuk" &&
		document.querySelector('[data-test="import-only"]').offsetParent === null`)

	phone := open(t, "import-direction-phone", base, 360, 800)
	phone.signIn("cabang@demo.test", "/dasbor")
	phone.goTo("/karyawan")
	phone.do(appears(at("language")))
	phone.tap("language")
	phone.tap("import-punches")
	phone.do(appears(at("import-direction")))
	phone.accessible(string(axe), "choose")
	phone.shoot("choose")
	phone.pick(log("2024-03-07", "0"))
	phone.counted("3", "0")
	phone.until(`document.querySelector('[data-test="import-only"]').innerText.startsWith("Every line says In.")`)
	phone.until(`document.documentElement.scrollWidth <= 360`)
	phone.accessible(string(axe), "warned")
	phone.shoot("warned")
	phone.tap("read-auto")
	phone.until(`document.querySelector('[data-test="import-only"]').offsetParent === null`)
}
