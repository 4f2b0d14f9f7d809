package lists

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/dayrows"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

const (
	todayList = "today"
	// scanChunk is how many employees are looked at together when a filter on statuses may leave few of them over.
	scanChunk = 1000
)

// dateGroup holds the branches whose clocks show the same date; there are at most three such groups on Earth at once.
type dateGroup struct {
	date      attendance.Date
	branchIDs []int64
	// late holds those among them where a window of the date before can still be open.
	late []int64
}

func groupByDate(ref *company.Reference, branches []*company.BranchRef, now time.Time) []dateGroup {
	var groups []dateGroup
	for _, b := range branches {
		d := b.Today(now)
		i := slices.IndexFunc(groups, func(g dateGroup) bool { return g.date == d })
		if i < 0 {
			i = len(groups)
			groups = append(groups, dateGroup{date: d})
		}
		groups[i].branchIDs = append(groups[i].branchIDs, b.ID)
		if ref.YesterdayMatters(b, now) {
			groups[i].late = append(groups[i].late, b.ID)
		}
	}
	return groups
}

// Today lists, for each active employee, the day that is today in the branch's zone at now, including employees without
// a stored day (Version 0, Status as planned), and yesterday's day while its window is open. Ordered by employee id,
// then by date. Someone not yet hired or no longer employed on a date has no entry of it.
func (s *Lists) Today(ctx context.Context, f DayFilter, now time.Time) (rows []attendance.Entry, next string,
	err error) {
	position, found, err := db.DecodeCursor(f.Cursor, todayList, 2)
	if err != nil {
		return nil, "", err
	}
	if company.Nobody(f.BranchIDs) {
		return nil, "", nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, "", db.Failed("list today", err)
	}
	t := &todayScan{store: s, ref: ref, filter: f, now: now,
		groups: groupByDate(ref, ref.SelectBranches(f.BranchIDs), now)}
	if len(t.groups) == 0 {
		return nil, "", nil
	}
	if t.left, err = t.leftBranches(ctx); err != nil {
		return nil, "", db.Failed("list today", err)
	}
	limit := db.PageSize(f.Limit)
	chunk := limit + 1
	if len(f.Statuses) > 0 {
		chunk = scanChunk
	}
	for from := position[0]; len(rows) <= limit; {
		es, err := t.employees(ctx, from, chunk)
		if err != nil {
			return nil, "", db.Failed("list today", err)
		}
		entries, err := t.entries(ctx, t.known(es))
		if err != nil {
			return nil, "", db.Failed("list today", err)
		}
		for _, e := range entries {
			if found && e.EmployeeID == position[0] && int64(e.WorkDate) <= position[1] {
				continue // the page before ended between the two days of one employee
			}
			rows = append(rows, e)
		}
		if len(es) < chunk {
			break
		}
		from = es[len(es)-1].ID + 1
	}
	rows, next = db.Cut(rows, limit, func(e attendance.Entry) string {
		return db.EncodeCursor(todayList, e.EmployeeID, int64(e.WorkDate))
	})
	return rows, next, nil
}

// todayScan is one call of Today.
type todayScan struct {
	store  *Lists
	ref    *company.Reference
	filter DayFilter
	now    time.Time
	groups []dateGroup
	left   []int64 // who belonged to the filter's branches yesterday and does not any more
}

// leftBranches returns the employees who left the filter's branches today: a day of theirs may still be open there.
func (t *todayScan) leftBranches(ctx context.Context) (ids []int64, err error) {
	if t.filter.BranchIDs == nil {
		return nil, nil
	}
	utc := attendance.DateOf(t.now, time.UTC)
	err = t.store.db.Read().NewRaw(`
SELECT DISTINCT m.employee_id FROM employments AS m
WHERE m.from_date BETWEEN ?0 AND ?1 AND m.branch_id NOT IN (?2) AND EXISTS (
  SELECT 1 FROM employments AS o WHERE o.employee_id = m.employee_id AND o.from_date < m.from_date
      AND o.branch_id IN (?2))`,
		utc-1, utc+1, bun.List(t.filter.BranchIDs)).Scan(ctx, &ids)
	return ids, err
}

