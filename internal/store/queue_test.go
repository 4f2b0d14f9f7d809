package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

func TestOutboxClaims(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		n, oldest, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Zero(t, n)
		require.True(t, oldest.IsZero())

		row := func(i int, age time.Duration) task.Outboxed {
			return task.Outboxed{ID: int64(i), Kind: task.AttendanceBroadcast,
				Payload: []byte(fmt.Sprintf(`{"v":1,"x":"\\u0000 '%d' ☀"}`, i)),
				Trace:   "abc", CreatedAt: start.Add(-age)}
		}
		rows := []task.Outboxed{row(1, 20*time.Second), row(2, 30*time.Second), row(3, 4*time.Second),
			row(4, 10*time.Second)}
		require.NoError(t, b.PutOutbox(ctx, rows...))
		n, oldest, err = b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Equal(t, 4, n)
		require.Equal(t, start.Add(-30*time.Second), oldest)

		claim := func(limit int) []task.Outboxed {
			got, err := b.ClaimOutbox(ctx, b.clock.Now().Add(-5*time.Second), b.clock.Now().Add(time.Minute), limit)
			require.NoError(t, err)
			return got
		}
		require.Equal(t, []task.Outboxed{rows[1], rows[0]}, claim(2), "oldest first, with everything in them")
		require.Equal(t, []task.Outboxed{rows[3]}, claim(10), "the young one waits")
		require.Empty(t, claim(10))
		require.NoError(t, b.DeleteOutbox(ctx, []int64{2, 99}))
		b.clock.Advance(time.Minute)
		require.Equal(t, []task.Outboxed{rows[0], rows[3], rows[2]}, claim(10), "claims end")
		require.NoError(t, b.DeleteOutbox(ctx, nil))
		require.NoError(t, b.DeleteOutbox(ctx, []int64{1, 3, 4}))
		n, _, err = b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Zero(t, n)

		require.NoError(t, b.PutOutbox(ctx, task.Outboxed{Kind: "x", Payload: []byte("{}"), CreatedAt: start}))
		require.Greater(t, claim(1)[0].ID, int64(4), "an id is never used again")
	})
}

func TestTwoRelaysNeverClaimTheSameRow(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		rows := make([]task.Outboxed, 600)
		for i := range rows {
			rows[i] = task.Outboxed{Kind: "x", Payload: []byte("{}"), CreatedAt: start.Add(-time.Hour)}
		}
		require.NoError(t, b.PutOutbox(ctx, rows...))
		relays := []*rooms{b.rooms, b.rooms, b.another(t), b.another(t)}
		type result struct {
			ids []int64
			err error
		}
		results := make(chan result, len(relays))
		for _, s := range relays {
			go func() {
				var r result
				for {
					got, err := s.ClaimOutbox(ctx, start, start.Add(time.Hour), 7)
					if err != nil || len(got) == 0 {
						r.err = err
						results <- r
						return
					}
					for _, o := range got {
						r.ids = append(r.ids, o.ID)
					}
				}
			}()
		}
		var ids []int64
		for range relays {
			r := <-results
			require.NoError(t, r.err)
			ids = append(ids, r.ids...)
		}
		// Skipping rows that are locked, one relay may end before the others have claimed theirs; all are claimed all
		// the same.
		slices.Sort(ids)
		require.Len(t, slices.Compact(slices.Clone(ids)), len(ids), "none twice")
		require.Len(t, ids, len(rows), "none left")
	})
}

