package days

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"hadir/api/rest"
	"hadir/internal/attendance"
)

// mostPunches is how many punches a day's detail shows; a list goes on before them.
const mostPunches = 100

type dayPunchesInput struct {
	DayInput
	rest.PageInput
}

func (a *API) registerPunchLists(r *rest.Router) {
	op := rest.Op("GET /api/attendances/{employee_id}/{date}/punches", "list-punches",
		"The punches of a day, the latest first", tagAttendance, http.StatusNotFound)
	op.Description = "A day's detail has the latest 100 of them; its punches_before is the cursor for those before."
	rest.Handle(r, op, rest.Own, a.listPunches)
}

func (a *API) listPunches(ctx context.Context, in *dayPunchesInput) (out rest.List[attendance.Punch], err error) {
	day, err := a.day(ctx, &in.DayInput)
	if err != nil {
		return out, err
	}
	page, next, err := latestPunches(day.all, in.Cursor, in.Limit)
	slices.Reverse(page)
	return rest.NewList(page, next, a.o.Clock.Now()), err
}

// latestPunches returns the last of the punches, given oldest first, before the one that the cursor names, and the
// cursor for those before.
func latestPunches(all []attendance.Punch, cursor string, limit int) (page []attendance.Punch, next string, err error) {
	end := len(all)
	if cursor != "" {
		end = slices.IndexFunc(all, func(p attendance.Punch) bool { return strconv.FormatInt(p.ID, 10) == cursor })
		if end < 0 {
			return nil, "", &attendance.Error{Code: attendance.CodeInvalidCursor, Field: "cursor",
				Message: "the cursor does not come from this list; start again without one"}
		}
	}
	begin := max(0, end-limit)
	if begin > 0 {
		next = strconv.FormatInt(all[begin].ID, 10)
	}
	return slices.Clone(all[begin:end]), next, nil
}
