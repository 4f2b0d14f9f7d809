package company

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
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
	Version              string          // of the employee and the employments, as they were read; "" for any
	From                 attendance.Date // at most checks.MostBack days back
	BranchID             int64
	Department, Position *string // nil: as they are on that date
	Reason               string  // 1 to 500 characters
}

// MoveEmployee carries out an order. Every branch that it concerns is shown to may, whose error ends it. A date of a
// period that is settled in either branch is CodePeriodLocked, an order that changes nothing CodeConflict, a version
// other than the present one CodeStale. It leaves the tasks that compute the days again in both branches.
func (s *Employees) MoveEmployee(ctx context.Context, o MoveOrder, by ledger.Actor, may MayMove) error {
	o.Reason = strings.TrimSpace(o.Reason)
	if err := checks.MoveReason(o.Reason); err != nil {
		return err
	}
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		history, err := s.lockHistory(ctx, tx.Tx, o.EmployeeID, o.Version, may)
		if err != nil {
			return err
		}
		now := history[history.At(o.From)]
		to := employments.Row{EmployeeID: o.EmployeeID, FromDate: o.From, BranchID: o.BranchID,
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
			if err := db.CheckTexts(db.Text(f.name, *f.to, 0, 100)); err != nil {
				return err
			}
		}
		ref, err := s.plans.Reference(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.orderly(ref, to); err != nil {
			return err
		}
		if now.Says(to) {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "branch_id",
				Message: "The employee belongs there on that date already."}
		}
		return s.carryOut(ctx, tx, []move{{to: to, action: actionEmployeeMove, reason: o.Reason}}, may)
	})
	return identity.EmployeeError("move employee", err)
}

// CancelMove takes an employment away that has not begun, as if it had never been ordered. One that does not exist is
// CodeNotFound, one that has begun CodeConflict: another move undoes it.
func (s *Employees) CancelMove(ctx context.Context, id int64, from attendance.Date, by ledger.Actor,
	may MayMove) error {
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		history, err := s.lockHistory(ctx, tx.Tx, id, "", may)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(history, func(r employments.Row) bool { return r.FromDate == from })
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
		return s.carryOut(ctx, tx, []move{{to: to, action: actionEmployeeUnmove}}, may)
	})
	return identity.EmployeeError("cancel move", err)
}

// lockHistory locks an employee and returns the employments. may is shown the present branch.
func (s *Employees) lockHistory(ctx context.Context, tx bun.Tx, id int64, version string,
	may MayMove) (employments.History, error) {
	var row EmployeeRow
	if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
		return nil, db.NotFound("load employee", "no such employee", err)
	}
	if err := may.ask(id, row.BranchID); err != nil {
		return nil, err
	}
	if row.Forgotten {
		return nil, attendance.Forgotten()
	}
	all, err := employments.Of(ctx, tx, []int64{id})
	if err != nil {
		return nil, err
	}
	if err := db.Unchanged(version, EmployeeState{row.Domain(), all[id].Domain()}); err != nil {
		return nil, err
	}
	if len(all[id]) == 0 {
		return nil, fmt.Errorf("employee %d has no employment", id)
	}
	return all[id], nil
}

// orderly refuses to move anybody from a date too long ago, or into a branch that is not in use.
func (s *Employees) orderly(ref *Reference, to employments.Row) error {
	if err := checks.Recent("from", to.FromDate, s.db.Clock.Now()); err != nil {
		return err
	}
	if b, err := ref.Branch(to.BranchID); err != nil || !b.Active {
		return attendance.Invalid("branch_id", "There is no such branch, or it is not in use.")
	}
	return nil
}

// move is an employment that is to be, and how the audit log tells of it.
type move struct {
	to             employments.Row
	action, reason string // reason "" for none
	corrects       bool   // an employment, which is no move: it holds as far back as dates are open
}

// MayMove refuses that dates of an employee come to a branch, or leave it; nil allows everything.
type MayMove func(employeeID, branchID int64) error

