package pusher_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/realtime"
	"hadir/pusher"

	"github.com/alicebob/miniredis/v2"
	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

func TestTheGreeting(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{ActivityTimeout: 77 * time.Second})
	c := open(t, n, "/app/"+appKey+goodQuery, nil)
	f := c.await("pusher:connection_established", "")
	require.Regexp(t, regexp.MustCompile(`^\{"activity_timeout":77,"socket_id":"\d+\.\d+"\}$`), f.Data)
	require.NotEqual(t, connect(t, n).id, connect(t, n).id)
}

func TestHandshakeErrorsAreAcceptedThenClosed(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{AllowedOrigins: []string{"https://hadir.example/", "http://localhost:5173"}})
	for name, x := range map[string]struct {
		path   string
		origin string
		code   int
	}{
		"unknown key":         {"/app/other" + goodQuery, "", 4001},
		"no protocol":         {"/app/" + appKey, "", 4008},
		"old protocol":        {"/app/" + appKey + "?protocol=4", "", 4007},
		"future protocol":     {"/app/" + appKey + "?protocol=8", "", 4007},
		"protocol no number":  {"/app/" + appKey + "?protocol=seven", "", 4007},
		"bad version":         {"/app/" + appKey + "?protocol=7&version=%3Cscript%3E", "", 4006},
		"origin not allowed":  {"/app/" + appKey + goodQuery, "https://evil.example", 4009},
		"origin allowed":      {"/app/" + appKey + goodQuery, "HTTPS://Hadir.Example", 0},
		"other origin":        {"/app/" + appKey + goodQuery, "http://localhost:5173", 0},
		"no origin":           {"/app/" + appKey + goodQuery, "", 0},
		"no version":          {"/app/" + appKey + "?protocol=7", "", 0},
		"protocol 5":          {"/app/" + appKey + "?protocol=5&version=1.0-beta", "", 0},
		"a long query and so": {"/app/" + appKey + goodQuery + "&x=" + strings.Repeat("y", 9000), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Cookie": {"big=" + strings.Repeat("c", 5000)}}
			if x.origin != "" {
				header.Set("Origin", x.origin)
			}
			c := open(t, n, x.path, header)
			if x.code == 0 {
				c.await("pusher:connection_established", "")
				return
			}
			require.Equal(t, x.code, c.closed())
			require.Len(t, c.all(), 1)
			var data struct {
				Code    int
				Message string
			}
			require.Equal(t, "pusher:error", c.all()[0].Event)
			require.NoError(t, json.Unmarshal([]byte(c.all()[0].Data), &data))
			require.Equal(t, x.code, data.Code)
			require.NotEmpty(t, data.Message)
		})
	}
}

func TestAnyOriginMayConnectUnlessSomeAreNamed(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	open(t, n, "/app/"+appKey+goodQuery,
		http.Header{"Origin": {"https://anywhere.example"}}).await("pusher:connection_established", "")
	resp, err := http.Get("http://" + n.addr + "/app/" + appKey + goodQuery)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusUpgradeRequired, resp.StatusCode, "a request that is no WebSocket handshake")
	require.Equal(t, "13", resp.Header.Get("Sec-WebSocket-Version"))
	require.Equal(t, "websocket", resp.Header.Get("Upgrade"))
	http.DefaultClient.CloseIdleConnections()
}

func TestOverCapacityBringsClientsBackLater(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{MaxConnections: 2})
	first := connect(t, n)
	connect(t, n)
	require.Equal(t, 4100, open(t, n, "/app/"+appKey+goodQuery, nil).closed())
	first.close()
	require.Eventually(t, func() bool {
		c := open(t, n, "/app/"+appKey+goodQuery, nil)
		select {
		case <-c.done:
			return false
		case <-time.After(50 * time.Millisecond):
			return true
		}
	}, patience, 10*time.Millisecond, "there is room again")
}

