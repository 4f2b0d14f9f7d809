// Package config holds every setting of the program in one documented struct. Values come from flags, then from
// environment variables HADIR_*, then from files named by HADIR_*_FILE, then from the defaults.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/caarlos0/env/v11"
)

// Prefix begins the name of every environment variable that the program reads.
const Prefix = "HADIR_"

// Embedded is the Redis URL that stands for a Redis inside the process.
const Embedded = "embedded"

// Config is every setting. The env tag is the variable's name without its prefix; the flag is the same name in lower
// case with dashes. Durations are written as Go does: 300ms, 5s, 14m, 336h.
type Config struct {
	Addr          string `env:"ADDR" envDefault:":8080"`
	PusherAddr    string `env:"PUSHER_ADDR" envDefault:":8081"`
	MonitorAddr   string `env:"MONITOR_ADDR" envDefault:":8082"`
	TerminalAddr  string `env:"TERMINAL_ADDR"`
	TerminalToken string `env:"TERMINAL_TOKEN" secret:"true"`
	MetricsAddr   string `env:"METRICS_ADDR"`
	DataDir       string `env:"DATA_DIR" envDefault:"./data"`
	DatabaseURL   string `env:"DATABASE_URL" secret:"true"`
	DatabaseMax   int    `env:"DATABASE_MAX_CONNS" envDefault:"32"`
	RedisURL      string `env:"REDIS_URL" envDefault:"embedded" secret:"true"`

	PusherAppID     string        `env:"PUSHER_APP_ID"`
	PusherKey       string        `env:"PUSHER_KEY"`
	PusherSecret    string        `env:"PUSHER_SECRET" secret:"true"`
	PusherHost      string        `env:"PUSHER_PUBLIC_HOST"`
	PusherPort      int           `env:"PUSHER_PUBLIC_PORT"`
	PusherMax       int           `env:"PUSHER_MAX_CONNECTIONS" envDefault:"0"`
	PusherPublic    int           `env:"PUSHER_PUBLIC_PER_SOCKET" envDefault:"20"`
	PusherAuthorize time.Duration `env:"PUSHER_AUTHORIZE_WITHIN" envDefault:"30s"`
	PusherPublics   int           `env:"PUSHER_PUBLIC_CHANNELS" envDefault:"1000"`
	PusherOrigins   []string      `env:"PUSHER_ALLOWED_ORIGINS"`
	PusherDrain     time.Duration `env:"PUSHER_DRAIN" envDefault:"3s"`
	PusherClientEv  bool          `env:"PUSHER_CLIENT_EVENTS" envDefault:"false"`

	MaxPerAddress    int           `env:"MAX_CONNECTIONS_PER_ADDRESS" envDefault:"2000"`
	MaxLargeBodies   int           `env:"MAX_LARGE_BODIES" envDefault:"64"`
	SessionTTL       time.Duration `env:"SESSION_TTL" envDefault:"336h"`
	SessionIdle      time.Duration `env:"SESSION_IDLE" envDefault:"12h"`
	SessionIdleEmp   time.Duration `env:"SESSION_IDLE_EMPLOYEE" envDefault:"168h"`
	ConfirmWithin    time.Duration `env:"CONFIRM_WITHIN" envDefault:"10m"`
	Require2FA       []string      `env:"REQUIRE_2FA"`
	PublicURL        string        `env:"PUBLIC_URL"`
	PasskeyDomain    string        `env:"PASSKEY_DOMAIN"`
	PasskeyOrigins   []string      `env:"PASSKEY_ORIGINS"`
	OIDCIssuer       string        `env:"OIDC_ISSUER"`
	OIDCClientID     string        `env:"OIDC_CLIENT_ID"`
	OIDCClientSecret string        `env:"OIDC_CLIENT_SECRET" secret:"true"`
	OIDCName         string        `env:"OIDC_NAME"`
	OIDCScopes       []string      `env:"OIDC_SCOPES" envDefault:"email,profile"`
	OIDCClaim        string        `env:"OIDC_CLAIM" envDefault:"email"`
	PunchesPerMinute int           `env:"PUNCHES_PER_MINUTE" envDefault:"10"`
	PunchesPerDay    int           `env:"PUNCHES_PER_DAY" envDefault:"100"`
	SecureCookies    bool          `env:"SECURE_COOKIES" envDefault:"false"`
	TrustedProxies   []string      `env:"TRUSTED_PROXIES"`

	WorkerConcurrency int           `env:"WORKER_CONCURRENCY" envDefault:"16"`
	QueueCheck        time.Duration `env:"QUEUE_CHECK_INTERVAL" envDefault:"1ms"`
	QueueWake         bool          `env:"QUEUE_WAKE" envDefault:"true"`
	StartWait         time.Duration `env:"START_WAIT" envDefault:"0s"`
	DrainDelay        time.Duration `env:"DRAIN_DELAY" envDefault:"-1s"`

	AuditKey  []string `env:"AUDIT_KEY" secret:"true"`
	AuditMail string   `env:"AUDIT_MAIL"`

	KeepPositions int `env:"KEEP_POSITIONS" envDefault:"400"`
	KeepAddresses int `env:"KEEP_ADDRESSES" envDefault:"400"`
	ForgetLeavers int `env:"FORGET_LEAVERS" envDefault:"0"`

	PrivacyContact string `env:"PRIVACY_CONTACT"`

	WebhookAllowPrivate bool `env:"WEBHOOK_ALLOW_PRIVATE" envDefault:"false"`

	RemindAfter int    `env:"REMIND_AFTER" envDefault:"15"`
	SMTPURL     string `env:"SMTP_URL" secret:"true"`
	MailFrom    string `env:"MAIL_FROM"`

	Demo     bool `env:"DEMO" envDefault:"false"`
	DemoLive bool `env:"DEMO_LIVE" envDefault:"false"`

	PrometheusURL string `env:"PROMETHEUS_URL" secret:"true"`

	OTLPEndpoint string   `env:"OTLP_ENDPOINT" secret:"true"`
	OTLPHeaders  []string `env:"OTLP_HEADERS" secret:"true"`
	OTLPSample   float64  `env:"OTLP_SAMPLE" envDefault:"1"`

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"INFO"`
	LogFormat string     `env:"LOG_FORMAT"`
}

// MailsLinks tells whether e-mails with links go out: there is a mail server, and an address for the links. A request
// says where it came from, too, but whoever sends it chooses that.
func (c *Config) MailsLinks() bool { return c.SMTPURL != "" && c.PublicURL != "" }

// mostDays is a hundred years: longer than anybody keeps anything, and than durations have room for.
const mostDays = 36_500

// mostBodies is a terabyte, in MiB.
const mostBodies = 1 << 20

// Setting describes one field of Config.
type Setting struct {
	Variable string // HADIR_DATABASE_URL
	Flag     string // database-url
	Default  string
	Help     string
	Secret   bool
	Bool     bool
}

// Settings lists every setting in the order of the struct.
func Settings() []Setting {
	t := reflect.TypeFor[Config]()
	out, texts := make([]Setting, 0, t.NumField()), help()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("env")
		out = append(out, Setting{
			Variable: Prefix + name,
			Flag:     strings.ToLower(strings.ReplaceAll(name, "_", "-")),
			Default:  f.Tag.Get("envDefault"),
			Help:     texts[name],
			Secret:   f.Tag.Get("secret") == "true",
			Bool:     f.Type.Kind() == reflect.Bool,
		})
	}
	return out
}

// Load reads the settings. environ is in the form of os.Environ; flags maps flag names to the values given on the
// command line.
func Load(environ []string, flags map[string]string) (Config, error) {
	settings := Settings()
	known := make(map[string]bool, len(settings))
	for _, s := range settings {
		known[s.Variable] = true
	}
	values := map[string]string{}
	files := map[string]string{}
	var problems []error
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		base, isFile := strings.CutSuffix(name, "_FILE")
		switch {
		case known[name]:
			values[name] = value
		case isFile && known[base]:
			files[base] = value
		default:
			problems = append(problems, fmt.Errorf("%s is not a setting%s", name, suggestion(name, settings)))
		}
	}
	for name, path := range files {
		if _, both := values[name]; both {
			problems = append(problems, fmt.Errorf("%s and %s_FILE are both set; set one of them", name, name))
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s_FILE: %w", name, err))
			continue
		}
		values[name] = strings.TrimRight(string(b), "\r\n")
	}
	for _, s := range settings {
		if v, ok := flags[s.Flag]; ok {
			values[s.Variable] = v
		}
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: values, Prefix: Prefix}); err != nil {
		problems = append(problems, readable(err))
	}
	if len(problems) == 0 {
		problems = append(problems, c.validate()...)
	}
	return c, errors.Join(problems...)
}

// readable splits the error of the library into one line per setting.
func readable(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	out := make([]error, 0, len(all.Errors))
	for _, e := range all.Errors {
		var pe env.ParseError
		if errors.As(e, &pe) {
			name := pe.Name
			if f, ok := reflect.TypeFor[Config]().FieldByName(pe.Name); ok {
				name = Prefix + f.Tag.Get("env")
			}
			e = fmt.Errorf("%s: %w", name, pe.Err)
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// suggestion returns the setting whose name is most like the given one, if it looks like a typing error.
func suggestion(name string, settings []Setting) string {
	best, distance := "", 4
	for _, s := range settings {
		if d := levenshtein.ComputeDistance(name, s.Variable); d < distance {
			best, distance = s.Variable, d
		}
	}
	if best == "" {
		return "; 'hadir config' lists them all"
	}
	return "; did you mean " + best + "?"
}

func (c *Config) validate() []error {
	var out []error
	bad := func(name, format string, args ...any) {
		out = append(out, fmt.Errorf("%s%s: %s", Prefix, name, fmt.Sprintf(format, args...)))
	}
	for name, addr := range map[string]string{"ADDR": c.Addr, "PUSHER_ADDR": c.PusherAddr,
		"MONITOR_ADDR": c.MonitorAddr, "TERMINAL_ADDR": c.TerminalAddr, "METRICS_ADDR": c.MetricsAddr} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			bad(name, "%q is not host:port", addr)
		}
	}
	if strings.ContainsFunc(c.TerminalToken, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}) {
		bad("TERMINAL_TOKEN", "must be made of letters, digits, - and _, since it is part of a path")
	}
	if c.DatabaseURL != "" && !hasScheme(c.DatabaseURL, "sqlite", "mysql") {
		bad("DATABASE_URL", "must begin with sqlite:// or mysql://")
	}
	if c.RedisURL != Embedded &&
		!hasScheme(c.RedisURL, "redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster",
			"rediss-cluster") {
		bad("REDIS_URL", "must be 'embedded' or begin with redis://, rediss://, redis-sentinel:// or redis-cluster://")
	}
	if !slices.Contains([]string{"", "text", "json"}, c.LogFormat) {
		bad("LOG_FORMAT", "must be text or json")
	}
	if c.WorkerConcurrency < 1 {
		bad("WORKER_CONCURRENCY", "must be at least 1")
	}
	if c.DatabaseMax < 2 {
		bad("DATABASE_MAX_CONNS", "must be at least 2")
	}
	if c.MaxPerAddress < 0 {
		bad("MAX_CONNECTIONS_PER_ADDRESS", "must not be negative")
	}
	if c.MaxLargeBodies < 0 || c.MaxLargeBodies > mostBodies {
		bad("MAX_LARGE_BODIES", "must be from 0 to %d MiB", mostBodies)
	}
	if c.PunchesPerMinute < 0 {
		bad("PUNCHES_PER_MINUTE", "must not be negative")
	}
	if c.PunchesPerDay < 0 {
		bad("PUNCHES_PER_DAY", "must not be negative")
	}
	if c.PusherPublic < 1 {
		bad("PUSHER_PUBLIC_PER_SOCKET", "must be at least 1")
	}
	if c.PusherAuthorize < 0 {
		bad("PUSHER_AUTHORIZE_WITHIN", "must not be negative")
	}
	if c.PusherPublics < 1 {
		bad("PUSHER_PUBLIC_CHANNELS", "must be at least 1")
	}
	if c.SessionTTL < time.Minute {
		bad("SESSION_TTL", "must be at least a minute")
	}
	for name, idle := range map[string]time.Duration{"SESSION_IDLE": c.SessionIdle,
		"SESSION_IDLE_EMPLOYEE": c.SessionIdleEmp} {
		if idle != 0 && idle < 15*time.Minute {
			bad(name, "must be at least 15m, or 0 for never")
		}
	}
	if c.ConfirmWithin != 0 && c.ConfirmWithin < time.Minute {
		bad("CONFIRM_WITHIN", "must be at least 1m, or 0 for as long as a sign-in lasts")
	}
	for _, role := range c.Require2FA {
		if !slices.Contains([]string{"employee", "branch_admin", "admin", "ops"}, role) {
			bad("REQUIRE_2FA", "%q is no role; roles are employee, branch_admin, admin and ops", role)
		}
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || !hasScheme(c.PublicURL, "http", "https") || u.Host == "" ||
			strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			bad("PUBLIC_URL", "must be the address of the pages, such as https://hadir.example.com")
		}
	}
	for name, origins := range map[string][]string{"PUSHER_ALLOWED_ORIGINS": c.PusherOrigins,
		"PASSKEY_ORIGINS": c.PasskeyOrigins} {
		if slices.ContainsFunc(origins, func(o string) bool { return strings.ContainsAny(o, "@?#") }) {
			// Not quoted: it may hold a password.
			bad(name, "an origin is a scheme, a host and perhaps a port, such as https://hadir.example.com")
		}
	}
	c.validateOIDC(bad)
	if c.QueueCheck < time.Millisecond {
		bad("QUEUE_CHECK_INTERVAL", "must be at least 1ms")
	}
	if c.DemoLive && !c.Demo {
		bad("DEMO_LIVE", "needs HADIR_DEMO")
	}
	if c.RemindAfter < 0 || c.RemindAfter > 24*60 {
		bad("REMIND_AFTER", "must be from 0 to 1440 minutes")
	}
	if c.SMTPURL != "" {
		if u, err := url.Parse(c.SMTPURL); err != nil || !hasScheme(c.SMTPURL, "smtp", "smtps") || u.Hostname() == "" {
			bad("SMTP_URL", "must be smtp://user:password@host:port or smtps://…")
		}
		if _, err := mail.ParseAddress(c.MailFrom); err != nil {
			bad("MAIL_FROM", "%q is not an e-mail address, which HADIR_SMTP_URL needs", c.MailFrom)
		}
	}
	for name, days := range map[string]int{"KEEP_POSITIONS": c.KeepPositions, "KEEP_ADDRESSES": c.KeepAddresses,
		"FORGET_LEAVERS": c.ForgetLeavers} {
		if days < 0 || days > mostDays {
			bad(name, "must be from 0 to %d days", mostDays)
		}
	}
	for _, k := range c.AuditKey {
		if len(k) < 32 {
			bad("AUDIT_KEY", "a key has at least 32 characters; 'openssl rand -hex 32' makes one")
		}
	}
	if c.AuditMail != "" {
		if a, err := mail.ParseAddress(c.AuditMail); err != nil || a.Address != c.AuditMail || c.SMTPURL == "" {
			bad("AUDIT_MAIL", "must be a plain e-mail address, and needs HADIR_SMTP_URL")
		}
	}
	if u, err := url.Parse(c.OTLPEndpoint); c.OTLPEndpoint != "" &&
		(err != nil || !hasScheme(c.OTLPEndpoint, "http", "https") || u.Host == "") {
		bad("OTLP_ENDPOINT", "must be http://host:4318 or https://…")
	}
	for _, h := range c.OTLPHeaders {
		if name, _, ok := strings.Cut(h, "="); !ok || strings.TrimSpace(name) == "" {
			bad("OTLP_HEADERS", "must be name=value, comma-separated")
		}
	}
	if !(c.OTLPSample >= 0 && c.OTLPSample <= 1) { // not a number is neither
		bad("OTLP_SAMPLE", "must be from 0 to 1")
	}
	for _, p := range c.TrustedProxies {
		if _, _, err := net.ParseCIDR(p); err != nil && net.ParseIP(p) == nil {
			bad("TRUSTED_PROXIES", "%q is neither an address nor a CIDR", p)
		}
	}
	return out
}

// validateOIDC checks what is needed to sign in at a provider: all of it, or none.
func (c *Config) validateOIDC(bad func(name, format string, args ...any)) {
	if c.OIDCIssuer == "" && c.OIDCClientID == "" && c.OIDCClientSecret == "" {
		return
	}
	for name, value := range map[string]string{"OIDC_ISSUER": c.OIDCIssuer, "OIDC_CLIENT_ID": c.OIDCClientID,
		"OIDC_CLIENT_SECRET": c.OIDCClientSecret, "PUBLIC_URL": c.PublicURL} {
		if value == "" {
			bad(name, "is missing; to sign in at an OpenID Connect provider HADIR_OIDC_ISSUER, HADIR_OIDC_CLIENT_ID, "+
				"HADIR_OIDC_CLIENT_SECRET and HADIR_PUBLIC_URL are needed together")
		}
	}
	if c.OIDCIssuer != "" && !soundIssuer(c.OIDCIssuer) {
		bad("OIDC_ISSUER", "must be the https:// address that the provider calls its issuer, without what follows a "+
			"? or #; http:// is for this machine only")
	}
}

const longestIssuer = 255 // as the database has room

// soundIssuer tells whether an address may be asked who people are: over http nobody can be sure who answers.
func soundIssuer(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(s) > longestIssuer {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

func hasScheme(s string, schemes ...string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && slices.Contains(schemes, scheme)
}

// Effective lists the settings with their present values. Of a secret it shows only what identifies it.
func (c *Config) Effective() [][2]string {
	v := reflect.ValueOf(*c)
	settings := Settings()
	out := make([][2]string, len(settings))
	for i, s := range settings {
		text := fmt.Sprint(v.Field(i).Interface())
		if list, ok := v.Field(i).Interface().([]string); ok {
			text = strings.Join(list, ",")
		}
		if s.Secret {
			text = redact(s.Variable, text)
		}
		out[i] = [2]string{s.Variable, text}
	}
	return out
}

// hidden stands for what is not printed.
const hidden = "xxxxx"

// redact keeps the host and path of a URL, and nothing of other secrets. A password with an unescaped #, / or ? makes a
// URL that is read as a different one, with parts of the password in its host or path. Nothing of such a text is kept.
func redact(variable, s string) string {
	if s == "" || s == Embedded {
		return s
	}
	u, err := url.Parse(s)
	isURL := strings.HasSuffix(variable, "_URL") || strings.HasSuffix(variable, "_ENDPOINT")
	if err != nil || !isURL || u.Scheme == "" || u.Opaque != "" || u.Fragment != "" ||
		strings.Count(s, "@") > 1 || u.User == nil && strings.Contains(s, "@") {
		return hidden
	}
	if u.User != nil {
		u.User = url.UserPassword(u.User.Username(), hidden)
	}
	u.RawQuery = ""
	return u.String()
}
