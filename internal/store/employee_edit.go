package store

import (
	"context"
	"strings"
	"unicode"

	"hadir/internal/attendance"

	"github.com/uptrace/bun"
)

// The audit log's words for changes of employees.
const (
	auditEmployees      = "employees"
	actionEmployeeAdd   = "employee.created"
	actionEmployeeEdit  = "employee.updated"
	actionEmployeeLeave = "employee.deactivated"
	actionEmployeeBack  = "employee.reactivated"
)

// AddEmployee inserts one employee with the first employment. A taken number is CodeConflict, an unknown branch
// CodeInvalid.
func (s *Store) AddEmployee(ctx context.Context, e attendance.Employee, by Actor) (attendance.Employee, error) {
	if err := checkWholeEmployee(&e); err != nil {
		return e, err
	}
	err := s.change(ctx, by, func(ctx context.Context, tx *Tx) error {
		row := newEmployeeRow(e)
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		e.ID = row.ID
		first := employmentRow{EmployeeID: e.ID, FromDate: attendance.EverSince, BranchID: e.BranchID,
			Department: e.Department, Position: e.Position}
		if err := s.putEmployments(ctx, tx.Tx, []employmentRow{first}); err != nil {
			return err
		}
		return auditEmployee(tx, nil, &e)
	})
	return e, employeeError("add employee", err)
}

// ChangeEmployee lets change have its way with a locked employee and stores the outcome. An error of change ends it. A
// version other than the present one is CodeStale, a number that somebody else has CodeConflict. When nothing changed,
// nothing is written. Another branch is a move from now on (see edited), so that after may still be in the one before.
// Whoever is deactivated without a last day has it today.
func (s *Store) ChangeEmployee(ctx context.Context, id int64, version string, by Actor,
	change func(e *attendance.Employee) error) (attendance.Employee, error) {
	var after attendance.Employee
	err := s.change(ctx, by, func(ctx context.Context, tx *Tx) error {
		var row employeeRow
		if err := s.forUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx); err != nil {
			return notFound("change employee", "no such employee", err)
		}
		before := row.domain()
		after = row.domain()
		if err := change(&after); err != nil {
			return err
		}
		if err := Unchanged(version, before); err != nil {
			return err
		}
		if err := checkWholeEmployee(&after); err != nil {
			return err
		}
		if before.Status == attendance.EmployeeActive && after.Status == attendance.EmployeeInactive &&
			after.LeftOn == nil {
			if err := s.leavesToday(ctx, tx.Tx, &after); err != nil {
				return err
			}
		}
		if before.Equal(after) {
			return nil
		}
		row = newEmployeeRow(after)
		if _, err := tx.NewUpdate().Model(&row).ExcludeColumn(placeColumns...).WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.edited(ctx, tx, []edit{{before: before, after: after}}); err != nil {
			return err
		}
		row = employeeRow{}
		if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
			return err
		}
		if after = row.domain(); before.Equal(after) {
			return nil
		}
		return auditEmployee(tx, &before, &after)
	})
	return after, employeeError("change employee", err)
}

// leavesToday makes today, where the employee works, the last day.
func (s *Store) leavesToday(ctx context.Context, tx bun.Tx, e *attendance.Employee) error {
	ref, err := s.reference(ctx, tx)
	if err != nil {
		return err
	}
	b, err := ref.branch(e.BranchID)
	if err != nil {
		return err
	}
	today := b.today(s.clock.Now())
	if e.HiredOn != nil {
		today = max(today, *e.HiredOn)
	}
	e.LeftOn = &today
	return nil
}

// checkWholeEmployee is checkEmployee for one person's form, which also minds the dates.
func checkWholeEmployee(e *attendance.Employee) error {
	if err := checkEmployee(e); err != nil {
		return err
	}
	for _, f := range []field{{name: "number", value: e.Number}, {name: "name", value: e.Name},
		{name: "department", value: e.Department}, {name: "position", value: e.Position}} {
		if strings.ContainsFunc(f.value, unicode.IsControl) {
			return attendance.Invalid(f.name, "it must not hold control characters")
		}
	}
	if e.HiredOn != nil && e.LeftOn != nil && *e.LeftOn < *e.HiredOn {
		return attendance.Invalid("left_on", "The last day is before the first.")
	}
	return nil
}

func employeeError(action string, err error) error {
	switch {
	case duplicate(err):
		return &attendance.Error{Code: attendance.CodeConflict, Field: "number",
			Message: "The employee number is taken.", Cause: err}
	case danglingReference(err):
		return &attendance.Error{Code: attendance.CodeInvalid, Field: "branch_id", Message: "There is no such branch.",
			Cause: err}
	}
	return failed(action, err)
}

// auditEmployee adds the audit entry of one change; before is nil for a new employee.
func auditEmployee(tx *Tx, before, after *attendance.Employee) error {
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
	return auditChange(tx, action, auditEmployees, after.ID, before, after)
}

// AssignmentsOf returns an employee's shift assignments that cover a date or begin after it, the latest first.
func (s *Store) AssignmentsOf(ctx context.Context, employeeID int64, from attendance.Date) ([]attendance.Assignment,
	error) {
	var rows []assignmentRow
	err := s.read().NewSelect().Model(&rows).Where("employee_id = ?",
		employeeID).Where("(to_date IS NULL OR to_date >= ?)", from).
		Order("from_date DESC").Scan(ctx)
	if err != nil {
		return nil, failed("load assignments", err)
	}
	out := make([]attendance.Assignment, len(rows))
	for i := range rows {
		pattern, err := parsePattern(rows[i].Pattern)
		if err != nil {
			return nil, failed("load assignments", err)
		}
		out[i] = attendance.Assignment{ID: rows[i].ID, EmployeeID: employeeID, From: rows[i].FromDate,
			To: rows[i].ToDate, Pattern: pattern}
	}
	return out, nil
}
