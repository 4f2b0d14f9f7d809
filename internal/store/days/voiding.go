package days

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/reviews"
	"hadir/internal/task"

	"github.com/uptrace/bun"
)

// Voiding is a punch that is about to be taken away, and what decides whether it may.
type Voiding struct {
	Punch    attendance.Punch
	Device   [16]byte        // of evidence.DeviceHash; zero for none
	WorkDate attendance.Date // the one it counts for
	Roster   *attendance.Roster
	Punches  []attendance.Punch // the employee's around it
}

// dates are those whose days may change: a window reaches at most three dates past its own, and what comes after it one
// more.
func (v *Voiding) dates() task.Recompute {
	d := attendance.DateOf(v.Punch.OccurredAt, time.UTC)
	return task.Recompute{V: 1, EmployeeIDs: []int64{v.Punch.EmployeeID}, From: d.AddDays(-5), To: d.AddDays(2)}
}

// Voiding returns a punch with what decides whether it may be taken away, or CodeNotFound.
func (s *Days) Voiding(ctx context.Context, punchID int64) (Voiding, error) {
	v, err := s.voiding(ctx, s.db.Read(), punchID)
	return v, db.Failed("load punch", err)
}

func (s *Days) voiding(ctx context.Context, idb bun.IDB, punchID int64) (v Voiding, err error) {
	var p punchRow
	if err := idb.NewSelect().Model(&p).Where("id = ?", punchID).Scan(ctx); err != nil {
		return v, db.NotFound("load punch", "no such punch", err)
	}
	v.Punch = p.domain()
	copy(v.Device[:], p.DeviceHash)
	local := attendance.DateOf(v.Punch.OccurredAt, time.UTC)
	rosters, err := s.plans.Rosters(ctx, idb, []int64{p.EmployeeID}, local.AddDays(-2), local.AddDays(2))
	if err != nil {
		return v, err
	}
	v.Roster = rosters[p.EmployeeID].Roster
	from, _ := v.Roster.PunchRange(local.AddDays(-1))
	_, to := v.Roster.PunchRange(local.AddDays(1))
	if v.Punches, err = punchesOf(ctx, idb, p.EmployeeID, from, to); err != nil {
		return v, err
	}
	counted := attendance.Punch{Direction: v.Punch.Direction, OccurredAt: v.Punch.OccurredAt, Source: v.Punch.Source}
	v.WorkDate, _ = v.Roster.DateFor(&counted, v.Punches)
	return v, nil
}

// VoidPunch takes a punch away with those that repeat it, audited, and computes its days again. may is asked last,
// while nobody else can change the employee's punches, and then ledger.TouchMade. Errors besides: CodeNotFound for no
// such punch, CodeConflict for one that was taken away before, CodePeriodLocked.
func (s *Days) VoidPunch(ctx context.Context, by ledger.Actor, punchID int64, v attendance.Void,
	may func(v *Voiding) error) error {
	var found Voiding
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) (err error) {
		found, err = s.void(ctx, tx, voidOrder{punch: punchID, void: v}, may)
		if err != nil {
			return err
		}
		return ledger.TouchMade(ctx, tx, found.Punch.EmployeeID, found.WorkDate)
	})
	if err != nil {
		return db.Failed("void punch", err)
	}
	// Whoever asks wants to see the day as it is now; the task that was left does it if this node does not get there.
	again := found.dates()
	if _, err := s.RecomputeDays(ctx, again.EmployeeIDs, again.From, again.To); err != nil {
		s.db.Log.WarnContext(ctx, "the days of a punch that was taken away are left to the queue", "error", err)
	}
	return nil
}

// AskToVoid implements requests.Days.
func (s *Days) AskToVoid(ctx context.Context, tx *ledger.Tx, q *attendance.Request) (same []int64, err error) {
	v, err := s.voiding(ctx, tx, q.VoidPunchID)
	if err == nil && v.Punch.EmployeeID != q.EmployeeID {
		err = attendance.NewError(attendance.CodeNotFound, "no such punch")
	}
	if err == nil {
		err = v.Roster.MayVoid(*q.WorkDate, q.VoidPunchID, v.Punches)
	}
	if err != nil {
		return nil, err
	}
	q.VoidDirection, q.VoidAt = v.Punch.Direction, &v.Punch.OccurredAt
	for _, p := range attendance.One(v.Punches, q.VoidPunchID) {
		same = append(same, p.ID)
	}
	return same, nil
}

// VoidFor implements requests.Days.
func (s *Days) VoidFor(ctx context.Context, tx *ledger.Tx, punchID int64, d attendance.Date, v attendance.Void) error {
	anybody := func(*Voiding) error { return nil }
	_, err := s.void(ctx, tx, voidOrder{punch: punchID, date: &d, void: v}, anybody)
	return err
}

// VoidReviewed implements reviews.Voids. Whoever looks after only some branches takes away what counts in them.
func (s *Days) VoidReviewed(ctx context.Context, tx *ledger.Tx, punchID int64,
	v attendance.Void) (again task.Recompute, err error) {
	mine := tx.By().BranchIDs
	found, err := s.void(ctx, tx, voidOrder{punch: punchID, void: v}, func(v *Voiding) error {
		if mine != nil && !slices.Contains(mine, v.Roster.On(v.WorkDate).Branch.ID) {
			return attendance.NewError(attendance.CodeNotFound, "no such punch")
		}
		return nil
	})
	if err != nil {
		return again, err
	}
	return found.dates(), nil
}

// voidOrder is a punch that is to be taken away.
type voidOrder struct {
	punch int64
	date  *attendance.Date // the one that a person named; nil for the punch's own
	void  attendance.Void
}

// void is VoidPunch within a transaction. It locks the employee, whose days are computed by a task.
func (s *Days) void(ctx context.Context, tx *ledger.Tx, o voidOrder, may func(v *Voiding) error) (found Voiding,
	err error) {
	var p punchRow
	if err := tx.NewSelect().Model(&p).Column("employee_id").Where("id = ?", o.punch).Scan(ctx); err != nil {
		return found, db.NotFound("void punch", "no such punch", err)
	}
	// Whoever records punches of the employee, or computes their days, holds this lock.
	if err := s.db.LockEmployee(ctx, tx, p.EmployeeID); err != nil {
		return found, err
	}
	if found, err = s.voiding(ctx, tx, o.punch); err != nil {
		return found, err
	}
	if err := found.Roster.MayVoid(*cmp.Or(o.date, &found.WorkDate), o.punch, found.Punches); err != nil {
		return found, err
	}
	if err := may(&found); err != nil {
		return found, err
	}
	same := attendance.One(found.Punches, o.punch)
	ids := make([]int64, len(same))
	for i, p := range same {
		if ids[i] = p.ID; p.Voided != nil {
			continue
		}
		row := newVoidRow(p.ID, &o.void, tx.Now)
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return found, err
		}
		entry, err := row.entry()
		if err != nil {
			return found, err
		}
		tx.Audit(entry)
	}
	if _, err := tx.NewRaw("?", reviews.Closed(s.db.Builder(), ids)).Exec(ctx); err != nil {
		return found, err
	}
	return found, tx.Leave(ctx, task.AttendanceRecompute, found.dates())
}
