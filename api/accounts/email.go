package accounts

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/store/accounts"
)

type emailInput struct {
	Body struct {
		Email string `json:"email" maxLength:"254" doc:"@email"`
	}
}

type verifyEmailInput struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"100" doc:"What the link of the e-mail holds."`
	}
}

func (a *API) registerEmail(r *rest.Router) {
	change := rest.Op("PATCH /api/me/email", "change-my-email", "Change the own e-mail address", tagProfile,
		http.StatusConflict, http.StatusTooManyRequests)
	change.Description = "It counts once the link was opened that is mailed there. The earlier one is told."
	rest.Handle(r, rest.Confirmed(change), rest.SignedIn, a.changeEmail)
	again := rest.Op("POST /api/me/email/link", "mail-my-link", "Mail the link to the own address once more",
		tagProfile, http.StatusTooManyRequests)
	again.DefaultStatus = http.StatusAccepted
	again.Description = "Earlier links are good no longer. Where the address was verified, nothing is mailed."
	rest.Handle(r, again, rest.SignedIn, rest.Do(a.mailLink))
	verify := rest.Op("POST /api/me/email/verify", "verify-my-email", "Show that the own address is one's own",
		tagProfile, http.StatusGone)
	verify.Description = "With the link that was mailed there, in a session of the account that it is about."
	rest.Handle(r, rest.EvenBefore(verify), rest.SignedIn, a.verifyEmail)
}

// countLetters bounds how many e-mails somebody makes us send.
func (a *API) countLetters(ctx context.Context) error {
	_, err := a.count(ctx, accounts.SignIn{Login: rest.UserOf(ctx).Login, Step: accounts.StepEmail})
	return err
}

func (a *API) changeEmail(ctx context.Context, in *emailInput) (out account.User, err error) {
	if err := a.countLetters(ctx); err != nil {
		return out, err
	}
	by := rest.ActorOf(ctx)
	out, err = a.o.Store.Users.UpdateUser(ctx, by, by.UserID, func(u *account.User) error {
		u.Email = account.NormalEmail(in.Body.Email)
		return nil
	})
	if err == nil {
		a.forget(by.UserID)
	}
	return out, err
}

func (a *API) mailLink(ctx context.Context, _ *struct{}) error {
	if err := a.countLetters(ctx); err != nil {
		return err
	}
	return a.o.Store.Emails.Ask(ctx, rest.ActorOf(ctx))
}

func (a *API) verifyEmail(ctx context.Context, in *verifyEmailInput) (account.User, error) {
	by := rest.ActorOf(ctx)
	u, err := a.o.Store.Emails.Verify(ctx, by, account.HashToken(in.Body.Token))
	if err == nil {
		a.forget(by.UserID)
	}
	return u, err
}
