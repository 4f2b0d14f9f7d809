package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"hadir/api"
	"hadir/api/persons"
	"hadir/internal/account"
	"hadir/internal/alive"
	"hadir/internal/attendance/limits"
	"hadir/internal/demo"
	"hadir/internal/httpd"
	"hadir/internal/mail"
	"hadir/internal/monitor"
	"hadir/internal/outbox"
	"hadir/internal/passkey"
	"hadir/internal/provider"
	"hadir/internal/queue"
	"hadir/internal/session"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/webhook"
	"hadir/pusher"
	"hadir/scheduler"
	"hadir/web"
	"hadir/worker"
)

// addSessions adds what the roles api and monitor know of who is signed in.
func (p *process) addSessions(context.Context) error {
	if !p.has(roleAPI) && !p.has(roleMonitor) {
		return nil
	}
	p.sessions = session.New(session.Options{Store: p.store.Sessions, Tokens: p.store.APITokens, Clock: p.clock,
		Log: p.log, Idle: p.config.SessionIdle, IdleEmployee: p.config.SessionIdleEmp,
		Confirm: p.config.ConfirmWithin, SecondFactor: roles(p.config.Require2FA)})
	p.add("revocations", stageFront, func(ctx context.Context) error {
		return p.bus.Revocations(ctx, p.sessions.Forget)
	})
	return nil
}

// roles are users' roles by their names, which the configuration has checked.
func roles(names []string) []account.Role {
	out := make([]account.Role, len(names))
	for i, name := range names {
		out[i] = account.Role(name)
	}
	return out
}

// addAPI adds the role api. A check-in needs the database only, so Redis is no condition of readiness.
func (p *process) addAPI(ctx context.Context) error {
	if !p.has(roleAPI) {
		return nil
	}
	c := p.config
	static, err := web.Dist()
	if err != nil {
		return err
	}
	recorder := p.sharedRecorder()
	setupCode := ""
	if p.all {
		if setupCode, err = p.firstStart(ctx); err != nil {
			return err
		}
	}
	inspector := queue.NewInspector(p.broker)
	a, err := api.New(api.Options{
		Store: p.store, Recorder: recorder, Sessions: p.sessions, Clock: p.clock, Log: p.log,
		Registry:  p.registry,
		PusherKey: c.PusherKey, PusherSecret: c.PusherSecret, PusherHost: c.PusherHost, PusherPort: c.PusherPort,
		Static: static, SessionTTL: c.SessionTTL, SecureCookies: c.SecureCookies, Demo: c.Demo, SetupCode: setupCode,
		Queues:               func(ctx context.Context) (any, error) { return inspector.Stats(ctx) },
		AllowPrivateWebhooks: c.WebhookAllowPrivate, Compress: p.all,
		Kept: persons.Kept{Positions: c.KeepPositions, Addresses: c.KeepAddresses, Leavers: c.ForgetLeavers,
			Sessions: int((c.SessionTTL + 24*time.Hour - 1) / (24 * time.Hour)), Contact: c.PrivacyContact},
		Passkeys: passkey.Options{PublicURL: c.PublicURL, Domain: c.PasskeyDomain, Origins: c.PasskeyOrigins,
			AsAsked: len(c.TrustedProxies) == 0},
		Provider: provider.Options{Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret,
			Name: c.OIDCName, Scopes: c.OIDCScopes, Claim: c.OIDCClaim, PublicURL: c.PublicURL},
		MailResets:  c.MailsLinks(),
		PunchLimits: limits.Punches{PerMinute: c.PunchesPerMinute, PerDay: c.PunchesPerDay},
	})
	if err != nil {
		return err
	}
	if c.PublicURL == "" && len(c.TrustedProxies) > 0 {
		p.log.InfoContext(ctx, "passkeys are off: behind a proxy HADIR_PUBLIC_URL has to say at which address people "+
			"open the pages")
	}
	p.checkDatabase()
	p.add("failed sign-ins", stageRecorder, a.Run)
	if c.DemoLive {
		p.add("demo", stageFront, func(ctx context.Context) error {
			return demo.Live(
				ctx,
				demo.LiveOptions{Lists: p.store.Lists, Recorder: recorder, Clock: p.clock, Log: p.log},
			)
		})
	}
	return p.listener("api", c.Addr, func(s *httpd.Server) {
		if p.all {
			s.Metrics(p.registry, a.RequireOperator)
		}
		s.Mount(a.Routes)
		s.AllowBodies(a.BodyRule)
	})
}

