package company

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// placeColumns are the columns of employees that settleEmployees alone changes.
var placeColumns = []string{"branch_id", "department", "position"}

const (
	actionEmployeeMove   = "employee.moved"
	actionEmployeeUnmove = "employee.move_cancelled"
)

// MoveOrder puts an employee elsewhere from a date on, until the next employment begins.
type MoveOrder struct {
	EmployeeID           int64
	Version              string          // of the employee, as it was read; "" for whatever it is
	From                 attendance.Date // at most assignmentBack days back
	BranchID             int64
	Department, Position *string // nil: as they are on that date
	Reason               string  // 1 to 500 characters
}

// MoveEmployee carries out an order. Every branch that it concerns is shown to may, whose error ends it. A date of a
// period that is settled in either branch is CodePeriodLocked, an order that changes nothing CodeConflict, a version
// other than the employee's CodeStale. It leaves the tasks that compute the days again in both branches.
func (s *Employees) MoveEmployee(ctx context.Context, o MoveOrder, by ledger.Actor,
	may func(branchID int64) error) error {
	if o.Reason = strings.TrimSpace(o.Reason); o.Reason == "" {
		return attendance.Invalid("reason", "A move needs a reason.")
	}
	if err := db.CheckLengths(db.Text("reason", o.Reason, 1, 500)); err != nil {
		return err
	}
	if err := recent("from", o.From, s.db.Clock.Now()); err != nil {
		return err
	}
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		history, err := s.lockHistory(ctx, tx.Tx, o.EmployeeID, o.Version, may)
		if err != nil {
			return err
		}
		now := history[at(history, o.From)]
		to := employmentRow{EmployeeID: o.EmployeeID, FromDate: o.From, BranchID: o.BranchID,
			Department: now.Department, Position: now.Position}
		for _, f := range []struct {
			name string
			from *string
			to   *string
		}{{"department", o.Department, &to.Department}, {"position", o.Position, &to.Position}} {
			if f.from == nil {
				continue
			}
			*f.to = strings.TrimSpace(*f.from)
			if err := db.CheckLengths(db.Text(f.name, *f.to, 0, 100)); err != nil {
				return err
			}
			if strings.ContainsFunc(*f.to, unicode.IsControl) {
				return attendance.Invalid(f.name, "it must not hold control characters")
			}
		}
		if err := s.activeBranch(ctx, tx.Tx, o.BranchID); err != nil {
			return err
		}
		if now.says(to) {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "branch_id",
				Message: "The employee belongs there on that date already."}
		}
		return s.placeOne(ctx, tx, move{to, actionEmployeeMove, o.Reason}, may)
	})
	return employeeError("move employee", err)
}

// CancelMove takes an employment away that has not begun, as if it had never been ordered. One that does not exist is
// CodeNotFound, one that has begun CodeConflict: another move undoes it.
func (s *Employees) CancelMove(ctx context.Context, id int64, from attendance.Date, by ledger.Actor,
	may func(branchID int64) error) error {
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		history, err := s.lockHistory(ctx, tx.Tx, id, "", may)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(history, func(r employmentRow) bool { return r.FromDate == from })
		if i < 1 {
			return attendance.NewError(attendance.CodeNotFound, "no such move")
		}
		ref, err := s.plans.Reference(ctx, tx)
		if err != nil {
			return err
		}
		b, err := ref.Branch(history[i].BranchID)
		if err != nil {
			return err
		}
		if from <= b.Today(s.db.Clock.Now()) {
			return attendance.NewError(attendance.CodeConflict, "The employment has begun.")
		}
		to := history[i-1]
		to.FromDate = from
		return s.placeOne(ctx, tx, move{to: to, action: actionEmployeeUnmove}, may)
	})
	return employeeError("cancel move", err)
}

