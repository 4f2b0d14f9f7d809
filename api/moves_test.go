package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// Every role on moves between the own and another branch.
func TestWhoMayMoveEmployees(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		w.token["kedua"] = w.session(
			account.User{Login: "kedua", Role: account.RoleBranchAdmin, BranchIDs: []int64{jkt, mks}})
		w.token["diri"] = w.session(
			account.User{Login: "diri", Role: account.RoleBranchAdmin, BranchIDs: []int64{jkt, mks},
				EmployeeID: w.people[0].ID})
		one, three := fmt.Sprintf("/api/employees/%d/moves", w.people[0].ID),
			fmt.Sprintf("/api/employees/%d/moves", w.people[2].ID)
		who := []string{"admin", "kedua", "cabang", "diri", "jkt-1", "mks-3", "ops"}
		day := 1
		for _, c := range []struct {
			path string
			to   int64
			want [7]int
		}{
			{one, mks, [7]int{201, 201, 404, 403, 403, 403, 403}},
			{three, jkt, [7]int{201, 201, 404, 201, 403, 403, 403}},
			{one, 424242, [7]int{422, 404, 404, 403, 403, 403, 403}},
			{"/api/employees/424242/moves", jkt, [7]int{404, 404, 404, 404, 403, 403, 403}},
		} {
			for i, name := range who {
				day++
				from := fmt.Sprintf("2026-12-%02d", day)
				body := map[string]any{"from": from, "branch_id": c.to, "reason": "mutasi"}
				r := w.send(0, "POST", c.path, name, body)
				require.Equal(t, c.want[i], r.status, "%s to %d as %s: %s", c.path, c.to, name, r.raw)
				if r.status != http.StatusCreated {
					continue
				}
				for j, other := range who {
					want := map[int]int{2: 404, 4: 403, 5: 403, 6: 403}[j]
					if other == "diri" && c.path == one {
						want = 403
					}
					if want != 0 {
						require.Equal(t, want, w.send(0, "DELETE", c.path+"/"+from, other, nil).status,
							"taking back as %s", other)
					}
				}
				require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", c.path+"/"+from, name, nil).status)
				require.Equal(t, http.StatusNotFound, w.send(0, "DELETE", c.path+"/"+from, name, nil).status,
					"it is gone")
			}
			require.Equal(t, http.StatusUnauthorized, w.send(0, "POST", c.path, "", map[string]any{}).status)
		}
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

// A move over the API, seen from both branches.
func TestAMoveOverTheAPI(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		w.token["makassar"] = w.session(
			account.User{Login: "makassar", Role: account.RoleBranchAdmin, BranchIDs: []int64{mks}})
		require.Equal(t, 201, w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil).status)
		id := w.people[0].ID
		path := fmt.Sprintf("/api/employees/%d", id)
		version := w.employee(id)["version"]
		move := func(body map[string]any) reply { return w.send(0, "POST", path+"/moves", "admin", body) }
		for name, body := range map[string]map[string]any{
			"no date":       {"branch_id": mks, "reason": "x"},
			"no reason":     {"branch_id": mks, "from": "2026-12-01"},
			"a blank one":   {"branch_id": mks, "from": "2026-12-01", "reason": " "},
			"no branch":     {"from": "2026-12-01", "reason": "x"},
			"long ago":      {"branch_id": mks, "from": "2025-11-01", "reason": "x"},
			"no such date":  {"branch_id": mks, "from": "2026-02-30", "reason": "x"},
			"unknown field": {"branch_id": mks, "from": "2026-12-01", "reason": "x", "salary": 1},
		} {
			require.Equal(t, 422, move(body).status, name)
		}
		require.Equal(t, "conflict", move(map[string]any{"branch_id": jkt, "from": "2026-12-01", "reason": "x"}).code(),
			"there already")
		require.Equal(t, "stale",
			move(map[string]any{"branch_id": mks, "from": "2026-12-01", "reason": "x", "version": "0000"}).code())

		r := move(map[string]any{"branch_id": mks, "from": "2026-12-01", "department": "Gudang", "reason": "mutasi",
			"version": version})
		require.Equal(t, 201, r.status, r.raw)
		require.EqualValues(t, jkt, r.json["branch_id"], "it has not begun")
		all := r.json["employments"].([]any)
		require.Len(t, all, 2)
		require.Equal(t, "1900-01-01", all[0].(map[string]any)["from"])
		require.Equal(t, "Gudang", all[1].(map[string]any)["department"])

		// From yesterday: today's day is the new branch's, those before it are not.
		r = move(map[string]any{"branch_id": mks, "from": "2026-11-22", "reason": "mutasi"})
		require.Equal(t, 201, r.status, r.raw)
		require.EqualValues(t, mks, r.json["branch_id"])
		require.Equal(t, 409, w.send(0, "DELETE", path+"/moves/2026-11-22", "admin", nil).status, "it has begun")
		for date, want := range map[string][2]int{"2026-11-20": {200, 404}, "2026-11-24": {404, 200}} {
			for i, name := range []string{"cabang", "makassar"} {
				day := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/%s", id, date), name, nil)
				require.Equal(t, want[i], day.status, "%s as %s: %s", date, name, day.raw)
				if day.status == 200 {
					shown := day.json["day"].(map[string]any)
					require.Equal(t, map[string]string{"cabang": "JKT", "makassar": "MKS"}[name], shown["branch_code"])
				}
			}
		}
		require.Equal(t, 404, w.send(0, "GET", path, "cabang", nil).status)
		require.Equal(t, 200, w.send(0, "GET", path, "makassar", nil).status)

		// A correction of an old date is read on the old branch's clocks, and seen there.
		q := w.send(0, "POST", "/api/corrections", "admin",
			map[string]any{"employee_id": id, "work_date": "2026-11-20", "time": "17:05", "direction": "out",
				"reason": "lupa"})
		require.Equal(t, 201, q.status, q.raw)
		require.Equal(t, "2026-11-20T10:05:00Z", q.json["occurred_at"])
		require.EqualValues(t, jkt, q.json["branch_id"])
		require.Len(t, w.send(0, "GET", "/api/corrections", "cabang", nil).items(), 1)
		require.Empty(t, w.send(0, "GET", "/api/corrections", "makassar", nil).items())
		require.Equal(t, 200, w.send(0, "POST", fmt.Sprintf("/api/corrections/%v/approve", q.json["id"]), "cabang",
			map[string]any{}).status)
	})
}

