package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"

	"github.com/stretchr/testify/require"
)

// notOfThem says of operations that change something why none of them changes somebody who was forgotten, besides those
// that forgottenActs tries. An operation that is in neither place is one that nobody thought about.
var notOfThem = map[string]string{
	"check-in": "nobody can sign in as them", "check-out": "likewise", "undo-punch": "likewise",
	"cancel-correction": "who asked does, and cannot sign in", "cancel-leave-request": "likewise",
	"change-me": "the own account", "change-password": "the own account", "login": "the own account",
	"confirm":    "the own session",
	"login-code": "the own account", "logout": "the own account", "begin-second-factor": "the own account",
	"confirm-second-factor": "the own account", "renew-recovery-codes": "the own account",
	"begin-passkey": "the own account", "add-passkey": "the own account", "rename-passkey": "the own account",
	"remove-passkey": "the own account", "ask-passkey": "the own account", "ask-login-passkey": "the own account",
	"login-passkey": "the own account", "ask-login-provider": "the own account", "login-provider": "the own account",
	"ask-provider": "the own account", "begin-link": "the own account", "link-identity": "the own account",
	"unlink-identity": "the own account", "turn-second-factor-off": "the own account",
	"end-my-session":        "the own account",
	"end-my-other-sessions": "the own account", "make-my-token": "the own account",
	"change-my-email": "the own account", "mail-my-link": "the own account", "verify-my-email": "the own account",
	"ask-password-reset": "TestNobodyWritesToWhoWasForgotten", "check-password-reset": "changes nothing",
	"ask-reset-passkey":  "the own account",
	"use-password-reset": "none is left",
	"revoke-my-token":    "the own account", "read-notification": "the own ones", "read-notifications": "the own ones",
	"broadcasting-auth": "changes nothing", "setup": "before there is anybody", "read-my-decisions": "the own ones",
	"use-example": "about nobody", "give-account": "of active employees only",
	"add-employee": "somebody new", "create-users-for-employees": "of active employees only",
	"revoke-user-token": "none is left", "preview-employee-import": "line by line, below",
	"start-employee-import": "line by line: worker TestLinesAboutWhoWasForgotten",
	"read-punch-import":     "line by line, below", "preview-punch-import": "line by line, below",
	"start-punch-import": "line by line: worker TestLinesAboutWhoWasForgotten",
	"add-branch":         "about nobody", "change-branch": "about nobody", "remove-branch": "about nobody",
	"add-shift": "about nobody", "change-shift": "about nobody", "remove-shift": "about nobody",
	"discard-dead-letter": "what was decided", "discard-dead-letters": "what was decided",
	"retry-dead-letter": "what was decided", "retry-dead-letters": "what was decided",
	"create-report": "days and sums stay, under the pseudonym", "cancel-report": "a file",
	"confirm-user":    "nobody could hold the account any more",
	"change-terminal": "about nobody", "delete-terminal": "about nobody",
	"command-terminal":      "sends a name to a terminal",
	"replay-terminal-lines": "refused by the recorder", "discard-terminal-line": "about nobody",
	"unmap-terminal-pin": "none is left", "confirm-terminal": "refused by the recorder",
	"add-kiosk": "about nobody", "change-kiosk": "about nobody", "delete-kiosk": "about nobody",
	"invite-kiosk": "about nobody", "unpair-kiosk": "about nobody", "confirm-kiosk": "about nobody",
	"pair-kiosk":     "about nobody",
	"punch-at-kiosk": "neither PIN nor card is left", "void-kiosk-punch": "of the last minute",
	"set-my-pin":            "nobody can sign in as them",
	"change-review-weights": "about nobody", "decide-reviews": "each by itself, as decide-review",
	"create-webhook": "about nobody", "change-webhook": "about nobody", "delete-webhook": "about nobody",
	"test-webhook": "about nobody", "rotate-webhook-secret": "about nobody", "replay-delivery": "what was sent",
}

