package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// SessionCookie is the cookie of a signed-in browser. BrowserCookie stays in it after signing out: whoever signed in
// there before is not slowed down by others who mistype the same login.
const (
	SessionCookie = "hadir_session"
	BrowserCookie = "hadir_browser"
)

// UserHeader names the user whom a page shows. Browsers send the cookie of whoever signed in last, in whichever tab.
const UserHeader = "X-Hadir-User"

// caller is who sent a request.
type caller struct {
	user      account.User
	tokenHash [32]byte
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// client is where a request came from; handlers of operations without a session need it, too.
type client struct {
	address, userAgent string
	secure             bool
	browser            bool   // a browser, by what it says of the page that sends the request
	browserToken       string // what an earlier sign-in left in it
}

type clientKey struct{}

func clientOf(ctx context.Context) client {
	c, _ := ctx.Value(clientKey{}).(client)
	return c
}

func fiberOf(ctx huma.Context) *fiber.Ctx { return humafiber.Unwrap(ctx) }

// credentials reads a request's token; byCookie tells that a browser sent it by itself. The string is a copy, since
// fiber reuses its buffers.
func credentials(c *fiber.Ctx) (token string, byCookie bool) {
	if t, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "); ok {
		return strings.Clone(t), false
	}
	return strings.Clone(c.Cookies(SessionCookie)), true
}

// authenticate puts the caller into the context of operations that need one. Browsers send cookies with whatever
// request a page makes, so one that changes something must come from our own pages.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	c := fiberOf(ctx)
	ctx = huma.WithValue(ctx, clientKey{}, client{
		address: strings.Clone(c.IP()), userAgent: strings.Clone(c.Get(fiber.HeaderUserAgent)), secure: c.Secure(),
		browser:      c.Get("Sec-Fetch-Site") != "" || c.Get(fiber.HeaderOrigin) != "",
		browserToken: strings.Clone(c.Cookies(BrowserCookie)),
	})
	needed := len(ctx.Operation().Security) > 0
	token, byCookie := credentials(c)
	if (byCookie && token != "" || !needed) && !safeMethod(c.Method()) && crossSite(c) {
		a.refuse(ctx, &Problem{Status: http.StatusForbidden, Code: codeCrossSite})
		return
	}
	if !needed {
		next(ctx)
		return
	}
	who, err := a.session(ctx.Context(), token)
	if err != nil {
		var withHeaders huma.HeadersError
		if errors.As(a.fail(ctx.Context(), err), &withHeaders) {
			for k, v := range withHeaders.GetHeaders() {
				ctx.SetHeader(k, v[0])
			}
		}
		a.refuse(ctx, &Problem{Status: statusOf(attendance.CodeOf(err)), Code: attendance.CodeOf(err)})
		return
	}
	if showsAnother(c, who.user.ID) {
		a.refuse(ctx, &Problem{Status: http.StatusConflict, Code: attendance.CodeOtherPerson})
		return
	}
	next(huma.WithValue(ctx, callerKey{}, who))
}

func (a *API) refuse(ctx huma.Context, p *Problem) {
	c := fiberOf(ctx)
	p.finish(languageOf(c.Get(fiber.HeaderAcceptLanguage)), c.GetRespHeader(httpd.RequestIDHeader))
	c.Status(p.Status)
	_ = c.JSON(p) // a Problem always encodes
	c.Set(fiber.HeaderContentType, "application/problem+json")
}

// showsAnother tells whether the page that sends a request shows another user than the one of the session.
func showsAnother(c *fiber.Ctx, user int64) bool {
	shown := c.Get(UserHeader)
	return shown != "" && shown != strconv.FormatInt(user, 10)
}

// otherPerson refuses what is meant for somebody whose session this is not.
func otherPerson() error {
	return attendance.NewError(attendance.CodeOtherPerson, "Somebody else is signed in.")
}

