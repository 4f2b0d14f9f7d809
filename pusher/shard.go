package pusher

import (
	"sync"

	"hadir/internal/realtime"
)

const (
	// maxWrite bounds what is joined into one write, in bytes; a single larger frame goes alone.
	maxWrite = 128 << 10
	// maxRound bounds what a shard takes from its inbox before it writes, in bytes.
	maxRound = 4 << 20
	// inboxParcels bounds what waits for a shard; then the bus waits, and drops once its own buffer is full.
	inboxParcels = 64
	// keepBuffer is the largest buffer that a shard keeps for the next round, in bytes.
	keepBuffer = 256 << 10
)

// shard is a part of the sockets with a goroutine that writes to them. One channel may have subscribers in all shards,
// so a busy channel uses all processors.
type shard struct {
	hub   *hub
	inbox chan parcel

	mu       sync.Mutex
	sockets  map[*socket]struct{}
	channels map[string]*channel
	attempt  *attempt
	deaf     bool // events are missing, as the last notice to all channels said

	// The rest belongs to the goroutine.
	groups map[string]*group
	order  []*group
	spare  []*group
	round  int
}

// parcel is what the hub hands to every shard: frames, or a notice about frames that are missing.
type parcel struct {
	batch   []realtime.Delivery
	fanouts map[int]*fanout // of the frames that are traced, by their place in batch; nil if none is
	notice  string          // the event that tells of it; empty for frames
	lost    []string        // with a notice: of which channels; nil for any
	sockets int             // with a notice: how many this node has
}

// channel holds the subscribers of one channel in one shard.
type channel struct {
	kind realtime.Kind
	subs []*subscription
}

// subscription ties a socket to a channel. Its fields from at on are guarded by the shard.
type subscription struct {
	socket *socket
	name   string
	kind   realtime.Kind
	user   string // the member of a presence channel
	// granted marks a subscription that came with the sign-in and was not asked for yet; the reading goroutine's.
	granted bool

	at      int    // in the channel's subs
	version int64  // of the roster that the client got first
	holding bool   // frames gather in held until the first frame is known
	held    *group // bounded like the queue of a socket; nil while not holding
}

// group gathers the frames of one channel for one write.
type group struct {
	name   string
	data   []byte
	frames int
	oldest int64  // the earliest time of publication, in microseconds; 0 if unknown
	spans  []span // the frames that are not for everybody
	traced []*fanout
}

// span is a frame in a group that is not for one socket, or only for those whose roster does not include it.
type span struct {
	start, end int
	except     string
	version    int64
}

func (x span) concerns(sub *subscription) bool {
	return x.except != sub.socket.id && (x.version == 0 || x.version > sub.version)
}

func newShard(h *hub) *shard {
	return &shard{
		hub: h, inbox: make(chan parcel, inboxParcels), attempt: newAttempt(),
		sockets: map[*socket]struct{}{}, channels: map[string]*channel{}, groups: map[string]*group{},
	}
}

// run writes what comes in until stop. Whatever came in while it wrote is joined per channel and goes out with one
// write per client: the busier the channel, the larger the pieces.
func (sh *shard) run(stop <-chan struct{}) {
	for {
		select {
		case p := <-sh.inbox:
			sh.gather(p)
		case <-stop:
			return
		}
		for more := true; more && sh.round < maxRound; {
			select {
			case p := <-sh.inbox:
				sh.gather(p)
			default:
				more = false
			}
		}
		sh.flush()
	}
}