// employees returns the next employees who may have an entry.
func (t *todayScan) employees(ctx context.Context, fromID int64, limit int) ([]attendance.Employee, error) {
	var rows []company.EmployeeRow
	q := t.store.db.Read().NewSelect().Model(&rows).Where("e.id >= ?", fromID).
		Where("e.status = ?", attendance.EmployeeActive).Order("e.id").Limit(int64(limit))
	switch {
	case t.filter.BranchIDs != nil && len(t.left) > 0:
		q = q.Where("(e.branch_id IN (?) OR e.id IN (?))", bun.List(t.filter.BranchIDs), bun.List(t.left))
	case t.filter.BranchIDs != nil:
		q = q.Where("e.branch_id IN (?)", bun.List(t.filter.BranchIDs))
	}
	if len(t.filter.EmployeeIDs) > 0 {
		q = q.Where("e.id IN (?)", bun.List(t.filter.EmployeeIDs))
	}
	if len(t.filter.Statuses) > 0 {
		q = q.WhereGroup(" AND ", t.statusCondition)
	}
	if err := identity.Matching(q, t.filter.Query).Scan(ctx); err != nil {
		return nil, err
	}
	es := make([]attendance.Employee, len(rows))
	for i := range rows {
		es[i] = rows[i].Domain()
	}
	return es, nil
}

// known leaves out the employees of branches that were made after the reference data was read.
func (t *todayScan) known(es []attendance.Employee) []attendance.Employee {
	return slices.DeleteFunc(slices.Clone(es),
		func(e attendance.Employee) bool { return t.ref.Branches[e.BranchID] == nil })
}

// statusCondition leaves out those whose stored days decide that they have none of the wanted statuses. Those without a
// stored day stay in when the plan alone could give one; entries looks at each of them.
func (t *todayScan) statusCondition(q *bun.SelectQuery) *bun.SelectQuery {
	const stored = "EXISTS (SELECT 1 FROM attendances AS a WHERE a.employee_id = e.id AND a.work_date IN (?) AND " +
		"a.status IN (?))"
	const missing = "NOT EXISTS (SELECT 1 FROM attendances AS a WHERE a.employee_id = e.id AND a.work_date = ?)"
	const excused = "EXISTS (SELECT 1 FROM leave_requests AS l WHERE l.employee_id = e.id AND l.from_date <= ? AND " +
		"l.to_date >= ? AND l.state = ?)"
	planned, onLeave := false, true
	for _, st := range t.filter.Statuses {
		planned = planned || planStatus(st)
		onLeave = onLeave && (st == attendance.StatusOnLeave || !planStatus(st))
	}
	if len(t.left) > 0 {
		q = q.WhereOr("e.id IN (?)", bun.List(t.left))
	}
	for _, g := range t.groups {
		yesterday := g.date.AddDays(-1)
		q = q.WhereOr("(? AND "+stored+")", t.in(g.branchIDs), bun.List([]attendance.Date{yesterday, g.date}),
			bun.List(t.filter.Statuses))
		if !planned {
			continue
		}
		without := func(branchIDs []int64, d attendance.Date) {
			if onLeave {
				q = q.WhereOr("(? AND "+missing+" AND "+excused+")", t.in(branchIDs), d, d, d,
					attendance.RequestApproved)
				return
			}
			q = q.WhereOr("(? AND "+missing+")", t.in(branchIDs), d)
		}
		without(g.branchIDs, g.date)
		if len(g.late) > 0 {
			without(g.late, yesterday)
		}
	}
	return q
}

// in is the condition on the branch inside an alternative. The sum keeps databases from reading the alternatives by an
// index of the branch, one after the other, and sorting what should be read in the order of the ids up to a limit.
func (t *todayScan) in(branchIDs []int64) schema.QueryWithArgs {
	if len(t.groups) == 1 && len(branchIDs) == len(t.groups[0].branchIDs) {
		return bun.SafeQuery("1 = 1") // all that the query selects anyway
	}
	return bun.SafeQuery("e.branch_id + 0 IN (?)", bun.List(branchIDs))
}

// planStatus tells whether a day without punches can have the status.
func planStatus(st attendance.Status) bool {
	switch st {
	case attendance.StatusPresent, attendance.StatusLate, attendance.StatusHalfDay, attendance.StatusIncomplete:
		return false
	}
	return true
}

