package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"hadir/internal/clock"
)

// redisTimeout bounds one exchange of the presence worker with Redis.
const redisTimeout = 5 * time.Second

// countsAfter is how long changed counts of subscribers gather before they are written.
const countsAfter = 200 * time.Millisecond

// errNoListener is the answer to a join while Listen does not run.
var errNoListener = errors.New("realtime: the bus is not listening")

// presence keeps the members of presence channels in Redis. One worker does all of it, in order, and takes whatever
// gathered while Redis answered in one round trip: a thousand clients that reconnect at once cost a few commands.
//
// In memory it counts the sockets of each user on this node; Redis counts nodes. The node's name in Redis changes
// whenever the two may have come apart (an error of unknown outcome, a Redis that lost its data, a node declared dead
// by mistake): the members join under the new name before they leave under the old one, so nobody sees them flicker.
type presence struct {
	b    *Bus
	wake chan struct{}

	mu      sync.Mutex
	ops     []presenceOp
	rosters bool // send the members of all channels again
	running bool

	// The rest belongs to the worker.
	local     map[string]map[string]*localMember
	announced map[string]struct{} // channels that Redis knows this node to hold
	node      string              // this node's name in Redis; "" while unknown there
	epoch     int
	lastBeat  time.Time // by wall: liveness goes by real time whatever the bus's clock says
	wall      clock.Clock
	failing   bool
}

type localMember struct {
	sockets int
	info    json.RawMessage
}

type presenceOp struct {
	channel string
	member  Member
	leave   bool
	reply   chan<- joined
}

type joined struct {
	roster  []byte
	version int64
	err     error
}

func newPresence(b *Bus) *presence {
	return &presence{
		b: b, wake: make(chan struct{}, 1), wall: clock.System(),
		local: map[string]map[string]*localMember{}, announced: map[string]struct{}{},
	}
}

// Join counts a socket of a user into a presence channel, tells the other subscribers if it is the user's first on any
// node, and returns the frame that lists everybody present, with its version: the list includes all changes up to that,
// some of which may arrive only after the call. After an error the user has not joined.
func (b *Bus) Join(ctx context.Context, channel string, m Member) (roster []byte, version int64, err error) {
	reply := make(chan joined, 1)
	if !b.presence.enqueue(presenceOp{channel: channel, member: m, reply: reply}) {
		return nil, 0, errNoListener
	}
	var j joined
	select {
	case j = <-reply:
	case <-ctx.Done():
		j.err = fmt.Errorf("joining %s: %w", channel, ctx.Err())
	}
	if j.err != nil {
		b.Leave(channel, m.UserID)
	}
	return j.roster, j.version, j.err
}

// Leave counts a socket out again. It does not wait.
func (b *Bus) Leave(channel, userID string) {
	b.presence.enqueue(presenceOp{channel: channel, member: Member{UserID: userID}, leave: true})
}

func (p *presence) enqueue(op presenceOp) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running {
		return false
	}
	p.ops = append(p.ops, op)
	signal(p.wake)
	return true
}

// refresh asks for a new start after a reconnect: register, join again, and list the members to everybody.
func (p *presence) refresh() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rosters = true
	signal(p.wake)
}

func (p *presence) take() (ops []presenceOp, rosters bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ops, rosters = p.ops, p.rosters
	p.ops, p.rosters = nil, false
	return ops, rosters
}

// start lets joins in; run must follow.
func (p *presence) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = true
}

// run is the worker.
func (p *presence) run(ctx context.Context) {
	beat := time.NewTicker(p.b.o.Heartbeat)
	defer beat.Stop()
	var counts <-chan time.Time
	p.step(ctx)
	for {
		select {
		case <-ctx.Done():
			p.stop(context.WithoutCancel(ctx))
			return
		case <-p.wake:
			p.step(ctx)
		case <-beat.C:
			p.step(ctx)
		case <-p.b.topics.onChange:
			if counts == nil {
				counts = time.After(countsAfter)
			}
		case <-counts:
			counts = nil
			if p.node != "" {
				p.writeCounts(ctx)
			}
		}
	}
}

