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

const tagRequests = "Requests"

type requestsInput struct {
	PageInput
	State    []string `query:"state" enum:"pending,approved,refused,cancelled,revoked" doc:"States to keep."`
	Branch   []int64  `query:"branch"`
	Employee []int64  `query:"employee"`
}

type askLeaveInput struct {
	Body struct {
		EmployeeID int64  `json:"employee_id,omitempty" doc:"Whose leave it is; left out for the own."`
		Kind       string `json:"kind" enum:"leave,sick,permit"`
		From       string `json:"from" maxLength:"10" example:"2026-12-01"`
		To         string `json:"to" maxLength:"10" doc:"The last date."`
		Reason     string `json:"reason" maxLength:"500"`
	}
}

type askCorrectionInput struct {
	Body struct {
		EmployeeID int64  `json:"employee_id,omitempty" doc:"Whose day it is; left out for the own."`
		WorkDate   string `json:"work_date" maxLength:"10" example:"2026-11-23"`
		Direction  string `json:"direction" enum:"in,out"`
		Time       string `json:"time" maxLength:"5" example:"17:05" doc:"On the clocks of the branch where the employee belongs on that date."`
		NextDay    bool   `json:"next_day,omitempty" doc:"The time lies on the date after the work date, as at the end of a night shift."`
		Repeated   string `json:"repeated,omitempty" enum:"first,second" doc:"Which one is meant of a time that clocks show twice; without it the answer is 422 ambiguous_time, whose choices name both."`
		Reason     string `json:"reason" maxLength:"500"`
	}
}

type decideInput struct {
	IDInput
	Body *struct {
		Note string `json:"note,omitempty" maxLength:"500"`
	} `required:"false"`
}

func (in *decideInput) note() string {
	if in.Body == nil {
		return ""
	}
	return oneSpace(in.Body.Note)
}

func (a *API) registerRequests(h huma.API) {
	for _, t := range []struct {
		kind       attendance.RequestType
		path, name string
	}{{attendance.RequestLeave, "/api/leave-requests", "leave-request"},
		{attendance.RequestCorrection, "/api/corrections", "correction"}} {
		huma.Register(h, private(http.MethodGet, t.path, "list-"+t.name+"s", "Requests of this kind, newest first",
			tagRequests),
			func(ctx context.Context, in *requestsInput) (*answer[list[attendance.Request]], error) {
				return a.requests(ctx, t.kind, in)
			})
		huma.Register(h, private(http.MethodGet, t.path+"/{id}", "get-"+t.name, "One request", tagRequests,
			http.StatusNotFound),
			func(ctx context.Context, in *IDInput) (*answer[attendance.Request], error) {
				q, _, err := a.visibleRequest(ctx, t.kind, in.ID)
				if err != nil {
					return nil, a.fail(ctx, err)
				}
				return &answer[attendance.Request]{q}, nil
			})
		for verb, state := range map[string]attendance.RequestState{"approve": attendance.RequestApproved,
			"refuse": attendance.RequestRefused, "cancel": attendance.RequestCancelled} {
			op := private(http.MethodPost, t.path+"/{id}/"+verb, verb+"-"+t.name,
				strings.ToUpper(verb[:1])+verb[1:]+" a request", tagRequests, http.StatusNotFound, http.StatusConflict)
			op.Description = "Only while it is pending; of two decisions the first counts and the other is answered " +
				"with 409. " +
				"Nobody decides about an own request while somebody else could. Whoever asked, or the employee, may " +
				"cancel. A refusal needs a note."
			huma.Register(h, op, func(ctx context.Context, in *decideInput) (*answer[attendance.Request], error) {
				return a.decide(ctx, t.kind, in.ID, store.Decision{State: state, Note: in.note()})
			})
		}
	}
	revoke := private(http.MethodPost, "/api/leave-requests/{id}/revoke", "revoke-leave-request",
		"Revoke a leave that was approved", tagRequests, http.StatusNotFound, http.StatusConflict)
	revoke.Description = "By whoever may decide about it, with a note. Its days are computed again; those of a " +
		"locked period are flagged instead."
	huma.Register(h, revoke, func(ctx context.Context, in *decideInput) (*answer[attendance.Request], error) {
		return a.decide(ctx, attendance.RequestLeave, in.ID,
			store.Decision{State: attendance.RequestRevoked, Note: in.note()})
	})
	leave := private(http.MethodPost, "/api/leave-requests", "ask-leave", "Ask for leave", tagRequests,
		http.StatusNotFound, http.StatusConflict)
	leave.DefaultStatus = http.StatusCreated
	huma.Register(h, leave, func(ctx context.Context, in *askLeaveInput) (*answer[attendance.Request], error) {
		b := in.Body
		q := &attendance.Request{Type: attendance.RequestLeave, EmployeeID: b.EmployeeID,
			Kind: attendance.LeaveKind(strings.Clone(b.Kind)), Reason: oneSpace(b.Reason)}
		from, err := parseDate("from", b.From)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		to, err := parseDate("to", b.To)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		q.From, q.To = &from, &to
		return a.ask(ctx, q, from, func(*time.Location) error { return nil })
	})
	correction := private(http.MethodPost, "/api/corrections", "ask-correction", "Propose a punch that was not made",
		tagRequests, http.StatusNotFound, http.StatusConflict)
	correction.DefaultStatus = http.StatusCreated
	huma.Register(h, correction,
		func(ctx context.Context, in *askCorrectionInput) (*answer[attendance.Request], error) {
			b := in.Body
			q := &attendance.Request{Type: attendance.RequestCorrection, EmployeeID: b.EmployeeID,
				Direction: attendance.Direction(strings.Clone(b.Direction)), Reason: oneSpace(b.Reason)}
			d, err := parseDate("work_date", b.WorkDate)
			if err == nil && d == 0 {
				err = attendance.Invalid("work_date", "A date of the form YYYY-MM-DD is expected.")
			}
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			q.WorkDate = &d
			return a.ask(ctx, q, d, func(zone *time.Location) error {
				at, err := attendance.ParseLocalTime(b.Time)
				if err != nil {
					return attendance.Invalid("time", "A time of the form HH:MM is expected.")
				}
				day := d
				if b.NextDay {
					day = d.AddDays(1)
				}
				occurred, err := attendance.Instant(day, at, attendance.Repeated(strings.Clone(b.Repeated)), zone)
				if err != nil {
					return err
				}
				q.OccurredAt = &occurred
				return nil
			})
		})
}

