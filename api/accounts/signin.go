package accounts

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/network"
	"hadir/internal/provider"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
)

// signIn checks login and password. Unknown accounts, wrong passwords and disabled users answer alike and as slowly.
func (a *API) signIn(ctx context.Context, login, password string) (account.User, error) {
	attempt := accounts.SignIn{Login: account.NormalLogin(login)}
	return a.guarded(ctx, attempt, func(attempt accounts.SignIn) (account.User, bool, error) {
		return a.verify(ctx, attempt, password)
	})
}

// guarded counts an attempt as a failure before check looks at what was given, and takes that back if it fits or could
// not be looked at. What does not fit is CodeBadCredentials.
func (a *API) guarded(ctx context.Context, attempt accounts.SignIn,
	check func(accounts.SignIn) (account.User, bool, error)) (account.User, error) {
	attempt, err := a.count(ctx, attempt)
	if attendance.CodeOf(err) == account.CodeThrottled {
		a.signIns.WithLabelValues("throttled").Inc()
		a.noteBlocked(ctx, attempt)
	}
	if err != nil {
		return account.User{}, err
	}
	user, fits, err := check(attempt)
	if err != nil {
		return account.User{}, errors.Join(err, a.o.Store.SignIns.WithdrawSignIn(context.WithoutCancel(ctx), attempt))
	}
	if !fits {
		a.signIns.WithLabelValues("refused").Inc()
		a.failures.Note(ctx, account.Failure{UserID: user.ID, Network: attempt.Network})
		return account.User{}, account.BadCredentials()
	}
	a.signIns.WithLabelValues("accepted").Inc()
	return user, a.o.Store.SignIns.EndSignIn(ctx, attempt)
}

// count counts an attempt of whoever sends a request, or refuses it.
func (a *API) count(ctx context.Context, attempt accounts.SignIn) (accounts.SignIn, error) {
	from := rest.ClientOf(ctx)
	attempt.Network = network.Subscriber(from.Address)
	if from.BrowserToken != "" {
		attempt.Browser = account.HashToken(from.BrowserToken)
	}
	attempt, retryAt, err := a.o.Store.SignIns.BeginSignIn(ctx, attempt)
	if err == nil && !retryAt.IsZero() {
		throttled := attendance.NewError(account.CodeThrottled, "Too many attempts.")
		err = attendance.Later{Cause: throttled, RetryAt: retryAt}
	}
	return attempt, err
}

// verify looks an attempt's password up.
func (a *API) verify(ctx context.Context, attempt accounts.SignIn, password string) (user account.User, fits bool,
	err error) {
	user, hash, err := a.o.Store.Users.UserByLogin(ctx, attempt.Login)
	if err != nil && attendance.CodeOf(err) != attendance.CodeNotFound {
		return account.User{}, false, err
	}
	fits, err = a.hasher.Verify(ctx, attempt.Lanes(), password, hash)
	return user, fits && user.DisabledAt == nil, err
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	Cookie  string `header:"Set-Cookie"`
	Browser string `header:"Set-Cookie"` // a field each: fiber would join the cookies of a list with commas
	Body    struct {
		Token     string       `json:"token" doc:"@signedIn.token"`
		ExpiresAt time.Time    `json:"expires_at"`
		User      account.User `json:"user"`
	}
}

// passwordRight is the answer to a right password: signedIn, or what waits for a code.
type passwordRight struct {
	Status  int
	Cookie  string `header:"Set-Cookie"`
	Browser string `header:"Set-Cookie"`
	Body    struct {
		Token     string        `json:"token,omitempty" doc:"@signedIn.token"`
		ExpiresAt time.Time     `json:"expires_at" doc:"Of the token, or of what waits for a code."`
		User      *account.User `json:"user,omitempty"`
		Pending   string        `json:"pending,omitempty" doc:"@passwordRight.pending"`
		Passkey   bool          `json:"passkey,omitempty" doc:"@passwordRight.passkey"`
	}
}

