package reviews

import (
	"context"
	"errors"
	"slices"

	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// Voids takes punches away within the transaction of a decision. The days do it, since it changes them.
type Voids interface {
	// VoidReviewed takes a punch away and leaves the task that computes its days again, which it returns. It locks the
	// employee. Errors besides those of the database leave everything as it was.
	VoidReviewed(ctx context.Context, tx *ledger.Tx, punchID int64, v attendance.Void) (task.Recompute, error)
	// RecomputeDays computes days again at once.
	RecomputeDays(ctx context.Context, employeeIDs []int64, from, to attendance.Date) (int, error)
}

// Choice is a punch that is decided about, and the state in which whoever decides saw it.
type Choice struct {
	PunchID int64
	From    review.State
}

// Decision is what becomes of punches.
type Decision struct {
	State review.State // accepted, refused, or open again
	Note  string       // at most 500 characters; a refusal needs one
}

// Decide decides about punches in one transaction, with an audit entry for each that changes, and returns for each what
// stands against it: CodeNotFound for one out of sight, CodeOwnRequest for an own one, CodeStale where somebody else
// decided since it was seen, with another reason or otherwise, CodeConflict for one that was taken away,
// CodePeriodLocked for a refusal in a settled period, CodeForgotten. What is so already is left as it is. A refusal
// takes the punch away; its days are computed again, of a single one at once. An error means that nothing was decided.
func (s *Reviews) Decide(ctx context.Context, by ledger.Actor, choices []Choice, d Decision) (against []error,
	err error) {
	if d.State == review.Refused && d.Note == "" {
		return nil, attendance.Invalid("note", "It needs a reason.")
	}
	if d.State == review.Open {
		d.Note = "" // it was about a decision
	}
	var again []task.Recompute
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		against, again = make([]error, len(choices)), nil
		rows, forgotten, err := s.lock(ctx, tx, choices)
		if err != nil {
			return err
		}
		refresh := map[int64]bool{}
		for i, c := range choices {
			r := rows[c.PunchID]
			change, err := mayDecide(by, r, forgotten, c, d)
			if err == nil && change {
				var days *task.Recompute
				if days, err = s.decide(ctx, tx, r, d); days != nil {
					again = append(again, *days)
				}
				refresh[r.BranchID] = refresh[r.BranchID] || err == nil
			}
			if code := attendance.CodeOf(err); code == attendance.CodeInternal || code == attendance.CodeUnavailable {
				return err
			}
			against[i] = err
		}
		return refreshed(ctx, tx, refresh)
	})
	if err != nil {
		return nil, db.Failed("decide reviews", err)
	}
	if len(choices) == 1 && len(again) == 1 {
		// Whoever decides wants to see the day as it is now; the task that was left does it if this node does not get
		// there.
		if _, err := s.voids.RecomputeDays(ctx, again[0].EmployeeIDs, again[0].From, again[0].To); err != nil {
			s.db.Log.WarnContext(ctx, "the days of a punch that was refused are left to the queue", "error", err)
		}
	}
	return against, nil
}

// lock returns the rows of some punches by their ids, while nobody else can decide about them, and whose employees were
// forgotten.
func (s *Reviews) lock(ctx context.Context, tx *ledger.Tx, choices []Choice) (rows map[int64]*row,
	forgotten map[int64]bool, err error) {
	ids := make([]int64, len(choices))
	for i, c := range choices {
		ids[i] = c.PunchID
	}
	var people []int64
	theirs := tx.NewSelect().Table(table).ColumnExpr("DISTINCT employee_id").Where("punch_id IN (?)", bun.List(ids))
	if mine := tx.By().BranchIDs; mine != nil { // what is out of sight holds nobody up
		theirs = theirs.Where("branch_id IN (?)", bun.List(mine))
	}
	if err := theirs.Scan(ctx, &people); err != nil {
		return nil, nil, err
	}
	forgotten = map[int64]bool{}
	// Whoever records punches of the employees, or computes their days, holds these locks.
	var refused attendance.Refused
	if err := s.db.NotForgotten(ctx, tx, people...); errors.As(err, &refused) {
		for _, r := range refused {
			forgotten[r.EmployeeID] = true
		}
	} else if err != nil {
		return nil, nil, err
	}
	var found []row
	if err := tx.NewSelect().Model(&found).Where("punch_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, nil, err
	}
	rows = make(map[int64]*row, len(found))
	for i := range found {
		rows[found[i].PunchID] = &found[i]
	}
	return rows, forgotten, nil
}

