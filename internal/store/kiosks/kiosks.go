// Package kiosks is the room of the tablets at the gate: what is known of each, the token that one is paired by, and
// what people identify themselves with there.
package kiosks

import (
	"context"
	"reflect"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/company/identity"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// Kiosks are the tablets.
type Kiosks struct {
	db     *db.DB
	ledger *ledger.Ledger
	others others
}

// NewKiosks returns the kiosks of a database. o tells whether somebody else could confirm one.
func NewKiosks(d *db.DB, l *ledger.Ledger, o others) *Kiosks { return &Kiosks{d, l, o} }

type kioskRow struct {
	bun.BaseModel `bun:"table:kiosks,alias:k"`

	ID         int64      `bun:"id,pk,autoincrement"`
	BranchID   int64      `bun:"branch_id"`
	Site       string     `bun:"site"`
	Name       string     `bun:"name"`
	Secret     []byte     `bun:"secret"` // 32 bytes
	Modes      string     `bun:"modes"`  // separated by blanks
	Language   string     `bun:"language"`
	TokenHash  []byte     `bun:"token_hash"` // 32 bytes, or NULL
	CodeHash   []byte     `bun:"code_hash"`  // 32 bytes, or NULL
	CodeUntil  *time.Time `bun:"code_until"`
	PairedAt   *time.Time `bun:"paired_at"`
	LastSeenAt *time.Time `bun:"last_seen_at"`
	Address    string     `bun:"address"`
	CreatedAt  time.Time  `bun:"created_at"`
	UpdatedAt  time.Time  `bun:"updated_at"`

	BranchName string `bun:"branch_name,scanonly"`
	Zone       string `bun:"zone,scanonly"`
	Active     bool   `bun:"active,scanonly"` // the branch is in use
}

func (r *kioskRow) domain() kiosk.Kiosk {
	k := kiosk.Kiosk{ID: r.ID, BranchID: r.BranchID, BranchName: r.BranchName, Zone: r.Zone, Site: r.Site, Name: r.Name,
		Modes: kiosk.OfText(r.Modes), Language: r.Language, Secret: r.Secret, Paired: len(r.TokenHash) > 0 && r.Active,
		CodeUntil: db.UTC(r.CodeUntil), LastSeen: db.UTC(r.LastSeenAt), Address: r.Address}
	if k.Paired {
		k.PairedAt = db.UTC(r.PairedAt)
	}
	return k
}

// Setting is what of a kiosk people decide, as the audit log keeps it.
type Setting struct {
	BranchID int64  `json:"branch_id"`
	Site     string `json:"site"`
	Name     string `json:"name"`
	Modes    string `json:"modes"`
	Language string `json:"language"`
}

// SettingOf returns what people decided about a kiosk.
func SettingOf(k *kiosk.Kiosk) *Setting {
	return &Setting{k.BranchID, k.Site, k.Name, kiosk.Text(k.Modes), k.Language}
}

// set takes over what can be changed.
func (r *kioskRow) set(k *kiosk.Kiosk) error {
	if err := db.CheckTexts(db.Name("name", k.Name, 100), db.Text("site", k.Site, 0, 100)); err != nil {
		return err
	}
	modes, err := kiosk.ModesOf(k.Modes)
	if err != nil {
		return err
	}
	if k.Language != "id" && k.Language != "en" {
		return attendance.Invalid("language", "The language is id or en.")
	}
	r.BranchID, r.Site, r.Name, r.Modes, r.Language = k.BranchID, k.Site, k.Name, kiosk.Text(modes), k.Language
	return nil
}

const table = "kiosks"

// complete selects kiosks with their branches.
func complete(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("k.*").ColumnExpr("b.name AS branch_name, b.zone, b.active").
		Join("JOIN branches AS b ON b.id = k.branch_id")
}

// All lists kiosks by branch and name: those of the given branches, and all with nil.
func (s *Kiosks) All(ctx context.Context, branchIDs []int64) ([]kiosk.Kiosk, error) {
	if branchIDs != nil && len(branchIDs) == 0 {
		return nil, nil
	}
	var rows []kioskRow
	q := complete(s.db.Read().NewSelect().Model(&rows)).Order("b.name", "k.name", "k.id")
	if branchIDs != nil {
		q = q.Where("k.branch_id IN (?)", bun.List(branchIDs))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, db.Failed("list kiosks", err)
	}
	out := make([]kiosk.Kiosk, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
		out[i].Secret = nil
	}
	return out, nil
}

// Kiosk returns one, or CodeNotFound.
func (s *Kiosks) Kiosk(ctx context.Context, id int64) (kiosk.Kiosk, error) {
	var row kioskRow
	err := complete(s.db.Read().NewSelect().Model(&row)).Where("k.id = ?", id).Scan(ctx)
	return row.domain(), noKiosk(err)
}

// ByToken returns the kiosk that a tablet serves, or CodeUnpaired, also where its branch is out of use. It asks the
// database each time: what was revoked on one node is revoked on all.
func (s *Kiosks) ByToken(ctx context.Context, hash [32]byte) (kiosk.Kiosk, error) {
	var row kioskRow
	err := complete(s.db.Read().NewSelect().Model(&row)).Where("k.token_hash = ? AND b.active", hash[:]).Scan(ctx)
	if err = noKiosk(err); attendance.CodeOf(err) == attendance.CodeNotFound {
		err = attendance.NewError(kiosk.CodeUnpaired, "This tablet is not paired.")
	}
	return row.domain(), err
}

func noKiosk(err error) error { return db.NotFound("load kiosk", "no such kiosk", err) }

// Order is a change of a kiosk, or of what an employee holds. May is asked about the branch of either as it is then.
type Order struct {
	ID  int64 // of the kiosk or the employee
	By  ledger.Actor
	May func(branchID int64) error
}

// locked is lock for a change that is ordered.
func (s *Kiosks) locked(ctx context.Context, tx bun.Tx, o Order) (row kioskRow, err error) {
	if row, err = s.lock(ctx, tx, o.ID); err == nil {
		err = o.May(row.BranchID)
	}
	return row, err
}

// lock reads a kiosk that stays as it is until the end of the transaction.
func (s *Kiosks) lock(ctx context.Context, tx bun.Tx, id int64) (row kioskRow, err error) {
	err = s.db.ForUpdate(tx.NewSelect().Model(&row).Where("id = ?", id), "").Scan(ctx)
	return row, noKiosk(err)
}

// Add makes a kiosk that no tablet is paired with yet.
func (s *Kiosks) Add(ctx context.Context, k kiosk.Kiosk, by ledger.Actor) (kiosk.Kiosk, error) {
	var id int64
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row := kioskRow{Secret: kiosk.NewSecret(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := row.set(&k); err != nil {
			return err
		}
		if err := identity.InUse(ctx, s.db, tx, k.BranchID); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		id = row.ID
		if err := s.vouch(ctx, tx, id, false); err != nil {
			return err
		}
		after := row.domain()
		return ledger.AuditChange(tx, "kiosk.created", ledger.Row{Table: table, ID: id}, nil, SettingOf(&after))
	})
	if err != nil {
		return kiosk.Kiosk{}, db.Failed("add kiosk", err)
	}
	return s.Kiosk(ctx, id)
}

// Update lets change work on a kiosk and writes what came out; its error ends the change, and it may be called again
// when the database breaks the transaction off.
func (s *Kiosks) Update(ctx context.Context, id int64, by ledger.Actor,
	change func(*kiosk.Kiosk) error) (kiosk.Kiosk, error) {
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.lock(ctx, tx.Tx, id)
		if err != nil {
			return err
		}
		before, after := row.domain(), row.domain()
		if err := change(&after); err != nil {
			return err
		}
		if err := row.set(&after); err != nil {
			return err
		}
		after = row.domain()
		if reflect.DeepEqual(SettingOf(&before), SettingOf(&after)) {
			return nil
		}
		if after.BranchID != before.BranchID {
			if err := identity.InUse(ctx, s.db, tx, after.BranchID); err != nil {
				return err
			}
			if err := s.vouch(ctx, tx, id, false); err != nil {
				return err
			}
		}
		row.UpdatedAt = tx.Now
		if _, err := tx.NewUpdate().Model(&row).Column("branch_id", "site", "name", "modes", "language", "updated_at").
			WherePK().Exec(ctx); err != nil {
			return err
		}
		return ledger.AuditChange(tx, "kiosk.updated", ledger.Row{Table: table, ID: id}, SettingOf(&before),
			SettingOf(&after))
	})
	if err != nil {
		return kiosk.Kiosk{}, db.Failed("change kiosk", err)
	}
	return s.Kiosk(ctx, id)
}

// Delete removes a kiosk. Its tablet is unpaired at once; what it recorded stays.
func (s *Kiosks) Delete(ctx context.Context, o Order) error {
	return db.Failed("delete kiosk", s.ledger.Change(ctx, o.By, func(ctx context.Context, tx *ledger.Tx) error {
		row, err := s.locked(ctx, tx.Tx, o)
		if err != nil {
			return err
		}
		_, err = tx.NewDelete().Model((*voucherRow)(nil)).Where("kiosk_id = ?", o.ID).Exec(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		before := row.domain()
		return ledger.AuditChange(tx, "kiosk.deleted", ledger.Row{Table: table, ID: o.ID}, SettingOf(&before), nil)
	}))
}

// Heard notes a sign of life of a tablet.
func (s *Kiosks) Heard(ctx context.Context, id int64, address string) error {
	return db.Failed("note sign of life", s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
		_, err := idb.NewUpdate().Model((*kioskRow)(nil)).Set("last_seen_at = ?", s.db.Clock.Now()).
			Set("address = ?", db.Clip(address, 45)).Where("id = ?", id).Exec(ctx)
		return err
	}))
}
