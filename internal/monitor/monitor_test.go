package monitor_test

import (
	"context"
	"log/slog"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/lifecycle"
	"hadir/internal/monitor"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// Asynqmon is never asked, nor is anybody signed in: what is compressed ends before.
func TestCompressedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	m := monitor.New(monitor.Options{Log: log, Authenticate: func(context.Context, string) (account.User, error) {
		return account.User{}, attendance.NewError(account.CodeUnauthenticated, "not signed in")
	}})
	h := httpd.New(httpd.Options{Addr: "127.0.0.1:0", Name: "monitor", Log: log, Health: &lifecycle.Health{}})
	h.Mount(m.Routes)
	require.NoError(t, h.Bind())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	testkit.RefusesEncodedBodies(t, "http://"+h.Addr()+"/monitor/api/queues/default:pause")
}
