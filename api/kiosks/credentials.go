package kiosks

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"hadir/api/rest"
	"hadir/internal/kiosk"
	"hadir/internal/store/kiosks"
	"hadir/internal/words"
)

// madePIN is a PIN that the server made.
type madePIN struct {
	PIN string `json:"pin" doc:"Six digits. Shown once: only its hash is kept."`
}

type ownPIN struct {
	HasPIN bool `json:"has_pin"`
}

type setOwnPINInput struct {
	Body struct {
		PIN string `json:"pin" minLength:"1" maxLength:"20" text:"secret" doc:"@kiosk.pin"`
	}
}

type setBadgeInput struct {
	rest.IDInput
	Body struct {
		Card string `json:"card" minLength:"1" maxLength:"64" text:"line" doc:"@kiosk.card"`
	}
}

func (a *api) registerCredentials(r *rest.Router) {
	set := rest.Op("PUT /api/employees/{id}/pin", "set-employee-pin", "Make another PIN for an employee", tagKiosks,
		http.StatusNotFound, http.StatusConflict)
	set.Description = "With it and the employee number somebody punches at kiosks. An earlier one is worth nothing " +
		"after that."
	rest.HandleOutput(r, rest.Confirmed(set), rest.Dashboard, rest.Secretly(a.setPIN))
	remove := rest.Op("DELETE /api/employees/{id}/pin", "remove-employee-pin", "Take an employee's PIN away", tagKiosks,
		http.StatusNotFound, http.StatusConflict)
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, remove, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Credentials.RemovePIN(ctx, order(ctx, in.ID))
	}))
	badge := rest.Op("PUT /api/employees/{id}/badge", "set-employee-badge", "Give an employee a card", tagKiosks,
		http.StatusNotFound, http.StatusConflict)
	badge.Description = "It takes the place of an earlier one. A card that somebody else has is refused: 409 " +
		"`badge_taken`, which names them to who may see them."
	badge.DefaultStatus = http.StatusNoContent
	rest.Handle(r, badge, rest.Dashboard, rest.Do(a.setBadge))
	lose := rest.Op("DELETE /api/employees/{id}/badge", "remove-employee-badge", "Take an employee's card away",
		tagKiosks, http.StatusNotFound, http.StatusConflict)
	lose.DefaultStatus = http.StatusNoContent
	rest.Handle(r, lose, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Credentials.RemoveBadge(ctx, order(ctx, in.ID))
	}))
	rest.Handle(r, rest.Op("GET /api/me/pin", "my-pin", "Whether one has a PIN for kiosks", tagKiosks), rest.Own,
		a.myPIN)
	own := rest.Op("PUT /api/me/pin", "set-my-pin", "Choose the own PIN for kiosks", tagKiosks)
	own.Description = "Whose account is linked to no employee is answered 422 no_employee."
	own.DefaultStatus = http.StatusNoContent
	rest.Handle(r, own, rest.Own, rest.Do(a.setOwnPIN))
}

// order is a change of a kiosk, or of what an employee holds, by whoever looks after the branch where that is.
func order(ctx context.Context, id int64) kiosks.Order {
	u := rest.UserOf(ctx)
	return kiosks.Order{ID: id, By: rest.ActorOf(ctx), May: func(branchID int64) error {
		if !u.SeesBranch(branchID) {
			return rest.NotFound()
		}
		return nil
	}}
}

func (a *api) setPIN(ctx context.Context, in *rest.IDInput) (out madePIN, err error) {
	e, err := a.o.Store.Employees.Employee(ctx, in.ID)
	if err != nil {
		return out, err
	}
	o := order(ctx, in.ID)
	if err := o.May(e.BranchID); err != nil { // before the hash is paid for
		return out, err
	}
	pin := kiosk.NewPIN(e.Number)
	hash, err := a.o.Hasher.HashChecked(ctx, pin)
	if err == nil {
		err = a.o.Store.Credentials.SetPIN(ctx, o, hash)
	}
	return madePIN{pin}, err
}

func (a *api) setBadge(ctx context.Context, in *setBadgeInput) error {
	err := a.o.Store.Credentials.SetBadge(ctx, order(ctx, in.ID), strings.TrimSpace(in.Body.Card))
	var taken kiosks.Taken
	if !errors.As(err, &taken) {
		return err
	}
	other, failed := a.o.Store.Employees.Employee(ctx, taken.EmployeeID)
	if failed != nil {
		return failed
	}
	if u := rest.UserOf(ctx); u.SeesEmployee(other.ID, other.BranchID) {
		return takenBy{taken, other.Name + " (" + other.Number + ")"}
	}
	return err
}

// takenBy is Taken with who has the card.
type takenBy struct {
	kiosks.Taken

	name string
}

// Detail names the person, so that the card can be taken back from them.
func (t takenBy) Detail(l words.Language) string {
	return l.Say("problems.badge_taken.by", "name", t.name)
}

func (a *api) myPIN(ctx context.Context, _ *struct{}) (out ownPIN, err error) {
	id := rest.UserOf(ctx).EmployeeID
	if id == 0 {
		return out, rest.NoEmployee()
	}
	held, err := a.o.Store.Credentials.Of(ctx, id)
	return ownPIN{held.HasPIN}, err
}

func (a *api) setOwnPIN(ctx context.Context, in *setOwnPINInput) error {
	id := rest.UserOf(ctx).EmployeeID
	if id == 0 {
		return rest.NoEmployee()
	}
	e, err := a.o.Store.Employees.Employee(ctx, id)
	if err != nil {
		return err
	}
	if err := kiosk.CheckPIN(in.Body.PIN, e.Number); err != nil {
		return err
	}
	hash, err := a.o.Hasher.HashChecked(ctx, in.Body.PIN)
	if err != nil {
		return err
	}
	anywhere := func(int64) error { return nil }
	return a.o.Store.Credentials.SetPIN(ctx, kiosks.Order{ID: id, By: rest.ActorOf(ctx), May: anywhere}, hash)
}
