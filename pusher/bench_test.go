package pusher_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// rss returns the resident memory of a process in KiB.
func rss(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(b, err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			require.NoError(b, err)
			return n
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

// cpu returns the processor time that a process has used.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(b, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	user, err := strconv.Atoi(fields[11])
	require.NoError(b, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(b, err)
	const ticks = 100 // per second, on every Linux
	return time.Duration(user+system) * time.Second / ticks
}

// subscribers opens n sockets of a child, each subscribed to a channel, and counts the bytes they receive.
func subscribers(b *testing.B, c *child, channel string, n int) (received *atomic.Int64) {
	b.Helper()
	received = &atomic.Int64{}
	subscription := string(clientFrame(0x81,
		fmt.Appendf(nil, `{"event":"pusher:subscribe","data":{"channel":%q}}`, channel)))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for range n {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := openRaw(b, &c.node, subscription)
			r.next(b)
			r.next(b)
			conn, rest := r.Conn, r.r.Buffered()
			require.NoError(b, conn.SetReadDeadline(time.Time{}))
			received.Add(int64(rest))
			go func() {
				buf := make([]byte, 16<<10)
				for {
					n, err := conn.Read(buf)
					received.Add(int64(n))
					if err != nil {
						return
					}
				}
			}()
		})
	}
	wg.Wait()
	return received
}

// BenchmarkIdleSockets measures the memory that a subscribed, silent socket costs the server.
func BenchmarkIdleSockets(b *testing.B) {
	const sockets = 5000
	for b.Loop() {
		c := startChild(b, testkit.Redis(b))
		openRaw(b, &c.node, "").Close()
		before := rss(b, c.cmd.Process.Pid)
		var conns []net.Conn
		subscription := string(clientFrame(0x81, []byte(`{"event":"pusher:subscribe","data":{"channel":"news"}}`)))
		for range sockets {
			r := openRaw(b, &c.node, subscription)
			r.next(b)
			r.next(b)
			conns = append(conns, r.Conn)
		}
		b.ReportMetric((rss(b, c.cmd.Process.Pid)-before)/sockets, "KiB/socket")
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
}

// BenchmarkFanOut measures what a frame costs the server when a channel with many sockets is busy: events of some 400
// bytes at several rates, each event a frame for every socket.
func BenchmarkFanOut(b *testing.B) {
	for _, sockets := range []int{1000, 5000} {
		for _, rate := range []int{50, 500, 2000, 5000} { // events a second
			b.Run(fmt.Sprintf("sockets=%d/events=%d", sockets, rate), func(b *testing.B) {
				for b.Loop() {
					fanOut(b, sockets, rate)
				}
			})
		}
	}
}

func fanOut(b *testing.B, sockets, rate int) {
	const seconds = 5
	url := testkit.Redis(b)
	c := startChild(b, url)
	received := subscribers(b, c, "news", sockets)
	bus := realtime.NewBus(dial(b, url), realtime.BusOptions{Log: slog.New(slog.DiscardHandler)})
	m := realtime.Message{Channel: "news", Event: realtime.EventRecorded,
		Data: json.RawMessage(`{"x":"` + strings.Repeat("d", 320) + `"}`)}
	size := int64(len(realtime.AppendFrame(nil, m)) + 4)

	const slice = 5 * time.Millisecond
	tick := time.NewTicker(slice)
	defer tick.Stop()
	start, used := time.Now(), cpu(b, c.cmd.Process.Pid)
	sent := 0
	for time.Since(start) < seconds*time.Second {
		<-tick.C
		due := int(time.Since(start).Seconds() * float64(rate))
		var messages []realtime.Message
		for ; sent < due; sent++ {
			messages = append(messages, m)
		}
		require.NoError(b, bus.Publish(b.Context(), messages...))
	}
	want := int64(sent) * int64(sockets) * size
	var arrived int64
	for quiet := 0; quiet < 20 && arrived < want; quiet++ {
		if now := received.Load(); now != arrived {
			arrived, quiet = now, 0
		}
		<-tick.C
		<-tick.C
	}
	took := time.Since(start).Seconds()
	frames := float64(arrived / size)
	b.ReportMetric(frames/took, "frames/s")
	b.ReportMetric(float64((cpu(b, c.cmd.Process.Pid)-used).Nanoseconds())/1000/frames, "cpu-µs/frame")
	b.ReportMetric(100*float64(arrived)/float64(want), "%delivered")
	_ = c.input.Close()
	_ = c.cmd.Wait()
}
