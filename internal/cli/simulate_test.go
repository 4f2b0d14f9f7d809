package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hadir/internal/iclock"

	"github.com/stretchr/testify/require"
)

func TestSimulatedTerminals(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/t/rahasia/iclock/"):
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodGet && iclock.Request(r.URL.Path) == "cdata":
			_, _ = io.WriteString(w, iclock.Handshake{Serial: r.URL.Query().Get("SN"), Zone: "7"}.Answer())
		case r.URL.Query().Get("table") == "rtlog":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			_, _ = io.WriteString(w, "OK\n")
		}
	}))
	defer server.Close()
	out := filepath.Join(t.TempDir(), "delivered")
	address := server.URL + "/t/rahasia"
	status, stdout, stderr := run(t, nil, "terminal", "simulate", address, "--terminals", "2", "--firmware",
		"old,current", "--backlog", "5", "--batch", "2", "--duration", "0s", "--again", "--out", out)
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "2 terminals, 10 lines: 10 believed delivered, 0 kept\n")
	require.Contains(t, stdout, "once more: 6 pushes")
	lines, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, 10, strings.Count(string(lines), "\n"))
	require.Regexp(t, `(?m)^SIM0001\t1\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t0$`, string(lines))

	status, stdout, _ = run(t, nil, "terminal", "simulate", address, "--terminals", "1", "--firmware", "access",
		"--backlog", "5", "--duration", "0s", "--settle", "200ms", "--retry", "10ms")
	require.Equal(t, 1, status, "something is kept")
	require.Contains(t, stdout, "1 terminals, 5 lines: 0 believed delivered, 5 kept\n")
	status, _, stderr = run(t, nil, "terminal", "simulate", server.URL, "--duration", "0s", "--settle", "100ms")
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "3 terminals were never answered")
}

func TestTerminalsAreNotSimulatedByMistake(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no address":        {nil, "requires at least 1 arg"},
		"another machine":   {[]string{"http://192.0.2.1:8083"}, "--yes-remote"},
		"a name":            {[]string{"http://hadir.example.com"}, "--yes-remote"},
		"one of two":        {[]string{"http://127.0.0.1:1", "http://192.0.2.1"}, "--yes-remote"},
		"no URL":            {[]string{"127.0.0.1:8083"}, "is no address"},
		"unknown firmware":  {[]string{"http://127.0.0.1:1", "--firmware", "new"}, "[old current access]"},
		"a negative rate":   {[]string{"http://127.0.0.1:1", "--rate", "-1"}, "less than none"},
		"far too many":      {[]string{"http://localhost:1", "--terminals", "100000"}, "at most"},
		"a log without end": {[]string{"http://[::1]:1", "--backlog", "99999999"}, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, _, stderr := run(t, nil, append([]string{"terminal", "simulate"}, tc.args...)...)
			require.Equal(t, 2, status, stderr)
			require.Contains(t, stderr, tc.want)
		})
	}
}
