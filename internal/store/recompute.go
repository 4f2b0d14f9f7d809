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
// leaves tasks that announce those that changed. A day comes into being where it has punches; a stored day whose punches
// moved to another date becomes what the plan says.
func (s *Store) RecomputeDays(ctx context.Context, employeeIDs []int64, from, to attendance.Date) (changed int, err error) {
	ids := slices.Clone(employeeIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if from > to {
		return 0, nil
	}
	per := max(1, recomputeRows/int(to-from+1))
	for chunk := range slices.Chunk(ids, per) {
		var days []attendance.Day
		var left []task.Outboxed
		err := s.pipelined(ctx, func(ctx context.Context, p *pipeline) (err error) {
			if days, err = s.recompute(ctx, p, chunk, from, to); err == nil {
				left, _, err = p.commitDays(ctx, days, nil)
			}
			return err
		})
		if err != nil {
			return changed, failed("recompute days", err)
		}
		s.handOver(left)
		changed += len(days)
	}
	return changed, nil
}

// recompute returns the days that come out differently, with their versions raised.
func (s *Store) recompute(ctx context.Context, p *pipeline, ids []int64, from, to attendance.Date) ([]attendance.Day, error) {
	rosters, err := p.lockRosters(ctx, ids, from, to)
	if err != nil {
		return nil, err
	}
	var punchRows []punchRow
	var dayRows []dayRow
	err = p.fetch(ctx,
		// Windows with the hours after them reach at most three dates past their own, zones less than a day.
		s.punchesBetween(ids, from.AddDays(-5).UTC(), to.AddDays(5).UTC(), &punchRows),
		fetch{s.writer.NewSelect().Model((*dayRow)(nil)).Where("employee_id IN (?)", bun.List(ids)).
			Where("work_date BETWEEN ? AND ?", from, to), scanInto(s.writer, &dayRows)})
	if err != nil {
		return nil, err
	}
	punches := map[int64][]attendance.Punch{}
	for i := range punchRows {
		punches[punchRows[i].EmployeeID] = append(punches[punchRows[i].EmployeeID], punchRows[i].domain())
	}
	stored := make(map[dayKey]attendance.Day, len(dayRows))
	for i := range dayRows {
		stored[dayKey{dayRows[i].EmployeeID, dayRows[i].WorkDate}] = dayRows[i].domain()
	}
	now := s.clock.Now()
	var out []attendance.Day
	for _, id := range ids {
		er, ok := rosters[id]
		if !ok {
			continue
		}
		for d := from; d <= to; d++ {
			before, exists := stored[dayKey{id, d}]
			day := er.Roster.Day(id, d, punches[id], now)
			if !exists && day.PunchCount == 0 {
				continue
			}
			day.Version, day.UpdatedAt = before.Version, before.UpdatedAt
			if exists && sameDay(before, day) {
				continue
			}
			if er.Roster.Branch.Locked(d) {
				if !exists {
					continue // it was settled that nothing was there
				}
				if day, ok = before.Settled(); !ok {
					continue
				}
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
