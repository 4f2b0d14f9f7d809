//go:build validate

package validate_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Criterion 1: four api nodes, all healthy, each answering by itself.
func TestFourHealthyNodes(t *testing.T) {
	d := deployed(t)
	var healthy int
	for line := range strings.SplitSeq(d.compose("ps", "--format", "json"), "\n") {
		var c struct {
			Service, State, Health string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &c), line)
		require.Equal(t, "running", c.State, c.Service)
		if c.Service == "api" {
			require.Equal(t, "healthy", c.Health)
			healthy++
		}
	}
	require.Equal(t, 4, healthy)
	for _, id := range d.containers("api") {
		_, err := d.call(http.MethodGet, "http://"+d.address(id)+":8080/api/me", d.admin, nil, nil)
		require.NoError(t, err)
	}
	t.Log("four api nodes healthy, every other container running")
}

// Criterion 2: more than 99 % of the tasks succeeded, by Asynqmon's own numbers and by Hadir's.
func TestSuccessRatio(t *testing.T) {
	d := deployed(t)
	var asynqmon struct {
		Queues []struct {
			Queue     string `json:"queue"`
			Processed int    `json:"processed"`
			Failed    int    `json:"failed"`
		} `json:"queues"`
	}
	d.get("/monitor/api/queues", &asynqmon)
	processed, failed := 0, 0
	for _, q := range asynqmon.Queues {
		processed, failed = processed+q.Processed, failed+q.Failed
	}
	require.Positive(t, processed, "nothing was processed today")
	ratio := float64(processed-failed) / float64(processed)
	t.Logf("Asynqmon: %d attempts today, %d failed: %.4f %%", processed, failed, 100*ratio)
	require.Greater(t, ratio, 0.99)
	// Per task, over 24 h; its exit status is the verdict, too.
	for line := range strings.SplitSeq(d.compose("exec", "-T", "worker", "/hadir", "queue", "stats"), "\n") {
		if strings.HasPrefix(line, "24 h  all") {
			t.Log("hadir queue stats: " + line)
		}
	}
}

// Criterion 3, and functional case "cross-node broadcast": a check-in at any api node reaches the sockets of every
// pusher.
func TestCrossNodeBroadcast(t *testing.T) {
	d := deployed(t)
	sockets := map[string]<-chan string{}
	for _, id := range d.containers("pusher") {
		host := d.address(id) + ":8081"
		sockets[host] = d.listen(host, "private-company")
	}
	require.Len(t, sockets, 2)
	for n, id := range d.containers("api") {
		begun := time.Now()
		out, status, err := d.punch("http://"+d.address(id)+":8080", "in", 10+n, unique("cross", n))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, status)
		for host, events := range sockets {
			deadline := time.After(10 * time.Second)
			for seen := false; !seen; {
				select {
				case data := <-events:
					seen = strings.Contains(data, fmt.Sprintf(`"employee_id":%d,`, out.Day.EmployeeID))
				case <-deadline:
					require.Fail(t, "no frame", "api %d, pusher %s", n+1, host)
				}
			}
		}
		t.Logf("api node %d: on both pushers %s after the request began", n+1,
			time.Since(begun).Round(time.Millisecond))
	}
}

