// Package rest is the kernel of the HTTP API: how an operation is registered, who called it, what the caller sees, what
// inputs and answers have in common, and how errors are told. It knows no feature.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/build"
	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/kiosk"
	"hadir/internal/session"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// RequestTimeout bounds a handler's work; fiber does not tell when a client went away.
const RequestTimeout = 15 * time.Second

// StreamTimeout bounds the reading of a part of what is streamed. A file that breaks off helps nobody, so that a busy
// machine has longer for it than for an answer that somebody waits for.
const StreamTimeout = time.Minute

// Options configures NewRouter.
type Options struct {
	Sessions *session.Sessions
	Kiosks   Kiosks
	Clock    clock.Clock
	Log      *slog.Logger
	// Scope names what an API token needs for an operation; "" where none will do.
	Scope func(op *huma.Operation) account.Scope
}

// Kiosks knows the tablets that are paired.
type Kiosks interface {
	// ByToken returns the kiosk that a tablet serves, or CodeUnpaired.
	ByToken(ctx context.Context, hash [32]byte) (kiosk.Kiosk, error)
}

// Router takes the operations of the API.
type Router struct {
	o   Options
	api huma.API
}

// NewRouter returns a router that mounts its operations on r.
func NewRouter(r fiber.Router, o Options) *Router {
	router := &Router{o: o}
	config := huma.DefaultConfig("Hadir", build.Version())
	config.Info.Description = "Attendance in real time. Errors are application/problem+json (RFC 9457) whose `code` " +
		"is stable. " +
		"Lists are paged with `limit` and `cursor`; `next_cursor` is empty on the last page. " +
		"A page says in the header " + UserHeader +
		" whose it is (`user.id` of /api/me); where the session is somebody else's, any operation answers 409 " +
		"`other_person`. `x-roles` of an operation names the roles that may call it; others are answered 403. " +
		"`x-scope` names the scope that an API token needs; without x-scope the operation is for people who are " +
		"signed in. `x-confirmation` (always, sometimes) marks what is dangerous: where signing in was too long ago, " +
		"it is answered 403 `confirmation_required` until confirm was given the password or a code."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/openapi", "", "/api/schemas"
	config.CreateHooks = nil // no $schema fields and Link headers in every answer
	config.Transformers = []huma.Transformer{transformError}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		schemeCookie: {Type: "apiKey", In: "cookie", Name: httpd.SessionCookie,
			Description: "Set by signing in. Requests that change something must come from the same origin."},
		schemeBearer: {Type: "http", Scheme: "bearer", Description: "The token that signing in answers."},
		schemeToken: {Type: "http", Scheme: "bearer", BearerFormat: "hdr_…",
			Description: "An API token, made on the page Profil or by make-my-token, with the scope that " +
				"the operation names."},
		schemeTablet: {Type: "apiKey", In: "cookie", Name: KioskCookie,
			Description: "Set by pair-kiosk. It signs nobody in."},
	}
	router.api = humafiber.NewWithGroup(nil, r, config)
	router.api.UseMiddleware(limitTime, router.authenticate)
	return router
}

// Document completes and returns the OpenAPI document of what was registered.
func (r *Router) Document() *huma.OpenAPI {
	documentProblems(r.api.OpenAPI())
	describe(r.api.OpenAPI())
	return r.api.OpenAPI()
}

func limitTime(ctx huma.Context, next func(huma.Context)) {
	c, cancel := context.WithTimeout(ctx.Context(), RequestTimeout)
	defer cancel()
	next(huma.WithContext(ctx, c))
}

// Op describes an operation. route is a method and a path, such as "GET /api/shifts"; errors are the statuses that it
// answers besides those of every operation.
func Op(route, id, summary, tag string, errors ...int) huma.Operation {
	method, path, _ := strings.Cut(route, " ")
	return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag},
		Errors: append([]int{http.StatusUnprocessableEntity, http.StatusInternalServerError,
			http.StatusServiceUnavailable}, errors...)}
}

// Nothing is what an operation without a body answers.
type Nothing struct{}

// body is an output with nothing but a body.
type body[T any] struct{ Body T }

// Handle registers an operation for those who have access. fn gets an input whose texts are its own, runs only for
// who may call, and returns the body of the answer or an error, which is told as a problem.
func Handle[I, O any](r *Router, op huma.Operation, access Access, fn func(context.Context, *I) (O, error)) {
	if _, none := any(*new(O)).(Nothing); none {
		HandleOutput(r, op, access, func(ctx context.Context, in *I) (*struct{}, error) {
			_, err := fn(ctx, in)
			return nil, err
		})
		return
	}
	HandleOutput(r, op, access, func(ctx context.Context, in *I) (*body[O], error) {
		out, err := fn(ctx, in)
		return &body[O]{out}, err
	})
}

// HandleOutput is Handle for operations that also set headers or the status, or that stream: O is an output of huma.
func HandleOutput[I, O any](r *Router, op huma.Operation, access Access, fn func(context.Context, *I) (*O, error)) {
	if access != Everybody {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	scope := r.o.Scope(&op)
	if confirmationOf(&op) == always {
		scope = ""
	}
	Grant(&op, access, scope)
	texts, written := textsOf[I](), legibleOf[I]()
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*O, error) {
		texts.own(in)
		if err := checkTexts(written, reflect.ValueOf(in).Elem(), ""); err != nil {
			return nil, r.fail(ctx, err)
		}
		out, err := fn(ctx, in)
		if err != nil {
			return nil, r.fail(ctx, err)
		}
		return out, nil
	})
}

// Do makes a handler of what only changes something.
func Do[I any](fn func(context.Context, *I) error) func(context.Context, *I) (Nothing, error) {
	return func(ctx context.Context, in *I) (Nothing, error) { return Nothing{}, fn(ctx, in) }
}
