package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

const confirmWithin = 10 * time.Minute

// confirmations says of every operation that changes something whether it needs a confirmation: what gives somebody
// rights, what takes data out of the company's hands for good, and what cannot be told from the person's own doing
// afterwards. Who adds an operation decides here.
func confirmations() map[string]string {
	out := map[string]string{
		// To open dates that were settled, or where or how late people punch.
		"change-branch": "sometimes",
		// An account comes with the employee.
		"add-employee": "sometimes",
		// By which many leave.
		"start-employee-import": "sometimes",
		// Beside a passkey; or no password.
		"begin-second-factor": "sometimes", "confirm-second-factor": "sometimes",
	}
	for _, id := range []string{"create-user", "change-user", "reset-password", "create-users-for-employees",
		"reset-second-factor", "make-my-token", "make-user-token", "create-webhook", "change-webhook",
		"change-my-email", "rotate-webhook-secret", "delete-webhook", "pseudonymise-person", "begin-passkey",
		"add-passkey", "remove-passkey", "begin-link", "unlink-identity", "unlink-user", "download-person",
		"confirm-user", "remove-branch", "remove-shift", "delete-terminal", "delete-kiosk", "invite-kiosk",
		"set-employee-pin", "give-account"} {
		out[id] = "always"
	}
	// Who has a password gives it instead.
	for _, id := range []string{"change-password", "renew-recovery-codes", "turn-second-factor-off"} {
		out[id] = "sometimes"
	}
	for _, id := range []string{
		// These ask for the password or a code themselves, or are the way in and out.
		"confirm", "ask-passkey", "ask-provider", "login", "login-code", "ask-login-passkey",
		"login-passkey", "ask-login-provider", "login-provider", "logout", "setup",
		"ask-password-reset", "check-password-reset", "ask-reset-passkey", "use-password-reset", "mail-my-link",
		"verify-my-email",
		// It was confirmed when it began, in the same session.
		"link-identity",
		// These take rights away, or choose a language.
		"revoke-my-token", "revoke-user-token", "end-my-session", "end-my-other-sessions", "change-me",
		"rename-passkey",
		// Daily work: undone by the same person, and in the audit log.
		"add-branch", "use-example", "change-employee", "move-employee", "cancel-move",
		"add-shift", "change-shift", "assign-shifts", "end-shift-assignment",
		"remove-shift-assignment", "add-holiday", "change-holiday", "remove-holiday", "ask-leave",
		"approve-leave-request", "refuse-leave-request", "cancel-leave-request", "revoke-leave-request",
		"ask-correction", "correct-day", "approve-correction", "refuse-correction", "cancel-correction",
		"check-in", "check-out",
		"undo-punch", "void-punch", "decide-review", "decide-reviews", "change-review-weights",
		"preview-employee-import", "preview-punch-import",
		"read-punch-import", "start-punch-import", "create-report", "cancel-report", "read-notification",
		"read-notifications", "read-my-decisions", "test-webhook", "replay-delivery", "retry-dead-letter",
		"retry-dead-letters", "discard-dead-letter", "discard-dead-letters", "broadcasting-auth", "change-terminal",
		"command-terminal", "replay-terminal-lines", "discard-terminal-line", "map-terminal-pin", "confirm-terminal",
		"unmap-terminal-pin", "add-kiosk", "change-kiosk", "unpair-kiosk", "confirm-kiosk",
		"remove-employee-pin",
		"set-employee-badge", "remove-employee-badge", "set-my-pin",
		// A tablet's own: nobody is signed in there.
		"pair-kiosk", "punch-at-kiosk", "void-kiosk-punch"} {
		out[id] = ""
	}
	return out
}

