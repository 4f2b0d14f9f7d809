package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// sick stands between a browser and a node, and answers some requests in its place.
type sick struct {
	base string

	mu     sync.Mutex
	what   *regexp.Regexp // nil for none
	status int            // 0 cuts the connection
	failed int
}

func newSick(t *testing.T, node string) *sick {
	t.Helper()
	k := &sick{}
	k.base = between(t, node, func(w http.ResponseWriter, r *http.Request) bool {
		status, ill := k.falls(r)
		switch {
		case !ill:
			return false
		case status == 0:
			panic(http.ErrAbortHandler)
		}
		http.Error(w, "not now", status)
		return true
	})
	return k
}

func (k *sick) falls(r *http.Request) (status int, ill bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.what == nil || !k.what.MatchString(r.Method+" "+r.URL.Path) {
		return 0, false
	}
	k.failed++
	return k.status, true
}

// catch lets the requests fail from now on whose method and path match.
func (k *sick) catch(what string, status int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.what, k.status, k.failed = regexp.MustCompile(what), status, 0
}

// recover waits until so many requests have failed, and lets no more of them fail.
func (k *sick) recover(t *testing.T, after int) {
	t.Helper()
	require.True(t, eventually(func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.failed >= after
	}), "nobody asked again")
	k.mu.Lock()
	defer k.mu.Unlock()
	k.what = nil
}

// withoutMemory lets a tab ask the network for everything.
func (b *tab) withoutMemory() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	require.NoError(b.t, err)
	_, err = chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	require.NoError(b.t, err)
}

// saysAway tells whether a page says that it waits for the server, and in which words.
func saysAway(words string) string {
	return `((box) => box?.checkVisibility() && box.innerText.includes("` + words + `"))(
		document.getElementById("away"))`
}

const (
	unreachable = "Server tidak terjangkau."
	unwell      = "Server sedang bermasalah."
	// notAway is a page that has begun.
	notAway = `!document.getElementById("away").checkVisibility() &&
		document.querySelector("main")?.checkVisibility() && document.querySelector("header")?.checkVisibility()`
	hasComeIn = `[...document.querySelectorAll('[data-test="row"]')].some((r) => r.cells[2].textContent !== "")`
)

func isAt(path string) string { return `location.pathname === "` + path + `"` }

// A page that is loaded while the server is away says so and shows itself once the server is back, at the address that
// was asked for, whether there is nothing behind the address or a gateway.
func TestAPageLoadedWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	s, es, f, _ := liveStack(t, 3)
	people := s.people(es)
	_, err := s.checkIn(t.Context(), people[0], 1)
	require.NoError(t, err)
	board := open(t, "away-board", s.apis[0], 1280, 900)
	board.signIn(s.admin.user.Login, "/dasbor")
	phone := open(t, "away-phone", s.apis[0], 360, 800)
	phone.signIn(people[0].user.Login, "/")
	phone.goTo("/riwayat")
	gateway := open(t, "away-gateway", f.base, 1280, 900)
	gateway.signIn(s.admin.user.Login, "/dasbor")
	right := map[*tab]string{
		board:   isAt("/dasbor") + " && " + shown("counter-inside", "1"),
		phone:   isAt("/riwayat") + " && " + hasComeIn,
		gateway: isAt("/dasbor") + " && " + shown("counter-inside", "1"),
	}
	for b, numbers := range right {
		b.until(numbers)
		b.until(`navigator.serviceWorker.controller`)
	}

	s.proc("api1").Kill()
	for b := range right {
		b.reload()
	}
	board.until(isAt("/dasbor") + " && " + saysAway(unreachable))
	phone.until(isAt("/riwayat") + " && " + saysAway(unreachable))
	gateway.until(isAt("/dasbor") + " && " + saysAway(unreachable))
	phone.until(`document.documentElement.scrollWidth <= innerWidth`)
	board.shoot("away")
	phone.shoot("away")
	s.start("api", 1)
	for b, numbers := range right {
		b.until(numbers)
		b.until(notAway)
		b.until(live)
	}

	t.Log("a link is followed while the server is away")
	s.proc("api1").Kill()
	board.do(chromedp.Evaluate[chromedp.Void](`location.assign("/karyawan?status=active"); void 0`))
	board.until(isAt("/karyawan") + " && " + saysAway(unreachable))
	s.start("api", 1)
	board.until(isAt("/karyawan") + ` && location.search === "?status=active" && ` + notAway)
	board.until(count("row", 3))
}

