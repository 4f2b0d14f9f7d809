// Package store opens the rooms in which Hadir's data is kept, and joins what they export. Below here is all that knows
// bun and SQL: db, ledger, company, accounts, and above those days and outside, each importing only rooms before it.
//
// Every error is an *attendance.Error or wraps the driver's: CodeUnavailable when the database cannot be reached, is
// locked for too long, or has no room left, so that a caller may answer "try again"; CodeNotFound, CodeConflict and
// CodeInvalid where the documentation says so.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"hadir/internal/clock"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"

	"github.com/prometheus/client_golang/prometheus"
)

// Options configures Open.
type Options struct {
	URL      string // sqlite:///path/hadir.db or mysql://user:password@host:3306/name?param=value
	MaxConns int    // of the pool; 0 means 32 (readers, on SQLite: 8, at most 16)
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer // nil: no metrics
	// MustExist refuses an SQLite file that does not exist, with ErrNoDatabase, instead of making it. MySQL's never
	// are.
	MustExist bool
	// OnCommit gets the outbox rows of each commit, for their delivery at once; nil leaves them to the relay. It must
	// not block.
	OnCommit func(rows []task.Outboxed)
}

// Unexported names for what Store embeds: the exported ones are those of methods, too.
type (
	database    = db.DB
	book        = ledger.Ledger
	outbox      = ledger.Outbox
	audit       = ledger.Audit
	deadLetters = ledger.DeadLetters
	outcomes    = ledger.Outcomes
	nodes       = ledger.Nodes
	plans       = company.Plans
	branches    = company.Branches
	employees   = company.Employees
	shifts      = company.Shifts
	assignments = company.Assignments
	holidays    = company.Holidays
	requestsOf  = requests.Requests
	users       = accounts.Users
	sessions    = accounts.Sessions
	signIns     = accounts.SignIns
	daysRoom    = days.Days
	recaps      = days.Recaps
	listsOf     = lists.Lists
	reminders   = days.Reminders
	reports     = outside.Reports
	imports     = outside.Imports
	webhooks    = outside.Webhooks
	deliveries  = outside.Deliveries
)

// Store is all rooms of a database, safe for concurrent use.
type Store struct {
	*database
	*book
	*outbox
	*audit
	*deadLetters
	*outcomes
	*nodes
	*plans
	*branches
	*employees
	*shifts
	*assignments
	*holidays
	*requestsOf
	*users
	*sessions
	*signIns
	*daysRoom
	*recaps
	*listsOf
	*reminders
	*reports
	*imports
	*webhooks
	*deliveries
}

// Open connects; it does not check the schema. A database that does not answer is asked again until ctx ends, so ctx
// should have a deadline; any other failure, such as a wrong password, ends it at once.
func Open(ctx context.Context, o Options) (*Store, error) {
	d, err := db.Open(ctx, db.Options{URL: o.URL, MaxConns: o.MaxConns, Clock: o.Clock, Log: o.Log,
		Registry: o.Registry, MustExist: o.MustExist})
	if err != nil {
		return nil, err
	}
	p, err := company.NewPlans(d)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.Close())
	}
	l := ledger.New(d, o.OnCommit)
	s := &Store{database: d, book: l, plans: p,
		outbox: ledger.NewOutbox(d), audit: ledger.NewAudit(d, l), outcomes: ledger.NewOutcomes(d, l),
		nodes:    ledger.NewNodes(d),
		branches: company.NewBranches(d, l, p), employees: company.NewEmployees(d, l, p),
		shifts: company.NewShifts(d, l, p), assignments: company.NewAssignments(d, l, p),
		holidays: company.NewHolidays(d, l, p),
		users:    accounts.NewUsers(d, l), sessions: accounts.NewSessions(d, l), signIns: accounts.NewSignIns(d),
		daysRoom: days.New(d, l, p), recaps: days.NewRecaps(d, l, p), listsOf: lists.NewLists(d, p),
		reminders: days.NewReminders(d, l, p),
	}
	s.requestsOf = requests.NewRequests(d, l, p, s.daysRoom)
	s.reports = outside.NewReports(d, l, p, s.daysRoom)
	s.imports = outside.NewImports(d, l, s.employees)
	s.webhooks = outside.NewWebhooks(d, l)
	s.deliveries = outside.NewDeliveries(d, l, s.webhooks)
	s.deadLetters = ledger.NewDeadLetters(d, l, outside.NewDeaths(s.reports, s.imports).FailWork)
	return s, nil
}

// NewRecorder returns a recorder; Run must be running for Record to answer.
func NewRecorder(s *Store, o RecorderOptions) *Recorder { return days.NewRecorder(s.daysRoom, o) }
