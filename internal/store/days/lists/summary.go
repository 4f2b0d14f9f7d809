package lists

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Summaries counts statuses per branch; date nil means each branch's own today at now, and counts also what waits to be
// looked at. Branches come ordered by code, and every status has a count. Counted is who is employed on the date, in
// the branch to which they belong on it: of a given date also who has left since, as long as their last day is known.
func (s *Lists) Summaries(ctx context.Context, branchIDs []int64, date *attendance.Date,
	now time.Time) ([]attendance.Summary, error) {
	if company.Nobody(branchIDs) {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("summarize", err)
	}
	c := &counting{s: s, ref: ref, everybody: branchIDs == nil, now: now}
	return c.summaries(ctx, branchIDs, date)
}

// summaries is Summaries of some branches.
func (c *counting) summaries(ctx context.Context, branchIDs []int64, date *attendance.Date) ([]attendance.Summary,
	error) {
	ref, now := c.ref, c.now
	branches := ref.SelectBranches(branchIDs)
	groups := groupByDate(ref, branches, now)
	if date != nil && len(branches) > 0 {
		all := dateGroup{date: *date}
		for _, b := range branches {
			all.branchIDs = append(all.branchIDs, b.ID)
		}
		groups = []dateGroup{all}
	}
	c.members = presentMembers()
	if date != nil {
		c.members = membersOn(*date)
	}
	summaries := make([]attendance.Summary, len(branches))
	c.to = make(map[int64]*attendance.Summary, len(branches))
	c.rows = make(map[attendance.Date][]countRow, len(groups))
	for i, b := range branches {
		counts := make(map[attendance.Status]int, len(attendance.Statuses()))
		for _, st := range attendance.Statuses() {
			counts[st] = 0
		}
		summaries[i] = attendance.Summary{BranchID: b.ID, BranchCode: b.Code, BranchName: b.Name, Zone: b.Zone,
			Counts: counts, AsOf: now.UTC()}
		c.to[b.ID] = &summaries[i]
	}
	for _, g := range groups {
		if err := c.count(ctx, g); err != nil {
			return nil, db.Failed("summarize", err)
		}
		if date != nil || len(g.late) == 0 {
			continue
		}
		if err := c.countNight(ctx, g); err != nil {
			return nil, db.Failed("summarize", err)
		}
	}
	if date != nil {
		return summaries, nil
	}
	waiting, err := c.s.waits.Counts(ctx, branchIDs)
	for i := range summaries {
		summaries[i].ToReview = waiting[summaries[i].BranchID]
	}
	return summaries, err
}

// counting is summaries that are being counted.
type counting struct {
	s         *Lists
	ref       *company.Reference
	members   membership
	everybody bool // no branch was asked for
	now       time.Time
	to        map[int64]*attendance.Summary // by branch
	rows      map[attendance.Date][]countRow
}

// countNight adds who is inside on a day that began yesterday: at night a branch has turned to a date on which nobody
// of its night shift has come.
func (c *counting) countNight(ctx context.Context, g dateGroup) error {
	var rows []struct {
		BranchID int64 `bun:"branch_id"`
		N        int   `bun:"n"`
	}
	err := c.s.db.Read().NewSelect().TableExpr("attendances AS a").Join(joinEmployed, attendance.EmployeeActive).
		ColumnExpr("a.branch_id, COUNT(*) AS n").Where("a.work_date = ?", g.date.AddDays(-1)).
		Where("a.branch_id IN (?)", bun.List(g.late)).Where("a.inside").Where("a.window_closes > ?", c.now.UTC()).
		Where("NOT EXISTS (SELECT 1 FROM attendances AS b WHERE b.employee_id = a.employee_id AND b.work_date = ? "+
			"AND b.inside)", g.date).GroupExpr("a.branch_id").Scan(ctx, &rows)
	for _, r := range rows {
		c.to[r.BranchID].Inside += r.N
	}
	return err
}

// planMargin is how many dates away a neighbouring window can still cut that of the date that is counted.
const planMargin = 3

// countRow counts the employees of one branch that are alike: of one status, or without a stored day and of one plan.
type countRow struct {
	BranchID int64  `bun:"branch_id"`
	Status   string `bun:"status"` // "" without a stored day
	// assignments around the date by their beginning, comma-separated JSON of planned
	Plan    string `bun:"plan"`
	OnLeave bool   `bun:"on_leave"` // an approved leave covers the date
	// the id of an employee whose holidays of their own make the plan unlike any other
	Single    int64 `bun:"single_id"`
	N         int   `bun:"n"`
	CheckedIn int   `bun:"checked_in"`
	Inside    int   `bun:"inside"`
}

