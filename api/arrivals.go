package api

import (
	"context"
	"net/http"

	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

type arrivalsInput struct {
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	Weeks  int     `query:"weeks" minimum:"0" maximum:"12" default:"4" doc:"How many weeks back the usual day is made of; 0 leaves it out."`
}

func (a *API) registerArrivals(h huma.API) {
	op := private(http.MethodGet, "/api/attendances/arrivals", "count-arrivals",
		"Arrivals against the shift's start, today and usually", tagAttendance)
	op.Description = "Counts of first check-ins in buckets of five minutes from the start of each employee's shift. " +
		"The usual day is the mean of the same weekday in the weeks before."
	huma.Register(h, op, func(ctx context.Context, in *arrivalsInput) (*answer[store.Arrivals], error) {
		ids, err := branchScope(callerOf(ctx).user, in.Branch)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		out, err := a.o.Store.Arrivals(ctx, ids, in.Weeks, a.o.Clock.Now())
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[store.Arrivals]{out}, nil
	})
}
