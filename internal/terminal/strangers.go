package terminal

import (
	"context"
	"errors"
	"sync"
	"time"

	"hadir/internal/iclock"
	"hadir/internal/network"
	"hadir/internal/store/terminals"
)

// strangers remembers for some seconds that there is no place for another pending terminal, so that made-up serials
// cost the database next to nothing.
type strangers struct {
	mu     sync.Mutex
	full   time.Time            // until when there is none for anybody
	of     map[string]time.Time // likewise, for one address
	warned time.Time
}

const (
	refusedFor    = 5 * time.Second
	mostAddresses = 1000
	// warnEvery is how often the log says that there is no place.
	warnEvery = time.Minute
)

func newStrangers() *strangers { return &strangers{of: map[string]time.Time{}} }

func (s *strangers) refused(address string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.full) || now.Before(s.of[network.Subscriber(address)])
}

// refuse remembers why a serial was not noted, and tells whether it is to be logged.
func (s *strangers) refuse(address string, why error, now time.Time) (warn bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(why, terminals.ErrTooManyOf) {
		if len(s.of) >= mostAddresses {
			clear(s.of)
		}
		s.of[network.Subscriber(address)] = now.Add(refusedFor)
	} else {
		s.full = now.Add(refusedFor)
	}
	warn = now.Sub(s.warned) >= warnEvery
	if warn {
		s.warned = now
	}
	return warn
}

// meet returns the terminal of a serial that this node does not know.
func (s *Server) meet(ctx context.Context, serial, address string) (iclock.Terminal, error) {
	now := s.o.Clock.Now()
	if s.strangers.refused(address, now) {
		return iclock.Terminal{}, terminals.ErrTooMany
	}
	t, err := s.o.Terminals.Meet(ctx, serial, address)
	if err == nil {
		s.known.renew(&t)
		if t.State == iclock.Pending {
			s.o.Log.InfoContext(ctx, "a terminal waits to be accepted", "serial", serial, "addr", address)
		}
	}
	if errors.Is(err, terminals.ErrTooMany) && s.strangers.refuse(address, err, now) {
		s.o.Log.WarnContext(ctx, "a terminal finds no place among those that wait to be accepted", "serial", serial,
			"addr", address, "error", err)
	}
	return t, err
}
