package company

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

const (
	auditAssignments = "shift_assignments"
	// assignmentsPerTask is how many employees one task of a bulk change recomputes, and one audit entry names.
	assignmentsPerTask = 500
)

// AssignmentOrder gives one pattern to many employees: those of EmployeeIDs, or, if that is nil, the active ones of
// Filter.
type AssignmentOrder struct {
	EmployeeIDs []int64
	Filter      EmployeeFilter // Limit and Cursor do not count
	BranchIDs   []int64        // of those of EmployeeIDs, who ever belongs there; for Filter as in EmployeeFilter
	Plan        attendance.Assignment
}

// errCounted takes back the transaction of an order that is only counted.
var errCounted = errors.New("only counted")

// CountAssignees tells how many employees an order means. Where their days are not the actor's to change, it fails as
// AssignShifts does.
func (s *Assignments) CountAssignees(ctx context.Context, o AssignmentOrder, by ledger.Actor) (n int, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		ids, err := s.assignees(ctx, tx, o)
		if err != nil {
			return err
		}
		n = len(ids)
		for chunk := range slices.Chunk(ids, assignmentsPerTask) {
			if _, err := givingWay(ctx, tx, chunk, o.Plan); err != nil {
				return err
			}
		}
		return errCounted
	})
	if errors.Is(err, errCounted) {
		err = nil
	}
	return n, db.Failed("count assignees", err)
}

// givingWay returns the assignments of some employees that begin with a plan, and asks the rules about the days that
// the plan changes: also those that only what gives way covers.
func givingWay(ctx context.Context, tx *ledger.Tx, ids []int64, plan attendance.Assignment) ([]assignmentRow, error) {
	var replaced []assignmentRow
	if err := tx.NewSelect().Model(&replaced).Where("employee_id IN (?)", bun.List(ids)).Where("from_date = ?",
		plan.From).Order("employee_id").Scan(ctx); err != nil {
		return nil, err
	}
	end := attendance.DateOr(plan.To, attendance.OpenEnd)
	longer := map[int64]attendance.Date{}
	for i := range replaced {
		if old := attendance.DateOr(replaced[i].ToDate, attendance.OpenEnd); old > end {
			longer[replaced[i].EmployeeID] = old
		}
	}
	changed := ledger.Spans{}
	for _, id := range ids {
		changed.Add(attendance.Dates{From: plan.From, To: max(end, longer[id])}, id)
	}
	return replaced, changed.Touch(ctx, tx)
}

// AssignShifts carries out an order in one transaction and leaves tasks for the days that have begun since. An employee
// whom the caller may not change is CodeNotFound, a shift that is gone or inactive CodeInvalid; then nobody is
// assigned. An assignment that begins on the same date gives way.
func (s *Assignments) AssignShifts(ctx context.Context, o AssignmentOrder, by ledger.Actor) (n int, err error) {
	now := s.db.Clock.Now()
	if err := checks.Recent("from", o.Plan.From, now); err != nil {
		return 0, err
	}
	o.Plan.ID, o.Plan.EmployeeID = 0, 0
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		n = 0
		if err := TouchPlans(ctx, tx.Tx, o.EmployeeIDs); err != nil {
			return err
		}
		ids, err := s.assignees(ctx, tx, o)
		if err != nil {
			return err
		}
		if o.EmployeeIDs == nil {
			if err := TouchPlans(ctx, tx.Tx, ids); err != nil {
				return err
			}
		}
		n = len(ids)
		return s.give(ctx, tx, ids, o.Plan)
	})
	return n, db.Failed("assign shifts", err)
}

// Giver is the step of a new employee who gets a pattern: see AssignShifts.
func (s *Assignments) Giver(plan attendance.Assignment) EmployeeStep {
	return func(ctx context.Context, tx *ledger.Tx, _, e attendance.Employee) error {
		if err := checks.Recent("from", plan.From, tx.Now); err != nil {
			return err
		}
		return s.give(ctx, tx, []int64{e.ID}, plan)
	}
}

func (s *Assignments) give(ctx context.Context, tx *ledger.Tx, ids []int64, plan attendance.Assignment) error {
	if err := s.checkPattern(ctx, tx, plan); err != nil || len(ids) == 0 {
		return err
	}
	for chunk := range slices.Chunk(ids, assignmentsPerTask) {
		if err := s.assign(ctx, tx, chunk, plan); err != nil {
			return err
		}
		if err := again(ctx, tx, chunk, plan.From-1); err != nil {
			return err
		}
	}
	return s.begins.ReachBack(ctx, tx.Tx, ids)
}

