package kiosks

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/kiosk"
	"hadir/internal/store/db"
	"hadir/internal/store/kiosks"
)

// KioskItem is a kiosk as it is set up.
type KioskItem struct {
	ID       int64        `json:"id"`
	Name     string       `json:"name"`
	BranchID int64        `json:"branch_id"`
	Branch   string       `json:"branch" doc:"Its name."`
	Site     string       `json:"site"`
	Modes    []kiosk.Mode `json:"modes"`
	Language string       `json:"language"`
	State    kiosk.State  `json:"state" enum:"unpaired,waiting,paired" doc:"@kiosk.state"`
	Life     kiosk.Life   `json:"life,omitempty" enum:"alive,late,gone" doc:"@kiosk.life"`
	LastSeen *time.Time   `json:"last_seen_at,omitempty"`
	PairedAt *time.Time   `json:"paired_at,omitempty"`
	Address  string       `json:"address,omitempty" doc:"From which the tablet spoke last."`
	// VouchedBy is left out where nobody's own punches are refused until it is confirmed.
	VouchedBy []kiosks.Voucher `json:"vouched_by,omitempty" doc:"@kiosk.vouched_by"`
	Version   string           `json:"version" doc:"Names this state; give it back with a change."`
}

func (a *api) item(k kiosk.Kiosk, vouched map[int64][]kiosks.Voucher) KioskItem {
	now := a.o.Clock.Now()
	return KioskItem{ID: k.ID, Name: k.Name, BranchID: k.BranchID, Branch: k.BranchName, Site: k.Site, Modes: k.Modes,
		Language: k.Language, State: k.State(now), Life: k.Life(now), LastSeen: k.LastSeen, PairedAt: k.PairedAt,
		Address: k.Address, VouchedBy: vouched[k.ID], Version: db.Version(kiosks.SettingOf(&k))}
}

type addKioskInput struct {
	Body struct {
		Name     string       `json:"name" minLength:"1" maxLength:"100" text:"line"`
		BranchID int64        `json:"branch_id" minimum:"1"`
		Site     string       `json:"site,omitempty" maxLength:"100" text:"line"`
		Modes    []kiosk.Mode `json:"modes" minItems:"1" maxItems:"3" enum:"qr,pin,badge" doc:"@kiosk.modes"`
		Language string       `json:"language,omitempty" enum:"id,en" default:"id"`
	}
}

type changeKioskInput struct {
	rest.IDInput
	Body struct {
		Name     *string       `json:"name,omitempty" minLength:"1" maxLength:"100" text:"line"`
		BranchID *int64        `json:"branch_id,omitempty" minimum:"1"`
		Site     *string       `json:"site,omitempty" maxLength:"100" text:"line"`
		Modes    *[]kiosk.Mode `json:"modes,omitempty" minItems:"1" maxItems:"3" enum:"qr,pin,badge" doc:"@kiosk.modes"`
		Language *string       `json:"language,omitempty" enum:"id,en"`
		Version  string        `json:"version,omitempty" maxLength:"64" doc:"@version"`
	}
}

