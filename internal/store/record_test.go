package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/days"
	"hadir/internal/task"
	"hadir/internal/testkit"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// company makes a branch in Jakarta, an office shift of 08:00 to 17:00 and employees who work it every day.
func (b *bench) company(t testing.TB, employees int) (attendance.Branch, []attendance.Employee) {
	t.Helper()
	ctx := context.Background()
	br, err := b.SaveBranch(ctx,
		attendance.Branch{Code: "JKT", Name: "Jakarta", Zone: "Asia/Jakarta", Policy: attendance.PolicyBlock,
			Active: true})
	require.NoError(t, err)
	sh, err := b.SaveShift(ctx,
		attendance.Shift{Code: "D", Name: "Siang", Start: 8 * 60, End: 17 * 60, OpensBefore: 120, ClosesAfter: 240,
			LateGrace: 10, BreakMinutes: 60, BreakAfter: 240, Active: true})
	require.NoError(t, err)
	es := make([]attendance.Employee, employees)
	for i := range es {
		es[i] = attendance.Employee{Number: fmt.Sprintf("JKT-%04d", i+1), Name: fmt.Sprintf("Pegawai %d", i+1),
			BranchID: br.ID, Status: attendance.EmployeeActive}
	}
	_, err = b.UpsertEmployees(ctx, es)
	require.NoError(t, err)
	as := make([]attendance.Assignment, employees)
	for i := range as {
		as[i] = attendance.Assignment{EmployeeID: es[i].ID, From: attendance.NewDate(2026, 1, 5),
			Pattern: []int64{sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, sh.ID, sh.ID}}
	}
	require.NoError(t, b.AddAssignments(ctx, as))
	return br, es
}

func punch(e attendance.Employee, d attendance.Direction, at time.Time, key string) attendance.NewPunch {
	return attendance.NewPunch{EmployeeID: e.ID, Direction: d, OccurredAt: at, Source: attendance.SourceWeb,
		IdempotencyKey: key, RequestHash: [16]byte{1}, Trace: "trace-" + key}
}

// record is RecordBatch of punches that must all be accepted.
func (b *bench) record(t testing.TB, ps ...attendance.NewPunch) ([]attendance.RecordResult, []task.Outboxed) {
	t.Helper()
	b.left()
	rs, err := b.RecordBatch(context.Background(), ps)
	require.NoError(t, err)
	require.Len(t, rs, len(ps))
	for i, r := range rs {
		require.NoError(t, r.Err, "punch %d", i)
	}
	return rs, b.left()
}

func (b *bench) punchesOf(t testing.TB, e attendance.Employee) []attendance.Punch {
	t.Helper()
	ps, err := b.Punches(context.Background(), e.ID, start.AddDate(0, 0, -10), start.AddDate(0, 0, 10))
	require.NoError(t, err)
	return ps
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	j, err := json.Marshal(v)
	require.NoError(t, err)
	return string(j)
}

func TestRecordingAPunch(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 2)
		rs, rows := b.record(t, punch(es[0], attendance.In, start, "a"))
		r := rs[0]
		require.False(t, r.Replayed)
		require.Positive(t, r.Punch.ID)
		require.Equal(t, attendance.StatusLate, r.Day.Status, "nine o'clock is late for eight")
		require.Equal(t, 60, r.Day.LateMinutes)
		require.Equal(t, int64(1), r.Day.Version)
		require.Equal(t, "2026-11-23", r.Day.WorkDate.String())

		stored := b.punchesOf(t, es[0])
		require.Len(t, stored, 1)
		require.JSONEq(t, asJSON(t, r.Punch), asJSON(t, stored[0]))
		entries, err := b.Entries(t.Context(), []task.DayRef{{EmployeeID: es[0].ID, WorkDate: r.Day.WorkDate}})
		require.NoError(t, err)
		require.Len(t, entries, 1)
		require.JSONEq(t, asJSON(t, r.Day), asJSON(t, entries[0].Day), "what is stored is what was answered")

		require.Len(t, rows, 1)
		require.Equal(t, task.AttendanceBroadcast, rows[0].Kind)
		var payload task.Broadcast
		require.NoError(t, json.Unmarshal(rows[0].Payload, &payload))
		require.Equal(t, []task.DayRef{{EmployeeID: es[0].ID, WorkDate: r.Day.WorkDate, Version: 1}}, payload.Days)
		require.Equal(t, []string{"trace-a"}, payload.Traces)
		waiting, err := b.ClaimOutbox(t.Context(), start.Add(time.Hour), start.Add(2*time.Hour), 10)
		require.NoError(t, err)
		require.Equal(t, rows[0].ID, waiting[0].ID, "the row handed out is the row stored")
		require.Equal(t, rows[0].Payload, waiting[0].Payload)
	})
}

