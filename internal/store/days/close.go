package days

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"
	"hadir/internal/store/reviews"

	"golang.org/x/sync/errgroup"
)

// closeChunk is how many employees' days one transaction closes, so that their locks are short.
const closeChunk = 500

// CloseDays gives every employee of a branch a final day for a work date that is over: absent, incomplete, on leave,
// holiday or day off where punches do not say otherwise. These are the people who belonged to the branch on that date,
// and whoever has a day of it. It returns how many days it wrote. Running it again writes what changed since. Nobody is
// told of single days: a recap is announced as a whole.
func (s *Days) CloseDays(ctx context.Context, branchID int64, d attendance.Date) (int, error) {
	var ids, stored []int64
	err := s.db.Read().
		NewRaw("SELECT e.id FROM employees AS e JOIN ("+employments.Members()+`) AS w ON w.employee_id = e.id
WHERE (e.hired_on IS NULL OR e.hired_on <= ?1) AND (e.left_on >= ?1 OR e.left_on IS NULL AND e.status = ?2)`,
			branchID, d, attendance.EmployeeActive).Scan(ctx, &ids)
	if err == nil { // not by UNION, which would sort both
		err = s.db.Read().NewSelect().Table("attendances").Column("employee_id").
			Where("branch_id = ? AND work_date = ?", branchID, d).Scan(ctx, &stored)
	}
	if err != nil {
		return 0, db.Failed("close days", err)
	}
	ids = append(ids, stored...)
	slices.Sort(ids)
	return s.closeAll(ctx, slices.Compact(ids), RecapDue{WorkDate: d})
}

// CloseRest closes what is still open of a date that a branch recapped: the days of people who got a later shift, or
// came to the branch with one, after the recap and before that shift's window closed. It is for the time when the next
// date is recapped, since every window of a date is closed by then. The recap is counted again where it wrote
// something.
func (s *Days) CloseRest(ctx context.Context, branchID int64, d attendance.Date) (int, error) {
	var ids []int64
	err := s.db.Read().
		NewRaw("SELECT e.id FROM employees AS e JOIN ("+employments.Members()+`) AS w ON w.employee_id = e.id
JOIN recaps AS r ON r.branch_id = ?0 AND r.work_date = ?1
LEFT JOIN attendances AS a ON a.employee_id = e.id AND a.work_date = ?1
WHERE (e.hired_on IS NULL OR e.hired_on <= ?1) AND (e.left_on >= ?1 OR e.left_on IS NULL AND e.status = ?2)
  AND (a.employee_id IS NULL OR a.status = ?3 OR a.inside <> 0 AND a.status <> ?4)
ORDER BY e.id`, branchID, d, attendance.EmployeeActive, attendance.StatusPending, attendance.StatusIncomplete).
		Scan(ctx, &ids)
	if err != nil {
		return 0, db.Failed("close days", err)
	}
	return s.closeAll(ctx, ids, RecapDue{branchID, d})
}

// closeAll closes a date for some employees, in transactions of a few hundred rows. With a branch its recap is counted
// again where something changed.
func (s *Days) closeAll(ctx context.Context, ids []int64, date RecapDue) (written int, err error) {
	written, err = s.inChunks(ctx, ids, closeChunk, func(ctx context.Context, chunk []int64) (n int, err error) {
		err = s.db.Pipelined(ctx, func(ctx context.Context, p *db.Pipeline) (err error) {
			n, err = s.closeDays(ctx, p, chunk, date)
			return err
		})
		return n, err
	})
	return written, db.Failed("close days", err)
}

// inChunks gives a function the ids a few at a time, and adds up what it returns. MySQL is given two chunks at a time:
// while it reads and writes one, the days of the other are computed.
func (s *Days) inChunks(ctx context.Context, ids []int64, size int,
	do func(ctx context.Context, chunk []int64) (int, error)) (int, error) {
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	if s.db.SQLite() {
		group.SetLimit(1) // it has one writer
	}
	for chunk := range slices.Chunk(ids, size) {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			n, err := do(ctx, chunk)
			if err == nil {
				done.Add(int64(n))
			}
			return err
		})
	}
	err := group.Wait()
	return int(done.Load()), err
}

func (s *Days) closeDays(ctx context.Context, p *db.Pipeline, ids []int64, date RecapDue) (int, error) {
	d := date.WorkDate
	in := inputs{}
	var err error
	if in.rosters, err = s.plans.LockRosters(ctx, p, ids, attendance.Dates{From: d, To: d}); err != nil {
		return 0, err
	}
	in.shareWindows()
	var from, to time.Time
	for _, er := range in.rosters {
		f, t := er.Roster.PunchRange(d)
		if from.IsZero() || f.Before(from) {
			from = f
		}
		if t.After(to) {
			to = t
		}
	}
	err = p.Fetch(ctx, in.hear(s, ids, from.Add(-attendance.DuplicateWithin), to),
		in.recall(s, "work_date = ? AND ?", d, db.Among("employee_id", ids)))
	if err != nil {
		return 0, err
	}
	in.settle()
	now := s.db.Clock.Now()
	changed := make([]attendance.Day, 0, len(ids))
	var moved []RecapDue
	var follow []reviews.Moved
	for _, id := range ids {
		er, ok := in.rosters[id]
		if !ok || er.Roster.Locked(d) {
			continue
		}
		day := er.Employee.Day(er.Roster, d, in.punches[id], now)
		day.Version, day.UpdatedAt = 1, now
		if before := in.stored[dayKey{id, d}]; before != nil {
			if before.Says(&day) {
				continue
			}
			if before.BranchID != day.BranchID {
				moved = append(moved, RecapDue{before.BranchID, d}, RecapDue{day.BranchID, d})
				follow = append(follow, reviews.MovedDay(id, d, day.BranchID))
			}
			day.Version = before.Version + 1
		}
		changed = append(changed, day)
	}
	if len(changed) == 0 {
		_, err = p.Commit(ctx)
		return 0, err
	}
	if date.BranchID != 0 {
		moved = append(moved, date)
	}
	again, err := s.recapsAgain(ctx, moved)
	if err != nil {
		return 0, err
	}
	_, err = p.Commit(ctx, slices.Concat(again, reviews.Followed(s.db.Builder(), follow),
		dayrows.Bulk(s.db, changed))...)
	return len(changed), err
}