// planned is an assignment reduced to what decides the dates around one date: bounds that lie farther away are blank,
// so that people hired on different days fall into one group.
type planned struct {
	From    string  `json:"f"`
	To      string  `json:"t"`
	Phase   int     `json:"p"`
	Pattern []int64 `json:"s"`
}

// countQuery is one statement, so that a check-in that commits meanwhile is counted either before or after, not twice
// or not at all. Its parameters are those of peopleQuery.
const countQuery = `
SELECT branch_id, status, plan, on_leave, single_id, COUNT(*) AS n, SUM(has_in) AS checked_in, SUM(is_inside) AS inside
FROM (` + peopleQuery + `) AS d
GROUP BY branch_id, status, plan, on_leave, single_id`

// peopleQuery says of everybody what countRow groups them by. ?0 is the date, ?1 and ?2 the dates around it, ?3 a
// condition on the branch and on who counts, ?4 the branch and ?5 where it comes from, ?6 further columns.
const peopleQuery = `
  SELECT ?6 ?4 AS branch_id,
    COALESCE(a.status, '') AS status,
    CASE WHEN a.first_in IS NULL THEN 0 ELSE 1 END AS has_in,
    CASE WHEN a.inside THEN 1 ELSE 0 END AS is_inside,
    CASE WHEN a.status IS NULL THEN COALESCE((
      SELECT GROUP_CONCAT(CONCAT(
        '{"f":"', CASE WHEN sa.from_date > ?1 THEN sa.from_date ELSE '' END,
        '","t":"', CASE WHEN sa.to_date < ?2 THEN sa.to_date ELSE '' END,
        '","p":', sa.phase, ',"s":', sa.pattern, '}') ORDER BY sa.from_date)
      FROM shift_assignments AS sa
      WHERE sa.employee_id = e.id AND sa.from_date <= ?2 AND (sa.to_date IS NULL OR sa.to_date >= ?1)
    ), '') ELSE '' END AS plan,
    CASE WHEN a.status IS NULL AND EXISTS (
      SELECT 1 FROM leave_requests AS l
      WHERE l.employee_id = e.id AND l.from_date <= ?0 AND l.to_date >= ?0 AND l.state = 'approved'
    ) THEN 1 ELSE 0 END AS on_leave,
    CASE WHEN a.status IS NULL AND EXISTS (
      SELECT 1 FROM holidays AS h WHERE h.employee_id = e.id AND h.holiday_date BETWEEN ?1 AND ?2
    ) THEN e.id ELSE 0 END AS single_id
  FROM employees AS e ?5
  LEFT JOIN attendances AS a ON a.employee_id = e.id AND a.work_date = ?0
  WHERE ?3
    AND (e.hired_on IS NULL OR e.hired_on <= ?0) AND (e.left_on IS NULL OR e.left_on >= ?0)`

// membership says who counts in a branch, and where the branch comes from.
type membership struct {
	who, branch string
	join        schema.QueryWithArgs
}

// presentMembers is what every employee's row says of the present.
func presentMembers() membership {
	return membership{who: "e.status = 'active'", branch: "e.branch_id", join: bun.SafeQuery("")}
}

// membersOn asks the employments, of any date. Who is inactive and has no last day may never have belonged.
func membersOn(d attendance.Date) membership {
	return membership{who: "(e.status = 'active' OR e.left_on IS NOT NULL)", branch: "m.branch_id", join: bun.SafeQuery(
		"JOIN employments AS m ON m.employee_id = e.id AND "+employments.On("?0"), d)}
}

// count adds the counts of the branches of a group.
func (c *counting) count(ctx context.Context, g dateGroup) error {
	for _, id := range g.branchIDs {
		c.to[id].WorkDate = g.date
	}
	asked := peopleOf{date: g.date, who: c.members.among(g.branchIDs), members: c.members}
	if c.everybody && len(g.branchIDs) == len(c.ref.Branches) {
		asked.who = bun.SafeQuery(c.members.who) // a list of every branch only leads optimizers astray
	}
	var rows []countRow
	err := c.s.people(countQuery, asked, "").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	c.rows[g.date] = rows
	var singles []int64
	for i := range rows {
		r := &rows[i]
		sum, ok := c.to[r.BranchID]
		if !ok {
			continue // of a branch that was made after the reference data was read
		}
		status := attendance.Status(r.Status)
		switch {
		case status != "":
		case r.Single != 0:
			singles = append(singles, r.Single)
			continue
		default:
			if status, err = planOfGroup(c.ref, r, g.date, c.now); err != nil {
				return err
			}
		}
		sum.Headcount += r.N
		sum.CheckedIn += r.CheckedIn
		sum.Inside += r.Inside
		sum.Counts[status] += r.N
	}
	return c.countSingles(ctx, singles, g.date)
}

