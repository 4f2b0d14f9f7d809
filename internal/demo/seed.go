// Package demo fills an empty database with a company to try things on, and lets its people arrive and leave.
package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/kiosk"
	"hadir/internal/store"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/ledger"

	"github.com/alexedwards/argon2id"
)

// Password is what every demo user signs in with.
const Password = "hadir-demo"

// PIN is that of the employee who may sign in, at the company's kiosk.
const PIN = "246813"

// The logins that are not employee numbers.
const (
	AdminLogin  = "admin@demo.test"
	BranchLogin = "cabang@demo.test"
	OpsLogin    = "ops@demo.test"
)

// Options configures Seed.
type Options struct {
	Clock     clock.Clock
	Employees int    // 0 means 120; at least 24
	Days      int    // of history before today; 0 means 60
	Random    uint64 // another number makes another company; 0 is the usual one
}

// Login is a sign-in to show to whoever tries the program.
type Login struct {
	Login string
	Role  account.Role
	Name  string
}

// Credentials are the sign-ins of the demo company.
type Credentials struct {
	Seeded   bool // this call filled the database
	Password string
	PIN      string  // at kiosks, of the employee among the logins
	Logins   []Login // one per role; empty when the database holds another company
}

// ErrInterrupted means that an earlier Seed was stopped halfway.
var ErrInterrupted = errors.New(
	"demo: an earlier start was stopped while it filled this database; begin with an empty one")

// Seed fills the database with branches in Indonesia's three time zones, employees, shifts, leave, and their history up
// to now. A database that has branches is left as it is. Run the migrations first.
func Seed(ctx context.Context, s *store.Store, o Options) (Credentials, error) {
	if o.Employees == 0 {
		o.Employees = 120
	}
	if o.Days == 0 {
		o.Days = 60
	}
	existing, err := s.Branches.Branches(ctx, nil)
	if err != nil {
		return Credentials{}, fmt.Errorf("demo: %w", err)
	}
	if len(existing) > 0 {
		return known(ctx, s)
	}
	c := &company{store: s, now: o.Clock.Now(), days: o.Days, random: o.Random}
	// The key derivation takes as long as everything else together, so it runs beside it.
	hashed := make(chan hashResult, 1)
	go func() {
		password, err := argon2id.CreateHash(Password, account.HashParams())
		pin, pinErr := argon2id.CreateHash(PIN, account.HashParams())
		hashed <- hashResult{password, pin, errors.Join(err, pinErr)}
	}()
	for _, step := range []func(context.Context) error{
		c.addBranches, c.addShifts,
		func(ctx context.Context) error { return c.addEmployees(ctx, o.Employees) },
		c.addAssignments, c.addHolidays, c.addLeaves, c.addHistory,
	} {
		if err := step(ctx); err != nil {
			return Credentials{}, fmt.Errorf("demo: %w", err)
		}
	}
	hash := <-hashed
	if hash.err != nil {
		return Credentials{}, fmt.Errorf("demo: hashing the password: %w", hash.err)
	}
	if err := c.addKiosk(ctx, hash.pin); err != nil {
		return Credentials{}, fmt.Errorf("demo: %w", err)
	}
	// The users come last: they are what tells a whole company from one that was interrupted.
	if err := c.addUsers(ctx, hash.password); err != nil {
		return Credentials{}, fmt.Errorf("demo: %w", err)
	}
	return c.credentials(), nil
}

type hashResult struct {
	password, pin string
	err           error
}

// known answers for a database that is not empty.
func known(ctx context.Context, s *store.Store) (Credentials, error) {
	n, err := s.Users.UserCount(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("demo: %w", err)
	}
	if n == 0 {
		return Credentials{}, ErrInterrupted
	}
	c := Credentials{Password: Password, PIN: PIN}
	for _, login := range []string{AdminLogin, BranchLogin, OpsLogin, "jkt-0001"} {
		u, _, err := s.Users.UserByLogin(ctx, login)
		if errors.Is(err, &attendance.Error{Code: attendance.CodeNotFound}) {
			continue
		}
		if err != nil {
			return Credentials{}, fmt.Errorf("demo: %w", err)
		}
		c.Logins = append(c.Logins, shown(u))
	}
	return c, nil
}