func (a *API) requests(ctx context.Context, t attendance.RequestType,
	in *requestsInput) (*answer[list[attendance.Request]], error) {
	u := callerOf(ctx).user
	f := store.RequestFilter{Limit: in.Limit, Cursor: strings.Clone(in.Cursor), EmployeeIDs: in.Employee}
	for _, s := range in.State {
		f.States = append(f.States, attendance.RequestState(strings.Clone(s)))
	}
	var err error
	switch {
	case u.Role == account.RoleEmployee && u.EmployeeID != 0:
		if f.EmployeeIDs, err = narrow([]int64{u.EmployeeID}, in.Employee); len(in.Employee) == 0 {
			f.EmployeeIDs = []int64{u.EmployeeID}
		}
		if len(in.Branch) > 0 {
			f.BranchIDs = in.Branch
		}
	default:
		f.BranchIDs, err = branchScope(u, in.Branch)
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	rows, next, err := a.o.Store.Requests(ctx, t, f)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return newList(a, rows, next), nil
}

// visibleRequest returns a request that the caller may see; any other is answered as if it did not exist.
func (a *API) visibleRequest(ctx context.Context, t attendance.RequestType, id int64) (attendance.Request, account.User,
	error) {
	u := callerOf(ctx).user
	q, err := a.o.Store.Request(ctx, t, id)
	if err == nil && !u.SeesEmployee(q.EmployeeID, q.BranchID) {
		err = notFound()
	}
	return q, u, err
}

// ask stores a request for the caller or, by an admin, for somebody in the admin's scope on its first date. read
// completes it in the zone of the branch to which the employee belongs on that date.
func (a *API) ask(ctx context.Context, q *attendance.Request, date attendance.Date,
	read func(zone *time.Location) error) (*answer[attendance.Request], error) {
	id, err := a.askFor(ctx, q, date, read)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	stored, err := a.o.Store.Request(ctx, q.Type, id)
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[attendance.Request]{stored}, nil
}

func (a *API) askFor(ctx context.Context, q *attendance.Request, date attendance.Date,
	read func(zone *time.Location) error) (int64, error) {
	u := callerOf(ctx).user
	id := q.EmployeeID
	if id == 0 {
		id = u.EmployeeID
	}
	if id == 0 {
		if u.SeesDashboard() {
			return 0, attendance.Invalid("employee_id", "Say whose request it is.")
		}
		return 0, attendance.NewError(attendance.CodeNoEmployee, "The account is not linked to an employee.")
	}
	// Whether a punch counts for its date depends on the shifts around it.
	e, r, err := a.o.Store.Roster(ctx, id, date.AddDays(-2), date.AddDays(2))
	if err != nil {
		return 0, err
	}
	place := r.On(date)
	if !u.SeesEmployee(e.ID, place.Branch.ID) {
		return 0, notFound()
	}
	if err := read(place.Zone); err != nil {
		return 0, err
	}
	q.EmployeeID = id
	if err := r.ValidateRequest(*q, a.o.Clock.Now()); err != nil {
		return 0, err
	}
	if err := e.NotEmployed(date); err != nil {
		return 0, err
	}
	return a.o.Store.AddRequest(ctx, actorOf(ctx), *q)
}

func (a *API) decide(ctx context.Context, t attendance.RequestType, id int64,
	d store.Decision) (*answer[attendance.Request], error) {
	q, u, err := a.visibleRequest(ctx, t, id)
	if err == nil {
		err = a.mayDecide(ctx, &u, &q, d)
	}
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	if err := a.o.Store.DecideRequest(ctx, actorOf(ctx), t, id, d); err != nil {
		return nil, a.fail(ctx, err)
	}
	if q, err = a.o.Store.Request(ctx, t, id); err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[attendance.Request]{q}, nil
}

func (a *API) mayDecide(ctx context.Context, u *account.User, q *attendance.Request, d store.Decision) error {
	own := u.EmployeeID != 0 && u.EmployeeID == q.EmployeeID
	if d.State == attendance.RequestCancelled {
		if own || q.RequestedBy == u.ID {
			return nil
		}
		return forbidden()
	}
	if !u.SeesBranch(q.BranchID) {
		return forbidden()
	}
	if own {
		others, err := a.o.Store.OtherDeciders(ctx, u.ID, q.BranchID)
		if err != nil {
			return err
		}
		if others {
			return attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own request.")
		}
	}
	if (d.State == attendance.RequestRefused || d.State == attendance.RequestRevoked) && d.Note == "" {
		return attendance.Invalid("note", "It needs a reason.")
	}
	return nil
}
