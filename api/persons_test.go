package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hadir/api"
	"hadir/api/persons"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

const takeMine = "/api/me/data"

func takeOf(employee int64) string { return fmt.Sprintf("/api/persons/%d/data", employee) }

// traces leaves something of Jakarta's first person in each place where there can be something.
func (w *world) traces() {
	one := w.people[0].ID
	in := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", map[string]any{"latitude": -6.2, "longitude": 106.8,
		"accuracy": 12.5, "note": "catatan pribadi", "device": "ponsel-saya"})
	require.Equal(w.t, http.StatusCreated, in.status, in.raw)
	punch := in.json["punch"].(map[string]any)["id"].(float64)
	undo := w.send(0, "POST", fmt.Sprintf("/api/me/punches/%.0f/undo", punch), "jkt-1", nil)
	require.Equal(w.t, http.StatusOK, undo.status, undo.raw)
	in = w.send(0, "POST", "/api/attendances/check-in", "jkt-1", map[string]any{"latitude": -6.21, "longitude": 106.81,
		"accuracy": 9})
	require.Equal(w.t, http.StatusCreated, in.status, in.raw)
	w.ask("jkt-1", 0, "2026-12-21")
	correction := w.send(0, "POST", "/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20",
		"direction": "out", "time": "17:03", "reason": "lupa karena sakit"})
	require.Equal(w.t, http.StatusCreated, correction.status, correction.raw)
	require.Equal(w.t, http.StatusCreated, w.send(0, "POST", "/api/holidays", "admin", map[string]any{
		"date": "2026-12-24", "name": "Cuti nikah", "scope": "employee", "employee_id": one}).status)
	require.Equal(w.t, http.StatusAccepted, w.send(0, "POST", "/api/reports", "jkt-1", map[string]any{
		"kind": "individual", "format": "csv", "employee_id": one, "from": "2026-11-01", "to": "2026-11-23"}).status)
	w.apiToken("jkt-1/", "jkt-1", account.ScopesOf(account.RoleEmployee))
}

// Everything that is stored about somebody comes as one file, and nothing of anybody else.
func TestTheOwnData(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.traces()
		r := w.send(0, "GET", takeMine, "jkt-1", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.NotNil(t, r.json, r.raw)
		require.Contains(t, r.header.Get("Content-Disposition"), "attachment")
		require.Equal(t, "hadir.personal-data.v1", r.json["format"])
		require.Equal(t, "Orang 1", r.list("employee")[0]["name"])
		require.Equal(t, "Jakarta", r.list("branches")[0]["name"])
		require.Len(t, r.list("employments"), 1)
		require.Equal(t, "jkt-1", r.list("accounts")[0]["login"])
		require.Len(t, r.list("sessions"), 1)
		require.Len(t, r.list("api_tokens"), 1)
		require.Equal(t, "own", r.list("api_tokens")[0]["created_by"])
		punches := r.list("punches")
		require.Len(t, punches, 2)
		require.Equal(t, -6.2, punches[0]["latitude"])
		require.Equal(t, 12.5, punches[0]["accuracy"])
		require.Equal(t, "catatan pribadi", punches[0]["note"])
		require.Equal(t, "2026-11-23T01:05:00Z", punches[0]["occurred_at"])
		require.Equal(t, "2026-11-23", punches[0]["answered_day"].(map[string]any)["work_date"])
		require.Equal(t, "own", r.list("voided_punches")[0]["user_id"])
		days := r.list("days")
		require.Len(t, days, 1)
		require.Equal(t, "2026-11-23", days[0]["work_date"])
		require.Equal(t, "2026-01-05", r.list("shift_assignments")[0]["from_date"])
		require.Equal(t, "Cuti nikah", r.list("holidays")[0]["name"])
		leave := r.list("leave_requests")[0]
		require.Equal(t, "own", leave["requested_by"])
		require.Equal(t, "system", leave["decided_by"], "nobody did yet")
		require.Nil(t, leave["decided_at"])
		require.Equal(t, "lupa karena sakit", r.list("corrections")[0]["reason"])
		require.Len(t, r.list("reports_about"), 1)
		require.Len(t, r.list("reports_ordered"), 1)
		var told []any
		for _, e := range r.list("audit_about") {
			told = append(told, e["action"])
		}
		for _, action := range []string{"employee.created", "user.created", "leave.requested", "correction.requested",
			"punch.voided", "holiday.created", "api_token.created", ledger.PersonDownloaded} {
			require.Contains(t, told, action)
		}
		for _, e := range r.list("audit_about") {
			if e["user_id"] == "other" {
				require.Empty(t, e["address"], "where somebody else was is theirs")
			}
		}
		require.NotEmpty(t, r.list("audit_done"))
		for _, secret := range []string{"password_hash", "token_hash", "request_hash", "Orang 2", "Orang 3", "jkt-2"} {
			require.NotContains(t, r.raw, secret)
		}

		// Who is no employee has what is about the account.
		admin := w.send(0, "GET", takeMine, "admin", nil)
		require.Equal(t, http.StatusOK, admin.status, admin.raw)
		require.NotContains(t, admin.json, "punches")
		require.Equal(t, "admin", admin.list("accounts")[0]["login"])
		require.NotContains(t, admin.raw, "Cuti nikah", "what somebody did about others is told without its content")

		// It is in the audit log.
		entries := w.send(0, "GET", "/api/audit?action=person.downloaded", "admin", nil).items()
		require.Len(t, entries, 2)
		require.Equal(t, fmt.Sprint(w.people[0].ID), entries[1]["row"])
	})
}

