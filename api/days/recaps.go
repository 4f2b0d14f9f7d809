package days

import (
	"context"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days"
)

type recapsInput struct {
	rest.PageInput
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	From   string  `query:"from" doc:"First work date."`
	To     string  `query:"to" doc:"Last work date."`
}

func (a *API) registerRecaps(r *rest.Router) {
	op := rest.Op("GET /api/recaps", "list-recaps", "Daily recaps, latest first", tagAttendance)
	op.Description = "A branch's date is recapped when it is over there and the last window that began on it has " +
		"closed. It is counted again when a day of it changes."
	rest.Handle(r, op, rest.Dashboard, a.recaps)
}

func (a *API) recaps(ctx context.Context, in *recapsInput) (out rest.List[attendance.Recap], err error) {
	ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
	if err != nil {
		return out, err
	}
	from, err := rest.ParseDate("from", in.From)
	if err != nil {
		return out, err
	}
	to, err := rest.ParseDate("to", in.To)
	if err != nil {
		return out, err
	}
	if to == 0 {
		to = rest.LastDate
	}
	rows, next, err := a.o.Store.Recaps.Recaps(ctx, days.RecapFilter{BranchIDs: ids, From: from, To: to,
		Limit: in.Limit, Cursor: in.Cursor})
	return rest.NewList(rows, next, a.o.Clock.Now()), err
}
