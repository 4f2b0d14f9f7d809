// Package monitor serves Asynqmon behind Hadir's own sign-in: operators look, administrators may also act.
package monitor

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/problem"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/hibiken/asynqmon"
	"github.com/redis/go-redis/v9"
)

// Root is the path at which Asynqmon lives.
const Root = "/monitor"

// Options configures New.
type Options struct {
	Redis redis.UniversalClient
	// Authenticate returns the user of a session token, or CodeUnauthenticated.
	Authenticate func(ctx context.Context, token string) (account.User, error)
	// Note writes what an administrator does to the audit log; without an entry it is not done.
	Note       func(ctx context.Context, act Act) error
	Prometheus string // address of the server that the Metrics page asks; empty hides the page
	Log        *slog.Logger
}

// Act is a request of an administrator that changes queues.
type Act struct {
	UserID  int64  `json:"-"`
	Address string `json:"-"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	Target  string `json:"target,omitempty"` // the body, which names the tasks of an action on several
}

// Monitor holds the two views of Asynqmon. Each is made when somebody first opens it, for its routes are a megabyte of
// regular expressions.
type Monitor struct {
	o         Options
	look, act func() fiber.Handler
}

// connection lets asynqmon use a client that exists; it closes what it is given, which is not its to close.
type connection struct{ redis.UniversalClient }

// MakeRedisClient implements asynq.RedisConnOpt.
func (c connection) MakeRedisClient() any { return kept(c) }

type kept struct{ redis.UniversalClient }

// Close does nothing: the client belongs to the broker.
func (kept) Close() error { return nil }

// New returns a monitor.
func New(o Options) *Monitor {
	view := func(readOnly bool) func() fiber.Handler {
		return sync.OnceValue(func() fiber.Handler {
			return adaptor.HTTPHandler(asynqmon.New(asynqmon.Options{RootPath: Root, RedisConnOpt: connection{o.Redis},
				PrometheusAddress: o.Prometheus, ReadOnly: readOnly}))
		})
	}
	return &Monitor{o: o, look: view(true), act: view(false)}
}

// refused are the links in Asynqmon's page that would be refused, each with complaints in the browser's console: fonts
// of another site by the policy below, and the manifest, which browsers ask for without the cookie.
var refused = regexp.MustCompile(`<link rel="(?:stylesheet" href="https?://[^">]*|manifest" href="[^">]*)"\s*/?>`)

// csp allows what Asynqmon's pages are made of: styles set by script, and nothing from elsewhere. Its web fonts are
// from another site and stay out; the system's take their place.
const csp = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src " +
	"'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Routes mounts the monitor.
func (m *Monitor) Routes(r fiber.Router) {
	r.Use(Root, httpd.Speaking(m.o.Authenticate), m.serve)
}

func (m *Monitor) serve(c *fiber.Ctx) error {
	token, byCookie := httpd.Credentials(c)
	user, err := m.o.Authenticate(c.UserContext(), token)
	switch code := attendance.CodeOf(err); {
	case code == account.CodeUnauthenticated:
		if strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
			return c.Redirect("/masuk?next="+url.QueryEscape(Root+"/"), http.StatusSeeOther)
		}
		return httpd.Refuse(c, code)
	case code == account.CodePasswordChange, code == account.CodeSecondFactor:
		if strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
			return c.Redirect("/profil", http.StatusSeeOther)
		}
		return httpd.Refuse(c, code)
	case err != nil:
		m.o.Log.WarnContext(c.UserContext(), "signing in to the monitor", "error", err)
		return httpd.Refuse(c, attendance.CodeUnavailable)
	case !user.SeesOperations():
		return httpd.Refuse(c, account.CodeForbidden)
	}
	reads := httpd.ChangesNothing(c.Method())
	if byCookie && !reads && httpd.CrossSite(c) {
		return httpd.Refuse(c, problem.CodeCrossSite)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, csp)
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	view := m.look
	if user.Role == account.RoleAdmin {
		if !reads {
			m.o.Log.InfoContext(c.UserContext(), "an administrator acts in the monitor", "user_id", user.ID, "method",
				c.Method(), "path", c.Path())
			act := Act{UserID: user.ID, Address: strings.Clone(c.IP()), Method: strings.Clone(c.Method()),
				Path: strings.Clone(c.Path()), Target: string(c.Body()[:min(len(c.Body()), mostTarget)])}
			if err := m.o.Note(c.UserContext(), act); err != nil {
				m.o.Log.WarnContext(c.UserContext(), "writing to the audit log", "error", err)
				return httpd.Refuse(c, attendance.CodeUnavailable)
			}
		}
		view = m.act
	}
	if err := view()(c); err != nil {
		return err
	}
	if strings.HasPrefix(string(c.Response().Header.ContentType()), fiber.MIMETextHTML) {
		c.Response().SetBodyRaw(refused.ReplaceAll(c.Response().Body(), nil))
	}
	return nil
}

// mostTarget bounds what the audit log keeps of a request's body, in bytes.
const mostTarget = 4000
