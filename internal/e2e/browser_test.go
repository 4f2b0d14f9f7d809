package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	pages "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// tab is one person's browser. It fails the test at whatever its console complains about: a violated policy, an
// exception.
type tab struct {
	t          *testing.T
	ctx        context.Context
	name, base string
	theme      string // what the device prefers, light or dark

	mu         sync.Mutex
	complaints []string
	refused    []string // what the browser could not load, as "address: why"
	questions  []string // the kinds of the browser's own dialogs so far
}

func open(t *testing.T, name, base string, width, height int64) *tab {
	t.Helper()
	return openIn(t, testkit.Chromium(t), name, base, width, height)
}

// another opens one more tab of the same browser: cookies, storage and service worker are shared.
func (b *tab) another(name string, width, height int64) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return openIn(b.t, ctx, name, b.base, width, height)
}

func openIn(t *testing.T, ctx context.Context, name, base string, width, height int64) *tab {
	t.Helper()
	b := &tab{t: t, ctx: ctx, name: name, base: base, theme: "light"}
	exceptions, entries := chromedp.Events(ctx, runtime.ExceptionThrown), chromedp.Events(ctx, log.EntryAdded)
	go func() {
		for e, err := range exceptions {
			if err != nil {
				return
			}
			j, _ := json.Marshal(e)
			b.complain(string(j))
		}
	}()
	go func() {
		for e, err := range entries {
			if err != nil {
				return
			}
			// A refused request is a status the page handles; everything else at this level is a defect.
			switch {
			case e.Entry.Level != log.EntryLevelError:
			case e.Entry.Source == log.EntrySourceNetwork:
				b.mu.Lock()
				b.refused = append(b.refused, e.Entry.URL+": "+e.Entry.Text)
				b.mu.Unlock()
			default:
				b.complain(e.Entry.Text)
			}
		}
	}()
	dialogs := chromedp.Events(ctx, pages.JavascriptDialogOpening)
	go func() {
		for e, err := range dialogs {
			if err != nil {
				return
			}
			b.answer(string(e.Type))
		}
	}()
	b.beforePages(stillness)
	b.wants(b.theme)
	b.do(chromedp.EmulateViewport(width, height))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Empty(t, b.complaints, "the console of %s", name)
	})
	return b
}

// answer says yes to the browser's own questions, such as whether to leave a page with a filled form.
func (b *tab) answer(kind string) {
	b.mu.Lock()
	b.questions = append(b.questions, kind)
	b.mu.Unlock()
	_, _ = chromedp.Call(b.ctx, pages.HandleJavaScriptDialog, pages.HandleJavaScriptDialogParams{Accept: true})
}

// asked tells how often the browser itself has asked a question of a kind.
func (b *tab) asked(kind string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.questions {
		if q == kind {
			n++
		}
	}
	return n
}

// stillness lets nothing move: what is clicked stays where it was measured, and colours are what they will be.
const stillness = `(() => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("*, *::before, *::after, *::backdrop { animation: none !important; transition: none !important;" +
		" scroll-behavior: auto !important }");
	document.adoptedStyleSheets.push(sheet);
})()`

// beforePages runs a script in every page that opens from now on, before the page's own.
func (b *tab) beforePages(script string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, pages.AddScriptToEvaluateOnNewDocument,
		pages.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	require.NoError(b.t, err)
}

// wants sets the colours that the device prefers.
func (b *tab) wants(theme string) {
	b.t.Helper()
	b.theme = theme
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme},
		{Name: "prefers-reduced-motion", Value: "reduce"}}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	require.NoError(b.t, err)
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.shoot("failed")
		require.NoError(b.t, err, b.name)
	}
}

// at selects an element by its data-test attribute.
func at(name string) chromedp.CSS { return chromedp.CSS(`[data-test="` + name + `"]`) }

// goTo opens an address of the program in the tab and waits until a page has loaded.
func (b *tab) goTo(path string) {
	b.t.Helper()
	b.leaves("goes to "+path, func(ctx context.Context) (bool, error) {
		r, err := chromedp.Call(ctx, pages.Navigate, pages.NavigateParams{URL: b.base + path})
		if err == nil && r.ErrorText != "" {
			err = errors.New(r.ErrorText)
		}
		return r.LoaderID != "", err // without one, only what is behind the # has changed
	})
}

