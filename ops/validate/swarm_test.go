//go:build validate

package validate_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// screen is a dashboard as pusher-js keeps one: it reconnects, subscribes anew, fetches the snapshot, and merges by
// version.
type screen struct {
	mu       sync.Mutex
	versions map[string]int64 // employee/date → newest version seen
	gaps     []time.Duration  // from a loss to the next confirmed subscription
	stop     chan struct{}
	done     chan struct{}
}

func (d *deployment) watch(key string) *screen {
	s := &screen{versions: map[string]int64{}, stop: make(chan struct{}), done: make(chan struct{})}
	ready := make(chan struct{})
	go func() {
		defer close(s.done)
		var once sync.Once
		lost := time.Time{}
		for {
			select {
			case <-s.stop:
				return
			default:
			}
			d.session(s, key, func() {
				once.Do(func() { close(ready) })
				s.mu.Lock()
				if !lost.IsZero() {
					s.gaps = append(s.gaps, time.Since(lost))
				}
				s.mu.Unlock()
			})
			lost = time.Now()
			select {
			case <-s.stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		require.Fail(d.t, "the dashboard never connected")
	}
	return s
}

type dayVersion struct {
	EmployeeID int64  `json:"employee_id"`
	WorkDate   string `json:"work_date"`
	Version    int64  `json:"version"`
}

func (s *screen) merge(days []dayVersion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, day := range days {
		k := fmt.Sprintf("%d/%s", day.EmployeeID, day.WorkDate)
		s.versions[k] = max(s.versions[k], day.Version)
	}
}

func (d *deployment) session(s *screen, key string, subscribed func()) {
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+strings.TrimPrefix(d.base, "http://")+"/app/"+key+
		"?protocol=7&client=validate&version=1", nil)
	if err != nil {
		return
	}
	defer ws.Close()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-s.stop:
			_ = ws.Close()
		case <-over:
		}
	}()
	for {
		var f struct{ Event, Data string }
		if ws.ReadJSON(&f) != nil {
			return
		}
		switch f.Event {
		case "pusher:connection_established":
			var hello struct {
				SocketID string `json:"socket_id"`
			}
			_ = json.Unmarshal([]byte(f.Data), &hello)
			var answer struct {
				Auth string `json:"auth"`
				Data string `json:"channel_data"`
			}
			if _, err := d.call(http.MethodPost, d.base+"/broadcasting/auth", d.admin,
				map[string]string{"socket_id": hello.SocketID, "channel_name": "private-company"},
				&answer); err != nil {
				return
			}
			_ = ws.WriteJSON(map[string]any{"event": "pusher:subscribe",
				"data": map[string]string{"channel": "private-company", "auth": answer.Auth,
					"channel_data": answer.Data}})
		case "pusher_internal:subscription_succeeded", "resync":
			for cursor := ""; ; {
				var page struct {
					Items []dayVersion `json:"items"`
					Next  string       `json:"next_cursor"`
				}
				if _, err := d.call(http.MethodGet, d.base+"/api/attendances/today?limit=500&cursor="+cursor, d.admin,
					nil, &page); err != nil {
					return
				}
				s.merge(page.Items)
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			subscribed()
		case "attendance.recorded":
			var r struct {
				Days []dayVersion `json:"days"`
			}
			_ = json.Unmarshal([]byte(f.Data), &r)
			s.merge(r.Days)
		case "pusher:ping":
			_ = ws.WriteJSON(map[string]any{"event": "pusher:pong", "data": map[string]string{}})
		}
	}
}

// load is constant traffic that repeats nothing: whatever fails is a failed request.
type load struct {
	mu       sync.Mutex
	requests int
	failed   []string
	slowest  time.Duration
	versions map[string]int64 // what was acknowledged
}

func (d *deployment) load(clients int) (*load, func()) {
	l := &load{versions: map[string]int64{}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
				}
				begun := time.Now()
				var out punched
				var err error
				if n%2 == 0 {
					out, _, err = d.punch(d.base, []string{"in", "out"}[n/2%2], (c*17+n)%len(d.staff),
						unique(fmt.Sprintf("swarm-%d", c), n))
				} else {
					_, err = d.call(http.MethodGet, d.base+"/api/attendances/summary", d.admin, nil, nil)
				}
				l.mu.Lock()
				l.requests++
				l.slowest = max(l.slowest, time.Since(begun))
				if err != nil {
					l.failed = append(l.failed, err.Error())
				} else if out.Day.EmployeeID != 0 {
					k := fmt.Sprintf("%d/%s", out.Day.EmployeeID, out.Day.WorkDate)
					l.versions[k] = max(l.versions[k], out.Day.Version)
				}
				l.mu.Unlock()
			}
		})
	}
	return l, func() { close(stop); wg.Wait() }
}

