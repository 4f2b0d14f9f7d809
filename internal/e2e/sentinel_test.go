package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/realtime"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// Every role finds Redis through real sentinels. The primary dies under the stream: the replica takes over, everything
// that was acknowledged is stored once, and the screens agree.
func TestSentinelsTakeOver(t *testing.T) {
	t.Parallel()
	sentinels := testkit.StartSentinels(t)
	s, es := newStackOn(t, &testkit.Proc{URL: sentinels.URL}, 1000)
	s.run(es, map[int]func(){300: sentinels.Primary.Kill})
	// A scheduler reports every 5 s, for 10 s; the one report that fell into the failover is missing for a while.
	require.Eventually(t, func() bool {
		out, err := s.command("queue", "schedule").CombinedOutput()
		return err == nil && strings.Contains(string(out), "recap:tick") &&
			!strings.Contains(string(out), "no scheduler in")
	}, testkit.Patience, time.Second, "the scheduler reports to the new primary")
}

// The same parts on a Redis Cluster, where keys lie on different nodes.
func TestARedisCluster(t *testing.T) {
	t.Parallel()
	s, es := newStackOn(t, &testkit.Proc{URL: testkit.StartCluster(t)}, 300)
	s.run(es, nil)
	// Asynqmon and the operators' page read the queues across the nodes.
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	var queues struct {
		Now []map[string]any `json:"now"`
	}
	_, err := call(ctx, http.MethodGet, s.apis[0]+"/api/ops/queues", s.admin.token, nil, nil, &queues)
	require.NoError(t, err)
	require.NotEmpty(t, queues.Now)
	sc := s.watch(t, s.admin.token, realtime.ChannelCompany, 0)
	require.NoError(t, sc.wait(ctx, func() bool { return sc.live }))
}
