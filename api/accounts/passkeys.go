package accounts

import (
	"context"
	"encoding/hex"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/network"
	"hadir/internal/passkey"
	"hadir/internal/store/accounts"
)

type PasskeyFields struct {
	Name string `json:"name" minLength:"1" maxLength:"100" doc:"@Passkey.name"`
}

type addPasskeyInput struct {
	Body struct {
		PasskeyFields
		Credential passkey.Registration `json:"credential" doc:"@addPasskeyInput.credential"`
	}
}

type renamePasskeyInput struct {
	rest.IDInput
	Body PasskeyFields
}

type askLoginPasskeyInput struct {
	Body struct {
		Pending string `json:"pending,omitempty" maxLength:"100" doc:"@askLoginPasskeyInput.pending"`
	}
}

type loginPasskeyInput struct {
	Body struct {
		Pending    string            `json:"pending,omitempty" maxLength:"100" doc:"@askLoginPasskeyInput.pending"`
		Credential passkey.Assertion `json:"credential" doc:"@loginPasskeyInput.credential"`
	}
}

// addedPasskey is a passkey with the recovery codes that came with it.
type addedPasskey struct {
	Passkey account.Passkey `json:"passkey"`
	Codes   []string        `json:"codes" doc:"@addedPasskey.codes"`
}

