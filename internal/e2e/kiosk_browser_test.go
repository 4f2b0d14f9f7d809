package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// kioskCode is the code that a paired tablet may show now.
const kioskCode = `fetch("/api/kiosk").then((r) => r.json()).then((k) => {
	const step = Math.floor(Date.parse(k.now) / k.step_ms);
	return k.codes.find((c) => c.step === step).code;
})`

// held lets a card reader type a card: keys that follow each other faster than a hand's. Their times are those at which
// they were made, so that keys between which the machine did something else are made again.
func (b *tab) held(card string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => {
	const keys = [...%q, "Enter"].map((key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
	if (keys.at(-1).timeStamp - keys[0].timeStamp > 30) return false;
	for (const key of keys) document.activeElement.dispatchEvent(key);
	return true;
})()`, card))
}

// keyed presses keys of the page.
func (b *tab) keyed(keys string) {
	b.t.Helper()
	for _, key := range keys {
		b.press(fmt.Sprintf(`[data-test="key"][data-key="%c"]`, key))
	}
}

// says waits for what a kiosk shows large.
func (b *tab) says(title, what string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`%s && %s && document.querySelector('[data-test="what"]').textContent.includes(%q)`,
		b.visible("title"), shown("title", title), what))
}

// An admin pairs a tablet with a code; people punch there with number and PIN, with a card and with their own phones;
// without a server it says so; and it is a kiosk no more as soon as it is unpaired.
func TestAKiosk(t *testing.T) {
	t.Parallel()
	base := demo(t)
	script, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe := string(script)
	admin, tablet := open(t, "kiosk-admin", base, 1280, 900), open(t, "kiosk", base, 800, 1280)
	id := newcomer(t, base, "KIO-0001", "Ratih Kusuma")
	admin.signIn("admin@demo.test", "/dasbor")
	pairs(admin, tablet, axe)
	pin := takesPinAndCard(admin, id)

	tablet.put("number", "KIO-0001")
	tablet.do(click(at("enter")))
	tablet.until(`document.activeElement.id === "pin"`)
	tablet.keyed("000")
	tablet.shoot("typing")
	tablet.keyed("000")
	tablet.says("Tidak tercatat", "")
	tablet.shoot("refused")
	tablet.until(unseen("result"))
	tablet.until(holds("number", "KIO-0001") + ` && document.activeElement.id === "pin"`)
	tablet.keyed(pin)
	tablet.says("Ratih Kusuma", "Masuk tercatat pukul")
	tablet.shoot("recorded")
	tablet.until(unseen("result"))

	// The card turns round what the PIN has just said: the kiosk asks, takes the answer, and takes it back.
	tablet.held("0012345678")
	tablet.until(tablet.visible("yes") + ` && document.activeElement.id === "no"`)
	tablet.shoot("asked")
	tablet.accessible(axe, "asked")
	tablet.do(click(at("yes")))
	tablet.until(tablet.visible("not-me") + ` && document.querySelector('[data-test="what"]').textContent.includes(
		"Pulang tercatat pukul") && (document.querySelector('[data-test="not-me"]').click(), true)`)
	tablet.says("Dibatalkan", "dicoret")
	tablet.shoot("not-me")
	tablet.held("9999999999")
	tablet.says("Tidak tercatat", "")
	tablet.until(unseen("result"))
	scans(t, tablet, axe)
	comesAndGoes(admin, tablet, axe)
	ownKiosk(t, base, admin, axe)
}

// newcomer adds somebody to the first branch who has never punched.
func newcomer(t *testing.T, base, number, name string) int64 {
	t.Helper()
	var made struct {
		ID int64 `json:"id"`
	}
	_, err := call(t.Context(), http.MethodPost, base+"/api/employees", demoToken(t, base, "admin@demo.test"), nil,
		map[string]any{"number": number, "name": name, "branch_id": 1}, &made)
	require.NoError(t, err)
	return made.ID
}

// pairs makes a kiosk and pairs it with the tablet.
func pairs(admin, tablet *tab, axe string) {
	admin.t.Helper()
	admin.goTo("/kios")
	admin.do(appears(at("add")), click(at("add")))
	admin.until(editorOpen)
	admin.do(click(at("save")))
	admin.until(shown("name-wrong", "Wajib diisi.") + ` && ` + shown("branch-wrong", "Wajib diisi."))
	admin.put("name", "Gerbang uji")
	admin.choose("branch", "1")
	admin.do(click(at("badge")))
	admin.shoot("editor")
	admin.do(click(at("save")))
	row := `[data-test="kiosk"][data-name="Gerbang uji"] `
	state := `document.querySelector('` + row + `[data-test="kiosk-state"]')?.textContent`
	admin.until(`!` + editorOpen + ` && ` + state + ` === "Belum dipasangkan"`)
	admin.press(row + `[data-test="pair"]`)
	admin.until(admin.visible("code"))
	admin.accessible(axe, "pairing")
	admin.shoot("pairing")
	code := admin.text("code")

	tablet.goTo("/kiosk")
	tablet.until(tablet.visible("pair"))
	tablet.accessible(axe, "unpaired")
	tablet.shoot("unpaired")
	tablet.put("code", "ZZZZZZZZ")
	tablet.do(click(at("pair")))
	tablet.until(tablet.visible("pair-error"))
	tablet.put("code", strings.ToLower(code))
	tablet.do(click(at("pair")))
	tablet.until(tablet.visible("qr") + ` && ` + tablet.visible("number") + ` && ` + tablet.visible("badge"))
	tablet.until(`document.activeElement.id === "number"`)
	admin.until(`!document.getElementById("pairing").open && ` + state + ` === "Terhubung"`)
	for _, theme := range []string{"dark", "light"} {
		tablet.wants(theme)
		tablet.accessible(axe, "paired "+theme)
		tablet.shoot("paired-" + theme)
	}
	tablet.fitsEverywhere("/kiosk")
	tablet.do(chromedp.EmulateViewport(360, 740))
	tablet.shoot("phone")
	tablet.press(`[data-test="key"][data-key="other"]`)
	tablet.until(tablet.visible("letter"))
	tablet.accessible(axe, "letters")
	tablet.shoot("letters")
	tablet.press(`[data-test="letter"][data-key="other"]`)
	tablet.do(chromedp.EmulateViewport(800, 1280))
}

// takesPinAndCard gives the newcomer a PIN, which it returns, and a card, in the drawer of Karyawan.
func takesPinAndCard(admin *tab, id int64) string {
	admin.t.Helper()
	admin.goTo("/karyawan?q=KIO-0001")
	admin.press(`[data-test="edit"][data-id="` + strconv.FormatInt(id, 10) + `"]`)
	admin.until(editorOpen + ` && ` + shown("pin-state", "Belum punya PIN."))
	admin.do(click(at("pin-make")))
	admin.until(`document.getElementById("pin-secret").open`)
	pin := admin.text("pin-secret")
	require.Regexp(admin.t, `^\d{6}$`, pin)
	admin.shoot("pin")
	admin.do(click(at("pin-secret-done")))
	admin.until(shown("pin-state", "Punya PIN."))
	admin.do(click(at("card-open")))
	admin.put("card", "0012345678")
	admin.shoot("card-form")
	admin.do(click(at("card-save")))
	admin.until(shown("card-state", "Kartu 0012345678."))
	admin.shoot("card")
	return pin
}

// scans opens the code of the tablet on a phone where nobody is signed in, and once more afterwards.
func scans(t *testing.T, tablet *tab, axe string) {
	t.Helper()
	phone := open(t, "kiosk-phone", tablet.base, 360, 740)
	wait := true
	patient := func(p *runtime.EvaluateParams) { p.AwaitPromise = &wait }
	shows := func() string {
		code, err := chromedp.Run(tablet.ctx, chromedp.Evaluate[string](kioskCode, patient))
		require.NoError(t, err)
		return code
	}
	phone.goTo("/k#" + shows())
	phone.until(`location.pathname === "/masuk"`)
	phone.do(appears(at("login")), types(at("login"), "JKT-0001"), types(at("password"), password),
		click(at("submit")))
	phone.until(`location.pathname === "/k"`)
	phone.until(phone.visible("late") + ` || ` + phone.visible("check-button"))
	phone.shoot("arrived")
	phone.goTo("/k#1.1.1.AAAA")
	phone.until(phone.visible("late"))
	phone.accessible(axe, "late")
	phone.shoot("late")
	// A code is over in 16 s, which a busy machine may need for less.
	require.True(t, eventually(func() bool {
		phone.until(`(location.hash = ` + strconv.Quote(shows()) + `, true)`)
		phone.until(phone.visible("check-button") + ` &&
			(document.querySelector('[data-test="check-button"]').click(), true)`)
		phone.until(questionOpen + ` || ` + phone.visible("recorded") + ` || ` + phone.visible("message"))
		asked, err := chromedp.Run(phone.ctx, chromedp.Evaluate[bool](questionOpen))
		require.NoError(t, err)
		if asked {
			phone.agree()
			phone.until(phone.visible("recorded") + ` || ` + phone.visible("message"))
		}
		recorded, err := chromedp.Run(phone.ctx, chromedp.Evaluate[bool](phone.visible("recorded")))
		require.NoError(t, err)
		return recorded
	}))
	require.Contains(t, phone.text("recorded"), "tercatat pukul")
	phone.accessible(axe, "recorded")
	phone.shoot("recorded")
}

// comesAndGoes loses the server, and then its pairing.
func comesAndGoes(admin, tablet *tab, axe string) {
	tablet.t.Helper()
	tablet.until(`(dispatchEvent(new Event("offline")), ` + tablet.visible("away") + `)`)
	tablet.accessible(axe, "away")
	tablet.shoot("away")
	tablet.until(`(dispatchEvent(new Event("online")), ` + unseen("away") + `)`)
	admin.goTo("/kios")
	row := `[data-test="kiosk"][data-name="Gerbang uji"] `
	admin.press(row + `[data-test="unpair"]`)
	admin.agree()
	admin.until(`document.querySelector('` + row + `[data-test="kiosk-state"]')?.textContent === "Belum dipasangkan"`)
	admin.shoot("list")
	tablet.until(`(dispatchEvent(new Event("online")), true) && ` + tablet.visible("lost") + ` && ` +
		tablet.visible("pair"))
	tablet.shoot("lost")
}
