package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/realtime"
	"hadir/internal/store/accounts"
	"hadir/internal/store/days/lists"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// Every role against every kind of route, on the own branch and on another.
func TestWhoMaySeeWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	for _, p := range []string{"jkt-1", "jkt-2", "mks-3"} {
		require.Equal(t, http.StatusCreated, w.send(0, "POST", "/api/attendances/check-in", p, nil).status)
	}
	jkt, mks := w.branches[0].ID, w.branches[1].ID
	one, two, three := w.people[0].ID, w.people[1].ID, w.people[2].ID
	who := []string{"admin", "cabang", "jkt-1", "ops"}
	for path, want := range map[string][4]string{
		"/api/attendances/today":                               {"200/3", "200/2", "200/1", "403"},
		"/api/attendances":                                     {"200/3", "200/2", "200/1", "403"},
		"/api/attendances/summary":                             {"200/2", "200/1", "403", "403"},
		fmt.Sprintf("/api/attendances/today?branch=%d", mks):   {"200/1", "404", "200/0", "403"},
		fmt.Sprintf("/api/attendances?branch=%d", jkt):         {"200/2", "200/2", "200/1", "403"},
		fmt.Sprintf("/api/attendances/summary?branch=%d", mks): {"200/1", "404", "403", "403"},
		fmt.Sprintf("/api/attendances/today?employee=%d", two): {"200/1", "200/1", "404", "403"},
		"/api/attendances/today?counts=true":                   {"200/3", "200/2", "403", "403"},
		"/api/attendances/board":                               {"200", "200", "403", "403"},
		fmt.Sprintf("/api/attendances/board?branch=%d", jkt):   {"200", "200", "403", "403"},
		fmt.Sprintf("/api/attendances/board?branch=%d", mks):   {"200", "404", "403", "403"},
		fmt.Sprintf("/api/attendances?employee=%d", two):       {"200/1", "200/1", "404", "403"},
		fmt.Sprintf("/api/attendances?employee=%d", three):     {"200/1", "200/0", "404", "403"},
		fmt.Sprintf("/api/attendances/%d/2026-11-23", one):     {"200", "200", "200", "404"},
		fmt.Sprintf("/api/attendances/%d/2026-11-23", two):     {"200", "200", "404", "404"},
		fmt.Sprintf("/api/attendances/%d/2026-11-23", three):   {"200", "404", "404", "404"},
		"/api/attendances/424242/2026-11-23":                   {"404", "404", "404", "404"},
		"/api/employees":                                       {"200/3", "200/2", "200/1", "403"},
		fmt.Sprintf("/api/employees?branch=%d", mks):           {"200/1", "404", "200/1", "403"},
		fmt.Sprintf("/api/employees/%d", two):                  {"200", "200", "404", "404"},
		fmt.Sprintf("/api/employees/%d", three):                {"200", "404", "404", "404"},
		fmt.Sprintf("/api/employees/%d/year", two):             {"200", "200", "403", "403"},
		fmt.Sprintf("/api/employees/%d/year", three):           {"200", "404", "403", "403"},
		"/api/employees/424242/year":                           {"404", "404", "403", "403"},
		"/api/branches":                                        {"200/2", "200/1", "200/1", "403"},
		fmt.Sprintf("/api/branches/%d", mks):                   {"200", "404", "404", "403"},
		"/api/recaps":                                          {"200/0", "200/0", "403", "403"},
		fmt.Sprintf("/api/recaps?branch=%d", mks):              {"200/0", "404", "403", "403"},
		"/api/recaps?from=yesterday":                           {"422", "422", "403", "403"},
		"/api/shifts":                                          {"200/1", "200/1", "200/1", "200/1"},
		"/api/audit/head":                                      {"200", "403", "403", "403"},
		"/api/me":                                              {"200", "200", "200", "200"},
		"/api/me/today":                                        {"422", "422", "200", "422"},
		"/api/ops/queues":                                      {"200", "403", "403", "200"},
		"/api/ops/dead-letters":                                {"200/0", "403", "403", "200/0"},
	} {
		for i, name := range who {
			r := w.send(0, "GET", path, name, nil)
			got := fmt.Sprint(r.status)
			if _, list := r.json["items"]; list && strings.Contains(want[i], "/") {
				got += fmt.Sprintf("/%d", len(r.items()))
			}
			require.Equal(t, want[i], got, "%s as %s: %s", path, name, r.raw)
		}
		require.Equal(t, http.StatusUnauthorized, w.send(0, "GET", path, "", nil).status, path)
	}
	for _, r := range w.send(0, "GET", "/api/attendances/today", "jkt-1", nil).items() {
		require.EqualValues(t, one, r["employee_id"])
	}
}