// forgetOne lets Jakarta's first person leave, with something in every place, and be forgotten. It returns what would
// change them.
func (w *world) forgetOne() []ownAct {
	one, jkt, mks := w.people[0].ID, w.branches[0].ID, w.branches[1].ID
	const post, patch, remove = http.MethodPost, http.MethodPatch, http.MethodDelete
	made := func(path, as string, body any) string {
		w.t.Helper()
		r := w.send(0, post, path, as, body)
		require.Equal(w.t, http.StatusCreated, r.status, r.raw)
		return fmt.Sprintf("%s/%v", path, r.json["id"])
	}
	granted := fmt.Sprintf("/api/leave-requests/%d", w.ask("jkt-1", 0, "2026-11-18"))
	require.Equal(w.t, http.StatusOK, w.send(0, post, granted+"/approve", "admin", nil).status)
	correction := made("/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20", "direction": "out",
		"time": "17:03", "reason": "lupa"})
	refused := w.send(0, post, correction+"/refuse", "admin", map[string]any{"note": "ada"})
	require.Equal(w.t, http.StatusOK, refused.status, refused.raw)
	w.fence(attendance.PolicyFlag)
	in := w.send(0, post, "/api/attendances/check-in", "jkt-1", metresAway(42_000, 12))
	require.Equal(w.t, http.StatusCreated, in.status, in.raw)
	own := map[string]any{"date": "2026-11-19", "name": "Libur", "scope": "employee", "employee_id": one}
	holiday := made("/api/holidays", "admin", own)
	other := made("/api/holidays", "admin", map[string]any{"date": "2026-12-17", "name": "Cuti", "scope": "branch",
		"branch_id": jkt})
	employee := fmt.Sprintf("/api/employees/%d", one)
	w.pin(0)
	card := w.send(0, http.MethodPut, employee+"/badge", "admin", map[string]any{"card": "77"})
	require.Equal(w.t, http.StatusNoContent, card.status, card.raw)
	move := map[string]any{"from": "2026-12-15", "branch_id": mks, "reason": "pindah"}
	moved := w.send(0, post, employee+"/moves", "admin", move)
	require.Less(w.t, moved.status, 300, moved.raw)
	left := w.send(0, patch, employee, "admin", map[string]any{"version": w.employee(one)["version"],
		"status": "inactive", "left_on": "2026-11-23", "disable_account": true})
	require.Equal(w.t, http.StatusOK, left.status, left.raw)
	w.clock.Advance(10 * 24 * time.Hour)
	_, err := w.store.DB.Builder().ExecContext(w.t.Context(), "UPDATE branches SET locked_through = '2026-11-30'")
	require.NoError(w.t, err)
	_, err = w.store.Persons.Pseudonymise(w.t.Context(), ledger.Actor{}, persons.Ending{EmployeeID: one})
	require.NoError(w.t, err)
	w.token["admin"] = w.session(account.User{Login: "admin-2", Role: account.RoleAdmin})

	account := func(q string) string {
		r := w.send(0, http.MethodGet, "/api/users?q="+q, "admin", nil)
		require.Len(w.t, r.items(), 1, r.raw)
		return fmt.Sprintf("/api/users/%v", r.items()[0]["id"])
	}
	user := account("mantan-")
	version := w.employee(one)["version"]
	plan := fmt.Sprintf("/api/shift-assignments/%v", w.assignments(one)[0].(map[string]any)["id"])
	shift := w.shifts()[0].ID
	pattern := []int64{shift, shift, shift, shift, shift, shift, shift}
	order := map[string]any{"employee_ids": []int64{one, w.people[1].ID}, "from": "2026-12-07", "pattern": pattern}
	counted := map[string]any{"dry_run": true}
	for k, v := range order {
		counted[k] = v
	}
	leave := map[string]any{"kind": "leave", "from": "2026-12-21", "to": "2026-12-21", "reason": "perlu",
		"employee_id": one}
	note := map[string]any{"note": "salah"}
	return []ownAct{
		{"change-employee", patch, employee, map[string]any{"version": version, "status": "active", "left_on": ""}, ""},
		{"change-employee", patch, employee, map[string]any{"version": version, "name": "Orang 1"}, ""},
		{"change-employee", patch, employee, map[string]any{"version": version, "number": "JKT-1"}, ""},
		{"change-employee", patch, employee, map[string]any{"version": version, "position": "Kasir"}, ""},
		{"change-employee", patch, employee, map[string]any{"version": version, "branch_id": mks}, ""},
		{"move-employee", post, employee + "/moves", map[string]any{"from": "2026-12-07", "branch_id": mks,
			"reason": "pindah"}, ""},
		{"cancel-move", remove, employee + "/moves/2026-12-15", nil, ""},
		{"pseudonymise-person", post, fmt.Sprintf("/api/persons/%d/pseudonym", one),
			map[string]any{"number": w.employee(one)["number"], "reason": "lagi"}, ""},
		{"add-holiday", post, "/api/holidays", map[string]any{"date": "2026-12-11", "name": "Libur",
			"scope": "employee", "employee_id": one}, ""},
		{"change-holiday", patch, holiday, map[string]any{"name": "Cuti nikah"}, ""},
		{"map-terminal-pin", post, fmt.Sprintf("/api/terminals/%d/pins", w.terminal("CGKK9", w.branches[0].ID).ID),
			map[string]any{"pin": "17", "employee_id": one}, ""},
		{"change-holiday", patch, other, map[string]any{"scope": "employee", "employee_id": one}, ""},
		{"remove-holiday", remove, holiday, nil, ""},
		{"assign-shifts", post, "/api/shift-assignments", order, ""},
		{"assign-shifts", post, "/api/shift-assignments", counted, ""},
		{"end-shift-assignment", patch, plan, map[string]any{"to": "2026-12-20"}, ""},
		{"remove-shift-assignment", remove, plan, nil, ""},
		{"ask-leave", post, "/api/leave-requests", leave, ""},
		{"ask-correction", post, "/api/corrections", map[string]any{"work_date": "2026-11-20", "direction": "in",
			"time": "08:00", "reason": "lupa", "employee_id": one}, ""},
		{"correct-day", post, "/api/corrections/at-once", map[string]any{"work_date": "2026-11-20", "direction": "in",
			"time": "08:00", "reason": "lupa", "employee_id": one}, ""},
		{"approve-leave-request", post, granted + "/approve", nil, ""},
		{"refuse-leave-request", post, granted + "/refuse", note, ""},
		{"revoke-leave-request", post, granted + "/revoke", note, ""},
		{"approve-correction", post, correction + "/approve", nil, ""},
		{"refuse-correction", post, correction + "/refuse", note, ""},
		{"void-punch", post, fmt.Sprintf("/api/punches/%v/void", in.json["punch"].(map[string]any)["id"]),
			map[string]any{"reason": "salah"}, ""},
		{"decide-review", post, fmt.Sprintf("/api/reviews/%v/decision", in.json["punch"].(map[string]any)["id"]),
			map[string]any{"state": "accepted"}, ""},
		{"set-employee-pin", http.MethodPut, employee + "/pin", nil, ""},
		{"remove-employee-pin", remove, employee + "/pin", nil, ""},
		{"set-employee-badge", http.MethodPut, employee + "/badge", map[string]any{"card": "77"}, ""},
		{"remove-employee-badge", remove, employee + "/badge", nil, ""},
		{"change-user", patch, user, map[string]any{"disabled": false}, ""},
		{"change-user", patch, user, map[string]any{"login": "jkt-1", "name": "Orang 1"}, ""},
		{"change-user", patch, user, map[string]any{"employee_id": 0}, ""},
		{"change-user", patch, account("jkt-2"), map[string]any{"employee_id": one}, ""},
		{"create-user", post, "/api/users", map[string]any{"login": "baru", "name": "Baru", "role": "employee",
			"employee_id": one}, ""},
		{"reset-password", post, user + "/password", map[string]any{}, ""},
		{"reset-second-factor", remove, user + "/second-factor", nil, ""},
		{"unlink-user", remove, user + "/oidc", nil, ""},
		{"make-user-token", post, user + "/tokens", map[string]any{"name": "mesin", "scopes": []string{"me"}}, ""},
	}
}

