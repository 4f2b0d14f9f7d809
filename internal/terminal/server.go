// Package terminal is the role that fingerprint terminals push to: it speaks iclock with them over plain HTTP, hands
// their punches to the recorder, and gives them what they are asked to do. A batch is answered after its commit; with
// the database away a terminal is told so, keeps what it has, and sends it again.
package terminal

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/iclock"
	"hadir/internal/importer"
	"hadir/internal/network"
	"hadir/internal/store/terminals"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// MaxBody bounds what a terminal sends at once, in bytes: its whole log, if it has to.
const MaxBody = 16 << 20

// Options configures New.
type Options struct {
	Terminals *terminals.Terminals
	Commands  *terminals.Commands
	Intake    *importer.Intake
	Clock     clock.Clock
	Log       *slog.Logger
	Registry  prometheus.Registerer
	Token     string // that paths begin with, /t/TOKEN/iclock; "" for /iclock
}

// Server answers terminals.
type Server struct {
	o     Options
	known *directory
	lines *prometheus.CounterVec

	mu      sync.Mutex
	unknown map[string]bool // paths that were logged
	turned  map[int64]bool  // terminals that spoke from a foreign network, and were logged
}

// New returns a server. Run must be running beside its routes.
func New(o Options) *Server {
	s := &Server{o: o, known: newDirectory(), unknown: map[string]bool{}, turned: map[int64]bool{},
		lines: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_terminal_lines_total",
			Help: "Lines that terminals pushed, by what became of them: recorded, known, held (in quarantine), " +
				"ignored (no punch) or failed (the terminal sends them again)."}, []string{"result"})}
	if o.Registry != nil {
		o.Registry.MustRegister(s.lines, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hadir_terminals_pending",
			Help: "Terminals that wait to be accepted."}, func() float64 {
			_, pending := s.known.lives(o.Clock.Now())
			return float64(pending)
		}))
		for _, life := range []iclock.Life{iclock.Alive, iclock.Late, iclock.Gone} {
			o.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hadir_terminals",
				Help:        "Accepted terminals, by whether they are heard of: alive, late or gone.",
				ConstLabels: prometheus.Labels{"life": string(life)}}, func() float64 {
				lives, _ := s.known.lives(o.Clock.Now())
				return float64(lives[life])
			}))
		}
	}
	return s
}

// Routes mounts the paths that terminals know.
func (s *Server) Routes(r fiber.Router) {
	if s.o.Token == "" {
		r.All("/iclock/*", s.serve)
		return
	}
	r.All("/t/:token/iclock/*", func(c *fiber.Ctx) error {
		if subtle.ConstantTimeCompare([]byte(c.Params("token")), []byte(s.o.Token)) != 1 {
			return answer(c, http.StatusNotFound, "ERROR\n")
		}
		return s.serve(c)
	})
}

// BodyRule is the httpd.BodyRule of terminals: one that was accepted may send much at once, others are to wait.
func (s *Server) BodyRule(h httpd.Head) (limit, refused int) {
	u, err := url.ParseRequestURI(h.Target())
	if err != nil || !strings.HasPrefix(strings.ToLower(u.Path), s.prefix()+"/iclock/") {
		return 0, 0
	}
	if t, ok := s.known.find(u.Query().Get("SN")); ok && t.State == iclock.Active {
		return MaxBody, 0
	}
	return 0, http.StatusServiceUnavailable
}

// prefix is what paths of terminals begin with, in lower case.
func (s *Server) prefix() string {
	if s.o.Token == "" {
		return ""
	}
	return "/t/" + strings.ToLower(s.o.Token)
}

func answer(c *fiber.Ctx, status int, text string) error {
	c.Set(fiber.HeaderContentType, "text/plain")
	return c.Status(status).SendString(text)
}

// request is what a terminal asks.
type request struct {
	c        *fiber.Ctx
	terminal iclock.Terminal
	before   time.Time // when the terminal spoke last; zero for not since this node runs
}

