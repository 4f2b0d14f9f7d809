package kiosks

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Credentials are the PINs and badges of employees.
type Credentials struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// NewCredentials returns the credentials of a database.
func NewCredentials(d *db.DB, l *ledger.Ledger) *Credentials { return &Credentials{d, l} }

type pinRow struct {
	bun.BaseModel `bun:"table:employee_pins,alias:ep"`

	EmployeeID int64     `bun:"employee_id,pk"`
	Hash       string    `bun:"pin_hash"` // argon2id
	SetAt      time.Time `bun:"set_at"`
}

type badgeRow struct {
	bun.BaseModel `bun:"table:employee_badges,alias:eb"`

	EmployeeID int64     `bun:"employee_id,pk"`
	Card       string    `bun:"card"`
	Key        string    `bun:"card_key"` // of identity.Key
	SetAt      time.Time `bun:"set_at"`
}

const (
	pinsTable   = "employee_pins"
	badgesTable = "employee_badges"
)

// Held is what somebody can identify themselves with.
type Held struct {
	HasPIN bool   `bun:"has_pin"`
	Card   string `bun:"card"` // "" for none
}

// Of returns what an employee holds.
func (s *Credentials) Of(ctx context.Context, employeeID int64) (h Held, err error) {
	err = s.db.Read().NewSelect().ColumnExpr("EXISTS (SELECT 1 FROM employee_pins WHERE employee_id = ?) AS has_pin",
		employeeID).ColumnExpr("COALESCE((SELECT card FROM employee_badges WHERE employee_id = ?), '') AS card",
		employeeID).Scan(ctx, &h)
	return h, db.Failed("load credentials", err)
}

// Claimed is whom a number or a card stands for.
type Claimed struct {
	EmployeeID int64  `bun:"id"`
	Name       string `bun:"name"`
	PINHash    string `bun:"pin_hash"` // "" for no PIN
}

// ByNumber returns whom a number stands for, as it is written or else as it reads. It is the zero value for nobody, so
// that whoever asks takes as long to find that out as for a wrong PIN.
func (s *Credentials) ByNumber(ctx context.Context, number string) (c Claimed, err error) {
	err = s.db.Read().NewSelect().TableExpr("employees AS e").
		ColumnExpr("e.id, e.name, COALESCE(ep.pin_hash, '') AS pin_hash").
		Join("LEFT JOIN employee_pins AS ep ON ep.employee_id = e.id").
		Where("e.number = ? OR e.number_key = ?", number, identity.Key(number)).
		OrderExpr("CASE WHEN e.number = ? THEN 0 ELSE 1 END", number).Limit(1).Scan(ctx, &c)
	if errors.Is(err, sql.ErrNoRows) {
		return Claimed{}, nil
	}
	return c, db.Failed("find employee", err)
}

// ByCard returns whom a card stands for, or CodeBadgeUnknown.
func (s *Credentials) ByCard(ctx context.Context, card string) (c Claimed, err error) {
	err = s.db.Read().NewSelect().TableExpr("employee_badges AS eb").ColumnExpr("e.id, e.name").
		Join("JOIN employees AS e ON e.id = eb.employee_id").Where("eb.card_key = ?", identity.Key(card)).Scan(ctx, &c)
	if errors.Is(err, sql.ErrNoRows) {
		return Claimed{}, attendance.NewError(kiosk.CodeBadgeUnknown, "Nobody has this card.")
	}
	return c, db.Failed("find card", err)
}

// lockPerson keeps an employee from being forgotten, or looked after by others, until the end of the transaction. may
// is asked about the branch where the employee is now.
func (s *Credentials) lockPerson(ctx context.Context, tx *ledger.Tx, id int64, may func(branchID int64) error) error {
	var e struct {
		BranchID  int64 `bun:"branch_id"`
		Forgotten bool  `bun:"forgotten"`
	}
	err := s.db.ForUpdate(tx.NewSelect().TableExpr("employees AS e").Column("branch_id", "forgotten").
		Where("id = ?", id), "").Scan(ctx, &e)
	if err != nil {
		return db.NotFound("load employee", "no such employee", err)
	}
	if err := may(e.BranchID); err != nil {
		return err
	}
	if e.Forgotten {
		return attendance.Forgotten()
	}
	return nil
}

