package pusher

import (
	"context"
	"time"
)

// watch looks after silent sockets: all of them in one pass, instead of a timer for each.
//
// Clients count whatever they receive as a sign of life and then send nothing themselves, so silence alone proves
// nothing. The ping goes out as a control frame, which browsers answer by themselves, and as an event, for clients
// behind something that swallows control frames.
func (s *Server) watch(ctx context.Context) {
	every := min(max(s.o.PongTimeout/10, 10*time.Millisecond), time.Second)
	tick := time.NewTicker(every)
	defer tick.Stop()
	ping := append(appendHeader(nil, opPing, 0), event(eventPing, "", nil)...)
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := s.o.Clock.Now().UnixMilli()
		s.hub.each(func(sh *shard, sk *socket) { s.checkSilence(sh, sk, now, ping) })
	}
}

// checkSilence runs under the lock of the shard.
func (s *Server) checkSilence(sh *shard, sk *socket, now int64, ping []byte) {
	seen := sk.seen.Load()
	until := sk.until.Load()
	switch {
	case until != 0 && now >= until:
		sk.end(sh.attempt, codeReconnect, "a permit ended")
	case s.o.AuthorizeWithin > 0 && !sk.known.Load() && now-sk.opened >= s.o.AuthorizeWithin.Milliseconds():
		// With this code clients come back after a pause: one whose server could not sign for it is no stranger.
		sk.end(sh.attempt, codeOverCapacity, "the socket was not authorized in time")
	case seen >= sk.pinged && now-seen >= s.o.ActivityTimeout.Milliseconds():
		sk.pinged = now
		sk.send(sh.attempt, ping)
	case sk.pinged > seen && now-sk.pinged >= s.o.PongTimeout.Milliseconds():
		sk.end(sh.attempt, codeNoPong, "no answer to a ping")
	}
}
