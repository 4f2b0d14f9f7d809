package pusher_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/testkit"
	"hadir/pusher"

	"github.com/stretchr/testify/require"
)

// balancer passes TCP connections on to one of several nodes, as nginx does.
type balancer struct {
	net.Listener
	target atomic.Value // string
	wg     sync.WaitGroup
}

func startBalancer(t *testing.T, target string) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := &balancer{Listener: l}
	b.target.Store(target)
	b.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { b.pass(in) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		b.wg.Wait()
	})
	return b
}

func (b *balancer) pass(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", b.target.Load().(string))
	if err != nil {
		return
	}
	defer out.Close()
	var wg sync.WaitGroup
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.(*net.TCPConn).CloseWrite()
	}
	wg.Go(func() { copyTo(out, in) })
	wg.Go(func() { copyTo(in, out) })
	wg.Wait()
}

// installClients runs npm ci once per lock file and returns the folder.
func installClients(t *testing.T) string {
	t.Helper()
	npm := testkit.Program(t, "npm")
	lock, err := os.ReadFile("jstest/package-lock.json")
	require.NoError(t, err)
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "hadir-tests", "jstest-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
		fresh, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
		require.NoError(t, err)
		defer os.RemoveAll(fresh)
		for _, name := range []string{"package.json", "package-lock.json"} {
			copyFile(t, filepath.Join("jstest", name), filepath.Join(fresh, name))
		}
		cmd := exec.Command(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
		cmd.Dir = fresh
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		if err := os.Rename(fresh, dir); err != nil && !errors.Is(err, fs.ErrExist) {
			require.DirExists(t, dir, "another test process was faster: %v", err)
		}
	}
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, b, 0o644))
}

// The real clients, unmodified: pusher-js, laravel-echo and the pusher server library.
func TestTheRealClients(t *testing.T) {
	t.Parallel()
	node := testkit.Program(t, "node")
	modules := installClients(t)
	script := filepath.Join(t.TempDir(), "clients.mjs")
	copyFile(t, "jstest/clients.mjs", script)
	require.NoError(t, os.Symlink(filepath.Join(modules, "node_modules"),
		filepath.Join(filepath.Dir(script), "node_modules")))

	url := testkit.Redis(t)
	first := start(t, url, pusher.Options{ClientEvents: true, DrainOver: 200 * time.Millisecond})
	second := start(t, url, pusher.Options{ClientEvents: true})
	front := startBalancer(t, first.addr)
	_, port, err := net.SplitHostPort(front.Addr().String())
	require.NoError(t, err)

	cmd := exec.Command(node, script, port, appID, appKey, appSecret)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var printed []string
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		printed = append(printed, lines.Text())
		if lines.Text() == "restart" {
			front.target.Store(second.addr)
			require.NoError(t, first.stop())
		}
	}
	require.NoError(t, cmd.Wait(), "%s\n%s", strings.Join(printed, "\n"), stderr.String())
	require.Contains(t, printed, "ok")
}
