package pusher_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/realtime"
	"hadir/internal/testkit"
	"hadir/pusher"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// runChild is what the test binary does in a child process: one node, until its standard input ends.
func runChild(redisURL string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	o, err := redis.ParseURL(redisURL)
	fail(err)
	rdb := redis.NewClient(o)
	n, err := serve(rdb, pusher.Options{DrainOver: -1}, realtime.BusOptions{})
	fail(err)
	ready, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	defer cancel()
	fail(n.bus.Subscribe(ready, "ready")) // returns once Redis has confirmed it
	n.bus.Unsubscribe("ready")
	fmt.Println(n.addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	fail(n.stop())
}

// child is a node in a process of its own.
type child struct {
	node
	cmd   *exec.Cmd
	input io.Closer
}

func startChild(t testing.TB, redisURL string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+redisURL)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{cmd: cmd, input: input}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	c.addr = strings.TrimSpace(line)
	return c
}

func TestEventsAndPresenceCrossNodes(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	one, two := start(t, url, pusher.Options{ClientEvents: true}), start(t, url, pusher.Options{ClientEvents: true})
	a, b := connect(t, one), connect(t, two)
	for _, c := range []*client{a, b} {
		c.subscribe("private-branch.1")
	}
	two.publish(t, realtime.Message{Channel: "private-branch.1", Event: "x", Data: json.RawMessage(`1`)})
	require.Equal(t, "1", a.await("x", "private-branch.1").Data)
	require.Equal(t, "1", b.await("x", "private-branch.1").Data)
	status, _ := one.post(t, "/events",
		fmt.Sprintf(`{"name":"y","channel":"private-branch.1","data":"{}","socket_id":%q}`, b.id))
	require.Equal(t, 200, status)
	a.await("y", "private-branch.1")
	b.here()
	require.Empty(t, b.events("y", "private-branch.1"))
	b.send("client-z", "private-branch.1", map[string]any{})
	a.await("client-z", "private-branch.1")

	a.join("presence-x", "a")
	require.JSONEq(t, `{"presence":{"count":2,"ids":["a","b"],"hash":{"a":{"name":"N-a"},"b":{"name":"N-b"}}}}`,
		b.join("presence-x", "b").Data)
	a.await("pusher_internal:member_added", "presence-x")
	again := connect(t, one)
	again.join("presence-x", "b")
	b.close()
	b.close()
	require.NoError(t, two.stop(), "the node of b goes, but b is still here over node one")
	a.here()
	require.Empty(t, a.events("pusher_internal:member_removed", "presence-x"))
	again.close()
	require.JSONEq(t, `{"user_id":"b"}`, a.await("pusher_internal:member_removed", "presence-x").Data)
}

func TestAKilledNodeLeavesNoGhosts(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	survivor, victim := start(t, url, pusher.Options{}), startChild(t, url)
	a := connect(t, survivor)
	a.join("presence-x", "a")
	ghost := connect(t, &victim.node)
	ghost.join("presence-x", "ghost")
	connect(t, &victim.node).join("presence-x", "a")
	a.await("pusher_internal:member_added", "presence-x")
	require.NoError(t, victim.cmd.Process.Kill())
	require.JSONEq(t, `{"user_id":"ghost"}`, a.await("pusher_internal:member_removed", "presence-x").Data)
	a.here()
	require.Len(t, a.events("pusher_internal:member_removed", "presence-x"), 1, "a is still connected here")
	require.Eventually(t, func() bool {
		_, body := survivor.get(t, "/channels/presence-x", "info=subscription_count,user_count")
		return body == `{"occupied":true,"subscription_count":1,"user_count":1}`
	}, patience, 10*time.Millisecond)
}

