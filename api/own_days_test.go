package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// ownAct is a request by which somebody would change days of their own that have begun.
type ownAct struct {
	op, method, path string // op is the operation's name in the document
	body             any
	code             string // "" is own_days
}

// noOwnDays says of every other operation that changes something why nobody changes their own days by it. An operation
// that is in neither place is one that nobody thought about.
var noOwnDays = map[string]string{
	"check-in": "the punch itself", "check-out": "the punch itself", "undo-punch": "the own last punch, within 60 s",
	"ask-correction": "a wish", "ask-leave": "a wish",
	"pseudonymise-person": "days stay as they are; refused for oneself: TestALeaverIsForgotten",
	"cancel-correction":   "a wish less", "cancel-leave-request": "a wish less",
	"preview-employee-import": "writes nothing", "start-employee-import": "line by line: worker TestOwnLinesOfAnImport",
	"read-punch-import":  "writes nothing",
	"start-punch-import": "line by line: TestOwnPunchesAreImportedBySomebodyElse",
	"add-employee":       "somebody new", "add-branch": "nobody belongs to it yet", "add-shift": "nobody works it yet",
	"use-example": "nobody works there yet", "give-account": "an account of somebody else",
	"remove-branch": "changes no day", "remove-shift": "changes no day",
	"confirm": "no days", "login-code": "no days", "begin-second-factor": "no days", "confirm-second-factor": "no days",
	"renew-recovery-codes": "no days", "turn-second-factor-off": "no days", "reset-second-factor": "no days",
	"begin-passkey": "no days", "add-passkey": "no days", "rename-passkey": "no days", "remove-passkey": "no days",
	"ask-login-provider": "no days", "login-provider": "no days", "ask-provider": "no days", "begin-link": "no days",
	"link-identity": "no days", "unlink-identity": "no days", "unlink-user": "no days",
	"confirm-user": "of whose making: TestAnAccountOfOnesOwnMakingIsNobodyElse",
	"ask-passkey":  "no days", "ask-login-passkey": "no days", "login-passkey": "no days",
	"login": "no days", "logout": "no days", "change-me": "no days", "change-password": "no days", "setup": "no days",
	"ask-password-reset": "no days", "check-password-reset": "no days", "ask-reset-passkey": "no days",
	"use-password-reset": "no days", "change-my-email": "no days", "mail-my-link": "no days",
	"verify-my-email":   "no days",
	"read-notification": "no days", "read-notifications": "no days", "read-my-decisions": "no days",
	"discard-dead-letter": "what was decided", "discard-dead-letters": "what was decided",
	"retry-dead-letter": "what was decided", "retry-dead-letters": "what was decided",
	"create-report": "no days", "cancel-report": "no days",
	"create-user": "an account of somebody else", "create-users-for-employees": "accounts of others",
	"reset-password": "no days",
	"end-my-session": "no days", "end-my-other-sessions": "no days",
	"make-my-token": "what it is used for: TestNoTokenChangesTheOwnDaysOfWhoMadeIt", "revoke-my-token": "no days",
	"make-user-token": "likewise", "revoke-user-token": "no days",
	"create-webhook": "no days", "change-webhook": "no days", "delete-webhook": "no days", "test-webhook": "no days",
	"change-terminal":  "the own lines wait: TestOwnLinesOfAnOwnTerminalWait",
	"delete-terminal":  "TestOwnLinesThatWaitAreSomebodyElses",
	"confirm-terminal": "what others set up: TestOwnLinesOfAnOwnTerminalWait",
	"add-kiosk":        "the own punches are refused: TestAnOwnKioskTakesNoOwnPunch",
	"change-kiosk":     "likewise", "invite-kiosk": "likewise", "pair-kiosk": "likewise", "delete-kiosk": "no days",
	"confirm-kiosk": "what others set up: TestAnOwnKioskTakesNoOwnPunch", "unpair-kiosk": "no days",
	"punch-at-kiosk":   "the punch itself",
	"void-kiosk-punch": "the last punch, within 60 s", "set-employee-pin": "no days", "remove-employee-pin": "no days",
	"set-employee-badge": "no days", "remove-employee-badge": "no days", "set-my-pin": "no days",
	"change-review-weights": "no days", "decide-reviews": "each by itself: TestDecidingAboutManyPunches",
	"command-terminal": "no days", "replay-terminal-lines": "what the terminal said",
	"discard-terminal-line": "TestOwnLinesThatWaitAreSomebodyElses",
	"unmap-terminal-pin":    "TestOwnLinesOfAnOwnTerminalWait",
	"rotate-webhook-secret": "no days", "replay-delivery": "no days", "broadcasting-auth": "no days",
}

