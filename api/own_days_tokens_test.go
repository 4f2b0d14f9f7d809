package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/account"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// A program is bound as its user, and as the employee who made its token for somebody else: neither gets past the rule
// about the own days by it.
func TestNoTokenChangesTheOwnDaysOfWhoMadeIt(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		self := w.kepala()
		acts := w.ownActs(self)
		w.apiToken("whole", "kepala", account.Scopes())
		w.apiToken("branch", "kepala", account.ScopesOf(account.RoleBranchAdmin), w.branches[0].ID)
		cabang, _, err := w.store.Users.UserByLogin(t.Context(), "cabang")
		require.NoError(t, err)
		made := w.send(0, http.MethodPost, fmt.Sprintf("/api/users/%d/tokens", cabang.ID), "kepala",
			map[string]any{"name": "HRIS", "scopes": account.ScopesOf(account.RoleBranchAdmin)})
		require.Equal(t, http.StatusCreated, made.status, made.raw)
		w.token["made"] = made.json["secret"].(string)

		for name, least := range map[string]int{"whole": 20, "branch": 10, "made": 10} {
			refused := 0
			for _, a := range acts {
				want := a.code
				if want == "" {
					want = "own_days"
				}
				r := w.send(0, a.method, a.path, name, a.body)
				require.Equal(t, http.StatusForbidden, r.status, "%s: %s %s: %s", name, a.method, a.path, r.raw)
				switch r.code() {
				case want:
					refused++
				case "scope_required": // accounts and terminals are for people who are signed in
					require.Contains(t, []string{"change-user", "map-terminal-pin"}, a.op)
				default: // what no branch admin may
					require.NotEqual(t, "whole", name, r.raw)
					require.Equal(t, "forbidden", r.code(), "%s: %s %s", name, a.method, a.path)
				}
			}
			require.GreaterOrEqual(t, refused, least, "%s: acts that the rule itself refused", name)
		}
		records, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Empty(t, records, "nothing was done")

		// The days of others are what the tokens are for.
		for i, name := range []string{"whole", "branch", "made"} {
			r := w.send(0, http.MethodPost, "/api/holidays", name, map[string]any{"name": "Libur", "scope": "employee",
				"date": fmt.Sprintf("2026-11-%d", 11+i), "employee_id": w.people[1].ID})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
		}

		// A file is written later, by the user of the token alone; so it takes one that is that user's own doing.
		file := "number,name,branch,hired_on\nJKT-1,Orang 1,JKT,2026-11-20\n"
		for name, status := range map[string]int{"whole": http.StatusCreated, "branch": http.StatusForbidden,
			"made": http.StatusForbidden} {
			require.Equal(t, status, w.upload(name, file).status, name)
		}
	})
}

// A second account of the same employee is nobody else, and is bound, too.
func TestASecondAccountIsNobodyElse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		w.token["wakil"] = w.session(account.User{Login: "wakil", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID}, EmployeeID: w.people[0].ID})
		holiday := map[string]any{"date": "2026-11-19", "name": "Libur", "scope": "employee",
			"employee_id": w.people[0].ID}
		for _, as := range []string{"kepala", "wakil"} {
			r := w.send(0, http.MethodPost, "/api/holidays", as, holiday)
			require.Equal(t, "own_days", r.code(), r.raw)
		}
		for _, login := range []string{"admin", "cabang"} {
			u, _, err := w.store.Users.UserByLogin(t.Context(), login)
			require.NoError(t, err)
			r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%d", u.ID), "kepala",
				map[string]any{"disabled": true})
			require.Equal(t, http.StatusOK, r.status, r.raw)
		}
		r := w.send(0, http.MethodPost, "/api/holidays", "kepala", holiday)
		require.Equal(t, http.StatusCreated, r.status, "nobody else is left: %s", r.raw)
		records, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Len(t, records, 1)
	})
}
