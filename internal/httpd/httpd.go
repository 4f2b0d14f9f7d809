// Package httpd builds the HTTP server that every role listens with: fiber with safe limits, request and trace ids,
// access log, metrics, probes, problem+json errors and a graceful end. Roles mount their routes on it.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/lifecycle"
	"hadir/internal/problem"
	"hadir/internal/telemetry"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
)

// Options configures New.
type Options struct {
	Addr           string // host:port; port 0 takes a free one
	Name           string // of the role, for logs and metrics
	Log            *slog.Logger
	Registry       prometheus.Registerer
	Health         *lifecycle.Health
	Tracer         *telemetry.Tracer
	BodyLimit      int                      // bytes; 0 means 1 MiB. Without a rule (AllowBodies) it is AnonymousBody
	Bodies         *Bodies                  // room for large bodies that listeners share; nil for one of its own
	TrustedProxies []string                 // addresses or CIDRs whose X-Real-IP is believed
	LogPath        func(path string) string // what logs and traces have of a path; nil for all of it
	MaxPerAddress  int                      // connections of one address that is no trusted proxy; 0 for no limit
	ReadTimeout    time.Duration            // for a connection's first byte, and for a request's head; 0 means 15 s
	WriteTimeout   time.Duration            // for a client that takes nothing; 0 means 30 s
	IdleTimeout    time.Duration            // between the requests of a connection; 0 means 75 s
	ShutdownWithin time.Duration            // how long requests in flight may take at the end; 0 means 10 s
}

// Server is one listening address.
type Server struct {
	o         Options
	app       *fiber.App
	listener  net.Listener
	bodyRules []BodyRule
	duration  *prometheus.HistogramVec
}

// RequestIDHeader names the header that carries the request id in both directions.
const RequestIDHeader = "X-Request-ID"

// proxyHeader is where trusted proxies tell the caller's address.
const proxyHeader = "X-Real-IP"

// New returns a server with probes and middleware; Mount adds routes.
func New(o Options) *Server {
	if o.BodyLimit == 0 {
		o.BodyLimit = 1 << 20
	}
	if o.ShutdownWithin == 0 {
		o.ShutdownWithin = 10 * time.Second
	}
	for d, preset := range map[*time.Duration]time.Duration{&o.ReadTimeout: 15 * time.Second,
		&o.WriteTimeout: 30 * time.Second,
		&o.IdleTimeout:  75 * time.Second} { // idle longer than nginx keeps its upstream connections
		if *d == 0 {
			*d = preset
		}
	}
	if o.Bodies == nil {
		o.Bodies = NewBodies(defaultBodies, nil)
	}
	s := &Server{o: o}
	s.app = fiber.New(fiber.Config{
		AppName:               "hadir",
		DisableStartupMessage: true,
		BodyLimit:             o.BodyLimit,
		// A half-sent request must not hold a connection for ever; upgraded sockets are not affected. The connection
		// (conn) limits how long an answer may take, since fasthttp would count from its beginning.
		ReadTimeout: o.ReadTimeout,
		IdleTimeout: o.IdleTimeout,
		// Long cookies and the Authorization header fit; ReduceMemoryUsage gives the buffers back between requests.
		ReadBufferSize:          16 << 10,
		ReduceMemoryUsage:       true,
		EnableTrustedProxyCheck: true,
		TrustedProxies:          o.TrustedProxies,
		ProxyHeader:             proxyHeader,
		ErrorHandler:            s.onError,
		RequestMethods:          append(slices.Clone(fiber.DefaultMethods), unknownMethod),
	})
	// Without this, fasthttp hands the pooled connection of a closed WebSocket to the next client while late writers
	// still hold it: one user's messages could reach another.
	s.app.Server().KeepHijackedConns = true
	s.app.Server().HeaderReceived = s.onHead
	s.app.Server().Handler = s.holding(knowMethods(s.app.Server().Handler))
	s.app.Server().ConnState = func(c net.Conn, state fasthttp.ConnState) {
		if c, ok := c.(*conn); ok {
			c.busy.Store(state == fasthttp.StateActive)
		}
	}
	s.app.Server().ErrorHandler = s.onBadRequest(s.app.Server().ErrorHandler)
	if o.Registry != nil {
		s.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "hadir_http_request_seconds",
			Help:    "Time to answer HTTP requests, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"})
		o.Registry.MustRegister(s.duration)
	}
	s.app.Use(s.observe)
	s.app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	s.app.Get("/readyz", s.readyz)
	return s
}

// Mount lets a role add its routes.
func (s *Server) Mount(routes func(fiber.Router)) { routes(s.app) }

// Bind takes the address, so that Addr is known before Run serves it.
func (s *Server) Bind() error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.o.Addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.o.Addr, err)
	}
	s.listener = newListener(l, &s.o)
	return nil
}

