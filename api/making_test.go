package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// makes has an administrator make an account on the pages, and signs in with it, as whoever knows the password does: a
// password that is chosen then proves nothing.
func (w *world) makes(as, login string, fields map[string]any) int64 {
	w.t.Helper()
	body := map[string]any{"login": login, "name": login, "password": password}
	for k, v := range fields {
		body[k] = v
	}
	made := w.send(0, http.MethodPost, "/api/users", as, body)
	require.Equal(w.t, http.StatusCreated, made.status, made.raw)
	w.takesOver(login)
	return int64(made.json["id"].(float64))
}

// takesOver signs in with a password that somebody else chose, and chooses another.
func (w *world) takesOver(login string) {
	w.t.Helper()
	w.signIn(0, login, login, password)
	changed := w.changePassword(0, login, password, "kata sandi yang baru dipilih")
	require.Equal(w.t, 2, changed.status/100, changed.raw)
}

// makersOf are the names of who may hold the keys of an account, as the list of users has them.
func (w *world) makersOf(login string) (names []any) {
	w.t.Helper()
	found := w.send(0, http.MethodGet, "/api/users?q="+login, "admin", nil)
	require.NotEmpty(w.t, found.items(), found.raw)
	makers, _ := found.items()[0]["makers"].([]any)
	for _, m := range makers {
		names = append(names, m.(map[string]any)["name"])
	}
	return names
}

// Whoever makes an account could sign in with it, so what it decides about them is decided by themselves: until
// somebody else, who is not of the same making, has confirmed that it is its person's.
func TestAnAccountOfOnesOwnMakingIsNobodyElse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		self := w.kepala()
		shadow := w.makes("kepala", "bayangan", map[string]any{"role": "admin"})
		second := w.makes("bayangan", "bayang2", map[string]any{"role": "admin"})
		require.Equal(t, []any{"kepala"}, w.makersOf("bayangan"))
		require.Equal(t, []any{"bayangan"}, w.makersOf("bayang2"))
		require.Empty(t, w.makersOf("cabang"), "whom the server made")

		others := fmt.Sprintf("/api/leave-requests/%d/approve", w.ask("jkt-2", 0, "2026-11-17"))
		for _, a := range w.ownActs(self) {
			for _, as := range []string{"bayangan", "bayang2"} {
				r := w.send(0, a.method, a.path, as, a.body)
				require.Equal(t, http.StatusForbidden, r.status, "%s %s %s: %s", as, a.method, a.path, r.raw)
				require.Contains(t, []string{"own_days", "own_request"}, r.code(), "%s %s: %s", a.method, a.path, r.raw)
			}
		}
		require.Equal(t, 200, w.send(0, http.MethodPost, others, "bayangan", nil).status, "about everybody else")
		file := "number,time,direction\nJKT-1,2026-11-20 08:00:00,in\nJKT-2,2026-11-20 08:00:00,in\n"
		r := w.uploadPunches("bayangan", file, "")
		require.Equal(t, []int{1, 1}, []int{r.count("created"), r.count("rejected")}, r.raw)
		records, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Action: ledger.OwnDaysChanged})
		require.NoError(t, err)
		require.Empty(t, records, "nothing was done")

		confirm := func(id int64) string { return fmt.Sprintf("/api/users/%d/confirm", id) }
		for as, id := range map[string]int64{"kepala": shadow, "bayangan": shadow, "bayang2": shadow} {
			r := w.send(0, http.MethodPost, confirm(id), as, nil)
			require.Equal(t, []any{403, "own_days"}, []any{r.status, r.code()}, "%s: %s", as, r.raw)
		}
		r = w.send(0, http.MethodPost, confirm(second), "kepala", nil)
		require.Equal(t, []any{403, "own_days"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, 404, w.send(0, http.MethodPost, confirm(987654), "admin", nil).status)
		leave := fmt.Sprintf("/api/leave-requests/%d/approve", w.ask("kepala", 0, "2026-12-14"))
		r = w.send(0, http.MethodPost, leave, "bayangan", nil)
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, "also in the future: %s", r.raw)
		require.Contains(t, r.raw, "dibuat oleh orang yang bersangkutan", "they are nobody's own days")
		for range 2 {
			r = w.send(0, http.MethodPost, confirm(shadow), "admin", nil)
			require.Equal(t, 200, r.status, r.raw)
			require.NotContains(t, r.json, "makers")
		}
		entries := w.entries("user.hands_confirmed")
		require.Len(t, entries, 1)
		require.Equal(t, 200, w.send(0, http.MethodPost, leave, "bayangan", nil).status)
		r = w.send(0, http.MethodPost, confirm(second), "kepala", nil)
		require.Equal(t, 200, r.status, "whose making it no longer is: %s", r.raw)

		// A password that somebody sets is a key that they hold, and so is an address that they type. What the person
		// chooses is none.
		cabang, _, err := w.store.Users.UserByLogin(t.Context(), "cabang")
		require.NoError(t, err)
		r = w.send(0, http.MethodPost, fmt.Sprintf("/api/users/%d/password", cabang.ID), "kepala",
			map[string]any{"password": password})
		require.Equal(t, 200, r.status, r.raw)
		w.takesOver("cabang")
		require.Equal(t, []any{"kepala"}, w.makersOf("cabang"))
		leave = fmt.Sprintf("/api/leave-requests/%d/approve", w.ask("kepala", 0, "2026-12-15"))
		r = w.send(0, http.MethodPost, leave, "cabang", nil)
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, r.raw)
		r = w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%d", second), "bayangan",
			map[string]any{"email": "lain@contoh.id"})
		require.Equal(t, 200, r.status, r.raw)
		require.Equal(t, []any{"bayangan"}, w.makersOf("bayang2"))
	})
}

