package api

import (
	"context"
	"net/http"
	"strings"

	"hadir/internal/attendance"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
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
		Sites  []siteFields `json:"sites,omitempty" maxItems:"50" doc:"Circles where people work. Without any, no position is outside."`
		Policy string       `json:"policy,omitempty" enum:"record,flag,block" default:"record" doc:"What becomes of punches from outside the sites: kept, marked, or refused."`
		Active *bool        `json:"active,omitempty" doc:"Left out: true."`
	}
}

type changeBranchInput struct {
	IDInput
	Body struct {
		Code    *string       `json:"code,omitempty" minLength:"1" maxLength:"32"`
		Name    *string       `json:"name,omitempty" minLength:"1" maxLength:"120"`
		Zone    *string       `json:"zone,omitempty" minLength:"1" maxLength:"64"`
		Sites   *[]siteFields `json:"sites,omitempty" maxItems:"50" doc:"Takes the place of all sites."`
		Policy  *string       `json:"policy,omitempty" enum:"record,flag,block"`
		Active  *bool         `json:"active,omitempty"`
		Version string        `json:"version,omitempty" maxLength:"64" doc:"As it was read; another one is answered with 409 and the code stale. Left out: whatever is there is overwritten."`
		Locked  *string       `json:"locked_through,omitempty" maxLength:"10" doc:"Last work date of the settled period, a date that was recapped; empty unlocks. Days in it are flagged instead of changed."`
	}
}

type removedBranch struct {
	Removed bool              `json:"removed" doc:"false: something names the branch, so it was deactivated instead."`
	Branch  attendance.Branch `json:"branch"`
}

func (a *API) registerBranches(h huma.API) {
	add := private(http.MethodPost, "/api/branches", "add-branch", "Add a branch", tagDirectory, http.StatusConflict)
	add.DefaultStatus = http.StatusCreated
	huma.Register(h, add, a.addBranch)
	change := private(http.MethodPatch, "/api/branches/{id}", "change-branch", "Change a branch", tagDirectory,
		http.StatusNotFound, http.StatusConflict)
	change.Description = "Fields that are left out stay as they are. A new zone holds for what comes; days that are " +
		"recorded keep theirs."
	huma.Register(h, change, a.changeBranch)
	remove := private(http.MethodDelete, "/api/branches/{id}", "remove-branch",
		"Remove a branch, or deactivate one that is in use", tagDirectory, http.StatusNotFound)
	remove.Description = "A branch with employees, days, punches or holidays, or in the scope of a user, is " +
		"deactivated."
	huma.Register(h, remove, a.removeBranch)
}

func (a *API) addBranch(ctx context.Context, in *addBranchInput) (*answer[BranchItem], error) {
	if err := onlyAdmin(ctx); err != nil {
		return nil, a.fail(ctx, err)
	}
	b := in.Body
	branch, err := a.o.Store.AddBranch(ctx,
		attendance.Branch{Code: oneSpace(b.Code), Name: oneSpace(b.Name), Zone: strings.Clone(b.Zone),
			Sites:  sitesOf(b.Sites),
			Policy: attendance.LocationPolicy(strings.Clone(b.Policy)),
			Active: b.Active == nil || *b.Active}, actorOf(ctx))
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[BranchItem]{branchItem(branch)}, nil
}

func (a *API) changeBranch(ctx context.Context, in *changeBranchInput) (*answer[BranchItem], error) {
	if err := onlyAdmin(ctx); err != nil {
		return nil, a.fail(ctx, err)
	}
	c := in.Body
	var locked *attendance.Date
	if c.Locked != nil && *c.Locked != "" {
		d, err := parseDate("locked_through", *c.Locked)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		locked = &d
	}
	branch, err := a.o.Store.ChangeBranch(ctx, in.ID, actorOf(ctx), func(b *attendance.Branch) error {
		if err := store.Unchanged(c.Version, *b); err != nil {
			return err
		}
		if c.Code != nil {
			b.Code = oneSpace(*c.Code)
		}
		if c.Name != nil {
			b.Name = oneSpace(*c.Name)
		}
		if c.Zone != nil {
			b.Zone = strings.Clone(*c.Zone)
		}
		if c.Sites != nil {
			b.Sites = sitesOf(*c.Sites)
		}
		if c.Policy != nil {
			b.Policy = attendance.LocationPolicy(strings.Clone(*c.Policy))
		}
		set(&b.Active, c.Active)
		if c.Locked != nil {
			b.LockedThrough = locked
		}
		return nil
	})
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[BranchItem]{branchItem(branch)}, nil
}

func (a *API) removeBranch(ctx context.Context, in *IDInput) (*answer[removedBranch], error) {
	if err := onlyAdmin(ctx); err != nil {
		return nil, a.fail(ctx, err)
	}
	b, removed, err := a.o.Store.RemoveBranch(ctx, in.ID, actorOf(ctx))
	if err != nil {
		return nil, a.fail(ctx, err)
	}
	return &answer[removedBranch]{removedBranch{removed, b}}, nil
}

func sitesOf(fields []siteFields) []attendance.Site {
	sites := make([]attendance.Site, len(fields))
	for i, f := range fields {
		sites[i] = attendance.Site{Name: oneSpace(f.Name), Latitude: f.Latitude, Longitude: f.Longitude,
			Radius: f.Radius}
	}
	return sites
}