// Who was forgotten stays so: nothing brings anything about them back, whichever way it goes.
func TestWhoWasForgottenStaysSo(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		acts := w.forgetOne()
		one := w.people[0].ID
		held := func() string {
			file := w.send(0, http.MethodGet, takeOf(one), "admin", nil)
			require.Equal(t, http.StatusOK, file.status, file.raw)
			var lists []string
			for _, l := range []string{"employee", "employments", "accounts", "sessions", "api_tokens", "punches",
				"voided_punches", "days", "shift_assignments", "holidays", "leave_requests", "corrections", "kiosk_pin",
				"kiosk_badge"} {
				lists = append(lists, fmt.Sprint(l, file.list(l)))
			}
			return strings.Join(lists, "\n")
		}
		before := held()
		require.Contains(t, before, "kiosk_pin[]")
		require.Contains(t, before, "kiosk_badge[]")
		tried := map[string]bool{}
		for _, a := range acts {
			tried[a.op] = true
			r := w.send(0, a.method, a.path, "admin", a.body)
			require.Equal(t, http.StatusConflict, r.status, "%s %s: %s", a.method, a.path, r.raw)
			require.Equal(t, "forgotten", r.code(), "%s %s: %s", a.method, a.path, r.raw)
			require.Contains(t, r.json["detail"], "dilupakan untuk selamanya")
		}
		english := w.send(0, acts[0].method, acts[0].path, "admin", acts[0].body, "Accept-Language: en")
		require.Contains(t, english.json["detail"], "forgotten for good")

		// Files: lines that say what is stored are no news, others are refused, each with the reason.
		number := w.employee(one)["number"].(string)
		file := w.upload("admin", fmt.Sprintf("number,name,branch,status\n%s,%s,JKT,inactive\n", number,
			w.employee(one)["name"]))
		require.Equal(t, http.StatusCreated, file.status, file.raw)
		require.Equal(t, []int{1, 0}, []int{file.count("unchanged"), file.count("rejected")}, file.raw)
		for _, line := range []string{"Orang 1,JKT,inactive", "Orang 1,JKT,active", "Mantan,MKS,inactive"} {
			file = w.upload("admin", fmt.Sprintf("number,name,branch,status\n%s,%s\n", number, line))
			require.Equal(t, []int{0, 1}, []int{file.count("updated"), file.count("rejected")}, file.raw)
			require.Equal(t, "forgotten", file.list("refused")[0]["code"], file.raw)
		}
		punches := w.uploadPunches("admin", "number,time,direction\n"+number+",2026-11-20 08:00:00,in\n", "")
		require.Equal(t, http.StatusCreated, punches.status, punches.raw)
		require.Equal(t, 1, punches.count("rejected"), punches.raw)
		require.Equal(t, "forgotten", punches.list("refused")[0]["code"], punches.raw)

		// Many at once: whom a filter means is somebody who works here.
		all := map[string]any{"branch_id": 0, "limit": 5}
		many := w.send(0, http.MethodPost, "/api/users/for-employees", "admin", all)
		require.Equal(t, http.StatusCreated, many.status, many.raw)
		require.NotContains(t, many.raw, strings.ToLower(number))
		require.Equal(t, before, held(), "nothing was done")

		// The lists say so, for the pages.
		require.Equal(t, true, w.employee(one)["forgotten"])
		found := w.send(0, http.MethodGet, "/api/employees?status=inactive", "admin", nil).items()
		require.Equal(t, true, found[0]["forgotten"])
		require.NotContains(t, w.employee(w.people[1].ID), "forgotten")
		users := w.send(0, http.MethodGet, "/api/users?q=mantan-", "admin", nil).items()
		require.Equal(t, true, users[0]["forgotten"])

		for _, op := range w.operations() {
			if op.method == http.MethodGet {
				continue
			}
			_, says := notOfThem[op.ID]
			require.NotEqual(t, tried[op.ID], says, "%s: does it change somebody who was forgotten?", op.ID)
			delete(tried, op.ID)
		}
		require.Empty(t, tried, "operations that there are not")
	})
}