// ownActs prepares what the acts need, by somebody else, and returns them. kepala is an administrator and person 0.
func (w *world) ownActs(self int64) []ownAct {
	own, jkt := w.people[0].ID, w.branches[0].ID
	prepare := func(path string, body any) int64 {
		w.t.Helper()
		r := w.send(0, http.MethodPost, path, "admin", body)
		require.Equal(w.t, http.StatusCreated, r.status, r.raw)
		return int64(r.json["id"].(float64))
	}
	holiday := func(date string, scope map[string]any) map[string]any {
		h := map[string]any{"date": date, "name": "Libur"}
		for k, v := range scope {
			h[k] = v
		}
		return h
	}
	mine := map[string]any{"scope": "employee", "employee_id": own}
	branch := map[string]any{"scope": "branch", "branch_id": jkt}
	company := map[string]any{"scope": "company"}
	there := fmt.Sprintf("/api/holidays/%d", prepare("/api/holidays", holiday("2026-11-18", mine)))
	leave := fmt.Sprintf("/api/leave-requests/%d", w.ask("kepala", 0, "2026-11-17"))
	granted := fmt.Sprintf("/api/leave-requests/%d", w.ask("kepala", 0, "2026-11-16"))
	require.Equal(w.t, 200, w.send(0, http.MethodPost, granted+"/approve", "admin", nil).status)
	wish := w.send(0, http.MethodPost, "/api/corrections", "kepala", map[string]any{"work_date": "2026-11-20",
		"direction": "in", "time": "08:00", "reason": "lupa"})
	require.Equal(w.t, http.StatusCreated, wish.status, wish.raw)
	correction := fmt.Sprintf("/api/corrections/%v", wish.json["id"])
	w.fence(attendance.PolicyFlag)
	punch := w.send(0, http.MethodPost, "/api/attendances/check-in", "kepala", metresAway(42_000, 12))
	require.Equal(w.t, http.StatusCreated, punch.status, punch.raw)
	plans := w.assignments(own)
	plan := fmt.Sprintf("/api/shift-assignments/%v", plans[0].(map[string]any)["id"])
	shift := w.shifts()[0].ID
	pattern := []int64{shift, shift, shift, shift, shift, shift, shift}
	employee, version := fmt.Sprintf("/api/employees/%d", own), w.employee(own)["version"]
	reason := map[string]any{"note": "salah"}
	terminal := fmt.Sprintf("/api/terminals/%d", w.terminal("CGKK9", w.branches[0].ID).ID)
	const post, patch, remove, request = http.MethodPost, http.MethodPatch, http.MethodDelete, "own_request"
	return []ownAct{
		{"add-holiday", post, "/api/holidays", holiday("2026-11-19", mine), ""},
		{"add-holiday", post, "/api/holidays", holiday("2026-11-19", branch), ""},
		{"add-holiday", post, "/api/holidays", holiday("2026-11-23", company), ""},
		{"change-holiday", patch, there, map[string]any{"working": true}, ""},
		{"change-holiday", patch, there, map[string]any{"date": "2026-12-24"}, ""},
		{"remove-holiday", remove, there, nil, ""},
		{"assign-shifts", post, "/api/shift-assignments",
			map[string]any{"employee_ids": []int64{own, w.people[1].ID}, "from": "2026-11-20", "pattern": pattern}, ""},
		{"assign-shifts", post, "/api/shift-assignments",
			map[string]any{"filter": map[string]any{}, "from": "2026-11-23", "pattern": pattern}, ""},
		{"end-shift-assignment", patch, plan, map[string]any{"to": "2026-11-19"}, ""},
		{"remove-shift-assignment", remove, plan, nil, ""},
		{"change-shift", patch, fmt.Sprintf("/api/shifts/%d", shift), map[string]any{"late_grace": 200}, ""},
		{"change-branch", patch, fmt.Sprintf("/api/branches/%d", jkt), map[string]any{"zone": "Asia/Jayapura"}, ""},
		{"change-employee", patch, employee, map[string]any{"hired_on": "2026-11-20", "version": version}, ""},
		{"change-employee", patch, employee, map[string]any{"number": "17", "version": version}, ""},
		{"change-employee", patch, employee, map[string]any{"branch_id": w.branches[1].ID, "version": version},
			request},
		{"move-employee", post, employee + "/moves", map[string]any{"from": "2026-11-20",
			"branch_id": w.branches[1].ID, "reason": "pindah"}, request},
		{"cancel-move", remove, employee + "/moves/2026-12-01", nil, request},
		{"approve-leave-request", post, leave + "/approve", nil, request},
		{"refuse-leave-request", post, leave + "/refuse", reason, request},
		{"revoke-leave-request", post, granted + "/revoke", reason, request},
		{"approve-correction", post, correction + "/approve", nil, request},
		{"refuse-correction", post, correction + "/refuse", reason, request},
		{"correct-day", post, "/api/corrections/at-once", map[string]any{"employee_id": own,
			"work_date": "2026-11-20", "direction": "out", "time": "17:00", "reason": "lupa"}, request},
		{"void-punch", post, fmt.Sprintf("/api/punches/%v/void", punch.json["punch"].(map[string]any)["id"]),
			map[string]any{"reason": "salah"}, request},
		{"decide-review", post, fmt.Sprintf("/api/reviews/%v/decision", punch.json["punch"].(map[string]any)["id"]),
			map[string]any{"state": "accepted"}, request},
		{"map-terminal-pin", post, terminal + "/pins", map[string]any{"pin": "17", "employee_id": own}, ""},
		{"change-user", patch, fmt.Sprintf("/api/users/%d", self), map[string]any{"employee_id": w.people[1].ID}, ""},
	}
}

