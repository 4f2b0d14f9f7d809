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

type moveInput struct {
	IDInput
	Body struct {
		From       string  `json:"from" maxLength:"10" example:"2026-12-01" doc:"The first date in the other branch, on its clocks: at most 366 days back."`
		BranchID   int64   `json:"branch_id" minimum:"1"`
		Department *string `json:"department,omitempty" maxLength:"100" doc:"Left out: as on the date before."`
		Position   *string `json:"position,omitempty" maxLength:"100" doc:"Left out: as on the date before."`
		Reason     string  `json:"reason" minLength:"1" maxLength:"500"`
		Version    string  `json:"version,omitempty" maxLength:"64" doc:"version of the employee as it was read. Another one is answered with 409."`
	}
}

type cancelMoveInput struct {
	IDInput
	From string `path:"from" example:"2026-12-01" doc:"The date from which the employment that is taken away would hold."`
}

func (a *API) registerMoves(h huma.API) {
	move := private(http.MethodPost, "/api/employees/{id}/moves", "move-employee",
		"Put an employee into another branch, department or position from a date on",
		tagDirectory, http.StatusNotFound, http.StatusConflict)
	move.DefaultStatus = http.StatusCreated
	move.Description = "Holds until the next employment begins. Past dates that change their branch are computed " +
		"again, and both branches' recaps with them; " +
		"a date of a period that is settled in either branch is refused (period_locked). By admins, and by branch " +
		"admins of both branches; " +
		"nobody moves themselves while somebody else could."
	huma.Register(h, move, func(ctx context.Context, in *moveInput) (*answer[EmployeeDetail], error) {
		if err := a.move(ctx, in); err != nil {
			return nil, a.fail(ctx, err)
		}
		return a.employeeAfter(ctx, in.ID)
	})
	cancel := private(http.MethodDelete, "/api/employees/{id}/moves/{from}", "cancel-move",
		"Take a move back that has not begun", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	cancel.DefaultStatus = http.StatusNoContent
	cancel.Description = "One that has begun is undone by another move. Who may is as in move-employee."
	huma.Register(h, cancel, func(ctx context.Context, in *cancelMoveInput) (*struct{}, error) {
		return nil, a.fail(ctx, a.cancelMove(ctx, in))
	})
}

func (a *API) move(ctx context.Context, in *moveInput) error {
	b := in.Body
	from, err := optionalDate("from", b.From)
	if err != nil {
		return err
	}
	o := store.MoveOrder{BranchID: b.BranchID, Department: spaced(b.Department), Position: spaced(b.Position),
		Reason: oneSpace(b.Reason)}
	return a.moving(ctx, in.ID, func(may func(int64) error) error {
		if from == nil {
			return &attendance.Error{Code: attendance.CodeInvalidDate, Field: "from",
				Message: "A date of the form YYYY-MM-DD is expected."}
		}
		o.From = *from
		if err := may(o.BranchID); err != nil {
			return err
		}
		return a.o.Store.MoveEmployee(ctx, in.ID, strings.Clone(b.Version), o, actorOf(ctx), may)
	})
}

func (a *API) cancelMove(ctx context.Context, in *cancelMoveInput) error {
	return a.moving(ctx, in.ID, func(may func(int64) error) error {
		from, err := parseDate("from", in.From)
		if err != nil {
			return err
		}
		return a.o.Store.CancelMove(ctx, in.ID, from, actorOf(ctx), may)
	})
}

// moving lets do change where an employee belongs, if the caller may. do gets what tells whether the caller may have to
// do with a branch.
func (a *API) moving(ctx context.Context, id int64, do func(may func(branchID int64) error) error) error {
	u, err := administers(ctx)
	if err != nil {
		return err
	}
	if err := a.notOneself(ctx, &u, id); err != nil {
		return err
	}
	return do(func(branchID int64) error {
		if !u.SeesBranch(branchID) {
			return notFound()
		}
		return nil
	})
}

// notOneself refuses to let somebody decide where they themselves belong, which decides about their days and pay, while
// somebody else could.
func (a *API) notOneself(ctx context.Context, u *account.User, employeeID int64) error {
	if u.EmployeeID == 0 || u.EmployeeID != employeeID {
		return nil
	}
	e, err := a.o.Store.Employee(ctx, employeeID)
	if err != nil {
		return err
	}
	others, err := a.o.Store.OtherDeciders(ctx, u.ID, e.BranchID)
	if err == nil && others {
		err = attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own employment.")
	}
	return err
}

// employeeAfter shows an employee after a change, also to an admin who moved it out of sight.
func (a *API) employeeAfter(ctx context.Context, id int64) (*answer[EmployeeDetail], error) {
	e, err := a.o.Store.Employee(ctx, id)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return a.employeeDetail(ctx, e)
}

// everBelonged returns the branch of an employee if the caller sees it, else the latest one that the caller sees;
// CodeNotFound if there is none.
func (a *API) everBelonged(ctx context.Context, u *account.User, employeeID int64) (branchID int64, err error) {
	e, err := a.o.Store.Employee(ctx, employeeID)
	if err != nil || u.SeesEmployee(e.ID, e.BranchID) {
		return e.BranchID, err
	}
	all, err := a.o.Store.Employments(ctx, employeeID)
	for i := len(all) - 1; err == nil && i >= 0; i-- {
		if u.SeesEmployee(employeeID, all[i].BranchID) {
			return all[i].BranchID, nil
		}
	}
	if err == nil {
		err = notFound()
	}
	return 0, err
}

// spaced is oneSpace for a field that may be left out.
func spaced(s *string) *string {
	if s == nil {
		return nil
	}
	out := oneSpace(*s)
	return &out
}