// firstStart fills an empty database with demo data, or makes the code with which its first administrator is made.
func (p *process) firstStart(ctx context.Context) (setupCode string, err error) {
	if p.config.Demo {
		credentials, err := demo.Seed(ctx, p.store, demo.Options{Clock: p.clock})
		if err != nil {
			return "", err
		}
		p.welcome = func() { p.announceDemo(credentials) }
		return "", nil
	}
	users, err := p.store.Users.UserCount(ctx)
	if err != nil {
		return "", err
	}
	if users > 0 {
		p.welcome = func() { fmt.Fprintf(p.env.stdout, "\nHadir runs at %s\n\n", p.address()) }
		return "", nil
	}
	code := rand.Text()[:10]
	p.welcome = func() {
		fmt.Fprintf(p.env.stdout, "\nHadir runs at %s\n\nMake the first administrator at %s/mulai#%s\n"+
			"(the page asks for the code behind the #)\n\n", p.address(), p.address(), code)
	}
	return code, nil
}

func (p *process) announceDemo(c demo.Credentials) {
	fmt.Fprintf(p.env.stdout, "\nHadir runs at %s with a demo company.\n", p.address())
	if len(c.Logins) > 0 {
		p.env.printLogins(c)
	}
	fmt.Fprintln(p.env.stdout)
}

// addWorker adds the role worker.
func (p *process) addWorker(context.Context) error {
	if !p.has(roleWorker) {
		return nil
	}
	p.checkDatabase()
	p.checkRedis()
	var mailer worker.Mailer
	if p.config.SMTPURL != "" {
		sender, err := mail.New(p.config.SMTPURL, p.config.MailFrom, nil)
		if err != nil {
			return fmt.Errorf("HADIR_SMTP_URL: %w", err)
		}
		mailer = sender
	}
	w := worker.New(worker.Options{Store: worker.RoomsOf(p.store), Publisher: p.bus, Queue: p.queue,
		Sender: webhook.NewSender(p.config.WebhookAllowPrivate), RemindAfter: p.remindAfter(), Mailer: mailer,
		PublicURL: strings.TrimSuffix(p.config.PublicURL, "/"),
		AuditMail: p.config.AuditMail, Keep: worker.Keep{Positions: inDays(p.config.KeepPositions),
			Addresses: inDays(p.config.KeepAddresses), Leavers: p.config.ForgetLeavers},
		Clock: p.clock, Log: p.log, Registry: p.registry, Tracer: p.tracer})
	server := queue.NewServer(p.broker, queue.ServerOptions{
		Concurrency: p.config.WorkerConcurrency, Handlers: w.Handlers(), Ledger: accountOf(p.store),
		CheckInterval: p.config.QueueCheck,
		Clock:         p.clock, Log: p.log, Registry: p.registry, Tracer: p.tracer,
	})
	p.add("worker", stageWorker, server.Run)
	return nil
}

// addPusher adds the role pusher. It stays ready without Redis: its sockets live on and are told to fetch anew when
// Redis is back, while a refused connection would keep a browser away for a quarter of a minute.
func (p *process) addPusher(context.Context) error {
	if !p.has(rolePusher) {
		return nil
	}
	c := p.config
	s := pusher.New(pusher.Options{
		AppID: c.PusherAppID, Key: c.PusherKey, Secret: c.PusherSecret, Bus: p.bus, Clock: p.clock, Log: p.log,
		Registry: p.registry, Tracer: p.tracer,
		AllowedOrigins: c.PusherOrigins, ClientEvents: c.PusherClientEv, MaxConnections: c.PusherMax,
		DrainOver:     c.PusherDrain,
		MaxPerAddress: c.MaxPerAddress, MaxPublic: c.PusherPublic, AuthorizeWithin: c.PusherAuthorize,
	})
	p.add("pusher", stageFront, s.Run)
	return p.listener("pusher", c.PusherAddr, func(h *httpd.Server) {
		h.Mount(s.Routes)
		h.AllowBodies(s.BodyRule)
	})
}

