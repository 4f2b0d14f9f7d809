package api

import (
	"context"
	"net/http"
	"strings"

	"hadir/internal/attendance"

	"github.com/danielgtaylor/huma/v2"
)

type recapsInput struct {
	PageInput
	Branch []int64 `query:"branch" doc:"Ids of branches; default all that the caller may see."`
	From   string  `query:"from" doc:"First work date."`
	To     string  `query:"to" doc:"Last work date."`
}

func (a *API) registerRecaps(h huma.API) {
	op := private(http.MethodGet, "/api/recaps", "list-recaps", "Daily recaps, latest first", tagAttendance)
	op.Description = "A branch's date is recapped when it is over there and the last window that began on it has " +
		"closed. It is counted again when a day of it changes."
	huma.Register(h, op, func(ctx context.Context, in *recapsInput) (*answer[list[attendance.Recap]], error) {
		ids, err := branchScope(callerOf(ctx).user, in.Branch)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		from, err := parseDate("from", in.From)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		to, err := parseDate("to", in.To)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		if to == 0 {
			to = attendance.NewDate(2200, 1, 1)
		}
		rows, next, err := a.o.Store.Recaps(ctx, ids, from, to, in.Limit, strings.Clone(in.Cursor))
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return newList(a, rows, next), nil
	})
}