// reload loads the page again and waits until it has.
func (b *tab) reload() {
	b.t.Helper()
	b.leaves("reloads", func(ctx context.Context) (bool, error) {
		_, err := chromedp.Call(ctx, pages.Reload, pages.ReloadParams{})
		return true, err
	})
}

// leaves makes a tab leave its document and waits until another one has loaded, if there will be one. The page may be
// leaving by itself at this moment, so it does not matter which one that is: chromedp's own actions wait for theirs
// alone, for ever if the other one wins.
func (b *tab) leaves(what string, order func(context.Context) (another bool, err error)) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	var another bool
	var last error
	ok := eventually(func() bool {
		if _, last = chromedp.Run(ctx, chromedp.Evaluate[bool](`window.left = true`)); last != nil {
			return ctx.Err() != nil
		}
		another, last = order(ctx)
		return last == nil || !strings.Contains(last.Error(), "ERR_ABORTED")
	})
	if !ok || last != nil {
		b.shoot("failed")
		require.NoError(b.t, last, "%s %s", b.name, what)
	}
	if another {
		b.until(`!window.left && document.readyState === "complete"`)
	}
}

// signIn fills the form and waits for the page that the role begins with.
func (b *tab) signIn(login, landsOn string) {
	b.t.Helper()
	b.goTo("/masuk")
	b.do(appears(at("login")), types(at("login"), login),
		types(at("password"), password), click(at("submit")))
	b.until(`location.pathname === "` + landsOn + `" && document.readyState === "complete"`)
}

// until waits for an expression of the page to become true, over whatever navigations happen meanwhile.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	var last error
	ok := eventually(func() bool {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		last = err
		return err == nil && holds
	})
	if !ok {
		b.shoot("failed")
		shown, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](whatIsShown))
		require.Fail(b.t, "never true", "%s waits for %s; last error: %v; the page: %s %v", b.name, expression, last,
			shown, err)
	}
}

// whatIsShown says in a failure what a picture of the page would show, since pictures are lost with the machine.
const whatIsShown = `JSON.stringify({
	at: location.href,
	focus: document.activeElement?.outerHTML.slice(0, 200),
	dialogs: [...document.querySelectorAll("dialog[open]")].map((d) => d.dataset.test ?? d.id),
	said: [...document.querySelectorAll('[role="alert"], [role="status"], .wrong')]
		.filter((e) => e.checkVisibility()).map((e) => e.innerText.trim()).filter(Boolean),
	rows: [...document.querySelectorAll("main [data-test]")].slice(0, 60).map((e) => e.dataset.test).join(" "),
})`

// agree says yes to the question that is about to be asked.
func (b *tab) agree() {
	b.t.Helper()
	b.do(click(at("agree")))
}

// late waits until a tap that was kept by then is late. Of one that arrives sooner, queue.js leaves the time to the
// server.
func (b *tab) late(kept time.Time) {
	b.t.Helper()
	b.until(fmt.Sprintf(`Date.now() > %d`, kept.Add(4*time.Second).UnixMilli()))
}

// eventually waits until something holds, as long as the machine needs.
func eventually(holds func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	for range looks(ctx) {
		if holds() {
			return true
		}
	}
	return false
}

// lookEvery is how often it is looked for what does not come at once. Who looks more often takes the processor from the
// page that it is expected of.
const lookEvery = 100 * time.Millisecond

// looks yields whenever it is time to look for something that is expected of a page: often at first, then every
// lookEvery, until ctx ends.
func looks(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) {
		pause := 5 * time.Millisecond
		for n := 0; ctx.Err() == nil && yield(n); n++ {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, lookEvery)
		}
	}
}

// appears waits until an element is visible.
func appears(what chromedp.CSS) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(what, chromedp.RetryInterval(lookEvery))
}

// types writes into an element that is visible, or will be.
func types(where chromedp.CSS, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(where, text, chromedp.RetryInterval(lookEvery))
}

// text waits until an element exists and returns its text.
func (b *tab) text(name string) string {
	b.t.Helper()
	b.do(appears(at(name)))
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Text(at(name)))
	require.NoError(b.t, err, "%s reads %s", b.name, name)
	return s
}

