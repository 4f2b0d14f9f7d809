package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

const idleSockets = 5000

// idle measures (e): what a subscribed socket that says nothing costs the pusher.
func idle(b *testing.B, t *table) {
	s := newStack(b)
	pusher, process := s.start("pusher")
	s.alive()
	crowd(b, pusher, "private-branch.1", 10) // what the first sockets cost is not per socket
	pace(b, time.Now().Add(givesBack))
	before := settledKiB(b, process.PID())
	crowd(b, pusher, "private-branch.1", idleSockets)
	pace(b, time.Now().Add(givesBack)) // the garbage of the handshakes
	after := settledKiB(b, process.PID())
	t.add("5,000 idle sockets: resident memory per socket", float64(after-before)/idleSockets, "%.1f KiB",
		below(20, " KiB"))
}

// quiet measures what a worker without tasks costs.
func quiet(b *testing.B, t *table) {
	s := newStack(b)
	_, worker := s.start("worker")
	settledKiB(b, worker.PID()) // its start is over
	t.add("idle worker: processor", idleShare(b, worker.PID()), "%.2f %%", below(0.5, " %"))
}

// embedded measures (f): how soon `hadir --demo` answers, on an empty data folder and on one that exists, and what it
// costs when nothing happens.
func embedded(b *testing.B, t *table) {
	folder := b.TempDir()
	first, took := startDemo(b, folder)
	t.add("hadir --demo: start to first answer, with its data to make", took, "%.0f ms", below(1000, " ms"))
	pace(b, time.Now().Add(givesBack))
	pid := first.cmd.Process.Pid
	t.add("  resident memory, idle", float64(settledKiB(b, pid))/1024, "%.0f MB", below(60, " MB"))
	t.add("  … of it no pages of the program's file", float64(anonymousKiB(b, pid))/1024, "%.0f MB", noAim)
	t.add("  processor, idle", idleShare(b, pid), "%.2f %%", below(1, " %"))
	first.stop()
	const starts = 5
	times := make([]float64, starts)
	for i := range times {
		var again *demo
		again, times[i] = startDemo(b, folder)
		again.stop()
	}
	slices.Sort(times)
	t.add("  start to first answer on a folder that exists", times[starts/2], "%.0f ms", below(400, " ms"))
}

// givesBack is how long it takes at the most, after a busy time, until a process has given back what that took.
const givesBack = 45 * time.Second

// demo is a running `hadir --demo`.
type demo struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// startDemo returns after how many milliseconds it answered.
func startDemo(b *testing.B, folder string) (d *demo, took float64) {
	addr := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(b))
	d = &demo{exec.Command(testkit.Binary(b), "--demo"), make(chan struct{})}
	d.cmd.Env = []string{"HADIR_ADDR=" + addr, "HADIR_DATA_DIR=" + folder}
	var output strings.Builder
	d.cmd.Stdout, d.cmd.Stderr = &output, &output
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	begin := time.Now()
	require.NoError(b, d.cmd.Start())
	go func() {
		defer close(d.ended)
		_ = d.cmd.Wait()
	}()
	b.Cleanup(d.stop)
	wait(b, 20*time.Second, "the first answer of hadir --demo", func(ctx context.Context) bool {
		select {
		case <-d.ended:
			b.Fatal("hadir --demo ended: " + output.String())
		default:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/api/config", nil)
		require.NoError(b, err)
		resp, err := client.Do(req)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode == http.StatusOK
	})
	return d, float64(time.Since(begin)) / float64(time.Millisecond)
}

func (d *demo) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.ended
}

// idleShare is how much of a core a process uses while nothing is asked of it, in percent.
func idleShare(b *testing.B, pid int) float64 {
	const span = 20 * time.Second
	before := processorTime(b, pid)
	pace(b, time.Now().Add(span))
	return 100 * float64(processorTime(b, pid)-before) / float64(span)
}

// settledKiB is residentKiB once it has not changed by more than a hundredth for some seconds.
func settledKiB(b *testing.B, pid int) (last int64) {
	steady := 0
	waitEvery(b, 500*time.Millisecond, 2*time.Minute, "memory that does not change", func(context.Context) bool {
		now := residentKiB(b, pid)
		if steady++; max(now-last, last-now)*100 > last {
			steady = 0
		}
		last = now
		return steady >= 8
	})
	return last
}

// residentKiB is VmRSS of proc(5).
func residentKiB(b *testing.B, pid int) int64 { return statusKiB(b, pid, "VmRSS:") }

// anonymousKiB is the part of residentKiB that no file backs.
func anonymousKiB(b *testing.B, pid int) int64 { return statusKiB(b, pid, "RssAnon:") }

// peakKiB is the most that residentKiB ever was.
func peakKiB(b *testing.B, pid int) int64 { return statusKiB(b, pid, "VmHWM:") }

func statusKiB(b *testing.B, pid int, field string) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(b, err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			require.NoError(b, err)
			return n
		}
	}
	b.Fatal("no " + field + " of the process")
	return 0
}

// processorTime is utime + stime of proc(5), in which Linux counts hundredths of a second.
func processorTime(b *testing.B, pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(b, err)
	// The name in parentheses may hold spaces; utime and stime are fields 14 and 15, counted from 1.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	total := int64(0)
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(b, err)
		total += n
	}
	return time.Duration(total) * 10 * time.Millisecond
}
