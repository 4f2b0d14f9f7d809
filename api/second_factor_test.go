package api_test

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// appCode is what an authenticator app shows at an instant, so many steps of 30 seconds from now.
func (w *world) appCode(secret string, steps int) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.clock.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(w.t, err)
	return code
}

// setUpFactor sets a second factor up for who is signed in under a name, and lets its first code be over.
func (w *world) setUpFactor(as, secret string) (key string, codes []string) {
	w.t.Helper()
	r := w.send(0, "POST", "/api/me/second-factor", as, map[string]string{"password": secret})
	require.Equal(w.t, 200, r.status, r.raw)
	key = r.json["secret"].(string)
	r = w.send(0, "POST", "/api/me/second-factor/confirm", as, map[string]string{"code": w.appCode(key, 0)})
	require.Equal(w.t, 200, r.status, r.raw)
	for _, c := range r.json["codes"].([]any) {
		codes = append(codes, c.(string))
	}
	w.clock.Advance(2 * time.Minute)
	return key, codes
}

// passwordOnly asks for a sign-in of an account with a second factor and returns what waits for the code.
func (w *world) passwordOnly(node int, login string) string {
	w.t.Helper()
	r := w.send(node, "POST", "/api/login", "", map[string]string{"login": login, "password": password})
	require.Equal(w.t, http.StatusAccepted, r.status, r.raw)
	require.NotContains(w.t, r.json, "token")
	require.NotContains(w.t, r.json, "user")
	require.NotContains(w.t, strings.Join(r.header.Values("Set-Cookie"), ""), "=")
	return r.json["pending"].(string)
}

func (w *world) loginCode(node int, pending, code string) reply {
	return w.send(node, "POST", "/api/login/code", "", map[string]string{"pending": pending, "code": code})
}

func fieldOf(r reply) any { return r.json["errors"].([]any)[0].(map[string]any)["field"] }

