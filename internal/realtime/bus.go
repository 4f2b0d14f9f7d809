package realtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hadir/internal/clock"
	"hadir/internal/telemetry"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// BusOptions configures NewBus. Only Log is required.
type BusOptions struct {
	Log      *slog.Logger
	Registry prometheus.Registerer // nil for no metrics
	Clock    clock.Clock           // stamps messages; nil means the system's

	// Prefix begins every key and pub/sub channel; "" means "hadir:rt:". Redis does not separate pub/sub by database
	// number, so two installations on one Redis need different ones.
	Prefix string
	// Heartbeat is how often a node says that it lives; 0 means 5 s. A node unheard of for three of them is dead, and
	// its members leave their presence channels.
	Heartbeat time.Duration
	// Await names the roles of which some process must give a Pulse every Heartbeat. While one is unheard of for three
	// of them, from the beginning of Listen on, the receiver is Interrupted: what happens may not reach it. The nodes
	// that give pulses need the same Heartbeat.
	Await []string
	// KeepUnused is how long a channel stays subscribed after its last listener left, in whole seconds; 0 means 5 s.
	KeepUnused time.Duration
	// MaxPublic bounds the number of public channels that this process listens to, because each is a subscription in
	// Redis and strangers may ask for any name. 0 means 1,000. A channel that its last listener left counts as long as
	// it is kept.
	MaxPublic int
	// BufferBytes bounds what waits for slow sockets, in bytes of frames; 0 means 64 MiB.
	BufferBytes int
	// CacheTTL is how long the last event of a cache channel is kept; 0 means 30 minutes.
	CacheTTL time.Duration
	Tracer   *telemetry.Tracer
}

// Bus carries frames between processes over Redis pub/sub. It keeps in Redis who is present in which channel.
// Publishing needs only the Bus; subscriptions, presence and counts need a running Listen. It is safe for concurrent
// use.
type Bus struct {
	rdb       redis.UniversalClient
	o         BusOptions
	log       *slog.Logger
	id        string
	topics    *topics
	inbox     *inbox
	presence  *presence
	lookout   *lookout
	metrics   *busMetrics
	listening atomic.Bool
	connected atomic.Bool
}

var _ Publisher = (*Bus)(nil)

// Receiver gets what arrives at a Bus. One goroutine calls its methods, in order. They may block: the bus buffers up to
// BufferBytes, then drops frames and calls Resync for their channels.
type Receiver interface {
	// Deliver hands over frames in the order of their arrival. The receiver may keep the slice.
	Deliver(batch []Delivery)
	// Resync says that events may have been lost: of the given channels or, for nil, of any channel.
	Resync(channels []string)
	// Interrupted says that nothing arrives, or not all of it, until Resync is called with nil: Redis is away or an
	// awaited role is.
	Interrupted()
	// Terminate says that the connections of a signed-in user must end.
	Terminate(userID string)
	// Revoke says that the rights of a user have changed. Their sockets must ask for every channel again.
	Revoke(userID string)
}

// NewBus returns a bus over a connection to Redis that stays the caller's to close.
func NewBus(rdb redis.UniversalClient, o BusOptions) *Bus {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Prefix == "" {
		o.Prefix = "hadir:rt:"
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 5 * time.Second
	}
	if o.KeepUnused == 0 {
		o.KeepUnused = 5 * time.Second
	}
	if o.MaxPublic == 0 {
		o.MaxPublic = 1000
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = 64 << 20
	}
	if o.CacheTTL == 0 {
		o.CacheTTL = 30 * time.Minute
	}
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand crashes the process instead
	b := &Bus{rdb: rdb, o: o, log: o.Log, id: hex.EncodeToString(id[:]), metrics: newBusMetrics(o.Registry)}
	b.topics = newTopics(max(int(o.KeepUnused/tickEvery), 0), o.MaxPublic)
	b.inbox = newInbox(o.BufferBytes, b.metrics)
	b.presence = newPresence(b)
	b.lookout = newLookout(b)
	return b
}

// Keys and pub/sub channels. The braces keep everything of one channel in one slot of a Redis Cluster. They cannot
// occur in the name of a channel.
func (b *Bus) topicPrefix() string           { return b.o.Prefix + "c:" }
func (b *Bus) controlTopic() string          { return b.o.Prefix + "control" }
func (b *Bus) nodeTopic() string             { return b.o.Prefix + "node:" + b.id }
func (b *Bus) lastKey(channel string) string { return b.o.Prefix + "{" + channel + "}:last" }