// ask is MayMove of some branches.
func (may MayMove) ask(employeeID int64, branchIDs ...int64) error {
	for _, id := range branchIDs {
		if may == nil {
			break
		}
		if err := may(employeeID, id); err != nil {
			return err
		}
	}
	return nil
}

// carryOut is place for moves, whoever asks for them, with their audit entries. The branches of all dates that change
// are shown to may.
func (s *Employees) carryOut(ctx context.Context, tx *ledger.Tx, moves []move, may MayMove) error {
	by := make(map[int64]*move, len(moves))
	for i := range moves {
		by[moves[i].to.EmployeeID] = &moves[i]
	}
	changes, err := s.place(ctx, tx, moves)
	if err != nil {
		return err
	}
	var refused attendance.Refused
	inUse := identity.OnceInUse(ctx, s.db, tx)
	for i := range changes {
		c, m := &changes[i], by[changes[i].after.EmployeeID]
		if m.corrects {
			continue
		}
		id := c.after.EmployeeID
		// The branch may be out of use since orderly asked. place has locked it, in the order of all.
		if m.action == actionEmployeeMove && c.before.BranchID != c.after.BranchID {
			if err := refused.Add(id, inUse(c.after.BranchID)); err != nil {
				return err
			}
		}
		if err := refused.Add(id, may.ask(id, c.before.BranchID, c.after.BranchID)); err != nil {
			return err
		}
		if err := auditMove(tx, m.action, c, m.reason); err != nil {
			return err
		}
	}
	return refused.OrNil()
}