// among is the condition on who counts in one of some branches.
func (m *membership) among(branchIDs []int64) schema.QueryWithArgs {
	return bun.SafeQuery(m.who+" AND "+m.branch+" IN (?)", bun.List(branchIDs))
}

// peopleOf are the people of a date whom peopleQuery is about.
type peopleOf struct {
	date    attendance.Date
	who     schema.QueryWithArgs // the condition on them
	members membership
}

// people is a query over peopleQuery, with further columns of it.
func (s *Lists) people(query string, p peopleOf, columns string, further ...any) *bun.RawQuery {
	args := []any{p.date, p.date.AddDays(-planMargin), p.date.AddDays(planMargin), p.who, bun.Safe(p.members.branch),
		p.members.join, bun.Safe(columns)}
	return s.db.Read().NewRaw(query, append(args, further...)...)
}

// planOfGroup evaluates the plan of a group as if it were one employee's.
func planOfGroup(ref *company.Reference, r *countRow, d attendance.Date, now time.Time) (attendance.Status, error) {
	roster, err := groupRoster(ref, r, d)
	if err != nil {
		return "", err
	}
	return roster.Plan(d, now), nil
}

// groupRoster is a roster that plans a date as those of a group of employees do.
func groupRoster(ref *company.Reference, r *countRow, d attendance.Date) (*attendance.Roster, error) {
	b, err := ref.Branch(r.BranchID)
	if err != nil {
		return nil, err
	}
	var ps []planned
	if err := json.Unmarshal([]byte("["+r.Plan+"]"), &ps); err != nil {
		return nil, fmt.Errorf("plan of a group in branch %d: %w", r.BranchID, err)
	}
	roster := attendance.Roster{Places: b.Places(), Shifts: ref.Shifts,
		Holidays: ref.HolidaysOf([]company.Placed{{Branch: r.BranchID}}, d.AddDays(-planMargin), d.AddDays(planMargin))}
	if roster.Assignments, err = assignments(ps, d); err != nil {
		return nil, fmt.Errorf("plan of a group in branch %d: %w", r.BranchID, err)
	}
	if r.OnLeave {
		roster.Leaves = []attendance.Leave{{From: d, To: d, Kind: attendance.LeaveAnnual}}
	}
	return &roster, nil
}

// assignments returns some that plan the dates around d as ps do.
func assignments(ps []planned, d attendance.Date) ([]attendance.Assignment, error) {
	as := make([]attendance.Assignment, len(ps))
	// Beginnings that were blanked lay before those dates. Any others will do that are in the same sequence, since the
	// latest counts, and whose week is the first of the rotation.
	latest := d.AddDays(-planMargin)
	for i, p := range slices.Backward(ps) {
		as[i].Pattern = p.Pattern
		if p.To != "" {
			to, err := attendance.ParseDate(p.To)
			if err != nil {
				return nil, err
			}
			as[i].To = &to
		}
		if p.From != "" {
			from, err := attendance.ParseDate(p.From)
			if err != nil {
				return nil, err
			}
			as[i].From = from
			continue
		}
		weeks := len(p.Pattern) / 7
		from := latest
		for range weeks {
			if attendance.Phase(from, weeks) == p.Phase {
				break
			}
			from = from.AddDays(-7)
		}
		as[i].From = from
		latest = from.AddDays(-1)
	}
	return as, nil
}

func (c *counting) countSingles(ctx context.Context, ids []int64, d attendance.Date) error {
	if len(ids) == 0 {
		return nil
	}
	rosters, err := c.s.plans.Rosters(ctx, c.s.db.Read(), ids, d, d)
	if err != nil {
		return err
	}
	for _, r := range rosters {
		if sum, ok := c.to[r.Roster.On(d).Branch.ID]; ok { // not moved meanwhile to a branch that was not asked for
			sum.Headcount++
			sum.Counts[r.Roster.Plan(d, c.now)]++
		}
	}
	return nil
}