func TestSubscribing(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{MaxPublic: 7, MaxSubscriptions: 5})
	c := connect(t, n)
	for _, channel := range []string{
		"news", "private-branch.1", "private-encrypted-x", "cache-x", "private-cache-x", strings.Repeat("n", 164),
	} {
		require.Equal(t, "{}", c.subscribe(channel).Data, channel)
	}
	require.Equal(t, `{"presence":{"count":1,"ids":["7"],"hash":{"7":{"name":"N-7"}}}}`,
		c.join("presence-dashboard", "7").Data)
	c.send("pusher:subscribe", "", c.authorization("presence-number", `{"user_id":12}`))
	require.Equal(t, `{"presence":{"count":1,"ids":["12"],"hash":{"12":null}}}`,
		c.await("pusher_internal:subscription_succeeded", "presence-number").Data)
	// Some clients send data as a string.
	c.raw(`{"event":"pusher:subscribe","data":"{\"channel\":\"as-string\"}"}`)
	c.await("pusher_internal:subscription_succeeded", "as-string")

	foreign := connect(t, n)
	tooLong := strings.Repeat("x", 165)
	for _, x := range []struct {
		data    map[string]any
		channel string
		kind    string
		status  int
	}{
		{map[string]any{"channel": "private-a"}, "private-a", "AuthError", 401},
		{map[string]any{"channel": "private-b", "auth": appKey + ":" + sign(c.id+":private-a")}, "private-b",
			"AuthError", 401},
		{map[string]any{"channel": "private-c", "auth": "other:" + sign(c.id+":private-c")}, "private-c", "AuthError",
			401},
		{map[string]any{"channel": "private-d", "auth": sign(c.id + ":private-d")}, "private-d", "AuthError", 401},
		{map[string]any{"channel": "private-e", "auth": appKey + ":"}, "private-e", "AuthError", 401},
		{foreign.authorization("private-f", ""), "private-f", "AuthError", 401},
		{map[string]any{"channel": "private-encrypted-g", "auth": "x:y"}, "private-encrypted-g", "AuthError", 401},
		{c.authorization("presence-h", ""), "presence-h", "AuthError", 401},
		{c.authorization("presence-i", `{"user_info":{}}`), "presence-i", "AuthError", 401},
		{c.authorization("presence-j", `{"user_id":""}`), "presence-j", "AuthError", 401},
		{c.authorization("presence-k", `not json`), "presence-k", "AuthError", 401},
		{c.authorization("presence-l", `{"user_id":{"a":1}}`), "presence-l", "AuthError", 401},
		{c.authorization("presence-n", `{"user_id":1e400}`), "presence-n", "AuthError", 401},
		{c.authorization("presence-o", `{"user_id":1.5}`), "presence-o", "AuthError", 401},
		{c.authorization("presence-p", `{"user_id":9007199254740993}`), "presence-p", "AuthError", 401},
		{map[string]any{"channel": "presence-m", "channel_data": `{"user_id":"2"}`,
			"auth": appKey + ":" + sign(c.id+":presence-m:"+`{"user_id":"1"}`)}, "presence-m", "AuthError", 401},
		{map[string]any{"channel": "#server-to-user-1"}, "#server-to-user-1", "AuthError", 401},
		{map[string]any{"channel": "with space"}, "with space", "InvalidChannel", 400},
		{map[string]any{"channel": tooLong}, tooLong, "InvalidChannel", 400},
	} {
		c.send("pusher:subscribe", "", x.data)
		var got struct {
			Type   string
			Error  string
			Status int
		}
		require.NoError(t, json.Unmarshal([]byte(c.await("pusher:subscription_error", x.channel).Data), &got))
		require.Equal(t, x.kind, got.Type, x.channel)
		require.Equal(t, x.status, got.Status, x.channel)
		require.NotEmpty(t, got.Error)
	}
	for i := range 4 {
		c.send("pusher:subscribe", "", c.authorization(fmt.Sprintf("more-%d", i), ""))
	}
	require.Contains(t, c.await("pusher:subscription_error", "more-3").Data, "LimitReached")
	require.Empty(t, c.events("pusher:subscription_error", "more-2"))
	c.send("pusher:subscribe", "", c.authorization("private-one-more", ""))
	require.Contains(t, c.await("pusher:subscription_error", "private-one-more").Data, "LimitReached",
		"each kind has its limit")
	require.Empty(t, c.events("pusher:error", ""), "none of this is an error of the connection")
}

// A client that listens to as many channels as a scope may name subscribes to all of them at once, as it does after
// every reconnect. What needs no signature is bounded more tightly.
func TestAsManySubscriptionsAsAScopeMayName(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	c := connect(t, n)
	for i := range account.MaxBranches {
		c.send("pusher:subscribe", "", c.authorization(realtime.BranchChannel(int64(i+1)), ""))
	}
	for i := range account.MaxBranches {
		c.await("pusher_internal:subscription_succeeded", realtime.BranchChannel(int64(i+1)))
	}
	c.join("presence-dashboard", "1")
	stranger := connect(t, n)
	for i := range 21 {
		stranger.send("pusher:subscribe", "", map[string]any{"channel": fmt.Sprintf("open-%d", i)})
	}
	require.Contains(t, stranger.await("pusher:subscription_error", "open-20").Data, "LimitReached")
	stranger.await("pusher_internal:subscription_succeeded", "open-19")
}

