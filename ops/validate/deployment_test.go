//go:build validate

package validate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"
)

// deployment is what 'ops/validate/up' started: the Compose project, and who is signed in to it.
type deployment struct {
	t     *testing.T
	base  string   // nginx
	admin string   // session token
	staff []string // session tokens of employees
	login []string // their logins, in the same order
}

func deployed(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{t: t, base: setting("HADIR_URL", "http://127.0.0.1:8080")}
	b, err := os.ReadFile(setting("HADIR_TOKENS", "/tmp/hadir-validate/tokens.csv"))
	require.NoError(t, err, "run ops/validate/up first")
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		login, token, ok := strings.Cut(line, ",")
		require.True(t, ok, line)
		if i == 0 {
			d.admin = token
			continue
		}
		d.login, d.staff = append(d.login, login), append(d.staff, token)
	}
	require.Greater(t, len(d.staff), 100)
	return d
}

func setting(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// run runs a program and returns what it printed.
func (d *deployment) run(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), name, args...)
	cmd.Dir = testkit.Root(d.t)
	out, err := cmd.CombinedOutput()
	require.NoError(d.t, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

func (d *deployment) compose(args ...string) string {
	d.t.Helper()
	return d.run("docker", append([]string{"compose", "-f", "docker-compose.dev.yml"}, args...)...)
}

// containers returns the ids of a service's containers.
func (d *deployment) containers(service string) []string {
	d.t.Helper()
	return strings.Fields(d.compose("ps", "-q", service))
}

// address is where a container answers, without nginx in between.
func (d *deployment) address(container string) string {
	d.t.Helper()
	return d.run("docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)
}

// sql runs a statement in the MySQL container.
func (d *deployment) sql(statement string) string {
	d.t.Helper()
	return d.compose("exec", "-T", "-e", "MYSQL_PWD=hadir-dev", "mysql", "mysql", "-uhadir", "-N", "-B", "hadir", "-e",
		statement)
}

// call sends a request and decodes the answer; err is for answers of 400 and more and for none at all (status 0).
func (d *deployment) call(method, url, token string, body, out any, header ...string) (status int, err error) {
	var r io.Reader
	if body != nil {
		j, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		r = bytes.NewReader(j)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode >= 400 {
		return resp.StatusCode, fmt.Errorf("%s %s: %d %.300s", method, url, resp.StatusCode, b)
	}
	if out != nil {
		err = json.Unmarshal(b, out)
	}
	return resp.StatusCode, err
}

func (d *deployment) get(path string, out any) {
	d.t.Helper()
	_, err := d.call(http.MethodGet, d.base+path, d.admin, nil, out)
	require.NoError(d.t, err)
}

type punched struct {
	Punch struct {
		ID int64 `json:"id"`
	} `json:"punch"`
	Day struct {
		EmployeeID int64  `json:"employee_id"`
		WorkDate   string `json:"work_date"`
		Status     string `json:"status"`
		LastOut    string `json:"last_out"`
		Version    int64  `json:"version"`
	} `json:"day"`
}

// punch checks an employee in or out at a node.
func (d *deployment) punch(node, direction string, person int, key string) (out punched, status int, err error) {
	status, err = d.call(http.MethodPost, node+"/api/attendances/check-"+direction, d.staff[person],
		map[string]any{"confirm": true}, &out, "Idempotency-Key: "+key)
	return out, status, err
}

// unique makes a key that no earlier run used.
func unique(name string, n int) string {
	return fmt.Sprintf("%s-%d-%d", name, n, time.Now().UnixNano())
}

func (d *deployment) eventually(within time.Duration, what string, holds func() bool) {
	d.t.Helper()
	require.Eventually(d.t, holds, within, 100*time.Millisecond, what)
}

// listen opens a socket at a pusher, subscribes, and sends the data of each event to the channel it returns.
func (d *deployment) listen(host, channel string) <-chan string {
	d.t.Helper()
	var config struct {
		Pusher struct {
			Key string `json:"key"`
		} `json:"pusher"`
	}
	d.get("/api/config", &config)
	ws, _, err := websocket.DefaultDialer.DialContext(d.t.Context(),
		"ws://"+host+"/app/"+config.Pusher.Key+"?protocol=7&client=validate&version=1", nil)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = ws.Close() })
	events, ready := make(chan string, 1000), make(chan error, 1)
	go func() {
		defer close(events)
		for {
			var f struct {
				Event string `json:"event"`
				Data  string `json:"data"`
			}
			if err := ws.ReadJSON(&f); err != nil {
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
					map[string]string{"socket_id": hello.SocketID, "channel_name": channel}, &answer); err != nil {
					ready <- err
					return
				}
				_ = ws.WriteJSON(
					map[string]any{"event": "pusher:subscribe",
						"data": map[string]string{"channel": channel, "auth": answer.Auth,
							"channel_data": answer.Data}})
			case "pusher_internal:subscription_succeeded":
				ready <- nil
			case "pusher:ping":
				_ = ws.WriteJSON(map[string]any{"event": "pusher:pong", "data": map[string]string{}})
			case "attendance.recorded":
				select {
				case events <- f.Data:
				default: // nobody reads any more
				}
			}
		}
	}()
	select {
	case err := <-ready:
		require.NoError(d.t, err)
	case <-time.After(10 * time.Second):
		require.Fail(d.t, "never subscribed", host)
	}
	return events
}
