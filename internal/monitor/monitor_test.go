package monitor_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/monitor"
	"hadir/internal/testkit"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// What the monitor shows names people's tasks, so nobody keeps it: Asynqmon's handler must not say otherwise.
func TestTheMonitorIsNotCached(t *testing.T) {
	t.Parallel()
	where, err := redis.ParseURL(testkit.Redis(t))
	require.NoError(t, err)
	client := redis.NewClient(where)
	t.Cleanup(func() { _ = client.Close() })
	log := slog.New(slog.DiscardHandler)
	m := monitor.New(monitor.Options{Log: log, Redis: client,
		Authenticate: func(context.Context, string) (account.User, error) {
			return account.User{ID: 1, Role: account.RoleOps}, nil
		}})
	at := serve(t, m, log)
	for _, path := range []string{"/monitor/", "/monitor/api/queues", "/monitor/api/servers", "/monitor/api/nothing"} {
		answer, err := http.Get(at + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, "private, no-store", answer.Header.Get("Cache-Control"), path)
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"), path)
	}
}

// serve runs a monitor behind Hadir's server and returns its address.
func serve(t *testing.T, m *monitor.Monitor, log *slog.Logger) string {
	t.Helper()
	h := httpd.New(httpd.Options{Addr: "127.0.0.1:0", Name: "monitor", Log: log, Health: &lifecycle.Health{}})
	h.Mount(m.Routes)
	require.NoError(t, h.Bind())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	return "http://" + h.Addr()
}

// Asynqmon is never asked, nor is anybody signed in: what is compressed ends before.
func TestCompressedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	m := monitor.New(monitor.Options{Log: log, Authenticate: func(context.Context, string) (account.User, error) {
		return account.User{}, attendance.NewError(account.CodeUnauthenticated, "not signed in")
	}})
	testkit.RefusesEncodedBodies(t, serve(t, m, log)+"/monitor/api/queues/default:pause")
}
