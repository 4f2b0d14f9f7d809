package pusher_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/clock"
	"hadir/internal/realtime"
	"hadir/pusher"

	"github.com/alicebob/miniredis/v2"
	"github.com/fasthttp/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// metric returns the value of a counter or gauge.
func metric(t testing.TB, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			// Of the three only the one that it is has a value.
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return 0
}

// raw is a WebSocket client that only does what the test says, byte by byte.
type raw struct {
	net.Conn
	r *bufio.Reader
}

func openRaw(t testing.TB, n *node, more string) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", n.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /app/%s%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n%s", appKey, goodQuery, more)
	require.NoError(t, err)
	r := &raw{Conn: conn, r: bufio.NewReader(conn)}
	for {
		line, err := r.r.ReadString('\n')
		require.NoError(t, err)
		if line == "\r\n" {
			return r
		}
	}
}

// clientFrame builds a masked frame.
func clientFrame(first byte, payload []byte) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := []byte{1, 2, 3, 4}
	b = append(b, mask...)
	for i, c := range payload {
		b = append(b, c^mask[i&3])
	}
	return b
}

// next reads one frame of the server.
func (r *raw) next(t testing.TB) (opcode byte, payload []byte) {
	t.Helper()
	require.NoError(t, r.SetReadDeadline(time.Now().Add(patience)))
	head := make([]byte, 2)
	_, err := readFull(r.r, head)
	require.NoError(t, err)
	n := int(head[1])
	switch n {
	case 126:
		b := make([]byte, 2)
		_, err = readFull(r.r, b)
		n = int(binary.BigEndian.Uint16(b))
	case 127:
		b := make([]byte, 8)
		_, err = readFull(r.r, b)
		n = int(binary.BigEndian.Uint64(b))
	}
	require.NoError(t, err)
	payload = make([]byte, n)
	_, err = readFull(r.r, payload)
	require.NoError(t, err)
	return head[0] & 0x0F, payload
}

func readFull(r *bufio.Reader, b []byte) (int, error) {
	for n := 0; n < len(b); {
		m, err := r.Read(b[n:])
		if n += m; err != nil {
			return n, err
		}
	}
	return len(b), nil
}

// code reads up to the close frame and returns its code.
func (r *raw) code(t testing.TB) int {
	t.Helper()
	for {
		if opcode, payload := r.next(t); opcode == 8 {
			require.GreaterOrEqual(t, len(payload), 2)
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

func TestFraming(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	ping := []byte(`{"event":"pusher:ping","data":{}}`)
	t.Run("in pieces with a ping between", func(t *testing.T) {
		t.Parallel()
		c := openRaw(t, n, "")
		c.next(t)
		var all []byte
		all = append(all, clientFrame(0x01, ping[:5])...)
		all = append(all, clientFrame(0x89, []byte("between"))...)
		all = append(all, clientFrame(0x00, ping[5:20])...)
		all = append(all, clientFrame(0x80, ping[20:])...)
		for _, b := range all { // each byte in a packet of its own
			_, err := c.Write([]byte{b})
			require.NoError(t, err)
		}
		opcode, payload := c.next(t)
		require.EqualValues(t, 10, opcode)
		require.Equal(t, "between", string(payload))
		_, payload = c.next(t)
		require.Contains(t, string(payload), "pusher:pong")
	})
	t.Run("together with the handshake", func(t *testing.T) {
		t.Parallel()
		long := append([]byte(`{"event":"pusher:ping","data":"`), strings.Repeat("x", 3000)+`"}`...)
		c := openRaw(t, n, string(clientFrame(0x81, ping))+string(clientFrame(0x81, long)))
		for range 3 {
			c.next(t)
		}
	})
	t.Run("closing", func(t *testing.T) {
		t.Parallel()
		c := openRaw(t, n, "")
		_, err := c.Write(clientFrame(0x88, []byte{0x03, 0xE8}))
		require.NoError(t, err)
		require.Equal(t, 1000, c.code(t))
		_, err = c.r.ReadByte()
		require.Error(t, err, "the server closes the connection")
	})
	for name, x := range map[string]struct {
		bytes []byte
		code  int
	}{
		"binary":                  {clientFrame(0x82, []byte("x")), 1003},
		"not masked":              {[]byte{0x81, 0x01, 'x'}, 1002},
		"reserved bit":            {clientFrame(0xC1, []byte("x")), 1002},
		"unknown opcode":          {clientFrame(0x83, []byte("x")), 1002},
		"unknown control opcode":  {clientFrame(0x8B, []byte("x")), 1002},
		"control in pieces":       {clientFrame(0x09, []byte("x")), 1002},
		"long control":            {clientFrame(0x89, make([]byte, 126)), 1002},
		"continuation of nothing": {clientFrame(0x80, []byte("x")), 1002},
		"two beginnings":          {append(clientFrame(0x01, []byte("x")), clientFrame(0x01, []byte("x"))...), 1002},
		"not UTF-8":               {clientFrame(0x81, []byte{0xff, 0xfe}), 1007},
		"too big":                 {clientFrame(0x81, make([]byte, 30<<10)), 1009},
		"too big in pieces": {
			append(clientFrame(0x01, make([]byte, 20<<10)), clientFrame(0x80, make([]byte, 20<<10))...), 1009},
		"claims 2^63 bytes":        {[]byte{0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 1009},
		"claims 2^62 bytes":        {[]byte{0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 1009},
		"close with one byte":      {clientFrame(0x88, []byte{3}), 1002},
		"close with a bad code":    {clientFrame(0x88, []byte{0x03, 0xED}), 1002},
		"close with broken reason": {clientFrame(0x88, []byte{0x03, 0xE8, 0xff}), 1007},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openRaw(t, n, "")
			_, err := c.Write(x.bytes)
			require.NoError(t, err)
			require.Equal(t, x.code, c.code(t))
		})
	}
}

// Nothing that one client sends disturbs the others.
func TestRubbishHurtsNobodyElse(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{ClientEvents: true})
	witness := connect(t, n)
	witness.subscribe("news")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			c := openRaw(t, n, "")
			rnd := rand.New(rand.NewPCG(1, uint64(i)))
			_ = c.SetWriteDeadline(time.Now().Add(patience))
			for range 50 {
				b := make([]byte, rnd.IntN(2000))
				for j := range b {
					b[j] = byte(rnd.Uint32())
				}
				if i%2 == 0 {
					b = clientFrame(byte(0x80|rnd.IntN(16)), b)
				}
				if _, err := c.Write(b); err != nil {
					return // closed: as it should be
				}
			}
			_ = c.Close()
		})
	}
	wg.Wait()
	n.publish(t, realtime.Message{Channel: "news", Event: "alive"})
	witness.await("alive", "news")
}

