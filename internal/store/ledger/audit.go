package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// AuditEntry is one line of the audit log; Before and After are JSON or nil.
type AuditEntry struct {
	UserID  int64 // 0: the system
	Action  string
	Table   string
	RowID   string
	Before  []byte
	After   []byte
	Address string
}

type auditRow struct {
	bun.BaseModel `bun:"table:audit_log,alias:al"`

	ID           int64     `bun:"id,pk"`
	CreatedAt    time.Time `bun:"created_at"`
	UserID       int64     `bun:"user_id"`
	Action       string    `bun:"action"`
	TableName    string    `bun:"table_name"`
	RowID        string    `bun:"row_id"`
	BeforeJSON   *string   `bun:"before_json"`
	AfterJSON    *string   `bun:"after_json"`
	Address      string    `bun:"address"`
	PreviousHash []byte    `bun:"previous_hash"`
	Hash         []byte    `bun:"hash"`
	KeyID        string    `bun:"key_id"` // "" for entries from before there was a key
	AddressProof []byte    `bun:"address_proof"`
	ContentProof []byte    `bun:"content_proof"`
}

type AuditHeadRow struct {
	bun.BaseModel `bun:"table:audit_head,alias:ah"`

	ID      int64  `bun:"id,pk"` // 1
	EntryID int64  `bun:"entry_id"`
	Hash    []byte `bun:"hash"`
	KeyID   string `bun:"key_id"` // that continues the chain; "" for none

	VerifiedAt    *time.Time `bun:"verified_at"`
	VerifiedLast  int64      `bun:"verified_last"`
	VerifiedFault string     `bun:"verified_fault"`
}

// HeadColumns are those that move with the chain.
func HeadColumns() []string { return []string{"entry_id", "hash", "key_id"} }

// Audit appends entries, each carrying the hash of the one before.
func (s *Audit) Audit(ctx context.Context, es ...AuditEntry) error {
	if len(es) == 0 {
		return nil
	}
	return db.Failed("audit", s.db.Write(ctx,
		func(ctx context.Context, tx bun.Tx) error { return s.ledger.appendAudit(ctx, tx, es...) }))
}

// Note appends an entry whose After is a value that encodes as JSON; nil leaves it out.
func (s *Audit) Note(ctx context.Context, e AuditEntry, after any) error {
	if after != nil {
		j, err := json.Marshal(after)
		if err != nil {
			return err
		}
		e.After = j
	}
	return s.Audit(ctx, e)
}

// appendAudit is Audit.Audit within a transaction. It is the transaction's last act, since it holds the end of the
// chain, on which every other appender waits.
func (s *Ledger) appendAudit(ctx context.Context, tx bun.Tx, es ...AuditEntry) error {
	if len(es) == 0 {
		return nil
	}
	var head AuditHeadRow
	if err := s.db.ForUpdate(tx.NewSelect().Model(&head).Where("id = 1"), "").Scan(ctx); err != nil {
		return err
	}
	return s.writeAudit(ctx, tx, &head, es...)
}

// writeAudit appends entries to a chain whose end is locked.
func (s *Ledger) writeAudit(ctx context.Context, tx bun.Tx, head *AuditHeadRow, es ...AuditEntry) error {
	rows, err := s.Chained(head, es, s.db.Clock.Now())
	if err != nil {
		return err
	}
	if err := db.InsertAll(ctx, tx, rows); err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model(head).Column(HeadColumns()...).WherePK().Exec(ctx)
	return err
}

// Chained makes the rows of entries, which follow the head, and moves it to the last of them. A chain whose key this
// process does not have is ErrAuditKey.
func (s *Ledger) Chained(head *AuditHeadRow, es []AuditEntry, now time.Time) ([]auditRow, error) {
	key, err := s.keyOf(head)
	if err != nil {
		return nil, err
	}
	s.wrote.Store(true)
	rows := make([]auditRow, len(es))
	for i, e := range es {
		r := &rows[i]
		*r = auditRow{ID: head.EntryID + 1, CreatedAt: now, UserID: e.UserID, Action: db.Clip(e.Action, 64),
			TableName: db.Clip(e.Table, 64), RowID: db.Clip(e.RowID, 64), BeforeJSON: auditText(e.Before),
			AfterJSON: auditText(e.After), Address: db.Clip(e.Address, 64), PreviousHash: head.Hash}
		if key == nil {
			r.Hash = r.digest()
		} else {
			r.KeyID, r.AddressProof, r.ContentProof = key.id, r.addressProof(key), r.contentProof(key)
			r.Hash = r.mac(key)
		}
		head.EntryID, head.Hash = r.ID, r.Hash
	}
	return rows, nil
}

// auditText keeps what the column will hold, so that the digest of what is read back is the same.
func auditText(b []byte) *string {
	if b == nil {
		return nil
	}
	s := db.Clip(string(b), len(b))
	return &s
}

// digest is the hash of an entry that is written without a key: the SHA-256 of the previous hash and every column.
func (r *auditRow) digest() []byte {
	h := sha256.New()
	put(h, r.PreviousHash)
	putNumber(h, r.ID)
	putNumber(h, r.CreatedAt.UnixMicro())
	putNumber(h, r.UserID)
	put(h, []byte(r.Action))
	put(h, []byte(r.TableName))
	put(h, []byte(r.RowID))
	putText(h, r.BeforeJSON)
	putText(h, r.AfterJSON)
	put(h, []byte(r.Address))
	return h.Sum(nil)
}