func TestReplaysAndMismatches(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 2)
		first, _ := b.record(t, punch(es[0], attendance.In, start, "a"))
		b.clock.Advance(8 * time.Hour)
		out, _ := b.record(t, punch(es[0], attendance.Out, b.clock.Now(), "b"))
		require.Equal(t, int64(2), out[0].Day.Version)

		again, rows := b.record(t, punch(es[0], attendance.In, b.clock.Now(), "a"))
		require.Empty(t, rows, "a replay is announced to nobody")
		require.True(t, again[0].Replayed)
		require.Equal(t, asJSON(t, first[0].Punch), asJSON(t, again[0].Punch))
		require.Equal(t, first[0].Day.WorkDate, again[0].Day.WorkDate)
		require.Equal(t, asJSON(t, out[0].Day), asJSON(t, again[0].Day), "the day as it is now")

		b.clock.Advance(5 * 24 * time.Hour)
		late, _ := b.record(t, punch(es[0], attendance.In, b.clock.Now(), "a"))
		require.Equal(t, asJSON(t, again[0]), asJSON(t, late[0]), "a key is known whenever it is sent again")
		whole := asJSON(t, first[0].Day)
		require.NoError(t, b.Exec(t.Context(),
			"UPDATE punches SET answered_day = ? WHERE idempotency_key = 'a' AND employee_id = ?", whole, es[0].ID))
		late, _ = b.record(t, punch(es[0], attendance.In, b.clock.Now(), "a"))
		require.Equal(t, asJSON(t, again[0]), asJSON(t, late[0]), "what an earlier release stored of the day is read")

		other := punch(es[0], attendance.Out, b.clock.Now(), "a")
		other.RequestHash = [16]byte{2}
		rs, err := b.RecordBatch(t.Context(),
			[]attendance.NewPunch{other, punch(es[1], attendance.In, b.clock.Now(), "a")})
		require.NoError(t, err)
		require.Equal(t, attendance.CodeIdempotencyMismatch, attendance.CodeOf(rs[0].Err))
		require.NoError(t, rs[1].Err, "a key belongs to one employee; a neighbour's fault is not one's own")
		require.False(t, rs[1].Replayed)
		require.Len(t, b.punchesOf(t, es[0]), 2)
	})
}

func TestRepeatsWithinAMinute(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 1)
		first, _ := b.record(t, punch(es[0], attendance.In, start, "a"))
		b.clock.Advance(30 * time.Second)
		second, rows := b.record(t, punch(es[0], attendance.In, b.clock.Now(), "b"))
		require.True(t, second[0].Replayed)
		require.Empty(t, rows)
		require.Equal(t, asJSON(t, first[0].Punch), asJSON(t, second[0].Punch), "answered as the first was")
		require.Equal(t, asJSON(t, first[0].Day), asJSON(t, second[0].Day))

		b.clock.Advance(5 * time.Minute)
		replay, _ := b.record(t, punch(es[0], attendance.In, b.clock.Now(), "b"))
		require.Equal(t, asJSON(t, second[0]), asJSON(t, replay[0]), "the repeat's key is known for ever")
		stored := b.punchesOf(t, es[0])
		require.Len(t, stored, 2)
		require.Equal(t, stored[0].ID, stored[1].DuplicateOf)

		// The same in one batch: two taps that wait for the same transaction.
		at := b.clock.Now().Add(time.Hour)
		both, rows := b.record(t, punch(es[0], attendance.Out, at, "c"),
			punch(es[0], attendance.Out, at.Add(time.Second), "d"), punch(es[0], attendance.Out, at, "c"))
		require.Len(t, rows, 1)
		require.Equal(t, []bool{false, true, true}, []bool{both[0].Replayed, both[1].Replayed, both[2].Replayed})
		for _, r := range both {
			require.Equal(t, both[0].Punch.ID, r.Punch.ID)
			require.Equal(t, int64(2), r.Day.Version)
			require.Equal(t, 2, r.Day.PunchCount)
		}
		stored = b.punchesOf(t, es[0])
		require.Len(t, stored, 4)
		require.Equal(t, stored[2].ID, stored[3].DuplicateOf)
	})
}

