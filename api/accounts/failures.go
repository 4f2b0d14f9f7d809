package accounts

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
)

func (a *API) noteBlocked(ctx context.Context, attempt accounts.SignIn) {
	user, _, err := a.o.Store.Users.UserByLogin(ctx, attempt.Login)
	if err != nil {
		user = account.User{} // nobody's, or not to be found out right now
	}
	a.failures.Note(ctx, account.Failure{UserID: user.ID, Network: attempt.Network, Blocked: true})
}

// failureEntry is what the audit log says of sign-ins that came to nothing.
func failureEntry(c account.FailureCount) ledger.AuditEntry {
	e := ledger.AuditEntry{Action: ledger.SignInFailed, Table: "users"}
	if c.Blocked {
		e.Action = ledger.SignInBlocked
	}
	if c.UserID != 0 {
		e.RowID = strconv.FormatInt(c.UserID, 10)
	}
	e.After, _ = json.Marshal(struct { // always encodes
		Count    int       `json:"count"`
		Since    time.Time `json:"since"`
		Known    bool      `json:"known"`
		Networks int       `json:"networks"`
	}{c.Count, c.Since, c.UserID != 0, c.Networks})
	return e
}

// Run writes gathered failures of signing in to the audit log until ctx ends, and what is left then.
func (a *API) Run(ctx context.Context) error { return a.failures.Run(ctx) }
