package company

import (
	"context"
	"net/http"
	"slices"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
)

type siteFields struct {
	Name      string  `json:"name" minLength:"1" maxLength:"100"`
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90" doc:"Degrees, WGS 84."`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180" doc:"Degrees, WGS 84."`
	Radius    float64 `json:"radius" minimum:"10" maximum:"100000" doc:"Metres."`
}

type addBranchInput struct {
	Body struct {
		Code   string       `json:"code" minLength:"1" maxLength:"32"`
		Name   string       `json:"name" minLength:"1" maxLength:"120"`
		Zone   string       `json:"zone" minLength:"1" maxLength:"64" doc:"IANA name, such as Asia/Jakarta."`
		Sites  []siteFields `json:"sites,omitempty" maxItems:"50" doc:"@addBranchInput.sites"`
		Policy string       `json:"policy,omitempty" enum:"record,flag,block" default:"record" doc:"@site_policy"`
		Most   int          `json:"max_accuracy,omitempty" minimum:"10" maximum:"5000" doc:"@max_accuracy"`
		Shared bool         `json:"shared_devices,omitempty" doc:"@shared_devices"`
		Nets   []string     `json:"networks,omitempty" maxItems:"50" maxLength:"64" doc:"@networks"`
		Net    string       `json:"network_policy,omitempty" enum:"record,flag,block" doc:"@network_policy"`
		Also   []int64      `json:"also_at,omitempty" maxItems:"50" doc:"@also_at"`
		Kept   string       `json:"offline_policy,omitempty" enum:"off,hours,approval" default:"hours" doc:"@offline"`
		Hours  int          `json:"offline_hours,omitempty" minimum:"1" maximum:"72" doc:"@offline_hours"`
		Active *bool        `json:"active,omitempty" doc:"Left out: true."`
	}
}

type changeBranchInput struct {
	rest.IDInput
	Body struct {
		Code    *string       `json:"code,omitempty" minLength:"1" maxLength:"32"`
		Name    *string       `json:"name,omitempty" minLength:"1" maxLength:"120"`
		Zone    *string       `json:"zone,omitempty" minLength:"1" maxLength:"64"`
		Sites   *[]siteFields `json:"sites,omitempty" maxItems:"50" doc:"Takes the place of all sites."`
		Policy  *string       `json:"policy,omitempty" enum:"record,flag,block"`
		Most    *int          `json:"max_accuracy,omitempty" minimum:"10" maximum:"5000" doc:"@max_accuracy"`
		Shared  *bool         `json:"shared_devices,omitempty" doc:"@shared_devices"`
		Nets    *[]string     `json:"networks,omitempty" maxItems:"50" maxLength:"64" doc:"@networks"`
		Net     *string       `json:"network_policy,omitempty" enum:"record,flag,block" doc:"@network_policy"`
		Also    *[]int64      `json:"also_at,omitempty" maxItems:"50" doc:"@also_at"`
		Kept    *string       `json:"offline_policy,omitempty" enum:"off,hours,approval" doc:"@offline"`
		Hours   *int          `json:"offline_hours,omitempty" minimum:"1" maximum:"72" doc:"@offline_hours"`
		Active  *bool         `json:"active,omitempty"`
		Version string        `json:"version,omitempty" maxLength:"64" doc:"@version"`
		Locked  *string       `json:"locked_through,omitempty" maxLength:"10" doc:"@changeBranchInput.locked_through"`
	}
}

type removedBranch struct {
	Removed bool              `json:"removed" doc:"false: something names the branch, so it was deactivated instead."`
	Branch  attendance.Branch `json:"branch"`
}

// BranchItem is a branch with the version of what it says.
// Two people may have the same thing open. Whoever gives back the version that was read is told with 409 and the code
// stale when it is no longer the present one; whoever gives none overwrites. The type is exported because huma flattens
// embedded structs only so.
type BranchItem struct {
	attendance.Branch
	Version string `json:"version" doc:"Names this state; give it back with a change."`
}

func branchItem(b attendance.Branch) BranchItem { return BranchItem{b, db.Version(b)} }

func (a *api) registerBranches(r *rest.Router) {
	add := rest.Op("POST /api/branches", "add-branch", "Add a branch", tagDirectory, http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	rest.Handle(r, add, rest.Admins, a.addBranch)
	change := rest.Op("PATCH /api/branches/{id}", "change-branch", "Change a branch", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A new zone holds for what comes; days that are " +
		"recorded keep theirs."
	change = rest.ConfirmedIf(change, "dates that were settled are opened again, or punches are taken "+
		"from where, or later than, they were not before")
	rest.Handle(r, change, rest.Admins, a.changeBranch)
	remove := rest.Op("DELETE /api/branches/{id}", "remove-branch",
		"Remove a branch, or deactivate one that is in use", tagDirectory, http.StatusNotFound,
		http.StatusConflict)
	remove.Description = "A branch that had employees, or has days, punches, holidays, terminals or kiosks, or is in " +
		"the scope of a user, is deactivated. While employees belong to it, it is 409."
	rest.Handle(r, rest.Confirmed(remove), rest.Admins, a.removeBranch)
}

func (a *api) addBranch(ctx context.Context, in *addBranchInput) (BranchItem, error) {
	b := in.Body
	if len(b.Also) > 0 {
		all, err := a.o.Store.Branches.Branches(ctx, nil)
		if err == nil {
			err = branchesExist(all, b.Also)
		}
		if err != nil {
			return BranchItem{}, err
		}
	}
	branch, err := a.o.Store.Branches.AddBranch(ctx,
		attendance.Branch{Code: rest.OneSpace(b.Code), Name: rest.OneSpace(b.Name), Zone: b.Zone,
			Sites:  sitesOf(b.Sites),
			Policy: attendance.LocationPolicy(b.Policy), MaxAccuracy: b.Most, SharedDevices: b.Shared,
			Networks: b.Nets, NetworkPolicy: attendance.LocationPolicy(b.Net), AlsoAt: b.Also,
			OfflinePolicy: attendance.OfflinePolicy(b.Kept), OfflineHours: b.Hours,
			Active: b.Active == nil || *b.Active}, rest.ActorOf(ctx))
	return branchItem(branch), err
}

func (a *api) changeBranch(ctx context.Context, in *changeBranchInput) (out BranchItem, err error) {
	c := in.Body
	var locked *attendance.Date
	if c.Locked != nil && *c.Locked != "" {
		d, err := rest.ParseDate("locked_through", *c.Locked)
		if err != nil {
			return out, err
		}
		locked = &d
	}
	all, err := a.o.Store.Branches.Branches(ctx, nil)
	if err != nil {
		return out, err
	}
	if c.Also != nil {
		if err := branchesExist(all, *c.Also); err != nil {
			return out, err
		}
	}
	branch, err := a.o.Store.Branches.ChangeBranch(ctx, in.ID, rest.ActorOf(ctx), func(b *attendance.Branch) error {
		if err := db.Unchanged(c.Version, *b); err != nil {
			return err
		}
		before := *b
		rest.Set(&b.Code, rest.Spaced(c.Code))
		rest.Set(&b.Name, rest.Spaced(c.Name))
		rest.Set(&b.Zone, c.Zone)
		rest.Set(&b.Policy, (*attendance.LocationPolicy)(c.Policy))
		rest.Set(&b.MaxAccuracy, c.Most)
		rest.Set(&b.SharedDevices, c.Shared)
		rest.Set(&b.Networks, c.Nets)
		rest.Set(&b.NetworkPolicy, (*attendance.LocationPolicy)(c.Net))
		rest.Set(&b.AlsoAt, c.Also)
		rest.Set(&b.OfflinePolicy, (*attendance.OfflinePolicy)(c.Kept))
		rest.Set(&b.OfflineHours, c.Hours)
		if c.Sites != nil {
			b.Sites = sitesOf(*c.Sites)
		}
		rest.Set(&b.Active, c.Active)
		if c.Locked != nil {
			b.LockedThrough = locked
		}
		if _, _, some := before.Reopens(b); some && before.LockedThrough != nil || loosens(&before, b, all) {
			return rest.NeedConfirmed(ctx)
		}
		return nil
	})
	return branchItem(branch), err
}

func (a *api) removeBranch(ctx context.Context, in *rest.IDInput) (removedBranch, error) {
	b, removed, err := a.o.Store.Branches.RemoveBranch(ctx, in.ID, rest.ActorOf(ctx))
	return removedBranch{removed, b}, err
}

// branchesExist refuses ids that name no branch. One that is removed later counts for nothing.
func branchesExist(all []attendance.Branch, ids []int64) error {
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(b attendance.Branch) bool { return b.ID == id }) {
			return attendance.Invalid("also_at", "There is no such branch.")
		}
	}
	return nil
}

func sitesOf(fields []siteFields) []attendance.Site {
	sites := make([]attendance.Site, len(fields))
	for i, f := range fields {
		sites[i] = attendance.Site{Name: rest.OneSpace(f.Name), Latitude: f.Latitude, Longitude: f.Longitude,
			Radius: f.Radius}
	}
	return sites
}
