package realtime_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const lobby = "presence-lobby"

func member(id string) realtime.Member {
	return realtime.Member{UserID: id, Info: json.RawMessage(`{"name":"N` + id + `"}`)}
}

// present returns the ids in a roster frame.
func present(t require.TestingT, roster []byte) []string {
	var f frame
	require.NoError(t, json.Unmarshal(roster, &f))
	require.Equal(t, "pusher_internal:subscription_succeeded", f.Event)
	var body struct {
		Presence struct {
			Count int                        `json:"count"`
			IDs   []string                   `json:"ids"`
			Hash  map[string]json.RawMessage `json:"hash"`
		} `json:"presence"`
	}
	require.NoError(t, json.Unmarshal([]byte(f.Data), &body))
	require.Equal(t, len(body.Presence.IDs), body.Presence.Count)
	require.ElementsMatch(t, body.Presence.IDs, slices.Collect(maps.Keys(body.Presence.Hash)))
	return body.Presence.IDs
}

func join(t *testing.T, n *node, user string) []string {
	t.Helper()
	roster, _, err := n.Join(t.Context(), lobby, member(user))
	require.NoError(t, err)
	return present(t, roster)
}

func TestAUserIsPresentOnceOverAllNodes(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		a, b := startNode(t, open(), realtime.BusOptions{}, &collector{}),
			startNode(t, open(), realtime.BusOptions{}, &collector{})
		require.NoError(t, a.Subscribe(t.Context(), lobby))
		require.Equal(t, []string{"1"}, join(t, a, "1"))
		require.Equal(t, []string{"1", "2"}, join(t, b, "2"))
		require.Equal(t, []string{"1", "2"}, join(t, b, "1"))
		require.Equal(t, []string{"1", "2"}, join(t, b, "1"))
		a.Leave(lobby, "1")
		b.Leave(lobby, "1")
		b.Leave(lobby, "2")
		require.Eventually(t, func() bool { return len(a.got.events(lobby)) == 3 }, patience, time.Millisecond)
		ids, err := a.Members(t.Context(), lobby)
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, ids, "one socket of user 1 is left")
		b.Leave(lobby, "1")
		require.Eventually(t, func() bool { return len(a.got.events(lobby)) == 4 }, patience, time.Millisecond)
		require.Equal(t, []string{
			`pusher_internal:member_added {"user_id":"1","user_info":{"name":"N1"}}`,
			`pusher_internal:member_added {"user_id":"2","user_info":{"name":"N2"}}`,
			`pusher_internal:member_removed {"user_id":"2"}`,
			`pusher_internal:member_removed {"user_id":"1"}`,
		}, a.got.events(lobby))
		var last int64
		for _, d := range a.got.deliveries() {
			require.Greater(t, d.Version, last)
			last = d.Version
		}
	})
}

