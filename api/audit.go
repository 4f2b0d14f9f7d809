package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"hadir/internal/store"

	"github.com/danielgtaylor/huma/v2"
)

const tagAudit = "Audit"

// auditPart bounds what one request of the verification looks at.
const auditPart = 20_000

type auditInput struct {
	PageInput
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
	store.AuditWalk
	Done bool      `json:"done" doc:"Nothing is left to look at."`
	AsOf time.Time `json:"as_of"`
}

func (a *API) registerAudit(h huma.API) {
	huma.Register(h, private(http.MethodGet, "/api/audit", "list-audit", "The audit log, newest first", tagAudit),
		func(ctx context.Context, in *auditInput) (*answer[list[auditEntry]], error) {
			if err := onlyAdmin(ctx); err != nil {
				return nil, a.fail(ctx, err)
			}
			records, next, err := a.o.Store.AuditLog(ctx,
				store.AuditFilter{Table: strings.Clone(in.Table), RowID: strings.Clone(in.Row), UserID: in.User,
					Login: strings.Clone(in.Login), Action: strings.Clone(in.Action), From: in.From, To: in.To,
					Limit: in.Limit, Cursor: strings.Clone(in.Cursor)})
			if err != nil {
				return nil, a.fail(ctx, err)
			}
			out := make([]auditEntry, len(records))
			for i, r := range records {
				out[i] = auditEntry{ID: r.ID, At: r.CreatedAt, UserID: r.UserID, UserLogin: r.Login, UserName: r.Name,
					Action: r.Action, Table: r.Table,
					Row: r.RowID, Before: readable(r.Before), After: readable(r.After), Address: r.Address}
			}
			return newList(a, out, next), nil
		})
	verify := private(http.MethodGet, "/api/audit/verify", "verify-audit", "Verify a part of the audit log's chain",
		tagAudit)
	verify.Description = "Looks at some thousand entries at a time; ask again with after=last until done."
	huma.Register(h, verify, func(ctx context.Context, in *verifyInput) (*answer[verified], error) {
		if err := onlyAdmin(ctx); err != nil {
			return nil, a.fail(ctx, err)
		}
		w, err := a.o.Store.VerifyAuditPart(ctx, in.After, auditPart)
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return &answer[verified]{verified{w, w.Done(), a.o.Clock.Now()}}, nil
	})
}

// readable is what a column of JSON holds; what is no JSON appears as text.
func readable(b []byte) any {
	if b == nil {
		return nil
	}
	if json.Valid(b) {
		return json.RawMessage(b)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}
