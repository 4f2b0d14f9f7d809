// Package company is the API of who belongs where and when they work: branches, employees and their moves, shifts,
// assignments, holidays and requests.
package company

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/session"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/company/requests"
	"hadir/internal/store/days"
	"hadir/internal/store/kiosks"
	"hadir/internal/store/terminals"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Branches    *company.Branches
	Employees   *company.Employees
	Users       *accounts.Users
	Assignments *company.Assignments
	Commands    *terminals.Commands
	Credentials *kiosks.Credentials
	Days        *days.Days
	Holidays    *company.Holidays
	Plans       *company.Plans
	Requests    *requests.Requests
	Shifts      *company.Shifts
}

// Options configures Register.
type Options struct {
	Store    Rooms
	Sessions *session.Sessions
	Clock    clock.Clock
	Log      *slog.Logger
	Hasher   *account.Hasher // of passwords
}

type api struct{ o Options }

// Tags of the operations.
const (
	tagDirectory = "Directory"
	tagShifts    = "Shifts"
	tagRequests  = "Requests"
)

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerDirectory(r)
	a.registerEmployees(r)
	a.registerMoves(r)
	a.registerShifts(r)
	a.registerAssignments(r)
	a.registerRequests(r)
	a.registerBranches(r)
	a.registerExample(r)
	a.registerHolidays(r)
}
