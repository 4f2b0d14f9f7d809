package realtime

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"hadir/internal/clock"

	"github.com/prometheus/client_golang/prometheus"
)

// missedBeats is how many beats in a row a role may miss before listeners take it for away.
const missedBeats = 3

// Pulse tells every node that a process lives which holds these roles and is able to do their work. It is expected
// once every Heartbeat.
func (b *Bus) Pulse(ctx context.Context, roles ...string) error {
	if err := b.rdb.Publish(ctx, b.controlTopic(), controlPulse+" "+strings.Join(roles, " ")).Err(); err != nil {
		return fmt.Errorf("telling that %s live: %w", strings.Join(roles, " and "), err)
	}
	return nil
}

// lookout decides whether whatever happens reaches this node: the subscription to Redis stands, and of each awaited
// role somebody was heard lately. The receiver is told whenever that turns.
//
// It counts ticks of the connection, not time: a node that was itself held up has not listened meanwhile.
type lookout struct {
	inbox   *inbox
	log     *slog.Logger
	wall    clock.Clock
	unheard *prometheus.GaugeVec
	bound   int // ticks of silence after which a role counts as away

	mu       sync.Mutex
	roles    map[string]*awaited
	standing bool // the subscription to Redis, with every channel
	told     bool // that the receiver gets nothing
}

// awaited is what is known of a role.
type awaited struct {
	silent int       // ticks of the connection since a pulse
	since  time.Time // of the last pulse, or of the first listening; only for the log
}

func newLookout(b *Bus) *lookout {
	bound := (missedBeats*b.o.Heartbeat + tickEvery - 1) / tickEvery // at least so long
	return &lookout{inbox: b.inbox, log: b.log, wall: clock.System(), unheard: b.metrics.unheard, bound: int(bound),
		roles: map[string]*awaited{}}
}

// begin awaits the roles from now on.
func (l *lookout) begin(roles []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standing, l.told = false, false
	clear(l.roles)
	for _, role := range roles {
		l.roles[role] = &awaited{since: l.wall.Now()}
		l.unheard.WithLabelValues(role).Set(0)
	}
}

// connected says that the subscription stands, or that it was lost.
func (l *lookout) connected(stands bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standing = stands
	l.settle()
}

// heard takes a pulse.
func (l *lookout) heard(roles string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for role := range strings.FieldsSeq(roles) {
		a := l.roles[role]
		if a == nil {
			continue
		}
		if l.away(a) {
			l.unheard.WithLabelValues(role).Set(0)
			l.log.Info("a role is heard again", "role", role, "silent_since", a.since)
		}
		a.silent, a.since = 0, l.wall.Now()
	}
	if l.standing { // else whoever is heard changes nothing
		l.settle()
	}
}

// tick lets one tick of a connection that stands pass.
func (l *lookout) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.standing {
		return
	}
	for role, a := range l.roles {
		before := l.away(a)
		a.silent++
		if l.away(a) && !before {
			l.unheard.WithLabelValues(role).Set(1)
			l.log.Warn("no process of a role is heard; pages ask by themselves until one is",
				"role", role, "silent_since", a.since)
		}
	}
	l.settle()
}

func (l *lookout) away(a *awaited) bool { return a.silent > l.bound }

// settle tells the receiver if what holds is not what it was told; mu is held.
func (l *lookout) settle() {
	deaf := !l.standing
	for _, a := range l.roles {
		deaf = deaf || l.away(a)
	}
	if deaf == l.told {
		return
	}
	l.told = deaf
	if deaf {
		l.inbox.put(Delivery{order: orderInterrupted})
	} else {
		l.inbox.put(Delivery{order: orderResync})
	}
}
