package bench

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/queue"
	"hadir/internal/task"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const (
	recomputed = 5000
	weeks      = 52
)

// recompute measures (i): a year of days of 5,000 people with a five-day week computed again after their shift became
// stricter, so that a tenth of the worked days comes out differently; and check-ins beside it.
func recompute(b *testing.B, t *table) {
	s := newStack(b)
	people := s.company(recomputed)
	zone, err := time.LoadLocation(s.branch.Zone)
	require.NoError(b, err)
	yesterday := attendance.DateOf(clock.System().Now(), zone).AddDays(-1)
	first := yesterday.AddDays(1 - 7*weeks)
	changes := s.year(people, yesterday)
	api, _ := s.start("api")
	_, worker := s.start("worker")
	r := &regularArrivals{api: api, people: people}
	alone := r.until(b, time.After(10*time.Second))
	broker, err := queue.Open(b.Context(), queue.Options{URL: s.redis, Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer func() { require.NoError(b, broker.Close()) }()
	db := s.connect(1)
	defer db.Close()
	workerUsed, databaseUsed := processorTime(b, worker.PID()), processorTime(b, s.mariadb.PID())
	begin := time.Now()
	require.NoError(b, queue.NewClient(broker).Enqueue(b.Context(), task.AttendanceRecompute, "recompute:bench",
		task.Recompute{V: 1, BranchID: s.branch.ID, From: first, To: yesterday}, queue.EnqueueOptions{}))
	done := make(chan time.Time)
	var beside *hdrhistogram.Histogram
	var group sync.WaitGroup
	group.Go(func() { beside = r.until(b, done) })
	count := func(ctx context.Context, condition string, args ...any) (n int) {
		query := "SELECT COUNT(*) FROM attendances WHERE version > 1 AND work_date <= ? AND " + condition
		require.NoError(b, db.QueryRowContext(ctx, query, append([]any{yesterday}, args...)...).Scan(&n))
		return n
	}
	last := people[recomputed-1].employee - 100
	late, all := changes(last), changes(0)
	waitEvery(b, 100*time.Millisecond, 10*time.Minute, "the last people's days", func(ctx context.Context) bool {
		return count(ctx, "employee_id > ?", last) == late
	})
	waitEvery(b, time.Second, time.Minute, "everybody's days",
		func(ctx context.Context) bool { return count(ctx, "TRUE") == all })
	took := time.Since(begin)
	workerUsed, databaseUsed = processorTime(b, worker.PID())-workerUsed, processorTime(b, s.mariadb.PID())-databaseUsed
	close(done)
	group.Wait()
	peak := float64(peakKiB(b, worker.PID())) / 1024
	t.add("a year of 5,000 people computed again", took.Seconds(), "%.1f s", below(30, " s"))
	t.add("  days/s", recomputed*7*weeks/took.Seconds(), "%.0f", noAim)
	each := func(used time.Duration) float64 { return used.Seconds() * 1e6 / (recomputed * 7 * weeks) }
	t.add("  worker CPU per day", each(workerUsed), "%.1f µs", noAim)
	t.add("  database CPU per day", each(databaseUsed), "%.1f µs", noAim)
	t.add("  the worker's largest resident memory", peak, "%.0f MB", below(200, " MB"))
	t.add("  check-ins at 20/s beside it: p99", milliseconds(beside, 99), "%.1f ms", noAim)
	t.add("  and alone", milliseconds(alone, 99), "%.1f ms", noAim)
}

// year stores a year of punches and days, each week as the last one, and then makes the shift stricter. It returns how
// many days that changes for the people after some id.
func (s *stack) year(people []person, yesterday attendance.Date) (changes func(after int64) int) {
	b, ctx := s.b, s.b.Context()
	db := s.connect(1)
	exec := func(statement string, args ...any) {
		_, err := db.ExecContext(ctx, statement, args...)
		require.NoError(b, err)
	}
	exec(`UPDATE shift_assignments SET from_date = '2020-01-06',
		pattern = (SELECT CONCAT('[', id, ',', id, ',', id, ',', id, ',', id, ',0,0]') FROM shifts)`)
	numbers := "WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
	exec("INSERT INTO recaps "+numbers+"SELECT ?, ? - INTERVAL i DAY, ?, '{}', 0, ? FROM n", 7*weeks, s.branch.ID,
		yesterday, recomputed, yesterday)
	// Zones without changes of clocks: what was worked an hour after midnight UTC is worked so all the year.
	for _, punch := range []struct {
		direction string
		hours     int
	}{{"in", 0}, {"out", 9}} {
		exec(`INSERT INTO punches
			(employee_id, branch_id, zone, direction, occurred_at, received_at, offline, source, device,
			 outside_area, note, idempotency_key, request_hash) `+numbers+`
			SELECT id, branch_id, 'Asia/Jakarta', ?, moment, moment, 0, 'web', '', 0, '', CONCAT('bench-', ?, i), ?
			FROM (SELECT e.id, e.branch_id, n.i, (? - INTERVAL i DAY) - INTERVAL 7 HOUR + INTERVAL
			  (SELECT start_minute FROM shifts) MINUTE + INTERVAL ? HOUR +
			  INTERVAL (e.id * 7919 + WEEKDAY(? - INTERVAL i DAY) * 389) % 1800 SECOND AS moment
			FROM employees AS e JOIN n WHERE WEEKDAY(? - INTERVAL i DAY) < 5) AS p ORDER BY id, i`,
			7*weeks-1, punch.direction, punch.direction, make([]byte, 16), yesterday, punch.hours, yesterday, yesterday)
	}
	ids := make([]int64, len(people))
	for i := range people {
		ids[i] = people[i].employee
	}
	_, err := s.store.Days.RecomputeDays(ctx, ids, yesterday-6, yesterday)
	require.NoError(b, err)
	var rows int
	require.NoError(b, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM attendances").Scan(&rows))
	require.Equal(b, 7*recomputed, rows)
	earlier := func(column string) string { return column + " - INTERVAL 7 * i DAY, " }
	exec("INSERT INTO attendances (employee_id, work_date, branch_id, zone, shift_id, shift_name, shift_start, "+
		"shift_end, window_opens, window_closes, first_in, last_out, status, late_minutes, early_minutes, "+
		"worked_minutes, overtime_minutes, flags, punch_count, inside, version, updated_at) "+numbers+
		"SELECT employee_id, "+earlier("work_date")+"branch_id, zone, shift_id, shift_name, "+earlier("shift_start")+
		earlier("shift_end")+earlier("window_opens")+earlier("window_closes")+earlier("first_in")+earlier("last_out")+
		"status, late_minutes, early_minutes, worked_minutes, overtime_minutes, flags, punch_count, inside, version, "+
		"updated_at FROM attendances JOIN n WHERE i > 0 ORDER BY employee_id, work_date", weeks-1)
	exec("DELETE FROM outbox")
	const grace = 27
	exec("UPDATE shifts SET late_grace = ?", grace)
	exec("UPDATE reference_version SET version = version + 1")
	return func(after int64) (n int) {
		require.NoError(b, db.QueryRowContext(ctx, `SELECT COUNT(*) FROM attendances WHERE employee_id > ?
			AND work_date <= ? AND first_in > shift_start + INTERVAL ? MINUTE`, after, yesterday, grace).Scan(&n))
		return n
	}
}

// regularArrivals are check-ins of one person after the other, 20 a second.
type regularArrivals struct {
	api    string
	people []person
	next   int
}

// until checks in until it is told to end, and returns how long each took from the moment at which it was due.
func (r *regularArrivals) until(b *testing.B, end <-chan time.Time) *hdrhistogram.Histogram {
	h := histogram()
	var mu sync.Mutex
	var group sync.WaitGroup
	client := &fasthttp.HostClient{Addr: r.api, MaxConns: 256, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-end:
			group.Wait()
			return h
		case due := <-tick.C:
			if r.next == len(r.people) {
				continue
			}
			p, n := r.people[r.next], r.next
			r.next++
			group.Go(func() {
				req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
				defer fasthttp.ReleaseRequest(req)
				defer fasthttp.ReleaseResponse(resp)
				checkIn(req, r.api, request{p, "check-in", ""}, int64(n))
				if err := client.Do(req, resp); err != nil || resp.StatusCode() != fasthttp.StatusCreated {
					b.Errorf("%v: %d %s", err, resp.StatusCode(), resp.Body())
				}
				mu.Lock()
				defer mu.Unlock()
				observe(h, time.Since(due))
			})
		}
	}
}
