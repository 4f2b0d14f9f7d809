package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// screen does what a dashboard does: it connects to any pusher, subscribes, fetches the snapshot, merges by version,
// and begins again after every loss and every resync.
type screen struct {
	s       *stack
	token   string
	channel string

	mu        sync.Mutex
	days      map[key]attendance.Entry
	frames    int         // events received
	about     map[key]int // and how many of them spoke of a day
	snapshots int
	live      bool
	lost      error         // why the last connection ended
	changed   chan struct{} // closed and replaced at every change
}

type key struct {
	employee int64
	date     attendance.Date
}

// frame is one event on the wire; data is a string that holds JSON, except in errors.
type frame struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// watch opens a screen that lives as long as the test, starting at pusher first.
func (s *stack) watch(t *testing.T, token, channel string, first int) *screen {
	sc := &screen{s: s, token: token, channel: channel, days: map[key]attendance.Entry{}, about: map[key]int{},
		changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for node := first; ctx.Err() == nil; node++ {
			err := sc.session(ctx, node%len(s.pushers)) // the next one is tried, as a balancer would
			sc.set(func() { sc.live, sc.lost = false, err })
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return sc
}

func (sc *screen) set(change func()) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	change()
	close(sc.changed)
	sc.changed = make(chan struct{})
}

func (sc *screen) merge(days []attendance.Entry, fromFrame bool) {
	sc.set(func() {
		for _, d := range days {
			k := key{d.EmployeeID, d.WorkDate}
			if fromFrame {
				sc.about[k]++
			}
			if d.Version > sc.days[k].Version {
				sc.days[k] = d
			}
		}
		if fromFrame {
			sc.frames++
		} else {
			sc.snapshots++
		}
	})
}

// wait blocks until the condition holds over the merged days, or until ctx ends.
func (sc *screen) wait(ctx context.Context, ok func() bool) error {
	for {
		sc.mu.Lock()
		done, changed := ok(), sc.changed
		sc.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w; last connection: %w", ctx.Err(), sc.reason())
		}
	}
}

func (sc *screen) reason() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.lost == nil {
		return errors.New("held")
	}
	return sc.lost
}

// session is one connection, from dialling to its loss.
func (sc *screen) session(ctx context.Context, node int) error {
	dialer := websocket.Dialer{HandshakeTimeout: 30 * time.Second}
	ws, _, err := dialer.DialContext(ctx,
		fmt.Sprintf("ws://%s/app/%s?protocol=7&client=e2e&version=1", sc.s.pushers[node], pusherKey), nil)
	if err != nil {
		return err
	}
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { ws.Close() })()
	for {
		var f frame
		if err := ws.ReadJSON(&f); err != nil {
			return err
		}
		switch f.Event {
		case "pusher:connection_established":
			var hello struct {
				SocketID string `json:"socket_id"`
			}
			if err := unwrap(f.Data, &hello); err != nil {
				return err
			}
			permit, err := sc.authorise(ctx, hello.SocketID)
			if err != nil {
				return err
			}
			permit["channel"] = sc.channel
			subscribe := map[string]any{"event": "pusher:subscribe", "data": permit}
			if err := ws.WriteJSON(subscribe); err != nil {
				return err
			}
		case "pusher_internal:subscription_succeeded", realtime.EventResync:
			days, err := sc.snapshot(ctx)
			if err != nil {
				return err
			}
			sc.merge(days, false)
			sc.set(func() { sc.live = true })
		case realtime.EventRecorded:
			var r realtime.Recorded
			if err := unwrap(f.Data, &r); err != nil {
				return err
			}
			sc.merge(r.Days, true)
		case "pusher:ping":
			if err := ws.WriteJSON(frame{Event: "pusher:pong"}); err != nil {
				return err
			}
		case "pusher:error", "pusher:subscription_error":
			return fmt.Errorf("refused: %s", f.Data)
		}
	}
}

// hoard opens a socket on a pusher and has a subscription signed for it, which use sends later. It returns the answer.
func (s *stack) hoard(t *testing.T, token, channel string, node int) (use func() string) {
	t.Helper()
	dialer := websocket.Dialer{HandshakeTimeout: testkit.Patience}
	ws, _, err := dialer.DialContext(t.Context(),
		fmt.Sprintf("ws://%s/app/%s?protocol=7&client=e2e&version=1", s.pushers[node], pusherKey), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.Close() })
	var f frame
	require.NoError(t, ws.ReadJSON(&f))
	var hello struct {
		SocketID string `json:"socket_id"`
	}
	require.NoError(t, unwrap(f.Data, &hello))
	permit, err := (&screen{s: s, token: token, channel: channel}).authorise(t.Context(), hello.SocketID)
	require.NoError(t, err)
	permit["channel"] = channel
	return func() string {
		require.NoError(t, ws.WriteJSON(map[string]any{"event": "pusher:subscribe", "data": permit}))
		for f.Event == "pusher:connection_established" || f.Event == "pusher:ping" {
			require.NoError(t, ws.ReadJSON(&f))
		}
		return f.Event
	}
}

// unwrap decodes the JSON inside the string that the protocol carries.
func unwrap(data json.RawMessage, out any) error {
	var inner string
	if err := json.Unmarshal(data, &inner); err != nil {
		return err
	}
	return json.Unmarshal([]byte(inner), out)
}

// authorise asks the api nodes in turn for a signature and what is signed with it.
func (sc *screen) authorise(ctx context.Context, socket string) (map[string]string, error) {
	var answer map[string]string
	var err error
	for _, api := range sc.s.apis {
		body := map[string]string{"socket_id": socket, "channel_name": sc.channel}
		if _, err = call(ctx, http.MethodPost, api+"/broadcasting/auth", sc.token, nil, body, &answer); err == nil {
			return answer, nil
		}
	}
	return nil, err
}

func (sc *screen) snapshot(ctx context.Context) (days []attendance.Entry, err error) {
	for _, api := range sc.s.apis {
		if days, err = sc.s.today(ctx, api, sc.token); err == nil {
			return days, nil
		}
	}
	return nil, err
}
