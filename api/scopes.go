package api

import (
	"net/http"
	"strings"

	"hadir/internal/account"

	"github.com/danielgtaylor/huma/v2"
)

// scopes are those that API tokens need for the operations below a path, to read and to change; the first path that
// fits counts. What has none needs a person who is signed in: accounts, sessions, passwords, second factors, tokens,
// notifications, webhooks, and decisions about dead letters.
var scopes = []struct {
	path        string
	read, write account.Scope
}{
	{"/api/attendances/check-", "", account.ScopePunchWrite},
	{"/api/punches", account.ScopePunchWrite, account.ScopePunchWrite},
	{"/api/attendances", account.ScopeAttendanceRead, ""},
	{"/api/recaps", account.ScopeAttendanceRead, ""},
	{"/api/me/punches", "", account.ScopePunchWrite},
	{"/api/me/today", account.ScopeAttendanceRead, ""},
	{"/api/employees/{id}/pin", "", ""},
	{"/api/employees/{id}/account", "", ""},
	{"/api/employees/{id}/year", account.ScopeAttendanceRead, ""},
	{"/api/employees", account.ScopeEmployeesRead, account.ScopeEmployeesWrite},
	{"/api/branches", account.ScopeOrganisationRead, account.ScopeOrganisationWrite},
	{"/api/shift", account.ScopeOrganisationRead, account.ScopeOrganisationWrite},
	{"/api/holidays", account.ScopeOrganisationRead, account.ScopeOrganisationWrite},
	{"/api/leave-requests", account.ScopeRequestsRead, account.ScopeRequestsWrite},
	{"/api/corrections/{id}/evidence", account.ScopeAttendanceRead, ""}, // as of punches
	{"/api/corrections", account.ScopeRequestsRead, account.ScopeRequestsWrite},
	{"/api/reviews/weights", account.ScopeOrganisationRead, account.ScopeOrganisationWrite},
	{"/api/reviews", account.ScopeAttendanceRead, account.ScopePunchWrite}, // as taking a punch away
	{"/api/reports", account.ScopeReportsRead, account.ScopeReportsRead},   // who makes one only reads
	{"/api/audit", account.ScopeAuditRead, ""},
	{"/api/ops", account.ScopeOperationsRead, ""},
}

// scopeOf is what an API token needs for an operation; "" where none will do.
func scopeOf(op *huma.Operation) account.Scope {
	if op.OperationID == "me" {
		return account.ScopeAny
	}
	for _, s := range scopes {
		if !strings.HasPrefix(op.Path, s.path) {
			continue
		}
		if op.Method == http.MethodGet {
			return s.read
		}
		return s.write
	}
	return ""
}
