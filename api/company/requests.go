package company

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/company/requests"
)

type requestsInput struct {
	rest.PageInput
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
		Reason     string `json:"reason" maxLength:"500" text:"lines"`
	}
}

type decideInput struct {
	rest.IDInput
	Body *struct {
		Note string `json:"note,omitempty" maxLength:"500" text:"lines"`
	} `required:"false"`
}

func (in *decideInput) note() string {
	if in.Body == nil {
		return ""
	}
	return rest.OneSpace(in.Body.Note)
}

func (a *api) registerRequests(r *rest.Router) {
	a.registerKind(r, attendance.RequestLeave, "/api/leave-requests", "leave-request")
	a.registerKind(r, attendance.RequestCorrection, "/api/corrections", "correction")
	revoke := rest.Op("POST /api/leave-requests/{id}/revoke", "revoke-leave-request",
		"Revoke a leave that was approved", tagRequests, http.StatusNotFound, http.StatusConflict)
	revoke.Description = "By whoever may decide about it, with a note. Its days are computed again; those of a " +
		"locked period are flagged instead."
	rest.Handle(r, revoke, rest.Own, a.decide(attendance.RequestLeave, attendance.RequestRevoked))
	leave := rest.Op("POST /api/leave-requests", "ask-leave", "Ask for leave", tagRequests,
		http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	leave.DefaultStatus = http.StatusCreated
	rest.Handle(r, leave, rest.Own, a.askLeave)
	rest.Handle(r, rest.Op("GET /api/leave-requests/{id}/effect", "leave-request-effect",
		"Which days a pending leave would change", tagRequests, http.StatusNotFound, http.StatusConflict),
		rest.Own, a.leaveEffect)
	a.registerCorrections(r)
	a.registerDecisions(r)
}

// registerKind adds what both kinds of requests have.
func (a *api) registerKind(r *rest.Router, t attendance.RequestType, path, name string) {
	rest.Handle(r, rest.Op("GET "+path, "list-"+name+"s", "Requests of this kind, newest first", tagRequests),
		rest.Attendance, func(ctx context.Context, in *requestsInput) (rest.List[attendance.Request], error) {
			return a.requests(ctx, t, in)
		})
	rest.Handle(r, rest.Op("GET "+path+"/{id}", "get-"+name, "One request", tagRequests, http.StatusNotFound),
		rest.Own, func(ctx context.Context, in *rest.IDInput) (attendance.Request, error) {
			return a.visibleRequest(ctx, t, in.ID)
		})
	for verb, state := range map[string]attendance.RequestState{"approve": attendance.RequestApproved,
		"refuse": attendance.RequestRefused, "cancel": attendance.RequestCancelled} {
		op := rest.Op("POST "+path+"/{id}/"+verb, verb+"-"+name,
			strings.ToUpper(verb[:1])+verb[1:]+" a request", tagRequests, http.StatusNotFound, http.StatusConflict)
		op.Description = "Only while it is pending; of two decisions the first counts and the other is answered " +
			"with 409. " +
			"Nobody decides about an own request while somebody else could. Whoever asked, or the employee, may " +
			"cancel. A refusal needs a note."
		rest.Handle(r, op, rest.Own, a.decide(t, state))
	}
}

func (a *api) askLeave(ctx context.Context, in *askLeaveInput) (out attendance.Request, err error) {
	b := in.Body
	q := &attendance.Request{Type: attendance.RequestLeave, EmployeeID: b.EmployeeID,
		Kind: attendance.LeaveKind(b.Kind), Reason: rest.OneSpace(b.Reason)}
	from, err := rest.ParseDate("from", b.From)
	if err != nil {
		return out, err
	}
	to, err := rest.ParseDate("to", b.To)
	if err != nil {
		return out, err
	}
	q.From, q.To = &from, &to
	return a.ask(ctx, q, from, func(*time.Location) error { return nil })
}

func (a *api) requests(ctx context.Context, t attendance.RequestType,
	in *requestsInput) (out rest.List[attendance.Request], err error) {
	f := requests.RequestFilter{Limit: in.Limit, Cursor: in.Cursor}
	for _, s := range in.State {
		f.States = append(f.States, attendance.RequestState(s))
	}
	if f.BranchIDs, f.EmployeeIDs, err = rest.Sight(rest.UserOf(ctx), in.Branch, in.Employee); err != nil {
		return out, err
	}
	rows, next, err := a.o.Store.Requests.Requests(ctx, t, f)
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}

// visibleRequest returns a request that the caller may see; any other is answered as if it did not exist.
func (a *api) visibleRequest(ctx context.Context, t attendance.RequestType, id int64) (attendance.Request, error) {
	q, err := a.o.Store.Requests.Request(ctx, t, id)
	if u := rest.UserOf(ctx); err != nil || u.SeesEmployee(q.EmployeeID, q.BranchID) {
		return q, err
	}
	branches, err := a.o.Store.Requests.BranchesOf(ctx, &q)
	if some, _ := looksAfter(rest.UserOf(ctx), branches); err == nil && !some {
		err = rest.NotFound()
	}
	return q, err
}

// looksAfter tells whether somebody looks after some of the branches, and whether after all of them.
func looksAfter(u account.User, branches []int64) (some, all bool) {
	all = true
	for _, id := range branches {
		sees := u.SeesBranch(id)
		some, all = some || sees, all && sees
	}
	return some, all
}

// ask stores a request for the caller or, by an admin, for somebody in the admin's scope on its first date. read
// completes it in the zone of the branch to which the employee belongs on that date.
func (a *api) ask(ctx context.Context, q *attendance.Request, date attendance.Date,
	read func(zone *time.Location) error) (out attendance.Request, err error) {
	id, err := a.askFor(ctx, q, date, read)
	if err != nil {
		return out, err
	}
	return a.o.Store.Requests.Request(ctx, q.Type, id)
}

func (a *api) askFor(ctx context.Context, q *attendance.Request, date attendance.Date,
	read func(zone *time.Location) error) (int64, error) {
	u := rest.UserOf(ctx)
	if q.EmployeeID == 0 {
		q.EmployeeID = u.EmployeeID
	}
	if q.EmployeeID == 0 {
		if u.SeesDashboard() {
			return 0, attendance.Invalid("employee_id", "Say whose request it is.")
		}
		return 0, rest.NoEmployee()
	}
	if _, _, err := a.complete(ctx, q, date, read); err != nil {
		return 0, err
	}
	return a.o.Store.Requests.AddRequest(ctx, rest.ActorOf(ctx), *q)
}

// complete reads the rest of a request in the zone of the branch to which its employee belongs on its first date, and
// checks it. It returns the employee and what is planned around that date.
func (a *api) complete(ctx context.Context, q *attendance.Request, date attendance.Date,
	read func(zone *time.Location) error) (e attendance.Employee, r *attendance.Roster, err error) {
	// Whether a punch counts for its date depends on the shifts around it.
	if e, r, err = a.o.Store.Plans.Roster(ctx, q.EmployeeID, date.AddDays(-2), date.AddDays(2)); err != nil {
		return e, r, err
	}
	u, place := rest.UserOf(ctx), r.On(date)
	if !u.SeesEmployee(e.ID, place.Branch.ID) {
		return e, r, rest.NotFound()
	}
	if err := read(place.Zone); err != nil {
		return e, r, err
	}
	if err := r.ValidateRequest(*q, a.o.Clock.Now()); err != nil {
		return e, r, err
	}
	if err := e.NotEmployed(date); err != nil && (q.Type == attendance.RequestLeave || q.Adds()) {
		return e, r, err
	}
	return e, r, nil
}

// decide makes the handler that puts a request into a state.
func (a *api) decide(t attendance.RequestType,
	state attendance.RequestState) func(context.Context, *decideInput) (attendance.Request, error) {
	return func(ctx context.Context, in *decideInput) (out attendance.Request, err error) {
		q, err := a.visibleRequest(ctx, t, in.ID)
		if err != nil {
			return out, err
		}
		d := requests.Decision{State: state, Note: in.note()}
		if err := a.mayDecide(ctx, &q, d); err != nil {
			return out, err
		}
		if err := a.o.Store.Requests.DecideRequest(ctx, rest.ActorOf(ctx), t, in.ID, d); err != nil {
			return out, err
		}
		return a.o.Store.Requests.Request(ctx, t, in.ID)
	}
}

func (a *api) mayDecide(ctx context.Context, q *attendance.Request, d requests.Decision) error {
	u := rest.UserOf(ctx)
	own := u.EmployeeID != 0 && u.EmployeeID == q.EmployeeID
	if d.State == attendance.RequestCancelled {
		if own || q.RequestedBy == u.ID {
			return nil
		}
		return rest.Forbidden()
	}
	branches, err := a.o.Store.Requests.BranchesOf(ctx, q)
	if err != nil {
		return err
	}
	switch some, all := looksAfter(u, branches); {
	case !some:
		return rest.Forbidden()
	case !all:
		return &attendance.Elsewhere{Name: q.EmployeeName}
	}
	if by := rest.ActorOf(ctx); by.MayBe(q.EmployeeID) {
		others, err := a.o.Store.Users.OtherDeciders(ctx, u.ID, q.EmployeeID, branches...)
		if err != nil {
			return err
		}
		if others && !by.Is(q.EmployeeID) {
			return account.Held{Code: attendance.CodeOwnRequest}
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
