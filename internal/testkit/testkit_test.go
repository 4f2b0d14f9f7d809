package testkit_test

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"hadir/internal/testkit"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func reaches(url string) bool {
	addr := url[strings.LastIndex(url, "@")+1:]
	addr = strings.TrimPrefix(addr, "redis://")
	addr = addr[:strings.Index(addr, "/")]
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

func TestServersDieAndComeBack(t *testing.T) {
	t.Parallel()
	for _, p := range []*testkit.Proc{testkit.StartMariaDB(t),
		testkit.StartRedis(t, testkit.RedisOptions{AppendOnly: true})} {
		require.True(t, reaches(p.URL))
		pid := p.PID()
		p.Kill()
		require.False(t, reaches(p.URL))
		p.Restart(false)
		require.True(t, reaches(p.URL))
		require.NotEqual(t, pid, p.PID())
	}
}

func TestDatabasesAreOfTheTestsOwn(t *testing.T) {
	t.Parallel()
	a, b := testkit.Databases(t), testkit.Databases(t)
	require.NotEqual(t, a["mysql"], b["mysql"])
	require.NotEqual(t, a["sqlite"], b["sqlite"])
}

// One test in which something cannot be made leaves the others theirs, also if it ends on the spot.
func TestWhatCannotBeMadeIsTriedAgain(t *testing.T) {
	t.Parallel()
	var made testkit.Once[int]
	_, err := made.Get(func() (int, error) { return 0, errors.New("busy") })
	require.EqualError(t, err, "busy")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = made.Get(func() (int, error) { runtime.Goexit(); return 0, nil })
	}()
	<-ended
	for n := range 2 {
		got, err := made.Get(func() (int, error) { return 7 + n, nil })
		require.NoError(t, err)
		require.Equal(t, 7, got)
	}
}

func TestAPortIsOfOneTest(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 300 {
		port := testkit.FreePort(t)
		require.False(t, seen[port])
		seen[port] = true
		// A program that is being started elsewhere in this process holds every socket until its exec.
		require.Eventually(t, func() bool {
			l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
			return err == nil && l.Close() == nil
		}, testkit.Patience, time.Millisecond, "port %d", port)
	}
}

func TestTheBrowserRuns(t *testing.T) {
	t.Parallel()
	browser := testkit.Chromium(t)
	got, err := chromedp.Run(browser, chromedp.Evaluate[int]("6*7"))
	require.NoError(t, err)
	require.Equal(t, 42, got)
}
