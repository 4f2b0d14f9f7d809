package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"
	"time"

	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// AuditFilter selects entries of the audit log. Empty fields do not filter.
type AuditFilter struct {
	Table  string
	RowID  string
	UserID int64
	Login  string // of the user; a login that nobody has matches nothing
	Action string // the action's beginning
	From   time.Time
	To     time.Time // the first instant that is no longer meant
	Limit  int       // 0 means 50; at most 500
	Cursor string
}

// AuditRecord is an entry as it is read back.
type AuditRecord struct {
	AuditEntry
	ID        int64
	CreatedAt time.Time
	Login     string // of the user, as it is now; "" for the system and for users who are gone
	Name      string
}

const auditList = "audit"

// AuditLog lists entries, newest first.
func (s *Audit) AuditLog(ctx context.Context, f AuditFilter) (records []AuditRecord, next string, err error) {
	position, found, err := db.DecodeCursor(f.Cursor, auditList, 1)
	if err != nil {
		return nil, "", err
	}
	limit := db.PageSize(f.Limit)
	var rows []auditRow
	q := s.db.Read().NewSelect().Model(&rows).Order("al.id DESC").Limit(int64(limit + 1))
	if found {
		q = q.Where("al.id < ?", position[0])
	}
	if f.Table != "" {
		q = q.Where("al.table_name = ?", f.Table)
	}
	if f.RowID != "" {
		q = q.Where("al.row_id = ?", f.RowID)
	}
	if f.UserID != 0 {
		q = q.Where("al.user_id = ?", f.UserID)
	}
	if f.Login != "" {
		q = q.Where(
			"al.user_id = (SELECT u.id FROM users AS u WHERE u.login = ?)",
			strings.ToLower(strings.TrimSpace(f.Login)),
		)
	}
	if f.Action != "" {
		q = q.Where("al.action LIKE ? ESCAPE '!'", db.LikeEscaper.Replace(f.Action)+"%")
	}
	if !f.From.IsZero() {
		q = q.Where("al.created_at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q = q.Where("al.created_at < ?", f.To.UTC())
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", db.Failed("list audit log", err)
	}
	rows, next = db.Cut(rows, limit, func(r auditRow) string { return db.EncodeCursor(auditList, r.ID) })
	users, err := s.auditors(ctx, rows)
	if err != nil {
		return nil, "", db.Failed("list audit log", err)
	}
	records = make([]AuditRecord, len(rows))
	for i, r := range rows {
		records[i] = AuditRecord{ID: r.ID, CreatedAt: r.CreatedAt.UTC(), Login: users[r.UserID].Login,
			Name: users[r.UserID].Name,
			AuditEntry: AuditEntry{UserID: r.UserID, Action: r.Action, Table: r.TableName, RowID: r.RowID,
				Before: auditBytes(r.BeforeJSON),
				After:  auditBytes(r.AfterJSON), Address: r.Address}}
	}
	return records, next, nil
}

func auditBytes(s *string) []byte {
	if s == nil {
		return nil
	}
	return []byte(*s)
}

// auditor is what the audit log tells of a user.
type auditor struct {
	ID    int64  `bun:"id"`
	Login string `bun:"login"`
	Name  string `bun:"name"`
}

// auditors returns the users who made the entries, by id.
func (s *Audit) auditors(ctx context.Context, rows []auditRow) (map[int64]auditor, error) {
	var ids []int64
	for _, r := range rows {
		if r.UserID != 0 {
			ids = append(ids, r.UserID)
		}
	}
	found := map[int64]auditor{}
	if len(ids) == 0 {
		return found, nil
	}
	var users []auditor
	if err := s.db.Read().NewSelect().Table("users").Column("id", "login", "name").Where("id IN (?)",
		bun.List(ids)).Scan(ctx, &users); err != nil {
		return nil, err
	}
	for _, u := range users {
		found[u.ID] = u
	}
	return found, nil
}

// AuditWalk is how far a walk over the chain came.
type AuditWalk struct {
	Broken int64 `json:"broken" doc:"The first entry whose hash does not fit, or that is missing; 0 while all fit."`
	Last   int64 `json:"last"   doc:"The last entry that was looked at and fits."`
	Head   int64 `json:"head"   doc:"The last entry of the log."`
}

// Done tells whether nothing is left to look at.
func (w AuditWalk) Done() bool { return w.Broken != 0 || w.Last >= w.Head }

// auditStep is how many entries are read at a time.
const auditStep = 1000

// VerifyAudit walks the chain and returns the id of the first entry whose hash does not fit; 0 if all fit. An entry
// that was removed shows at its place: the id is then that of the missing entry.
func (s *Audit) VerifyAudit(ctx context.Context) (int64, error) {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return 0, db.Failed("verify audit", err)
	}
	w, err := s.walkAudit(ctx, head, 0, make([]byte, sha256.Size), head.EntryID)
	return w.Broken, db.Failed("verify audit", err)
}

// VerifyAuditPart is VerifyAudit for at most limit entries after one that an earlier part reached; 0 begins. The parts
// together see what one walk sees, as long as nobody tampers between them.
func (s *Audit) VerifyAuditPart(ctx context.Context, after int64, limit int) (AuditWalk, error) {
	var head AuditHeadRow
	if err := s.db.Read().NewSelect().Model(&head).Where("id = 1").Scan(ctx); err != nil {
		return AuditWalk{}, db.Failed("verify audit", err)
	}
	after = min(max(after, 0), head.EntryID)
	previous := make([]byte, sha256.Size)
	if after > 0 {
		var row auditRow
		err := s.db.Read().NewSelect().Model(&row).Where("id = ?", after).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return AuditWalk{Broken: after, Head: head.EntryID}, nil
		}
		if err != nil {
			return AuditWalk{}, db.Failed("verify audit", err)
		}
		previous = row.Hash
	}
	w, err := s.walkAudit(ctx, head, after, previous, min(head.EntryID, after+int64(limit)))
	return w, db.Failed("verify audit", err)
}

// walkAudit looks at the entries after one whose hash is known, up to another. What is appended meanwhile is left to
// the next walk.
func (s *Audit) walkAudit(ctx context.Context, head AuditHeadRow, id int64, previous []byte, end int64) (AuditWalk,
	error) {
	w := AuditWalk{Last: id, Head: head.EntryID}
	for w.Last < end {
		var rows []auditRow
		err := s.db.Read().NewSelect().Model(&rows).Where("id > ? AND id <= ?", w.Last,
			end).Order("id").Limit(auditStep).Scan(ctx)
		if err != nil {
			return w, err
		}
		if len(rows) == 0 {
			w.Broken = w.Last + 1
			return w, nil
		}
		for i := range rows {
			r := &rows[i]
			if r.ID != w.Last+1 || !bytes.Equal(r.PreviousHash, previous) || !bytes.Equal(r.Hash, r.digest()) {
				w.Broken = w.Last + 1
				return w, nil
			}
			previous, w.Last = r.Hash, r.ID
		}
	}
	if w.Last == head.EntryID && !bytes.Equal(previous, head.Hash) {
		w.Broken = head.EntryID
	}
	return w, nil
}
