package e2e

import (
	"strconv"
	"testing"
)

// ownKiosk has an administrator who is an employee set a kiosk up: their own punches are refused there until b
// has confirmed it.
func ownKiosk(t *testing.T, base string, b *tab, axe string) {
	t.Helper()
	name := employedAdmin(t, base)
	own := open(t, "kiosk-own", base, 360, 800)
	own.signIn("JKT-0001", "/dasbor")
	own.goTo("/kios")
	own.do(appears(at("add")), click(at("add")))
	own.until(editorOpen)
	own.put("name", "Gerbang sendiri")
	own.choose("branch", "1")
	own.do(click(at("save")))
	row := `document.querySelector('[data-test="kiosk"][data-name="Gerbang sendiri"]`
	said := row + ` [data-test="vouched"]')?.textContent.includes(` + strconv.Quote(name) + `)`
	button := row + ` [data-test="confirm"]')?.offsetParent`
	own.until(`!` + editorOpen + ` && ` + said + ` && ` + button + ` === null`)
	own.until(fits)
	own.shoot("vouched")
	own.accessible(axe, "vouched")
	b.goTo("/kios")
	b.until(said + ` && ` + button + ` !== null`)
	b.shoot("vouched")
	b.press(`[data-test="kiosk"][data-name="Gerbang sendiri"] [data-test="confirm"]`)
	b.until(row + ` [data-test="vouched"]')?.offsetParent === null && ` + button + ` === null`)
}
