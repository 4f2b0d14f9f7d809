package pusher_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/httpd"
	"hadir/internal/realtime"
	"hadir/internal/testkit"
	"hadir/pusher"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

// Whatever strangers invent, Redis has few subscriptions of it; who may listen is not kept out by them.
func TestInventedChannelsAreBounded(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	n, err := serve(dial(t, "redis://"+redis.Addr()), pusher.Options{MaxPublic: 5, DrainOver: -1},
		realtime.BusOptions{MaxPublic: 12})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.stop()) })
	require.Eventually(t, n.bus.Connected, patience, time.Millisecond)
	before := len(redis.PubSubChannels("*"))
	refused := 0
	for s := range 6 {
		c := connect(t, n)
		for i := range 8 {
			c.send("pusher:subscribe", "", map[string]any{"channel": fmt.Sprintf("invented-%d-%d", s, i)})
		}
		c.here()
		for _, f := range c.all() {
			if f.Event == "pusher:subscription_error" {
				require.Contains(t, f.Data, `"LimitReached"`)
				require.Contains(t, f.Data, `429`)
				refused++
			}
		}
	}
	require.Equal(t, 6*8-12, refused)
	require.Equal(t, before+12, len(redis.PubSubChannels("*")))

	// Leaving and asking for other names makes no more of them.
	c := connect(t, n)
	for i := range 100 {
		c.send("pusher:subscribe", "", map[string]any{"channel": fmt.Sprintf("changing-%d", i)})
		c.send("pusher:unsubscribe", "", map[string]any{"channel": fmt.Sprintf("changing-%d", i)})
	}
	c.here()
	require.LessOrEqual(t, len(redis.PubSubChannels("*")), before+12)

	known := connect(t, n)
	for i := range 500 {
		known.subscribe(fmt.Sprintf("private-branch.%d", i))
	}
}

func TestSocketsOfOneAddressAreBounded(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{MaxPerAddress: 2})
	first := connect(t, n)
	connect(t, n)
	require.Equal(t, 4100, open(t, n, "/app/"+appKey+goodQuery, nil).closed())
	first.close()
	require.Eventually(t, func() bool {
		c := open(t, n, "/app/"+appKey+goodQuery, nil)
		for {
			select {
			case <-c.done:
				return false
			case <-time.After(time.Millisecond):
			}
			if len(c.events("pusher:connection_established", "")) > 0 {
				return true
			}
		}
	}, patience, 10*time.Millisecond, "there is room again")
}

// A socket that is open long outlives the time-outs of HTTP, and gives its place back to its address at its end.
func TestSocketsOutliveTheTimeoutsOfHTTP(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{},
		httpd.Options{ReadTimeout: time.Second, WriteTimeout: time.Second, IdleTimeout: time.Second,
			MaxPerAddress: 3})
	c := connect(t, n)
	silent, err := net.Dial("tcp", n.addr)
	require.NoError(t, err)
	defer silent.Close()
	require.NoError(t, silent.SetReadDeadline(time.Now().Add(patience)))
	_, err = silent.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "a connection that says nothing is closed")
	for range 5 { // as long again as the time-outs
		again, err := net.Dial("tcp", n.addr)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, again)
		require.NoError(t, again.Close())
	}
	c.subscribe("news")
	n.publish(t, realtime.Message{Channel: "news", Event: "still"})
	c.await("still", "news")
	for range 5 {
		connect(t, n).close()
	}
}

// Before a signature is checked, only so much is read.
func TestUnsignedBodiesAreSmall(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	big := `{"name":"x","channel":"news","data":"` + strings.Repeat("x", 100<<10) + `"}`
	resp, err := http.Post("http://"+n.addr+"/apps/"+appID+"/events", "application/json", strings.NewReader(big))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 401, resp.StatusCode)
	status, answer := n.post(t, "/events", big)
	require.Equal(t, 413, status, "signed, it is read and found too large: %s", answer)
	require.Contains(t, answer, "10240")
	http.DefaultClient.CloseIdleConnections()
}

func TestCompressedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	testkit.RefusesEncodedBodies(t, "http://"+n.addr+"/apps/"+appID+"/events")
	http.DefaultClient.CloseIdleConnections()
}