func TestAFloodOfMessagesEndsTheSocket(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{Clock: clock.NewManual(time.Now())}) // a busy machine takes seconds for what follows
	c, witness := connect(t, n), connect(t, n)
	for i := range 1000 {
		if err := c.ws.WriteMessage(websocket.TextMessage,
			fmt.Appendf(nil, `{"event":"pusher:subscribe","data":{"channel":"c%d"}}`, i)); err != nil {
			break
		}
	}
	require.Equal(t, 4301, c.closed())
	witness.here()
	require.Eventually(t, func() bool {
		_, answer := n.get(t, "/channels", "")
		return answer == `{"channels":{}}`
	}, patience, 10*time.Millisecond, "all its subscriptions are gone")
}

// Half-open and half-sent handshakes, and connections that end in the middle of a frame, leave nothing behind.
func TestConnectionsThatEndAnywhere(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	n := alone(t, pusher.Options{Registry: registry})
	frame := clientFrame(0x81, []byte(`{"event":"pusher:subscribe","data":{"channel":"news"}}`))
	for i := range frame {
		c := openRaw(t, n, string(frame[:i]))
		_ = c.Close()
	}
	require.Eventually(t, func() bool { return metric(t, registry, "hadir_pusher_connections") == 0 }, patience,
		time.Millisecond)
	require.Zero(t, metric(t, registry, "hadir_pusher_subscriptions"))
}

// One client that stops reading is closed with a code that brings it back; the others notice nothing.
func TestASlowSocketIsClosedAndTheOthersAreNot(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	n := alone(t, pusher.Options{Registry: registry, MaxQueueBytes: 256 << 10, WriteTimeout: 2 * time.Second})
	slow := openRaw(t, n, string(clientFrame(0x81, []byte(`{"event":"pusher:subscribe","data":{"channel":"news"}}`))))
	require.NoError(t, slow.Conn.(*net.TCPConn).SetReadBuffer(64<<10))
	slow.next(t)
	slow.next(t)
	quick := connect(t, n)
	quick.subscribe("news")
	data, err := json.Marshal(strings.Repeat("x", 8000))
	require.NoError(t, err)
	sent := 0
	for metric(t, registry, "hadir_pusher_slow_disconnects_total") == 0 {
		require.Less(t, sent, 5000, "40 MB and still not slow")
		for range 20 {
			n.publish(t, realtime.Message{Channel: "news", Event: "x", Data: data})
			sent++
		}
		quick.awaitNth("x", "news", sent)
	}
	// What was sent before ends with whole frames, then comes the code.
	require.Equal(t, 4100, slow.code(t))
	n.publish(t, realtime.Message{Channel: "news", Event: "after"})
	quick.await("after", "news")
	require.Eventually(t, func() bool { return metric(t, registry, "hadir_pusher_connections") == 1 }, patience,
		time.Millisecond)
}