// kepala makes an administrator who is person 0.
func (w *world) kepala() int64 {
	w.token["kepala"] = w.session(account.User{Login: "kepala", Role: account.RoleAdmin, EmployeeID: w.people[0].ID})
	found := w.send(0, http.MethodGet, "/api/users?q=kepala", "admin", nil)
	require.Len(w.t, found.items(), 1, found.raw)
	return int64(found.items()[0]["id"].(float64))
}

// leavesAlone disables, by the first of some administrators, everybody else who decides about anybody's days.
func (w *world) leavesAlone(logins ...string) {
	for _, u := range w.send(0, http.MethodGet, "/api/users?limit=100", logins[0], nil).items() {
		decides := u["role"] == string(account.RoleAdmin) || u["role"] == string(account.RoleBranchAdmin)
		if decides && !slices.Contains(logins, u["login"].(string)) {
			r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%v", u["id"]), logins[0],
				map[string]any{"disabled": true})
			require.Equal(w.t, http.StatusOK, r.status, r.raw)
		}
	}
}

// The rule that nobody decides about themselves holds for every way in which days are changed.
func TestNobodyChangesTheirOwnDays(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		self := w.kepala()
		touching := map[string]bool{"preview-punch-import": true}
		acts := w.ownActs(self)
		for _, a := range acts {
			touching[a.op] = true
			want := a.code
			if want == "" {
				want = "own_days"
			}
			r := w.send(0, a.method, a.path, "kepala", a.body)
			require.Equal(t, http.StatusForbidden, r.status, "%s %s: %s", a.method, a.path, r.raw)
			require.Equal(t, want, r.code(), "%s %s: %s", a.method, a.path, r.raw)
			require.Contains(t, r.json["detail"], "orang lain", "whose language is Indonesian")
			r = w.send(0, a.method, a.path, "kepala", a.body, "Accept-Language: en")
			require.Contains(t, strings.ToLower(r.json["detail"].(string)), "somebody else")
		}
		for _, op := range w.operations() {
			if op.method == http.MethodGet {
				continue
			}
			why, says := noOwnDays[op.ID]
			require.NotEqual(t, touching[op.ID], says, "%s: who changes their own days by it? %s", op.ID, why)
			delete(touching, op.ID)
		}
		require.Empty(t, touching, "operations that there are not")
		records, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Empty(t, records, "nothing was done")

		// What has not begun is no such day, and neither are others' days.
		for _, a := range []ownAct{
			{"", http.MethodPost, "/api/holidays", map[string]any{"date": "2026-11-24", "name": "Libur",
				"scope": "employee", "employee_id": w.people[0].ID}, ""},
			{"", http.MethodPost, "/api/holidays", map[string]any{"date": "2026-11-19", "name": "Libur",
				"scope": "branch", "branch_id": w.branches[1].ID}, ""},
			{"", http.MethodPost, "/api/holidays", map[string]any{"date": "2026-11-19", "name": "Libur",
				"scope": "employee", "employee_id": w.people[1].ID}, ""},
		} {
			r := w.send(0, a.method, a.path, "kepala", a.body)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
		}
	})
}

