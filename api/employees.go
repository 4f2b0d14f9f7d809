package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

// EmployeeDetail is an employee with what the form needs. It is exported because huma flattens embedded structs only
// so.
type EmployeeDetail struct {
	attendance.Employee
	Version     string                  `json:"version" doc:"Names this state of the employee; give it back with a change."`
	Assignments []attendance.Assignment `json:"assignments" doc:"Shift assignments from today where the employee works, the latest first."`
	Employments []attendance.Employment `json:"employments" doc:"Branch, department and position by the date from which each holds, the earliest first; the first holds since ever (1900-01-01). Move-employee adds one."`
}

type employeeFields struct {
	Number     string `json:"number" minLength:"1" maxLength:"64"`
	Name       string `json:"name" minLength:"1" maxLength:"200"`
	BranchID   int64  `json:"branch_id" minimum:"1"`
	Department string `json:"department,omitempty" maxLength:"100"`
	Position   string `json:"position,omitempty" maxLength:"100"`
	HiredOn    string `json:"hired_on,omitempty" maxLength:"10" doc:"YYYY-MM-DD."`
}

type employeeChange struct {
	Version    string  `json:"version" minLength:"1" maxLength:"64" doc:"version of the employee as it was read. Another one is answered with 409."`
	Number     *string `json:"number,omitempty" minLength:"1" maxLength:"64"`
	Name       *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	BranchID   *int64  `json:"branch_id,omitempty" minimum:"1" doc:"Another one is a move from today, or from tomorrow if a punch of today exists. Move-employee takes a date."`
	Department *string `json:"department,omitempty" maxLength:"100"`
	Position   *string `json:"position,omitempty" maxLength:"100"`
	Status     *string `json:"status,omitempty" enum:"active,inactive"`
	HiredOn    *string `json:"hired_on,omitempty" maxLength:"10" doc:"YYYY-MM-DD; empty for none."`
	LeftOn     *string `json:"left_on,omitempty" maxLength:"10" doc:"YYYY-MM-DD, the last day of employment; empty for none. Punches up to it are taken whenever they arrive. Who is deactivated without one has it today."`
}

type addEmployeeInput struct{ Body employeeFields }

type changeEmployeeInput struct {
	IDInput
	Body employeeChange
}

func (a *API) registerEmployees(h huma.API) {
	huma.Register(h, private(http.MethodGet, "/api/employees/{id}", "get-employee", "One employee", tagDirectory,
		http.StatusNotFound), a.employee)
	add := private(http.MethodPost, "/api/employees", "add-employee", "Add an employee", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	huma.Register(h, add, a.addEmployee)
	change := private(http.MethodPatch, "/api/employees/{id}", "change-employee",
		"Change an employee, or let one leave or come back", tagDirectory, http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A branch admin may change people of the " +
		"branches in scope only, and move them only between those."
	huma.Register(h, change, a.changeEmployee)
	a.registerMoves(h)
}

// administers refuses callers who look after nobody.
func administers(ctx context.Context) (account.User, error) {
	u := callerOf(ctx).user
	if !u.SeesDashboard() {
		return u, forbidden()
	}
	return u, nil
}

func actorOf(ctx context.Context) store.Actor {
	return store.Actor{UserID: callerOf(ctx).user.ID, Address: clientOf(ctx).address}
}

func (a *API) employee(ctx context.Context, in *IDInput) (*answer[EmployeeDetail], error) {
	e, err := a.o.Store.Employee(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if u := callerOf(ctx).user; !u.SeesEmployee(e.ID, e.BranchID) {
		return nil, a.fail(ctx, notFound())
	}
	return a.employeeDetail(ctx, e)
}

func (a *API) employeeDetail(ctx context.Context, e attendance.Employee) (*answer[EmployeeDetail], error) {
	today, err := a.todayAt(ctx, e.BranchID)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	assignments, err := a.o.Store.AssignmentsOf(ctx, e.ID, today)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	employments, err := a.o.Store.Employments(ctx, e.ID)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[EmployeeDetail]{EmployeeDetail{e, store.Version(e), assignments, employments}}, nil
}

// todayAt is the date where a branch is.
func (a *API) todayAt(ctx context.Context, branchID int64) (attendance.Date, error) {
	zone := time.UTC
	bs, err := a.o.Store.Branches(ctx, []int64{branchID})
	if err != nil {
		return 0, err
	}
	if len(bs) > 0 {
		if zone, err = time.LoadLocation(bs[0].Zone); err != nil {
			return 0, err
		}
	}
	return attendance.DateOf(a.o.Clock.Now(), zone), nil
}

func (a *API) addEmployee(ctx context.Context, in *addEmployeeInput) (*answer[EmployeeDetail], error) {
	u, err := administers(ctx)
	if err == nil && !u.SeesBranch(in.Body.BranchID) {
		err = notFound()
	}
	b := in.Body
	e := attendance.Employee{Number: oneSpace(b.Number), Name: oneSpace(b.Name), BranchID: b.BranchID,
		Department: oneSpace(b.Department),
		Position:   oneSpace(b.Position), Status: attendance.EmployeeActive}
	if err == nil {
		e.HiredOn, err = optionalDate("hired_on", b.HiredOn)
	}
	if err == nil {
		e, err = a.o.Store.AddEmployee(ctx, e, actorOf(ctx))
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return a.employeeDetail(ctx, e)
}

func (a *API) changeEmployee(ctx context.Context, in *changeEmployeeInput) (*answer[EmployeeDetail], error) {
	u, err := administers(ctx)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	own := error(nil)
	if in.Body.BranchID != nil {
		own = a.notOneself(ctx, &u, in.ID)
	}
	e, err := a.o.Store.ChangeEmployee(ctx, in.ID, in.Body.Version, actorOf(ctx), func(e *attendance.Employee) error {
		if !u.SeesBranch(e.BranchID) {
			return notFound()
		}
		if in.Body.BranchID != nil && *in.Body.BranchID != e.BranchID && own != nil {
			return own
		}
		if err := in.Body.apply(e); err != nil {
			return err
		}
		if !u.SeesBranch(e.BranchID) {
			return notFound()
		}
		return nil
	})
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return a.employeeDetail(ctx, e)
}

func (c *employeeChange) apply(e *attendance.Employee) error {
	for _, f := range []struct{ from, to *string }{{c.Number, &e.Number}, {c.Name, &e.Name},
		{c.Department, &e.Department}, {c.Position, &e.Position}} {
		if f.from != nil {
			*f.to = oneSpace(*f.from)
		}
	}
	if c.BranchID != nil {
		e.BranchID = *c.BranchID
	}
	if c.Status != nil {
		e.Status = attendance.EmployeeStatus(strings.Clone(*c.Status))
	}
	for _, f := range []struct {
		name string
		from *string
		to   **attendance.Date
	}{{"hired_on", c.HiredOn, &e.HiredOn}, {"left_on", c.LeftOn, &e.LeftOn}} {
		if f.from == nil {
			continue
		}
		d, err := optionalDate(f.name, *f.from)
		if err != nil {
			return err
		}
		*f.to = d
	}
	return nil
}

// optionalDate reads a date of a form; "" is none.
func optionalDate(field, s string) (*attendance.Date, error) {
	d, err := parseDate(field, s)
	if err != nil || s == "" {
		return nil, err
	}
	return &d, nil
}

// oneSpace copies a value and makes every run of white space in it one space, as imports do.
func oneSpace(s string) string { return strings.Clone(strings.Join(strings.Fields(s), " ")) }
