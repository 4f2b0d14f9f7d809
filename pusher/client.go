package pusher

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"hadir/internal/realtime"
)

// signin answers pusher:signin: it ties the socket to a user, who can then be sent events and disconnected by id.
func (s *Server) signin(sk *socket, data json.RawMessage) {
	var req struct {
		Auth     string `json:"auth"`
		UserData string `json:"user_data"`
	}
	if err := decode(data, &req); err != nil {
		s.reply(sk, errorEvent(codeNone, "a sign-in needs auth and user_data"))
		return
	}
	if !s.authorized(req.Auth, sk.id, "::user::", req.UserData) {
		s.end(sk, codeUnauthorized, "the signature of the sign-in is invalid")
		return
	}
	user, info, err := parseUser(req.UserData)
	if err != nil {
		s.end(sk, codeUnauthorized, "user_data must be an object with an id")
		return
	}
	if now, _ := sk.signedIn(); now != "" && now != user {
		s.end(sk, codeUnauthorized, "the socket is signed in as another user")
		return
	}
	sk.mu.Lock()
	sk.user, sk.member = user, info
	sk.mu.Unlock()
	if err := s.grant(sk, user,
		eventWith(eventSigninSuccess, "", map[string]string{"user_data": req.UserData})); err != nil {
		if s.ctx.Err() == nil {
			s.log.Warn("a sign-in failed", "error", err)
		}
		s.end(sk, codeOverCapacity, "signing in is not possible at the moment")
	}
}

// clientEvent passes a client-* event on to the other subscribers of the channel.
func (s *Server) clientEvent(sk *socket, m inbound) {
	code, reason := s.checkClientEvent(sk, m)
	if code != 0 {
		s.reply(sk, errorEvent(code, reason))
		return
	}
	data, err := text(m.Data)
	if err != nil {
		s.reply(sk, errorEvent(codeRejected, "the data of the event is malformed"))
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.o.SubscribeTimeout)
	defer cancel()
	message := realtime.Message{Channel: m.Channel, Event: m.Event, Data: data, Except: sk.id,
		UserID: sk.subscribed(m.Channel).user}
	if err := s.bus.Publish(ctx, message); err != nil {
		s.log.Warn("a client event was lost", "channel", m.Channel, "error", err)
		s.reply(sk, errorEvent(codeRejected, "the event could not be sent"))
	}
}

func (s *Server) checkClientEvent(sk *socket, m inbound) (code int, reason string) {
	kind, ok := realtime.ParseChannel(m.Channel)
	switch {
	case !s.o.ClientEvents:
		return codeRejected, "client events are not enabled"
	case !ok || !kind.Guarded() || kind.Has(realtime.KindEncrypted):
		return codeRejected, "client events are for private and presence channels"
	case sk.subscribed(m.Channel) == nil:
		return codeRejected, "client events need a subscription to the channel"
	case utf8.RuneCountInString(m.Event) > maxEventName:
		return codeRejected, fmt.Sprintf("the name of an event has at most %d characters", maxEventName)
	case len(m.Data) > s.o.MaxEventBytes:
		return codeRejected, fmt.Sprintf("the data of an event has at most %d bytes", s.o.MaxEventBytes)
	case !sk.allow(&sk.events, clientEventsASecond, s.o.Clock.Now().Unix()):
		return codeRateLimit, fmt.Sprintf("at most %d client events a second", clientEventsASecond)
	}
	return 0, ""
}