func TestErrorsThatLeaveTheSocketOpen(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	c := connect(t, n)
	c.subscribe("news")
	for i, text := range []string{
		``, `{`, `[]`, `"x"`, `null`, `42`, `{"event":7}`, `{"data":{}}`, `{"event":"no-such-event"}`,
		`{"event":"pusher:nonsense"}`,
		`{"event":"pusher_internal:member_added","channel":"news","data":"{}"}`,
		`{"event":"pusher:subscribe"}`, `{"event":"pusher:subscribe","data":7}`,
		`{"event":"pusher:subscribe","data":"{"}`,
		`{"event":"pusher:subscribe","data":{}}`, `{"event":"pusher:subscribe","data":{"channel":"news"}}`,
		`{"event":"pusher:unsubscribe","data":[1]}`, `{"event":"pusher:signin","data":"["}`,
		`{"event":"client-x","channel":"private-x","data":{}}`,
		strings.Repeat("[", 10000),
	} {
		c.raw(text)
		c.awaitNth("pusher:error", "", i+1)
	}
	c.send("pusher:unsubscribe", "", map[string]any{"channel": "never-subscribed"})
	c.send("pusher:pong", "", map[string]any{})
	c.here()
	n.publish(t, realtime.Message{Channel: "news", Event: "still", Data: json.RawMessage(`"here"`)})
	require.Equal(t, `"here"`, c.await("still", "news").Data)
}

func TestEventsReachSubscribersUntilTheyLeave(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	a, b := connect(t, n), connect(t, n)
	a.subscribe("private-branch.1")
	b.subscribe("private-branch.1")
	payload := `{"text":"\u0000é\n\"x\" 😀"}`
	n.publish(t, realtime.Message{Channel: "private-branch.1", Event: "one", Data: json.RawMessage(payload)})
	require.Equal(t, payload, a.await("one", "private-branch.1").Data)
	require.Equal(t, payload, b.await("one", "private-branch.1").Data)
	for _, size := range []int{60, 125, 126, 1000, 65_000, 66_000, 300_000} { // every form of a frame's length
		n.publish(t, realtime.Message{Channel: "private-branch.1", Event: fmt.Sprint(size),
			Data: json.RawMessage(strings.Repeat("x", size))})
		require.Len(t, a.await(fmt.Sprint(size), "private-branch.1").Data, size)
	}
	n.publish(t, realtime.Message{Channel: "private-branch.1", Event: "two", Except: a.id})
	b.await("two", "private-branch.1")
	a.send("pusher:unsubscribe", "", map[string]any{"channel": "private-branch.1"})
	a.here()
	n.publish(t, realtime.Message{Channel: "private-branch.1", Event: "three"})
	b.await("three", "private-branch.1")
	a.here()
	require.Empty(t, a.events("two", "private-branch.1"))
	require.Empty(t, a.events("three", "private-branch.1"))
	a.subscribe("private-branch.1")
	n.publish(t, realtime.Message{Channel: "private-branch.1", Event: "four"})
	a.await("four", "private-branch.1")
}

func TestPingAndPong(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	c := connect(t, n)
	c.send("pusher:ping", "", map[string]any{})
	require.Equal(t, "{}", c.await("pusher:pong", "").Data)
	pong := make(chan string, 1)
	c.ws.SetPongHandler(func(data string) error { pong <- data; return nil })
	require.NoError(t, c.ws.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(time.Second)))
	require.Equal(t, "hello", <-pong)
}

// Silence is measured on a clock that the test moves; a client that answers pings stays, whatever else it keeps to
// itself.
func TestSilentSocketsArePingedThenClosed(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Now())
	m := miniredis.RunT(t)
	n := start(t, "redis://"+m.Addr(), pusher.Options{Clock: now, PongTimeout: 5 * time.Second})
	alive, dead := connect(t, n), connect(t, n)
	dead.ws.SetPingHandler(func(string) error { return nil })
	alive.here()
	dead.here()
	now.Advance(119 * time.Second)
	alive.here() // is word from it
	now.Advance(2 * time.Second)
	dead.await("pusher:ping", "")
	require.Empty(t, alive.events("pusher:ping", ""))
	now.Advance(4 * time.Second)
	now.Advance(2 * time.Second)
	require.Equal(t, 4201, dead.closed())
	now.Advance(115 * time.Second)
	alive.await("pusher:ping", "")
	require.Eventually(t, func() bool { alive.mu.Lock(); defer alive.mu.Unlock(); return alive.pings == 1 }, patience,
		time.Millisecond)
	alive.here() // the pong went before, so the server has seen it
	now.Advance(100 * time.Second)
	alive.here()
}