func (s *Server) serve(c *fiber.Ctx) error {
	serial := strings.Clone(c.Query("SN"))
	if !iclock.SoundSerial(serial) {
		return answer(c, http.StatusBadRequest, "ERROR: SN\n")
	}
	address, ctx := strings.Clone(c.IP()), c.UserContext()
	t, known := s.known.find(serial)
	if !known {
		var err error
		if t, err = s.o.Terminals.Meet(ctx, serial, address); err != nil {
			return s.failed(c, err)
		}
		s.known.put(&t)
		if t.State == iclock.Pending {
			s.o.Log.InfoContext(ctx, "a terminal waits to be accepted", "serial", serial, "addr", address)
		}
	}
	if len(t.Networks) > 0 && !network.Hold(t.Networks, address) {
		s.turnAway(ctx, &t, address)
		return answer(c, http.StatusServiceUnavailable, "ERROR: network\n") // so that it keeps what it has
	}
	r := &request{c: c, terminal: t, before: s.known.hear(t.ID, address, s.o.Clock.Now())}
	what := iclock.Request(c.Path())
	switch {
	case what == "cdata" && c.Method() == http.MethodPost:
		return s.data(r)
	case what == "cdata":
		return answer(c, http.StatusOK, s.handshake(r))
	case what == "getrequest":
		return s.commands(r)
	case what == "devicecmd":
		return s.answered(r)
	case what == "registry":
		s.introduce(r, iclock.Options(string(c.Body())))
		return answer(c, http.StatusOK, "RegistryCode="+iclock.RegistryCode(serial)+"\n")
	case what == "push":
		return answer(c, http.StatusOK, iclock.Push(serial))
	case what == "rtdata" && c.Query("type") == "time":
		return answer(c, http.StatusOK, iclock.ServerTime(s.o.Clock.Now(), s.zone(&t))+"\n")
	}
	s.logOnce(ctx, what, serial)
	return answer(c, http.StatusOK, "OK\n")
}

// failed answers so that the terminal keeps what it has.
func (s *Server) failed(c *fiber.Ctx, err error) error {
	switch {
	case errors.Is(err, terminals.ErrTooMany), attendance.CodeOf(err) == attendance.CodeUnavailable:
	default:
		s.o.Log.ErrorContext(c.UserContext(), "a terminal was not answered", "path", c.Path(), "error", err)
	}
	return answer(c, http.StatusServiceUnavailable, "ERROR: later\n")
}

// mostLogged bounds what is remembered to have been logged.
const mostLogged = 100

func (s *Server) logOnce(ctx context.Context, what, serial string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unknown[what] && len(s.unknown) < mostLogged {
		s.unknown[strings.Clone(what)] = true
		s.o.Log.InfoContext(ctx, "a terminal asked for something unknown", "path", what, "serial", serial)
	}
}

func (s *Server) turnAway(ctx context.Context, t *iclock.Terminal, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.turned[t.ID] {
		s.turned[t.ID] = true
		s.o.Log.WarnContext(ctx, "a terminal spoke from a network that is not its own", "serial", t.Serial, "addr",
			address)
	}
}

func (s *Server) zone(t *iclock.Terminal) *time.Location {
	var zones attendance.Zones
	return zones.Of(t.ZoneNow)
}

func (s *Server) handshake(r *request) string {
	t := &r.terminal
	h := iclock.Handshake{Serial: t.Serial, Attlog: t.AttlogStamp, Operlog: t.OperlogStamp,
		Old: r.c.Query("pushver") == ""}
	if t.ZoneNow != "" {
		h.Zone = iclock.Zone(s.zone(t), s.o.Clock.Now())
	}
	return h.Answer()
}

// introduce notes what a terminal says of itself.
func (s *Server) introduce(r *request, options map[string]string) {
	told := terminals.Told{Model: strings.Clone(options["DeviceName"]),
		Firmware: strings.Clone(cmp.Or(options["FWVersion"], options["FirmVer"]))}
	if told != (terminals.Told{}) {
		s.known.tell(&r.terminal, told)
	}
}

// commandsAtOnce is how many commands go into one answer.
const commandsAtOnce = 20