// addScheduler adds the role scheduler.
func (p *process) addScheduler(ctx context.Context) error {
	if !p.has(roleScheduler) {
		return nil
	}
	p.checkDatabase()
	p.checkRedis()
	ticks := queue.NewSchedule(p.broker, p.queue, p.clock, p.log, task.Schedule())
	relayed := p.outboxOptions()
	relayed.Wake = p.wakes(ctx)
	s := scheduler.New(scheduler.Options{Relay: outbox.NewRelay(relayed).Run, Tick: ticks.Run, Log: p.log,
		Jobs: []scheduler.Job{
			{Name: "key of the audit log", Every: time.Minute, Run: p.beginKey},
			{Name: "head of the audit log", Every: time.Hour, Run: p.publishHead},
			scheduler.SessionSweep(p.store.Sessions.DeleteExpiredSessions),
			scheduler.ImportSweep(p.store.Imports.DeleteImports),
			scheduler.NodeSweep(p.store.Nodes.ForgetNodes, p.clock.Now),
			scheduler.OutcomeSweep(p.store.Outcomes.ForgetOutcomes, p.clock.Now),
			scheduler.ReportSweep(p.store.Reports.ExpireReports),
			scheduler.AgeSweep("old notifications", keepNotifications, p.store.Reminders.DeleteNotifications,
				p.clock.Now),
			scheduler.AgeSweep("old webhook deliveries", keepDeliveries, p.store.Deliveries.DeleteDeliveries,
				p.clock.Now),
			scheduler.AgeSweep("old lines of terminals", keepLines, p.store.Quarantine.DeleteLines, p.clock.Now),
			scheduler.AgeSweep("old commands to terminals", keepCommands, p.store.Commands.DeleteCommands,
				p.clock.Now),
		}})
	p.add("scheduler", stageFront, s.Run)
	return nil
}

const (
	// keepDeliveries is how long a delivery can be looked at and replayed.
	keepDeliveries    = 30 * 24 * time.Hour
	keepNotifications = 90 * 24 * time.Hour
	// keepLines is how long lines of terminals wait for somebody to say whose they are; they hold PINs.
	keepLines    = 90 * 24 * time.Hour
	keepCommands = 30 * 24 * time.Hour
)

// inDays is a setting that counts days.
func inDays(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func (p *process) remindAfter() time.Duration {
	return time.Duration(p.config.RemindAfter) * time.Minute
}

// addMonitor adds the role monitor.
func (p *process) addMonitor(context.Context) error {
	if !p.has(roleMonitor) {
		return nil
	}
	if err := p.registry.Register(queue.NewCollector(p.broker)); err != nil {
		return err
	}
	m := monitor.New(monitor.Options{Redis: p.broker.PatientRedis(), Authenticate: p.sessions.Authenticate,
		Note: p.noteMonitor, Prometheus: p.config.PrometheusURL, Log: p.log})
	if !p.all {
		p.checkDatabase()
	}
	return p.listener("monitor", p.config.MonitorAddr, func(s *httpd.Server) { s.Mount(m.Routes) })
}

// noteMonitor writes what an administrator does in Asynqmon to the audit log.
func (p *process) noteMonitor(ctx context.Context, act monitor.Act) error {
	return p.store.Audit.Note(ctx, ledger.AuditEntry{UserID: act.UserID, Address: act.Address,
		Action: ledger.MonitorActed, Table: "queues"}, act)
}

// addProbes adds the listener for metrics and probes, which outlives the others.
func (p *process) addProbes(context.Context) error {
	addr := p.config.MetricsAddr
	if addr == "" {
		if p.all {
			return nil
		}
		addr = alive.DefaultAddr
	}
	s := httpd.New(httpd.Options{Addr: addr, Name: "probes", Log: p.log, Health: p.health,
		TrustedProxies: p.config.TrustedProxies, MaxPerAddress: p.config.MaxPerAddress})
	s.Metrics(p.registry)
	if err := s.Bind(); err != nil {
		return err
	}
	p.add("http probes", stageProbes, s.Run)
	return nil
}

// address is what a person types to reach the pages.
func (p *process) address() string {
	if p.front == nil {
		return ""
	}
	return "http://" + httpd.Browsable(p.front.Addr())
}

var errNoFile = errors.New("a file is expected; - reads standard input")

// accountOf is where the queue's server keeps account.
func accountOf(s *store.Store) queue.Ledger {
	return struct {
		*ledger.Outcomes
		*ledger.DeadLetters
		*ledger.Outbox
	}{s.Outcomes, s.DeadLetters, s.Outbox}
}
