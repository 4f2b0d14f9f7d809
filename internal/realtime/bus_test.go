package realtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = testkit.Patience

// frame is what a socket would receive.
type frame struct {
	Event   string `json:"event"`
	Channel string `json:"channel"`
	Data    string `json:"data"`
	UserID  string `json:"user_id"`
}

// collector is a Receiver that keeps what it gets, in order. A resync is the event "resync" with the channels as data.
type collector struct {
	mu     sync.Mutex
	frames []frame
	raw    []realtime.Delivery
	gate   chan struct{} // if not nil, Deliver waits for it
}

func (c *collector) Deliver(batch []realtime.Delivery) {
	if c.gate != nil {
		<-c.gate
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range batch {
		var f frame
		if err := json.Unmarshal([]byte(d.Frame), &f); err != nil {
			f.Event = "broken: " + err.Error()
		}
		c.frames = append(c.frames, f)
		c.raw = append(c.raw, d)
	}
}

func (c *collector) Interrupted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, frame{Event: "interrupted"})
}

func (c *collector) Resync(channels []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, frame{Event: "resync", Data: strings.Join(channels, ",")})
}

func (c *collector) Terminate(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, frame{Event: "terminate", Data: userID})
}

func (c *collector) Revoke(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, frame{Event: "revoke", Data: userID})
}

func (c *collector) all() []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]frame(nil), c.frames...)
}

func (c *collector) deliveries() []realtime.Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]realtime.Delivery(nil), c.raw...)
}

// events returns what arrived on a channel as "event data".
func (c *collector) events(channel string) []string {
	var out []string
	for _, f := range c.all() {
		if f.Channel == channel {
			out = append(out, f.Event+" "+f.Data)
		}
	}
	return out
}

func (c *collector) count(event string) int {
	n := 0
	for _, f := range c.all() {
		if f.Event == event {
			n++
		}
	}
	return n
}

// node is a bus that listens.
type node struct {
	*realtime.Bus
	got  *collector
	stop func()
}

func startNode(t *testing.T, rdb redis.UniversalClient, o realtime.BusOptions, got *collector) *node {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 300 * time.Millisecond
	}
	return listen(t, realtime.NewBus(rdb, o), got)
}

// listen makes a node of a bus and waits until it stands.
func listen(t *testing.T, b *realtime.Bus, got *collector) *node {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Listen(ctx, got) }()
	var once sync.Once
	n := &node{Bus: b, got: got, stop: func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
		})
	}}
	t.Cleanup(n.stop)
	require.Eventually(t, b.Connected, patience, time.Millisecond)
	return n
}

func dial(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// servers runs a test against everything the bus must work on.
func servers(t *testing.T, test func(t *testing.T, open func() redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		m := miniredis.RunT(t)
		test(t, func() redis.UniversalClient { return dial(t, "redis://"+m.Addr()) })
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		url := testkit.Redis(t)
		test(t, func() redis.UniversalClient { return dial(t, url) })
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		addr := startCluster(t)
		test(t, func() redis.UniversalClient {
			rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}})
			t.Cleanup(func() { _ = rdb.Close() })
			return rdb
		})
	})
}

