package company

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
)

type employeesInput struct {
	rest.PageInput
	Branch         []int64 `query:"branch"`
	Status         string  `query:"status" enum:"active,inactive"`
	Query          string  `query:"q" maxLength:"100" doc:"@q"`
	WithoutShiftOn string  `query:"without_shift_on" maxLength:"10" doc:"@employeesInput.without_shift_on"`
}

func (a *api) registerDirectory(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/employees", "list-employees", "Employees, by id", tagDirectory), rest.Attendance,
		a.employees)
	rest.Handle(r, rest.Op("GET /api/branches", "list-branches",
		"Branches that the caller has to do with, by code", tagDirectory), rest.Linked,
		func(ctx context.Context, _ *struct{}) (rest.List[BranchItem], error) {
			rows, err := a.branches(ctx)
			return rest.NewList(rest.Items(rows, branchItem), "", a.o.Clock.Now()), err
		})
	rest.Handle(r, rest.Op("GET /api/branches/{id}", "get-branch", "One branch", tagDirectory, http.StatusNotFound),
		rest.Linked, func(ctx context.Context, in *rest.IDInput) (BranchItem, error) {
			rows, err := a.branches(ctx)
			return one(rows, err, branchItem, func(b attendance.Branch) bool { return b.ID == in.ID })
		})
	// Shifts hold nothing about anybody; every signed-in person of the company may read them.
	rest.Handle(r, rest.Op("GET /api/shifts", "list-shifts", "Shifts, by code", tagDirectory), rest.SignedIn,
		func(ctx context.Context, _ *struct{}) (rest.List[ShiftItem], error) {
			rows, err := a.o.Store.Shifts.Shifts(ctx)
			return rest.NewList(rest.Items(rows, shiftItem), "", a.o.Clock.Now()), err
		})
	rest.Handle(r, rest.Op("GET /api/shifts/{id}", "get-shift", "One shift", tagDirectory, http.StatusNotFound),
		rest.SignedIn, func(ctx context.Context, in *rest.IDInput) (ShiftItem, error) {
			rows, err := a.o.Store.Shifts.Shifts(ctx)
			return one(rows, err, shiftItem, func(s attendance.Shift) bool { return s.ID == in.ID })
		})
}

// one shows the row that is meant of those that were read.
func one[T, I any](rows []T, err error, item func(T) I, meant func(T) bool) (I, error) {
	if i := slices.IndexFunc(rows, meant); err == nil && i >= 0 {
		return item(rows[i]), nil
	}
	var none I
	return none, cmp.Or(err, rest.NotFound())
}

func (a *api) employees(ctx context.Context, in *employeesInput) (out rest.List[attendance.Employee], err error) {
	u := rest.UserOf(ctx)
	if !u.SeesDashboard() && u.EmployeeID != 0 {
		e, err := a.o.Store.Employees.Employee(ctx, u.EmployeeID)
		return rest.NewList([]attendance.Employee{e}, "", a.o.Clock.Now()), err
	}
	f := company.EmployeeFilter{Status: attendance.EmployeeStatus(in.Status), Query: in.Query, Limit: in.Limit,
		Cursor: in.Cursor}
	if f.BranchIDs, err = rest.BranchScope(u, in.Branch); err != nil {
		return out, err
	}
	if f.WithoutShiftOn, err = rest.OptionalDate("without_shift_on", in.WithoutShiftOn); err != nil {
		return out, err
	}
	rows, next, err := a.o.Store.Employees.Employees(ctx, f)
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

// branches returns those in the caller's scope, and an employee's own.
func (a *api) branches(ctx context.Context) ([]attendance.Branch, error) {
	u := rest.UserOf(ctx)
	ids := rest.OwnBranches(u)
	if ids != nil && u.EmployeeID != 0 {
		e, err := a.o.Store.Employees.Employee(ctx, u.EmployeeID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, e.BranchID)
	}
	return a.o.Store.Branches.Branches(ctx, ids)
}
