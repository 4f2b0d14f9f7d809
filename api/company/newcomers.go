package company

import (
	"cmp"
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
)

type accountFields struct {
	Login  string `json:"login,omitempty" maxLength:"200" doc:"@accountFields.login"`
	Locale string `json:"locale,omitempty" enum:"id,en" default:"id"`
}

type patternFields struct {
	From  string  `json:"from" maxLength:"10" doc:"YYYY-MM-DD, at most 366 days back."`
	Weeks []int64 `json:"weeks" minItems:"7" maxItems:"371" doc:"@assignInput.pattern"`
}

type giveAccountInput struct {
	rest.IDInput
	Body accountFields
}

// newcomer is an employee with what they sign in with for the first time.
type newcomer struct {
	EmployeeDetail
	Login    string `json:"login,omitempty" doc:"Of the account that was made."`
	Password string `json:"password,omitempty" doc:"@newcomer.password"`
}

func (a *api) registerNewcomers(r *rest.Router) {
	give := rest.Op("POST /api/employees/{id}/account", "give-account", "Make an account for an employee who has none",
		tagDirectory, http.StatusNotFound, http.StatusConflict)
	give.Description = "One of the role employee. Somebody who has one, or has left, is 409."
	give.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, rest.Confirmed(give), rest.Dashboard, rest.Secretly(a.giveAccount))
}

func (a *api) addEmployee(ctx context.Context, in *addEmployeeInput) (out newcomer, err error) {
	b := in.Body
	if u := rest.UserOf(ctx); !u.SeesBranch(b.BranchID) {
		return out, rest.NotFound()
	}
	e := attendance.Employee{Number: rest.OneSpace(b.Number), Name: rest.OneSpace(b.Name), BranchID: b.BranchID,
		Department: rest.OneSpace(b.Department),
		Position:   rest.OneSpace(b.Position), Status: attendance.EmployeeActive}
	if e.HiredOn, err = rest.OptionalDate("hired_on", b.HiredOn); err != nil {
		return out, err
	}
	var also []company.EmployeeStep
	if b.Pattern != nil {
		plan := attendance.Assignment{Pattern: b.Pattern.Weeks}
		if plan.From, err = rest.RequiredDate("from", b.Pattern.From); err != nil {
			return out, err
		}
		also = append(also, a.o.Store.Assignments.Giver(plan))
	}
	if b.Account != nil {
		if err := rest.NeedConfirmed(ctx); err != nil {
			return out, err
		}
		u, hash, err := a.newAccount(ctx, &e, b.Account, &out)
		if err != nil {
			return out, err
		}
		also = append(also, a.o.Store.Users.Joiner(u, hash))
	}
	if e, err = a.o.Store.Employees.AddEmployee(ctx, e, rest.ActorOf(ctx), also...); err != nil {
		return newcomer{}, err
	}
	out.EmployeeDetail, err = a.employeeDetail(ctx, e)
	return out, err
}

// newAccount returns an account for an employee, who may get an id only later, with the hash of the password that is
// made for it. Both are told in the answer.
func (a *api) newAccount(ctx context.Context, e *attendance.Employee, wanted *accountFields,
	told *newcomer) (u account.User, hash string, err error) {
	u = account.User{Login: account.NormalLogin(cmp.Or(wanted.Login, e.Number)), Name: e.Name,
		Role: account.RoleEmployee, EmployeeID: e.ID, Locale: cmp.Or(wanted.Locale, "id"), MustChangePassword: true}
	whole := u
	whole.EmployeeID = cmp.Or(e.ID, 1)
	if err := whole.Check(); err != nil { // before the hash is paid for
		return u, "", err
	}
	told.Login, told.Password = u.Login, account.NewPassword()
	hash, err = a.o.Hasher.Hash(ctx, told.Password, u.Login, u.Name)
	return u, hash, err
}

func (a *api) giveAccount(ctx context.Context, in *giveAccountInput) (out newcomer, err error) {
	e, err := a.o.Store.Employees.Employee(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if u := rest.UserOf(ctx); !u.SeesBranch(e.BranchID) {
		return out, rest.NotFound()
	}
	has, err := a.o.Store.Users.AccountsOf(ctx, e.ID)
	switch {
	case err != nil:
		return out, err
	case e.Forgotten:
		return out, attendance.Forgotten()
	case e.Status != attendance.EmployeeActive:
		return out, &attendance.Error{Code: attendance.CodeConflict, Field: "login",
			Message: "This person has left; only who is employed gets an account."}
	case len(has) > 0:
		return out, &attendance.Error{Code: attendance.CodeConflict, Field: "login",
			Message: "This person has an account already."}
	}
	u, hash, err := a.newAccount(ctx, &e, &in.Body, &out)
	if err != nil {
		return out, err
	}
	if err := a.o.Store.Users.Give(ctx, rest.ActorOf(ctx), u, hash); err != nil {
		return newcomer{}, err
	}
	out.EmployeeDetail, err = a.employeeDetail(ctx, e)
	return out, err
}
