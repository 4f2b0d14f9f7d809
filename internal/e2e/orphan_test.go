package e2e

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"hadir/internal/attendance/reports"
	"hadir/internal/store/ledger"
	"hadir/internal/store/outside"
	"hadir/internal/task"
	"hadir/internal/testkit"
	"hadir/internal/webhook"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// newQueueStack starts one node of each role that a task passes, on databases of their own. The addresses are told of
// punches; they are known before a worker remembers that there are none.
func newQueueStack(t *testing.T, told ...string) (*stack, person, *redis.Client) {
	t.Helper()
	s := newDatabases(t, testkit.StartRedis(t, testkit.RedisOptions{}))
	s.env = append(s.env, "HADIR_WEBHOOK_ALLOW_PRIVATE=true")
	es := s.company(1)
	s.apis = []string{fmt.Sprintf("http://127.0.0.1:%d", testkit.FreePort(t))}
	s.pushers = []string{fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))}
	for _, url := range told {
		_, err := s.store.Webhooks.AddEndpoint(t.Context(),
			webhook.Endpoint{URL: url, Kinds: []webhook.Kind{webhook.KindRecorded}, Active: true},
			"whsec_c2VjcmV0", ledger.Actor{})
		require.NoError(t, err)
	}
	for _, role := range []string{"api", "worker", "scheduler"} {
		s.start(role, 1)
	}
	o, err := redis.ParseURL(s.redis.URL)
	require.NoError(t, err)
	r := redis.NewClient(o)
	t.Cleanup(func() { _ = r.Close() })
	return s, s.people(es)[0], r
}

// A worker is killed in the middle of a delivery and its lease is lost with a part of Redis: the delivery is made again
// by one task, and nothing stays behind.
func TestATaskWithoutWorkerAndLease(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	begun, release := make(chan struct{}, 100), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		if asked.Add(1) == 1 {
			begun <- struct{}{}
			<-release
		}
	}))
	defer receiver.Close()
	defer close(release)
	s, p, r := newQueueStack(t, receiver.URL)
	ctx := t.Context()
	_, err := s.checkIn(ctx, p, 0)
	require.NoError(t, err)
	<-begun
	s.proc("worker1").Kill()
	require.NoError(t, r.Del(ctx, "asynq:{outside}:lease").Err())
	s.start("worker", 1)
	endpoints, err := s.store.Webhooks.Endpoints(ctx)
	require.NoError(t, err)
	require.Len(t, endpoints, 1)
	size := func(name string) int64 {
		n, err := r.LLen(ctx, "asynq:{outside}:"+name).Result()
		require.NoError(t, err)
		return n
	}
	require.Eventually(t, func() bool {
		ds, _, err := s.store.Deliveries.Deliveries(
			ctx,
			outside.DeliveryFilter{EndpointID: endpoints[0].ID, State: webhook.StateDelivered},
		)
		return err == nil && len(ds) == 1
	}, testkit.Patience, 100*time.Millisecond, "the delivery is made again")
	require.Eventually(t, func() bool { return size("active") == 0 && size("pending") == 0 }, testkit.Patience,
		100*time.Millisecond,
		"nothing stays behind")
	for _, set := range []string{"retry", "scheduled", "lease", "archived"} {
		n, err := r.ZCard(ctx, "asynq:{outside}:"+set).Result()
		require.NoError(t, err)
		require.Zero(t, n, set)
	}
	require.EqualValues(t, 2, asked.Load(), "one chain: the request that was cut off and the next one")
}

// Case 33 a: a receiver is slow. The row of the outbox grows old meanwhile and the relay looks at it again and again,
// the task stays one: its attempts follow each other.
func TestASlowReceiverGetsOneChain(t *testing.T) {
	t.Parallel()
	const attempts = 2
	var asking, most, asked atomic.Int32
	begun, finish := make(chan struct{}, 100), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		n := asking.Add(1)
		defer asking.Add(-1)
		most.Store(max(most.Load(), n))
		nth := asked.Add(1)
		begun <- struct{}{}
		select {
		case <-finish:
		case <-q.Context().Done(): // Hadir gives up
		}
		if nth < attempts {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer receiver.Close()
	s, p, r := newQueueStack(t, receiver.URL)
	ctx := t.Context()
	_, err := s.checkIn(ctx, p, 0)
	require.NoError(t, err)

	<-begun
	outbox, err := sql.Open("mysql", testkit.MySQLDSN(t, s.mariadb.URL))
	require.NoError(t, err)
	defer outbox.Close()
	// The relays of all nodes look at the row of an hour ago while its task is underway.
	for range 4 {
		_, err = outbox.ExecContext(ctx,
			"UPDATE outbox SET created_at = created_at - INTERVAL 1 HOUR, claimed_until = NULL")
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			var claimed int
			err := outbox.QueryRowContext(ctx, "SELECT COUNT(claimed_until) FROM outbox").Scan(&claimed)
			return err == nil && claimed > 0
		}, testkit.Patience, 50*time.Millisecond, "a relay claims it")
	}
	close(finish)
	var tasks []string
	require.Eventually(t, func() bool {
		tasks = r.Keys(ctx, "asynq:{outside}:t:*").Val()
		rows, _, err := s.store.Outbox.OutboxBacklog(ctx)
		return len(tasks) > 1 || err == nil && rows == 0
	}, testkit.Patience, 100*time.Millisecond, "it ends")
	require.LessOrEqual(t, len(tasks), 1, "a copy: %v", tasks)
	require.EqualValues(t, attempts, asked.Load(), "one chain")
	require.EqualValues(t, 1, most.Load(), "at a time")
}

// A worker is killed as soon as a dead letter is there: the report has failed, and operators hear of it from the next
// worker.
func TestAKilledWorkerTakesNoDeathWithIt(t *testing.T) {
	t.Parallel()
	s, _, _ := newQueueStack(t)
	ctx := t.Context()
	u := ledger.Actor{UserID: s.admin.user.ID}
	var ids []int64
	for range 10 {
		r, err := s.store.Reports.CreateReport(ctx, u,
			reports.ReportRequest{Kind: reports.ReportLateness, Format: reports.FormatCSV,
				Locale: "id", BranchID: 424242, From: 1, To: 1})
		require.NoError(t, err)
		ids = append(ids, r.ID)
	}
	letters := func() int {
		ls, _, err := s.store.DeadLetters.DeadLetters(ctx, ledger.DeadLetterFilter{Kind: task.ReportBuild, Limit: 100})
		require.NoError(t, err)
		return len(ls)
	}
	for seen := 0; seen < len(ids); {
		require.Eventually(t, func() bool { return letters() > seen }, testkit.Patience, time.Millisecond)
		s.proc("worker1").Kill()
		seen = letters()
		failed := 0
		for _, id := range ids {
			r, err := s.store.Reports.Report(ctx, id)
			require.NoError(t, err)
			if r.State == reports.ReportFailed {
				failed++
			}
		}
		require.Equal(t, seen, failed, "what died and what failed is the same")
		s.start("worker", 1)
	}
	require.Eventually(t, func() bool {
		n, _, err := s.store.Outbox.OutboxBacklog(ctx)
		return err == nil && n == 0
	}, testkit.Patience, 100*time.Millisecond, "each death is announced")
	require.Equal(t, len(ids), letters())
	_, err := s.store.Reports.CreateReport(ctx, u,
		reports.ReportRequest{Kind: reports.ReportLateness, Format: reports.FormatCSV,
			Locale: "id", BranchID: s.branch.ID, From: 1, To: 1})
	require.NoError(t, err, "ten dead reports lock nobody out")
}
