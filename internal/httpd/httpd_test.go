package httpd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/telemetry"
	"hadir/internal/testkit"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

type server struct {
	*httpd.Server
	url    string
	log    *lines
	health *lifecycle.Health
	stop   func() error
}

func start(t *testing.T, o httpd.Options, routes func(fiber.Router)) *server {
	t.Helper()
	s := &server{log: &lines{}, health: &lifecycle.Health{}}
	o.Addr, o.Name, o.Health = "127.0.0.1:0", "test", s.health
	o.Log = telemetry.NewLogger(s.log, slog.LevelDebug, "json")
	o.Registry = prometheus.NewRegistry()
	s.Server = httpd.New(o)
	s.Metrics(o.Registry.(*prometheus.Registry))
	s.Mount(routes)
	require.NoError(t, s.Bind())
	s.url = "http://" + s.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	var err error
	s.stop = func() error { once.Do(func() { cancel(); err = <-done }); return err }
	t.Cleanup(func() { _ = s.stop() })
	return s
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(b)
}

func TestErrorsAreProblemsWithoutTheirCause(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Get("/panic", func(*fiber.Ctx) error { panic("the password is hunter2") })
		r.Get("/error", func(*fiber.Ctx) error { return errors.New("dial tcp 10.0.0.1: hunter2") })
	})
	for path, want := range map[string]int{"/panic": 500, "/error": 500, "/nothing": 404} {
		resp, body := get(t, s.url+path, httpd.RequestIDHeader, "request-17")
		require.Equal(t, want, resp.StatusCode)
		require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
		var p map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &p))
		require.Equal(t, "request-17", p["request_id"])
		require.NotContains(t, body, "hunter2")
	}
	require.Eventually(t, func() bool { return strings.Count(s.log.String(), "hunter2") >= 2 }, testkit.Patience,
		10*time.Millisecond, "the log has the cause")
}

func TestIdsOfRequestsAndTraces(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Get("/trace", func(c *fiber.Ctx) error { return c.SendString(telemetry.Trace(c.UserContext())) })
	})
	resp, body := get(t, s.url+"/trace", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", body)
	require.Len(t, resp.Header.Get(httpd.RequestIDHeader), 36)
	_, body = get(t, s.url+"/trace")
	require.Len(t, body, 32)
	resp, _ = get(t, s.url+"/trace", httpd.RequestIDHeader, `<script>alert("x")</script>`)
	require.Len(t, resp.Header.Get(httpd.RequestIDHeader), 36, "an implausible id is replaced")
}

func TestProbes(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(fiber.Router) {})
	resp, _ := get(t, s.url+"/readyz")
	require.Equal(t, 503, resp.StatusCode)
	s.health.SetReady(true)
	resp, _ = get(t, s.url+"/readyz")
	require.Equal(t, 200, resp.StatusCode)
	s.health.Add(lifecycle.Check{Name: "database",
		Run: func(context.Context) error { return errors.New("secret address") }})
	resp, body := get(t, s.url+"/readyz")
	require.Equal(t, 503, resp.StatusCode)
	require.Contains(t, body, "database")
	require.NotContains(t, body, "secret")
	resp, _ = get(t, s.url+"/healthz")
	require.Equal(t, 200, resp.StatusCode, "alive is not ready")
	_, body = get(t, s.url+"/metrics")
	require.Contains(t, body, `hadir_http_request_seconds_count{method="GET",route="/readyz",status="503"} 2`)
}

func TestAddressesOfClients(t *testing.T) {
	t.Parallel()
	routes := func(r fiber.Router) {
		r.Get("/ip", func(c *fiber.Ctx) error { return c.SendString(c.IP()) })
	}
	_, body := get(t, start(t, httpd.Options{}, routes).url+"/ip", "X-Real-IP", "203.0.113.9")
	require.Equal(t, "127.0.0.1", body, "anybody can write a header")
	_, body = get(t, start(t, httpd.Options{TrustedProxies: []string{"127.0.0.0/8"}}, routes).url+"/ip", "X-Real-IP",
		"203.0.113.9")
	require.Equal(t, "203.0.113.9", body)
}

func TestARequestInFlightIsFinished(t *testing.T) {
	t.Parallel()
	arrived, finish := make(chan struct{}), make(chan struct{})
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Get("/slow", func(c *fiber.Ctx) error {
			close(arrived)
			<-finish
			return c.SendString("done")
		})
	})
	answer := make(chan string, 1)
	go func() {
		_, body := get(t, s.url+"/slow")
		answer <- body
	}()
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	close(finish)
	require.Equal(t, "done", <-answer)
	require.NoError(t, <-stopped)
	_, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	require.Error(t, err)
}

func TestBodiesHaveALimit(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{BodyLimit: 1024}, func(r fiber.Router) {
		r.Post("/", func(c *fiber.Ctx) error { return c.SendStatus(204) })
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/",
		strings.NewReader(strings.Repeat("x", 4096)))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 413, resp.StatusCode)
}

func TestBrowsable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"[::]:8080": "localhost:8080", "0.0.0.0:80": "localhost:80",
		"127.0.0.1:9": "127.0.0.1:9"} {
		require.Equal(t, want, httpd.Browsable(in))
	}
}

// Labels outlive the request they came from: whatever comes next on the same connection must not change them.
func TestMetricsOfManyMethods(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.All("/thing/:id", func(c *fiber.Ctx) error { return c.SendString("ok") })
	})
	conn, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer conn.Close()
	answers := bufio.NewReader(conn)
	methods := []string{"GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"}
	for n := range 60 {
		method := methods[n%len(methods)]
		_, err := fmt.Fprintf(conn, "%s /thing/%d HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", method, n)
		require.NoError(t, err)
		resp, err := http.ReadResponse(answers, &http.Request{Method: method})
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
	}
	resp, body := get(t, s.url+"/metrics")
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	for _, method := range methods {
		require.Contains(t, body,
			`hadir_http_request_seconds_count{method="`+method+`",route="/thing/:id",status="200"} 10`)
	}
}
