package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

// apiToken makes a token for the user of a session, and keeps it under a name.
func (w *world) apiToken(name, of string, scopes []account.Scope, branches ...int64) reply {
	w.t.Helper()
	r := w.send(0, "POST", "/api/me/tokens", of, map[string]any{"name": name, "scopes": scopes, "branch_ids": branches})
	require.Equal(w.t, 201, r.status, r.raw)
	w.token[name] = r.json["secret"].(string)
	return r
}

// Every scope against the operations of every kind: what a token is not for is refused, whatever its user may.
func TestWhatATokenIsFor(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for _, s := range account.Scopes() {
			w.apiToken(string(s), "admin", []account.Scope{s})
		}
		jkt := w.branches[0].ID
		for _, c := range []struct {
			method, path string
			body         any
			scope        account.Scope // "": for people only
		}{
			{"GET", "/api/attendances/today", nil, account.ScopeAttendanceRead},
			{"GET", "/api/attendances/summary", nil, account.ScopeAttendanceRead},
			{"GET", "/api/attendances.csv?from=2026-11-01&to=2026-11-02", nil, account.ScopeAttendanceRead},
			{"GET", "/api/recaps", nil, account.ScopeAttendanceRead},
			{"GET", "/api/employees", nil, account.ScopeEmployeesRead},
			{"POST", "/api/employees", map[string]any{"number": "T-1", "name": "T", "branch_id": jkt},
				account.ScopeEmployeesWrite},
			{"GET", "/api/branches", nil, account.ScopeOrganisationRead},
			{"GET", "/api/shifts", nil, account.ScopeOrganisationRead},
			{"POST", "/api/holidays", map[string]any{"date": "2026-12-25", "name": "Natal", "scope": "company"},
				account.ScopeOrganisationWrite},
			{"GET", "/api/leave-requests", nil, account.ScopeRequestsRead},
			{"GET", "/api/reports", nil, account.ScopeReportsRead},
			{"GET", "/api/audit", nil, account.ScopeAuditRead},
			{"GET", "/api/ops/queues", nil, account.ScopeOperationsRead},
			{"GET", "/api/users", nil, ""},
			{"POST", "/api/users", map[string]any{"login": "x", "name": "X", "role": "ops"}, ""},
			{"GET", "/api/me/tokens", nil, ""},
			{"POST", "/api/me/tokens", map[string]any{"name": "x", "scopes": account.Scopes()}, ""},
			{"GET", "/api/me/sessions", nil, ""},
			{"DELETE", "/api/me/sessions", nil, ""},
			{"POST", "/api/me/password", map[string]string{"current": "x", "new": "y"}, ""},
			{"PATCH", "/api/me", map[string]string{"locale": "en"}, ""},
			{"GET", "/api/webhooks", nil, ""},
			{"GET", "/api/notifications", nil, ""},
			{"POST", "/api/ops/dead-letters/retry", map[string]any{}, ""},
			{"POST", "/api/logout", nil, ""},
		} {
			for _, s := range account.Scopes() {
				r := w.send(0, c.method, c.path, string(s), c.body)
				if s == c.scope {
					require.Less(t, r.status, 300, "%s %s with %s: %s", c.method, c.path, s, r.raw)
				} else {
					require.Equal(t, 403, r.status, "%s %s with %s: %s", c.method, c.path, s, r.raw)
					require.Equal(t, "scope_required", r.code())
				}
			}
		}
		for _, s := range account.Scopes() {
			require.Equal(t, 200, w.send(0, "GET", "/api/me", string(s), nil).status, "any token tells whose it is")
			require.Equal(t, 403, w.send(0, "POST", "/broadcasting/auth", string(s),
				map[string]string{"socket_id": "1.2", "channel_name": "private-company"}).status)
		}
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "", nil, "Authorization: Bearer hdr_GUESSED").status)
		guess := w.send(0, "POST", "/broadcasting/auth", "", nil, "Authorization: Bearer hdr_GUESSED")
		require.Equal(t, 401, guess.status)
	})
}

