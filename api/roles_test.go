package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// routed is what the OpenAPI document says of one route.
type routed struct {
	method, path string
	ID           string         `json:"operationId"`
	Access       string         `json:"x-access"`
	Roles        []account.Role `json:"x-roles"`
	Description  string         `json:"description"`
	Security     []any          `json:"security"`
	Scope        account.Scope  `json:"x-scope"`
	Confirmation string         `json:"x-confirmation"`
	Parameters   []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
}

func (o *routed) takes(in, name string) bool {
	for _, p := range o.Parameters {
		if p.In == in && (name == "" || p.Name == name) {
			return true
		}
	}
	return false
}

// byToken tells whether a token of a role that has every scope of use to it gets past.
func (o *routed) byToken(r account.Role) bool {
	return o.Scope == account.ScopeAny || o.Scope != "" && slices.Contains(account.ScopesOf(r), o.Scope)
}

// operations reads the document that a node serves, in an order that is always the same.
func (w *world) operations() []routed {
	var spec struct {
		Paths map[string]map[string]routed `json:"paths"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(w.send(0, "GET", "/api/openapi.json", "", nil).raw), &spec))
	var all []routed
	for path, item := range spec.Paths {
		for method, op := range item {
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b routed) int { return strings.Compare(a.ID, b.ID) })
	require.Greater(w.t, len(all), 80)
	return all
}

var parameter = regexp.MustCompile(`\{[a-z_]+\}`)

// nowhere fills the parameters of a path with what does not exist.
func nowhere(path string) string {
	return parameter.ReplaceAllStringFunc(path, func(p string) string {
		if p == "{date}" || p == "{from}" {
			return "2026-11-23"
		}
		return "424242"
	})
}

// oneOfEachRole are users who are not stored yet, of the first branch and the first employee.
func (w *world) oneOfEachRole() map[account.Role]account.User {
	who := map[account.Role]account.User{
		account.RoleAdmin: {Role: account.RoleAdmin}, account.RoleOps: {Role: account.RoleOps},
		account.RoleBranchAdmin: {Role: account.RoleBranchAdmin, BranchIDs: []int64{w.branches[0].ID}},
		account.RoleEmployee:    {Role: account.RoleEmployee, EmployeeID: w.people[0].ID},
	}
	require.Len(w.t, who, len(account.Roles()))
	return who
}

// Every operation names who may call it, and every role is tried on every one: who is not named is refused before
// anything of the request is looked at, whoever is named gets past. A new operation is in here by being registered.
func TestEveryRoleOnEveryOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	who := w.oneOfEachRole()
	for role, u := range who {
		u.Login = "pemilik-" + string(role)
		w.token[u.Login] = w.session(u)
		w.tokensOf(u.Login, role)
	}
	refused, let := 0, 0
	for _, op := range w.operations() {
		require.NotEmpty(t, op.Access, "%s: nobody said who may call it", op.ID)
		require.Equal(t, op.Access == "tablet", len(op.Roles) == 0, op.ID)
		require.NotEmpty(t, op.Description, op.ID)
		require.Equal(t, op.Access == "everybody", len(op.Security) == 0, op.ID)
		var body any
		if op.method != http.MethodGet {
			body = map[string]any{}
		}
		stranger := w.send(0, op.method, nowhere(op.path), "", body)
		if op.Access == "everybody" {
			require.NotEqual(t, http.StatusUnauthorized, stranger.status, "%s: %s", op.ID, stranger.raw)
		} else {
			require.Equal(t, http.StatusUnauthorized, stranger.status, "%s: %s", op.ID, stranger.raw)
		}
		for role, u := range who {
			u.Login = fmt.Sprintf("%s-%s", op.ID, role) // a session each, since some operations end theirs
			w.token[u.Login] = w.session(u)
			r := w.send(0, op.method, nowhere(op.path), u.Login, body)
			if op.Access == "tablet" { // whoever is signed in is no tablet
				require.Equal(t, "kiosk_unpaired", r.code(), "%s as %s: %s", op.ID, role, r.raw)
				refused++
				continue
			}
			w.tryTokens(op, role, body)
			if slices.Contains(op.Roles, role) {
				require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, r.status, "%s as %s: %s",
					op.ID, role, r.raw)
				require.Less(t, r.status, http.StatusInternalServerError, "%s as %s: %s", op.ID, role, r.raw)
				let++
				continue
			}
			require.Equal(t, http.StatusForbidden, r.status, "%s as %s: %s", op.ID, role, r.raw)
			require.Equal(t, "forbidden", r.code(), op.ID)
			refused++
		}
	}
	require.Greater(t, refused, 100)
	require.Greater(t, let, 150)
	// Whose account is linked to an employee has to do with the company, whatever the role.
	w.token["teknisi"] = w.session(account.User{Login: "teknisi", Role: account.RoleOps, EmployeeID: w.people[2].ID})
	require.Len(t, w.send(0, "GET", "/api/branches", "teknisi", nil).items(), 1)
	require.Equal(t, http.StatusOK, w.send(0, "GET", "/api/holidays", "teknisi", nil).status)
}

// tokensOf makes tokens for a user: one with every scope of use to the role, and for each scope one with all others.
func (w *world) tokensOf(login string, role account.Role) {
	all := account.ScopesOf(role)
	w.apiToken(login+"/", login, all)
	for i, s := range all {
		if others := slices.Delete(slices.Clone(all), i, i+1); len(others) > 0 {
			w.apiToken(login+"/"+string(s), login, others)
		}
	}
}

// tryTokens calls an operation as a program of a role: with the scope that it names it goes on as the user would,
// without it goes no further, and where none is named no token will do.
func (w *world) tryTokens(op routed, role account.Role, body any) {
	login := "pemilik-" + string(role) + "/"
	r := w.send(0, op.method, nowhere(op.path), login, body)
	switch {
	case op.Access == "everybody":
		return
	case slices.Contains(op.Roles, role) && op.byToken(role):
		require.NotContains(w.t, []int{http.StatusUnauthorized, http.StatusForbidden}, r.status,
			"%s with a token of %s: %s", op.ID, role, r.raw)
		require.Less(w.t, r.status, http.StatusInternalServerError, "%s with a token of %s: %s", op.ID, role, r.raw)
	default:
		require.Equal(w.t, http.StatusForbidden, r.status, "%s with a token of %s: %s", op.ID, role, r.raw)
	}
	if without, made := w.token[login+string(op.Scope)]; op.Scope != account.ScopeAny && made && without != "" {
		r = w.send(0, op.method, nowhere(op.path), login+string(op.Scope), body)
		require.Equal(w.t, http.StatusForbidden, r.status, "%s without %s: %s", op.ID, op.Scope, r.raw)
		require.Equal(w.t, "scope_required", r.code(), op.ID)
	}
}

// abroad is a row of Makassar for each operation about one row, with a body that is otherwise fine.
type abroad struct {
	path string
	body any
}

func (w *world) abroad() map[string]abroad {
	id := func(r reply) string {
		require.Less(w.t, r.status, 300, r.raw)
		return fmt.Sprintf("%.0f", r.json["id"])
	}
	mks, person := w.branches[1].ID, w.people[2].ID
	branch, employee := fmt.Sprintf("/api/branches/%d", mks), fmt.Sprintf("/api/employees/%d", person)
	assignments := w.send(0, "GET", fmt.Sprintf("/api/shift-assignments?employee=%d", person), "admin", nil).items()
	assignment := fmt.Sprintf("/api/shift-assignments/%.0f", assignments[0]["id"])
	holiday := "/api/holidays/" + id(w.send(0, "POST", "/api/holidays", "admin", map[string]any{"date": "2026-12-24",
		"name": "Pembukaan", "scope": "branch", "branch_id": mks}))
	leave := fmt.Sprintf("/api/leave-requests/%d", w.ask("mks-3", 0, "2026-12-21"))
	correction := "/api/corrections/" + id(w.send(0, "POST", "/api/corrections", "mks-3",
		map[string]any{"work_date": "2026-11-20", "direction": "out", "time": "17:03", "reason": "lupa"}))
	claim := w.send(0, "POST", "/api/attendances/check-in", "mks-3",
		map[string]any{"occurred_at": w.clock.Now().Add(-time.Hour)})
	require.Equal(w.t, http.StatusAccepted, claim.status, claim.raw)
	report := "/api/reports/" + id(w.send(0, "POST", "/api/reports", "admin",
		map[string]any{"kind": "monthly", "format": "csv", "branch_id": mks, "month": "2026-10"}))
	staff := importPath(w.upload("admin", "number,name,branch\nMKS-9,Baru,MKS\n"))
	punches := "/api/punches/imports/" + id(w.uploadPunches("admin", "MKS-3\t2026-11-20 07:55:00\t1\t0\t1\t0\n", ""))
	w.fenced()
	in := w.send(0, "POST", "/api/attendances/check-in", "mks-3", metresAway(42_000, 12))
	require.Equal(w.t, http.StatusCreated, in.status, in.raw)
	punch := fmt.Sprintf("%.0f", in.json["punch"].(map[string]any)["id"])
	session := fmt.Sprint("/api/me/sessions/", w.send(0, "GET", "/api/me/sessions", "mks-3", nil).items()[0]["id"])
	token := "/api/me/tokens/" + id(w.apiToken("mks-3/", "mks-3", account.ScopesOf(account.RoleEmployee)))
	theirs, _, err := w.store.Users.UserByLogin(w.t.Context(), "mks-3")
	require.NoError(w.t, err)
	added, _, err := w.store.Passkeys.Add(w.t.Context(), ledger.Actor{},
		accounts.Session{UserID: theirs.ID, TokenHash: account.HashToken(w.token["mks-3"])},
		account.Passkey{Name: "Ponsel", Domain: "localhost", Credential: []byte{1}, PublicKey: []byte{2}})
	require.NoError(w.t, err)
	key := fmt.Sprintf("/api/me/passkeys/%d", added.ID)
	linked, err := w.store.Identities.Link(w.t.Context(), ledger.Actor{UserID: theirs.ID},
		account.Identity{Issuer: "https://masuk.contoh.id", Subject: "1", Name: "mks-3"})
	require.NoError(w.t, err)
	terminal := fmt.Sprintf("/api/terminals/%d", w.terminal("CGKK2", mks).ID)
	kiosk := "/api/kiosks/" + id(w.send(0, "POST", "/api/kiosks", "admin",
		map[string]any{"name": "Gerbang", "branch_id": mks, "modes": []string{"pin"}}))
	note := map[string]any{"note": "tidak"}
	return map[string]abroad{
		"list-punches":      {fmt.Sprintf("/api/attendances/%d/2026-11-20/punches", person), nil},
		"void-punch":        {"/api/punches/" + punch + "/void", map[string]any{"reason": "salah"}},
		"get-review":        {"/api/reviews/" + punch, nil},
		"decide-review":     {"/api/reviews/" + punch + "/decision", map[string]any{"state": "accepted"}},
		"undo-punch":        {"/api/me/punches/" + punch + "/undo", nil},
		"correction-effect": {correction + "/effect", nil},
		"correction-evidence": {fmt.Sprintf("/api/corrections/%.0f/evidence",
			claim.json["correction"].(map[string]any)["id"]), nil},
		"leave-request-effect": {leave + "/effect", nil},

		"download-person":   {fmt.Sprintf("/api/persons/%d/data", person), nil},
		"end-my-session":    {session, nil},
		"revoke-my-token":   {token, nil},
		"rename-passkey":    {key, map[string]any{"name": "Lain"}},
		"remove-passkey":    {key, nil},
		"unlink-identity":   {fmt.Sprintf("/api/me/oidc/%d", linked.ID), nil},
		"get-branch":        {branch, nil},
		"get-employee":      {employee, nil},
		"get-employee-year": {employee + "/year", nil},
		"get-attendance":    {fmt.Sprintf("/api/attendances/%d/2026-11-20", person), nil},
		"change-employee":   {employee, map[string]any{"version": "x", "department": "Gudang"}},
		"move-employee": {employee + "/moves", map[string]any{"from": "2026-12-01", "branch_id": w.branches[0].ID,
			"reason": "pindah"}},
		"cancel-move":                {employee + "/moves/2026-12-01", nil},
		"end-shift-assignment":       {assignment, map[string]any{"to": "2026-12-31"}},
		"remove-shift-assignment":    {assignment, nil},
		"change-holiday":             {holiday, map[string]any{"name": "Lain"}},
		"remove-holiday":             {holiday, nil},
		"get-leave-request":          {leave, nil},
		"approve-leave-request":      {leave + "/approve", note},
		"refuse-leave-request":       {leave + "/refuse", note},
		"cancel-leave-request":       {leave + "/cancel", note},
		"revoke-leave-request":       {leave + "/revoke", note},
		"get-correction":             {correction, nil},
		"approve-correction":         {correction + "/approve", note},
		"refuse-correction":          {correction + "/refuse", note},
		"cancel-correction":          {correction + "/cancel", note},
		"get-report":                 {report, nil},
		"cancel-report":              {report + "/cancel", nil},
		"get-report-file":            {report + "/file", nil},
		"get-employee-import":        {staff, nil},
		"start-employee-import":      {staff + "/start", nil},
		"get-employee-import-errors": {staff + "/errors", nil},
		"read-punch-import":          {punches + "/read?direction=auto", nil},
		"get-punch-import":           {punches, nil},
		"start-punch-import":         {punches + "/start", nil},
		"get-punch-import-errors":    {punches + "/errors", nil},
		"change-terminal":            {terminal, map[string]any{"direction": "in"}},
		"list-terminal-lines":        {terminal + "/lines", nil},
		"discard-terminal-line":      {terminal + "/lines/1", nil},
		"replay-terminal-lines":      {terminal + "/replay", nil},
		"confirm-terminal":           {terminal + "/confirm", nil},
		"list-terminal-pins":         {terminal + "/pins", nil},
		"map-terminal-pin":           {terminal + "/pins", map[string]any{"pin": "18", "employee_id": w.people[0].ID}},
		"unmap-terminal-pin":         {terminal + "/pins?pin=18", nil},
		"list-terminal-commands":     {terminal + "/commands", nil},
		"change-kiosk":               {kiosk, map[string]any{"name": "Lain"}},
		"delete-kiosk":               {kiosk, nil},
		"invite-kiosk":               {kiosk + "/pairing", nil},
		"unpair-kiosk":               {kiosk + "/pairing", nil},
		"confirm-kiosk":              {kiosk + "/confirm", nil},
		"give-account":               {employee + "/account", map[string]any{}},
		"set-employee-pin":           {employee + "/pin", nil},
		"remove-employee-pin":        {employee + "/pin", nil},
		"set-employee-badge":         {employee + "/badge", map[string]any{"card": "0012345678"}},
		"remove-employee-badge":      {employee + "/badge", nil},
		"command-terminal":           {terminal + "/commands", map[string]any{"kind": "restart"}},
	}
}

// Whoever looks after Jakarta, or works there, reaches nothing of Makassar by any operation: what is there is answered
// as if it did not exist.
func TestNobodyReachesAnotherBranch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		rows := w.abroad()
		// These are about no branch: shifts are everybody's, and notifications have their own test.
		general := []string{"get-shift", "read-notification"}
		w.apiToken("cabang/", "cabang", account.ScopesOf(account.RoleBranchAdmin))
		w.apiToken("admin/", "admin", account.ScopesOf(account.RoleBranchAdmin), w.branches[0].ID)
		w.apiToken("jkt-1/", "jkt-1", account.ScopesOf(account.RoleEmployee))
		callers := map[account.Role][]string{account.RoleBranchAdmin: {"cabang", "cabang/", "admin/"},
			account.RoleEmployee: {"jkt-1", "jkt-1/"}}
		// where is the answer to who asks for Makassar: programs are kept out of some operations before.
		where := func(op routed, role account.Role, caller string) int {
			limited := caller == "admin/" && strings.Contains(op.path, "/imports") // they go on as the user
			if strings.HasSuffix(caller, "/") && !op.byToken(role) || limited {
				return http.StatusForbidden
			}
			return http.StatusNotFound
		}
		tried := 0
		for _, op := range w.operations() {
			if op.takes("query", "branch") && slices.Contains(op.Roles, account.RoleBranchAdmin) {
				path := fmt.Sprintf("%s?branch=%d", op.path, w.branches[1].ID)
				for _, caller := range callers[account.RoleBranchAdmin] {
					r := w.send(0, op.method, path, caller, nil)
					want := where(op, account.RoleBranchAdmin, caller)
					require.Equal(t, want, r.status, "%s as %s: %s", op.ID, caller, r.raw)
					tried++
				}
			}
			if !op.takes("path", "") || slices.Contains(general, op.ID) {
				continue
			}
			for role, as := range callers {
				if !slices.Contains(op.Roles, role) {
					continue
				}
				row, known := rows[op.ID]
				require.True(t, known, "%s: which row of another branch is it tried on?", op.ID)
				for _, caller := range as {
					r := w.send(0, op.method, row.path, caller, row.body)
					require.Equal(t, where(op, role, caller), r.status, "%s as %s: %s", op.ID, caller, r.raw)
					tried++
				}
			}
		}
		require.Greater(t, tried, 100)
		// The rows are there for who may see them, and nothing of the above changed them.
		q, err := w.store.Requests.Request(t.Context(), attendance.RequestLeave,
			int64(w.send(0, "GET", rows["get-leave-request"].path, "admin", nil).json["id"].(float64)))
		require.NoError(t, err)
		require.Equal(t, attendance.RequestPending, q.State)
		for id, row := range rows {
			if strings.HasPrefix(id, "get-") && id != "get-report-file" {
				require.Equal(t, http.StatusOK, w.send(0, "GET", row.path, "admin", nil).status, id)
			}
		}
	})
}