func TestClientEvents(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Now())
	n := start(t, "redis://"+miniredis.RunT(t).Addr(), pusher.Options{ClientEvents: true, Clock: now})
	a, b := connect(t, n), connect(t, n)
	for _, c := range []*client{a, b} {
		c.subscribe("private-room")
		c.subscribe("public-room")
		c.subscribe("private-encrypted-room")
	}
	a.join("presence-room", "1")
	b.join("presence-room", "2")
	a.send("client-hello", "private-room", map[string]any{"x": 1})
	require.Equal(t, frame{Event: "client-hello", Channel: "private-room", Data: `{"x":1}`},
		b.await("client-hello", "private-room"))
	a.send("client-hello", "presence-room", `{"already":"text"}`)
	require.Equal(t, frame{Event: "client-hello", Channel: "presence-room", Data: `{"already":"text"}`, UserID: "1"},
		b.await("client-hello", "presence-room"))
	now.Advance(time.Second)
	for i, x := range []struct{ event, channel, data string }{
		{"client-no", "public-room", ""},
		{"client-no", "private-encrypted-room", ""},
		{"client-no", "private-other", ""},
		{"client-" + strings.Repeat("n", 200), "private-room", ""},
		{"client-no", "private-room", strings.Repeat("x", 10<<10)},
	} {
		a.send(x.event, x.channel, x.data)
		require.Contains(t, a.awaitNth("pusher:error", "", i+1).Data, `"code":4300`)
	}
	now.Advance(time.Second)
	for range 11 {
		a.send("client-many", "private-room", map[string]any{})
	}
	require.Contains(t, a.awaitNth("pusher:error", "", 6).Data, `"code":4301`)
	b.awaitNth("client-many", "private-room", 10)
	now.Advance(time.Second)
	a.send("client-more", "private-room", map[string]any{})
	b.await("client-more", "private-room")
	require.Len(t, b.events("client-many", "private-room"), 10)
	a.here()
	require.Empty(t, a.events("client-hello", "private-room"), "not to the sender")
}

