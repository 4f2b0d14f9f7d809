// Package persons is the room of what is stored about one person, wherever it lies: all of it for the person to take
// along, and how it ends.
package persons

import (
	"context"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Persons reads and ends what is stored about people.
type Persons struct {
	db         *db.DB
	ledger     *ledger.Ledger
	quarantine quarantine
}

// quarantine is terminals.Quarantine: its LinesOf and Empty.
type quarantine interface {
	LinesOf(ctx context.Context, idb bun.IDB, employeeID int64) ([]int64, error)
	Empty(ctx context.Context, idb bun.IDB, ids []int64) error
}

// New returns the persons of a database.
func New(d *db.DB, l *ledger.Ledger, q quarantine) *Persons { return &Persons{d, l, q} }

// Person is whom rows are about: an employee, accounts, or both.
type Person struct {
	EmployeeID int64   // 0 for nobody
	UserIDs    []int64 // the accounts of the employee, or the one of who is none; empty leaves out what is about them

	lines []int64 // in quarantine, where they were looked for
}

// Whose returns whose data that of an account is: that of its employee and of every account of that one.
func (s *Persons) Whose(ctx context.Context, u account.User) (Person, error) {
	if u.EmployeeID == 0 {
		return Person{UserIDs: []int64{u.ID}}, nil
	}
	return s.Employee(ctx, u.EmployeeID)
}

// Employee returns an employee with all accounts.
func (s *Persons) Employee(ctx context.Context, id int64) (Person, error) {
	p := Person{EmployeeID: id, UserIDs: []int64{}}
	err := s.db.Read().NewSelect().Table("users").Column("id").Where("employee_id = ?", id).Order("id").
		Scan(ctx, &p.UserIDs)
	return p, db.Failed("load the accounts of an employee", err)
}

// Within tells whether an employee belonged to some branches, nil for all of them, on every date. Who never belonged to
// any of them does not exist for who looks after these: CodeNotFound.
func (s *Persons) Within(ctx context.Context, employeeID int64, branchIDs []int64) (bool, error) {
	var all []int64
	err := s.db.Read().NewSelect().TableExpr("employments AS m").ColumnExpr("DISTINCT m.branch_id").
		Where("m.employee_id = ?", employeeID).Scan(ctx, &all)
	if err != nil {
		return false, db.Failed("load the branches of an employee", err)
	}
	within := slices.DeleteFunc(slices.Clone(all), func(id int64) bool {
		return branchIDs != nil && !slices.Contains(branchIDs, id)
	})
	if len(within) == 0 {
		return false, attendance.NewError(attendance.CodeNotFound, "no such employee")
	}
	return len(within) == len(all), nil
}

// Downloads are counted per account: each reads everything that there is about somebody.
const (
	mostDownloads   = 20
	downloadsWithin = time.Hour
)

// Download notes that an account takes the data of somebody, which the entry names. One that took too many is
// CodeThrottled, with a Later. They are counted under a lock, or two at once would both be the last that may be.
func (s *Persons) Download(ctx context.Context, by ledger.Actor, e ledger.AuditEntry) error {
	return db.Failed("note a download", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := accounts.LockUser(ctx, s.db, tx.Tx, by.UserID); err != nil {
			return err
		}
		var at []time.Time
		err := tx.NewSelect().Table("audit_log").Column("created_at").Where("user_id = ?", by.UserID).
			Where("action = ?", ledger.PersonDownloaded).
			Where("created_at > ?", tx.Now.Add(-downloadsWithin).UTC()).Order("created_at").Scan(ctx, &at)
		if err != nil {
			return err
		}
		if len(at) >= mostDownloads {
			return attendance.Later{Cause: attendance.NewError(account.CodeThrottled, "too many downloads"),
				RetryAt: at[0].UTC().Add(downloadsWithin)}
		}
		e.Action = ledger.PersonDownloaded
		tx.Audit(e)
		return nil
	}))
}