// A company with one administrator is not locked out: who is alone may, and everybody sees that they did.
func TestAloneOnesOwnDaysAreFlagged(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		self := w.kepala()
		acts := w.ownActs(self)
		w.leavesAlone("kepala")
		flagged := func() int {
			records, _, err := w.store.Audit.AuditLog(t.Context(),
				ledger.AuditFilter{Table: ledger.OwnDaysTable, RowID: fmt.Sprint(w.people[0].ID), Limit: 500})
			require.NoError(t, err)
			for _, r := range records {
				require.Equal(t, self, r.UserID)
			}
			return len(records)
		}
		done := map[string]bool{}
		for _, a := range acts {
			switch a.op {
			case "add-holiday", "assign-shifts", "change-shift", "approve-leave-request", "approve-correction":
			default:
				continue
			}
			before := flagged()
			r := w.send(0, a.method, a.path, "kepala", a.body)
			require.Equal(t, 2, r.status/100, "%s %s: %s", a.method, a.path, r.raw)
			require.Equal(t, before+1, flagged(), "%s %s", a.method, a.path)
			done[a.op] = true
		}
		require.Len(t, done, 5)
		day := w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances/%d/2026-11-19", w.people[0].ID), "jkt-1", nil)
		require.Equal(t, 200, day.status, day.raw)
		last := day.json["why"].([]any)
		require.Equal(t, map[string]any{"code": "own_change", "name": "kepala", "at": "2026-11-23T01:05:00Z"},
			last[len(last)-1], day.raw)
		other := w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances/%d/2026-11-19", w.people[1].ID), "kepala", nil)
		require.NotContains(t, other.raw, "own_change")
	})
}

// What somebody alone changes is told of on the days that change, not on those between them.
func TestAloneOnlyDaysThatChangeTellOfIt(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		made := w.send(0, http.MethodPost, "/api/shifts", "admin", map[string]any{"code": "DULU", "name": "Dulu",
			"start": "13:00", "end": "21:00"})
		require.Equal(t, http.StatusCreated, made.status, made.raw)
		shift := int64(made.json["id"].(float64))
		for _, date := range []string{"2026-11-02", "2026-11-12"} {
			r := w.send(0, http.MethodPost, "/api/shift-assignments", "admin", map[string]any{"from": date, "to": date,
				"employee_ids": []int64{w.people[0].ID},
				"pattern":      []int64{shift, shift, shift, shift, shift, shift, shift}})
			require.Equal(t, 2, r.status/100, r.raw)
		}
		admin, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%d", admin.ID), "kepala",
			map[string]any{"disabled": true})
		require.Equal(t, 200, r.status, r.raw)
		r = w.send(0, http.MethodPatch, fmt.Sprintf("/api/shifts/%d", shift), "kepala",
			map[string]any{"late_grace": 200})
		require.Equal(t, 200, r.status, r.raw)
		for date, told := range map[string]bool{"2026-11-02": true, "2026-11-03": false, "2026-11-06": false,
			"2026-11-12": true, "2026-11-13": false} {
			path := fmt.Sprintf("/api/attendances/%d/%s", w.people[0].ID, date)
			day := w.send(0, http.MethodGet, path, "jkt-1", nil)
			require.Equal(t, 200, day.status, day.raw)
			require.Equal(t, told, strings.Contains(day.raw, "own_change"), "%s: %s", date, day.raw)
		}
	})
}