func TestManyJoinAtOnce(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		n := startNode(t, open(), realtime.BusOptions{}, &collector{})
		const users = 1300 // more than one script call takes
		var wg sync.WaitGroup
		for i := range users {
			wg.Go(func() {
				roster, _, err := n.Join(t.Context(), lobby, member(fmt.Sprint(i)))
				if err != nil || !bytes.Contains(roster, fmt.Appendf(nil, `\"%d\":{`, i)) {
					t.Errorf("user %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		ids, err := n.Members(t.Context(), lobby)
		require.NoError(t, err)
		require.Len(t, ids, users)
	})
}

// A node that ends without a word leaves no ghosts, and takes nobody with it who is connected elsewhere too.
func TestADeadNodeLeavesNoGhosts(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		a := startNode(t, open(), realtime.BusOptions{}, &collector{})
		doomed := open()
		b := startNode(t, doomed, realtime.BusOptions{}, &collector{})
		require.NoError(t, a.Subscribe(t.Context(), lobby))
		require.NoError(t, b.Subscribe(t.Context(), lobby))
		join(t, a, "both")
		join(t, b, "both")
		require.Equal(t, []string{"both", "ghost"}, join(t, b, "ghost"))
		require.NoError(t, doomed.Close()) // from now on it cannot say anything, not even farewell
		require.Eventually(t, func() bool {
			return slices.Contains(a.got.events(lobby), `pusher_internal:member_removed {"user_id":"ghost"}`)
		}, patience, 5*time.Millisecond)
		ids, err := a.Members(t.Context(), lobby)
		require.NoError(t, err)
		require.Equal(t, []string{"both"}, ids)
		require.Eventually(t, func() bool {
			counts, err := a.CountsOf(t.Context(), lobby)
			return err == nil && counts[0] == realtime.Count{Subscriptions: 1, Users: 1}
		}, patience, 5*time.Millisecond)
	})
}

func TestALeavingNodeWithdrawsAtOnce(t *testing.T) {
	t.Parallel()
	rdb := dial(t, testkit.Redis(t))
	a := startNode(t, rdb, realtime.BusOptions{Heartbeat: time.Hour}, &collector{})
	b := startNode(t, rdb, realtime.BusOptions{Heartbeat: time.Hour}, &collector{})
	require.NoError(t, a.Subscribe(t.Context(), lobby))
	join(t, b, "1")
	b.stop()
	require.Eventually(t, func() bool { return len(a.got.events(lobby)) == 2 }, patience, time.Millisecond)
	a.stop()
	keys, err := rdb.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Empty(t, keys, "nothing of a node that ended in order stays in Redis")
}

// A node that was taken for dead while it only slept is back with everybody as soon as it notices.
func TestANodeTakenForDeadRegistersAgain(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		rdb := open()
		a := startNode(t, rdb, realtime.BusOptions{}, &collector{})
		b := startNode(t, open(), realtime.BusOptions{}, &collector{})
		require.NoError(t, b.Subscribe(t.Context(), lobby))
		join(t, a, "1")
		names, err := rdb.ZRange(t.Context(), "hadir:rt:nodes", 0, -1).Result()
		require.NoError(t, err)
		for _, name := range names {
			require.NoError(t, rdb.ZAddXX(t.Context(), "hadir:rt:nodes", redis.Z{Score: 0, Member: name}).Err())
		}
		require.Eventually(t, func() bool {
			now, err := rdb.ZRange(t.Context(), "hadir:rt:nodes", 0, -1).Result()
			return err == nil && len(now) == 2 && !slices.Contains(names, now[0]) && !slices.Contains(names, now[1])
		}, patience, 5*time.Millisecond)
		require.Eventually(t, func() bool {
			ids, err := a.Members(t.Context(), lobby)
			return err == nil && slices.Equal(ids, []string{"1"})
		}, patience, 5*time.Millisecond)
		a.Leave(lobby, "1")
		require.Eventually(t, func() bool {
			events := b.got.events(lobby)
			return len(events) > 0 && strings.HasPrefix(events[len(events)-1], "pusher_internal:member_removed")
		}, patience, 5*time.Millisecond)
	})
}

// After Redis lost everything the nodes write it again and list the members to their subscribers.
func TestPresenceSurvivesAnEmptyRedis(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, testkit.RedisOptions{})
	a := startNode(t, dial(t, server.URL), realtime.BusOptions{}, &collector{})
	b := startNode(t, dial(t, server.URL), realtime.BusOptions{}, &collector{})
	for _, n := range []*node{a, b} {
		require.NoError(t, n.Subscribe(t.Context(), lobby))
	}
	join(t, a, "1")
	join(t, a, "2")
	join(t, b, "3")
	server.Kill()
	require.Eventually(t, func() bool { return !a.Connected() && !b.Connected() }, patience, time.Millisecond)
	a.Leave(lobby, "2") // goes unseen by Redis
	server.Restart(true)
	for _, n := range []*node{a, b} {
		require.Eventually(t, func() bool { return slices.Equal(replay(t, n.got.all()), []string{"1", "3"}) }, patience,
			5*time.Millisecond)
	}
	ids, err := a.Members(t.Context(), lobby)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"1", "3"}, ids)
}

// replay returns who a subscriber believes to be present after the last roster and the changes since.
func replay(t require.TestingT, frames []frame) []string {
	in := map[string]bool{}
	for _, f := range frames {
		var m struct {
			UserID string `json:"user_id"`
		}
		switch f.Event {
		case "pusher_internal:subscription_succeeded":
			clear(in)
			b, err := json.Marshal(f)
			require.NoError(t, err)
			for _, id := range present(t, b) {
				in[id] = true
			}
		case "pusher_internal:member_added":
			require.NoError(t, json.Unmarshal([]byte(f.Data), &m))
			in[m.UserID] = true
		case "pusher_internal:member_removed":
			require.NoError(t, json.Unmarshal([]byte(f.Data), &m))
			delete(in, m.UserID)
		}
	}
	return slices.Sorted(maps.Keys(in))
}

