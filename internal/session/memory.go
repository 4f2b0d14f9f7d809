package session

import (
	"strconv"
	"sync"
	"time"

	"hadir/internal/clock"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// memory is who was looked up within the last seconds. It is swept only while somebody is in it: the library's cache
// with an expiry looks twenty times a second for what to remove, for ever, which was a third of what woke an idle
// process.
type memory struct {
	ttl   time.Duration
	clock clock.Clock // goes on evenly when the machine's time is set

	mu       sync.Mutex
	callers  *simplelru.LRU[[32]byte, remembered] // by when they were looked up
	sweeping bool                                 // a sweep is to come
}

type remembered struct {
	who   Caller
	until time.Time
}

func newMemory(size int, ttl time.Duration) *memory {
	callers, err := simplelru.NewLRU[[32]byte, remembered](size, nil)
	if err != nil {
		panic(err) // a size that is not positive is a defect of the program, seen at its start
	}
	return &memory{ttl: ttl, clock: clock.Running(time.Unix(0, 0)), callers: callers}
}

// get returns who was looked up by a token's hash.
func (m *memory) get(hash [32]byte) (Caller, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.callers.Peek(hash)
	if !found || !m.clock.Now().Before(r.until) {
		return Caller{}, false
	}
	return r.who, true
}

func (m *memory) add(who Caller) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.callers.Add(who.TokenHash, remembered{who, m.clock.Now().Add(m.ttl)})
	m.sweepLater()
}

// sweepLater asks for a sweep if somebody is in it. The caller holds m.mu.
func (m *memory) sweepLater() {
	if !m.sweeping && m.callers.Len() > 0 {
		m.sweeping = true
		time.AfterFunc(m.ttl, m.sweep)
	}
}

// sweep removes those whose time is over.
func (m *memory) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	for {
		_, oldest, found := m.callers.GetOldest()
		if !found || now.Before(oldest.until) {
			break
		}
		m.callers.RemoveOldest()
	}
	m.sweeping = false
	m.sweepLater()
}

func (m *memory) remove(hash [32]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.callers.Remove(hash)
}

// removeUser removes all sessions and tokens of a user; of everybody with "".
func (m *memory) removeUser(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id == "" {
		m.callers.Purge()
		return
	}
	for _, hash := range m.callers.Keys() {
		if r, found := m.callers.Peek(hash); found && strconv.FormatInt(r.who.User.ID, 10) == id {
			m.callers.Remove(hash)
		}
	}
}
