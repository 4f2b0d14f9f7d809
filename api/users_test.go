package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// Users, the audit log and the nodes: every role against every route.
func TestWhoMayAdminister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	u, err := w.store.Users.UserEntry(t.Context(), 2)
	require.NoError(t, err)
	_, _, err = w.store.DeadLetters.SaveDeadLetter(t.Context(),
		task.DeadLetter{TaskID: "x", Kind: "summary:refresh", Payload: []byte(`{"b":7}`), Error: "boom", DiedAt: start})
	require.NoError(t, err)
	require.NoError(t, w.store.Nodes.Beat(t.Context(), ledger.Node{ID: "n", Role: "api", StartedAt: start}))
	one := fmt.Sprintf("/api/users/%d", u.ID)
	who := []string{"admin", "cabang", "jkt-1", "ops"}
	for _, c := range []struct {
		method, path string
		body         any
		want         [4]int
	}{
		{"GET", "/api/users", nil, [4]int{200, 403, 403, 403}},
		{"GET", "/api/users?q=jkt&role=employee&state=active", nil, [4]int{200, 403, 403, 403}},
		{"GET", one, nil, [4]int{200, 403, 403, 403}},
		{"GET", "/api/users/4242", nil, [4]int{404, 403, 403, 403}},
		{"POST", "/api/users", map[string]any{"login": "baru", "name": "Baru", "role": "ops", "password": password},
			[4]int{201, 403, 403, 403}},
		{"PATCH", one, map[string]any{"name": "Lain"}, [4]int{200, 403, 403, 403}},
		{"PATCH", "/api/users/4242", map[string]any{"name": "Lain"}, [4]int{404, 403, 403, 403}},
		{"POST", "/api/users/4242/password", map[string]any{}, [4]int{404, 403, 403, 403}},
		{"POST", "/api/users/for-employees", map[string]any{"branch_id": 4242}, [4]int{404, 403, 403, 403}},
		{"GET", "/api/audit", nil, [4]int{200, 403, 403, 403}},
		{"GET", "/api/audit/verify", nil, [4]int{200, 403, 403, 403}},
		{"GET", "/api/ops/nodes", nil, [4]int{200, 403, 403, 200}},
		{"GET", "/api/ops/queues", nil, [4]int{200, 403, 403, 200}},
		{"GET", "/api/ops/dead-letters?q=BOOM&kind=summary:refresh&state=open", nil, [4]int{200, 403, 403, 200}},
	} {
		for i, name := range who {
			r := w.send(0, c.method, c.path, name, c.body)
			require.Equal(t, c.want[i], r.status, "%s %s as %s: %s", c.method, c.path, name, r.raw)
		}
		require.Equal(t, http.StatusUnauthorized, w.send(0, c.method, c.path, "", c.body).status, c.path)
	}
	require.Len(t, w.send(0, "GET", "/api/ops/dead-letters?q=boom", "ops", nil).items(), 1)
	require.Empty(t, w.send(0, "GET", "/api/ops/dead-letters?q=other", "ops", nil).items())
}