// auditMove adds the entry of one change of place.
func auditMove(tx *ledger.Tx, action string, c *change, reason string) error {
	describe := func(r *employments.Row) *map[string]any {
		m := map[string]any{"from": c.after.FromDate, "branch_id": r.BranchID, "department": r.Department,
			"position": r.Position}
		if c.until != attendance.OpenEnd {
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

// edit is another state of an employee's row. From is when another place holds from, and before has the place of that
// date then; nil corrects the present one.
type edit struct {
	before, after attendance.Employee
	from          *attendance.Date
	reason        string // of a move, "" for none
}

// dated gives edits of another branch their date, if they lack one: today, on the clocks of that branch. A day that has
// begun stays where it began: for somebody who has a punch of today it is the next date.
func (s *Employees) dated(ctx context.Context, tx bun.Tx, edits []edit) error {
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return err
	}
	var moved, ids []int64
	earliest := attendance.OpenEnd
	for i := range edits {
		e := &edits[i]
		if e.from == nil && e.before.BranchID != e.after.BranchID {
			b, ok := ref.Branches[e.after.BranchID]
			if !ok {
				return identity.NoBranch(nil)
			}
			today := b.Today(s.db.Clock.Now())
			e.from, earliest = &today, min(earliest, today)
			moved = append(moved, e.after.ID)
		}
		if e.from != nil {
			ids = append(ids, e.after.ID)
		}
	}
	begun, err := begunDays(ctx, tx, moved, earliest)
	if err != nil {
		return err
	}
	history, err := employments.Of(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i := range edits {
		e := &edits[i]
		if last, ok := begun[e.after.ID]; ok {
			*e.from = max(*e.from, last+1)
		}
		if own := history[e.after.ID]; e.from != nil && len(own) > 0 {
			p := own[own.At(*e.from)]
			e.before.BranchID, e.before.Department, e.before.Position = p.BranchID, p.Department, p.Position
		}
	}
	return nil
}

// edited does what dated changes of employees' rows need besides: another branch, department or position goes into
// their employments, and dates of employment that were added or lost are computed again.
func (s *Employees) edited(ctx context.Context, tx *ledger.Tx, edits []edit, may MayMove) error {
	moves, following, err := s.movesOf(ctx, tx.Tx, edits)
	if err != nil {
		return err
	}
	if err := employments.Put(ctx, s.db, tx.Tx, following); err != nil {
		return err
	}
	if err := s.carryOut(ctx, tx, moves, may); err != nil {
		return err
	}
	changed, ids := employedAgain(edits)
	if len(ids) == 0 {
		return nil
	}
	if err := changed.Touch(ctx, tx); err != nil {
		return err
	}
	if err := TouchPlans(ctx, tx.Tx, ids); err != nil {
		return err
	}
	if err := changed.Recompute(ctx, tx); err != nil {
		return err
	}
	return s.begins.ReachBack(ctx, tx.Tx, ids)
}

// movesOf returns the moves that edits ask for. Another department or position without a date corrects the present
// employment, and those that follow it in what they took over from it.
func (s *Employees) movesOf(ctx context.Context, tx bun.Tx, edits []edit) (moves []move, following []employments.Row,
	err error) {
	ref, err := s.plans.Reference(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	var corrected []*edit
	var refused attendance.Refused
	for i := range edits {
		e := &edits[i]
		before, after := placeOf(&e.before), placeOf(&e.after)
		switch {
		case before.Says(after):
		case e.from == nil:
			ids, corrected = append(ids, e.after.ID), append(corrected, e)
		default:
			after.FromDate = *e.from
			if err := refused.Add(e.after.ID, s.orderly(ref, after)); err != nil {
				return nil, nil, err
			}
			moves = append(moves, move{to: after, action: actionEmployeeMove, reason: e.reason})
		}
	}
	if len(ids) == 0 || len(refused) > 0 {
		return moves, nil, refused.OrNil()
	}
	all, err := employments.Of(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range corrected {
		to := placeOf(&e.after)
		if history := all[e.after.ID]; len(history) > 0 {
			p, err := ref.present(history, s.db.Clock.Now())
			if err != nil {
				return nil, nil, err
			}
			to = corrects(*p, e)
			following = append(following, followers(history[history.At(p.FromDate)+1:], *p, to)...)
		}
		moves = append(moves, move{to: to, corrects: true})
	}
	return moves, following, nil
}

// corrects returns an employment with what an edit changes. The employee's row, which the edit began with, may not say
// yet what began today.
func corrects(p employments.Row, e *edit) employments.Row {
	if e.after.Department != e.before.Department {
		p.Department = e.after.Department
	}
	if e.after.Position != e.before.Position {
		p.Position = e.after.Position
	}
	return p
}

// followers returns which of the later employments change with a correction, and how: until one says otherwise, each
// has taken over department and position.
func followers(later []employments.Row, was, is employments.Row) (out []employments.Row) {
	department, position := true, true
	for _, row := range later {
		department = department && row.Department == was.Department
		position = position && row.Position == was.Position
		if department {
			row.Department = is.Department
		}
		if position {
			row.Position = is.Position
		}
		out = append(out, row)
	}
	return out
}

// placeOf is where somebody works as the row says it: since ever, until FromDate is set.
func placeOf(e *attendance.Employee) employments.Row {
	return employments.Row{EmployeeID: e.ID, FromDate: attendance.EverSince, BranchID: e.BranchID,
		Department: e.Department, Position: e.Position}
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

// employedAgain returns the dates that edits made dates of employment, or took from it, and whose they are.
func employedAgain(edits []edit) (changed ledger.Spans, ids []int64) {
	changed = ledger.Spans{}
	for i := range edits {
		before, after := &edits[i].before, &edits[i].after
		var touched []attendance.Dates
		b := attendance.DateOr(before.HiredOn, attendance.EverSince)
		if a := attendance.DateOr(after.HiredOn, attendance.EverSince); a != b {
			touched = append(touched, attendance.Dates{From: min(a, b), To: max(a, b)})
		}
		if b, a := before.LastDay(attendance.OpenEnd), after.LastDay(attendance.OpenEnd); a != b {
			touched = append(touched, attendance.Dates{From: min(a, b), To: max(a, b)})
		}
		for _, sp := range touched {
			ids = append(ids, after.ID)
			changed.Add(sp, after.ID)
		}
	}
	slices.Sort(ids)
	return changed, slices.Compact(ids)
}
