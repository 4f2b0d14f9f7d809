package testkit

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var watched, plain, atClock Once[string]

// unwatched leaves SQLite, which is C turned into Go, and the hash of passwords out of the race detector; see the
// Makefile.
var unwatched = []string{"-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc=-race=false",
	"-gcflags=golang.org/x/crypto/argon2=-race=false", "-gcflags=golang.org/x/crypto/blake2b=-race=false"}

// buildFolder is where programs are built, and can be started. The tests' own folders are elsewhere, perhaps in memory
// (ops/in-memory): testing.T.TempDir would take GOTMPDIR before TMPDIR.
var buildFolder = func() string {
	folder := os.Getenv("GOTMPDIR")
	_ = os.Unsetenv("GOTMPDIR")
	return folder
}()

// Binary builds the program once per test process, with the race detector if the test has it, and returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	return build(t, &watched, ".", raceEnabled)
}

// Plain is Binary without the race detector, for tests that look at pages: a browser keeps the program waiting most of
// the time, and a watched one that waits takes three times the processor.
func Plain(t testing.TB) string {
	t.Helper()
	return build(t, &plain, ".", false)
}

// AtClock is Plain by another clock. Its first argument is the instant at which that starts, in RFC 3339.
func AtClock(t testing.TB) string {
	t.Helper()
	return build(t, &atClock, "./internal/e2e/atclock", false)
}

func build(t testing.TB, once *Once[string], folder string, watch bool) string {
	t.Helper()
	path, err := once.Get(func() (string, error) {
		dir, err := os.MkdirTemp(buildFolder, "hadir-binary-")
		if err != nil {
			return "", err
		}
		removeWithParent(dir)
		path := filepath.Join(dir, "hadir")
		args := []string{"build", "-o", path}
		if watch {
			args = append(append(args, "-race"), unwatched...)
		}
		cmd := exec.Command("go", append(args, folder)...)
		// Not as the tests are built: GOFLAGS may say -race.
		cmd.Dir, cmd.Env = Root(t), append(os.Environ(), "GOTMPDIR="+buildFolder, "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the program: %w\n%s", err, out)
		}
		return path, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Process is a running hadir.
type Process struct {
	Name string
	t    testing.TB
	*child
}

// Start runs the program with nothing in its environment but env, and waits until readyURL answers 200. Its log is
// shown when the test fails; a data race it reports fails the test.
func Start(t testing.TB, name, readyURL string, env []string, args ...string) *Process {
	t.Helper()
	return StartBinary(t, Command{Binary(t), name, readyURL, env}, args...)
}

// Command is how a process is run.
type Command struct {
	Binary   string
	Name     string // in messages
	ReadyURL string // answers 200 when the process is ready
	Env      []string
}

// StartBinary is Start of another build of the program, such as a test binary that can play the program.
func StartBinary(t testing.TB, c Command, args ...string) *Process {
	t.Helper()
	p, err := start(t, c, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func start(t testing.TB, command Command, args ...string) (*Process, error) {
	name := command.Name
	dir, err := os.MkdirTemp(t.TempDir(), name+"-")
	if err != nil {
		return nil, err
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir,
		"GORACE=exitcode=66 halt_on_error=0 atexit_sleep_ms=100"}, command.Env...)
	c, err := startChild(filepath.Join(dir, name+".log"), env, command.Binary, args...)
	if err != nil {
		return nil, err
	}
	p := &Process{Name: name, t: t, child: c}
	t.Cleanup(func() {
		_ = c.end(syscall.SIGTERM, 20*time.Second)
		if c.cmd.ProcessState.ExitCode() == 66 {
			t.Errorf("%s reported a data race", name)
		}
		if t.Failed() {
			t.Logf("%s:\n%s", name, c.tail())
		}
	})
	client := &http.Client{Timeout: time.Minute} // an answer that got lost is asked for again
	return p, c.await(name, func() bool {
		resp, err := client.Get(command.ReadyURL)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// PID returns the process id.
func (p *Process) PID() int { return p.pid() }

// Kill ends the process without warning.
func (p *Process) Kill() { _ = p.end(syscall.SIGKILL, time.Second) }

// Stop asks the process to end in order and returns how it ended.
func (p *Process) Stop() error { return p.end(syscall.SIGTERM, 40*time.Second) }

// Log returns the end of what the process wrote.
func (p *Process) Log() string { return p.tail() }