// startCluster starts a Redis Cluster of one server: the smallest that has slots.
func startCluster(t *testing.T) string {
	t.Helper()
	url := testkit.StartRedis(t, testkit.RedisOptions{Args: []string{
		"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(testkit.FreePort(t)),
	}}).URL
	rdb := dial(t, strings.TrimSuffix(url, "/0"))
	require.NoError(t, rdb.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	require.Eventually(t, func() bool {
		info, err := rdb.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	}, patience, 10*time.Millisecond)
	return strings.TrimSuffix(strings.TrimPrefix(url, "redis://"), "/0")
}

func data(v string) json.RawMessage { return json.RawMessage(v) }

func TestPublishReachesSubscribersOnly(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		a, b := startNode(t, open(), realtime.BusOptions{}, &collector{}),
			startNode(t, open(), realtime.BusOptions{}, &collector{})
		require.NoError(t, a.Subscribe(t.Context(), "private-branch.1"))
		require.NoError(t, b.Subscribe(t.Context(), "private-branch.2"))
		sender := realtime.NewBus(open(), realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, sender.Publish(t.Context(),
			realtime.Message{Channel: "private-branch.1", Event: "x", Data: data(`{"a":"é\n"}`), Except: "1.2"},
			realtime.Message{Channel: "private-branch.2", Event: "y", UserID: "u"},
			realtime.Message{Channel: "private-branch.3", Event: "z"},
			realtime.Message{Channel: "private-branch.1", Event: "big",
				Data: data(`"` + strings.Repeat("x", 5<<20) + `"`)},
		))
		require.Eventually(t, func() bool { return len(a.got.all()) == 2 && len(b.got.all()) == 1 }, patience,
			time.Millisecond)
		d := a.got.deliveries()
		require.Equal(t, `{"event":"x","channel":"private-branch.1","data":"{\"a\":\"é\\n\"}"}`, d[0].Frame)
		require.Equal(t, "1.2", d[0].Except)
		require.WithinDuration(t, time.Now(), time.UnixMicro(d[0].SentAt), testkit.Patience)
		require.Len(t, a.got.all()[1].Data, 5<<20+2)
		require.Equal(t, []frame{{Event: "y", Channel: "private-branch.2", Data: "{}", UserID: "u"}}, b.got.all())
	})
}

