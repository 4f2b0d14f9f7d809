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
	"hadir/internal/civil"
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
	o         Options
	known     *directory
	strangers *strangers
	notices   *notices
	lines     *prometheus.CounterVec
	ignored   *prometheus.CounterVec

	mu      sync.Mutex
	paths   map[string]bool // unknown ones that were logged
	tables  map[string]bool // likewise, as the metric names them
	pushing map[int64]bool  // terminals whose punches are being recorded
}

// New returns a server. Run must be running beside its routes.
func New(o Options) *Server {
	s := &Server{o: o, known: newDirectory(), strangers: newStrangers(), notices: newNotices(),
		paths: map[string]bool{}, tables: map[string]bool{}, pushing: map[int64]bool{},
		lines: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_terminal_lines_total",
			Help: "Lines that terminals pushed, by what became of them: recorded, known, held (in quarantine), " +
				"full (quarantine has no room; the terminal sends them again), ignored (no punch) or failed (the " +
				"terminal sends them again)."}, []string{"result"}),
		ignored: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hadir_terminal_ignored_total",
			Help: "Pushes of what is neither read nor kept, by table; other is for odd names, and for more than 20."},
			[]string{"table"})}
	if o.Registry != nil {
		o.Registry.MustRegister(s.lines, s.ignored, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "hadir_terminals_pending",
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

// LogPath is what logs and traces may have of a path: neither the token nor what somebody took for it.
func (s *Server) LogPath(path string) string {
	if s.o.Token == "" {
		return path
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == "" {
			continue
		}
		if rest := parts[i+1:]; strings.EqualFold(part, "t") && len(rest) > 0 {
			rest[0] = hidden
		}
		break
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), s.o.Token, hidden)
}

// hidden stands for a token.
const hidden = "…"

// BodyRule is the httpd.BodyRule of terminals: one that was accepted may send much at once from where it may push at
// all, one body after the other; others are to wait.
func (s *Server) BodyRule(h httpd.Head) httpd.Allowance {
	u, err := url.ParseRequestURI(h.Target())
	if err != nil || !strings.HasPrefix(strings.ToLower(u.Path), s.prefix()+"/iclock/") {
		return httpd.Allowance{}
	}
	t, ok := s.known.find(u.Query().Get("SN"))
	if !ok || t.State != iclock.Active || s.pushes(t.ID) {
		return httpd.Allowance{Refused: attendance.CodeUnavailable}
	}
	if address := h.Address(); address != "" && len(t.Networks) > 0 && !network.Hold(t.Networks, address) {
		return httpd.Allowance{Refused: attendance.CodeUnavailable}
	}
	return httpd.Allowance{Limit: MaxBody, Asker: "terminal " + strconv.FormatInt(t.ID, 10), Places: 1}
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
		if t, err = s.meet(ctx, serial, address); err != nil {
			return s.failed(c, err)
		}
	}
	if len(t.Networks) > 0 && !network.Hold(t.Networks, address) {
		if s.notices.first("network", t.ID) {
			s.o.Log.WarnContext(ctx, "a terminal spoke from a network that is not its own", "serial", t.Serial,
				"addr", address)
		}
		return later(c, "network")
	}
	r := &request{c: c, terminal: t, before: s.known.hear(t.ID, address, s.o.Clock.Now())}
	what := iclock.Request(c.Path())
	switch {
	case what == "cdata" && c.Method() == http.MethodPost:
		return s.data(r)
	case what == "cdata":
		return s.handshake(r)
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
	case errors.Is(err, terminals.ErrTooMany):
		return later(c, "full")
	case attendance.CodeOf(err) == attendance.CodeUnavailable:
	default:
		s.o.Log.ErrorContext(c.UserContext(), "a terminal was not answered", "path", s.LogPath(c.Path()), "error", err)
	}
	return answer(c, http.StatusServiceUnavailable, "ERROR: later\n")
}

// later answers a terminal that is to keep what it has, through no fault of this node.
func later(c *fiber.Ctx, why string) error {
	httpd.Expect(c)
	return answer(c, http.StatusServiceUnavailable, "ERROR: "+why+"\n")
}

// mostLogged bounds the paths that are remembered to have been logged, and mostTables the tables, which metrics name.
const (
	mostLogged = 100
	mostTables = 20
	longTable  = 32 // bytes; a longer name is otherTable
)

