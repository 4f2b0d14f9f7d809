// Package api is the role that answers requests: pages, sign-in, attendance, lists. It persists and enqueues and does
// nothing else; everything that can wait is a task. The operations are in packages below it, over the kernel rest; this
// one puts them together.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"hadir/api/accounts"
	"hadir/api/company"
	"hadir/api/days"
	"hadir/api/kiosks"
	"hadir/api/ledger"
	"hadir/api/outside"
	"hadir/api/persons"
	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/limits"
	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/passkey"
	"hadir/internal/provider"
	"hadir/internal/session"
	"hadir/internal/store"
	room "hadir/internal/store/days"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// SessionCookie is the cookie of a signed-in browser.
const SessionCookie = httpd.SessionCookie

// MaxBody is the largest body of any request, in bytes; operations may have less.
const MaxBody = outside.MaxBody

// Options configures New.
type Options struct {
	Store    *store.Store
	Recorder *room.Recorder
	Sessions *session.Sessions // nil makes its own, with SessionIdle and SessionIdleEmployee
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer

	PusherKey, PusherSecret string
	PusherHost              string // where browsers find the pusher, if not at the page's own origin
	PusherPort              int

	// Passkeys says what address people see; of the zero value passkeys are off.
	Passkeys passkey.Options
	// Provider names the OpenID Connect provider, with which people may sign in; of the zero value there is none. Its
	// clock and log are ours.
	Provider provider.Options

	Static        fs.FS // web/dist; may be empty
	SessionTTL    time.Duration
	SecureCookies bool
	// As Idle and IdleEmployee of session.Options.
	SessionIdle, SessionIdleEmployee time.Duration
	SecondFactor                     []account.Role // as of session.Options
	Confirm                          time.Duration  // as of session.Options
	Demo                             bool
	// SetupCode lets whoever read it make the first administrator in a browser; "" lets nobody.
	SetupCode string
	// Queues tells what the queues hold now; its elements appear as they are in the answer. nil leaves them out.
	Queues func(ctx context.Context) (any, error)
	// Compress answers where no proxy in front does.
	Compress    bool
	PunchLimits limits.Punches // of one person's hand
	MailResets  bool           // who forgot a password can ask for a link by e-mail
	// Kept is what people are told about how long their data is kept.
	Kept persons.Kept
	// AllowPrivateWebhooks lets webhooks be set up for addresses that are not public.
	AllowPrivateWebhooks bool
}

// API is the role.
type API struct {
	o        Options
	pages    *pages
	accounts *accounts.API
	days     *days.API
	punches  *prometheus.CounterVec // at kiosks
	failures *rest.Failures         // there
}

// New returns the role.
func New(o Options) (*API, error) {
	if o.Sessions == nil {
		o.Sessions = session.New(session.Options{Store: o.Store.Sessions, Tokens: o.Store.APITokens, Clock: o.Clock,
			Log: o.Log, Idle: o.SessionIdle, IdleEmployee: o.SessionIdleEmployee, Confirm: o.Confirm,
			SecondFactor: o.SecondFactor})
	}
	pages, err := loadPages(o.Static)
	if err != nil {
		return nil, err
	}
	contacts, err := session.NewContacts(o.PusherSecret)
	if err != nil {
		return nil, err
	}
	meetings := session.NewMeetings(contacts, o.Store.Contacts, o.Log)
	sites, err := passkey.NewSites(o.Passkeys)
	if err != nil {
		return nil, err
	}
	o.Provider.Clock, o.Provider.Log = o.Clock, o.Log
	op, err := provider.New(o.Provider)
	if err != nil {
		return nil, err
	}
	accounts := accounts.New(accounts.Options{Store: accountsRooms(o.Store), Sessions: o.Sessions,
		Meetings: meetings, Sites: sites, Provider: op, Clock: o.Clock, Log: o.Log, Registry: o.Registry,
		PusherKey: o.PusherKey, PusherHost: o.PusherHost, PusherPort: o.PusherPort,
		SessionTTL: o.SessionTTL, SecureCookies: o.SecureCookies, Demo: o.Demo, SetupCode: o.SetupCode,
		MailResets: o.MailResets})
	punches := kiosks.NewPunches()
	if o.Registry != nil {
		o.Registry.MustRegister(punches)
	}
	days := days.New(days.Options{Store: daysRooms(o.Store), Recorder: o.Recorder, Meetings: meetings,
		Clock: o.Clock, Log: o.Log, Registry: o.Registry, Limits: o.PunchLimits, AtKiosks: punches})
	return &API{o: o, pages: pages, accounts: accounts, days: days, punches: punches,
		failures: kiosks.NewFailures(o.Store.Audit, o.Clock, o.Log)}, nil
}

