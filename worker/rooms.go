package worker

import (
	"hadir/internal/store"
	"hadir/internal/store/accounts"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/days/reminders"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/store/persons"
)

// Rooms are the parts of the store that the handlers use.
type Rooms struct {
	Audit       *ledger.Audit
	Branches    *company.Branches
	Employees   *company.Employees
	Users       *accounts.Users
	Days        *days.Days
	Requests    *requests.Requests
	Lists       *lists.Lists
	Recaps      *days.Recaps
	Reminders   *reminders.Reminders
	DeadLetters *ledger.DeadLetters
	Deliveries  *outside.Deliveries
	Imports     *outside.Imports
	Reports     *outside.Reports
	Webhooks    *outside.Webhooks
	Persons     *persons.Persons
	Resets      *accounts.Resets
	Emails      *accounts.Emails
	Makers      *making.Makers
}

// RoomsOf picks them.
func RoomsOf(s *store.Store) Rooms {
	return Rooms{
		Audit:       s.Audit,
		Branches:    s.Branches,
		Days:        s.Days,
		DeadLetters: s.DeadLetters,
		Deliveries:  s.Deliveries,
		Employees:   s.Employees,
		Imports:     s.Imports,
		Lists:       s.Lists,
		Recaps:      s.Recaps,
		Reminders:   s.Reminders,
		Reports:     s.Reports,
		Requests:    s.Requests,
		Users:       s.Users,
		Webhooks:    s.Webhooks,
		Persons:     s.Persons,
		Resets:      s.Resets,
		Emails:      s.Emails,
		Makers:      s.Makers,
	}
}
