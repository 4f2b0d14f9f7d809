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
	"hadir/internal/store/accounts"
)

// signIn checks login and password. Unknown accounts, wrong passwords and disabled users answer alike and as slowly.
func (a *API) signIn(ctx context.Context, login, password string) (account.User, error) {
	from := rest.ClientOf(ctx)
	attempt := accounts.SignIn{
		Login:   strings.ToLower(strings.TrimSpace(login)),
		Network: httpd.Subscriber(from.Address),
	}
	if from.BrowserToken != "" {
		attempt.Browser = account.HashToken(from.BrowserToken)
	}
	attempt, retryAt, err := a.o.Store.SignIns.BeginSignIn(ctx, attempt)
	if err != nil {
		return account.User{}, err
	}
	if !retryAt.IsZero() {
		a.signIns.WithLabelValues("throttled").Inc()
		a.noteBlocked(ctx, attempt)
		return account.User{}, attendance.Later{
			Cause: attendance.NewError(account.CodeThrottled, "Too many attempts."), RetryAt: retryAt}
	}
	user, fits, err := a.verify(ctx, attempt, password)
	if err != nil {
		return account.User{}, errors.Join(err, a.o.Store.SignIns.WithdrawSignIn(context.WithoutCancel(ctx), attempt))
	}
	if !fits {
		a.signIns.WithLabelValues("refused").Inc()
		a.noteFailure(ctx, account.Failure{UserID: user.ID, Network: attempt.Network})
		return account.User{}, attendance.NewError(account.CodeBadCredentials, "The login or the password is wrong.")
	}
	a.signIns.WithLabelValues("accepted").Inc()
	return user, a.o.Store.SignIns.EndSignIn(ctx, attempt)
}

// verify looks an attempt's password up.
func (a *API) verify(ctx context.Context, attempt accounts.SignIn, password string) (user account.User, fits bool,
	err error) {
	user, hash, err := a.o.Store.Users.UserByLogin(ctx, attempt.Login)
	if err != nil && attendance.CodeOf(err) != attendance.CodeNotFound {
		return account.User{}, false, err
	}
	fits, err = a.hasher.Verify(ctx, attempt.Network, password, hash)
	return user, fits && user.DisabledAt == nil, err
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	Cookie  http.Cookie `header:"Set-Cookie"`
	Browser http.Cookie `header:"Set-Cookie"` // a field each: fiber would join the cookies of a list with commas
	Body    struct {
		Token     string       `json:"token" doc:"For Authorization: Bearer. Browsers have the same in their cookie."`
		ExpiresAt time.Time    `json:"expires_at"`
		User      account.User `json:"user"`
	}
}

// begin opens a session for a user who proved who they are.
func (a *API) begin(ctx context.Context, user account.User) (*signedIn, error) {
	token, hash := account.NewToken()
	now := a.o.Clock.Now()
	from := rest.ClientOf(ctx)
	s := account.Session{TokenHash: hash, UserID: user.ID, CreatedAt: now, ExpiresAt: now.Add(a.o.SessionTTL),
		IdleUntil: account.IdleUntil(now, a.o.Sessions.IdleFor(&user)), Address: from.Address,
		UserAgent: cut(from.UserAgent, maxUserAgent)}
	if err := a.o.Store.Sessions.AddSession(ctx, s); err != nil {
		return nil, err
	}
	out := &signedIn{Cookie: a.cookie(ctx, httpd.SessionCookie, token, s.ExpiresAt)}
	if from.Browser {
		known, hash := account.NewToken()
		if err := a.o.Store.SignIns.KnowBrowser(ctx, user.ID, hash); err != nil {
			return nil, err
		}
		out.Browser = a.cookie(ctx, rest.BrowserCookie, known, now.Add(accounts.BrowserTTL))
	}
	out.Body.Token, out.Body.ExpiresAt, out.Body.User = token, s.ExpiresAt, user
	return out, nil
}

func (a *API) cookie(ctx context.Context, name, value string, expires time.Time) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", Expires: expires, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   a.o.SecureCookies || rest.ClientOf(ctx).Secure}
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
