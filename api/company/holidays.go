package company

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
)

const (
	scopeBranch   = "branch"
	scopeEmployee = "employee"
	// firstYear is the year of the first date that the API takes.
	firstYear = 1990
)

type holidaysInput struct {
	rest.PageInput
	Year int `query:"year" minimum:"0" maximum:"2200" doc:"0 or left out: the present year."`
}

type addHolidayInput struct {
	Body struct {
		Date       string `json:"date" minLength:"1" maxLength:"10" doc:"YYYY-MM-DD."`
		Name       string `json:"name" minLength:"1" maxLength:"200"`
		Scope      string `json:"scope" enum:"company,branch,employee" doc:"@addHolidayInput.scope"`
		BranchID   int64  `json:"branch_id,omitempty" minimum:"0" doc:"With scope branch."`
		EmployeeID int64  `json:"employee_id,omitempty" minimum:"0" doc:"With scope employee."`
		Working    bool   `json:"working,omitempty" doc:"@addHolidayInput.working"`
	}
}

type changeHolidayInput struct {
	rest.IDInput
	Body struct {
		Date       *string `json:"date,omitempty" minLength:"1" maxLength:"10"`
		Name       *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Scope      *string `json:"scope,omitempty" enum:"company,branch,employee"`
		BranchID   int64   `json:"branch_id,omitempty" minimum:"0" doc:"Goes with scope."`
		EmployeeID int64   `json:"employee_id,omitempty" minimum:"0" doc:"Goes with scope."`
		Working    *bool   `json:"working,omitempty"`
		Version    string  `json:"version,omitempty" maxLength:"64" doc:"@version"`
	}
}

// HolidayItem is a holiday with whether the caller may change it. It is exported because huma flattens embedded structs
// only so.
type HolidayItem struct {
	company.HolidayEntry
	Editable bool   `json:"editable" doc:"Whether the caller may change and remove it."`
	Version  string `json:"version" doc:"Names this state; give it back with a change."`
}

func (a *api) registerHolidays(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/holidays", "list-holidays",
		"Holidays of a year that the caller has to do with, by date", tagDirectory), rest.Linked, a.holidays)
	add := rest.Op("POST /api/holidays", "add-holiday", "Add a holiday", tagDirectory, http.StatusNotFound,
		http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	add.Description = "Branch admins may add them for branches in scope and for people there. The days it touches " +
		"are recomputed soon after."
	rest.Handle(r, add, rest.Dashboard, a.addHoliday)
	change := rest.Op("PATCH /api/holidays/{id}", "change-holiday", "Change a holiday", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are; branch_id and employee_id count with scope only."
	rest.Handle(r, change, rest.Dashboard, a.changeHoliday)
	remove := rest.Op("DELETE /api/holidays/{id}", "remove-holiday", "Remove a holiday", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, remove, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Holidays.RemoveHoliday(ctx, in.ID, rest.ActorOf(ctx), mayTouch(rest.UserOf(ctx)))
	}))
}

func (a *api) holidays(ctx context.Context, in *holidaysInput) (out rest.List[HolidayItem], err error) {
	year := in.Year
	if year == 0 {
		year = a.o.Clock.Now().Year()
	}
	if year < firstYear {
		return out, attendance.Invalid("year", "The year is from 1990 to 2200.")
	}
	f := company.HolidayFilter{From: attendance.NewDate(year, 1, 1), To: attendance.NewDate(year, 12, 31),
		Limit: in.Limit, Cursor: in.Cursor}
	u := rest.UserOf(ctx)
	f.BranchIDs = rest.OwnBranches(u)
	if f.BranchIDs != nil && u.EmployeeID != 0 {
		e, err := a.o.Store.Employees.Employee(ctx, u.EmployeeID)
		if err != nil {
			return out, err
		}
		f.OwnBranch, f.EmployeeID = e.BranchID, e.ID
	}
	rows, next, err := a.o.Store.Holidays.Holidays(ctx, f)
	if err != nil {
		return out, err
	}
	items, may := make([]HolidayItem, len(rows)), mayTouch(u)
	for i, h := range rows {
		items[i] = HolidayItem{h, u.SeesDashboard() && may(h.Holiday, h.EmployeeBranchID) == nil,
			db.Version(h.Holiday)}
	}
	return rest.NewList(items, next, a.o.Clock.Now()), nil
}

// mayTouch is who changes which holidays: a branch admin those of the branches in scope and of their people. The
// company's are there for all to see, so they are forbidden rather than not found.
func mayTouch(u account.User) company.MayTouch {
	return func(h attendance.Holiday, employeeBranch int64) error {
		branch := h.BranchID
		if h.EmployeeID != 0 {
			branch = employeeBranch
		} else if branch == 0 {
			if !u.SeesCompany() {
				return rest.Forbidden()
			}
			return nil
		}
		if !u.SeesBranch(branch) {
			return rest.NotFound()
		}
		return nil
	}
}

// place sets the scope of a holiday.
func place(h *attendance.Holiday, scope string, branchID, employeeID int64) error {
	h.BranchID, h.EmployeeID = branchID, employeeID
	switch {
	case (scope == scopeBranch) != (branchID != 0):
		return attendance.Invalid("branch_id", "A branch goes with the scope branch.")
	case (scope == scopeEmployee) != (employeeID != 0):
		return attendance.Invalid("employee_id", "An employee goes with the scope employee.")
	}
	return nil
}

func (a *api) addHoliday(ctx context.Context, in *addHolidayInput) (out HolidayItem, err error) {
	b := in.Body
	h := attendance.Holiday{Name: rest.OneSpace(b.Name), Working: b.Working}
	if h.Date, err = rest.ParseDate("date", b.Date); err != nil {
		return out, err
	}
	if err = place(&h, b.Scope, b.BranchID, b.EmployeeID); err != nil {
		return out, err
	}
	if h, err = a.o.Store.Holidays.AddHoliday(ctx, h, rest.ActorOf(ctx), mayTouch(rest.UserOf(ctx))); err != nil {
		return out, err
	}
	return a.holidayItem(ctx, h.ID)
}

func (a *api) changeHoliday(ctx context.Context, in *changeHolidayInput) (out HolidayItem, err error) {
	b, may := in.Body, mayTouch(rest.UserOf(ctx))
	var date attendance.Date
	if b.Date != nil {
		if date, err = rest.ParseDate("date", *b.Date); err != nil {
			return out, err
		}
	}
	var placed attendance.Holiday
	if b.Scope != nil {
		if err := place(&placed, *b.Scope, b.BranchID, b.EmployeeID); err != nil {
			return out, err
		}
	}
	err = a.o.Store.Holidays.ChangeHoliday(ctx, in.ID, rest.ActorOf(ctx), may, func(h *attendance.Holiday) error {
		if err := db.Unchanged(b.Version, *h); err != nil {
			return err
		}
		if b.Date != nil {
			h.Date = date
		}
		rest.Set(&h.Name, rest.Spaced(b.Name))
		if b.Scope != nil {
			h.BranchID, h.EmployeeID = placed.BranchID, placed.EmployeeID
		}
		rest.Set(&h.Working, b.Working)
		return nil
	})
	if err != nil {
		return out, err
	}
	return a.holidayItem(ctx, in.ID)
}

func (a *api) holidayItem(ctx context.Context, id int64) (out HolidayItem, err error) {
	h, err := a.o.Store.Holidays.Holiday(ctx, id)
	if err != nil {
		return out, err
	}
	return HolidayItem{h, true, db.Version(h.Holiday)}, nil
}
