package cli

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"hadir/internal/store/db"
)

// An api process makes much garbage and keeps little: by Go's default it would collect several times a second to stay
// at a few dozen megabytes. It may use more, up to a limit that a container is likely to have to spare. Other
// processes are left at the default.
const (
	apiGCPercent   = 400
	apiMemoryLimit = 512 << 20 // bytes
)

// collectLess sets the above unless the operator has decided.
func collectLess(environ []string) {
	if memoryDecided(environ) {
		return
	}
	debug.SetGCPercent(apiGCPercent)
	debug.SetMemoryLimit(apiMemoryLimit)
}

// memoryDecided tells whether the operator says how Go's memory is handled.
func memoryDecided(environ []string) bool {
	return slices.ContainsFunc(environ, func(v string) bool {
		return strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=")
	})
}

// The other processes give back what a busy time took. Go would keep as much free memory as the next busy time may
// need, for minutes: twice what is in use, and the stacks of idle sockets as large as their handshakes made them.
// SQLite would keep its caches for ever.
const (
	quietCheck = 15 * time.Second
	// quietBytes is how much a process allocates between two checks at the most that has nothing to do.
	quietBytes = 4 << 20
	// A collection is worth it for so much memory, and for so large a part of what it has to look through.
	worthGiving = 4 << 20
	worthPart   = 4
)

// addMemory gives memory back while nothing happens, unless the operator has decided or this is an api process.
func (p *process) addMemory(context.Context) error {
	if !slices.Equal(p.roles, []role{roleAPI}) && !memoryDecided(p.env.environ) {
		p.add("memory", stageProbes, p.giveBack)
	}
	return nil
}

func (p *process) giveBack(ctx context.Context) error {
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	var q quiet
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		over, worth := q.check(readUsage())
		if over {
			if err := db.GiveBack(ctx, p.store.DB); err != nil && ctx.Err() == nil {
				p.log.DebugContext(ctx, "the database keeps its memory", "error", err)
			}
		}
		if over || worth {
			debug.FreeOSMemory()
		}
	}
}

// usage is what the runtime tells about the heap, in bytes.
type usage struct {
	allocated     uint64 // ever
	free          uint64 // not in use, but not returned to the system
	objects, live uint64 // in use, with garbage; after the last collection, without it
}

func readUsage() usage {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return usage{allocated: samples[0].Value.Uint64(), free: samples[1].Value.Uint64(),
		objects: samples[2].Value.Uint64(), live: samples[3].Value.Uint64()}
}

// quiet finds out whether anything happens.
type quiet struct {
	allocated uint64 // at the last check
	busy      bool   // between the last two
}

// check tells whether a busy time is over since the last check, and whether else it is worth while to give back what
// little a quiet time leaves.
func (q *quiet) check(u usage) (over, worth bool) {
	busy := u.allocated-q.allocated >= quietBytes
	over = q.busy && !busy
	garbage := u.objects - min(u.live, u.objects)
	worth = !busy && u.free+garbage >= max(worthGiving, u.live/worthPart)
	q.allocated, q.busy = u.allocated, busy
	return over, worth
}
