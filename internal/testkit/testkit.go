// Package testkit starts the real things that tests need: MariaDB, Redis, Chromium and the program's own processes.
// They take free ports and temporary folders, and they end with the test, or with the test process when that is killed.
// Only tests import it.
package testkit

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Ports of the tests lie below those that Linux gives to connections: between the moment when a port is found free and
// the one when a server listens on it, or while a server that was killed is away, no connection may take it.
const firstPort, lastPort = 15_000, 32_000

// FreePort returns a TCP port on 127.0.0.1 that nobody listens on and that no other test, of any process, gets until
// this one ends.
func FreePort(t testing.TB) int {
	t.Helper()
	var last error
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		// A name of Linux's abstract ones, which go with the process however it ends.
		claim, err := net.Listen("unix", fmt.Sprint("@hadir-test-port-", port))
		if err == nil {
			var l net.Listener
			if l, err = net.Listen("tcp", address(port)); err == nil {
				_ = l.Close()
				t.Cleanup(func() { _ = claim.Close() })
				return port
			}
			_ = claim.Close()
		}
		last = err
	}
	t.Fatalf("taking a free port: %v", last)
	return 0
}

// Program returns the path of a program, or fails with what installs it.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		for _, candidate := range []string{name, filepath.Join("/usr/sbin", name)} {
			if path, err := exec.LookPath(candidate); err == nil {
				return path
			}
		}
	}
	t.Fatalf("none of %v is installed; 'make deps' installs what the tests need", names)
	return ""
}

// Root returns the folder of go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// child runs a program that dies with this process and logs into a file.
type child struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error // valid once done is closed
}

func startChild(log string, env []string, path string, args ...string) (*child, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd := exec.Command(path, args...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = f, f
	cmd.Dir = filepath.Dir(log)
	c := &child{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The death signal is bound to the thread that forks, so the thread must live as long as the child.
		lockThread()
		defer unlockThread()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
		close(c.done)
	}()
	return c, <-started
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) signal(s os.Signal) { _ = c.cmd.Process.Signal(s) }

// end sends a signal and waits; after the grace the child is killed.
func (c *child) end(s os.Signal, grace time.Duration) error {
	c.signal(s)
	select {
	case <-c.done:
	case <-time.After(grace):
		c.signal(syscall.SIGKILL)
		<-c.done
	}
	return c.err
}

// failure returns how the child ended.
func (c *child) failure() error {
	if c.err != nil {
		return c.err
	}
	return errors.New("exit status 0")
}

// tail returns the end of the log.
func (c *child) tail() string {
	b, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	if len(b) > 8000 {
		b = b[len(b)-8000:]
	}
	return string(b)
}

// await polls until ok or the child's end, and gives up when Patience is over.
func (c *child) await(what string, ok func() bool) error {
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok() {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("%s ended: %w\n%s", what, c.failure(), c.tail())
		case <-deadline.C:
			return fmt.Errorf("%s is not ready after %s\n%s", what, Patience, c.tail())
		case <-tick.C:
		}
	}
}

// Once makes something for all tests of a process. A test that asks after an attempt failed makes another one.
type Once[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
}

// Get returns what make made, for this test or one before.
func (o *Once[T]) Get(make func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o.value, nil
	}
	value, err := make()
	if err == nil {
		o.value, o.done = value, true
	}
	return value, err
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
