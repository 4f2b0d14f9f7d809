package pusher

import (
	"sync"

	"hadir/internal/realtime"
)

// hub spreads what the bus brings over the shards and knows all sockets.
type hub struct {
	srv    *Server
	shards []*shard
	stop   chan struct{}

	mu       sync.Mutex
	draining bool
	open     int
	from     map[string]int // sockets by address
	next     int
	ended    sync.WaitGroup // of all sockets

	revoked revocations
}

var _ realtime.Receiver = (*hub)(nil)

func newHub(srv *Server, shards int) *hub {
	h := &hub{srv: srv, stop: make(chan struct{}), from: map[string]int{}}
	for range shards {
		h.shards = append(h.shards, newShard(h))
	}
	return h
}

// Deliver implements realtime.Receiver. It waits while a shard has too much to do: then the bus buffers.
func (h *hub) Deliver(batch []realtime.Delivery) {
	h.post(parcel{batch: batch, fanouts: h.fanouts(batch)})
}

// Resync implements realtime.Receiver.
func (h *hub) Resync(channels []string) {
	h.post(parcel{notice: realtime.EventResync, lost: channels, sockets: h.sockets()})
}

// Interrupted implements realtime.Receiver.
func (h *hub) Interrupted() {
	h.post(parcel{notice: realtime.EventInterrupted, sockets: h.sockets()})
}

// sockets is how many there are.
func (h *hub) sockets() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}

func (h *hub) post(p parcel) {
	for _, sh := range h.shards {
		select {
		case sh.inbox <- p:
		case <-h.stop:
			return
		}
	}
}

// Terminate implements realtime.Receiver.
func (h *hub) Terminate(userID string) {
	h.each(func(sh *shard, s *socket) {
		if user, _ := s.signedIn(); user == userID {
			s.end(sh.attempt, codeUnauthorized, "the application ended the connections of this user")
		}
	})
}

// Revoke implements realtime.Receiver. The code lets clients come back at once, and get what they still may.
// What was signed before opens nothing from now on, not even on a socket that nobody has signed for yet.
func (h *hub) Revoke(userID string) {
	h.revoked.note(userID, h.srv.o.Clock.Now())
	h.each(func(sh *shard, s *socket) {
		if user, _ := s.signedIn(); user == userID || s.permitted() == userID {
			s.end(sh.attempt, codeReconnect, "the rights of this user changed")
		}
	})
}

// each visits all sockets, shard by shard under the shard's lock.
func (h *hub) each(visit func(*shard, *socket)) {
	for _, sh := range h.shards {
		sh.mu.Lock()
		for s := range sh.sockets {
			visit(sh, s)
		}
		sh.mu.Unlock()
	}
}

// admit gives a socket its shard, or says why there is no room. Every admitted socket must be dismissed.
func (h *hub) admit(s *socket) (refused string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	limit, each := h.srv.o.MaxConnections, h.srv.o.MaxPerAddress
	switch {
	case h.draining:
		return "this node is shutting down"
	case limit > 0 && h.open >= limit:
		return "over capacity"
	case each > 0 && h.from[s.address] >= each:
		return "too many connections from this address"
	}
	h.open++
	h.from[s.address]++
	h.next++
	h.ended.Add(1)
	s.home = h.shards[h.next%len(h.shards)]
	s.home.mu.Lock() // within the lock of the hub, so that drain misses nobody
	defer s.home.mu.Unlock()
	s.home.sockets[s] = struct{}{}
	h.srv.metrics.connections.Inc()
	return ""
}

// dismiss forgets a socket whose connection is closed.
func (h *hub) dismiss(s *socket) {
	s.home.mu.Lock()
	delete(s.home.sockets, s)
	s.home.mu.Unlock()
	h.srv.metrics.connections.Dec()
	h.mu.Lock()
	h.open--
	if h.from[s.address]--; h.from[s.address] == 0 {
		delete(h.from, s.address)
	}
	h.mu.Unlock()
	h.ended.Done()
}

// drain lets no more sockets in and returns those there are.
func (h *hub) drain() []*socket {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	var all []*socket
	h.each(func(_ *shard, s *socket) { all = append(all, s) })
	return all
}

// count keeps the figures of a write to n subscribers.
func (h *hub) count(g *group, n int) {
	m := h.srv.metrics
	m.frames.Add(float64(g.frames * n))
	m.bytes.Add(float64(len(g.data) * n))
	if g.oldest != 0 {
		m.latency.Observe(float64(h.srv.wall.Now().UnixMicro()-g.oldest) / 1e6)
	}
}