func TestBroadcastingAuth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	jkt, one := w.branches[0].ID, w.people[0].ID
	who := []string{"admin", "cabang", "jkt-1", "ops"}
	for channel, want := range map[string][4]int{
		"private-company":                         {200, 403, 403, 403},
		fmt.Sprintf("private-branch.%d", jkt):     {200, 200, 403, 403},
		fmt.Sprintf("private-branch.%d", jkt+1):   {200, 403, 403, 403},
		fmt.Sprintf("private-employee.%d", one):   {403, 403, 200, 403},
		fmt.Sprintf("private-employee.%d", one+1): {403, 403, 403, 403},
		fmt.Sprintf("private-employee.0%d", one):  {403, 403, 403, 403},
		"presence-dashboard":                      {200, 200, 403, 403},
		"private-ops":                             {200, 403, 403, 200},
		"private-unheard.of":                      {403, 403, 403, 403},
		"public":                                  {403, 403, 403, 403},
		"private-branch.-1":                       {403, 403, 403, 403},
	} {
		for i, name := range who {
			r := w.send(0, "POST", "/broadcasting/auth", name, "socket_id=12.34&channel_name="+channel,
				"Content-Type: application/x-www-form-urlencoded")
			require.Equal(t, want[i], r.status, "%s as %s: %s", channel, name, r.raw)
			if r.status != 200 {
				continue
			}
			signed := "12.34:" + channel
			if data, ok := r.json["channel_data"].(string); ok {
				require.True(t, json.Valid([]byte(data)))
				signed += ":" + data
			}
			if strings.HasPrefix(channel, "presence-") {
				var member struct {
					ID   string            `json:"user_id"`
					Info map[string]string `json:"user_info"`
				}
				require.NoError(t, json.Unmarshal([]byte(r.json["channel_data"].(string)), &member))
				require.NotEmpty(t, member.ID)
				require.Equal(t, member.ID, member.Info["id"], "two of one name are two")
			}
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write([]byte(signed))
			require.Equal(t, "key:"+hex.EncodeToString(mac.Sum(nil)), r.json["auth"])
		}
	}
	for _, socket := range []string{"", "1", "1.2:private-company", "a.b", "1.2\n"} {
		r := w.send(0, "POST", "/broadcasting/auth", "admin",
			map[string]string{"socket_id": socket, "channel_name": "private-company"})
		require.Equal(t, 422, r.status, socket)
	}
	require.Equal(t, 401, w.send(0, "POST", "/broadcasting/auth", "",
		map[string]string{"socket_id": "1.2", "channel_name": "private-company"}).status)

	// Many channels in one request: each that the caller may listen to is signed as if it had been asked for alone.
	mine, other := fmt.Sprintf("private-branch.%d", w.branches[0].ID),
		fmt.Sprintf("private-branch.%d", w.branches[1].ID)
	many := w.send(0, "POST", "/broadcasting/auth", "cabang",
		map[string]any{"socket_id": "12.34", "channel_names": []string{mine, other, "presence-dashboard", "public"}})
	require.Equal(t, 200, many.status, many.raw)
	signed := many.json["channels"].(map[string]any)
	require.Len(t, signed, 2)
	for _, channel := range []string{mine, "presence-dashboard"} {
		single := w.send(0, "POST", "/broadcasting/auth", "cabang",
			map[string]string{"socket_id": "12.34", "channel_name": channel})
		require.Equal(t, single.json, signed[channel], channel)
	}
	full := make([]string, realtime.MaxSubscriptions)
	for i := range full {
		full[i] = realtime.BranchChannel(int64(i + 1))
	}
	require.Equal(t, 200, w.send(0, "POST", "/broadcasting/auth", "admin",
		map[string]any{"socket_id": "1.2", "channel_names": full}).status)
	for name, body := range map[string]any{
		"too many":     map[string]any{"socket_id": "1.2", "channel_names": append(full, "private-company")},
		"both forms":   map[string]any{"socket_id": "1.2", "channel_name": mine, "channel_names": full[:1]},
		"neither form": map[string]any{"socket_id": "1.2"},
	} {
		require.Equal(t, 422, w.send(0, "POST", "/broadcasting/auth", "admin", body).status, name)
	}
	require.Greater(t, realtime.MaxSubscriptions, account.MaxBranches+2,
		"a full scope, the own account and who is watching")
	require.Equal(t, 400, w.send(0, "POST", "/broadcasting/auth", "admin", "{").status)
}

