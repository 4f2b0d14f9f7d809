package e2e

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/clock"
	"hadir/internal/store"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit"

	"github.com/stretchr/testify/require"
)

// office is the program in one process, by a clock of its own, on either database.
type office struct {
	t     *testing.T
	base  string
	store *store.Store
	admin string
}

func newOffice(t *testing.T, url string, now time.Time) *office {
	t.Helper()
	base, env := settle(t, t.TempDir(), "HADIR_DATABASE_URL="+url, auditKey)
	startAt(t, now, base, env)
	o := &office{t: t, base: base}
	var err error
	o.store, err = store.Open(t.Context(), store.Options{URL: url, Clock: clock.Running(now),
		AuditKeys: []string{strings.TrimPrefix(auditKey, "HADIR_AUDIT_KEY=")}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = o.store.DB.Close() })
	o.admin = o.signIn(account.User{Login: "admin@uji.test", Name: "Admin", Role: account.RoleAdmin, Locale: "id"}, now)
	return o
}

func (o *office) signIn(u account.User, now time.Time) string {
	users, err := o.store.Users.CreateUsers(o.t.Context(), ledger.Actor{}, []account.User{u}, []string{"!"})
	require.NoError(o.t, err)
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	require.NoError(o.t, o.store.Sessions.AddSession(o.t.Context(),
		account.Session{TokenHash: sha256.Sum256([]byte(token)), UserID: users[0].ID, CreatedAt: now,
			ExpiresAt: now.Add(24 * time.Hour)}))
	return token
}

// do sends a request that must be answered with 2xx.
func (o *office) do(method, path string, body any) map[string]any {
	o.t.Helper()
	out := map[string]any{}
	_, err := call(o.t.Context(), method, o.base+path, o.admin, nil, body, &out)
	require.NoError(o.t, err)
	return out
}

func (o *office) status(token, method, path string, body any) (int, string) {
	status, err := call(o.t.Context(), method, o.base+path, token, nil, body, nil)
	if err != nil {
		return status, err.Error()
	}
	return status, ""
}

// day reads what a day says: branch, zone, status, minutes late, worked and overtime.
func (o *office) day(id any, date string) string {
	d := o.do(http.MethodGet, fmt.Sprintf("/api/attendances/%v/%s", id, date), nil)["day"].(map[string]any)
	return fmt.Sprint(d["branch_code"], " ", d["zone"], " ", d["status"], " ", d["late_minutes"], " ",
		d["worked_minutes"], " ", d["overtime_minutes"], " ", d["flags"])
}

func (o *office) becomes(id any, date, want string) {
	o.t.Helper()
	got := ""
	ok := eventually(func() bool { got = o.day(id, date); return got == want })
	require.True(o.t, ok, "%s is %q instead of %q", date, got, want)
}

func (o *office) heads(branch any, date string) float64 {
	list := o.do(http.MethodGet, fmt.Sprintf("/api/recaps?branch=%v&from=%s&to=%s", branch, date, date),
		nil)["items"].([]any)
	if len(list) == 0 {
		return -1
	}
	return list[0].(map[string]any)["headcount"].(float64)
}