func shown(u account.User) Login {
	l := Login{Login: u.Login, Role: u.Role, Name: u.Name}
	if u.Role == account.RoleEmployee {
		l.Login = strings.ToUpper(u.Login) // as the employee number is written
	}
	return l
}

// company is one that is being made.
type company struct {
	store    *store.Store
	now      time.Time
	days     int
	random   uint64
	branches []attendance.Branch // in the order of branchPlans
	zones    []*time.Location
	shifts   []attendance.Shift // in the order of shiftPlans
	holidays []attendance.Holiday
	workers  []worker
	rosters  []*attendance.Roster // of workers
	users    []account.User
}

// rng returns a source of its own for each purpose, so that a change in one part leaves the others as they were.
func (c *company) rng(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(c.random, stream)) }

const (
	streamPeople = 1 << 32
	streamLeave  = 2 << 32
	streamDays   = 3 << 32 // plus the worker's index
)

// today is the date in a branch's own zone.
func (c *company) today(plan int) attendance.Date { return attendance.DateOf(c.now, c.zones[plan]) }

// first is the first date of the history.
func (c *company) first(plan int) attendance.Date { return c.today(plan).AddDays(-c.days) }

func (c *company) addBranches(ctx context.Context) error {
	for _, p := range branchPlans() {
		b, err := c.store.Branches.AddBranch(ctx, p.branch, ledger.Actor{})
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(b.Zone)
		if err != nil {
			return err
		}
		c.branches, c.zones = append(c.branches, b), append(c.zones, zone)
	}
	return nil
}

func (c *company) addShifts(ctx context.Context) error {
	for _, p := range shiftPlans() {
		sh, err := c.store.Shifts.AddShift(ctx, p, ledger.Actor{})
		if err != nil {
			return err
		}
		c.shifts = append(c.shifts, sh)
	}
	return nil
}

func (c *company) addEmployees(ctx context.Context, n int) error {
	c.workers = people(c.rng(streamPeople), n, c.today(0))
	rows := make([]attendance.Employee, len(c.workers))
	for i := range c.workers {
		c.workers[i].employee.BranchID = c.branches[c.workers[i].plan].ID
		rows[i] = c.workers[i].employee
	}
	if _, err := c.store.Employees.UpsertEmployees(ctx, rows); err != nil {
		return err
	}
	byID := make(map[int64]attendance.Shift, len(c.shifts))
	for _, sh := range c.shifts {
		byID[sh.ID] = sh
	}
	c.rosters = make([]*attendance.Roster, len(rows))
	for i := range rows {
		w := &c.workers[i]
		w.employee = rows[i]
		place := attendance.Place{From: attendance.EverSince, Branch: &c.branches[w.plan], Zone: c.zones[w.plan]}
		c.rosters[i] = &attendance.Roster{Places: []attendance.Place{place}, Shifts: byID}
	}
	return nil
}

func (c *company) addAssignments(ctx context.Context) error {
	all := make([]attendance.Assignment, len(c.workers))
	for i := range c.workers {
		w := &c.workers[i]
		// Not before the history: dates on which somebody is planned and did not come are absences.
		a := attendance.Assignment{EmployeeID: w.employee.ID, From: c.first(w.plan)}
		for n := range w.weeks {
			for _, shift := range w.weeks[(n+w.offset)%len(w.weeks)] {
				id := int64(0)
				if shift != off {
					id = c.shifts[shift].ID
				}
				a.Pattern = append(a.Pattern, id)
			}
		}
		all[i] = a
		c.rosters[i].Assignments = []attendance.Assignment{a}
	}
	return c.store.Assignments.AddAssignments(ctx, all)
}