// What is signed says since when and until when: an hour and up to a quarter, or to the end of the session.
func TestHowLongSubscriptionsAreSigned(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		u, _, err := w.store.Users.UserByLogin(t.Context(), "admin")
		require.NoError(t, err)
		now := w.clock.Now()
		permit := func(as string, socket int) (p realtime.Permit) {
			r := w.send(0, "POST", "/broadcasting/auth", as, map[string]string{
				"socket_id": fmt.Sprintf("%d.%d", socket, socket*socket), "channel_name": realtime.ChannelCompany})
			require.Equal(t, 200, r.status, r.raw)
			require.NoError(t, json.Unmarshal([]byte(r.json["channel_data"].(string)), &p))
			require.Equal(t, strconv.FormatInt(u.ID, 10), p.UserID)
			require.Equal(t, now.UnixMicro(), p.Since)
			return p
		}
		ends := map[int64]int{}
		for socket := range 50 {
			until := permit("admin", socket).Until
			require.GreaterOrEqual(t, until, now.Add(time.Hour).Unix())
			require.LessOrEqual(t, until, now.Add(75*time.Minute).Unix())
			ends[until]++
		}
		require.Greater(t, len(ends), 25, "sockets that came together go apart")
		for name, se := range map[string]account.Session{
			"short": {ExpiresAt: now.Add(time.Minute)},
			"idle":  {ExpiresAt: now.Add(sessionLasts), IdleUntil: now.Add(2 * time.Minute)},
		} {
			se.UserID, se.CreatedAt = u.ID, now
			w.token[name], se.TokenHash = account.NewToken()
			require.NoError(t, w.store.Sessions.AddSession(t.Context(), se))
		}
		require.Equal(t, now.Add(time.Minute).Unix(), permit("short", 1).Until)
		require.Equal(t, now.Add(2*time.Minute).Unix(), permit("idle", 1).Until)
	})
}

