package requests

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Waiting tells how many requests wait for a decision.
type Waiting struct {
	Leaves      int `bun:"leaves"`
	Corrections int `bun:"corrections"`
}

// Waiting counts what nobody decided yet, of branches as in RequestFilter.
func (s *Requests) Waiting(ctx context.Context, branchIDs []int64) (w Waiting, err error) {
	if company.Nobody(branchIDs) {
		return Waiting{}, nil
	}
	pending := func(t attendance.RequestType) *bun.SelectQuery {
		q := requestsFrom(s.db.Read(), t).ColumnExpr("COUNT(*)").Where("r.state = ?", attendance.RequestPending)
		if branchIDs != nil {
			q = onBranches(q, t, branchIDs)
		}
		return q
	}
	err = s.db.Read().NewSelect().ColumnExpr("(?) AS leaves", pending(attendance.RequestLeave)).
		ColumnExpr("(?) AS corrections", pending(attendance.RequestCorrection)).Scan(ctx, &w)
	return w, db.Failed("count requests", err)
}

// mostNews bounds how many decisions an employee is told of at once.
const mostNews = 20

// Decisions returns what others than a user decided about an employee's requests and the employee was not shown yet:
// the last ones of either type, at most 20 each. What the system decided is no news.
func (s *Requests) Decisions(ctx context.Context, employeeID, userID int64) (news []attendance.Request, err error) {
	for _, t := range []attendance.RequestType{attendance.RequestLeave, attendance.RequestCorrection} {
		var rows []requestRow
		q := unseen(requestQuery(s.db.Read(), t).Where("r.employee_id = ?", employeeID)).
			Where("r.decided_by <> ?", userID).OrderExpr("r.decided_at DESC, r.id DESC").Limit(mostNews)
		if err := q.Scan(ctx, &rows); err != nil {
			return nil, db.Failed("list decisions", err)
		}
		some, err := s.requests(ctx, t, rows)
		if err != nil {
			return nil, db.Failed("list decisions", err)
		}
		news = append(news, some...)
	}
	return news, nil
}

// told are the states into which a request comes by a decision.
var told = []attendance.RequestState{attendance.RequestApproved, attendance.RequestRefused, attendance.RequestRevoked}

func unseen[Q interface{ Where(string, ...any) Q }](q Q) Q {
	return q.Where("r.state IN (?)", bun.List(told)).Where("r.seen_at IS NULL")
}

// SeeDecisions notes that an employee was shown what was decided about their requests until now.
func (s *Requests) SeeDecisions(ctx context.Context, employeeID int64) error {
	now := s.db.Clock.Now()
	return db.Failed("see decisions", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, t := range []attendance.RequestType{attendance.RequestLeave, attendance.RequestCorrection} {
			table, _ := requestTable(t)
			q := tx.NewUpdate().TableExpr(table+" AS r").Set("seen_at = ?", now).Where("r.employee_id = ?", employeeID)
			if _, err := unseen(q).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}