func TestCountsAddUpTheNodes(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, open func() redis.UniversalClient) {
		a, b := startNode(t, open(), realtime.BusOptions{}, &collector{}),
			startNode(t, open(), realtime.BusOptions{}, &collector{})
		for _, s := range []struct {
			n    *node
			name string
		}{{a, "news"}, {a, "news"}, {b, "news"}, {b, "private-x"}, {b, lobby}, {a, realtime.UserChannel("1")}} {
			require.NoError(t, s.n.Subscribe(t.Context(), s.name))
		}
		join(t, b, "1")
		outside := realtime.NewBus(open(), realtime.BusOptions{})
		want := map[string]realtime.Count{"news": {Subscriptions: 3}, "private-x": {Subscriptions: 1},
			lobby: {Subscriptions: 1, Users: 1}}
		for _, bus := range []*realtime.Bus{a.Bus, b.Bus, outside} {
			require.Eventually(t, func() bool {
				got, err := bus.Counts(t.Context(), "")
				return err == nil && maps.Equal(got, want)
			}, patience, 5*time.Millisecond)
			got, err := bus.Counts(t.Context(), "pr")
			require.NoError(t, err)
			require.Len(t, got, 2)
			some, err := bus.CountsOf(t.Context(), lobby, "nobody", "news")
			require.NoError(t, err)
			require.Equal(t, []realtime.Count{{Subscriptions: 1, Users: 1}, {}, {Subscriptions: 3}}, some)
		}
		a.Unsubscribe("news")
		b.Unsubscribe("news")
		require.Eventually(t, func() bool {
			got, err := outside.CountsOf(t.Context(), "news")
			return err == nil && got[0].Subscriptions == 1
		}, patience, 5*time.Millisecond)
	})
}

// Whatever the order of joins and leaves on several nodes, Redis and every subscriber agree with plain bookkeeping.
func TestPresenceAgreesWithAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m, err := miniredis.Run()
		require.NoError(rt, err)
		defer m.Close()
		url := "redis://" + m.Addr()
		nodes := []*node{}
		for range 3 {
			n := startNode(t, dial(t, url), realtime.BusOptions{}, &collector{})
			defer n.stop()
			require.NoError(rt, n.Subscribe(t.Context(), lobby))
			nodes = append(nodes, n)
		}
		model := map[string]int{}
		type seat struct {
			node int
			user string
		}
		var seats []seat
		var newest int64
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			if len(seats) > 0 && rapid.Bool().Draw(rt, "leave") {
				i := rapid.IntRange(0, len(seats)-1).Draw(rt, "seat")
				s := seats[i]
				seats = slices.Delete(seats, i, i+1)
				nodes[s.node].Leave(lobby, s.user)
				if model[s.user]--; model[s.user] == 0 {
					delete(model, s.user)
				}
				continue
			}
			s := seat{rapid.IntRange(0, 2).Draw(rt, "node"),
				rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "user")}
			roster, version, err := nodes[s.node].Join(t.Context(), lobby, member(s.user))
			require.NoError(rt, err)
			seats = append(seats, s)
			model[s.user]++
			require.Subset(rt, present(rt, roster), []string{s.user})
			require.GreaterOrEqual(rt, version, newest)
			newest = version
		}
		want := slices.Sorted(maps.Keys(model))
		require.Eventually(rt, func() bool {
			ids, err := nodes[0].Members(t.Context(), lobby)
			slices.Sort(ids)
			return err == nil && slices.Equal(ids, want)
		}, patience, time.Millisecond)
		// Redis has done everything, so all changes precede this event.
		require.NoError(rt, nodes[0].Publish(t.Context(), realtime.Message{Channel: lobby, Event: "end"}))
		for _, n := range nodes {
			require.Eventually(rt, func() bool { return n.got.count("end") == 1 }, patience, time.Millisecond)
			require.Equal(rt, fmt.Sprint(want), fmt.Sprint(replay(rt, n.got.all())))
		}
	})
}