// Whoever is alone may have their account stand for nobody. The days that were their own until then tell of it, since
// what is done to them afterwards is nobody's own.
func TestAloneNobodyLetsGoOfTheOwnDaysUnseen(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		self := w.kepala()
		admin, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		path, nobody := fmt.Sprintf("/api/users/%d", self), map[string]any{"employee_id": 0}
		r := w.send(0, http.MethodPatch, path, "kepala", nobody)
		require.Equal(t, "own_days", r.code(), r.raw)
		r = w.send(0, http.MethodPatch, path, "kepala", map[string]any{"name": "Kepala", "employee_id": w.people[0].ID})
		require.Equal(t, 200, r.status, "who they are stays: %s", r.raw)
		r = w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%d", admin.ID), "kepala",
			map[string]any{"disabled": true})
		require.Equal(t, 200, r.status, r.raw)
		day := func() string {
			r := w.send(0, http.MethodGet, fmt.Sprintf("/api/attendances/%d/2026-11-19", w.people[0].ID), "jkt-1", nil)
			require.Equal(t, 200, r.status, r.raw)
			return r.raw
		}
		require.NotContains(t, day(), "own_change")
		today := func() string {
			r := w.send(0, http.MethodGet, "/api/me/today", "jkt-1", nil)
			require.Equal(t, 200, r.status, r.raw)
			return r.raw
		}
		require.NotContains(t, today(), "own_change")

		r = w.send(0, http.MethodPatch, path, "kepala", nobody)
		require.Equal(t, 200, r.status, r.raw)
		records, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Len(t, records, 1)
		require.Equal(t, []any{self, fmt.Sprint(w.people[0].ID)}, []any{records[0].UserID, records[0].RowID})
		require.Contains(t, day(), "own_change")
		require.Contains(t, today(), "own_change", "to everybody who sees the day")
	})
}

// Own punches in a file are lines for somebody else; the others are taken.
func TestOwnPunchesAreImportedBySomebodyElse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		file := "number,time,direction\nJKT-1,2026-11-20 08:00:00,in\nJKT-2,2026-11-20 08:00:00,in\n"
		r := w.uploadPunches("kepala", file, "")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{1, 1}, []int{r.count("created"), r.count("rejected")}, r.raw)
		refused := r.list("refused")[0]
		require.Equal(t, "own_days", refused["code"])
		require.Contains(t, refused["message"], "somebody else")
		require.Contains(t, refused["indonesian"], "orang lain")
		require.Equal(t, 2, w.uploadPunches("admin", file, "").count("created"), "somebody else")
	})
}

// Opening settled dates of a branch is for somebody who has no days among them.
func TestAMonthWithOwnDaysIsOpenedBySomebodyElse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		jkt, sunday := w.branches[0].ID, attendance.NewDate(2026, 11, 22)
		_, _, err := w.store.Recaps.Recap(t.Context(), jkt, sunday, false)
		require.NoError(t, err)
		path := fmt.Sprintf("/api/branches/%d", jkt)
		through := func(as, date string) reply {
			return w.send(0, http.MethodPatch, path, as, map[string]any{"locked_through": date})
		}
		require.Equal(t, 200, through("kepala", "2026-11-22").status, "locking changes no day")
		for _, date := range []string{"", "2026-11-20"} {
			r := through("kepala", date)
			require.Equal(t, http.StatusForbidden, r.status, r.raw)
			require.Equal(t, "own_days", r.code())
		}
		require.Equal(t, 200, through("admin", "").status)
	})
}