// Redis is restarted empty: the sockets stay, are told to refetch, and everything works again, presence too.
func TestARedisRestartEndsInAResync(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	one, two := start(t, server.URL, pusher.Options{}), start(t, server.URL, pusher.Options{})
	a, b := connect(t, one), connect(t, two)
	for _, c := range []*client{a, b} {
		c.subscribe("private-branch.1")
		c.subscribe("news")
		c.join("presence-x", c.id)
	}
	require.NoError(t, one.server.Check(t.Context()))
	server.Kill()
	require.Eventually(t, func() bool { return one.server.Check(t.Context()) != nil }, patience, time.Millisecond)
	a.here() // still served
	for _, c := range []*client{a, b} {
		c.await("interrupted", "private-branch.1")
	}
	newcomer := connect(t, one)
	newcomer.send("pusher:subscribe", "", newcomer.authorization("private-branch.2", ""))
	server.Restart(true)
	for _, c := range []*client{a, b} {
		c.await("resync", "private-branch.1")
		c.await("resync", "presence-x")
	}
	require.JSONEq(t, `{"watchers":2}`, a.await("resync", "private-branch.1").Data, "who asks: all of the node")
	require.JSONEq(t, `{"watchers":1}`, b.await("resync", "private-branch.1").Data)
	newcomer.await("pusher_internal:subscription_succeeded", "private-branch.2")
	one.publish(t, realtime.Message{Channel: "private-branch.1", Event: "after"},
		realtime.Message{Channel: "news", Event: "after"})
	for _, c := range []*client{a, b} {
		c.await("after", "private-branch.1")
		c.await("after", "news")
		require.Empty(t, c.events("resync", "news"))
		require.Empty(t, c.events("interrupted", "news"))
	}
	late := connect(t, one)
	late.subscribe("private-branch.1")
	late.here()
	require.Empty(t, late.events("interrupted", "private-branch.1"), "it is over")
	require.Eventually(t, func() bool {
		_, body := two.get(t, "/channels/presence-x/users", "")
		return strings.Count(body, "id") == 2
	}, patience, 10*time.Millisecond)
	b.close()
	require.Eventually(t, func() bool {
		removed := a.events("pusher_internal:member_removed", "presence-x")
		return len(removed) > 0 && strings.Contains(removed[len(removed)-1], b.id)
	}, patience, time.Millisecond)
}

// While no worker gives a sign of life, all who listen to guarded channels are told that events are missing: also those
// who come meanwhile, right after their subscription stands, and on channels whose members or last event come first.
func TestWhoComesWhileARoleIsAwayIsTold(t *testing.T) {
	t.Parallel()
	url := "redis://" + miniredis.RunT(t).Addr()
	n, err := serve(dial(t, url), pusher.Options{DrainOver: -1, Shards: 1},
		realtime.BusOptions{Await: []string{"api", "worker"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.stop()) })
	require.Eventually(t, n.bus.Connected, patience, time.Millisecond)
	n.publish(t, realtime.Message{Channel: "private-cache-x", Event: "last"})
	first := connect(t, n)
	first.subscribe("private-branch.1")
	first.await("interrupted", "private-branch.1")

	late := connect(t, n)
	guarded := []string{"private-branch.1", "private-branch.2", "private-cache-x", "presence-x"}
	for _, channel := range append(guarded, "news") {
		if channel == "presence-x" {
			late.join(channel, "late")
		} else {
			late.subscribe(channel)
		}
	}
	late.here()
	on := func(channel string) (events []string) {
		for _, f := range late.all() {
			if f.Channel == channel {
				events = append(events, f.Event)
			}
		}
		return events
	}
	const stands = "pusher_internal:subscription_succeeded"
	require.Equal(t, []string{stands, "interrupted"}, on("private-branch.1"))
	require.Equal(t, []string{stands, "interrupted"}, on("private-branch.2"))
	require.Equal(t, []string{stands, "last", "interrupted"}, on("private-cache-x"))
	require.Equal(t, []string{stands, "interrupted"}, on("presence-x"))
	require.Equal(t, []string{stands}, on("news"))
	require.JSONEq(t, `{"watchers":2}`, late.await("interrupted", "private-branch.1").Data)
	first.here()
	require.Len(t, first.events("interrupted", "private-branch.1"), 1, "told once")

	require.NoError(t, n.bus.Pulse(t.Context(), "api", "worker"))
	for _, channel := range guarded {
		late.await("resync", channel)
	}
	first.await("resync", "private-branch.1")
	require.Empty(t, late.events("resync", "news"))
}

