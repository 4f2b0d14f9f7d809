package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// gate stands between browsers and pushers. Shut, it ends every socket and takes none.
type gate struct {
	listener net.Listener
	behind   []string

	mu    sync.Mutex
	shut  bool
	next  int
	conns map[net.Conn]struct{}
}

func newGate(t *testing.T, behind ...string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{listener: l, behind: behind, conns: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = l.Close(); g.set(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.relay(c)
		}
	}()
	return g
}

func (g *gate) addr() string { return g.listener.Addr().String() }

// relay carries one connection to the next pusher that lives.
func (g *gate) relay(c net.Conn) {
	defer c.Close()
	for range g.behind {
		g.mu.Lock()
		shut := g.shut
		g.next++
		to := g.behind[g.next%len(g.behind)]
		g.mu.Unlock()
		if shut {
			return
		}
		b, err := net.DialTimeout("tcp", to, 2*time.Second)
		if err != nil {
			continue
		}
		defer b.Close()
		g.mu.Lock()
		shut = g.shut
		g.conns[c] = struct{}{}
		g.mu.Unlock()
		if !shut {
			go func() { _, _ = io.Copy(b, c); _ = b.Close() }()
			_, _ = io.Copy(c, b)
		}
		g.mu.Lock()
		delete(g.conns, c)
		g.mu.Unlock()
		return
	}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	if shut {
		for c := range g.conns {
			_ = c.Close()
		}
	}
}

// front stands between browsers and an API node. refuse, if set, answers 503 to the authorisations it picks by their
// socket.
type front struct {
	base string

	mu     sync.Mutex
	auths  []int // how many channels each authorisation was asked for
	refuse func(socket string) bool
}

