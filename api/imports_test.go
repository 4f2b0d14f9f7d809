package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

const csvType = "Content-Type: text/csv"

// upload previews a file of employees.
func (w *world) upload(as, file string, header ...string) reply {
	w.t.Helper()
	return w.send(0, "POST", "/api/employees/imports?name=karyawan.csv", as, file, append(header, csvType)...)
}

func importPath(r reply) string { return fmt.Sprintf("/api/employees/imports/%.0f", r.json["id"]) }

// count makes a number of an answer comparable.
func (r reply) count(name string) int { n, _ := r.json[name].(float64); return int(n) }

func (r reply) list(name string) []map[string]any {
	list, _ := r.json[name].([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = list[i].(map[string]any)
	}
	return out
}

const staff = "\uFEFFNIK;Nama;Cabang;Jabatan;Ukuran\r\nJKT-1;Orang 1;JKT;;40\r\nJKT-2;Orang " +
	"Dua;JKT;Kasir;41\r\nJKT-7;Baru;JKT;;\r\nJKT-8;;JKT;;\r\nMKS-3;Orang " +
	"3;MKS;;\r\nMKS-9;Lain;JKT;;\r\nMKS-9;Lain;JKT;;\r\n"

// A preview tells what would happen and writes nothing; starting it leaves one task, however often.
func TestAnImportIsPreviewedAndStarted(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		r := w.upload("admin", staff)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{7, 2, 1, 2, 2},
			[]int{r.count("lines"), r.count("created"), r.count("updated"), r.count("unchanged"), r.count("rejected")},
			r.raw)
		require.Equal(t, "preview", r.json["state"])
		require.Equal(t, "karyawan.csv", r.json["file_name"])
		require.Equal(t, true, r.json["may_proceed"])
		require.Equal(t, []any{"Ukuran"}, r.json["ignored"])
		changes := r.list("changes")
		require.Len(t, changes, 3)
		require.Equal(t, map[string]any{"line": 3.0, "number": "JKT-2", "name": "Orang Dua", "what": "updated",
			"changed": []any{"name", "position"}}, changes[0])
		refused := r.list("refused")
		require.Len(t, refused, 2)
		require.Equal(t, 5.0, refused[0]["line"])
		require.Equal(t, "missing_value", refused[0]["code"])
		require.Equal(t, "duplicate_number", refused[1]["code"])
		found, err := w.store.Employees.EmployeesByNumber(t.Context(), []string{"JKT-7", "JKT-2"})
		require.NoError(t, err)
		require.Len(t, found, 1, "a preview writes nothing")
		require.Equal(t, "Orang 2", found["JKT-2"].Name)

		path := importPath(r)
		for range 2 {
			started := w.send(0, "POST", path+"/start", "admin", nil)
			require.Equal(t, http.StatusAccepted, started.status, started.raw)
			require.Equal(t, "queued", started.json["state"])
			require.Zero(t, started.count("created"), "counted again by the task")
		}
		w.clock.Advance(time.Minute)
		rows, err := w.store.Outbox.ClaimOutbox(t.Context(), w.clock.Now(), w.clock.Now().Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, task.ImportEmployees, rows[0].Kind)

		got := w.send(0, "GET", path, "admin", nil)
		require.Equal(t, http.StatusOK, got.status, got.raw)
		require.Equal(t, 7, got.count("lines"))

		// The next preview of the same user leaves the one before: somebody may look at two files at once.
		first := w.upload("admin", staff)
		second := w.upload("admin", staff)
		require.Equal(t, http.StatusOK, w.send(0, "GET", importPath(first), "admin", nil).status)
		require.Equal(t, http.StatusOK, w.send(0, "GET", importPath(second), "admin", nil).status)
		require.Equal(t, http.StatusOK, w.send(0, "GET", path, "admin", nil).status)
		errors := w.send(0, "GET", importPath(second)+"/errors?language=en", "admin", nil)
		require.Equal(t, http.StatusOK, errors.status)
		require.Contains(t, errors.header.Get("Content-Disposition"), "attachment")
		require.Equal(t, "\uFEFFline,reason,text,code\r\n5,the value of name is missing,JKT-8;;JKT;;,missing_value\r\n"+
			"8,the number was on an earlier line: 7,MKS-9;Lain;JKT;;,duplicate_number\r\n", errors.raw)
		errors = w.send(0, "GET", importPath(second)+"/errors", "admin", nil)
		require.Contains(t, errors.raw, "\uFEFFbaris,alasan,isi,kode\r\n5,", "in the language asked for")
	})
}

// A branch admin's lines about other branches are refused, whether the file or the database says so.
func TestABranchAdminImportsTheOwnBranchesOnly(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		r := w.upload("cabang", staff+"MKS-3;Orang 3;JKT;;\r\n", "Accept-Language: en")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		codes := map[float64]any{}
		for _, line := range r.list("refused") {
			codes[line["line"].(float64)] = line["code"]
		}
		require.Equal(t, map[float64]any{5: "missing_value", 6: "foreign_branch", 8: "duplicate_number",
			9: "other_branch"}, codes, r.raw)
		require.Equal(t, []int{2, 1, 1}, []int{r.count("created"), r.count("updated"), r.count("unchanged")})
	})
}