// Setting a second factor up takes the password and a code; then the password alone opens nothing, a code or a recovery
// code does, each once.
func TestASecondFactor(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.withPassword("jkt-1", password)
		w.signIn(0, "phone", "jkt-1", password)
		w.signIn(0, "desk", "jkt-1", password)
		state := func(as string) map[string]any {
			r := w.send(1, "GET", "/api/me/second-factor", as, nil)
			require.Equal(t, 200, r.status, r.raw)
			return r.json
		}
		require.Equal(t, map[string]any{"app": false, "passkeys": 0.0, "usable_passkeys": 0.0,
			"recovery_codes": 0.0, "required": false},
			state("phone"))
		begin := func(secret string) reply {
			return w.send(0, "POST", "/api/me/second-factor", "phone", map[string]string{"password": secret})
		}
		wrong := begin("salah")
		require.Equal(t, 422, wrong.status, "the session is sound")
		require.Equal(t, "password", fieldOf(wrong))
		first, made := begin(password), begin(password)
		require.Equal(t, 200, made.status, made.raw)
		key := made.json["secret"].(string)
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
		require.NoError(t, err)
		require.Len(t, raw, 20)
		require.Contains(t, made.json["url"], "otpauth://totp/Hadir:jkt-1?")
		require.Contains(t, made.json["url"], "secret="+key)
		require.True(t, strings.HasPrefix(made.json["qr"].(string), "data:image/png;base64,iVBORw0KGgo"))
		w.signIn(0, "elsewhere", "jkt-1", password) // nothing is asked for before it is confirmed
		confirm := func(code string) reply {
			return w.send(1, "POST", "/api/me/second-factor/confirm", "phone", map[string]string{"code": code})
		}
		for _, code := range []string{w.appCode(first.json["secret"].(string), 0), w.appCode(key, 2),
			w.appCode(key, -2), "000000", "x"} {
			r := confirm(code)
			require.Equal(t, 422, r.status, r.raw)
			require.Equal(t, "second_factor_wrong", r.code())
			require.Equal(t, "code", fieldOf(r))
		}
		used := w.appCode(key, 0)
		on := confirm(used[:3] + " " + used[3:])
		require.Equal(t, 200, on.status, on.raw)
		require.Len(t, on.json["codes"], account.RecoveryCodes)
		require.Equal(t, 409, confirm(w.appCode(key, 1)).status)
		require.Equal(t, 409, begin(password).status)
		require.EqualValues(t, account.RecoveryCodes, state("phone")["recovery_codes"])
		for _, other := range []string{"desk", "elsewhere"} {
			require.Equal(t, 401, w.send(1, "GET", "/api/me", other, nil).status, "they began with the password only")
		}

		pending := w.passwordOnly(0, "jkt-1")
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "", nil, "Authorization: Bearer "+pending).status)
		require.Equal(t, 422, w.loginCode(1, pending, used).status, "it was used to set up")
		for _, steps := range []int{-2, 2, 20} {
			require.Equal(t, "second_factor_wrong", w.loginCode(1, pending, w.appCode(key, steps)).code())
		}
		require.Equal(t, 401, w.loginCode(1, "x", w.appCode(key, 1)).status)
		next := w.appCode(key, 1) // the app's clock is ahead
		in := w.loginCode(1, pending, next)
		require.Equal(t, 200, in.status, in.raw)
		require.NotEmpty(t, in.header.Get("Set-Cookie"))
		w.token["in"] = in.json["token"].(string)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "in", nil).status)
		require.Equal(t, 401, w.loginCode(1, pending, w.appCode(key, 1)).status, "what waited is over")
		again := w.passwordOnly(0, "jkt-1")
		require.Equal(t, 422, w.loginCode(0, again, next).status, "each step once")
		require.Equal(t, 422, w.loginCode(0, again, w.appCode(key, 0)).status, "and none before it")

		codes := on.json["codes"].([]any)
		recovery := strings.ToLower(strings.ReplaceAll(codes[3].(string), "-", " "))
		require.Equal(t, 200, w.loginCode(0, again, recovery).status)
		require.Equal(t, 422, w.loginCode(0, w.passwordOnly(1, "jkt-1"), recovery).status, "each once")
		require.EqualValues(t, account.RecoveryCodes-1, state("in")["recovery_codes"])

		w.clock.Advance(2 * time.Minute)
		late := w.passwordOnly(0, "jkt-1")
		w.clock.Advance(account.PendingTTL)
		require.Equal(t, 401, w.loginCode(0, late, w.appCode(key, 0)).status)
		n, err := w.store.Sessions.DeleteExpiredSessions(t.Context(), 100)
		require.NoError(t, err)
		require.Equal(t, 2, n, "sign-ins that waited too long, and no session")
		w.withPassword("jkt-1", password)
		w.token["in"] = w.loginCode(0, w.passwordOnly(0, "jkt-1"), w.appCode(key, 0)).json["token"].(string)

		log := w.send(0, "GET", "/api/audit?action=user.&limit=100", "admin", nil)
		for _, action := range []string{"user.second_factor_on", "user.recovery_code_used", "user.sign_in_failed"} {
			require.Contains(t, log.raw, action)
		}
		for _, secret := range append([]string{key, next}, codes[3].(string)) {
			require.NotContains(t, log.raw, secret)
			require.NotContains(t, w.log.String(), secret)
		}
	})
}

// Turning a second factor off, and new recovery codes, take the password and a code.
func TestTurningTheSecondFactorOff(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.withPassword("cabang", password)
		w.signIn(0, "cabang", "cabang", password)
		try := func(what, secret, code string) reply {
			return w.send(0, "POST", "/api/me/second-factor/"+what, "cabang",
				map[string]string{"password": secret, "code": code})
		}
		require.Equal(t, "second_factor_wrong", try("off", password, "123456").code(), "there is none")
		w.clock.Advance(time.Hour)
		key, codes := w.setUpFactor("cabang", password)
		require.Equal(t, "password", fieldOf(try("off", "salah", w.appCode(key, 0))))
		require.Equal(t, "code", fieldOf(try("off", password, "12345")))
		require.Equal(t, "code", fieldOf(try("recovery-codes", password, "12345")))
		renewed := try("recovery-codes", password, w.appCode(key, 0))
		require.Equal(t, 200, renewed.status, renewed.raw)
		require.Len(t, renewed.json["codes"], account.RecoveryCodes)
		require.NotContains(t, renewed.json["codes"], codes[0])
		require.Equal(t, "code", fieldOf(try("off", password, codes[0])), "earlier codes are none any more")
		require.Equal(t, "code", fieldOf(try("off", password, w.appCode(key, 0))), "a code was used")
		require.Equal(t, 204, try("off", password, renewed.json["codes"].([]any)[0].(string)).status)
		w.signIn(0, "again", "cabang", password)
		require.NotContains(t, w.send(0, "GET", "/api/me", "again", nil).raw, "second_factor_at")
		log := w.send(0, "GET", "/api/audit?action=user.&limit=100", "admin", nil)
		for _, action := range []string{"user.second_factor_off", "user.recovery_codes_made"} {
			require.Contains(t, log.raw, action)
		}
	})
}