// A company in which the only administrator made all accounts is not locked out: those whom they made decide about
// them, and the days tell. The administrator's own account does not.
func TestAmongAccountsOfOnesOwnMakingOneIsAlone(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		w.makes("kepala", "kepcab", map[string]any{"role": "branch_admin", "branch_ids": []int64{w.branches[0].ID},
			"employee_id": w.people[1].ID})
		w.leavesAlone("kepala", "kepcab")
		why := func(person int, date string) string {
			path := fmt.Sprintf("/api/attendances/%d/%s", w.people[person].ID, date)
			r := w.send(0, http.MethodGet, path, "kepala", nil)
			require.Equal(t, 200, r.status, r.raw)
			return r.raw
		}
		approve := func(who, date, as string) reply {
			path := fmt.Sprintf("/api/leave-requests/%d/approve", w.ask(who, 0, date))
			return w.send(0, http.MethodPost, path, as, nil)
		}
		require.Equal(t, 200, approve("kepala", "2026-11-17", "kepcab").status)
		require.Regexp(t, `own_change[^}]*"kepcab"`, why(0, "2026-11-17"))
		r := approve("kepala", "2026-11-18", "kepala")
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, r.raw)

		// The other way round they are two: whoever was made holds nothing of who made them.
		r = approve("kepcab", "2026-11-17", "kepcab")
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, 200, approve("kepcab", "2026-11-18", "kepala").status)
		require.NotContains(t, why(1, "2026-11-18"), "own_change")

		// Whoever is at the server says that they are two.
		made, _, err := w.store.Users.UserByLogin(t.Context(), "kepcab")
		require.NoError(t, err)
		require.NoError(t, w.store.Makers.Confirm(t.Context(), ledger.Actor{}, made.ID))
		w.token["kepcab"] = w.newSession(made) // past what the node remembers of the last one
		r = approve("kepala", "2026-11-19", "kepala")
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, 200, approve("kepala", "2026-11-16", "kepcab").status)
		require.NotContains(t, why(0, "2026-11-16"), "own_change")
	})
}

// Nobody becomes alone by taking hold of everybody else's account.
func TestNobodyMakesThemselvesAlone(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		for i, u := range w.send(0, http.MethodGet, "/api/users?limit=100", "kepala", nil).items() {
			if role := u["role"]; u["login"] == "kepala" || role != "admin" && role != "branch_admin" {
				continue
			}
			for _, change := range []map[string]any{{"email": fmt.Sprintf("e%d@contoh.id", i)},
				{"login": fmt.Sprintf("e%d@contoh.id", i)}} {
				r := w.send(0, http.MethodPatch, fmt.Sprintf("/api/users/%v", u["id"]), "kepala", change)
				require.Equal(t, 200, r.status, r.raw)
			}
		}
		path := fmt.Sprintf("/api/leave-requests/%d/approve", w.ask("kepala", 0, "2026-11-18"))
		r := w.send(0, http.MethodPost, path, "kepala", nil)
		require.Equal(t, []any{403, "own_request"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, []any{"kepala"}, w.makersOf("e"), "whoever types a login holds it, too")
	})
}

// What an account of one's own making makes of a terminal is one's own doing, and it confirms nothing of it.
func TestATerminalOfAnAccountOfOnesOwnMaking(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		w.makes("kepala", "bayangan", map[string]any{"role": "admin"})
		x := w.terminal("CGKK1", w.branches[0].ID)
		one := fmt.Sprintf("/api/terminals/%d", x.ID)
		replay := func() any { return w.send(0, "POST", one+"/replay", "admin", nil).json }
		taken := func(recorded, held float64) map[string]any {
			return map[string]any{"recorded": recorded, "known": 0., "held": held}
		}
		require.Equal(t, 200, w.send(0, "PATCH", one, "bayangan", map[string]any{"pin_format": "JKT-%s"}).status)
		w.hold(x.ID, "1", "2026-11-19 08:00:00")
		w.hold(x.ID, "2", "2026-11-19 08:00:00")
		require.Equal(t, taken(1, 1), replay())
		r := w.send(0, "POST", one+"/confirm", "bayangan", nil)
		require.Equal(t, []any{403, "own_days"}, []any{r.status, r.code()}, r.raw)

		// Whoever made the account may confirm it for others: they vouch themselves then.
		require.Equal(t, taken(0, 1), w.send(0, "POST", one+"/confirm", "kepala", nil).json)
		require.Equal(t, "kepala", w.send(0, "GET", "/api/terminals", "admin", nil).items()[0]["vouched_name"])
		r = w.send(0, "POST", one+"/confirm", "bayangan", nil)
		require.Equal(t, []any{403, "own_days"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, taken(1, 0), w.send(0, "POST", one+"/confirm", "cabang", nil).json)
	})
}