// ignore counts a push of a table that is neither read nor kept. It is answered OK, for the terminal would send it for
// ever.
func (s *Server) ignore(r *request, table string) {
	if len(table) > longTable || strings.Trim(table, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || table == "" {
		table = otherTable
	}
	s.mu.Lock()
	if !s.tables[table] && len(s.tables) >= mostTables {
		table = otherTable
	}
	table = strings.Clone(table)
	known := s.tables[table]
	s.tables[table] = true
	s.mu.Unlock()
	s.ignored.WithLabelValues(table).Inc()
	if !known {
		s.o.Log.InfoContext(r.c.UserContext(), "a terminal pushed what is not kept", "table", table, "serial",
			r.terminal.Serial)
	}
}

const otherTable = "other"

// begin tells whether a terminal's punches may be recorded: not while earlier ones of it are. end lets the next in.
func (s *Server) begin(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pushing[id] {
		return false
	}
	s.pushing[id] = true
	return true
}

func (s *Server) end(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pushing, id)
}

func (s *Server) pushes(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pushing[id]
}

func (s *Server) logOnce(ctx context.Context, what, serial string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.paths[what] && len(s.paths) < mostLogged {
		s.paths[strings.Clone(what)] = true
		s.o.Log.InfoContext(ctx, "a terminal asked for something unknown", "path", what, "serial", serial)
	}
}

func (s *Server) zone(t *iclock.Terminal) *time.Location {
	var zones attendance.Zones
	return zones.Of(t.ZoneNow)
}

// handshake reads the terminal anew: it may have been asked to shake hands because of what this node does not know yet,
// and would keep the zone that it had.
func (s *Server) handshake(r *request) error {
	t, err := s.o.Terminals.Terminal(r.c.UserContext(), r.terminal.ID)
	if err != nil {
		return s.failed(r.c, err)
	}
	s.known.renew(&t)
	h := iclock.Handshake{Serial: t.Serial, Attlog: t.AttlogStamp, Operlog: t.OperlogStamp,
		Old: r.c.Query("pushver") == ""}
	if t.ZoneNow != "" {
		h.Zone = iclock.Zone(s.zone(&t), s.o.Clock.Now())
	}
	return answer(r.c, http.StatusOK, h.Answer())
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
		if s.notices.first("not accepted", r.terminal.ID) {
			s.o.Log.InfoContext(r.c.UserContext(), "a terminal that is not in use pushes, and keeps what it has",
				"serial", r.terminal.Serial, "state", r.terminal.State)
		}
		return later(r.c, "not accepted")
	}
	stamp := strings.Clone(iclock.Stamp(r.c.Query("Stamp")))
	switch table {
	case "attlog", "rtlog":
		if !s.begin(r.terminal.ID) {
			return later(r.c, "busy")
		}
		defer s.end(r.terminal.ID)
		return s.punches(r, table, stamp)
	case "options":
		s.introduce(r, iclock.Options(string(r.c.Body())))
	case "operlog":
		s.known.tell(&r.terminal, terminals.Told{OperlogStamp: stamp})
	default:
		s.ignore(r, table)
	}
	return answer(r.c, http.StatusOK, "OK\n")
}

// linesAtOnce is how many lines are recorded before the next are read.
const linesAtOnce = 512

// punches records lines and answers how many there were, after the last of them was committed.
func (s *Server) punches(r *request, table, stamp string) error {
	n, left, some := 0, 0, make([]importer.Pushed, 0, linesAtOnce)
	var newest time.Time
	take := func() error {
		taken, err := s.o.Intake.Take(r.c.UserContext(), &r.terminal, some)
		for result, n := range map[string]int{"recorded": taken.Recorded, "known": taken.Known, "held": taken.Held,
			"full": taken.Left} {
			s.lines.WithLabelValues(result).Add(float64(n))
		}
		if err != nil {
			s.lines.WithLabelValues("failed").Add(float64(len(some) - taken.Sum()))
		}
		left += taken.Left
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
	if left > 0 {
		if s.notices.first("full", r.terminal.ID) {
			s.o.Log.ErrorContext(r.c.UserContext(), "the quarantine of a terminal is full; it keeps its further lines "+
				"until somebody has looked at those that wait", "serial", r.terminal.Serial, "lines", left)
		}
		return later(r.c, "quarantine")
	}
	s.notices.over("full", r.terminal.ID)
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
	found := civil.Instants(newest, s.zone(&r.terminal))
	if len(found) == 0 {
		return nil
	}
	// Of a time that the clocks show twice it is the one that is nearer to now.
	ahead := found[0].Sub(now)
	if other := found[len(found)-1].Sub(now); other.Abs() < ahead.Abs() {
		ahead = other
	}
	seconds := int(ahead.Round(time.Second) / time.Second)
	return &seconds
}
