package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/realtime"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"
	"hadir/worker"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// reportsAPI is a world with a worker that runs report tasks when asked.
type reportsAPI struct {
	*world
	run func(ctx context.Context, payload []byte) error

	mu   sync.Mutex
	sent []realtime.Message
}

// Publish implements realtime.Publisher.
func (r *reportsAPI) Publish(_ context.Context, messages ...realtime.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, messages...)
	return nil
}

// Revoke implements realtime.Publisher.
func (r *reportsAPI) Revoke(context.Context, string) error { return nil }

func newReportsAPI(t *testing.T, w *world) *reportsAPI {
	r := &reportsAPI{world: w}
	w.nodes = []string{w.node(api.Options{}), w.node(api.Options{})}
	r.run = worker.New(worker.Options{Store: worker.RoomsOf(w.store), Publisher: r, Clock: w.clock,
		Log: slog.New(slog.DiscardHandler)}).Handlers()[task.ReportBuild]
	return r
}

// work runs the tasks that were handed over.
func (r *reportsAPI) work() {
	r.t.Helper()
	for _, row := range r.left.all() {
		require.Equal(r.t, task.ReportBuild, row.Kind)
		require.NoError(r.t, r.run(r.t.Context(), row.Payload))
	}
}

// made asks for a report, lets it be made and returns its file, as another node hands it out.
func (r *reportsAPI) made(as string, body map[string]any) []byte {
	r.t.Helper()
	asked := r.send(0, "POST", "/api/reports", as, body)
	require.Equal(r.t, 202, asked.status, asked.raw)
	require.Equal(r.t, "queued", asked.json["state"])
	path := fmt.Sprintf("/api/reports/%v", asked.json["id"])
	require.Equal(r.t, 409, r.send(1, "GET", path+"/file", as, nil).status, "not there yet")
	r.work()
	done := r.send(1, "GET", path, as, nil)
	require.Equal(r.t, "done", done.json["state"], done.raw)
	require.EqualValues(r.t, 100, done.json["progress"])
	file := r.send(1, "GET", path+"/file", as, nil)
	require.Equal(r.t, 200, file.status)
	require.EqualValues(r.t, len(file.raw), done.json["size"])
	require.Equal(r.t, done.json["media_type"], file.header.Get("Content-Type"))
	require.Equal(r.t, fmt.Sprintf(`attachment; filename="%s"`, done.json["file_name"]),
		file.header.Get("Content-Disposition"))
	require.Equal(r.t, "private, no-store", file.header.Get("Cache-Control"))
	return []byte(file.raw)
}

// month lets everyone of the company work a month of which no two days are alike.
func (r *reportsAPI) month() {
	var days []attendance.Day
	for i, p := range r.people {
		for d := attendance.NewDate(2026, 10, 1); d <= attendance.NewDate(2026, 10, 31); d++ {
			n := int(d)*7 + i*3
			in := d.UTC().Add(time.Hour + time.Duration(n%50)*time.Minute)
			out := in.Add(9 * time.Hour)
			day := attendance.Day{EmployeeID: p.ID, WorkDate: d, BranchID: p.BranchID, Zone: "Asia/Jakarta",
				ShiftName: "Pagi", FirstIn: &in, LastOut: &out, Flags: []attendance.Flag{},
				Status: attendance.Statuses()[n%len(attendance.Statuses())], WorkedMinutes: 400 + n%100, Version: 1,
				UpdatedAt: start, PunchCount: 2}
			if n%3 == 0 {
				day.LateMinutes = 1 + n%50
			}
			if n%4 == 0 {
				day.OvertimeMinutes, day.EarlyMinutes = 1+n%70, n%5
			}
			if n%5 == 0 {
				day.Flags = []attendance.Flag{attendance.FlagOffline}
			}
			days = append(days, day)
		}
	}
	require.NoError(r.t, r.store.Days.SeedHistory(r.t.Context(), nil, days))
}