// assign writes the plan for some employees, with an audit entry whose before holds what gave way.
func (s *Assignments) assign(ctx context.Context, tx *ledger.Tx, ids []int64, plan attendance.Assignment) error {
	sets := db.Overwritten(s.db, "to_date", "pattern", "phase")
	e := ledger.AuditEntry{Action: "assignment.created", Table: auditAssignments}
	replaced, err := givingWay(ctx, tx, ids, plan)
	if err != nil {
		return err
	}
	assigned := make([]assignmentRow, len(ids))
	for i, id := range ids {
		plan.EmployeeID = id
		if assigned[i], err = newAssignmentRow(plan); err != nil {
			return err
		}
	}
	q := tx.NewInsert().Model(&assigned).Returning("NULL")
	if _, err := s.db.Upsert(q, "employee_id, from_date", sets...).Exec(ctx); err != nil {
		return err
	}
	if len(replaced) > 0 {
		before := make([]attendance.Assignment, len(replaced))
		for i := range replaced {
			if before[i], err = replaced[i].domain(); err != nil {
				return err
			}
		}
		if e.Before, err = json.Marshal(map[string]any{"replaced": before}); err != nil {
			return err
		}
	}
	e.After, err = json.Marshal(
		map[string]any{"employee_ids": ids, "from": plan.From, "to": plan.To, "pattern": plan.Pattern})
	tx.Audit(e)
	return err
}

// assignees returns the ids of the employees that an order means, ascending.
func (s *Assignments) assignees(ctx context.Context, idb bun.IDB, o AssignmentOrder) ([]int64, error) {
	if Nobody(o.BranchIDs) {
		return nil, nil
	}
	if o.EmployeeIDs == nil {
		o.Filter.Status, o.Filter.BranchIDs = attendance.EmployeeActive, o.BranchIDs
		var ids []int64
		err := o.Filter.keep(idb.NewSelect().Model((*EmployeeRow)(nil)).Column("e.id").Order("e.id")).Scan(ctx, &ids)
		return ids, err
	}
	ids := slices.Clone(o.EmployeeIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for chunk := range slices.Chunk(ids, db.IDChunk) {
		q := idb.NewSelect().Model((*EmployeeRow)(nil)).Where("e.id IN (?)", bun.List(chunk))
		if o.BranchIDs != nil {
			q = q.Where(employments.EverIn, bun.List(o.BranchIDs))
		}
		if n, err := q.Count(ctx); err != nil {
			return nil, err
		} else if int(n) != len(chunk) {
			return nil, attendance.NewError(attendance.CodeNotFound, "an employee does not exist")
		}
	}
	return ids, s.db.NotForgotten(ctx, idb, ids...)
}

// AssignmentsOf returns an employee's shift assignments that cover a date or begin after it, the latest first.
func (s *Assignments) AssignmentsOf(ctx context.Context, employeeID int64,
	from attendance.Date) ([]attendance.Assignment, error) {
	var rows []assignmentRow
	err := s.db.Read().NewSelect().Model(&rows).Where("employee_id = ?", employeeID).
		Where("(to_date IS NULL OR to_date >= ?)", from).Order("from_date DESC").Scan(ctx)
	if err != nil {
		return nil, db.Failed("load assignments", err)
	}
	out := make([]attendance.Assignment, len(rows))
	for i := range rows {
		if out[i], err = rows[i].domain(); err != nil {
			return nil, db.Failed("load assignments", err)
		}
	}
	return out, nil
}

// EndAssignment sets the last date of an assignment, nil for open. An unknown one, or one of an employee who never
// belongs to the branches given (nil: any), is CodeNotFound.
func (s *Assignments) EndAssignment(ctx context.Context, id int64, to *attendance.Date, branchIDs []int64,
	by ledger.Actor) (after attendance.Assignment, err error) {
	now := s.db.Clock.Now()
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockAssignment(ctx, tx, id, branchIDs)
		if err != nil {
			return err
		}
		after = before
		after.To = to
		if to != nil && *to < before.From {
			return attendance.Invalid("to", "The last date is not before the first.")
		}
		dates, changed := changedDates(before.To, to)
		if !changed {
			return nil
		}
		if err := checks.Recent("to", dates.From, now); err != nil {
			return err
		}
		touched := ledger.Touch{EmployeeIDs: []int64{before.EmployeeID}, From: dates.From, To: dates.To}
		if err := tx.Touch(ctx, touched); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model((*assignmentRow)(nil)).Set("to_date = ?", to).Where("id = ?",
			id).Exec(ctx); err != nil {
			return err
		}
		if err := s.begins.ReachBack(ctx, tx.Tx, []int64{before.EmployeeID}); err != nil {
			return err
		}
		if err := again(ctx, tx, []int64{before.EmployeeID}, dates.From-1); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "assignment.updated", ledger.Row{Table: auditAssignments, ID: id}, &before,
			&after)
	})
	return after, db.Failed("end assignment", err)
}

