package days

import (
	"context"
	"net/http"
	"slices"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days/lists"
)

// yearReach is how many dates before the last one a year shows, so that it holds that date of the year before.
const yearReach = 365

// year is what a profile shows of the last twelve months of somebody.
type year struct {
	EmployeeID int64                     `json:"employee_id"`
	Number     string                    `json:"employee_number"`
	Name       string                    `json:"employee_name"`
	Here       bool                      `json:"here" doc:"@year.here"`
	Partly     bool                      `json:"partly" doc:"@year.partly"`
	From       attendance.Date           `json:"from"`
	To         attendance.Date           `json:"to" doc:"Today where the employee works."`
	Days       []lists.OneDay            `json:"days" doc:"The stored ones, the first leading."`
	Counts     map[attendance.Status]int `json:"counts" doc:"How many of the days there are by their status."`
	Leave      []leaveTaken              `json:"leave" doc:"@year.leave"`
	Means      []lists.Means             `json:"means" doc:"@year.means"`
	AsOf       time.Time                 `json:"as_of"`
}

// leaveTaken is how much leave of a kind somebody has had. What they have a right to is not stored.
type leaveTaken struct {
	Kind attendance.LeaveKind `json:"kind"`
	Days int                  `json:"days"`
}

func (a *API) registerYear(r *rest.Router) {
	op := rest.Op("GET /api/employees/{id}/year", "get-employee-year", "The last twelve months of an employee",
		tagAttendance, http.StatusNotFound)
	op.Description = "One status for each date, short enough for a map of them. Whoever looks after a branch to " +
		"which the employee belongs, or ever belonged, gets the days that were worked there."
	rest.Handle(r, op, rest.Dashboard, a.year)
}

func (a *API) year(ctx context.Context, in *rest.IDInput) (out year, err error) {
	u, now := rest.UserOf(ctx), a.o.Clock.Now()
	e, err := a.o.Store.Employees.Employee(ctx, in.ID)
	if err != nil {
		return out, err
	}
	employments, err := a.o.Store.Employees.Employments(ctx, e.ID)
	if err != nil {
		return out, err
	}
	out = year{EmployeeID: e.ID, Number: e.Number, Name: e.Name, Here: u.SeesEmployee(e.ID, e.BranchID), AsOf: now,
		Counts: map[attendance.Status]int{}, Leave: []leaveTaken{}}
	branch := e.BranchID
	if !out.Here {
		seen := slices.DeleteFunc(slices.Clone(employments),
			func(m attendance.Employment) bool { return !u.SeesBranch(m.BranchID) })
		if len(seen) == 0 {
			return year{}, rest.NotFound()
		}
		branch = seen[len(seen)-1].BranchID
	}
	if out.To, err = rest.TodayAt(ctx, a.o.Store.Branches, branch, now); err != nil {
		return year{}, err
	}
	out.From = out.To.AddDays(-yearReach)
	dates := attendance.Dates{From: out.From, To: out.To}
	out.Partly = slices.ContainsFunc(during(employments, dates),
		func(m attendance.Employment) bool { return !u.SeesBranch(m.BranchID) })
	stored, err := a.o.Store.Lists.Spanned(ctx,
		lists.Span{EmployeeID: e.ID, Dates: dates, BranchIDs: rest.OwnBranches(u)})
	if err != nil {
		return year{}, err
	}
	out.Days, out.Means = rest.OrEmpty(stored.Days), rest.OrEmpty(stored.Means)
	out.count()
	return out, nil
}

// during are the employments, which come in their order, that hold on some of the dates.
func during(all []attendance.Employment, dates attendance.Dates) (some []attendance.Employment) {
	for i, m := range all {
		if m.From <= dates.To && (i+1 == len(all) || all[i+1].From > dates.From) {
			some = append(some, m)
		}
	}
	return some
}

// count counts days by their status, and those of leave since the year of the last date began by their kind.
func (y *year) count() {
	taken := map[attendance.LeaveKind]int{}
	for _, d := range y.Days {
		y.Counts[d.Status]++
		if d.Leave != "" && d.Date.UTC().Year() == y.To.UTC().Year() {
			taken[d.Leave]++
		}
	}
	for _, kind := range attendance.LeaveKinds() {
		y.Leave = append(y.Leave, leaveTaken{kind, taken[kind]})
	}
}
