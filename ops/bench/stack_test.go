package bench

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/realtime"
	"hadir/internal/session"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

const (
	appID        = "bench"
	pusherKey    = "bench-key"
	pusherSecret = "bench-secret"
)

// stack is a database, a Redis and the roles that a measurement asks for.
type stack struct {
	b        *testing.B
	database string // mysql://…
	mariadb  *testkit.Proc
	redis    string
	env      []string
	store    *store.Store
	branch   attendance.Branch
}

// newStack starts the databases and brings the schema up.
func newStack(b *testing.B) *stack {
	s := &stack{b: b}
	s.mariadb = testkit.StartMariaDB(b)
	s.database = s.mariadb.URL
	s.redis = testkit.StartRedis(b, testkit.RedisOptions{}).URL
	s.env = []string{
		"HADIR_DATABASE_URL=" + s.database, "HADIR_REDIS_URL=" + s.redis, "HADIR_DATA_DIR=" + b.TempDir(),
		"HADIR_LOG_LEVEL=WARN",
		"HADIR_PUSHER_APP_ID=" + appID, "HADIR_PUSHER_KEY=" + pusherKey, "HADIR_PUSHER_SECRET=" + pusherSecret,
		"HADIR_DRAIN_DELAY=0s", "HADIR_PUSHER_DRAIN=0s",
		"HADIR_PUNCHES_PER_MINUTE=0", "HADIR_PUNCHES_PER_DAY=0", // a few people punch for many
		"HADIR_MAX_CONNECTIONS_PER_ADDRESS=0", // all of the load comes from one
		"HADIR_PUSHER_PUBLIC_CHANNELS=100000",
	}
	cmd := exec.CommandContext(b.Context(), testkit.Binary(b), "migrate", "up")
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	require.NoError(b, err, string(out))
	s.store, err = store.Open(b.Context(),
		store.Options{URL: s.database, Clock: clock.System(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.store.DB.Close() })
	return s
}

// start runs a role and returns its address, host:port, once it is ready.
func (s *stack) start(role string) (string, *testkit.Process) {
	addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(s.b))
	metrics := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(s.b))
	env := append(slices.Clone(s.env), "HADIR_METRICS_ADDR="+metrics, "HADIR_ADDR="+addr, "HADIR_PUSHER_ADDR="+addr,
		"HADIR_TERMINAL_ADDR="+addr)
	return addr, testkit.Start(s.b, role, "http://"+metrics+"/readyz", env, role)
}

// person is an employee who is signed in.
type person struct {
	employee int64
	bearer   string // the value of the Authorization header
	contact  string // proves that the device was without network since before the run
}

// company employs n people and signs them in past the password: hashing thousands of them would take minutes and is no
// part of a check-in.
func (s *stack) company(n int) []person {
	people := make([]person, 0, n)
	contacts, err := session.NewContacts(pusherSecret)
	require.NoError(s.b, err)
	long := clock.System().Now().Add(-2 * time.Hour)
	s.employ(n, func(chunk []attendance.Employee) {
		users := make([]account.User, len(chunk))
		for i, e := range chunk {
			users[i] = account.User{Login: strings.ToLower(e.Number), Name: e.Name, Role: account.RoleEmployee,
				EmployeeID: e.ID, Locale: "id"}
		}
		users, bearers := s.signIn(users)
		for i := range users {
			proof := contacts.Sign(&session.Caller{User: users[i]}, long)
			people = append(people, person{chunk[i].ID, bearers[i], proof})
		}
	})
	return people
}

