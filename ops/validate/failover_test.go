//go:build validate

package validate_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rush is a steady stream of check-ins and check-outs through nginx by clients that repeat a request, with its key,
// until it is acknowledged, as the pages do.
type rush struct {
	mu      sync.Mutex
	acked   []string // keys
	refused map[int]int
	worst   time.Duration
	errors  []string
}

func (d *deployment) rush(stop <-chan struct{}, clients int) (*rush, func()) {
	r := &rush{refused: map[int]int{}}
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				key, begun := unique(fmt.Sprintf("rush-%d", c), n), time.Now()
				for {
					_, status,
						err := d.punch(d.base, []string{"in", "out"}[n%2], 100+(c+n*clients)%(len(d.staff)-100), key)
					r.mu.Lock()
					if err == nil {
						r.acked = append(r.acked, key)
						r.worst = max(r.worst, time.Since(begun))
						r.mu.Unlock()
						break
					}
					r.refused[status]++
					if status >= 400 && status < 500 && status != http.StatusTooManyRequests {
						r.errors = append(r.errors, err.Error())
						r.mu.Unlock()
						return
					}
					r.mu.Unlock()
					if time.Since(begun) > 2*time.Minute {
						r.mu.Lock()
						r.errors = append(r.errors, "never acknowledged: "+err.Error())
						r.mu.Unlock()
						return
					}
					select { // as the pages do between two tries
					case <-d.t.Context().Done():
						return
					case <-time.After(200 * time.Millisecond):
					}
				}
			}
		})
	}
	return r, wg.Wait
}

// more waits until so many check-ins have been acknowledged since it was called.
func (d *deployment) more(r *rush, n int) {
	d.t.Helper()
	count := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.acked)
	}
	from := count()
	d.eventually(2*time.Minute, fmt.Sprintf("%d more check-ins", n), func() bool { return count() >= from+n })
}

// outage is how long a killed part stays away.
const outage = 4 * time.Second

// verify looks for every acknowledged key in the database: once each.
func (d *deployment) verify(r *rush) {
	d.t.Helper()
	require.Empty(d.t, r.errors)
	require.NotEmpty(d.t, r.acked)
	found := 0
	for i := 0; i < len(r.acked); i += 500 {
		chunk := r.acked[i:min(i+500, len(r.acked))]
		var n, distinct int
		_, err := fmt.Sscan(d.sql(
			fmt.Sprintf("SELECT COUNT(*), COUNT(DISTINCT idempotency_key) FROM punches WHERE idempotency_key IN ('%s')",
				strings.Join(chunk, "','"))), &n, &distinct)
		require.NoError(d.t, err)
		require.Equal(d.t, n, distinct)
		found += distinct
	}
	require.Equal(d.t, len(r.acked), found, "acknowledged and not stored")
}

// Failover: each part is killed under the stream and comes back; nothing that was acknowledged is lost, and the screens
// agree with the database afterwards.
func TestFailover(t *testing.T) {
	for _, service := range []string{"api", "worker", "pusher", "redis", "mysql"} {
		t.Run(service, func(t *testing.T) {
			d := deployed(t)
			stop := make(chan struct{})
			r, wait := d.rush(stop, 10)
			d.more(r, 300)
			victim := d.containers(service)[0]
			d.run("docker", "kill", victim)
			<-time.After(outage)
			d.run("docker", "start", victim)
			d.eventually(2*time.Minute, service+" is healthy again", func() bool {
				return d.run("docker", "inspect", "-f", "{{.State.Health.Status}}", victim) == "healthy"
			})
			d.more(r, 100)
			close(stop)
			wait()
			d.verify(r)
			t.Logf("%d acknowledged, all stored once; the slowest took %s with its repetitions; answers that had to "+
				"be repeated, by status (0: none): %v", len(r.acked), r.worst.Round(time.Millisecond), r.refused)
			d.eventually(2*time.Minute, "the outbox empties",
				func() bool { return d.sql("SELECT COUNT(*) FROM outbox") == "0" })
		})
	}
}
