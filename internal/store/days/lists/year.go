package lists

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// OneDay is what a map of many days shows of one.
type OneDay struct {
	Date   attendance.Date      `bun:"work_date"  json:"date"`
	Status attendance.Status    `bun:"status"     json:"status"`
	Leave  attendance.LeaveKind `bun:"leave_kind" json:"leave,omitempty" doc:"@OneDay.leave"`
}

// Means is what somebody made punches with.
type Means struct {
	Source  attendance.Source `bun:"source"  json:"source"`
	Device  string            `bun:"device"  json:"device,omitempty" doc:"As the punches name it."`
	Punches int               `bun:"punches" json:"punches"`
	LastAt  time.Time         `bun:"last_at" json:"last_at"          doc:"When the last of them was made."`
}

// mostMeans bounds what is told of, since programs may name another device with every punch.
const mostMeans = 8

// Span is somebody's dates. BranchIDs as in DayFilter.
type Span struct {
	EmployeeID int64
	Dates      attendance.Dates
	BranchIDs  []int64
}

// Spanned is what is stored of some dates of somebody: the days, the first leading, and with what punches were made
// since, the last used leading.
type Spanned struct {
	Days  []OneDay
	Means []Means
}

// Spanned reads days and means in one round trip. Punches count here from the beginning of the first date in UTC on,
// and for the branch in which they were made.
func (s *Lists) Spanned(ctx context.Context, of Span) (out Spanned, err error) {
	if company.Nobody(of.BranchIDs) {
		return out, nil
	}
	days := s.db.Builder().NewSelect().TableExpr("attendances AS a").ColumnExpr("a.work_date, a.status").
		ColumnExpr("CASE WHEN a.status = ? THEN COALESCE((SELECT MIN(l.kind) FROM leave_requests AS l "+
			"WHERE l.employee_id = a.employee_id AND l.from_date <= a.work_date AND l.to_date >= a.work_date "+
			"AND l.state = ?), '') ELSE '' END AS leave_kind",
			attendance.StatusOnLeave, attendance.RequestApproved).
		Where("a.employee_id = ?", of.EmployeeID).
		Where("a.work_date BETWEEN ? AND ?", of.Dates.From, of.Dates.To).OrderExpr("a.work_date")
	punches := s.db.Builder().NewSelect().TableExpr("punches AS p").ColumnExpr("p.source, p.device").
		ColumnExpr("COUNT(*) AS punches, MAX(p.occurred_at) AS last_at").
		Where("p.employee_id = ?", of.EmployeeID).
		Where("p.occurred_at >= ?", of.Dates.From.UTC()).
		GroupExpr("p.source, p.device")
	if of.BranchIDs != nil {
		days = days.Where("a.branch_id IN (?)", bun.List(of.BranchIDs))
		punches = punches.Where("p.branch_id IN (?)", bun.List(of.BranchIDs))
	}
	err = db.Together(ctx, s.db,
		db.Fetch{Query: days, Read: db.ScanInto(s.db.Builder(), &out.Days)},
		db.Fetch{Query: punches, Read: db.ScanInto(s.db.Builder(), &out.Means)})
	if err != nil {
		return Spanned{}, db.Failed("load the days of a year", err)
	}
	slices.SortStableFunc(out.Means, func(a, b Means) int { return b.LastAt.Compare(a.LastAt) })
	out.Means = out.Means[:min(len(out.Means), mostMeans)]
	for i := range out.Means {
		out.Means[i].LastAt = out.Means[i].LastAt.UTC()
	}
	return out, nil
}
