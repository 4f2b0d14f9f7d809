// Package persons is the API of what is stored about one person: its download, its end, and what everybody may know of
// it.
package persons

import (
	"log/slog"

	"hadir/api/rest"
	"hadir/internal/clock"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"
)

// Rooms are the parts of the store that these operations use.
type Rooms struct {
	Audit   *ledger.Audit
	Persons *persons.Persons
}

// Options configures Register.
type Options struct {
	Store Rooms
	Clock clock.Clock
	Log   *slog.Logger
	Kept  Kept
}

type api struct{ o Options }

const tagPersons = "Personal data"

// Register adds the operations.
func Register(r *rest.Router, o Options) {
	a := &api{o}
	a.registerDownloads(r)
	a.registerPseudonyms(r)
	a.registerPrivacy(r)
}