// lockHistory locks an employee and returns the employments. may is shown the present branch.
func (s *Employees) lockHistory(ctx context.Context, tx bun.Tx, id int64, version string,
	may func(branchID int64) error) ([]employmentRow, error) {
	var row EmployeeRow
	if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
		return nil, db.NotFound("load employee", "no such employee", err)
	}
	if err := may(row.BranchID); err != nil {
		return nil, err
	}
	if err := db.Unchanged(version, row.Domain()); err != nil {
		return nil, err
	}
	all, err := EmploymentsOf(ctx, tx, []int64{id})
	if err != nil {
		return nil, err
	}
	if len(all[id]) == 0 {
		return nil, fmt.Errorf("employee %d has no employment", id)
	}
	return all[id], nil
}

func (s *Employees) activeBranch(ctx context.Context, tx bun.Tx, id int64) error {
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return err
	}
	if b, err := ref.Branch(id); err != nil || !b.Active {
		return attendance.Invalid("branch_id", "There is no such branch, or it is not in use.")
	}
	return nil
}

// move is an employment that is to be, and how the audit log tells of it.
type move struct {
	to             employmentRow
	action, reason string // reason "" for none
}

// placeOne is place for one employee, with its audit entry.
func (s *Employees) placeOne(ctx context.Context, tx *ledger.Tx, m move, may func(branchID int64) error) error {
	changes, err := s.place(ctx, tx, []employmentRow{m.to})
	if err != nil {
		return err
	}
	for i := range changes {
		for _, branch := range []int64{changes[i].before.BranchID, changes[i].after.BranchID} {
			if err := may(branch); err != nil {
				return err
			}
		}
		if err := auditMove(tx, m.action, &changes[i], m.reason); err != nil {
			return err
		}
	}
	return nil
}

// auditMove adds the entry of one change of place.
func auditMove(tx *ledger.Tx, action string, c *change, reason string) error {
	describe := func(r *employmentRow) *map[string]any {
		m := map[string]any{"from": c.after.FromDate, "branch_id": r.BranchID, "department": r.Department,
			"position": r.Position}
		if c.until != forever {
			m["until"] = c.until
		}
		return &m
	}
	after := describe(&c.after)
	if reason != "" {
		(*after)["reason"] = reason
	}
	who := ledger.Row{Table: auditEmployees, ID: c.after.EmployeeID}
	return ledger.AuditChange(tx, action, who, describe(&c.before), after)
}

// edit is another state of an employee's row. From is when a change of branch holds from; nil is explained at edited.
type edit struct {
	before, after attendance.Employee
	from          *attendance.Date
}

