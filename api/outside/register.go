// Package outside is the API of what enters and leaves the company's books: reports, imported files, webhooks and
// terminals.
package outside

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/clock"
	"hadir/internal/importer"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/store/terminals"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Audit      *ledger.Audit
	Branches   *company.Branches
	Employees  *company.Employees
	Users      *accounts.Users
	Days       *days.Days
	Deliveries *outside.Deliveries
	Imports    *outside.Imports
	Reports    *outside.Reports
	Webhooks   *outside.Webhooks
	Terminals  *terminals.Terminals
	Quarantine *terminals.Quarantine
	Commands   *terminals.Commands
}

// Options configures Register.
type Options struct {
	Store    Rooms
	Recorder importer.Recorder // of what waited in quarantine
	Clock    clock.Clock
	Log      *slog.Logger
	// AllowPrivateWebhooks lets webhooks be set up for addresses that are not public.
	AllowPrivateWebhooks bool
}

type api struct {
	o      Options
	intake *importer.Intake
}

// Tags of the operations.
const (
	tagDirectory = "Directory"
	tagReports   = "Reports"
	tagWebhooks  = "Webhooks"
	tagTerminals = "Terminals"
)

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o, importer.NewIntake(importer.Store{Employees: o.Store.Employees, Recorder: o.Recorder},
		o.Store.Quarantine, o.Clock)}
	a.registerImports(r)
	a.registerReports(r)
	a.registerWebhooks(r)
	a.registerDeliveries(r)
	a.registerTerminals(r)
}
