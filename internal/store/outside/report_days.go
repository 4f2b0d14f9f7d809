package outside

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/store/company"
	"hadir/internal/store/company/employments"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// reportDays limits a select of days to those a report tells of.
func reportDays(q *bun.SelectQuery, r reports.ReportRequest) *bun.SelectQuery {
	q = q.Where("a.work_date BETWEEN ? AND ?", r.From, r.To)
	if r.EmployeeID != 0 {
		q = q.Where("a.employee_id = ?", r.EmployeeID)
	} else if r.BranchID != 0 {
		q = q.Where("a.branch_id = ?", r.BranchID)
	}
	if r.Scope != nil {
		q = q.Where("a.branch_id IN (?)", bun.List(r.Scope))
	}
	switch r.Kind {
	case reports.ReportLateness:
		q = q.Where("(a.late_minutes > 0 OR a.status = ?)", attendance.StatusLate) // by seconds, too
	case reports.ReportOvertime:
		q = q.Where("a.overtime_minutes > 0")
	case reports.ReportExceptions:
		q = q.Where("(a.status IN (?, ?) OR a.flags <> '')", attendance.StatusIncomplete, attendance.StatusAbsent)
	case reports.ReportMonthly, reports.ReportIndividual:
	}
	return q
}

// ReportPeople returns the ids of those a report tells of, by branch, department and number: whoever has such days, and
// for a month also whoever was employed in the branch without any.
func (s *Reports) ReportPeople(ctx context.Context, r reports.ReportRequest) (ids []int64, err error) {
	if r.EmployeeID != 0 {
		return []int64{r.EmployeeID}, nil
	}
	if company.Nobody(r.Scope) {
		return nil, nil
	}
	who := reportDays(
		s.db.Read().NewSelect().TableExpr("attendances AS a").ColumnExpr("a.employee_id AS id").Distinct(),
		r,
	)
	if r.Kind == reports.ReportMonthly {
		who = who.Union(s.db.Read().NewSelect().TableExpr("employments AS m").ColumnExpr("m.employee_id").
			Join("JOIN employees AS p ON p.id = m.employee_id").Where("m.branch_id = ?", r.BranchID).
			Where(employments.During("?0", "?1"), r.From, r.To).
			Where("(p.hired_on IS NULL OR p.hired_on <= ?)", r.To).
			Where("(p.left_on >= ? OR p.left_on IS NULL AND p.status = ?)", r.From, attendance.EmployeeActive))
	}
	// A join, because MySQL runs a subquery with UNION inside IN once per employee.
	q := s.db.Read().
		NewSelect().
		TableExpr("(?) AS w", who).
		Join("JOIN employees AS e ON e.id = w.id").
		ColumnExpr("e.id")
	// As ReportDays calls them. Branch 0 stands for all.
	q = q.Join("LEFT JOIN employments AS m ON m.employee_id = e.id AND (?0 = 0 OR m.branch_id = ?0) AND "+
		"m.from_date <= ?1 AND NOT EXISTS (SELECT 1 FROM employments AS n WHERE n.employee_id = m.employee_id AND "+
		"(?0 = 0 OR n.branch_id = ?0) AND n.from_date > m.from_date AND n.from_date <= ?1)", r.BranchID, r.To)
	if r.BranchID == 0 {
		q = q.OrderExpr("COALESCE(m.branch_id, e.branch_id)")
	}
	q = q.OrderExpr("COALESCE(m.department, e.department), e.number")
	err = q.Scan(ctx, &ids)
	return ids, db.Failed("people of a report", err)
}

// ReportDays returns the given people, in their order, with the days of a report. They belong where they did last by
// its end, in the report of a branch where they did there last; each day has the department of its date. Give it some
// hundred at a time.
func (s *Reports) ReportDays(ctx context.Context, r reports.ReportRequest, ids []int64) ([]reports.PersonDays,
	error) {
	if len(ids) == 0 || company.Nobody(r.Scope) {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("days of a report", err)
	}
	es, err := s.plans.EmployeesByID(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, db.Failed("days of a report", err)
	}
	days, err := s.days.SelectDays(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return reportDays(q.Where("a.employee_id IN (?)", bun.List(ids)), r).OrderExpr("a.employee_id, a.work_date")
	})
	if err != nil {
		return nil, db.Failed("days of a report", err)
	}
	byID := make(map[int64]*reports.PersonDays, len(es))
	for _, e := range es {
		byID[e.ID] = &reports.PersonDays{Employee: e}
	}
	histories, err := employments.Of(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, db.Failed("days of a report", err)
	}
	for id, p := range byID {
		for _, m := range histories[id] { // by their dates
			if (r.BranchID == 0 || m.BranchID == r.BranchID) && m.FromDate <= r.To {
				p.BranchID, p.Department, p.Position = m.BranchID, m.Department, m.Position
			}
		}
	}
	for _, d := range days {
		if p, ok := byID[d.EmployeeID]; ok {
			department := histories[d.EmployeeID].Department(d.WorkDate, p.Department)
			p.Days = append(p.Days, ref.Entry(d, p.Number, p.Name, department))
		}
	}
	out := make([]reports.PersonDays, 0, len(ids))
	for _, id := range ids {
		if p, ok := byID[id]; ok {
			out = append(out, *p)
		}
	}
	return out, nil
}