// addHolidays adds the holidays from the beginning of the history to half a year ahead.
func (c *company) addHolidays(ctx context.Context) error {
	first, last := c.first(0), c.today(0).AddDays(183)
	each := func(h localHoliday, branch int64) {
		for year := first.UTC().Year(); year <= last.UTC().Year(); year++ {
			if d := attendance.NewDate(year, h.month, h.day); d >= first && d <= last {
				c.holidays = append(c.holidays, attendance.Holiday{Date: d, Name: h.name, BranchID: branch})
			}
		}
	}
	for _, h := range nationalHolidays {
		each(h, 0)
	}
	for i, p := range branchPlans() {
		each(p.holiday, c.branches[i].ID)
	}
	slices.SortFunc(c.holidays, func(a, b attendance.Holiday) int { return int(a.Date - b.Date) })
	for i, r := range c.rosters {
		for _, h := range c.holidays {
			if h.BranchID == 0 || h.BranchID == c.workers[i].employee.BranchID {
				r.Holidays = append(r.Holidays, h)
			}
		}
	}
	for _, h := range c.holidays {
		if _, err := c.store.Holidays.AddHoliday(ctx, h, ledger.Actor{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// addLeaves gives about a third of the people some days off, and always a few today.
func (c *company) addLeaves(ctx context.Context) error {
	rng := c.rng(streamLeave)
	kinds := []attendance.LeaveKind{attendance.LeaveAnnual, attendance.LeaveAnnual, attendance.LeaveSick,
		attendance.LeavePermit}
	var all []attendance.Leave
	for i := range c.workers {
		w := &c.workers[i]
		kind := kinds[rng.IntN(len(kinds))]
		start, length := rng.IntN(c.days+14), rng.IntN(5)
		if kind != attendance.LeaveAnnual {
			length = min(length, 1)
		}
		if rng.IntN(3) != 0 && i%40 != 17 {
			continue
		}
		from := c.first(w.plan).AddDays(start)
		if i%40 == 17 {
			from = c.today(w.plan).AddDays(-1)
			length = 2
		}
		l := attendance.Leave{EmployeeID: w.employee.ID, Kind: kind, From: from, To: from.AddDays(length)}
		all = append(all, l)
		c.rosters[i].Leaves = []attendance.Leave{l}
	}
	return c.store.Requests.AddLeaves(ctx, all)
}

func (c *company) addHistory(ctx context.Context) error {
	var punches []attendance.Punch
	var days []attendance.Day
	for i := range c.workers {
		p, d := c.history(i)
		punches, days = append(punches, p...), append(days, d...)
	}
	return c.store.Days.SeedHistory(ctx, punches, days)
}

// addKiosk sets a kiosk up at the first branch, which waits to be paired, and gives the first employee what it takes.
func (c *company) addKiosk(ctx context.Context, pinHash string) error {
	_, err := c.store.Kiosks.Add(ctx, kiosk.Kiosk{BranchID: c.branches[0].ID, Name: "Gerbang utama",
		Modes: kiosk.Modes(), Language: "id"}, ledger.Actor{})
	if err != nil {
		return err
	}
	o := kiosks.Order{ID: c.workers[0].employee.ID, May: func(int64) error { return nil }}
	if err := c.store.Credentials.SetPIN(ctx, o, pinHash); err != nil {
		return err
	}
	return c.store.Credentials.SetBadge(ctx, o, "0004711234")
}

func (c *company) addUsers(ctx context.Context, hash string) error {
	user := func(login, name string, role account.Role) account.User {
		return account.User{Login: login, Name: name, Role: role, Locale: "id", CreatedAt: c.now}
	}
	branch := user(BranchLogin, "Admin Cabang Jakarta", account.RoleBranchAdmin)
	branch.BranchIDs = []int64{c.branches[0].ID}
	users := []account.User{user(AdminLogin, "Admin Demo", account.RoleAdmin), branch,
		user(OpsLogin, "Operator Demo", account.RoleOps)}
	for i := range c.workers {
		e := &c.workers[i].employee
		u := user(strings.ToLower(e.Number), e.Name, account.RoleEmployee)
		u.EmployeeID = e.ID
		users = append(users, u)
	}
	hashes := make([]string, len(users))
	for i := range hashes {
		hashes[i] = hash // one for all: the password is public
	}
	var err error
	c.users, err = c.store.Users.CreateUsers(ctx, ledger.Actor{}, users, hashes)
	return err
}

func (c *company) credentials() Credentials {
	out := Credentials{Seeded: true, Password: Password, PIN: PIN}
	for _, u := range c.users[:4] {
		out.Logins = append(out.Logins, shown(u))
	}
	return out
}
