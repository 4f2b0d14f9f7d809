package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/clock"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// emptyWorld has an administrator, and nothing else.
func emptyWorld(t *testing.T, url string, nodes int) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(start), url: url, token: map[string]string{}, log: &safeBuffer{}}
	w.store = w.open()
	for range nodes {
		w.nodes = append(w.nodes, w.node(api.Options{}))
	}
	w.token["admin"] = w.session(account.User{Login: "admin", Role: account.RoleAdmin})
	return w
}

// done is what people did of an action, without what the test began with.
func (w *world) done(action string) []map[string]any {
	w.t.Helper()
	return slices.DeleteFunc(w.entries(action), func(e map[string]any) bool { return e["user_login"] == "" })
}

// newcomer is the body of the request that adds an employee with account and pattern.
func (w *world) newcomer(number string) map[string]any {
	return map[string]any{"number": number, "name": "Orang Baru", "branch_id": w.branches[0].ID,
		"account": map[string]any{},
		"pattern": map[string]any{"from": "2026-11-23", "weeks": []int64{1, 1, 1, 1, 1, 0, 0}}}
}

// An employee comes with an account and a pattern in one request, also of a branch admin: and can punch with no more
// than what the answer says.
func TestANewcomerIsReadyToPunch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for i, as := range []string{"admin", "cabang"} {
			number := fmt.Sprintf("BARU %d", i)
			body := w.newcomer(number)
			body["account"] = map[string]any{"login": " Baru." + as, "locale": "en"}
			r := w.send(0, http.MethodPost, "/api/employees", as, body)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Equal(t, "no-store", r.header.Get("Cache-Control"))
			login, secret := r.json["login"].(string), r.json["password"].(string)
			require.Equal(t, "baru."+as, login)
			require.Len(t, r.json["accounts"], 1)
			plan := r.json["assignments"].([]any)[0].(map[string]any)
			require.Equal(t, []any{"2026-11-23", 7}, []any{plan["from"], len(plan["pattern"].([]any))})
			require.NotContains(t, w.log.String(), secret)
			for _, action := range []string{"employee.created", "user.created", "assignment.created"} {
				entries := w.done(action)
				require.NotEmpty(t, entries, action)
				require.NotContains(t, fmt.Sprint(entries), secret)
			}
			w.signIn(0, login, login, secret)
			due := w.send(0, http.MethodPost, checkIn, login, nil)
			require.Equal(t, []any{403, "password_change_required"}, []any{due.status, due.code()})
			require.Equal(t, 2, w.changePassword(0, login, secret, "kata sandi yang baru dipilih").status/100)
			in := w.send(0, http.MethodPost, checkIn, login, nil)
			require.Equal(t, http.StatusCreated, in.status, in.raw)
			require.Equal(t, "present", in.json["day"].(map[string]any)["status"])
			me := w.send(0, http.MethodGet, "/api/me", login, nil)
			require.Equal(t, "en", me.json["user"].(map[string]any)["locale"])

			again := w.send(0, http.MethodPost, "/api/employees", as, body)
			require.Equal(t, []any{409, "conflict"}, []any{again.status, again.code()}, again.raw)
			require.Equal(t, []string{"number"}, again.wrongFields())
		}
	})
}

// What is wrong with one part of a newcomer is said at its field, and nothing of them is stored then.
func TestANewcomerComesWholeOrNotAtAll(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		people := len(w.send(0, http.MethodGet, "/api/employees?limit=500", "admin", nil).items())
		for name, c := range map[string]struct {
			status int
			field  string
			change func(b map[string]any)
		}{
			"a login that is taken": {409, "login", func(b map[string]any) {
				b["account"] = map[string]any{"login": "OPS"}
			}},
			"no login": {422, "login", func(b map[string]any) { b["number"] = "dengan spasi" }},
			"a number that is taken": {409, "number", func(b map[string]any) {
				b["number"], b["account"] = "JKT-1", map[string]any{"login": "lain"}
			}},
			"no such shift": {422, "pattern", func(b map[string]any) {
				b["pattern"] = map[string]any{"from": "2026-11-23", "weeks": []int64{99, 0, 0, 0, 0, 0, 0}}
			}},
			"too long ago": {422, "from", func(b map[string]any) {
				b["pattern"] = map[string]any{"from": "2020-01-01", "weeks": []int64{1, 0, 0, 0, 0, 0, 0}}
			}},
			"no date": {422, "from", func(b map[string]any) {
				b["pattern"] = map[string]any{"from": "kemarin", "weeks": []int64{1, 0, 0, 0, 0, 0, 0}}
			}},
			"another branch": {404, "", func(b map[string]any) { b["branch_id"] = w.branches[1].ID }},
		} {
			body := w.newcomer("BARU-1")
			c.change(body)
			r := w.send(0, http.MethodPost, "/api/employees", "cabang", body)
			require.Equal(t, c.status, r.status, "%s: %s", name, r.raw)
			require.NotContains(t, r.raw, "password\":", name)
			if c.field != "" {
				require.Equal(t, []string{c.field}, r.wrongFields(), "%s: %s", name, r.raw)
			}
			require.Len(t, w.send(0, http.MethodGet, "/api/employees?limit=500", "admin", nil).items(), people, name)
		}
		require.Empty(t, w.done("user.created"))
		require.Empty(t, w.done("assignment.created"))
	})
}

