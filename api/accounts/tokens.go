package accounts

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
)

type tokenFields struct {
	Name      string          `json:"name" minLength:"1" maxLength:"100" doc:"@tokenFields.name"`
	Scopes    []account.Scope `json:"scopes" minItems:"1" maxItems:"20" doc:"@tokenFields.scopes"`
	BranchIDs []int64         `json:"branch_ids,omitempty" minItems:"1" maxItems:"500" doc:"@tokenFields.branch_ids"`
	Days      int             `json:"days,omitempty" minimum:"1" maximum:"366" default:"90" doc:"@tokenFields.days"`
}

type myTokenInput struct{ Body tokenFields }

type userTokenInput struct {
	rest.IDInput
	Body tokenFields
}

type userTokenID struct {
	rest.IDInput
	Token int64 `path:"token" minimum:"1"`
}

// newToken is a token with its secret.
type newToken struct {
	account.APIToken
	Secret string `json:"secret" doc:"For Authorization: Bearer. It is kept nowhere and never shown again."`
}

// myTokens are the own tokens with what can be chosen for another one.
type myTokens struct {
	rest.List[account.APIToken]
	Scopes []account.Scope `json:"scopes" doc:"Those that are of use to the caller's role."`
}

func (a *API) registerTokens(r *rest.Router) {
	const what = "A token is a program's: `Authorization: Bearer hdr_…`. It may do what its user may, as far as its " +
		"scopes and branches go, until it expires or is revoked."
	rest.Handle(r, rest.Op("GET /api/me/tokens", "my-tokens", "The own API tokens, the latest first", tagTokens),
		rest.SignedIn, a.myTokens)
	mine := rest.Op("POST /api/me/tokens", "make-my-token", "Make an API token", tagTokens, http.StatusConflict)
	mine.DefaultStatus, mine.Description = http.StatusCreated, what
	rest.HandleOutput(r, rest.Confirmed(mine), rest.SignedIn, rest.Secretly(a.makeMyToken))
	drop := rest.Op("DELETE /api/me/tokens/{id}", "revoke-my-token", "Revoke an own API token", tagTokens,
		http.StatusNotFound)
	drop.DefaultStatus = http.StatusNoContent
	rest.Handle(r, drop, rest.SignedIn, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.revokeToken(ctx, rest.UserOf(ctx).ID, in.ID)
	}))

	rest.Handle(r, rest.Op("GET /api/users/{id}/tokens", "list-user-tokens", "A user's API tokens, the latest first",
		tagTokens, http.StatusNotFound), rest.Admins, a.userTokens)
	theirs := rest.Op("POST /api/users/{id}/tokens", "make-user-token", "Make an API token for a user", tagTokens,
		http.StatusNotFound, http.StatusConflict)
	theirs.DefaultStatus = http.StatusCreated
	theirs.Description = what + " Other administrators make their own; who becomes one loses those that others made."
	rest.HandleOutput(r, rest.Confirmed(theirs), rest.Admins, rest.Secretly(a.makeUserToken))
	revoke := rest.Op("DELETE /api/users/{id}/tokens/{token}", "revoke-user-token", "Revoke a user's API token",
		tagTokens, http.StatusNotFound)
	revoke.DefaultStatus = http.StatusNoContent
	rest.Handle(r, revoke, rest.Admins, rest.Do(func(ctx context.Context, in *userTokenID) error {
		return a.revokeToken(ctx, in.ID, in.Token)
	}))
}

func (a *API) myTokens(ctx context.Context, _ *struct{}) (out myTokens, err error) {
	u := rest.UserOf(ctx)
	tokens, err := a.o.Store.APITokens.APITokens(ctx, u.ID)
	return myTokens{rest.NewList(tokens, "", a.o.Clock.Now()), account.ScopesOf(u.Role)}, err
}

func (a *API) userTokens(ctx context.Context, in *rest.IDInput) (out rest.List[account.APIToken], err error) {
	if _, err := a.o.Store.Users.User(ctx, in.ID); err != nil {
		return out, err
	}
	tokens, err := a.o.Store.APITokens.APITokens(ctx, in.ID)
	return rest.NewList(tokens, "", a.o.Clock.Now()), err
}

func (a *API) makeMyToken(ctx context.Context, in *myTokenInput) (newToken, error) {
	return a.makeToken(ctx, rest.UserOf(ctx).ID, in.Body)
}

func (a *API) makeUserToken(ctx context.Context, in *userTokenInput) (newToken, error) {
	return a.makeToken(ctx, in.ID, in.Body)
}

func (a *API) makeToken(ctx context.Context, userID int64, f tokenFields) (out newToken, err error) {
	secret, hash, hint := account.NewAPIToken()
	expires := a.o.Clock.Now().Add(time.Duration(f.Days) * 24 * time.Hour)
	k := account.APIToken{UserID: userID, Name: rest.OneSpace(f.Name), Hint: hint, Scopes: account.SortScopes(f.Scopes),
		BranchIDs: scope(f.BranchIDs), ExpiresAt: expires}
	k, err = a.o.Store.APITokens.AddAPIToken(ctx, rest.ActorOf(ctx), k, hash)
	return newToken{k, secret}, err
}

func (a *API) revokeToken(ctx context.Context, userID, id int64) error {
	if err := a.o.Store.APITokens.RevokeAPIToken(ctx, rest.ActorOf(ctx), userID, id); err != nil {
		return err
	}
	a.forget(userID)
	return nil
}
