package httpd

import (
	"errors"
	"strings"
	"time"

	"hadir/internal/attendance"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

const (
	// AnonymousBody is the largest body that is read before anybody is known, in bytes.
	AnonymousBody = 64 << 10
	// slowest is the rate, in bytes a second, that a sender of a large body must reach.
	slowest = 8 << 10
)

// Head is the head of a request whose body is not read yet.
type Head struct {
	h       *fasthttp.RequestHeader
	proxies bool // are trusted
}

// Method is GET, POST or another.
func (h Head) Method() string { return string(h.h.Method()) }

// Target is the path with the query, as they were sent.
func (h Head) Target() string { return string(h.h.RequestURI()) }

// Get returns a header, or "".
func (h Head) Get(name string) string { return string(h.h.Peek(name)) }

// Cookie returns a cookie, or "".
func (h Head) Cookie(name string) string { return string(h.h.Cookie(name)) }

// Address is the caller's as a trusted proxy tells it, or "": of a head nobody knows yet whose connection it came from.
// Where there are trusted proxies, others can make it up as well, so that it is good for refusing early only.
func (h Head) Address() string {
	if !h.proxies {
		return ""
	}
	return h.Get(proxyHeader)
}

// Allowance is what a BodyRule says.
type Allowance struct {
	Limit   int             // bytes; 0 for an address that is not the rule's own
	Refused attendance.Code // why the body may not be larger; "" means problem.CodeTooLarge
	Asker   string          // whose the body is, such as "user 17"; "" is nobody in particular
	Places  int             // how many large bodies of the asker are held at a time; 0 for no limit
}

// BodyRule tells how many bytes may follow a head that announces more than AnonymousBody.
type BodyRule func(Head) Allowance

// AllowBodies adds a rule for bodies. Call it before Run. Without a rule no body may be larger than AnonymousBody.
func (s *Server) AllowBodies(rule BodyRule) { s.bodyRules = append(s.bodyRules, rule) }

// announced returns the length of the body, or -1 for a chunked body, which does not announce one. A head that says
// nothing has none.
func announced(h *fasthttp.RequestHeader) int {
	if n := h.ContentLength(); n >= -1 { // fasthttp has -2 for a head that says nothing
		return n
	}
	return 0
}

// allowance applies the rules.
func (s *Server) allowance(h *fasthttp.RequestHeader) Allowance {
	out := Allowance{Limit: min(AnonymousBody, s.o.BodyLimit)}
	if n := announced(h); n >= 0 && n <= out.Limit || h.IsGet() || h.IsHead() {
		return out
	}
	for _, rule := range s.bodyRules {
		a := rule(Head{h, len(s.o.TrustedProxies) > 0})
		if a.Limit > out.Limit {
			out.Limit, out.Asker, out.Places = min(a.Limit, s.o.BodyLimit), a.Asker, a.Places
		}
		if a.Refused != "" {
			out.Refused = a.Refused
		}
	}
	return out
}

// onHead runs between the head of a request and its body. It keeps strangers from making the server hold more than a
// little, and those who are known from making it hold more than there is room for; and it gives a large body the time
// that it takes on a slow line.
func (s *Server) onHead(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	a, n := s.allowance(h), announced(h)
	tooLarge := n > a.Limit
	if n < 0 || tooLarge {
		n = a.Limit
	}
	within := s.o.ReadTimeout + time.Duration(n/slowest)*time.Second
	if n > AnonymousBody && !tooLarge && !s.o.Bodies.take(h, a, n, within) {
		a.Limit = AnonymousBody
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: a.Limit, ReadTimeout: within}
}

// retryAfter is what who was refused for now is told, in seconds.
const retryAfter = "5"

// onBadRequest answers a request that fasthttp could not read. A body that is only too large for strangers, or for now,
// is refused for that reason.
func (s *Server) onBadRequest(otherwise func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(ctx *fasthttp.RequestCtx, err error) {
		noPlace := s.o.Bodies.giveBack(&ctx.Request.Header)
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
		refused := s.whyTooLarge(&ctx.Request.Header, noPlace)
		if refused == "" {
			otherwise(ctx, err)
			return
		}
		if refused == attendance.CodeUnavailable {
			ctx.Response.Header.Set(fiber.HeaderRetryAfter, retryAfter)
		}
		c := s.app.AcquireCtx(ctx)
		defer s.app.ReleaseCtx(c)
		if err := Refuse(c, refused); err != nil {
			c.Status(fiber.StatusInternalServerError)
		}
	}
}

// whyTooLarge is why a body was not read; "" where nobody may send as much.
func (s *Server) whyTooLarge(h *fasthttp.RequestHeader, noPlace bool) attendance.Code {
	n := announced(h)
	if n > s.o.BodyLimit {
		return ""
	}
	if noPlace {
		return attendance.CodeUnavailable
	}
	a := s.allowance(h)
	if a.Refused == "" && n > AnonymousBody && n <= a.Limit {
		return attendance.CodeUnavailable // what was refused would be taken by now
	}
	return a.Refused
}

// identity is the coding of a body that is sent as it is.
const identity = "identity"

// encoded tells whether a body is compressed. No such body is unpacked: fiber would unpack a few bytes to gigabytes
// before anybody could look at the size.
func encoded(c *fiber.Ctx) bool {
	for _, coding := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
		if len(coding) > 0 && !strings.EqualFold(string(coding), identity) {
			return true
		}
	}
	return false
}
