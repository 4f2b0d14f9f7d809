package pusher

import (
	"encoding/json"
	"errors"
	"runtime/debug"
	"strings"
)

// serve looks after a socket until its end and then takes it out of everything.
func (s *Server) serve(sk *socket) {
	s.guard(sk, s.converse)
	s.guard(sk, s.detach)
	sk.hangUp()
	s.hub.dismiss(sk)
}

// guard keeps a defect that one client hits from ending the process.
func (s *Server) guard(sk *socket, do func(*socket)) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a socket", "socket", sk.id, "panic", p, "stack", string(debug.Stack()))
			s.end(sk, codeReconnect, "something went wrong on the server")
		}
	}()
	do(sk)
}

// converse greets a client and answers what it sends.
func (s *Server) converse(sk *socket) {
	s.reply(sk, eventWith(eventEstablished, "", map[string]any{
		"socket_id": sk.id, "activity_timeout": int(s.o.ActivityTimeout.Seconds()),
	}))
	for {
		opcode, payload, err := sk.in.next()
		if err != nil {
			var v violation
			if errors.As(err, &v) && !sk.isClosing() {
				s.end(sk, v.code, v.reason)
				s.discard(sk)
			}
			return
		}
		now := s.o.Clock.Now()
		sk.seen.Store(now.UnixMilli())
		if opcode == opClose {
			s.answerClose(sk, payload)
			return
		}
		if sk.isClosing() {
			continue // until the client's close frame or the deadline
		}
		if !sk.allow(&sk.messages, messagesASecond+s.o.MaxSubscriptions, now.Unix()) {
			s.end(sk, codeRateLimit, "too many messages")
			continue
		}
		switch opcode {
		case opText:
			s.metrics.received.Inc()
			s.handle(sk, payload)
		case opBinary:
			s.end(sk, closeUnsupported, "only text messages are understood")
		case opPing:
			s.reply(sk, append(appendHeader(nil, opPong, len(payload)), payload...))
		}
	}
}

// allow counts against a limit per second, by window.
func (s *socket) allow(counter *int, limit int, second int64) bool {
	if s.window != second {
		s.window, s.messages, s.events = second, 0, 0
	}
	*counter++
	return *counter <= limit
}

// discard reads and forgets until the client closes or the deadline of the closing passes: a connection that is closed
// with unread input is reset, and the client might not see the close frame.
func (s *Server) discard(sk *socket) {
	var b [512]byte
	for {
		if _, err := sk.conn.Read(b[:]); err != nil {
			return
		}
	}
}

// answerClose returns the client's close frame, unless this side began.
func (s *Server) answerClose(sk *socket, payload []byte) {
	code, err := parseClose(payload)
	reply := appendHeader(nil, opClose, 0)
	var v violation
	switch {
	case errors.As(err, &v):
		reply = appendClose(nil, v.code, v.reason)
	case code != closeNoStatus:
		reply = appendClose(nil, code, "")
	}
	a := s.attempts()
	defer s.pool.Put(a)
	sk.mu.Lock()
	defer sk.mu.Unlock()
	if !sk.closing {
		sk.closing = true
		sk.push(a, reply)
	}
}

// handle does what one message asks for.
func (s *Server) handle(sk *socket, payload []byte) {
	var m inbound
	if err := json.Unmarshal(payload, &m); err != nil || m.Event == "" {
		s.reply(sk, errorEvent(codeNone, "the message is not an event"))
		return
	}
	switch {
	case m.Event == eventPing:
		s.reply(sk, event(eventPong, "", nil))
	case m.Event == eventPong:
	case m.Event == eventSubscribe:
		s.subscribe(sk, m.Data)
	case m.Event == eventUnsubscribe:
		s.unsubscribe(sk, m.Data)
	case m.Event == eventSignin:
		s.signin(sk, m.Data)
	case strings.HasPrefix(m.Event, clientPrefix):
		s.clientEvent(sk, m)
	default:
		s.reply(sk, errorEvent(codeNone, "unknown event"))
	}
}
