package days

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/problem"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"

	"github.com/danielgtaylor/huma/v2"
)

const tagReviews = "Reviews"

type reviewsInput struct {
	rest.PageInput
	State    string  `query:"state" enum:"open,accepted,refused,voided" default:"open" doc:"@review.state"`
	Branch   []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	Employee []int64 `query:"employee" doc:"Ids of employees."`
	Reason   reason  `query:"reason" doc:"Only punches with this reason."`
	From     string  `query:"from" doc:"First work date." example:"2026-11-01"`
	To       string  `query:"to" doc:"Last work date."`
	Query    string  `query:"q" maxLength:"100" doc:"@q"`
}

// reason is a review.Reason, or "" for any.
type reason string

// Schema implements huma.SchemaProvider.
func (reason) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, r := range review.Reasons() {
		s.Enum = append(s.Enum, string(r))
	}
	return s
}

// reviewItem is a punch that is to be looked at, with the evidence.
type reviewItem struct {
	reviews.Review
	Punch attendance.Punch    `json:"punch"`
	Why   []attendance.Reason `json:"why" doc:"@review.why"`
}

// Decision is what becomes of punches. It is exported because huma finds the fields of embedded types only so.
type Decision struct {
	State review.State `json:"state" enum:"accepted,refused,open" doc:"@review.decision"`
	Note  string       `json:"note,omitempty" maxLength:"500" doc:"@review.note" text:"lines"`
}

type decideReviewInput struct {
	rest.IDInput
	Body struct {
		Decision
		From review.State `json:"from,omitempty" enum:"open,accepted,refused,voided" doc:"@review.from"`
	}
}

type reviewChoice struct {
	ID   int64        `json:"id" minimum:"1" doc:"Of the punch."`
	From review.State `json:"from,omitempty" enum:"open,accepted,refused,voided" doc:"@review.from"`
}

type decideReviewsInput struct {
	Body struct {
		Decision
		Items []reviewChoice `json:"items" minItems:"1" maxItems:"100"`
	}
}

// decidedReview is what became of one of several.
type decidedReview struct {
	ID      int64            `json:"id"`
	Review  *reviewItem      `json:"review,omitempty" doc:"As it is now, where it was decided or was so already."`
	Problem *problem.Problem `json:"problem,omitempty" doc:"What stands against it."`
}

// decidedReviews are the answers about several, in their order.
type decidedReviews struct {
	Items []decidedReview `json:"items"`
}

// Problems implements rest.Problematic.
func (d decidedReviews) Problems() (ps []*problem.Problem) {
	for i := range d.Items {
		if p := d.Items[i].Problem; p != nil {
			ps = append(ps, p)
		}
	}
	return ps
}

type countReviewsInput struct {
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
}

type reviewCount struct {
	BranchID int64 `json:"branch_id"`
	Open     int   `json:"open"`
}

type reviewCounts struct {
	Items []reviewCount `json:"items" doc:"Branches where none waits are left out."`
	AsOf  time.Time     `json:"as_of"`
}

type reviewWeights struct {
	Weights review.Weights `json:"weights" doc:"@review.weights"`
	Version string         `json:"version" doc:"Names this state; give it back with a change."`
}

type changeReviewWeightsInput struct {
	Body struct {
		Weights map[review.Reason]int `json:"weights" doc:"Of the reasons that change, 0 to 100."`
		Version string                `json:"version,omitempty" maxLength:"64" doc:"@version"`
	}
}