// A socket that nobody signs for does not stay; one that was authorized once does, whatever it listens to later.
func TestStrangersHoldNoSockets(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Now())
	n := start(t, "redis://"+miniredis.RunT(t).Addr(),
		pusher.Options{Clock: now, AuthorizeWithin: 30 * time.Second, PongTimeout: time.Second})
	silent, public, wrong, known, signed := connect(t, n), connect(t, n), connect(t, n), connect(t, n), connect(t, n)
	public.subscribe("news")
	wrong.send("pusher:subscribe", "", map[string]any{"channel": "private-branch.1", "auth": appKey + ":forged"})
	wrong.await("pusher:subscription_error", "private-branch.1")
	known.subscribe("private-branch.1")
	known.send("pusher:unsubscribe", "", map[string]any{"channel": "private-branch.1"})
	const user = `{"id":"7"}`
	signed.send("pusher:signin", "",
		map[string]any{"user_data": user, "auth": appKey + ":" + sign(signed.id+"::user::"+user)})
	signed.await("pusher:signin_success", "")
	for _, c := range []*client{silent, public, wrong, known, signed} {
		c.here()
	}
	now.Advance(29 * time.Second)
	late := connect(t, n)
	for _, c := range []*client{silent, public, wrong, known, signed, late} {
		c.here()
	}
	now.Advance(2 * time.Second)
	for _, c := range []*client{silent, public, wrong} {
		require.Equal(t, 4100, c.closed(), "a code with which clients come back")
	}
	for _, c := range []*client{known, signed, late} {
		c.here()
	}
}

// What a socket may listen to ends with the permit, by itself, and sooner when the rights of its user change.
func TestPermitsEnd(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Now())
	n := start(t, "redis://"+miniredis.RunT(t).Addr(), pusher.Options{Clock: now, PongTimeout: time.Second})
	permit := func(user string, since, until time.Duration) string {
		data, err := json.Marshal(realtime.Permit{UserID: user, Since: now.Now().Add(since).UnixMicro(),
			Until: now.Now().Add(until).Unix()})
		require.NoError(t, err)
		return string(data)
	}
	const channel, another = "private-branch.1", "private-branch.2"
	long, short, longer := connect(t, n), connect(t, n), connect(t, n)
	long.subscribed(channel, permit("7", 0, time.Hour))
	short.subscribed(another, permit("7", 0, time.Hour))
	short.subscribed(channel, permit("7", 0, 20*time.Minute))
	longer.subscribed("news", "")
	now.Advance(19 * time.Minute)
	for _, c := range []*client{long, short, longer} {
		c.here()
	}
	now.Advance(2 * time.Minute)
	require.Equal(t, 4200, short.closed(), "the first of its permits ends")
	long.here()
	now.Advance(40 * time.Minute)
	require.Equal(t, 4200, long.closed())
	longer.here()

	// A signature that was kept on a socket of which nobody knows whose it is.
	hoarder, others := connect(t, n), connect(t, n)
	kept, alien := permit("7", 0, time.Hour), permit("8", 0, time.Hour)
	now.Advance(time.Second)
	require.NoError(t, n.bus.Revoke(t.Context(), "7"))
	others.subscribed(channel, alien)
	heard := connect(t, n)
	heard.subscribed(another, permit("9", 0, time.Hour))
	require.NoError(t, n.bus.Revoke(t.Context(), "9"))
	require.Equal(t, 4200, heard.closed(), "orders are heard in turn")
	hoarder.send("pusher:subscribe", "", hoarder.authorization(channel, kept))
	hoarder.await("pusher:subscription_error", channel)
	n.publish(t, realtime.Message{Channel: channel, Event: "still"})
	others.await("still", channel)
	hoarder.here()
	require.Empty(t, hoarder.events("still", channel))
	now.Advance(time.Second)
	hoarder.subscribed(channel, permit("7", 0, time.Hour))
	ancient := connect(t, n)
	ancient.send("pusher:subscribe", "", ancient.authorization(channel, `{"user_id":"7","until":99999999999}`))
	ancient.await("pusher:subscription_error", channel)
}