func TestOneBadPunchLeavesItsNeighboursAlone(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br, es := b.company(t, 4)
		gone := attendance.NewDate(2026, 11, 1)
		es[1].Status, es[1].LeftOn, es[2].LeftOn = attendance.EmployeeInactive, &gone, &gone
		_, err := b.UpsertEmployees(t.Context(), es)
		require.NoError(t, err)
		br.Sites = []attendance.Site{{Name: "Monas", Latitude: -6.1754, Longitude: 106.8272, Radius: 100}}
		_, err = b.SaveBranch(t.Context(), br)
		require.NoError(t, err)
		at := func(p attendance.NewPunch, lat float64) attendance.NewPunch {
			p.Fix = &attendance.Fix{Latitude: lat, Longitude: 106.8272, Accuracy: 5}
			return p
		}
		stranger := attendance.Employee{ID: 999999}
		b.left()
		rs, err := b.RecordBatch(t.Context(), []attendance.NewPunch{
			at(punch(es[0], attendance.In, start, "a"), -6.1754),
			at(punch(es[1], attendance.In, start, "a"), -6.1754),
			at(punch(es[2], attendance.In, start, "a"), -6.1754),
			at(punch(es[3], attendance.In, start, "a"), -6.3),
			punch(es[3], attendance.In, start, "b"),
			punch(stranger, attendance.In, start, "a"),
		})
		require.NoError(t, err)
		var codes []attendance.Code
		for _, r := range rs {
			codes = append(codes, attendance.CodeOf(r.Err))
		}
		require.Equal(t, []attendance.Code{"", attendance.CodeEmployeeInactive, attendance.CodeEmployeeInactive,
			attendance.CodeOutsideArea,
			attendance.CodeLocationRequired, attendance.CodeNotFound}, codes)
		require.Len(t, b.left(), 1)
		require.InDelta(t, 0, *b.punchesOf(t, es[0])[0].Distance, 1)
		require.Empty(t, b.punchesOf(t, es[3]))
	})
}

func TestALargeBatchKeepsItsOrder(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 700)
		ps := make([]attendance.NewPunch, len(es))
		for i, j := range rand.Perm(len(es)) {
			ps[i] = punch(es[j], attendance.In, start, "k")
		}
		rs, rows := b.record(t, ps...)
		require.Len(t, rows, 3, "256 days to a broadcast")
		for i := range ps {
			require.Equal(t, ps[i].EmployeeID, rs[i].Punch.EmployeeID)
			stored := b.punchesOf(t, attendance.Employee{ID: ps[i].EmployeeID})
			require.Len(t, stored, 1)
			require.Equal(t, stored[0].ID, rs[i].Punch.ID, "the id answered is the id stored")
		}
	})
}

func TestRecomputeFollowsItsInputs(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 3)
		b.record(t, punch(es[0], attendance.In, start, "a"), punch(es[1], attendance.In, start, "a"))
		d := attendance.NewDate(2026, 11, 23)
		require.NoError(t, b.AddHolidays(t.Context(), []attendance.Holiday{{Date: d, Name: "Libur"}}))
		b.left()
		changed, err := b.RecomputeDays(t.Context(), []int64{es[0].ID, es[1].ID, es[2].ID}, d.AddDays(-1), d.AddDays(1))
		require.NoError(t, err)
		require.Equal(t, 2, changed)
		require.Len(t, b.left(), 1)
		days, _, err := b.History(t.Context(), store.DayFilter{})
		require.NoError(t, err)
		require.Len(t, days, 2, "a day without punches does not come into being")
		for _, day := range days {
			require.Equal(t, attendance.StatusPresent, day.Status)
			require.Contains(t, day.Flags, attendance.FlagOnHoliday)
			require.Equal(t, int64(2), day.Version)
		}
	})
}