func (o *office) importPunches(lines ...string) (path string) {
	t := o.t
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.base+"/api/punches/imports?name=x.csv",
		strings.NewReader("number,time,direction\n"+strings.Join(lines, "\n")+"\n"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+o.admin)
	req.Header.Set("Content-Type", "text/csv")
	resp, err := client.Do(req)
	require.NoError(t, err)
	var preview struct {
		ID     int64              `json:"id"`
		Import struct{ ID int64 } `json:"import"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&preview))
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 2, resp.StatusCode/100)
	path = fmt.Sprintf("/api/punches/imports/%d", max(preview.ID, preview.Import.ID))
	o.do(http.MethodPost, path+"/start", nil)
	return path
}

// Case 29 as it was reported: somebody moves from Jakarta to Jayapura, and what comes afterwards about old days leaves
// them what the branch of those days makes of them; also where that branch has settled them. And case 28: a leaver's
// last punches.
func TestHistoryStaysWhereItWasWorked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC) // Thursday, 10:00 in Jakarta
	for name, url := range testkit.Databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, url, now)
			a := o.do(http.MethodPost, "/api/branches",
				map[string]any{"code": "AAA", "name": "Barat", "zone": "Asia/Jakarta"})["id"]
			b := o.do(http.MethodPost, "/api/branches",
				map[string]any{"code": "BBB", "name": "Timur", "zone": "Asia/Jayapura"})["id"]
			shift := o.do(http.MethodPost, "/api/shifts",
				map[string]any{"code": "D", "name": "Siang", "start": "08:00", "end": "17:00",
					"break_minutes": 60})["id"]
			var ids []any
			for n := 1; n <= 3; n++ {
				ids = append(ids,
					o.do(http.MethodPost, "/api/employees",
						map[string]any{"number": fmt.Sprint("P-", n), "name": fmt.Sprint("Orang ", n),
							"branch_id": a})["id"])
			}
			o.do(http.MethodPost, "/api/shift-assignments",
				map[string]any{"employee_ids": ids, "from": "2026-11-16",
					"pattern": []any{shift, shift, shift, shift, shift, 0, 0}})
			west := o.signIn(account.User{Login: "barat", Name: "Barat", Role: account.RoleBranchAdmin,
				BranchIDs: []int64{int64(a.(float64))}, Locale: "id"}, now)
			east := o.signIn(account.User{Login: "timur", Name: "Timur", Role: account.RoleBranchAdmin,
				BranchIDs: []int64{int64(b.(float64))}, Locale: "id"}, now)
			var lines []string
			for _, who := range []string{"P-1", "P-2"} {
				for _, d := range []string{"2026-11-18", "2026-11-19", "2026-11-24"} {
					lines = append(lines, who+","+d+" 08:00,in", who+","+d+" 17:00,out")
				}
			}
			o.importPunches(lines...)
			const worked = "AAA Asia/Jakarta present 0 480 0 []"
			for _, d := range []string{"2026-11-18", "2026-11-19", "2026-11-24"} {
				o.becomes(ids[0], d, worked)
			}
			require.True(t, eventually(
				func() bool {
					return o.heads(a, "2026-11-18") == 3 &&
						o.heads(a, "2026-11-25") == 3
				}), "the dates are closed")

			version := o.do(http.MethodGet, fmt.Sprintf("/api/employees/%v", ids[0]), nil)["version"]
			moved := o.do(http.MethodPatch, fmt.Sprintf("/api/employees/%v", ids[0]),
				map[string]any{"branch_id": b, "version": version})
			require.Equal(t, b, moved["branch_id"])
			correct := func(id any, date string) (int, string) {
				q := map[string]any{}
				status, err := call(t.Context(), http.MethodPost, o.base+"/api/corrections", o.admin, nil,
					map[string]any{"employee_id": id, "work_date": date, "time": "17:05", "direction": "out",
						"reason": "lupa"}, &q)
				if err != nil {
					return status, err.Error()
				}
				return o.status(o.admin, http.MethodPost, fmt.Sprintf("/api/corrections/%v/approve", q["id"]),
					map[string]any{})
			}
			status, problem := correct(ids[0], "2026-11-18")
			require.Equal(t, 200, status, problem)
			o.becomes(ids[0], "2026-11-18", "AAA Asia/Jakarta present 0 485 5 [corrected]")
			for token, want := range map[string]int{west: 200, east: 404} {
				status, _ := o.status(token, http.MethodGet, fmt.Sprintf("/api/attendances/%v/2026-11-18", ids[0]), nil)
				require.Equal(t, want, status)
			}

			// A holiday of the old branch is theirs on that date.
			o.do(http.MethodPost, "/api/holidays",
				map[string]any{"scope": "branch", "branch_id": a, "date": "2026-11-19", "name": "Hari jadi"})
			o.becomes(ids[0], "2026-11-19", "AAA Asia/Jakarta present 0 480 480 [on_holiday]")

			// What is settled there stays settled.
			o.do(http.MethodPatch, fmt.Sprintf("/api/branches/%v", a), map[string]any{"locked_through": "2026-11-25"})
			status, problem = correct(ids[0], "2026-11-24")
			require.Equal(t, 200, status, problem)
			o.becomes(ids[0], "2026-11-24", "AAA Asia/Jakarta present 0 480 0 [locked]")
			status, problem = o.status(o.admin, http.MethodPost, fmt.Sprintf("/api/employees/%v/moves", ids[2]),
				map[string]any{"from": "2026-11-20", "branch_id": b, "reason": "mutasi"})
			require.Equal(t, http.StatusConflict, status)
			require.Contains(t, problem, "period_locked")
			require.EqualValues(t, 3, o.heads(a, "2026-11-18"))

			// Opened again, a move takes the days with it, and both branches count again.
			o.do(http.MethodPatch, fmt.Sprintf("/api/branches/%v", a), map[string]any{"locked_through": ""})
			o.becomes(ids[0], "2026-11-24", "AAA Asia/Jakarta present 0 485 5 [corrected]")
			o.do(http.MethodPost, fmt.Sprintf("/api/employees/%v/moves", ids[2]),
				map[string]any{"from": "2026-11-20", "branch_id": b, "reason": "mutasi"})
			o.becomes(ids[2], "2026-11-20", "BBB Asia/Jayapura absent 0 0 0 []")
			o.becomes(ids[2], "2026-11-18", "AAA Asia/Jakarta absent 0 0 0 []")
			require.True(t, eventually(
				func() bool {
					return o.heads(a, "2026-11-20") == 2 &&
						o.heads(b, "2026-11-20") == 1
				}), "both recaps follow")
			require.EqualValues(t, 3, o.heads(a, "2026-11-18"))

			// Case 28.
			version = o.do(http.MethodGet, fmt.Sprintf("/api/employees/%v", ids[1]), nil)["version"]
			o.do(http.MethodPatch, fmt.Sprintf("/api/employees/%v", ids[1]),
				map[string]any{"status": "inactive", "left_on": "2026-11-20", "version": version})
			last := o.importPunches("P-2,2026-11-20 08:00,in", "P-2,2026-11-20 17:00,out", "P-2,2026-11-23 08:00,in")
			o.becomes(ids[1], "2026-11-20", worked)
			require.True(t, eventually(func() bool {
				im := o.do(http.MethodGet, last, nil)
				return im["state"] == "done" && im["rejected"] == 1.0
			}), "the last line is refused")
			status, problem = correct(ids[1], "2026-11-20")
			require.Equal(t, 200, status, problem)
			status, problem = correct(ids[1], "2026-11-23")
			require.Equal(t, 422, status)
			require.Contains(t, problem, "employee_inactive")
			o.becomes(ids[1], "2026-11-20", "AAA Asia/Jakarta present 0 485 5 [corrected]")
			o.becomes(ids[1], "2026-11-24", worked) // it has punches, which stay
		})
	}
}
