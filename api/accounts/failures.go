package accounts

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
)

// noteFailure tells the audit log of a sign-in that came to nothing. What was typed is not told: people type passwords
// into the wrong field. A log that cannot be written keeps nobody from trying again.
func (a *API) noteFailure(ctx context.Context, x account.Failure) {
	tell := a.failures.Note(x, rest.ClientOf(ctx).Address, a.o.Clock.Now())
	a.tellFailures(context.WithoutCancel(ctx), tell)
}

func (a *API) noteBlocked(ctx context.Context, attempt accounts.SignIn) {
	user, _, err := a.o.Store.Users.UserByLogin(ctx, attempt.Login)
	if err != nil {
		user = account.User{} // nobody's, or not to be found out right now
	}
	a.noteFailure(ctx, account.Failure{UserID: user.ID, Network: attempt.Network, Blocked: true})
}

func (a *API) tellFailures(ctx context.Context, cs []account.FailureCount) {
	if len(cs) == 0 {
		return
	}
	entries := make([]ledger.AuditEntry, len(cs))
	for i, c := range cs {
		entries[i] = ledger.AuditEntry{Action: ledger.SignInFailed, Table: "users", Address: c.Address}
		if c.Blocked {
			entries[i].Action = ledger.SignInBlocked
		}
		if c.UserID != 0 {
			entries[i].RowID = strconv.FormatInt(c.UserID, 10)
		}
		entries[i].After, _ = json.Marshal(struct { // always encodes
			Count    int       `json:"count"`
			Since    time.Time `json:"since"`
			Known    bool      `json:"known"`
			Networks int       `json:"networks"`
		}{c.Count, c.Since, c.UserID != 0, c.Networks})
	}
	ctx, cancel := context.WithTimeout(ctx, rest.RequestTimeout)
	defer cancel()
	if err := a.o.Store.Audit.Audit(ctx, entries...); err != nil {
		a.o.Log.WarnContext(ctx, "failed sign-ins are not in the audit log", "entries", len(entries), "error", err)
	}
}

// Run writes gathered failures of signing in to the audit log until ctx ends, and what is left then.
func (a *API) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			a.tellFailures(context.WithoutCancel(ctx), a.failures.Over(time.Time{}))
			return nil
		case <-a.failures.Noted():
		}
		select {
		case <-ctx.Done():
		case <-time.After(account.FailureWindow):
			a.tellFailures(ctx, a.failures.Over(a.o.Clock.Now()))
		}
	}
}
