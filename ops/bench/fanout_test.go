package bench

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/realtime"

	"github.com/stretchr/testify/require"
)

const fanoutSockets = 1000

// fanout measures (d): what a frame costs the pusher when one event goes to 1,000 sockets of a channel, at a steady
// rate and at the most it can do.
func fanout(b *testing.B, t *table) {
	s := newStack(b)
	pusher, process := s.start("pusher")
	const channel = "private-branch.1"
	sockets := crowd(b, pusher, channel, fanoutSockets)
	var frames atomic.Int64
	var readers sync.WaitGroup
	for _, ws := range sockets {
		readers.Go(func() { count(ws.conn.NetConn(), &frames) })
	}
	b.Cleanup(func() {
		for _, ws := range sockets {
			ws.conn.Close()
		}
		readers.Wait()
	})
	bus := s.alive()
	data, err := json.Marshal(map[string]string{"padding": strings.Repeat("x", 300)})
	require.NoError(b, err)
	message := realtime.Message{Channel: channel, Event: realtime.EventRecorded, Data: data}
	f := &publisher{b: b, bus: bus, message: message, frames: &frames}

	steady := f.measure(process.PID(), 10*time.Second, 20*time.Millisecond)
	t.add("1,000 sockets, 50 events/s, one by one: frames/s", steady.framesPerSecond, "%.0f", noAim)
	t.add("  pusher CPU per frame", steady.microseconds, "%.2f µs", noAim)
	full := f.measure(process.PID(), 10*time.Second, 0)
	t.add("1,000 sockets, as many events as it takes: frames/s", full.framesPerSecond, "%.0f", noAim)
	t.add("  pusher CPU per frame", full.microseconds, "%.2f µs", below(2, " µs"))
}

// publisher sends one message again and again.
type publisher struct {
	b       *testing.B
	bus     *realtime.Bus
	message realtime.Message
	frames  *atomic.Int64
}

type fanoutResult struct{ framesPerSecond, microseconds float64 }

// ahead is how many events may be on their way. A pusher closes sockets that fall behind.
const ahead = 200

// measure publishes events one by one, one every interval.
func (f *publisher) measure(pid int, lasting, interval time.Duration) fanoutResult {
	arrived := f.frames.Load()
	cpu := processorTime(f.b, pid)
	begin := time.Now()
	sent := int64(0)
	for n := 0; time.Since(begin) < lasting; n++ {
		require.NoError(f.b, f.bus.Publish(f.b.Context(), f.message))
		sent += fanoutSockets
		pace(f.b, begin.Add(time.Duration(n+1)*interval))
		f.await(arrived+sent-ahead*fanoutSockets, 100*time.Microsecond)
	}
	f.await(arrived+sent, time.Millisecond)
	took := time.Since(begin)
	used := processorTime(f.b, pid) - cpu
	return fanoutResult{float64(sent) / took.Seconds(), float64(used.Microseconds()) / float64(sent)}
}

// await waits until so many frames arrived since the start, looking once in a while.
func (f *publisher) await(frames int64, pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for waiting := time.Now(); f.frames.Load() < frames; <-tick.C {
		if time.Since(waiting) > 10*time.Second {
			f.b.Fatalf("%d of %d frames arrived; fewer than before means that sockets were closed",
				f.frames.Load(), frames)
		}
	}
}
