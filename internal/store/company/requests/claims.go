package requests

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"
	"hadir/internal/store/traces"

	"github.com/uptrace/bun"
)

const (
	// mostClaims is how many claimed punches of one person may wait. Nobody is offline that often before somebody has
	// decided; a program that makes claims up may be.
	mostClaims = 50
	// mostClaimsOfDate is how many of them may be of one date: somebody comes, goes, and takes three breaks.
	mostClaimsOfDate = 8
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
	Key         string           // the idempotency key of the request that brought it
	RequestHash [16]byte         // of what it said
	Judged      attendance.Punch // where and by which device it was made, and what was doubted about that
	DeviceHash  [16]byte         // zero for none
}

// AddClaim keeps a claimed punch as a correction that waits for a decision, and returns its id. What was kept already
// is only found again: by its key, or because the same person waits for the same punch or got it. As of two punches, a
// claim at most attendance.DuplicateWithin after one of the same direction that waits is that one; an earlier one is
// another. A key that came with another request, or is that of a punch, is CodeIdempotencyMismatch; too many that wait
// are CodeTooManyClaims in a Later.
func (s *Requests) AddClaim(ctx context.Context, by ledger.Actor, c Claimed) (id int64, known bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		// The lock under which one person's requests come one after the other, as in AddRequest and in the recorder.
		if err := s.db.LockEmployee(ctx, tx, c.EmployeeID); err != nil {
			return err
		}
		at := db.Micro(c.OccurredAt)
		q := attendance.Request{Type: attendance.RequestCorrection, EmployeeID: c.EmployeeID, WorkDate: &c.WorkDate,
			Direction: c.Direction, OccurredAt: &at, Reason: c.Note, Claim: c.Why}
		var err error
		if id, err = keptClaim(ctx, tx, &c, &q); err != nil || id != 0 {
			known = true
			return err
		}
		known = false
		row := newCorrectionRow(&q, by, tx.Now)
		row.ClaimKey, row.ClaimHash, row.Columns = c.Key, c.RequestHash[:], traces.Of(&c.Judged)
		if c.DeviceHash != ([16]byte{}) {
			row.DeviceHash = c.DeviceHash[:]
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		id = row.ID
		return announce(ctx, tx, &q, id)
	})
	return id, known, db.Failed("keep a claim", err)
}

// Evidence returns a claim as it was judged when it arrived, and the hash of its device, zero for none. It is
// CodeNotFound for what a person asked for, and for claims of releases that did not keep it.
func (s *Requests) Evidence(ctx context.Context, q *attendance.Request) (p attendance.Punch, device [16]byte,
	err error) {
	var row correctionRow
	err = s.db.Read().NewSelect().Model(&row).Where("r.id = ?", q.ID).Where("r.source <> ''").Scan(ctx)
	if err != nil {
		return p, device, db.NotFound("load the evidence of a claim", "no evidence was kept", err)
	}
	p = attendance.Punch{EmployeeID: row.EmployeeID, BranchID: q.BranchID, Zone: q.Zone,
		Direction: attendance.Direction(row.Direction), OccurredAt: row.OccurredAt.UTC(),
		ReceivedAt: row.RequestedAt.UTC(), Offline: true}
	row.Tell(&p)
	copy(device[:], row.DeviceHash)
	return p, device, nil
}

// keptClaim returns the correction that a claim, which would become q, is already; 0 for none.
func keptClaim(ctx context.Context, tx *ledger.Tx, c *Claimed, q *attendance.Request) (int64, error) {
	var rows []correctionRow
	pending := string(attendance.RequestPending)
	err := tx.NewSelect().Model(&rows).Where("r.employee_id = ?", c.EmployeeID).
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("r.claim_key = ?", c.Key).WhereOr("(r.state = ? AND r.claim <> '')", pending)
		}).Scan(ctx)
	if err != nil {
		return 0, err
	}
	waiting, ofDate, near := 0, 0, int64(0)
	for i := range rows {
		r := &rows[i]
		switch {
		case r.ClaimKey == c.Key && [16]byte(r.ClaimHash) != c.RequestHash:
			return 0, db.KeyMismatch()
		case r.ClaimKey == c.Key:
			return r.ID, nil
		case r.State == pending:
			if waiting++; r.WorkDate == c.WorkDate {
				ofDate++
			}
			after := c.OccurredAt.Sub(r.OccurredAt)
			if r.Direction == string(c.Direction) && after >= 0 && after <= attendance.DuplicateWithin {
				near = r.ID
			}
		}
	}
	n, err := tx.NewSelect().TableExpr("punches").Where("employee_id = ?", c.EmployeeID).
		Where("idempotency_key = ?", c.Key).Count(ctx)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		return 0, db.KeyMismatch()
	}
	if near != 0 {
		return near, nil
	}
	same, err := sameCorrection(ctx, tx.Tx, q)
	if err == nil && same == 0 && (waiting >= mostClaims || ofDate >= mostClaimsOfDate) {
		return 0, attendance.Later{RetryAt: tx.Now.Add(claimsAgain), Cause: attendance.NewError(
			attendance.CodeTooManyClaims, "Too many punches of this person wait for a decision.")}
	}
	return same, err
}
