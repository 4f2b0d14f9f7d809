package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/iclock"
	"hadir/internal/store/ledger"
	"hadir/internal/store/terminals"

	"github.com/stretchr/testify/require"
)

// terminal is one that was accepted into a branch.
func (w *world) terminal(serial string, branch int64) iclock.Terminal {
	w.t.Helper()
	met, err := w.store.Terminals.Meet(w.t.Context(), serial, "192.0.2.9")
	require.NoError(w.t, err)
	t, err := w.store.Terminals.Update(w.t.Context(), met.ID, ledger.Actor{}, func(t *iclock.Terminal) error {
		t.State, t.BranchID = iclock.Active, branch
		return nil
	})
	require.NoError(w.t, err)
	return t
}

func (w *world) hold(terminal int64, pin string, times ...string) {
	w.t.Helper()
	var lines []iclock.Line
	for _, at := range times {
		lines = append(lines, iclock.Line{PIN: pin, At: at, Status: "0", Verify: "1", Text: pin + "\t" + at + "\t0\t1",
			Reason: iclock.ReasonUnknownPIN})
	}
	_, err := w.store.Quarantine.Hold(w.t.Context(), terminal, lines)
	require.NoError(w.t, err)
}

func TestATerminalIsAcceptedAndChanged(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		_, err := w.store.Terminals.Meet(t.Context(), "CGKK1", "192.0.2.9")
		require.NoError(t, err)
		listed := w.send(0, "GET", "/api/terminals", "admin", nil)
		require.Equal(t, 200, listed.status, listed.raw)
		item := listed.items()[0]
		require.Equal(t, []any{"CGKK1", "pending", "alive", "192.0.2.9", "auto"}, []any{item["serial"], item["state"],
			item["life"], item["address"], item["direction"]})
		one := fmt.Sprintf("/api/terminals/%v", item["id"])
		require.Empty(t, w.send(0, "GET", "/api/terminals", "cabang", nil).items(), "nobody's yet")
		require.Equal(t, 404, w.send(0, "PATCH", one, "cabang", map[string]any{"state": "active",
			"branch_id": w.branches[0].ID}).status)

		for _, c := range []map[string]any{{"state": "active"}, {"zone": "Asia/Nowhere"}, {"pin_format": "JKT-"},
			{"networks": []string{"x"}}, {"direction": "sideways"}, {"branch_id": 4242}} {
			r := w.send(0, "PATCH", one, "admin", c)
			require.Equal(t, 422, r.status, "%v: %s", c, r.raw)
		}
		accepted := w.send(0, "PATCH", one, "admin", map[string]any{"state": "active", "version": item["version"],
			"branch_id": w.branches[0].ID, "name": " Lobi  utara ", "pin_format": "JKT-%s"})
		require.Equal(t, 200, accepted.status, accepted.raw)
		require.Equal(t, "Lobi utara", accepted.json["name"])
		stale := w.send(0, "PATCH", one, "admin", map[string]any{"name": "x", "version": item["version"]})
		require.Equal(t, "stale", stale.code(), stale.raw)
		asked := w.send(0, "GET", one+"/commands", "admin", nil)
		require.Equal(t, "check", asked.items()[0]["kind"], "so that it learns its zone")

		require.Len(t, w.send(0, "GET", "/api/terminals", "cabang", nil).items(), 1)
		require.Equal(t, 200, w.send(0, "PATCH", one, "cabang", map[string]any{"direction": "in"}).status)
		require.Equal(t, 404, w.send(0, "PATCH", one, "cabang", map[string]any{"branch_id": w.branches[1].ID}).status)
		require.Equal(t, 403, w.send(0, "DELETE", one, "cabang", nil).status)
		require.Equal(t, 200, w.send(0, "PATCH", one, "admin", map[string]any{"branch_id": w.branches[1].ID}).status)
		for _, path := range []string{"/lines", "/pins", "/commands"} {
			require.Equal(t, 404, w.send(0, "GET", one+path, "cabang", nil).status, "another branch's now")
		}
		require.Equal(t, 204, w.send(0, "DELETE", one, "admin", nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", one, "admin", nil).status)
	})
}

