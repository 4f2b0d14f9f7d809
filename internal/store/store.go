// Package store opens the rooms in which Hadir's data is kept, and joins what they export. Below here is all that knows
// bun and SQL: db, ledger, begins, contacts, company, accounts, reviews, and above those days, outside, terminals,
// kiosks and persons, each importing only rooms before it.
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

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/store/accounts"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/accounts/rules"
	"hadir/internal/store/begins"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/contacts"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/days/reminders"
	"hadir/internal/store/db"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/store/persons"
	"hadir/internal/store/reviews"
	"hadir/internal/store/terminals"
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
	// AuditKeys are the keys of the audit log: the one that continues it first, then earlier ones. None leaves a log
	// that has no key without one. From them the keys are derived that seal secrets in the database.
	AuditKeys []string
}

// Store is all rooms of a database, for whoever puts the program together. It is safe for concurrent use.
type Store struct {
	DB *db.DB

	Ledger      *ledger.Ledger
	Outbox      *ledger.Outbox
	Audit       *ledger.Audit
	DeadLetters *ledger.DeadLetters
	Outcomes    *ledger.Outcomes
	Nodes       *ledger.Nodes

	Plans       *company.Plans
	Branches    *company.Branches
	Employees   *company.Employees
	Shifts      *company.Shifts
	Assignments *company.Assignments
	Holidays    *company.Holidays
	Requests    *requests.Requests

	Users     *accounts.Users
	Sessions  *accounts.Sessions
	SignIns   *accounts.SignIns
	Contacts  *contacts.Contacts
	APITokens *accounts.APITokens

	SecondFactors *accounts.SecondFactors
	Passkeys      *accounts.Passkeys
	Identities    *accounts.Identities
	Resets        *accounts.Resets
	Emails        *accounts.Emails

	Days      *days.Days
	Recaps    *days.Recaps
	Reminders *reminders.Reminders
	Lists     *lists.Lists
	Reviews   *reviews.Reviews

	Reports    *outside.Reports
	Imports    *outside.Imports
	Webhooks   *outside.Webhooks
	Deliveries *outside.Deliveries

	Makers     *making.Makers
	Terminals  *terminals.Terminals
	Quarantine *terminals.Quarantine
	Commands   *terminals.Commands

	Kiosks      *kiosks.Kiosks
	Credentials *kiosks.Credentials
	Guesses     *kiosks.Guesses

	Persons *persons.Persons
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
	sealer, err := account.NewSealer("second factor", o.AuditKeys)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.Close())
	}
	l := ledger.New(d, o.OnCommit, o.AuditKeys...)
	b, u, c := begins.New(d), accounts.NewUsers(d, l, sealer), terminals.NewCommands(d, l)
	s := &Store{DB: d, Ledger: l, Plans: p, Commands: c,
		Outbox: ledger.NewOutbox(d), Audit: ledger.NewAudit(d, l), Outcomes: ledger.NewOutcomes(d, l),
		Nodes:     ledger.NewNodes(d),
		Branches:  company.NewBranches(d, l, p, c.TellZone),
		Employees: company.NewEmployees(d, l, p, b, u.Leavers),
		Shifts:    company.NewShifts(d, l, p), Assignments: company.NewAssignments(d, l, p, b),
		Holidays: company.NewHolidays(d, l, p),
		Users:    u, Sessions: accounts.NewSessions(d, l), SignIns: accounts.NewSignIns(d), Contacts: contacts.New(d),
		APITokens: accounts.NewAPITokens(d, l), SecondFactors: accounts.NewSecondFactors(d, l, u, sealer),
		Resets: accounts.NewResets(d, l, u), Emails: accounts.NewEmails(d, l, u),
		Days: days.New(d, l, p), Recaps: days.NewRecaps(d, l, p, b), Reminders: reminders.New(d, l, p),
	}
	s.Reviews = reviews.New(d, l, p, s.Days)
	s.Lists = lists.NewLists(d, p, s.Reviews)
	s.Passkeys = accounts.NewPasskeys(d, l, s.SecondFactors)
	s.Identities = accounts.NewIdentities(d, l, s.SecondFactors)
	s.Makers = making.New(d, l)
	s.Requests = requests.NewRequests(d, l, p, s.Days)
	l.AskRules(rules.InScope, rules.NewOwnDays(d, p, s.Users).Check)
	s.Reports = outside.NewReports(d, l, p, s.Days)
	s.Imports = outside.NewImports(d, l, s.Employees)
	s.Webhooks = outside.NewWebhooks(d, l)
	s.Deliveries = outside.NewDeliveries(d, l, s.Webhooks)
	s.Terminals = terminals.NewTerminals(d, l, s.Employees.EmployeesByNumber)
	s.Quarantine = terminals.NewQuarantine(d, l, u.OthersAbout, s.Employees.EmployeesByNumber)
	s.Kiosks, s.Credentials = kiosks.NewKiosks(d, l, u.OthersAbout), kiosks.NewCredentials(d, l)
	s.Guesses = kiosks.NewGuesses(s.SignIns)
	s.Persons = persons.New(d, l, s.Quarantine)
	s.DeadLetters = ledger.NewDeadLetters(d, l, outside.NewDeaths(s.Reports, s.Imports).FailWork)
	return s, nil
}

// Close releases the connections.
func (s *Store) Close() error { return s.DB.Close() }
