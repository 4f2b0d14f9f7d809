// Package api is the role that answers requests: pages, sign-in, attendance, lists. It persists and enqueues and does
// nothing else; everything that can wait is a task.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/build"
	"hadir/internal/clock"
	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"
	"github.com/prometheus/client_golang/prometheus"
)

// Options configures New.
type Options struct {
	Store    *store.Store
	Recorder *store.Recorder
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer

	PusherKey, PusherSecret string
	PusherHost              string // where browsers find the pusher, if not at the page's own origin
	PusherPort              int

	Static        fs.FS // web/dist; may be empty
	SessionTTL    time.Duration
	SecureCookies bool
	Demo          bool
	// SetupCode lets a browser that is not on this machine make the first administrator.
	SetupCode string
	// Queues tells what the queues hold now; its elements appear as they are in the answer. nil leaves them out.
	Queues func(ctx context.Context) (any, error)
	// Compress answers where no proxy in front does.
	Compress bool
	// AllowPrivateWebhooks lets webhooks be set up for addresses that are not public.
	AllowPrivateWebhooks bool
}

// API holds the handlers.
type API struct {
	o        Options
	hasher   *account.Hasher
	sessions *expirable.LRU[[32]byte, account.User]
	pages    *pages
	signIns  *prometheus.CounterVec
	checkIns *prometheus.CounterVec
}

const (
	// sessionCacheTTL is how long a session that was ended on another node may still be honoured on this one.
	sessionCacheTTL = 5 * time.Second
	sessionCache    = 50_000
	// hashers bounds the memory that sign-ins take: 19 MiB each.
	hashers = 2
	// requestTimeout bounds a handler's work; fiber does not tell when a client went away.
	requestTimeout = 15 * time.Second
)

// New returns the role.
func New(o Options) (*API, error) {
	pages, err := loadPages(o.Static)
	if err != nil {
		return nil, err
	}
	a := &API{o: o, hasher: account.NewHasher(hashers), pages: pages,
		sessions: expirable.NewLRU[[32]byte, account.User](sessionCache, nil, sessionCacheTTL),
		signIns: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "hadir_sign_ins_total",
				Help: "Attempts to sign in, by result: accepted, refused, throttled."}, []string{"result"}),
		checkIns: prometheus.NewCounterVec(
			prometheus.CounterOpts{Name: "hadir_punches_total",
				Help: "Requests to check in and out, by direction and result (a code, or recorded, replayed)."},
			[]string{"direction", "result"}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(a.signIns, a.checkIns)
	}
	return a, nil
}

// Routes mounts the API and the pages.
func (a *API) Routes(r fiber.Router) {
	if a.o.Compress {
		r.Use("/api", compressed())
	}
	spec := a.register(r)
	a.mountDocs(r, spec)
	r.Post("/broadcasting/auth", a.broadcastingAuth)
	a.pages.mount(r, a.o.Demo)
}

// Names of the security schemes in the OpenAPI document.
const (
	schemeCookie = "session"
	schemeBearer = "bearer"
)

func (a *API) register(r fiber.Router) *huma.OpenAPI {
	config := huma.DefaultConfig("Hadir", build.Version())
	config.Info.Description = "Attendance in real time. Errors are application/problem+json (RFC 9457) whose `code` " +
		"is stable. " +
		"Lists are paged with `limit` and `cursor`; `next_cursor` is empty on the last page. " +
		"A page says in the header " + UserHeader +
		" whose it is (`user.id` of /api/me); where the session is somebody else's, any operation answers 409 " +
		"`other_person`."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/openapi", "", "/api/schemas"
	config.CreateHooks = nil // no $schema fields and Link headers in every answer
	config.Transformers = []huma.Transformer{a.transformError}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		schemeCookie: {Type: "apiKey", In: "cookie", Name: SessionCookie,
			Description: "Set by signing in. Requests that change something must come from the same origin."},
		schemeBearer: {Type: "http", Scheme: "bearer", Description: "The token that signing in answers."},
	}
	h := humafiber.NewWithGroup(nil, r, config)
	h.UseMiddleware(a.limitTime, a.authenticate)
	a.registerSessions(h)
	a.registerPunches(h)
	a.registerDays(h)
	a.registerArrivals(h)
	a.registerBoard(h)
	a.registerExport(h)
	a.registerRecaps(h)
	a.registerDirectory(h)
	a.registerEmployees(h)
	a.registerShifts(h)
	a.registerAssignments(h)
	a.registerRequests(h)
	a.registerFileImports(h)
	a.registerBranches(h)
	a.registerHolidays(h)
	a.registerOperations(h)
	a.registerNodes(h)
	a.registerUsers(h)
	a.registerAudit(h)
	a.registerReports(h)
	a.registerWebhooks(h)
	a.registerNotifications(h)
	documentErrors(h.OpenAPI())
	documentBroadcasting(h.OpenAPI())
	return h.OpenAPI()
}

func (a *API) limitTime(ctx huma.Context, next func(huma.Context)) {
	c, cancel := context.WithTimeout(ctx.Context(), requestTimeout)
	defer cancel()
	next(huma.WithContext(ctx, c))
}

// open describes an operation that needs no session.
func open(method, path, id, summary, tag string, errors ...int) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag},
		Errors: append([]int{http.StatusUnprocessableEntity, http.StatusInternalServerError,
			http.StatusServiceUnavailable}, errors...)}
}

// private describes an operation for signed-in users.
func private(method, path, id, summary, tag string, errors ...int) huma.Operation {
	op := open(method, path, id, summary, tag,
		append([]int{http.StatusUnauthorized, http.StatusForbidden}, errors...)...)
	op.Security = []map[string][]string{{schemeCookie: {}}, {schemeBearer: {}}}
	return op
}

// list is the form of every paged answer.
type list[T any] struct {
	Items []T       `json:"items"`
	Next  string    `json:"next_cursor" doc:"Give it back as cursor for the next page; empty on the last."`
	AsOf  time.Time `json:"as_of" doc:"The server's clock when the list was read."`
}

// answer is an output with nothing but a body.
type answer[T any] struct{ Body T }

func newList[T any](a *API, items []T, next string) *answer[list[T]] {
	if items == nil {
		items = []T{}
	}
	return &answer[list[T]]{list[T]{items, next, a.o.Clock.Now()}}
}

// notFound is what a user gets for somebody else's row and for a missing one alike.
func notFound() error {
	return attendance.NewError(attendance.CodeNotFound, "There is no such thing, or none that you may see.")
}

func forbidden() error {
	return attendance.NewError(attendance.CodeForbidden, "Your role does not include this.")
}