// SetPIN gives an employee another PIN, of which this is the hash. Errors are those of May, CodeNotFound and
// CodeForgotten.
func (s *Credentials) SetPIN(ctx context.Context, o Order, hash string) error {
	return db.Failed("set PIN", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.lockPerson(ctx, tx, o.ID, o.May); err != nil {
			return err
		}
		row := pinRow{EmployeeID: o.ID, Hash: hash, SetAt: tx.Now}
		sets := db.Overwritten(s.db, "pin_hash", "set_at")
		if _, err := s.db.Upsert(tx.NewInsert().Model(&row), "employee_id", sets...).Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange[Held](tx, "employee_pin.created", ledger.Row{Table: pinsTable, ID: o.ID}, nil,
			nil)
	}))
}

// RemovePIN takes the PIN away, if there is one.
func (s *Credentials) RemovePIN(ctx context.Context, o Order) error {
	return db.Failed("remove PIN", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.lockPerson(ctx, tx, o.ID, o.May); err != nil {
			return err
		}
		gone, err := tx.NewDelete().Model((*pinRow)(nil)).Where("employee_id = ?", o.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return ledger.AuditChange[Held](tx, "employee_pin.deleted", ledger.Row{Table: pinsTable, ID: o.ID}, nil,
			nil)
	}))
}

// heldCard is a card in the audit log.
type heldCard struct {
	Card string `json:"card"`
}

// Taken says that somebody else has a card: CodeBadgeTaken.
type Taken struct{ EmployeeID int64 }

// Error says it for logs.
func (t Taken) Error() string { return t.Unwrap().Error() }

// Unwrap returns the *attendance.Error of the code.
func (t Taken) Unwrap() error {
	return &attendance.Error{Code: kiosk.CodeBadgeTaken, Field: "card", Message: "Somebody else has this card."}
}

const longestCard = 64

// SetBadge gives an employee another card: Taken where somebody else has it, CodeInvalid for what is none, and else the
// errors of SetPIN.
func (s *Credentials) SetBadge(ctx context.Context, o Order, card string) error {
	if err := db.CheckTexts(db.Name("card", card, longestCard)); err != nil {
		return err
	}
	err := s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.lockPerson(ctx, tx, o.ID, o.May); err != nil {
			return err
		}
		row := badgeRow{EmployeeID: o.ID, Card: card, Key: identity.Key(card), SetAt: tx.Now}
		var stored []badgeRow
		if err := tx.NewSelect().Model(&stored).Where("employee_id = ? OR card_key = ?", row.EmployeeID, row.Key).
			Scan(ctx); err != nil {
			return err
		}
		var before *heldCard
		for _, other := range stored {
			if other.EmployeeID != o.ID {
				return Taken{other.EmployeeID}
			}
			if other.Card == card {
				return nil
			}
			before = &heldCard{other.Card}
		}
		// No upsert: MySQL's would write over the row of whoever got the card since it was looked up.
		if before != nil {
			if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.Duplicate(err) {
				return db.Overtaken(err)
			}
			return err
		}
		action := "employee_badge.created"
		if before != nil {
			action = "employee_badge.updated"
		}
		return ledger.AuditChange(tx, action, ledger.Row{Table: badgesTable, ID: o.ID}, before, &heldCard{card})
	})
	return db.Failed("set badge", err)
}

// RemoveBadge takes the card away, if there is one.
func (s *Credentials) RemoveBadge(ctx context.Context, o Order) error {
	return db.Failed("remove badge", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.lockPerson(ctx, tx, o.ID, o.May); err != nil {
			return err
		}
		var stored []badgeRow
		if err := tx.NewSelect().Model(&stored).Where("employee_id = ?", o.ID).Scan(ctx); err != nil {
			return err
		}
		if len(stored) == 0 {
			return nil
		}
		if _, err := tx.NewDelete().Model(&stored[0]).WherePK().Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "employee_badge.deleted", ledger.Row{Table: badgesTable, ID: o.ID},
			&heldCard{stored[0].Card}, nil)
	}))
}