// A terminal learns its zone by a handshake, and makes one when it is told to.
func TestTerminalsLearnAnotherZone(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		change := func(path string, id int64, body map[string]any) {
			r := w.send(0, "PATCH", fmt.Sprintf("/api/%s/%d", path, id), "admin", body)
			require.Equal(t, 200, r.status, r.raw)
		}
		asked := func(x iclock.Terminal) int {
			n := -1 // since it was accepted
			for _, c := range w.send(0, "GET", fmt.Sprintf("/api/terminals/%d/commands", x.ID), "admin", nil).items() {
				require.Equal(t, "check", c["kind"])
				n++
			}
			return n
		}
		branch := w.branches[1].ID
		x, own, off := w.terminal("CGKK1", branch), w.terminal("CGKK2", branch), w.terminal("CGKK3", branch)
		other := w.terminal("CGKK4", w.branches[0].ID)
		change("terminals", own.ID, map[string]any{"zone": "Asia/Jakarta"})
		change("terminals", off.ID, map[string]any{"state": "off"})
		before := asked(own)
		change("branches", branch, map[string]any{"name": "Lain"})
		require.Equal(t, 0, asked(x))
		change("branches", branch, map[string]any{"zone": "Asia/Jayapura"})
		require.Equal(t, []int{1, before, 0, 0}, []int{asked(x), asked(own), asked(off), asked(other)})
		// Where terminals cannot be told the branch keeps its zone, so that whoever tries again tells them.
		trigger := "CREATE TRIGGER full BEFORE INSERT ON terminal_commands BEGIN SELECT RAISE(ABORT, 'full'); END"
		if w.store.DB.Dialect() == "mysql" {
			trigger = "CREATE TRIGGER full BEFORE INSERT ON terminal_commands FOR EACH ROW " +
				"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'full'"
		}
		w.exec(trigger)
		back := map[string]any{"zone": "Asia/Makassar"}
		r := w.send(0, "PATCH", fmt.Sprintf("/api/branches/%d", branch), "admin", back)
		require.Equal(t, 500, r.status, r.raw)
		w.exec("DROP TRIGGER full")
		change("branches", branch, back)
		require.Equal(t, []int{2, before, 0, 0}, []int{asked(x), asked(own), asked(off), asked(other)})
		change("terminals", off.ID, map[string]any{"state": "active"})
		require.Equal(t, 1, asked(off), "what changed while it was out of use")
		change("terminals", other.ID, map[string]any{"branch_id": branch})
		require.Equal(t, 1, asked(other))
	})
}

func TestABranchWithATerminalStays(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		made := w.send(0, "POST", "/api/branches", "admin",
			map[string]any{"code": "BDG", "name": "Bandung", "zone": "Asia/Jakarta"})
		require.Equal(t, 201, made.status, made.raw)
		branch := int64(made.json["id"].(float64))
		w.terminal("CGKK1", branch)
		gone := w.send(0, "DELETE", fmt.Sprintf("/api/branches/%d", branch), "admin", nil)
		require.Equal(t, false, gone.json["removed"], gone.raw)
		other := fmt.Sprintf("/api/terminals/%d", w.terminal("CGKK2", w.branches[0].ID).ID)
		refused := w.send(0, "PATCH", other, "admin", map[string]any{"branch_id": branch})
		require.Equal(t, 422, refused.status, "it is not in use: %s", refused.raw)
	})
}