// Codes are guessed as slowly as passwords, over all nodes, and knowing the password gives no guesses back.
func TestCodesAreNotGuessed(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.withPassword("ops", password)
		w.signIn(0, "ops", "ops", password)
		key, _ := w.setUpFactor("ops", password)
		answers := make(chan int, 40)
		pending := w.passwordOnly(0, "ops")
		bodies := map[string]string{"pending": pending, "code": "000000"}
		for i := range cap(answers) {
			go func() { answers <- w.send(i%2, "POST", "/api/login/code", "", bodies).status }()
		}
		count := map[int]int{}
		for range cap(answers) {
			count[<-answers]++
		}
		require.LessOrEqual(t, count[422], 5, "%v", count)
		require.Equal(t, cap(answers), count[422]+count[429], "%v", count)
		fresh := w.passwordOnly(1, "ops")
		waits := w.loginCode(1, fresh, w.appCode(key, 0))
		require.Equal(t, 429, waits.status, "the right one waits, too, also after the password anew")
		require.NotEmpty(t, waits.header.Get("Retry-After"))
		w.clock.Advance(16 * time.Minute)
		require.Equal(t, 200, w.loginCode(1, w.passwordOnly(0, "ops"), w.appCode(key, 0)).status)
	})
}

// Who lost the device is helped by another administrator, who is told of in the audit log; nobody helps themselves past
// the code while somebody else could.
func TestResettingASecondFactor(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for _, login := range []string{"jkt-1", "admin"} {
			w.withPassword(login, password)
			w.signIn(0, login, login, password)
			w.setUpFactor(login, password)
		}
		reset := func(login, as string) reply {
			row := w.send(0, "GET", "/api/users?q="+login, "admin", nil).items()[0]
			require.NotEmpty(t, row["second_factor_at"], "the list tells")
			return w.send(0, "DELETE", fmt.Sprintf("/api/users/%v/second-factor", row["id"]), as, nil)
		}
		for _, other := range []string{"cabang", "ops", "jkt-2"} {
			require.Equal(t, 403, reset("jkt-1", other).status, other)
		}
		pending := w.passwordOnly(0, "jkt-1")
		require.Equal(t, 204, reset("jkt-1", "admin").status)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "jkt-1", nil).status)
		require.Equal(t, "sign_in_over", w.loginCode(0, pending, "123456").code())
		w.signIn(0, "jkt-1", "jkt-1", password)
		log := w.send(0, "GET", "/api/audit?action=user.second_factor_reset", "admin", nil)
		require.Len(t, log.items(), 1, log.raw)
		require.Equal(t, "admin", log.items()[0]["user_login"])

		w.token["admin-2"] = w.session(account.User{Login: "kedua", Role: account.RoleAdmin})
		require.Equal(t, 403, reset("admin", "admin").status)
		second, _, err := w.store.Users.UserByLogin(t.Context(), "kedua")
		require.NoError(t, err)
		_, err = w.store.Users.UpdateUser(t.Context(), ledger.Actor{}, second.ID,
			func(u *account.User) error { u.Role = account.RoleOps; return nil })
		require.NoError(t, err)
		require.Equal(t, 204, reset("admin", "admin").status, "nobody else could")
		row := w.send(0, "GET", "/api/users?q=ops", "", nil)
		require.Equal(t, 401, row.status)
	})
}

