package company

import (
	"context"
	"net/http"
	"slices"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
)

type assigneeFilter struct {
	Branch       int64  `json:"branch,omitempty" minimum:"0" doc:"0: every branch in the caller's scope."`
	Query        string `json:"q,omitempty" maxLength:"100" doc:"@q"`
	WithoutShift bool   `json:"without_shift,omitempty" doc:"Only those whom no assignment covers on from."`
}

type assignInput struct {
	Body struct {
		EmployeeIDs []int64         `json:"employee_ids,omitempty" maxItems:"5000"`
		Filter      *assigneeFilter `json:"filter,omitempty" doc:"@assignInput.filter"`
		From        string          `json:"from" maxLength:"10" doc:"YYYY-MM-DD, at most 366 days back."`
		To          string          `json:"to,omitempty" maxLength:"10" doc:"YYYY-MM-DD, the last day; empty: open."`
		Pattern     []int64         `json:"pattern" minItems:"7" maxItems:"371" doc:"@assignInput.pattern"`
		DryRun      bool            `json:"dry_run,omitempty" doc:"Only count whom it would concern."`
	}
}

type assigned struct {
	Assigned int `json:"assigned" doc:"Employees who got the pattern, or would."`
}

type assignmentsInput struct {
	Employee int64 `query:"employee" minimum:"1" required:"true"`
}

type endAssignmentInput struct {
	rest.IDInput
	Body struct {
		To string `json:"to" maxLength:"10" doc:"YYYY-MM-DD, the last day; empty: open."`
	}
}

func (a *api) registerAssignments(r *rest.Router) {
	assign := rest.Op("POST /api/shift-assignments", "assign-shifts",
		"Give many employees a weekly pattern", tagShifts, http.StatusNotFound)
	assign.Description = "All or nobody. An assignment that begins on the same date is replaced; of several that " +
		"cover a date, the one that begins last counts."
	rest.Handle(r, assign, rest.Dashboard, a.assignShifts)
	list := rest.Op("GET /api/shift-assignments", "list-shift-assignments",
		"Shift assignments of one employee, the latest first", tagShifts, http.StatusNotFound)
	list.Description = "Of an employee of another branch those that cover dates in one of the caller's."
	rest.Handle(r, list, rest.Own, a.assignments)
	end := rest.Op("PATCH /api/shift-assignments/{id}", "end-shift-assignment",
		"Set the last day of a shift assignment", tagShifts, http.StatusNotFound)
	rest.Handle(r, end, rest.Dashboard, a.endAssignment)
	remove := rest.Op("DELETE /api/shift-assignments/{id}", "remove-shift-assignment",
		"Take a shift assignment away", tagShifts, http.StatusNotFound)
	remove.Description = "As if it had never been: days since its first date, at most 366 back, are computed again. " +
		"One that did hold is ended instead, by PATCH."
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, remove, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Assignments.RemoveAssignment(ctx, in.ID, rest.OwnBranches(rest.UserOf(ctx)), rest.ActorOf(ctx))
	}))
}

func (a *api) assignments(ctx context.Context, in *assignmentsInput) (out rest.List[attendance.Assignment], err error) {
	u := rest.UserOf(ctx)
	e, err := a.o.Store.Employees.Employee(ctx, in.Employee)
	if err != nil {
		return out, err
	}
	rows, err := a.o.Store.Assignments.AssignmentsOf(ctx, e.ID, attendance.EverSince)
	if err == nil && !u.SeesEmployee(e.ID, e.BranchID) {
		rows, err = a.assignmentsThere(ctx, &u, e.ID, rows)
	}
	return rest.NewList(rows, "", a.o.Clock.Now()), err
}

// assignmentsThere keeps the assignments of dates on which an employee of elsewhere belonged to branches that a user
// looks after, who changes those dates; CodeNotFound if there never were any.
func (a *api) assignmentsThere(ctx context.Context, u *account.User, employeeID int64,
	rows []attendance.Assignment) ([]attendance.Assignment, error) {
	employments, err := a.o.Store.Employees.Employments(ctx, employeeID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(employments, func(m attendance.Employment) bool { return u.SeesBranch(m.BranchID) }) {
		return nil, rest.NotFound()
	}
	return slices.DeleteFunc(rows, func(p attendance.Assignment) bool {
		for i, m := range employments {
			begun := i+1 == len(employments) || p.From < employments[i+1].From
			if begun && (p.To == nil || *p.To >= m.From) && u.SeesBranch(m.BranchID) {
				return false
			}
		}
		return true
	}), nil
}

func (a *api) assignShifts(ctx context.Context, in *assignInput) (out assigned, err error) {
	b := in.Body
	if (b.Filter == nil) == (len(b.EmployeeIDs) == 0) {
		return out, attendance.Invalid("employee_ids", "Give either employee_ids or filter.")
	}
	from, err := rest.RequiredDate("from", b.From)
	if err != nil {
		return out, err
	}
	to, err := rest.OptionalDate("to", b.To)
	if err != nil {
		return out, err
	}
	o := company.AssignmentOrder{Plan: attendance.Assignment{From: from, To: to, Pattern: b.Pattern},
		EmployeeIDs: b.EmployeeIDs}
	var asked []int64
	if f := b.Filter; f != nil {
		o.Filter.Query = f.Query
		if f.WithoutShift {
			o.Filter.WithoutShiftOn = &from
		}
		if f.Branch != 0 {
			asked = []int64{f.Branch}
		}
	}
	if o.BranchIDs, err = rest.BranchScope(rest.UserOf(ctx), asked); err != nil {
		return out, err
	}
	if b.DryRun {
		out.Assigned, err = a.o.Store.Assignments.CountAssignees(ctx, o, rest.ActorOf(ctx))
	} else {
		out.Assigned, err = a.o.Store.Assignments.AssignShifts(ctx, o, rest.ActorOf(ctx))
	}
	return out, err
}

func (a *api) endAssignment(ctx context.Context, in *endAssignmentInput) (out attendance.Assignment, err error) {
	to, err := rest.OptionalDate("to", in.Body.To)
	if err != nil {
		return out, err
	}
	return a.o.Store.Assignments.EndAssignment(ctx, in.ID, to, rest.OwnBranches(rest.UserOf(ctx)), rest.ActorOf(ctx))
}
