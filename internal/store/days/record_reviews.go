package days

import (
	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/reviews"

	"github.com/uptrace/bun/schema"
)

// doubted is a punch of a batch that somebody is to look at.
type doubted struct {
	position int
	date     attendance.Date // for which it counts
	reasons  []review.Reason
}

// suspect notes a punch with reasons to look at it. quick says that it turns round another one.
func (b *batch) suspect(i int, p *attendance.Punch, of dayKey, quick bool) {
	branch := b.rosters[of.employee].Roster.On(of.date).Branch
	if reasons := review.Of(p, branch, quick); len(reasons) > 0 {
		b.doubted = append(b.doubted, doubted{i, of.date, reasons})
	}
}

// opened are the statements that add what somebody is to look at, after the punches.
func (b *batch) opened() []schema.QueryAppender {
	found := make([]reviews.Found, len(b.doubted))
	for i, d := range b.doubted {
		p := &b.in[d.position]
		found[i] = reviews.Found{EmployeeID: p.EmployeeID, IdempotencyKey: p.IdempotencyKey, WorkDate: d.date,
			Reasons: d.reasons}
	}
	return reviews.Opened(b.s.db.Builder(), found)
}
