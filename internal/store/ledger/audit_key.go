package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// ErrAuditKey tells that the audit log is kept with a key that this process does not have.
var ErrAuditKey = errors.New("HADIR_AUDIT_KEY does not hold the key of the audit log")

// markAction is the action of the entry with which a key begins.
const markAction = "audit.keyed"

// auditKey is a key of the audit log with the name by which rows tell it from others.
type auditKey struct {
	id     string // 16 hex digits, which give nothing of the secret away
	secret []byte
}

func newAuditKey(secret string) auditKey {
	k := auditKey{secret: []byte(secret)}
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte("hadir audit key"))
	k.id = hex.EncodeToString(mac.Sum(nil)[:8])
	return k
}

// key returns the key with a name; nil for none.
func (s *Ledger) key(id string) *auditKey {
	for i := range s.keys {
		if s.keys[i].id == id {
			return &s.keys[i]
		}
	}
	return nil
}

// keyOf returns the key that continues a chain; nil while it has none.
func (s *Ledger) keyOf(head *AuditHeadRow) (*auditKey, error) {
	if head.KeyID == "" {
		return nil, nil
	}
	if k := s.key(head.KeyID); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w (the log's key is the one named %s)", ErrAuditKey, head.KeyID)
}

// CheckAuditKey returns ErrAuditKey when this process could not write to the audit log.
func (s *Audit) CheckAuditKey(ctx context.Context) error {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return db.Failed("read the end of the audit log", err)
	}
	_, err := s.ledger.keyOf(&head)
	return err
}

// BeginAuditKey lets the first of the keys continue the chain, from an entry that says so. It does nothing when it does
// already, or when there is no key. A log whose present key is not known is ErrAuditKey unless it is given up.
func (s *Audit) BeginAuditKey(ctx context.Context, by Actor, giveUp bool) (begun bool, err error) {
	if len(s.ledger.keys) == 0 {
		return false, nil
	}
	first := s.ledger.keys[0]
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		begun = false
		var head AuditHeadRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&head).Where("id = 1"), "").Scan(ctx); err != nil {
			return err
		}
		if head.KeyID == first.id {
			return nil
		}
		if _, err := s.ledger.keyOf(&head); err != nil && !giveUp {
			return err
		}
		e := AuditEntry{UserID: by.UserID, Address: by.Address, Action: markAction, Table: "audit_log",
			RowID: strconv.FormatInt(head.EntryID, 10), Before: []byte(`{"key":"` + head.KeyID + `"}`),
			After: []byte(`{"key":"` + first.id + `"}`)}
		head.KeyID = first.id
		begun = true
		return s.ledger.writeAudit(ctx, tx, &head, e)
	})
	return begun, db.Failed("begin the audit key", err)
}

// AuditHead is the end of the chain. Whoever keeps a copy of it elsewhere can tell later that the log was cut or
// written anew.
type AuditHead struct {
	ID   int64     `json:"id"             doc:"The last entry; 0 for an empty log."`
	Hash string    `json:"hash"           doc:"Its hash, in hexadecimal."`
	At   time.Time `json:"at"             doc:"When it was written."`
	Key  string    `json:"key,omitempty"  doc:"Name of the key that the hash was made with; empty for none."`
	// What the last look at the whole chain found.
	VerifiedAt   *time.Time `json:"verified_at"   doc:"When the whole log was last verified; null if never."`
	VerifiedLast int64      `json:"verified_last" doc:"How far it was whole then."`
	Fault        AuditFault `json:"fault"         doc:"What was wrong then; empty for nothing."`
}

// Text is the form in which a head is copied: ID:HASH.
func (h *AuditHead) Text() string { return strconv.FormatInt(h.ID, 10) + ":" + h.Hash }

// AuditHead returns the end of the chain.
func (s *Audit) AuditHead(ctx context.Context) (AuditHead, error) {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return AuditHead{}, db.Failed("read the end of the audit log", err)
	}
	h := AuditHead{ID: head.EntryID, Hash: hex.EncodeToString(head.Hash), Key: head.KeyID,
		VerifiedAt: db.UTC(head.VerifiedAt), VerifiedLast: head.VerifiedLast, Fault: AuditFault(head.VerifiedFault)}
	var at []time.Time
	if err := s.db.Read().NewSelect().Model((*auditRow)(nil)).Column("created_at").Where("id = ?", head.EntryID).
		Scan(ctx, &at); err != nil {
		return h, db.Failed("read the end of the audit log", err)
	}
	if len(at) > 0 {
		h.At = at[0].UTC()
	}
	return h, nil
}

// AwaitsKey tells whether a log goes on without a key although this process has one: the key has not begun, or the
// entries were written anew.
func (s *Audit) AwaitsKey(head AuditHead) bool {
	return len(s.ledger.keys) > 0 && head.Key == "" && head.ID > 0
}

// Wrote tells whether this process has written to the audit log.
func (s *Audit) Wrote() bool { return s.ledger.wrote.Load() }

// encoding is how entries are told from one another: each part is preceded by its length, so that no two entries have
// the same.
type encoding interface{ Write(p []byte) (int, error) }

func put(to encoding, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	_, _ = to.Write(n[:]) // hashes never fail
	_, _ = to.Write(b)
}

func putNumber(to encoding, v int64) { put(to, binary.BigEndian.AppendUint64(nil, uint64(v))) }

func putText(to encoding, s *string) {
	if s == nil {
		putNumber(to, -1) // eight bytes that no valid text has, so that an absent value differs from an empty one
		return
	}
	put(to, []byte(*s))
}

// addressProof and contentProof stand in the chain for what may have to be removed from an entry later, because it is
// about a person: the chain holds without them. Only who has the key could find out by trying what was removed.
func (r *auditRow) addressProof(k *auditKey) []byte {
	mac := hmac.New(sha256.New, k.secret)
	put(mac, []byte("address"))
	putNumber(mac, r.ID)
	put(mac, []byte(r.Address))
	return mac.Sum(nil)
}

func (r *auditRow) contentProof(k *auditKey) []byte {
	mac := hmac.New(sha256.New, k.secret)
	put(mac, []byte("content"))
	putNumber(mac, r.ID)
	putText(mac, r.BeforeJSON)
	putText(mac, r.AfterJSON)
	return mac.Sum(nil)
}

// mac is the hash of an entry that is written with a key.
func (r *auditRow) mac(k *auditKey) []byte {
	mac := hmac.New(sha256.New, k.secret)
	put(mac, r.PreviousHash)
	putNumber(mac, r.ID)
	putNumber(mac, r.CreatedAt.UnixMicro())
	putNumber(mac, r.UserID)
	put(mac, []byte(r.Action))
	put(mac, []byte(r.TableName))
	put(mac, []byte(r.RowID))
	put(mac, r.AddressProof)
	put(mac, r.ContentProof)
	return mac.Sum(nil)
}
