package company

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/attendance/localtime"
)

type askCorrectionInput struct {
	Body struct {
		EmployeeID int64  `json:"employee_id,omitempty" doc:"Whose day it is; left out for the own."`
		WorkDate   string `json:"work_date" maxLength:"10" example:"2026-11-23"`
		VoidPunch  int64  `json:"void_punch_id,omitempty" minimum:"1" doc:"@askCorrectionInput.void_punch_id"`
		Direction  string `json:"direction,omitempty" enum:"in,out" doc:"@askCorrectionInput.direction"`
		Time       string `json:"time,omitempty" maxLength:"40" example:"17:05" doc:"@askCorrectionInput.time"`
		NextDay    bool   `json:"next_day,omitempty" doc:"@askCorrectionInput.next_day"`
		Repeated   string `json:"repeated,omitempty" enum:"first,second" doc:"@askCorrectionInput.repeated"`
		Reason     string `json:"reason" maxLength:"500" text:"lines"`
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
	look := rest.Op("GET /api/corrections/{id}/effect", "correction-effect",
		"What a pending correction would make of its day", tagRequests, http.StatusNotFound, http.StatusConflict)
	rest.Handle(r, look, rest.Own, a.effect)
}

func (a *api) askCorrection(ctx context.Context, in *askCorrectionInput) (out attendance.Request, err error) {
	b := in.Body
	q := &attendance.Request{Type: attendance.RequestCorrection, EmployeeID: b.EmployeeID, VoidPunchID: b.VoidPunch,
		Direction: attendance.Direction(b.Direction), Reason: rest.OneSpace(b.Reason)}
	d, err := rest.ParseDate("work_date", b.WorkDate)
	if err == nil && d == 0 {
		err = attendance.Invalid("work_date", "A date of the form YYYY-MM-DD is expected.")
	}
	if err != nil {
		return out, err
	}
	q.WorkDate = &d
	return a.ask(ctx, q, d, func(zone *time.Location) error {
		if b.VoidPunch != 0 && b.Direction == "" && b.Time == "" {
			return nil
		}
		at, err := rest.LocalTime("time", b.Time)
		if err != nil {
			return err
		}
		day := d
		if b.NextDay {
			day = d.AddDays(1)
		}
		occurred, err := localtime.Instant(day, at, localtime.Repeated(b.Repeated), zone)
		if err != nil {
			return err
		}
		q.OccurredAt = &occurred
		return nil
	})
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