// history sums what the API's list says of a branch's October, by employee number.
func (r *reportsAPI) history(as string, branch int64) map[string]map[string]int {
	sums, cursor := map[string]map[string]int{}, ""
	for {
		page := r.send(0, "GET",
			fmt.Sprintf("/api/attendances?from=2026-10-01&to=2026-10-31&limit=20&branch=%d&cursor=%s", branch, cursor),
			as, nil)
		require.Equal(r.t, 200, page.status, page.raw)
		for _, d := range page.items() {
			s := sums[d["employee_number"].(string)]
			if s == nil {
				s = map[string]int{}
				sums[d["employee_number"].(string)] = s
			}
			s[d["status"].(string)]++
			for _, k := range []string{"late_minutes", "early_minutes", "worked_minutes", "overtime_minutes"} {
				s[k] += int(d[k].(float64))
			}
			late := d["late_minutes"].(float64) > 0
			if late || d["status"] == "late" { // by seconds, too
				s["late days"]++
			}
			if late && d["status"] != "late" { // which says it
				s["flag:late"]++
			}
			for _, f := range d["flags"].([]any) {
				s["flag:"+f.(string)]++
			}
			if d["overtime_minutes"].(float64) > 0 {
				s["overtime days"]++
			}
			if status := d["status"].(string); status == "absent" || status == "incomplete" ||
				len(d["flags"].([]any)) > 0 {
				s["exceptions"]++
			}
		}
		if cursor, _ = page.json["next_cursor"].(string); cursor == "" {
			return sums
		}
	}
}

// sumKeys are the keys of history in the order of a month's columns.
func sumKeys() []string {
	var keys []string
	for _, s := range attendance.Statuses() {
		keys = append(keys, string(s))
	}
	for _, f := range attendance.Flags() {
		keys = append(keys, "flag:"+string(f))
	}
	return append(keys, "late_minutes", "early_minutes", "worked_minutes", "overtime_minutes")
}

// numbers reads cells. Sheets for people leave zeros among the remarks out.
func numbers(t *testing.T, cells []string) []int {
	out := make([]int, len(cells))
	for i, c := range cells {
		if c == "" {
			continue
		}
		n, err := strconv.Atoi(c)
		require.NoError(t, err)
		out[i] = n
	}
	return out
}

func csvRows(t *testing.T, b []byte) [][]string {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestReportsAgreeWithTheLists(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		r := newReportsAPI(t, w)
		r.month()
		jkt := w.branches[0].ID
		for _, as := range []string{"admin", "cabang"} {
			want := r.history(as, jkt)
			require.Len(t, want, 2)

			rows := csvRows(t,
				r.made(as, map[string]any{"kind": "monthly", "format": "csv", "branch_id": jkt, "month": "2026-10"}))
			require.Len(t, rows, 3)
			for _, row := range rows[1:] {
				for i, n := range numbers(t, row[3+31:]) {
					require.Equal(t, want[row[0]][sumKeys()[i]], n, "%s: %s", row[0], sumKeys()[i])
				}
			}
			f, err := excelize.OpenReader(
				bytes.NewReader(
					r.made(as,
						map[string]any{"kind": "monthly", "format": "xlsx", "branch_id": jkt, "month": "2026-10",
							"locale": "en"})))
			require.NoError(t, err)
			require.Equal(t, []string{"No department", "Summary"}, f.GetSheetList())
			sheet, err := f.GetRows("No department")
			require.NoError(t, err)
			for _, row := range sheet[6:8] {
				for i, n := range numbers(t, row[2+31:]) {
					require.Equal(t, want[row[0]][sumKeys()[i]], n, "%s: %s", row[0], sumKeys()[i])
				}
			}
			for i, n := range numbers(t, sheet[8][2+31:]) {
				require.Equal(t, want["JKT-1"][sumKeys()[i]]+want["JKT-2"][sumKeys()[i]], n, "total of %s",
					sumKeys()[i])
			}
			require.NoError(t, f.Close())

			one := w.people[0].ID
			own := csvRows(t, r.made(as,
				map[string]any{"kind": "individual", "format": "csv", "employee_id": one, "month": "2026-10"}))
			require.Len(t, own, 32)
			for column, key := range map[int]string{7: "late_minutes", 8: "early_minutes", 9: "worked_minutes",
				10: "overtime_minutes"} {
				sum := 0
				for _, row := range own[1:] {
					sum += numbers(t, row[column:column+1])[0]
				}
				require.Equal(t, want["JKT-1"][key], sum, key)
			}
			for kind, c := range map[string]struct {
				column  int
				key     string
				dayskey string
			}{"lateness": {8, "late_minutes", "late days"}, "overtime": {9, "overtime_minutes", "overtime days"},
				"exceptions": {0, "", "exceptions"}} {
				list := csvRows(t,
					r.made(as,
						map[string]any{"kind": kind, "format": "csv", "branch_id": jkt, "from": "2026-10-01",
							"to": "2026-10-31"}))
				days, sum := map[string]int{}, map[string]int{}
				for _, row := range list[1:] {
					days[row[1]]++
					if c.key != "" {
						sum[row[1]] += numbers(t, row[c.column:c.column+1])[0]
					}
				}
				for number, s := range want {
					require.Equal(t, s[c.dayskey], days[number], "%s of %s", kind, number)
					if c.key != "" {
						require.Equal(t, s[c.key], sum[number], "%s of %s", kind, number)
					}
				}
			}
		}
		pdf := r.made("jkt-1", map[string]any{"kind": "individual", "format": "pdf", "month": "2026-10"})
		require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")))
		require.Equal(t, 32, len(
			csvRows(t, r.made("jkt-1", map[string]any{"kind": "individual", "format": "csv", "month": "2026-10"}))))
		all := csvRows(t, r.made("admin",
			map[string]any{"kind": "lateness", "format": "csv", "from": "2026-10-01", "to": "2026-10-31"}))
		require.Equal(t, "MKS-3", all[len(all)-1][1], "without a branch, all of them")

		// Everything that was told went to whoever asked.
		for _, m := range r.sent {
			require.Equal(t, realtime.EventReport, m.Event)
			require.True(t, strings.HasPrefix(m.Channel, "private-user."), m.Channel)
			var p worker.ReportProgressed
			require.NoError(t, json.Unmarshal(m.Data, &p))
		}
		entries, _, err := w.store.Audit.AuditLog(t.Context(), ledger.AuditFilter{Table: "reports", Limit: 500})
		require.NoError(t, err)
		require.NotEmpty(t, entries)
		require.Equal(t, "report.downloaded", entries[0].Action)
		require.Equal(t, "report.requested", entries[len(entries)-1].Action)
	})
}

func TestWhoMayAskForReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 0)
	r := newReportsAPI(t, w)
	jkt, mks := w.branches[0].ID, w.branches[1].ID
	one, two, three := w.people[0].ID, w.people[1].ID, w.people[2].ID
	who := []string{"admin", "cabang", "jkt-1", "ops"}
	for _, c := range []struct {
		body string
		want [4]int
	}{
		{fmt.Sprintf(`"kind":"monthly","branch_id":%d,"month":"2026-10"`, jkt), [4]int{202, 202, 403, 403}},
		{fmt.Sprintf(`"kind":"monthly","branch_id":%d,"month":"2026-10"`, mks), [4]int{202, 404, 403, 403}},
		{`"kind":"monthly","branch_id":99999,"month":"2026-10"`, [4]int{404, 404, 403, 403}},
		{`"kind":"monthly","month":"2026-10"`, [4]int{422, 422, 403, 403}},
		{`"kind":"lateness","from":"2026-10-01","to":"2026-10-02"`, [4]int{202, 422, 403, 403}},
		{fmt.Sprintf(`"kind":"overtime","branch_id":%d,"from":"2026-10-01","to":"2026-10-02"`, mks),
			[4]int{202, 404, 403, 403}},
		{fmt.Sprintf(`"kind":"individual","employee_id":%d,"month":"2026-10"`, one), [4]int{202, 202, 202, 403}},
		{fmt.Sprintf(`"kind":"individual","employee_id":%d,"month":"2026-10"`, two), [4]int{202, 202, 404, 403}},
		{fmt.Sprintf(`"kind":"individual","employee_id":%d,"month":"2026-10"`, three), [4]int{202, 404, 404, 403}},
		{fmt.Sprintf(`"kind":"individual","employee_id":%d,"branch_id":%d,"month":"2026-10"`, one, mks),
			[4]int{404, 404, 202, 403}},
		{`"kind":"individual","employee_id":99999,"month":"2026-10"`, [4]int{404, 404, 404, 403}},
		{`"kind":"individual","month":"2026-10"`, [4]int{422, 422, 202, 403}},
	} {
		for i, name := range who {
			got := w.send(0, "POST", "/api/reports", name, `{"format":"csv",`+c.body+`}`)
			require.Equal(t, c.want[i], got.status, "%s as %s: %s", c.body, name, got.raw)
			if got.status == 202 { // nobody waits for more than a few at a time
				require.Equal(t, 200,
					w.send(0, "POST", fmt.Sprintf("/api/reports/%v/cancel", got.json["id"]), name, nil).status)
			}
		}
		require.Equal(t, 401, w.send(0, "POST", "/api/reports", "", `{"format":"csv",`+c.body+`}`).status)
	}

	// Progress is told on the channel of the account that asked.
	users, _, err := w.store.Users.Users(t.Context(), accounts.UserFilter{Query: "cabang"})
	require.NoError(t, err)
	for i, want := range [4]int{403, 200, 403, 403} {
		body := fmt.Sprintf("socket_id=12.34&channel_name=private-user.%d", users[0].ID)
		require.Equal(t, want,
			w.send(0, "POST", "/broadcasting/auth", who[i], body,
				"Content-Type: application/x-www-form-urlencoded").status, who[i])
	}

	// Each of these is done, and seen by whom it should be.
	ids := map[string]string{}
	for name, body := range map[string]map[string]any{
		"admin":  {"kind": "monthly", "format": "csv", "branch_id": jkt, "month": "2026-10"},
		"cabang": {"kind": "overtime", "format": "csv", "branch_id": jkt, "month": "2026-10"},
		"jkt-1":  {"kind": "individual", "format": "csv", "month": "2026-10"},
	} {
		asked := w.send(0, "POST", "/api/reports", name, body)
		require.Equal(t, 202, asked.status, asked.raw)
		ids[name] = fmt.Sprint(asked.json["id"])
	}
	r.work()
	for owner, want := range map[string][4]int{"admin": {200, 404, 404, 403}, "cabang": {200, 200, 404, 403},
		"jkt-1": {200, 404, 200, 403}} {
		for i, name := range who {
			for _, path := range []string{"", "/file"} {
				got := w.send(0, "GET", "/api/reports/"+ids[owner]+path, name, nil)
				require.Equal(t, want[i], got.status, "%s's%s as %s: %s", owner, path, name, got.raw)
			}
			cancel := map[int]int{200: 409, 404: 404, 403: 403}[want[i]]
			require.Equal(t, cancel, w.send(0, "POST", "/api/reports/"+ids[owner]+"/cancel", name, nil).status)
		}
	}
	for name, most := range map[string]int{"cabang": 500, "jkt-1": 500, "admin": 2} {
		seen, cursor := 0, ""
		for {
			page := w.send(0, "GET", fmt.Sprintf("/api/reports?limit=%d&cursor=%s", most, cursor), name, nil)
			require.Equal(t, 200, page.status, page.raw)
			require.LessOrEqual(t, len(page.items()), most)
			for _, item := range page.items() {
				seen++
				require.True(t, name == "admin" || item["user_name"] == name, item)
			}
			if cursor, _ = page.json["next_cursor"].(string); cursor == "" {
				break
			}
		}
		require.Greater(t, seen, 2, name)
	}
	require.Equal(t, 403, w.send(0, "GET", "/api/reports", "ops", nil).status)

	// Who loses a branch loses its reports.
	_, err = w.store.Users.UpdateUser(t.Context(), ledger.Actor{}, users[0].ID,
		func(u *account.User) error { u.BranchIDs = []int64{mks}; return nil })
	require.NoError(t, err)
	fresh := w.node(api.Options{})
	w.nodes[0] = fresh
	require.Equal(t, 404, w.send(0, "GET", "/api/reports/"+ids["cabang"]+"/file", "cabang", nil).status)
	require.Empty(t, w.send(0, "GET", "/api/reports", "cabang", nil).items())
}