// While Redis is away a subscription cannot be confirmed; the client is sent away with a code that brings it back.
func TestSubscriptionsWaitForRedisOnlySoLong(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	n := start(t, server.URL, pusher.Options{SubscribeTimeout: 100 * time.Millisecond})
	c := connect(t, n)
	server.Kill()
	require.Eventually(t, func() bool { return !n.bus.Connected() }, patience, time.Millisecond)
	c.send("pusher:subscribe", "", c.authorization("private-branch.1", ""))
	require.Equal(t, 4100, c.closed())
	status, body := n.post(t, "/events", `{"name":"x","channel":"news","data":"{}"}`)
	require.Equal(t, 503, status)
	require.Equal(t, "Try again later", body)
	server.Restart(true) // so that the node can withdraw
}

// An event published once the client has its answer must arrive, from any node, however many subscribe at once.
func TestNoEventIsLostAfterTheAnswer(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	one, two := start(t, url, pusher.Options{}), start(t, url, pusher.Options{})
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			channel := fmt.Sprintf("private-employee.%d", i+1)
			c := connect(t, one)
			c.subscribe(channel)
			two.publish(t, realtime.Message{Channel: channel, Event: "at-once"})
			c.await("at-once", channel)
		})
	}
	wg.Wait()
}

// However many come and go at once on two nodes, everybody ends with the same idea of who is present.
func TestPresenceConverges(t *testing.T) {
	t.Parallel()
	url := testkit.Redis(t)
	nodes := []*node{start(t, url, pusher.Options{}), start(t, url, pusher.Options{})}
	const users = 40
	clients := make([]*client, users)
	var wg sync.WaitGroup
	for i := range users {
		wg.Go(func() {
			clients[i] = connect(t, nodes[i%2])
			clients[i].join("presence-x", fmt.Sprint(i/2)) // each user is connected twice
			if i%4 == 3 {
				clients[i].close() // the user stays over another node
			}
			if i%4 == 0 && i >= users/2 {
				clients[i].send("pusher:unsubscribe", "", map[string]any{"channel": "presence-x"})
			}
		})
	}
	wg.Wait()
	want := map[string]bool{}
	for i := range users {
		if i%4 != 3 && (i%4 != 0 || i < users/2) {
			want[fmt.Sprint(i/2)] = true
		}
	}
	for i, c := range clients {
		if i%4 == 3 || i%4 == 0 && i >= users/2 {
			continue
		}
		require.Eventually(t, func() bool { return maps.Equal(present(t, c.all()), want) }, patience, time.Millisecond,
			"client %d", i)
	}
}

// present replays what a client received and returns who is there. Changes before the answer to the subscription would
// be a defect.
func present(t *testing.T, frames []frame) map[string]bool {
	var in map[string]bool
	for _, f := range frames {
		var data struct {
			UserID   string `json:"user_id"`
			Presence struct{ IDs []string }
		}
		if f.Channel == "presence-x" {
			require.NoError(t, json.Unmarshal([]byte(f.Data), &data))
		}
		switch f.Event {
		case "pusher_internal:subscription_succeeded":
			in = map[string]bool{}
			for _, id := range data.Presence.IDs {
				in[id] = true
			}
		case "pusher_internal:member_added":
			require.NotNil(t, in)
			in[data.UserID] = true
		case "pusher_internal:member_removed":
			require.NotNil(t, in)
			delete(in, data.UserID)
		}
	}
	return in
}
