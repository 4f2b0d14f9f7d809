package kiosks

import (
	"context"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Invite stores the hash of the code that a tablet is paired with, in the place of an earlier one, and returns until
// when it is valid. A tablet that is paired goes on until another one trades the code.
func (s *Kiosks) Invite(ctx context.Context, o Order, hash [32]byte) (until time.Time, err error) {
	err = s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.locked(ctx, tx.Tx, o)
		if err != nil {
			return err
		}
		until = tx.Now.Add(kiosk.PairingFor)
		row.CodeHash, row.CodeUntil = hash[:], &until
		if _, err := tx.NewUpdate().Model(&row).Column("code_hash", "code_until").WherePK().Exec(ctx); err != nil {
			return err
		}
		if err := s.invited(ctx, tx, o.ID); err != nil {
			return err
		}
		return ledger.AuditChange[Setting](tx, "kiosk.code_made", ledger.Row{Table: table, ID: o.ID}, nil, nil)
	})
	return until, db.Failed("make pairing code", err)
}

// Pair trades a code for a token of which this is the hash: CodePairing for one that is unknown, was used, or is too
// old. The kiosk has a new secret, so that nothing is worth anything that an earlier tablet shows or knows. by is the
// address, with whoever is known to be signed in there.
func (s *Kiosks) Pair(ctx context.Context, code, token [32]byte, by ledger.Actor) error {
	return db.Failed("pair kiosk", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row kioskRow
		err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("code_hash = ?", code[:]), "").Scan(ctx)
		if err = noKiosk(err); attendance.CodeOf(err) == attendance.CodeNotFound ||
			err == nil && !row.CodeUntil.After(tx.Now) {
			return &attendance.Error{Code: kiosk.CodePairing, Field: "code", Message: "The code is wrong or too old."}
		}
		if err != nil {
			return err
		}
		row.TokenHash, row.CodeHash, row.CodeUntil = token[:], nil, nil
		row.Secret, row.PairedAt, row.LastSeenAt = kiosk.NewSecret(), &tx.Now, &tx.Now
		row.Address = db.Clip(by.Address, 45)
		if err := s.writePairing(ctx, tx, &row); err != nil {
			return err
		}
		if err := s.traded(ctx, tx, row.ID); err != nil {
			return err
		}
		return ledger.AuditChange[Setting](tx, "kiosk.paired", ledger.Row{Table: table, ID: row.ID}, nil, nil)
	}))
}

// Unpair takes a tablet's token away, and a code that waits to be traded. The codes on its screen are worth nothing
// from now on.
func (s *Kiosks) Unpair(ctx context.Context, o Order) error {
	return db.Failed("unpair kiosk", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.locked(ctx, tx.Tx, o)
		if err != nil {
			return err
		}
		if row.TokenHash == nil && row.CodeHash == nil {
			return nil
		}
		row.TokenHash, row.CodeHash, row.CodeUntil, row.PairedAt = nil, nil, nil, nil
		row.Secret = kiosk.NewSecret()
		if err := s.writePairing(ctx, tx, &row); err != nil {
			return err
		}
		if err := s.uninvited(ctx, tx, o.ID); err != nil {
			return err
		}
		return ledger.AuditChange[Setting](tx, "kiosk.unpaired", ledger.Row{Table: table, ID: o.ID}, nil, nil)
	}))
}

func (s *Kiosks) writePairing(ctx context.Context, idb bun.IDB, row *kioskRow) error {
	_, err := idb.NewUpdate().Model(row).Column("token_hash", "code_hash", "code_until", "secret", "paired_at",
		"last_seen_at", "address").WherePK().Exec(ctx)
	return err
}