func TestSigningIn(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		hash := testkit.PasswordHash(t, password)
		_, err := w.store.Users.CreateUsers(t.Context(), ledger.Actor{},
			[]account.User{{Login: "budi@contoh.id", Name: "Budi", Role: account.RoleAdmin, Locale: "id"}},
			[]string{hash})
		require.NoError(t, err)
		login := func(node int, name, secret string) reply {
			return w.send(node, "POST", "/api/login", "", map[string]string{"login": name, "password": secret},
				"Accept-Language: en-GB,en")
		}
		ok := login(0, " Budi@Contoh.ID ", password)
		require.Equal(t, http.StatusOK, ok.status, ok.raw)
		cookie := ok.header.Get("Set-Cookie")
		require.Contains(t, cookie, "hadir_session=")
		require.Contains(t, cookie, "HttpOnly")
		require.Contains(t, cookie, "SameSite=Lax")
		require.NotContains(t, ok.raw, "argon2")
		value, _, _ := strings.Cut(cookie, ";")

		// The cookie works on both nodes, for reading from anywhere and for writing from our own pages only.
		require.Equal(t, 200, w.send(1, "GET", "/api/me", "", nil, "Cookie: "+value).status)
		cross := w.send(1, "POST", "/api/logout", "", nil, "Cookie: "+value, "Sec-Fetch-Site: cross-site")
		require.Equal(t, 403, cross.status)
		require.Equal(t, "cross_site", cross.code())
		require.Equal(t, 403, w.send(1, "POST", "/api/logout", "", nil, "Cookie: "+value,
			"Origin: https://evil.example").status)
		require.Equal(t, 403, w.send(1, "POST", "/api/login", "", map[string]string{"login": "x", "password": "y"},
			"Sec-Fetch-Site: cross-site").status, "nobody signs others in")
		require.Equal(t, 204, w.send(1, "POST", "/api/logout", "", nil, "Cookie: "+value,
			"Sec-Fetch-Site: same-origin").status)
		require.Equal(t, 401, w.send(1, "GET", "/api/me", "", nil, "Cookie: "+value).status)

		wrong, unknown := login(0, "budi@contoh.id", "salah"), login(0, "siapa@contoh.id", "salah")
		require.Equal(t, 401, wrong.status)
		require.Equal(t, "bad_credentials", wrong.code())
		require.Equal(t, "The login or the password is wrong.", wrong.json["detail"])
		for _, r := range []reply{wrong, unknown} {
			delete(r.json, "request_id")
		}
		require.Equal(t, wrong.json, unknown.json, "nobody learns which accounts exist")
		var last reply
		for n := range 8 {
			last = login(n%2, "budi@contoh.id", "salah")
		}
		require.Equal(t, http.StatusTooManyRequests, last.status, "both nodes count together")
		require.Equal(t, "throttled", last.code())
		require.NotEmpty(t, last.header.Get("Retry-After"))
		require.Equal(t, http.StatusTooManyRequests, login(0, "budi@contoh.id", password).status,
			"the right password waits, too")
		w.clock.Advance(16 * time.Minute)
		require.Equal(t, http.StatusOK, login(1, "budi@contoh.id", password).status)

		require.NotContains(t, w.log.String(), password)
		w.clock.Advance(sessionLasts)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "ops", nil).status, "sessions end")
	})
}