// invitation is what a tablet is paired with.
type invitation struct {
	Code      string    `json:"code" doc:"Eight characters, to be typed on the tablet. Shown once."`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *api) registerKiosks(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/kiosks", "list-kiosks", "Kiosks, by branch and name", tagKiosks), rest.Dashboard,
		a.kiosks)
	add := rest.Op("POST /api/kiosks", "add-kiosk", "Set a kiosk up, before a tablet is paired with it", tagKiosks,
		http.StatusNotFound)
	add.DefaultStatus = http.StatusCreated
	rest.Handle(r, add, rest.Dashboard, a.add)
	rest.Handle(r, rest.Op("PATCH /api/kiosks/{id}", "change-kiosk", "Change a kiosk", tagKiosks,
		http.StatusNotFound, http.StatusConflict), rest.Dashboard, a.change)
	remove := rest.Op("DELETE /api/kiosks/{id}", "delete-kiosk", "Remove a kiosk", tagKiosks, http.StatusNotFound)
	remove.Description = "Its tablet is unpaired at once. What it recorded stays."
	remove.DefaultStatus = http.StatusNoContent
	rest.Handle(r, rest.Confirmed(remove), rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Kiosks.Delete(ctx, order(ctx, in.ID))
	}))
	confirm := rest.Op("POST /api/kiosks/{id}/confirm", "confirm-kiosk",
		"Confirm a kiosk that somebody else set up or paired", tagKiosks, http.StatusNotFound)
	confirm.Description = "Whoever set a kiosk up, took it to another branch, made the code for its tablet or paired " +
		"that, and is an employee, vouches for it. As long as somebody else could confirm it, their own punches " +
		"there are refused (403 own_days) until somebody else has. Nobody confirms what they did themselves."
	confirm.DefaultStatus = http.StatusNoContent
	rest.Handle(r, confirm, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Kiosks.Confirm(ctx, order(ctx, in.ID))
	}))
	invite := rest.Op("POST /api/kiosks/{id}/pairing", "invite-kiosk", "Make the code that a tablet is paired with",
		tagKiosks, http.StatusNotFound)
	invite.Description = "It is valid for ten minutes and traded once (pair-kiosk), and takes the place of an " +
		"earlier one. A tablet that is paired goes on until another one has traded the code."
	rest.HandleOutput(r, rest.Confirmed(invite), rest.Dashboard, rest.Secretly(a.invite))
	unpair := rest.Op("DELETE /api/kiosks/{id}/pairing", "unpair-kiosk", "Take the tablet's rights away", tagKiosks,
		http.StatusNotFound)
	unpair.Description = "At once, on all nodes: neither the tablet nor a code that it shows is worth anything " +
		"after that. A code to pair with that waits goes, too."
	unpair.DefaultStatus = http.StatusNoContent
	rest.Handle(r, unpair, rest.Dashboard, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Kiosks.Unpair(ctx, order(ctx, in.ID))
	}))
}

func (a *api) kiosks(ctx context.Context, _ *struct{}) (out rest.List[KioskItem], err error) {
	rows, err := a.o.Store.Kiosks.All(ctx, rest.OwnBranches(rest.UserOf(ctx)))
	if err != nil {
		return out, err
	}
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	vouched, err := a.o.Store.Kiosks.Vouchers(ctx, ids...)
	items := rest.Items(rows, func(k kiosk.Kiosk) KioskItem { return a.item(k, vouched) })
	return rest.NewList(items, "", a.o.Clock.Now()), err
}

// changed is a kiosk as it is after a change, or the error of that.
func (a *api) changed(ctx context.Context, k kiosk.Kiosk, err error) (KioskItem, error) {
	if err != nil {
		return KioskItem{}, err
	}
	vouched, err := a.o.Store.Kiosks.Vouchers(ctx, k.ID)
	return a.item(k, vouched), err
}

func (a *api) add(ctx context.Context, in *addKioskInput) (out KioskItem, err error) {
	b := in.Body
	if u := rest.UserOf(ctx); !u.SeesBranch(b.BranchID) {
		return out, rest.NotFound()
	}
	k, err := a.o.Store.Kiosks.Add(ctx, kiosk.Kiosk{BranchID: b.BranchID, Site: rest.OneSpace(b.Site),
		Name: rest.OneSpace(b.Name), Modes: b.Modes, Language: b.Language}, rest.ActorOf(ctx))
	return a.changed(ctx, k, err)
}

func (a *api) change(ctx context.Context, in *changeKioskInput) (out KioskItem, err error) {
	b, u := in.Body, rest.UserOf(ctx)
	k, err := a.o.Store.Kiosks.Update(ctx, in.ID, rest.ActorOf(ctx), func(k *kiosk.Kiosk) error {
		if !u.SeesBranch(k.BranchID) {
			return rest.NotFound()
		}
		if err := db.Unchanged(b.Version, kiosks.SettingOf(k)); err != nil {
			return err
		}
		rest.Set(&k.Name, rest.Spaced(b.Name))
		rest.Set(&k.Site, rest.Spaced(b.Site))
		rest.Set(&k.BranchID, b.BranchID)
		rest.Set(&k.Modes, b.Modes)
		rest.Set(&k.Language, b.Language)
		if !u.SeesBranch(k.BranchID) {
			return rest.NotFound()
		}
		return nil
	})
	return a.changed(ctx, k, err)
}

func (a *api) invite(ctx context.Context, in *rest.IDInput) (out invitation, err error) {
	out.Code = kiosk.NewPairingCode()
	out.ExpiresAt, err = a.o.Store.Kiosks.Invite(ctx, order(ctx, in.ID), kiosk.PairingHash(out.Code))
	return out, err
}
