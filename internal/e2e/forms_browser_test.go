package e2e

import (
	"net/http"
	"regexp"
	"testing"

	"hadir/internal/account"
	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
)

// gone holds when nothing is seen of an element.
func gone(name string) string {
	return `document.querySelector('[data-test="` + name + `"]').offsetParent === null`
}

// switchLanguage presses the button in the header and waits until the account has the language, which is that of every
// tab of the same person.
func (b *tab) switchLanguage(to string) {
	b.t.Helper()
	b.do(appears(at("language")), click(at("language")))
	b.until(`document.documentElement.lang === "` + to + `" && !localStorage.getItem("hadir.language.unsaved")`)
}

// setupCode is what a program without users printed at its start.
func setupCode(t *testing.T, p *testkit.Process) string {
	t.Helper()
	var found []string
	if !eventually(func() bool {
		found = regexp.MustCompile(`/mulai#(\w+)`).FindStringSubmatch(p.Log())
		return found != nil
	}) {
		t.Fatal("no code was printed")
	}
	return found[1]
}

// The page that makes the first administrator says at each field what is wrong with it, in the reader's language, and
// takes it back when the field is right.
func TestTheFirstPageSpeaksAtItsFields(t *testing.T) {
	t.Parallel()
	base, env := settle(t, t.TempDir())
	code := setupCode(t, testkit.Start(t, "empty", base+"/readyz", env))
	b := open(t, "setup-fields", base, 360, 800)
	b.goTo("/mulai")
	b.do(appears(at("submit")))
	// The address with a code opens where the page is open already.
	b.until(`(location.hash = "KODE", document.querySelector('[data-test="code"]').value === "KODE")`)
	b.until(`(location.hash = "", document.querySelector('[data-test="code"]').value === "")`)
	b.do(click(at("submit")))
	for _, field := range []string{"name", "login", "password", "code"} {
		b.until(shown(field+"-wrong", "Wajib diisi."))
	}
	b.until(shown("error", "Periksa isian yang ditandai.") + ` && document.activeElement.id === "name"`)
	b.shoot("empty")
	b.do(types(at("name"), "Pendiri"), types(at("login"), "ab"),
		types(at("password"), "pendek"),
		types(at("code"), code))
	b.until(gone("name-wrong") + ` && ` + gone("login-wrong") + ` && ` + gone("password-wrong") + ` && ` +
		gone("error"))
	b.do(click(at("submit")))
	b.until(shown("login-wrong", "Isi sedikitnya 3 karakter."))
	b.do(types(at("login"), "c"), click(at("submit")))
	b.until(shown("password-wrong", "Kata sandi sedikitnya 8 karakter."))
	b.do(click(at("language")))
	b.until(`document.documentElement.lang === "en"`) // its words are fetched
	b.do(click(at("submit")))
	b.until(shown("password-wrong", "A password has at least 8 characters.") + ` && ` +
		shown("error", "Check the marked fields."))
	b.shoot("english")
	b.do(types(at("password"), "-jadi-panjang"))
	b.until(gone("error"))
	b.do(click(at("submit")))
	// the founder's language
	b.until(`location.pathname === "/dasbor" && document.querySelector("h1")?.textContent === "Today"`)
}

// A correction without time or reason says so at these fields, and the sentence above them goes with the last of them.
func TestACorrectionSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := open(t, "correction-fields", demo(t), 360, 800)
	b.goTo("/masuk")
	b.do(appears(at("submit")), click(at("submit")))
	b.until(shown("login-wrong", "Wajib diisi.") + ` && ` + shown("password-wrong", "Wajib diisi."))
	b.signIn("JKT-0001", "/")
	b.goTo("/koreksi")
	b.do(appears(at("add")), click(at("add")), appears(at("send")),
		click(at("send")))
	for _, field := range []string{"work-date", "time", "reason"} {
		b.until(shown(field+"-wrong", "Wajib diisi."))
	}
	b.until(shown("form-error", "Periksa isian yang ditandai.") + ` && document.activeElement.id === "work-date"`)
	b.shoot("empty")
	b.enter("work-date", "2020-01-01")
	b.enter("time", "08:00")
	b.until(gone("work-date-wrong") + ` && ` + gone("time-wrong") + ` && ` +
		shown("form-error", "Periksa isian yang ditandai."))
	b.do(types(at("reason"), "Lupa absen"))
	b.until(gone("reason-wrong") + ` && ` + gone("form-error"))
	b.do(click(at("send")))
	b.until(shown("work-date-wrong", "Isi tanggal hari ini atau paling jauh 400 hari yang lalu."))
	b.until(fits)
	b.shoot("too-long-ago")
	b.do(click(at("void")), click(at("send")))
	b.until(shown("wrong-punch-wrong", "Wajib diisi.") +
		` && document.querySelector('[data-test="wrong-punches"]').getAttribute("aria-invalid") === "true"`)
}

// The account's language is that of the pages, on whatever device; what is chosen in the header is the account's from
// then on.
func TestTheAccountsLanguageIsThatOfThePages(t *testing.T) {
	t.Parallel()
	s, _ := newStack(t, 1)
	title := func(words string) string { return `document.querySelector("h1")?.textContent === "` + words + `"` }
	b := open(t, "language", s.apis[0], 1280, 900)
	b.signIn(s.admin.user.Login, "/dasbor")
	b.until(title("Hari ini"))
	b.do(click(at("language")))
	b.until(title("Today"))
	var me struct{ User account.User }
	token := s.session(s.admin.user)
	locale := func(want string) {
		t.Helper()
		if !eventually(func() bool {
			_, err := call(t.Context(), http.MethodGet, s.apis[1]+"/api/me", token, nil, nil, &me)
			return err == nil && me.User.Locale == want
		}) {
			t.Fatalf("the account speaks %s, not %s", me.User.Locale, want)
		}
	}
	locale("en")
	other := open(t, "language-elsewhere", s.apis[1], 1280, 900)
	other.signIn(s.admin.user.Login, "/dasbor")
	other.until(title("Today"))
	if _, err := call(t.Context(), http.MethodPatch, s.apis[1]+"/api/me", token, nil, map[string]string{"locale": "id"},
		nil); err != nil {
		t.Fatal(err)
	}
	b.goTo("/riwayat")
	b.until(title("Riwayat"))
	b.do(click(at("language")))
	b.until(title("History"))
	b.goTo("/laporan")
	b.until(title("Reports"))
	locale("en")
}

// Whoever is quicker than the page's scripts, as people and password managers are on a slow phone, is signed in when
// they are there; what was typed does not end up in the address.
func TestWhoIsQuickerThanTheScriptsIsSignedIn(t *testing.T) {
	t.Parallel()
	b := open(t, "quick", demo(t), 360, 800)
	b.beforePages(`(() => {
		const ask = globalThis.fetch;
		globalThis.fetch = async (...request) => {
			if (/\/masuk-\w+-\w+\.json$/.test(String(request[0])))
				await new Promise((go) => { globalThis.letGo = go; });
			return ask(...request);
		};
	})()`)
	b.goTo("/masuk")
	b.do(appears(at("login")), types(at("login"), "admin@demo.test"),
		types(at("password"), "hadir-demo"), click(at("submit")))
	b.until(`globalThis.letGo && location.search === ""`)
	b.do(chromedp.Evaluate[chromedp.Void](`letGo(); void 0`))
	b.until(`location.pathname === "/dasbor" && location.search === ""`)
}
