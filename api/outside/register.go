// Package outside is the API of what enters and leaves the company's books: reports, imported files and webhooks.
package outside

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/clock"
	"hadir/internal/store"
)

// Options configures Register.
type Options struct {
	Store *store.Store
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
