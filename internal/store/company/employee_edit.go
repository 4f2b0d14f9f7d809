package company

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/begins"
	"hadir/internal/store/company/checks"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
)

// The audit log's words for changes of employees.
const (
	auditEmployees      = "employees"
	actionEmployeeAdd   = "employee.created"
	actionEmployeeEdit  = "employee.updated"
	actionEmployeeLeave = "employee.deactivated"
	actionEmployeeBack  = "employee.reactivated"
)

// AddEmployee inserts one employee with the first employment, and takes further steps. A taken number is CodeConflict,
// an unknown branch CodeInvalid.
func (s *Employees) AddEmployee(ctx context.Context, e attendance.Employee, by ledger.Actor,
	also ...EmployeeStep) (attendance.Employee, error) {
	if err := checks.WholeEmployee(&e); err != nil {
		return e, err
	}
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := identity.FreeNumber(ctx, tx, e.Number, 0); err != nil {
			return err
		}
		// Before the row, which shares the branch's lock: whoever puts the branch out of use would wait in between.
		if err := identity.InUse(ctx, s.db, tx, e.BranchID); err != nil {
			return err
		}
		row := newEmployeeRow(e)
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		e.ID = row.ID
		if err := s.join(ctx, tx, e); err != nil {
			return err
		}
		if err := auditEmployee(tx, nil, &e); err != nil {
			return err
		}
		return taken(ctx, tx, also, attendance.Employee{}, e)
	})
	return e, identity.EmployeeError("add employee", err)
}

// join gives new employees their first employment, and leaves the tasks that give them the days of dates which their
// branch has closed already: whoever was there by then has them. More dates may be closed until this is committed, so
// the later ones are asked for, too.
func (s *Employees) join(ctx context.Context, tx *ledger.Tx, es ...attendance.Employee) error {
	rows, branches := make([]employments.Row, len(es)), make([]int64, len(es))
	for i := range es {
		rows[i], branches[i] = placeOf(&es[i]), es[i].BranchID
	}
	if err := employments.Put(ctx, s.db, tx.Tx, rows); err != nil {
		return err
	}
	slices.Sort(branches)
	closed, err := begins.Closed(ctx, tx, slices.Compact(branches))
	if err != nil {
		return err
	}
	days := ledger.Spans{}
	for i := range es {
		e := &es[i]
		dates := attendance.Dates{From: attendance.DateOr(e.HiredOn, attendance.EverSince),
			To: attendance.DateOr(e.LeftOn, attendance.OpenEnd)}
		if closed[e.BranchID].Holds(dates) {
			days.Add(dates, e.ID)
		}
	}
	return days.Recompute(ctx, tx)
}

// EmployeeStep is what a change of an employee does besides, in the same transaction; before is empty of a new one. It
// may run again, as the change itself, when the database breaks the transaction off.
type EmployeeStep func(ctx context.Context, tx *ledger.Tx, before, after attendance.Employee) error

func taken(ctx context.Context, tx *ledger.Tx, steps []EmployeeStep, before, after attendance.Employee) error {
	for _, step := range steps {
		if err := step(ctx, tx, before, after); err != nil {
			return err
		}
	}
	return nil
}

// EmployeeEdit is a change of an employee.
type EmployeeEdit struct {
	Version string // of the employee and the employments as they were read; "" for whichever there are
	Change  func(e *attendance.Employee) error
	May     MayMove // about another branch, and every branch that loses dates by it
	Also    []EmployeeStep
}