// However much there is comes whole, a few hundred rows at a time.
func TestALongLifeIsDownloadedWhole(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		const many = 1203
		first := attendance.NewDate(2020, 1, 1)
		rows := make([]string, many)
		for i := range rows {
			rows[i] = fmt.Sprintf("(%d, '%s', 'check_in', 'Asia/Jakarta', '%s', '%s')", w.people[0].ID,
				first+attendance.Date(i), "2026-01-01 00:00:00", "2026-01-01 00:00:00")
		}
		_, err := w.store.DB.Builder().ExecContext(t.Context(), "INSERT INTO notifications (employee_id, work_date, "+
			"kind, zone, due_at, created_at) VALUES "+strings.Join(rows, ","))
		require.NoError(t, err)
		r := w.send(0, "GET", takeMine, "jkt-1", nil)
		require.NotNil(t, r.json, r.raw)
		var dates []string
		for _, n := range r.list("notifications") {
			dates = append(dates, n["work_date"].(string))
		}
		require.Len(t, dates, many)
		require.True(t, slices.IsSorted(dates))
		require.Len(t, slices.Compact(dates), many)
	})
}

// Administrators take anybody's data, branch admins those of who always belonged to them and without the accounts.
func TestWhoTakesWhoseData(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		one, three := w.people[0].ID, w.people[2].ID
		r := w.send(0, "GET", takeOf(one), "admin", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "jkt-1", r.list("accounts")[0]["login"])
		r = w.send(0, "GET", takeOf(one), "cabang", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "Orang 1", r.list("employee")[0]["name"])
		for _, l := range []string{"accounts", "sessions", "api_tokens", "audit_done", "reports_ordered"} {
			require.NotContains(t, r.json, l)
		}
		for _, e := range r.list("audit_about") {
			require.NotEqual(t, "users", e["table_name"])
		}
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", takeOf(three), "cabang", nil).status)
		require.Equal(t, http.StatusForbidden, w.send(0, "GET", takeOf(one), "jkt-1", nil).status)
		require.Equal(t, http.StatusForbidden, w.send(0, "GET", takeOf(one), "ops", nil).status)
		w.apiToken("admin/", "admin", account.ScopesOf(account.RoleAdmin))
		require.Equal(t, http.StatusForbidden, w.send(0, "GET", takeOf(one), "admin/", nil).status, "not for programs")

		// Who also belonged elsewhere has days there that are not Jakarta's to see.
		moved := w.send(0, "POST", fmt.Sprintf("/api/employees/%d/moves", three), "admin", map[string]any{
			"from": "2026-11-23", "branch_id": w.branches[0].ID, "reason": "pindah"})
		require.Less(t, moved.status, 300, moved.raw)
		r = w.send(0, "GET", takeOf(three), "cabang", nil)
		require.Equal(t, http.StatusConflict, r.status, r.raw)
		require.Equal(t, "other_branches", r.code())
		require.Equal(t, http.StatusOK, w.send(0, "GET", takeOf(three), "admin", nil).status)
	})
}