func (a *API) registerReviews(r *rest.Router) {
	list := rest.Op("GET /api/reviews", "list-reviews", "Punches to look at, the one made last first", tagReviews)
	list.Description = "Punches that their branch's policies mark, with reasons, what these weigh, and evidence. " +
		"Nothing is ever refused by itself."
	rest.Handle(r, list, rest.Dashboard, a.reviews)
	rest.Handle(r, rest.Op("GET /api/reviews/counts", "count-reviews", "How many punches wait, by branch", tagReviews),
		rest.Dashboard, a.countReviews)
	rest.Handle(r, rest.Op("GET /api/reviews/weights", "get-review-weights", "What reasons weigh", tagReviews),
		rest.Dashboard, func(ctx context.Context, _ *struct{}) (out reviewWeights, err error) {
			w, err := a.o.Store.Reviews.Weights(ctx)
			return weightsOf(w), err
		})
	change := rest.Op("PATCH /api/reviews/weights", "change-review-weights", "Change what reasons weigh", tagReviews,
		http.StatusConflict)
	change.Description = "A reason that weighs 0 brings no punch into the list of open ones by itself."
	rest.Handle(r, change, rest.Admins,
		func(ctx context.Context, in *changeReviewWeightsInput) (out reviewWeights, err error) {
			w, err := a.o.Store.Reviews.ChangeWeights(ctx, rest.ActorOf(ctx), in.Body.Version, in.Body.Weights)
			return weightsOf(w), err
		})
	many := rest.Op("POST /api/reviews/decisions", "decide-reviews", "Decide about up to 100 punches at once",
		tagReviews)
	many.Description = "Each is answered by itself: what stands against one does not keep the others back. Days are " +
		"computed again by tasks."
	rest.Handle(r, many, rest.Dashboard, a.decideReviews)
	rest.Handle(r, rest.Op("GET /api/reviews/{id}", "get-review", "A punch to look at, by the id of the punch",
		tagReviews, http.StatusNotFound), rest.Dashboard,
		func(ctx context.Context, in *rest.IDInput) (reviewItem, error) { return a.review(ctx, in.ID) })
	one := rest.Op("POST /api/reviews/{id}/decision", "decide-review", "Accept or refuse a punch, or open it again",
		tagReviews, http.StatusNotFound, http.StatusConflict)
	one.Description = "A refusal needs a note and takes the punch away for good, so that its days are computed " +
		"again; not in a settled period (period_locked). What was decided by somebody else since it was seen is " +
		"answered 409 `stale`, what was taken away 409 `conflict`; what is so already is answered as it is. Nobody " +
		"decides about themselves (own_request)."
	rest.Handle(r, one, rest.Dashboard, a.decideReview)
}

func weightsOf(w review.Weights) reviewWeights {
	whole := w.Whole()
	return reviewWeights{whole, db.Version(whole)}
}

func (a *API) reviews(ctx context.Context, in *reviewsInput) (out rest.List[reviewItem], err error) {
	f := reviews.Filter{State: review.State(in.State), Reason: review.Reason(in.Reason), Query: in.Query,
		Limit: in.Limit, Cursor: in.Cursor}
	if f.From, f.To, err = datesOf(in.From, in.To); err != nil {
		return out, err
	}
	if f.BranchIDs, f.EmployeeIDs, err = rest.Sight(rest.UserOf(ctx), in.Branch, in.Employee); err != nil {
		return out, err
	}
	rows, next, err := a.o.Store.Reviews.List(ctx, f)
	if err != nil {
		return out, err
	}
	items, err := a.evident(ctx, rows)
	return rest.NewList(items, next, a.o.Clock.Now()), err
}

// evident adds the evidence to reviews, keeping their order.
func (a *API) evident(ctx context.Context, rows []reviews.Review) ([]reviewItem, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	punches, err := a.o.Store.Days.PunchesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]*attendance.Punch, len(punches))
	var why []attendance.Reason
	var zones attendance.Zones
	for i := range punches {
		p := &punches[i]
		zone, err := zones.Load(p.Zone)
		if err != nil {
			return nil, err
		}
		if at[p.ID] = p; p.Offline {
			made, received := p.OccurredAt.UTC(), p.ReceivedAt.UTC()
			why = append(why, attendance.Reason{Code: attendance.ReasonOffline, At: &made, Until: &received,
				Punch: p.ID})
		}
		why = append(why, p.Doubtful(zone)...)
	}
	if why, err = a.nameSharers(ctx, why, punches); err != nil {
		return nil, err
	}
	reasons := map[int64][]attendance.Reason{}
	for _, r := range why {
		reasons[r.Punch] = append(reasons[r.Punch], r)
	}
	items := make([]reviewItem, 0, len(rows))
	for _, r := range rows {
		if p, ok := at[r.ID]; ok {
			items = append(items, reviewItem{Review: r, Punch: *p, Why: rest.OrEmpty(reasons[r.ID])})
		}
	}
	return items, nil
}

