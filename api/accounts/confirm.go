package accounts

import (
	"context"
	"net/http"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
)

type confirmInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1024" text:"secret" doc:"@confirmInput.password"`
		SecondProof
		Provider *Return `json:"provider,omitempty" doc:"@confirmInput.provider"`
	}
}

// confirmedUntil is how long a session may do what is dangerous.
type confirmedUntil struct {
	Until time.Time `json:"confirmed_until" doc:"Until when what needs a confirmation goes on without another one."`
}

func (a *API) registerConfirmation(r *rest.Router) {
	op := rest.Op("POST /api/me/confirm", "confirm", "Prove again who one is", tagSessions, http.StatusTooManyRequests)
	op.Description = "For the session that asks: where the account has a second factor with a code or a passkey (see " +
		"ask-passkey), else with the password or, where it is linked, at the OpenID Connect provider (see " +
		"ask-provider). Signing in counts as much. Wrong ones are counted as at signing in."
	// Who has to set a second factor up may do so with a passkey, which needs a confirmation.
	rest.Handle(r, rest.EvenBefore(op, account.CodeSecondFactor), rest.SignedIn, a.confirm)
}

// confirm checks what only the user of a session knows or has. The password alone is not enough where signing in asks
// for more: whoever learnt it may hold the session as well.
func (a *API) confirm(ctx context.Context, in *confirmInput) (out confirmedUntil, err error) {
	who := rest.CallerOf(ctx)
	u, err := a.o.Store.Users.User(ctx, who.User.ID)
	if err != nil {
		return out, err
	}
	switch {
	case u.SecondFactorAt != nil:
		err = a.proveSecond(ctx, u, in.Body.SecondProof, toConfirm(ctx))
	case in.Body.Provider != nil:
		err = a.confirmThere(ctx, u, in.Body.Provider)
	case u.NoPassword:
		err = attendance.Invalid("password", "The account has no password.")
	default:
		err = a.ownPassword(ctx, "password", in.Body.Password)
	}
	if err != nil {
		return out, err
	}
	at, err := a.o.Store.Sessions.ConfirmSession(ctx, rest.ActorOf(ctx), who.TokenHash)
	if err != nil {
		return out, err
	}
	a.o.Sessions.Drop(who.TokenHash)
	return confirmedUntil{a.o.Sessions.FreshUntil(at)}, nil
}
