package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
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
}

type AuditHeadRow struct {
	bun.BaseModel `bun:"table:audit_head,alias:ah"`

	ID      int64  `bun:"id,pk"` // 1
	EntryID int64  `bun:"entry_id"`
	Hash    []byte `bun:"hash"`
}

// Audit appends entries, each carrying the SHA-256 of the one before.
func (s *Audit) Audit(ctx context.Context, es ...AuditEntry) error {
	if len(es) == 0 {
		return nil
	}
	return db.Failed("audit", s.db.Write(ctx,
		func(ctx context.Context, tx bun.Tx) error { return s.ledger.appendAudit(ctx, tx, es...) }))
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
	rows := Chained(&head, es, s.db.Clock.Now())
	if err := db.InsertAll(ctx, tx, rows); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Model(&head).WherePK().Exec(ctx)
	return err
}

// Chained makes the rows of entries, which follow the head, and moves it to the last of them.
func Chained(head *AuditHeadRow, es []AuditEntry, now time.Time) []auditRow {
	rows := make([]auditRow, len(es))
	for i, e := range es {
		rows[i] = auditRow{ID: head.EntryID + 1, CreatedAt: now, UserID: e.UserID, Action: db.Clip(e.Action, 64),
			TableName: db.Clip(e.Table, 64), RowID: db.Clip(e.RowID, 64), BeforeJSON: auditText(e.Before),
			AfterJSON: auditText(e.After),
			Address:   db.Clip(e.Address, 64), PreviousHash: head.Hash}
		rows[i].Hash = rows[i].digest()
		head.EntryID, head.Hash = rows[i].ID, rows[i].Hash
	}
	return rows
}

// auditText keeps what the column will hold, so that the digest of what is read back is the same.
func auditText(b []byte) *string {
	if b == nil {
		return nil
	}
	s := db.Clip(string(b), len(b))
	return &s
}

// digest is the SHA-256 of the previous digest and every column, each preceded by its length, so that no two entries
// have the same encoding.
func (r *auditRow) digest() []byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(v int64) { put(binary.BigEndian.AppendUint64(nil, uint64(v))) }
	text := func(s *string) {
		if s == nil {
			number(-1) // eight bytes that no valid text has, so that an absent value differs from an empty one
			return
		}
		put([]byte(*s))
	}
	put(r.PreviousHash)
	number(r.ID)
	number(r.CreatedAt.UnixMicro())
	number(r.UserID)
	put([]byte(r.Action))
	put([]byte(r.TableName))
	put([]byte(r.RowID))
	text(r.BeforeJSON)
	text(r.AfterJSON)
	put([]byte(r.Address))
	return h.Sum(nil)
}
