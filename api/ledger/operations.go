package ledger

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
)

// ratios is what became of tasks within a span of time.
type ratios struct {
	Span       string   `json:"span" enum:"1h,24h,7d"`
	Queue      string   `json:"queue" doc:"all for the sum"`
	Kind       string   `json:"kind" doc:"all for the sum"`
	Succeeded  int64    `json:"succeeded" doc:"Tasks that ended well."`
	Died       int64    `json:"died" doc:"Tasks that ended in the dead letters."`
	Retried    int64    `json:"retried" doc:"Attempts that failed and were repeated."`
	PerTask    *float64 `json:"ratio_per_task" doc:"@ratios.ratio_per_task"`
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
	rest.PageInput
	State string `query:"state" enum:"open,retried,discarded"`
	Kind  string `query:"kind" maxLength:"64" doc:"The task's kind."`
	Query string `query:"q" maxLength:"100" doc:"Part of the error, the payload or the task's id."`
}

type discardInput struct {
	rest.IDInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" text:"lines"`
	}
}

type decideManyInput struct {
	Body struct {
		Kind   string `json:"kind,omitempty" maxLength:"64" doc:"The tasks' kind."`
		Query  string `json:"q,omitempty" maxLength:"100" doc:"Part of the error, the payload or the task's id."`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Needed to discard." text:"lines"`
	}
}

type decidedMany struct {
	Decided int `json:"decided"`
}

func (a *api) registerQueues(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/ops/queues", "list-queues", "Queues and their success ratio", tagOperations),
		rest.Operators, a.queues)
}

func (a *api) registerDeadLetters(r *rest.Router) {
	a.registerDecideMany(r, task.DeadRetried, "retry", "Run the tasks of dead letters again")
	a.registerDecideMany(r, task.DeadDiscarded, "discard", "Close dead letters without running them")
	rest.Handle(r, rest.Op("GET /api/ops/dead-letters", "list-dead-letters", "Dead letters, newest first",
		tagOperations), rest.Operators, a.deadLetters)
	retry := rest.Op("POST /api/ops/dead-letters/{id}/retry", "retry-dead-letter",
		"Run a dead letter's task again", tagOperations, http.StatusNotFound, http.StatusConflict)
	retry.DefaultStatus = http.StatusAccepted
	rest.Handle(r, retry, rest.Operators, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.DeadLetters.RetryDeadLetter(ctx, in.ID, rest.ActorOf(ctx))
	}))
	discard := rest.Op("POST /api/ops/dead-letters/{id}/discard", "discard-dead-letter",
		"Close a dead letter without running it", tagOperations, http.StatusNotFound, http.StatusConflict)
	discard.DefaultStatus = http.StatusNoContent
	rest.Handle(r, discard, rest.Operators, rest.Do(func(ctx context.Context, in *discardInput) error {
		return a.o.Store.DeadLetters.DiscardDeadLetter(ctx, in.ID, rest.ActorOf(ctx), in.Body.Reason)
	}))
}

func (a *api) deadLetters(ctx context.Context, in *deadLettersInput) (rest.List[deadLetter], error) {
	rows, next, err := a.o.Store.DeadLetters.DeadLetters(ctx, ledger.DeadLetterFilter{State: task.DeadState(in.State),
		Kind: task.Kind(in.Kind), Query: in.Query, Limit: in.Limit, Cursor: in.Cursor})
	items := rest.Items(rows, func(d task.DeadLetter) deadLetter { return deadLetter{d, readable(d.Payload)} })
	return rest.NewList(items, next, a.o.Clock.Now()), err
}

// registerDecideMany adds the bulk form of a decision.
func (a *api) registerDecideMany(r *rest.Router, state task.DeadState, verb, summary string) {
	op := rest.Op("POST /api/ops/dead-letters/"+verb, verb+"-dead-letters", summary, tagOperations)
	op.Description = "Of the open ones that the filter selects, the newest 200 at the most; ask again until " +
		"decided is 0. Each leaves an audit entry."
	rest.Handle(r, op, rest.Operators, func(ctx context.Context, in *decideManyInput) (out decidedMany, err error) {
		reason := rest.OneSpace(in.Body.Reason)
		if state == task.DeadDiscarded && reason == "" {
			return out, attendance.Invalid("reason", "A reason is needed.")
		}
		out.Decided, err = a.o.Store.DeadLetters.DecideDeadLetters(ctx,
			ledger.DeadLetterFilter{Kind: task.Kind(in.Body.Kind), Query: in.Body.Query}, rest.ActorOf(ctx), state,
			reason)
		return out, err
	})
}

func (a *api) queues(ctx context.Context, _ *struct{}) (queues, error) {
	now := a.o.Clock.Now()
	out := queues{Bar: task.SuccessBar, Ratios: []ratios{}, AsOf: now}
	for _, span := range []struct {
		name string
		d    time.Duration
	}{{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}} {
		outcomes, err := a.o.Store.Outcomes.Outcomes(ctx, now.Add(-span.d))
		if err != nil {
			return out, err
		}
		for _, o := range outcomes {
			out.Ratios = append(out.Ratios, newRatios(span.name, string(o.Queue), string(o.Kind), o))
		}
		out.Ratios = append(out.Ratios, newRatios(span.name, "all", "all", task.Total(outcomes)))
	}
	recent, err := a.o.Store.Outcomes.Outcomes(ctx, now.Add(-rateSpan))
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
