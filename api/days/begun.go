package days

import (
	"context"
	"time"

	"hadir/api/rest"
)

// begun is how far a company has come on its way to the first punch.
type begun struct {
	Branch   bool      `json:"branch" doc:"A branch is in use."`
	Shift    bool      `json:"shift" doc:"A shift is in use."`
	Employee bool      `json:"employee" doc:"Somebody is employed."`
	Account  bool      `json:"account" doc:"Somebody of them can sign in."`
	Pattern  bool      `json:"pattern" doc:"Somebody of them has a weekly pattern."`
	Punch    bool      `json:"punch" doc:"Somebody of them has punched."`
	First    int64     `json:"first_employee_id" doc:"The employee who was added first; 0 for nobody."`
	AsOf     time.Time `json:"as_of"`
}

func (a *API) registerBegun(r *rest.Router) {
	op := rest.Op("GET /api/begun", "get-begun", "How far the company has come to its first punch", tagAttendance)
	op.Description = "Employees, accounts, patterns and punches are those of the branches that the caller looks " +
		"after; branches and shifts are the company's."
	rest.Handle(r, op, rest.Dashboard, a.begun)
}

func (a *API) begun(ctx context.Context, _ *struct{}) (out begun, err error) {
	b, err := a.o.Store.Lists.Begun(ctx, rest.OwnBranches(rest.UserOf(ctx)))
	return begun{Branch: b.Branch, Shift: b.Shift, Employee: b.Employee != 0, Account: b.Account, Pattern: b.Pattern,
		Punch: b.Punch, First: b.Employee, AsOf: a.o.Clock.Now()}, err
}
