package api

import (
	"context"
	"net/http"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

const tagDirectory = "Directory"

type employeesInput struct {
	PageInput
	Branch []int64 `query:"branch"`
	Status string  `query:"status" enum:"active,inactive"`
	Query  string  `query:"q" maxLength:"100" doc:"Beginning of the employee number, or part of the name."`
	// WithoutShiftOn is a date.
	WithoutShiftOn string `query:"without_shift_on" maxLength:"10" doc:"YYYY-MM-DD: only those whom no shift assignment covers on that date."`
}

type IDInput struct {
	ID int64 `path:"id" minimum:"1"`
}

func (a *API) registerDirectory(h huma.API) {
	huma.Register(h, private(http.MethodGet, "/api/employees", "list-employees", "Employees, by id", tagDirectory),
		func(ctx context.Context, in *employeesInput) (*answer[list[attendance.Employee]], error) {
			u := callerOf(ctx).user
			if u.Role == account.RoleEmployee && u.EmployeeID != 0 {
				e, err := a.o.Store.Employee(ctx, u.EmployeeID)
				if err != nil {
					return nil, a.fail(ctx, err)
				}
				return newList(a, []attendance.Employee{e}, ""), nil
			}
			ids, err := branchScope(u, in.Branch)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			on, err := optionalDate("without_shift_on", in.WithoutShiftOn)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			rows, next, err := a.o.Store.Employees(ctx,
				store.EmployeeFilter{BranchIDs: ids, WithoutShiftOn: on,
					Status: attendance.EmployeeStatus(strings.Clone(in.Status)),
					Query:  strings.Clone(in.Query), Limit: in.Limit, Cursor: strings.Clone(in.Cursor)})
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, rows, next), nil
		})
	huma.Register(h, private(http.MethodGet, "/api/branches", "list-branches",
		"Branches that the caller has to do with, by code", tagDirectory),
		func(ctx context.Context, _ *struct{}) (*answer[list[BranchItem]], error) {
			rows, err := a.branches(ctx)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, items(rows, branchItem), ""), nil
		})
	huma.Register(h, private(http.MethodGet, "/api/branches/{id}", "get-branch", "One branch", tagDirectory,
		http.StatusNotFound),
		func(ctx context.Context, in *IDInput) (*answer[BranchItem], error) {
			rows, err := a.branches(ctx)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			for _, b := range rows {
				if b.ID == in.ID {
					return &answer[BranchItem]{branchItem(b)}, nil
				}
			}
			return nil, a.fail(ctx, notFound())
		})
	// Shifts hold nothing about anybody; every signed-in person of the company may read them.
	huma.Register(h, private(http.MethodGet, "/api/shifts", "list-shifts", "Shifts, by code", tagDirectory),
		func(ctx context.Context, _ *struct{}) (*answer[list[ShiftItem]], error) {
			rows, err := a.o.Store.Shifts(ctx)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, items(rows, shiftItem), ""), nil
		})
	huma.Register(h, private(http.MethodGet, "/api/shifts/{id}", "get-shift", "One shift", tagDirectory,
		http.StatusNotFound),
		func(ctx context.Context, in *IDInput) (*answer[ShiftItem], error) {
			rows, err := a.o.Store.Shifts(ctx)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			for _, s := range rows {
				if s.ID == in.ID {
					return &answer[ShiftItem]{shiftItem(s)}, nil
				}
			}
			return nil, a.fail(ctx, notFound())
		})
}

// branches returns those in the caller's scope, and an employee's own.
func (a *API) branches(ctx context.Context) ([]attendance.Branch, error) {
	u := callerOf(ctx).user
	ids, all := u.BranchScope()
	if all {
		return a.o.Store.Branches(ctx, nil)
	}
	ids = append([]int64{}, ids...)
	if u.EmployeeID != 0 {
		e, err := a.o.Store.Employee(ctx, u.EmployeeID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, e.BranchID)
	}
	if len(ids) == 0 {
		return nil, forbidden()
	}
	return a.o.Store.Branches(ctx, ids)
}
