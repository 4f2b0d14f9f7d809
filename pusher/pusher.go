// Package pusher is the WebSocket role. It speaks the Pusher Channels protocol, version 7, so that pusher-js,
// laravel-echo and every other Pusher client connect unmodified, and its HTTP API, so that every Pusher server library
// can publish.
//
// What a node holds is only its sockets. Events, presence and counts travel over realtime.Bus, so that it does not
// matter which node a client is connected to.
package pusher

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"hadir/internal/clock"
	"hadir/internal/realtime"
	"hadir/internal/telemetry"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// Options configures New. AppID, Key, Secret, Bus and Log are required.
type Options struct {
	AppID, Key, Secret string
	Bus                *realtime.Bus
	// decides about silence, rates and the age of signed requests; nil means the system's
	Clock    clock.Clock
	Log      *slog.Logger
	Registry prometheus.Registerer // nil for no metrics
	Tracer   *telemetry.Tracer     // nil for no spans

	// AllowedOrigins are the values of the Origin header that browsers may connect from, such as https://hadir.example;
	// empty means any, because what matters is signed. Clients that send no Origin are no browsers and always allowed.
	AllowedOrigins []string
	// ClientEvents lets members of private and presence channels send client-* events to one another.
	ClientEvents bool

	MaxConnections int // of this node; 0 means no limit
	MaxPerAddress  int // sockets of one client address; 0 means no limit
	// MaxSubscriptions bounds the channels of one socket that it may listen to by a signature (private, presence, its
	// user's own); 0 means realtime.MaxSubscriptions.
	MaxSubscriptions int
	// MaxPublic bounds the public channels of one socket, which anybody may name; 0 means 20.
	MaxPublic int

	// AuthorizeWithin is how long a socket may be open before a subscription that needs a signature, or a sign-in, or
	// it is closed: strangers hold no sockets. 0 means for ever.
	AuthorizeWithin time.Duration

	MaxEventBytes    int           // of data in a client event or a trigger; 0 means 10 KiB
	MaxQueueBytes    int           // waiting for one slow socket; 0 means 1 MiB
	ActivityTimeout  time.Duration // of silence before a ping; 0 means 120 s; whole seconds
	PongTimeout      time.Duration // for the answer to a ping; 0 means 30 s
	WriteTimeout     time.Duration // for a connection that takes nothing; 0 means 5 s
	SubscribeTimeout time.Duration // for Redis to confirm; 0 means 10 s
	// over which Run spreads the closing of sockets at its end; 0 means 3 s, negative none
	DrainOver time.Duration
	Shards    int // 0 means one per processor
}

// Server holds the sockets of one node.
type Server struct {
	o       Options
	bus     *realtime.Bus
	log     *slog.Logger
	wall    clock.Clock // for deadlines of the operating system, which knows no other time
	hub     *hub
	metrics *metrics
	origins map[string]struct{}
	pool    sync.Pool       // of *attempt, for writes outside the shards
	ctx     context.Context // of waits for the bus; ends when draining begins
	cancel  context.CancelFunc
}

// New returns a server without sockets. Run must run for subscriptions to work.
func New(o Options) *Server {
	orElse(&o.MaxSubscriptions, realtime.MaxSubscriptions)
	orElse(&o.MaxPublic, 20)
	orElse(&o.MaxEventBytes, 10<<10)
	orElse(&o.MaxQueueBytes, 1<<20)
	orElse(&o.ActivityTimeout, 120*time.Second)
	orElse(&o.PongTimeout, 30*time.Second)
	orElse(&o.WriteTimeout, 5*time.Second)
	orElse(&o.SubscribeTimeout, 10*time.Second)
	orElse(&o.DrainOver, 3*time.Second)
	orElse(&o.Shards, runtime.GOMAXPROCS(0))
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	s := &Server{o: o, bus: o.Bus, log: o.Log, wall: clock.System(), metrics: newMetrics(o.Registry),
		origins: map[string]struct{}{}}
	for _, origin := range o.AllowedOrigins {
		s.origins[canonicalOrigin(origin)] = struct{}{}
	}
	s.pool.New = func() any { return newAttempt() }
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.hub = newHub(s, o.Shards)
	return s
}