func (s *Server) commands(r *request) error {
	if r.terminal.State != iclock.Active || !s.known.waits(r.terminal.ID) {
		return answer(r.c, http.StatusOK, "OK\n")
	}
	cs, err := s.o.Commands.Take(r.c.UserContext(), r.terminal.ID, commandsAtOnce)
	if err != nil {
		return s.failed(r.c, err)
	}
	if len(cs) == 0 {
		return answer(r.c, http.StatusOK, "OK\n")
	}
	var b strings.Builder
	for i := range cs {
		b.WriteString(iclock.CommandLine(cs[i].ID, cs[i].Text))
	}
	return answer(r.c, http.StatusOK, b.String())
}

func (s *Server) answered(r *request) error {
	body := string(r.c.Body())
	if err := s.o.Commands.Answered(r.c.UserContext(), r.terminal.ID, iclock.Results(body)); err != nil {
		return s.failed(r.c, err)
	}
	s.introduce(r, iclock.Options(body))
	return answer(r.c, http.StatusOK, "OK\n")
}

// data takes what a terminal pushes. Templates of fingers and faces, photos and what the terminal knows of people are
// neither read nor kept.
func (s *Server) data(r *request) error {
	table := strings.ToLower(r.c.Query("table"))
	if r.terminal.State != iclock.Active {
		return answer(r.c, http.StatusServiceUnavailable, "ERROR: not accepted\n")
	}
	stamp := strings.Clone(iclock.Stamp(r.c.Query("Stamp")))
	switch table {
	case "attlog", "rtlog":
		return s.punches(r, table, stamp)
	case "options":
		s.introduce(r, iclock.Options(string(r.c.Body())))
	case "operlog":
		s.known.tell(&r.terminal, terminals.Told{OperlogStamp: stamp})
	}
	return answer(r.c, http.StatusOK, "OK\n")
}

// linesAtOnce is how many lines are recorded before the next are read.
const linesAtOnce = 512

// punches records lines and answers how many there were, after the last of them was committed.
func (s *Server) punches(r *request, table, stamp string) error {
	n, some := 0, make([]importer.Pushed, 0, linesAtOnce)
	var newest time.Time
	take := func() error {
		taken, err := s.o.Intake.Take(r.c.UserContext(), &r.terminal, some)
		for result, n := range map[string]int{"recorded": taken.Recorded, "known": taken.Known, "held": taken.Held} {
			s.lines.WithLabelValues(result).Add(float64(n))
		}
		if err != nil {
			s.lines.WithLabelValues("failed").Add(float64(len(some) - taken.Recorded - taken.Known - taken.Held))
		}
		some = some[:0]
		return err
	}
	for line := range iclock.Lines(string(r.c.Body())) {
		n++
		p, punch := importer.Pushed{Text: line}, true
		if table == "rtlog" {
			p.Record, p.Reason, punch = iclock.ParseRTLog(line)
		} else {
			p.Record, p.Reason = iclock.ParseAttlog(line)
		}
		if !punch {
			s.lines.WithLabelValues("ignored").Inc()
			continue
		}
		if p.Reason == "" && p.Record.At.After(newest) {
			newest = p.Record.At
		}
		if some = append(some, p); len(some) == linesAtOnce {
			if err := take(); err != nil {
				return s.failed(r.c, err)
			}
		}
	}
	if err := take(); err != nil {
		return s.failed(r.c, err)
	}
	told := terminals.Told{Pushed: n > 0}
	if n > 0 && table == "attlog" { // a stamp without lines would have the terminal skip what it keeps
		told.AttlogStamp = stamp
	}
	if n <= fewLines {
		told.Drift = s.drift(r, newest)
	}
	s.known.tell(&r.terminal, told)
	return answer(r.c, http.StatusOK, "OK: "+strconv.Itoa(n)+"\n")
}

// fewLines is what a terminal pushes that has kept nothing back.
const fewLines = 5

// drift tells how far a terminal's clock is ahead, in seconds, if it has just pushed what was punched this moment: it
// was in touch before, and pushes few lines. Nil for not known.
func (s *Server) drift(r *request, newest time.Time) *int {
	now := s.o.Clock.Now()
	if newest.IsZero() || r.before.IsZero() || now.Sub(r.before) > iclock.LateAfter {
		return nil
	}
	found := attendance.Instants(newest, s.zone(&r.terminal))
	if len(found) == 0 {
		return nil
	}
	seconds := int(found[0].Sub(now).Round(time.Second) / time.Second)
	return &seconds
}
