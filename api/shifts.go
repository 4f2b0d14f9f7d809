package api

import (
	"cmp"
	"context"
	"net/http"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

const tagShifts = "Shifts"

type shiftFields struct {
	Code         string `json:"code" minLength:"1" maxLength:"32"`
	Name         string `json:"name" minLength:"1" maxLength:"100"`
	Start        string `json:"start" maxLength:"5" doc:"HH:MM, local time."`
	End          string `json:"end" maxLength:"5" doc:"HH:MM; at or before start it is on the next date."`
	OpensBefore  *int   `json:"opens_before,omitempty" minimum:"0" maximum:"720" doc:"Minutes before start from which a punch belongs to the shift; 120 if left out."`
	ClosesAfter  *int   `json:"closes_after,omitempty" minimum:"0" maximum:"1440" doc:"Minutes after end until which a punch belongs to it; 240 if left out."`
	LateGrace    int    `json:"late_grace,omitempty" minimum:"0" maximum:"240"`
	EarlyGrace   int    `json:"early_grace,omitempty" minimum:"0" maximum:"240"`
	BreakMode    string `json:"break_mode,omitempty" enum:"fixed,punched,longer" doc:"fixed, if left out: break_minutes are taken off. punched: what the punches show, from a way out or into a break to the next way in or back, and break_minimum at the least. longer: what the punches show, and break_minutes at the least."`
	BreakMinutes int    `json:"break_minutes,omitempty" minimum:"0" maximum:"480" doc:"The fixed break, in minutes: taken off what the span from first in to last out exceeds break_after, up to as many."`
	BreakMinimum int    `json:"break_minimum,omitempty" minimum:"0" maximum:"480" doc:"Likewise, the least that is taken off where break_mode is punched."`
	BreakAfter   *int   `json:"break_after,omitempty" minimum:"0" maximum:"1440" doc:"240 if left out."`
	HalfDayBelow int    `json:"half_day_below,omitempty" minimum:"0" maximum:"1440" doc:"0 turns it off."`
	AbsentBelow  int    `json:"absent_below,omitempty" minimum:"0" maximum:"1440" doc:"0 turns it off."`
	Active       *bool  `json:"active,omitempty" doc:"true if left out."`
}

type shiftChange struct {
	Code         *string `json:"code,omitempty" minLength:"1" maxLength:"32"`
	Name         *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Start        *string `json:"start,omitempty" maxLength:"5"`
	End          *string `json:"end,omitempty" maxLength:"5"`
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
	Version      string  `json:"version,omitempty" maxLength:"64" doc:"As it was read; another one is answered with 409 and the code stale. Left out: whatever is there is overwritten."`
}

type addShiftInput struct{ Body shiftFields }

type changeShiftInput struct {
	IDInput
	Body shiftChange
}

type removedShift struct {
	Removed bool `json:"removed" doc:"false: an assignment names the shift, so that it was only deactivated."`
}

func (a *API) registerShifts(h huma.API) {
	add := private(http.MethodPost, "/api/shifts", "add-shift", "Add a shift", tagShifts, http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	huma.Register(h, add, func(ctx context.Context, in *addShiftInput) (*answer[ShiftItem], error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		sh, err := in.Body.shift()
		if err == nil {
			sh, err = a.o.Store.AddShift(ctx, sh, actorOf(ctx))
		}
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[ShiftItem]{shiftItem(sh)}, nil
	})
	change := private(http.MethodPatch, "/api/shifts/{id}", "change-shift", "Change a shift", tagShifts,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A change of the rules computes the days from " +
		"today on again, and a night that reached today; days before keep what they were."
	huma.Register(h, change, func(ctx context.Context, in *changeShiftInput) (*answer[ShiftItem], error) {
		sh, err := a.changeShift(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[ShiftItem]{shiftItem(sh)}, nil
	})
	remove := private(http.MethodDelete, "/api/shifts/{id}", "remove-shift",
		"Remove a shift, or deactivate it if an assignment names it", tagShifts, http.StatusNotFound)
	huma.Register(h, remove, func(ctx context.Context, in *IDInput) (*answer[removedShift], error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		removed, err := a.o.Store.RemoveShift(ctx, in.ID, actorOf(ctx))
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[removedShift]{removedShift{removed}}, nil
	})
}

func (a *API) changeShift(ctx context.Context, in *changeShiftInput) (attendance.Shift, error) {
	if err := onlyAdmin(ctx); err != nil {
		return attendance.Shift{}, err
	}
	b := in.Body
	times := [2]*attendance.LocalTime{}
	for i, f := range []struct {
		name string
		from *string
	}{{"start", b.Start}, {"end", b.End}} {
		if f.from == nil {
			continue
		}
		t, err := localTime(f.name, *f.from)
		if err != nil {
			return attendance.Shift{}, err
		}
		times[i] = &t
	}
	return a.o.Store.ChangeShift(ctx, in.ID, actorOf(ctx), func(sh *attendance.Shift) error {
		if err := store.Unchanged(b.Version, *sh); err != nil {
			return err
		}
		if b.Code != nil {
			sh.Code = oneSpace(*b.Code)
		}
		if b.Name != nil {
			sh.Name = oneSpace(*b.Name)
		}
		set(&sh.Start, times[0])
		set(&sh.End, times[1])
		set(&sh.OpensBefore, b.OpensBefore)
		set(&sh.ClosesAfter, b.ClosesAfter)
		set(&sh.LateGrace, b.LateGrace)
		set(&sh.EarlyGrace, b.EarlyGrace)
		set(&sh.BreakMode, (*attendance.BreakMode)(b.BreakMode))
		set(&sh.BreakMinutes, b.BreakMinutes)
		set(&sh.BreakMinimum, b.BreakMinimum)
		set(&sh.BreakAfter, b.BreakAfter)
		set(&sh.HalfDayBelow, b.HalfDayBelow)
		set(&sh.AbsentBelow, b.AbsentBelow)
		set(&sh.Active, b.Active)
		return nil
	})
}

func (f *shiftFields) shift() (sh attendance.Shift, err error) {
	sh = attendance.Shift{Code: oneSpace(f.Code), Name: oneSpace(f.Name), OpensBefore: 120, ClosesAfter: 240,
		LateGrace:  f.LateGrace,
		EarlyGrace: f.EarlyGrace, BreakMode: cmp.Or(attendance.BreakMode(f.BreakMode), attendance.BreakFixed),
		BreakMinutes: f.BreakMinutes,
		BreakMinimum: f.BreakMinimum, BreakAfter: 240, HalfDayBelow: f.HalfDayBelow, AbsentBelow: f.AbsentBelow,
		Active: true}
	set(&sh.OpensBefore, f.OpensBefore)
	set(&sh.ClosesAfter, f.ClosesAfter)
	set(&sh.BreakAfter, f.BreakAfter)
	set(&sh.Active, f.Active)
	if sh.Start, err = localTime("start", f.Start); err == nil {
		sh.End, err = localTime("end", f.End)
	}
	return sh, err
}

// localTime reads a time of day of a form.
func localTime(field, s string) (attendance.LocalTime, error) {
	t, err := attendance.ParseLocalTime(s)
	if err != nil {
		return 0, attendance.Invalid(field, "A time of the form HH:MM is expected.")
	}
	return t, nil
}