func TestUsersByAPI(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		post := func(body any) reply { return w.send(0, "POST", "/api/users", "admin", body) }
		patch := func(id any, body any) reply {
			return w.send(0, "PATCH", fmt.Sprintf("/api/users/%v", id), "admin", body)
		}
		made := post(map[string]any{"login": " Siti@Contoh.ID", "name": "Siti", "role": "branch_admin",
			"branch_ids": []int64{w.branches[1].ID, w.branches[1].ID}})
		require.Equal(t, 201, made.status, made.raw)
		require.Equal(t, "no-store", made.header.Get("Cache-Control"))
		require.Equal(t, "siti@contoh.id", made.json["login"])
		require.Len(t, made.json["branch_ids"], 1)
		secret := made.json["password"].(string)
		login := func(password string) reply {
			return w.send(0, "POST", "/api/login", "",
				map[string]string{"login": "siti@contoh.id", "password": password})
		}
		in := login(secret)
		require.Equal(t, 200, in.status, in.raw)
		w.token["siti"] = in.json["token"].(string)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "siti", nil).status)

		id := made.json["id"]
		listed := w.send(0, "GET", "/api/users?q=siti", "admin", nil).items()
		require.Len(t, listed, 1)
		require.EqualValues(t, 1, listed[0]["sessions"])
		require.NotContains(t, listed[0], "password")

		require.Equal(t, "conflict",
			post(map[string]any{"login": "SITI@contoh.id", "name": "Lain", "role": "ops"}).code())
		r := patch(id, map[string]any{"role": "employee", "employee_id": w.people[2].ID, "locale": "en"})
		require.Equal(t, 200, r.status, r.raw)
		require.Equal(t, w.people[2].Number, r.json["employee_number"])
		require.NotContains(t, r.json, "branch_ids")
		require.Equal(t, 403, w.send(0, "GET", "/api/attendances/summary", "siti", nil).status,
			"the role holds at once")

		// Disabling and a new password end the sessions.
		require.Equal(t, 200, patch(id, map[string]any{"disabled": true}).status)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "siti", nil).status)
		require.Equal(t, "bad_credentials", login(secret).code())
		require.Equal(t, 200, patch(id, map[string]any{"disabled": false}).status)
		w.token["siti"] = login(secret).json["token"].(string)
		path := fmt.Sprintf("/api/users/%v/password", id)
		require.Equal(t, 422, w.send(0, "POST", path, "admin", map[string]any{"password": "pendek"}).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "siti", nil).status)
		reset := w.send(0, "POST", path, "admin", map[string]any{"password": "pilihan-sendiri"})
		require.Equal(t, 200, reset.status, reset.raw)
		require.NotContains(t, reset.json, "password", "whoever chose it knows it")
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "siti", nil).status)
		require.Equal(t, 200, login("pilihan-sendiri").status)
		reset = w.send(0, "POST", path, "admin", map[string]any{})
		require.Equal(t, 200, login(reset.json["password"].(string)).status)

		// Somebody must stay who can undo all this.
		admin := w.send(0, "GET", "/api/users?q=admin&role=admin", "admin", nil).items()[0]["id"]
		for _, body := range []map[string]any{{"disabled": true}, {"role": "ops"},
			{"role": "branch_admin", "branch_ids": []int64{w.branches[0].ID}}} {
			r := patch(admin, body)
			require.Equal(t, 409, r.status, r.raw)
			require.Equal(t, "last_admin", r.code())
		}
		require.Equal(t, 200, patch(id, map[string]any{"role": "admin"}).status)
		require.Equal(t, 200, patch(admin, map[string]any{"name": "Admin Utama"}).status)

		log := w.send(0, "GET", "/api/audit?table=users&row="+fmt.Sprint(id), "admin", nil)
		require.Len(t, log.items(), 12, "seven changes, four sign-ins and one that failed: "+log.raw)
		require.Equal(t, "user.updated", log.items()[0]["action"])
		require.Equal(t, "admin", log.items()[0]["user_login"])
		require.Equal(t, "employee", log.items()[0]["before"].(map[string]any)["role"])
		require.NotContains(t, log.raw, "argon2")
		for _, known := range []string{secret, "pilihan-sendiri", reset.json["password"].(string)} {
			require.NotContains(t, log.raw, known)
			require.NotContains(t, w.log.String(), known)
		}
		verified := w.send(0, "GET", "/api/audit/verify", "admin", nil)
		require.Equal(t, true, verified.json["done"])
		require.EqualValues(t, 0, verified.json["broken"])
	})
}