func orElse[T comparable](v *T, preset T) {
	var zero T
	if *v == zero {
		*v = preset
	}
}

// Routes mounts the WebSocket at /app/{key} and the HTTP API at /apps/{id}/.
func (s *Server) Routes(r fiber.Router) {
	r.Get("/app/:key", handshakes(websocket.New(s.accept, websocket.Config{
		// Only the handshake runs through the library's buffers; see accept.
		ReadBufferSize: 128, WriteBufferSize: 128, WriteBufferPool: &sync.Pool{},
		RecoverHandler: s.recoverHandshake,
	})))
	api := r.Group("/apps/:id", s.signedRequest)
	api.Post("/events", s.postEvent)
	api.Post("/batch_events", s.postBatch)
	api.Get("/channels", s.getChannels)
	api.Get("/channels/:name", s.getChannel)
	api.Get("/channels/:name/users", s.getUsers)
	api.Post("/users/:user/terminate_connections", s.postTerminate)
}

// handshakes tells a client that tried otherwise how to ask for a WebSocket (RFC 9110, section 15.5.22; RFC 6455, 4.4).
func handshakes(upgrade fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		err := upgrade(c)
		if errors.Is(err, fiber.ErrUpgradeRequired) {
			c.Set(fiber.HeaderUpgrade, "websocket")
			c.Set(fiber.HeaderConnection, fiber.HeaderUpgrade)
			c.Set("Sec-WebSocket-Version", "13")
		}
		return err
	}
}

// Check fails while the bus is disconnected. Sockets stay open meanwhile, so it is no reason to send clients elsewhere
// when all nodes share one Redis.
func (s *Server) Check(context.Context) error {
	if !s.bus.Connected() {
		return errors.New("no subscription to Redis")
	}
	return nil
}

// Run serves the sockets until ctx ends. Then it refuses new ones, closes those there are with a code that makes
// clients reconnect at once, spread over DrainOver so that they do not all arrive elsewhere in one moment, and waits
// for them.
func (s *Server) Run(ctx context.Context) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var wg sync.WaitGroup
	for _, sh := range s.hub.shards {
		wg.Go(func() { sh.run(s.hub.stop) })
	}
	wg.Go(func() { s.watch(base) })
	listening := make(chan error, 1)
	go func() { listening <- s.bus.Listen(base, s.hub) }()

	var err error
	select {
	case <-ctx.Done():
	case err = <-listening:
		listening <- err
	}
	s.drain()
	cancel() // the bus after the sockets: they leave their presence channels through it
	if e := <-listening; err == nil {
		err = e
	}
	close(s.hub.stop)
	wg.Wait()
	return err
}

// drain closes all sockets and waits for their end.
func (s *Server) drain() {
	s.cancel()
	all := s.hub.drain()
	if len(all) > 0 {
		s.log.Info("closing the sockets", "sockets", len(all), "over", s.o.DrainOver)
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	const step = 20 * time.Millisecond
	steps := max(1, int(s.o.DrainOver/step))
	a := newAttempt()
	for i := range steps {
		for _, sk := range all[i*len(all)/steps : (i+1)*len(all)/steps] {
			sk.end(a, codeReconnect, "this node is shutting down, reconnect")
		}
		if i+1 < steps && len(all) > 0 {
			<-time.After(step)
		}
	}
	s.hub.ended.Wait() // bounded by closeGrace and WriteTimeout
}

// attempts lends an attempt for one write outside the shards.
func (s *Server) attempts() *attempt { return s.pool.Get().(*attempt) }

// reply sends to a socket from its own reading goroutine.
func (s *Server) reply(sk *socket, frames []byte) {
	a := s.attempts()
	sk.send(a, frames)
	s.pool.Put(a)
}

// end closes a socket from its own reading goroutine.
func (s *Server) end(sk *socket, code int, reason string) {
	a := s.attempts()
	sk.end(a, code, reason)
	s.pool.Put(a)
}