// A token acts as its user and reaches no further, in its branches only, until it is over.
func TestTokensActAsTheirUsers(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		all := []account.Scope{account.ScopeAttendanceRead, account.ScopeEmployeesRead, account.ScopeOrganisationRead,
			account.ScopeEmployeesWrite}
		w.apiToken("whole", "admin", all)
		one := w.apiToken("one", "admin", all, mks)
		w.apiToken("own", "cabang", all)
		w.apiToken("punch", "jkt-1", []account.Scope{account.ScopePunchWrite, account.ScopeAttendanceRead})
		who := []string{"whole", "one", "own", "punch"}
		for path, want := range map[string][4]string{
			"/api/attendances/summary":                             {"200/2", "200/1", "200/1", "403"},
			fmt.Sprintf("/api/attendances/summary?branch=%d", jkt): {"200/1", "404", "200/1", "403"},
			fmt.Sprintf("/api/attendances/summary?branch=%d", mks): {"200/1", "200/1", "404", "403"},
			"/api/employees":                     {"200/3", "200/1", "200/2", "403"},
			fmt.Sprintf("/api/branches/%d", jkt): {"200", "404", "200", "403"},
			"/api/me/today":                      {"422", "422", "422", "200"},
		} {
			for i, name := range who {
				r := w.send(i%2, "GET", path, name, nil)
				got := fmt.Sprint(r.status)
				if _, list := r.json["items"]; list && strings.Contains(want[i], "/") {
					got += fmt.Sprintf("/%d", len(r.items()))
				}
				require.Equal(t, want[i], got, "%s with %s: %s", path, name, r.raw)
			}
		}
		r := w.send(0, "POST", "/api/attendances/check-in", "punch", nil, "Idempotency-Key: by-token")
		require.Equal(t, 201, r.status, r.raw)
		require.EqualValues(t, w.people[0].ID, r.json["day"].(map[string]any)["employee_id"])

		// What is shown of a token is everything but the secret, and when it was used.
		mine := w.send(0, "GET", "/api/me/tokens", "jkt-1", nil)
		require.Len(t, mine.items(), 1)
		shown := mine.items()[0]
		require.Equal(t, "punch", shown["name"])
		require.Equal(t, w.token["punch"][len(w.token["punch"])-4:], shown["hint"])
		require.NotEmpty(t, shown["last_used_at"])
		require.NotContains(t, mine.raw, w.token["punch"])
		require.Equal(t, []any{"attendance:read", "punch:write"}, shown["scopes"])
		require.Equal(t, []any{"attendance:read", "punch:write", "requests:read", "requests:write", "reports:read"},
			mine.json["scopes"])

		// Others have no hand in it; its user and admins end it.
		id := shown["id"]
		for _, as := range []string{"jkt-2", "cabang", "admin", "ops"} {
			require.Equal(t, 404, w.send(0, "DELETE", fmt.Sprintf("/api/me/tokens/%v", id), as, nil).status)
		}
		owner, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
		require.NoError(t, err)
		theirs := fmt.Sprintf("/api/users/%d/tokens", owner.ID)
		for _, as := range []string{"jkt-1", "jkt-2", "cabang", "ops"} {
			require.Equal(t, 403, w.send(0, "GET", theirs, as, nil).status)
			require.Equal(t, 403, w.send(0, "DELETE", fmt.Sprintf("%s/%v", theirs, id), as, nil).status)
		}
		require.Len(t, w.send(0, "GET", theirs, "admin", nil).items(), 1)
		user := fmt.Sprintf("/api/users/%d", owner.ID)
		require.EqualValues(t, 1, w.send(0, "GET", user, "admin", nil).json["tokens"])
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("%s/%v", theirs, id), "admin", nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", fmt.Sprintf("%s/%v", theirs, id), "admin", nil).status)
		require.EqualValues(t, 0, w.send(0, "GET", user, "admin", nil).json["tokens"])
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "punch", nil).status)

		// An admin makes one for a user, but nobody becomes another administrator by it.
		r = w.send(0, "POST", theirs, "admin",
			map[string]any{"name": "kiosk", "scopes": []string{"punch:write"}, "days": 1})
		require.Equal(t, 201, r.status, r.raw)
		w.token["kiosk"] = r.json["secret"].(string)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "kiosk", nil).status)
		other := w.session(account.User{Login: "admin-2", Role: account.RoleAdmin})
		w.token["admin-2"] = other
		second, _, err := w.store.Users.UserByLogin(t.Context(), "admin-2")
		require.NoError(t, err)
		require.Equal(t, 403, w.send(0, "POST", fmt.Sprintf("/api/users/%d/tokens", second.ID), "admin",
			map[string]any{"name": "x", "scopes": []string{"audit:read"}}).status)

		// A role that is taken away is taken from the token, a user who is disabled takes it along, and time ends it.
		cabang, _, err := w.store.Users.UserByLogin(t.Context(), "cabang")
		require.NoError(t, err)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/users/%d", cabang.ID), "admin",
			map[string]any{"branch_ids": []int64{mks}}).status)
		require.Len(t, w.send(0, "GET", "/api/employees", "own", nil).items(), 1)
		require.Equal(t, 200, w.send(0, "PATCH", fmt.Sprintf("/api/users/%d", cabang.ID), "admin",
			map[string]any{"disabled": true}).status)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "own", nil).status)
		w.clock.Advance(23 * time.Hour)
		require.Equal(t, 200, w.send(1, "GET", "/api/me", "kiosk", nil).status)
		w.clock.Advance(2 * time.Hour)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "kiosk", nil).status)

		require.NotContains(t, w.log.String(), one.json["secret"].(string))
	})
}

