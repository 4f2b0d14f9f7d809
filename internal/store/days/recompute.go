package days

import (
	"context"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/store/begins"
	"hadir/internal/store/company"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// recomputeRows is how many days one transaction of RecomputeDays looks at, of at most closeChunk employees, so that
// their locks are short.
const recomputeRows = 2048

// RecomputeDays computes the days of the given employees for from..to again, in transactions of some rows, and
// leaves tasks that announce those that changed. A day comes into being where it has punches, and on every date that is
// over and that its branch closes; a stored day whose punches moved to another date becomes what the plan says. A
// branch that a day leaves counts its recap again.
func (s *Days) RecomputeDays(ctx context.Context, employeeIDs []int64, from, to attendance.Date) (changed int,
	err error) {
	ids := slices.Clone(employeeIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if from > to {
		return 0, nil
	}
	per := min(closeChunk, max(1, recomputeRows/int(to-from+1)))
	changed, err = s.inChunks(ctx, ids, per, func(ctx context.Context, chunk []int64) (n int, err error) {
		var left []task.Outboxed
		err = s.db.Pipelined(ctx, func(ctx context.Context, p *db.Pipeline) error {
			again, err := s.recompute(ctx, p, chunk, from, to)
			if err != nil {
				return err
			}
			quiet, err := s.recapsAgain(ctx, again.recount)
			if err != nil {
				return err
			}
			quiet = append(quiet, dayrows.Bulk(s.db, again.closed)...)
			quiet = append(quiet, reviews.Followed(s.db.Builder(), again.moved)...)
			n = len(again.changed) + len(again.closed)
			left, _, err = s.commitDays(ctx, p, again.changed, nil, quiet...)
			return err
		})
		if err == nil {
			s.ledger.HandOver(left)
		}
		return n, err
	})
	return changed, db.Failed("recompute days", err)
}

// computedAgain is what computing days again comes to, with the versions raised. Of the closed ones nobody is told, as
// when a branch closes a date; its recap is.
type computedAgain struct {
	changed []attendance.Day // come out differently, or have punches
	closed  []attendance.Day // without punches, on dates that were over before they were asked for
	recount []RecapDue       // whose recaps count other days now, besides those of the changed ones
	moved   []reviews.Moved  // days that go to another branch
}

// follow notes a day that goes to another branch. The dates of an employee come in their order.
func (c *computedAgain) follow(employee int64, d attendance.Date, branch int64) {
	if n := len(c.moved) - 1; n >= 0 {
		if m := &c.moved[n]; m.EmployeeID == employee && m.BranchID == branch && m.To+1 == d {
			m.To = d
			return
		}
	}
	c.moved = append(c.moved, reviews.MovedDay(employee, d, branch))
}

func (s *Days) recompute(ctx context.Context, p *db.Pipeline, ids []int64, from, to attendance.Date) (out computedAgain,
	err error) {
	in := inputs{}
	if in.rosters, err = s.plans.LockRosters(ctx, p, ids, attendance.Dates{From: from, To: to}); err != nil {
		return out, err
	}
	if len(in.rosters) == 0 {
		return out, nil
	}
	in.shareWindows()
	var recapped []begins.Span
	err = p.Fetch(ctx,
		in.hear(s, ids, from.AddDays(-heardAround).UTC(), to.AddDays(heardAround).UTC()),
		in.recall(s, "employee_id IN (?) AND work_date BETWEEN ? AND ?", bun.List(ids), from, to),
		db.Fetch{Query: begins.Spans(s.db.Builder(), branchesOf(in.rosters)),
			Read: db.ScanInto(s.db.Builder(), &recapped)})
	if err != nil {
		return out, err
	}
	closed := make(map[int64]begins.Span, len(recapped))
	for _, r := range recapped {
		closed[r.BranchID] = r
	}
	in.settle()
	now := s.db.Clock.Now()
	for _, id := range ids {
		er, ok := in.rosters[id]
		if !ok {
			continue
		}
		for d := from; d <= to; d++ {
			before := in.stored[dayKey{id, d}]
			day := er.Employee.Day(er.Roster, d, in.around(id, d), now)
			counted := er.Employee.MayPunch(d) && er.Roster.Over(d, now) &&
				closed[er.Roster.On(d).Branch.ID].Holds(attendance.Dates{From: d, To: d})
			if before == nil && day.PunchCount == 0 && !counted {
				continue // nobody was expected, or the branch's recap will look at the date first
			}
			if before != nil && before.Says(&day) {
				continue
			}
			if er.Roster.Locked(d) {
				if before == nil {
					continue // it was settled that nothing was there
				}
				if day, ok = before.Domain().Settled(); !ok {
					continue
				}
			}
			day.Version, day.UpdatedAt = 1, now
			switch {
			case before != nil:
				if day.BranchID != before.BranchID {
					out.recount = append(out.recount, RecapDue{before.BranchID, d})
					out.follow(id, d, day.BranchID)
				}
				day.Version = before.Version + 1
			case day.PunchCount == 0:
				out.recount = append(out.recount, RecapDue{day.BranchID, d})
				out.closed = append(out.closed, day)
				continue
			}
			out.changed = append(out.changed, day)
		}
	}
	return out, nil
}

// branchesOf returns the branches that rosters name.
func branchesOf(rosters map[int64]*company.EmployeeRoster) []int64 {
	var ids []int64
	for _, er := range rosters {
		for i := range er.Roster.Places {
			ids = append(ids, er.Roster.Places[i].Branch.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// beginBefore makes branches close dates that have days before their first recap.
func (s *Recaps) beginBefore(ctx context.Context, days []RecapDue) error {
	earlier := begins.Dates{}
	for _, d := range days {
		if d.WorkDate >= s.begins.Limit() {
			earlier.Lower(begins.Row{BranchID: d.BranchID, FromDate: d.WorkDate})
		}
	}
	if err := earlier.BeforeRecaps(ctx, s.db.Read()); err != nil || len(earlier) == 0 {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.begins.Lower(ctx, tx, earlier) })
}