// ChangeEmployee lets an edit have its way with a locked employee and stores the outcome. An error of it ends it. A
// version other than the present one is CodeStale, who was forgotten CodeForgotten, a number that somebody else has
// CodeConflict. When nothing changed, nothing is written. Another branch is a move from now on (see dated), so that
// after may still be in the one before. Whoever is deactivated has a last day (see leaves). The further steps are taken
// when something changed.
func (s *Employees) ChangeEmployee(ctx context.Context, id int64, by ledger.Actor, e EmployeeEdit) (
	attendance.Employee, error) {
	var after attendance.Employee
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row EmployeeRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
			return db.NotFound("change employee", "no such employee", err)
		}
		before := row.Domain()
		if before.Forgotten {
			return attendance.Forgotten()
		}
		after = row.Domain()
		if err := e.Change(&after); err != nil {
			return err
		}
		if e.Version != "" {
			all, err := employments.Of(ctx, tx, []int64{id})
			if err != nil {
				return err
			}
			if err := db.Unchanged(e.Version, EmployeeState{before, all[id].Domain()}); err != nil {
				return err
			}
		}
		if err := checks.WholeEmployee(&after); err != nil {
			return err
		}
		ref, err := s.plans.Reference(ctx, tx)
		if err != nil {
			return err
		}
		if err := identity.BackInUse(ctx, s.db, tx, &before, &after); err != nil {
			return err
		}
		if err := s.leaves(ref, &before, &after); err != nil {
			return err
		}
		if before.Equal(after) {
			return nil
		}
		row = newEmployeeRow(after)
		stays := placeColumns
		if after.Number == before.Number {
			stays = append(stays, "number_key") // which a number may lack that is as old as its look-alike
		} else if err := s.renumber(ctx, tx, &after); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&row).ExcludeColumn(stays...).WherePK().Exec(ctx); err != nil {
			return err
		}
		edits := []edit{{before: before, after: after}}
		if err := s.dated(ctx, tx.Tx, edits); err != nil {
			return err
		}
		if err := s.edited(ctx, tx, edits, e.May); err != nil {
			return err
		}
		row = EmployeeRow{}
		if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
			return err
		}
		if after = row.Domain(); before.Equal(after) {
			return nil
		}
		if err := taken(ctx, tx, e.Also, before, after); err != nil {
			return err
		}
		return auditEmployee(tx, &before, &after)
	})
	return after, identity.EmployeeError("change employee", err)
}

// renumber changes days: lines of files and terminals that wait, or come again, are whose number they name.
func (s *Employees) renumber(ctx context.Context, tx *ledger.Tx, e *attendance.Employee) error {
	tomorrow := attendance.DateOf(tx.Now, time.UTC) + 1 // which it may be there already
	err := tx.Touch(ctx, ledger.Touch{EmployeeIDs: []int64{e.ID}, From: attendance.EverSince, To: tomorrow})
	if err != nil {
		return err
	}
	return identity.Renumber(ctx, tx, s.db.Log, e.Number, e.ID)
}

// leaves gives whoever becomes inactive a last day, if none is given: today, where they work. Who had left, or is new,
// keeps the one that there was, if any.
func (s *Employees) leaves(ref *Reference, before, after *attendance.Employee) error {
	switch {
	case after.Status != attendance.EmployeeInactive || after.LeftOn != nil:
		return nil
	case before.Status != attendance.EmployeeActive:
		after.LeftOn = before.LeftOn
		return nil
	}
	b, err := ref.Branch(after.BranchID)
	if err != nil {
		return err
	}
	today := max(b.Today(s.db.Clock.Now()), attendance.DateOr(after.HiredOn, attendance.EverSince))
	after.LeftOn = &today
	return nil
}

// auditEmployee adds the audit entry of one change; before is nil for a new employee.
func auditEmployee(tx *ledger.Tx, before, after *attendance.Employee) error {
	action := actionEmployeeAdd
	if before != nil {
		switch {
		case before.Status == after.Status:
			action = actionEmployeeEdit
		case after.Status == attendance.EmployeeActive:
			action = actionEmployeeBack
		default:
			action = actionEmployeeLeave
		}
	}
	return ledger.AuditChange(tx, action, ledger.Row{Table: auditEmployees, ID: after.ID}, before, after)
}
