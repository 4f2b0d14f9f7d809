package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// maxArgs bounds the arguments of one script call, so that it does not hold up Redis for long.
const maxArgs = 4 * 500

func (b *Bus) membersKey(channel string) string { return b.o.Prefix + "{" + channel + "}:members" }
func (b *Bus) nodesKey() string                 { return b.o.Prefix + "nodes" }
func (b *Bus) heldKey(node string) string       { return b.o.Prefix + "node:" + node + ":presence" }
func (b *Bus) countsKey(node string) string     { return b.o.Prefix + "node:" + node + ":counts" }

// presenceKeys are the keys of scriptPresence.
func (b *Bus) presenceKeys(channel, node string) []string {
	return []string{b.membersKey(channel), b.o.Prefix + "{" + channel + "}:holders",
		b.o.Prefix + "{" + channel + "}:at:" + node}
}

func (p *presence) held() []string { return slices.Sorted(maps.Keys(p.local)) }

// register makes this node known under a new name with everything it holds, then withdraws the old name.
func (p *presence) register(ctx context.Context) error {
	old, node, held := p.node, p.nextName(), p.held()
	pipe := p.b.rdb.Pipeline()
	pipe.Eval(ctx, scriptRegister, []string{p.b.nodesKey()}, node)
	for part := range slices.Chunk(held, maxArgs) {
		pipe.SAdd(ctx, p.b.heldKey(node), anys(part)...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("registering the node: %w", err)
	}
	clear(p.announced)
	for _, channel := range held {
		p.announced[channel] = struct{}{}
	}
	pipe = p.b.rdb.Pipeline()
	for _, channel := range held {
		args := p.head(channel, "0")
		for user, m := range p.local[channel] {
			args = append(args, joinArgs(channel, Member{UserID: user, Info: m.info})...)
		}
		p.eval(ctx, pipe, channel, node, args)
	}
	if _, err := pipe.Exec(ctx); err != nil && pipeFailed(err) {
		return fmt.Errorf("joining again: %w", err)
	}
	p.node = node
	p.b.topics.markAllChanged()
	p.writeCounts(ctx)
	if old == "" {
		return nil
	}
	return p.sweep(ctx, old, held)
}

// eval adds the script to a pipeline, in pieces, of which the last returns the roster if one is wanted.
func (p *presence) eval(ctx context.Context, pipe redis.Pipeliner, channel, node string, args []any) *redis.Cmd {
	keys := p.b.presenceKeys(channel, node)
	head, changes := args[:headArgs:headArgs], args[headArgs:]
	for len(changes) > maxArgs {
		pipe.Eval(ctx, scriptPresence, keys, append([]any{head[0], "0", head[2]}, changes[:maxArgs]...)...)
		changes = changes[maxArgs:]
	}
	return pipe.Eval(ctx, scriptPresence, keys, append(head, changes...)...)
}

func (p *presence) writeChanges(ctx context.Context, changes map[string]*change) error {
	if len(changes) == 0 {
		return nil
	}
	var unknown []any
	for channel := range changes {
		if _, ok := p.announced[channel]; !ok {
			unknown = append(unknown, channel)
		}
	}
	if len(unknown) > 0 {
		// Before the members are written: whoever sweeps a dead node finds its members through this set.
		if err := p.b.rdb.SAdd(ctx, p.b.heldKey(p.node), unknown...).Err(); err != nil {
			return fmt.Errorf("announcing presence channels: %w", err)
		}
		for _, channel := range unknown {
			p.announced[channel.(string)] = struct{}{}
		}
	}
	pipe := p.b.rdb.Pipeline()
	results := make(map[string]*redis.Cmd, len(changes))
	var left []any
	for channel, c := range changes {
		if len(c.args) > headArgs || len(c.waiting) > 0 {
			results[channel] = p.eval(ctx, pipe, channel, p.node, c.args)
		}
		if _, ok := p.local[channel]; !ok {
			left = append(left, channel)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && pipeFailed(err) {
		return fmt.Errorf("writing presence: %w", err)
	}
	for channel, cmd := range results {
		if c := changes[channel]; len(c.waiting) > 0 {
			flat, err := cmd.StringSlice()
			if err != nil {
				return fmt.Errorf("reading the members of %s: %w", channel, err)
			}
			version, members := parseRoster(flat)
			c.roster, c.version = appendRoster(nil, channel, members), version
		}
	}
	if len(left) > 0 {
		if err := p.b.rdb.SRem(ctx, p.b.heldKey(p.node), left...).Err(); err != nil {
			return fmt.Errorf("withdrawing presence channels: %w", err)
		}
		for _, channel := range left {
			delete(p.announced, channel.(string))
		}
	}
	return nil
}

// publishRosters tells this node's own subscribers who is present, after they may have missed changes.
func (p *presence) publishRosters(ctx context.Context) error {
	pipe := p.b.rdb.Pipeline()
	for channel := range p.local {
		pipe.Eval(ctx, scriptRoster, p.b.presenceKeys(channel, p.node)[:2], p.b.nodeTopic(),
			controlRoster+" "+channel+"\n")
	}
	if pipe.Len() == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("publishing rosters: %w", err)
	}
	return nil
}

// beat says that this node lives and removes what dead nodes left.
func (p *presence) beat(ctx context.Context) error {
	dead := 3 * p.b.o.Heartbeat
	reply, err := p.b.rdb.Eval(ctx, scriptBeat, []string{p.b.nodesKey()}, p.node, dead.Milliseconds()).StringSlice()
	if err != nil || len(reply) == 0 {
		return fmt.Errorf("giving a sign of life: %w", err)
	}
	if reply[0] != "1" {
		p.b.log.Warn("this node was unknown to Redis or taken for dead; registering again")
		if err := p.register(ctx); err != nil {
			return err
		}
	}
	for _, node := range reply[1:] {
		p.b.log.Info("removing what a dead node left", "node", node)
		// of its own: a large sweep must not fail the beat
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
		if err := p.sweep(within, node, nil); err != nil {
			p.b.log.Warn("could not remove all of it; it stays condemned for the next try", "node", node, "error", err)
		}
		cancel()
	}
	return nil
}

// sweep makes the members of a node leave and forgets the node. Several nodes may sweep the same one: each member
// leaves once. also names channels besides those that Redis knows of.
func (p *presence) sweep(ctx context.Context, node string, also []string) error {
	held, err := p.b.rdb.SMembers(ctx, p.b.heldKey(node)).Result()
	if err != nil {
		return fmt.Errorf("reading what a node held: %w", err)
	}
	channels := slices.Compact(slices.Sorted(slices.Values(append(held, also...))))
	for part := range slices.Chunk(channels, 500) {
		pipe := p.b.rdb.Pipeline()
		users := make([]*redis.StringSliceCmd, len(part))
		for i, channel := range part {
			users[i] = pipe.SMembers(ctx, p.b.presenceKeys(channel, node)[2])
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("reading the members a node held: %w", err)
		}
		pipe = p.b.rdb.Pipeline()
		for i, channel := range part {
			args := p.head(channel, "0")
			for _, user := range users[i].Val() {
				args = append(args, leaveArgs(channel, user)...)
			}
			if len(args) > headArgs {
				p.eval(ctx, pipe, channel, node, args)
			}
		}
		if pipe.Len() == 0 {
			continue
		}
		if _, err := pipe.Exec(ctx); err != nil && pipeFailed(err) {
			return fmt.Errorf("removing the members a node held: %w", err)
		}
	}
	pipe := p.b.rdb.Pipeline()
	pipe.Del(ctx, p.b.heldKey(node))
	pipe.Del(ctx, p.b.countsKey(node))
	pipe.ZRem(ctx, p.b.nodesKey(), node)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("forgetting a node: %w", err)
	}
	return nil
}

// parseRoster reads what the scripts return: the version, then users and what is known of them.
func parseRoster(flat []string) (version int64, members []Member) {
	if len(flat) == 0 {
		return 0, nil
	}
	version, _ = strconv.ParseInt(flat[0], 10, 64)
	members = make([]Member, 0, len(flat)/2)
	for i := 1; i+1 < len(flat); i += 2 {
		members = append(members, Member{UserID: flat[i], Info: json.RawMessage(flat[i+1])})
	}
	return version, members
}

func anys(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}