// Nobody acts in another administrator's name by a token, whichever came first, the token or the administrator.
func TestNoTokenOfAnothersMakingActsForAnAdministrator(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		cabang, _, err := w.store.Users.UserByLogin(t.Context(), "cabang")
		require.NoError(t, err)
		path := fmt.Sprintf("/api/users/%d", cabang.ID)
		role := func(role account.Role, branches ...int64) {
			t.Helper()
			body := map[string]any{"role": role, "branch_ids": append([]int64{}, branches...)}
			r := w.send(0, "PATCH", path, "admin", body)
			require.Equal(t, 200, r.status, r.raw)
		}
		made := func() reply {
			return w.send(0, "POST", path+"/tokens", "admin",
				map[string]any{"name": "HRIS", "scopes": []account.Scope{account.ScopeEmployeesRead}})
		}
		r := made()
		require.Equal(t, 201, r.status, r.raw)
		w.token["made"] = r.json["secret"].(string)
		w.apiToken("own", "cabang", []account.Scope{account.ScopeEmployeesRead})
		require.Equal(t, 200, w.send(0, "GET", "/api/employees", "made", nil).status)

		role(account.RoleAdmin)
		require.Equal(t, 401, w.send(0, "GET", "/api/employees", "made", nil).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/employees", "own", nil).status, "which the user made")
		require.Equal(t, 403, made().status, "they make their own")
		names := w.send(0, "GET", path+"/tokens", "admin", nil).items()
		require.Len(t, names, 1, "what is over is listed no more")
		require.Equal(t, "own", names[0]["name"])
		log := w.send(0, "GET", "/api/audit?action=api_token.revoked", "admin", nil)
		require.Len(t, log.items(), 1, log.raw)
		require.Equal(t, "admin", log.items()[0]["user_login"])

		// Another role and back again wakes nothing up.
		role(account.RoleBranchAdmin, w.branches[0].ID)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "made", nil).status)
		r = made()
		require.Equal(t, 201, r.status, r.raw)
		w.token["again"] = r.json["secret"].(string)
		require.Equal(t, 200, w.send(0, "GET", "/api/employees", "again", nil).status)
		role(account.RoleAdmin)
		require.Equal(t, 401, w.send(0, "GET", "/api/employees", "again", nil).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/employees", "own", nil).status)
	})
}

// Only a session belongs in the cookie, which a browser sends by itself: a program's token there is nobody's.
func TestATokenIsNoCookie(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.apiToken("whole", "admin", account.Scopes())
		cookie := func(as string) string { return "Cookie: hadir_session=" + w.token[as] }
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "", nil, cookie("admin")).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "whole", nil).status)
		for _, path := range []string{"/api/me", "/api/employees", "/api/ops/queues"} {
			r := w.send(0, "GET", path, "", nil, cookie("whole"))
			require.Equal(t, []any{401, "unauthenticated"}, []any{r.status, r.code()}, "%s: %s", path, r.raw)
		}
		large := "number,name,branch\n" + strings.Repeat("K-1,Orang,JKT\n", 8000)
		for _, path := range []string{"/api/punches/imports?name=a.csv", "/api/employees/imports?name=a.csv"} {
			r := w.send(0, "POST", path, "", large, csvType, cookie("whole"))
			require.Equal(t, 401, r.status, "%s: %s", path, r.raw)
		}
		auth := w.send(0, "POST", "/broadcasting/auth", "", map[string]string{"socket_id": "1.2",
			"channel_name": "private-company"}, cookie("whole"))
		require.Equal(t, 401, auth.status, auth.raw)
	})
}