// Every role on every operation that changes something, long after it signed in: what needs a confirmation is refused
// before anything of the request is looked at, and everything else goes on.
func TestEveryOperationWithoutAConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 0)
	w.nodes = []string{w.node(api.Options{Confirm: confirmWithin})}
	roles := w.oneOfEachRole()
	w.apiToken("admin/", "admin", account.ScopesOf(account.RoleAdmin))
	w.clock.Advance(confirmWithin)
	wanted, refused := confirmations(), 0
	for _, op := range w.operations() {
		when, known := wanted[op.ID]
		if op.method == http.MethodGet && !known {
			require.Empty(t, op.Confirmation, op.ID)
			continue
		}
		require.True(t, known, "%s: nobody said whether it needs a confirmation", op.ID)
		require.Equal(t, when, op.Confirmation, op.ID)
		for role, u := range roles {
			u.Login = fmt.Sprintf("%s-%s", op.ID, role)
			w.clock.Advance(-confirmWithin)
			w.token[u.Login] = w.session(u)
			w.clock.Advance(confirmWithin)
			var body any
			if op.method != http.MethodGet {
				body = map[string]any{}
			}
			r := w.send(0, op.method, nowhere(op.path), u.Login, body)
			if when != "always" || !slices.Contains(op.Roles, role) {
				require.NotEqual(t, "confirmation_required", r.code(), "%s as %s", op.ID, role)
				continue
			}
			require.Equal(t, http.StatusForbidden, r.status, "%s as %s: %s", op.ID, role, r.raw)
			require.Equal(t, "confirmation_required", r.code(), "%s as %s", op.ID, role)
			refused++
		}
		if when == "always" {
			require.Empty(t, op.Scope, "%s: programs cannot confirm", op.ID)
			require.Equal(t, "scope_required", w.send(0, op.method, nowhere(op.path), "admin/", nil).code(), op.ID)
		}
	}
	require.Greater(t, refused, 12)
}

// confirming is a world of two nodes that ask, with an administrator who signed in by the door.
func confirming(w *world) {
	for range 2 {
		w.nodes = append(w.nodes, w.node(api.Options{Confirm: confirmWithin}))
	}
	w.withPassword("admin", password)
	w.signIn(0, "admin", "admin", password)
}

func (w *world) makeUser(node int, as, login string) reply {
	return w.send(node, "POST", "/api/users", as, map[string]any{"login": login, "name": "Baru", "role": "ops"})
}

func (w *world) confirm(node int, as, field, secret string) reply {
	return w.send(node, "POST", "/api/me/confirm", as, map[string]string{field: secret})
}

// Signing in counts for ten minutes; then the password is asked for, by the session that wants to go on, on all nodes.
func TestConfirming(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		require.Equal(t, 201, w.makeUser(0, "admin", "satu").status)
		w.signIn(1, "elsewhere", "admin", password)
		w.clock.Advance(confirmWithin)
		for node := range w.nodes {
			refused := w.makeUser(node, "admin", "dua")
			require.Equal(t, 403, refused.status, refused.raw)
			require.Equal(t, "confirmation_required", refused.code())
			require.Equal(t, 200, w.send(node, "GET", "/api/users", "admin", nil).status)
		}
		require.Empty(t, w.send(0, "GET", "/api/users?q=dua", "admin", nil).items())
		for _, c := range []struct{ field, secret string }{{"password", "salah"}, {"password", ""},
			{"code", "123456"}} {
			r := w.confirm(0, "admin", c.field, c.secret)
			require.Equal(t, 422, r.status, r.raw)
			require.Equal(t, "password", fieldOf(r))
		}
		require.Equal(t, 403, w.makeUser(0, "admin", "dua").status)
		ok := w.confirm(0, "admin", "password", password)
		require.Equal(t, 200, ok.status, ok.raw)
		require.Equal(t, w.clock.Now().Add(confirmWithin).Format(time.RFC3339), ok.json["confirmed_until"])
		// The other node remembers the session as it was, and looks again.
		require.Equal(t, 201, w.makeUser(1, "admin", "dua").status)
		require.Equal(t, 201, w.makeUser(0, "admin", "tiga").status)
		require.Equal(t, 403, w.makeUser(0, "elsewhere", "empat").status, "it is another session")
		entries := w.entries("user.confirmed")
		require.Len(t, entries, 1)
		require.Equal(t, "admin", entries[0]["user_login"])
		require.NotEmpty(t, w.entries("user.sign_in_failed"))

		w.clock.Advance(confirmWithin - time.Second)
		require.Equal(t, 201, w.makeUser(1, "admin", "empat").status)
		w.clock.Advance(time.Second)
		require.Equal(t, 403, w.makeUser(1, "admin", "lima").status)
		require.Equal(t, 401, w.confirm(0, "", "password", password).status)
		w.send(0, "POST", "/api/logout", "elsewhere", nil)
		require.Equal(t, 401, w.confirm(0, "elsewhere", "password", password).status)
	})
}

