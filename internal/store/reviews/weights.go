package reviews

import (
	"context"

	"hadir/internal/attendance/review"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// weightRow is what the company decided that a reason weighs.
type weightRow struct {
	bun.BaseModel `bun:"table:review_weights,alias:rw"`

	Reason string `bun:"reason,pk"`
	Weight int    `bun:"weight"`
}

// Weights returns what the company decided that reasons weigh.
func (s *Reviews) Weights(ctx context.Context) (review.Weights, error) {
	w, err := weights(ctx, s.db.Read())
	return w, db.Failed("load weights", err)
}

func weights(ctx context.Context, idb bun.IDB) (review.Weights, error) {
	var rows []weightRow
	if err := idb.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, err
	}
	w := make(review.Weights, len(rows))
	for _, r := range rows {
		w[review.Reason(r.Reason)] = r.Weight
	}
	return w, nil
}

// ChangeWeights decides what some reasons weigh, audited, and tells dashboards, since another number may wait now. Of
// what was seen in another version it is CodeStale; an empty version does not mind.
func (s *Reviews) ChangeWeights(ctx context.Context, by ledger.Actor, version string,
	to review.Weights) (after review.Weights, err error) {
	if err := to.Validate(); err != nil {
		return nil, err
	}
	ref, err := s.plans.Reference(ctx, s.db.Read())
	if err != nil {
		return nil, db.Failed("change weights", err)
	}
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.db.LockCompany(ctx, tx.Tx); err != nil {
			return err
		}
		stored, err := weights(ctx, tx)
		if err != nil {
			return err
		}
		before := stored.Whole()
		if err := db.Unchanged(version, before); err != nil {
			return err
		}
		after = stored.Whole()
		changed := false
		for r, n := range to {
			if after[r] == n {
				continue
			}
			after[r], changed = n, true
			one := weightRow{Reason: string(r), Weight: n}
			if _, err := s.db.Upsert(tx.NewInsert().Model(&one), "reason", "weight = "+s.db.Inserted("weight")).
				Exec(ctx); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		refresh := make(map[int64]bool, len(ref.Branches))
		for id := range ref.Branches {
			refresh[id] = true
		}
		if err := refreshed(ctx, tx, refresh); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "review_weights.updated", ledger.Row{Table: "review_weights", ID: 1}, &before,
			&after)
	})
	return after, db.Failed("change weights", err)
}
