package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

const tagOperations = "Operations"

// ratios is what became of tasks within a span of time.
type ratios struct {
	Span       string   `json:"span" enum:"1h,24h,7d"`
	Queue      string   `json:"queue" doc:"all for the sum"`
	Kind       string   `json:"kind" doc:"all for the sum"`
	Succeeded  int64    `json:"succeeded" doc:"Tasks that ended well."`
	Died       int64    `json:"died" doc:"Tasks that ended in the dead letters."`
	Retried    int64    `json:"retried" doc:"Attempts that failed and were repeated."`
	PerTask    *float64 `json:"ratio_per_task" doc:"succeeded / (succeeded + died); null when nothing ended. The bar is over 0.99."`
	PerAttempt *float64 `json:"ratio_per_attempt" doc:"succeeded / (succeeded + died + retried), as asynqmon counts."`
}

// rate is how fast a queue's tasks end.
type rate struct {
	Queue     task.Queue `json:"queue"`
	PerMinute float64    `json:"per_minute" doc:"Tasks that ended, well or badly, a minute."`
}

// rateSpan smooths what the workers write in batches.
const rateSpan = 5 * time.Minute

type queues struct {
	Bar    float64   `json:"bar" doc:"What ratio_per_task must exceed."`
	Now    any       `json:"now" doc:"What the queues hold; null while Redis is away."`
	Ratios []ratios  `json:"ratios"`
	Rates  []rate    `json:"rates" doc:"How fast tasks ended over the last minutes."`
	AsOf   time.Time `json:"as_of"`
}

// deadLetter is a dead letter with its payload readable.
type deadLetter struct {
	task.DeadLetter
	Payload any `json:"payload" doc:"The task's JSON payload, or its text."`
}

type deadLettersInput struct {
	PageInput
	State string `query:"state" enum:"open,retried,discarded"`
	Kind  string `query:"kind" maxLength:"64" doc:"The task's kind."`
	Query string `query:"q" maxLength:"100" doc:"Part of the error, the payload or the task's id."`
}