// stop withdraws the node: at once instead of after a silence.
func (p *presence) stop(ctx context.Context) {
	p.mu.Lock()
	p.running = false
	ops := p.ops
	p.ops = nil
	p.mu.Unlock()
	for _, op := range ops {
		if op.reply != nil {
			op.reply <- joined{err: errNoListener}
		}
	}
	if p.node == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	if err := p.sweep(ctx, p.node, p.held()); err != nil {
		p.b.log.Warn("could not withdraw this node from Redis; the others will", "error", err)
	}
	p.node = ""
	clear(p.local)
	clear(p.announced)
}

// step does one round: what the sockets asked for, a sign of life if it is due, the removal of dead nodes.
func (p *presence) step(ctx context.Context) {
	// Not cut short by the end of ctx: the outcome would be unknown just when the node must withdraw in order.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	ops, rosters := p.take()
	changes := p.apply(ops)
	err := p.exchange(within, changes, rosters)
	for _, c := range changes {
		for _, w := range c.waiting {
			w <- joined{c.roster, c.version, err}
		}
	}
	if err != nil {
		p.node = "" // what Redis holds is unknown: register anew with the next round
		if rosters {
			p.mu.Lock()
			p.rosters = true
			p.mu.Unlock()
		}
	}
	if failing := err != nil; failing != p.failing {
		p.failing = failing
		if failing {
			p.b.log.Warn("presence is not up to date in Redis", "error", err)
		} else {
			p.b.log.Info("presence is up to date in Redis again")
		}
	}
}

func (p *presence) exchange(ctx context.Context, changes map[string]*change, rosters bool) error {
	now := p.wall.Now()
	if p.node != "" && now.Sub(p.lastBeat) >= p.b.o.Heartbeat/2 {
		// First of all: after a long pause the others may have declared this node dead, and what it writes under its
		// old name would stay for ever.
		if err := p.beat(ctx); err != nil {
			return err
		}
		p.lastBeat = now
	}
	if p.node == "" || rosters {
		if err := p.register(ctx); err != nil {
			return err
		}
		p.lastBeat = now
		for _, c := range changes {
			c.args = c.args[:headArgs] // registering wrote the members as they are now
		}
	}
	if err := p.writeChanges(ctx, changes); err != nil {
		return err
	}
	if rosters {
		return p.publishRosters(ctx)
	}
	return nil
}

// headArgs is the number of arguments of scriptPresence before the changes.
const headArgs = 3

// change is what one round does to one channel.
type change struct {
	args    []any // of scriptPresence
	waiting []chan<- joined
	roster  []byte
	version int64
}

// apply brings the counts in memory up to date and returns what Redis must learn.
func (p *presence) apply(ops []presenceOp) map[string]*change {
	changes := map[string]*change{}
	for _, op := range ops {
		c := changes[op.channel]
		if c == nil {
			c = &change{args: p.head(op.channel, "0")}
			changes[op.channel] = c
		}
		users := p.local[op.channel]
		m := users[op.member.UserID]
		if op.leave {
			if m == nil {
				continue
			}
			if m.sockets--; m.sockets == 0 {
				delete(users, op.member.UserID)
				if len(users) == 0 {
					delete(p.local, op.channel)
				}
				c.args = append(c.args, leaveArgs(op.channel, op.member.UserID)...)
			}
			continue
		}
		c.args[1] = "1"
		c.waiting = append(c.waiting, op.reply)
		if m != nil {
			m.sockets++
			continue
		}
		if users == nil {
			users = map[string]*localMember{}
			p.local[op.channel] = users
		}
		users[op.member.UserID] = &localMember{sockets: 1, info: infoOf(op.member)}
		c.args = append(c.args, joinArgs(op.channel, op.member)...)
	}
	return changes
}

func (p *presence) head(channel, roster string) []any {
	return []any{p.b.topicPrefix() + channel, roster, p.b.o.Clock.Now().UnixMicro()}
}

func joinArgs(channel string, m Member) []any {
	return []any{"+", m.UserID, string(infoOf(m)), AppendFrame(nil, memberAdded(channel, m))}
}

func leaveArgs(channel, userID string) []any {
	return []any{"-", userID, "", AppendFrame(nil, memberRemoved(channel, userID))}
}

// Members returns the ids of the users present in a channel, over all nodes.
func (b *Bus) Members(ctx context.Context, channel string) ([]string, error) {
	ids, err := b.rdb.HKeys(ctx, b.membersKey(channel)).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the members of %s: %w", channel, err)
	}
	return ids, nil
}

func (p *presence) nextName() string {
	p.epoch++
	return p.b.id + "." + strconv.Itoa(p.epoch)
}
