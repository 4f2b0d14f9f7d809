package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/provider"
	"hadir/internal/store/accounts"
)

// leeway is by how much the provider's clock may be behind ours where it matters when somebody signed in there.
const leeway = time.Minute

// arrive ends a trip to the provider: checks that it is one that this browser began for this, asks the provider who it
// was, and lets judge say whose account that is. It is counted as a failure before it is looked at, as a code is; every
// trip on a count of its own, since nobody guesses one, and together by address.
func (a *API) arrive(ctx context.Context, in *Return, c account.Challenge,
	judge func(provider.Proof) (account.User, error)) (account.User, error) {
	if a.o.Provider == nil {
		return account.User{}, providerOff()
	}
	of := account.HashToken(in.State)
	attempt := accounts.SignIn{Login: "provider " + hex.EncodeToString(of[:]), Step: accounts.StepTrip}
	var refused error
	user, err := a.guarded(ctx, attempt, func(accounts.SignIn) (account.User, bool, error) {
		var user account.User
		p, err := a.proof(ctx, in, c)
		if err == nil {
			if user, err = judge(p); err != nil && refuses(err) {
				a.o.Log.InfoContext(ctx, "an identity was refused", "subject", p.Identity.Subject, "login", p.Login,
					"error", err)
				a.noteRefused(ctx, user, err)
			}
		}
		if refuses(err) {
			refused = err
			return user, false, nil
		}
		return user, err == nil, err
	})
	if refused != nil && attendance.CodeOf(err) == account.CodeBadCredentials {
		err = refused
	}
	return user, err
}

// refuses tells whether an error is about who came, and not about us or the provider.
func refuses(err error) bool {
	switch attendance.CodeOf(err) {
	case account.CodeProviderLate, account.CodeProviderRefused, account.CodeProviderStale, account.CodeEmailUnverified,
		account.CodeNoAccount, account.CodeIdentityTaken:
		return true
	}
	return false
}

// proof is what the provider says of who brings a trip back. The trip ends with it, whatever comes of it.
func (a *API) proof(ctx context.Context, in *Return, c account.Challenge) (provider.Proof, error) {
	t := provider.Trip(rest.ClientOf(ctx).Trip)
	late := attendance.NewError(account.CodeProviderLate, "no such trip of this browser")
	if !t.Has(in.State) {
		return provider.Proof{}, late
	}
	c.Hash = t.Hash()
	if err := a.o.Store.Passkeys.TakeChallenge(ctx, c); err != nil {
		if attendance.CodeOf(err) == account.CodePasskeyLate {
			err = late
		}
		return provider.Proof{}, err
	}
	if in.Issuer != "" && in.Issuer != a.o.Provider.Issuer() {
		return provider.Proof{}, a.providerFailed(ctx, provider.ErrRefused)
	}
	if in.Code == "" && provider.Troubled(in.Error) {
		return provider.Proof{}, a.providerFailed(ctx, fmt.Errorf("%w: it sent back %s", provider.ErrAway, in.Error))
	}
	if in.Code == "" {
		a.o.Log.InfoContext(ctx, "the provider sent somebody back without a code", "error", in.Error)
		return provider.Proof{}, attendance.NewError(account.CodeProviderLeft, "the provider gave no code")
	}
	p, err := a.o.Provider.Prove(ctx, t, in.Code)
	if err != nil {
		return p, a.providerFailed(ctx, err)
	}
	if c.Use == account.ToConfirmThere && p.At.IsZero() {
		a.o.Log.WarnContext(ctx, "the OpenID Connect provider does not say when people signed in (auth_time), so that "+
			"nobody can confirm there")
		return p, attendance.NewError(account.CodeProviderSilent, "the provider sends no auth_time")
	}
	if c.Use == account.ToConfirmThere && p.At.Before(t.Began().Add(-leeway)) {
		return p, attendance.NewError(account.CodeProviderStale, "nobody signed in at the provider for this")
	}
	return p, nil
}

// providerFailed tells the log what the provider did, and the person in a sentence.
func (a *API) providerFailed(ctx context.Context, err error) error {
	if errors.Is(err, provider.ErrRefused) {
		a.o.Log.WarnContext(ctx, "what the OpenID Connect provider said was refused", "error", err)
		return &attendance.Error{Code: account.CodeProviderRefused, Message: "the provider proved nothing", Cause: err}
	}
	a.signIns.WithLabelValues("unreachable").Inc()
	if errors.Is(err, provider.ErrUntold) {
		a.o.Log.WarnContext(ctx, "the OpenID Connect provider refuses to tell who somebody is, which its settings, or "+
			"HADIR_OIDC_SCOPES and HADIR_OIDC_CLAIM, have to allow", "error", err)
		return &attendance.Error{Code: account.CodeProviderUntold, Message: "the provider does not say who it is",
			Cause: err}
	}
	if errors.Is(err, provider.ErrUnsound) {
		a.o.Log.ErrorContext(ctx, "people cannot sign in with the OpenID Connect provider", "error", err)
		return &attendance.Error{Code: account.CodeProviderUnsound, Message: "nothing at its address is the provider",
			Cause: err}
	}
	return &attendance.Error{Code: account.CodeProviderAway, Message: "the provider cannot be reached", Cause: err}
}

// loginProvider signs in whom the provider vouches for.
func (a *API) loginProvider(ctx context.Context, in *returnInput) (*passwordRight, error) {
	var by provider.Proof
	user, err := a.arrive(ctx, &in.Body, account.Challenge{Use: account.ToSignInThere},
		func(p provider.Proof) (account.User, error) {
			by = p
			login := p.Login
			if !p.Verified {
				login = "" // an address that anybody can claim opens nothing, and what is linked needs none
			}
			user, err := a.o.Store.Identities.Whose(ctx, &by.Identity, login)
			if p.Untold != nil && attendance.CodeOf(err) == account.CodeNoAccount && user.ID == 0 {
				return user, a.providerFailed(ctx, p.Untold)
			}
			if !p.Verified && p.Login != "" && user.ID == 0 && attendance.CodeOf(err) == account.CodeNoAccount {
				err = attendance.NewError(account.CodeEmailUnverified, "the provider did not verify the address")
			}
			return user, err
		})
	if err != nil {
		return nil, err
	}
	return a.goOn(ctx, user, &by)
}

// confirmThere checks that who uses a session just signed in at the provider, as whom the account is linked to.
func (a *API) confirmThere(ctx context.Context, u account.User, in *Return) error {
	c := account.Challenge{Use: account.ToConfirmThere, UserID: u.ID, Bound: rest.CallerOf(ctx).TokenHash}
	_, err := a.arrive(ctx, in, c, func(p provider.Proof) (account.User, error) {
		is, err := a.identitiesHere(ctx, u.ID)
		if err != nil {
			return u, err
		}
		for _, i := range is {
			if i.Subject == p.Identity.Subject {
				return u, nil
			}
		}
		return u, attendance.NewError(account.CodeIdentityTaken, "it is not linked to this account")
	})
	return err
}

// provedThere is when somebody proved who they are who signed in with what the provider said. Who is signed in there
// anyway proves nothing by passing through.
func (a *API) provedThere(p *provider.Proof) time.Time {
	switch now := a.o.Clock.Now(); {
	case p.At.IsZero():
		return account.Unproved()
	case p.At.After(now):
		return now
	default:
		return p.At
	}
}
