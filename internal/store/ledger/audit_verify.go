package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// AuditFault says what is wrong with the audit log.
type AuditFault string

// The faults.
const (
	AuditChanged   AuditFault = "changed"   // an entry does not fit its hash or the one before
	AuditRewritten AuditFault = "rewritten" // all fits, but a copied head says something else
	AuditMissing   AuditFault = "missing"   // an entry is not there, those after it are
	AuditTruncated AuditFault = "truncated" // the end is not there
	AuditWrongKey  AuditFault = "wrong_key" // written with a key that is not known here
	AuditUnkeyed   AuditFault = "unkeyed"   // written without the key that was there
)

// AuditWalk is how far a walk over the chain came.
type AuditWalk struct {
	Broken  int64      `json:"broken"  doc:"The first entry that does not fit, or that is missing; 0 while all fit."`
	Fault   AuditFault `json:"fault"   doc:"What is wrong with it."`
	Last    int64      `json:"last"    doc:"The last entry that was looked at and fits."`
	Head    int64      `json:"head"    doc:"The last entry of the log."`
	Key     string     `json:"key"     doc:"Name of the key that the last one was written with; empty for none."`
	KeyFrom int64      `json:"keyed_from" doc:"The first entry of this walk that was written with a key; 0 for none."`
	Emptied int64      `json:"emptied" doc:"Entries from which addresses or contents were removed as personal data."`
}

// Done tells whether nothing is left to look at.
func (w AuditWalk) Done() bool { return w.Broken != 0 || w.Last >= w.Head }

func (w *AuditWalk) fail(at int64, f AuditFault) { w.Broken, w.Fault = at, f }

// auditStep is how many entries are read at a time.
const auditStep = 500

// ParseAuditHead reads the form of AuditHead.Text. Of a log line the hash may be given in any case.
func ParseAuditHead(text string) (AuditHead, error) {
	id, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	n, err := strconv.ParseInt(id, 10, 64)
	b, hexErr := hex.DecodeString(hash)
	if err != nil || hexErr != nil || n < 0 || len(b) != sha256.Size {
		return AuditHead{}, fmt.Errorf("%q is not ID:HASH with %d hexadecimal digits", text, 2*sha256.Size)
	}
	return AuditHead{ID: n, Hash: strings.ToLower(hash)}, nil
}

// VerifyAudit walks the chain and returns the id of the first entry whose hash does not fit; 0 if all fit. An entry
// that was removed shows at its place: the id is then that of the missing entry.
func (s *Audit) VerifyAudit(ctx context.Context) (int64, error) {
	w, err := s.WalkAudit(ctx, nil)
	return w.Broken, err
}

// WalkAudit looks at the whole chain, a few hundred entries in memory at a time, and notes when it did and what it
// found. copied is a head from earlier, nil for none. A log without a key where there is one is AuditUnkeyed.
func (s *Audit) WalkAudit(ctx context.Context, copied *AuditHead) (AuditWalk, error) {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return AuditWalk{}, db.Failed("verify audit", err)
	}
	w, err := s.walkAudit(ctx, head, auditPoint{hash: make([]byte, sha256.Size), copied: copied}, head.EntryID)
	if err != nil {
		return w, db.Failed("verify audit", err)
	}
	switch {
	case w.Broken != 0:
	case copied != nil && copied.ID > head.EntryID:
		w.fail(head.EntryID+1, AuditTruncated)
	case len(s.ledger.keys) > 0 && head.KeyID == "" && head.EntryID > 0:
		w.fail(head.EntryID, AuditUnkeyed)
	}
	return w, db.Failed("verify audit", s.noteWalk(ctx, w))
}

// noteWalk keeps what a look at the whole chain found.
func (s *Audit) noteWalk(ctx context.Context, w AuditWalk) error {
	return s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
		_, err := idb.NewUpdate().Model((*AuditHeadRow)(nil)).Set("verified_at = ?", s.db.Clock.Now()).
			Set("verified_last = ?", w.Last).Set("verified_fault = ?", string(w.Fault)).Where("id = 1").Exec(ctx)
		return err
	})
}

