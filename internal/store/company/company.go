// Package company is the room of who works where and when: branches, employees and their employments, shifts and their
// assignments, holidays, leave and corrections, with the caches that the recorder lives on.
package company

import (
	"context"
	"sync/atomic"

	"hadir/internal/store/begins"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Plans is what employees' days are judged by: rosters, and the caches of what they are made of.
type Plans struct {
	db     *db.DB
	cached atomic.Pointer[Reference]
	plans  *lru.Cache[int64, *plan]
}

// NewPlans returns the plans of a database, of which there must be one per process.
func NewPlans(d *db.DB) (*Plans, error) {
	plans, err := lru.New[int64, *plan](planCache)
	if err != nil {
		return nil, err
	}
	p := &Plans{db: d, plans: plans}
	keys := func(ctx context.Context, idb bun.IDB) error { return identity.FillKeys(ctx, idb, d.Log) }
	d.AfterMigrating(db.Migrated{Fill: keys, Forget: func() { p.cached.Store(nil) }})
	return p, nil
}

// room is what the types that change data here are made of.
type room struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *Plans
}

// freeCode refuses another code than the one before that reads like an existing one. Those who give codes wait for one
// another.
func (r room) freeCode(ctx context.Context, tx *ledger.Tx, table, before, code string) error {
	if code == before {
		return nil
	}
	if err := r.db.LockCompany(ctx, tx.Tx); err != nil {
		return err
	}
	return identity.FreeCode(ctx, tx, table, before, code)
}

// Branches are the company's branches.
type Branches struct {
	room
	rezoned Hook
}

// Hook hears of rows in the transaction that changes them.
type Hook func(ctx context.Context, tx *ledger.Tx, ids []int64) error

// NewBranches returns the branches of a database. t is told of one that has another zone.
func NewBranches(d *db.DB, l *ledger.Ledger, p *Plans, t Hook) *Branches {
	return &Branches{room{d, l, p}, t}
}

// Employees are the people, and where they belong from which date on.
type Employees struct {
	room
	begins *begins.Begins
	leave  Hook
}

// NewEmployees returns the employees of a database. leave is told of whom a file made leave.
func NewEmployees(d *db.DB, l *ledger.Ledger, p *Plans, b *begins.Begins, leave Hook) *Employees {
	return &Employees{room{d, l, p}, b, leave}
}

// Shifts are the shifts that can be assigned.
type Shifts struct{ room }

// NewShifts returns the shifts of a database.
func NewShifts(d *db.DB, l *ledger.Ledger, p *Plans) *Shifts { return &Shifts{room{d, l, p}} }

// Assignments are the shifts that employees are assigned to.
type Assignments struct {
	room
	begins *begins.Begins
}

// NewAssignments returns the assignments of a database.
func NewAssignments(d *db.DB, l *ledger.Ledger, p *Plans, b *begins.Begins) *Assignments {
	return &Assignments{room{d, l, p}, b}
}

// Holidays are those of the company, of branches and of employees.
type Holidays struct{ room }

// NewHolidays returns the holidays of a database.
func NewHolidays(d *db.DB, l *ledger.Ledger, p *Plans) *Holidays { return &Holidays{room{d, l, p}} }