// login signs in whose password is right, or asks for a code first.
func (a *API) login(ctx context.Context, in *loginInput) (*passwordRight, error) {
	user, err := a.signIn(ctx, in.Body.Login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return a.goOn(ctx, user, nil)
}

// goOn goes on as a user whose first proof was right, the password or an identity: signs in, or asks for a second one.
func (a *API) goOn(ctx context.Context, user account.User, by *provider.Proof) (*passwordRight, error) {
	if user.SecondFactorAt == nil {
		begun, err := a.beginBy(ctx, user, by)
		if err != nil {
			return nil, err
		}
		out := &passwordRight{Status: http.StatusOK, Cookie: begun.Cookie, Browser: begun.Browser}
		out.Body.Token, out.Body.ExpiresAt, out.Body.User = begun.Body.Token, begun.Body.ExpiresAt, &begun.Body.User
		return out, nil
	}
	token, hash := account.NewToken()
	out := &passwordRight{Status: http.StatusAccepted}
	usable, err := a.usablePasskeys(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	out.Body.Passkey = usable > 0
	out.Body.Pending, out.Body.ExpiresAt = token, a.o.Clock.Now().Add(account.PendingTTL)
	waits := accounts.Pending{Session: accounts.Session{UserID: user.ID, TokenHash: hash},
		ExpiresAt: out.Body.ExpiresAt, Keys: user.Keys}
	if by != nil {
		waits.By = &by.Identity
	}
	return out, a.o.Store.SecondFactors.AddPending(ctx, waits)
}

// loginCode goes on with a sign-in that waits for its code. Codes may be tried until it is over; each is counted.
func (a *API) loginCode(ctx context.Context, in *loginCodeInput) (*signedIn, error) {
	hash := account.HashToken(in.Body.Pending)
	user, err := a.o.Store.SecondFactors.PendingUser(ctx, hash)
	if err != nil {
		return nil, err
	}
	if err := a.proveFactor(ctx, user, in.Body.Code); err != nil {
		return nil, err
	}
	return a.endPending(ctx, user, hash)
}

// endPending signs in who gave the second factor that a sign-in waited for.
func (a *API) endPending(ctx context.Context, user account.User, hash [32]byte) (*signedIn, error) {
	user, through, err := a.o.Store.SecondFactors.EndPending(ctx, actorAs(ctx, user), hash)
	if err != nil {
		return nil, err
	}
	a.forget(user.ID)
	return a.open(ctx, user, through, time.Time{})
}

// actorAs is who makes a change on the way in.
func actorAs(ctx context.Context, user account.User) ledger.Actor {
	by := rest.ActorOf(ctx)
	by.UserID = user.ID
	return by
}

// beginBy opens a session for a user who was asked for one proof only: the password, or an identity.
func (a *API) beginBy(ctx context.Context, user account.User, by *provider.Proof) (*signedIn, error) {
	if by == nil {
		return a.begin(ctx, user)
	}
	user, err := a.o.Store.Identities.Enter(ctx, actorAs(ctx, user), user.ID, by.Identity)
	if err != nil {
		return nil, err
	}
	a.forget(user.ID)
	return a.open(ctx, user, &by.Identity, a.provedThere(by))
}

// begin opens a session for a user who proved who they are.
func (a *API) begin(ctx context.Context, user account.User) (*signedIn, error) {
	return a.open(ctx, user, nil, time.Time{})
}

// open opens a session for a user who proved then who they are, by an identity unless it is nil; the zero time is now.
func (a *API) open(ctx context.Context, user account.User, by *account.Identity, proved time.Time) (*signedIn, error) {
	token, hash := account.NewToken()
	now := a.o.Clock.Now()
	from := rest.ClientOf(ctx)
	s := account.Session{TokenHash: hash, UserID: user.ID, CreatedAt: now, ExpiresAt: now.Add(a.o.SessionTTL),
		IdleUntil: account.IdleUntil(now, a.o.Sessions.IdleFor(&user)), Address: from.Address,
		UserAgent: cut(from.UserAgent, maxUserAgent), ConfirmedAt: proved, By: by,
		Keys: user.Keys}
	if err := a.o.Store.Sessions.AddSession(ctx, s); err != nil {
		return nil, err
	}
	a.o.Meetings.Meet(ctx, &user, now)
	out := &signedIn{Cookie: a.cookie(ctx, httpd.SessionCookie, token, s.ExpiresAt)}
	if from.Browser {
		known, hash := account.NewToken()
		if err := a.o.Store.SignIns.KnowBrowser(ctx, user.ID, hash); err != nil {
			return nil, err
		}
		out.Browser = a.cookie(ctx, rest.BrowserCookie, known, now.Add(accounts.BrowserTTL))
	}
	a.o.Sessions.Due(&user) // tells the page where to lead
	out.Body.Token, out.Body.ExpiresAt, out.Body.User = token, s.ExpiresAt, user
	return out, nil
}

// cookie is the header that sets a cookie. Answers hold it as a text, since an empty text is no header, whereas an
// empty http.Cookie is an empty one.
func (a *API) cookie(ctx context.Context, name, value string, expires time.Time) string {
	c := http.Cookie{Name: name, Value: value, Path: "/", Expires: expires, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   a.o.SecureCookies || rest.ClientOf(ctx).Secure}
	return c.String()
}

// maxUserAgent is how much of a browser's name is kept with its session, in bytes.
const maxUserAgent = 200

// cut shortens a text to so many bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
