package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

// Lengths of the board's lists. They are longer than what a screen shows, so that events may empty them for a while.
const (
	boardPending = 50
	boardLate    = 50
	boardLatest  = 30
	boardRead    = 500 // days that are looked at for the two lists of people
)

type boardInput struct {
	Branch []int64 `query:"branch" doc:"Branches of lists and curve; default all that the caller may see. The counters are of all of them in any case."`
	Weeks  int     `query:"weeks" minimum:"0" maximum:"12" default:"4" doc:"How many weeks back the usual day is made of; 0 leaves it out."`
}

// board is everything that the dashboard shows, so that a page which has to read again asks once.
type board struct {
	Summaries []attendance.Summary `json:"summaries"`
	Pending   []attendance.Entry   `json:"pending" doc:"Not yet in, the longest overdue first."`
	Late      []attendance.Entry   `json:"late" doc:"Came late, the latest first."`
	Latest    []attendance.Entry   `json:"latest" doc:"Days with the punch that was recorded last, the latest first."`
	Arrivals  store.Arrivals       `json:"arrivals"`
	AsOf      time.Time            `json:"as_of"`
}

func (a *API) registerBoard(h huma.API) {
	op := private(http.MethodGet, "/api/attendances/board", "read-board", "Everything that the dashboard shows",
		tagAttendance)
	op.Description = "Counters, who is not yet in, who came late, the latest punches and the curve of arrivals in " +
		"one answer. " +
		"Merge events by employee_id, work_date and version, and summaries by as_of."
	huma.Register(h, op, func(ctx context.Context, in *boardInput) (*answer[board], error) {
		b, err := a.readBoard(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[board]{b}, nil
	})
}

func (a *API) readBoard(ctx context.Context, in *boardInput) (b board, err error) {
	u := callerOf(ctx).user
	all, err := branchScope(u, nil)
	if err != nil {
		return b, err
	}
	chosen, err := branchScope(u, in.Branch)
	if err != nil {
		return b, err
	}
	b.AsOf = a.o.Clock.Now()
	if b.Summaries, err = a.o.Store.Summaries(ctx, all, nil, b.AsOf); err != nil {
		return b, err
	}
	people := func(status attendance.Status) ([]attendance.Entry, error) {
		rows, _, err := a.o.Store.Today(ctx,
			store.DayFilter{BranchIDs: chosen, Statuses: []attendance.Status{status}, Limit: boardRead}, b.AsOf)
		return rows, err
	}
	if b.Pending, err = people(attendance.StatusPending); err != nil {
		return b, err
	}
	if b.Late, err = people(attendance.StatusLate); err != nil {
		return b, err
	}
	if b.Latest, err = a.o.Store.Latest(ctx, chosen, boardLatest, b.AsOf); err != nil {
		return b, err
	}
	if b.Arrivals, err = a.o.Store.Arrivals(ctx, chosen, in.Weeks, b.AsOf); err != nil {
		return b, err
	}
	// Whose shift has no beginning is not waited for; the page leaves out who is in already.
	b.Pending = slices.DeleteFunc(b.Pending,
		func(e attendance.Entry) bool { return e.ShiftStart == nil || e.FirstIn != nil })
	b.Pending = top(b.Pending, boardPending, func(x, y attendance.Entry) int {
		return cmp.Or(x.ShiftStart.Compare(*y.ShiftStart), cmp.Compare(x.EmployeeNumber, y.EmployeeNumber))
	})
	b.Late = slices.DeleteFunc(b.Late, func(e attendance.Entry) bool { return e.FirstIn == nil })
	b.Late = top(b.Late, boardLate, func(x, y attendance.Entry) int { return y.FirstIn.Compare(*x.FirstIn) })
	b.Summaries, b.Latest = orEmpty(b.Summaries), orEmpty(b.Latest)
	return b, nil
}

// top returns the first n in an order; never nil, so that JSON has a list.
func top[T any](items []T, n int, order func(T, T) int) []T {
	slices.SortStableFunc(items, order)
	return orEmpty(items[:min(n, len(items))])
}

func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
