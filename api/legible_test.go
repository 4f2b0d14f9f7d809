package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

// written is a request with a text that people write.
type written struct {
	method, path, as, field string
	body                    map[string]any // without the text
	lines                   bool           // the text may have several
}

// whereTextsAreWritten are requests for every kind of text.
func (w *world) whereTextsAreWritten() []written {
	const post, patch = http.MethodPost, http.MethodPatch
	one, jkt := w.people[0].ID, w.branches[0].ID
	in := w.send(0, post, "/api/attendances/check-in", "jkt-1", nil)
	require.Equal(w.t, http.StatusCreated, in.status, in.raw)
	leave := fmt.Sprintf("/api/leave-requests/%d", w.ask("jkt-1", 0, "2026-12-21"))
	employee := fmt.Sprintf("/api/employees/%d", one)
	shift := map[string]any{"code": "BARU", "start": "08:00", "end": "16:00"}
	return []written{
		{post, "/api/attendances/check-out", "jkt-2", "note", map[string]any{}, true},
		{post, "/api/attendances/check-out", "jkt-2", "device", map[string]any{}, false},
		{post, "/api/corrections", "jkt-1", "reason", map[string]any{"work_date": "2026-11-20", "direction": "out",
			"time": "17:03"}, true},
		{post, "/api/leave-requests", "jkt-2", "reason", map[string]any{"kind": "leave", "from": "2026-12-21",
			"to": "2026-12-21"}, true},
		{post, leave + "/refuse", "admin", "note", map[string]any{}, true},
		{post, fmt.Sprintf("/api/punches/%v/void", in.json["punch"].(map[string]any)["id"]), "admin", "reason",
			map[string]any{}, true},
		{post, "/api/holidays", "admin", "name", map[string]any{"date": "2026-12-24", "scope": "company"}, false},
		{post, "/api/branches", "admin", "name", map[string]any{"code": "BARU", "zone": "Asia/Jakarta"}, false},
		{post, "/api/branches", "admin", "code", map[string]any{"name": "Baru", "zone": "Asia/Jakarta"}, false},
		{patch, fmt.Sprintf("/api/branches/%d", jkt), "admin", "name", map[string]any{}, false},
		{post, "/api/shifts", "admin", "name", shift, false},
		{post, "/api/employees", "admin", "name", map[string]any{"number": "JKT-9", "branch_id": jkt}, false},
		{post, "/api/employees", "admin", "number", map[string]any{"name": "Budi", "branch_id": jkt}, false},
		{patch, employee, "admin", "position", map[string]any{"version": w.employee(one)["version"]}, false},
		{post, employee + "/moves", "admin", "reason", map[string]any{"from": "2026-12-01",
			"branch_id": w.branches[1].ID}, true},
		{post, "/api/users", "admin", "name", map[string]any{"login": "baru", "role": "admin"}, false},
		{post, "/api/users", "admin", "login", map[string]any{"name": "Baru", "role": "admin"}, false},
		{post, "/api/me/tokens", "admin", "name", map[string]any{"scopes": []account.Scope{account.ScopesOf(
			account.RoleAdmin)[0]}}, false},
		{post, "/api/webhooks", "admin", "description", map[string]any{"url": "https://contoh.id/h",
			"kinds": []string{"recap.ready"}}, true},
		{post, fmt.Sprintf("/api/persons/%d/pseudonym", one), "admin", "reason", map[string]any{"number": "JKT-1"},
			true},
	}
}

// Every text that people write shows what it holds, wherever it is written; the answer names the field and the reason.
func TestTextsShowWhatTheyHold(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		for _, at := range w.whereTextsAreWritten() {
			send := func(text string, header ...string) reply {
				body := map[string]any{at.field: text}
				for k, v := range at.body {
					body[k] = v
				}
				return w.send(0, at.method, at.path, at.as, body, header...)
			}
			refused := []string{"a\x00b", "a\u202Eb", "a\u200Bb", "\u3164", "a\uFEFF", "a\u00ADb", "a\U000E0041",
				"a" + strings.Repeat("\u0301", 50), "a\uFFFDb", "\u2800", "a\u2800", "\u115F", "\uFFA0", "\u0301",
				"a\uE000b",
				"\U000F0000", "a\uFFFE"}
			if !at.lines {
				refused = append(refused, "a\nb")
			}
			for _, text := range refused {
				r := send(text)
				require.Equal(t, http.StatusUnprocessableEntity, r.status, "%s %s %q: %s", at.path, at.field, text,
					r.raw)
				require.Equal(t, at.field, r.list("errors")[0]["field"], r.raw)
			}
			require.Contains(t, send("a\u200Bb").raw, "tidak terlihat")
			require.Contains(t, send("a\u200Bb", "Accept-Language: en").raw, "nobody sees")
			if at.field == "reason" || at.field == "name" || at.field == "login" {
				r := send("\u3000 \u00A0")
				require.GreaterOrEqual(t, r.status, 400, "%s %s: %s", at.path, at.field, r.raw)
			}
			if at.lines {
				r := send("satu\n\tdua 👩🏽‍🏫 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ‼️")
				require.NotEqual(t, http.StatusUnprocessableEntity, r.status, "%s %s: %s", at.path, at.field, r.raw)
			}
		}

		// Half a character is no character, and not silently another one.
		raw := w.send(0, http.MethodPost, "/api/attendances/check-in", "jkt-2", `{"note":"a\ud800b"}`,
			"Content-Type: application/json")
		require.Equal(t, http.StatusUnprocessableEntity, raw.status, raw.raw)
		require.Equal(t, "note", raw.list("errors")[0]["field"], raw.raw)
		require.Contains(t, raw.raw, "rusak di perjalanan")

		// Files are read alike, also their names.
		file := w.upload("admin", "number,name,branch\nJKT-7,Bu\u200Bdi,JKT\nJKT-8,علی\u200Cرضا,JKT\n"+
			"JKT-9,\u3164,JKT\n")
		require.Equal(t, []int{1, 2}, []int{file.count("created"), file.count("rejected")}, file.raw)
		punches := w.uploadPunches("admin", "number,time,direction,note\nJKT-1,2026-11-20 08:00:00,in,a\u202Eb\n", "")
		require.Equal(t, 1, punches.count("rejected"), punches.raw)
		punches = w.uploadPunches("admin", "number,time,direction\nJKT-1,2026-11-20 08:00:00,in\n",
			"&device=a%E2%80%AEb")
		require.Equal(t, http.StatusUnprocessableEntity, punches.status, punches.raw)

		// People are called what they are called.
		for i, name := range []string{"Nur'aini O’Brien-Smith", "محمد عبد الله", "علی\u200Cرضا", "Nguyễn Thị Ánh",
			"ꦱꦶꦠꦶ", "क्\u200Dष", "Jose\u0301"} {
			r := w.send(0, http.MethodPost, "/api/employees", "admin", map[string]any{
				"number": fmt.Sprintf("N-%d", i), "name": name, "branch_id": w.branches[0].ID})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Equal(t, name, r.json["name"])
		}
	})
}