// mayDecide tells whether a decision changes a row that may be nil, or what stands against it.
func mayDecide(by ledger.Actor, r *row, forgotten map[int64]bool, c Choice, d Decision) (change bool, err error) {
	if r == nil || by.BranchIDs != nil && !slices.Contains(by.BranchIDs, r.BranchID) {
		return false, noSuch()
	}
	state := review.State(r.State)
	gone := state == review.Refused || state == review.Voided
	switch {
	case by.Is(r.EmployeeID):
		return false, attendance.NewError(attendance.CodeOwnRequest, "Somebody else decides about your own punches.")
	case forgotten[r.EmployeeID]:
		return false, attendance.Forgotten()
	case state == d.State && (gone || c.From != state || r.Note == d.Note):
		if d.Note != "" && r.Note != d.Note && r.DecidedBy != by.UserID {
			return false, decidedMeanwhile() // a reason that nobody will read is no success
		}
		return false, nil // it is so already
	case gone:
		return false, attendance.NewError(attendance.CodeConflict, "The punch counts for nothing already.")
	case c.From != state:
		return false, decidedMeanwhile()
	}
	return true, nil
}

func decidedMeanwhile() error {
	return attendance.NewError(attendance.CodeStale, "somebody else decided it meanwhile")
}

// decided is what the audit log says of a state.
type decided struct {
	State review.State `json:"state"`
	Note  string       `json:"note,omitempty"`
}

// decide carries a decision out. The days of a punch that is taken away come back.
func (s *Reviews) decide(ctx context.Context, tx *ledger.Tx, r *row, d Decision) (days *task.Recompute, err error) {
	if err := ledger.TouchMade(ctx, tx, r.EmployeeID, r.WorkDate); err != nil {
		return nil, err
	}
	before := decided{review.State(r.State), r.Note}
	action := "punch_review.accepted"
	r.State, r.Note, r.DecidedBy, r.DecidedAt = string(d.State), d.Note, tx.By().UserID, &tx.Now
	switch d.State {
	case review.Refused:
		action = "punch_review.refused"
		v := attendance.Void{UserID: tx.By().UserID, EmployeeID: tx.By().EmployeeID,
			Origin: attendance.VoidByDecision, Reason: d.Note}
		again, err := s.voids.VoidReviewed(ctx, tx, r.PunchID, v)
		if attendance.CodeOf(err) == attendance.CodeConflict { // a node of a release without reviews took it away
			if _, err := tx.NewRaw("?", Closed(s.db.Builder(), []int64{r.PunchID})).Exec(ctx); err != nil {
				return nil, err
			}
		}
		if err != nil {
			r.State, r.Note = string(before.State), before.Note
			return nil, err
		}
		days = &again
	case review.Open:
		action = "punch_review.reopened"
		r.DecidedBy, r.DecidedAt = 0, nil
	}
	if _, err := tx.NewUpdate().Model(r).Column("state", "note", "decided_by", "decided_at").WherePK().
		Exec(ctx); err != nil {
		return nil, err
	}
	after := decided(d)
	return days, ledger.AuditChange(tx, action, ledger.Row{Table: table, ID: r.PunchID}, &before, &after)
}

// refreshed leaves the tasks that tell dashboards how many wait now.
func refreshed(ctx context.Context, tx *ledger.Tx, branches map[int64]bool) error {
	for id, changed := range branches {
		if !changed {
			continue
		}
		if err := tx.Leave(ctx, task.SummaryRefresh, task.Summary{V: 1, BranchID: id}); err != nil {
			return err
		}
	}
	return nil
}
