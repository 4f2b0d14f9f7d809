// Package queue is Hadir's use of asynq: the connection to Redis, or a Redis inside the process; the client that
// delivers outbox rows; the server that runs handlers and keeps account of what became of tasks. Nothing else imports
// asynq but the monitor.
package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"hadir/internal/task"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Options configures Open.
type Options struct {
	// URL is "embedded", redis://, rediss://, redis-sentinel://user:password@host1,host2/master or
	// redis-cluster://host1,host2.
	URL      string
	Log      *slog.Logger
	Registry prometheus.Registerer // nil: no metrics
	// Patience is how long a command may take that a request waits for; 0 means 500 ms. Tests on busy machines want
	// more.
	Patience time.Duration
	// Poll makes idle servers look for tasks again and again, where Redis lets nobody subscribe.
	Poll bool
}

// Broker is a connection to Redis.
type Broker struct {
	log      *slog.Logger
	embedded *miniredis.Miniredis
	// fast serves requests that somebody waits for. It gives up within half a second, so that a hung Redis delays
	// nobody. patient serves the workers, whose scripts may take longer under load.
	fast, patient redis.UniversalClient
	patience      time.Duration
	options       redis.UniversalOptions // of the patient one
	wakes         *waker
	servers       []redis.UniversalClient // of the servers, which carry a gate each
}

const (
	defaultPatience = 500 * time.Millisecond
	embeddedBuffer  = 4 << 10 // bytes
)

// Open connects to Redis. It returns a broker even if Redis does not answer, because check-ins must go on without it.
// It fails only on a URL that it cannot read.
func Open(ctx context.Context, o Options) (*Broker, error) {
	b := &Broker{log: o.Log}
	url := o.URL
	if url == "embedded" {
		password := rand.Text()
		b.embedded = miniredis.NewMiniRedis()
		b.embedded.RequireAuth(password) // other users of the machine reach the port, too
		if err := b.embedded.StartAddr("127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("starting the embedded Redis: %w", err)
		}
		url = "redis://:" + password + "@" + b.embedded.Addr() + "/0"
	}
	options, err := ParseURL(url)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	// The library has one logger for the whole process. Without ours it would write lines of its own format to standard
	// error.
	redis.SetLogger(redisLog{o.Log})
	// Without ContextTimeoutEnabled go-redis ignores the deadline of a context.
	options.ContextTimeoutEnabled = true
	options.DialTimeout = 2 * time.Second
	if b.embedded != nil {
		// Each connection would hold 64 KiB for packets that Redis is far away from, and look out for its maintenance.
		options.ReadBufferSize, options.WriteBufferSize = embeddedBuffer, embeddedBuffer
		options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	}
	fast := *options
	b.patience = o.Patience
	if b.patience == 0 {
		b.patience = defaultPatience
	}
	fast.ReadTimeout, fast.WriteTimeout, fast.MaxRetries, fast.PoolTimeout = b.patience, b.patience, 1, b.patience
	b.fast = redis.NewUniversalClient(&fast)
	patient := *options
	wait := 5 * time.Second
	if b.embedded != nil {
		wait = 30 * time.Second // it is as slow as this process is busy
	}
	patient.ReadTimeout, patient.WriteTimeout, patient.MaxRetries = wait, wait, 1
	b.options = patient
	b.patient = redis.NewUniversalClient(&patient)
	b.wakes = &waker{redis: b.fast, embedded: b.embedded != nil, off: o.Poll, name: rand.Text(), log: o.Log}
	if b.embedded == nil {
		b.inspect(ctx)
	}
	return b, nil
}

// inspect warns of settings under which Redis loses tasks.
func (b *Broker) inspect(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := b.Ping(ctx); err != nil {
		b.log.WarnContext(ctx, "Redis does not answer; check-ins go on, screens wait", "error", err)
		return
	}
	for name, want := range map[string]string{"maxmemory-policy": "noeviction", "appendonly": "yes"} {
		got, err := b.fast.ConfigGet(ctx, name).Result()
		if err != nil {
			return // managed services forbid CONFIG
		}
		if v := got[name]; v != "" && v != want {
			b.log.WarnContext(ctx, "Redis may lose tasks: the outbox would deliver them again, later", "setting", name,
				"is", v, "should_be", want)
		}
	}
}