// RemoveAssignment takes an assignment away as if it had never been, and leaves a task for the days that have begun
// since its first date. Whom the caller may change is as in EndAssignment.
func (s *Assignments) RemoveAssignment(ctx context.Context, id int64, branchIDs []int64, by ledger.Actor) (err error) {
	now := s.db.Clock.Now()
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		before, err := s.lockAssignment(ctx, tx, id, branchIDs)
		if err != nil {
			return err
		}
		if err := checks.Recent("from", before.From, now); err != nil {
			return err
		}
		touched := ledger.Touch{EmployeeIDs: []int64{before.EmployeeID}, From: before.From,
			To: attendance.DateOr(before.To, attendance.OpenEnd)}
		if err := tx.Touch(ctx, touched); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*assignmentRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
		if err := again(ctx, tx, []int64{before.EmployeeID}, before.From-1); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "assignment.deleted", ledger.Row{Table: auditAssignments, ID: id}, &before, nil)
	})
	return db.Failed("remove assignment", err)
}

// lockAssignment returns an assignment of an employee who ever belongs to the branches given (nil: any), which nobody
// else can change meanwhile.
func (s *Assignments) lockAssignment(ctx context.Context, tx *ledger.Tx, id int64,
	branchIDs []int64) (a attendance.Assignment, err error) {
	var row assignmentRow
	if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return a, db.NotFound("load assignment", "no such assignment", err)
	}
	if err := TouchPlans(ctx, tx.Tx, []int64{row.EmployeeID}); err != nil {
		return a, err
	}
	if ids, err := s.assignees(ctx, tx,
		AssignmentOrder{EmployeeIDs: []int64{row.EmployeeID}, BranchIDs: branchIDs}); err != nil {
		return a, err
	} else if len(ids) == 0 {
		return a, attendance.NewError(attendance.CodeNotFound, "no such assignment")
	}
	row = assignmentRow{}
	if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
		return a, db.NotFound("load assignment", "no such assignment", err)
	}
	return row.domain()
}

// changedDates returns the dates that another end of an assignment decides anew; nil is no end.
func changedDates(a, b *attendance.Date) (attendance.Dates, bool) {
	before, after := attendance.DateOr(a, attendance.OpenEnd), attendance.DateOr(b, attendance.OpenEnd)
	return attendance.Dates{From: min(before, after) + 1, To: max(before, after)}, before != after
}

// again leaves the task that computes employees' days from a date on; none if that is yet to come everywhere. The date
// before belongs to it, since the windows of neighbours meet.
func again(ctx context.Context, tx *ledger.Tx, ids []int64, from attendance.Date) error {
	last := attendance.DateOf(tx.Now, time.UTC) + 2
	if from > last {
		return nil
	}
	return tx.Leave(ctx, task.AttendanceRecompute, task.Recompute{V: 1, EmployeeIDs: ids, From: from, To: last})
}

func (r *assignmentRow) domain() (attendance.Assignment, error) {
	pattern, err := ParsePattern(r.Pattern)
	if err != nil {
		return attendance.Assignment{}, fmt.Errorf("assignment %d: %w", r.ID, err)
	}
	return attendance.Assignment{ID: r.ID, EmployeeID: r.EmployeeID, From: r.FromDate, To: r.ToDate, Pattern: pattern},
		nil
}

// checkPattern locks the shifts of a pattern and refuses those that are gone or no longer in use.
func (s *Assignments) checkPattern(ctx context.Context, tx *ledger.Tx, a attendance.Assignment) error {
	ids := slices.Clone(a.Pattern)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return id == 0 })
	known := make(map[int64]attendance.Shift, len(ids))
	if len(ids) > 0 {
		var rows []shiftRow
		if err := s.db.ForUpdate(
			tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Where("active = ?", true).Order("id"),
			"").Scan(ctx); err != nil {
			return err
		}
		for i := range rows {
			known[rows[i].ID] = rows[i].domain()
		}
	}
	err := a.Validate(known)
	var wrong *attendance.Error
	if errors.As(err, &wrong) && strings.HasPrefix(wrong.Field, "pattern") {
		wrong.Field = "pattern"
	}
	return err
}