func TestAPINIsMappedAndWhatWaitsIsRecorded(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		x := w.terminal("CGKK1", w.branches[0].ID)
		one := fmt.Sprintf("/api/terminals/%d", x.ID)
		w.hold(x.ID, "17", "2026-11-20 08:00:00", "2026-11-20 17:00:00")
		w.hold(x.ID, "18", "2026-11-20 08:00:00")
		lines := w.send(0, "GET", one+"/lines?pin=17", "cabang", nil)
		require.Len(t, lines.items(), 2, lines.raw)
		require.Equal(t, "unknown_employee", lines.items()[0]["reason"])
		require.Equal(t, map[string]any{"recorded": 0., "known": 0., "held": 3.},
			w.send(0, "POST", one+"/replay", "cabang", nil).json)

		pin := map[string]any{"pin": "17", "employee_id": w.people[0].ID}
		mapped := w.send(0, "POST", one+"/pins", "cabang", pin)
		require.Equal(t, 200, mapped.status, mapped.raw)
		require.Equal(t, map[string]any{"recorded": 2., "known": 0., "held": 0.}, mapped.json)
		day := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/2026-11-20", w.people[0].ID), "admin", nil)
		require.Contains(t, day.raw, `"first_in":"2026-11-20T01:00:00Z"`)
		require.Contains(t, day.raw, `"last_out":"2026-11-20T10:00:00Z"`)
		require.Len(t, w.send(0, "GET", one+"/lines", "cabang", nil).items(), 1)
		pins := w.send(0, "GET", one+"/pins", "cabang", nil).items()
		require.Equal(t, []any{"17", "JKT-1", "Orang 1"}, []any{pins[0]["pin"], pins[0]["employee_number"],
			pins[0]["employee_name"]})

		taken := w.send(0, "POST", one+"/pins", "admin", map[string]any{"pin": "17", "employee_id": w.people[1].ID})
		require.Equal(t, 409, taken.status, taken.raw)
		other := map[string]any{"pin": "18", "employee_id": w.people[2].ID}
		elsewhere := w.send(0, "POST", one+"/pins", "cabang", other)
		require.Equal(t, 404, elsewhere.status, elsewhere.raw)
		left := w.send(0, "GET", one+"/lines", "admin", nil).items()[0]
		drop := fmt.Sprintf("%s/lines/%v", one, left["id"])
		require.Equal(t, 204, w.send(0, "DELETE", drop, "cabang", nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", drop, "cabang", nil).status)
		require.Equal(t, 204, w.send(0, "DELETE", one+"/pins?pin=17", "cabang", nil).status)
		require.Equal(t, 404, w.send(0, "DELETE", one+"/pins?pin=17", "cabang", nil).status)
	})
}

func TestWhatATerminalIsAsked(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		x := w.terminal("CGKK1", w.branches[0].ID)
		one := fmt.Sprintf("/api/terminals/%d", x.ID)
		order := func(body map[string]any) reply { return w.send(0, http.MethodPost, one+"/commands", "cabang", body) }
		all := order(map[string]any{"kind": "put_all"})
		require.Equal(t, 202, all.status, all.raw)
		require.Equal(t, map[string]any{"queued": 0., "skipped": 2.}, all.json, "JKT-1 is no PIN")
		require.Equal(t, 403, w.send(0, "PATCH", one, "cabang", map[string]any{"pin_format": "MKS-%s"}).status,
			"it would record for people of another branch")
		require.Equal(t, 403, w.send(0, "PATCH", one, "cabang", map[string]any{"zone": "Asia/Jayapura"}).status)
		require.Equal(t, 200, w.send(0, "PATCH", one, "admin", map[string]any{"pin_format": "JKT-%s"}).status)
		require.Equal(t, 200, w.send(0, "PATCH", one, "cabang", map[string]any{"pin_format": "JKT-%s"}).status)
		require.Equal(t, map[string]any{"queued": 2., "skipped": 0.}, order(map[string]any{"kind": "put_all"}).json)
		put := map[string]any{"kind": "put_user", "employee_id": w.people[0].ID, "card": "12"}
		require.Equal(t, 202, order(put).status)
		require.Equal(t, 404, order(map[string]any{"kind": "put_user", "employee_id": w.people[2].ID}).status)
		require.Equal(t, 422, order(map[string]any{"kind": "resend"}).status)
		require.Equal(t, 202, order(map[string]any{"kind": "resend", "from": "2026-11-01"}).status)
		require.Equal(t, 422, order(map[string]any{"kind": "explode"}).status)
		got := w.send(0, "GET", one+"/commands", "cabang", nil).items()
		require.Equal(t, "DATA QUERY ATTLOG StartTime=2026-11-01 00:00:00\tEndTime=2026-11-24 01:05:00", got[0]["text"])
		require.Equal(t, "DATA UPDATE USERINFO PIN=1\tName=Orang 1\tPri=0\tPasswd=\tCard=12\tGrp=1", got[1]["text"])
		require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: "002",
			EmployeeID: w.people[0].ID}, ledger.Actor{}))
		require.Equal(t, map[string]any{"queued": 1., "skipped": 1.}, order(map[string]any{"kind": "put_all"}).json,
			"PIN 2 is the finger of Orang 1 here")
		require.Equal(t, 200, w.send(0, "PATCH", one, "cabang", map[string]any{"state": "off"}).status)
		require.Equal(t, 409, order(map[string]any{"kind": "restart"}).status)
	})
}

