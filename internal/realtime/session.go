package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/redis/go-redis/v9"
)

const (
	tickEvery     = time.Second // of the upkeep of a connection: pings and unsubscriptions
	silentTicks   = 8           // without any word from Redis before the connection counts as dead
	pingTicks     = 3
	maxPerCommand = 500 // channels in one SUBSCRIBE, so that a confirmation is not delayed by thousands of others
	minPause      = 100 * time.Millisecond
	maxPause      = 2 * time.Second
)

var (
	errEnded        = errors.New("the subscription ended")
	errSilent       = errors.New("redis fell silent")
	errResubscribed = errors.New("the redis client reconnected on its own")
)

// stayConnected keeps one subscription to Redis alive until ctx ends.
//
// go-redis reconnects and subscribes again by itself, but does not tell; events sent meanwhile would be missing without
// anybody knowing. So every error ends the session, and the next one knows that something may have been lost.
func (b *Bus) stayConnected(ctx context.Context) {
	lost, pause := false, newPause()
	again(ctx, pause, func() error {
		stood, err := b.session(ctx, lost)
		b.topics.disconnected()
		b.connected.Store(false)
		b.metrics.connected.Set(0)
		if stood && ctx.Err() == nil {
			b.lookout.connected(false)
			lost = true
			pause.Reset()
		}
		return err
	}, func(err error, wait time.Duration) {
		b.log.Warn("lost the subscription to Redis", "error", err, "retry_in", wait)
	})
}

// newPause are the pauses between connections to Redis. Each is half of itself up to half more, since many nodes must
// not come back in step.
func newPause() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: minPause, MaxInterval: maxPause, Multiplier: 2,
		RandomizationFactor: backoff.DefaultRandomizationFactor}
}

// again connects anew whenever connect returns, until ctx ends. tell hears why, and how long the pause is.
func again(ctx context.Context, pause backoff.BackOff, connect func() error, tell backoff.Notify) {
	_, _ = backoff.Retry(ctx, func() (struct{}, error) { // its error is that of ctx
		err := connect()
		if err == nil {
			err = errEnded
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0), backoff.WithNotify(tell))
}

// session is one connection. stood says whether it was established.
func (b *Bus) session(ctx context.Context, again bool) (stood bool, err error) {
	ps := b.rdb.Subscribe(ctx)
	defer func() { _ = ps.Close() }()
	if err := ps.Subscribe(ctx, b.controlTopic(), b.nodeTopic()); err != nil {
		return false, fmt.Errorf("subscribing: %w", err)
	}
	if err := b.confirmed(ctx, ps, 2); err != nil {
		return false, fmt.Errorf("subscribing: %w", err)
	}
	if err := b.missed(ctx); err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	context.AfterFunc(ctx, func() { _ = ps.Close() }) // ends a read that waits

	var heard atomic.Bool
	read := make(chan struct{})
	restored := func() {
		b.connected.Store(true)
		b.metrics.connected.Set(1)
		b.lookout.connected(true)
		if again {
			b.metrics.reconnects.Inc()
			b.log.Info("subscribed to Redis again", "channels", b.topics.size())
			b.presence.refresh()
		}
	}
	if b.topics.connected() == 0 {
		restored()
	}
	go func() {
		defer close(read)
		cancel(b.read(ctx, ps, &heard, restored))
	}()
	err = b.write(ctx, ps, &heard)
	cancel(err)
	<-read
	return true, context.Cause(ctx)
}

// confirmed waits until Redis has confirmed n subscriptions: what is published from then on arrives.
func (b *Bus) confirmed(ctx context.Context, ps *redis.PubSub, n int) error {
	for n > 0 {
		m, err := ps.ReceiveTimeout(ctx, silentTicks*tickEvery)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *redis.Subscription:
			n--
		case *redis.Message:
			b.receive(m)
		}
	}
	return nil
}

// read takes what Redis sends. It must never wait for anything else: Redis closes subscribers that do not keep up.
func (b *Bus) read(ctx context.Context, ps *redis.PubSub, heard *atomic.Bool, restored func()) error {
	for {
		m, err := ps.Receive(ctx)
		if err != nil {
			return err
		}
		heard.Store(true)
		switch m := m.(type) {
		case *redis.Message:
			b.metrics.received.Inc()
			b.receive(m)
		case *redis.Subscription:
			name, ok := strings.CutPrefix(m.Channel, b.topicPrefix())
			if !ok || m.Kind != "subscribe" {
				continue
			}
			switch done, surprise := b.topics.confirm(name); {
			case surprise:
				return errResubscribed
			case done:
				restored()
			}
		}
	}
}

func (b *Bus) receive(m *redis.Message) {
	name, ok := strings.CutPrefix(m.Channel, b.topicPrefix())
	if !ok {
		b.control(m.Payload)
		return
	}
	d, ok := cutEnvelope(m.Payload)
	if !ok {
		b.log.Warn("a message on the bus has an unknown form", "channel", name)
		return
	}
	d.Channel = name
	b.inbox.put(d)
}

// The words that control messages begin with.
const (
	controlTerminate = "terminate"
	controlRevoke    = "revoke"
	controlRoster    = "roster"
	controlPulse     = "pulse"
)

// control obeys messages between nodes: a word and an argument in one line, then a body. Unknown words are left to
// newer versions.
func (b *Bus) control(payload string) {
	head, body, _ := strings.Cut(payload, "\n")
	word, arg, _ := strings.Cut(head, " ")
	switch word {
	case controlTerminate:
		b.inbox.put(Delivery{Frame: body, order: orderTerminate})
	case controlRevoke:
		b.inbox.put(Delivery{Frame: body, order: orderRevoke})
	case controlPulse:
		b.lookout.heard(arg)
	case controlRoster:
		var flat []string
		if err := json.Unmarshal([]byte(body), &flat); err != nil {
			b.log.Warn("a roster on the bus has an unknown form", "channel", arg)
			return
		}
		version, members := parseRoster(flat)
		b.inbox.put(Delivery{Channel: arg, Frame: string(appendRoster(nil, arg, members)), Version: version})
	}
}

// write asks Redis for what the listeners need, whatever has gathered in one command, and keeps the connection awake.
func (b *Bus) write(ctx context.Context, ps *redis.PubSub, heard *atomic.Bool) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for ticks, silent := 1, 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if silent++; heard.Swap(false) {
				silent = 0
			}
			if silent >= silentTicks {
				return errSilent
			}
			if ticks++; ticks%pingTicks == 0 {
				if err := ps.Ping(ctx); err != nil {
					return err
				}
			}
			b.topics.advance()
			b.lookout.tick()
			continue
		case <-b.topics.wake:
		}
		unsubscribe, subscribe := b.topics.changes()
		for part := range slices.Chunk(unsubscribe, maxPerCommand) {
			if err := ps.Unsubscribe(ctx, b.topicNames(part)...); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(subscribe, maxPerCommand) {
			if err := ps.Subscribe(ctx, b.topicNames(part)...); err != nil {
				return err
			}
		}
		b.metrics.topics.Set(float64(b.topics.size()))
	}
}

func (b *Bus) topicNames(channels []string) []string {
	out := make([]string, len(channels))
	for i, c := range channels {
		out[i] = b.topicPrefix() + c
	}
	return out
}
