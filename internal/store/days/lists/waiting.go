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

// missed is somebody who was not seen on a date whose shift begins, or began, at an instant.
type missed struct {
	id     int64
	number string
	start  time.Time
}

// Present is Summaries of branches today, and who of the chosen ones among them is waited for, whose shift began first
// leading, at most limit: who has not come yet although a shift of today, or of a night that began yesterday, says so.
// Both count the same people, which is most of their work. nil branches are all.
func (s *Lists) Present(ctx context.Context, branchIDs, chosen []int64, limit int,
	now time.Time) (sums []attendance.Summary, waiting []attendance.Entry, err error) {
	if company.Nobody(branchIDs) {
		return nil, nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, nil, db.Failed("summarize", err)
	}
	c := &counting{s: s, ref: ref, everybody: branchIDs == nil, now: now}
	if sums, err = c.summaries(ctx, branchIDs, nil); err != nil {
		return nil, nil, err
	}
	w := waitingList{s: s, ref: ref, limit: limit, now: now, counted: c.rows}
	waiting, err = w.entries(ctx, chosen)
	return sums, waiting, err
}

// waitingList is a list of who is waited for. Whoever has no stored day is looked for by their plans, which few differ
// in, so that the whole company may be late at once.
type waitingList struct {
	s     *Lists
	ref   *company.Reference
	limit int
	now   time.Time
	// counted are the people of today, by its date, of these branches and perhaps of others; nil if nobody counted them
	counted map[attendance.Date][]countRow
}

