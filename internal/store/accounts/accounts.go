// Package accounts is the room of who may come in: users, their sessions and browsers, and the counts of failed
// attempts to sign in.
package accounts

import (
	"hadir/internal/account"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// Users are the people who may sign in.
type Users struct {
	db     *db.DB
	ledger *ledger.Ledger
	sealer *account.Sealer
}

// NewUsers returns the users of a database. The sealer keeps what tasks must not show.
func NewUsers(d *db.DB, l *ledger.Ledger, sealer *account.Sealer) *Users {
	u := &Users{d, l, sealer}
	d.AfterMigrating(db.Migrated{Fill: identity.FillLogins(d)})
	return u
}

// Sessions are the sign-ins that are still open.
type Sessions struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// NewSessions returns the sessions of a database.
func NewSessions(d *db.DB, l *ledger.Ledger) *Sessions { return &Sessions{d, l} }

// SignIns are the attempts to sign in, and what slows them down.
type SignIns struct{ db *db.DB }

// NewSignIns returns the attempts that a database counts.
func NewSignIns(d *db.DB) *SignIns { return &SignIns{d} }