// Downloads are as many as people need, and no more.
func TestDownloadsOfDataAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 2)
	for i := range 20 {
		require.Equal(t, http.StatusOK, w.send(i%2, "GET", takeMine, "jkt-1", nil).status)
	}
	r := w.send(1, "GET", takeMine, "jkt-1", nil)
	require.Equal(t, http.StatusTooManyRequests, r.status, r.raw)
	require.Equal(t, "throttled", r.code())
	require.Equal(t, "3600", r.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, w.send(0, "GET", takeMine, "jkt-2", nil).status)
	w.clock.Advance(time.Hour)
	require.Equal(t, http.StatusOK, w.send(0, "GET", takeMine, "jkt-1", nil).status)
}

// Who left and is settled is forgotten for good: nothing tells who it was, and no day changes.
func TestALeaverIsForgotten(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.traces()
		one, jkt := w.people[0].ID, w.branches[0].ID
		forget := func(as, number string) reply {
			return w.send(0, "POST", fmt.Sprintf("/api/persons/%d/pseudonym", one), as,
				map[string]any{"number": number, "reason": "lima tahun berlalu"})
		}
		refused := func(r reply, status int, code string) {
			t.Helper()
			require.Equal(t, status, r.status, r.raw)
			require.Equal(t, code, r.code(), r.raw)
		}
		leaver, _, err := w.store.Users.UserByLogin(t.Context(), "jkt-1")
		require.NoError(t, err)
		_, err = w.store.Identities.Link(t.Context(), ledger.Actor{UserID: leaver.ID},
			account.Identity{Issuer: "https://masuk.contoh.id", Subject: "1", Name: "orang@contoh.id"})
		require.NoError(t, err)
		refused(forget("cabang", "JKT-1"), http.StatusForbidden, "forbidden")
		refused(forget("admin", "JKT-1"), http.StatusConflict, "still_employed")
		employee := fmt.Sprintf("/api/employees/%d", one)
		version := w.send(0, "GET", employee, "admin", nil).json["version"]
		left := w.send(0, "PATCH", employee, "admin", map[string]any{"version": version, "status": "inactive",
			"left_on": "2026-11-23", "disable_account": true})
		require.Equal(t, http.StatusOK, left.status, left.raw)
		refused(forget("admin", "JKT-1"), http.StatusConflict, "not_settled") // requests wait
		for _, list := range []string{"/api/leave-requests", "/api/corrections"} {
			for _, q := range w.send(0, "GET", list, "admin", nil).items() {
				path := fmt.Sprintf("%s/%.0f/refuse", list, q["id"])
				r := w.send(0, "POST", path, "admin", map[string]any{"note": "tidak"})
				require.Equal(t, http.StatusOK, r.status, r.raw)
			}
		}
		refused(forget("admin", "JKT-1"), http.StatusConflict, "still_employed") // the last day is today
		w.clock.Advance(10 * 24 * time.Hour)
		signIn := func(u account.User) { w.token[u.Login] = w.session(u) }
		signIn(account.User{Login: "admin-2", Role: account.RoleAdmin})
		w.token["admin"] = w.token["admin-2"]
		refused(forget("admin", "JKT-1"), http.StatusConflict, "not_settled") // the month is not locked
		_, err = w.store.DB.Builder().ExecContext(t.Context(),
			fmt.Sprintf("UPDATE branches SET locked_through = '2026-11-30' WHERE id = %d", jkt))
		require.NoError(t, err)
		wrong := forget("admin", "JKT-2")
		require.Equal(t, http.StatusUnprocessableEntity, wrong.status, wrong.raw)
		require.Contains(t, wrong.raw, "Ini bukan nomor karyawan tersebut.")
		signIn(account.User{Login: "diri", Role: account.RoleAdmin, EmployeeID: one})
		refused(forget("diri", "JKT-1"), http.StatusForbidden, "own_request")
		refused(forget("admin", "JKT-1"), http.StatusConflict, "still_employed") // that account can sign in
		_, err = w.store.DB.Builder().ExecContext(t.Context(),
			"UPDATE users SET disabled_at = '2026-12-01 00:00:00' WHERE login = 'diri'")
		require.NoError(t, err)

		day := fmt.Sprintf("/api/attendances/%d/2026-11-23", one)
		before := w.send(0, "GET", day, "admin", nil).json
		r := forget("admin", " jkt-1 ")
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, fmt.Sprintf("Mantan karyawan #%d", one), r.json["name"])
		refused(forget("admin", fmt.Sprint(r.json["number"])), http.StatusConflict, "forgotten")

		linked, err := w.store.Identities.Identities(t.Context(), leaver.ID)
		require.NoError(t, err)
		require.Empty(t, linked)
		after := w.send(0, "GET", day, "admin", nil).json
		for _, name := range []string{"status", "first_in", "last_out", "worked_minutes", "version"} {
			require.Equal(t, before[name], after[name], name)
		}
		require.Equal(t, r.json["name"], w.send(0, "GET", employee, "admin", nil).json["name"])
		file := w.send(0, "GET", takeOf(one), "admin", nil)
		require.Equal(t, http.StatusOK, file.status, file.raw)
		for _, list := range []string{"sessions", "api_tokens", "notifications", "reports_about"} {
			require.Empty(t, file.list(list), list)
		}
		require.Len(t, file.list("punches"), 2, "times stay")
		entries := file.list("audit_about")
		require.NotEmpty(t, entries)
		var rows []string
		for _, list := range []string{"employee", "accounts", "punches", "voided_punches", "holidays", "leave_requests",
			"corrections"} {
			rows = append(rows, fmt.Sprint(file.list(list)))
		}
		held := strings.Join(rows, "\n")
		for _, gone := range []string{"Orang 1", "JKT-1", "jkt-1", "-6.2", "106.8", "catatan pribadi", "ponsel-saya",
			"Cuti nikah", "perlu", "lupa karena sakit", "tidak"} {
			require.NotContains(t, held, gone)
		}
		require.Equal(t, http.StatusUnauthorized, w.send(0, "GET", "/api/me", "jkt-1", nil).status)
		require.Len(t, w.send(0, "GET", "/api/audit?action=employee.pseudonymised", "admin", nil).items(), 1)
	})
}

// The page about personal data is for everybody, and so is what it says.
func TestHowLongDataIsKeptIsPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 0)
	w.nodes = []string{w.node(api.Options{Kept: persons.Kept{Positions: 30, Addresses: 60, Leavers: 0, Sessions: 14,
		Contact: "dpo@contoh.id"}})}
	r := w.send(0, "GET", "/api/privacy", "", nil)
	require.Equal(t, http.StatusOK, r.status, r.raw)
	require.Equal(t, map[string]any{"positions": 30.0, "addresses": 60.0, "leavers": 0.0, "sessions": 14.0,
		"contact": "dpo@contoh.id"}, r.json)
}
