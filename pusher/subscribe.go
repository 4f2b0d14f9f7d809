package pusher

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"hadir/internal/realtime"
)

// subscribe answers pusher:subscribe. It returns when the subscription stands: on this node, in Redis and, for
// presence, for the other members, so that nothing published after the answer is missed.
func (s *Server) subscribe(sk *socket, data json.RawMessage) {
	var req struct {
		Channel     string `json:"channel"`
		Auth        string `json:"auth"`
		ChannelData string `json:"channel_data"`
	}
	if err := decode(data, &req); err != nil || req.Channel == "" {
		s.reply(sk, errorEvent(codeNone, "a subscription needs a channel"))
		return
	}
	kind, ok := realtime.ParseChannel(req.Channel)
	switch {
	case !ok:
		s.refuseSubscription(sk, req.Channel,
			refusal{"InvalidChannel", "the channel's name is malformed", http.StatusBadRequest})
		return
	case sk.subscribed(req.Channel) != nil:
		s.repeated(sk, sk.subscribed(req.Channel))
		return
	}
	member, denied := s.authorize(sk, kind, req.Channel, req.Auth, req.ChannelData)
	if denied != "" {
		s.refuseSubscription(sk, req.Channel, refusal{"AuthError", denied, http.StatusUnauthorized})
		return
	}
	if !kind.Public() {
		sk.known.Store(true)
	}
	if s.full(sk, kind) {
		s.refuseSubscription(sk, req.Channel,
			refusal{"LimitReached", "too many subscriptions", http.StatusTooManyRequests})
		return
	}
	err := s.establish(sk, &subscription{socket: sk, name: req.Channel, kind: kind, user: member.UserID}, member)
	if errors.Is(err, realtime.ErrTooManyPublic) {
		s.refuseSubscription(sk, req.Channel,
			refusal{"LimitReached", "too many public channels", http.StatusTooManyRequests})
		return
	}
	if err != nil {
		if s.ctx.Err() == nil {
			s.log.Warn("a subscription failed", "channel", req.Channel, "error", err)
		}
		// The client would wait for ever for an answer; with this code it comes back after a pause.
		s.end(sk, codeOverCapacity, "subscriptions are not possible at the moment")
	}
}

// full tells whether a socket may not have one more channel of this kind.
func (s *Server) full(sk *socket, kind realtime.Kind) bool {
	if kind.Public() {
		return sk.public >= s.o.MaxPublic
	}
	return len(sk.subs)-sk.public >= s.o.MaxSubscriptions
}

// repeated answers a subscription that stands. That of the signed-in user's own channel came with the sign-in:
// libraries ask for it once more.
func (s *Server) repeated(sk *socket, sub *subscription) {
	if !sub.granted {
		s.reply(sk, errorEvent(codeNone, "existing subscription to channel "+sub.name))
		return
	}
	sub.granted = false
	s.reply(sk, event(eventSubscribed, sub.name, nil))
}

// grant subscribes a socket to the channel of the user it just signed in as, before it is told so: what is sent to the
// user from then on arrives. first is the answer to the sign-in.
func (s *Server) grant(sk *socket, user string, first []byte) error {
	sk.known.Store(true)
	name := realtime.UserChannel(user)
	if _, ok := realtime.ParseChannel(name); !ok || sk.subscribed(name) != nil {
		s.reply(sk, first) // nobody can send to a user of such a name
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.o.SubscribeTimeout)
	defer cancel()
	if err := s.bus.Subscribe(ctx, name); err != nil {
		return err
	}
	sub := &subscription{socket: sk, name: name, kind: realtime.KindUser, granted: true}
	sk.home.add(sub, first)
	s.enlist(sk, sub)
	return nil
}

func (s *Server) refuseSubscription(sk *socket, channel string, r refusal) {
	s.reply(sk, eventWith(eventSubscriptionError, channel, r))
}

