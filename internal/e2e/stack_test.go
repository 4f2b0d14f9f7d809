package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/session"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// stack is the distributed form of the program: processes of every role around one MariaDB and one Redis.
type stack struct {
	t       *testing.T
	env     []string
	apis    []string // base URLs
	pushers []string
	gates   []string // base URLs of nodes that terminals push to
	door    string   // where pages find a pusher; empty: api n sends them to pusher n
	procs   sync.Map // "api1", "worker2", … to *testkit.Process; two may come back at once
	mariadb *testkit.Proc
	redis   *testkit.Proc
	store   *store.Store
	branch  attendance.Branch
	admin   person
}

// person is someone signed in.
type person struct {
	user  account.User
	token string
}

const (
	pusherKey    = "e2e-key"
	pusherSecret = "e2e-secret"
)

// newStack starts databases and roles, with so many employees in one branch, all on a shift that is open now.
func newStack(t *testing.T, employees int) (*stack, []attendance.Employee) {
	t.Helper()
	return newStackOn(t, testkit.StartRedis(t, testkit.RedisOptions{}), employees)
}

// newStackOn is newStack on a Redis that the test started, with more settings.
func newStackOn(t *testing.T, redis *testkit.Proc, employees int, env ...string) (*stack, []attendance.Employee) {
	t.Helper()
	s := newDatabases(t, redis)
	s.env = append(s.env, env...)
	es := s.company(employees)

	for i := range 2 {
		s.apis = append(s.apis, fmt.Sprintf("http://127.0.0.1:%d", testkit.FreePort(t)))
		s.pushers = append(s.pushers, fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t)))
		n := i + 1
		s.start("api", n)
		s.start("pusher", n)
		s.start("worker", n)
	}
	s.start("scheduler", 1)
	return s, es
}

// newDatabases starts MariaDB, with the schema, and no role.
func newDatabases(t *testing.T, redis *testkit.Proc) *stack {
	t.Helper()
	s := &stack{t: t}
	s.mariadb = testkit.StartMariaDB(t)
	s.redis = redis
	s.env = []string{
		"HADIR_DATABASE_URL=" + s.mariadb.URL, "HADIR_REDIS_URL=" + s.redis.URL,
		"HADIR_PUSHER_APP_ID=e2e", "HADIR_PUSHER_KEY=" + pusherKey, "HADIR_PUSHER_SECRET=" + pusherSecret,
		"HADIR_DRAIN_DELAY=0s", "HADIR_PUSHER_DRAIN=200ms", "HADIR_DATA_DIR=" + t.TempDir(), confirmedForLong,
	}
	out, err := s.command("migrate", "up").CombinedOutput()
	require.NoError(t, err, string(out))
	s.store, err = store.Open(t.Context(),
		store.Options{URL: s.mariadb.URL, Clock: clock.System(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.store.DB.Close() })
	return s
}

// command runs a subcommand of the binary with the stack's settings.
func (s *stack) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), testkit.Binary(s.t), args...)
	cmd.Env = s.env
	return cmd
}

// start runs node n of a role and waits until it is ready. A node that was killed comes back on the same address.
func (s *stack) start(role string, n int) {
	s.t.Helper()
	name := fmt.Sprintf("%s%d", role, n)
	metrics := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(s.t))
	env := append([]string{"HADIR_METRICS_ADDR=" + metrics}, s.env...)
	switch role {
	case "api":
		// Pages of api n open their sockets at pusher n, so that a browser can be put on either.
		door := s.door
		if door == "" {
			door = s.pushers[n-1]
		}
		host, port, err := net.SplitHostPort(door)
		require.NoError(s.t, err)
		env = append(env, "HADIR_ADDR="+strings.TrimPrefix(s.apis[n-1], "http://"), "HADIR_PUSHER_PUBLIC_HOST="+host,
			"HADIR_PUSHER_PUBLIC_PORT="+port)
	case "pusher":
		env = append(env, "HADIR_PUSHER_ADDR="+s.pushers[n-1])
	case "terminal":
		env = append(env, "HADIR_TERMINAL_ADDR="+strings.TrimPrefix(s.gates[n-1], "http://"))
	}
	s.procs.Store(name, testkit.Start(s.t, name, "http://"+metrics+"/readyz", env, role))
}

// proc is the process that plays a node now, such as "worker2".
func (s *stack) proc(name string) *testkit.Process {
	s.t.Helper()
	p, ok := s.procs.Load(name)
	require.True(s.t, ok, "%s was never started", name)
	return p.(*testkit.Process)
}

// awakeZone returns a zone in which no date ends while a test runs: Jakarta's, but around midnight there, Istanbul's.
// Neither has summer time.
func awakeZone(now time.Time) string {
	switch now.UTC().Add(7 * time.Hour).Hour() {
	case 22, 23, 0, 1:
		return "Europe/Istanbul"
	}
	return "Asia/Jakarta"
}