func TestPublishRefusesWhatWouldBreakTheEnvelope(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	b := realtime.NewBus(dial(t, "redis://"+m.Addr()), realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
	require.Error(t, b.Publish(t.Context(), realtime.Message{Channel: "a b", Event: "x"}))
	require.Error(t, b.Publish(t.Context(), realtime.Message{Channel: "a", Event: "x", Except: "1 2"}))
	require.Error(t, b.Publish(t.Context(), realtime.Message{Channel: "a", Event: "x", Except: "1\n2"}))
	require.NoError(t, b.Publish(t.Context()))
	m.Close()
	require.Error(t, b.Publish(t.Context(), realtime.Message{Channel: "a", Event: "x"}))
}

// What is published after Subscribe returned arrives: that is what closes the gap between a snapshot and live events.
func TestSubscribeReturnsOnlyWhenRedisHasConfirmed(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		n := startNode(t, open(), realtime.BusOptions{}, &collector{})
		sender := realtime.NewBus(open(), realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
		var wg sync.WaitGroup
		const channels = 300
		for i := range channels {
			wg.Go(func() {
				name := fmt.Sprintf("c%d", i)
				if err := n.Subscribe(t.Context(), name); err != nil {
					t.Error(err)
				}
				if err := sender.Publish(t.Context(), realtime.Message{Channel: name, Event: "now"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Eventually(t, func() bool { return n.got.count("now") == channels }, patience, time.Millisecond)
	})
}

func TestAnUnusedChannelIsKeptForAWhileThenLeft(t *testing.T) {
	t.Parallel()
	rdb := dial(t, testkit.Redis(t))
	n := startNode(t, rdb, realtime.BusOptions{KeepUnused: time.Nanosecond}, &collector{})
	subscribers := func() int64 {
		counts, err := rdb.PubSubNumSub(t.Context(), "hadir:rt:c:news").Result()
		require.NoError(t, err)
		return counts["hadir:rt:c:news"]
	}
	require.NoError(t, n.Subscribe(t.Context(), "news"))
	require.NoError(t, n.Subscribe(t.Context(), "news"))
	n.Unsubscribe("news")
	n.Unsubscribe("other") // never subscribed: no effect
	require.EqualValues(t, 1, subscribers())
	n.Unsubscribe("news")
	require.EqualValues(t, 1, subscribers(), "a reload comes back at once")
	require.Eventually(t, func() bool { return subscribers() == 0 }, patience, 10*time.Millisecond)
	require.NoError(t, n.Subscribe(t.Context(), "news"))
	require.EqualValues(t, 1, subscribers())
}

func TestALostConnectionEndsInAResync(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	rdb := dial(t, server.URL)
	n := startNode(t, rdb, realtime.BusOptions{MaxPublic: 2000}, &collector{})
	const channels = 1200 // more than fit into one command
	var wg sync.WaitGroup
	for i := range channels {
		wg.Go(func() { _ = n.Subscribe(t.Context(), fmt.Sprintf("c%d", i)) })
	}
	wg.Wait()
	require.Zero(t, n.got.count("resync"), "nothing can have been missed before the first connection")

	server.Kill()
	require.Eventually(t, func() bool { return !n.Connected() }, patience, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	require.ErrorIs(t, n.Subscribe(ctx, "while-down"), context.DeadlineExceeded)
	cancel()
	server.Restart(false)
	require.Eventually(t, func() bool { return n.got.count("resync") == 1 }, patience, time.Millisecond)
	require.True(t, n.Connected())
	for i := range channels {
		require.NoError(t, n.Publish(t.Context(), realtime.Message{Channel: fmt.Sprintf("c%d", i), Event: "after"}))
	}
	require.Eventually(t, func() bool { return n.got.count("after") == channels }, patience, time.Millisecond)

	require.NoError(t, rdb.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err())
	require.Eventually(t, func() bool { return n.got.count("resync") == 2 }, patience, time.Millisecond)
	require.NoError(t, n.Publish(t.Context(), realtime.Message{Channel: "c7", Event: "again"}))
	require.Eventually(t, func() bool { return n.got.count("again") == 1 }, patience, time.Millisecond)
}

func TestASilentRedisCountsAsLost(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	n := startNode(t, dial(t, server.URL), realtime.BusOptions{}, &collector{})
	require.NoError(t, n.Subscribe(t.Context(), "c"))
	server.Pause()
	defer server.Resume()
	require.Eventually(t, func() bool { return !n.Connected() }, patience, 10*time.Millisecond)
	server.Resume()
	require.Eventually(t, func() bool { return n.got.count("resync") == 1 }, patience, 10*time.Millisecond)
}

// A receiver that stands still must not hold up Redis; what does not fit is dropped and made good by a resync.
func TestASlowReceiverLosesFramesButIsTold(t *testing.T) {
	t.Parallel()
	got := &collector{gate: make(chan struct{})}
	rdb := dial(t, testkit.Redis(t))
	n := startNode(t, rdb, realtime.BusOptions{BufferBytes: 64 << 10}, got)
	require.NoError(t, n.Subscribe(t.Context(), "full"))
	require.NoError(t, n.Subscribe(t.Context(), "calm"))
	require.NoError(t, n.Publish(t.Context(), realtime.Message{Channel: "calm", Event: "first"}))
	for range 400 {
		require.NoError(t, n.Publish(t.Context(),
			realtime.Message{Channel: "full", Event: "x", Data: data(strings.Repeat("y", 1000))}))
	}
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.True(t, n.Connected())
	close(got.gate)
	require.Eventually(t, func() bool { return got.count("resync") >= 1 }, patience, time.Millisecond)
	for _, f := range got.all() {
		if f.Event == "resync" {
			require.Equal(t, "full", f.Data, "only the channel that lost something")
		}
	}
	require.Less(t, got.count("x"), 400)
	require.Equal(t, 1, got.count("first"))
	require.NoError(t, n.Publish(t.Context(), realtime.Message{Channel: "full", Event: "later"}))
	require.Eventually(t, func() bool { return got.count("later") == 1 }, patience, time.Millisecond)
}

func TestTheLastEventOfACacheChannel(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		b := realtime.NewBus(open(), realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
		last, err := b.Last(t.Context(), "private-cache-x")
		require.NoError(t, err)
		require.Nil(t, last)
		require.NoError(t, b.Publish(t.Context(),
			realtime.Message{Channel: "private-cache-x", Event: "one", Data: data(`1`)},
			realtime.Message{Channel: "private-cache-x", Event: "two", Data: data(`2`)},
			realtime.Message{Channel: "private-cache-x", Event: "client-three", Data: data(`3`)},
			realtime.Message{Channel: "private-x", Event: "four", Data: data(`4`)},
		))
		last, err = b.Last(t.Context(), "private-cache-x")
		require.NoError(t, err)
		require.Equal(t, `{"event":"two","channel":"private-cache-x","data":"2"}`, string(last))
		last, err = b.Last(t.Context(), "private-x")
		require.NoError(t, err)
		require.Nil(t, last)
	})
}

func TestTerminateReachesEveryNode(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	a := startNode(t, dial(t, "redis://"+m.Addr()), realtime.BusOptions{}, &collector{})
	b := startNode(t, dial(t, "redis://"+m.Addr()), realtime.BusOptions{}, &collector{})
	require.NoError(t, a.Terminate(t.Context(), "user 1\nx"))
	for _, n := range []*node{a, b} {
		require.Eventually(t, func() bool { return n.got.count("terminate") == 1 }, patience, time.Millisecond)
		require.Equal(t, "user 1\nx", n.got.all()[0].Data)
	}
}

// Revocations are heard by listeners and by those who listen to nothing else; after Redis was away everything counts as
// revoked.
func TestRevocationsReachEveryNode(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	a := startNode(t, dial(t, url), realtime.BusOptions{}, &collector{})
	rdb := dial(t, url)
	b := realtime.NewBus(rdb, realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
	heard := make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Revocations(ctx, func(userID string) { heard <- userID }) }()
	require.Empty(t, <-heard, "what was said before is not known")
	require.NoError(t, a.Revoke(t.Context(), "7"))
	require.Equal(t, "7", <-heard)
	require.Eventually(t, func() bool { return a.got.count("revoke") == 1 }, patience, time.Millisecond)
	require.NoError(t, rdb.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err())
	require.Empty(t, <-heard)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// What was said while a node had no connection ends sockets and signatures all the same, as does what was said before
// it began. What is too old to matter is not said again.
func TestRevocationsAreMadeUpFor(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	now := clock.NewManual(time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC))
	o := realtime.BusOptions{Log: slog.New(slog.DiscardHandler), Clock: now}
	other := realtime.NewBus(dial(t, url), o)
	revoke := func(userID string) { require.NoError(t, other.Revoke(t.Context(), userID)) }
	revoke("long ago")
	now.Advance(2 * time.Hour)
	revoke("before")

	var away atomic.Bool
	options, err := redis.ParseURL(url)
	require.NoError(t, err)
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if away.Load() {
			return nil, errors.New("no way to Redis")
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	rdb := redis.NewClient(options)
	t.Cleanup(func() { _ = rdb.Close() })
	n := startNode(t, rdb, o, &collector{})
	heard := func(users ...string) {
		t.Helper()
		require.Eventually(t, func() bool {
			var got []string
			for _, f := range n.got.all() {
				if f.Event == "revoke" {
					got = append(got, f.Data)
				}
			}
			return slices.Equal(users, got)
		}, patience, time.Millisecond)
	}
	heard("before")
	now.Advance(10 * time.Minute)
	away.Store(true)
	require.NoError(t, rdb.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err())
	require.Eventually(t, func() bool { return !n.Connected() }, patience, time.Millisecond)
	revoke("meanwhile")
	away.Store(false)
	heard("before", "before", "meanwhile")
	revoke("now")
	heard("before", "before", "meanwhile", "now")
}

func TestABusHasOneListener(t *testing.T) {
	t.Parallel()
	n := startNode(t, dial(t, "redis://"+miniredis.RunT(t).Addr()), realtime.BusOptions{}, &collector{})
	require.Error(t, n.Listen(t.Context(), &collector{}))
	n.stop()
	_, _, err := n.Join(t.Context(), "presence-x", realtime.Member{UserID: "1"})
	require.Error(t, err)
	require.False(t, errors.Is(err, context.DeadlineExceeded))
}
