package httpd

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
)

// defaultBodies is the room for large bodies where nobody says, in bytes.
const defaultBodies = 64 << 20

// Bodies is the room for large bodies in a process, and in it the places of each who sends them. fasthttp takes the
// announced length at once, so that a head of a few bytes costs megabytes, for as long as its sender likes.
type Bodies struct {
	room    int // bytes; 0 for no limit
	refused prometheus.Counter

	mu   sync.Mutex
	used int            // bytes
	of   map[string]int // places by asker
	held map[*fasthttp.RequestHeader]place
}

// place is that of one body, by the head of its request.
type place struct {
	asker string
	size  int
	// until is when the body is read or its connection over, on the clock of monotonic; 0 once it is read. A request
	// can end between, and nobody is told.
	until   time.Duration
	refused bool // it is none: the body was too much
}

// NewBodies makes room for so many bytes; 0 for no limit.
func NewBodies(room int, registry prometheus.Registerer) *Bodies {
	b := &Bodies{room: room, of: map[string]int{}, held: map[*fasthttp.RequestHeader]place{},
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "hadir_http_bodies_refused_total",
			Help: "Large bodies that were refused for now, because their sender or the process held too many."})}
	if registry != nil {
		registry.MustRegister(b.refused, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hadir_http_bodies_bytes",
			Help: "Memory that large bodies of requests take."}, func() float64 {
			b.mu.Lock()
			defer b.mu.Unlock()
			return float64(b.used)
		}))
	}
	return b
}

// take holds a place for a body that is read within a time, or notes that there is none.
func (b *Bodies) take(h *fasthttp.RequestHeader, a Allowance, size int, within time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(h) // of an earlier request, which ended unseen
	now := monotonic()
	p := place{asker: a.Asker, size: size, until: now + within}
	if !b.fits(a, size) {
		b.sweep(now)
		p.refused = !b.fits(a, size)
	}
	b.held[h] = p
	if p.refused {
		b.refused.Inc()
		return false
	}
	b.used += size
	if p.asker != "" {
		b.of[p.asker]++
	}
	return true
}

// fits lets a body that alone is larger than the room in once there is no other.
func (b *Bodies) fits(a Allowance, size int) bool {
	if a.Asker != "" && a.Places > 0 && b.of[a.Asker] >= a.Places {
		return false
	}
	return b.room == 0 || b.used == 0 || b.used+size <= b.room
}

func (b *Bodies) sweep(now time.Duration) {
	for h, p := range b.held {
		if p.until > 0 && p.until < now {
			b.remove(h)
		}
	}
}

// remove ends a place, and tells whether it was one that was refused.
func (b *Bodies) remove(h *fasthttp.RequestHeader) (refused bool) {
	p, held := b.held[h]
	delete(b.held, h)
	if !held || p.refused {
		return p.refused
	}
	b.used -= p.size
	if p.asker != "" {
		if b.of[p.asker]--; b.of[p.asker] == 0 {
			delete(b.of, p.asker)
		}
	}
	return false
}

// keep holds a place, if there is one, for as long as its request takes: the body is there.
func (b *Bodies) keep(h *fasthttp.RequestHeader) (held bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, held := b.held[h]
	if held {
		p.until = 0
		b.held[h] = p
	}
	return held
}

// giveBack is remove.
func (b *Bodies) giveBack(h *fasthttp.RequestHeader) (refused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.remove(h)
}

// holding gives the places of large bodies back when their requests end, and what they took with them. The head says
// no longer how long a body was.
func (s *Server) holding(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		h := &ctx.Request.Header
		if s.o.Bodies.keep(h) {
			defer func() {
				s.o.Bodies.giveBack(h)
				ctx.Request.SwapBody(nil) // the answer may take long
			}()
		}
		next(ctx)
	}
}
