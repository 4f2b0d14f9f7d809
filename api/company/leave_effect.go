package company

import (
	"context"
	"slices"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
)

// leaveEffect says what a leave is about, for whoever decides.
type leaveEffect struct {
	Dates   int               `json:"dates" doc:"All dates of the leave that the caller sees."`
	Working int               `json:"working_days" doc:"@leaveEffect.working_days"`
	Punched []attendance.Date `json:"punched" doc:"@leaveEffect.punched"`
	Locked  int               `json:"locked" doc:"@leaveEffect.locked"`
	Shared  bool              `json:"shared,omitempty" doc:"@leaveEffect.shared"`
}

func (a *api) leaveEffect(ctx context.Context, in *rest.IDInput) (out leaveEffect, err error) {
	q, err := a.visibleRequest(ctx, attendance.RequestLeave, in.ID)
	if err != nil {
		return out, err
	}
	if q.State != attendance.RequestPending {
		return out, notPending()
	}
	e, r, err := a.o.Store.Plans.Roster(ctx, q.EmployeeID, q.From.AddDays(-2), q.To.AddDays(2))
	if err != nil {
		return out, err
	}
	begin, _ := r.PunchRange(*q.From)
	_, end := r.PunchRange(*q.To)
	punches, err := a.o.Store.Days.Punches(ctx, e.ID, begin, end)
	if err != nil {
		return out, err
	}
	now := a.o.Clock.Now()
	u := rest.UserOf(ctx)
	out = leaveEffect{Punched: []attendance.Date{}}
	for d := *q.From; d <= *q.To; d++ {
		if !u.SeesEmployee(e.ID, r.On(d).Branch.ID) {
			out.Shared = true
			continue
		}
		out.Dates++
		switch r.Plan(d, now) {
		case attendance.StatusPending, attendance.StatusAbsent:
			if e.MayPunch(d) {
				out.Working++
			}
		}
		if r.Locked(d) {
			out.Locked++
		}
		counts := func(p attendance.Punch) bool { return p.Voided == nil }
		if slices.ContainsFunc(r.PunchesOf(d, punchesAround(r, d, punches)), counts) {
			out.Punched = append(out.Punched, d)
		}
	}
	return out, nil
}

// punchesAround returns those of many punches, oldest first, that can belong to a date.
func punchesAround(r *attendance.Roster, d attendance.Date, punches []attendance.Punch) []attendance.Punch {
	from, to := r.PunchRange(d)
	at := func(p attendance.Punch, t time.Time) int { return p.OccurredAt.Compare(t) }
	first, _ := slices.BinarySearchFunc(punches, from, at)
	end, _ := slices.BinarySearchFunc(punches, to, at)
	return punches[first:end]
}
