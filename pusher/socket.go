package pusher

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"hadir/internal/realtime"
)

const (
	// kernelBuffer is asked for as the send buffer of a connection. With the system's megabytes a client that stands
	// still would go unnoticed for long.
	kernelBuffer = 64 << 10
	// writeChunk is what a queue writer sends under one deadline.
	writeChunk = 16 << 10
	// closeGrace is how long a client may take to answer a close frame.
	closeGrace = 5 * time.Second
)

// socket is one client. Anybody may send to it; one goroutine reads from it, and only that one closes it and takes it
// out of the hub. It holds the bare connection, never anything that fasthttp pools.
type socket struct {
	id      string
	address string // of the subscriber, as httpd counts them
	srv     *Server
	home    *shard
	conn    net.Conn
	closed  func()          // to be called after conn is closed
	raw     syscall.RawConn // nil if writing without waiting is not possible

	mu      sync.Mutex
	queue   [][]byte // what the kernel did not take; nil while the client keeps up
	queued  int      // bytes in queue and in the hands of drain
	writing bool     // drain runs
	closing bool     // the close frame is sent or queued, or the connection is broken
	broken  bool
	user    string // signed in as
	member  []byte // user_info of the signed-in user
	owner   string // whose permits its subscriptions go by
	writers sync.WaitGroup

	opened int64        // in milliseconds since 1970
	known  atomic.Bool  // somebody signed for it: a subscription that needs it, or its user
	seen   atomic.Int64 // when the client last sent anything, in milliseconds since 1970
	pinged int64        // when it was asked for a sign of life; guarded by home.mu
	until  atomic.Int64 // when the first of its permits ends, in milliseconds since 1970; 0: never

	// The rest belongs to the reading goroutine.
	in       frameReader
	subs     []*subscription
	public   int   // of subs, those that needed no signature
	window   int64 // the second in which the counts below began
	messages int
	events   int
}

// send writes frames to the client, at once if its connection takes them, else through a bounded queue; it never waits.
// It reports whether p is kept. After the connection began to close it does nothing.
func (s *socket) send(a *attempt, p []byte) (kept bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	if s.queued > 0 && s.queued+len(p) > s.srv.o.MaxQueueBytes {
		s.tooSlow()
		return false
	}
	return s.push(a, p)
}

// push writes or queues; mu is held.
func (s *socket) push(a *attempt, p []byte) (kept bool) {
	if !s.writing && s.raw != nil {
		n, err := a.write(s.raw, p)
		if err != nil {
			s.breakOff()
			return false
		}
		if p = p[n:]; len(p) == 0 {
			return false
		}
	}
	s.queue = append(s.queue, p)
	s.queued += len(p)
	if !s.writing {
		s.writing = true
		s.writers.Add(1)
		go s.drain()
	}
	return true
}

// drain writes what the connection did not take at once. It exists only while there is something.
func (s *socket) drain() {
	defer s.writers.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 && !s.broken {
		p := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.mu.Unlock()
		err := s.write(p)
		s.mu.Lock()
		s.queued -= len(p)
		if err != nil && !s.broken {
			s.srv.metrics.slow.Inc()
			s.breakOff()
		}
	}
	s.queue, s.writing = nil, false
	_ = s.conn.SetWriteDeadline(time.Time{}) // an expired one would fail the next attempt too
}

func (s *socket) write(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), writeChunk)
		if err := s.conn.SetWriteDeadline(s.srv.wall.Now().Add(s.srv.o.WriteTimeout)); err != nil {
			return err
		}
		if _, err := s.conn.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// tooSlow drops what waits and ends the connection with a code that brings the client back; mu is held.
func (s *socket) tooSlow() {
	s.srv.metrics.slow.Inc()
	for _, p := range s.queue {
		s.queued -= len(p)
	}
	s.queue = nil // drain may hold one more piece, which ends with a whole frame
	a := s.srv.attempts()
	s.endLocked(a, codeOverCapacity, "the connection is too slow")
	s.srv.pool.Put(a)
}

// end closes the connection in order: an error event and a close frame after what was sent before.
func (s *socket) end(a *attempt, code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.endLocked(a, code, reason)
	}
}

func (s *socket) endLocked(a *attempt, code int, reason string) {
	var last []byte
	if code >= 4000 {
		last = errorEvent(code, reason)
	}
	s.closing = true
	s.push(a, appendClose(last, code, reason))
	if !s.broken {
		_ = s.conn.SetReadDeadline(s.srv.wall.Now().Add(closeGrace))
	}
}

// breakOff gives the connection up; mu is held. The reading goroutine wakes and cleans up.
func (s *socket) breakOff() {
	s.closing, s.broken = true, true
	s.queue = nil
	_ = s.conn.SetReadDeadline(time.Unix(1, 0))
}

// hangUp closes the connection and waits for its writer. Only the reading goroutine calls it, last of all. What the
// kernel has it still sends; what is queued is lost, and was not going to be read.
func (s *socket) hangUp() {
	s.mu.Lock()
	s.breakOff()
	s.mu.Unlock()
	_ = s.conn.Close()
	s.closed()
	s.writers.Wait()
}

// isClosing reports whether the connection is about to end.
func (s *socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// signedIn returns the signed-in user, or "".
func (s *socket) signedIn() (user string, info []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user, s.member
}

// permitted returns the user by whose permits the socket subscribed, or "".
func (s *socket) permitted() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner
}

// permit notes by whose permit a channel is listened to, and until when. It is false for one of another user than
// before: whose rights end must be plain.
func (s *socket) permit(p realtime.Permit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner != "" && s.owner != p.UserID {
		return false
	}
	s.owner = p.UserID
	if until := 1000 * p.Until; until != 0 && (s.until.Load() == 0 || until < s.until.Load()) {
		s.until.Store(until)
	}
	return true
}
