package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

// PageInput is what every list takes. It is exported because huma finds the fields of embedded types only so.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next_cursor of the page before."`
}

type TodayInput struct {
	PageInput
	Branch []int64  `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	Status []string `query:"status" doc:"Statuses to keep."`
	Query  string   `query:"q" maxLength:"100" doc:"Beginning of the employee number, or part of the name."`
}

// LiveInput is TodayInput with what the live tab counts by.
type LiveInput struct {
	TodayInput
	Employee []int64 `query:"employee" doc:"Ids of employees."`
	Counts   bool    `query:"counts" doc:"Add the summaries of the branches asked for. Only for callers who may read summaries."`
}

// todayList is the live tab's answer.
type todayList struct {
	Items     []attendance.Entry   `json:"items"`
	Next      string               `json:"next_cursor" doc:"Give it back as cursor for the next page; empty on the last."`
	AsOf      time.Time            `json:"as_of" doc:"The server's clock when the list was read."`
	Summaries []attendance.Summary `json:"summaries,omitempty"`
}

// HistoryInput is the filter of the history.
type HistoryInput struct {
	TodayInput
	From     string  `query:"from" doc:"First date." example:"2026-11-01"`
	To       string  `query:"to" doc:"Last date."`
	Employee []int64 `query:"employee" doc:"Ids of employees."`
}

type summaryInput struct {
	Branch []int64 `query:"branch"`
	Date   string  `query:"date" doc:"Default: each branch's own today."`
}

func (a *API) registerDays(h huma.API) {
	today := private(http.MethodGet, "/api/attendances/today", "list-today", "Today, for the live tab", tagAttendance)
	today.Description = "Every active employee with the day that is today where they work, by employee id; who has " +
		"not punched yet has version 0. " +
		"Yesterday's day stays in the list while its shift's window is open. Read, subscribe, read again, and merge " +
		"events by employee_id, work_date and version."
	huma.Register(h, today, a.today)
	huma.Register(h, private(http.MethodGet, "/api/attendances", "list-attendances", "History, latest first",
		tagAttendance),
		func(ctx context.Context, in *HistoryInput) (*answer[list[attendance.Entry]], error) {
			f, err := a.historyFilter(ctx, in)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			rows, next, err := a.o.Store.History(ctx, f)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return newList(a, rows, next), nil
		})
	huma.Register(h, private(http.MethodGet, "/api/attendances/summary", "summarise-attendances",
		"Counts per branch and status", tagAttendance), a.summaries)
	huma.Register(h, private(http.MethodGet, "/api/attendances/{employee_id}/{date}", "get-attendance",
		"One day with its punches", tagAttendance, http.StatusNotFound), a.day)
}

func (a *API) today(ctx context.Context, in *LiveInput) (*answer[todayList], error) {
	f, err := a.dayFilter(ctx, &in.TodayInput)
	if err == nil && len(in.Employee) > 0 {
		f.EmployeeIDs, err = narrow(f.EmployeeIDs, in.Employee)
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	now := a.o.Clock.Now()
	out := todayList{AsOf: now}
	if in.Counts { // before the rows: what changes in between is counted late rather than never
		ids, err := branchScope(callerOf(ctx).user, in.Branch)
		if err == nil {
			out.Summaries, err = a.o.Store.Summaries(ctx, ids, nil, now)
		}
		if err != nil {
			return nil, a.fail(ctx, err)
		}
	}
	rows, next, err := a.o.Store.Today(ctx, f, now)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	out.Items, out.Next = orEmpty(rows), next
	return &answer[todayList]{out}, nil
}

// dayFilter limits a list to what the caller may see: an employee to the own rows, a branch admin to the branches in
// scope. Asking for a branch outside the scope is answered as if it did not exist.
func (a *API) dayFilter(ctx context.Context, in *TodayInput) (store.DayFilter, error) {
	u := callerOf(ctx).user
	f := store.DayFilter{Query: strings.Clone(in.Query), Limit: in.Limit, Cursor: strings.Clone(in.Cursor)}
	for _, s := range in.Status {
		if !slices.Contains(attendance.Statuses(), attendance.Status(s)) {
			return f, attendance.Invalid("status", fmt.Sprintf("There is no status %s.", strconv.Quote(s)))
		}
		f.Statuses = append(f.Statuses, attendance.Status(strings.Clone(s)))
	}
	if u.Role == account.RoleEmployee {
		if u.EmployeeID == 0 {
			return f, attendance.NewError(attendance.CodeNoEmployee, "The account is not linked to an employee.")
		}
		f.EmployeeIDs = []int64{u.EmployeeID}
		if len(in.Branch) > 0 {
			f.BranchIDs = in.Branch
		}
		return f, nil
	}
	var err error
	f.BranchIDs, err = branchScope(u, in.Branch)
	return f, err
}

func (a *API) historyFilter(ctx context.Context, in *HistoryInput) (store.DayFilter, error) {
	f, err := a.dayFilter(ctx, &in.TodayInput)
	if err == nil {
		f.From, err = parseDate("from", in.From)
	}
	if err == nil {
		f.To, err = parseDate("to", in.To)
	}
	if err == nil && f.From != 0 && f.To != 0 && f.From > f.To {
		err = attendance.Invalid("to", "The last date is before the first.")
	}
	if err == nil && len(in.Employee) > 0 {
		f.EmployeeIDs, err = narrow(f.EmployeeIDs, in.Employee)
	}
	return f, err
}

// branchScope returns the branches to read: those asked for, if the user may see all of them, else all that the user
// may see (nil: every branch).
func branchScope(u account.User, asked []int64) ([]int64, error) {
	if !u.SeesDashboard() {
		return nil, forbidden()
	}
	ids, all := u.BranchScope()
	if len(asked) > 0 {
		for _, id := range asked {
			if !u.SeesBranch(id) {
				return nil, notFound()
			}
		}
		return asked, nil
	}
	if all {
		return nil, nil
	}
	return append([]int64{}, ids...), nil
}

// narrow returns the ids that are allowed and asked for; nil allows all. Ids that the caller may not see are answered
// as if they did not exist.
func narrow(allowed, asked []int64) ([]int64, error) {
	if allowed == nil {
		return asked, nil
	}
	for _, id := range asked {
		if !slices.Contains(allowed, id) {
			return nil, notFound()
		}
	}
	return asked, nil
}

type summaries struct {
	Items []attendance.Summary `json:"items"`
	AsOf  time.Time            `json:"as_of"`
}

func (a *API) summaries(ctx context.Context, in *summaryInput) (*answer[summaries], error) {
	ids, err := branchScope(callerOf(ctx).user, in.Branch)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	var date *attendance.Date
	if in.Date != "" {
		d, err := parseDate("date", in.Date)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		date = &d
	}
	now := a.o.Clock.Now()
	items, err := a.o.Store.Summaries(ctx, ids, date, now)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if items == nil {
		items = []attendance.Summary{}
	}
	return &answer[summaries]{summaries{items, now}}, nil
}
