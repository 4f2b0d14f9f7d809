package company

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/session"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
)

// EmployeeDetail is an employee with what the form needs. It is exported because huma flattens embedded structs only
// so.
type EmployeeDetail struct {
	attendance.Employee
	Version     string                  `json:"version"     doc:"@EmployeeDetail.version"`
	Assignments []attendance.Assignment `json:"assignments" doc:"@EmployeeDetail.assignments"`
	Accounts    []employeeAccount       `json:"accounts,omitempty" doc:"@EmployeeDetail.accounts"`
	Employments []attendance.Employment `json:"employments" doc:"@EmployeeDetail.employments"`
	HasPIN      bool                    `json:"has_pin" doc:"There is a PIN for kiosks."`
	Card        string                  `json:"card,omitempty" doc:"@EmployeeDetail.card"`
}

// employeeAccount is an account as those see it who look after its person.
type employeeAccount struct {
	ID       int64        `json:"id"`
	Login    string       `json:"login"`
	Role     account.Role `json:"role"`
	Disabled bool         `json:"disabled"`
	Yours    bool         `json:"may_disable" doc:"@employeeAccount.may_disable"`
}

type employeeFields struct {
	Number     string `json:"number"               minLength:"1" maxLength:"64"`
	Name       string `json:"name"                 minLength:"1" maxLength:"200"`
	BranchID   int64  `json:"branch_id"                                          minimum:"1"`
	Department string `json:"department,omitempty"               maxLength:"100"`
	Position   string `json:"position,omitempty"                 maxLength:"100"`
	HiredOn    string `json:"hired_on,omitempty"                 maxLength:"10"              doc:"YYYY-MM-DD."`

	Account *accountFields `json:"account,omitempty" doc:"@employeeFields.account"`
	Pattern *patternFields `json:"pattern,omitempty" doc:"@employeeFields.pattern"`
}

type employeeChange struct {
	Version    string  `json:"version" minLength:"1" maxLength:"64" doc:"@employeeChange.version"`
	Number     *string `json:"number,omitempty" minLength:"1" maxLength:"64"`
	Name       *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	BranchID   *int64  `json:"branch_id,omitempty" doc:"@employeeChange.branch_id" minimum:"1"`
	Department *string `json:"department,omitempty" maxLength:"100"`
	Position   *string `json:"position,omitempty" maxLength:"100"`
	Status     *string `json:"status,omitempty" enum:"active,inactive"`
	Account    *bool   `json:"disable_account,omitempty" doc:"@employeeChange.disable_account"`
	HiredOn    *string `json:"hired_on,omitempty" maxLength:"10" doc:"YYYY-MM-DD; empty for none."`
	LeftOn     *string `json:"left_on,omitempty" maxLength:"10" doc:"@employeeChange.left_on"`
}

type addEmployeeInput struct{ Body employeeFields }

type changeEmployeeInput struct {
	rest.IDInput
	Body employeeChange
}

