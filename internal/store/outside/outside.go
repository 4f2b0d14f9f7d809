// Package outside is the room of what leaves the company's own pages or comes in by other ways: reports, files that are
// imported, webhooks and their deliveries.
package outside

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Reports are the files that people ordered.
type Reports struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *company.Plans
	days   Days
}

// Days reads days for reports: those that a query about attendances AS a keeps, in its order.
type Days interface {
	SelectDays(ctx context.Context, keep func(*bun.SelectQuery) *bun.SelectQuery) ([]attendance.Day, error)
}

// NewReports returns the reports of a database.
func NewReports(d *db.DB, l *ledger.Ledger, p *company.Plans, days Days) *Reports {
	return &Reports{d, l, p, days}
}

// Imports are the files that people uploaded.
type Imports struct {
	db        *db.DB
	ledger    *ledger.Ledger
	employees *company.Employees
}

// NewImports returns the imports of a database.
func NewImports(d *db.DB, l *ledger.Ledger, e *company.Employees) *Imports { return &Imports{d, l, e} }

// Webhooks are the addresses that are told of events.
type Webhooks struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// NewWebhooks returns the webhooks of a database.
func NewWebhooks(d *db.DB, l *ledger.Ledger) *Webhooks { return &Webhooks{d, l} }

// Deliveries are the messages to webhooks.
type Deliveries struct {
	db       *db.DB
	ledger   *ledger.Ledger
	webhooks *Webhooks
}

// NewDeliveries returns the deliveries of a database.
func NewDeliveries(d *db.DB, l *ledger.Ledger, w *Webhooks) *Deliveries { return &Deliveries{d, l, w} }

// Deaths marks what dead tasks were for.
type Deaths struct {
	reports *Reports
	imports *Imports
}

// NewDeaths returns what the ledger's dead letters need.
func NewDeaths(r *Reports, i *Imports) *Deaths { return &Deaths{r, i} }