// Publish sends messages to all pushers with subscribers for them, in one round trip. After an error some may not have
// been sent. Sending all of them again does no harm, because receivers merge by version.
func (b *Bus) Publish(ctx context.Context, messages ...Message) error {
	if len(messages) == 0 {
		return nil
	}
	ctx, span := b.o.Tracer.Start(ctx, "publish", telemetry.Producer)
	defer span.End()
	trace := ""
	if span.Recording() {
		trace = telemetry.Handover(ctx)
		span.SetText("messaging.system", "redis")
		span.SetText("messaging.operation.type", "send")
		span.SetInt("messaging.batch.message_count", len(messages))
	}
	pipe := b.rdb.Pipeline()
	now := b.o.Clock.Now().UnixMicro()
	for _, m := range messages {
		kind, ok := ParseChannel(m.Channel)
		if !ok || strings.ContainsAny(m.Except, " \n") {
			return fmt.Errorf("realtime: malformed channel %q or socket id %q", m.Channel, m.Except)
		}
		payload := appendEnvelope(make([]byte, 0, 128+len(trace)+len(m.Channel)+len(m.Event)+len(m.Data)+len(m.Data)/4),
			m.Except, now, trace)
		start := len(payload)
		payload = AppendFrame(payload, m)
		if kind.Has(KindCache) && !strings.HasPrefix(m.Event, clientEventPrefix) {
			// This comes before the publication: a subscriber in between gets the event twice rather than never.
			pipe.Set(ctx, b.lastKey(m.Channel), payload[start:], b.o.CacheTTL)
		}
		pipe.Publish(ctx, b.topicPrefix()+m.Channel, payload)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		b.metrics.failed.Inc()
		err = fmt.Errorf("publishing %d messages: %w", len(messages), err)
		span.Fail(err)
		return err
	}
	b.metrics.published.Add(float64(len(messages)))
	return nil
}

// Last returns the last event of a cache channel as a finished frame, or nil if there is none or it expired.
func (b *Bus) Last(ctx context.Context, channel string) ([]byte, error) {
	frame, _, err := b.LastFor(ctx, channel)
	return frame, err
}

// LastFor is Last, and how long the event will still be kept.
func (b *Bus) LastFor(ctx context.Context, channel string) (frame []byte, ttl time.Duration, err error) {
	pipe := b.rdb.Pipeline()
	last, left := pipe.Get(ctx, b.lastKey(channel)), pipe.PTTL(ctx, b.lastKey(channel))
	if _, err := pipe.Exec(ctx); errors.Is(err, redis.Nil) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, fmt.Errorf("reading the last event of %s: %w", channel, err)
	}
	frame, err = last.Bytes()
	return frame, max(left.Val(), 0), err
}

// Terminate asks every node to end the connections of a signed-in user.
func (b *Bus) Terminate(ctx context.Context, userID string) error {
	if err := b.rdb.Publish(ctx, b.controlTopic(), controlTerminate+"\n"+userID).Err(); err != nil {
		return fmt.Errorf("terminating the connections of a user: %w", err)
	}
	return nil
}

// Listen connects to Redis and passes everything to r until ctx ends. It then removes this node from presence and
// counts, and returns nil. It reconnects without limit. A bus has one listener at a time.
func (b *Bus) Listen(ctx context.Context, r Receiver) error {
	if !b.listening.CompareAndSwap(false, true) {
		return errors.New("realtime: the bus has a listener already")
	}
	defer b.listening.Store(false)
	b.presence.start()
	b.lookout.begin(b.o.Await)
	var wg sync.WaitGroup
	wg.Go(func() { b.inbox.run(ctx, r) })
	wg.Go(func() { b.presence.run(ctx) })
	b.stayConnected(ctx)
	wg.Wait()
	return nil
}

// Connected reports whether Redis has confirmed all subscriptions.
func (b *Bus) Connected() bool { return b.connected.Load() }

// Subscribe adds a listener to a channel. It returns when Redis has confirmed the subscription, so that nothing
// published later is missed. While Redis is away it waits until ctx ends. It may return ErrTooManyPublic. Every success
// must be matched by one Unsubscribe.
func (b *Bus) Subscribe(ctx context.Context, channel string) error {
	return b.topics.acquire(ctx, channel)
}

// Listeners returns how many listeners a channel has at this node.
func (b *Bus) Listeners(channel string) int { return b.topics.countOf(channel) }

// Unsubscribe takes one listener away.
func (b *Bus) Unsubscribe(channel string) { b.topics.release(channel) }