func (a *api) registerEmployees(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/employees/{id}", "get-employee", "One employee", tagDirectory,
		http.StatusNotFound), rest.Own, a.employee)
	add := rest.Op("POST /api/employees", "add-employee", "Add an employee", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	add.Description = "The account and the pattern come with the employee, or none of them does. Nothing is made " +
		"twice: a number or a login that exists is 409, about that field."
	add.DefaultStatus = http.StatusCreated
	add = rest.ConfirmedIf(add, "it makes an account")
	rest.HandleOutput(r, add, rest.Dashboard, rest.Secretly(a.addEmployee))
	change := rest.Op("PATCH /api/employees/{id}", "change-employee",
		"Change an employee, or let one leave or come back", tagDirectory, http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A branch admin may change people of the " +
		"branches in scope only, and move them only between those."
	rest.Handle(r, change, rest.Dashboard, a.changeEmployee)
	a.registerNewcomers(r)
}

func (a *api) employee(ctx context.Context, in *rest.IDInput) (out EmployeeDetail, err error) {
	e, err := a.o.Store.Employees.Employee(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if u := rest.UserOf(ctx); !u.SeesEmployee(e.ID, e.BranchID) {
		return out, rest.NotFound()
	}
	return a.employeeDetail(ctx, e)
}

func (a *api) employeeDetail(ctx context.Context, e attendance.Employee) (out EmployeeDetail, err error) {
	today, err := rest.TodayAt(ctx, a.o.Store.Branches, e.BranchID, a.o.Clock.Now())
	if err != nil {
		return out, err
	}
	assignments, err := a.o.Store.Assignments.AssignmentsOf(ctx, e.ID, today)
	if err != nil {
		return out, err
	}
	employments, err := a.o.Store.Employees.Employments(ctx, e.ID)
	if err != nil {
		return out, err
	}
	version := db.Version(company.EmployeeState{Employee: e, Employments: employments})
	out = EmployeeDetail{Employee: e, Version: version, Assignments: assignments, Employments: employments}
	held, err := a.o.Store.Credentials.Of(ctx, e.ID)
	if err != nil {
		return out, err
	}
	out.HasPIN = held.HasPIN
	by := rest.CallerOf(ctx)
	if by.Token == nil {
		out.Card = held.Card
	}
	if by.Token == nil && by.User.SeesBranch(e.BranchID) {
		accounts, err := a.o.Store.Users.AccountsOf(ctx, e.ID)
		if err != nil {
			return out, err
		}
		may := mayDisable(by)
		for i := range accounts {
			out.Accounts = append(out.Accounts, employeeAccount{accounts[i].ID, accounts[i].Login, accounts[i].Role,
				accounts[i].DisabledAt != nil, may(&accounts[i])})
		}
	}
	return out, nil
}

func (a *api) changeEmployee(ctx context.Context, in *changeEmployeeInput) (out EmployeeDetail, err error) {
	u := rest.UserOf(ctx)
	var own error
	if in.Body.BranchID != nil {
		own = a.notOneself(ctx, in.ID)
	}
	edit := company.EmployeeEdit{Version: in.Body.Version, May: seesBranches(&u)}
	may := mayDisable(rest.CallerOf(ctx))
	if in.Body.Account != nil && !*in.Body.Account {
		may = func(*account.User) bool { return false }
	}
	edit.Also = append(edit.Also, a.o.Store.Users.Leaver(may))
	edit.Change = func(e *attendance.Employee) error {
		if !u.SeesBranch(e.BranchID) {
			return rest.NotFound()
		}
		if in.Body.BranchID != nil && *in.Body.BranchID != e.BranchID && own != nil {
			return own
		}
		if err := in.Body.apply(e); err != nil {
			return err
		}
		if !u.SeesBranch(e.BranchID) {
			return rest.NotFound()
		}
		return nil
	}
	e, err := a.o.Store.Employees.ChangeEmployee(ctx, in.ID, rest.ActorOf(ctx), edit)
	if err != nil {
		return out, err
	}
	if e.Status == attendance.EmployeeInactive || e.LeftOn != nil {
		a.o.Sessions.Forget("") // other nodes are told by the task
	}
	return a.employeeDetail(ctx, e)
}

// mayDisable tells which accounts a caller disables with the employee who leaves. Programs have no business with
// accounts, so they take nobody's rights to look after others, as files do not.
func mayDisable(by session.Caller) func(*account.User) bool {
	all := by.Token == nil && by.User.SeesCompany()
	return func(u *account.User) bool { return all || u.Role == account.RoleEmployee }
}

func (c *employeeChange) apply(e *attendance.Employee) error {
	rest.Set(&e.Number, rest.Spaced(c.Number))
	rest.Set(&e.Name, rest.Spaced(c.Name))
	rest.Set(&e.Department, rest.Spaced(c.Department))
	rest.Set(&e.Position, rest.Spaced(c.Position))
	rest.Set(&e.BranchID, c.BranchID)
	rest.Set(&e.Status, (*attendance.EmployeeStatus)(c.Status))
	for _, f := range []struct {
		name string
		from *string
		to   **attendance.Date
	}{{"hired_on", c.HiredOn, &e.HiredOn}, {"left_on", c.LeftOn, &e.LeftOn}} {
		if f.from == nil {
			continue
		}
		d, err := rest.OptionalDate(f.name, *f.from)
		if err != nil {
			return err
		}
		*f.to = d
	}
	return nil
}