// The rules of a shift hold for any open day that is computed again, however long ago it was worked. So they are
// somebody else's to change until the last such day is settled.
func TestAShiftThatWasWorkedOnAnOpenDayIsChangedBySomebodyElse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		add := func(code string) int64 {
			r := w.send(0, http.MethodPost, "/api/shifts", "admin", map[string]any{"code": code, "name": code,
				"start": "13:00", "end": "21:00"})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return int64(r.json["id"].(float64))
		}
		assign := func(shift int64, from string) {
			week := []int64{shift, shift, shift, shift, shift, shift, shift}
			r := w.send(0, http.MethodPost, "/api/shift-assignments", "admin", map[string]any{
				"employee_ids": []int64{w.people[0].ID}, "from": from, "pattern": week})
			require.Equal(t, 2, r.status/100, r.raw)
		}
		was, is, planned := add("DULU"), add("KINI"), add("NANTI")
		assign(was, "2026-11-02")
		assign(is, "2026-11-09")
		assign(planned, "2026-11-24") // tomorrow
		grace := 10
		change := func(as string, shift int64) reply {
			grace++
			return w.send(0, http.MethodPatch, fmt.Sprintf("/api/shifts/%d", shift), as,
				map[string]any{"late_grace": grace})
		}
		for _, shift := range []int64{was, is} {
			r := change("kepala", shift)
			require.Equal(t, http.StatusForbidden, r.status, r.raw)
			require.Equal(t, "own_days", r.code())
		}
		require.Equal(t, 200, change("kepala", planned).status, "it can be seen before it counts")
		require.Equal(t, 200, change("admin", was).status, "somebody else")
		for _, sh := range w.shifts() { // what was refused is nowhere kept
			if sh.ID == was {
				require.Equal(t, grace, sh.LateGrace)
			}
		}
		require.Equal(t, 200, w.send(0, http.MethodPatch, fmt.Sprintf("/api/shifts/%d", was), "kepala",
			map[string]any{"code": "LAMA"}).status, "a code is no rule")

		_, _, err := w.store.Recaps.Recap(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 8), false)
		require.NoError(t, err)
		r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/branches/%d", w.branches[0].ID), "admin",
			map[string]any{"locked_through": "2026-11-08"})
		require.Equal(t, 200, r.status, r.raw)
		require.Equal(t, 200, change("kepala", was).status, "its days are settled")
		require.Equal(t, "own_days", change("kepala", is).code())
	})
}

// The preview of a file of employees refuses the lines that its import will refuse: about oneself, and about settled
// days. The others it takes, and nothing is written.
func TestAPreviewRefusesTheOwnLine(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		file := "number,name,branch,hired_on\nJKT-1,Orang 1,JKT,2026-11-20\nJKT-2,Orang 2,JKT,2026-11-20\n"
		before := w.employee(w.people[0].ID)["version"]
		r := w.upload("kepala", file)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{0, 1, 1}, []int{r.count("created"), r.count("updated"), r.count("rejected")}, r.raw)
		refused := r.list("refused")
		require.Len(t, refused, 1)
		require.InDelta(t, 2, refused[0]["line"], 0)
		require.Equal(t, "own_days", refused[0]["code"])
		require.Contains(t, refused[0]["message"], "somebody else")
		require.Contains(t, refused[0]["indonesian"], "orang lain")
		require.Equal(t, before, w.employee(w.people[0].ID)["version"], "a preview writes nothing")
		r = w.upload("admin", file)
		require.Equal(t, []int{2, 0}, []int{r.count("updated"), r.count("rejected")}, "somebody else: %s", r.raw)
		r = w.upload("kepala", "number,name,branch,status\nJKT-1,Orang 1,JKT,nonaktif\nJKT-2,Orang 2,JKT,nonaktif\n")
		require.Equal(t, []int{1, 1}, []int{r.count("updated"), r.count("rejected")}, r.raw)
		require.Equal(t, "own_days", r.list("refused")[0]["code"], "who leaves today changes today")
		r = w.upload("kepala", "number,name,branch\nJKT-1,Nama Baru,JKT\n")
		require.Equal(t, []int{1, 0}, []int{r.count("updated"), r.count("rejected")}, "a name is no day: %s", r.raw)

		_, _, err := w.store.Recaps.Recap(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 22), false)
		require.NoError(t, err)
		r = w.send(0, http.MethodPatch, fmt.Sprintf("/api/branches/%d", w.branches[0].ID), "admin",
			map[string]any{"locked_through": "2026-11-22"})
		require.Equal(t, 200, r.status, r.raw)
		r = w.upload("admin", "number,name,branch,branch_from\nJKT-1,Orang 1,MKS,2026-11-20\n"+
			"JKT-2,Orang 2,MKS,2026-11-23\n")
		require.Equal(t, []int{1, 1}, []int{r.count("updated"), r.count("rejected")}, r.raw)
		require.Equal(t, "period_locked", r.list("refused")[0]["code"])
	})
}