// company makes one branch with employees who work around the clock, and an administrator.
func (s *stack) company(n int) []attendance.Employee {
	t, ctx := s.t, s.t.Context()
	var err error
	s.branch, err = s.store.Branches.AddBranch(ctx,
		attendance.Branch{Code: "E2E", Name: "Cabang Uji", Zone: awakeZone(time.Now()), Policy: attendance.PolicyRecord,
			Active: true}, ledger.Actor{})
	require.NoError(t, err)
	loc, err := time.LoadLocation(s.branch.Zone)
	require.NoError(t, err)
	// The shift starts in this hour, so that the window is open whenever the test runs; nobody is late in the next one.
	start := attendance.LocalTime(time.Now().In(loc).Hour() * 60)
	shift, err := s.store.Shifts.AddShift(ctx,
		attendance.Shift{Code: "E2E", Name: "Uji", Start: start, End: (start + 8*60) % (24 * 60),
			OpensBefore: 120, ClosesAfter: 240, LateGrace: 120, BreakMinutes: 60, BreakAfter: 240,
			Active: true}, ledger.Actor{})
	require.NoError(t, err)
	es := make([]attendance.Employee, n)
	for i := range es {
		es[i] = attendance.Employee{Number: fmt.Sprintf("E2E-%05d", i+1), Name: fmt.Sprintf("Pegawai %05d", i+1),
			BranchID: s.branch.ID, Status: attendance.EmployeeActive}
	}
	_, err = s.store.Employees.UpsertEmployees(ctx, es)
	require.NoError(t, err)
	today := attendance.DateOf(time.Now(), loc)
	as := make([]attendance.Assignment, n)
	for i := range as {
		as[i] = attendance.Assignment{EmployeeID: es[i].ID, From: today.AddDays(-1),
			Pattern: []int64{shift.ID, shift.ID, shift.ID, shift.ID, shift.ID, shift.ID, shift.ID}}
	}
	require.NoError(t, s.store.Assignments.AddAssignments(ctx, as))
	s.admin = s.signIn(account.User{Login: "admin@e2e.test", Name: "Admin", Role: account.RoleAdmin})
	return es
}

// password is what everybody types into the page.
const password = "hadir-demo"

// people makes sign-ins for employees.
func (s *stack) people(es []attendance.Employee) []person {
	users := make([]account.User, len(es))
	for i, e := range es {
		users[i] = account.User{Login: strings.ToLower(e.Number), Name: e.Name, Role: account.RoleEmployee,
			EmployeeID: e.ID}
	}
	return s.signInAll(users)
}

// signIn makes an account with a session.
func (s *stack) signIn(u account.User) person { return s.signInAll([]account.User{u})[0] }

// signInAll makes accounts with their passwords at once: one that is set later ends sockets at some time after it.
func (s *stack) signInAll(users []account.User) []person {
	for i := range users {
		users[i].Locale = "id"
	}
	hashes := slices.Repeat([]string{testkit.PasswordHash(s.t, password)}, len(users))
	users, err := s.store.Users.CreateUsers(s.t.Context(), ledger.Actor{}, users, hashes)
	require.NoError(s.t, err)
	out := make([]person, len(users))
	for i, u := range users {
		out[i] = person{u, s.session(u)}
	}
	return out
}

// session opens a session past the password, as the API stores one.
func (s *stack) session(u account.User) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	now := time.Now().UTC()
	require.NoError(s.t, s.store.Sessions.AddSession(s.t.Context(),
		account.Session{TokenHash: sha256.Sum256([]byte(token)), UserID: u.ID, CreatedAt: now,
			ExpiresAt: now.Add(time.Hour)}))
	return token
}

// contact is the proof that a person's page had contact at an instant, as every node signs it.
func contact(t *testing.T, u account.User, at time.Time) string {
	t.Helper()
	contacts, err := session.NewContacts(pusherSecret)
	require.NoError(t, err)
	return contacts.Sign(&session.Caller{User: u}, at)
}

var client = &http.Client{
	Timeout: time.Minute,
	Transport: &http.Transport{MaxIdleConnsPerHost: 200,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext},
}

// call sends a JSON request and decodes the answer into out when the status is 2xx.
func call(ctx context.Context, method, url, token string, header map[string]string, body, out any) (int, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, b)
	}
	if out == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(b, out)
}

// punched is the answer to a check-in.
type punched struct {
	Punch attendance.Punch `json:"punch"`
	Day   attendance.Day   `json:"day"`
}

// page is a list of days.
type page struct {
	Items []attendance.Entry `json:"items"`
	Next  string             `json:"next_cursor"`
}

// today reads the whole snapshot of the live tab from one api node.
func (s *stack) today(ctx context.Context, api, token string) ([]attendance.Entry, error) {
	var all []attendance.Entry
	cursor := ""
	for {
		var p page
		url := api + "/api/attendances/today?limit=500&cursor=" + cursor
		if _, err := call(ctx, http.MethodGet, url, token, nil, nil, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if cursor = p.Next; cursor == "" {
			return all, nil
		}
	}
}
