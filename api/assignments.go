package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

type assigneeFilter struct {
	Branch       int64  `json:"branch,omitempty" minimum:"0" doc:"0: every branch in the caller's scope."`
	Query        string `json:"q,omitempty" maxLength:"100" doc:"Beginning of the employee number, or part of the name."`
	WithoutShift bool   `json:"without_shift,omitempty" doc:"Only those whom no assignment covers on from."`
}

type assignInput struct {
	Body struct {
		EmployeeIDs []int64         `json:"employee_ids,omitempty" maxItems:"5000"`
		Filter      *assigneeFilter `json:"filter,omitempty" doc:"Every active employee that matches. Give either this or employee_ids."`
		From        string          `json:"from" maxLength:"10" doc:"YYYY-MM-DD, at most 366 days back."`
		To          string          `json:"to,omitempty" maxLength:"10" doc:"YYYY-MM-DD, the last day; empty: open."`
		Pattern     []int64         `json:"pattern" minItems:"7" maxItems:"371" doc:"Seven shift ids for each week, Monday first; 0 is a day off. More weeks take turns; the first is the one that holds from."`
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
	IDInput
	Body struct {
		To string `json:"to" maxLength:"10" doc:"YYYY-MM-DD, the last day; empty: open."`
	}
}

// everSince is before every date that the API takes.
var everSince = attendance.NewDate(1900, 1, 1)

func (a *API) registerAssignments(h huma.API) {
	assign := private(http.MethodPost, "/api/shift-assignments", "assign-shifts",
		"Give many employees a weekly pattern", tagShifts, http.StatusNotFound)
	assign.Description = "All or nobody. An assignment that begins on the same date is replaced; of several that " +
		"cover a date, the one that begins last counts."
	huma.Register(h, assign, func(ctx context.Context, in *assignInput) (*answer[assigned], error) {
		n, err := a.assignShifts(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[assigned]{assigned{n}}, nil
	})
	huma.Register(h, private(http.MethodGet, "/api/shift-assignments", "list-shift-assignments",
		"Shift assignments of one employee, the latest first", tagShifts, http.StatusNotFound),
		func(ctx context.Context, in *assignmentsInput) (*answer[list[attendance.Assignment]], error) {
			e, err := a.o.Store.Employee(ctx, in.Employee)
			if u := callerOf(ctx).user; err == nil && !u.SeesEmployee(e.ID, e.BranchID) {
				err = notFound()
			}
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			rows, err := a.o.Store.AssignmentsOf(ctx, in.Employee, everSince)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, rows, ""), nil
		})
	end := private(http.MethodPatch, "/api/shift-assignments/{id}", "end-shift-assignment",
		"Set the last day of a shift assignment", tagShifts, http.StatusNotFound)
	huma.Register(h, end, func(ctx context.Context, in *endAssignmentInput) (*answer[attendance.Assignment], error) {
		after, err := a.endAssignment(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[attendance.Assignment]{after}, nil
	})
	remove := private(http.MethodDelete, "/api/shift-assignments/{id}", "remove-shift-assignment",
		"Take a shift assignment away", tagShifts, http.StatusNotFound)
	remove.Description = "As if it had never been: days since its first date, at most 366 back, are computed again. " +
		"One that did hold is ended instead, by PATCH."
	remove.DefaultStatus = http.StatusNoContent
	huma.Register(h, remove, func(ctx context.Context, in *IDInput) (*struct{}, error) {
		return nil, a.fail(ctx, a.removeAssignment(ctx, in.ID))
	})
}

func (a *API) removeAssignment(ctx context.Context, id int64) error {
	u, err := administers(ctx)
	if err != nil {
		return err
	}
	branches, err := branchScope(u, nil)
	if err != nil {
		return err
	}
	return a.o.Store.RemoveAssignment(ctx, id, branches, actorOf(ctx))
}

func (a *API) assignShifts(ctx context.Context, in *assignInput) (int, error) {
	u, err := administers(ctx)
	if err != nil {
		return 0, err
	}
	b := in.Body
	if (b.Filter == nil) == (len(b.EmployeeIDs) == 0) {
		return 0, attendance.Invalid("employee_ids", "Give either employee_ids or filter.")
	}
	from, err := optionalDate("from", b.From)
	if err != nil {
		return 0, err
	}
	if from == nil {
		return 0, &attendance.Error{Code: attendance.CodeInvalidDate, Field: "from",
			Message: "A date of the form YYYY-MM-DD is expected."}
	}
	to, err := optionalDate("to", b.To)
	if err != nil {
		return 0, err
	}
	o := store.AssignmentOrder{Plan: attendance.Assignment{From: *from, To: to, Pattern: slices.Clone(b.Pattern)}}
	var asked []int64
	if f := b.Filter; f != nil {
		o.Filter.Query = strings.Clone(f.Query)
		if f.WithoutShift {
			o.Filter.WithoutShiftOn = from
		}
		if f.Branch != 0 {
			asked = []int64{f.Branch}
		}
	} else {
		o.EmployeeIDs = slices.Clone(b.EmployeeIDs)
	}
	if o.BranchIDs, err = branchScope(u, asked); err != nil {
		return 0, err
	}
	if b.DryRun {
		return a.o.Store.CountAssignees(ctx, o)
	}
	return a.o.Store.AssignShifts(ctx, o, actorOf(ctx))
}

func (a *API) endAssignment(ctx context.Context, in *endAssignmentInput) (attendance.Assignment, error) {
	var none attendance.Assignment
	u, err := administers(ctx)
	if err != nil {
		return none, err
	}
	to, err := optionalDate("to", in.Body.To)
	if err != nil {
		return none, err
	}
	ids, err := branchScope(u, nil)
	if err != nil {
		return none, err
	}
	return a.o.Store.EndAssignment(ctx, in.ID, to, ids, actorOf(ctx))
}
