package accounts

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/passkey"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
)

type askResetInput struct {
	Body struct {
		Login string `json:"login" minLength:"1" maxLength:"254" doc:"@resetAsk.login" example:"JKT-0001"`
	}
}

type checkResetInput struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"100" doc:"@resetToken"`
	}
}

type useResetInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"100" doc:"@resetToken"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"The new one." text:"secret"`
		SecondProof
	}
}

// openReset is what a page must know of a link before the password is chosen.
type openReset struct {
	Login        string    `json:"login"`
	SecondFactor bool      `json:"second_factor" doc:"The password needs a code or a passkey beside it."`
	Passkey      bool      `json:"passkey,omitempty" doc:"A passkey can be used here: see ask-reset-passkey."`
	ExpiresAt    time.Time `json:"expires_at"`
}

func (a *API) registerResets(r *rest.Router) {
	ask := rest.Op("POST /api/password-resets", "ask-password-reset", "Ask for an e-mail about a forgotten password",
		tagForgot, http.StatusNotFound, http.StatusTooManyRequests)
	ask.DefaultStatus = http.StatusAccepted
	ask.Description = "The answer is the same whether there is such an account or not. An e-mail goes to the address " +
		"of an account that was verified. Where no e-mails go out (`mail_resets` of config) it is 404."
	rest.Handle(r, ask, rest.Everybody, rest.Do(a.askReset))
	check := rest.Op("POST /api/password-resets/check", "check-password-reset", "Whether a mailed link is good",
		tagForgot, http.StatusGone, http.StatusNotFound)
	rest.Handle(r, check, rest.Everybody, a.checkReset)
	key := rest.Op("POST /api/password-resets/passkey", "ask-reset-passkey", "Ask for a passkey beside a mailed link",
		tagForgot, http.StatusGone, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	key.Description = "Answers what navigator.credentials.get() takes (PublicKeyCredentialRequestOptionsJSON). What " +
		"the browser makes of it goes to use-password-reset within five minutes."
	rest.Handle(r, key, rest.Everybody, a.askResetPasskey)
	use := rest.Op("POST /api/password-resets/use", "use-password-reset", "Choose a password with a mailed link",
		tagForgot, http.StatusGone, http.StatusNotFound, http.StatusConflict,
		http.StatusTooManyRequests)
	use.DefaultStatus = http.StatusNoContent
	use.Description = "Once, within 30 minutes. Ends all sessions of the user and revokes the API tokens that the " +
		"account made, as reset-password does, and begins no session. Where the account has a second factor a code " +
		"or a passkey is needed as well."
	rest.Handle(r, use, rest.Everybody, rest.Do(a.useReset))
}

// askReset does the same work for every login: whether there is such an account a worker finds out later.
func (a *API) askReset(ctx context.Context, in *askResetInput) error {
	if !a.o.MailResets {
		return rest.NotFound()
	}
	login := account.NormalLogin(in.Body.Login)
	if _, err := a.count(ctx, accounts.SignIn{Login: login, Step: accounts.StepReset}); err != nil {
		return err
	}
	return a.o.Store.Resets.Ask(ctx, rest.ClientOf(ctx).Address, login)
}

// link returns whose a link that was mailed is, its hash, and until when it is good. Where no e-mails go out there is
// none.
func (a *API) link(ctx context.Context, token string) (u account.User, hash [32]byte, expires time.Time, err error) {
	if !a.o.MailResets {
		return u, hash, expires, rest.NotFound()
	}
	hash = account.HashToken(token)
	u, expires, err = a.o.Store.Resets.Look(ctx, hash)
	return u, hash, expires, err
}

func (a *API) checkReset(ctx context.Context, in *checkResetInput) (out openReset, err error) {
	u, _, expires, err := a.link(ctx, in.Body.Token)
	if err != nil {
		return out, err
	}
	out = openReset{Login: u.Login, SecondFactor: u.SecondFactorAt != nil, ExpiresAt: expires}
	usable, err := a.usablePasskeys(ctx, u.ID)
	out.Passkey = usable > 0
	return out, err
}

// toReset is the challenge that is answered beside a link.
func toReset(u account.User, link [32]byte) account.Challenge {
	return account.Challenge{Use: account.ToReset, UserID: u.ID, Bound: link}
}

func (a *API) askResetPasskey(ctx context.Context, in *checkResetInput) (out passkey.RequestOptions, err error) {
	u, link, _, err := a.link(ctx, in.Body.Token)
	if err != nil {
		return out, err
	}
	return a.askOf(ctx, toReset(u, link))
}

// useReset looks at the password before the code or the passkey, which are good once.
func (a *API) useReset(ctx context.Context, in *useResetInput) error {
	u, link, _, err := a.link(ctx, in.Body.Token)
	if err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx, in.Body.Password, u.Login, u.Name)
	if err != nil {
		return err
	}
	chosen := accounts.ByReset{TokenHash: link, Hash: hash, Proved: u.SecondFactorAt != nil}
	if chosen.Proved {
		if err := a.proveSecond(ctx, u, in.Body.SecondProof, toReset(u, link)); err != nil {
			return err
		}
	}
	by := ledger.Actor{UserID: u.ID, Address: rest.ClientOf(ctx).Address}
	if err := a.o.Store.Resets.Use(ctx, by, chosen); err != nil {
		return err
	}
	a.o.Sessions.Forget("") // tokens that the account made may be anybody's
	return nil
}
