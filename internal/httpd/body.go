package httpd

import (
	"errors"
	"net/http"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/problem"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

const (
	// AnonymousBody is the largest body that is read before anybody is known, in bytes.
	AnonymousBody = 64 << 10
	// slowest is what a sender of a large body must manage, in bytes a second.
	slowest = 8 << 10
)

// Head is what a request says before its body is read. Its strings are valid only while the rule runs.
type Head struct{ h *fasthttp.RequestHeader }

// Method is GET, POST or another.
func (h Head) Method() string { return string(h.h.Method()) }

// Target is the path with the query, as they were sent.
func (h Head) Target() string { return string(h.h.RequestURI()) }

// Get returns a header, or "".
func (h Head) Get(name string) string { return string(h.h.Peek(name)) }

// Cookie returns a cookie, or "".
func (h Head) Cookie(name string) string { return string(h.h.Cookie(name)) }

// BodyRule tells how many bytes may follow a head, when more than AnonymousBody are to come: 0 if the address is not
// the rule's. refused is the status that says why there may not be more, such as 401; 0 stands for 413.
type BodyRule func(Head) (limit, refused int)

// AllowBodies adds a rule about bodies; to be called before Run. Without one none is larger than AnonymousBody.
func (s *Server) AllowBodies(rule BodyRule) { s.bodyRules = append(s.bodyRules, rule) }

// announced returns the length of the body, -1 for one in chunks, which has none.
func announced(h *fasthttp.RequestHeader) int { return max(h.ContentLength(), -1) }

// allowance applies the rules.
func (s *Server) allowance(h *fasthttp.RequestHeader) (limit, refused int) {
	limit = min(AnonymousBody, s.o.BodyLimit)
	if n := announced(h); n >= 0 && n <= limit || h.IsGet() || h.IsHead() {
		return limit, 0
	}
	for _, rule := range s.bodyRules {
		n, status := rule(Head{h})
		if n > limit {
			limit = min(n, s.o.BodyLimit)
		}
		if status != 0 {
			refused = status
		}
	}
	return limit, refused
}

// onHead runs between a request's head and its body: nobody unknown makes the server hold more than a little, and a
// large body has the time that it takes on a slow line.
func (s *Server) onHead(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	limit, _ := s.allowance(h)
	n := announced(h)
	if n < 0 || n > limit {
		n = limit
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: limit,
		ReadTimeout: s.o.ReadTimeout + time.Duration(n/slowest)*time.Second}
}

// onBadRequest answers what fasthttp could not read. A body that is refused although it would be small enough for
// somebody known is refused for that reason.
func (s *Server) onBadRequest(otherwise func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(ctx *fasthttp.RequestCtx, err error) {
		ctx.Response.Header.Set(RequestIDHeader, uuid.NewString())
		ctx.Response.Header.Set(fiber.HeaderCacheControl, "no-store")
		ctx.Response.Header.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		if !errors.Is(err, fasthttp.ErrBodyTooLarge) {
			otherwise(ctx, err)
			return
		}
		if c, ok := ctx.Conn().(*conn); ok {
			c.linger = true
		}
		_, refused := s.allowance(&ctx.Request.Header)
		if refused == 0 || announced(&ctx.Request.Header) > s.o.BodyLimit {
			otherwise(ctx, err)
			return
		}
		c := s.app.AcquireCtx(ctx)
		defer s.app.ReleaseCtx(c)
		p := problem.New(attendance.CodeUnauthenticated)
		if refused != http.StatusUnauthorized {
			p = problem.New(attendance.CodeUnavailable)
		}
		p.Status = refused
		if err := Problem(c, p); err != nil {
			c.Status(fiber.StatusInternalServerError)
		}
	}
}