// shoot saves a picture into the folder that SCREENSHOTS names, if it does.
func (b *tab) shoot(name string) {
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	// Of a tab that hangs there is no picture, and none is worth the end of the test.
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, b.name+"-"+name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Logf("screenshot: %v", err)
	}
}

// quoted makes a JavaScript string of a data-test selector.
func quoted(name string) string { return strconv.Quote(`[data-test="` + name + `"]`) }

func shown(name, text string) string {
	return `document.querySelector(` + quoted(name) + `)?.textContent.trim() === ` + strconv.Quote(text)
}

// holds tells whether a field holds a text.
func holds(name, value string) string {
	return fmt.Sprintf(`document.querySelector(%s).value === %q`, quoted(name), value)
}

const live = `document.querySelector('[data-test="connection"]')?.dataset.state === "live"`

// An employee checks in on a phone through node 1; the admin's dashboard and the live tab, both on node 2's pusher,
// move without a reload, and the static tab says that it is out of date.
func TestACheckInMovesTheOtherBrowsers(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 12)
	people := s.people(es[:2])
	admin, history, phone := open(t, "admin", s.apis[1], 1280, 900), open(t, "history", s.apis[1], 1280, 900),
		open(t, "phone", s.apis[0], 360, 800)
	admin.signIn(s.admin.user.Login, "/dasbor")
	admin.until(live)
	admin.until(shown("counter-pending", "12"))
	admin.until(shown("watchers", "1"))
	history.signIn(s.admin.user.Login, "/dasbor")
	history.goTo("/riwayat")
	history.until(live)
	history.until(`document.querySelectorAll('[data-test="row"]').length === 12`)
	history.shoot("today-before")

	phone.signIn(people[0].user.Login, "/")
	phone.until(`document.querySelector('[data-test="check-button"]').dataset.action === "check_in" &&
		!document.querySelector('[data-test="check-button"]').disabled`)
	phone.until(live)
	phone.shoot("before")
	phone.do(click(at("check-button")))
	phone.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "good"`)
	phone.until(`document.querySelector('[data-test="check-button"]').dataset.action === "check_out"`)
	phone.shoot("after")

	admin.until(`document.querySelectorAll('[data-test="feed-item"]').length === 1`)
	require.Contains(t, admin.text("feed-item"), es[0].Number)
	admin.until(shown("counter-inside", "1"))
	admin.until(shown("counter-pending", "11"))
	admin.shoot("dashboard")
	row := fmt.Sprintf(`document.querySelector('[data-test="row"][data-key^="%d/"] .status').dataset.status`, es[0].ID)
	history.until(row + ` === "present"`)
	history.until(shown("badge", "1"))
	history.do(click(at("tab-history")))
	// The tab was loaded before the check-in and stays as it was; whether yesterday is closed by now, the scheduler
	// decides.
	present := `[...document.querySelectorAll('[data-test="past-row"] .status')].filter((e) => e.dataset.status ===
		"present").length`
	history.until(present + ` === 0`)
	history.do(click(at("refresh")))
	history.until(present + ` === 1`)
	history.until(`document.querySelector('[data-test="badge"]').offsetParent === null`)
	history.shoot("history")

	// The pusher under the admins dies; what happens meanwhile is on their screens when they are back on it.
	s.proc("pusher2").Kill()
	admin.until(`!(` + live + `)`)
	_, err := s.checkIn(t.Context(), people[1], 1)
	require.NoError(t, err)
	s.start("pusher", 2)
	admin.until(live)
	admin.until(shown("counter-inside", "2"))
	history.do(click(at("tab-today")))
	history.until(fmt.Sprintf(
		`document.querySelector('[data-test="row"][data-key^="%d/"] .status').dataset.status === "present"`, es[1].ID))
	history.shoot("today-after")
}

// Who taps the other direction right after a tap is asked, and the day stays open whatever the answer; a finger that
// comes down twice does nothing.
func TestAQuickWayOutIsAskedAbout(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 1)
	people := s.people(es)
	phone := open(t, "quick", s.apis[0], 360, 800)
	phone.signIn(people[0].user.Login, "/")
	button := `document.querySelector('[data-test="check-button"]')`
	ready := `!` + button + `.disabled`
	phone.until(button + `.dataset.action === "check_in" && ` + ready)
	phone.until(`(` + button + `.click(), ` + button + `.click(), true)`)
	phone.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "good"`)
	phone.until(button + `.dataset.action === "check_out" && ` + ready)
	phone.until(count("punch", 1))

	asked := `document.getElementById("question").open`
	phone.do(click(at("check-button")))
	phone.until(asked + ` &&
		/^Anda baru saja masuk \d+ detik lalu\. Pulang sekarang\?$/.test(
			document.querySelector("#question h2").textContent.trim())`)
	phone.shoot("asked")
	phone.until(`(document.getElementById("question").close(""), true)`)
	phone.until(`!(` + asked + `) && ` + ready)
	phone.until(count("punch", 1))

	phone.do(click(at("check-button")))
	phone.until(asked)
	phone.agree()
	phone.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "info"`)
	phone.until(count("punch", 2))
	phone.until(button + `.dataset.action === "check_out"`)
	phone.until(`[...document.querySelectorAll('[data-test="reason"]')].some((e) => e.dataset.code === "quick")`)
	phone.shoot("open")
}

// Filters of the live tab hold for events, too; pages of the static tab go forth and back; both languages work.
func TestFiltersPagingAndLanguage(t *testing.T) {
	t.Parallel()
	base := demo(t)
	b := open(t, "filters", base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.until(live)
	b.shoot("dashboard")
	b.goTo("/riwayat")
	b.until(`document.querySelectorAll('[data-test="row"]').length > 15`)
	// Rows that come meanwhile move the button, so that a click by coordinates can miss it.
	b.until(`performance.getEntriesByType("resource").some((e) => /today\?.*cursor=./.test(e.name)) ||
		(document.querySelector('[data-test="more"]').click(), false)`)
	b.do(types(at("filter-text"), "MKS-0001"))
	b.until(`(r => r.length > 0 && r.every((e) => e.innerText.includes("MKS-0001")))(
		[...document.querySelectorAll('[data-test="row"]')])`)
	b.do(click(at("tab-history")))
	b.until(`(r => r.length > 5 && r.every((e) => e.innerText.includes("MKS-0001")))(
		[...document.querySelectorAll('[data-test="past-row"]')])`)
	b.goTo("/dasbor")
	b.goTo("/riwayat#riwayat")
	first := `document.querySelector('[data-test="past-row"]').innerText`
	b.until(`document.querySelectorAll('[data-test="past-row"]').length === 50`)
	top, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](first))
	require.NoError(t, err)
	b.do(click(at("next")))
	b.until(first + ` !== ` + strconv.Quote(top))
	b.do(click(at("previous")))
	b.until(first + ` === ` + strconv.Quote(top))
	b.do(click(at("language")))
	b.until(shown("refresh", "Refresh"))
	b.goTo("/dasbor")
	b.until(`document.documentElement.lang === "en" && document.querySelector("h1").textContent === "Today"`)
	b.do(click(at("logout")))
	b.until(`location.pathname === "/masuk"`)
	b.do(appears(at("login")), types(at("login"), "admin@demo.test"),
		types(at("password"), "wrong-password"), click(at("submit")))
	b.until(shown("error", "The login or the password is wrong."))
	b.shoot("refused")
}

// The first administrator is made on a page that works once.
func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	base, env := settle(t, t.TempDir())
	code := setupCode(t, testkit.Start(t, "empty", base+"/readyz", env))
	b := open(t, "setup", base, 1280, 900)
	b.goTo("/masuk")
	b.until(`location.pathname === "/mulai"`)
	b.do(appears(at("name")), types(at("name"), "Pendiri"),
		types(at("login"), "pendiri@contoh.id"),
		types(at("password"), "pendek"), types(at("code"), code), click(at("submit")),
		appears(at("error")))
	b.shoot("setup")
	b.do(types(at("password"), "-jadi-panjang"), click(at("submit")))
	b.until(`location.pathname === "/dasbor"`)
	b.until(live)
	status, err := call(t.Context(), http.MethodPost, base+"/api/setup", "", nil,
		map[string]string{"login": "lain@contoh.id", "name": "Lain", "password": "sepuluh-lebih"}, nil)
	require.Error(t, err)
	require.Equal(t, http.StatusConflict, status)
	b.goTo("/mulai")
	b.until(`location.pathname === "/masuk"`)
}