// Guesses are counted as those at the door, also where the session is a stolen one.
func TestConfirmationsAreNotGuessed(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		w.clock.Advance(confirmWithin)
		var last reply
		for n := range 9 {
			last = w.confirm(n%2, "admin", "password", "salah")
		}
		require.Equal(t, 429, last.status, last.raw)
		require.NotEmpty(t, last.header.Get("Retry-After"))
		require.Equal(t, 429, w.confirm(1, "admin", "password", password).status, "the right one waits, too")
		require.Equal(t, 403, w.makeUser(0, "admin", "dua").status)
		w.clock.Advance(16 * time.Minute)
		require.Equal(t, 200, w.confirm(1, "admin", "password", password).status)
	})
}

// Where signing in asks for a code, the password alone confirms nothing: who learnt it may hold the session as well.
func TestConfirmingWithACode(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		key, codes := w.setUpFactor("admin", password)
		w.clock.Advance(confirmWithin)
		for field, secret := range map[string]string{"password": password, "code": "000000"} {
			r := w.confirm(0, "admin", field, secret)
			require.Equal(t, 422, r.status, r.raw)
			require.Equal(t, "code", fieldOf(r))
		}
		require.Equal(t, 403, w.makeUser(0, "admin", "dua").status)
		code := w.appCode(key, 0)
		require.Equal(t, 200, w.confirm(0, "admin", "code", code).status)
		require.Equal(t, 201, w.makeUser(1, "admin", "dua").status)
		w.clock.Advance(confirmWithin)
		require.Equal(t, 422, w.confirm(0, "admin", "code", code).status, "it was used")
		require.Equal(t, 200, w.confirm(1, "admin", "code", codes[0]).status)
		require.Len(t, w.entries("user.recovery_code_used"), 1)
	})
}

// A branch is changed without a confirmation until a settled date is opened again, which no program does at all.
func TestOpeningAMonthNeedsAConfirmation(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		w.apiToken("program", "admin", []account.Scope{account.ScopeOrganisationWrite})
		w.lock()
		w.clock.Advance(confirmWithin)
		path := fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		change := func(as string, fields map[string]any) reply { return w.send(0, "PATCH", path, as, fields) }
		for as, code := range map[string]string{"admin": "confirmation_required", "program": "scope_required"} {
			require.Equal(t, 200, change(as, map[string]any{"name": "Jakarta " + as}).status)
			require.Equal(t, 200, change(as, map[string]any{"locked_through": "2026-11-23"}).status, "as it was")
			for _, date := range []string{"", "2026-11-22"} {
				r := change(as, map[string]any{"locked_through": date, "name": "Lain"})
				require.Equal(t, 403, r.status, r.raw)
				require.Equal(t, code, r.code())
			}
		}
		now := w.send(0, "GET", path, "admin", nil)
		require.Equal(t, "2026-11-23", now.json["locked_through"])
		require.NotEqual(t, "Lain", now.json["name"])
		require.Equal(t, 200, w.confirm(0, "admin", "password", password).status)
		require.Nil(t, change("admin", map[string]any{"locked_through": ""}).json["locked_through"])
		require.Equal(t, 200, change("program", map[string]any{"locked_through": "2026-11-23"}).status)
	})
}

