package ledger

import (
	"context"
	"time"

	"hadir/internal/account"
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
			account.NormalLogin(f.Login),
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