func TestUsersForEmployees(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	var more = w.people[:0:0]
	for i := range 3 {
		e := w.people[2]
		e.ID, e.Number, e.Name = 0, fmt.Sprintf("MKS-1%d", i), "Baru"
		more = append(more, e)
	}
	_, err := w.store.Employees.UpsertEmployees(t.Context(), more)
	require.NoError(t, err)
	do := func(body map[string]any) reply { return w.send(0, "POST", "/api/users/for-employees", "admin", body) }
	none := do(map[string]any{"branch_id": w.branches[0].ID})
	require.Equal(t, 201, none.status, none.raw)
	require.Empty(t, none.items())
	r := do(map[string]any{"branch_id": w.branches[1].ID, "limit": 2})
	require.Equal(t, 201, r.status, r.raw)
	require.Equal(t, "no-store", r.header.Get("Cache-Control"))
	require.Len(t, r.items(), 2)
	require.EqualValues(t, 1, r.json["remaining"])
	first := r.items()[0]
	require.Equal(t, "mks-10", first["login"])
	require.Equal(t, 200, w.send(0, "POST", "/api/login", "",
		map[string]any{"login": "MKS-10", "password": first["password"]}).status)
	r = do(map[string]any{})
	require.Len(t, r.items(), 1)
	require.Empty(t, do(map[string]any{}).items())
}

// Whatever comes in, it is answered with what is wrong with it.
func TestRubbishForAdministration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/api/users?limit=0", nil}, {"GET", "/api/users?limit=501", nil}, {"GET", "/api/users?cursor=x", nil},
		{"GET", "/api/users?role=root", nil},
		{"GET", "/api/users?state=x", nil}, {"GET", "/api/users?q=" + long, nil}, {"GET", "/api/users/0", nil},
		{"GET", "/api/users/x", nil}, {"GET", "/api/users/-1", nil},
		{"POST", "/api/users", "{"}, {"POST", "/api/users", "null"}, {"POST", "/api/users", "[]"},
		{"POST", "/api/users", map[string]any{}},
		{"POST", "/api/users", map[string]any{"login": "a b", "name": "A", "role": "ops"}},
		{"POST", "/api/users", map[string]any{"login": "a\x00b", "name": "A", "role": "ops"}},
		{"POST", "/api/users", map[string]any{"login": long, "name": "A", "role": "ops"}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": " ", "role": "ops"}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "root"}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "ops", "id": 1}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "employee"}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "employee", "employee_id": 99999}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "branch_admin"}},
		{"POST", "/api/users",
			map[string]any{"login": "a", "name": "A", "role": "branch_admin", "branch_ids": []int64{99999}}},
		{"POST", "/api/users",
			map[string]any{"login": "a", "name": "A", "role": "ops", "branch_ids": []int64{w.branches[0].ID}}},
		{"POST", "/api/users",
			map[string]any{"login": "a", "name": "A", "role": "branch_admin",
				"branch_ids": idsUpTo(account.MaxBranches + 1)}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "ops", "password": "pendek"}},
		{"POST", "/api/users", map[string]any{"login": "a", "name": "A", "role": "ops", "locale": "fr"}},
		{"PATCH", "/api/users/1", map[string]any{"login": ""}},
		{"PATCH", "/api/users/1", map[string]any{"employee_id": 99999}},
		{"PATCH", "/api/users/1", map[string]any{"password_hash": "x"}},
		{"PATCH", "/api/users/1", "{"}, {"POST", "/api/users/1/password", map[string]any{"password": long}},
		{"POST", "/api/users/for-employees", map[string]any{"limit": 51}},
		{"GET", "/api/audit?from=kemarin", nil}, {"GET", "/api/audit?cursor=x", nil},
		{"GET", "/api/audit?user=-1", nil}, {"GET", "/api/audit?table=" + long, nil},
		{"GET", "/api/audit/verify?after=-1", nil},
		{"GET", "/api/ops/dead-letters?q=" + long, nil}, {"GET", "/api/ops/dead-letters?state=x", nil},
	} {
		r := w.send(0, c.method, c.path, "admin", c.body)
		require.GreaterOrEqual(t, r.status, 400, "%s %.80s %v", c.method, c.path, c.body)
		require.Less(t, r.status, 500, "%s %.80s %v: %s", c.method, c.path, c.body, r.raw)
	}
	for _, path := range []string{"/api/users?q=%00%ff%27", "/api/audit?table=%00&action=%25&login=%ff",
		"/api/audit?from=2026-11-23T00:00:00Z&to=2020-01-01T00:00:00%2B07:00", "/api/audit/verify?after=99999999",
		"/api/ops/dead-letters?q=%00%25"} {
		require.Equal(t, 200, w.send(0, "GET", path, "admin", nil).status, path)
	}
	n, err := w.store.Users.UserCount(t.Context())
	require.NoError(t, err)
	require.Equal(t, 6, n)
}

func TestNodesByAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	require.NoError(t, w.store.Nodes.Beat(t.Context(),
		ledger.Node{ID: "n1", Role: "worker", Host: "h", PID: 7, Version: "v1", StartedAt: start}))
	for at, want := range map[time.Duration]string{0: "alive", 11 * time.Second: "alive", 12 * time.Second: "late",
		59 * time.Second: "late", time.Minute: "gone"} {
		w.clock.Set(start.Add(at))
		items := w.send(0, "GET", "/api/ops/nodes", "ops", nil).items()
		require.Len(t, items, 1)
		require.Equal(t, want, items[0]["state"], at)
		require.Equal(t, "worker", items[0]["role"])
		require.EqualValues(t, 7, items[0]["pid"])
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	outcome := func(q task.Queue, k task.Kind, n int64, ago time.Duration) task.Outcome {
		return task.Outcome{Minute: start.Add(-ago), Queue: q, Kind: k, Succeeded: n, Died: 5}
	}
	require.NoError(t, w.store.Outcomes.AddOutcomes(t.Context(),
		[]task.Outcome{outcome("critical", "a", 20, time.Minute), outcome("critical", "b", 20, 2*time.Minute),
			outcome("default", "c", 95, 0), outcome("default", "c", 1000, time.Hour)}))
	r := w.send(0, "GET", "/api/ops/queues", "ops", nil)
	require.Equal(t, []any{map[string]any{"queue": "critical", "per_minute": 10.0},
		map[string]any{"queue": "default", "per_minute": 20.0}}, r.json["rates"])
}

// idsUpTo returns 1 to n.
func idsUpTo(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i + 1)
	}
	return out
}

// Everybody chooses the language of the own account; mails, reports and errors follow it where a request names none.
func TestTheOwnLanguage(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		for _, name := range []string{"admin", "cabang", "jkt-1", "ops"} {
			r := w.send(0, "PATCH", "/api/me", name, map[string]string{"locale": "en"})
			require.Equal(t, http.StatusOK, r.status, r.raw)
			require.Equal(t, "en", r.json["locale"])
			me := w.send(1, "GET", "/api/me", name, nil).json["user"].(map[string]any)
			require.Equal(t, "en", me["locale"], "every node knows at once")
			require.Equal(t, name, me["login"])
			wrong := w.send(0, "PATCH", "/api/me", name, map[string]string{"locale": "fr"})
			require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
			require.Equal(t, "The input is not valid; see the details.", wrong.json["detail"],
				"in the account's language")
			require.Equal(t, "Isian tidak sah; lihat rinciannya.",
				w.send(0, "PATCH", "/api/me", name, map[string]string{"locale": "fr"},
					"Accept-Language: id").json["detail"], "unless a request names one")
			require.Equal(t, http.StatusUnprocessableEntity,
				w.send(0, "PATCH", "/api/me", name, map[string]string{"locale": "id", "role": "admin"}).status)
		}
		require.Equal(t, http.StatusUnauthorized,
			w.send(0, "PATCH", "/api/me", "", map[string]string{"locale": "en"}).status)
		entries := w.send(0, "GET", "/api/audit?table=users&limit=10", "admin", nil)
		require.Contains(t, entries.raw, `"user.updated"`)
	})
}
