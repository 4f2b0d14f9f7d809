// Package outside is the API of what enters and leaves the company's books: reports, imported files and webhooks.
package outside

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/clock"
	"hadir/internal/store/accounts"
	"hadir/internal/store/company"
	"hadir/internal/store/days"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
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
}

// Options configures Register.
type Options struct {
	Store Rooms
	Clock clock.Clock
	Log   *slog.Logger
	// AllowPrivateWebhooks lets webhooks be set up for addresses that are not public.
	AllowPrivateWebhooks bool
}

type api struct{ o Options }

// Tags of the operations.
const (
	tagDirectory = "Directory"
	tagReports   = "Reports"
	tagWebhooks  = "Webhooks"
)

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerImports(r)
	a.registerReports(r)
	a.registerWebhooks(r)
	a.registerDeliveries(r)
}
