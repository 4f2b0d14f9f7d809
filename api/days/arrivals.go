package days

import (
	"context"

	"hadir/api/rest"
	"hadir/internal/store/days/lists"
)

type arrivalsInput struct {
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	Weeks  int     `query:"weeks" minimum:"0" maximum:"12" default:"4" doc:"@weeks"`
}

func (a *API) registerArrivals(r *rest.Router) {
	op := rest.Op("GET /api/attendances/arrivals", "count-arrivals",
		"Arrivals against the shift's start, today and usually", tagAttendance)
	op.Description = "Counts of first check-ins in buckets of five minutes from the start of each employee's shift. " +
		"The usual day is the mean of the same weekday in the weeks before."
	rest.Handle(r, op, rest.Dashboard, func(ctx context.Context, in *arrivalsInput) (out lists.Arrivals, err error) {
		ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
		if err != nil {
			return out, err
		}
		return a.o.Store.Lists.Arrivals(ctx, ids, in.Weeks, a.o.Clock.Now())
	})
}