// Addr returns the address bound, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends, then stops accepting and waits for the requests in flight. The role that owns upgraded
// connections ends them.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		if err := s.Bind(); err != nil {
			return err
		}
	}
	served := make(chan error, 1)
	go func() { served <- s.app.Listener(s.listener) }()
	s.o.Log.Info("listening", "role", s.o.Name, "addr", s.Addr())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if err := s.app.ShutdownWithTimeout(s.o.ShutdownWithin); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// observe gives each request its ids, recovers panics, and records what became of it.
func (s *Server) observe(c *fiber.Ctx) (err error) {
	start := monotonic()
	id := c.Get(RequestIDHeader)
	if !plausibleID(id) {
		id = uuid.NewString()
	} else {
		id = string([]byte(id)) // fiber reuses the buffer behind header values
	}
	c.Set(RequestIDHeader, id)
	// Most answers are about persons and must not be cached. What may be cached, such as scripts and pictures, says so
	// itself.
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	trace, ok := telemetry.ParseTraceparent(c.Get("traceparent"))
	if !ok {
		trace = telemetry.NewTrace()
	}
	c.SetUserContext(telemetry.WithTrace(c.UserContext(), trace))
	span := s.span(c, id)
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.ErrorContext(c.UserContext(), "panic in a request", "request_id", id, "method", c.Method(), "path",
				s.path(c), "panic", p, "stack", string(debug.Stack()))
			err = Refuse(c, attendance.CodeInternal)
		}
		if err != nil { // answer now, so that the status below is the one sent
			err = s.onError(c, err)
		}
		took := monotonic() - start
		status := c.Response().StatusCode()
		if s.duration != nil {
			s.duration.WithLabelValues(methodLabel(c.Method()), routeLabel(c.Route()),
				strconv.Itoa(status)).Observe(took.Seconds())
		}
		endSpan(span, c, status)
		level := slog.LevelDebug
		switch {
		case status >= 500 && !expected(c):
			level = slog.LevelError
		case took > time.Second && status != fiber.StatusSwitchingProtocols:
			level = slog.LevelWarn
		}
		if s.o.Log.Enabled(c.UserContext(), level) {
			s.o.Log.Log(c.UserContext(), level, "request", "request_id", id, "method", c.Method(), "path", s.path(c),
				"status", status, "ms", took.Milliseconds(), "addr", c.IP())
		}
	}()
	if encoded(c) {
		c.Set(fiber.HeaderAcceptEncoding, identity)
		return Refuse(c, problem.CodeUnsupportedMedia)
	}
	return c.Next()
}

// path is what logs and traces have of the path. It is valid only while the request is.
func (s *Server) path(c *fiber.Ctx) string {
	if s.o.LogPath != nil {
		return s.o.LogPath(c.Path())
	}
	return c.Path()
}

// expectedKey is where a request keeps that its status is no error.
const expectedKey = "hadir.expected"

// Expect says that a status from 500 on is what the caller is meant to get. It is no error in logs and traces.
func Expect(c *fiber.Ctx) { c.Locals(expectedKey, true) }

func expected(c *fiber.Ctx) bool { return c.Locals(expectedKey) != nil }

// unknownMethod is what methods that no standard names are to the routes: one that none has.
const unknownMethod = "OTHER"

// knowMethods lets requests with such a method be answered as any other. Fiber itself would refuse them in plain text,
// past the log and what all answers have.
func knowMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(ctx.Method())) {
			ctx.Request.Header.SetMethod(unknownMethod)
		}
		next(ctx)
	}
}

// methodLabel returns a string that may be kept: fiber reuses the memory of its own for the next request of the
// connection. All methods without a route have one label, so that nobody can create metrics without end.
func methodLabel(method string) string {
	for _, known := range fiber.DefaultMethods {
		if method == known {
			return known
		}
	}
	return unknownMethod
}

// routeLabel returns the pattern of a registered route. A request without a route has only its own path, which must not
// become a label.
func routeLabel(r *fiber.Route) string {
	if len(r.Handlers) == 0 {
		return "none"
	}
	return r.Path
}

// processStart anchors durations; only differences of monotonic are meaningful.
var processStart = time.Now() //nolint:forbidigo // a monotonic stopwatch, not a time of day

func monotonic() time.Duration { return time.Since(processStart) }

// plausibleID accepts request ids that are safe to log and echo.
func plausibleID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		b := s[i]
		if (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && b != '-' && b != '_' {
			return false
		}
	}
	return true
}

func (s *Server) readyz(c *fiber.Ctx) error {
	failed := s.o.Health.Ready(c.UserContext())
	if len(failed) == 0 {
		return c.SendString("ready")
	}
	names := make(map[string]string, len(failed))
	for name, err := range failed {
		names[name] = "failing"
		if !errors.Is(err, lifecycle.ErrNotReady) {
			s.o.Log.WarnContext(c.UserContext(), "not ready", "check", name, "error", err)
		}
	}
	return c.Status(fiber.StatusServiceUnavailable).JSON(fiber.Map{"status": "unready", "checks": names})
}