// session looks a token up, in the cache first.
func (a *API) session(ctx context.Context, token string) (caller, error) {
	if token == "" {
		return caller{}, attendance.NewError(attendance.CodeUnauthenticated, "Sign in first.")
	}
	hash := account.HashToken(token)
	if u, ok := a.sessions.Get(hash); ok {
		return caller{u, hash}, nil
	}
	_, u, err := a.o.Store.SessionUser(ctx, hash)
	if err != nil {
		return caller{}, err
	}
	a.sessions.Add(hash, u)
	return caller{u, hash}, nil
}

// Forget drops what this node remembers of a user's sessions, of all with "": their rights are asked for anew.
func (a *API) Forget(userID string) {
	if userID == "" {
		a.sessions.Purge()
		return
	}
	for _, hash := range a.sessions.Keys() {
		if u, ok := a.sessions.Peek(hash); ok && strconv.FormatInt(u.ID, 10) == userID {
			a.sessions.Remove(hash)
		}
	}
}

// Authenticate returns the user of a session token, or CodeUnauthenticated.
func (a *API) Authenticate(ctx context.Context, token string) (account.User, error) {
	who, err := a.session(ctx, token)
	return who.user, err
}

func safeMethod(m string) bool {
	return m == fiber.MethodGet || m == fiber.MethodHead || m == fiber.MethodOptions
}

// crossSite tells whether a browser says that a page of another site sent the request. Programs say nothing.
func crossSite(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != c.Hostname()
}

// signIn checks login and password. Unknown accounts, wrong passwords and disabled users answer alike and as slowly.
func (a *API) signIn(ctx context.Context, login, password string) (account.User, error) {
	from := clientOf(ctx)
	attempt := store.SignIn{Login: strings.ToLower(strings.TrimSpace(login)), Network: httpd.Subscriber(from.address)}
	if from.browserToken != "" {
		attempt.Browser = account.HashToken(from.browserToken)
	}
	attempt, retryAt, err := a.o.Store.BeginSignIn(ctx, attempt)
	if err != nil {
		return account.User{}, err
	}
	if !retryAt.IsZero() {
		a.signIns.WithLabelValues("throttled").Inc()
		return account.User{}, throttled{attendance.NewError(attendance.CodeThrottled, "Too many attempts."), retryAt}
	}
	user, fits, err := a.verify(ctx, attempt, password)
	if err != nil {
		return account.User{}, errors.Join(err, a.o.Store.WithdrawSignIn(context.WithoutCancel(ctx), attempt))
	}
	if !fits {
		a.signIns.WithLabelValues("refused").Inc()
		return account.User{}, attendance.NewError(attendance.CodeBadCredentials, "The login or the password is wrong.")
	}
	a.signIns.WithLabelValues("accepted").Inc()
	return user, a.o.Store.EndSignIn(ctx, attempt)
}

// verify looks an attempt's password up.
func (a *API) verify(ctx context.Context, attempt store.SignIn, password string) (user account.User, fits bool,
	err error) {
	user, hash, err := a.o.Store.UserByLogin(ctx, attempt.Login)
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
	from := clientOf(ctx)
	s := account.Session{TokenHash: hash, UserID: user.ID, CreatedAt: now, ExpiresAt: now.Add(a.o.SessionTTL),
		Address: from.address, UserAgent: cut(from.userAgent, 200)}
	if err := a.o.Store.AddSession(ctx, s); err != nil {
		return nil, err
	}
	out := &signedIn{Cookie: a.cookie(ctx, SessionCookie, token, s.ExpiresAt)}
	if from.browser {
		known, hash := account.NewToken()
		if err := a.o.Store.KnowBrowser(ctx, user.ID, hash); err != nil {
			return nil, err
		}
		out.Browser = a.cookie(ctx, BrowserCookie, known, now.Add(store.BrowserTTL))
	}
	out.Body.Token, out.Body.ExpiresAt, out.Body.User = token, s.ExpiresAt, user
	return out, nil
}

func (a *API) cookie(ctx context.Context, name, value string, expires time.Time) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", Expires: expires, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   a.o.SecureCookies || clientOf(ctx).secure}
}

// cut shortens a text to so many bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