// authorize checks the signature that the kind of channel asks for and returns the member of a presence channel.
func (s *Server) authorize(sk *socket, kind realtime.Kind, channel, auth, channelData string) (m realtime.Member,
	denied string) {
	const invalid = "the signature is invalid"
	user, info := sk.signedIn()
	switch {
	case kind.Has(realtime.KindUser):
		if user == "" || channel != realtime.UserChannel(user) {
			return m, "the channel belongs to another user"
		}
	case kind.Has(realtime.KindPresence) && channelData == "" && user != "":
		if !s.authorized(auth, sk.id, ":", channel) {
			return m, invalid
		}
		return realtime.Member{UserID: user, Info: info}, ""
	case kind.Has(realtime.KindPresence):
		if !s.authorized(auth, sk.id, ":", channel, ":", channelData) {
			return m, invalid
		}
		id, info, err := parseMember(channelData)
		if err != nil {
			return m, err.Error()
		}
		if denied := s.permit(sk, channelData); denied != "" {
			return m, denied
		}
		return realtime.Member{UserID: id, Info: info}, ""
	case kind.Has(realtime.KindPrivate):
		// Some libraries send channel_data for private channels too and sign it; then it counts.
		parts := []string{sk.id, ":", channel}
		if channelData != "" {
			parts = append(parts, ":", channelData)
		}
		if !s.authorized(auth, parts...) {
			return m, invalid
		}
	}
	return m, s.permit(sk, channelData)
}

// permit reads what a signed channel_data says of whose subscription it is, and says why that is refused. Applications
// may sign others, or none: those last as long as the socket.
func (s *Server) permit(sk *socket, channelData string) (denied string) {
	var p realtime.Permit
	if json.Unmarshal([]byte(channelData), &p) != nil || p.UserID == "" || p.Until == 0 {
		return ""
	}
	if !sk.permit(p) {
		return "the socket listens in the name of another user"
	}
	// After the socket has its owner: a revocation that comes now finds the one or the other.
	if s.hub.revoked.after(p) {
		return "the rights of the user changed since this was signed"
	}
	return ""
}

// establish makes a subscription stand and tells the client.
func (s *Server) establish(sk *socket, sub *subscription, member realtime.Member) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.o.SubscribeTimeout)
	defer cancel()
	if err := s.bus.Subscribe(ctx, sub.name); err != nil {
		return err
	}
	presence, cache := sub.kind.Has(realtime.KindPresence), sub.kind.Has(realtime.KindCache)
	if !presence && !cache {
		sk.home.add(sub, event(eventSubscribed, sub.name, nil))
		s.enlist(sk, sub)
		return nil
	}
	// What arrives while the members or the last event are looked up is held back: it must come after the answer.
	sk.home.add(sub, nil)
	first, version := event(eventSubscribed, sub.name, nil), int64(0)
	if presence {
		roster, v, err := s.bus.Join(ctx, sub.name, member)
		if err != nil {
			s.abandon(sub)
			return err
		}
		first, version = appendText(nil, roster), v
	}
	if cache {
		last, err := s.bus.Last(ctx, sub.name)
		if err != nil {
			if presence {
				s.bus.Leave(sub.name, sub.user)
			}
			s.abandon(sub)
			return err
		}
		if last == nil {
			first = append(first, event(eventCacheMiss, sub.name, nil)...)
		} else {
			first = appendText(first, last)
		}
	}
	sk.home.release(sub, first, version)
	s.enlist(sk, sub)
	return nil
}

func (s *Server) enlist(sk *socket, sub *subscription) {
	sk.subs = append(sk.subs, sub)
	if sub.kind.Public() {
		sk.public++
	}
	s.metrics.subscriptions.Inc()
}

func (s *Server) abandon(sub *subscription) {
	sub.socket.home.remove(sub)
	s.bus.Unsubscribe(sub.name)
}

func (s *socket) subscribed(channel string) *subscription {
	for _, sub := range s.subs {
		if sub.name == channel {
			return sub
		}
	}
	return nil
}

// unsubscribe answers pusher:unsubscribe, which is with silence.
func (s *Server) unsubscribe(sk *socket, data json.RawMessage) {
	var req struct {
		Channel string `json:"channel"`
	}
	if err := decode(data, &req); err != nil {
		s.reply(sk, errorEvent(codeNone, "unsubscribing needs a channel"))
		return
	}
	for i, sub := range sk.subs {
		if sub.name == req.Channel {
			last := len(sk.subs) - 1
			sk.subs[i], sk.subs[last] = sk.subs[last], nil
			sk.subs = sk.subs[:last]
			s.leave(sub)
			return
		}
	}
}

// leave ends a subscription that stands.
func (s *Server) leave(sub *subscription) {
	s.abandon(sub)
	if sub.kind.Public() {
		sub.socket.public--
	}
	if sub.kind.Has(realtime.KindPresence) {
		s.bus.Leave(sub.name, sub.user)
	}
	s.metrics.subscriptions.Dec()
}

// detach ends all subscriptions of a socket.
func (s *Server) detach(sk *socket) {
	for _, sub := range sk.subs {
		s.leave(sub)
	}
	sk.subs = nil
}
