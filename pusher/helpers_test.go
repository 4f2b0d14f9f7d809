package pusher_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/realtime"
	"hadir/internal/testkit"
	"hadir/pusher"

	"github.com/alicebob/miniredis/v2"
	"github.com/fasthttp/websocket"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

const (
	appID, appKey, appSecret = "app-1", "key-1", "secret-1"

	patience = testkit.Patience
)

// childEnv makes the test binary a pusher node of its own; see runChild.
const childEnv = "HADIR_TEST_PUSHER_REDIS"

func TestMain(m *testing.M) {
	if redisURL := os.Getenv(childEnv); redisURL != "" {
		runChild(redisURL)
		return
	}
	goleak.VerifyTestMain(m,
		// fasthttp ends these some seconds after its server, or never.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	)
}

// node is a pusher with its HTTP server.
type node struct {
	addr   string
	bus    *realtime.Bus
	server *pusher.Server
	cancel context.CancelFunc
	done   chan error
}

// serve starts a node on a free port; it fails through the error alone, so that a child process can use it too.
func serve(rdb redis.UniversalClient, o pusher.Options, b realtime.BusOptions, with ...httpd.Options) (*node, error) {
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("HADIR_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	b.Log = log
	if b.Heartbeat == 0 {
		b.Heartbeat = 300 * time.Millisecond
	}
	bus := realtime.NewBus(rdb, b)
	o.AppID, o.Key, o.Secret, o.Bus, o.Log = appID, appKey, appSecret, bus, log
	server := pusher.New(o)
	h := httpd.Options{}
	if len(with) > 0 {
		h = with[0]
	}
	h.Addr, h.Name, h.Log, h.Health = "127.0.0.1:0", "pusher", log, &lifecycle.Health{}
	web := httpd.New(h)
	web.Mount(server.Routes)
	web.AllowBodies(server.BodyRule)
	if err := web.Bind(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{addr: web.Addr(), bus: bus, server: server, cancel: cancel, done: make(chan error, 1)}
	go func() {
		ended := make(chan error, 1)
		go func() { ended <- server.Run(ctx) }()
		err := web.Run(ctx)
		n.done <- errors.Join(err, <-ended)
	}()
	return n, nil
}

// stop ends the node in order and waits for it.
func (n *node) stop() error {
	n.cancel()
	err := <-n.done
	n.done <- err
	return err
}

func dial(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	rdb := redis.NewClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func start(t testing.TB, redisURL string, o pusher.Options, h ...httpd.Options) *node {
	t.Helper()
	if o.DrainOver == 0 {
		o.DrainOver = -1
	}
	n, err := serve(dial(t, redisURL), o, realtime.BusOptions{}, h...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.stop()) })
	require.Eventually(t, n.bus.Connected, patience, time.Millisecond)
	return n
}

// alone starts a node over an embedded Redis.
func alone(t testing.TB, o pusher.Options, h ...httpd.Options) *node {
	t.Helper()
	return start(t, "redis://"+miniredis.RunT(t).Addr(), o, h...)
}

func (n *node) publish(t testing.TB, messages ...realtime.Message) {
	t.Helper()
	require.NoError(t, n.bus.Publish(t.Context(), messages...))
}

// frame is an event as a client sees it. Data is the text, whether it came as a string or not.
type frame struct {
	Event   string
	Channel string
	Data    string
	UserID  string
}

func (f *frame) UnmarshalJSON(b []byte) error {
	var raw struct {
		Event, Channel string
		Data           json.RawMessage
		UserID         string `json:"user_id"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*f = frame{Event: raw.Event, Channel: raw.Channel, Data: string(raw.Data), UserID: raw.UserID}
	if strings.HasPrefix(f.Data, `"`) {
		return json.Unmarshal(raw.Data, &f.Data)
	}
	return nil
}

// client is a WebSocket client that keeps everything it receives.
type client struct {
	t  testing.TB
	ws *websocket.Conn
	id string

	mu     sync.Mutex
	frames []frame
	pings  int
	err    error
	done   chan struct{}
}

const goodQuery = "?protocol=7&client=js&version=8.6.0"

// open connects without waiting for the greeting.
func open(t testing.TB, n *node, path string, header http.Header) *client {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: patience}
	ws, _, err := dialer.Dial("ws://"+n.addr+path, header)
	require.NoError(t, err)
	c := &client{t: t, ws: ws, done: make(chan struct{})}
	ws.SetPingHandler(func(data string) error {
		c.mu.Lock()
		c.pings++
		c.mu.Unlock()
		return ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	})
	go c.read()
	t.Cleanup(c.close)
	return c
}

// connect opens a connection and waits for the greeting.
func connect(t testing.TB, n *node) *client {
	t.Helper()
	c := open(t, n, "/app/"+appKey+goodQuery, nil)
	greeting := c.await("pusher:connection_established", "")
	var data struct {
		SocketID string `json:"socket_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(greeting.Data), &data))
	c.id = data.SocketID
	return c
}

func (c *client) read() {
	defer close(c.done)
	for {
		_, b, err := c.ws.ReadMessage()
		var f frame
		if err == nil {
			err = json.Unmarshal(b, &f)
		}
		c.mu.Lock()
		if err != nil {
			c.err = err
			c.mu.Unlock()
			return
		}
		c.frames = append(c.frames, f)
		c.mu.Unlock()
	}
}

func (c *client) close() {
	_ = c.ws.Close()
	<-c.done
}

func (c *client) send(event, channel string, data any) {
	c.t.Helper()
	m := map[string]any{"event": event, "data": data}
	if channel != "" {
		m["channel"] = channel
	}
	b, err := json.Marshal(m)
	require.NoError(c.t, err)
	c.raw(string(b))
}

func (c *client) raw(text string) {
	c.t.Helper()
	require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (c *client) all() []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// events returns the data of one kind of event on a channel.
func (c *client) events(event, channel string) []string {
	var out []string
	for _, f := range c.all() {
		if f.Event == event && f.Channel == channel {
			out = append(out, f.Data)
		}
	}
	return out
}

// await waits for an event and returns the first such.
func (c *client) await(event, channel string) frame { return c.awaitNth(event, channel, 1) }

func (c *client) awaitNth(event, channel string, n int) (found frame) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		seen := 0
		for _, f := range c.all() {
			if f.Event == event && f.Channel == channel {
				if seen++; seen == n {
					found = f
					return true
				}
			}
		}
		return false
	}, patience, time.Millisecond, "%s on %q", event, channel)
	return found
}

// closed waits for the end of the connection and returns its close code.
func (c *client) closed() int {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		require.Fail(c.t, "the connection is still open")
	}
	var ce *websocket.CloseError
	require.ErrorAs(c.t, c.err, &ce)
	return ce.Code
}

// here makes a round trip, so that everything the server sent before has arrived.
func (c *client) here() {
	c.t.Helper()
	before := len(c.events("pusher:pong", ""))
	c.send("pusher:ping", "", map[string]any{})
	c.awaitNth("pusher:pong", "", before+1)
}

func (c *client) subscribe(channel string) frame {
	c.t.Helper()
	return c.subscribed(channel, "")
}

// subscribed waits for the answer to this very subscription: a client may have left the channel before.
func (c *client) subscribed(channel, channelData string) frame {
	c.t.Helper()
	const succeeded = "pusher_internal:subscription_succeeded"
	before := len(c.events(succeeded, channel))
	c.send("pusher:subscribe", "", c.authorization(channel, channelData))
	return c.awaitNth(succeeded, channel, before+1)
}

// join subscribes to a presence channel as a user.
func (c *client) join(channel, user string) frame {
	c.t.Helper()
	return c.subscribed(channel, fmt.Sprintf(`{"user_id":%q,"user_info":{"name":"N-%s"}}`, user, user))
}

func (c *client) authorization(channel, channelData string) map[string]any {
	data := map[string]any{"channel": channel}
	if !strings.HasPrefix(channel, "private-") && !strings.HasPrefix(channel, "presence-") {
		return data
	}
	signed := c.id + ":" + channel
	if channelData != "" {
		data["channel_data"] = channelData
		signed += ":" + channelData
	}
	data["auth"] = appKey + ":" + sign(signed)
	return data
}

func sign(text string) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// request calls the HTTP API with a signature that change may spoil.
func (n *node) request(t testing.TB, method, path, query, body string, change func(url.Values)) (int, string) {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	params.Set("auth_key", appKey)
	params.Set("auth_timestamp", strconv.FormatInt(time.Now().Unix(), 10))
	params.Set("auth_version", "1.0")
	if body != "" {
		sum := md5.Sum([]byte(body))
		params.Set("body_md5", hex.EncodeToString(sum[:]))
	}
	if change != nil {
		change(params)
	}
	var pairs []string
	for name := range params {
		pairs = append(pairs, strings.ToLower(name)+"="+params.Get(name))
	}
	slices.Sort(pairs)
	params.Set("auth_signature", sign(method+"\n"+path+"\n"+strings.Join(pairs, "&")))
	if change != nil {
		change(params)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+n.addr+path+"?"+params.Encode(),
		strings.NewReader(body))
	require.NoError(t, err)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NotContains(t, resp.Header.Get("Content-Type"), "html")
	return resp.StatusCode, string(answer)
}

func (n *node) post(t testing.TB, path, body string) (int, string) {
	t.Helper()
	return n.request(t, http.MethodPost, "/apps/"+appID+path, "", body, nil)
}

func (n *node) get(t testing.TB, path, query string) (int, string) {
	t.Helper()
	return n.request(t, http.MethodGet, "/apps/"+appID+path, query, "", nil)
}
