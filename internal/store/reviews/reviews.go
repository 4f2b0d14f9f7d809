// Package reviews holds punches that somebody is to look at, and what was decided about them. The days write a row with
// each such punch, and close it where one is taken away.
package reviews

import (
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

const table = "punch_reviews"

type row struct {
	bun.BaseModel `bun:"table:punch_reviews,alias:pr"`

	PunchID    int64           `bun:"punch_id,pk"`
	EmployeeID int64           `bun:"employee_id"`
	BranchID   int64           `bun:"branch_id"` // to which the work date belongs
	WorkDate   attendance.Date `bun:"work_date"` // for which the punch counted when it arrived
	OccurredAt time.Time       `bun:"occurred_at"`
	Reasons    string          `bun:"reasons"` // codes, separated by blanks
	State      string          `bun:"state"`
	DecidedBy  int64           `bun:"decided_by,nullzero"`
	DecidedAt  *time.Time      `bun:"decided_at"`
	Note       string          `bun:"note"`
}

// Found is a punch that is to be looked at, of which nobody knows the id yet.
type Found struct {
	EmployeeID     int64
	IdempotencyKey string
	WorkDate       attendance.Date
	Reasons        []review.Reason
}

// Opened are the statements that add punches which the same transaction inserted before.
func Opened(b *bun.DB, found []Found) []schema.QueryAppender {
	statements := make([]schema.QueryAppender, len(found))
	for i, f := range found {
		statements[i] = b.NewRaw("INSERT INTO punch_reviews (punch_id, employee_id, branch_id, work_date, "+
			"occurred_at, reasons, state, note) SELECT p.id, p.employee_id, p.branch_id, ?, p.occurred_at, ?, ?, '' "+
			"FROM punches AS p WHERE p.employee_id = ? AND p.idempotency_key = ?",
			f.WorkDate, review.Text(f.Reasons), string(review.Open), f.EmployeeID, f.IdempotencyKey)
	}
	return statements
}

// Closed is the statement after which punches that were taken away wait for nobody.
func Closed(b *bun.DB, punchIDs []int64) schema.QueryAppender {
	return b.NewRaw("UPDATE punch_reviews SET state = ? WHERE punch_id IN (?) AND state <> ?",
		string(review.Voided), bun.List(punchIDs), string(review.Refused))
}

// Moved are dates of an employee that belong to another branch now.
type Moved struct {
	EmployeeID int64
	attendance.Dates
	BranchID int64
}

// MovedDay is one of an employee.
func MovedDay(employeeID int64, d attendance.Date, branchID int64) Moved {
	return Moved{EmployeeID: employeeID, Dates: attendance.Dates{From: d, To: d}, BranchID: branchID}
}

// Followed are the statements by which reviews of these dates go to the branch that looks after them.
func Followed(b *bun.DB, moves []Moved) []schema.QueryAppender {
	statements := make([]schema.QueryAppender, len(moves))
	for i, m := range moves {
		statements[i] = b.NewRaw("UPDATE punch_reviews SET branch_id = ? WHERE employee_id = ? AND "+
			"work_date BETWEEN ? AND ?", m.BranchID, m.EmployeeID, m.From, m.To)
	}
	return statements
}

// Reviews reads and decides them.
type Reviews struct {
	db     *db.DB
	ledger *ledger.Ledger
	plans  *company.Plans
	voids  Voids
}

// New returns the reviews of a database.
func New(d *db.DB, l *ledger.Ledger, p *company.Plans, v Voids) *Reviews { return &Reviews{d, l, p, v} }
