// Package persons is the API of what is stored about one person: its download, its end, and what everybody may know of
// it.
package persons

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
}

type api struct{ o Options }

const tagPersons = "Personal data"

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerDownloads(r)
}
