package accounts

import (
	"context"
	"encoding/base64"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/passkey"
	"hadir/internal/store/accounts"
)

type provedInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"@presentPassword" text:"secret"`
	}
}

type codeInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"40" doc:"The code that the app shows."`
	}
}

type provedTwiceInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" doc:"@presentPassword" text:"secret"`
		SecondProof
	}
}

// SecondProof is what proves a second factor: a code, or a passkey.
type SecondProof struct {
	Code    string             `json:"code,omitempty" maxLength:"40" doc:"@code"`
	Passkey *passkey.Assertion `json:"passkey,omitempty" doc:"@SecondProof.passkey"`
}

// newFactor is a secret in the forms in which apps take it.
type newFactor struct {
	Secret string `json:"secret" doc:"In base32, to be typed."`
	URL    string `json:"url" doc:"otpauth://…, to be opened on the device."`
	QR     string `json:"qr" doc:"The same to be photographed: an image as a data: address."`
}

type recoveryCodes struct {
	Codes []string `json:"codes" doc:"@recoveryCodes.codes"`
}

type secondFactor struct {
	accounts.SecondFactorState
	Required bool `json:"required" doc:"The policy wants one of the caller's role."`
	Usable   int  `json:"usable_passkeys" doc:"Those of the passkeys that can be used at this address."`
}

// noPassword is when those need a confirmation who otherwise give the password.
const noPassword = "the account has no password"

func (a *API) registerSecondFactor(r *rest.Router) {
	const due = account.CodeSecondFactor
	mine := rest.Op("GET /api/me/second-factor", "my-second-factor", "The own second factor", tagFactor)
	rest.Handle(r, rest.EvenBefore(mine, due), rest.SignedIn, a.mySecondFactor)
	begin := rest.EvenBefore(rest.Op("POST /api/me/second-factor", "begin-second-factor",
		"Begin to set a second factor up", tagFactor, http.StatusConflict, http.StatusTooManyRequests), due)
	begin.Description = "Makes the secret of an authenticator app (RFC 6238). It is in force once a code of it was " +
		"given to confirm-second-factor."
	const beside = "there is a passkey, which the app would be as good as"
	rest.HandleOutput(r, rest.ConfirmedIf(begin, beside+", or "+noPassword), rest.SignedIn,
		rest.Secretly(a.beginFactor))
	confirm := rest.EvenBefore(rest.Op("POST /api/me/second-factor/confirm", "confirm-second-factor",
		"Put the second factor into force", tagFactor, http.StatusConflict), due)
	confirm.Description = "From now on signing in asks for a code. If it is the first second factor, it ends the " +
		"user's other sessions and answers recovery codes; beside passkeys the earlier codes stay."
	rest.HandleOutput(r, rest.ConfirmedIf(confirm, beside), rest.SignedIn, rest.Secretly(a.confirmFactor))
	renew := rest.Op("POST /api/me/second-factor/recovery-codes", "renew-recovery-codes", "Make new recovery codes",
		tagFactor, http.StatusNotFound, http.StatusTooManyRequests)
	renew.Description = "Earlier ones are none any more."
	rest.HandleOutput(r, rest.ConfirmedIf(renew, noPassword), rest.SignedIn, rest.Secretly(a.renewCodes))
	off := rest.Op("POST /api/me/second-factor/off", "turn-second-factor-off", "Turn the own authenticator app off",
		tagFactor, http.StatusNotFound, http.StatusTooManyRequests)
	off.Description = "Passkeys stay; without any the second factor is off."
	off.DefaultStatus = http.StatusNoContent
	rest.Handle(r, rest.ConfirmedIf(off, noPassword), rest.SignedIn, rest.Do(a.factorOff))
	reset := rest.Op("DELETE /api/users/{id}/second-factor", "reset-second-factor",
		"Turn off the second factor of somebody who lost it", tagFactor, http.StatusNotFound)
	reset.DefaultStatus = http.StatusNoContent
	reset.Description = "Passkeys are removed, too. Ends the user's sessions. Nobody does so for themselves while " +
		"another administrator could."
	rest.Handle(r, rest.Confirmed(reset), rest.Admins, rest.Do(a.resetFactor))
}

func (a *API) mySecondFactor(ctx context.Context, _ *struct{}) (out secondFactor, err error) {
	u := rest.UserOf(ctx)
	out.Required = a.o.Sessions.WantsSecondFactor(u.Role)
	if out.SecondFactorState, err = a.o.Store.SecondFactors.State(ctx, u.ID); err != nil || out.Passkeys == 0 {
		return out, err
	}
	out.Usable, err = a.usablePasskeys(ctx, u.ID)
	return out, err
}

