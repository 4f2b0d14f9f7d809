package lists

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Latest lists the days of the branches' own today (nil: of all branches) on which something was punched last, each
// with that punch, the latest first. Yesterday's day counts while its window is open, as in Today. It
// takes two queries per date that is today somewhere, and two for names and punches.
func (s *Lists) Latest(ctx context.Context, branchIDs []int64, limit int, now time.Time) ([]attendance.Entry, error) {
	if company.Nobody(branchIDs) {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("list latest punches", err)
	}
	var kept []dayrows.Row
	seen := map[entryKey]bool{}
	for _, g := range groupByDate(ref, ref.SelectBranches(branchIDs), now) {
		// Who was punched last stands at the end of one order or the other: a way in after a way out is in no
		// column, and days that are computed again by the thousand are no news.
		for _, order := range []string{"COALESCE(a.last_out, a.first_in) DESC", "a.updated_at DESC"} {
			rows, err := s.latestDays(ctx, g, order, limit)
			if err != nil {
				return nil, db.Failed("list latest punches", err)
			}
			for _, row := range rows {
				if key := (entryKey{row.EmployeeID, row.WorkDate}); !seen[key] {
					seen[key] = true
					kept = append(kept, row)
				}
			}
		}
	}
	entries, err := s.entries(ctx, kept)
	if err == nil {
		err = s.addLastPunch(ctx, entries)
	}
	if err != nil {
		return nil, db.Failed("list latest punches", err)
	}
	entries = slices.DeleteFunc(entries, func(e attendance.Entry) bool {
		b := ref.Branches[e.BranchID]
		return b == nil || e.LastPunch == nil ||
			attendance.DateOf(e.LastPunch.OccurredAt, b.Location) != b.Today(now) && !open(e.Day, now)
	})
	slices.SortFunc(entries, func(a, b attendance.Entry) int {
		return cmp.Or(b.LastPunch.OccurredAt.Compare(a.LastPunch.OccurredAt),
			cmp.Compare(b.LastPunch.ID, a.LastPunch.ID))
	})
	return entries[:min(len(entries), limit)], nil
}

// latestDays reads the first days in an order on which something was punched.
func (s *Lists) latestDays(ctx context.Context, g dateGroup, order string, limit int) (rows []dayrows.Row, err error) {
	err = s.db.Read().NewSelect().Model(&rows).Where("a.punch_count > 0").
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("(a.work_date = ? AND a.branch_id IN (?))", g.date, bun.List(g.branchIDs))
			if len(g.late) > 0 {
				q = q.WhereOr("(a.work_date = ? AND a.branch_id IN (?))", g.date.AddDays(-1), bun.List(g.late))
			}
			return q
		}).OrderExpr(order).Limit(int64(limit)).Scan(ctx)
	return rows, err
}

// addLastPunch tells of each day which punch was recorded last for it, in one query for all.
func (s *Lists) addLastPunch(ctx context.Context, entries []attendance.Entry) error {
	byEmployee := map[int64][]candidate{}
	var zones attendance.Zones
	var first, last time.Time
	for i := range entries {
		e := &entries[i]
		if e.PunchCount == 0 {
			continue
		}
		from, to := punchSpan(&e.Day, &zones)
		if len(byEmployee) == 0 {
			first, last = from, to
		}
		first, last = earlier(first, from), later(last, to)
		byEmployee[e.EmployeeID] = append(byEmployee[e.EmployeeID], candidate{e, from, to})
	}
	if len(byEmployee) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(byEmployee))
	for id := range byEmployee {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var punches []struct {
		ID         int64                `bun:"id"`
		EmployeeID int64                `bun:"employee_id"`
		Direction  attendance.Direction `bun:"direction"`
		OccurredAt time.Time            `bun:"occurred_at"`
	}
	err := s.db.Read().NewSelect().TableExpr("punches AS p").Column("p.id", "p.employee_id", "p.direction",
		"p.occurred_at").
		Where("p.employee_id IN (?)", bun.List(ids)).Where("p.occurred_at BETWEEN ? AND ?", first, last).
		Where("p.duplicate_of IS NULL").
		Where("NOT EXISTS (SELECT 1 FROM punch_voids AS v WHERE v.punch_id = p.id)").Scan(ctx, &punches)
	if err != nil {
		return err
	}
	for _, p := range punches {
		at := p.OccurredAt.UTC()
		for _, c := range byEmployee[p.EmployeeID] {
			e := c.entry
			if at.Before(c.from) || at.After(c.to) || e.LastPunch != nil && e.LastPunch.ID > p.ID {
				continue
			}
			e.LastPunch = &attendance.LastPunch{ID: p.ID, Direction: meaning(p.Direction, at, &e.Day), OccurredAt: at}
		}
	}
	return nil
}

// candidate is a day to which the punches of a span may belong.
type candidate struct {
	entry    *attendance.Entry
	from, to time.Time
}

// meaning is what the day made of a punch whose terminal does not say.
func meaning(d attendance.Direction, at time.Time, day *attendance.Day) attendance.Direction {
	switch {
	case d != attendance.Undetermined:
		return d
	case day.FirstIn != nil && at.Equal(*day.FirstIn):
		return attendance.In
	}
	return attendance.Out
}

// punchSpan is the time in which the punches of a day lie: its window and its date, and the last out where that came
// later.
func punchSpan(d *attendance.Day, zones *attendance.Zones) (from, to time.Time) {
	zone := zones.Of(d.Zone)
	from, to = d.WorkDate.At(0, zone), d.WorkDate.AddDays(1).At(0, zone)
	if d.WindowOpens != nil && d.WindowCloses != nil {
		from, to = *d.WindowOpens, *d.WindowCloses
	}
	if d.FirstIn != nil {
		from, to = earlier(from, *d.FirstIn), later(to, *d.FirstIn)
	}
	if d.LastOut != nil {
		from, to = earlier(from, *d.LastOut), later(to, *d.LastOut)
	}
	return from.UTC(), to.UTC()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