// Case 47: of many guesses at once only the free ones are tried, and a crowd of typing errors in an office keeps nobody
// of it out.
func TestGuessesAtOnce(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		hash := testkit.PasswordHash(t, password)
		var crowd []account.User
		for i := range 40 {
			crowd = append(crowd,
				account.User{Login: fmt.Sprintf("orang-%d", i), Name: "Orang", Role: account.RoleAdmin, Locale: "id"})
		}
		_, err := w.store.Users.CreateUsers(t.Context(), ledger.Actor{}, crowd,
			slices.Repeat([]string{hash}, len(crowd)))
		require.NoError(t, err)
		login := func(node int, name, secret string, header ...string) reply {
			return w.send(node, "POST", "/api/login", "", map[string]string{"login": name, "password": secret},
				header...)
		}
		known := login(0, "orang-0", password, "Sec-Fetch-Site: same-origin")
		require.Equal(t, http.StatusOK, known.status)
		browser := ""
		for _, c := range known.header.Values("Set-Cookie") {
			if value, _, _ := strings.Cut(c, ";"); strings.HasPrefix(value, "hadir_browser=") {
				browser = "Cookie: " + value
			}
		}
		require.NotEmpty(t, browser)

		answers := make(chan int, 60)
		for i := range cap(answers) {
			go func() {
				secret := "salah"
				if i == 50 {
					secret = password
				}
				answers <- login(i%2, "orang-0", secret).status
			}()
		}
		count := map[int]int{}
		for range cap(answers) {
			count[<-answers]++
		}
		// a success clears the count of the account at the address: as many are tried after it as before
		require.LessOrEqual(t, count[http.StatusOK]+count[http.StatusUnauthorized], 10, "%v", count)
		require.GreaterOrEqual(t, count[http.StatusTooManyRequests], 50)

		for i := range 36 {
			require.Equal(t, http.StatusUnauthorized, login(i%2, fmt.Sprintf("orang-%d", i+1), "salah").status)
		}
		require.Equal(t, http.StatusOK, login(0, "orang-39", password).status, "the office goes on signing in")
		require.Equal(t, http.StatusOK, login(0, "orang-1", password).status, "also who mistyped once")
		require.Equal(t, http.StatusOK, login(1, "orang-0", password, browser).status,
			"the person's own browser is not slowed down")
	})
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	hash := testkit.PasswordHash(t, password)
	u, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
	require.NoError(t, err)
	require.NoError(t, w.store.Users.ChangePassword(t.Context(), ledger.Actor{},
		accounts.NewPassword{UserID: u.ID, Hash: hash}))
	for _, as := range []string{"jkt-1", "elsewhere"} {
		w.signIn(0, as, "jkt-1", password)
	}
	change := func(current, next string) reply {
		return w.send(0, "POST", "/api/me/password", "jkt-1", map[string]string{"current": current, "new": next})
	}
	wrong := change("salah", "kata-sandi-baru")
	require.Equal(t, 422, wrong.status, "the session is sound")
	require.Equal(t, "current", wrong.json["errors"].([]any)[0].(map[string]any)["field"])
	require.Equal(t, "invalid", change(password, "pendek").code())
	require.Equal(t, 204, change(password, "kata-sandi-baru").status)
	require.Equal(t, 200, w.send(0, "GET", "/api/me", "jkt-1", nil).status, "who changed it goes on")
	require.Equal(t, 401, w.send(0, "GET", "/api/me", "elsewhere", nil).status, "every other session ended")
	require.Equal(t, 200, w.send(0, "POST", "/api/login", "",
		map[string]string{"login": "jkt-1", "password": "kata-sandi-baru"}).status)
}

// A sign-in takes a while to look at a password. Whatever else happens meanwhile, what the old one opened is not open.
func TestSigningInWhileThePasswordChanges(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		passwords := []string{"kata-sandi-satu", "kata-sandi-dua"}
		hashes := []string{testkit.PasswordHash(t, passwords[0]), testkit.PasswordHash(t, passwords[1])}
		u, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
		require.NoError(t, err)
		change := func(i int) error {
			return w.store.Users.ChangePassword(t.Context(), ledger.Actor{},
				accounts.NewPassword{UserID: u.ID, Hash: hashes[i%2]})
		}
		require.NoError(t, change(0))
		for i := range 10 {
			ins := make([]reply, 3)
			all := errgroup.Group{}
			for n := range ins {
				all.Go(func() error {
					ins[n] = w.send(n%2, "POST", "/api/login", "",
						map[string]string{"login": "jkt-1", "password": passwords[i%2]})
					return nil
				})
			}
			all.Go(func() error { return change(i + 1) })
			require.NoError(t, all.Wait())
			for _, in := range ins {
				if in.status != http.StatusOK {
					require.Equal(t, "bad_credentials", in.code(), in.raw)
					continue
				}
				w.token["in"] = in.json["token"].(string)
				require.Equal(t, http.StatusUnauthorized, w.send(0, "GET", "/api/me", "in", nil).status)
			}
			w.clock.Advance(time.Hour)
		}
	})
}

