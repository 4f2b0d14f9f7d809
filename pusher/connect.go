package pusher

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hadir/internal/network"

	"github.com/gofiber/contrib/websocket"
)

// handshake is what a client says about itself in the request.
type handshake struct {
	key, protocol, version, origin, address string
}

// accept takes over a connection after the handshake.
//
// It keeps nothing of the request. fasthttp pools its wrapper of the connection with 16 KiB of buffers, and gives them
// to the next client when this function returns, so that a late write could reach a stranger. The TCP connection below
// belongs to nobody else, and with a reader of its own an idle client needs a fraction of the memory.
func (s *Server) accept(c *websocket.Conn) {
	h := handshake{
		key: c.Params("key"), protocol: c.Query("protocol"), version: c.Query("version"), origin: c.Headers("Origin"),
		address: strings.Clone(c.IP()),
	}
	conn, early, err := takeOver(c.NetConn())
	if err != nil {
		s.log.Error("cannot take over a connection", "error", err)
		_ = c.Close()
		return
	}
	conn, closed := below(conn)
	if code, reason := s.check(h); code != 0 {
		s.refuse(conn, code, reason)
		closed()
		return
	}
	sk := &socket{id: newSocketID(), address: network.Subscriber(h.address), srv: s, conn: conn, closed: closed,
		in: newFrameReader(conn, early, s.maxMessage())}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(kernelBuffer)
	}
	if r, ok := conn.(syscall.Conn); ok {
		sk.raw, _ = r.SyscallConn() // without it everything goes through the queue
	}
	sk.opened = s.o.Clock.Now().UnixMilli()
	sk.seen.Store(sk.opened)
	if reason := s.hub.admit(sk); reason != "" {
		s.refuse(conn, codeOverCapacity, reason)
		closed()
		return
	}
	go s.serve(sk)
}

// maxMessage bounds a message of a client: the data of an event, whose size JSON may double, and the rest of the
// message.
func (s *Server) maxMessage() int { return 2*s.o.MaxEventBytes + 4096 }

// takeOver returns the TCP connection below the one of fasthttp, and what fasthttp had read of it.
func takeOver(pooled net.Conn) (conn net.Conn, early []byte, err error) {
	u, ok := pooled.(interface{ UnsafeConn() net.Conn })
	if !ok {
		return nil, nil, fmt.Errorf("no connection below %T", pooled)
	}
	conn = u.UnsafeConn()
	// With a deadline in the past a read returns what is buffered and does not touch the network.
	if err := conn.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return nil, nil, err
	}
	early, err = io.ReadAll(io.LimitReader(pooled, 64<<10))
	if err != nil && !isTimeout(err) {
		return nil, nil, err
	}
	return conn, early, conn.SetDeadline(time.Time{})
}

// below removes the time-outs of HTTP from a connection. Call closed when it is closed.
func below(conn net.Conn) (bare net.Conn, closed func()) {
	if d, ok := conn.(interface{ Detach() (net.Conn, func()) }); ok {
		return d.Detach()
	}
	return conn, func() {}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

var versionForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$`)

// check returns the close code by which to refuse a client, or 0.
func (s *Server) check(h handshake) (code int, reason string) {
	if !equal(h.key, s.o.Key) {
		return codeUnknownApp, "no application has this key"
	}
	if h.protocol == "" {
		return codeNoProtocol, "no protocol version given"
	}
	// Versions 5 to 7 differ in nothing that this server sends.
	if v, err := strconv.Atoi(h.protocol); err != nil || v < 5 || v > 7 {
		return codeUnsupported, "unsupported protocol version"
	}
	if h.version != "" && !versionForm.MatchString(h.version) {
		return codeBadVersion, "invalid version string"
	}
	if len(s.origins) > 0 && h.origin != "" {
		if _, ok := s.origins[canonicalOrigin(h.origin)]; !ok {
			return codeUnauthorized, "origin not allowed"
		}
	}
	return 0, ""
}

func canonicalOrigin(o string) string {
	return strings.ToLower(strings.TrimRight(strings.TrimSpace(o), "/"))
}

// refuse sends the reason and closes. If the TCP connection or the handshake were refused instead, pusher-js would wait
// for 15 s or longer whatever the reason.
func (s *Server) refuse(conn net.Conn, code int, reason string) {
	defer func() { _ = conn.Close() }()
	s.metrics.refused.WithLabelValues(strconv.Itoa(code)).Inc()
	if err := conn.SetDeadline(s.wall.Now().Add(2 * time.Second)); err != nil {
		return
	}
	if _, err := conn.Write(appendClose(errorEvent(code, reason), code, reason)); err != nil {
		return
	}
	// Closing with unread input would reset the connection, and the client might never see the reason.
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, 1<<20))
}

func (s *Server) recoverHandshake(c *websocket.Conn) {
	if p := recover(); p != nil {
		s.log.Error("panic in a WebSocket handshake", "panic", p, "stack", string(debug.Stack()))
		_ = c.Close()
	}
}

// newSocketID returns two random integers with a dot, as clients expect. Signatures cover the id, so it must not be
// predictable.
func newSocketID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	hi, lo := uint64(binary.BigEndian.Uint32(b[:4])), uint64(binary.BigEndian.Uint32(b[4:]))
	return string(strconv.AppendUint(append(strconv.AppendUint(nil, hi, 10), '.'), lo, 10))
}