// ownPassword checks the password of who is signed in, as at the door: a stolen session must not become a way to guess
// it, nor to lock its owner out. Where there is none, it has to be a session whose user has just confirmed who they
// are.
func (a *API) ownPassword(ctx context.Context, field, password string) error {
	if rest.UserOf(ctx).NoPassword {
		return rest.NeedConfirmed(ctx)
	}
	_, err := a.signIn(ctx, rest.UserOf(ctx).Login, password)
	if attendance.CodeOf(err) == account.CodeBadCredentials {
		// Not 401: the session is sound.
		return attendance.Invalid(field, "This is not your present password.")
	}
	return err
}

// proveFactor checks a code of a user as a password is checked: counted before it is looked at.
func (a *API) proveFactor(ctx context.Context, u account.User, code string) error {
	attempt := accounts.SignIn{Login: u.Login, Step: accounts.StepCode}
	_, err := a.guarded(ctx, attempt, func(accounts.SignIn) (account.User, bool, error) {
		fits, err := a.o.Store.SecondFactors.Use(ctx, actorAs(ctx, u), u.ID, code)
		return u, fits, err
	})
	if attendance.CodeOf(err) == account.CodeBadCredentials {
		return wrongCode()
	}
	return err
}

func wrongCode() error {
	return &attendance.Error{Code: account.CodeSecondWrong, Field: "code",
		Message: "This code is wrong, or was used before."}
}

// freshBeside asks for a confirmation where an app would stand beside a passkey: the password, which whoever holds the
// session may have learnt, must not be a way around that.
func (a *API) freshBeside(ctx context.Context) error {
	u, err := a.o.Store.Users.User(ctx, rest.UserOf(ctx).ID)
	if err != nil || u.SecondFactorAt == nil {
		return err
	}
	return rest.NeedConfirmed(ctx)
}

func (a *API) beginFactor(ctx context.Context, in *provedInput) (out newFactor, err error) {
	if err := a.freshBeside(ctx); err != nil {
		return out, err
	}
	u := rest.UserOf(ctx)
	if err := a.ownPassword(ctx, "password", in.Body.Password); err != nil {
		return out, err
	}
	key, err := account.NewFactorKey(u.Login)
	if err != nil {
		return out, err
	}
	if err := a.o.Store.SecondFactors.Begin(ctx, u.ID, key.Secret); err != nil {
		return out, err
	}
	return newFactor{key.Secret, key.URL, "data:image/png;base64," + base64.StdEncoding.EncodeToString(key.QR)}, nil
}

func (a *API) confirmFactor(ctx context.Context, in *codeInput) (out recoveryCodes, err error) {
	if err := a.freshBeside(ctx); err != nil {
		return out, err
	}
	who := rest.CallerOf(ctx)
	from := accounts.Session{UserID: who.User.ID, TokenHash: who.TokenHash}
	codes, ok, err := a.o.Store.SecondFactors.Confirm(ctx, rest.ActorOf(ctx), from, in.Body.Code)
	if err == nil && !ok {
		err = wrongCode()
	}
	if err != nil {
		return out, err
	}
	a.forget(who.User.ID)
	return recoveryCodes{rest.OrEmpty(codes)}, nil
}

// prove checks the password of who is signed in, and a code.
func (a *API) prove(ctx context.Context, in *provedTwiceInput) error {
	if err := a.ownPassword(ctx, "password", in.Body.Password); err != nil {
		return err
	}
	return a.proveSecond(ctx, rest.UserOf(ctx), in.Body.SecondProof, toConfirm(ctx))
}

// proveSecond checks the second factor of a user: a code, or what a passkey answered to a challenge.
func (a *API) proveSecond(ctx context.Context, u account.User, given SecondProof, asked account.Challenge) error {
	if given.Passkey == nil {
		return a.proveFactor(ctx, u, given.Code)
	}
	_, err := a.provePasskey(ctx, given.Passkey, asked)
	return err
}

func (a *API) renewCodes(ctx context.Context, in *provedTwiceInput) (out recoveryCodes, err error) {
	if err := a.prove(ctx, in); err != nil {
		return out, err
	}
	out.Codes, err = a.o.Store.SecondFactors.RenewCodes(ctx, rest.ActorOf(ctx), rest.UserOf(ctx).ID)
	return out, err
}

func (a *API) factorOff(ctx context.Context, in *provedTwiceInput) error {
	if err := a.prove(ctx, in); err != nil {
		return err
	}
	if err := a.o.Store.SecondFactors.TurnOff(ctx, rest.ActorOf(ctx)); err != nil {
		return err
	}
	a.forget(rest.UserOf(ctx).ID)
	return nil
}

func (a *API) resetFactor(ctx context.Context, in *rest.IDInput) error {
	if err := a.o.Store.SecondFactors.Reset(ctx, rest.ActorOf(ctx), in.ID); err != nil {
		return err
	}
	a.forget(in.ID)
	return nil
}
