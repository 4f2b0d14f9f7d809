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

const (
	scopeCompany  = "company"
	scopeBranch   = "branch"
	scopeEmployee = "employee"
)

type holidaysInput struct {
	PageInput
	Year int `query:"year" minimum:"0" maximum:"2200" doc:"0 or left out: the present year."`
}

type addHolidayInput struct {
	Body struct {
		Date       string `json:"date" minLength:"1" maxLength:"10" doc:"YYYY-MM-DD."`
		Name       string `json:"name" minLength:"1" maxLength:"200"`
		Scope      string `json:"scope" enum:"company,branch,employee" doc:"The nearest scope wins on a date: employee, then branch, then company."`
		BranchID   int64  `json:"branch_id,omitempty" minimum:"0" doc:"With scope branch."`
		EmployeeID int64  `json:"employee_id,omitempty" minimum:"0" doc:"With scope employee."`
		Working    bool   `json:"working,omitempty" doc:"The date is an ordinary working day in this scope, whatever wider ones say."`
	}
}

type changeHolidayInput struct {
	IDInput
	Body struct {
		Date       *string `json:"date,omitempty" minLength:"1" maxLength:"10"`
		Name       *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Scope      *string `json:"scope,omitempty" enum:"company,branch,employee"`
		BranchID   int64   `json:"branch_id,omitempty" minimum:"0" doc:"Goes with scope."`
		EmployeeID int64   `json:"employee_id,omitempty" minimum:"0" doc:"Goes with scope."`
		Working    *bool   `json:"working,omitempty"`
		Version    string  `json:"version,omitempty" maxLength:"64" doc:"As it was read; another one is answered with 409 and the code stale. Left out: whatever is there is overwritten."`
	}
}

// HolidayItem is a holiday with whether the caller may change it. It is exported because huma flattens embedded structs
// only so.
type HolidayItem struct {
	store.HolidayEntry
	Editable bool   `json:"editable" doc:"Whether the caller may change and remove it."`
	Version  string `json:"version" doc:"Names this state; give it back with a change."`
}

func (a *API) registerHolidays(h huma.API) {
	huma.Register(h, private(http.MethodGet, "/api/holidays", "list-holidays",
		"Holidays of a year that the caller has to do with, by date", tagDirectory), a.holidays)
	add := private(http.MethodPost, "/api/holidays", "add-holiday", "Add a holiday", tagDirectory, http.StatusNotFound,
		http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	add.Description = "Branch admins may add them for branches in scope and for people there. The days it touches " +
		"are recomputed soon after."
	huma.Register(h, add, a.addHoliday)
	change := private(http.MethodPatch, "/api/holidays/{id}", "change-holiday", "Change a holiday", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are; branch_id and employee_id count with scope only."
	huma.Register(h, change, a.changeHoliday)
	remove := private(http.MethodDelete, "/api/holidays/{id}", "remove-holiday", "Remove a holiday", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	remove.DefaultStatus = http.StatusNoContent
	huma.Register(h, remove, a.removeHoliday)
}

func (a *API) holidays(ctx context.Context, in *holidaysInput) (*answer[list[HolidayItem]], error) {
	year := in.Year
	if year == 0 {
		year = a.o.Clock.Now().Year()
	}
	if year < 1990 {
		return nil, a.fail(ctx, attendance.Invalid("year", "The year is from 1990 to 2200."))
	}
	f := store.HolidayFilter{From: attendance.NewDate(year, 1, 1), To: attendance.NewDate(year, 12, 31),
		Limit: in.Limit, Cursor: strings.Clone(in.Cursor)}
	u := callerOf(ctx).user
	switch {
	case u.SeesDashboard():
		if ids, all := u.BranchScope(); !all {
			f.BranchIDs = append([]int64{}, ids...)
		}
	case u.EmployeeID == 0:
		return nil, a.fail(ctx, forbidden())
	default:
		f.BranchIDs = []int64{}
	}
	if f.BranchIDs != nil && u.EmployeeID != 0 {
		e, err := a.o.Store.Employee(ctx, u.EmployeeID)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		f.OwnBranch, f.EmployeeID = e.BranchID, e.ID
	}
	rows, next, err := a.o.Store.Holidays(ctx, f)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	items, may := make([]HolidayItem, len(rows)), mayTouch(u)
	for i, h := range rows {
		items[i] = HolidayItem{h, u.SeesDashboard() && may(h.Holiday, h.EmployeeBranchID) == nil,
			store.Version(h.Holiday)}
	}
	return newList(a, items, next), nil
}

// mayTouch is who changes which holidays: a branch admin those of the branches in scope and of their people. The
// company's are there for all to see, so they are forbidden rather than not found.
func mayTouch(u account.User) store.MayTouch {
	return func(h attendance.Holiday, employeeBranch int64) error {
		branch := h.BranchID
		if h.EmployeeID != 0 {
			branch = employeeBranch
		} else if branch == 0 {
			if u.Role != account.RoleAdmin {
				return forbidden()
			}
			return nil
		}
		if !u.SeesBranch(branch) {
			return notFound()
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

func (a *API) addHoliday(ctx context.Context, in *addHolidayInput) (*answer[HolidayItem], error) {
	u, err := administers(ctx)
	b := in.Body
	h := attendance.Holiday{Name: oneSpace(b.Name), Working: b.Working}
	if err == nil {
		h.Date, err = parseDate("date", b.Date)
	}
	if err == nil {
		err = place(&h, b.Scope, b.BranchID, b.EmployeeID)
	}
	if err == nil {
		h, err = a.o.Store.AddHoliday(ctx, h, actorOf(ctx), mayTouch(u))
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return a.holidayItem(ctx, h.ID)
}

func (a *API) changeHoliday(ctx context.Context, in *changeHolidayInput) (*answer[HolidayItem], error) {
	u, err := administers(ctx)
	b := in.Body
	var date attendance.Date
	if err == nil && b.Date != nil {
		date, err = parseDate("date", *b.Date)
	}
	var placed attendance.Holiday
	if err == nil && b.Scope != nil {
		err = place(&placed, *b.Scope, b.BranchID, b.EmployeeID)
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	err = a.o.Store.ChangeHoliday(ctx, in.ID, actorOf(ctx), mayTouch(u), func(h *attendance.Holiday) error {
		if err := store.Unchanged(b.Version, *h); err != nil {
			return err
		}
		if b.Date != nil {
			h.Date = date
		}
		if b.Name != nil {
			h.Name = oneSpace(*b.Name)
		}
		if b.Scope != nil {
			h.BranchID, h.EmployeeID = placed.BranchID, placed.EmployeeID
		}
		set(&h.Working, b.Working)
		return nil
	})
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return a.holidayItem(ctx, in.ID)
}

func (a *API) removeHoliday(ctx context.Context, in *IDInput) (*struct{}, error) {
	u, err := administers(ctx)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return nil, a.fail(ctx, a.o.Store.RemoveHoliday(ctx, in.ID, actorOf(ctx), mayTouch(u)))
}

func (a *API) holidayItem(ctx context.Context, id int64) (*answer[HolidayItem], error) {
	h, err := a.o.Store.Holiday(ctx, id)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[HolidayItem]{HolidayItem{h, true, store.Version(h.Holiday)}}, nil
}