// review returns one that the caller may see.
func (a *API) review(ctx context.Context, id int64) (out reviewItem, err error) {
	r, err := a.o.Store.Reviews.Review(ctx, id)
	if u := rest.UserOf(ctx); err == nil && !u.SeesBranch(r.BranchID) {
		err = rest.NotFound()
	}
	if err != nil {
		return out, err
	}
	items, err := a.evident(ctx, []reviews.Review{r})
	if err == nil && len(items) == 0 {
		err = rest.NotFound()
	}
	if err != nil {
		return out, err
	}
	return items[0], nil
}

// seen is the state in which whoever decides saw a punch.
func seen(from review.State) review.State {
	if from == "" {
		return review.Open
	}
	return from
}

func (d *Decision) decided() reviews.Decision {
	return reviews.Decision{State: d.State, Note: rest.OneSpace(d.Note)}
}

func (a *API) decideReview(ctx context.Context, in *decideReviewInput) (out reviewItem, err error) {
	choices := []reviews.Choice{{PunchID: in.ID, From: seen(in.Body.From)}}
	against, err := a.o.Store.Reviews.Decide(ctx, rest.ActorOf(ctx), choices, in.Body.decided())
	if err == nil {
		err = against[0]
	}
	if err != nil {
		return out, err
	}
	a.decisions.WithLabelValues(string(in.Body.State)).Inc()
	return a.review(ctx, in.ID)
}

func (a *API) decideReviews(ctx context.Context, in *decideReviewsInput) (out decidedReviews, err error) {
	choices := make([]reviews.Choice, len(in.Body.Items))
	for i, c := range in.Body.Items {
		choices[i] = reviews.Choice{PunchID: c.ID, From: seen(c.From)}
	}
	against, err := a.o.Store.Reviews.Decide(ctx, rest.ActorOf(ctx), choices, in.Body.decided())
	if err != nil {
		return out, err
	}
	var done []int64
	for i, c := range choices {
		if against[i] == nil {
			done = append(done, c.PunchID)
		}
	}
	rows, err := a.o.Store.Reviews.ByID(ctx, done)
	if err != nil {
		return out, err
	}
	items, err := a.evident(ctx, rows)
	if err != nil {
		return out, err
	}
	now := make(map[int64]*reviewItem, len(items))
	for i := range items {
		now[items[i].ID] = &items[i]
	}
	out.Items = make([]decidedReview, len(choices))
	for i, c := range choices {
		out.Items[i].ID = c.PunchID
		if against[i] != nil {
			out.Items[i].Problem = problem.Of(against[i])
			continue
		}
		a.decisions.WithLabelValues(string(in.Body.State)).Inc()
		out.Items[i].Review = now[c.PunchID]
	}
	return out, nil
}

func (a *API) countReviews(ctx context.Context, in *countReviewsInput) (out reviewCounts, err error) {
	ids, err := rest.BranchScope(rest.UserOf(ctx), in.Branch)
	if err != nil {
		return out, err
	}
	counts, err := a.o.Store.Reviews.Counts(ctx, ids)
	if err != nil {
		return out, err
	}
	out = reviewCounts{Items: []reviewCount{}, AsOf: a.o.Clock.Now()}
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		out.Items = append(out.Items, reviewCount{id, counts[id]})
	}
	return out, nil
}
