package days

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days"
)

type voidInput struct {
	rest.IDInput
	Body struct {
		Reason string `json:"reason" maxLength:"500" doc:"Why it is wrong; the employee reads it." text:"lines"`
	}
}

func (a *API) registerVoids(r *rest.Router) {
	void := rest.Op("POST /api/punches/{id}/void", "void-punch", "Take a wrong punch away", tagAttendance,
		http.StatusNotFound, http.StatusConflict)
	void.Description = "It stays, struck out, with what repeated it, and counts for nothing; its days are computed " +
		"again. By admins and the branch's own, with a reason; never of the own days, about which somebody else " +
		"decides (own_request), and not in a settled period (period_locked)."
	rest.Handle(r, void, rest.Own, a.voidPunch)
	undo := rest.Op("POST /api/me/punches/{id}/undo", "undo-punch", "Take the own last punch back", tagAttendance,
		http.StatusNotFound, http.StatusConflict)
	undo.Description = "Within 60 s of its arrival, and only the last one; later it takes a correction (undo_over)."
	rest.Handle(r, undo, rest.Own, a.undoPunch)
}

func (a *API) voidPunch(ctx context.Context, in *voidInput) (dayDetail, error) {
	v := attendance.Void{Origin: attendance.VoidByDecision, Reason: rest.OneSpace(in.Body.Reason)}
	u := rest.UserOf(ctx)
	return a.void(ctx, in.ID, v, func(p *days.Voiding) error {
		branch := p.Roster.On(p.WorkDate).Branch.ID
		switch {
		case !u.SeesEmployee(p.Punch.EmployeeID, branch):
			return rest.NotFound()
		case rest.ActorOf(ctx).Is(p.Punch.EmployeeID):
			return attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own punches.")
		case !u.SeesBranch(branch):
			return rest.Forbidden()
		case v.Reason == "":
			return attendance.Invalid("reason", "It needs a reason.")
		}
		return nil
	})
}

func (a *API) undoPunch(ctx context.Context, in *rest.IDInput) (dayDetail, error) {
	u := rest.UserOf(ctx)
	return a.void(ctx, in.ID, attendance.Void{Origin: attendance.VoidByOwner}, func(p *days.Voiding) error {
		if u.EmployeeID == 0 || u.EmployeeID != p.Punch.EmployeeID {
			return rest.NotFound()
		}
		return attendance.MayUndo(p.Punches, in.ID, a.o.Clock.Now())
	})
}

// void takes a punch away and answers with the day that it is left with. Nobody learns of punches that are not theirs
// to see: may is asked before anything else is said about one, and again while nobody can change what it looks at.
func (a *API) void(ctx context.Context, id int64, v attendance.Void, may func(*days.Voiding) error) (out dayDetail,
	err error) {
	u := rest.UserOf(ctx)
	v.UserID, v.EmployeeID = u.ID, u.EmployeeID
	found, err := a.o.Store.Days.Voiding(ctx, id)
	if err == nil {
		err = may(&found)
	}
	if err == nil {
		err = a.o.Store.Days.VoidPunch(ctx, rest.ActorOf(ctx), id, v, may)
	}
	if err != nil {
		return out, err
	}
	return a.dayOf(ctx, found.Punch.EmployeeID, found.WorkDate)
}
