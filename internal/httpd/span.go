package httpd

import (
	"errors"
	"strconv"
	"strings"

	"hadir/internal/telemetry"

	"github.com/gofiber/fiber/v2"
)

// span begins the span of a request. Probes get none: they come every few seconds and tell nothing.
func (s *Server) span(c *fiber.Ctx, requestID string) telemetry.Span {
	if s.o.Tracer == nil || c.Path() == "/healthz" || c.Path() == "/readyz" || c.Path() == "/metrics" {
		return telemetry.Span{}
	}
	ctx, span := s.o.Tracer.Start(c.UserContext(), methodLabel(c.Method()), telemetry.Server)
	c.SetUserContext(ctx)
	if span.Recording() {
		// The span leaves the query out, since it may hold personal data.
		span.SetText("url.path", strings.Clone(s.path(c)))
		span.SetText("client.address", strings.Clone(c.IP()))
		span.SetText("http.request.method", methodLabel(c.Method()))
		span.SetText("hadir.request_id", requestID)
	}
	return span
}

// endSpan ends the span of a request by the conventions of
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/: only what is the server's fault is an error.
func endSpan(span telemetry.Span, c *fiber.Ctx, status int) {
	if span.Recording() {
		if route := routeLabel(c.Route()); route != "none" {
			span.Rename(methodLabel(c.Method()) + " " + route)
			span.SetText("http.route", route)
		}
		span.SetInt("http.response.status_code", status)
		if status >= fiber.StatusInternalServerError && !expected(c) {
			span.Fail(errors.New("status " + strconv.Itoa(status)))
		}
	}
	span.End()
}
