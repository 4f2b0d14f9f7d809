package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"hadir/api/rest"
	"hadir/internal/store/ledger"
)

// auditPart bounds what one request of the verification looks at.
const auditPart = 20_000

type auditInput struct {
	rest.PageInput
	Table  string    `query:"table" maxLength:"64"`
	Row    string    `query:"row" maxLength:"64" doc:"Id of the row."`
	User   int64     `query:"user" minimum:"0" doc:"Id of who did it."`
	Login  string    `query:"login" maxLength:"200" doc:"Login of who did it."`
	Action string    `query:"action" maxLength:"64" doc:"Beginning of the action."`
	From   time.Time `query:"from" doc:"First instant."`
	To     time.Time `query:"to" doc:"The first instant that is no longer meant."`
}

type auditEntry struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	UserID    int64     `json:"user_id" doc:"0: the system"`
	UserLogin string    `json:"user_login"`
	UserName  string    `json:"user_name"`
	Action    string    `json:"action"`
	Table     string    `json:"table"`
	Row       string    `json:"row"`
	Before    any       `json:"before" doc:"The row before, null if there was none."`
	After     any       `json:"after" doc:"The row after, null if there is none."`
	Address   string    `json:"address"`
}

type verifyInput struct {
	After int64 `query:"after" minimum:"0" doc:"last of the part before; 0 begins."`
}

type verified struct {
	ledger.AuditWalk
	Done bool      `json:"done" doc:"Nothing is left to look at."`
	AsOf time.Time `json:"as_of"`
}

func (a *api) registerAudit(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/audit", "list-audit", "The audit log, newest first", tagAudit), rest.Admins,
		a.audit)
	head := rest.Op("GET /api/audit/head", "audit-head", "The end of the audit log's chain", tagAudit)
	head.Description = "To be kept elsewhere; 'hadir audit verify --head ID:HASH' compares later. The whole log is " +
		"verified once a day."
	rest.Handle(r, head, rest.Admins, func(ctx context.Context, _ *struct{}) (ledger.AuditHead, error) {
		return a.o.Store.Audit.AuditHead(ctx)
	})
	verify := rest.Op("GET /api/audit/verify", "verify-audit", "Verify a part of the audit log's chain", tagAudit)
	verify.Description = "Looks at some thousand entries at a time; ask again with after=last until done."
	rest.Handle(r, verify, rest.Admins, func(ctx context.Context, in *verifyInput) (verified, error) {
		w, err := a.o.Store.Audit.VerifyAuditPart(ctx, in.After, auditPart)
		return verified{w, w.Done(), a.o.Clock.Now()}, err
	})
}

func (a *api) audit(ctx context.Context, in *auditInput) (rest.List[auditEntry], error) {
	records, next, err := a.o.Store.Audit.AuditLog(ctx,
		ledger.AuditFilter{Table: in.Table, RowID: in.Row, UserID: in.User, Login: in.Login, Action: in.Action,
			From: in.From, To: in.To, Limit: in.Limit, Cursor: in.Cursor})
	items := make([]auditEntry, len(records))
	for i, r := range records {
		items[i] = auditEntry{ID: r.ID, At: r.CreatedAt, UserID: r.UserID, UserLogin: r.Login, UserName: r.Name,
			Action: r.Action, Table: r.Table, Row: r.RowID, Before: readable(r.Before), After: readable(r.After),
			Address: r.Address}
	}
	return rest.NewList(items, next, a.o.Clock.Now()), err
}

// readable is what a column of JSON holds; what is no JSON appears as text.
func readable(b []byte) any {
	if b == nil {
		return nil
	}
	b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	if json.Valid(b) {
		return json.RawMessage(b)
	}
	return string(b)
}
