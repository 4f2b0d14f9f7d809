package testkit

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// RedisOptions configures StartRedis.
type RedisOptions struct {
	AppendOnly bool     // keep the data over a restart, as production does
	Args       []string // further arguments of redis-server
}

// Redis returns the URL of a server of the test's own.
func Redis(t testing.TB) string { return StartRedis(t, RedisOptions{}).URL }

// StartRedis starts a server of the test's own.
func StartRedis(t testing.TB, o RedisOptions) *Proc {
	t.Helper()
	server := Program(t, "redis-server")
	dir, port := t.TempDir(), FreePort(t)
	appendOnly := "no"
	if o.AppendOnly {
		appendOnly = "yes"
	}
	args := append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--appendonly", appendOnly,
		"--maxmemory-policy", "noeviction", "--daemonize", "no"}, o.Args...)
	p := &Proc{URL: "redis://" + address(port) + "/0", t: t}
	p.run = func(empty bool) (*child, error) {
		if empty {
			_ = os.RemoveAll(filepath.Join(dir, "appendonlydir"))
		}
		c, err := startChild(filepath.Join(dir, "redis.log"), os.Environ(), server, args...)
		if err != nil {
			return nil, err
		}
		return c, c.await("redis-server", func() bool { return pong(address(port)) })
	}
	var err error
	if p.proc, err = p.run(false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("redis-server:\n%s", p.proc.tail())
		}
		_ = p.proc.end(syscall.SIGKILL, time.Second)
	})
	return p
}

// pong asks whether the server answers commands, which is later than when it takes connections.
func pong(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	b := make([]byte, 64)
	n, err := c.Read(b)
	return err == nil && strings.HasPrefix(string(b[:n]), "+PONG")
}
