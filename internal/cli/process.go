package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hadir/api"
	"hadir/internal/build"
	"hadir/internal/clock"
	"hadir/internal/config"
	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/outbox"
	"hadir/internal/queue"
	"hadir/internal/realtime"
	"hadir/internal/session"
	"hadir/internal/store"
	"hadir/internal/store/days"
	"hadir/internal/store/db"
	"hadir/internal/task"
	"hadir/internal/telemetry"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/client_golang/prometheus"
)

// The order of the shutdown. What takes requests goes first; what their work still needs goes after it.
const (
	stageFront    = iota // listeners, sockets, periodic work, simulated arrivals
	stageRecorder        // commits what the requests handed in
	stageOutbox          // enqueues what the commits left
	stageWorker          // finishes the tasks that run
	stageBroker          // upkeep of the Redis connection
	stageProbes          // metrics and probes answer to the end
)

// stageTimeout is how long the services of one stage have to end.
const stageTimeout = 25 * time.Second

// process is one running binary: the dependencies its roles share and the services they added.
type process struct {
	config   config.Config
	env      *env
	roles    []role
	all      bool
	log      *slog.Logger
	clock    clock.Clock
	registry *prometheus.Registry
	health   *lifecycle.Health
	tracer   *telemetry.Tracer
	store    *store.Store
	broker   *queue.Broker
	bus      *realtime.Bus
	paused   bool // task.QueueCritical, as the last heartbeat found it
	queue    *queue.Client
	outbox   *outbox.Dispatcher
	recorder *days.Recorder    // of the roles api and terminal
	sessions *session.Sessions // of the roles api and monitor
	services []lifecycle.Service
	closers  []func() error
	front    *httpd.Server // in one process, the listener that serves everything
	room     *httpd.Bodies // for large bodies of requests
	welcome  func()        // printed once everything runs
}

// newProcess connects to what the roles need and puts their services together. On an error it has closed what it
// opened.
func newProcess(ctx context.Context, c config.Config, e *env, roles []role) (*process, error) {
	p := &process{
		config: c, env: e, roles: roles, all: len(roles) == len(allRoles),
		log: e.logger(c), clock: e.clock, registry: telemetry.NewRegistry(), health: &lifecycle.Health{},
		welcome: func() {},
	}
	p.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hadir_build_info", Help: "Always 1; the labels tell which build runs.",
		ConstLabels: prometheus.Labels{"version": build.Version(), "role": p.name()},
	}, func() float64 { return 1 }))
	steps := []func(context.Context) error{p.openTracer, p.openStore, p.openBroker, p.addSessions, p.addAPI,
		p.addWorker,
		p.addPusher, p.addScheduler, p.addTerminal, p.addMonitor, p.addProbes, p.addHeartbeat, p.addMemory}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (p *process) has(r role) bool { return slices.Contains(p.roles, r) }

func (p *process) name() string {
	if p.all {
		return "all"
	}
	return string(p.roles[0])
}

// sharedRecorder returns the one recorder of this process.
func (p *process) sharedRecorder() *days.Recorder {
	if p.recorder == nil {
		p.recorder = days.NewRecorder(p.store.Days, days.RecorderOptions{Registry: p.registry, Tracer: p.tracer})
		p.add("recorder", stageRecorder, p.recorder.Run)
	}
	return p.recorder
}

func (p *process) add(name string, stage int, run func(context.Context) error) {
	p.services = append(p.services, lifecycle.Service{Name: name, Stage: stage, Run: run})
}

func (p *process) close() {
	for _, c := range slices.Backward(p.closers) {
		if err := c(); err != nil {
			p.log.Warn("closing", "error", err)
		}
	}
	p.closers = nil
}

func (p *process) run(ctx context.Context) error {
	drain := p.config.DrainDelay
	if drain < 0 {
		drain = 2 * time.Second
		if p.all {
			drain = 0
		}
	}
	p.welcome()
	p.log.Info("started", "role", p.name(), "version", build.Version())
	life := lifecycle.Process{Log: p.log, Health: p.health, DrainDelay: drain, StageTimeout: stageTimeout}
	err := life.Run(ctx, p.services...)
	p.log.Info("stopped", "role", p.name())
	return err
}

