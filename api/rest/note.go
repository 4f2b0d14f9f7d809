package rest

import (
	"context"
	"encoding/json"

	"hadir/internal/store/ledger"
)

// Auditor writes the audit log: *ledger.Audit.
type Auditor interface {
	Audit(ctx context.Context, es ...ledger.AuditEntry) error
}

// NoteDownload tells the audit log who takes which data with them. Without an entry there is no file, so it comes before
// the first byte.
func NoteDownload(ctx context.Context, log Auditor, action, table, row string, what any) error {
	j, err := json.Marshal(what)
	if err != nil {
		return err
	}
	by := ActorOf(ctx)
	return log.Audit(ctx, ledger.AuditEntry{UserID: by.UserID, Address: by.Address, Action: action, Table: table,
		RowID: row, After: j})
}
