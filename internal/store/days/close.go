package days

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// closeChunk is how many employees' days one transaction closes, so that their locks are short.
const closeChunk = 500

// CloseDays gives every employee of a branch a final day for a work date that is over: absent, incomplete, on leave,
// holiday or day off where punches do not say otherwise. These are the people who belonged to the branch on that date,
// and whoever has a day of it. It returns how many days it wrote. Running it again writes what changed since. Nobody is
// told of single days: a recap is announced as a whole.
func (s *Days) CloseDays(ctx context.Context, branchID int64, d attendance.Date) (int, error) {
	var ids []int64
	err := s.db.Read().
		NewRaw("SELECT e.id FROM employees AS e JOIN ("+company.MemberQuery()+`) AS w ON w.employee_id = e.id
WHERE (e.hired_on IS NULL OR e.hired_on <= ?1) AND (e.left_on >= ?1 OR e.left_on IS NULL AND e.status = ?2)
UNION
SELECT a.employee_id FROM attendances AS a WHERE a.branch_id = ?0 AND a.work_date = ?1
ORDER BY id`, branchID, d, attendance.EmployeeActive).
		Scan(ctx, &ids)
	if err != nil {
		return 0, db.Failed("close days", err)
	}
	return s.closeAll(ctx, ids, RecapDue{WorkDate: d})
}

// CloseRest closes what is still open of a date that a branch recapped: the days of people who got a later shift, or
// came to the branch with one, after the recap and before that shift's window closed. It is for the time when the next
// date is recapped, since every window of a date is closed by then. The recap is counted again where it wrote
// something.
func (s *Days) CloseRest(ctx context.Context, branchID int64, d attendance.Date) (int, error) {
	var ids []int64
	err := s.db.Read().
		NewRaw("SELECT e.id FROM employees AS e JOIN ("+company.MemberQuery()+`) AS w ON w.employee_id = e.id
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
	for chunk := range slices.Chunk(ids, closeChunk) {
		n := 0
		err := s.db.Pipelined(ctx, func(ctx context.Context, p *db.Pipeline) (err error) {
			n, err = s.closeDays(ctx, p, chunk, date)
			return err
		})
		if err != nil {
			return written, db.Failed("close days", err)
		}
		written += n
	}
	return written, nil
}

func (s *Days) closeDays(ctx context.Context, p *db.Pipeline, ids []int64, date RecapDue) (int, error) {
	d := date.WorkDate
	rosters, err := s.plans.LockRosters(ctx, p, ids, attendance.Dates{From: d, To: d})
	if err != nil {
		return 0, err
	}
	var from, to time.Time
	for _, er := range rosters {
		f, t := er.Roster.PunchRange(d)
		if from.IsZero() || f.Before(from) {
			from = f
		}
		if t.After(to) {
			to = t
		}
	}
	var punchRows []punchRow
	var dayRows []DayRow
	err = p.Fetch(
		ctx,
		s.punchesBetween(ids, from.Add(-attendance.DuplicateWithin), to, &punchRows),
		db.Fetch{
			Query: s.db.Builder().NewSelect().Model((*DayRow)(nil)).Where("work_date = ? AND employee_id IN (?)", d,
				bun.List(ids)),
			Read: db.ScanInto(s.db.Builder(), &dayRows),
		},
	)
	if err != nil {
		return 0, err
	}
	punches := map[int64][]attendance.Punch{}
	for i := range punchRows {
		punches[punchRows[i].EmployeeID] = append(punches[punchRows[i].EmployeeID], punchRows[i].domain())
	}
	stored := make(map[int64]attendance.Day, len(dayRows))
	for i := range dayRows {
		stored[dayRows[i].EmployeeID] = dayRows[i].Domain()
	}
	now := s.db.Clock.Now()
	var changed []attendance.Day
	var moved []RecapDue
	for _, id := range ids {
		er, ok := rosters[id]
		if !ok {
			continue
		}
		if er.Roster.Locked(d) {
			continue
		}
		day := er.Employee.Day(er.Roster, d, punches[id], now)
		before, exists := stored[id]
		if exists {
			day.Version, day.UpdatedAt = before.Version, before.UpdatedAt
			if sameDay(before, day) {
				continue
			}
			if before.BranchID != day.BranchID {
				moved = append(moved, RecapDue{before.BranchID, d}, RecapDue{day.BranchID, d})
			}
		}
		day.Version, day.UpdatedAt = before.Version+1, now
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
	_, err = p.Commit(ctx, append(again, s.upsertDays(changed))...)
	return len(changed), err
}