// shown tells whether every screen has every version that was acknowledged. The load must have ended.
func (l *load) shown(screens []*screen) bool {
	for _, s := range screens {
		s.mu.Lock()
		behind := false
		for k, v := range l.versions {
			behind = behind || s.versions[k] < v
		}
		s.mu.Unlock()
		if behind {
			return false
		}
	}
	return true
}

// state is what Swarm says of a service's last update.
func (d *deployment) state(service string) string {
	return d.run("docker", "service", "inspect", "hadir_"+service, "-f",
		"{{if .UpdateStatus}}{{.UpdateStatus.State}}{{else}}none{{end}}")
}

// settled waits until Swarm says what became of an update of every service, and returns it.
func (d *deployment) settled(services []string, within time.Duration) map[string]string {
	d.t.Helper()
	states := map[string]string{}
	d.eventually(within, "every service has ended its update", func() bool {
		for _, s := range services {
			states[s] = d.state(s)
			if states[s] != "completed" && states[s] != "rollback_completed" {
				return false
			}
		}
		return true
	})
	return states
}

// Criterion 5: an update to a second image under constant load fails no request and loses no event, every socket is
// back within 5 s; an image that does not start is rolled back by itself, unnoticed. The script made the images
// hadir:one, two and broken.
func TestRollingUpdate(t *testing.T) {
	d := deployed(t)
	var config struct {
		Pusher struct {
			Key string `json:"key"`
		} `json:"pusher"`
	}
	d.get("/api/config", &config)
	services := []string{"api", "worker", "pusher", "scheduler", "terminal", "monitor"}
	screens := make([]*screen, 10)
	for i := range screens {
		screens[i] = d.watch(config.Pusher.Key)
	}
	end := func() {
		for _, s := range screens {
			close(s.stop)
		}
		for _, s := range screens {
			<-s.done
		}
	}

	l, stop := d.load(20)
	begun := time.Now()
	os.Setenv("HADIR_IMAGE", "hadir:two")
	d.run("docker", "stack", "deploy", "--detach=true", "--resolve-image", "never", "-c", "docker-stack.prod.yml",
		"hadir")
	states := d.settled(services, 10*time.Minute)
	for s, state := range states {
		require.Equal(t, "completed", state, s)
	}
	took := time.Since(begun)
	stop()
	require.Empty(t, l.failed)
	t.Logf("update of every service in %s under %d requests: %d failed, slowest %s", took.Round(time.Second),
		l.requests, len(l.failed), l.slowest.Round(time.Millisecond))
	d.eventually(time.Minute, "every acknowledged change is on every screen", func() bool { return l.shown(screens) })
	worst, gaps := time.Duration(0), 0
	for _, s := range screens {
		s.mu.Lock()
		for _, g := range s.gaps {
			worst, gaps = max(worst, g), gaps+1
		}
		s.mu.Unlock()
	}
	require.Positive(t, gaps, "the pushers were replaced, so sockets were closed")
	require.Less(t, worst, 5*time.Second)
	t.Logf("%d sockets: %d reconnects, the longest took %s; every acknowledged change is on every screen", len(screens),
		gaps, worst.Round(time.Millisecond))

	l, stop = d.load(20)
	begun = time.Now()
	d.run("docker", "service", "update", "--detach=true", "--no-resolve-image", "--image", "hadir:broken", "hadir_api")
	d.eventually(time.Minute, "the update has begun", func() bool { return d.state("api") != "completed" })
	require.Equal(t, "rollback_completed", d.settled([]string{"api"}, 6*time.Minute)["api"])
	took = time.Since(begun)
	stop()
	end()
	require.Empty(t, l.failed)
	require.Equal(t, "hadir:two",
		d.run("docker", "service", "inspect", "hadir_api", "-f", "{{.Spec.TaskTemplate.ContainerSpec.Image}}"))
	t.Logf("broken image rolled back by itself in %s under %d requests: %d failed", took.Round(time.Second), l.requests,
		len(l.failed))
}