// edited does what changes of employees' rows need besides: another branch, department or position goes into their
// employments, and dates of employment that were added or lost are computed again.
//
// Another branch without a date is a move from today, on the clocks of that branch. A day that has begun stays where it
// began: for somebody who has a punch of today the move is from the next date. Another department or position corrects
// the present employment.
func (s *Employees) edited(ctx context.Context, tx *ledger.Tx, edits []edit) error {
	to, err := s.movesOf(ctx, tx.Tx, edits)
	if err != nil {
		return err
	}
	changes, err := s.place(ctx, tx, to)
	if err != nil {
		return err
	}
	for i := range changes {
		if changes[i].before.BranchID == changes[i].after.BranchID {
			continue
		}
		if err := auditMove(tx, actionEmployeeMove, &changes[i], ""); err != nil {
			return err
		}
	}
	spans, ids := employedAgain(edits, tx.Now)
	for sp, whose := range spans {
		if err := tx.Touch(ctx, ledger.Touch{EmployeeIDs: whose, From: sp.From, To: sp.To}); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return errors.Join(TouchPlans(ctx, tx.Tx, ids), compute(ctx, tx, spans), s.begins.ReachBack(ctx, tx.Tx, ids))
}

// movesOf returns the employments that edits ask for.
func (s *Employees) movesOf(ctx context.Context, tx bun.Tx, edits []edit) ([]employmentRow, error) {
	var moved, renamed []int64
	earliest := forever
	today := make(map[int64]attendance.Date, len(edits))
	var ref *Reference
	for i := range edits {
		e := &edits[i]
		switch {
		case e.before.BranchID != e.after.BranchID && e.from == nil:
			if ref == nil {
				var err error
				if ref, err = s.plans.Reference(ctx, tx); err != nil {
					return nil, err
				}
			}
			b, ok := ref.Branches[e.after.BranchID]
			if !ok {
				return nil, attendance.Invalid("branch_id", "There is no such branch.")
			}
			today[e.after.ID] = b.Today(s.db.Clock.Now())
			earliest = min(earliest, today[e.after.ID])
			moved = append(moved, e.after.ID)
		case e.before.BranchID == e.after.BranchID &&
			(e.before.Department != e.after.Department || e.before.Position != e.after.Position):
			renamed = append(renamed, e.after.ID)
		}
	}
	begun, err := begunDays(ctx, tx, moved, earliest)
	if err != nil {
		return nil, err
	}
	since, err := s.presentFrom(ctx, tx, renamed)
	if err != nil {
		return nil, err
	}
	var to []employmentRow
	for i := range edits {
		e := &edits[i]
		row := employmentRow{EmployeeID: e.after.ID, BranchID: e.after.BranchID, Department: e.after.Department,
			Position: e.after.Position}
		from, present := since[e.after.ID]
		switch {
		case present:
			row.FromDate = from
		case e.before.BranchID == e.after.BranchID:
			continue
		case e.from != nil:
			row.FromDate = *e.from
		default:
			row.FromDate = today[e.after.ID]
			if last, ok := begun[e.after.ID]; ok {
				row.FromDate = max(row.FromDate, last+1)
			}
		}
		to = append(to, row)
	}
	return to, nil
}

// begunDays returns the last dates from the given one on for which employees have punches.
func begunDays(ctx context.Context, idb bun.IDB, ids []int64, from attendance.Date) (map[int64]attendance.Date, error) {
	begun := make(map[int64]attendance.Date, len(ids))
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		var rows []struct {
			EmployeeID int64           `bun:"employee_id"`
			Last       attendance.Date `bun:"last_date"`
		}
		err := idb.NewSelect().TableExpr("attendances AS a").ColumnExpr("a.employee_id, MAX(a.work_date) AS last_date").
			Where("a.employee_id IN (?)", bun.List(chunk)).Where("a.work_date >= ?", from).Where("a.punch_count > 0").
			GroupExpr("a.employee_id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			begun[r.EmployeeID] = r.Last
		}
	}
	return begun, nil
}

// presentFrom returns since when employees' present employments hold.
func (s *Employees) presentFrom(ctx context.Context, tx bun.Tx, ids []int64) (map[int64]attendance.Date, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := EmploymentsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	since := make(map[int64]attendance.Date, len(ids))
	for id, history := range all {
		p, err := ref.present(history, s.db.Clock.Now())
		if err != nil {
			return nil, err
		}
		since[id] = p.FromDate
	}
	return since, nil
}

// employedAgain returns the dates that edits made dates of employment, or took from it, and whose they are.
func employedAgain(edits []edit, now time.Time) (spans map[attendance.Dates][]int64, ids []int64) {
	today := attendance.DateOf(now, time.UTC)
	spans = map[attendance.Dates][]int64{}
	for i := range edits {
		before, after := &edits[i].before, &edits[i].after
		var touched []attendance.Dates
		if b, a := orDate(before.HiredOn, attendance.EverSince), orDate(after.HiredOn, attendance.EverSince); a != b {
			touched = append(touched, attendance.Dates{From: min(a, b), To: max(a, b)})
		}
		if b, a := lastDay(before), lastDay(after); a != b {
			touched = append(touched, attendance.Dates{From: min(a, b), To: max(a, b)})
		}
		for _, sp := range touched {
			ids = append(ids, after.ID)
			sp.To = min(sp.To, today+1)
			spans[sp] = append(spans[sp], after.ID)
		}
	}
	slices.Sort(ids)
	return spans, slices.Compact(ids)
}

// lastDay is the last day of employment; forever when none is known.
func lastDay(e *attendance.Employee) attendance.Date { return orDate(e.LeftOn, forever) }

func orDate(d *attendance.Date, otherwise attendance.Date) attendance.Date {
	if d == nil {
		return otherwise
	}
	return *d
}