// Who changes an employee has seen the moves that somebody else ordered meanwhile.
func TestAMoveMakesTheVersionThatWasReadStale(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		path := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		read := w.employee(w.people[0].ID)["version"]
		moves := func(from string, version any) reply {
			return w.send(0, "POST", path+"/moves", "admin",
				map[string]any{"from": from, "branch_id": w.branches[1].ID, "reason": "x", "version": version})
		}
		require.Equal(t, 201, moves("2026-12-01", read).status)
		require.Equal(t, "stale", moves("2026-12-15", read).code())
		rename := func(version any) reply {
			return w.send(0, "PATCH", path, "admin", map[string]any{"name": "Nama Baru", "version": version})
		}
		require.Equal(t, "stale", rename(read).code())
		require.Equal(t, 200, rename(w.employee(w.people[0].ID)["version"]).status)
	})
}

// Another branch by PATCH holds from tomorrow for somebody who is at work, and takes that date from the branch which
// has it by then, not from today's.
func TestAChangeOfBranchTakesNoDatesFromForeignBranches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks, id := w.branches[0].ID, w.branches[1].ID, w.people[0].ID
		bdg := w.send(0, "POST", "/api/branches", "admin",
			map[string]any{"code": "BDG", "name": "Bandung", "zone": "Asia/Jakarta"})
		require.Equal(t, 201, bdg.status, bdg.raw)
		third := int64(bdg.json["id"].(float64))
		w.token["dua"] = w.session(
			account.User{Login: "dua", Role: account.RoleBranchAdmin, BranchIDs: []int64{jkt, third}})
		require.Equal(t, 201, w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil).status)
		path := fmt.Sprintf("/api/employees/%d", id)
		today := w.employee(id)["employments"]
		require.Equal(t, 201, w.send(0, "POST", path+"/moves", "admin",
			map[string]any{"from": "2026-11-24", "branch_id": mks, "reason": "x"}).status, "from tomorrow")
		change := func(who string) reply {
			return w.send(0, "PATCH", path, who,
				map[string]any{"branch_id": third, "version": w.employee(id)["version"]})
		}
		require.Equal(t, 404, change("dua").status)
		require.NotEqual(t, today, w.employee(id)["employments"])
		require.Equal(t, 200, change("admin").status)
	})
}

// A move that is undone leaves no row that says what the one before it says: a later move that takes effect earlier
// would end there.
func TestAMoveThatIsUndoneLeavesNothingBehind(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		id := w.people[0].ID
		path := fmt.Sprintf("/api/employees/%d", id)
		employments := func() (at []string) {
			for _, e := range w.employee(id)["employments"].([]any) {
				e := e.(map[string]any)
				at = append(at, fmt.Sprintf("%v: %v", e["from"], e["branch_id"]))
			}
			return at
		}
		move := func(from string, to int64) {
			t.Helper()
			r := w.send(0, "POST", path+"/moves", "admin", map[string]any{"from": from, "branch_id": to, "reason": "x"})
			require.Equal(t, 201, r.status, r.raw)
		}
		first := fmt.Sprintf("1900-01-01: %d", jkt)
		move("2026-11-10", mks)
		move("2026-11-20", jkt)
		move("2026-11-10", jkt)
		require.Equal(t, []string{first}, employments())
		move("2026-11-12", mks)
		require.Equal(t, []string{first, fmt.Sprintf("2026-11-12: %d", mks)}, employments(), "to the end")
		move("2026-11-12", jkt)
		move("2026-12-10", mks)
		move("2026-12-20", jkt)
		require.Equal(t, 204, w.send(0, "DELETE", path+"/moves/2026-12-10", "admin", nil).status)
		require.Equal(t, []string{first}, employments(), "coming back goes with the move")
	})
}

