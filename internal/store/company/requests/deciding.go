package requests

import (
	"context"
	"encoding/json"
	"strconv"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
)

// Decision is what becomes of a request.
type Decision struct {
	State attendance.RequestState // approved, refused, cancelled or revoked
	Note  string                  // at most 500 characters
}

// DecideRequest ends a pending request, or revokes an approved leave, with its audit entry and the outbox rows of what
// follows. Of two decisions the first counts; the other is CodeConflict. A leave that is approved or revoked recomputes
// its days; an approved correction takes its wrong punch away at once and adds its own by a task; one that adds to a
// date outside employment is CodeEmployeeInactive, one that takes away in a settled period CodePeriodLocked.
func (s *Requests) DecideRequest(ctx context.Context, by ledger.Actor, t attendance.RequestType, id int64,
	d Decision) error {
	return db.Failed("decide request", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		return s.decide(ctx, tx, t, id, d)
	}))
}

// decide is DecideRequest within a transaction.
func (s *Requests) decide(ctx context.Context, tx *ledger.Tx, t attendance.RequestType, id int64, d Decision) error {
	table, _ := requestTable(t)
	was, days := attendance.RequestPending, false // whether the days change with it
	switch d.State {
	case attendance.RequestApproved:
		days = t == attendance.RequestLeave
	case attendance.RequestRevoked:
		if t != attendance.RequestLeave {
			return attendance.NewError(attendance.CodeConflict, "a correction cannot be revoked")
		}
		was, days = attendance.RequestApproved, true
	}
	var found []requestRow
	if err := requestQuery(tx, t).Where("r.id = ?", id).Scan(ctx, &found); err != nil {
		return err
	}
	if len(found) == 0 {
		return attendance.NewError(attendance.CodeNotFound, "no such request")
	}
	q := found[0]
	if days {
		// Before the request's row, in the order in which everybody else locks.
		if err := company.TouchPlans(ctx, tx.Tx, []int64{q.EmployeeID}); err != nil {
			return err
		}
	}
	if t == attendance.RequestCorrection && d.State == attendance.RequestApproved {
		// A punch that would be refused cannot be promised. The dates of employment may have changed since it was
		// asked for.
		es, err := s.plans.EmployeesByID(ctx, tx, []int64{q.EmployeeID})
		if err != nil {
			return err
		}
		if err := es[0].NotEmployed(*q.WorkDate); err != nil && q.Direction != "" {
			return err
		}
		if q.VoidPunchID != nil {
			v := attendance.Void{UserID: tx.By().UserID, Origin: attendance.VoidByCorrection, Ref: id, Reason: q.Reason}
			if err := s.days.VoidFor(ctx, tx, *q.VoidPunchID, *q.WorkDate, v); err != nil {
				return err
			}
		}
	}
	if err := s.db.NotForgotten(ctx, tx, q.EmployeeID); err != nil {
		return err
	}
	res, err := tx.NewUpdate().Table(table).Set("state = ?", d.State).Set("decided_by = ?",
		tx.By().UserID).Set("decided_at = ?", tx.Now).Set("decision_note = ?", d.Note).Set("seen_at = NULL").
		Where("id = ?", id).Where("state = ?", was).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return attendance.NewError(attendance.CodeConflict, "the request is no longer "+string(was))
	}
	if err := tx.Touch(ctx, touched(&q, d.State)...); err != nil {
		return err
	}
	if err := tx.Leave(ctx, task.RequestBroadcast, task.Request{V: 1, Type: t, ID: id}); err != nil {
		return err
	}
	switch {
	case days:
		r := task.Recompute{V: 1, EmployeeIDs: []int64{q.EmployeeID}, From: *q.From, To: *q.To}
		err = tx.Leave(ctx, task.AttendanceRecompute, r)
	case d.State == attendance.RequestApproved && q.Direction != "":
		err = tx.Leave(ctx, task.CorrectionApply, task.Request{V: 1, Type: t, ID: id})
	}
	if err != nil {
		return err
	}
	after, err := json.Marshal(map[string]string{"state": string(d.State), "note": d.Note})
	if err != nil {
		return err
	}
	tx.Audit(
		ledger.AuditEntry{Action: string(t) + "." + string(d.State), Table: table, RowID: strconv.FormatInt(id, 10),
			Before: []byte(`{"state":"` + string(was) + `"}`), After: after},
	)
	return nil
}