// Whoever has a role for which the policy wants a second factor sets it up before anything else.
func TestARoleThatNeedsASecondFactor(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		w.nodes = []string{w.node(api.Options{})}
		for _, login := range []string{"admin", "jkt-1"} {
			w.withPassword(login, password)
		}
		w.signIn(0, "admin", "admin", password)
		w.apiToken("admin/", "admin", []account.Scope{account.ScopeEmployeesRead}, w.branches[0].ID)
		w.nodes[0] = w.node(api.Options{SecondFactor: []account.Role{account.RoleAdmin, account.RoleOps}})
		for _, login := range []string{"admin", "jkt-1"} {
			r := w.signIn(0, login, login, password)
			want := any(nil)
			if login == "admin" {
				want = true
			}
			require.Equal(t, want, r.json["user"].(map[string]any)["must_set_up_second_factor"])
		}
		require.Equal(t, 200, w.send(0, "GET", "/api/shifts", "jkt-1", nil).status)
		for as, path := range map[string]string{"admin": "/api/users", "admin/": "/api/employees"} {
			refused := w.send(0, "GET", path, as, nil)
			require.Equal(t, 403, refused.status, refused.raw)
			require.Equal(t, "second_factor_required", refused.code())
		}
		require.Equal(t, "second_factor_required", w.send(0, "POST", "/broadcasting/auth", "admin",
			map[string]string{"socket_id": "1.2", "channel_name": "private-company"}).code())
		me := w.send(0, "GET", "/api/me", "admin", nil)
		require.Equal(t, true, me.json["user"].(map[string]any)["must_set_up_second_factor"])
		require.Equal(t, true, w.send(0, "GET", "/api/me/second-factor", "admin", nil).json["required"])
		w.setUpFactor("admin", password)
		require.Equal(t, 200, w.send(0, "GET", "/api/users", "admin", nil).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/employees", "admin/", nil).status)
		require.NotContains(t, w.send(0, "GET", "/api/me", "admin", nil).raw, "must_set_up_second_factor")

		// A password that somebody else knows comes first.
		made := w.send(0, "POST", "/api/users", "admin", map[string]any{"login": "baru", "name": "B", "role": "ops"})
		secret := made.json["password"].(string)
		w.signIn(0, "baru", "baru", secret)
		for _, path := range []string{"/api/ops/queues", "/api/me/second-factor"} {
			require.Equal(t, "password_change_required", w.send(0, "GET", path, "baru", nil).code())
		}
		require.Equal(t, 204, w.changePassword(0, "baru", secret, "kata sandi sendiri").status)
		require.Equal(t, "second_factor_required", w.send(0, "GET", "/api/ops/queues", "baru", nil).code())
		w.setUpFactor("baru", "kata sandi sendiri")
		require.Equal(t, 200, w.send(0, "GET", "/api/ops/queues", "baru", nil).status)
	})
}

// The database alone gives no second factor away; with another key the app's codes are none, and recovery codes help.
func TestSecondFactorsAreSealed(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		const old, next = "kunci-lama-kunci-lama-kunci-lama-1", "kunci-baru-kunci-baru-kunci-baru-2"
		with := func(keys ...string) *store.Store {
			s, err := store.Open(t.Context(), store.Options{URL: w.url, Clock: w.clock, AuditKeys: keys})
			require.NoError(t, err)
			t.Cleanup(func() { _ = s.DB.Close() })
			return s
		}
		u, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
		require.NoError(t, err)
		key, err := account.NewFactorKey(u.Login)
		require.NoError(t, err)
		kept := func() (text string) {
			require.NoError(t, w.store.DB.Read().NewSelect().Table("second_factors").Column("secret").
				Where("user_id = ?", u.ID).Scan(t.Context(), &text))
			return text
		}
		use := func(s *store.Store, code string) bool {
			ok, err := s.SecondFactors.Use(t.Context(), ledger.Actor{}, u.ID, code)
			require.NoError(t, err)
			return ok
		}
		plain, first := with(), with(old)
		require.NoError(t, plain.SecondFactors.Begin(t.Context(), u.ID, key.Secret))
		require.Equal(t, "plain."+key.Secret, kept(), "without any key")
		codes, ok, err := first.SecondFactors.Confirm(t.Context(), ledger.Actor{UserID: u.ID},
			sessionOf(u.ID), w.appCode(key.Secret, 0))
		require.NoError(t, err)
		require.True(t, ok)
		require.NotContains(t, kept(), key.Secret, "sealed with its first use")
		w.clock.Advance(time.Minute)
		require.False(t, use(with(next), w.appCode(key.Secret, 0)))
		require.True(t, use(with(next), codes[0]))
		before := kept()
		require.True(t, use(with(next, old), w.appCode(key.Secret, 0)))
		require.NotEqual(t, before, kept(), "sealed with the new key")
		w.clock.Advance(time.Minute)
		require.True(t, use(with(next), w.appCode(key.Secret, 0)))
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(
			with(next).SecondFactors.Reset(t.Context(), ledger.Actor{}, u.ID+1000)))
	})
}

func sessionOf(user int64) accounts.Session { return accounts.Session{UserID: user} }
