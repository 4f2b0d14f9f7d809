package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/store"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 23, 1, 5, 0, 0, time.UTC) // a Monday, 08:05 in Jakarta

const password = "kata-sandi-uji"

// world is a company of two branches behind running nodes: Jakarta (employees 1 and 2) and Makassar (employee 3).
type world struct {
	t        *testing.T
	clock    *clock.Manual
	store    *store.Store
	url      string
	nodes    []string       // base URLs
	served   []*store.Store // of the nodes
	branches []attendance.Branch
	people   []attendance.Employee
	token    map[string]string // session tokens by name
	log      *safeBuffer
	keys     []string // of the audit log, and of what is sealed
	left     delivered
	days     int // that tests of requests have used up
}

// newWorld starts so many api nodes on one database.
func newWorld(t *testing.T, url string, nodes int) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(start), url: url, token: map[string]string{}, log: &safeBuffer{}}
	w.store = w.open()
	_, err := w.store.DB.MigrateUp(t.Context()) // on a server of the test's own; others have their tables
	require.NoError(t, err)
	w.company()
	for range nodes {
		w.nodes = append(w.nodes, w.node(api.Options{}))
	}
	for _, u := range []account.User{
		{Login: "admin", Role: account.RoleAdmin}, {Login: "ops", Role: account.RoleOps},
		{Login: "cabang", Role: account.RoleBranchAdmin, BranchIDs: []int64{w.branches[0].ID}},
		{Login: "jkt-1", Role: account.RoleEmployee, EmployeeID: w.people[0].ID},
		{Login: "jkt-2", Role: account.RoleEmployee, EmployeeID: w.people[1].ID},
		{Login: "mks-3", Role: account.RoleEmployee, EmployeeID: w.people[2].ID},
	} {
		w.token[u.Login] = w.session(u)
	}
	return w
}

func (w *world) open() *store.Store {
	s, err := store.Open(w.t.Context(),
		store.Options{URL: w.url, Clock: w.clock, OnCommit: w.left.take, AuditKeys: w.keys})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = s.DB.Close() })
	return s
}

// node serves the API on a port of its own with a recorder of its own.
func (w *world) node(o api.Options, with ...httpd.Options) string {
	t := w.t
	s := w.open()
	w.served = append(w.served, s)
	log := slog.New(slog.NewTextHandler(w.log, nil))
	o.Store, o.Recorder, o.Clock, o.Log = s, days.NewRecorder(s.Days, days.RecorderOptions{}), w.clock, log
	o.Registry, o.PusherKey, o.PusherSecret, o.SessionTTL = prometheus.NewRegistry(), "key", "secret", 24*time.Hour
	if o.Static == nil {
		o.Static = fstest.MapFS{"beranda.html": {Data: []byte("<p>beranda</p>")},
			"pages.json": {Data: []byte(`[{"path":"/","file":"beranda.html"},{"path":"/dasbor","file":"dasbor.html"},` +
				`{"path":"/komponen","file":"beranda.html","demo":true},` +
				`{"path":"/karyawan/:id","file":"beranda.html"}]`)},
			"assets/app-1234.js": {Data: []byte("1")}, "assets/app-1234.js.br": {Data: []byte("br")}}
	}
	a, err := api.New(o)
	require.NoError(t, err)
	ho := httpd.Options{}
	if len(with) > 0 {
		ho = with[0]
	}
	ho.Addr, ho.Name, ho.Log, ho.Health, ho.BodyLimit = "127.0.0.1:0", "api", log, &lifecycle.Health{}, api.MaxBody
	h := httpd.New(ho)
	h.Mount(a.Routes)
	h.AllowBodies(a.BodyRule)
	require.NoError(t, h.Bind())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { _ = o.Recorder.Run(ctx); done <- struct{}{} }()
	go func() { _ = h.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-done; <-done })
	return "http://" + h.Addr()
}

