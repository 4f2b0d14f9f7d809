package bench

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

const recapped = 100_000

// recap measures (h): the daily recap of a branch of 100,000 in one run of one worker. Nine in ten came and went
// yesterday, and no day of theirs is stored yet, so that every day is computed from punches and written: the most that
// a recap can have to do. Beside it stands what the database takes to copy as many of the same rows.
func recap(b *testing.B, t *table) {
	s := newStack(b)
	s.employ(recapped, func([]attendance.Employee) {})
	db := s.connect(1)
	defer db.Close()
	ctx := b.Context()
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(b, err)
	yesterday := attendance.DateOf(clock.System().Now(), zone).AddDays(-1)
	// The day before was recapped already, as on every day but a branch's first; nobody was there.
	_, err = db.ExecContext(ctx, "UPDATE employees SET hired_on = ?", yesterday)
	require.NoError(b, err)
	_, err = db.ExecContext(ctx, "INSERT INTO recaps VALUES (?, ?, 0, '{}', 0, ?)", s.branch.ID, yesterday-1, yesterday)
	require.NoError(b, err)
	var start int
	require.NoError(b, db.QueryRowContext(ctx, "SELECT start_minute FROM shifts").Scan(&start))
	midnight := time.Date(yesterday.UTC().Year(), yesterday.UTC().Month(), yesterday.UTC().Day(), 0, 0, 0, 0,
		zone).UTC()
	for i, direction := range []string{"in", "out"} {
		at := midnight.Add(time.Duration(start+i*9*60) * time.Minute)
		own := "? + INTERVAL (id * 7919) % 1800 SECOND" // so that few days are alike
		_, err := db.ExecContext(ctx, `INSERT INTO punches
			(employee_id, branch_id, zone, direction, occurred_at, received_at, offline, source, device,
			 outside_area, note, idempotency_key, request_hash)
			SELECT id, branch_id, 'Asia/Jakarta', ?, `+own+", "+own+`, 0, 'web', '', 0, '', CONCAT('bench-', ?, id), ?
				FROM employees WHERE id % 10 <> 0`,
			direction, at, at, direction, make([]byte, 16))
		require.NoError(b, err)
	}

	_, worker := s.start("worker")
	before := float64(peakKiB(b, worker.PID())) / 1024
	broker, err := queue.Open(ctx, queue.Options{URL: s.redis, Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer func() { require.NoError(b, broker.Close()) }()
	begin := time.Now()
	require.NoError(b, queue.NewClient(broker).Enqueue(ctx, task.RecapTick, "recap:tick:bench", task.Tick{V: 1},
		queue.EnqueueOptions{}))
	var took time.Duration
	// With a pause, so that asking costs the database nothing.
	waitEvery(b, 20*time.Millisecond, 10*time.Minute, "the recap", func(ctx context.Context) bool {
		var headcount int
		if db.QueryRowContext(ctx, "SELECT headcount FROM recaps WHERE work_date = ?",
			yesterday).Scan(&headcount) != nil {
			return false
		}
		took = time.Since(begin)
		require.Equal(b, recapped, headcount)
		return true
	})
	peak := float64(peakKiB(b, worker.PID())) / 1024
	var days, present int
	require.NoError(b, db.QueryRowContext(ctx,
		"SELECT COUNT(*), SUM(status = 'present') FROM attendances WHERE version = 1").Scan(&days, &present))
	require.Equal(b, recapped, days)
	require.Equal(b, recapped*9/10, present)

	_, err = db.ExecContext(ctx, "CREATE TABLE bench_attendances LIKE attendances")
	require.NoError(b, err)
	begin = time.Now()
	_, err = db.ExecContext(ctx, "INSERT INTO bench_attendances SELECT * FROM attendances")
	require.NoError(b, err)
	own := recapped / time.Since(begin).Seconds()

	rate := recapped / took.Seconds()
	t.add("database alone: INSERT … SELECT of 100,000 days, rows/s", own, "%.0f", noAim)
	t.add("daily recap of 100,000 people in one branch: rows/s", rate, "%.0f", noAim)
	t.add("  ratio to the database alone", rate/own, "%.2f", noAim)
	t.add("  from the tick to the recap", took.Seconds(), "%.1f s", noAim)
	t.add("  the worker's largest resident memory before it", before, "%.0f MB", noAim)
	t.add("  and after", peak, "%.0f MB", below(200, " MB"))
}