func TestSeedHistory(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		br, es := b.company(t, 3)
		var ps []attendance.Punch
		var days []attendance.Day
		for _, e := range es {
			p := attendance.Punch{EmployeeID: e.ID, BranchID: br.ID, Zone: br.Zone, Direction: attendance.In,
				OccurredAt: start, ReceivedAt: start, Source: attendance.SourceDemo}
			ps = append(ps, p, p)
			_, r, err := b.Roster(t.Context(), e.ID, attendance.NewDate(2026, 11, 23), attendance.NewDate(2026, 11, 23))
			require.NoError(t, err)
			days = append(days, r.Day(e.ID, attendance.NewDate(2026, 11, 23), []attendance.Punch{p}, start))
		}
		require.NoError(t, b.SeedHistory(t.Context(), ps, days))
		got, _, err := b.History(t.Context(), store.DayFilter{})
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.Equal(t, int64(1), got[0].Version)
		require.Len(t, b.punchesOf(t, es[0]), 2)
		n, _, err := b.OutboxBacklog(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// running starts a recorder for the length of the test.
func running(t testing.TB, s *rooms, o store.RecorderOptions) *store.Recorder {
	t.Helper()
	r := days.NewRecorder(s.all.Days, o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

// storm sends punches of a few employees from many goroutines, each key several times, and returns an error for
// anything but an answer.
func storm(ctx context.Context, r *store.Recorder, es []attendance.Employee, goroutines, keys int, at time.Time) error {
	var g errgroup.Group
	for n := range goroutines {
		g.Go(func() error {
			versions := map[int64]int64{}
			for i := range keys {
				// Every goroutine sends every key, in an order of its own; neighbours in time are far apart so that
				// each key counts.
				k := (i*7 + n*13) % keys
				e := es[k%len(es)]
				p := punch(e, attendance.In, at.Add(time.Duration(k)*2*time.Minute), fmt.Sprint("storm-", k))
				got, err := r.Record(ctx, p)
				if err != nil {
					return fmt.Errorf("key %d: %w", k, err)
				}
				if got.Punch.EmployeeID != e.ID || !got.Punch.OccurredAt.Equal(p.OccurredAt) {
					return fmt.Errorf("key %d got the answer of another", k)
				}
				if !got.Replayed {
					if got.Day.Version <= versions[e.ID] {
						return fmt.Errorf("version %d after %d", got.Day.Version, versions[e.ID])
					}
					versions[e.ID] = got.Day.Version
				}
			}
			return nil
		})
	}
	return g.Wait()
}

const stormKeys = 180

// stormed checks that each key was counted once and that versions left no gap that a lost update would leave.
func (b *bench) stormed(t *testing.T, es []attendance.Employee) {
	t.Helper()
	total := 0
	for _, e := range es {
		stored := b.punchesOf(t, e)
		total += len(stored)
		ids := map[int64]bool{}
		for _, p := range stored {
			require.Zero(t, p.DuplicateOf)
			ids[p.ID] = true
		}
		require.Len(t, ids, len(stored))
	}
	require.Equal(t, stormKeys, total, "each key is counted once")
	days, _, err := b.History(t.Context(), store.DayFilter{})
	require.NoError(t, err)
	count := 0
	for _, d := range days {
		count += d.PunchCount
		require.LessOrEqual(t, d.Version, int64(d.PunchCount), "a version is raised by punches only")
	}
	require.Equal(t, stormKeys, count)
}

func TestManyGoroutinesOnTwoNodes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 6)
		ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
		defer cancel()
		var g errgroup.Group
		for range 2 {
			r := running(t, b.another(t), store.RecorderOptions{MaxBatch: 16})
			g.Go(func() error { return storm(ctx, r, es, 12, stormKeys, start) })
		}
		require.NoError(t, g.Wait())
		b.stormed(t, es)
	})
}

