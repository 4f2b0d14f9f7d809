package requests

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/company"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

const (
	// mostClaims is how many claimed punches of one person may wait. Nobody is offline that often before somebody has
	// decided; a program that makes claims up may be.
	mostClaims = 50
	// claimsAgain is when the next one may be tried.
	claimsAgain = time.Hour
)

// Claimed is a punch that a device kept while it was offline and that is not recorded by itself.
type Claimed struct {
	EmployeeID  int64
	WorkDate    attendance.Date
	Direction   attendance.Direction
	OccurredAt  time.Time // as the device claims
	Why         attendance.Wait
	Note        string
	Key         string   // the idempotency key of the request that brought it
	RequestHash [16]byte // of what it said
}

// AddClaim keeps a claimed punch as a correction that waits for a decision, and returns its id. What was kept already
// is only found again: by its key, or because the same person waits for the same punch or got it. A key that came with
// another request, or is that of a punch, is CodeIdempotencyMismatch; too many that wait are CodeTooManyPunches in a
// Later.
func (s *Requests) AddClaim(ctx context.Context, by ledger.Actor, c Claimed) (id int64, known bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		// The lock under which one person's requests come one after the other, as in AddRequest and in the recorder.
		var e company.EmployeeRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&e).Column("id", "forgotten").Where("e.id = ?", c.EmployeeID),
			"").Scan(ctx); err != nil {
			return db.NotFound("keep a claim", "no such employee", err)
		}
		if e.Forgotten {
			return attendance.Forgotten()
		}
		var err error
		if id, err = keptClaim(ctx, tx, &c); err != nil || id != 0 {
			known = true
			return err
		}
		known = false
		at := db.Micro(c.OccurredAt)
		q := attendance.Request{Type: attendance.RequestCorrection, EmployeeID: c.EmployeeID, WorkDate: &c.WorkDate,
			Direction: c.Direction, OccurredAt: &at, Reason: c.Note, Claim: c.Why}
		row := newCorrectionRow(&q, by, tx.Now)
		row.ClaimKey, row.ClaimHash = c.Key, c.RequestHash[:]
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		id = row.ID
		return announce(ctx, tx, &q, id)
	})
	return id, known, db.Failed("keep a claim", err)
}

// keptClaim returns the correction that a claim is already; 0 for none.
func keptClaim(ctx context.Context, tx *ledger.Tx, c *Claimed) (int64, error) {
	var rows []correctionRow
	pending, approved := string(attendance.RequestPending), string(attendance.RequestApproved)
	err := tx.NewSelect().Model(&rows).Where("r.employee_id = ?", c.EmployeeID).
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("r.claim_key = ?", c.Key).
				WhereOr("(r.state = ? AND r.claim <> '')", pending).
				WhereOr("(r.state IN (?) AND r.work_date = ? AND r.direction = ? AND r.occurred_at = ?)",
					bun.List([]string{pending, approved}), c.WorkDate, string(c.Direction), db.Micro(c.OccurredAt))
		}).Order("r.id").Scan(ctx)
	if err != nil {
		return 0, err
	}
	waiting, same := 0, int64(0)
	for i := range rows {
		r := &rows[i]
		switch {
		case r.ClaimKey == c.Key && [16]byte(r.ClaimHash) != c.RequestHash:
			return 0, mismatch()
		case r.ClaimKey == c.Key:
			return r.ID, nil
		case r.WorkDate == c.WorkDate && r.Direction == string(c.Direction) &&
			r.OccurredAt.Equal(db.Micro(c.OccurredAt)):
			same = r.ID
		}
		if r.State == pending && r.Claim != "" {
			waiting++
		}
	}
	n, err := tx.NewSelect().TableExpr("punches").Where("employee_id = ?", c.EmployeeID).
		Where("idempotency_key = ?", c.Key).Count(ctx)
	switch {
	case err != nil:
		return 0, err
	case n > 0:
		return 0, mismatch()
	case same == 0 && waiting >= mostClaims:
		return 0, attendance.Later{RetryAt: tx.Now.Add(claimsAgain), Cause: attendance.NewError(
			attendance.CodeTooManyPunches, "Too many punches of this person wait for a decision.")}
	}
	return same, nil
}

func mismatch() error {
	return attendance.NewError(attendance.CodeIdempotencyMismatch,
		"The idempotency key was used with another request.")
}
