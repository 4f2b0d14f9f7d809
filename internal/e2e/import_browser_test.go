package e2e

import (
	"fmt"
	"os"
	"path/filepath"
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
	b.do(chromedp.SetUploadFiles(at("import-file"), []string{path}), chromedp.Click(at("import-check")))
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
	b.do(chromedp.WaitVisible(at("import")), chromedp.Click(at("import")), chromedp.WaitVisible(at("import-check")),
		chromedp.Click(at("import-check")))
	b.until(shown("wrong-file", "Pilih berkas dulu."))
	b.until(`document.activeElement.id === "import-file" && document.activeElement.getAttribute("aria-invalid") === "true"`)
	b.pick(csvFile(t, "salah.csv", "nomor;nama\n1;Budi\n"))
	b.until(`document.querySelector('[data-test="wrong-file"]').textContent.startsWith("Baris judul tidak memuat kolom branch")`)
	b.accessible(string(axe), "wrong")
	b.shoot("wrong")

	var csv strings.Builder
	csv.WriteString("\xEF\xBB\xBFNIK;Nama;Kode Cabang;Jabatan;Sepatu\r\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "IMP-%04d;Impor %04d;JKT;Kasir;40\r\n", i, i)
	}
	csv.WriteString("IMP-9001;;JKT;;\r\nIMP-9002;Impor Lain;TIDAKADA;;\r\nJKT-0001;Impor Ganti Nama;JKT;Kepala;42\r\n")
	b.pick(csvFile(t, "karyawan baru.csv", csv.String()))
	b.until(shown("import-title", "Periksa sebelum impor") + ` && ` + shown("import-created", "2.500") + ` && ` +
		shown("import-updated", "1") + ` && ` + shown("import-rejected", "2"))
	b.until(`document.activeElement.dataset.test === "import-title"`)
	b.until(shown("import-ignored", "Kolom yang diabaikan: Sepatu") +
		` && document.querySelectorAll('[data-test="import-change"]').length === 200`)
	b.until(`document.querySelector('[data-test="import-refused"]').innerText.includes("nilai name kosong")`)
	b.accessible(string(axe), "preview")
	b.shoot("preview")
	b.until(`fetch("/api/employees?q=IMP-0001").then((r) => r.json()).then((l) => l.items.length === 0)`)

	// The socket alone brings the progress: the page's questions get no answer.
	b.until(`performance.getEntriesByName(location.origin + "/broadcasting/auth").length > 0 && ` + live)
	b.until(watchProgress)
	b.do(chromedp.Click(at("import-start")))
	b.until(shown("import-outcome", "Impor selesai; 2 baris ditolak.") + ` && ` + shown("import-created", "2.500") +
		` && seen.some((s) => /^[1-9].* dari 2\.503 baris$/.test(s))`)
	b.goTo("/karyawan?q=impor&import=" + b.importID())
	b.until(importOpen + ` && ` + shown("import-title", "Hasil impor") +
		` && document.querySelectorAll('[data-test="import-refused"]').length === 2`)
	b.accessible(string(axe), "done")
	b.shoot("done")
	b.until(`fetch(document.querySelector('[data-test="import-download"]').href).then((r) => r.text()).then((s) => s.split("\n").length === 4 && s.includes("TIDAKADA"))`)
	b.do(chromedp.Click(at("import-finish")))
	b.until(`!` + importOpen + ` && location.search === "?q=impor" && document.activeElement.dataset.test === "import"`)
	b.until(hasRow("IMP-0001"))

	phone := open(t, "import-phone", base, 360, 800)
	phone.signIn("cabang@demo.test", "/dasbor")
	phone.goTo("/karyawan")
	phone.do(chromedp.WaitVisible(at("language")), chromedp.Click(at("language")), chromedp.WaitVisible(at("import")),
		chromedp.Click(at("import")), chromedp.WaitVisible(at("import-check")))
	phone.accessible(string(axe), "choose")
	phone.shoot("choose")
	phone.pick(csvFile(t, "staff.csv",
		"number,name,branch\nPHN-1,Somebody New,JKT\nPHN-2,Not Theirs,SBY\nIMP-0001,Impor 0001,JKT\n"))
	phone.until(shown("import-title", "Check before importing") + ` && ` + shown("import-start", "Import 1 employee"))
	phone.until(`document.querySelector('[data-test="import-refused"]').innerText.includes('there is no branch "SBY" among those that you look after')`)
	phone.until(`document.documentElement.scrollWidth <= 360`)
	phone.accessible(string(axe), "preview")
	phone.shoot("preview")
	phone.do(chromedp.Click(at("import-start")))
	phone.until(shown("import-outcome", "The import is done; 1 line was refused.") +
		` && document.querySelectorAll('[data-test="import-refused"]').length === 1`)
	phone.accessible(string(axe), "done")
	phone.shoot("done")
	phone.do(chromedp.Click(at("import-close")))
	phone.until(`!` + importOpen + ` && document.activeElement.dataset.test === "import"`)
	phone.shoot("list")
	phone.do(chromedp.SendKeys(at("filter-q"), "PHN-"))
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
	b.do(chromedp.WaitVisible(at("import-punches")), chromedp.Click(at("import-punches")),
		chromedp.WaitVisible(at("import-pin")), chromedp.SendKeys(at("import-pin"), "JKT-%d"))
	log := csvFile(t, "attlog.dat",
		"1\t2024-03-04 07:58:01\t1\t0\t1\t0\n2\t2024-03-04 08:10:00\t1\t0\t1\t0\n1\t2024-03-04 "+
			"17:03:00\t1\t1\t1\t0\n7777\t2024-03-04 08:00:00\t1\t0\t1\t0\n")
	b.pick(log)
	b.until(shown("wrong-pin", "Tulis satu %s atau %0Ns, misalnya JKT-%04s.") +
		` && document.activeElement.id === "import-pin"`)
	b.accessible(string(axe), "wrong")
	b.shoot("wrong")
	again := func() {
		b.until(`(() => { const e = document.getElementById("import-pin"); e.value = "JKT-%04s"; e.dispatchEvent(new Event("input")); return true; })()`)
		b.pick(log)
		b.until(shown("import-title", "Periksa sebelum impor") + ` && ` + shown("import-rejected", "1"))
	}
	again()
	b.until(shown("import-start", "Impor 3 absensi") + ` && ` + shown("import-unchanged", "0") +
		` && document.querySelector('[data-test="import-change"]').innerText.includes("4 Mar 2024 · 07.58 · Masuk")`)
	b.accessible(string(axe), "preview")
	b.shoot("preview")
	b.do(chromedp.Click(at("import-start")))
	b.until(shown("import-outcome", "Impor selesai; 1 baris ditolak.") + ` && ` + shown("import-created", "3") +
		` && location.search.startsWith("?import-punches=")`)
	b.accessible(string(axe), "done")
	b.shoot("done")
	b.do(chromedp.Click(at("import-more")))
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
