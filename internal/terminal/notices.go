package terminal

import "sync"

// notices are what was logged once, so that what terminals repeat every few seconds does not fill the log.
type notices struct {
	mu   sync.Mutex
	said map[notice]bool
}

type notice struct {
	what string
	of   int64 // a terminal; 0 for none
}

// mostNotices bounds what is remembered to have been logged.
const mostNotices = 10_000

func newNotices() *notices { return &notices{said: map[notice]bool{}} }

// first tells whether something is to be logged.
func (n *notices) first(what string, of int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := notice{what, of}
	if n.said[k] {
		return false
	}
	if len(n.said) >= mostNotices {
		clear(n.said)
	}
	n.said[k] = true
	return true
}

// over lets something be logged when it happens again.
func (n *notices) over(what string, of int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.said, notice{what, of})
}
