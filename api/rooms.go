package api

import (
	"hadir/api/accounts"
	"hadir/api/company"
	"hadir/api/days"
	"hadir/api/kiosks"
	"hadir/api/ledger"
	"hadir/api/outside"
	"hadir/api/persons"
	"hadir/internal/store"
)

// What each part of the API is given of the store: nothing that it does not use.

func accountsRooms(s *store.Store) accounts.Rooms {
	return accounts.Rooms{
		APITokens: s.APITokens,
		Audit:     s.Audit,
		Branches:  s.Branches,
		Employees: s.Employees,
		Sessions:  s.Sessions,
		SignIns:   s.SignIns,
		Users:     s.Users,

		SecondFactors: s.SecondFactors,
		Passkeys:      s.Passkeys,
		Identities:    s.Identities,
		Makers:        s.Makers,
		Resets:        s.Resets,
		Emails:        s.Emails,
	}
}

func companyRooms(s *store.Store) company.Rooms {
	return company.Rooms{
		Assignments: s.Assignments,
		Branches:    s.Branches,
		Commands:    s.Commands,
		Credentials: s.Credentials,
		Days:        s.Days,
		Employees:   s.Employees,
		Holidays:    s.Holidays,
		Plans:       s.Plans,
		Requests:    s.Requests,
		Shifts:      s.Shifts,
		Users:       s.Users,
	}
}

func daysRooms(s *store.Store) days.Rooms {
	return days.Rooms{
		Branches:  s.Branches,
		Employees: s.Employees,
		Audit:     s.Audit,
		Days:      s.Days,
		Lists:     s.Lists,
		Recaps:    s.Recaps,
		Reminders: s.Reminders,
		Requests:  s.Requests,
		Reviews:   s.Reviews,
		Kiosks:    s.Kiosks,
	}
}

func kioskRooms(s *store.Store) kiosks.Rooms {
	return kiosks.Rooms{
		Employees:   s.Employees,
		Days:        s.Days,
		Lists:       s.Lists,
		Kiosks:      s.Kiosks,
		Credentials: s.Credentials,
		Guesses:     s.Guesses,
	}
}

func ledgerRooms(s *store.Store) ledger.Rooms {
	return ledger.Rooms{
		Audit:       s.Audit,
		DeadLetters: s.DeadLetters,
		Nodes:       s.Nodes,
		Outcomes:    s.Outcomes,
	}
}

func outsideRooms(s *store.Store) outside.Rooms {
	return outside.Rooms{
		Audit:      s.Audit,
		Branches:   s.Branches,
		Days:       s.Days,
		Deliveries: s.Deliveries,
		Employees:  s.Employees,
		Imports:    s.Imports,
		Reports:    s.Reports,
		Users:      s.Users,
		Webhooks:   s.Webhooks,
		Terminals:  s.Terminals,
		Quarantine: s.Quarantine,
		Commands:   s.Commands,
	}
}

func personsRooms(s *store.Store) persons.Rooms {
	return persons.Rooms{Audit: s.Audit, Persons: s.Persons}
}
