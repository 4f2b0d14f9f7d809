package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// topic is a channel that somebody on this node listens to, or did until a moment ago.
type topic struct {
	name    string
	refs    int
	state   topicState
	awaited bool          // part of what a reconnect must restore before the resync
	ready   chan struct{} // closed on confirmation; nil while confirmed
	idle    int           // the tick at which the last listener left; meaningful while refs is 0
}

type topicState uint8

const (
	topicNew topicState = iota
	topicAsked
	topicConfirmed
)

// topics counts the listeners of each channel and says what to ask of Redis. A channel that was left stays subscribed
// for some ticks, because a reloaded page comes back at once.
type topics struct {
	keep      int // ticks
	maxPublic int
	wake      chan struct{}

	mu       sync.Mutex
	byName   map[string]*topic
	pending  []*topic
	unused   map[*topic]struct{}
	dropped  []string            // to be unsubscribed
	changed  map[string]struct{} // channels whose count is not yet in Redis
	onChange chan struct{}
	public   int // topics that anybody may invent, of at most maxPublic
	online   bool
	awaiting int
	tick     int
}

func newTopics(keep, maxPublic int) *topics {
	return &topics{
		keep: keep, maxPublic: maxPublic, wake: make(chan struct{}, 1), onChange: make(chan struct{}, 1),
		byName: map[string]*topic{}, unused: map[*topic]struct{}{}, changed: map[string]struct{}{},
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// ErrTooManyPublic says that this process listens to as many different public channels as it may.
var ErrTooManyPublic = errors.New("too many public channels")

// public tells whether a topic counts against the limit of those that anybody may invent.
func public(name string) bool {
	kind, _ := ParseChannel(name)
	return kind.Public()
}

// acquire adds a listener and waits until Redis has confirmed the subscription.
func (t *topics) acquire(ctx context.Context, name string) error {
	t.mu.Lock()
	x := t.byName[name]
	if x == nil && public(name) {
		if t.public >= t.maxPublic {
			t.mu.Unlock()
			return ErrTooManyPublic
		}
		t.public++
	}
	if x == nil {
		x = &topic{name: name, ready: make(chan struct{})}
		t.byName[name] = x
		if t.online {
			t.pending = append(t.pending, x)
			signal(t.wake)
		}
	}
	x.refs++
	delete(t.unused, x)
	t.markChanged(name)
	ready := x.ready
	t.mu.Unlock()
	if ready == nil {
		return nil
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		t.release(name)
		return fmt.Errorf("subscribing to %s: %w", name, ctx.Err())
	}
}

// release takes a listener away.
func (t *topics) release(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.byName[name]
	if x == nil || x.refs == 0 {
		return
	}
	x.refs--
	t.markChanged(name)
	if x.refs > 0 {
		return
	}
	x.idle = t.tick
	t.unused[x] = struct{}{}
}

func (t *topics) markChanged(name string) {
	t.changed[name] = struct{}{}
	signal(t.onChange)
}

// connected starts over on a new connection and returns how many channels must be confirmed before everything stands
// that stood before.
func (t *topics) connected() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.online, t.pending, t.dropped, t.awaiting = true, nil, nil, 0
	for _, x := range t.byName {
		if x.refs == 0 {
			t.forget(x)
			continue
		}
		x.awaited = true
		t.awaiting++
		t.pending = append(t.pending, x)
	}
	signal(t.wake)
	return t.awaiting
}

// disconnected forgets every confirmation.
func (t *topics) disconnected() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.online = false
	for _, x := range t.byName {
		x.state, x.awaited = topicNew, false
		if x.ready == nil {
			x.ready = make(chan struct{})
		}
	}
}

func (t *topics) forget(x *topic) {
	delete(t.byName, x.name)
	if public(x.name) {
		t.public--
	}
	delete(t.unused, x)
}

// changes returns what to ask of Redis, the departures first.
func (t *topics) changes() (unsubscribe, subscribe []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	unsubscribe, t.dropped = t.dropped, nil
	for _, x := range t.pending {
		if x.state == topicNew {
			x.state = topicAsked
			subscribe = append(subscribe, x.name)
		}
	}
	t.pending = nil
	return unsubscribe, subscribe
}

// advance lets one tick pass, after which channels unused for long enough are dropped.
func (t *topics) advance() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tick++
	for x := range t.unused {
		if x.state == topicConfirmed && t.tick-x.idle > t.keep {
			t.forget(x)
			t.dropped = append(t.dropped, x.name)
		}
	}
	if len(t.dropped) > 0 {
		signal(t.wake)
	}
}

// confirm notes what Redis confirmed. restored is true when this was the last channel that a reconnect had to restore;
// surprise, when nothing was asked: the client library reconnected on its own.
func (t *topics) confirm(name string) (restored, surprise bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.byName[name]
	if x == nil || x.state != topicAsked {
		return false, x != nil && x.state == topicConfirmed
	}
	x.state = topicConfirmed
	close(x.ready)
	x.ready = nil
	if x.awaited {
		x.awaited = false
		t.awaiting--
		return t.awaiting == 0, false
	}
	return false, false
}

// takeChanged returns the current counts of the channels that changed since the last call.
func (t *topics) takeChanged() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]int, len(t.changed))
	for name := range t.changed {
		out[name] = t.count(name)
	}
	clear(t.changed)
	return out
}

// putBack marks channels as changed again, because Redis did not take the counts.
func (t *topics) putBack(counts map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range counts {
		t.changed[name] = struct{}{}
	}
}

// counts returns the number of listeners of every channel that has some.
func (t *topics) counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]int, len(t.byName))
	for name, x := range t.byName {
		if x.refs > 0 {
			out[name] = x.refs
		}
	}
	return out
}

func (t *topics) countOf(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count(name)
}

func (t *topics) count(name string) int {
	if x := t.byName[name]; x != nil {
		return x.refs
	}
	return 0
}

func (t *topics) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byName)
}
