package queue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hadir/internal/task"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
)

// Stat is what a queue holds now and what asynq counted today. asynq counts attempts: a task that succeeds at its
// fourth attempt counts as four processed and three failed.
type Stat struct {
	Queue             task.Queue `json:"queue"`
	Pending           int        `json:"pending"`
	Active            int        `json:"active"`
	Scheduled         int        `json:"scheduled"`
	Retry             int        `json:"retry"`
	Archived          int        `json:"archived"`
	Paused            bool       `json:"paused"`
	LatencySeconds    float64    `json:"latency_seconds"` // how long the oldest pending task has waited
	AttemptsToday     int        `json:"attempts_today"`  // since midnight UTC
	FailedAttempts    int        `json:"failed_attempts_today"`
	MemoryApproxBytes int64      `json:"memory_approx_bytes"`

	attemptsTotal, failedTotal, completed int
}

// Inspector looks into the queues.
type Inspector struct{ asynq *asynq.Inspector }

// NewInspector returns an inspector on a broker's connection.
func NewInspector(b *Broker) *Inspector {
	return &Inspector{asynq.NewInspectorFromRedisClient(b.patient)}
}

// Stats returns every queue that was ever used, most urgent first.
func (i *Inspector) Stats(ctx context.Context) ([]Stat, error) {
	// GetQueueInfo's error for a queue that was never used looks like any other error.
	known, err := i.asynq.Queues()
	if err != nil {
		return nil, fmt.Errorf("queue: listing: %w", err)
	}
	var out []Stat
	for _, q := range task.Queues() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !slices.Contains(known, string(q)) {
			out = append(out, Stat{Queue: q})
			continue
		}
		info, err := i.asynq.GetQueueInfo(string(q))
		if err != nil {
			return nil, fmt.Errorf("queue: looking at %s: %w", q, err)
		}
		out = append(out, Stat{Queue: q, Pending: info.Pending, Active: info.Active, Scheduled: info.Scheduled,
			Retry:    info.Retry,
			Archived: info.Archived, Paused: info.Paused, LatencySeconds: info.Latency.Seconds(),
			AttemptsToday:  info.Processed,
			FailedAttempts: info.Failed, MemoryApproxBytes: info.MemoryUsage,
			attemptsTotal: info.ProcessedTotal, failedTotal: info.FailedTotal, completed: info.Completed})
	}
	return out, nil
}

// Paused tells whether somebody has stopped a queue: tasks wait in it, and no server takes them.
func (b *Broker) Paused(ctx context.Context, q task.Queue) (bool, error) {
	n, err := b.patient.Exists(ctx, key(q, "paused")).Result()
	if err != nil {
		return false, fmt.Errorf("queue: looking whether %s is paused: %w", q, err)
	}
	return n > 0, nil
}

// collector serves the metrics that asynqmon's Metrics page asks Prometheus for, under asynq's own names.
type collector struct {
	inspector                                         *Inspector
	size, latency, memory, processed, failed, byState *prometheus.Desc
}

// NewCollector returns the metrics of the queues, read from Redis at every scrape.
func NewCollector(b *Broker) prometheus.Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("asynq_"+name, help, append([]string{"queue"}, labels...), nil)
	}
	return &collector{NewInspector(b),
		desc("queue_size", "Tasks in a queue."),
		desc("queue_latency_seconds", "How long the oldest pending task has waited."),
		desc("queue_memory_usage_approx_bytes", "Memory of a queue, estimated."),
		desc("tasks_processed_total", "Attempts, failed ones included."),
		desc("tasks_failed_total", "Attempts that failed."),
		desc("tasks_enqueued_total", "Tasks in a queue by state.", "state"),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.size, c.latency, c.memory, c.processed, c.failed, c.byState} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. While Redis is away it reports no values rather than wrong ones.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stats, err := c.inspector.Stats(ctx)
	if err != nil {
		return
	}
	for _, s := range stats {
		q := string(s.Queue)
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{q}, labels...)...)
		}
		gauge(c.size, float64(s.Pending+s.Active+s.Scheduled+s.Retry+s.Archived))
		gauge(c.latency, s.LatencySeconds)
		gauge(c.memory, float64(s.MemoryApproxBytes))
		ch <- prometheus.MustNewConstMetric(c.processed, prometheus.CounterValue, float64(s.attemptsTotal), q)
		ch <- prometheus.MustNewConstMetric(c.failed, prometheus.CounterValue, float64(s.failedTotal), q)
		for state, n := range map[string]int{"pending": s.Pending, "active": s.Active, "scheduled": s.Scheduled,
			"retry": s.Retry, "archived": s.Archived, "completed": s.completed} {
			gauge(c.byState, float64(n), state)
		}
	}
}