func TestStrangeReports(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		r := newReportsAPI(t, w)
		jkt := w.branches[0].ID
		ok := func(more string) string {
			return fmt.Sprintf(`{"kind":"lateness","format":"csv","branch_id":%d%s}`, jkt, more)
		}
		for body, status := range map[string]int{
			``: 400, `{`: 400, `[]`: 422, `{}`: 422, `null`: 422,
			ok(``): 422, ok(`,"from":"2026-10-01"`): 422, ok(`,"to":"2026-10-01"`): 422,
			ok(`,"from":"2026-10-02","to":"2026-10-01"`): 422, ok(`,"from":"2025-10-01","to":"2026-10-02"`): 422,
			ok(`,"from":"yesterday","to":"2026-10-02"`): 422, ok(`,"from":"0001-01-01","to":"0001-01-02"`): 422,
			ok(`,"month":"2026-13"`): 422, ok(`,"month":"0000-01"`): 422, ok(`,"month":"26-1"`): 422,
			ok(`,"month":"2026-10-1"`):               422,
			ok(`,"month":"2026-10","employee_id":1`): 422, ok(`,"month":"2026-10","locale":"fr"`): 422,
			`{"kind":"lateness","format":"csv","month":"2026-10","branch_id":-1}`:                  422,
			`{"kind":"lateness","format":"csv","month":"2026-10","branch_id":9223372036854775807}`: 404,
			`{"kind":"everything","format":"csv","month":"2026-10"}`:                               422,
			`{"kind":"lateness","format":"exe","month":"2026-10"}`:                                 422,
			fmt.Sprintf(`{"kind":"monthly","format":"csv","branch_id":%d,"from":"2026-10-01","to":"2026-10-30"}`,
				jkt): 422,
		} {
			got := w.send(0, "POST", "/api/reports", "admin", body)
			require.Equal(t, status, got.status, "%s: %s", body, got.raw)
		}
		for _, id := range []string{"0", "-1", "x", "999999", "9223372036854775807", "99999999999999999999"} {
			for _, path := range []string{"", "/file"} {
				got := w.send(0, "GET", "/api/reports/"+id+path, "admin", nil)
				require.Contains(t, []int{404, 422}, got.status, id)
			}
			require.Contains(t, []int{404, 422}, w.send(0, "POST", "/api/reports/"+id+"/cancel", "admin", nil).status)
		}
		require.Equal(t, 422, w.send(0, "GET", "/api/reports?cursor=rubbish", "admin", nil).status)

		// A report that was cancelled before its task began is left alone by it.
		asked := w.send(0, "POST", "/api/reports", "admin", ok(`,"month":"2026-10"`))
		path := fmt.Sprintf("/api/reports/%v", asked.json["id"])
		cancelled := w.send(1, "POST", path+"/cancel", "admin", nil)
		require.Equal(t, 200, cancelled.status, cancelled.raw)
		require.Equal(t, "cancelled", cancelled.json["state"])
		require.Equal(t, 409, w.send(0, "POST", path+"/cancel", "admin", nil).status)
		r.work()
		require.Equal(t, "cancelled", w.send(0, "GET", path, "admin", nil).json["state"])
		require.Equal(t, 404, w.send(0, "GET", path+"/file", "admin", nil).status)

		// Nobody fills the queue alone.
		for range 10 {
			require.Equal(t, 202, w.send(0, "POST", "/api/reports", "admin", ok(`,"month":"2026-10"`)).status)
		}
		require.Equal(t, 429, w.send(0, "POST", "/api/reports", "admin", ok(`,"month":"2026-10"`)).status)
		require.Equal(t, 202, w.send(0, "POST", "/api/reports", "cabang", ok(`,"month":"2026-10"`)).status)
		r.work()

		// Files expire.
		asked = w.send(0, "POST", "/api/reports", "admin", ok(`,"month":"2026-10"`))
		r.work()
		path = fmt.Sprintf("/api/reports/%v", asked.json["id"])
		require.Equal(t, 200, w.send(0, "GET", path+"/file", "admin", nil).status)
		n, err := w.store.Reports.ExpireReports(t.Context(), 100)
		require.NoError(t, err)
		require.Zero(t, n)
		w.clock.Advance(8 * 24 * time.Hour)
		n, err = w.store.Reports.ExpireReports(t.Context(), 5)
		require.NoError(t, err)
		require.Equal(t, 5, n)
		n, err = w.store.Reports.ExpireReports(t.Context(), 100)
		require.NoError(t, err)
		require.Equal(t, 7, n)
		id := int64(asked.json["id"].(float64))
		over, err := w.store.Reports.Report(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, reports.ReportExpired, over.State)
		_, err = w.store.Reports.ReportChunk(t.Context(), id, 0)
		require.Equal(t, attendance.CodeNotFound, attendance.CodeOf(err), "the file is gone, the row stays")
	})
}
