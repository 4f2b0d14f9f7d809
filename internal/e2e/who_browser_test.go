package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// checkpoint stands between a browser and a node and reads what passes. What it refuses is cut off as by a network that
// is gone.
type checkpoint struct {
	url string

	mu      sync.Mutex
	refuses func(*http.Request) bool
	inUse   []string // requests to the API that came with a session, refused ones included: method and path
}

// between puts something between a browser and a node, and returns its address. The node does not see what is answered.
func between(t *testing.T, node string, answers func(http.ResponseWriter, *http.Request) bool) (base string) {
	t.Helper()
	target, err := url.Parse(node)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answers(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func newCheckpoint(t *testing.T, node string) *checkpoint {
	t.Helper()
	g := &checkpoint{}
	g.url = between(t, node, func(_ http.ResponseWriter, r *http.Request) bool {
		if !g.admits(r) {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	return g
}

func (g *checkpoint) admits(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := r.Cookie(api.SessionCookie)
	if err == nil && (strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/broadcasting/")) {
		g.inUse = append(g.inUse, r.Method+" "+r.URL.Path)
	}
	return g.refuses == nil || !g.refuses(r)
}

// refuse cuts off what is told from now on, nothing with nil, and forgets which requests came before.
func (g *checkpoint) refuse(which func(*http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuses, g.inUse = which, nil
}

// sessions returns the requests that came with a session since refuse.
func (g *checkpoint) sessions() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.inUse...)
}

func everything(*http.Request) bool { return true }

func punching(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/attendances/check-") }

// punchesOf reads a person's punches of today.
func (s *stack) punchesOf(t *testing.T, u account.User) []attendance.Punch {
	t.Helper()
	var day struct{ Punches []attendance.Punch }
	_, err := call(t.Context(), http.MethodGet, s.apis[1]+"/api/me/today", s.session(u), nil, nil, &day)
	require.NoError(t, err)
	return day.Punches
}

// installed waits until the service worker has the page, and opens it once more for it to remember.
func (b *tab) installed() {
	b.t.Helper()
	b.until(`navigator.serviceWorker.controller`)
	b.goTo("/")
	b.until(canTap)
}

// token returns the session that the browser has.
func (b *tab) token() string {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.base}})
	require.NoError(b.t, err)
	for _, c := range r.Cookies {
		if c.Name == api.SessionCookie {
			return c.Value
		}
	}
	require.Fail(b.t, "no session", b.name)
	return ""
}

const canTap = `document.querySelector('[data-test="check-button"]')?.checkVisibility() &&
	!document.querySelector('[data-test="check-button"]').disabled`

func greets(u account.User) string { return shown("greeting", "Halo, "+u.Name) }

// Several people use one browser. Whatever is signed in where and whatever the network does, a tap is of the person
// whose name stood over the button, and a sign-out is one.
func TestASharedBrowser(t *testing.T) {
	t.Parallel()
	s, es := newStack(t, 9)
	people := s.people(es)

	t.Run("somebody punches for another", func(t *testing.T) {
		t.Parallel()
		ana, budi := people[6].user, people[7].user
		b := open(t, "shared-device", s.apis[0], 360, 800)
		for _, person := range []account.User{ana, budi} {
			b.signIn(person.Login, "/")
			b.until(greets(person))
			b.until(canTap)
			b.do(click(at("check-button")))
			b.until(`document.querySelector('[data-test="result"]').dataset.kind === "good"`)
			b.until(count("punch", 1))
			if person.ID == ana.ID {
				b.do(click(at("menu")), appears(at("logout-menu")), click(at("logout-menu")))
				b.until(`location.pathname === "/masuk"`)
			}
		}
		b.until(`document.querySelector('[data-test="reason"][data-code="shared_device"]')
			?.textContent.includes("juga dipakai karyawan lain")`)
		b.until(fits)
		b.shoot("marked")
		require.Empty(t, s.punchesOf(t, ana)[0].Doubts)
		require.Equal(t, []attendance.Doubt{attendance.DoubtSharedDevice}, s.punchesOf(t, budi)[0].Doubts)
	})

	t.Run("somebody signs in from another tab", func(t *testing.T) {
		t.Parallel()
		ana, budi := people[0].user, people[1].user
		g := newCheckpoint(t, s.apis[0])
		first := open(t, "shared-first", g.url, 360, 800)
		first.signIn(ana.Login, "/")
		first.installed()
		g.refuse(punching)
		first.do(click(at("check-button")))
		first.until(count("kept", 1))

		second := first.another("shared-second", 360, 800)
		second.signIn(budi.Login, "/")
		second.until(greets(budi))
		first.until(greets(budi)) // without a touch
		for _, b := range []*tab{first, second} {
			b.until(canTap)
			b.until(count("kept", 0))
		}
		g.refuse(nil)
		second.do(click(at("check-button")))
		second.until(`document.querySelector('[data-test="result"]').dataset.kind === "good"`)
		require.Len(t, s.punchesOf(t, budi), 1)
		require.Empty(t, s.punchesOf(t, ana))

		second.do(click(at("menu")), appears(at("logout-menu")),
			click(at("logout-menu")))
		second.until(`location.pathname === "/masuk"`)
		first.until(`location.pathname === "/masuk"`)
		first.signIn(ana.Login, "/")
		first.until(greets(ana))
		first.until(count("punch", 1))
		first.until(count("kept", 0))
		require.Len(t, s.punchesOf(t, ana), 1)
		require.Len(t, s.punchesOf(t, budi), 1)
	})

	t.Run("the cookie changes under a page", func(t *testing.T) {
		t.Parallel()
		ana, budi := people[2].user, people[3].user
		g := newCheckpoint(t, s.apis[0])
		b := open(t, "shared-cookie", g.url, 360, 800)
		b.signIn(ana.Login, "/")
		b.installed()
		old := b.token()
		g.refuse(everything)
		reset := map[string]string{"password": "kata-sandi-baru"}
		_, err := call(t.Context(), http.MethodPost, s.apis[0]+"/api/users/"+strconv.FormatInt(ana.ID, 10)+"/password",
			s.admin.token, nil, reset, nil)
		require.NoError(t, err)
		status, _ := call(t.Context(), http.MethodGet, s.apis[0]+"/api/me", old, nil, nil, nil)
		require.Equal(t, http.StatusUnauthorized, status)
		// What an administrator chose must be changed first; this stands for that change.
		require.NoError(t, s.store.Users.ChangePassword(t.Context(), ledger.Actor{},
			accounts.NewPassword{UserID: ana.ID, Hash: testkit.PasswordHash(t, password)}))
		b.goTo("/")
		b.until(greets(ana)) // as far as the device knows
		b.until(b.visible("offline"))
		_, err = chromedp.Call(b.ctx, network.SetCookie,
			network.SetCookieParams{Name: api.SessionCookie, Value: s.session(budi), URL: g.url})
		require.NoError(t, err)
		b.until(canTap)
		b.do(click(at("check-button")))
		b.until(count("kept", 1))
		b.late(time.Now())

		g.refuse(nil)
		b.until(`location.pathname === "/masuk"`)
		b.until(b.visible("other"))
		b.shoot("other")
		require.Empty(t, s.punchesOf(t, budi))
		require.Empty(t, s.punchesOf(t, ana))
		g.refuse(everything)
		b.goTo("/") // what the device remembered of whoever is out is gone
		b.until(`document.getElementById("away")?.checkVisibility() &&
			!document.querySelector('[data-test="greeting"]')?.checkVisibility()`)
		g.refuse(nil)
		b.goTo("/masuk?other")
		b.do(appears(at("go-on")), click(at("go-on")))
		b.until(greets(budi))
		b.until(canTap)
		b.until(count("kept", 0))
		require.Empty(t, s.punchesOf(t, budi))

		b.signIn(ana.Login, "/")
		b.until(count("punch", 1))
		b.until(count("kept", 0))
		punches := s.punchesOf(t, ana)
		require.Len(t, punches, 1)
		require.True(t, punches[0].Offline)
		require.Empty(t, s.punchesOf(t, budi))
	})

	t.Run("somebody signs out while a punch waits", func(t *testing.T) {
		t.Parallel()
		ana := people[8].user
		g := newCheckpoint(t, s.apis[0])
		b := open(t, "shared-unsent", g.url, 360, 800)
		b.signIn(ana.Login, "/")
		b.installed()
		g.refuse(punching)
		b.do(click(at("check-button")))
		b.until(count("kept", 1))
		b.do(click(at("menu")), appears(at("logout-menu")), click(at("logout-menu")))
		b.until(questionOpen + ` && ` + shown("question-title", "Keluar sebelum 1 absensi terkirim?"))
		b.until(fits)
		b.shoot("asked")
		b.do(click(at("refuse")))
		b.until(`!` + questionOpen + ` && location.pathname === "/" && ` + canTap)
		b.do(appears(at("logout-menu")), click(at("logout-menu")))
		b.until(questionOpen)
		b.agree()
		b.until(`location.pathname === "/masuk"`)
		b.until(b.visible("unsent"))
		b.until(fits)
		b.shoot("door")
		g.refuse(nil)
		b.signIn(ana.Login, "/")
		b.until(count("punch", 1))
		b.until(count("kept", 0))
		require.Len(t, s.punchesOf(t, ana), 1)
		b.do(click(at("menu")), appears(at("logout-menu")), click(at("logout-menu")))
		b.until(`location.pathname === "/masuk" && document.readyState === "complete"`)
		b.until(b.visible("submit") + " && " + unseen("unsent"))
	})

	t.Run("somebody signs out without network", func(t *testing.T) {
		t.Parallel()
		ana, budi := people[4].user, people[5].user
		g := newCheckpoint(t, s.apis[0])
		over := func(token string) func() bool {
			return func() bool {
				status, _ := call(t.Context(), http.MethodGet, s.apis[0]+"/api/me", token, nil, nil, nil)
				return status == http.StatusUnauthorized
			}
		}
		signOut := func(b *tab) {
			b.do(click(at("logout")))
			b.until(`location.pathname === "/masuk"`)
			b.until(b.visible("leaving"))
		}
		b := open(t, "shared-leaving", g.url, 1280, 900)
		b.signIn(ana.Login, "/")
		b.installed()
		beside := b.another("shared-beside", 360, 800)
		beside.goTo("/")
		beside.until(canTap)
		token := b.token()
		g.refuse(everything)
		signOut(b)
		beside.until(`location.pathname === "/masuk"`)
		b.until(shown("leaving",
			"Anda akan keluar begitu server terjangkau. Sampai saat itu tidak ada yang dibuka di peramban ini."))
		b.shoot("leaving")
		g.refuse(everything) // what was on its way when the button was pressed does not count
		b.goTo("/")
		b.until(`location.pathname === "/masuk"`)
		b.until(b.visible("leaving"))
		require.True(t, eventually(func() bool { return len(g.sessions()) > 1 }), "nobody tries to sign out")
		for _, request := range g.sessions() {
			require.Equal(t, "POST /api/logout", request, "a session that is being left")
		}
		require.False(t, over(token)())
		g.refuse(nil)
		b.until(gone("leaving"))
		require.True(t, eventually(over(token)))
		b.goTo("/")
		b.until(`location.pathname === "/masuk"`)

		// Whoever signs in next completes the sign-out of the one before.
		b.signIn(ana.Login, "/")
		b.until(canTap)
		token = b.token()
		g.refuse(everything)
		signOut(b)
		b.do(types(at("login"), budi.Login), types(at("password"), password),
			click(at("submit")))
		b.until(shown("error", "Server tidak terjangkau. Periksa jaringan."))
		require.False(t, over(token)())
		g.refuse(nil)
		b.do(click(at("submit")))
		b.until(greets(budi))
		require.True(t, eventually(over(token)))
		require.False(t, over(b.token())())
	})
}
