package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two administrators have the same thing open: the second to save is told, and nothing of the first one's is lost.
func TestTwoAdministratorsAtOnce(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		for _, c := range []struct {
			list string
			made map[string]any
			one  map[string]any // what the first changes
			two  map[string]any // what the second would
		}{
			{"/api/branches", map[string]any{"code": "SBY", "name": "Surabaya", "zone": "Asia/Jakarta"},
				map[string]any{"name": "Surabaya Timur"}, map[string]any{"name": "Surabaya Barat"}},
			{"/api/shifts", map[string]any{"code": "SIANG", "name": "Siang", "start": "12:00", "end": "20:00"},
				map[string]any{"start": "13:00"}, map[string]any{"start": "11:00"}},
			{"/api/holidays", map[string]any{"date": "2026-12-25", "name": "Natal", "scope": "company"},
				map[string]any{"name": "Hari Natal"}, map[string]any{"name": "Natal 2026"}},
			{"/api/users", map[string]any{"login": "ops2@contoh.id", "name": "Operator", "role": "ops",
				"password": "sepuluh-lebih"}, map[string]any{"name": "Operator Dua"}, map[string]any{"locale": "en"}},
			{"/api/webhooks", map[string]any{"url": "https://contoh.id/hook", "kinds": []string{"recap.ready"}},
				map[string]any{"description": "Gaji"}, map[string]any{"active": false}},
		} {
			made := w.send(0, "POST", c.list, "admin", c.made)
			require.Equal(t, http.StatusCreated, made.status, made.raw)
			id := made.json["id"]
			find := func(node int) map[string]any {
				r := w.send(node, "GET", c.list+"?year=2026", "admin", nil)
				require.Equal(t, http.StatusOK, r.status, r.raw)
				for _, item := range r.items() {
					if item["id"] == id {
						return item
					}
				}
				t.Fatalf("%s has no %v: %s", c.list, id, r.raw)
				return nil
			}
			read := find(0)
			version := read["version"]
			require.NotEmpty(t, version, c.list)
			require.Equal(t, version, find(1)["version"], "the nodes agree")
			path := fmt.Sprintf("%s/%.0f", c.list, id)
			change := func(node int, version any, what map[string]any) reply {
				body := map[string]any{"version": version}
				for k, v := range what {
					body[k] = v
				}
				return w.send(node, "PATCH", path, "admin", body)
			}
			first := change(0, version, c.one)
			require.Equal(t, http.StatusOK, first.status, first.raw)
			second := change(1, version, c.two)
			require.Equal(t, http.StatusConflict, second.status, second.raw)
			require.Equal(t, "stale", second.json["code"])
			require.Contains(t, second.json["detail"], "Orang lain baru saja mengubah data ini")
			now := find(1)
			for k, v := range c.one {
				require.Equal(t, v, now[k], "%s: the first one's change stands", c.list)
			}
			require.Equal(t, first.json["version"], now["version"],
				"%s: the answer to a change has the version of the next", c.list)
			require.NotEqual(t, version, now["version"])
			require.Equal(t, http.StatusOK, change(1, now["version"], c.two).status, "having seen it")
			require.Equal(t, http.StatusOK, w.send(0, "PATCH", path, "admin", c.one).status, "not minding")
		}
	})
}
