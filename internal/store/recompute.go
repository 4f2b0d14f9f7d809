package store

import (
	"context"
	"reflect"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// recomputeRows is how many days one transaction of RecomputeDays looks at, so that the employees' locks are short.
const recomputeRows = 512

// RecomputeDays computes the days of the given employees for from..to again, in transactions of a few hundred rows, and
// returns outbox rows for those that changed. A day comes into being where it has punches; a stored day whose punches
// moved to another date becomes what the plan says.
func (s *Store) RecomputeDays(ctx context.Context, employeeIDs []int64, from, to attendance.Date) (changed int, rows []task.Outboxed, err error) {
	ids := slices.Clone(employeeIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if from > to {
		return 0, nil, nil
	}
	per := max(1, recomputeRows/int(to-from+1))
	for chunk := range slices.Chunk(ids, per) {
		var days []attendance.Day
		var out []task.Outboxed
		err := s.write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			if days, err = s.recompute(ctx, tx, chunk, from, to); err != nil {
				return err
			}
			if err = upsertDays(ctx, s, tx, days); err != nil {
				return err
			}
			out, err = s.insertBroadcasts(ctx, tx, days, nil)
			return err
		})
		if err != nil {
			return changed, rows, failed("recompute days", err)
		}
		changed += len(days)
		rows = append(rows, out...)
	}
	return changed, rows, nil
}

// recompute returns the days that come out differently, with their versions raised.
func (s *Store) recompute(ctx context.Context, tx bun.Tx, ids []int64, from, to attendance.Date) ([]attendance.Day, error) {
	es, err := s.employeesByID(ctx, tx, ids, true)
	if err != nil {
		return nil, err
	}
	ref, err := s.reference(ctx, tx)
	if err != nil {
		return nil, err
	}
	rosters, err := rostersOf(ctx, tx, ref, es, from, to)
	if err != nil {
		return nil, err
	}
	punches := map[int64][]attendance.Punch{}
	// Windows reach at most three dates past their own, zones less than a day.
	if err := s.punchesBetween(ctx, tx, ids, from.AddDays(-2).UTC(), to.AddDays(5).UTC(), punches); err != nil {
		return nil, err
	}
	stored := map[dayKey]attendance.Day{}
	byDate := map[attendance.Date][]int64{}
	for d := from; d <= to; d++ {
		byDate[d] = ids
	}
	if err := daysOf(ctx, tx, byDate, stored); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var out []attendance.Day
	for i := range es {
		id := es[i].ID
		for d := from; d <= to; d++ {
			before, exists := stored[dayKey{id, d}]
			day := rosters[id].Roster.Day(id, d, punches[id], now)
			if !exists && day.PunchCount == 0 {
				continue
			}
			day.Version, day.UpdatedAt = before.Version, before.UpdatedAt
			if exists && sameDay(before, day) {
				continue
			}
			day.Version, day.UpdatedAt = before.Version+1, now
			out = append(out, day)
		}
	}
	return out, nil
}

// sameDay compares all that a day says; instants by what they are, not by how they are held.
func sameDay(a, b attendance.Day) bool {
	for _, p := range []**time.Time{&a.ShiftStart, &a.ShiftEnd, &a.WindowOpens, &a.WindowCloses, &a.FirstIn, &a.LastOut,
		&b.ShiftStart, &b.ShiftEnd, &b.WindowOpens, &b.WindowCloses, &b.FirstIn, &b.LastOut} {
		if *p != nil {
			t := micro(**p)
			*p = &t
		}
	}
	return reflect.DeepEqual(a, b)
}
