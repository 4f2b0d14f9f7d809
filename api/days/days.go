package days

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days/lists"
)

// TodayInput is the filter of the live tab.
type TodayInput struct {
	rest.PageInput
	Branch []int64  `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	Status []string `query:"status" doc:"Statuses to keep."`
	Query  string   `query:"q" maxLength:"100" doc:"@q"`
}

// LiveInput is TodayInput with what the live tab counts by.
type LiveInput struct {
	TodayInput
	Employee []int64 `query:"employee" doc:"Ids of employees."`
	Counts   bool    `query:"counts" doc:"@LiveInput.counts"`
}

// todayList is the live tab's answer.
type todayList struct {
	Items     []attendance.Entry   `json:"items"`
	Next      string               `json:"next_cursor" doc:"@next_cursor"`
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
	Date   string  `query:"date" doc:"Who was employed on it. Default: each branch's own today, active people."`
}

func (a *API) registerDays(r *rest.Router) {
	today := rest.Op("GET /api/attendances/today", "list-today", "Today, for the live tab", tagAttendance)
	today.Description = "Every active employee with the day that is today where they work, by employee id; who has " +
		"not punched yet has version 0. " +
		"Yesterday's day stays in the list while its shift's window is open. Read, subscribe, read again, and merge " +
		"events by employee_id, work_date and version."
	rest.Handle(r, today, rest.Attendance, a.today)
	rest.Handle(r, rest.Op("GET /api/attendances", "list-attendances", "History, latest first", tagAttendance),
		rest.Attendance, func(ctx context.Context, in *HistoryInput) (out rest.List[attendance.Entry], err error) {
			f, err := historyFilter(ctx, in)
			if err != nil {
				return out, err
			}
			rows, next, err := a.o.Store.Lists.History(ctx, f)
			return rest.NewList(rows, next, a.o.Clock.Now()), err
		})
	rest.Handle(r, rest.Op("GET /api/attendances/summary", "summarise-attendances", "Counts per branch and status",
		tagAttendance), rest.Dashboard, a.summaries)
	rest.Handle(r, rest.Op("GET /api/attendances/{employee_id}/{date}", "get-attendance", "One day with its punches",
		tagAttendance, http.StatusNotFound), rest.Own, a.day)
}

func (a *API) today(ctx context.Context, in *LiveInput) (out todayList, err error) {
	f, err := dayFilter(ctx, &in.TodayInput, in.Employee)
	if err != nil {
		return out, err
	}
	out.AsOf = a.o.Clock.Now()
	if in.Counts { // before the rows: what changes in between is counted late rather than never
		ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
		if err != nil {
			return out, err
		}
		if out.Summaries, err = a.o.Store.Lists.Summaries(ctx, ids, nil, out.AsOf); err != nil {
			return out, err
		}
	}
	rows, next, err := a.o.Store.Lists.Today(ctx, f, out.AsOf)
	out.Items, out.Next = rest.OrEmpty(rows), next
	return out, err
}

// dayFilter limits a list to what the caller may see of the employees asked for.
func dayFilter(ctx context.Context, in *TodayInput, employees []int64) (f lists.DayFilter, err error) {
	f = lists.DayFilter{Query: in.Query, Limit: in.Limit, Cursor: in.Cursor}
	for _, s := range in.Status {
		if !slices.Contains(attendance.Statuses(), attendance.Status(s)) {
			return f, attendance.Invalid("status", fmt.Sprintf("There is no status %s.", strconv.Quote(s)))
		}
		f.Statuses = append(f.Statuses, attendance.Status(s))
	}
	f.BranchIDs, f.EmployeeIDs, err = rest.Sight(rest.UserOf(ctx), in.Branch, employees)
	return f, err
}

func historyFilter(ctx context.Context, in *HistoryInput) (lists.DayFilter, error) {
	f, err := dayFilter(ctx, &in.TodayInput, in.Employee)
	if err == nil {
		f.From, f.To, err = datesOf(in.From, in.To)
	}
	return f, err
}

// datesOf reads the dates of a filter; "" is the zero date.
func datesOf(from, to string) (first, last attendance.Date, err error) {
	if first, err = rest.ParseDate("from", from); err != nil {
		return 0, 0, err
	}
	if last, err = rest.ParseDate("to", to); err != nil {
		return 0, 0, err
	}
	if first != 0 && last != 0 && first > last {
		err = attendance.Invalid("to", "The last date is before the first.")
	}
	return first, last, err
}

type summaries struct {
	Items []attendance.Summary `json:"items"`
	AsOf  time.Time            `json:"as_of"`
}

func (a *API) summaries(ctx context.Context, in *summaryInput) (out summaries, err error) {
	ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
	if err != nil {
		return out, err
	}
	date, err := rest.OptionalDate("date", in.Date)
	if err != nil {
		return out, err
	}
	now := a.o.Clock.Now()
	items, err := a.o.Store.Lists.Summaries(ctx, ids, date, now)
	return summaries{rest.OrEmpty(items), now}, err
}