type entryKey struct {
	employee int64
	date     attendance.Date
}

// entries returns the entries of some employees, in their order, that the filter lets through.
func (t *todayScan) entries(ctx context.Context, es []attendance.Employee) ([]attendance.Entry, error) {
	if len(es) == 0 {
		return nil, nil
	}
	stored, err := t.stored(ctx, es)
	if err != nil {
		return nil, err
	}
	rosters, err := t.rosters(ctx, es, stored)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(es))
	for i := range es {
		ids[i] = es[i].ID
	}
	histories, err := employments.Of(ctx, t.store.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	var entries []attendance.Entry
	add := func(e *attendance.Employee, d attendance.Day) {
		if t.filter.BranchIDs != nil && !slices.Contains(t.filter.BranchIDs, d.BranchID) {
			return // of another branch, before a move or after it
		}
		if e.MayPunch(d.WorkDate) && (len(t.filter.Statuses) == 0 || slices.Contains(t.filter.Statuses, d.Status)) {
			department := histories[e.ID].Department(d.WorkDate, e.Department)
			entries = append(entries, t.ref.Entry(d, e.Number, e.Name, department))
		}
	}
	for i := range es {
		e := &es[i]
		today, late := t.dates(e)
		yesterday := today.AddDays(-1)
		if d, ok := stored[entryKey{e.ID, yesterday}]; ok {
			if day := d.Domain(); open(day, t.now) {
				add(e, day)
			}
		} else if late {
			if day := rosters[e.ID].Roster.Day(e.ID, yesterday, nil, t.now); open(day, t.now) {
				add(e, day)
			}
		}
		if d, ok := stored[entryKey{e.ID, today}]; ok {
			add(e, d.Domain())
		} else {
			add(e, rosters[e.ID].Roster.Day(e.ID, today, nil, t.now))
		}
	}
	return entries, nil
}

// open tells whether the window that the day was computed with is open.
func open(d attendance.Day, now time.Time) bool {
	return d.WindowOpens != nil && d.WindowCloses != nil && !now.Before(*d.WindowOpens) && now.Before(*d.WindowCloses)
}

// dates returns the employee's local date and whether a window of the one before may be open.
func (t *todayScan) dates(e *attendance.Employee) (today attendance.Date, late bool) {
	b := t.ref.Branches[e.BranchID]
	return b.Today(t.now), t.ref.YesterdayMatters(b, t.now)
}

func (t *todayScan) stored(ctx context.Context, es []attendance.Employee) (map[entryKey]*dayrows.Row, error) {
	ids := make([]int64, len(es))
	dates := map[attendance.Date]bool{}
	for i := range es {
		ids[i] = es[i].ID
		today, _ := t.dates(&es[i])
		dates[today], dates[today.AddDays(-1)] = true, true
	}
	wanted := make([]attendance.Date, 0, len(dates))
	for d := range dates {
		wanted = append(wanted, d)
	}
	var kept []dayrows.Row
	err := t.store.db.Read().NewSelect().Model(&kept).Where("a.employee_id IN (?)", bun.List(ids)).
		Where("a.work_date IN (?)", bun.List(wanted)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[entryKey]*dayrows.Row, len(kept))
	for i := range kept {
		found[entryKey{kept[i].EmployeeID, kept[i].WorkDate}] = &kept[i]
	}
	return found, nil
}

// rosters loads the plans of those of whom a day is missing.
func (t *todayScan) rosters(ctx context.Context, es []attendance.Employee,
	stored map[entryKey]*dayrows.Row) (map[int64]*company.EmployeeRoster, error) {
	var planned []attendance.Employee
	var first, last attendance.Date
	for i := range es {
		today, late := t.dates(&es[i])
		if stored[entryKey{es[i].ID, today}] != nil && (!late || stored[entryKey{es[i].ID, today.AddDays(-1)}] != nil) {
			continue
		}
		if len(planned) == 0 {
			first, last = today, today
		}
		first, last = min(first, today), max(last, today)
		planned = append(planned, es[i])
	}
	return company.RostersOf(ctx, t.store.db.Read(), t.ref, planned,
		attendance.Dates{From: first.AddDays(-1), To: last})
}
