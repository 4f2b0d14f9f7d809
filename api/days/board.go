package days

import (
	"context"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/days/lists"
)

// Lengths of the board's lists. They are longer than what a screen shows, so that events may empty them for a while.
const (
	boardPending = 50
	boardLate    = 50
	boardLatest  = 30
)

type boardInput struct {
	Branch []int64 `query:"branch" doc:"@boardInput.branch"`
	Weeks  int     `query:"weeks" minimum:"0" maximum:"12" default:"4" doc:"@weeks"`
}

// board is everything that the dashboard shows, so that a page which has to read again asks once.
type board struct {
	Summaries []attendance.Summary `json:"summaries"`
	Pending   []attendance.Entry   `json:"pending" doc:"Not yet in, the longest overdue first."`
	Late      []attendance.Entry   `json:"late" doc:"Came late, the latest first."`
	Latest    []attendance.Entry   `json:"latest" doc:"@board.latest"`
	Arrivals  lists.Arrivals       `json:"arrivals"`
	AsOf      time.Time            `json:"as_of"`
}

func (a *API) registerBoard(r *rest.Router) {
	op := rest.Op("GET /api/attendances/board", "read-board", "Everything that the dashboard shows", tagAttendance)
	op.Description = "Counters, who is not yet in, who came late, the latest punches and the curve of arrivals in " +
		"one answer. " +
		"Merge events by employee_id, work_date and version, and summaries by as_of."
	rest.Handle(r, op, rest.Dashboard, a.board)
}

func (a *API) board(ctx context.Context, in *boardInput) (b board, err error) {
	u := rest.UserOf(ctx)
	chosen, err := rest.BranchScope(u, in.Branch)
	if err != nil {
		return b, err
	}
	b.AsOf = a.o.Clock.Now()
	b.Summaries, b.Pending, err = a.o.Store.Lists.Present(ctx, rest.OwnBranches(u), chosen, boardPending, b.AsOf)
	if err != nil {
		return b, err
	}
	if b.Late, err = a.o.Store.Lists.LatestLate(ctx, chosen, boardLate, b.AsOf); err != nil {
		return b, err
	}
	if b.Latest, err = a.o.Store.Lists.Latest(ctx, chosen, boardLatest, b.AsOf); err != nil {
		return b, err
	}
	if b.Arrivals, err = a.o.Store.Lists.Arrivals(ctx, chosen, in.Weeks, b.AsOf); err != nil {
		return b, err
	}
	b.Pending, b.Late = rest.OrEmpty(b.Pending), rest.OrEmpty(b.Late)
	b.Summaries, b.Latest = rest.OrEmpty(b.Summaries), rest.OrEmpty(b.Latest)
	return b, nil
}