// employ makes one branch with n employees on a shift whose window is open now, and hands them over as they come.
func (s *stack) employ(n int, each func([]attendance.Employee)) {
	b, ctx := s.b, s.b.Context()
	var err error
	s.branch, err = s.store.Branches.AddBranch(ctx,
		attendance.Branch{Code: "UKUR", Name: "Cabang Ukur", Zone: "Asia/Jakarta", Policy: attendance.PolicyRecord,
			Active: true}, ledger.Actor{})
	require.NoError(b, err)
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(b, err)
	local := clock.System().Now().In(zone)
	start := attendance.LocalTime(local.Hour() * 60)
	shift, err := s.store.Shifts.AddShift(ctx,
		attendance.Shift{Code: "UKUR", Name: "Ukur", Start: start, End: (start + 8*60) % (24 * 60),
			OpensBefore: 120, ClosesAfter: 240, LateGrace: 60, BreakMinutes: 60, BreakAfter: 240,
			Active: true}, ledger.Actor{})
	require.NoError(b, err)
	es := make([]attendance.Employee, n)
	for i := range es {
		es[i] = attendance.Employee{Number: fmt.Sprintf("U-%06d", i+1), Name: fmt.Sprintf("Pegawai %06d", i+1),
			BranchID: s.branch.ID, Status: attendance.EmployeeActive}
	}
	pattern := slices.Repeat([]int64{shift.ID}, 7)
	from := attendance.DateOf(local, zone).AddDays(-30)
	for chunk := range slices.Chunk(es, 2000) {
		_, err := s.store.Employees.UpsertEmployees(ctx, chunk)
		require.NoError(b, err)
		plan := make([]attendance.Assignment, len(chunk))
		for i, e := range chunk {
			plan[i] = attendance.Assignment{EmployeeID: e.ID, From: from, Pattern: pattern}
		}
		require.NoError(b, s.store.Assignments.AddAssignments(ctx, plan))
		each(chunk)
	}
}

// admin signs an administrator in.
func (s *stack) admin() (bearer string) {
	_, bearers := s.signIn([]account.User{
		{Login: "admin@bench.test", Name: "Admin", Role: account.RoleAdmin, Locale: "id"}})
	return bearers[0]
}

// signIn adds users with sessions, and with a hash that no password has.
func (s *stack) signIn(users []account.User) (signed []account.User, bearers []string) {
	users, err := s.store.Users.CreateUsers(s.b.Context(), ledger.Actor{}, users,
		slices.Repeat([]string{"!"}, len(users)))
	require.NoError(s.b, err)
	db := s.connect(1)
	query := strings.Builder{}
	var args []any
	now := clock.System().Now()
	for i, u := range users {
		token, hash := account.NewToken()
		bearers = append(bearers, "Bearer "+token)
		if i > 0 {
			query.WriteByte(',')
		}
		query.WriteString("(?,?,?,?,'127.0.0.1','bench')")
		args = append(args, hash[:], u.ID, now, now.Add(time.Hour))
	}
	_, err = db.ExecContext(s.b.Context(),
		"INSERT INTO sessions (token_hash,user_id,created_at,expires_at,address,user_agent) VALUES "+query.String(),
		args...)
	require.NoError(s.b, err)
	require.NoError(s.b, db.Close())
	return users, bearers
}

// connect opens a pool of the driver itself, without the store.
func (s *stack) connect(connections int) *sql.DB {
	u, err := url.Parse(s.database)
	require.NoError(s.b, err)
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName, c.User = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
	if socket := u.Query().Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	c.Passwd, _ = u.User.Password()
	c.ParseTime, c.Loc, c.InterpolateParams = true, time.UTC, true
	connector, err := mysql.NewConnector(c)
	require.NoError(s.b, err)
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// alive gives the signs of life of the roles that a measurement leaves out: without them a pusher tells its sockets
// that events are missing. It returns the bus.
func (s *stack) alive() *realtime.Bus {
	options, err := redis.ParseURL(s.redis)
	require.NoError(s.b, err)
	client := redis.NewClient(options)
	bus := realtime.NewBus(client, realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(s.b.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for ctx.Err() == nil {
			_ = bus.Pulse(ctx, "api", "worker")
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	s.b.Cleanup(func() {
		cancel()
		wg.Wait()
		_ = client.Close()
	})
	return bus
}

// wait polls until ok, at most for limit.
func wait(b *testing.B, limit time.Duration, what string, ok func(ctx context.Context) bool) {
	b.Helper()
	waitEvery(b, 2*time.Millisecond, limit, what, ok)
}

// waitEvery is wait with a pause between two looks, for what a look would disturb.
func waitEvery(b *testing.B, pause, limit time.Duration, what string, ok func(ctx context.Context) bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), limit)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !ok(ctx) {
		select {
		case <-ctx.Done():
			b.Fatalf("timed out after %s waiting for %s", limit, what)
		case <-tick.C:
		}
	}
}

// pace waits for the instant at which a load generator is to go on.
func pace(b *testing.B, due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.Context().Done():
	}
}
