package days

import (
	"hadir/internal/store/begins"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// room is what the types of this package are made of.
type room struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *company.Plans
}

// Days writes punches and what follows from them.
type Days struct{ room }

// New returns the days of a database.
func New(d *db.DB, l *ledger.Ledger, p *company.Plans) *Days { return &Days{room{d, l, p}} }

// Recaps are the counts of days that are over.
type Recaps struct {
	room
	begins *begins.Begins
}

// NewRecaps returns the recaps of a database.
func NewRecaps(d *db.DB, l *ledger.Ledger, p *company.Plans, b *begins.Begins) *Recaps {
	return &Recaps{room{d, l, p}, b}
}