// makeDataDir makes the data folder.
func makeDataDir(c config.Config) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("HADIR_DATA_DIR: %w", err)
	}
	return nil
}

// defaultDatabase is the SQLite file in the data folder.
func defaultDatabase(c config.Config) (string, error) {
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return "", err
	}
	return "sqlite://" + filepath.ToSlash(filepath.Join(dir, "hadir.db")), nil
}

// openStore connects to the database of the configuration within ten seconds, or longer if it says so.
func openStore(ctx context.Context, c config.Config, o store.Options) (*store.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, max(10*time.Second, c.StartWait))
	defer cancel()
	o.URL, o.MaxConns = c.DatabaseURL, c.DatabaseMax
	return store.Open(ctx, o)
}

func (p *process) openStore(ctx context.Context) (err error) {
	c := &p.config
	if p.all {
		unlock, err := lockDataDir(*c)
		if err != nil {
			return err
		}
		p.closers = append(p.closers, unlock) // the last to be closed
	}
	if c.DatabaseURL == "" {
		if err := makeDataDir(*c); err != nil {
			return err
		}
		if c.DatabaseURL, err = defaultDatabase(*c); err != nil {
			return err
		}
	}
	if p.all {
		unlock, err := lockDatabase(*c)
		if err != nil {
			return err
		}
		if unlock != nil {
			p.closers = append(p.closers, unlock)
		}
		if err := fillSecrets(c); err != nil {
			return err
		}
	}
	keys, err := auditKeys(*c)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		p.log.WarnContext(ctx, "without a key, whoever has the database can write the audit log anew and read the "+
			"secrets of second factors; set HADIR_AUDIT_KEY, the same for all roles")
	}
	p.store, err = openStore(ctx, *c, store.Options{Clock: p.clock, Log: p.log, Registry: p.registry,
		OnCommit: p.onCommit, AuditKeys: keys})
	if err != nil {
		return err
	}
	p.closers = append(p.closers, p.store.DB.Close)
	if err := p.claimDatabase(ctx); err != nil {
		return err
	}
	var applied []string
	if p.all {
		if applied, err = p.store.DB.MigrateUp(ctx); err != nil {
			return err
		}
		if len(applied) > 0 {
			p.log.Info("migrated the schema", "applied", len(applied))
		}
	}
	if err := p.awaitSchema(ctx); err != nil {
		return err
	}
	if p.config.RedisURL != config.Embedded { // somebody may have come while this waited
		if err := sayWhoHasIt(db.CheckShared(ctx, p.store.DB)); err != nil {
			return err
		}
	}
	return p.openAudit(ctx, applied)
}

// claimDatabase makes sure that all who use the database use one Redis. One in a process reaches nobody else: what
// another process records would be on no screen of this one, and nobody would say so.
func (p *process) claimDatabase(ctx context.Context) error {
	if p.config.RedisURL != config.Embedded || !p.all {
		return sayWhoHasIt(db.CheckShared(ctx, p.store.DB))
	}
	// A process that was killed is gone in a moment, one whose machine died after a minute.
	alone, err := db.TakeAlone(ctx, p.store.DB, max(5*time.Second, p.config.StartWait))
	if err != nil || alone == nil {
		return sayWhoHasIt(err)
	}
	p.closers = append(p.closers, alone.Close)
	p.add("database", stageProbes, func(ctx context.Context) error { return sayWhoHasIt(alone.Keep(ctx)) })
	return p.nobodyElse(ctx)
}

// sayWhoHasIt says what to do where a process has the database, and its Redis, for itself.
func sayWhoHasIt(err error) error {
	if errors.Is(err, db.ErrNotAlone) {
		return fmt.Errorf("a 'hadir' with a Redis of its own runs on this database; stop it first (one whose machine "+
			"died is gone after a minute), or set HADIR_REDIS_URL to the same Redis for all: %w", err)
	}
	return err
}

// nobodyElse refuses a database on which roles live, which have a Redis of their own. Before the first migration there
// are none.
func (p *process) nobodyElse(ctx context.Context) error {
	nodes, err := p.store.Nodes.Nodes(ctx)
	if err != nil {
		return nil //nolint:nilerr // an empty database has no such table, and one that is away is told otherwise
	}
	for _, n := range nodes {
		if n.Role != "all" && p.clock.Now().Sub(n.LastSeen) < 3*beatEvery {
			return fmt.Errorf("the role %s runs on this database (%s, process %d) with another Redis; set "+
				"HADIR_REDIS_URL to that, or stop it and wait a quarter of a minute", n.Role, n.Host, n.PID)
		}
	}
	return nil
}