type discardInput struct {
	IDInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

type decideManyInput struct {
	Body struct {
		Kind   string `json:"kind,omitempty" maxLength:"64" doc:"The tasks' kind."`
		Query  string `json:"q,omitempty" maxLength:"100" doc:"Part of the error, the payload or the task's id."`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Needed to discard."`
	}
}

type decidedMany struct {
	Decided int `json:"decided"`
}

func (a *API) registerOperations(h huma.API) {
	a.decideMany(h)
	huma.Register(h, private(http.MethodGet, "/api/ops/queues", "list-queues", "Queues and their success ratio",
		tagOperations),
		func(ctx context.Context, _ *struct{}) (*answer[queues], error) {
			if u := callerOf(ctx).user; !u.SeesOperations() {
				return nil, a.fail(ctx, forbidden())
			}
			out, err := a.queues(ctx)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return &answer[queues]{out}, nil
		})
	huma.Register(h, private(http.MethodGet, "/api/ops/dead-letters", "list-dead-letters", "Dead letters, newest first",
		tagOperations),
		func(ctx context.Context, in *deadLettersInput) (*answer[list[deadLetter]], error) {
			if u := callerOf(ctx).user; !u.SeesOperations() {
				return nil, a.fail(ctx, forbidden())
			}
			rows, next, err := a.o.Store.DeadLetters(ctx,
				store.DeadLetterFilter{State: task.DeadState(strings.Clone(in.State)),
					Kind:  task.Kind(strings.Clone(in.Kind)),
					Query: strings.Clone(in.Query), Limit: in.Limit, Cursor: strings.Clone(in.Cursor)})
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			out := make([]deadLetter, len(rows))
			for i, d := range rows {
				out[i] = deadLetter{DeadLetter: d}
				if json.Unmarshal(d.Payload, &out[i].Payload) != nil {
					out[i].Payload = strings.ToValidUTF8(string(d.Payload), "\uFFFD")
				}
			}
			return newList(a, out, next), nil
		})
	retry := private(http.MethodPost, "/api/ops/dead-letters/{id}/retry", "retry-dead-letter",
		"Run a dead letter's task again", tagOperations, http.StatusNotFound, http.StatusConflict)
	retry.DefaultStatus = http.StatusAccepted
	huma.Register(h, retry, func(ctx context.Context, in *IDInput) (*struct{}, error) {
		if u := callerOf(ctx).user; !u.SeesOperations() {
			return nil, a.fail(ctx, forbidden())
		}
		return nil, a.fail(ctx, a.o.Store.RetryDeadLetter(ctx, in.ID, actorOf(ctx)))
	})
	discard := private(http.MethodPost, "/api/ops/dead-letters/{id}/discard", "discard-dead-letter",
		"Close a dead letter without running it", tagOperations, http.StatusNotFound, http.StatusConflict)
	discard.DefaultStatus = http.StatusNoContent
	huma.Register(h, discard, func(ctx context.Context, in *discardInput) (*struct{}, error) {
		if u := callerOf(ctx).user; !u.SeesOperations() {
			return nil, a.fail(ctx, forbidden())
		}
		return nil, a.fail(ctx, a.o.Store.DiscardDeadLetter(ctx, in.ID, actorOf(ctx), in.Body.Reason))
	})
}

// decideMany registers the bulk forms of retry and discard.
func (a *API) decideMany(h huma.API) {
	for _, c := range []struct {
		verb, does string
		state      task.DeadState
	}{{"retry", "Run the tasks of dead letters again", task.DeadRetried},
		{"discard", "Close dead letters without running them", task.DeadDiscarded}} {
		op := private(http.MethodPost, "/api/ops/dead-letters/"+c.verb, c.verb+"-dead-letters", c.does, tagOperations)
		op.Description = "Of the open ones that the filter selects, the newest 200 at the most; ask again until " +
			"decided is 0. Each leaves an audit entry."
		huma.Register(h, op, func(ctx context.Context, in *decideManyInput) (*answer[decidedMany], error) {
			u := callerOf(ctx).user
			if !u.SeesOperations() {
				return nil, a.fail(ctx, forbidden())
			}
			reason := oneSpace(in.Body.Reason)
			if c.state == task.DeadDiscarded && reason == "" {
				return nil, a.fail(ctx, attendance.Invalid("reason", "A reason is needed."))
			}
			n, err := a.o.Store.DecideDeadLetters(ctx,
				store.DeadLetterFilter{Kind: task.Kind(strings.Clone(in.Body.Kind)),
					Query: strings.Clone(in.Body.Query)}, actorOf(ctx), c.state, reason)
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			return &answer[decidedMany]{decidedMany{n}}, nil
		})
	}
}

func (a *API) queues(ctx context.Context) (queues, error) {
	now := a.o.Clock.Now()
	out := queues{Bar: task.SuccessBar, Ratios: []ratios{}, AsOf: now}
	for _, span := range []struct {
		name string
		d    time.Duration
	}{{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}} {
		outcomes, err := a.o.Store.Outcomes(ctx, now.Add(-span.d))
		if err != nil {
			return out, err
		}
		for _, o := range outcomes {
			out.Ratios = append(out.Ratios, newRatios(span.name, string(o.Queue), string(o.Kind), o))
		}
		out.Ratios = append(out.Ratios, newRatios(span.name, "all", "all", task.Total(outcomes)))
	}
	recent, err := a.o.Store.Outcomes(ctx, now.Add(-rateSpan))
	if err != nil {
		return out, err
	}
	out.Rates = newRates(recent)
	if a.o.Queues != nil {
		held, err := a.o.Queues(ctx)
		if err != nil {
			// the ratios come from the database and stand
			a.o.Log.WarnContext(ctx, "looking at the queues", "error", err)
		} else {
			out.Now = held
		}
	}
	return out, nil
}

func newRates(outcomes []task.Outcome) []rate {
	rates := []rate{}
	for _, o := range outcomes { // ordered by queue
		if len(rates) == 0 || rates[len(rates)-1].Queue != o.Queue {
			rates = append(rates, rate{Queue: o.Queue})
		}
		rates[len(rates)-1].PerMinute += float64(o.Succeeded+o.Died) / rateSpan.Minutes()
	}
	return rates
}

func newRatios(span, queue, kind string, o task.Outcome) ratios {
	r := ratios{Span: span, Queue: queue, Kind: kind, Succeeded: o.Succeeded, Died: o.Died, Retried: o.Retried}
	if v, ok := o.TaskRatio(); ok {
		r.PerTask = &v
	}
	if v, ok := o.AttemptRatio(); ok {
		r.PerAttempt = &v
	}
	return r
}

// RequireOperator lets only operators and administrators past, for routes beside the API such as /metrics.
func (a *API) RequireOperator(c *fiber.Ctx) error {
	token, _ := credentials(c)
	u, err := a.Authenticate(c.UserContext(), token)
	if err != nil {
		return problem(c, attendance.CodeOf(err))
	}
	if !u.SeesOperations() {
		return problem(c, attendance.CodeForbidden)
	}
	return c.Next()
}