// The same with a second process, which is this test binary called with the database in its environment.
func TestManyGoroutinesInTwoProcesses(t *testing.T) {
	if url := os.Getenv("STORE_TEST_STORM"); url != "" {
		opened, err := store.Open(t.Context(), store.Options{URL: url, Clock: clock.NewManual(start)})
		require.NoError(t, err)
		s := roomsOf(opened)
		defer s.Close()
		es, _, err := s.Employees(t.Context(), store.EmployeeFilter{})
		require.NoError(t, err)
		r := running(t, s, store.RecorderOptions{MaxBatch: 16})
		require.NoError(t, storm(t.Context(), r, es, 8, stormKeys,
			start))
		return
	}
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 6)
		ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
		defer cancel()
		var g errgroup.Group
		for range 2 {
			g.Go(func() error {
				cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestManyGoroutinesInTwoProcesses$")
				cmd.Env = append(os.Environ(), "STORE_TEST_STORM="+b.url)
				if out, err := cmd.CombinedOutput(); err != nil {
					return fmt.Errorf("%w: %s", err, out)
				}
				return nil
			})
		}
		require.NoError(t, g.Wait())
		b.stormed(t, es)
	})
}

// What a terminal kept for years is not read together with what people punch now.
func TestABacklogIsWrittenApart(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 2)
		registry := prometheus.NewRegistry()
		r := running(t, b.rooms, store.RecorderOptions{Registry: registry})
		var ps []attendance.NewPunch
		for i, ago := range []time.Duration{0, 700 * 24 * time.Hour, 30 * 24 * time.Hour, 28 * 24 * time.Hour} {
			ps = append(ps, punch(es[i%2], attendance.In, start.Add(-ago), fmt.Sprint("k", i)))
		}
		for n := range 2 {
			got, err := r.RecordBatch(t.Context(), ps)
			require.NoError(t, err)
			for i := range got {
				require.NoError(t, got[i].Err)
				require.Equal(t, n == 1, got[i].Replayed)
				require.Equal(t, ps[i].OccurredAt, got[i].Punch.OccurredAt, "at its own place")
			}
		}
		measured, err := registry.Gather()
		require.NoError(t, err)
		gathered := -1.
		for _, m := range measured {
			if m.GetName() == "hadir_recorder_batch_size" {
				gathered = m.GetMetric()[0].GetHistogram().GetSampleSum()
			}
		}
		require.EqualValues(t, 2, gathered, "only the punches of now")
	})
}

func TestTheRecorderDrains(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 50)
		r := days.NewRecorder(b.all.Days, store.RecorderOptions{MaxBatch: 8})
		results := make(chan error, len(es))
		for _, e := range es {
			go func() {
				_, err := r.Record(t.Context(), punch(e, attendance.In, start, "k"))
				results <- err
			}()
		}
		// Run begins when the context has ended: what was accepted before is written all the same.
		ctx, cancel := context.WithCancel(t.Context())
		require.Eventually(t, func() bool { return r.Waiting() == len(es) }, 10*time.Second, time.Millisecond)
		cancel()
		require.ErrorIs(t, r.Run(ctx), context.Canceled)
		for range es {
			require.NoError(t, <-results)
		}
		announced := 0
		for _, row := range b.left() {
			var p task.Broadcast
			require.NoError(t, json.Unmarshal(row.Payload, &p))
			announced += len(p.Days)
		}
		require.Equal(t, len(es), announced)
		_, err := r.Record(t.Context(), punch(es[0], attendance.Out, start, "late"))
		require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err), "a stopped recorder says so")
	})
}

func TestACallerThatGivesUpFailsNobodyElse(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		_, es := b.company(t, 2)
		r := days.NewRecorder(b.all.Days, store.RecorderOptions{})
		gone, giveUp := context.WithCancel(t.Context())
		giveUp()
		_, err := r.Record(gone, punch(es[0], attendance.In, start, "k"))
		require.Equal(t, attendance.CodeUnavailable, attendance.CodeOf(err))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = r.Run(ctx) }()
		_, err = r.Record(t.Context(), punch(es[1], attendance.In, start, "k"))
		require.NoError(t, err)
		again, err := r.Record(t.Context(), punch(es[0], attendance.In, start, "k"))
		require.NoError(t, err)
		require.True(t, again.Replayed, "the abandoned punch was accepted, and its key finds it")
		cancel()
		<-done
	})
}