// Imports go on as the user: a token that is less is told so, apart from one that lacks the scope.
func TestALimitedTokenImportsNothing(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.apiToken("branch", "admin", account.Scopes(), w.branches[0].ID)
		w.apiToken("reader", "admin", []account.Scope{account.ScopeEmployeesRead}, w.branches[0].ID)
		for _, path := range []string{"/api/punches/imports?name=a.csv", "/api/employees/imports?name=a.csv"} {
			for as, code := range map[string]string{"branch": "token_limited", "reader": "scope_required"} {
				r := w.send(0, "POST", path, as, "number,name,branch\n", csvType)
				require.Equal(t, []any{403, code}, []any{r.status, r.code()}, "%s %s: %s", as, path, r.raw)
			}
		}
	})
}

// Inputs that make no token, for whoever asks.
func TestTokensThatAreNotMade(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		good := func(change ...any) map[string]any {
			body := map[string]any{"name": "x", "scopes": []string{"attendance:read"}}
			for i := 0; i < len(change); i += 2 {
				body[change[i].(string)] = change[i+1]
			}
			return body
		}
		for _, c := range []struct {
			as   string
			body map[string]any
		}{
			{"jkt-1", good("name", "")}, {"jkt-1", good("name", " ")}, {"jkt-1", good("name", "a\u202eb")},
			{"jkt-1", good("scopes", []string{})},
			{"jkt-1", good("scopes", []string{"any"})}, {"jkt-1", good("scopes", []string{"employees:write"})},
			{"jkt-1", good("branch_ids", []int64{w.branches[0].ID})}, {"ops", good()},
			{"cabang", good("branch_ids", []int64{w.branches[1].ID})}, {"admin", good("branch_ids", []int64{424242})},
			{"admin", good("days", 0)}, {"admin", good("days", 367)}, {"admin", good("days", -1)},
			{"admin", good("branch_ids", []int64{})}, {"admin", good("user_id", 1)},
			{"admin", good("name", strings.Repeat("x", 101))},
		} {
			r := w.send(0, "POST", "/api/me/tokens", c.as, c.body)
			require.Equal(t, 422, r.status, "%s %v: %s", c.as, c.body, r.raw)
		}
		for range account.MaxTokens {
			require.Equal(t, 201, w.send(0, "POST", "/api/me/tokens", "jkt-1", good()).status)
		}
		require.Equal(t, "conflict", w.send(0, "POST", "/api/me/tokens", "jkt-1", good()).code())
		require.Equal(t, 201, w.send(0, "POST", "/api/me/tokens", "jkt-2", good()).status)
	})
}

// The OpenAPI document says of every operation what a token needs for it, or that none will do.
func TestTheDocumentNamesScopes(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		spec := w.send(0, "GET", "/api/openapi.json", "", nil)
		schemes := spec.json["components"].(map[string]any)["securitySchemes"].(map[string]any)
		require.Contains(t, schemes, "token")
		withScope, people := 0, 0
		for path, item := range spec.json["paths"].(map[string]any) {
			for method, op := range item.(map[string]any) {
				o := op.(map[string]any)
				scope, _ := o["x-scope"].(string)
				security, _ := o["security"].([]any)
				token := slices.ContainsFunc(security, func(s any) bool { return s.(map[string]any)["token"] != nil })
				require.Equal(t, scope != "", token, "%s %s", method, path)
				if scope == "" {
					people++
					continue
				}
				withScope++
				if scope != string(account.ScopeAny) {
					require.Contains(t, account.Scopes(), account.Scope(scope), "%s %s", method, path)
				}
			}
		}
		require.Greater(t, withScope, 40)
		require.Greater(t, people, 20)
	})
}
