package bench

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const (
	onScreen  = 5000 // people of today
	burst     = 500  // check-ins
	burstTime = 5 * time.Second
)

// pages measures (i) in a browser, with 5,000 people today: how long the main thread is held up by 500 check-ins in 5 s
// on the two pages that show them live, also where the browser's processor is four times as slow, and what each page
// transfers until its first paint, with nothing in the browser's cache.
func pages(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(onScreen)
	admin := s.admin()
	pusher, _ := s.start("pusher")
	host, port, err := net.SplitHostPort(pusher)
	require.NoError(b, err)
	s.env = append(slices.Clone(s.env), "HADIR_PUSHER_PUBLIC_HOST="+host, "HADIR_PUSHER_PUBLIC_PORT="+port)
	api, _ := s.start("api")
	s.start("worker")

	w := openWindow(b, "http://"+api)
	paths := append([]string{"/masuk", "/"}, testkit.MenuPaths(b, "admin")...)
	require.Greater(b, len(paths), 8)
	for i, path := range paths {
		switch i { // nobody is signed in at the door, and Beranda belongs to an employee
		case 1:
			w.signIn(people[0].bearer)
		case 2:
			w.signIn(admin)
		}
		w.goTo(path)
		w.until(`document.readyState === "complete" &&
			performance.getEntriesByName("first-contentful-paint").length > 0 && location.pathname === "` + path + `"`)
		t.add("first paint of "+path+": transferred", evaluate[float64](w, transferredUntilPaint)/1000, "%.0f kB",
			below(150, " kB"))
	}

	rush := &rush{b: b, api: api, people: people}
	for _, slowed := range []float64{1, 4} {
		of, list := "", "/riwayat#hari-ini"
		if slowed > 1 {
			of, list = ", slowed four times", "/riwayat?q=U-001#hari-ini" // begins with who checks in then
		}
		w.slow(slowed)
		w.goTo(list)
		w.until(`document.querySelectorAll('[data-test="row"]').length >= 15`)
		t.add("Hari Ini"+of+", 5,000 people: transferred until its first rows stand",
			evaluate[float64](w, transferred)/1000, "%.0f kB", below(150, " kB"))
		w.until(isLive)
		t.add("  and until it is live", evaluate[float64](w, transferred)/1000, "%.0f kB", noAim)
		t.tasks("Hari Ini"+of, w, func() {
			rush.run()
			w.until(`document.querySelector('[data-test="badge"]').textContent.replace(/\D/g, "") === "500"`)
		})
		t.add("  rows in the document", evaluate[float64](w, `document.querySelectorAll('[data-test="row"]').length`),
			"%.0f", below(65, ""))
		inside := func(n int) string {
			return fmt.Sprintf(`document.querySelector('[data-test="counter-inside"]')?.textContent
				.replace(/\D/g, "") === "%d"`, n)
		}
		w.goTo("/dasbor")
		w.until(isLive + " && " + inside(rush.next))
		t.add("Dasbor"+of+", 5,000 people: transferred until it is live", evaluate[float64](w, transferred)/1000,
			"%.0f kB", noAim)
		t.tasks("Dasbor"+of, w, func() {
			rush.run()
			w.until(inside(rush.next))
		})
	}
}

const isLive = `document.querySelector('[data-test="connection"]')?.dataset.state === "live"`

// transferred is what the page took from the network, headers included, as the browser counts it. Until the first paint
// come the document, its styles and all its scripts, whether or not the paint waited for each, and the answers that
// came before it.
const (
	transferred = `[...performance.getEntriesByType("navigation"),
		...performance.getEntriesByType("resource")].reduce((n, e) => n + e.transferSize, 0)`
	transferredUntilPaint = `(() => {
	const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
	return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
		.filter((e) => (e.initiatorType !== "fetch" && e.initiatorType !== "xmlhttprequest") || e.responseEnd <= paint)
		.reduce((n, e) => n + e.transferSize, 0);
})()`
	// Long tasks are those that hold the main thread for 50 ms and more.
	observeTasks = `window.longTasks = [];
		new PerformanceObserver((l) => { for (const e of l.getEntries()) window.longTasks.push(e);
			}).observe({type: "longtask", buffered: true});`
)

// tasks adds how many long tasks there were during something, and the longest.
func (t *table) tasks(what string, w *window, during func()) {
	load := evaluate[float64](w, `Math.max(0, ...longTasks.map((e) => e.duration))`)
	begin := evaluate[float64](w, `performance.now()`)
	during()
	longest := evaluate[float64](w,
		fmt.Sprintf(`Math.max(0, ...longTasks.filter((e) => e.startTime >= %f).map((e) => e.duration))`, begin))
	count := evaluate[float64](w, fmt.Sprintf(`longTasks.filter((e) => e.startTime >= %f).length`, begin))
	t.add(what+": longest task while it loads", load, "%.0f ms", noAim)
	t.add(what+", 500 check-ins in 5 s: tasks of 50 ms and more", count, "%.0f", noAim)
	t.add("  the longest of them (0: there was none)", longest, "%.0f ms", below(100, " ms"))
}

// rush is people who check in one after the other.
type rush struct {
	b      *testing.B
	api    string
	people []person
	next   int
}

func (r *rush) run() {
	client := &fasthttp.HostClient{Addr: r.api, MaxConns: 64, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	statuses := make([]int, burst)
	var group sync.WaitGroup
	begin := time.Now()
	for i := range burst {
		pace(r.b, begin.Add(time.Duration(i)*burstTime/burst))
		p, n := r.people[r.next], r.next
		r.next++
		group.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			checkIn(req, r.api, request{p, "check-in", ""}, int64(n))
			if client.Do(req, resp) == nil {
				statuses[i] = resp.StatusCode()
			}
		})
	}
	group.Wait()
	for _, status := range statuses {
		require.Equal(r.b, fasthttp.StatusCreated, status)
	}
}

// window is a browser without a cache.
type window struct {
	b    *testing.B
	ctx  context.Context
	base string
}

func openWindow(b *testing.B, base string) *window {
	w := &window{b, testkit.Chromium(b), base}
	_, err := chromedp.Call(w.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	require.NoError(b, err)
	_, err = chromedp.Call(w.ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	require.NoError(b, err)
	_, err = chromedp.Call(w.ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: observeTasks})
	require.NoError(b, err)
	return w
}

func (w *window) signIn(bearer string) {
	_, err := chromedp.Call(w.ctx, network.SetCookie,
		network.SetCookieParams{Name: "hadir_session", Value: strings.TrimPrefix(bearer, "Bearer "), URL: w.base})
	require.NoError(w.b, err)
}

// slow makes the browser's processor so many times as slow.
func (w *window) slow(times float64) {
	_, err := chromedp.Call(w.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: times})
	require.NoError(w.b, err)
}

func (w *window) goTo(path string) {
	// By way of an empty page: an address that differs in its fragment alone would not be loaded.
	require.NoError(w.b, chromedp.Do(w.ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(w.base+path)), path)
}

func (w *window) until(expression string) {
	// Asking is work for the page, too.
	waitEvery(w.b, 100*time.Millisecond, 5*time.Minute, expression, func(context.Context) bool {
		holds, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		return err == nil && holds
	})
}

func evaluate[T any](w *window, expression string) T {
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](expression))
	require.NoError(w.b, err, expression)
	return v
}