// What lets people punch from where, or as late as, they could not before needs a confirmation; what only narrows that,
// or changes something else, does not.
func TestLooseningABranchNeedsAConfirmation(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		w.apiToken("program", "admin", []account.Scope{account.ScopeOrganisationWrite})
		jkt, mks := fmt.Sprintf("/api/branches/%d", w.branches[0].ID), w.branches[1].ID
		site := func(latitude, radius float64) map[string]any {
			return map[string]any{"name": "Kantor", "latitude": latitude, "longitude": 106.8, "radius": radius}
		}
		strict := map[string]any{"policy": "block", "network_policy": "flag",
			"sites":    []any{site(-6.2, 100), site(-6.3, 100)},
			"networks": []string{"203.0.113.0/24", "2001:db8::/48"}, "max_accuracy": 100, "offline_policy": "approval"}
		reset := func() {
			t.Helper()
			w.signIn(0, "fresh", "admin", password)
			body := map[string]any{"shared_devices": false, "also_at": []int64{}}
			for k, v := range strict {
				body[k] = v
			}
			r := w.send(0, "PATCH", jkt, "fresh", body)
			require.Equal(t, 200, r.status, r.raw)
			w.clock.Advance(confirmWithin)
			w.signIn(0, "admin", "admin", password)
			w.clock.Advance(confirmWithin)
		}
		w.signIn(0, "fresh", "admin", password)
		there := w.send(0, "PATCH", fmt.Sprintf("/api/branches/%d", mks), "fresh",
			map[string]any{"sites": []any{site(-5.1, 100)}})
		require.Equal(t, 200, there.status, there.raw)
		reset()
		for name, narrow := range map[string]map[string]any{
			"nothing": {}, "as it is": strict, "a name": {"name": "Jakarta Pusat"},
			"a smaller circle":    {"sites": []any{site(-6.2, 50)}},
			"a network less":      {"networks": []string{"203.0.113.0/24"}},
			"in another form":     {"networks": []string{"203.0.113.9/24"}},
			"a stricter policy":   {"network_policy": "block"},
			"a better accuracy":   {"max_accuracy": 50},
			"nothing without net": {"offline_policy": "off"},
		} {
			r := w.send(0, "PATCH", jkt, "admin", narrow)
			require.Equal(t, 200, r.status, "%s: %s", name, r.raw)
			reset()
		}
		for name, loose := range map[string]map[string]any{
			"a policy": {"policy": "flag"}, "no policy": {"policy": "record"},
			"of networks":     {"network_policy": "record"},
			"a larger circle": {"sites": []any{site(-6.2, 101), site(-6.3, 100)}},
			"another place":   {"sites": []any{site(-6.2, 100), site(-6.3, 100), site(-6.4, 10)}},
			"no places":       {"sites": []any{}},
			"another network": {"networks": []string{"203.0.113.0/24", "2001:db8::/48", "198.51.100.1"}},
			"no networks":     {"networks": []string{}},
			"an accuracy":     {"max_accuracy": 101},
			"other branches":  {"also_at": []int64{mks}},
			"shared devices":  {"shared_devices": true},
			"without network": {"offline_policy": "hours"},
		} {
			for as, code := range map[string]string{"admin": "confirmation_required", "program": "scope_required"} {
				r := w.send(0, "PATCH", jkt, as, loose)
				require.Equal(t, 403, r.status, "%s as %s: %s", name, as, r.raw)
				require.Equal(t, code, r.code(), name)
			}
		}
		require.Equal(t, 200, w.confirm(0, "admin", "password", password).status)
		r := w.send(0, "PATCH", jkt, "admin", map[string]any{"policy": "record", "networks": []string{}})
		require.Equal(t, 200, r.status, r.raw)
	})
}