func TestCacheChannelsRepeatTheLastEvent(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	for _, channel := range []string{"cache-a", "private-cache-a", "presence-cache-a"} {
		subscribe := func(c *client) {
			if strings.HasPrefix(channel, "presence-") {
				c.join(channel, "1")
			} else {
				c.subscribe(channel)
			}
		}
		first := connect(t, n)
		subscribe(first)
		first.await("pusher:cache_miss", channel)
		n.publish(t, realtime.Message{Channel: channel, Event: "state", Data: json.RawMessage(`1`)},
			realtime.Message{Channel: channel, Event: "state", Data: json.RawMessage(`2`)})
		first.awaitNth("state", channel, 2)
		late := connect(t, n)
		subscribe(late)
		require.Equal(t, "2", late.await("state", channel).Data)
		require.Empty(t, late.events("pusher:cache_miss", channel))
		frames := late.all()
		require.Equal(t, "pusher_internal:subscription_succeeded", frames[len(frames)-2].Event,
			"the answer comes first")
	}
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	userData := `{"id":"u-1","user_info":{"name":"Siti"}}`
	signin := func(c *client, data string) {
		c.send("pusher:signin", "",
			map[string]any{"user_data": data, "auth": appKey + ":" + sign(c.id+"::user::"+data)})
	}
	a, b, stranger := connect(t, n), connect(t, n), connect(t, n)
	for _, c := range []*client{a, b} {
		signin(c, userData)
		require.JSONEq(t, `{"user_data":"{\"id\":\"u-1\",\"user_info\":{\"name\":\"Siti\"}}"}`,
			c.await("pusher:signin_success", "").Data)
		c.send("pusher:subscribe", "", map[string]any{"channel": "#server-to-user-u-1"})
		c.await("pusher_internal:subscription_succeeded", "#server-to-user-u-1")
	}
	bare := connect(t, n) // what is sent to a user needs no subscription
	signin(bare, userData)
	bare.await("pusher:signin_success", "")
	stranger.send("pusher:subscribe", "", map[string]any{"channel": "#server-to-user-u-1"})
	stranger.await("pusher:subscription_error", "#server-to-user-u-1")

	status, _ := n.post(t, "/events", `{"name":"letter","channels":["#server-to-user-u-1"],"data":"{\"n\":1}"}`)
	require.Equal(t, 200, status)
	require.Equal(t, `{"n":1}`, a.await("letter", "#server-to-user-u-1").Data)
	b.await("letter", "#server-to-user-u-1")
	require.Equal(t, `{"n":1}`, bare.await("letter", "#server-to-user-u-1").Data)
	require.Empty(t, bare.events("pusher_internal:subscription_succeeded", "#server-to-user-u-1"))
	bare.here()
	require.Len(t, bare.events("letter", "#server-to-user-u-1"), 1)
	a.here()
	require.Len(t, a.events("letter", "#server-to-user-u-1"), 1, "once, however it was asked for")

	// A signed-in user needs no channel_data for presence.
	a.send("pusher:subscribe", "", a.authorization("presence-x", ""))
	require.Equal(t, `{"presence":{"count":1,"ids":["u-1"],"hash":{"u-1":{"name":"Siti"}}}}`,
		a.await("pusher_internal:subscription_succeeded", "presence-x").Data)

	status, _ = n.post(t, "/users/u-1/terminate_connections", `{}`)
	require.Equal(t, 200, status)
	require.Equal(t, 4009, a.closed())
	require.Equal(t, 4009, b.closed())
	require.Equal(t, 4009, bare.closed())
	stranger.here()

	for _, data := range []string{`{"id":""}`, `{}`, `[]`, `nonsense`} {
		c := connect(t, n)
		signin(c, data)
		require.Equal(t, 4009, c.closed(), data)
	}
	forged := connect(t, n)
	forged.send("pusher:signin", "",
		map[string]any{"user_data": userData, "auth": appKey + ":" + sign(stranger.id+"::user::"+userData)})
	require.Equal(t, 4009, forged.closed())
	other := connect(t, n)
	signin(other, userData)
	other.await("pusher:signin_success", "")
	signin(other, `{"id":"u-2"}`)
	require.Equal(t, 4009, other.closed())
}

func TestPresenceOnOneNode(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	a, b, b2 := connect(t, n), connect(t, n), connect(t, n)
	a.join("presence-x", "a")
	require.JSONEq(t, `{"presence":{"count":2,"ids":["a","b"],"hash":{"a":{"name":"N-a"},"b":{"name":"N-b"}}}}`,
		b.join("presence-x", "b").Data)
	require.JSONEq(t, `{"user_id":"b","user_info":{"name":"N-b"}}`,
		a.await("pusher_internal:member_added", "presence-x").Data)
	b2.join("presence-x", "b")
	b.close()
	a.here()
	require.Len(t, a.events("pusher_internal:member_added", "presence-x"), 1)
	b2.send("pusher:unsubscribe", "", map[string]any{"channel": "presence-x"})
	require.JSONEq(t, `{"user_id":"b"}`, a.await("pusher_internal:member_removed", "presence-x").Data)
	require.Len(t, a.events("pusher_internal:member_removed", "presence-x"), 1)
	require.Empty(t, b.events("pusher_internal:member_added", "presence-x"), "nobody hears of himself")
}

// Subscribers of a cache channel that come while events stream end with the last one, whatever they began with.
func TestCacheChannelsUnderWay(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	const events = 300
	published := make(chan struct{})
	go func() {
		defer close(published)
		for i := 1; i <= events; i++ {
			if err := n.bus.Publish(t.Context(),
				realtime.Message{Channel: "cache-x", Event: "state",
					Data: json.RawMessage(fmt.Sprint(i))}); err != nil {
				t.Error(err)
			}
		}
	}()
	var clients []*client
	for range 20 {
		c := connect(t, n)
		c.subscribe("cache-x")
		clients = append(clients, c)
	}
	<-published
	for _, c := range clients {
		require.Eventually(t, func() bool {
			got := c.events("state", "cache-x")
			return len(got) > 0 && got[len(got)-1] == fmt.Sprint(events)
		}, patience, time.Millisecond)
		frames := c.all()
		require.Equal(t, "pusher_internal:subscription_succeeded", frames[1].Event,
			"the answer comes before the events")
	}
}