// Two who add the same person at once make one.
func TestTwoAddTheSameNewcomer(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		var made [2]int
		var both sync.WaitGroup
		for i, as := range []string{"admin", "cabang"} {
			both.Go(func() { made[i] = w.send(i, http.MethodPost, "/api/employees", as, w.newcomer("BARU-1")).status })
		}
		both.Wait()
		require.ElementsMatch(t, []int{201, 409}, made[:])
		require.Len(t, w.done("user.created"), 1)
		require.Len(t, w.done("assignment.created"), 1)
	})
}

// Making an account asks for a confirmation, and programs do not make any; adding somebody without one is daily work.
func TestAnAccountOfANewcomerIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 0)
	w.nodes = []string{w.node(api.Options{Confirm: confirmWithin})}
	w.apiToken("admin/", "admin", account.ScopesOf(account.RoleAdmin))
	w.clock.Advance(confirmWithin)
	body := w.newcomer("BARU-1")
	r := w.send(0, http.MethodPost, "/api/employees", "admin", body)
	require.Equal(t, []any{403, "confirmation_required"}, []any{r.status, r.code()}, r.raw)
	r = w.send(0, http.MethodPost, "/api/employees", "admin/", body)
	require.Equal(t, []any{403, "scope_required"}, []any{r.status, r.code()}, r.raw)
	delete(body, "account")
	r = w.send(0, http.MethodPost, "/api/employees", "admin/", body)
	require.Equal(t, http.StatusCreated, r.status, r.raw)
	require.NotContains(t, r.json, "password")
}

// Whoever has no account yet gets one from those who look after the branch: once, while employed.
func TestAnAccountIsGiven(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		body := w.newcomer("BARU-1")
		delete(body, "account")
		added := w.send(0, http.MethodPost, "/api/employees", "admin", body)
		require.Equal(t, http.StatusCreated, added.status, added.raw)
		path := fmt.Sprintf("/api/employees/%v/account", added.json["id"])
		r := w.send(0, http.MethodPost, path, "cabang", map[string]any{"login": "jkt-1"})
		require.Equal(t, []any{409, "conflict"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, []string{"login"}, r.wrongFields())
		r = w.send(0, http.MethodPost, path, "cabang", map[string]any{})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, "baru-1", r.json["login"])
		w.signIn(0, "baru-1", "baru-1", r.json["password"].(string))
		r = w.send(0, http.MethodPost, path, "cabang", map[string]any{"login": "lain"})
		require.Equal(t, []any{409, "conflict"}, []any{r.status, r.code()}, r.raw)
		require.Contains(t, r.raw, "Orang ini sudah punya akun.")
		// Of several at once, each with another login, one is the first.
		body = w.newcomer("BARU-2")
		delete(body, "account")
		second := w.send(0, http.MethodPost, "/api/employees", "admin", body)
		require.Equal(t, http.StatusCreated, second.status, second.raw)
		var made atomic.Int32
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				r := w.send(0, http.MethodPost, fmt.Sprintf("/api/employees/%v/account", second.json["id"]), "admin",
					map[string]any{"login": fmt.Sprint("sekaligus-", i)})
				if r.status == http.StatusCreated {
					made.Add(1)
				} else {
					require.Equal(t, []any{409, "conflict"}, []any{r.status, r.code()}, r.raw)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, made.Load())
		elsewhere := fmt.Sprintf("/api/employees/%d/account", w.people[2].ID)
		require.Equal(t, 404, w.send(0, http.MethodPost, elsewhere, "cabang", map[string]any{}).status)
		gone := w.send(0, http.MethodPost, "/api/employees", "admin", map[string]any{"number": "LAMA", "name": "Lama",
			"branch_id": w.branches[0].ID})
		left := fmt.Sprintf("/api/employees/%v", gone.json["id"])
		require.Equal(t, 200, w.send(0, http.MethodPatch, left, "admin",
			map[string]any{"version": gone.json["version"], "status": "inactive"}).status)
		require.Equal(t, 409, w.send(0, http.MethodPost, left+"/account", "admin", map[string]any{}).status)
		require.Len(t, w.done("user.created"), 2)
	})
}

