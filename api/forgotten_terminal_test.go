package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/ledger"
	"hadir/internal/store/persons"
	"hadir/internal/store/terminals"

	"github.com/stretchr/testify/require"
)

// contents are the rows of all tables as text, each with the table's name in front.
func (w *world) contents() (out []string) {
	w.t.Helper()
	var columns []struct {
		Table  string `bun:"t"`
		Column string `bun:"c"`
	}
	query, cast := `SELECT m.name AS t, c.name AS c FROM sqlite_master AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'`, "CAST(%s AS TEXT)"
	if w.store.DB.Dialect() == "mysql" {
		query, cast = `SELECT table_name AS t, column_name AS c FROM information_schema.columns
			WHERE table_schema = DATABASE()`, "CONVERT(%s USING utf8mb4)"
	}
	require.NoError(w.t, w.store.DB.Builder().NewRaw(query).Scan(w.t.Context(), &columns))
	for _, c := range columns {
		var texts []string
		err := w.store.DB.Builder().NewRaw("SELECT COALESCE("+fmt.Sprintf(cast, "`"+c.Column+"`")+", '') FROM `"+
			c.Table+"`").Scan(w.t.Context(), &texts)
		require.NoError(w.t, err, c)
		for _, text := range texts {
			out = append(out, c.Table+"."+c.Column+": "+text)
		}
	}
	return out
}

// telling are the cells of the database that hold a text.
func (w *world) telling(text string) (out []string) {
	for _, cell := range w.contents() {
		if strings.Contains(cell, text) {
			out = append(out, cell)
		}
	}
	return out
}

// What terminals were told about somebody, and what waits of them, is theirs to see and goes with them. Whoever has
// their number next gets none of it.
func TestNothingTellsWhoALeaverWas(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		one, jkt := w.people[0].ID, w.branches[0].ID
		employee := fmt.Sprintf("/api/employees/%d", one)
		change := func(body map[string]any) {
			t.Helper()
			body["version"] = w.employee(one)["version"]
			r := w.send(0, "PATCH", employee, "admin", body)
			require.Equal(t, 200, r.status, r.raw)
		}
		change(map[string]any{"number": "990123", "name": "Sri Rahasia"})
		x := w.terminal("CGKK1", jkt)
		at := fmt.Sprintf("/api/terminals/%d", x.ID)
		order := func(body map[string]any) {
			t.Helper()
			r := w.send(0, http.MethodPost, at+"/commands", "admin", body)
			require.Equal(t, 202, r.status, r.raw)
		}
		put := map[string]any{"kind": "put_user", "employee_id": one, "card": "55501234"}
		order(put)
		sent, err := w.store.Commands.Take(t.Context(), x.ID, 10)
		require.NoError(t, err)
		require.Len(t, sent, 2, "a handshake, and the person")
		order(put)
		w.hold(x.ID, "990123", "2026-11-19 07:58:11", "2026-11-19 17:02:13")
		w.hold(x.ID, "0990123", "2026-11-20 07:58:12")
		w.hold(x.ID, "424242", "2026-11-20 07:58:14")
		dropped := w.send(0, "GET", at+"/lines", "admin", nil).items()[0]["id"]
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("%s/lines/%v", at, dropped), "admin", nil).status)
		require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: "71",
			EmployeeID: one}, ledger.Actor{}))
		w.hold(x.ID, "71", "2026-11-20 17:58:15")

		mine := w.send(0, "GET", takeMine, "jkt-1", nil)
		require.Equal(t, 200, mine.status, mine.raw)
		require.Len(t, mine.list("terminal_lines"), 4, mine.raw)
		require.Equal(t, []any{"990123", "2026-11-19 07:58:11", true}, []any{mine.list("terminal_lines")[0]["pin"],
			mine.list("terminal_lines")[0]["punched_at"], mine.list("terminal_lines")[0]["discarded"]})
		require.Len(t, mine.list("terminal_commands"), 2, mine.raw)
		require.Contains(t, mine.list("terminal_commands")[0]["command"], "Card=55501234")
		require.NotContains(t, mine.raw, "424242", "nobody's")
		theirs := w.send(0, "GET", takeMine, "jkt-2", nil)
		for _, text := range []string{"990123", "07:58:1", "55501234"} {
			require.NotContains(t, theirs.raw, text)
		}

		change(map[string]any{"status": "inactive", "left_on": "2026-11-23", "disable_account": true})
		order(map[string]any{"kind": "delete_leavers"})
		w.clock.Advance(10 * 24 * time.Hour)
		w.exec("UPDATE branches SET locked_through = '2026-11-30'")
		_, err = w.store.Persons.Pseudonymise(t.Context(), ledger.Actor{}, persons.Ending{EmployeeID: one})
		require.NoError(t, err)
		for _, text := range []string{"Sri Rahasia", "sri rahasia", "55501234", "07:58:11", "17:02:13", "07:58:12",
			"17:58:15"} {
			for _, cell := range w.telling(text) {
				if !strings.HasPrefix(cell, "audit_log.") { // which has no key here, and stays
					require.Fail(t, "it is still there", "%s in %s", text, cell)
				}
			}
		}
		require.NotEmpty(t, w.telling("07:58:14"), "nobody's waits on")
		left, err := w.store.Commands.Take(t.Context(), x.ID, 10)
		require.NoError(t, err)
		var told []string
		for _, c := range left {
			told = append(told, c.Text)
		}
		require.ElementsMatch(t, []string{"CHECK", "DATA DELETE USERINFO PIN=71"}, told)

		// Somebody else with the number, whose first day nobody wrote down.
		w.token["admin"] = w.session(account.User{Login: "admin-2", Role: account.RoleAdmin})
		next := w.send(0, "POST", "/api/employees", "admin", map[string]any{"number": "990123", "name": "Orang baru",
			"branch_id": jkt})
		require.Equal(t, 201, next.status, next.raw)
		w.hold(x.ID, "990123", "2026-11-19 07:58:11", "2026-11-19 17:02:13") // the terminal sends its log again
		replayed := w.send(0, "POST", at+"/replay", "admin", nil)
		require.Equal(t, []any{200, 0., 1.}, []any{replayed.status, replayed.json["recorded"], replayed.json["held"]},
			replayed.raw)
	})
}

