package rest

import (
	"context"
	"strconv"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/kiosk"
	"hadir/internal/problem"
	"hadir/internal/session"
	"hadir/internal/store/ledger"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// BrowserCookie stays in a browser after signing out: whoever signed in there before is not slowed down by others who
// mistype the same login.
const BrowserCookie = "hadir_browser"

// TripCookie stays in a browser while it is at the OpenID Connect provider.
const TripCookie = "hadir_trip"

// KioskCookie is the token of a tablet that is paired with a kiosk. It is sent to the tablet's own operations only.
const KioskCookie = "hadir_kiosk"

// UserHeader names the user whom a page shows. Browsers send the cookie of whoever signed in last, in whichever tab.
const UserHeader = "X-Hadir-User"

type callerKey struct{}

// CallerOf is who sent a request. Operations for everybody have none.
func CallerOf(ctx context.Context) session.Caller {
	c, _ := ctx.Value(callerKey{}).(session.Caller)
	return c
}

// UserOf is the account that sent a request.
func UserOf(ctx context.Context) account.User { return CallerOf(ctx).User }

// ActorOf is who makes a change, for the audit log.
func ActorOf(ctx context.Context) ledger.Actor {
	c := CallerOf(ctx)
	return ActorFor(&c, ClientOf(ctx).Address)
}

// ActorFor is ActorOf for a caller at an address.
func ActorFor(c *session.Caller, address string) ledger.Actor {
	a := ledger.Actor{UserID: c.User.ID, Address: address, EmployeeID: c.User.EmployeeID, MakerIDs: c.User.MakerIDs}
	if c.Token != nil {
		a.MakerID = c.Token.MakerID
	}
	if c.User.Role == account.RoleBranchAdmin {
		a.BranchIDs = OwnBranches(c.User)
	}
	return a
}

type kioskKey struct{}

// KioskOf is the kiosk of the tablet that sent a request, to operations for tablets.
func KioskOf(ctx context.Context) kiosk.Kiosk {
	k, _ := ctx.Value(kioskKey{}).(kiosk.Kiosk)
	return k
}

// Client is where a request came from; handlers of operations without a session need it, too.
type Client struct {
	Address, UserAgent string
	Secure             bool   // over TLS
	Browser            bool   // a browser, by what it says of the page that sends the request
	BrowserToken       string // what an earlier sign-in left in it
	KioskToken         string // of a tablet that is paired with a kiosk
	SessionToken       string // whatever it is worth, to operations that need none
	Trip               string // what it holds while it is at the OpenID Connect provider
	Host               string // that the request names, with a port where there is one
}

type clientKey struct{}

// ClientOf is where a request came from.
func ClientOf(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

func fiberOf(ctx huma.Context) *fiber.Ctx { return humafiber.Unwrap(ctx) }

// clientFrom copies what fiber knows, since it reuses its buffers.
func clientFrom(c *fiber.Ctx) Client {
	return Client{
		Address: strings.Clone(c.IP()), UserAgent: strings.Clone(c.Get(fiber.HeaderUserAgent)), Secure: c.Secure(),
		Browser: httpd.FromPage(c), Host: strings.Clone(c.Hostname()),
		BrowserToken: strings.Clone(c.Cookies(BrowserCookie)), Trip: strings.Clone(c.Cookies(TripCookie)),
		KioskToken: strings.Clone(c.Cookies(KioskCookie)),
	}
}

// authenticate puts the caller into the context of operations that need one, and lets only those past who may call.
// Browsers send cookies with whatever request a page makes, so one that changes something must come from our own pages.
func (r *Router) authenticate(ctx huma.Context, next func(huma.Context)) {
	c, access := fiberOf(ctx), accessOf(ctx.Operation())
	token, byCookie := httpd.Credentials(c)
	open, from := access == Everybody || access == Tablet, clientFrom(c)
	if open {
		from.SessionToken = token
	}
	ctx = huma.WithValue(ctx, clientKey{}, from)
	if (byCookie && token != "" || open) && !httpd.ChangesNothing(c.Method()) && httpd.CrossSite(c) {
		refuse(ctx, problem.New(problem.CodeCrossSite))
		return
	}
	if access == Everybody {
		next(ctx)
		return
	}
	if access == Tablet {
		r.authenticateTablet(ctx, next)
		return
	}
	who, err := r.o.Sessions.Caller(ctx.Context(), token)
	if err != nil {
		r.refuseFor(ctx, err)
		return
	}
	ctx = huma.WithValue(ctx, callerKey{}, who)
	refused := refusesToken(ctx.Operation(), who.Token)
	switch {
	case ShowsAnother(c, who.User.ID):
		refuse(ctx, problem.New(account.CodeOtherPerson))
	case waits(ctx.Operation(), who.Due):
		refuse(ctx, problem.New(who.Due))
	case refused != "":
		refuse(ctx, problem.New(refused))
	case !access.Allows(&who.User):
		refuse(ctx, problem.New(account.CodeForbidden))
	default:
		r.confirm(ctx, who, next)
	}
}

// authenticateTablet is authenticate for operations for tablets, which know a kiosk and no person.
func (r *Router) authenticateTablet(ctx huma.Context, next func(huma.Context)) {
	token := ClientOf(ctx.Context()).KioskToken
	if token == "" {
		r.refuseFor(ctx, attendance.NewError(kiosk.CodeUnpaired, "This tablet is not paired."))
		return
	}
	k, err := r.o.Kiosks.ByToken(ctx.Context(), account.HashToken(token))
	if err != nil {
		r.refuseFor(ctx, err)
		return
	}
	next(huma.WithValue(ctx, kioskKey{}, k))
}

// ShowsAnother tells whether the page that sends a request shows another user than the one of the session.
func ShowsAnother(c *fiber.Ctx, user int64) bool {
	shown := c.Get(UserHeader)
	return shown != "" && shown != strconv.FormatInt(user, 10)
}
