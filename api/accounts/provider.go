package accounts

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/network"
	"hadir/internal/provider"
	"hadir/internal/store/ledger"
)

// Return is what the provider gave a browser to bring back, as the callback puts it behind the # of the page Masuk.
type Return struct {
	State  string `json:"state" maxLength:"100" doc:"@Return.state"`
	Code   string `json:"code,omitempty" maxLength:"8192" text:"secret" doc:"@Return.code"`
	Error  string `json:"error,omitempty" maxLength:"200" text:"secret" doc:"@Return.error"`
	Issuer string `json:"iss,omitempty" maxLength:"500" text:"secret" doc:"@Return.iss"`
}

type returnInput struct{ Body Return }

// callbackInput has no bounds: whoever comes is sent on, and refused by the page in a sentence.
type callbackInput struct {
	State  string `query:"state"`
	Code   string `query:"code"`
	Error  string `query:"error"`
	Issuer string `query:"iss"`
}

// trip is where a browser has to go.
type trip struct {
	Cookie string `header:"Set-Cookie"`
	Body   struct {
		URL string `json:"url" doc:"@trip.url"`
	}
}

// calledBack leads from the provider to the page.
type calledBack struct {
	Status   int
	Location string `header:"Location"`
}

// ownIdentities are those of who asks.
type ownIdentities struct {
	Provider string             `json:"provider,omitempty" doc:"@appConfig.provider"`
	Linked   bool               `json:"linked" doc:"@ownIdentities.linked"`
	Items    []account.Identity `json:"items"`
}

