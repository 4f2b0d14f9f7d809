package company

import (
	"context"
	"net/http"
	"slices"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/company/requests"
)

// decisions are what others decided about the caller's requests.
type decisions struct {
	Items []attendance.Request `json:"items"`
	AsOf  time.Time            `json:"as_of"`
}

type seenDecision struct {
	Type  string `json:"type" enum:"leave,correction"`
	ID    int64  `json:"id" minimum:"1"`
	State string `json:"state" enum:"approved,refused,revoked" doc:"As it was shown."`
}

type seenInput struct {
	Body struct {
		Items []seenDecision `json:"items" minItems:"1" maxItems:"100"`
	}
}

// registerDecisions adds what an employee is told of decisions. Whoever is no employee is told nothing.
func (a *api) registerDecisions(r *rest.Router) {
	list := rest.Op("GET /api/me/decisions", "list-my-decisions",
		"What others decided about the caller's requests since the caller looked, newest first", tagRequests)
	list.Description = "The last 20 leaves and the last 20 corrections that were approved, refused or revoked. New " +
		"ones come as request.changed on private-employee.{id}."
	rest.Handle(r, list, rest.Own, a.decisions)
	see := rest.Op("POST /api/me/decisions/read", "read-my-decisions", "Mark decisions as read", tagRequests)
	see.Description = "Those that were shown. One that another one followed meanwhile stays news."
	see.DefaultStatus = http.StatusNoContent
	rest.Handle(r, see, rest.Own, rest.Do(func(ctx context.Context, in *seenInput) error {
		shown := make([]requests.Seen, len(in.Body.Items))
		for i, d := range in.Body.Items {
			shown[i] = requests.Seen{Type: attendance.RequestType(d.Type), ID: d.ID,
				State: attendance.RequestState(d.State)}
		}
		return a.o.Store.Requests.SeeDecisions(ctx, rest.UserOf(ctx).EmployeeID, shown)
	}))
}

func (a *api) decisions(ctx context.Context, _ *struct{}) (out decisions, err error) {
	u := rest.UserOf(ctx)
	news, err := a.o.Store.Requests.Decisions(ctx, u.EmployeeID, u.ID)
	if err != nil {
		return out, err
	}
	slices.SortStableFunc(news, func(x, y attendance.Request) int { return y.DecidedAt.Compare(*x.DecidedAt) })
	return decisions{rest.OrEmpty(news), a.o.Clock.Now()}, nil
}