// Every role on an own and on somebody else's import.
func TestWhoMayImportEmployees(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		theirs := map[string]string{"admin": importPath(w.upload("cabang", staff)),
			"cabang": importPath(w.upload("admin", staff))}
		for _, name := range []string{"admin", "cabang"} {
			own := w.upload(name, staff)
			require.Equal(t, http.StatusCreated, own.status, own.raw)
			for _, c := range []struct {
				method, suffix string
				want           int
			}{{"GET", "", 200}, {"GET", "/errors", 200}, {"POST", "/start", 202}} {
				require.Equal(t, c.want, w.send(0, c.method, importPath(own)+c.suffix, name, nil).status)
				require.Equal(t, http.StatusNotFound, w.send(0, c.method, theirs[name]+c.suffix, name, nil).status)
				require.Equal(t, http.StatusNotFound,
					w.send(0, c.method, "/api/employees/imports/424242"+c.suffix, name, nil).status)
			}
		}
		own := importPath(w.upload("admin", staff))
		for name, want := range map[string]int{"ops": 403, "jkt-1": 403, "mks-3": 403, "": 401} {
			require.Equal(t, want, w.upload(name, staff).status, name)
			require.Equal(t, want, w.send(0, "GET", own, name, nil).status, name)
			require.Equal(t, want, w.send(0, "GET", own+"/errors", name, nil).status, name)
			require.Equal(t, want, w.send(0, "POST", own+"/start", name, nil).status, name)
		}
	})
}

func TestRubbishFilesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	for name, c := range map[string]struct {
		file, says string
		want       int
	}{
		"UTF-16":         {"\xff\xfen\x00", "UTF-16", 422},
		"workbook":       {"PK\x03\x04", "buku kerja", 422},
		"no columns":     {"a,b,c\n1,2,3\n", "tidak memuat kolom number", 422},
		"blank":          {"\n\n", `"field":"file","message":"Berkas kosong."`, 422},
		"of no bytes":    {"", `"field":"file","message":"Berkas kosong."`, 422},
		"too many lines": {"number,name,branch\n" + strings.Repeat("1,2,JKT\n", 50_001), "50.000", 422},
		"too large":      {strings.Repeat("x", 5<<20+1), "", 413},
	} {
		r := w.upload("admin", c.file)
		require.Equal(t, c.want, r.status, "%s: %s", name, r.raw)
		require.Contains(t, r.raw, c.says, name)
	}
	require.Contains(t, w.upload("admin", "\n", "Accept-Language: en").raw, "The file is empty.")
	r := w.send(0, "POST", "/api/employees/imports?name=..%2Fx%5Cy.csv", "admin", staff, csvType)
	require.Equal(t, http.StatusCreated, r.status, r.raw)
	require.Equal(t, "y.csv", r.json["file_name"])
	for _, body := range []any{nil, "", "{}", "number,name,branch\n"} {
		require.Less(t, w.send(0, "POST", "/api/employees/imports", "admin", body).status, 500)
	}
	for _, path := range []string{"/x", "/-1", "/0", "/99999999999999999999", "/1/errors?language=xx"} {
		status := w.send(0, "GET", "/api/employees/imports"+path, "admin", nil).status
		require.True(t, status == 404 || status == 422, "%s: %d", path, status)
	}
	none := w.upload("admin", "number,name,branch\nJKT-1,Orang 1,JKT\n")
	require.Equal(t, false, none.json["may_proceed"], "nothing to write")
	require.Equal(t, attendance.EmployeeActive, w.people[0].Status)
}

func TestOnlyTheAccountHearsOfItsImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	id := w.send(0, "GET", "/api/me", "cabang", nil).json["user"].(map[string]any)["id"]
	channel := fmt.Sprintf(`{"socket_id":"1.2","channel_name":"private-user.%.0f"}`, id)
	require.Equal(t, http.StatusOK, w.send(0, "POST", "/broadcasting/auth", "cabang", channel).status)
	require.Equal(t, http.StatusForbidden, w.send(0, "POST", "/broadcasting/auth", "admin", channel).status)
}

// One administrator may look at several files at once and start each; only a long row of them makes room.
func TestTwoUploadsByOneAdministrator(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		ids := func(n int) (out []float64) {
			var wg sync.WaitGroup
			got := make([]reply, n)
			for i := range n {
				wg.Go(func() { got[i] = w.upload("admin", fmt.Sprintf("number,name,branch\nB-%d,Orang,JKT\n", i)) })
			}
			wg.Wait()
			for _, r := range got {
				require.Equal(t, 201, r.status, r.raw)
				out = append(out, r.json["id"].(float64))
			}
			return out
		}
		for _, id := range ids(2) {
			r := w.send(0, "POST", fmt.Sprintf("/api/employees/imports/%d/start", int64(id)), "admin", nil)
			require.Equal(t, 202, r.status, r.raw)
		}
		var all []float64
		for range 7 {
			all = append(all, ids(1)...)
		}
		for i, id := range all {
			path := fmt.Sprintf("/api/employees/imports/%d", int64(id))
			if i >= 2 {
				require.Equal(t, 200, w.send(0, "GET", path, "admin", nil).status, i)
				continue
			}
			require.Equal(t, 404, w.send(0, "GET", path, "cabang", nil).status, "others' are as good as missing")
			for _, r := range []reply{w.send(0, "GET", path, "admin", nil),
				w.send(0, "GET", path+"/errors", "admin", nil),
				w.send(0, "POST", path+"/start", "admin", nil, "Accept-Language: id")} {
				require.Equal(t, 410, r.status, r.raw)
				require.Equal(t, "file_displaced", r.code())
				require.Contains(t, r.json["detail"], "Unggah lagi.")
			}
			r := w.send(0, "POST", path+"/start", "admin", nil, "Accept-Language: en")
			require.Contains(t, r.json["detail"], "Upload it again.")
		}
		for _, id := range all[2:] {
			r := w.send(0, "POST", fmt.Sprintf("/api/employees/imports/%d/start", int64(id)), "admin", nil)
			require.Equal(t, 202, r.status, r.raw)
		}
	})
}