// Criterion 4, and functional case "history paging and badge", in a real browser through nginx.
func TestTodayUpdatesItself(t *testing.T) {
	d := deployed(t)
	ctx := testkit.Chromium(t)
	until := func(expression string) {
		t.Helper()
		require.Eventually(t, func() bool {
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
			return err == nil && ok
		}, 30*time.Second, 50*time.Millisecond, expression)
	}
	at := func(name string) chromedp.CSS { return chromedp.CSS(`[data-test="` + name + `"]`) }
	shoot := func(name string) {
		if folder := os.Getenv("SCREENSHOTS"); folder != "" {
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600))
		}
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(d.base+"/masuk"), chromedp.WaitVisible(at("login")),
		chromedp.SendKeys(at("login"), "admin@demo.test"),
		chromedp.SendKeys(at("password"), "hadir-demo"), chromedp.Click(at("submit"))))
	until(`location.pathname === "/dasbor"`)
	person, direction := d.expected()
	number := strings.ToUpper(d.login[person])
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(d.base+"/riwayat?q="+number+"#hari-ini")))
	until(`document.querySelector('[data-test="connection"]')?.dataset.state === "live"`)
	until(`document.querySelectorAll('[data-test="row"]').length >= 1`)
	before, err := chromedp.Run(ctx,
		chromedp.Evaluate[string](`[...document.querySelectorAll('[data-test="row"]')].map((r) => r.innerText).join()`))
	require.NoError(t, err)
	_, _, err = d.punch(d.base, direction, person, unique("browser", 0))
	require.NoError(t, err)
	until(fmt.Sprintf(`[...document.querySelectorAll('[data-test="row"]')].map((r) => r.innerText).join() !== %q`,
		before))
	until(`document.querySelector('[data-test="badge"]').textContent === "1"`)
	shoot("validate-today")

	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(d.base+"/riwayat#riwayat")))
	first := `document.querySelector('[data-test="past-row"]')?.innerText`
	until(`document.querySelectorAll('[data-test="past-row"]').length === 50`)
	top, err := chromedp.Run(ctx, chromedp.Evaluate[string](first))
	require.NoError(t, err)
	until(`document.querySelector('[data-test="connection"]')?.dataset.state === "live"`)
	require.NoError(t, chromedp.Do(ctx, chromedp.Click(at("next"))))
	until(fmt.Sprintf(`%s !== undefined && %s !== %q`, first, first, top))
	_, _, err = d.punch(d.base, "out", 50, unique("badge", 0))
	require.NoError(t, err)
	until(`document.querySelector('[data-test="badge"]').offsetParent !== null`)
	shoot("validate-badge")
	require.NoError(t, chromedp.Do(ctx, chromedp.Click(at("previous"))))
	until(`document.querySelector('[data-test="badge"]').offsetParent === null`)
	require.NoError(t, chromedp.Do(ctx, chromedp.Click(at("refresh"))))
	until(`document.querySelectorAll('[data-test="past-row"]').length === 50`)
}

// expected finds somebody whose shift's window is open now, whatever the hour, and what their button does. A punch
// outside every window is kept and moves nothing.
func (d *deployment) expected() (person int, direction string) {
	for i := len(d.staff) - 1; i >= 0; i-- {
		var today struct {
			Button struct {
				Action   string `json:"action"`
				OffShift bool   `json:"off_shift"`
			} `json:"button"`
		}
		_, err := d.call(http.MethodGet, d.base+"/api/me/today", d.staff[i], nil, &today)
		require.NoError(d.t, err)
		switch {
		case today.Button.OffShift:
		case today.Button.Action == "check_in":
			return i, "in"
		case today.Button.Action == "check_out":
			return i, "out"
		}
	}
	require.Fail(d.t, "nobody's window is open")
	return 0, ""
}

// Criterion 6: 100, 300 and 1,000 people at once through nginx. The thresholds, no error among them, are in
// ops/load/users.js.
func TestConcurrentUsers(t *testing.T) {
	d := deployed(t)
	for _, users := range []string{"100", "300", "1000"} {
		summary := filepath.Join(t.TempDir(), "summary.json")
		k6 := strings.Fields(setting("K6", "go run go.k6.io/k6@v1.8.1"))
		args := append(k6[1:], "run", "--quiet", "--no-usage-report", "--summary-export", summary,
			"-e", "BASE="+d.base, "-e", "TOKENS="+setting("HADIR_TOKENS", "/tmp/hadir-validate/tokens.csv"), "-e",
			"USERS="+users, "-e", "SECONDS="+setting("SECONDS_EACH", "30"), "ops/load/users.js")
		d.run(k6[0], args...) // a missed threshold is an exit status
		b, err := os.ReadFile(summary)
		require.NoError(t, err)
		var out struct {
			Metrics map[string]map[string]any `json:"metrics"`
		}
		require.NoError(t, json.Unmarshal(b, &out))
		m := out.Metrics["http_req_duration"]
		t.Logf("%4s users: %v requests, %v failed, p95 %.0f ms, p99 %.0f ms, slowest %.0f ms", users,
			out.Metrics["http_reqs"]["count"], out.Metrics["http_req_failed"]["passes"], m["p(95)"], m["p(99)"],
			m["max"])
	}
}
