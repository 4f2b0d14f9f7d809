package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"hadir/internal/account"
	"hadir/internal/store/ledger"
	"hadir/internal/task"

	"github.com/stretchr/testify/require"
)

// What somebody who knew a password made of it ends with the password: an administrator's reset revokes the API tokens
// that the account made, also those for others; nobody else's. All nodes are told of every account it concerns.
func TestAResetPasswordRevokesTokens(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		id := func(login string) int64 {
			u, _, err := w.store.Users.UserByLogin(t.Context(), login)
			require.NoError(t, err)
			return u.ID
		}
		make := func(name, as, of string) {
			r := w.send(0, "POST", fmt.Sprintf("/api/users/%d/tokens", id(of)), as,
				map[string]any{"name": name, "scopes": []account.Scope{account.ScopeAttendanceRead}})
			require.Equal(t, 201, r.status, r.raw)
			w.token[name] = r.json["secret"].(string)
		}
		w.token["chef"] = w.session(account.User{Login: "chef", Role: account.RoleAdmin})
		read := []account.Scope{account.ScopeAttendanceRead}
		w.apiToken("own", "admin", read)
		w.apiToken("own-2", "admin", read)
		make("for another", "admin", "cabang")
		make("kiosk", "chef", "cabang")
		w.apiToken("cabang's", "cabang", read)
		alive := func(node int) (names []string) {
			for _, name := range []string{"own", "own-2", "for another", "kiosk", "cabang's"} {
				if w.send(node, "GET", "/api/me", name, nil).status == 200 {
					names = append(names, name)
				}
			}
			return names
		}
		require.Len(t, alive(0), 5)
		colleague := account.Identity{Issuer: "https://masuk.contoh.id", Subject: "7", Name: "rekan"}
		_, err := w.store.Identities.Enter(t.Context(), ledger.Actor{}, id("admin"), colleague)
		require.NoError(t, err)
		w.left.all()
		reset := w.send(0, "POST", fmt.Sprintf("/api/users/%d/password", id("admin")), "chef", map[string]string{})
		require.Equal(t, 200, reset.status, reset.raw)
		require.EqualValues(t, 0, reset.json["tokens"])
		linked, err := w.store.Identities.Identities(t.Context(), id("admin"))
		require.NoError(t, err)
		require.Empty(t, linked, "an identity may be of whoever knew the old password, too")
		for node := range w.nodes {
			require.Equal(t, []string{"kiosk", "cabang's"}, alive(node), "node %d", node)
		}
		var told []int64
		for _, row := range w.left.all() {
			if row.Kind == task.AccessChanged {
				var p task.Access
				require.NoError(t, json.Unmarshal(row.Payload, &p))
				told = append(told, p.UserID)
			}
		}
		slices.Sort(told)
		want := []int64{id("admin"), id("cabang")}
		slices.Sort(want)
		require.Equal(t, want, told, "so that no node remembers them")
		log := w.send(0, "GET", "/api/audit?action=api_token.revoked", "chef", nil)
		require.Len(t, log.items(), 3, log.raw)
		require.Equal(t, "chef", log.items()[0]["user_login"])

		// Made for an account by others, whose passwords nobody had: they stay when it gets another one.
		again := w.send(0, "POST", fmt.Sprintf("/api/users/%d/password", id("cabang")), "chef", map[string]string{})
		require.Equal(t, 1.0, again.json["tokens"], again.raw)
		// What is due at the first sign-in holds the program up as well.
		require.Equal(t, "password_change_required", w.send(0, "GET", "/api/attendances/summary", "kiosk", nil).code())
		w.signIn(0, "cabang", "cabang", again.json["password"].(string))
		require.Equal(t, 204, w.changePassword(0, "cabang", again.json["password"].(string), "kata sandi baru").status)
		require.Equal(t, 200, w.send(0, "GET", "/api/attendances/summary", "kiosk", nil).status)
	})
}

// Whoever changes the own password chooses what becomes of the programs: they go on unless asked.
func TestTheOwnPasswordAndTokens(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.withPassword("cabang", password)
		w.signIn(0, "cabang", "cabang", password)
		w.apiToken("own", "cabang", []account.Scope{account.ScopeAttendanceRead})
		require.Equal(t, 204, w.changePassword(0, "cabang", password, "kata sandi kedua").status)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "own", nil).status)
		r := w.send(0, "POST", "/api/me/password", "cabang",
			map[string]any{"current": "kata sandi kedua", "new": "kata sandi ketiga", "revoke_tokens": true})
		require.Equal(t, 204, r.status, r.raw)
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "own", nil).status)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "cabang", nil).status, "the session goes on")
		require.Empty(t, w.send(0, "GET", "/api/me/tokens", "cabang", nil).items())
	})
}