// awaitSchema checks the schema, again and again while migrations are missing and the configuration allows to wait for
// whoever applies them.
func (p *process) awaitSchema(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(p.config.StartWait, time.Millisecond))
	defer cancel()
	var err error
	told := false
	_, _ = backoff.Retry(ctx, func() (struct{}, error) { // err says more than that ctx has ended
		err = p.store.DB.CheckSchema(context.WithoutCancel(ctx))
		if err != nil && (!errors.Is(err, db.ErrSchemaMissing) || p.config.StartWait <= 0) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(schemaCheck)), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) {
			if !told {
				p.log.WarnContext(ctx, "waiting for migrations", "for", p.config.StartWait.String(), "error", err)
			}
			told = true
		}))
	return err
}

// schemaCheck is how often a process that waits for migrations looks.
const schemaCheck = 500 * time.Millisecond

func (p *process) openBroker(ctx context.Context) (err error) {
	if p.config.RedisURL == config.Embedded && !p.all {
		return usageError{fmt.Errorf("the role %s needs HADIR_REDIS_URL; the embedded Redis serves one process only",
			p.name())}
	}
	p.broker, err = queue.Open(ctx,
		queue.Options{URL: p.config.RedisURL, Log: p.log, Registry: p.registry, Poll: !p.config.QueueWake})
	if err != nil {
		return err
	}
	p.closers = append(p.closers, p.broker.Close)
	p.add("broker", stageBroker, p.broker.Run)
	p.queue = queue.NewClient(p.broker)
	p.bus = realtime.NewBus(p.broker.Redis(),
		realtime.BusOptions{Log: p.log, Registry: p.registry, Clock: p.clock, Tracer: p.tracer,
			MaxPublic: p.config.PusherPublics, Heartbeat: beatEvery, Await: awaited()})
	if p.has(roleAPI) || p.has(roleWorker) || p.has(roleTerminal) {
		p.outbox = outbox.NewDispatcher(p.outboxOptions())
		p.add("outbox", stageOutbox, p.outbox.Run)
	}
	return nil
}

// onCommit hands committed rows to the dispatcher, which is made after the store that it reads; roles without one leave
// them to the relay.
func (p *process) onCommit(rows []task.Outboxed) {
	if p.outbox != nil {
		p.outbox.OnCommit(rows)
	}
}

func (p *process) outboxOptions() outbox.Options {
	return outbox.Options{Rows: p.store.Outbox, Queue: p.queue, Clock: p.clock, Log: p.log, Registry: p.registry}
}

// listener makes the HTTP server of a role; in one process all roles share the first.
func (p *process) listener(name, addr string, mount func(*httpd.Server)) error {
	if p.front != nil && p.all {
		mount(p.front)
		return nil
	}
	o := httpd.Options{Addr: addr, Name: name, Log: p.log, Registry: p.registry, Health: p.health, Tracer: p.tracer,
		TrustedProxies: p.config.TrustedProxies, Bodies: p.bodies(), MaxPerAddress: p.config.MaxPerAddress}
	if p.has(roleAPI) {
		o.BodyLimit = api.MaxBody
	}
	s := httpd.New(o)
	mount(s)
	if err := s.Bind(); err != nil {
		return err
	}
	if p.front == nil {
		p.front = s
	}
	p.add("http "+name, stageFront, s.Run)
	return nil
}

// bodies is the room for large bodies, which all listeners of the process share.
func (p *process) bodies() *httpd.Bodies {
	if p.room == nil {
		p.room = httpd.NewBodies(p.config.MaxLargeBodies<<20, p.registry)
	}
	return p.room
}

func (p *process) checkDatabase() {
	p.health.Add(lifecycle.Check{Name: "database", Run: p.store.DB.Ping})
}

func (p *process) checkRedis() {
	p.health.Add(lifecycle.Check{Name: "redis", Run: p.broker.Ping})
}