// Nobody has punches from before their first day, whatever number they have.
func TestLinesFromBeforeTheFirstDay(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		x := w.terminal("CGKK1", w.branches[0].ID)
		r := w.send(0, "POST", "/api/employees", "admin", map[string]any{"number": "990124", "name": "Orang baru",
			"branch_id": w.branches[0].ID, "hired_on": "2026-11-20"})
		require.Equal(t, 201, r.status, r.raw)
		w.hold(x.ID, "990124", "2026-11-19 08:00:00", "2026-11-19 17:00:00", "2026-11-20 08:00:00")
		at := fmt.Sprintf("/api/terminals/%d", x.ID)
		require.Equal(t, map[string]any{"recorded": 1., "known": 0., "held": 2.},
			w.send(0, "POST", at+"/replay", "admin", nil).json)
		for _, l := range w.send(0, "GET", at+"/lines", "admin", nil).items() {
			require.Equal(t, "employee_inactive", l["reason"])
		}
	})
}

// A line that waits of oneself may be what makes one late: somebody else decides that it is of no use, whether it names
// the own number or a PIN that means oneself, and by whichever way it would go.
func TestOwnLinesThatWaitAreSomebodyElses(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		x := w.terminal("CGKK1", w.branches[0].ID)
		at := fmt.Sprintf("/api/terminals/%d", x.ID)
		require.NoError(t, w.store.Quarantine.Map(t.Context(), terminals.PIN{TerminalID: x.ID, PIN: "17",
			EmployeeID: w.people[0].ID}, ledger.Actor{}))
		w.hold(x.ID, "JKT-1", "2026-11-20 08:45:00")
		w.hold(x.ID, "17", "2026-11-18 08:45:00")
		w.hold(x.ID, "JKT-2", "2026-11-20 08:45:00")
		w.hold(x.ID, "18", "2026-11-20 08:45:00")
		line := map[any]string{}
		for _, l := range w.send(0, "GET", at+"/lines", "admin", nil).items() {
			line[l["pin"]] = fmt.Sprintf("%s/lines/%v", at, l["id"])
		}
		require.Len(t, line, 4)
		for _, a := range []ownAct{
			{"", "DELETE", line["JKT-1"], nil, ""}, {"", "DELETE", line["17"], nil, ""}, {"", "DELETE", at, nil, ""},
			{"", "PATCH", at, map[string]any{"pin_format": "X-%s"}, ""},
			{"", "POST", at + "/pins", map[string]any{"pin": "JKT-1", "employee_id": w.people[1].ID}, ""},
		} {
			r := w.send(0, a.method, a.path, "kepala", a.body)
			require.Equal(t, []any{403, "own_days"}, []any{r.status, r.code()}, "%s %s: %s", a.method, a.path, r.raw)
		}
		require.Equal(t, 204, w.send(0, "DELETE", line["JKT-2"], "kepala", nil).status)
		require.Equal(t, 204, w.send(0, "DELETE", line["18"], "kepala", nil).status)
		require.Equal(t, 204, w.send(0, "DELETE", line["17"], "cabang", nil).status)
		y := w.terminal("CGKK2", w.branches[0].ID)
		w.hold(y.ID, "JKT-1", "2026-11-20 08:46:00")

		// Who is alone may, and it is told.
		w.leavesAlone("kepala")
		require.Equal(t, 204, w.send(0, "DELETE", line["JKT-1"], "kepala", nil).status)
		require.Equal(t, 204, w.send(0, "DELETE", fmt.Sprintf("/api/terminals/%d", y.ID), "kepala", nil).status)
		require.Equal(t, 204, w.send(0, "DELETE", at, "kepala", nil).status, "nothing waits of them")
		told, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Len(t, told, 2)
	})
}