// The places of a branch are also those of the branches that it counts for: whatever opens one of them is confirmed.
func TestLooseningBorrowedPlacesNeedsAConfirmation(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		jkt, mks := fmt.Sprintf("/api/branches/%d", w.branches[0].ID), fmt.Sprintf("/api/branches/%d", w.branches[1].ID)
		site := func(latitude float64) map[string]any {
			return map[string]any{"name": "Kantor", "latitude": latitude, "longitude": 119.4, "radius": 100}
		}
		for path, body := range map[string]map[string]any{mks: {"sites": []any{site(-5.1)}},
			jkt: {"policy": "block", "also_at": []int64{w.branches[1].ID}}} {
			r := w.send(0, "PATCH", path, "admin", body)
			require.Equal(t, 200, r.status, r.raw)
		}
		w.clock.Advance(confirmWithin)
		for name, loose := range map[string]struct {
			method, path string
			body         map[string]any
		}{
			"a place of its own":     {"PATCH", jkt, map[string]any{"sites": []any{site(-6.9)}}},
			"no places any more":     {"PATCH", jkt, map[string]any{"also_at": []int64{}}},
			"another borrowed place": {"PATCH", mks, map[string]any{"sites": []any{site(-5.1), site(-6.9)}}},
			"no borrowed place":      {"PATCH", mks, map[string]any{"sites": []any{}}},
			"out of use":             {"PATCH", mks, map[string]any{"active": false}},
			"removed":                {"DELETE", mks, nil},
		} {
			r := w.send(0, loose.method, loose.path, "admin", loose.body)
			require.Equal(t, "confirmation_required", r.code(), "%s: %s", name, r.raw)
		}
		r := w.send(0, "PATCH", mks, "admin", map[string]any{"name": "Makassar Kota"})
		require.Equal(t, 200, r.status, r.raw)
		require.Equal(t, 200, w.confirm(0, "admin", "password", password).status)
		r = w.send(0, "PATCH", jkt, "admin", map[string]any{"also_at": []int64{}})
		require.Equal(t, 200, r.status, r.raw)
	})
}

// A file by which more than a handful leave is confirmed before it is written; the preview counts them.
func TestAFileByWhichManyLeaveNeedsAConfirmation(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		confirming(w)
		file := func(status string, n int) string {
			lines := "number,name,branch,status\n"
			for i := range n {
				lines += fmt.Sprintf("K-%d,Orang,JKT,%s\n", i, status)
			}
			return lines
		}
		var es []attendance.Employee
		for i := range 6 {
			es = append(es, attendance.Employee{Number: fmt.Sprintf("K-%d", i), Name: "Orang",
				BranchID: w.branches[0].ID})
		}
		_, err := w.store.Employees.UpsertEmployees(t.Context(), es)
		require.NoError(t, err)
		w.clock.Advance(confirmWithin)
		few := w.upload("admin", file("inactive", 5))
		require.Equal(t, 5, few.count("leaving"), few.raw)
		require.Equal(t, 202, w.send(0, "POST", importPath(few)+"/start", "admin", nil).status)
		many := w.upload("admin", file("inactive", 6))
		require.Equal(t, 6, many.count("leaving"), many.raw)
		refused := w.send(0, "POST", importPath(many)+"/start", "admin", nil)
		require.Equal(t, "confirmation_required", refused.code(), refused.raw)
		require.Equal(t, "preview", w.send(0, "GET", importPath(many), "admin", nil).json["state"])
		require.Equal(t, 202, w.send(0, "POST", importPath(w.upload("admin", file("active", 6)))+"/start", "admin",
			nil).status)
		ended := strings.NewReplacer("status", "left_on", "active", "2020-01-31")
		last := w.upload("admin", ended.Replace(file("active", 6)))
		require.Equal(t, 6, last.count("leaving"), "a last day that is over ends their punches as well: %s", last.raw)
		require.Equal(t, 200, w.confirm(0, "admin", "password", password).status)
		require.Equal(t, 202, w.send(0, "POST", importPath(many)+"/start", "admin", nil).status)
	})
}