func (a *API) registerProvider(r *rest.Router) {
	const due = account.CodeSecondFactor
	goes := "Answers where the browser has to go, which comes back to the page Masuk within ten minutes with what " +
		"goes to "
	door := rest.Op("POST /api/login/oidc/ask", "ask-login-provider", "Go to the OpenID Connect provider to sign in",
		tagProvider, http.StatusConflict, http.StatusTooManyRequests)
	door.Description = goes + "login-provider."
	rest.HandleOutput(r, door, rest.Everybody, a.askLoginProvider)
	back := rest.Op("GET "+provider.CallbackPath, "provider-callback", "Come back from the OpenID Connect provider",
		tagProvider)
	back.Description = "The redirect URL to register with the provider. Leads to the page Masuk with what came " +
		"behind the #; the page sends it on in a request of its own."
	back.DefaultStatus = http.StatusSeeOther
	rest.HandleOutput(r, back, rest.Everybody, a.providerCallback)
	login := rest.Op("POST /api/login/oidc", "login-provider", "Sign in with what the provider said", tagProvider,
		http.StatusConflict, http.StatusTooManyRequests)
	login.Description = "Of the browser that went there only, once. An identity that is not linked yet opens, and is " +
		"linked to, the account whose login the provider vouches for; nobody is created. Where the account has a " +
		"second factor, the answer is 202, as of login."
	rest.HandleOutput(r, login, rest.Everybody, a.loginProvider)

	list := rest.Op("GET /api/me/oidc", "my-identities", "The own identities at the provider", tagProvider)
	rest.Handle(r, rest.EvenBefore(list, due), rest.SignedIn, a.myIdentities)
	ask := rest.Op("POST /api/me/oidc/ask", "ask-provider", "Go to the provider to prove again who one is", tagProvider,
		http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	ask.Description = goes + "confirm. People have to sign in there even if they just did."
	rest.HandleOutput(r, rest.EvenBefore(ask, due), rest.SignedIn, a.askProvider)
	begin := rest.Op("POST /api/me/oidc/begin", "begin-link", "Go to the provider to link the own account", tagProvider,
		http.StatusConflict, http.StatusTooManyRequests)
	begin.Description = goes + "link-identity."
	rest.HandleOutput(r, rest.Confirmed(begin), rest.SignedIn, a.beginLink)
	link := rest.Op("POST /api/me/oidc", "link-identity", "Link the own account with what the provider said",
		tagProvider, http.StatusConflict, http.StatusTooManyRequests)
	link.Description = "Of the session that began it, which confirmed who it is then."
	link.DefaultStatus = http.StatusCreated
	rest.Handle(r, link, rest.SignedIn, a.linkIdentity)
	end := rest.Op("DELETE /api/me/oidc/{id}", "unlink-identity", "End the own link to the provider", tagProvider,
		http.StatusNotFound, http.StatusConflict)
	end.DefaultStatus = http.StatusNoContent
	end.Description = "Where the account has no password, one has to be set first."
	rest.Handle(r, rest.Confirmed(end), rest.SignedIn, rest.Do(a.unlinkIdentity))
	theirs := rest.Op("DELETE /api/users/{id}/oidc", "unlink-user", "End the links of a user to the provider",
		tagProvider, http.StatusNotFound)
	theirs.DefaultStatus = http.StatusNoContent
	theirs.Description = "Ends the user's sessions."
	rest.Handle(r, rest.Confirmed(theirs), rest.Admins, rest.Do(a.unlinkUser))
}

// depart begins a trip: keeps it, and tells the browser where to go.
func (a *API) depart(ctx context.Context, c account.Challenge) (*trip, error) {
	p := a.o.Provider
	if p == nil {
		return nil, providerOff()
	}
	now := a.o.Clock.Now()
	t := provider.NewTrip(now)
	where, err := p.Address(ctx, t, c.Use == account.ToConfirmThere)
	if err != nil {
		return nil, a.providerFailed(ctx, err)
	}
	c.Hash = t.Hash()
	if err := a.o.Store.Passkeys.AddChallenge(ctx, c, network.Subscriber(rest.ClientOf(ctx).Address)); err != nil {
		return nil, err
	}
	out := &trip{Cookie: a.cookie(ctx, rest.TripCookie, string(t), now.Add(account.TripTTL))}
	out.Body.URL = where
	return out, nil
}

func providerOff() error {
	return attendance.NewError(account.CodeProviderOff, "there is no OpenID Connect provider")
}

func (a *API) askLoginProvider(ctx context.Context, _ *struct{}) (*trip, error) {
	return a.depart(ctx, account.Challenge{Use: account.ToSignInThere})
}

func (a *API) askProvider(ctx context.Context, _ *struct{}) (*trip, error) {
	who := rest.CallerOf(ctx)
	is, err := a.identitiesHere(ctx, who.User.ID)
	if err == nil && len(is) == 0 {
		err = rest.NotFound()
	}
	if err != nil {
		return nil, err
	}
	return a.depart(ctx, account.Challenge{Use: account.ToConfirmThere, UserID: who.User.ID, Bound: who.TokenHash})
}

func (a *API) beginLink(ctx context.Context, _ *struct{}) (*trip, error) {
	who := rest.CallerOf(ctx)
	return a.depart(ctx, account.Challenge{Use: account.ToLink, UserID: who.User.ID, Bound: who.TokenHash})
}

// providerCallback leads on, whatever came. Nothing is decided here: the cookie of the trip would also come with a
// request that another site made, and an answer in JSON is of no use to anybody who just looks at it.
func (a *API) providerCallback(_ context.Context, in *callbackInput) (*calledBack, error) {
	came := url.Values{}
	for name, value := range map[string]string{"state": in.State, "code": in.Code, "error": in.Error,
		"iss": in.Issuer} {
		if value != "" {
			came.Set(name, value)
		}
	}
	return &calledBack{Status: http.StatusSeeOther, Location: "/masuk#oidc?" + came.Encode()}, nil
}

// identitiesHere are the identities of a user at the provider that there is now.
func (a *API) identitiesHere(ctx context.Context, userID int64) ([]account.Identity, error) {
	if a.o.Provider == nil {
		return nil, providerOff()
	}
	is, err := a.o.Store.Identities.Identities(ctx, userID)
	if err != nil {
		return nil, err
	}
	var here []account.Identity
	for _, i := range is {
		if i.Issuer == a.o.Provider.Issuer() {
			here = append(here, i)
		}
	}
	return here, nil
}

func (a *API) myIdentities(ctx context.Context, _ *struct{}) (out ownIdentities, err error) {
	is, err := a.o.Store.Identities.Identities(ctx, rest.UserOf(ctx).ID)
	if err != nil {
		return out, err
	}
	out.Provider, out.Items = a.o.Provider.Name(), is
	for _, i := range is {
		out.Linked = out.Linked || i.Issuer == a.o.Provider.Issuer()
	}
	return out, nil
}

func (a *API) linkIdentity(ctx context.Context, in *returnInput) (account.Identity, error) {
	who := rest.CallerOf(ctx)
	var linked account.Identity
	_, err := a.arrive(ctx, &in.Body,
		account.Challenge{Use: account.ToLink, UserID: who.User.ID, Bound: who.TokenHash},
		func(p provider.Proof) (u account.User, err error) {
			linked, err = a.o.Store.Identities.Link(ctx, rest.ActorOf(ctx), p.Identity)
			return who.User, err
		})
	return linked, err
}

func (a *API) unlinkIdentity(ctx context.Context, in *rest.IDInput) error {
	if err := a.o.Store.Identities.Unlink(ctx, rest.ActorOf(ctx), in.ID, a.o.Provider.Issuer()); err != nil {
		return err
	}
	a.forget(rest.UserOf(ctx).ID)
	return nil
}

func (a *API) unlinkUser(ctx context.Context, in *rest.IDInput) error {
	if err := a.o.Store.Identities.UnlinkAll(ctx, rest.ActorOf(ctx), in.ID); err != nil {
		return err
	}
	a.forget(in.ID)
	return nil
}

// noteRefused tells the audit log why somebody may not come in who proved to the provider who they are. There is no
// more of it than the throttle lets past.
func (a *API) noteRefused(ctx context.Context, user account.User, why error) {
	e := ledger.AuditEntry{Action: "user.identity_refused", Table: "users", Address: rest.ClientOf(ctx).Address}
	if user.ID != 0 {
		e.RowID = strconv.FormatInt(user.ID, 10)
	}
	reason := struct {
		Reason attendance.Code `json:"reason"`
	}{attendance.CodeOf(why)}
	if err := a.o.Store.Audit.Note(context.WithoutCancel(ctx), e, reason); err != nil {
		a.o.Log.WarnContext(ctx, "a refused identity is not in the audit log", "error", err)
	}
}
