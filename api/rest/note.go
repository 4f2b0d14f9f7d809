package rest

import (
	"context"

	"hadir/internal/store/ledger"
)

// Noter writes entries to the audit log: *ledger.Audit.
type Noter interface {
	Note(ctx context.Context, e ledger.AuditEntry, after any) error
}

// NoteDownload tells the audit log who takes which data with them: the entry names the action, the table and the row.
// Without it there is no file, so it comes before the first byte.
func NoteDownload(ctx context.Context, log Noter, e ledger.AuditEntry, what any) error {
	by := ActorOf(ctx)
	e.UserID, e.Address = by.UserID, by.Address
	return log.Note(ctx, e, what)
}
