package realtime

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Count is how busy a channel is, over all nodes.
type Count struct {
	Subscriptions int // sockets subscribed
	Users         int // different users; presence channels only
}

// markAllChanged makes the node write the counts of all its channels again, under its new name.
func (t *topics) markAllChanged() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range t.byName {
		t.changed[name] = struct{}{}
	}
}

// writeCounts writes the number of subscribers of the node's channels. What fails is written the next time, because the
// counts are only statistics.
func (p *presence) writeCounts(ctx context.Context) {
	counts := p.b.topics.takeChanged()
	if len(counts) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	pipe := p.b.rdb.Pipeline()
	key := p.b.countsKey(p.node)
	for name, n := range counts {
		if n > 0 {
			pipe.HSet(ctx, key, name, n)
		} else {
			pipe.HDel(ctx, key, name)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		p.b.topics.putBack(counts)
		p.b.log.Warn("could not write the counts of subscribers", "error", err)
	}
}

// others returns the names of the other living nodes.
func (b *Bus) others(ctx context.Context) ([]string, error) {
	nodes, err := b.rdb.ZRangeByScore(ctx, b.nodesKey(), &redis.ZRangeBy{Min: "(0", Max: "+inf"}).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the nodes: %w", err)
	}
	out := nodes[:0]
	for _, n := range nodes {
		if !strings.HasPrefix(n, b.id+".") {
			out = append(out, n)
		}
	}
	return out, nil
}

// Counts returns the counts of the channels whose names begin with prefix, over all nodes. It leaves out the channels
// of signed-in users. Counts of other nodes may be about 200 ms old.
func (b *Bus) Counts(ctx context.Context, prefix string) (map[string]Count, error) {
	nodes, err := b.others(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]Count{}
	add := func(name string, n int) {
		if n > 0 && strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, userPrefix) {
			c := out[name]
			c.Subscriptions += n
			out[name] = c
		}
	}
	for name, n := range b.topics.counts() {
		add(name, n)
	}
	pipe := b.rdb.Pipeline()
	counts := make([]*redis.MapStringStringCmd, len(nodes))
	for i, node := range nodes {
		counts[i] = pipe.HGetAll(ctx, b.countsKey(node))
	}
	if err := execCounts(ctx, pipe); err != nil {
		return nil, err
	}
	for _, c := range counts {
		for name, n := range c.Val() {
			v, _ := strconv.Atoi(n)
			add(name, v)
		}
	}
	pipe = b.rdb.Pipeline()
	users := map[string]*redis.IntCmd{}
	for name := range out {
		if kind, _ := ParseChannel(name); kind.Has(KindPresence) {
			users[name] = pipe.HLen(ctx, b.membersKey(name))
		}
	}
	if err := execCounts(ctx, pipe); err != nil {
		return nil, err
	}
	for name, cmd := range users {
		c := out[name]
		c.Users = int(cmd.Val())
		out[name] = c
	}
	return out, nil
}

// CountsOf returns the counts of the named channels, in their order.
func (b *Bus) CountsOf(ctx context.Context, channels ...string) ([]Count, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	nodes, err := b.others(ctx)
	if err != nil {
		return nil, err
	}
	pipe := b.rdb.Pipeline()
	counts := make([]*redis.SliceCmd, len(nodes))
	for i, node := range nodes {
		counts[i] = pipe.HMGet(ctx, b.countsKey(node), channels...)
	}
	users := make([]*redis.IntCmd, len(channels))
	for i, name := range channels {
		if kind, _ := ParseChannel(name); kind.Has(KindPresence) {
			users[i] = pipe.HLen(ctx, b.membersKey(name))
		}
	}
	if err := execCounts(ctx, pipe); err != nil {
		return nil, err
	}
	out := make([]Count, len(channels))
	for i, name := range channels {
		out[i].Subscriptions = b.topics.countOf(name)
		if users[i] != nil {
			out[i].Users = int(users[i].Val())
		}
		for _, c := range counts {
			s, _ := c.Val()[i].(string) // nil where the node has none
			n, _ := strconv.Atoi(s)
			out[i].Subscriptions += n
		}
	}
	return out, nil
}

func execCounts(ctx context.Context, pipe redis.Pipeliner) error {
	if pipe.Len() == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("reading counts: %w", err)
	}
	return nil
}

// pipeFailed tells errors of a pipeline from empty answers of its scripts.
func pipeFailed(err error) bool { return !errors.Is(err, redis.Nil) }
