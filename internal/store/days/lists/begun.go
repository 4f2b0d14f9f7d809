package lists

import (
	"context"

	"hadir/internal/store/company"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Begun is what there is of a company that begins. All but branches and shifts is about active employees of the
// branches that were asked about.
type Begun struct {
	Branch   bool  `bun:"branch"`   // one is in use
	Shift    bool  `bun:"shift"`    // one is in use
	Employee int64 `bun:"employee"` // the id of the first, 0 for nobody
	Account  bool  `bun:"account"`  // somebody can sign in
	Pattern  bool  `bun:"pattern"`  // somebody has, or had, one
	Punch    bool  `bun:"punch"`    // somebody punched
}

// Begun tells in one statement how far some branches have come; nil are all.
func (s *Lists) Begun(ctx context.Context, branchIDs []int64) (b Begun, err error) {
	mine := bun.SafeQuery("e.status = 'active'")
	if company.Nobody(branchIDs) {
		mine = bun.SafeQuery("1 = 0")
	} else if branchIDs != nil {
		mine = bun.SafeQuery("e.status = 'active' AND e.branch_id IN (?)", bun.List(branchIDs))
	}
	const some = "EXISTS (SELECT 1 FROM employees AS e JOIN "
	err = s.db.Read().NewSelect().
		ColumnExpr("EXISTS (SELECT 1 FROM branches WHERE active = ?) AS branch", true).
		ColumnExpr("EXISTS (SELECT 1 FROM shifts WHERE active = ?) AS shift", true).
		ColumnExpr("COALESCE((SELECT e.id FROM employees AS e WHERE ? ORDER BY e.id LIMIT 1), 0) AS employee", mine).
		ColumnExpr(some+"users AS u ON u.employee_id = e.id WHERE ? AND u.disabled_at IS NULL) AS account", mine).
		ColumnExpr(some+"shift_assignments AS sa ON sa.employee_id = e.id WHERE ?) AS pattern", mine).
		ColumnExpr(some+"punches AS p ON p.employee_id = e.id WHERE ?) AS punch", mine).
		Scan(ctx, &b)
	return b, db.Failed("look how far a company has come", err)
}
