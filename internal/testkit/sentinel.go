package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Sentinels is a Redis with a replica, and three sentinels that make the replica the primary when the primary dies.
type Sentinels struct {
	URL     string // redis-sentinel://…/hadir
	Primary *Proc  // as it was at the start
	Replica *Proc
}

// StartSentinels starts them; they notice a dead primary within a second or two.
func StartSentinels(t testing.TB) Sentinels {
	t.Helper()
	s := Sentinels{Primary: StartRedis(t, RedisOptions{AppendOnly: true})}
	host, port, _ := strings.Cut(hostPort(s.Primary.URL), ":")
	s.Replica = StartRedis(t, RedisOptions{AppendOnly: true, Args: []string{"--replicaof", host + " " + port}})
	var addrs []string
	for range 3 {
		dir, own := t.TempDir(), FreePort(t)
		conf := filepath.Join(dir, "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor hadir %s %s 2\nsentinel "+
			"down-after-milliseconds hadir 800\nsentinel failover-timeout hadir 3000\n"+
			"sentinel parallel-syncs hadir 1\n",
			own, dir, host, port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := startChild(filepath.Join(dir, "sentinel.log"), os.Environ(), Program(t, "redis-server"), conf,
			"--sentinel")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.end(syscall.SIGKILL, time.Second) })
		if err := c.await("sentinel", func() bool { return pong(address(own)) }); err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, address(own))
	}
	s.URL = "redis-sentinel://" + strings.Join(addrs, ",") + "/hadir"
	// A sentinel that does not know the replica or the others yet could not fail over.
	for _, addr := range addrs {
		await(t, "the sentinels to know each other", func() bool {
			out := redisCLI(t, addr, "sentinel", "master", "hadir")
			return strings.Contains(out, "num-slaves\n1") && strings.Contains(out, "num-other-sentinels\n2")
		})
	}
	return s
}

// StartCluster starts a Redis Cluster of three masters and returns its URL.
func StartCluster(t testing.TB) string {
	t.Helper()
	var addrs []string
	for range 3 {
		p := StartRedis(t, RedisOptions{AppendOnly: true,
			Args: []string{"--cluster-enabled", "yes", "--cluster-node-timeout", "3000", "--cluster-port",
				strconv.Itoa(FreePort(t))}})
		addrs = append(addrs, hostPort(p.URL))
	}
	out, err := exec.CommandContext(t.Context(), Program(t, "redis-cli"),
		append(append([]string{"--cluster", "create"}, addrs...), "--cluster-replicas", "0",
			"--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("making the cluster: %v\n%s", err, out)
	}
	for _, addr := range addrs {
		await(t, "the cluster",
			func() bool { return strings.Contains(redisCLI(t, addr, "cluster", "info"), "cluster_state:ok") })
	}
	return "redis-cluster://" + strings.Join(addrs, ",")
}

func hostPort(redisURL string) string {
	return strings.TrimSuffix(strings.TrimPrefix(redisURL, "redis://"), "/0")
}

func redisCLI(t testing.TB, addr string, args ...string) string {
	t.Helper()
	host, port, _ := strings.Cut(addr, ":")
	out, _ := exec.CommandContext(t.Context(), Program(t, "redis-cli"),
		append([]string{"-h", host, "-p", port}, args...)...).Output()
	return strings.ReplaceAll(string(out), "\r", "")
}

func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}
