package bench

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// frame is an event of the Pusher protocol; data is a string that holds JSON.
type frame struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// socket is one connection of a Pusher client.
type socket struct {
	conn *websocket.Conn
	id   string
}

func connectSocket(b *testing.B, pusher string, buffer int) *socket {
	s, err := dial(b.Context(), pusher, buffer)
	require.NoError(b, err)
	return s
}

func dial(ctx context.Context, pusher string, buffer int) (*socket, error) {
	d := websocket.Dialer{HandshakeTimeout: 10 * time.Second, ReadBufferSize: buffer, WriteBufferSize: 512}
	conn, _, err := d.DialContext(ctx, "ws://"+pusher+"/app/"+pusherKey+"?protocol=7&client=bench&version=1", nil)
	if err != nil {
		return nil, err
	}
	var hello frame
	var inner string
	var data struct {
		SocketID string `json:"socket_id"`
	}
	if err := conn.ReadJSON(&hello); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := errors.Join(json.Unmarshal(hello.Data, &inner), json.Unmarshal([]byte(inner), &data)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &socket{conn, data.SocketID}, nil
}

// subscribe waits until the pusher has agreed.
func (s *socket) subscribe(channel, auth, data string) error {
	message := map[string]any{"event": "pusher:subscribe",
		"data": map[string]string{"channel": channel, "auth": auth, "channel_data": data}}
	if err := s.conn.WriteJSON(message); err != nil {
		return err
	}
	var f frame
	if err := s.conn.ReadJSON(&f); err != nil {
		return err
	}
	if f.Event != "pusher_internal:subscription_succeeded" {
		return fmt.Errorf("subscribing to %s: %s %s", channel, f.Event, f.Data)
	}
	return nil
}

// sign makes the signature that the api would give.
func sign(socketID, channel string) string {
	mac := hmac.New(sha256.New, []byte(pusherSecret))
	mac.Write([]byte(socketID + ":" + channel))
	return pusherKey + ":" + hex.EncodeToString(mac.Sum(nil))
}

// crowd opens n sockets that subscribe to one channel. They end with the benchmark.
func crowd(b *testing.B, pusher, channel string, n int) []*socket {
	sockets := make([]*socket, n)
	var group errgroup.Group
	group.SetLimit(64)
	for i := range sockets {
		group.Go(func() error {
			s, err := dial(b.Context(), pusher, 512)
			if err != nil {
				return err
			}
			sockets[i] = s
			return s.subscribe(channel, sign(s.id, channel), "")
		})
	}
	b.Cleanup(func() {
		for _, s := range sockets {
			if s != nil {
				s.conn.Close()
			}
		}
	})
	require.NoError(b, group.Wait())
	return sockets
}

// count reads a connection past the WebSocket library and adds the text frames in it: decoding a million frames a
// second would measure the client. It ends with the connection.
func count(conn net.Conn, frames *atomic.Int64) {
	const text = 1
	buf := make([]byte, 64<<10)
	have, skip := 0, uint64(0)
	for {
		n, err := conn.Read(buf[have:])
		if err != nil {
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
				frames.Add(-1 << 40) // shows in every figure
			}
			return
		}
		have += n
		at, found := 0, int64(0)
		for {
			if skip > 0 {
				step := min(uint64(have-at), skip)
				at, skip = at+int(step), skip-step
			}
			head, length, ok := header(buf[at:have])
			if skip > 0 || !ok {
				break
			}
			if buf[at]&0x0f == text {
				found++
			}
			at, skip = at+head, length
		}
		have = copy(buf, buf[at:have])
		frames.Add(found)
	}
}

// header reads the size of an unmasked frame's header and of its payload (RFC 6455, section 5.2).
func header(b []byte) (head int, length uint64, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	switch n := b[1] & 0x7f; {
	case n < 126:
		return 2, uint64(n), true
	case n == 126 && len(b) >= 4:
		return 4, uint64(binary.BigEndian.Uint16(b[2:])), true
	case n == 127 && len(b) >= 10:
		return 10, binary.BigEndian.Uint64(b[2:]), true
	}
	return 0, 0, false
}
