package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/importer"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// Problem is the body of every error (RFC 9457, application/problem+json).
type Problem struct {
	Type      string          `json:"type" doc:"Always about:blank; code is what programs switch on."`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Code      attendance.Code `json:"code" doc:"A stable reason."`
	Detail    string          `json:"detail" doc:"One sentence in the language of Accept-Language (id or en), without one in the account's."`
	RequestID string          `json:"request_id,omitempty" doc:"Names the request in the server's log."`
	Errors    []FieldError    `json:"errors,omitempty"`
	Choices   []Choice        `json:"choices,omitempty" doc:"What the first of errors may say instead, when it is a question."`
}

// Choice is one answer to the question that an input leaves open.
type Choice struct {
	Value string    `json:"value"`
	At    time.Time `json:"at" doc:"With the offset that is in force then."`
}

// FieldError is what is wrong with one input.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message" doc:"One sentence in the same language."`
	// indonesian is set where the code that found the fault has words of its own in both languages.
	indonesian string
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statusOf is the one place that turns codes into HTTP statuses.
func statusOf(code attendance.Code) int {
	switch code {
	case attendance.CodeInvalid, attendance.CodeInvalidDate, attendance.CodeSkippedTime, attendance.CodeAmbiguousTime,
		attendance.CodeInvalidZone, attendance.CodeInvalidCursor,
		attendance.CodeClaimTooOld, attendance.CodeClaimInFuture, attendance.CodeLocationRequired,
		attendance.CodeOutsideArea,
		attendance.CodeEmployeeInactive, attendance.CodeNoEmployee:
		return http.StatusUnprocessableEntity
	case attendance.CodeNotFound:
		return http.StatusNotFound
	case attendance.CodeForbidden, attendance.CodeOwnRequest:
		return http.StatusForbidden
	case attendance.CodeUnauthenticated, attendance.CodeBadCredentials:
		return http.StatusUnauthorized
	case attendance.CodeThrottled:
		return http.StatusTooManyRequests
	case attendance.CodeConflict, attendance.CodeStale, attendance.CodeOtherPerson, attendance.CodeIdempotencyMismatch,
		attendance.CodeSetupDone, attendance.CodeLastAdmin,
		attendance.CodePeriodLocked:
		return http.StatusConflict
	case attendance.CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// throttled carries when the next attempt is worth making.
type throttled struct {
	cause   *attendance.Error
	retryAt time.Time
}

// Error implements error.
func (t throttled) Error() string { return t.cause.Error() }

func (t throttled) Unwrap() error { return t.cause }

// fail turns an error into what a handler returns. Causes go to the log and no further.
func (a *API) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var known *attendance.Error
	if !errors.As(err, &known) {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			known = &attendance.Error{Code: attendance.CodeUnavailable}
		} else {
			known = &attendance.Error{Code: attendance.CodeInternal}
		}
	}
	p := &Problem{Status: statusOf(known.Code), Code: known.Code}
	if p.Status >= 500 {
		a.o.Log.ErrorContext(ctx, "a request failed", "code", known.Code, "error", err)
	}
	if known.Field != "" {
		p.Errors = []FieldError{{Field: known.Field, Message: known.Message}}
		var file *importer.FileError
		if errors.As(err, &file) {
			p.Errors[0].indonesian = file.Indonesian
		}
	}
	var two *attendance.Ambiguous
	if errors.As(err, &two) {
		p.Choices = []Choice{{string(attendance.RepeatedFirst), two.First},
			{string(attendance.RepeatedSecond), two.Second}}
	}
	var t throttled
	if errors.As(err, &t) {
		seconds := max(1, int(t.retryAt.Sub(a.o.Clock.Now()).Seconds()+0.999))
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(seconds)}})
	}
	if p.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"1"}})
	}
	return p
}