// VerifyAuditPart is WalkAudit for at most limit entries after one that an earlier part reached; 0 begins. The parts
// together see what one walk sees, as long as nobody tampers between them.
func (s *Audit) VerifyAuditPart(ctx context.Context, after int64, limit int) (AuditWalk, error) {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return AuditWalk{}, db.Failed("verify audit", err)
	}
	at := auditPoint{id: min(max(after, 0), head.EntryID), hash: make([]byte, sha256.Size)}
	if at.id > 0 {
		var row auditRow
		err := s.db.Read().NewSelect().Model(&row).Where("id = ?", at.id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			w := AuditWalk{Head: head.EntryID}
			w.fail(at.id, AuditMissing)
			return w, nil
		}
		if err != nil {
			return AuditWalk{}, db.Failed("verify audit", err)
		}
		at.hash, at.key = row.Hash, row.KeyID
	}
	w, err := s.walkAudit(ctx, head, at, min(head.EntryID, at.id+int64(limit)))
	return w, db.Failed("verify audit", err)
}

// auditPoint is an entry up to which everything is known to fit.
type auditPoint struct {
	id     int64
	hash   []byte
	key    string
	copied *AuditHead
}

// walkAudit looks at the entries after a point, up to another. What is appended meanwhile is left to the next walk.
func (s *Audit) walkAudit(ctx context.Context, head AuditHeadRow, at auditPoint, end int64) (AuditWalk, error) {
	w := AuditWalk{Last: at.id, Head: head.EntryID, Key: at.key}
	for w.Last < end {
		var rows []auditRow
		err := s.db.Read().NewSelect().Model(&rows).Where("id > ? AND id <= ?", w.Last,
			end).Order("id").Limit(auditStep).Scan(ctx)
		if err != nil {
			return w, err
		}
		if len(rows) == 0 {
			w.fail(w.Last+1, AuditTruncated)
			return w, nil
		}
		for i := range rows {
			r := &rows[i]
			fault, emptied := s.fault(r, &at, w.Last+1)
			if fault != "" {
				w.fail(w.Last+1, fault)
				return w, nil
			}
			if emptied {
				w.Emptied++
			}
			at.hash, at.key, w.Last, w.Key = r.Hash, r.KeyID, r.ID, r.KeyID
			if w.KeyFrom == 0 && r.KeyID != "" {
				w.KeyFrom = r.ID
			}
		}
	}
	if w.Last == head.EntryID && (!bytes.Equal(at.hash, head.Hash) || at.key != head.KeyID) {
		w.fail(head.EntryID, AuditChanged)
	}
	return w, nil
}

// fault tells what is wrong with the entry that should follow a point under an id; emptied, that personal data was
// removed from it.
func (s *Audit) fault(r *auditRow, at *auditPoint, id int64) (f AuditFault, emptied bool) {
	switch {
	case r.ID != id:
		return AuditMissing, false
	case !bytes.Equal(r.PreviousHash, at.hash):
		return AuditChanged, false
	case r.KeyID == "" && at.key != "":
		return AuditUnkeyed, false
	case r.KeyID != at.key && r.Action != markAction:
		return AuditChanged, false
	}
	var hash []byte
	if r.KeyID == "" {
		hash = r.digest()
	} else {
		key := s.ledger.key(r.KeyID)
		if key == nil {
			return AuditWrongKey, false
		}
		hash = r.mac(key)
		address, content := bytes.Equal(r.AddressProof, r.addressProof(key)),
			bytes.Equal(r.ContentProof, r.contentProof(key))
		if !address && r.Address != "" || !content && (r.BeforeJSON != nil || r.AfterJSON != nil) {
			return AuditChanged, false
		}
		emptied = !address || !content
	}
	switch {
	case !bytes.Equal(r.Hash, hash):
		return AuditChanged, false
	case at.copied != nil && at.copied.ID == r.ID && at.copied.Hash != hex.EncodeToString(r.Hash):
		return AuditRewritten, false
	}
	return "", emptied
}
