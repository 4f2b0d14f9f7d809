package e2e

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// alone holds when an element is seen and the ones named after it are not.
func alone(b *tab, name string, others ...string) string {
	all := b.visible(name)
	for _, other := range others {
		all += ` && !document.querySelector(` + quoted(other) + `)?.checkVisibility()`
	}
	return all
}

// An employee whose password somebody else made comes to the page Profil and nowhere else; there everybody changes the
// password, language and appearance, and signs out in other places, on a phone and on a desk.
func TestTheOwnProfile(t *testing.T) {
	t.Parallel()
	base := demo(t)
	admin := demoToken(t, base, "admin@demo.test")
	var found struct {
		Items []struct {
			ID int64 `json:"id"`
		} `json:"items"`
	}
	_, err := call(t.Context(), http.MethodGet, base+"/api/users?q=jkt-0001", admin, nil, nil, &found)
	require.NoError(t, err)
	require.Len(t, found.Items, 1)
	var made struct {
		Password string `json:"password"`
	}
	reset := base + "/api/users/" + strconv.FormatInt(found.Items[0].ID, 10) + "/password"
	_, err = call(t.Context(), http.MethodPost, reset, admin, nil,
		map[string]string{}, &made)
	require.NoError(t, err)

	phone := open(t, "profile-phone", base, 360, 800)
	phone.goTo("/masuk?next=/izin")
	phone.do(appears(at("login")), types(at("login"), "JKT-0001"),
		types(at("password"), made.Password), click(at("submit")))
	phone.until(`location.pathname === "/profil"`)
	phone.until(alone(phone, "must", "own-language", "sessions-title", "session"))
	phone.until(fits)
	phone.shoot("must")
	phone.goTo("/riwayat")
	phone.until(`location.pathname === "/profil" && location.search.includes("riwayat")`)
	phone.goTo("/profil?next=/izin")
	phone.do(appears(at("change")), click(at("change")))
	phone.until(shown("current-wrong", "Wajib diisi.") + ` && ` + shown("new-wrong", "Wajib diisi."))
	phone.put("current", made.Password)
	phone.put("new", "Rahasia2026")
	phone.do(click(at("change")))
	phone.until(shown("new-wrong", "Kata sandi ini mudah ditebak; pilih yang lain."))
	phone.shoot("guessable")
	phone.do(click(at("show")))
	phone.until(`document.getElementById("new").type === "text"`)
	phone.put("new", "nasi uduk dan kopi hitam")
	phone.do(click(at("change")))
	phone.until(`location.pathname === "/izin" && document.querySelector("h1")`)

	// Signed in in two more places: one of them is ended, then every other.
	signIn := func(agent string) string {
		var in struct {
			Token string `json:"token"`
		}
		_, err := call(t.Context(), http.MethodPost, base+"/api/login", "", map[string]string{"User-Agent": agent},
			map[string]string{"login": "JKT-0001", "password": "nasi uduk dan kopi hitam"}, &in)
		require.NoError(t, err)
		return in.Token
	}
	works := func(token string) bool {
		status, _ := call(t.Context(), http.MethodGet, base+"/api/me", token, nil, nil, nil)
		require.Contains(t, []int{http.StatusOK, http.StatusUnauthorized}, status)
		return status == http.StatusOK
	}
	office := signIn("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
	stranger := signIn("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/1 Safari/604.1")
	phone.goTo("/profil")
	phone.until(count("session", 3))
	phone.until(alone(phone, "own-language", "must"))
	phone.until(shown("login", "jkt-0001"))
	phone.until(fits)
	phone.shoot("whole")
	const iphone = `[...document.querySelectorAll('[data-test="session"]')].find((s) => s.innerText.includes("iPhone"))`
	phone.until(iphone)
	phone.do(chromedp.Evaluate[chromedp.Void](iphone + `.querySelector('[data-test="end"]').click()`))
	phone.until(count("session", 2))
	require.False(t, works(stranger))
	require.True(t, works(office))
	phone.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="end-others"]').click()`))
	phone.agree()
	phone.until(count("session", 1) + ` && ` + phone.visible("here"))
	require.False(t, works(office))

	// Language and appearance hold on every page from now on, and on the account.
	phone.choose("own-theme", "dark")
	phone.until(`document.documentElement.dataset.theme === "dark"`)
	phone.choose("own-language", "en")
	phone.until(shown("name", "") + ` === false && document.querySelector("h1").textContent === "Profile"`)
	phone.until(`!localStorage.getItem("hadir.language.unsaved")`)
	phone.shoot("english")
	phone.goTo("/")
	phone.until(`document.documentElement.lang === "en" && document.documentElement.dataset.theme === "dark"`)
	phone.do(click(at("menu")))
	phone.until(`[...document.querySelectorAll("#menu a")].some(
		(a) => a.getAttribute("href") === "/profil" && a.checkVisibility())`)

	// The same on a desk: the way there is the own name; a wrong password is told, a right one signs out elsewhere.
	desk := open(t, "profile-desk", base, 1280, 900)
	desk.goTo("/masuk")
	desk.do(appears(at("login")), types(at("login"), "JKT-0001"),
		types(at("password"), "nasi uduk dan kopi hitam"), click(at("submit")))
	desk.until(`location.pathname === "/" && document.readyState === "complete"`)
	desk.do(appears(at("profile-link")), click(at("profile-link")))
	desk.until(`location.pathname === "/profil"`)
	desk.until(count("session", 2))
	desk.until(fits)
	desk.shoot("whole")
	desk.put("current", "bukan yang ini")
	desk.put("new", "kopi susu di pagi hari")
	desk.do(click(at("change")))
	desk.until(shown("current-wrong", "This is not your present password."))
	desk.put("current", "nasi uduk dan kopi hitam")
	desk.do(click(at("change")))
	desk.until(count("session", 1))
	phone.goTo("/riwayat")
	phone.until(`location.pathname === "/masuk"`)
}