func newFront(t *testing.T, api string) *front {
	t.Helper()
	target, err := url.Parse(api)
	require.NoError(t, err)
	f := &front{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broadcasting/auth" && f.refused(r) {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.base = server.URL
	return f
}

func (f *front) refused(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return true
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	var asked struct {
		Socket   string   `json:"socket_id"`
		Channels []string `json:"channel_names"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.auths = append(f.auths, len(asked.Channels))
	return f.refuse != nil && f.refuse(asked.Socket)
}

func (f *front) when(refuse func(socket string) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = refuse
}

// asked returns how many channels each authorisation so far was asked for. How often pages ask is no measure: a socket
// that the machine was too slow for is replaced, and the new one is authorised again.
func (f *front) asked() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.auths)
}

// inState is the header's word.
func inState(name string) string {
	return `document.querySelector('[data-test="connection"]')?.dataset.state === "` + name + `"`
}

const onDevice = `document.querySelector('[data-test="offline"]').offsetParent !== null`

// liveStack is one API node behind a front and two pushers behind a gate.
func liveStack(t *testing.T, employees int) (*stack, []attendance.Employee, *front, *gate) {
	t.Helper()
	s := newDatabases(t, testkit.StartRedis(t, testkit.RedisOptions{}))
	es := s.company(employees)
	s.apis = []string{fmt.Sprintf("http://127.0.0.1:%d", testkit.FreePort(t))}
	for range 2 {
		s.pushers = append(s.pushers, fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t)))
	}
	g := newGate(t, s.pushers...)
	s.door = g.addr()
	for _, role := range []string{"api", "pusher", "worker", "scheduler"} {
		s.start(role, 1)
	}
	s.start("pusher", 2)
	return s, es, newFront(t, s.apis[0]), g
}

// screens are pages that stay open while something happens to what they depend on: what admins watch, and an employee's
// phone.
type screens struct {
	s                  *stack
	board, list, phone *tab
	people             []person
	inside             int // how many of people have checked in, from the first on
}

// watch opens screens over the front, with the last employee at the phone, and waits until they are live.
func watch(s *stack, es []attendance.Employee, base, name string) *screens {
	w := &screens{s: s, people: s.people(es), board: open(s.t, name+"-board", base, 1280, 900),
		list: open(s.t, name+"-list", base, 1280, 900), phone: open(s.t, name+"-phone", base, 360, 800)}
	w.board.signIn(s.admin.user.Login, "/dasbor")
	w.list.signIn(s.admin.user.Login, "/dasbor")
	w.list.goTo("/riwayat")
	w.phone.signIn(w.people[len(es)-1].user.Login, "/")
	w.all(live)
	return w
}

func (w *screens) all(expression string) {
	w.s.t.Helper()
	for _, b := range []*tab{w.board, w.list, w.phone} {
		b.until(expression)
	}
}

// checkIn lets the next employee check in over the API, past the front.
func (w *screens) checkIn() {
	w.s.t.Helper()
	_, err := w.s.checkIn(w.s.t.Context(), w.people[w.inside], 1)
	require.NoError(w.s.t, err)
	w.inside++
}

// right waits until the numbers on the screens are right.
func (w *screens) right(trouble string) {
	w.s.t.Helper()
	began := time.Now()
	w.board.until(shown("counter-inside", fmt.Sprint(w.inside)))
	w.board.until(fmt.Sprintf(`document.querySelectorAll('[data-test="feed-item"]').length === %d`, w.inside))
	w.list.until(fmt.Sprintf(
		`[...document.querySelectorAll('[data-test="row"]')]
			.filter((r) => r.cells[2].textContent !== "").length === %d`, w.inside))
	w.s.t.Logf("%s: the numbers were right after %s", trouble, time.Since(began).Round(100*time.Millisecond))
}

// The numbers on the screens are right whatever happens to the sockets, soon after it ends at the latest, and the
// header says how they come about.
func TestTheNumbersDoNotDependOnTheSocket(t *testing.T) {
	t.Parallel()
	s, es, f, g := liveStack(t, 12)
	w := watch(s, es, f.base, "live")
	board, list, phone := w.board, w.list, w.phone
	w.checkIn()
	w.right("no trouble")

	t.Log("the pushers cannot be reached; the server can")
	g.set(true)
	w.all(inState("polling"))
	w.checkIn()
	w.right("no sockets")
	phone.until(`!(` + onDevice + `)`)
	phone.shoot("polling")
	board.shoot("polling")
	phone.do(click(at("check-button")))
	phone.until(`document.querySelector('[data-test="result"]')?.dataset.kind === "good"`)
	phone.until(`!(` + onDevice + `)`)
	w.people[w.inside], w.people[11] = w.people[11], w.people[w.inside]
	w.inside++
	board.reload() // a page that opens meanwhile shows the same
	w.right("a page without a socket")
	board.until(inState("polling"))
	g.set(false)
	w.all(live)
	w.right("sockets are back")

	t.Log("the browser says that its network is gone, while the socket has not noticed")
	list.until(`(window.states ??= (() => {
		const [shown, states] = [document.querySelector('[data-test="connection"]'), []];
		const note = () => states.push(shown.dataset.state);
		new MutationObserver(note).observe(shown, { attributeFilter: ["data-state"] });
		dispatchEvent(new Event("offline"));
		return states;
	})()).includes("polling")`)
	list.until(live)
	w.right("the network is back")

	t.Log("Redis is away")
	s.redis.Kill()
	w.all(inState("polling"))
	w.checkIn()
	w.right("no Redis")
	list.reload()
	w.right("a page without Redis")
	list.until(inState("polling"))
	s.redis.Restart(true)
	w.all(live)
	w.right("Redis is back")

	t.Log("authorisation fails for some seconds")
	until := time.Now().Add(4 * time.Second)
	f.when(func(string) bool { return time.Now().Before(until) })
	for _, b := range []*tab{board, list, phone} {
		b.reload()
	}
	w.checkIn()
	w.right("no authorisation")
	w.all(live)
	w.right("authorised")

	t.Log("a rolling restart of the pushers, while each socket's first authorisation fails")
	known := map[string]bool{}
	f.when(func(socket string) bool {
		first := !known[socket]
		known[socket] = true
		return first
	})
	for n := 1; n <= 2; n++ {
		require.NoError(t, s.proc(fmt.Sprintf("pusher%d", n)).Stop())
		s.start("pusher", n)
	}
	w.checkIn()
	w.right("pushers restarted")
	w.all(live)
	f.when(nil)
	w.checkIn()
	w.right("moved")

	t.Log("the server itself is away")
	s.proc("api1").Kill()
	g.set(true)
	w.all(inState("offline"))
	phone.until(onDevice)
	phone.shoot("offline")
	s.start("api", 1)
	g.set(false)
	w.all(live)
	phone.until(`!(` + onDevice + `)`)
	w.right("the server is back")
}

// A page says that it follows only while a check-in would get to it: not when no worker lives that would tell it, when
// the queue by which it is told is paused, when what happened cannot be read, or when no server takes check-ins. Redis
// and the pushers are well all the time.
func TestLiveIsSaidOnlyWhenItIsTrue(t *testing.T) {
	t.Parallel()
	s, es, f, _ := liveStack(t, 12)
	w := watch(s, es, f.base, "true")
	w.checkIn()
	w.right("no trouble")

	t.Log("the only worker is gone")
	s.proc("worker1").Kill()
	w.all(inState("polling"))
	w.checkIn()
	w.right("no worker")
	w.board.shoot("no-worker")
	w.list.reload() // a page that opens meanwhile is told, too
	w.right("a page without a worker")
	w.list.until(inState("polling"))
	s.start("worker", 1)
	w.all(live)
	w.right("the worker is back")
	w.checkIn()
	w.right("live again")

	t.Log("somebody paused the queue of what screens are told")
	options, err := redis.ParseURL(s.redis.URL)
	require.NoError(t, err)
	rdb := redis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })
	const paused = "asynq:{" + string(task.QueueCritical) + "}:paused" // as Asynqmon sets it
	require.NoError(t, rdb.Set(t.Context(), paused, 1, 0).Err())
	w.all(inState("polling"))
	w.checkIn()
	w.right("a paused queue")
	require.NoError(t, rdb.Del(t.Context(), paused).Err())
	w.all(live)
	w.right("the queue goes on")

	t.Log("the database is away")
	s.mariadb.Kill()
	w.all(inState("polling"))
	s.mariadb.Restart(false)
	w.all(live)
	w.checkIn()
	w.right("the database is back")

	t.Log("the only server is gone, and with it nothing but check-ins")
	s.proc("api1").Kill()
	w.all(inState("offline"))
	w.phone.until(onDevice)
	w.board.shoot("no-server")
	s.start("api", 1)
	w.all(live)
	w.phone.until(`!(` + onDevice + `)`)
	w.checkIn()
	w.right("the server is back")
}

// A branch admin of more branches than a socket used to take sees all of them, authorised together.
func TestABranchAdminOfManyBranches(t *testing.T) {
	t.Parallel()
	const branches, employees = 210, 700
	s, es, f, _ := liveStack(t, employees)
	people := s.people(es[:1])
	ids := []int64{s.branch.ID}
	for i := range branches - 1 {
		b, err := s.store.Branches.AddBranch(t.Context(),
			attendance.Branch{Code: fmt.Sprintf("M%03d", i), Name: fmt.Sprintf("Cabang %03d", i),
				Zone: "Asia/Jakarta", Policy: attendance.PolicyRecord, Active: true}, ledger.Actor{})
		require.NoError(t, err)
		ids = append(ids, b.ID)
	}
	admin := s.signIn(account.User{Login: "banyak@e2e.test", Name: "Banyak", Role: account.RoleBranchAdmin,
		BranchIDs: ids})
	b := open(t, "many-branches", f.base, 1280, 900)
	b.signIn(admin.user.Login, "/dasbor")
	b.until(live)
	b.until(shown("counter-pending", fmt.Sprint(employees)))
	require.GreaterOrEqual(t, slices.Min(f.asked()), branches+1, "all branches, and who is watching, in one request")
	b.until(fmt.Sprintf(`document.querySelectorAll('[data-test="branch"]').length === %d`, branches))
	_, err := s.checkIn(t.Context(), people[0], 1)
	require.NoError(t, err)
	b.until(shown("counter-inside", "1"))
	b.until(live)
	b.shoot("board")

	// The live tab reads what is shown; the rest comes by scrolling, and the filter looks at everybody. However many
	// are known, those on the screen are in the document, and a few beside them.
	rows := `document.querySelectorAll('[data-test="row"]')`
	const few = "64"
	indexes := `[...` + rows + `].map((r) => r.ariaRowIndex - 1)`
	b.goTo("/riwayat")
	b.until(live)
	b.until(rows + `.length > 15 && ` + rows + `.length <= ` + few)
	b.until(shown("today-count", fmt.Sprintf("%d baris", employees)))
	b.shoot("today")
	b.until(`((all) => all.length > 0 && all.every((e) => e.decodedBodySize < 200_000 && /limit=40&/.test(e.name)))(
		performance.getEntriesByType("resource").filter((e) => e.name.includes("/attendances/today")))`)
	b.until(fmt.Sprintf(`(scrollTo(0, 1e7), %s.at(-1) === %d)`, indexes, employees))
	b.until(rows + `.length > 15 && ` + rows + `.length <= ` + few)
	b.shoot("today-end")
	b.until(fmt.Sprintf(`(scrollTo(0, document.body.scrollHeight / 2), ((i) =>
		i[0] > 250 && i.at(-1) < 450 && i.length <= %s && i.every((n, k) => n === i[0] + k))(%s))`, few, indexes))
	b.until(`(([first, last]) => first.getBoundingClientRect().top < 0 &&
		last.getBoundingClientRect().bottom > innerHeight)([` + rows + `[0], [...` + rows + `].at(-1)])`)
	b.until(`(scrollTo(0, 0), ` + indexes + `[0] === 1)`)
	b.until(fmt.Sprintf(`document.querySelector("#panel-today table").ariaRowCount === "%d"`, employees+1))
	b.do(types(at("filter-text"), es[employees-1].Number))
	b.until(rows + `.length === 1 && ` + rows + `[0].innerText.includes("` + es[employees-1].Number + `")`)
	b.until(shown("today-count", "1 baris"))
	_, err = s.checkIn(t.Context(), s.people(es[employees-1:])[0], 1)
	require.NoError(t, err)
	b.until(rows + `[0].cells[2].textContent !== ""`)
	require.GreaterOrEqual(t, slices.Min(f.asked()), branches, "on each page")
}