func (w *world) company() {
	ctx := w.t.Context()
	for _, b := range []attendance.Branch{{Code: "JKT", Name: "Jakarta", Zone: "Asia/Jakarta"},
		{Code: "MKS", Name: "Makassar", Zone: "Asia/Makassar"}} {
		b.Policy, b.Active = attendance.PolicyBlock, true
		b, err := w.store.Branches.AddBranch(ctx, b, ledger.Actor{})
		require.NoError(w.t, err)
		w.branches = append(w.branches, b)
	}
	sh, err := w.store.Shifts.AddShift(ctx,
		attendance.Shift{Code: "P", Name: "Pagi", Start: 480, End: 1020, OpensBefore: 120, ClosesAfter: 240,
			LateGrace: 10, BreakMinutes: 60, BreakAfter: 240, Active: true}, ledger.Actor{})
	require.NoError(w.t, err)
	for i, b := range []int{0, 0, 1} {
		w.people = append(w.people,
			attendance.Employee{Number: fmt.Sprintf("%s-%d", w.branches[b].Code, i+1),
				Name: fmt.Sprintf("Orang %d", i+1), BranchID: w.branches[b].ID, Status: attendance.EmployeeActive})
	}
	_, err = w.store.Employees.UpsertEmployees(ctx, w.people)
	require.NoError(w.t, err)
	var as []attendance.Assignment
	for _, p := range w.people {
		as = append(as, attendance.Assignment{EmployeeID: p.ID, From: attendance.NewDate(2026, 1, 5),
			Pattern: []int64{sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, 0, 0}})
	}
	require.NoError(w.t, w.store.Assignments.AddAssignments(ctx, as))
}

// sessionLasts is longer than what tests do with one session, however slow the machine is: nodes remember for some
// seconds who is signed in.
const sessionLasts = 30 * 24 * time.Hour

// session makes a user and signs them in past the password.
func (w *world) session(u account.User) string {
	u.Name, u.Locale = u.Login, "id"
	users, err := w.store.Users.CreateUsers(w.t.Context(), ledger.Actor{}, []account.User{u}, []string{"!"})
	require.NoError(w.t, err)
	return w.newSession(users[0])
}

// newSession opens one more session of a user.
func (w *world) newSession(u account.User) string {
	w.t.Helper()
	token, hash := account.NewToken()
	now := w.clock.Now()
	require.NoError(w.t, w.store.Sessions.AddSession(w.t.Context(),
		account.Session{TokenHash: hash, UserID: u.ID, CreatedAt: now, ExpiresAt: now.Add(sessionLasts)}))
	return token
}

// reply is an answer with its body decoded as far as it is JSON.
type reply struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

func (r reply) code() string { s, _ := r.json["code"].(string); return s }

// wrongFields are the inputs that an answer refuses.
func (r reply) wrongFields() (fields []string) {
	errs, _ := r.json["errors"].([]any)
	for _, e := range errs {
		fields = append(fields, e.(map[string]any)["field"].(string))
	}
	return fields
}

func (r reply) items() []map[string]any {
	list, _ := r.json["items"].([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = list[i].(map[string]any)
	}
	return out
}

// send sends a request to a node; as names a session, header are "Name: value" lines. A body that is a string goes as
// it is.
func (w *world) send(node int, method, path, as string, body any, header ...string) reply {
	w.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		require.NoError(w.t, err)
		r = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.nodes[node]+path, r)
	require.NoError(w.t, err)
	if as != "" {
		token, ok := w.token[as]
		require.True(w.t, ok, as)
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := (&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	require.NoError(w.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		require.NoError(w.t, err, "%s %s after %d bytes; the log: %s", method, path, len(b), w.log.String())
	}
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(b)}
	require.NotContains(w.t, resp.Header.Values("Set-Cookie"), "", "%s %s sets a cookie without a name", method, path)
	_ = json.Unmarshal(b, &out.json)
	if strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/api/docs") {
		require.Contains(w.t, out.header.Get("Cache-Control"), "no-store", "%s %s may hold personal data", method, path)
		require.Equal(w.t, "nosniff", out.header.Get("X-Content-Type-Options"), "%s %s", method, path)
	}
	if out.status >= 400 && strings.HasPrefix(path, "/api") {
		require.Equal(w.t, "application/problem+json", resp.Header.Get("Content-Type"), "%s %s: %s", method, path, b)
		require.NotEmpty(w.t, out.code(), out.raw)
		require.NotEmpty(w.t, out.json["detail"], out.raw)
		require.NotEmpty(w.t, out.json["request_id"], out.raw)
	}
	return out
}

// databases runs a test against both.
func databases(t *testing.T, nodes int, test func(t *testing.T, w *world)) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, url, nodes))
		})
	}
}