func TestFirstSetUp(t *testing.T) {
	t.Parallel()
	w := &world{t: t, clock: newWorld(t, migrated.SQLite(t), 0).clock, url: testkit.SQLite(t),
		token: map[string]string{}, log: &safeBuffer{}}
	w.store = w.open()
	_, err := w.store.DB.MigrateUp(t.Context())
	require.NoError(t, err)
	w.nodes = []string{w.node(api.Options{SetupCode: "SECRETCODE"}), w.node(api.Options{})}
	require.Equal(t, true, w.send(0, "GET", "/api/config", "", nil).json["setup_required"])
	body := map[string]string{"login": "pendiri@contoh.id", "name": "Pendiri", "password": password}
	for _, code := range []string{"", "SECRETCODE"} {
		body["code"] = code
		none := w.send(1, "POST", "/api/setup", "", body, "Accept-Language: en")
		require.Equal(t, "403 setup_code", fmt.Sprint(none.status, " ", none.code()), "no code was made")
		require.Contains(t, none.raw, "hadir user add")
	}
	body["code"] = "WRONG"
	refused := w.send(0, "POST", "/api/setup", "", body)
	require.Equal(t, 403, refused.status)
	require.Equal(t, "setup_code", refused.code())
	delete(body, "code")
	require.Equal(t, 403, w.send(0, "POST", "/api/setup", "", body).status,
		"from this machine, too: a proxy may stand on it")
	body["code"] = "SECRETCODE"
	body["login"], body["password"] = "pen diri", "pendek"
	both := w.send(0, "POST", "/api/setup", "", body)
	require.Equal(t, 422, both.status)
	require.Equal(t, []string{"login", "password"}, both.wrongFields(), "all that is wrong, at once")
	body["login"], body["password"] = "pendiri@contoh.id", password
	r := w.send(0, "POST", "/api/setup", "", body)
	require.Equal(t, 201, r.status, r.raw)
	w.token["pendiri"] = r.json["token"].(string)
	require.Equal(t, "admin", w.send(0, "GET", "/api/me", "pendiri", nil).json["user"].(map[string]any)["role"])
	require.Equal(t, "setup_done", w.send(0, "POST", "/api/setup", "", body).code())
	require.Equal(t, false, w.send(0, "GET", "/api/config", "", nil).json["setup_required"])
}

// Without a proxy in front the program packs its lists itself; streams and short answers stay as they are.
func TestAnswersAreCompressedWhereNoProxyDoesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	w.nodes = append(w.nodes, w.node(api.Options{Compress: true}))
	for _, encoding := range []string{"br", "gzip"} {
		packed := w.send(1, "GET", "/api/openapi.json", "", nil, "Accept-Encoding: "+encoding)
		require.Equal(t, encoding, packed.header.Get("Content-Encoding"))
		require.Contains(t, packed.header.Get("Vary"), "Accept-Encoding")
		require.Empty(t, w.send(0, "GET", "/api/openapi.json", "", nil,
			"Accept-Encoding: "+encoding).header.Get("Content-Encoding"))
		require.Less(t, 4*len(packed.raw),
			len(w.send(1, "GET", "/api/openapi.json", "", nil, "Accept-Encoding: identity").raw))
		require.Empty(t, w.send(1, "POST", "/api/attendances/check-in", "jkt-1", nil, "Accept-Encoding: "+encoding,
			"Idempotency-Key: packed-"+encoding).header.Get("Content-Encoding"))
		file := w.send(1, "GET", "/api/attendances.csv?from=2026-11-01&to=2026-11-30", "admin", nil,
			"Accept-Encoding: "+encoding)
		require.Equal(t, 200, file.status, file.raw)
		require.Empty(t, file.header.Get("Content-Encoding"))
	}
	unpacked := w.send(1, "GET", "/api/attendances/today", "admin", nil) // Go asks for gzip and unpacks it
	require.Len(t, unpacked.items(), 3)
}

func TestPagesAndDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	page := w.send(0, "GET", "/", "", nil)
	require.Equal(t, "<p>beranda</p>", page.raw)
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, page.header.Get("Content-Security-Policy"), "unsafe")
	require.Equal(t, "no-cache", page.header.Get("Cache-Control"))
	require.Equal(t, 304, w.send(0, "GET", "/", "", nil, "If-None-Match: "+page.header.Get("ETag")).status)
	require.Equal(t, "<p>beranda</p>", w.send(0, "GET", "/karyawan/17", "", nil).raw, "one page for everybody")
	for _, path := range []string{"/karyawan/tujuh", "/karyawan/17/2026"} {
		require.Equal(t, 404, w.send(0, "GET", path, "", nil).status, path)
	}
	asset := w.send(0, "GET", "/assets/app-1234.js", "", nil, "Accept-Encoding: br")
	require.Equal(t, "br", asset.raw)
	require.Equal(t, "br", asset.header.Get("Content-Encoding"))
	require.Contains(t, asset.header.Get("Cache-Control"), "immutable")
	require.Equal(t, 503, w.send(0, "GET", "/dasbor", "", nil).status, "a page that was not built says so")
	for path, why := range map[string]string{"/komponen": "a page of the demo",
		"/pages.json": "the server's own list"} {
		require.Equal(t, 404, w.send(0, "GET", path, "", nil).status, why)
	}
	require.Equal(t, 404, w.send(0, "GET", "/assets/../../etc/passwd", "", nil).status)

	docs := w.send(0, "GET", "/api/docs", "", nil)
	require.Equal(t, 200, docs.status)
	require.Contains(t, docs.raw, "/api/attendances/check-in")
	require.NotContains(t, docs.raw, "<script")

	spec := w.send(0, "GET", "/api/openapi.json", "", nil)
	require.Equal(t, 200, spec.status)
	require.Equal(t, "3.1.0", spec.json["openapi"])
	paths := spec.json["paths"].(map[string]any)
	for _, p := range []string{"/api/login", "/api/logout", "/api/me", "/api/me/today", "/api/attendances/check-in",
		"/api/attendances/check-out", "/api/attendances",
		"/api/attendances/today", "/api/attendances/summary", "/api/employees", "/api/branches", "/api/shifts",
		"/api/ops/queues", "/api/ops/dead-letters", "/broadcasting/auth"} {
		require.Contains(t, paths, p)
	}
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			o := op.(map[string]any)
			require.NotEmpty(t, o["summary"], "%s %s", method, path)
			for status, resp := range o["responses"].(map[string]any) {
				if status >= "400" && status < "600" {
					require.Contains(t, resp.(map[string]any)["content"], "application/problem+json", "%s %s %s",
						method, path, status)
				}
			}
		}
	}
	errorSchema := spec.json["components"].(map[string]any)["schemas"].(map[string]any)["ErrorModel"].(map[string]any)
	require.Contains(t, errorSchema["properties"], "code")
}

// A database that is gone is a clear 503 for programs and a cause in the log, and the node is itself again afterwards.
func TestTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	server := testkit.StartMariaDB(t)
	w := newWorld(t, server.URL, 1)
	require.Equal(t, 201, w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: k").status)
	server.Kill()
	r := w.send(0, "POST", "/api/attendances/check-out", "jkt-1", nil, "Accept-Language: id")
	require.Equal(t, 503, r.status, r.raw)
	require.Equal(t, "unavailable", r.code())
	require.NotEmpty(t, r.header.Get("Retry-After"))
	require.NotContains(t, r.raw, "3306")
	require.Contains(t, w.log.String(), "level=ERROR")
	server.Restart(false)
	require.Eventually(t, func() bool {
		return w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: k").status == 200
	}, testkit.Patience, 100*time.Millisecond)
	days, _, err := w.store.Lists.History(t.Context(), lists.DayFilter{})
	require.NoError(t, err)
	require.Len(t, days, 1)
	require.Equal(t, 1, days[0].PunchCount)
}
