package api_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// uploadPunches previews a file of punches; query begins with & or is empty.
func (w *world) uploadPunches(as, file, query string, header ...string) reply {
	w.t.Helper()
	return w.send(0, "POST", "/api/punches/imports?name=mesin.dat"+query, as, file, append(header, csvType)...)
}

const attlog = "1\t2026-11-20 07:58:01\t1\t0\t1\t0\n1\t2026-11-20 17:02:00\t1\t1\t1\t0\n2\t2026-11-20 " +
	"08:30:00\t1\t0\t1\t0\n9\t2026-11-20 08:30:00\t1\t0\t1\t0\n2\t2030-01-01 08:00:00\t1\t0\t1\t0\n"

// A preview of punches writes none; a branch admin's file may hold the own people only; each kind has its own address.
func TestPunchesArePreviewed(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		r := w.uploadPunches("cabang", attlog, "&pin_format="+url.QueryEscape("JKT-%s")+"&device=Gerbang")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{5, 3, 2}, []int{r.count("lines"), r.count("created"), r.count("rejected")}, r.raw)
		require.Equal(t, "punches", r.json["kind"])
		changes := r.list("changes")
		require.Len(t, changes, 3)
		require.Equal(t, map[string]any{"line": 1.0, "number": "JKT-1", "name": "Orang 1", "what": "created",
			"at": "2026-11-20T00:58:01Z", "zone": "Asia/Jakarta", "direction": "in"}, changes[0])
		refused := r.list("refused")
		require.Equal(t, "unknown_employee", refused[0]["code"])
		require.Equal(t, "time_in_future", refused[1]["code"])
		ps, err := w.store.Days.Punches(t.Context(), w.people[0].ID, time.Time{}, start)
		require.NoError(t, err)
		require.Empty(t, ps)

		id := importPath(r)[len("/api/employees/imports/"):]
		path := "/api/punches/imports/" + id
		require.Equal(t, http.StatusNotFound,
			w.send(0, "POST", "/api/employees/imports/"+id+"/start", "cabang", nil).status)
		require.Equal(t, http.StatusNotFound, w.send(0, "POST", path+"/start", "admin", nil).status, "somebody else's")
		for range 2 {
			require.Equal(t, http.StatusAccepted, w.send(0, "POST", path+"/start", "cabang", nil).status)
		}
		w.clock.Advance(time.Minute)
		rows, err := w.store.Outbox.ClaimOutbox(t.Context(), w.clock.Now(), w.clock.Now().Add(time.Minute), 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, task.ImportPunches, rows[0].Kind)

		other := w.uploadPunches("cabang", "number,time,direction\nMKS-3,2026-11-20 08:00:00,in\n", "")
		require.Equal(t, "other_branch", other.list("refused")[0]["code"], other.raw)
		require.Equal(t, false, other.json["may_proceed"])
		require.Equal(t, "other_branch",
			w.uploadPunches("cabang", "number,time,direction\nMKS-3,2026-11-20 08:00:00,in\n",
				"&zone=UTC").list("refused")[0]["code"])
		twice := "number,time,direction\nMKS-3,2026-11-20 08:00:00,in\nMKS-3,2026-11-20 08:00:00,in\n"
		again := w.uploadPunches("admin", twice, "")
		require.Equal(t, []int{1, 1}, []int{again.count("created"), again.count("unchanged")}, again.raw)
	})
}

func TestWhoMayImportPunches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	for name, want := range map[string]int{"admin": 201, "cabang": 201, "ops": 403, "jkt-1": 403, "": 401} {
		require.Equal(t, want, w.uploadPunches(name, attlog, "").status, name)
	}
	for name, c := range map[string]struct{ file, query string }{
		"UTF-16": {"\xff\xfen\x00", ""}, "empty": {"\n", ""}, "no bytes": {"", ""}, "no columns": {"a,b\n1,2\n", ""},
		"a zone": {attlog, "&zone=Mars/Base"}, "the node's zone": {attlog, "&zone=Local"},
		"a PIN format": {attlog, "&pin_format=%25d"}, "a format": {attlog, "&format=xlsx"},
		"a device": {attlog, "&device=%00"},
	} {
		r := w.uploadPunches("admin", c.file, c.query)
		require.Equal(t, http.StatusUnprocessableEntity, r.status, "%s: %s", name, r.raw)
	}
}
