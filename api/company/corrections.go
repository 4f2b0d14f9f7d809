package company

import (
	"context"
	"errors"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/attendance/localtime"
	"hadir/internal/store/company/requests"
)

// Correction is what somebody wants a day to be like. It is exported because huma finds the fields of embedded types
// only so.
type Correction struct {
	WorkDate  string `json:"work_date" maxLength:"10" example:"2026-11-23"`
	VoidPunch int64  `json:"void_punch_id,omitempty" minimum:"1" doc:"@askCorrectionInput.void_punch_id"`
	Direction string `json:"direction,omitempty" enum:"in,out" doc:"@askCorrectionInput.direction"`
	Time      string `json:"time,omitempty" maxLength:"40" example:"17:05" doc:"@askCorrectionInput.time"`
	NextDay   bool   `json:"next_day,omitempty" doc:"@askCorrectionInput.next_day"`
	Repeated  string `json:"repeated,omitempty" enum:"first,second" doc:"@askCorrectionInput.repeated"`
	Reason    string `json:"reason" maxLength:"500" text:"lines"`
}

type askCorrectionInput struct {
	Body struct {
		Correction
		EmployeeID int64 `json:"employee_id,omitempty" doc:"Whose day it is; left out for the own."`
	}
}

type correctDayInput struct {
	Body struct {
		Correction
		EmployeeID int64  `json:"employee_id" minimum:"1" doc:"Whose day it is."`
		Version    *int64 `json:"version,omitempty" minimum:"0" doc:"@correctDayInput.version"`
	}
}

// effect says what a correction would make of a day.
type effect struct {
	WorkDate attendance.Date `json:"work_date"`
	Before   attendance.Day  `json:"before" doc:"As its punches make it now."`
	After    attendance.Day  `json:"after" doc:"As they would make it once the correction is approved."`
	Changes  bool            `json:"changes" doc:"@effect.changes"`
	Locked   bool            `json:"locked" doc:"@effect.locked"`
}

func (a *api) registerCorrections(r *rest.Router) {
	ask := rest.Op("POST /api/corrections", "ask-correction",
		"Propose a punch that was not made, or that a wrong one is taken away", tagRequests, http.StatusNotFound,
		http.StatusConflict, http.StatusTooManyRequests)
	ask.DefaultStatus = http.StatusCreated
	rest.Handle(r, ask, rest.Own, a.askCorrection)
	correct := rest.Op("POST /api/corrections/at-once", "correct-day",
		"Correct somebody's day at once", tagRequests, http.StatusNotFound, http.StatusConflict,
		http.StatusTooManyRequests)
	correct.DefaultStatus = http.StatusCreated
	correct.Description = "As a correction that is asked for and approved, by whoever may approve it. The answer has " +
		"a punch_id once its punch is recorded, which is mostly so; else that follows. Refused in a settled period " +
		"(period_locked), about the own days (own_request, own_days), and on a day that changed meanwhile (stale)."
	rest.Handle(r, correct, rest.Dashboard, a.correctDay)
	look := rest.Op("GET /api/corrections/{id}/effect", "correction-effect",
		"What a pending correction would make of its day", tagRequests, http.StatusNotFound, http.StatusConflict)
	rest.Handle(r, look, rest.Own, a.effect)
}

func (a *api) askCorrection(ctx context.Context, in *askCorrectionInput) (out attendance.Request, err error) {
	q, d, err := in.Body.request(in.Body.EmployeeID)
	if err != nil {
		return out, err
	}
	return a.ask(ctx, q, d, in.Body.at(q, d))
}

// request is a correction as far as it can be read without the zone of its branch.
func (c *Correction) request(employeeID int64) (q *attendance.Request, d attendance.Date, err error) {
	d, err = rest.ParseDate("work_date", c.WorkDate)
	if err == nil && d == 0 {
		err = attendance.Invalid("work_date", "A date of the form YYYY-MM-DD is expected.")
	}
	return &attendance.Request{Type: attendance.RequestCorrection, EmployeeID: employeeID, WorkDate: &d,
		VoidPunchID: c.VoidPunch, Direction: attendance.Direction(c.Direction), Reason: rest.OneSpace(c.Reason)}, d, err
}

// at returns what reads the time of a correction of a date, in the zone of its branch.
func (c *Correction) at(q *attendance.Request, d attendance.Date) func(zone *time.Location) error {
	return func(zone *time.Location) error {
		if c.VoidPunch != 0 && c.Direction == "" && c.Time == "" {
			return nil
		}
		at, err := rest.LocalTime("time", c.Time)
		if err != nil {
			return err
		}
		day := d
		if c.NextDay {
			day = d.AddDays(1)
		}
		occurred, err := localtime.Instant(day, at, localtime.Repeated(c.Repeated), zone)
		if err != nil {
			return err
		}
		q.OccurredAt = &occurred
		return nil
	}
}

// correctDay is a correction that is asked for and approved at once, with its punch.
func (a *api) correctDay(ctx context.Context, in *correctDayInput) (out attendance.Request, err error) {
	q, d, err := in.Body.request(in.Body.EmployeeID)
	if err != nil {
		return out, err
	}
	e, r, err := a.complete(ctx, q, d, in.Body.at(q, d))
	if err != nil {
		return out, err
	}
	q.BranchID, q.EmployeeName = r.On(d).Branch.ID, e.Name
	if err := a.mayDecide(ctx, q, requests.Decision{State: attendance.RequestApproved}); err != nil {
		return out, err
	}
	id, err := a.o.Store.Requests.Correct(ctx, rest.ActorOf(ctx), *q, in.Body.Version)
	if err != nil {
		return out, err
	}
	// Whoever corrects wants to see the day as it is now; the task that was left does it if this node does not get
	// there.
	if refused, err := a.o.Store.Requests.Apply(ctx, id); refused != nil || err != nil {
		a.o.Log.WarnContext(ctx, "the punch of a correction is left to the queue", "correction", id, "error",
			errors.Join(refused, err))
	}
	return a.o.Store.Requests.Request(ctx, attendance.RequestCorrection, id)
}

// notPending refuses to say what a decided request would do.
func notPending() error {
	return attendance.NewError(attendance.CodeConflict, "the request is no longer pending")
}

func (a *api) effect(ctx context.Context, in *rest.IDInput) (out effect, err error) {
	q, err := a.visibleRequest(ctx, attendance.RequestCorrection, in.ID)
	if err != nil {
		return out, err
	}
	if q.State != attendance.RequestPending {
		return out, notPending()
	}
	d := *q.WorkDate
	e, r, err := a.o.Store.Plans.Roster(ctx, q.EmployeeID, d.AddDays(-2), d.AddDays(2))
	if err != nil {
		return out, err
	}
	from, to := r.PunchRange(d)
	punches, err := a.o.Store.Days.Punches(ctx, e.ID, from, to)
	if err != nil {
		return out, err
	}
	var adds *attendance.Punch
	if q.OccurredAt != nil {
		adds = &attendance.Punch{EmployeeID: e.ID, Direction: q.Direction, OccurredAt: *q.OccurredAt,
			Source: attendance.SourceCorrection}
	}
	now := a.o.Clock.Now()
	out = effect{WorkDate: d, Before: e.Day(r, d, punches, now), Locked: r.Locked(d),
		After: e.Day(r, d, attendance.Corrected(punches, q.VoidPunchID, adds), now)}
	out.Changes = !out.Before.SameOutcome(&out.After)
	return out, nil
}