// A token is made on the page and shown once; a program does with it what it is for; revoked, it is refused.
func TestAPITokensOnTheProfile(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "tokens", base, 360, 800)
	b.signIn("cabang@demo.test", "/dasbor")
	b.goTo("/profil")
	b.until(b.visible("tokens-none"))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token-add"]').click()`),
		appears(at("token-save")), click(at("token-save")))
	b.until(shown("token-name-wrong", "Wajib diisi.") + ` && ` + shown("token-scopes-wrong", "Pilih sedikitnya satu."))
	b.put("token-name", "Penggajian")
	b.press(`[data-test="token-scope"][value="employees:read"]`)
	b.until(fits)
	b.shoot("new")
	b.do(click(at("token-save")))
	b.until(`document.getElementById("token-secret").open`)
	secret := b.text("token-secret")
	require.Regexp(t, `^hdr_\w{52}$`, secret)
	b.until(fits)
	b.shoot("secret")
	b.do(chromedp.KeyEvent("\x1b")) // which would throw it away
	b.until(questionOpen + ` && ` +
		`document.getElementById("question-title").innerText.includes("tidak akan tampil lagi")`)
	b.shoot("secret-asked")
	b.refuse()
	b.until(`document.getElementById("token-secret").open && ` + shown("token-secret", secret))
	b.do(click(at("token-secret-done")))
	b.until(count("token", 1) + ` && ` + shown("token-secret", ""))

	does := func(path string) int {
		status, _ := call(t.Context(), http.MethodGet, base+path, secret, nil, nil, nil)
		return status
	}
	require.Equal(t, http.StatusOK, does("/api/employees"))
	require.Equal(t, http.StatusForbidden, does("/api/attendances/summary"))
	// An administrator sees it at the account, and ends it there.
	admin := open(t, "tokens-admin", base, 360, 800)
	admin.signIn("admin@demo.test", "/dasbor")
	admin.goTo("/pengguna?q=cabang@demo")
	admin.until(count("user", 1))
	admin.press(`[data-test="edit"]`)
	admin.until(count("token", 1) + ` && ` + admin.visible("token-revoke") +
		` && document.querySelector('[data-test="token"]').innerText.includes("Penggajian")`)
	admin.until(fits)
	admin.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token"]').scrollIntoView()`))
	admin.shoot("theirs")
	b.goTo("/profil")
	b.until(`document.querySelector('[data-test="token-use"]')?.textContent.includes("· dipakai ")`)
	b.until(fits)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token"]').scrollIntoView()`))
	b.shoot("used")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token-revoke"]').click()`))
	b.agree()
	b.until(count("token", 0))
	require.Equal(t, http.StatusUnauthorized, does("/api/employees"))

	// The next one is revoked by the administrator.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token-add"]').click()`))
	b.put("token-name", "Dasbor lobi")
	b.press(`[data-test="token-scope"][value="employees:read"]`)
	b.do(click(at("token-save")))
	b.until(`document.getElementById("token-secret").open`)
	secret = b.text("token-secret")
	require.Equal(t, http.StatusOK, does("/api/employees"))
	admin.do(click(at("user-close")))
	admin.press(`[data-test="edit"]`)
	admin.until(`document.querySelector('[data-test="token"][data-name="Dasbor lobi"]')`)
	admin.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token-revoke"]').click()`))
	admin.agree()
	admin.until(count("token", 0) + ` && ` + admin.visible("tokens-none"))
	require.Equal(t, http.StatusUnauthorized, does("/api/employees"))

	// Another one goes with the own password, since the box is ticked.
	b.do(click(at("token-secret-done")))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-test="token-add"]').click()`))
	b.put("token-name", "Kios")
	b.press(`[data-test="token-scope"][value="employees:read"]`)
	b.do(click(at("token-save")))
	b.until(`document.getElementById("token-secret").open`)
	secret = b.text("token-secret")
	require.Equal(t, http.StatusOK, does("/api/employees"))
	b.do(click(at("token-secret-done")))
	b.put("current", "hadir-demo")
	b.put("new", "kopi susu di pagi hari")
	b.press(`[data-test="revoke-tokens"]`)
	b.shoot("revoke")
	b.do(click(at("change")))
	b.until(count("token", 0))
	require.Equal(t, http.StatusUnauthorized, does("/api/employees"))
}