// A client that is slow for a moment gets everything, in order, and is then a client like any other.
func TestAShortStallLosesNothing(t *testing.T) {
	t.Parallel()
	const writeTimeout = 30 * time.Second
	n := alone(t, pusher.Options{MaxQueueBytes: 64 << 20, WriteTimeout: writeTimeout})
	c := openRaw(t, n, string(clientFrame(0x81, []byte(`{"event":"pusher:subscribe","data":{"channel":"news"}}`))))
	require.NoError(t, c.Conn.(*net.TCPConn).SetReadBuffer(128<<10)) // so that most must wait at the server
	c.next(t)
	c.next(t)
	const events = 2000
	for i := range events {
		n.publish(t, realtime.Message{Channel: "news", Event: fmt.Sprint(i),
			Data: fmt.Appendf(nil, "%q", strings.Repeat("x", i*7%9000))})
	}
	for i := range events {
		_, payload := c.next(t)
		require.True(t, bytes.HasPrefix(payload, fmt.Appendf(nil, `{"event":"%d",`, i)), "event %d", i)
	}
	<-time.After(writeTimeout) // the deadline of the last delayed write must not concern later ones
	n.publish(t, realtime.Message{Channel: "news", Event: "later"})
	_, payload := c.next(t)
	require.Contains(t, string(payload), "later")
}

// fasthttp hands the wrapper of a closed connection to the next client. While events stream, clients come and go; none
// may ever see what was sent to another.
func TestNobodyReceivesWhatIsForAnother(t *testing.T) {
	t.Parallel()
	n := alone(t, pusher.Options{})
	stop := make(chan struct{})
	var publishing, clients sync.WaitGroup
	for w := range 4 {
		publishing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var messages []realtime.Message
				for i := w; i < 8; i += 4 {
					channel := fmt.Sprintf("private-employee.%d", i+1)
					messages = append(messages,
						realtime.Message{Channel: channel, Event: "mine",
							Data: fmt.Appendf(nil, "%q", channel+strings.Repeat(" ", 2000))})
				}
				if n.bus.Publish(t.Context(), messages...) != nil {
					return
				}
			}
		})
	}
	for w := range 8 {
		clients.Go(func() {
			channel := fmt.Sprintf("private-employee.%d", w+1)
			for i := range 25 { // 200 in all
				c := connect(t, n)
				c.subscribe(channel)
				c.await("mine", channel)
				if i%3 == 0 {
					_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""),
						time.Now().Add(time.Second))
					<-c.done
				}
				c.close()
				for _, f := range c.all() {
					if strings.HasPrefix(f.Event, "pusher") {
						continue
					}
					if f.Channel != channel || !strings.HasPrefix(f.Data, `"`+channel+` `) {
						t.Errorf("client of %s received %s on %s", channel, f.Data, f.Channel)
					}
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	publishing.Wait()
}

// At the end all sockets are closed with a code that brings them back at once, presence is withdrawn, newcomers are
// sent away politely, and Run returns.
func TestDraining(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	n := start(t, "redis://"+m.Addr(), pusher.Options{DrainOver: 300 * time.Millisecond})
	other := start(t, "redis://"+m.Addr(), pusher.Options{})
	watcher := connect(t, other)
	watcher.join("presence-x", "watcher")
	var clients []*client
	for i := range 30 {
		c := connect(t, n)
		c.join("presence-x", fmt.Sprint(i))
		clients = append(clients, c)
	}
	stalled := openRaw(t, n, "")
	stalled.next(t) // the greeting; it then reads nothing until the end
	began := time.Now()
	require.NoError(t, n.stop())
	for _, c := range clients {
		require.Equal(t, 4200, c.closed())
	}
	require.Equal(t, 4200, stalled.code(t))
	require.Less(t, time.Since(began), patience)
	watcher.awaitNth("pusher_internal:member_removed", "presence-x", 30)
	_, answer := other.get(t, "/channels", "info=subscription_count")
	require.JSONEq(t, `{"channels":{"presence-x":{"subscription_count":1}}}`, answer)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	n := alone(t, pusher.Options{Registry: registry})
	a, b := connect(t, n), connect(t, n)
	for _, c := range []*client{a, b} {
		c.subscribe("news")
		c.subscribe("sport")
	}
	open(t, n, "/app/wrong"+goodQuery, nil).closed()
	n.publish(t, realtime.Message{Channel: "news", Event: "x"})
	a.await("x", "news")
	b.await("x", "news")
	b.here()
	for name, want := range map[string]float64{
		"hadir_pusher_connections":            2,
		"hadir_pusher_subscriptions":          4,
		"hadir_pusher_frames_total":           2,
		"hadir_pusher_received_total":         5,
		"hadir_pusher_refused_total":          1,
		"hadir_pusher_slow_disconnects_total": 0,
	} {
		require.Eventually(t, func() bool { return metric(t, registry, name) == want }, patience, time.Millisecond,
			name)
	}
	require.Positive(t, metric(t, registry, "hadir_pusher_delivery_seconds"))
	require.Positive(t, metric(t, registry, "hadir_pusher_sent_bytes_total"))
	a.close()
	require.Eventually(t, func() bool { return metric(t, registry, "hadir_pusher_subscriptions") == 2 }, patience,
		time.Millisecond)
}
