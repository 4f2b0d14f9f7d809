package pusher

import (
	"maps"
	"sync"
	"time"

	"hadir/internal/realtime"
)

// permitsLive is how long a signed permit may be of use at the most.
const permitsLive = realtime.PermitLasts + realtime.PermitSpread

// revocations are the users whose rights changed while permits that were signed before may still be of use.
type revocations struct {
	mu    sync.Mutex
	at    map[string]time.Time // when this node last heard of it, by user
	swept time.Time
}

// note keeps that the rights of a user changed just now, and forgets what no permit is older than.
func (r *revocations) note(user string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[string]time.Time{}
	}
	r.at[user] = now
	if now.Sub(r.swept) >= time.Minute {
		r.swept = now
		maps.DeleteFunc(r.at, func(_ string, at time.Time) bool { return now.Sub(at) > permitsLive })
	}
}

// after tells whether the rights of a permit's user changed after it was signed. One that does not say when counts as
// older than any change.
func (r *revocations) after(p realtime.Permit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, changed := r.at[p.UserID]
	return changed && p.Since < at.UnixMicro()
}
