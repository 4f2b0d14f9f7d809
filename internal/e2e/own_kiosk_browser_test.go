package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// ownKiosk has an administrator who is an employee set a kiosk up: their own punches wait there until b has
// confirmed it.
func ownKiosk(t *testing.T, base string, b *tab, axe string) {
	t.Helper()
	admin := demoToken(t, base, "admin@demo.test")
	var found struct {
		Items []struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"items"`
	}
	_, err := call(t.Context(), http.MethodGet, base+"/api/users?q=jkt-0001", admin, nil, nil, &found)
	require.NoError(t, err)
	status, err := call(t.Context(), http.MethodPatch, fmt.Sprintf("%s/api/users/%d", base, found.Items[0].ID), admin,
		nil, map[string]any{"role": "admin"}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	own := open(t, "kiosk-own", base, 360, 800)
	own.signIn("JKT-0001", "/dasbor")
	own.goTo("/kios")
	own.do(appears(at("add")), click(at("add")))
	own.until(editorOpen)
	own.put("name", "Gerbang sendiri")
	own.choose("branch", "1")
	own.do(click(at("save")))
	row := `document.querySelector('[data-test="kiosk"][data-name="Gerbang sendiri"]`
	said := row + ` [data-test="vouched"]')?.textContent.includes(` + fmt.Sprintf("%q", found.Items[0].Name) + `)`
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
