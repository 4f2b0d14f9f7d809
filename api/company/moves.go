package company

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
)

type moveInput struct {
	rest.IDInput
	Body struct {
		From       string  `json:"from" maxLength:"10" example:"2026-12-01" doc:"@moveInput.from"`
		BranchID   int64   `json:"branch_id" minimum:"1"`
		Department *string `json:"department,omitempty" maxLength:"100" doc:"Left out: as on the date before."`
		Position   *string `json:"position,omitempty" maxLength:"100" doc:"Left out: as on the date before."`
		Reason     string  `json:"reason" minLength:"1" maxLength:"500" text:"lines"`
		Version    string  `json:"version,omitempty" maxLength:"64" doc:"@employeeChange.version"`
	}
}

type cancelMoveInput struct {
	rest.IDInput
	From string `path:"from" example:"2026-12-01" doc:"@cancelMoveInput.from"`
}

func (a *api) registerMoves(r *rest.Router) {
	move := rest.Op("POST /api/employees/{id}/moves", "move-employee",
		"Put an employee into another branch, department or position from a date on",
		tagDirectory, http.StatusNotFound, http.StatusConflict)
	move.DefaultStatus = http.StatusCreated
	move.Description = "Holds until the next employment begins. Past dates that change their branch are computed " +
		"again, and both branches' recaps with them; " +
		"a date of a period that is settled in either branch is refused (period_locked). By admins, and by branch " +
		"admins of both branches; " +
		"nobody moves themselves while somebody else could."
	rest.Handle(r, move, rest.Dashboard, func(ctx context.Context, in *moveInput) (out EmployeeDetail, err error) {
		if err := a.move(ctx, in); err != nil {
			return out, err
		}
		return a.employeeAfter(ctx, in.ID)
	})
	cancel := rest.Op("DELETE /api/employees/{id}/moves/{from}", "cancel-move",
		"Take a move back that has not begun", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	cancel.DefaultStatus = http.StatusNoContent
	cancel.Description = "One that has begun is undone by another move. Who may is as in move-employee."
	rest.Handle(r, cancel, rest.Dashboard, rest.Do(a.cancelMove))
}

func (a *api) move(ctx context.Context, in *moveInput) error {
	b := in.Body
	may, err := a.mayMove(ctx, in.ID)
	if err != nil {
		return err
	}
	from, err := rest.RequiredDate("from", b.From)
	if err != nil {
		return err
	}
	if err := may(in.ID, b.BranchID); err != nil {
		return err
	}
	o := company.MoveOrder{EmployeeID: in.ID, Version: b.Version, From: from, BranchID: b.BranchID,
		Department: rest.Spaced(b.Department), Position: rest.Spaced(b.Position), Reason: rest.OneSpace(b.Reason)}
	return a.o.Store.Employees.MoveEmployee(ctx, o, rest.ActorOf(ctx), may)
}

func (a *api) cancelMove(ctx context.Context, in *cancelMoveInput) error {
	may, err := a.mayMove(ctx, in.ID)
	if err != nil {
		return err
	}
	from, err := rest.ParseDate("from", in.From)
	if err != nil {
		return err
	}
	return a.o.Store.Employees.CancelMove(ctx, in.ID, from, rest.ActorOf(ctx), may)
}

// mayMove fails unless the caller may decide where an employee belongs, and returns what refuses the branches that the
// caller has nothing to do with.
func (a *api) mayMove(ctx context.Context, employeeID int64) (may company.MayMove, err error) {
	u := rest.UserOf(ctx)
	if err := a.notOneself(ctx, employeeID); err != nil {
		return nil, err
	}
	return seesBranches(&u), nil
}

// seesBranches refuses to take dates from branches that a user has nothing to do with, or to give them some.
func seesBranches(u *account.User) company.MayMove {
	return func(_, branchID int64) error {
		if !u.SeesBranch(branchID) {
			return rest.NotFound()
		}
		return nil
	}
}

// notOneself refuses to let somebody decide where they themselves belong, which decides about their days and pay, while
// somebody else could.
func (a *api) notOneself(ctx context.Context, employeeID int64) error {
	by := rest.ActorOf(ctx)
	if !by.MayBe(employeeID) {
		return nil
	}
	e, err := a.o.Store.Employees.Employee(ctx, employeeID)
	if err != nil {
		return err
	}
	others, err := a.o.Store.Users.OtherDeciders(ctx, by.UserID, employeeID, e.BranchID)
	if err == nil && others {
		err = attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own employment.")
	}
	return err
}

// employeeAfter shows an employee after a change, also to an admin who moved it out of sight.
func (a *api) employeeAfter(ctx context.Context, id int64) (out EmployeeDetail, err error) {
	e, err := a.o.Store.Employees.Employee(ctx, id)
	if err != nil {
		return out, err
	}
	return a.employeeDetail(ctx, e)
}
