package rest

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/problem"
	"hadir/internal/words"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// NotFound is what a user gets for somebody else's row and for a missing one alike.
func NotFound() error {
	return attendance.NewError(attendance.CodeNotFound, "There is no such thing, or none that you may see.")
}

// Forbidden is what a user gets for what their role does not include, although they may see it.
func Forbidden() error {
	return attendance.NewError(account.CodeForbidden, "Your role does not include this.")
}

// NoEmployee is what a user gets who is no employee, for what only employees have.
func NoEmployee() error {
	return attendance.NewError(account.CodeNoEmployee, "The account is not linked to an employee.")
}

// fail turns an error into what huma answers. Causes go to the log and no further.
func (r *Router) fail(ctx context.Context, err error) error {
	p, headers := r.problemOf(ctx, err)
	if headers != nil {
		return huma.ErrorWithHeaders(p, headers)
	}
	return p
}

// problemOf is the problem of an error with the headers that go with it, if any.
func (r *Router) problemOf(ctx context.Context, err error) (*problem.Problem, http.Header) {
	p := problem.Of(err)
	if p.Status >= http.StatusInternalServerError {
		r.o.Log.ErrorContext(ctx, "a request failed", "code", p.Code, "error", err)
	}
	var later attendance.Later
	if errors.As(err, &later) {
		wait := later.RetryAt.Sub(r.o.Clock.Now()) + time.Second - time.Nanosecond // rounded up
		return p, http.Header{fiber.HeaderRetryAfter: {strconv.Itoa(max(1, int(wait/time.Second)))}}
	}
	if p.Status == http.StatusServiceUnavailable {
		return p, http.Header{fiber.HeaderRetryAfter: {"1"}}
	}
	return p, nil
}

// refuseFor answers a request that does not reach its operation because of an error.
func (r *Router) refuseFor(ctx huma.Context, err error) {
	p, headers := r.problemOf(ctx.Context(), err)
	for name := range headers {
		ctx.SetHeader(name, headers.Get(name))
	}
	refuse(ctx, p)
}

// refuse answers a request that does not reach its operation.
func refuse(ctx huma.Context, p *problem.Problem) {
	finish(ctx, p)
	_ = httpd.Problem(fiberOf(ctx), p) // a Problem always encodes
}

// finish puts a problem into the language that the request asks for, else into the account's.
func finish(ctx huma.Context, p *problem.Problem) {
	c := fiberOf(ctx)
	wanted := c.Get(fiber.HeaderAcceptLanguage)
	if wanted == "" {
		wanted = UserOf(ctx.Context()).Locale
	}
	p.Finish(words.LanguageOf(wanted), c.GetRespHeader(httpd.RequestIDHeader))
}

// Problematic is an answer that tells of problems with a part of what was asked for.
type Problematic interface{ Problems() []*problem.Problem }

// transformError gives huma's own errors, about malformed requests, our form, and completes ours with what only the
// request knows.
func transformError(ctx huma.Context, _ string, v any) (any, error) {
	if several, is := v.(Problematic); is {
		for _, p := range several.Problems() {
			finish(ctx, p)
		}
		return v, nil
	}
	p, ok := v.(*problem.Problem)
	if model, is := v.(*huma.ErrorModel); is {
		p, ok = problemOfModel(model), true
	}
	if !ok {
		return v, nil
	}
	finish(ctx, p)
	return p, nil
}

// missing names the field in huma's message about one, whose location is the object that lacks it.
var missing = regexp.MustCompile(`^expected (?:required )?property (\S+) to be present`)

// problemOfModel reads what huma found wrong with a request.
func problemOfModel(m *huma.ErrorModel) *problem.Problem {
	p := &problem.Problem{Status: m.Status, Code: problem.CodeOfStatus(m.Status)}
	for _, e := range m.Errors {
		field := e.Location
		if lacks := missing.FindStringSubmatch(e.Message); lacks != nil {
			field += "." + lacks[1]
		}
		for _, place := range []string{"body.", "query.", "path.", "header."} {
			if rest, ok := strings.CutPrefix(field, place); ok {
				field = rest
				break
			}
		}
		p.Errors = append(p.Errors, problem.FieldError{Field: field, Message: e.Message})
	}
	return p
}

// documentProblems puts our problem in the place of huma's error in the OpenAPI document.
func documentProblems(spec *huma.OpenAPI) {
	registry := spec.Components.Schemas
	registry.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")
	schemas := registry.Map()
	if own, ok := schemas["Problem"]; ok {
		schemas["ErrorModel"] = own
		delete(schemas, "ErrorDetail")
	}
}