func TestOutcomes(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		add := func(minute time.Time, q task.Queue, k task.Kind, n int64) task.Outcome {
			return task.Outcome{Minute: minute, Queue: q, Kind: k, Succeeded: n, Died: 1, Retried: 2 * n}
		}
		other := b.another(t)
		done := make(chan error, 20)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() {
				os := []task.Outcome{add(start, "critical", "a", 1), add(start, "default", "b", 2),
					add(start.Add(30*time.Second), "critical", "a", 3),
					add(start.Add(-time.Minute), "critical", "a", 100)}
				if i%3 == 0 {
					slices.Reverse(os)
				}
				done <- s.AddOutcomes(ctx, os)
			}()
		}
		for range cap(done) {
			require.NoError(t, <-done)
		}
		require.NoError(t, b.AddOutcomes(ctx, nil))
		got, err := b.Outcomes(ctx, start.Add(20*time.Second))
		require.NoError(t, err)
		require.Equal(t, []task.Outcome{{Queue: "critical", Kind: "a", Succeeded: 80, Died: 40, Retried: 160},
			{Queue: "default", Kind: "b", Succeeded: 40, Died: 20, Retried: 80}}, got)
		got, err = b.Outcomes(ctx, start.Add(time.Minute))
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestDeadLetters(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		letter := func(i int) task.DeadLetter {
			return task.DeadLetter{TaskID: fmt.Sprint("outbox:", i), Queue: task.QueueCritical,
				Kind:    task.AttendanceBroadcast,
				Payload: []byte(`{"v":1}`), Error: "boom \x00 💥", Attempts: 11,
				DiedAt: start.Add(123456789 * time.Nanosecond)}
		}
		var ids []int64
		for i := range 5 {
			id, created, err := b.SaveDeadLetter(ctx, letter(i))
			require.NoError(t, err)
			require.True(t, created)
			again, created, err := b.SaveDeadLetter(ctx, letter(i))
			require.NoError(t, err)
			require.False(t, created)
			require.Equal(t, id, again)
			ids = append(ids, id)
		}
		later := letter(0)
		later.DiedAt = later.DiedAt.Add(time.Hour)
		id, created, err := b.SaveDeadLetter(ctx, later)
		require.NoError(t, err)
		require.True(t, created, "the same task died again")
		ids = append(ids, id)

		announced := b.left()
		require.Len(t, announced, 6, "each letter once")
		require.Equal(t, task.DeadNotify, announced[0].Kind)
		require.JSONEq(t, fmt.Sprintf(`{"v":1,"id":%d}`, ids[0]), string(announced[0].Payload))
		for _, row := range announced {
			require.NoError(t, b.DeleteOutbox(ctx, []int64{row.ID}))
		}

		by := store.Actor{UserID: 7, Address: "10.0.0.7"}
		require.NoError(t, b.RetryDeadLetter(ctx, ids[1], by))
		left := b.left()
		require.Len(t, left, 1)
		require.Positive(t, left[0].ID)
		require.Equal(t, letter(1).Payload, left[0].Payload)
		claimed, err := b.ClaimOutbox(ctx, start.Add(time.Second), start.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Equal(t, left, claimed)
		require.NoError(t, b.DiscardDeadLetter(ctx, ids[2], store.Actor{UserID: 8, Address: "10.0.0.8"}, "sudah basi"))
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(b.RetryDeadLetter(ctx, ids[2], by)))
		require.Equal(t, attendance.CodeConflict, attendance.CodeOf(b.DiscardDeadLetter(ctx, ids[1], by, "")))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(b.DiscardDeadLetter(ctx, 999, by, "")))
		n, _, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n, "refused retries leave nothing in the outbox")

		list := func(st task.DeadState) []task.DeadLetter {
			return slices.Concat(pages(t, func(c string) ([]task.DeadLetter, string, error) {
				return b.DeadLetters(ctx, store.DeadLetterFilter{State: st, Limit: 2, Cursor: c})
			})...)
		}
		all := list("")
		require.Len(t, all, 6)
		for i, d := range all {
			require.Equal(t, ids[5-i], d.ID, "newest first")
		}
		require.Len(t, list(task.DeadOpen), 4)
		require.Equal(t, task.DeadLetter{ID: ids[2], TaskID: "outbox:2", Queue: task.QueueCritical,
			Kind:    task.AttendanceBroadcast,
			Payload: []byte(`{"v":1}`), Error: "boom  💥", Attempts: 11, DiedAt: start.Add(123456 * time.Microsecond),
			State:  task.DeadDiscarded,
			Reason: "sudah basi", DecidedBy: 8, DecidedAt: &start}, list(task.DeadDiscarded)[0])
		require.Equal(t, int64(7), list(task.DeadRetried)[0].DecidedBy)

		var audited []string
		require.NoError(t, b.Query(ctx, &audited, `
			SELECT CONCAT(action, ' ', user_id, ' ', address) FROM audit_log WHERE table_name = 'dead_letters'
			ORDER BY id`))
		require.Equal(t, []string{"dead_letter.retried 7 10.0.0.7", "dead_letter.discarded 8 10.0.0.8"}, audited)
	})
}

func TestALetterIsRetriedOnce(t *testing.T) {
	conform(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		id, _, err := b.SaveDeadLetter(ctx, task.DeadLetter{TaskID: "x", Kind: task.DeadNotify, DiedAt: start})
		require.NoError(t, err)
		other := b.another(t)
		done := make(chan error, 8)
		for i := range cap(done) {
			s := b.rooms
			if i%2 == 0 {
				s = other
			}
			go func() {
				done <- s.RetryDeadLetter(ctx, id, store.Actor{UserID: 1})
			}()
		}
		won := 0
		for range cap(done) {
			switch err := <-done; attendance.CodeOf(err) {
			case "":
				won++
			case attendance.CodeConflict:
			default:
				t.Error(err)
			}
		}
		require.Equal(t, 1, won)
		n, _, err := b.OutboxBacklog(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}