// A page begins whatever it asks for at first fails a few times, and says meanwhile what is wrong.
func TestNothingThatFailsAtFirstLeavesAPageEmpty(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 3)
	people := s.people(es)
	_, err := s.checkIn(t.Context(), people[0], 1)
	require.NoError(t, err)
	k := newSick(t, s.apis[0])
	for _, who := range []struct{ name, login, begins, path, numbers string }{
		{"admin", s.admin.user.Login, "/dasbor", "/dasbor", shown("counter-inside", "1")},
		{"employee", people[0].user.Login, "/", "/riwayat", hasComeIn},
	} {
		b := open(t, "sick-"+who.name, k.base, 390, 800)
		b.signIn(who.login, who.begins)
		b.goTo(who.path)
		b.until(who.numbers)
		b.withoutMemory()
		script := "GET /assets" + who.path + `-\w+\.js`
		for _, trouble := range []struct {
			what          string
			status, times int
			says          string
		}{
			{"GET /api/me$", 503, 3, unwell},
			{"GET /api/me$", 500, 2, unwell},
			{"GET /api/me$", 429, 2, unwell},
			{"GET /api/me$", 404, 2, unwell},
			{"GET /api/me$", 0, 4, unreachable},
			{"GET /api/config$", 503, 2, ""},
			{`GET /assets/\w+-(id|en)-\w+\.json`, 503, 4, unreachable},
			{script, 503, 1, unreachable},
			{script, 0, 1, unreachable},
			{`GET /assets/app-\w+\.css`, 0, 1, unreachable},
		} {
			t.Logf("%s: %s fails with %d", who.name, trouble.what, trouble.status)
			k.catch(trouble.what, trouble.status)
			b.reload()
			if trouble.says != "" {
				b.until(saysAway(trouble.says))
				b.shoot(strings.Trim(regexp.MustCompile(`\W+`).ReplaceAllString(trouble.what, "-"), "-"))
			}
			k.recover(t, trouble.times)
			b.until(isAt(who.path) + " && " + who.numbers + " && " + notAway)
		}
	}
}

// The first list of a page that does not follow events is read again until it is there.
func TestAFirstListIsReadAgain(t *testing.T) {
	t.Parallel()
	k := newSick(t, demo(t))
	b := open(t, "first-list", k.base, 1280, 900)
	b.signIn("admin@demo.test", "/dasbor")
	b.withoutMemory()
	for path, list := range map[string]struct{ what, shows string }{
		"/karyawan": {"GET /api/employees$", "row"},
		"/cabang":   {"GET /api/branches$", "row"},
		"/audit":    {"GET /api/audit$", "entry"},
		"/shift":    {"GET /api/shifts$", "shift"},
		"/profil":   {"GET /api/me/sessions$", "session"},
		"/privasi":  {"GET /api/privacy$", "item"},
	} {
		for _, status := range []int{503, 0} {
			t.Logf("%s fails with %d", path, status)
			k.catch(list.what, status)
			b.goTo(path)
			k.recover(t, 3)
			b.until(`[...document.querySelectorAll('[data-test="` + list.shows + `"]')]
				.some((e) => e.checkVisibility())`)
			b.until(`![...document.querySelectorAll("[role=alert]")].some((e) => e.checkVisibility())`)
		}
	}
}
