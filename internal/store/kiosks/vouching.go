package kiosks

import (
	"context"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Whoever sets a kiosk up, takes it to another branch, makes the code for its tablet or pairs that could have the
// tablet at home, and be present from there: they vouch for it. All who did so since somebody else confirmed it are
// kept, or else the next one who changes something would let the one before go.

// others tells whether an account could decide instead of another one about the days of an employee, for a branch or,
// with 0, for all.
type others func(ctx context.Context, idb bun.IDB, userID, employeeID int64, branchIDs ...int64) (bool, error)

type voucherRow struct {
	bun.BaseModel `bun:"table:kiosk_vouchers,alias:kv"`

	KioskID    int64  `bun:"kiosk_id,pk"`
	EmployeeID int64  `bun:"employee_id,pk"`
	UserID     int64  `bun:"user_id"`
	Waits      bool   `bun:"waits"` // for somebody to trade the code that they made; part of the key
	Name       string `bun:"name,scanonly"`
}

func (s *Kiosks) insertVoucher(ctx context.Context, tx *ledger.Tx, row *voucherRow) error {
	_, err := s.db.Upsert(tx.NewInsert().Model(row), "kiosk_id, employee_id, waits",
		db.Overwritten(s.db, "user_id")...).Exec(ctx)
	return err
}

// vouch keeps who makes a change, if an employee does. waits says that it counts once the code is traded.
func (s *Kiosks) vouch(ctx context.Context, tx *ledger.Tx, kioskID int64, waits bool) error {
	by := tx.By()
	for _, employee := range by.Selves() {
		row := voucherRow{KioskID: kioskID, EmployeeID: employee, UserID: by.UserID, Waits: waits}
		if err := s.insertVoucher(ctx, tx, &row); err != nil {
			return err
		}
	}
	return nil
}

// invited keeps who made the code to pair with, in the place of whoever made one before.
func (s *Kiosks) invited(ctx context.Context, tx *ledger.Tx, kioskID int64) error {
	if err := s.uninvited(ctx, tx, kioskID); err != nil {
		return err
	}
	return s.vouch(ctx, tx, kioskID, true)
}

func (s *Kiosks) uninvited(ctx context.Context, tx *ledger.Tx, kioskID int64) error {
	_, err := tx.NewDelete().Model((*voucherRow)(nil)).Where("kiosk_id = ? AND waits", kioskID).Exec(ctx)
	return err
}

// traded lets whoever made the code vouch for the tablet that has traded it, and whoever is known to have typed it.
func (s *Kiosks) traded(ctx context.Context, tx *ledger.Tx, kioskID int64) error {
	var rows []voucherRow
	if err := tx.NewSelect().Model(&rows).Where("kiosk_id = ? AND waits", kioskID).Scan(ctx); err != nil {
		return err
	}
	if err := s.uninvited(ctx, tx, kioskID); err != nil {
		return err
	}
	for i := range rows {
		rows[i].Waits = false
		if err := s.insertVoucher(ctx, tx, &rows[i]); err != nil {
			return err
		}
	}
	return s.vouch(ctx, tx, kioskID, false)
}

// Voucher is who vouches for a kiosk: an account, and the name of its user.
type Voucher struct {
	UserID int64  `json:"user_id"`
	Name   string `json:"name"`
}

// Vouchers returns who vouches for kiosks, by kiosk. Those for whom nobody does are not in it.
func (s *Kiosks) Vouchers(ctx context.Context, kioskIDs ...int64) (map[int64][]Voucher, error) {
	if len(kioskIDs) == 0 {
		return nil, nil
	}
	var rows []voucherRow
	err := s.db.Read().NewSelect().Model(&rows).Column("kiosk_id", "user_id").ColumnExpr("MIN(u.name) AS name").
		Join("JOIN users AS u ON u.id = kv.user_id").Where("kiosk_id IN (?) AND NOT waits", bun.List(kioskIDs)).
		Group("kiosk_id", "user_id").Order("kiosk_id", "user_id").Scan(ctx)
	out := make(map[int64][]Voucher, len(rows))
	for _, r := range rows {
		out[r.KioskID] = append(out[r.KioskID], Voucher{r.UserID, r.Name})
	}
	return out, db.Failed("list who vouches for kiosks", err)
}

// Own tells whether an employee punches at a kiosk for which they vouch: OwnKiosk as long as somebody else could
// confirm it. It reads the database anew, so that what is confirmed counts at once.
func (s *Kiosks) Own(ctx context.Context, k *kiosk.Kiosk, employeeID int64) (own bool, err error) {
	var rows []voucherRow
	err = s.db.Read().NewSelect().Model(&rows).Where("kiosk_id = ? AND employee_id = ? AND NOT waits", k.ID,
		employeeID).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return false, db.Failed("look for who vouches", err)
	}
	others, err := s.others(ctx, s.db.Read(), rows[0].UserID, employeeID, k.BranchID)
	if err == nil && others {
		err = kiosk.OwnKiosk{}
	}
	return true, db.Failed("look for who could confirm a kiosk", err)
}

// vouching is what the audit log keeps of who vouched for a kiosk.
type vouching struct {
	VouchedBy int64 `json:"vouched_by"`
}

// Confirm says that a kiosk is the company's and stands where it should, for all who vouch for it but whoever says so:
// CodeOwnDays where nobody else does. One for which nobody vouches stays as it is. A code that waits to be traded is
// not confirmed by it: whoever made that vouches from then on.
func (s *Kiosks) Confirm(ctx context.Context, o Order) error {
	return db.Failed("confirm kiosk", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := s.locked(ctx, tx.Tx, o); err != nil {
			return err
		}
		var rows []voucherRow
		if err := tx.NewSelect().Model(&rows).Where("kiosk_id = ? AND NOT waits", o.ID).Scan(ctx); err != nil {
			return err
		}
		confirmed := 0
		for i := range rows {
			if rows[i].UserID == o.By.UserID || o.By.MayBe(rows[i].EmployeeID) {
				continue
			}
			_, err := tx.NewDelete().Model((*voucherRow)(nil)).Where("kiosk_id = ? AND employee_id = ? AND NOT waits",
				o.ID, rows[i].EmployeeID).Exec(ctx)
			if err != nil {
				return err
			}
			err = ledger.AuditChange(tx, "kiosk.setup_confirmed", ledger.Row{Table: table, ID: o.ID},
				&vouching{rows[i].UserID}, nil)
			if err != nil {
				return err
			}
			confirmed++
		}
		if confirmed == 0 && len(rows) > 0 {
			return attendance.NewError(attendance.CodeOwnDays, "Somebody else has to confirm the kiosk.")
		}
		return nil
	}))
}