// Who accepts a terminal or says how its lines are read, and is an employee, could make it say what they like of them.
func TestOwnLinesOfAnOwnTerminalWait(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		x := w.terminal("CGKK1", w.branches[0].ID)
		one := fmt.Sprintf("/api/terminals/%d", x.ID)
		replay := func() any { return w.send(0, "POST", one+"/replay", "admin", nil).json }
		taken := func(recorded, held float64) map[string]any {
			return map[string]any{"recorded": recorded, "known": 0., "held": held}
		}
		nothing := w.send(0, "POST", one+"/confirm", "kepala", nil)
		require.Equal(t, 200, nothing.status, "an administrator who is no employee accepted it: %s", nothing.raw)
		w.hold(x.ID, "JKT-1", "2026-11-20 08:00:00")
		require.Equal(t, taken(1, 0), replay())
		entries, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.LinesRetried})
		require.NoError(t, err)
		require.Len(t, entries, 1, "who had them recorded")

		changed := w.send(0, "PATCH", one, "kepala", map[string]any{"pin_format": "JKT-%s"})
		require.Equal(t, 200, changed.status, changed.raw)
		require.Equal(t, "kepala", changed.json["vouched_name"])
		w.hold(x.ID, "1", "2026-11-19 08:00:00")
		w.hold(x.ID, "2", "2026-11-19 08:00:00")
		require.Equal(t, taken(1, 1), replay())
		waits := w.send(0, "GET", one+"/lines", "cabang", nil).items()
		require.Equal(t, []any{"1", "own_terminal"}, []any{waits[0]["pin"], waits[0]["reason"]})

		same := w.send(0, "PATCH", one, "admin", map[string]any{"name": "Lobi"})
		require.Equal(t, "kepala", same.json["vouched_name"], "a name decides nothing")
		own := w.send(0, "POST", one+"/confirm", "kepala", nil)
		require.Equal(t, []any{403, "own_days"}, []any{own.status, own.code()}, own.raw)
		confirmed := w.send(0, "POST", one+"/confirm", "cabang", nil)
		require.Equal(t, taken(1, 0), confirmed.json, confirmed.raw)
		require.NotContains(t, w.send(0, "GET", "/api/terminals", "admin", nil).items()[0], "vouched_by")

		pin := map[string]any{"pin": "01", "employee_id": w.people[1].ID}
		require.Equal(t, 200, w.send(0, "POST", one+"/pins", "kepala", pin).status)
		back := w.send(0, "DELETE", one+"/pins?pin=01", "kepala", nil)
		require.Equal(t, []any{403, "own_days"}, []any{back.status, back.code()}, "the own one: %s", back.raw)
		require.Equal(t, 204, w.send(0, "DELETE", one+"/pins?pin=01", "admin", nil).status)
	})
}

// What was discarded of a terminal stays so when the terminal is removed, accepted again and sends its log once more,
// and so does what went with somebody who was forgotten.
func TestARemovedTerminalBringsNothingBack(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		x := w.terminal("CGKK1", w.branches[0].ID)
		w.hold(x.ID, "JKT-2", "2026-11-20 08:45:00", "2026-11-20 08:46:00")
		at := fmt.Sprintf("/api/terminals/%d", x.ID)
		line := w.send(0, "GET", at+"/lines", "admin", nil).items()[0]
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("%s/lines/%v", at, line["id"]), "admin", nil).status)
		texts := []string{"JKT-2\t2026-11-20 08:45:00\t0\t1", "JKT-2\t2026-11-20 08:46:00\t0\t1"}
		for range 2 { // however often
			require.Equal(t, 204, w.send(0, "DELETE", at, "admin", nil).status)
			next := w.terminal("CGKK1", w.branches[0].ID)
			at = fmt.Sprintf("/api/terminals/%d", next.ID)
			known, err := w.store.Quarantine.Discarded(t.Context(), next.ID, texts)
			require.NoError(t, err)
			require.Equal(t, map[string]bool{texts[0]: true}, known)
		}
		other := w.terminal("CGKK2", w.branches[0].ID)
		known, err := w.store.Quarantine.Discarded(t.Context(), other.ID, texts)
		require.NoError(t, err)
		require.Empty(t, known, "another terminal's")
	})
}
