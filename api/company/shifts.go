package company

import (
	"cmp"
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

// What holds of a shift where a request leaves it out, in minutes.
const (
	presetOpensBefore = 120
	presetClosesAfter = 240
	presetBreakAfter  = 240
)

type shiftFields struct {
	Code         string `json:"code" minLength:"1" maxLength:"32"`
	Name         string `json:"name" minLength:"1" maxLength:"100"`
	Start        string `json:"start" maxLength:"40" example:"08:00" doc:"@timeOfDay"`
	End          string `json:"end" maxLength:"40" example:"17:00" doc:"@shiftFields.end"`
	OpensBefore  *int   `json:"opens_before,omitempty" minimum:"0" maximum:"720" doc:"@shiftFields.opens_before"`
	ClosesAfter  *int   `json:"closes_after,omitempty" minimum:"0" maximum:"1440" doc:"@shiftFields.closes_after"`
	LateGrace    int    `json:"late_grace,omitempty" minimum:"0" maximum:"240"`
	EarlyGrace   int    `json:"early_grace,omitempty" minimum:"0" maximum:"240"`
	BreakMode    string `json:"break_mode,omitempty" enum:"fixed,punched,longer" doc:"@shiftFields.break_mode"`
	BreakMinutes int    `json:"break_minutes,omitempty" minimum:"0" maximum:"480" doc:"@shiftFields.break_minutes"`
	BreakMinimum int    `json:"break_minimum,omitempty" minimum:"0" maximum:"480" doc:"@shiftFields.break_minimum"`
	BreakAfter   *int   `json:"break_after,omitempty" minimum:"0" maximum:"1440" doc:"240 if left out."`
	HalfDayBelow int    `json:"half_day_below,omitempty" minimum:"0" maximum:"1440" doc:"0 turns it off."`
	AbsentBelow  int    `json:"absent_below,omitempty" minimum:"0" maximum:"1440" doc:"0 turns it off."`
	Active       *bool  `json:"active,omitempty" doc:"true if left out."`
}

type shiftChange struct {
	Code         *string `json:"code,omitempty" minLength:"1" maxLength:"32"`
	Name         *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Start        *string `json:"start,omitempty" maxLength:"40" doc:"@timeOfDay"`
	End          *string `json:"end,omitempty" maxLength:"40" doc:"@shiftFields.end"`
	OpensBefore  *int    `json:"opens_before,omitempty" minimum:"0" maximum:"720"`
	ClosesAfter  *int    `json:"closes_after,omitempty" minimum:"0" maximum:"1440"`
	LateGrace    *int    `json:"late_grace,omitempty" minimum:"0" maximum:"240"`
	EarlyGrace   *int    `json:"early_grace,omitempty" minimum:"0" maximum:"240"`
	BreakMode    *string `json:"break_mode,omitempty" enum:"fixed,punched,longer"`
	BreakMinutes *int    `json:"break_minutes,omitempty" minimum:"0" maximum:"480"`
	BreakMinimum *int    `json:"break_minimum,omitempty" minimum:"0" maximum:"480"`
	BreakAfter   *int    `json:"break_after,omitempty" minimum:"0" maximum:"1440"`
	HalfDayBelow *int    `json:"half_day_below,omitempty" minimum:"0" maximum:"1440"`
	AbsentBelow  *int    `json:"absent_below,omitempty" minimum:"0" maximum:"1440"`
	Active       *bool   `json:"active,omitempty"`
	Version      string  `json:"version,omitempty" maxLength:"64" doc:"@version"`
}

type addShiftInput struct{ Body shiftFields }

type changeShiftInput struct {
	rest.IDInput
	Body shiftChange
}

type removedShift struct {
	Removed bool `json:"removed" doc:"false: an assignment names the shift, so that it was only deactivated."`
}

// ShiftItem is a shift with the version of what it says.
type ShiftItem struct {
	attendance.Shift
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

func shiftItem(s attendance.Shift) ShiftItem { return ShiftItem{s, db.Version(s)} }

func (a *api) registerShifts(r *rest.Router) {
	add := rest.Op("POST /api/shifts", "add-shift", "Add a shift", tagShifts, http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	rest.Handle(r, add, rest.Admins, a.addShift)
	change := rest.Op("PATCH /api/shifts/{id}", "change-shift", "Change a shift", tagShifts,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A change of the rules computes the days from " +
		"today on again, and a night that reached today; days before keep what they were."
	rest.Handle(r, change, rest.Admins, a.changeShift)
	remove := rest.Op("DELETE /api/shifts/{id}", "remove-shift",
		"Remove a shift, or deactivate it if an assignment names it", tagShifts, http.StatusNotFound)
	rest.Handle(r, rest.Confirmed(remove), rest.Admins, func(ctx context.Context,
		in *rest.IDInput) (removedShift, error) {
		removed, err := a.o.Store.Shifts.RemoveShift(ctx, in.ID, rest.ActorOf(ctx))
		return removedShift{removed}, err
	})
}

func (a *api) addShift(ctx context.Context, in *addShiftInput) (out ShiftItem, err error) {
	sh, err := in.Body.shift()
	if err != nil {
		return out, err
	}
	sh, err = a.o.Store.Shifts.AddShift(ctx, sh, rest.ActorOf(ctx))
	return shiftItem(sh), err
}

func (a *api) changeShift(ctx context.Context, in *changeShiftInput) (out ShiftItem, err error) {
	b := in.Body
	times := [2]*attendance.LocalTime{}
	for i, f := range []struct {
		name string
		from *string
	}{{"start", b.Start}, {"end", b.End}} {
		if f.from == nil {
			continue
		}
		t, err := rest.LocalTime(f.name, *f.from)
		if err != nil {
			return out, err
		}
		times[i] = &t
	}
	sh, err := a.o.Store.Shifts.ChangeShift(ctx, in.ID, rest.ActorOf(ctx), func(sh *attendance.Shift) error {
		if err := db.Unchanged(b.Version, *sh); err != nil {
			return err
		}
		rest.Set(&sh.Code, rest.Spaced(b.Code))
		rest.Set(&sh.Name, rest.Spaced(b.Name))
		rest.Set(&sh.Start, times[0])
		rest.Set(&sh.End, times[1])
		rest.Set(&sh.OpensBefore, b.OpensBefore)
		rest.Set(&sh.ClosesAfter, b.ClosesAfter)
		rest.Set(&sh.LateGrace, b.LateGrace)
		rest.Set(&sh.EarlyGrace, b.EarlyGrace)
		rest.Set(&sh.BreakMode, (*attendance.BreakMode)(b.BreakMode))
		rest.Set(&sh.BreakMinutes, b.BreakMinutes)
		rest.Set(&sh.BreakMinimum, b.BreakMinimum)
		rest.Set(&sh.BreakAfter, b.BreakAfter)
		rest.Set(&sh.HalfDayBelow, b.HalfDayBelow)
		rest.Set(&sh.AbsentBelow, b.AbsentBelow)
		rest.Set(&sh.Active, b.Active)
		return nil
	})
	return shiftItem(sh), err
}

func (f *shiftFields) shift() (sh attendance.Shift, err error) {
	sh = attendance.Shift{Code: rest.OneSpace(f.Code), Name: rest.OneSpace(f.Name), OpensBefore: presetOpensBefore,
		ClosesAfter: presetClosesAfter, LateGrace: f.LateGrace, EarlyGrace: f.EarlyGrace,
		BreakMode:    cmp.Or(attendance.BreakMode(f.BreakMode), attendance.BreakFixed),
		BreakMinutes: f.BreakMinutes, BreakMinimum: f.BreakMinimum, BreakAfter: presetBreakAfter,
		HalfDayBelow: f.HalfDayBelow, AbsentBelow: f.AbsentBelow, Active: true}
	rest.Set(&sh.OpensBefore, f.OpensBefore)
	rest.Set(&sh.ClosesAfter, f.ClosesAfter)
	rest.Set(&sh.BreakAfter, f.BreakAfter)
	rest.Set(&sh.Active, f.Active)
	if sh.Start, err = rest.LocalTime("start", f.Start); err == nil {
		sh.End, err = rest.LocalTime("end", f.End)
	}
	return sh, err
}