// transformError gives huma's own errors, about malformed requests, our form, and completes ours with what only the
// request knows.
func (a *API) transformError(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if model, is := v.(*huma.ErrorModel); is {
		p, ok = problemOf(model), true
	}
	if !ok {
		return v, nil
	}
	c := fiberOf(ctx)
	p.finish(languageFor(c, callerOf(ctx.Context()).user.Locale), c.GetRespHeader(httpd.RequestIDHeader))
	return p, nil
}

// languageFor is the index of the language to answer a request in: what the request asks for, else the account's.
func languageFor(c *fiber.Ctx, locale string) int {
	if header := c.Get(fiber.HeaderAcceptLanguage); header != "" {
		return languageOf(header)
	}
	return languageOf(locale)
}

// finish completes a problem in a language. It is the one place where messages about fields get their words, so that
// nobody reads a library's.
func (p *Problem) finish(language int, requestID string) {
	p.Type = "about:blank"
	p.Title = http.StatusText(p.Status)
	p.RequestID = requestID
	if p.Detail == "" {
		p.Detail = sentence(p.Code, language)
	}
	for i := range p.Errors {
		e := &p.Errors[i]
		text, known := spoken.say(e.Message, language)
		switch {
		case e.Message == "", p.Code == codeMalformed: // the code says it all
			e.Message = p.Detail
		case e.indonesian != "":
			e.Message = [2]string{tidy(e.indonesian), tidy(e.Message)}[language]
		case known:
			e.Message = text
		default:
			e.Message = generic[language]
		}
	}
}

// missing names the field in huma's message about one, whose location is the object that lacks it.
var missing = regexp.MustCompile(`^expected (?:required )?property (\S+) to be present`)

// problemOf reads what huma found wrong with a request.
func problemOf(m *huma.ErrorModel) *Problem {
	p := &Problem{Status: m.Status, Code: codeOfStatus(m.Status)}
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
		p.Errors = append(p.Errors, FieldError{Field: field, Message: e.Message})
	}
	return p
}

// Codes that only HTTP has a need for.
const (
	codeMalformed        attendance.Code = "malformed"         // the body is not what its content type says
	codeTooLarge         attendance.Code = "too_large"         // the body is over the limit
	codeUnsupportedMedia attendance.Code = "unsupported_media" // not JSON
	codeNotAcceptable    attendance.Code = "not_acceptable"    // the client wants something but JSON
	codeCrossSite        attendance.Code = "cross_site"        // a page of another site sent the request
)

func codeOfStatus(status int) attendance.Code {
	switch status {
	case http.StatusBadRequest:
		return codeMalformed
	case http.StatusUnprocessableEntity:
		return attendance.CodeInvalid
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeUnsupportedMedia
	case http.StatusNotAcceptable:
		return codeNotAcceptable
	case http.StatusUnauthorized:
		return attendance.CodeUnauthenticated
	case http.StatusForbidden:
		return attendance.CodeForbidden
	case http.StatusNotFound:
		return attendance.CodeNotFound
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return attendance.CodeUnavailable
	default:
		return attendance.CodeInternal
	}
}

// documentErrors puts our problem in the place of huma's error in the OpenAPI document.
func documentErrors(spec *huma.OpenAPI) {
	registry := spec.Components.Schemas
	registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	schemas := registry.Map()
	if own, ok := schemas["Problem"]; ok {
		schemas["ErrorModel"] = own
		delete(schemas, "ErrorDetail")
	}
}

// problem answers a plain fiber request.
func problem(c *fiber.Ctx, code attendance.Code) error {
	p := &Problem{Status: statusOf(code), Code: code}
	if code == codeCrossSite {
		p.Status = http.StatusForbidden
	}
	if code == codeMalformed {
		p.Status = http.StatusBadRequest
	}
	p.finish(languageOf(c.Get(fiber.HeaderAcceptLanguage)), c.GetRespHeader(httpd.RequestIDHeader))
	if err := c.Status(p.Status).JSON(p); err != nil {
		return fmt.Errorf("answering a problem: %w", err)
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return nil
}
