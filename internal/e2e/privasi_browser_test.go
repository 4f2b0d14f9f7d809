package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// Everybody reads what is stored about people and how long, before signing in and from the own profile, in both
// languages, on a phone; and takes the own data along.
func TestThePageAboutPersonalData(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(testkit.Root(t), "web/node_modules/axe-core/axe.min.js"))
	require.NoError(t, err)
	axe, base := string(source), demo(t)
	phone := open(t, "privacy-phone", base, 360, 800)
	phone.goTo("/masuk")
	phone.do(appears(at("privacy")), click(at("privacy")))
	phone.until(`location.pathname === "/privasi"`)
	phone.until(`document.querySelectorAll('[data-test="item"]').length === 10`)
	phone.until(`document.querySelector('[data-key="positions"]').innerText.includes("400 hari")`)
	phone.until(shown("contact", "Administrator Hadir di perusahaan Anda."))
	phone.until(fits)
	phone.accessible(axe, "/privasi")
	phone.shoot("id")
	phone.switchLanguage("en")
	phone.until(`document.querySelector('[data-key="positions"]').innerText.includes("400 days")`)
	phone.until(shown("contact", "The administrators of Hadir in your company."))
	phone.until(fits)
	phone.shoot("en")

	phone.signIn("JKT-0001", "/")
	phone.goTo("/profil")
	phone.until(`document.querySelector('[data-test="my-data"]')?.getAttribute("href") === "/api/me/data"`)
	phone.do(appears(at("my-data")), click(at("privacy")))
	phone.until(`location.pathname === "/privasi"`)
}
