package days

import (
	"context"
	"time"

	"hadir/api/rest"
)

type waitingInput struct {
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
}

// waitingCounts is how much waits for whoever looks after some branches.
type waitingCounts struct {
	Leaves      int       `json:"leave_requests" doc:"That nobody decided yet."`
	Corrections int       `json:"corrections" doc:"That nobody decided yet."`
	Reviews     int       `json:"reviews" doc:"Punches to look at."`
	AsOf        time.Time `json:"as_of"`
}

func (a *API) registerWaiting(r *rest.Router) {
	op := rest.Op("GET /api/waiting", "count-waiting", "How much waits for a decision", tagAttendance)
	op.Description = "As many as the lists of requests that are pending and of punches to look at show, the own ones " +
		"among them."
	rest.Handle(r, op, rest.Dashboard, a.countWaiting)
}

func (a *API) countWaiting(ctx context.Context, in *waitingInput) (out waitingCounts, err error) {
	ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
	if err != nil {
		return out, err
	}
	requests, err := a.o.Store.Requests.Waiting(ctx, ids)
	if err != nil {
		return out, err
	}
	reviews, err := a.o.Store.Reviews.Counts(ctx, ids)
	if err != nil {
		return out, err
	}
	out = waitingCounts{Leaves: requests.Leaves, Corrections: requests.Corrections, AsOf: a.o.Clock.Now()}
	for _, n := range reviews {
		out.Reviews += n
	}
	return out, nil
}