// Run writes what is gathered for the audit log until ctx ends, and what is left then.
func (a *API) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { return a.accounts.Run(ctx) })
	g.Go(func() error { return a.failures.Run(ctx) })
	return g.Wait()
}

// Routes mounts the API and the pages.
func (a *API) Routes(r fiber.Router) {
	r.Use(httpd.Speaking(a.o.Sessions.Authenticate))
	if a.o.Compress {
		r.Use("/api", compressed())
	}
	mountDocs(r, a.register(r))
	r.Post(broadcastingPath, a.broadcastingAuth)
	a.pages.mount(r, a.o.Demo)
}

// register mounts the operations and returns the document of them.
func (a *API) register(r fiber.Router) *huma.OpenAPI {
	router := rest.NewRouter(r, rest.Options{Sessions: a.o.Sessions, Kiosks: a.o.Store.Kiosks,
		Clock: a.o.Clock, Log: a.o.Log, Scope: scopeOf})
	a.accounts.Register(router)
	a.days.Register(router)
	company.Register(router, company.Options{Store: companyRooms(a.o.Store), Sessions: a.o.Sessions,
		Clock: a.o.Clock, Log: a.o.Log, Hasher: a.accounts.Hasher()})
	outside.Register(router, outside.Options{Store: outsideRooms(a.o.Store), Recorder: a.o.Recorder,
		Clock: a.o.Clock, Log: a.o.Log,
		AllowPrivateWebhooks: a.o.AllowPrivateWebhooks})
	kiosks.Register(router, kiosks.Options{Store: kioskRooms(a.o.Store), Recorder: a.o.Recorder,
		Hasher: a.accounts.Hasher(), Clock: a.o.Clock, Punches: a.punches, Limits: a.o.PunchLimits,
		Sessions: a.o.Sessions, Failures: a.failures, SecureCookies: a.o.SecureCookies})
	persons.Register(router, persons.Options{Store: personsRooms(a.o.Store), Clock: a.o.Clock, Log: a.o.Log,
		Kept: a.o.Kept})
	ledger.Register(router,
		ledger.Options{Store: ledgerRooms(a.o.Store), Clock: a.o.Clock, Log: a.o.Log, Queues: a.o.Queues})
	spec := router.Document()
	documentBroadcasting(spec)
	return spec
}

// RequireOperator lets only operators and administrators past, for routes beside the API such as /metrics.
func (a *API) RequireOperator(c *fiber.Ctx) error {
	token, _ := httpd.Credentials(c)
	who, err := a.o.Sessions.Caller(c.UserContext(), token)
	switch {
	case err != nil:
		return httpd.Refuse(c, attendance.CodeOf(err))
	case who.Due != "":
		return httpd.Refuse(c, who.Due)
	case who.Token != nil && !who.Token.Has(account.ScopeOperationsRead):
		return httpd.Refuse(c, account.CodeScopeRequired)
	case !rest.Operators.Allows(&who.User):
		return httpd.Refuse(c, account.CodeForbidden)
	}
	return c.Next()
}
