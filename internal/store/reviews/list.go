package reviews

import (
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/company"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// Review is a punch that is to be looked at, and what was decided about it. Instants are UTC.
type Review struct {
	ID             int64           `json:"id"` // of the punch
	EmployeeID     int64           `json:"employee_id"`
	EmployeeNumber string          `json:"employee_number"`
	EmployeeName   string          `json:"employee_name"`
	BranchID       int64           `json:"branch_id"`
	BranchName     string          `json:"branch_name"`
	WorkDate       attendance.Date `json:"work_date"`
	Reasons        []review.Reason `json:"reasons"`
	Score          int             `json:"score"` // the sum of what the reasons weigh
	State          review.State    `json:"state"`
	DecidedAt      *time.Time      `json:"decided_at,omitempty"`
	DecidedBy      int64           `json:"decided_by,omitempty"`
	DecidedName    string          `json:"decided_by_name,omitempty"`
	Note           string          `json:"note,omitempty"`
}

// Filter selects reviews of one state. Empty fields do not filter.
type Filter struct {
	State       review.State
	BranchIDs   []int64 // nil for every branch
	EmployeeIDs []int64
	Reason      review.Reason
	From, To    attendance.Date // work dates, inclusive
	Query       string          // of names and numbers
	Limit       int             // 0 means 50; at most 500
	Cursor      string
}

const listName = "reviews"

// dateReach is how many days the UTC date of a punch is away from its work date at the most.
const dateReach = 3

// List returns reviews, the punch made last first.
func (s *Reviews) List(ctx context.Context, f Filter) (out []Review, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, listName, 2)
	if err != nil || company.Nobody(f.BranchIDs) {
		return nil, "", err
	}
	weights, err := s.Weights(ctx)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var rows []row
	q := s.db.Read().NewSelect().Model(&rows).Where("pr.state = ?", f.State).
		OrderExpr("pr.occurred_at DESC, pr.punch_id DESC").Limit(int64(limit + 1))
	if found {
		at := time.UnixMicro(position[0]).UTC()
		// The first condition says no more than the second, but databases make a range of the index of it.
		q = q.Where("pr.occurred_at <= ?", at).Where("(pr.occurred_at < ? OR pr.punch_id < ?)", at, position[1])
	}
	if f.State == review.Open {
		q = listed(q, weights)
	}
	if err := narrowed(q, s.db, &f).Scan(ctx); err != nil {
		return nil, "", db.Failed("list reviews", err)
	}
	rows, next = db.Cut(rows, limit, func(r row) string {
		return db.EncodeCursor(listName, r.OccurredAt.UnixMicro(), r.PunchID)
	})
	out, err = s.told(ctx, rows, weights)
	return out, next, db.Failed("list reviews", err)
}

// narrowed adds the conditions of a filter, besides its state. Those on the instant say no more than those on the work
// date, and are what an index knows.
func narrowed(q *bun.SelectQuery, d *db.DB, f *Filter) *bun.SelectQuery {
	if f.BranchIDs != nil {
		q = q.Where("pr.branch_id IN (?)", bun.List(f.BranchIDs))
	}
	if len(f.EmployeeIDs) > 0 {
		q = q.Where("pr.employee_id IN (?)", bun.List(f.EmployeeIDs))
	}
	if f.Reason != "" {
		q = q.Where("pr.reasons LIKE ?", "%"+string(f.Reason)+"%")
	}
	if f.From != 0 {
		q = q.Where("pr.work_date >= ?", f.From).Where("pr.occurred_at >= ?", f.From.AddDays(-dateReach).UTC())
	}
	if f.To != 0 {
		q = q.Where("pr.work_date <= ?", f.To).Where("pr.occurred_at < ?", f.To.AddDays(dateReach).UTC())
	}
	if f.Query != "" {
		who := d.Read().NewSelect().TableExpr("employees AS e").ColumnExpr("e.id")
		q = q.Where("pr.employee_id IN (?)", identity.Matching(who, f.Query))
	}
	return q
}

// listed leaves out what has no reason that weighs anything. No code of a reason is a part of another one.
func listed(q *bun.SelectQuery, w review.Weights) *bun.SelectQuery {
	some, all := w.Listed()
	switch {
	case all:
		return q
	case len(some) == 0:
		return q.Where("1 = 0")
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, r := range some {
			q = q.WhereOr("pr.reasons LIKE ?", "%"+string(r)+"%")
		}
		return q
	})
}

