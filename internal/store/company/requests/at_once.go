package requests

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
)

// Correct stores a correction that was validated and approves it, in one transaction. seen is the version of the day
// that whoever corrects it has looked at, nil for one who does not mind; where the day has another one by now it is
// CodeStale, and of several who have seen the same only one corrects it. In a settled period, where a punch would only
// be flagged, it is CodePeriodLocked: whoever corrects a day wants it to change. Errors besides are those of AddRequest
// and DecideRequest.
func (s *Requests) Correct(ctx context.Context, by ledger.Actor, q attendance.Request, seen *int64) (id int64,
	err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) (err error) {
		if id, err = s.add(ctx, tx, &q); err != nil {
			return err
		}
		rosters, err := s.plans.Rosters(ctx, tx, []int64{q.EmployeeID}, *q.WorkDate, *q.WorkDate)
		if err != nil {
			return err
		}
		if rosters[q.EmployeeID].Roster.Locked(*q.WorkDate) {
			return attendance.NewError(attendance.CodePeriodLocked, "The period is locked.")
		}
		if seen != nil {
			if err := s.unchanged(ctx, tx, &q, *seen); err != nil {
				return err
			}
		}
		return s.decide(ctx, tx, q.Type, id, Decision{State: attendance.RequestApproved})
	})
	return id, db.Failed("correct a day", err)
}

// recordedWithin is how long the punch of a correction takes at the most to be in its day, unless something is wrong.
const recordedWithin = time.Minute

// unchanged is CodeStale unless the day of a correction has a version, and no punch of another correction is on its way
// there. The employee is locked.
func (s *Requests) unchanged(ctx context.Context, tx *ledger.Tx, q *attendance.Request, version int64) error {
	now, err := s.days.Version(ctx, tx, q.EmployeeID, *q.WorkDate)
	if err != nil {
		return err
	}
	coming, err := tx.NewSelect().Model((*correctionRow)(nil)).Where("r.employee_id = ?", q.EmployeeID).
		Where("r.work_date = ?", *q.WorkDate).Where("r.state = ?", string(attendance.RequestApproved)).
		Where("r.direction <> ''").Where("r.punch_id IS NULL").
		Where("r.decided_at > ?", tx.Now.Add(-recordedWithin)).Count(ctx)
	if err == nil && (now != version || coming > 0) {
		err = attendance.NewError(attendance.CodeStale, "somebody else changed it meanwhile")
	}
	return err
}

// Apply records the punch of an approved correction, that of a claim with what was known about it on arrival. Its key
// is made of the correction, so that there is one punch however often this is called. refused is what stands against
// the punch, which does not change by trying again.
func (s *Requests) Apply(ctx context.Context, id int64) (refused, err error) {
	q, err := s.Request(ctx, attendance.RequestCorrection, id)
	if err != nil {
		return nil, err
	}
	if q.State != attendance.RequestApproved || q.PunchID != 0 || !q.Adds() {
		return nil, nil
	}
	punch := attendance.NewPunch{EmployeeID: q.EmployeeID, Direction: q.Direction, OccurredAt: *q.OccurredAt,
		Source: attendance.SourceCorrection, Note: q.Reason, IdempotencyKey: attendance.CorrectionKey(q.ID)}
	judged, device, err := s.Evidence(ctx, &q)
	switch {
	case err == nil:
		punch.Judged, punch.DeviceHash = &judged, device
	case attendance.CodeOf(err) != attendance.CodeNotFound:
		return nil, err
	}
	results, err := s.days.RecordBatch(ctx, []attendance.NewPunch{punch})
	if err != nil {
		return nil, err
	}
	if err := results[0].Err; err != nil {
		return err, nil
	}
	return nil, s.CorrectionApplied(ctx, q.ID, results[0].Punch.ID)
}

// CorrectionApplied keeps which punch an approved correction became.
func (s *Requests) CorrectionApplied(ctx context.Context, id, punchID int64) error {
	return db.Failed("apply correction", s.ledger.Change(ctx, ledger.Actor{},
		func(ctx context.Context, tx *ledger.Tx) error {
			_, err := tx.NewUpdate().Table("corrections").Set("punch_id = ?", punchID).Where("id = ?", id).Exec(ctx)
			if err != nil {
				return err
			}
			return tx.Leave(ctx, task.RequestBroadcast,
				task.Request{V: 1, Type: attendance.RequestCorrection, ID: id})
		}))
}