// Redis returns the client for short commands: publishing, presence, enqueuing.
func (b *Broker) Redis() redis.UniversalClient { return b.fast }

// PatientRedis returns the client for commands that may take seconds under load, such as the statistics that operators
// look at.
func (b *Broker) PatientRedis() redis.UniversalClient { return b.patient }

// serverClient returns the client of an asynq server. A gate controls how often it looks at its queues.
func (b *Broker) serverClient(g *gate) redis.UniversalClient {
	options := b.options
	c := redis.NewUniversalClient(&options)
	h := hook{gate: g, moved: func(q task.Queue) { b.wakes.say(context.Background(), q) }}
	if b.embedded != nil {
		h.lacks = func(key string) bool { return !b.embedded.Exists(key) }
	}
	c.AddHook(h)
	b.servers = append(b.servers, c)
	return c
}

// Ping asks Redis for an answer.
func (b *Broker) Ping(ctx context.Context) error { return b.fast.Ping(ctx).Err() }

// Run maintains the connection until ctx ends. The clock of an embedded Redis stands still unless it is moved. A real
// Redis that came back empty has lost the set of queue names, which asynq's clients write only once.
func (b *Broker) Run(ctx context.Context) error {
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	for n := 0; ; n++ {
		if b.embedded == nil && n%namesEvery == 0 {
			if err := b.fast.SAdd(ctx, "asynq:queues", queueNames()...).Err(); err != nil && ctx.Err() == nil {
				b.log.DebugContext(ctx, "naming the queues", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-clock.C:
			if b.embedded != nil {
				b.embedded.FastForward(time.Second)
			}
		}
	}
}

// namesEvery is how long, in seconds, a Redis that came back empty may lack the names of its queues.
const namesEvery = 10

// queueNames are the names by which servers, sweepers and lists find the queues.
func queueNames() []any {
	var names []any
	for _, q := range task.Queues() {
		names = append(names, string(q))
	}
	return names
}

// Close ends the connections, and the embedded Redis with all that is in it.
func (b *Broker) Close() error {
	var errs []error
	clients := []redis.UniversalClient{b.fast, b.patient}
	for _, c := range append(clients, b.servers...) {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	if b.embedded != nil {
		b.embedded.Close()
	}
	return errors.Join(errs...)
}

// ParseURL reads the URL forms of Options.URL other than "embedded".
func ParseURL(raw string) (*redis.UniversalOptions, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	base, kind, _ := strings.Cut(scheme, "-")
	if base != "redis" && base != "rediss" || kind != "" && kind != "sentinel" && kind != "cluster" {
		return nil, errors.New(
			"the Redis URL must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://")
	}
	// The library reads one host. The others are removed before it parses the URL and added afterwards.
	userinfo, hosts := "", rest
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		userinfo, hosts = rest[:at+1], rest[at+1:]
	}
	hosts, path := cutAny(hosts, "/?")
	addrs := strings.Split(hosts, ",")
	if kind == "" && len(addrs) > 1 {
		return nil, errors.New("several hosts need redis-sentinel:// or redis-cluster://")
	}
	master := ""
	if kind == "sentinel" {
		master, path = cutAny(strings.TrimPrefix(path, "/"), "?")
		if master == "" {
			return nil, errors.New("redis-sentinel:// needs the master's name as its path")
		}
	}
	one, err := redis.ParseURL(base + "://" + userinfo + addrs[0] + path)
	if err != nil {
		// The library's message may repeat the password.
		return nil, errors.New("the Redis URL is malformed; its form is redis://user:password@host:6379/0")
	}
	for i, a := range addrs {
		if !strings.Contains(a, ":") {
			addrs[i] = a + map[bool]string{true: ":26379", false: ":6379"}[kind == "sentinel"]
		}
	}
	o := &redis.UniversalOptions{
		Addrs: addrs, DB: one.DB, Username: one.Username, Password: one.Password, TLSConfig: one.TLSConfig,
		MasterName: master, PoolSize: one.PoolSize, IsClusterMode: kind == "cluster",
	}
	return o, nil
}

// cutAny cuts s before the first of some characters.
func cutAny(s, chars string) (before, after string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
