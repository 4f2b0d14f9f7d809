package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// forge sets the clock of what a device has kept back by two hours.
const forge = `(() => {
	const open = indexedDB.open("hadir");
	open.onsuccess = () => {
		const change = open.result.transaction("punches", "readwrite");
		change.objectStore("punches").openCursor().onsuccess = ({ target: { result } }) => {
			if (!result) return;
			result.update({ ...result.value, tappedAt: result.value.tappedAt - 7_200_000 });
			change.oncomplete = () => { window.forged = true; };
			result.continue();
		};
	};
})()`

// A tap without network whose time was set back to before the last contact is no punch: its person and the admin see
// that it waits.
func TestAForgedTimeOfATapWaits(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 1)
	ana := s.people(es)[0].user
	g := newCheckpoint(t, s.apis[0])
	phone := open(t, "forged", g.url, 360, 800)
	phone.signIn(ana.Login, "/")
	phone.until(canTap)
	require.Contains(t, phone.stored("hadir.contact"), ":1.")
	g.refuse(punching)
	phone.do(click(at("check-button")))
	phone.until(count("kept", 1))
	phone.do(chromedp.Evaluate[chromedp.Void](forge))
	phone.until(`window.forged`)

	g.refuse(nil)
	phone.until(count("kept", 0))
	phone.until(`document.querySelector('[data-test="result"]')?.textContent.includes("menunggu persetujuan admin")`)
	phone.until(`document.querySelector('[data-test="result"]').textContent.includes("masih tersambung")`)
	phone.until(`document.querySelector('[data-test="own-request"]')?.dataset.state === "pending"`)
	const pending = `document.querySelector('[data-test="claim"]')?.innerText`
	phone.goTo("/") // which forgets what it said
	phone.until(pending + `?.match(/Masuk .*menunggu persetujuan/)`)
	phone.until(`document.querySelector('[data-test="result"]').innerText === ""`)
	phone.until(fits)
	phone.shoot("waits")
	require.Empty(t, s.punchesOf(t, ana))

	admin := open(t, "claims", s.apis[1], 1280, 900)
	admin.signIn(s.admin.user.Login, "/dasbor")
	admin.goTo("/koreksi")
	admin.until(live)
	admin.until(count("request", 1))
	admin.until(`document.querySelector('[data-test="request"]').innerText.includes("Dari perangkat tanpa jaringan")`)
	admin.press(`[data-test="request"]`)
	for _, said := range []string{"Perangkat ini atau lain masih tersambung setelah waktu itu.",
		"Waktu menurut perangkat", "Tiba di server"} {
		admin.until(`document.querySelector('[data-test="detail"]').innerText.includes("` + said + `")`)
	}
	// Whose device that is, and that it told no position, as of any punch.
	admin.until(`document.querySelector('[data-test="evidence"]')?.innerText.includes("tanpa posisi")`)
	admin.until(fits)
	admin.shoot("detail")

	// Once it is decided about it waits no more, also on a page that is open.
	admin.press(`[data-test="approve"]`)
	phone.until(count("claim", 0))
	phone.until(count("punch", 1))
}

// stored reads what a page keeps under a name; empty for nothing.
func (b *tab) stored(name string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`localStorage.getItem("`+name+`") ?? ""`))
	require.NoError(b.t, err)
	return value
}
