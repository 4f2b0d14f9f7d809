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
		q := requestQuery(s.db.Read(), t).Where("r.employee_id = ?", employeeID).
			Where("r.state IN (?)", bun.List(told)).Where("r.seen_at IS NULL").Where("r.decided_by <> ?", userID).
			OrderExpr("r.decided_at DESC, r.id DESC").Limit(mostNews)
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

// Seen is a decision that somebody was shown: a request in the state into which it came.
type Seen struct {
	Type  attendance.RequestType
	State attendance.RequestState
	ID    int64
}

// SeeDecisions notes that an employee was shown these decisions. One that was overtaken by a later one stays news.
func (s *Requests) SeeDecisions(ctx context.Context, employeeID int64, shown []Seen) error {
	now := s.db.Clock.Now()
	return db.Failed("see decisions", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, t := range []attendance.RequestType{attendance.RequestLeave, attendance.RequestCorrection} {
			for _, state := range told {
				var ids []int64
				for _, d := range shown {
					if d.Type == t && d.State == state {
						ids = append(ids, d.ID)
					}
				}
				if len(ids) == 0 {
					continue
				}
				table, _ := requestTable(t)
				if _, err := tx.NewUpdate().Table(table).Set("seen_at = ?", now).Where("id IN (?)", bun.List(ids)).
					Where("employee_id = ?", employeeID).Where("state = ?", state).Where("seen_at IS NULL").
					Exec(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}