func (w *waitingList) entries(ctx context.Context, branchIDs []int64) ([]attendance.Entry, error) {
	s, ref, limit, now := w.s, w.ref, w.limit, w.now
	var found []missed
	for _, g := range groupByDate(ref, ref.SelectBranches(branchIDs), now) {
		some, err := w.on(ctx, g, w.counted[g.date])
		if err == nil && len(g.late) > 0 {
			found = append(found, some...)
			some, err = w.on(ctx, dateGroup{date: g.date.AddDays(-1), branchIDs: g.late}, nil)
		}
		if err != nil {
			return nil, db.Failed("list who is waited for", err)
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, missed.compare)
	ids := make([]int64, 0, limit)
	for _, m := range found[:min(len(found), limit)] {
		ids = append(ids, m.id)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	entries, _, err := s.Today(ctx, DayFilter{BranchIDs: branchIDs, EmployeeIDs: ids,
		Statuses: []attendance.Status{attendance.StatusPending}, Limit: 2 * limit}, now)
	entries = slices.DeleteFunc(entries,
		func(e attendance.Entry) bool { return e.ShiftStart == nil || e.FirstIn != nil })
	slices.SortFunc(entries, func(a, b attendance.Entry) int {
		return missed{a.EmployeeID, a.EmployeeNumber, *a.ShiftStart}.compare(
			missed{b.EmployeeID, b.EmployeeNumber, *b.ShiftStart})
	})
	return entries[:min(len(entries), limit)], err
}

func (m missed) compare(n missed) int {
	return cmp.Or(m.start.Compare(n.start), cmp.Compare(m.number, n.number), cmp.Compare(m.id, n.id))
}

// on returns the first of those who are waited for on a date. rows count the people; nil if nobody did.
func (w *waitingList) on(ctx context.Context, g dateGroup, rows []countRow) (found []missed, err error) {
	s, ref, now := w.s, w.ref, w.now
	members := presentMembers()
	asked := peopleOf{date: g.date, who: members.among(g.branchIDs), members: members}
	if rows == nil {
		if err := s.people(countQuery, asked, "").Scan(ctx, &rows); err != nil {
			return nil, err
		}
	}
	var plans []waitingPlan
	var singles []int64
	for i := range rows {
		switch r := &rows[i]; {
		case r.Status != "" || r.OnLeave || !slices.Contains(g.branchIDs, r.BranchID):
		case r.Single != 0:
			singles = append(singles, r.Single)
		case ref.Branches[r.BranchID] != nil:
			roster, err := groupRoster(ref, r, g.date)
			if err != nil {
				return nil, err
			}
			if start, ok := waitedSince(roster, g.date, now); ok {
				plans = append(plans, waitingPlan{r, start})
			}
		}
	}
	if found, err = s.plannedFor(ctx, asked, plans, w.limit); err != nil {
		return nil, err
	}
	if len(singles) > 0 {
		rosters, err := s.plans.Rosters(ctx, s.db.Read(), singles, g.date, g.date)
		if err != nil {
			return nil, err
		}
		for id, r := range rosters {
			if start, ok := waitedSince(r.Roster, g.date, now); ok {
				found = append(found, missed{id, r.Employee.Number, start})
			}
		}
	}
	stored, err := s.storedWaiting(ctx, g, w.limit, now)
	return append(found, stored...), err
}

// waitedSince returns when the shift of a date begins on which somebody without a punch is expected.
func waitedSince(r *attendance.Roster, d attendance.Date, now time.Time) (start time.Time, ok bool) {
	w, planned := r.WindowOn(d)
	return w.Start, planned && r.Plan(d, now) == attendance.StatusPending
}

// waitingPlan is a plan that a group of employees has in common, and when it has them begin.
type waitingPlan struct {
	group *countRow
	start time.Time
}

// plannedFor reads the people of the groups that begin first, those that begin alike by number.
func (s *Lists) plannedFor(ctx context.Context, asked peopleOf, plans []waitingPlan, limit int) (found []missed,
	err error) {
	if len(plans) == 0 {
		return nil, nil
	}
	slices.SortFunc(plans, func(a, b waitingPlan) int { return a.start.Compare(b.start) })
	type plan struct {
		branch int64
		text   string
	}
	starts := map[plan]time.Time{}
	var rank []byte
	var args []any
	for n, last := 0, plans[0].start; len(plans) > 0 && (n < limit || plans[0].start.Equal(last)); plans = plans[1:] {
		p := plan{plans[0].group.BranchID, plans[0].group.Plan}
		starts[p], last = plans[0].start, plans[0].start
		n += plans[0].group.N
		rank = append(rank, " WHEN branch_id = ? AND plan = ? THEN ?"...)
		args = append(args, p.branch, p.text, last.Unix())
	}
	var rows []struct {
		ID       int64  `bun:"id"`
		Number   string `bun:"number"`
		BranchID int64  `bun:"branch_id"`
		Plan     string `bun:"plan"`
	}
	const query = "SELECT id, number, branch_id, plan FROM (" + peopleQuery + `) AS d
WHERE status = '' AND on_leave = 0 AND single_id = 0 AND ?7 IS NOT NULL ORDER BY ?7, number, id LIMIT ?8`
	err = s.people(query, asked, "e.id, e.number,", bun.SafeQuery("CASE"+string(rank)+" END", args...),
		limit).Scan(ctx, &rows)
	for _, r := range rows {
		found = append(found, missed{r.ID, r.Number, starts[plan{r.BranchID, r.Plan}]})
	}
	return found, err
}

// joinEmployed adds the employee of a day, who works here still and did on its date.
const joinEmployed = "JOIN employees AS e ON e.id = a.employee_id AND e.status = ? " +
	"AND (e.hired_on IS NULL OR e.hired_on <= a.work_date) AND (e.left_on IS NULL OR e.left_on >= a.work_date)"

// storedWaiting reads the stored days of a date on which somebody is waited for, as after a leave that was revoked.
func (s *Lists) storedWaiting(ctx context.Context, g dateGroup, limit int, now time.Time) (found []missed, err error) {
	var rows []struct {
		ID     int64     `bun:"id"`
		Number string    `bun:"number"`
		Start  time.Time `bun:"shift_start"`
	}
	err = s.db.Read().NewSelect().TableExpr("attendances AS a").Join(joinEmployed, attendance.EmployeeActive).
		ColumnExpr("e.id, e.number, a.shift_start").Where("a.work_date = ?", g.date).
		Where("a.branch_id IN (?)", bun.List(g.branchIDs)).Where("a.status = ?", attendance.StatusPending).
		Where("a.first_in IS NULL").Where("a.shift_start IS NOT NULL").Where("a.window_closes > ?", now.UTC()).
		OrderExpr("a.shift_start, e.number").Limit(int64(limit)).Scan(ctx, &rows)
	for _, r := range rows {
		found = append(found, missed{r.ID, r.Number, r.Start.UTC()})
	}
	return found, err
}

// LatestLate lists who of the branches' own today, or of a night that began yesterday, came late, the latest arrival
// leading, at most limit of them. nil branches are all.
func (s *Lists) LatestLate(ctx context.Context, branchIDs []int64, limit int, now time.Time) ([]attendance.Entry,
	error) {
	if company.Nobody(branchIDs) {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("list late arrivals", err)
	}
	var kept []dayrows.Row
	for _, g := range groupByDate(ref, ref.SelectBranches(branchIDs), now) {
		var rows []dayrows.Row
		err := s.db.Read().NewSelect().Model(&rows).Join(joinEmployed, attendance.EmployeeActive).
			Where("a.status = ?", attendance.StatusLate).
			Where("a.first_in IS NOT NULL").
			WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
				q = q.Where("(a.work_date = ? AND a.branch_id IN (?))", g.date, bun.List(g.branchIDs))
				if len(g.late) > 0 {
					q = q.WhereOr("(a.work_date = ? AND a.branch_id IN (?) AND a.window_closes > ?)",
						g.date.AddDays(-1), bun.List(g.late), now.UTC())
				}
				return q
			}).OrderExpr("a.first_in DESC, a.employee_id").Limit(int64(limit)).Scan(ctx)
		if err != nil {
			return nil, db.Failed("list late arrivals", err)
		}
		kept = append(kept, rows...)
	}
	slices.SortFunc(kept, func(a, b dayrows.Row) int {
		return cmp.Or(b.FirstIn.Compare(*a.FirstIn), cmp.Compare(a.EmployeeID, b.EmployeeID))
	})
	entries, err := s.entries(ctx, kept[:min(len(kept), limit)])
	return entries, db.Failed("list late arrivals", err)
}