// Everybody sees how far it is to the first punch of those whom they look after.
func TestHowFarACompanyHasCome(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		come := func(as string) (done []string) {
			r := w.send(0, http.MethodGet, "/api/begun", as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, step := range []string{"branch", "shift", "employee", "account", "pattern", "punch"} {
				if r.json[step].(bool) {
					done = append(done, step)
				}
			}
			return done
		}
		most := []string{"branch", "shift", "employee", "account", "pattern"}
		require.Equal(t, most, come("admin"))
		require.Equal(t, most, come("cabang"))
		require.Equal(t, 201, w.send(0, http.MethodPost, checkIn, "mks-3", nil).status)
		require.Equal(t, append(most, "punch"), come("admin"))
		require.Equal(t, most, come("cabang"), "of another branch")
		for _, as := range []string{"jkt-1", "ops"} {
			require.Equal(t, http.StatusForbidden, w.send(0, http.MethodGet, "/api/begun", as, nil).status, as)
		}
	})
}

// An empty company gets a branch and a shift with one request, once, however many ask at the same time; what is there
// stays as it is.
func TestACompanyBeginsWithAnExample(t *testing.T) {
	t.Parallel()
	for name, url := range migrated.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := emptyWorld(t, url, 2)
			ask := func(node int, zone string) reply {
				return w.send(node, http.MethodPost, "/api/example", "admin", map[string]any{"zone": zone})
			}
			var both sync.WaitGroup
			for i := range 2 {
				both.Go(func() { require.Equal(t, http.StatusOK, ask(i, "Asia/Makassar").status) })
			}
			both.Wait()
			r := ask(0, "Asia/Jayapura")
			require.Empty(t, r.json["made"], r.raw)
			branch, shift := r.json["branch"].(map[string]any), r.json["shift"].(map[string]any)
			require.Equal(t, []any{"PUSAT", "Kantor Pusat", "Asia/Makassar"},
				[]any{branch["code"], branch["name"], branch["zone"]})
			require.Equal(t, []any{"08:00", "17:00"}, []any{shift["start"], shift["end"]})
			require.Len(t, w.entries("branch.created"), 1)
			require.Len(t, w.entries("shift.created"), 1)
			begun := w.send(0, http.MethodGet, "/api/begun", "admin", nil)
			require.Equal(t, float64(0), begun.json["first_employee_id"])
		})
	}
}

// Outside of Indonesia a company begins in Jakarta's time, and where only the shift is missing, only that is made.
func TestAnExampleMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t, migrated.SQLite(t), 1)
	_, err := w.store.Branches.AddBranch(t.Context(), attendance.Branch{Code: "BDG", Name: "Bandung",
		Zone: "Asia/Jakarta", Policy: attendance.PolicyRecord, Active: true}, ledger.Actor{})
	require.NoError(t, err)
	r := w.send(0, http.MethodPost, "/api/example", "admin", map[string]any{"zone": "Europe/Berlin"})
	require.Equal(t, []any{"shift"}, r.json["made"], r.raw)
	require.Equal(t, "BDG", r.json["branch"].(map[string]any)["code"])
	other := emptyWorld(t, migrated.SQLite(t), 1)
	r = other.send(0, http.MethodPost, "/api/example", "admin", map[string]any{"zone": "Europe/Berlin"})
	require.Equal(t, []any{"branch", "shift"}, r.json["made"], r.raw)
	require.Equal(t, "Asia/Jakarta", r.json["branch"].(map[string]any)["zone"])
}
