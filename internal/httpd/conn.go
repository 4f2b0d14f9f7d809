package httpd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"hadir/internal/clock"
	"hadir/internal/network"
	"hadir/internal/problem"
	"hadir/internal/words"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// writePiece is how many bytes must be sent within one write time-out.
	writePiece = 16 << 10
	// sendBuffer is the size that we ask for as the kernel's send buffer. A writer wakes up when a third of it was
	// sent. The kernel would give megabytes, of which a slow reader could not take that much within one time-out, so it
	// would look dead.
	sendBuffer = 128 << 10
	// lingerBytes and lingerWithin bound what is still read of a request that was refused before its body. The kernel
	// resets a connection that is closed with unread input, and the client might never see the answer.
	lingerBytes  = 16 << 20
	lingerWithin = 5 * time.Second
	// firstRead is how many bytes are read with the first one of a request: most requests are shorter.
	firstRead = 2 << 10
)

// listener sets the time-outs of connections and counts the connections of each address.
type listener struct {
	net.Listener
	o       *Options
	wall    clock.Clock // the operating system knows no other time
	refused prometheus.Counter

	mu     sync.Mutex
	open   map[string]int // counted connections by address
	warned time.Time
}

func newListener(l net.Listener, o *Options) *listener {
	out := &listener{Listener: l, o: o, wall: clock.System(), open: map[string]int{}, refused: prometheus.NewCounter(
		prometheus.CounterOpts{Name: "hadir_http_connections_refused_total",
			Help:        "Connections that were closed at once, because their address had too many.",
			ConstLabels: prometheus.Labels{"listener": o.Name}})}
	if o.Registry != nil {
		o.Registry.MustRegister(out.refused)
	}
	return out
}

// Accept implements net.Listener. The time-out of the first byte starts here, because fasthttp waits for that byte
// without one.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, ok := l.admit(c.RemoteAddr())
		if !ok {
			l.turnAway(c)
			continue
		}
		if err := c.SetReadDeadline(l.wall.Now().Add(l.o.ReadTimeout)); err != nil {
			l.release(from)
			_ = c.Close() // it broke already
			continue
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetWriteBuffer(sendBuffer) // without it only very slow readers suffer
		}
		return &conn{Conn: c, l: l, from: from}, nil
	}
}

// admit counts a connection. from is empty for a connection that is not counted, since a trusted proxy brings
// everybody's.
func (l *listener) admit(addr net.Addr) (from string, ok bool) {
	if l.o.MaxPerAddress <= 0 {
		return "", true
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil || trusted(host, l.o.TrustedProxies) {
		return "", true
	}
	from = network.Subscriber(host)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.o.MaxPerAddress {
		return from, false
	}
	l.open[from]++
	return from, true
}

func (l *listener) release(from string) {
	if from == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] == 0 {
		delete(l.open, from)
	}
}

// tooMany is the answer on a connection that is refused. The client has not said yet which language it reads.
func tooMany() string {
	p := problem.New(problem.CodeTooManyConnections)
	p.Finish(words.English, "")
	body, _ := json.Marshal(p) // a Problem always encodes
	return fmt.Sprintf("HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 30\r\n"+
		"Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s", problem.MediaType, len(body), body)
}

func (l *listener) turnAway(c net.Conn) {
	l.refused.Inc()
	now := l.wall.Now()
	l.mu.Lock()
	warn := now.Sub(l.warned) > time.Minute
	if warn {
		l.warned = now
	}
	l.mu.Unlock()
	if warn {
		l.o.Log.Warn("connections refused: their address has too many", "addr", c.RemoteAddr().String(), "limit",
			l.o.MaxPerAddress)
	}
	_ = c.SetWriteDeadline(now.Add(time.Second)) // whatever comes of it, the connection ends
	_, _ = io.WriteString(c, tooMany())
	_ = c.Close()
}

// conn is a connection whose time-outs depend on progress. Each piece that is written has one write time-out to be
// sent. A stream goes on as long as its reader reads, and ends when it does not.
type conn struct {
	net.Conn
	l      *listener
	from   string
	linger bool        // the request's body was refused unread
	busy   atomic.Bool // a request began and was not answered yet
	until  time.Time   // when the request must have been read
	once   sync.Once
	buffer []byte // of firstRead bytes once one was asked for
	ahead  []byte // of the buffer, what was read and not asked for yet
}

// Read implements net.Conn. While it waits for a request, fasthttp asks for its first byte alone, so as to need no
// large buffer until then. What comes with that byte is kept, or every request would take another call of the kernel.
func (c *conn) Read(p []byte) (n int, err error) {
	if len(c.ahead) == 0 {
		if err := c.expect(); err != nil {
			return 0, err
		}
		if len(p) != 1 {
			n, err = c.Conn.Read(p)
			if n == 0 && errors.Is(err, io.EOF) && c.busy.Load() {
				// To fasthttp the end is in order even within a request, and it would tell nobody.
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
		if c.buffer == nil {
			c.buffer = make([]byte, firstRead)
		}
		if n, err = c.Conn.Read(c.buffer); n == 0 {
			return 0, err
		}
		c.ahead = c.buffer[:n]
	}
	n = copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}

// expect lets the next bytes of a request take no longer than its first ones may, however much time the whole has: who
// lost the network must not hold what it announced.
func (c *conn) expect() error {
	if !c.busy.Load() || c.until.IsZero() {
		return nil
	}
	next := c.l.wall.Now().Add(c.l.o.ReadTimeout)
	if next.After(c.until) {
		next = c.until
	}
	return c.Conn.SetReadDeadline(next)
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.until = t
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.until = t
	return c.Conn.SetDeadline(t)
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		piece := p[:min(len(p), writePiece)]
		if err := c.SetWriteDeadline(c.l.wall.Now().Add(c.l.o.WriteTimeout)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(piece)
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if c.linger {
		if t, ok := c.Conn.(*net.TCPConn); ok && t.CloseWrite() == nil &&
			t.SetReadDeadline(c.l.wall.Now().Add(lingerWithin)) == nil {
			_, _ = io.CopyN(io.Discard, t, lingerBytes) // what was to come is of no interest
		}
	}
	c.released()
	return c.Conn.Close()
}

// Detach returns the connection below without time-outs, for a protocol of its own. Call closed when it is closed.
func (c *conn) Detach() (below net.Conn, closed func()) {
	if len(c.ahead) == 0 { // as it is once a request was read
		c.buffer, c.ahead = nil, nil
	}
	return c.Conn, c.released
}

func (c *conn) released() { c.once.Do(func() { c.l.release(c.from) }) }

// trusted tells whether an address is among addresses and CIDRs.
func trusted(host string, list []string) bool {
	ip := net.ParseIP(host)
	if ip == nil {
		return false
	}
	for _, entry := range list {
		if _, block, err := net.ParseCIDR(entry); err == nil {
			if block.Contains(ip) {
				return true
			}
		} else if ip.Equal(net.ParseIP(entry)) {
			return true
		}
	}
	return false
}