func (a *API) registerPasskeys(r *rest.Router) {
	const due = account.CodeSecondFactor
	list := rest.Op("GET /api/me/passkeys", "my-passkeys", "The own passkeys, the latest first", tagPasskeys)
	rest.Handle(r, rest.EvenBefore(list, due), rest.SignedIn, a.myPasskeys)
	begin := rest.EvenBefore(rest.Op("POST /api/me/passkeys/begin", "begin-passkey", "Begin to add a passkey",
		tagPasskeys, http.StatusConflict, http.StatusTooManyRequests), due)
	begin.Description = "Answers what navigator.credentials.create() takes (PublicKeyCredentialCreationOptionsJSON). " +
		"What the browser makes of it goes to add-passkey within five minutes."
	rest.HandleOutput(r, rest.Confirmed(begin), rest.SignedIn, rest.Secretly(a.beginPasskey))
	add := rest.EvenBefore(rest.Op("POST /api/me/passkeys", "add-passkey", "Add a passkey", tagPasskeys,
		http.StatusConflict), due)
	add.Description = "A passkey is a second factor. If it is the first one, signing in with the password asks for " +
		"it from now on, the user's other sessions end, and recovery codes are answered."
	add.DefaultStatus = http.StatusCreated
	rest.HandleOutput(r, rest.Confirmed(add), rest.SignedIn, rest.Secretly(a.addPasskey))
	rename := rest.Op("PATCH /api/me/passkeys/{id}", "rename-passkey", "Give a passkey another name", tagPasskeys,
		http.StatusNotFound)
	rest.Handle(r, rename, rest.SignedIn, a.renamePasskey)
	remove := rest.Op("DELETE /api/me/passkeys/{id}", "remove-passkey", "Remove a passkey", tagPasskeys,
		http.StatusNotFound)
	remove.DefaultStatus = http.StatusNoContent
	remove.Description = "With the last one, and without an authenticator app, the second factor is off."
	rest.Handle(r, rest.Confirmed(remove), rest.SignedIn, rest.Do(a.removePasskey))
	ask := rest.Op("POST /api/me/passkeys/ask", "ask-passkey", "Ask for a passkey of who is signed in", tagPasskeys,
		http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	ask.Description = "Answers what navigator.credentials.get() takes (PublicKeyCredentialRequestOptionsJSON). What " +
		"the browser makes of it goes, within five minutes, to confirm or wherever else a code may."
	rest.Handle(r, ask, rest.SignedIn, a.askPasskey)

	door := rest.Op("POST /api/login/passkey/ask", "ask-login-passkey", "Ask for a passkey to sign in with",
		tagPasskeys, http.StatusUnauthorized, http.StatusConflict, http.StatusTooManyRequests)
	door.Description = "Answers what navigator.credentials.get() takes (PublicKeyCredentialRequestOptionsJSON). What " +
		"the browser makes of it goes to login-passkey within five minutes."
	rest.Handle(r, door, rest.Everybody, a.askLoginPasskey)
	login := rest.Op("POST /api/login/passkey", "login-passkey", "Sign in with a passkey", tagPasskeys,
		http.StatusUnauthorized, http.StatusConflict, http.StatusTooManyRequests)
	login.Description = "After the password, with `pending`, or instead of it."
	rest.HandleOutput(r, login, rest.Everybody, a.loginPasskey)
}

// site is where the request's browser uses passkeys; ok is false where it cannot.
func (a *API) site(ctx context.Context) (passkey.Site, bool) {
	return a.o.Sites.For(rest.ClientOf(ctx).Host)
}

func (a *API) siteOr(ctx context.Context) (passkey.Site, error) {
	site, ok := a.site(ctx)
	if !ok {
		return site, attendance.NewError(account.CodePasskeysOff, "passkeys cannot be used at this address")
	}
	return site, nil
}

// question makes and keeps a challenge for a use, a user and hands.
func (a *API) question(ctx context.Context, c account.Challenge) (string, error) {
	challenge := passkey.NewChallenge()
	c.Hash = account.HashToken(challenge)
	return challenge, a.o.Store.Passkeys.AddChallenge(ctx, c, network.Subscriber(rest.ClientOf(ctx).Address))
}

// ownPasskey is a passkey as its owner sees it.
type ownPasskey struct {
	account.Passkey
	Usable bool `json:"usable" doc:"Whether it can be used at this address: it is bound to its domain."`
}

func (a *API) myPasskeys(ctx context.Context, _ *struct{}) (rest.List[ownPasskey], error) {
	ks, err := a.o.Store.Passkeys.Passkeys(ctx, rest.UserOf(ctx).ID)
	site, ok := a.site(ctx)
	own := make([]ownPasskey, len(ks))
	for i, k := range ks {
		own[i] = ownPasskey{k, ok && k.Domain == site.Domain()}
	}
	return rest.NewList(own, "", a.o.Clock.Now()), err
}

// usablePasskeys is how many passkeys of a user can be used at the address that the request names.
func (a *API) usablePasskeys(ctx context.Context, userID int64) (n int, err error) {
	site, ok := a.site(ctx)
	if !ok {
		return 0, nil
	}
	ks, err := a.o.Store.Passkeys.Passkeys(ctx, userID)
	for _, k := range ks {
		if k.Domain == site.Domain() {
			n++
		}
	}
	return n, err
}

func (a *API) beginPasskey(ctx context.Context, _ *struct{}) (out passkey.CreationOptions, err error) {
	who := rest.CallerOf(ctx)
	site, err := a.siteOr(ctx)
	if err != nil {
		return out, err
	}
	there, err := a.o.Store.Passkeys.Passkeys(ctx, who.User.ID)
	if err != nil {
		return out, err
	}
	if len(there) >= account.MaxPasskeys { // before the device makes one that nobody takes
		return out, accounts.TooManyPasskeys()
	}
	challenge, err := a.question(ctx, account.Challenge{Use: account.ToAddPasskey, UserID: who.User.ID,
		Bound: who.TokenHash})
	return site.Creation(challenge, who.User, there), err
}

func (a *API) addPasskey(ctx context.Context, in *addPasskeyInput) (out addedPasskey, err error) {
	who := rest.CallerOf(ctx)
	site, err := a.siteOr(ctx)
	if err != nil {
		return out, err
	}
	made, err := in.Body.Credential.Read()
	if err != nil {
		return out, a.refusedPasskey(ctx, err)
	}
	err = a.o.Store.Passkeys.TakeChallenge(ctx, account.Challenge{Hash: account.HashToken(made.Challenge()),
		Use: account.ToAddPasskey, UserID: who.User.ID, Bound: who.TokenHash})
	if err != nil {
		return out, err
	}
	k, err := made.Judge(site, who.User)
	if err != nil {
		return out, a.refusedPasskey(ctx, err)
	}
	k.Name = rest.OneSpace(in.Body.Name)
	out.Passkey, out.Codes, err = a.o.Store.Passkeys.Add(ctx, rest.ActorOf(ctx),
		accounts.Session{UserID: who.User.ID, TokenHash: who.TokenHash}, k)
	if err != nil {
		return out, err
	}
	out.Codes = rest.OrEmpty(out.Codes)
	a.forget(who.User.ID)
	return out, nil
}

// refusedPasskey tells the log why an answer was refused, and the person that it was.
func (a *API) refusedPasskey(ctx context.Context, err error) error {
	a.o.Log.InfoContext(ctx, "a passkey's answer was refused", "error", err)
	return wrongPasskey()
}

func wrongPasskey() error {
	return &attendance.Error{Code: account.CodePasskeyWrong, Message: "this passkey was not accepted"}
}

func (a *API) renamePasskey(ctx context.Context, in *renamePasskeyInput) (account.Passkey, error) {
	return a.o.Store.Passkeys.Rename(ctx, rest.ActorOf(ctx), in.ID, rest.OneSpace(in.Body.Name))
}

func (a *API) removePasskey(ctx context.Context, in *rest.IDInput) error {
	if err := a.o.Store.Passkeys.Remove(ctx, rest.ActorOf(ctx), in.ID); err != nil {
		return err
	}
	a.forget(rest.UserOf(ctx).ID)
	return nil
}

func (a *API) askPasskey(ctx context.Context, _ *struct{}) (passkey.RequestOptions, error) {
	return a.askOf(ctx, toConfirm(ctx))
}

// toConfirm is the challenge by which who is signed in shows to be still there.
func toConfirm(ctx context.Context) account.Challenge {
	who := rest.CallerOf(ctx)
	return account.Challenge{Use: account.ToConfirm, UserID: who.User.ID, Bound: who.TokenHash}
}

// askOf asks for one of a user's passkeys. A user without any here is CodeNotFound: the browser would offer those of
// others.
func (a *API) askOf(ctx context.Context, c account.Challenge) (out passkey.RequestOptions, err error) {
	site, err := a.siteOr(ctx)
	if err != nil {
		return out, err
	}
	ks, err := a.o.Store.Passkeys.Passkeys(ctx, c.UserID)
	if err != nil {
		return out, err
	}
	if len(site.Request("", ks).Allow) == 0 {
		return out, rest.NotFound()
	}
	challenge, err := a.question(ctx, c)
	return site.Request(challenge, ks), err
}

func (a *API) askLoginPasskey(ctx context.Context, in *askLoginPasskeyInput) (out passkey.RequestOptions, err error) {
	if in.Body.Pending != "" {
		c, err := a.waiting(ctx, in.Body.Pending)
		if err != nil {
			return out, err
		}
		return a.askOf(ctx, c)
	}
	site, err := a.siteOr(ctx)
	if err != nil {
		return out, err
	}
	challenge, err := a.question(ctx, account.Challenge{Use: account.ToSignIn})
	return site.Request(challenge, nil), err
}

// waiting is the challenge of a sign-in that waits for the second factor, or CodeSignInOver.
func (a *API) waiting(ctx context.Context, pending string) (account.Challenge, error) {
	c := account.Challenge{Use: account.ToGoOn, Bound: account.HashToken(pending)}
	u, err := a.o.Store.SecondFactors.PendingUser(ctx, c.Bound)
	c.UserID = u.ID
	return c, err
}

// loginPasskey signs in with a passkey: after the password, or instead of it, since a passkey is two factors by itself.
func (a *API) loginPasskey(ctx context.Context, in *loginPasskeyInput) (*signedIn, error) {
	c := account.Challenge{Use: account.ToSignIn}
	if in.Body.Pending != "" {
		var err error
		if c, err = a.waiting(ctx, in.Body.Pending); err != nil {
			return nil, err
		}
	}
	user, err := a.provePasskey(ctx, &in.Body.Credential, c)
	if err != nil {
		return nil, err
	}
	if in.Body.Pending != "" {
		return a.endPending(ctx, user, c.Bound)
	}
	return a.begin(ctx, user)
}

// provePasskey checks an answer to a challenge, as a code is checked: counted as a failure before it is looked at. The
// user is that of the challenge, or whose the passkey is. A challenge that is over counts as nothing.
func (a *API) provePasskey(ctx context.Context, given *passkey.Assertion, c account.Challenge) (account.User, error) {
	site, err := a.siteOr(ctx)
	if err != nil {
		return account.User{}, err
	}
	answer, err := given.Read()
	if err != nil {
		return account.User{}, a.refusedPasskey(ctx, err)
	}
	c.Hash = account.HashToken(answer.Challenge())
	k, holder, err := a.o.Store.Passkeys.Holder(ctx, answer.Credential())
	attempt := accounts.SignIn{Login: holder.Login, Step: accounts.StepCode}
	if attendance.CodeOf(err) == attendance.CodeNotFound {
		// Each passkey that nobody has is an account of its own, so that an address with one that was removed is not
		// taken for one that guesses.
		unknown := account.HashToken(string(answer.Credential()))
		attempt.Login = "passkey " + hex.EncodeToString(unknown[:])
	} else if err != nil {
		return account.User{}, err
	}
	user, err := a.guarded(ctx, attempt, func(accounts.SignIn) (account.User, bool, error) {
		fits, err := a.judgePasskey(ctx, judged{site, answer, k, holder}, c)
		return holder, fits, err
	})
	if attendance.CodeOf(err) == account.CodeBadCredentials {
		err = wrongPasskey()
	}
	return user, err
}

// judged is an answer with whose it may be.
type judged struct {
	site   passkey.Site
	answer passkey.Answered
	key    account.Passkey
	holder account.User // zero: nobody's
}

// judgePasskey tells whether an answer proves its passkey to be there, now, for what a challenge was made for.
func (a *API) judgePasskey(ctx context.Context, j judged, c account.Challenge) (bool, error) {
	if err := a.o.Store.Passkeys.TakeChallenge(ctx, c); err != nil {
		return false, err
	}
	if j.holder.ID == 0 || c.UserID != 0 && c.UserID != j.holder.ID || c.UserID == 0 && !j.answer.NamesUser() {
		return false, nil
	}
	used, err := j.answer.Judge(j.site, j.holder, j.key)
	if err != nil {
		_ = a.refusedPasskey(ctx, err)
		return false, nil
	}
	return a.o.Store.Passkeys.Use(ctx, actorAs(ctx, j.holder), used)
}