// Review returns one, or CodeNotFound.
func (s *Reviews) Review(ctx context.Context, punchID int64) (Review, error) {
	all, err := s.ByID(ctx, []int64{punchID})
	if err == nil && len(all) == 0 {
		err = noSuch()
	}
	if err != nil {
		return Review{}, err
	}
	return all[0], nil
}

// ByID returns those of some punches that there are, in no order.
func (s *Reviews) ByID(ctx context.Context, punchIDs []int64) ([]Review, error) {
	if len(punchIDs) == 0 {
		return nil, nil
	}
	weights, err := s.Weights(ctx)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := s.db.Read().NewSelect().Model(&rows).Where("pr.punch_id IN (?)", bun.List(punchIDs)).
		Scan(ctx); err != nil {
		return nil, db.Failed("load reviews", err)
	}
	out, err := s.told(ctx, rows, weights)
	return out, db.Failed("load reviews", err)
}

func noSuch() error { return attendance.NewError(attendance.CodeNotFound, "no such review") }

// told adds names to rows, in two queries besides the reference data, keeping their order.
func (s *Reviews) told(ctx context.Context, rows []row, w review.Weights) ([]Review, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	ids, deciders := make([]int64, len(rows)), make([]int64, len(rows))
	for i := range rows {
		ids[i], deciders[i] = rows[i].EmployeeID, rows[i].DecidedBy
	}
	slices.Sort(ids)
	es, err := s.plans.EmployeesByID(ctx, s.db.Read(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	people := make(map[int64]*attendance.Employee, len(es))
	for i := range es {
		people[es[i].ID] = &es[i]
	}
	names, err := identity.UserNames(ctx, s.db, deciders)
	if err != nil {
		return nil, err
	}
	out := make([]Review, len(rows))
	for i := range rows {
		r := &rows[i]
		reasons := review.OfText(r.Reasons)
		out[i] = Review{ID: r.PunchID, EmployeeID: r.EmployeeID, BranchID: r.BranchID, WorkDate: r.WorkDate,
			Reasons: reasons, Score: w.Score(reasons), State: review.State(r.State), DecidedAt: db.UTC(r.DecidedAt),
			DecidedBy: r.DecidedBy, DecidedName: names[r.DecidedBy], Note: r.Note}
		if e, ok := people[r.EmployeeID]; ok {
			out[i].EmployeeNumber, out[i].EmployeeName = e.Number, e.Name
		}
		if b, ok := ref.Branches[r.BranchID]; ok {
			out[i].BranchName = b.Name
		}
	}
	return out, nil
}

// Counts tells how many wait in each of some branches, nil for every one. It reads an index only, of those that wait.
// What the reasons weigh comes with it, since it is asked for with every summary.
func (s *Reviews) Counts(ctx context.Context, branchIDs []int64) (map[int64]int, error) {
	counts := map[int64]int{}
	if company.Nobody(branchIDs) {
		return counts, nil
	}
	waiting := s.db.Read().NewSelect().TableExpr("punch_reviews AS pr").
		ColumnExpr("pr.branch_id, pr.reasons, COUNT(*) AS n").Where("pr.state = ?", review.Open).
		GroupExpr("pr.branch_id, pr.reasons")
	if branchIDs != nil {
		waiting = waiting.Where("pr.branch_id IN (?)", bun.List(branchIDs))
	}
	weighed := s.db.Read().NewSelect().TableExpr("review_weights AS rw").ColumnExpr("0, rw.reason, rw.weight")
	var rows []struct {
		BranchID int64  `bun:"branch_id"` // 0 for what a reason weighs
		Reasons  string `bun:"reasons"`
		N        int    `bun:"n"`
	}
	if err := waiting.UnionAll(weighed).Scan(ctx, &rows); err != nil {
		return nil, db.Failed("count reviews", err)
	}
	weights := review.Weights{}
	for _, r := range rows {
		if r.BranchID == 0 {
			weights[review.Reason(r.Reasons)] = r.N
		}
	}
	for _, r := range rows {
		if r.BranchID != 0 && weights.Score(review.OfText(r.Reasons)) > 0 {
			counts[r.BranchID] += r.N
		}
	}
	return counts, nil
}