// What list, report and detail say of dates that nobody closed, and of those outside employment.
func TestDatesThatNobodyClosed(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		closed := attendance.NewDate(2026, 11, 19)
		_, err := w.store.Days.CloseDays(t.Context(), w.branches[0].ID, closed)
		require.NoError(t, err)
		_, _, err = w.store.Recaps.Recap(t.Context(), w.branches[0].ID, closed, false)
		require.NoError(t, err)
		left := attendance.NewDate(2026, 11, 20)
		w.people[1].LeftOn = &left
		_, err = w.store.Employees.UpsertEmployees(t.Context(), w.people[1:2])
		require.NoError(t, err)
		for _, c := range []struct {
			person             int
			date, status, says string
		}{{0, "2026-11-18", "pending", "uncovered"}, {0, "2026-11-19", "absent", "no_punch"},
			{0, "2026-11-20", "absent", "no_punch"}, {0, "2026-11-22", "day_off", "day_off"},
			{1, "2026-11-20", "absent", "no_punch"}, {1, "2026-11-23", "day_off", "not_employed"}} {
			r := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/%s", w.people[c.person].ID, c.date), "admin", nil)
			require.Equal(t, 200, r.status, r.raw)
			require.Equal(t, c.status, r.json["day"].(map[string]any)["status"], "%s: %s", c.date, r.raw)
			require.Contains(t, r.raw, `"code":"`+c.says+`"`, c.date)
		}
	})
}

// The preview of a file asks what a move over the API would be asked.
func TestAPreviewOfAMove(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		path := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		for _, m := range []struct {
			from   string
			branch int64
		}{{"2026-11-05", mks}, {"2026-11-12", jkt}} {
			require.Equal(t, 201, w.send(0, "POST", path+"/moves", "admin",
				map[string]any{"from": m.from, "branch_id": m.branch, "reason": "mutasi"}).status)
		}
		line := func(as, branch, from string) reply {
			t.Helper()
			r := w.upload(as, "number,name,branch,branch_from\nJKT-1,Orang 1,"+branch+","+from+"\n")
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return r
		}
		r := line("cabang", "JKT", "2026-11-08")
		require.Equal(t, 1, r.count("rejected"), "days of Makassar are not theirs: %s", r.raw)
		require.Equal(t, "foreign_dates", r.list("refused")[0]["code"])
		require.Equal(t, false, r.json["may_proceed"])
		require.Equal(t, "invalid", line("admin", "MKS", "2025-11-01").list("refused")[0]["code"])
		r = line("admin", "JKT", "2026-11-08")
		require.Equal(t, []int{1, 0}, []int{r.count("updated"), r.count("unchanged")}, r.raw)
		require.Equal(t, []any{"branch_id"}, r.list("changes")[0]["changed"])
		for length, code := range map[int]string{500: "", 501: "value_too_long"} {
			r = w.upload("admin", "nik,nama,cabang,pindah_pada,alasan\nJKT-1,Orang 1,JKT,2026-11-08,"+
				strings.Repeat("é", length)+"\n")
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.NotContains(t, r.json, "ignored", "the reason is a column")
			if code == "" {
				require.Equal(t, 1, r.count("updated"), r.raw)
			} else {
				require.Equal(t, code, r.list("refused")[0]["code"])
			}
		}
		r = line("admin", "MKS", "2026-11-06")
		require.Equal(t, []int{0, 1}, []int{r.count("updated"), r.count("unchanged")}, r.raw)

		// A department corrected now is that of the move to come, which had left it out.
		require.Equal(t, 201, w.send(0, "POST", path+"/moves", "admin",
			map[string]any{"from": "2026-12-10", "branch_id": mks, "reason": "mutasi"}).status)
		r = w.send(0, "PATCH", path, "admin",
			map[string]any{"department": "Depto", "version": w.employee(w.people[0].ID)["version"]})
		require.Equal(t, 200, r.status, r.raw)
		all := r.list("employments")
		require.Len(t, all, 4)
		require.Equal(t, "Depto", all[2]["department"])
		require.Equal(t, "Depto", all[3]["department"])
	})
}

// On the morning of a move the employee's row may still name the old branch. A correction of the department leaves the
// move as it is.
func TestACorrectionOnTheMorningOfAMove(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		id, mks := w.people[1].ID, w.branches[1].ID
		path := fmt.Sprintf("/api/employees/%d", id)
		r := w.send(0, "POST", path+"/moves", "admin",
			map[string]any{"from": "2026-11-24", "branch_id": mks, "reason": "pindah"})
		require.Equal(t, 201, r.status, r.raw)
		w.until(24, 0, 0, 20) // and nothing has begun the move yet
		r = w.send(0, "PATCH", path, "admin",
			map[string]any{"department": "Baru", "version": w.employee(id)["version"]})
		require.Equal(t, 200, r.status, r.raw)
		all := w.employee(id)["employments"].([]any)
		last := all[len(all)-1].(map[string]any)
		require.Equal(t, []any{"2026-11-24", float64(mks), "Baru"},
			[]any{last["from"], last["branch_id"], last["department"]}, all)
	})
}