func (sh *shard) gather(p parcel) {
	if p.notice != "" {
		sh.flush()
		sh.notify(p)
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i := range p.batch {
		d, traced := &p.batch[i], p.fanouts[i]
		if sh.channels[d.Channel] == nil {
			traced.reached(0)
			continue
		}
		g := sh.groups[d.Channel]
		if g == nil {
			g = sh.newGroup(d.Channel)
		}
		if len(g.data) > 0 && len(g.data)+len(d.Frame) > maxWrite {
			sh.write(g)
		}
		start := len(g.data)
		g.data = appendText(g.data, d.Frame)
		g.frames++
		if traced != nil {
			g.traced = append(g.traced, traced)
		}
		if d.SentAt != 0 && (g.oldest == 0 || d.SentAt < g.oldest) {
			g.oldest = d.SentAt
		}
		if d.Except != "" || d.Version != 0 {
			g.spans = append(g.spans, span{start, len(g.data), d.Except, d.Version})
		}
		sh.round += len(d.Frame)
	}
}

func (sh *shard) newGroup(name string) *group {
	g := &group{}
	if n := len(sh.spare); n > 0 {
		g, sh.spare = sh.spare[n-1], sh.spare[:n-1]
	}
	g.name = name
	sh.groups[name] = g
	sh.order = append(sh.order, g)
	return g
}

// flush writes all groups, giving subscribers a chance to come and go in between.
func (sh *shard) flush() {
	for _, g := range sh.order {
		sh.mu.Lock()
		sh.write(g)
		sh.mu.Unlock()
		delete(sh.groups, g.name)
		if len(sh.spare) < 64 {
			sh.spare = append(sh.spare, g)
		}
	}
	clear(sh.order)
	sh.order, sh.round = sh.order[:0], 0
}

// write sends a group to the subscribers of its channel and empties it; mu is held.
func (sh *shard) write(g *group) {
	if g.frames == 0 {
		return
	}
	ch, kept, reached := sh.channels[g.name], false, 0
	if ch != nil {
		reached = len(ch.subs)
		for _, sub := range ch.subs {
			if sub.holding {
				sub.hold(g)
				continue
			}
			p := g.data
			if len(g.spans) > 0 {
				if p = g.only(sub); len(p) == 0 {
					continue
				}
			}
			if sub.socket.send(sh.attempt, p) {
				kept = true
			}
		}
		sh.hub.count(g, len(ch.subs))
	}
	if kept || cap(g.data) > keepBuffer {
		g.data = nil // slow sockets still read from it
	}
	for _, f := range g.traced {
		f.reached(reached)
	}
	clear(g.traced)
	g.data, g.spans, g.traced, g.frames, g.oldest = g.data[:0], g.spans[:0], g.traced[:0], 0, 0
}

// only returns the frames of the group that concern a subscriber.
func (g *group) only(sub *subscription) []byte {
	out, from := g.data, -1
	for _, x := range g.spans {
		if x.concerns(sub) {
			continue
		}
		if from < 0 {
			out, from = make([]byte, 0, len(g.data)), 0
		}
		out = append(out, g.data[from:x.start]...)
		from = x.end
	}
	if from >= 0 {
		out = append(out, g.data[from:]...)
	}
	return out
}

// hold keeps the frames of a group until the version of the roster is known.
func (sub *subscription) hold(g *group) {
	if len(sub.held.data) > 0 && len(sub.held.data)+len(g.data) > sub.socket.srv.o.MaxQueueBytes {
		sub.socket.mu.Lock()
		defer sub.socket.mu.Unlock()
		if !sub.socket.closing {
			sub.socket.tooSlow()
		}
		return
	}
	base := len(sub.held.data)
	sub.held.data = append(sub.held.data, g.data...)
	for _, x := range g.spans {
		x.start, x.end = x.start+base, x.end+base
		sub.held.spans = append(sub.held.spans, x)
	}
}

// notify tells the subscribers of guarded channels that events were lost, or will be. Public channels belong to
// applications that know nothing of these events.
func (sh *shard) notify(p parcel) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	tell := func(name string, ch *channel) {
		if ch == nil || !ch.kind.Guarded() {
			return
		}
		watchers := p.sockets // all of them will ask
		if p.lost != nil {
			watchers = sh.hub.srv.bus.Listeners(name)
		}
		frame := eventWith(p.notice, name, realtime.Resync{Watchers: watchers})
		for _, sub := range ch.subs {
			if !sub.holding { // else its snapshot is yet to come
				sub.socket.send(sh.attempt, frame)
			}
		}
	}
	if p.lost != nil {
		if sh.deaf {
			return // they read by themselves, and again when that ends
		}
		for _, name := range p.lost {
			tell(name, sh.channels[name])
		}
		return
	}
	sh.deaf = p.notice == realtime.EventInterrupted
	for name, ch := range sh.channels {
		tell(name, ch)
	}
}

// warned adds to the first frames of a subscription that events are missing at present: it was not there when the
// others were told. mu is held.
func (sh *shard) warned(sub *subscription, first []byte) []byte {
	if !sh.deaf || !sub.kind.Guarded() {
		return first
	}
	watchers := sh.hub.srv.bus.Listeners(sub.name)
	return append(first, eventWith(realtime.EventInterrupted, sub.name, realtime.Resync{Watchers: watchers})...)
}

// add subscribes. With a first frame the subscription is live at once; without one, what arrives is held until release.
func (sh *shard) add(sub *subscription, first []byte) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	ch := sh.channels[sub.name]
	if ch == nil {
		ch = &channel{kind: sub.kind}
		sh.channels[sub.name] = ch
	}
	sub.at = len(ch.subs)
	ch.subs = append(ch.subs, sub)
	if first == nil {
		sub.holding, sub.held = true, &group{}
		return
	}
	sub.socket.send(sh.attempt, sh.warned(sub, first))
}

// release sends the first frame and then what arrived meanwhile, without the changes of presence up to version.
func (sh *shard) release(sub *subscription, first []byte, version int64) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sub.version = version
	sub.socket.send(sh.attempt, sh.warned(sub, append(first, sub.held.only(sub)...)))
	sub.holding, sub.held = false, nil
}

// remove unsubscribes; once it returns, nothing more of the channel is sent to the socket.
func (sh *shard) remove(sub *subscription) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	ch := sh.channels[sub.name]
	last := len(ch.subs) - 1
	ch.subs[sub.at] = ch.subs[last]
	ch.subs[sub.at].at = sub.at
	ch.subs[last] = nil
	ch.subs = ch.subs[:last]
	sub.holding, sub.held = false, nil
	switch {
	case last == 0:
		delete(sh.channels, sub.name)
	case cap(ch.subs) > 64 && last < cap(ch.subs)/4:
		ch.subs = append(make([]*subscription, 0, 2*last), ch.subs...)
	}
}
