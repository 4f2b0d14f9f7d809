package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Numbers, codes and logins that read alike are the same: nobody becomes another person by case, width or accents,
// whichever way the number comes in.
func TestWhatReadsAlikeIsTheSame(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		jkt := w.branches[0].ID
		english := "Accept-Language: en"
		taken := func(r reply, field, sentence string) {
			t.Helper()
			require.Equal(t, http.StatusConflict, r.status, r.raw)
			wrong := r.list("errors")[0]
			require.Equal(t, field, wrong["field"])
			require.Equal(t, sentence, wrong["message"])
		}
		patch := func(path string, body map[string]any) reply {
			t.Helper()
			body["version"] = w.send(0, "GET", path, "admin", nil).json["version"]
			return w.send(0, "PATCH", path, "admin", body, english)
		}
		like := "The employee number JKT-1 exists already, which reads alike."
		for number, sentence := range map[string]string{"JKT-1": "The employee number is taken.", "jkt-1": like,
			"ＪＫＴ－１": like, "JḰT-1": like, "jKt－1": like} {
			taken(w.send(0, "POST", "/api/employees", "admin",
				map[string]any{"number": number, "name": "Orang Lain", "branch_id": jkt}, english), "number", sentence)
			two := patch(fmt.Sprintf("/api/employees/%d", w.people[1].ID), map[string]any{"number": number})
			taken(two, "number", sentence)
		}
		one := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		for _, number := range []string{"jkt-1", "ＪＫＴ-1", "JKT-1"} { // one's own, written in another way
			r := patch(one, map[string]any{"number": number})
			require.Equal(t, 200, r.status, r.raw)
		}
		// Who is called otherwise by now leaves the number to others.
		require.Equal(t, 200, patch(one, map[string]any{"number": "JKT-77"}).status)
		made := w.send(0, "POST", "/api/employees", "admin",
			map[string]any{"number": "jkt-1", "name": "Orang Lain", "branch_id": jkt})
		require.Equal(t, 201, made.status, made.raw)
		taken(patch(one, map[string]any{"number": "JKT-1"}), "number",
			"The employee number jkt-1 exists already, which reads alike.")

		// A file of employees: a line that only reads like somebody is refused with their number; so is the second of
		// two that read alike. Branches are found by codes that read like theirs.
		r := w.upload("admin", "number,name,branch\njkt-77,Orang 1,JKT\nBARU-1,Baru,ｊｋｔ\nbaru-1,Baru,JKT\n", english)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{3, 1, 2}, []int{r.count("lines"), r.count("created"), r.count("rejected")}, r.raw)
		refused := r.list("refused")
		require.Equal(t, "similar_number", refused[0]["code"], r.raw)
		require.Contains(t, refused[0]["message"], `"JKT-77"`)
		require.Equal(t, "duplicate_number", refused[1]["code"])

		// A file of punches says who is meant; writing the number in another way makes nobody else of them.
		r = w.uploadPunches("admin", "number,time,direction\njkt-77,2026-11-20 08:00:00,in\n"+
			"ＪＫＴ－７７,2026-11-20 17:00:00,out\nJKT-77,2026-11-20 17:00:00,out\n", "")
		require.Equal(t, []int{3, 2, 1, 0},
			[]int{r.count("lines"), r.count("created"), r.count("unchanged"), r.count("rejected")}, r.raw)
		require.Equal(t, "JKT-77", r.list("changes")[0]["number"])
		r = w.uploadPunches("admin", "77\t2026-11-20 08:00:00\t1\t0\t1\t0\n", "&pin_format=jkt-%25s")
		require.Equal(t, 1, r.count("created"), r.raw)

		// Codes of branches and shifts.
		branch := map[string]any{"code": "ｊｋｔ", "name": "Lain", "zone": "Asia/Jakarta"}
		taken(w.send(0, "POST", "/api/branches", "admin", branch, english), "code",
			"The code JKT exists already, which reads alike.")
		mks := patch(fmt.Sprintf("/api/branches/%d", w.branches[1].ID), map[string]any{"code": "jkt"})
		taken(mks, "code", "The code JKT exists already, which reads alike.")
		require.Equal(t, 200, patch(fmt.Sprintf("/api/branches/%d", jkt), map[string]any{"code": "Jkt"}).status)
		shift := map[string]any{"code": "p", "name": "Pagi", "start": "08:00", "end": "17:00"}
		taken(w.send(0, "POST", "/api/shifts", "admin", shift, english), "code",
			"The code P exists already, which reads alike.")

		// Logins.
		login := map[string]any{"login": "ＡＤＭＩＮ", "name": "Lain", "role": "ops"}
		taken(w.send(0, "POST", "/api/users", "admin", login, english), "login", "The login is taken.")
		w.withPassword("cabang", password)
		w.signIn(0, "wide", "ＣＡＢＡＮＧ", password)
		require.Equal(t, 200, w.send(0, "GET", "/api/me", "wide", nil).status)
		w.clock.Advance(time.Hour)
		var last reply
		for i := range 20 { // counted as guesses at one account
			last = w.send(0, "POST", "/api/login", "",
				map[string]string{"login": []string{"ops", "ｏｐｓ", "OPS", "ｏps"}[i%4], "password": "x"})
		}
		require.Equal(t, http.StatusTooManyRequests, last.status, last.raw)
	})
}

// Who was forgotten keeps the pseudonym, however it is written.
func TestNobodyLooksLikeSomebodyForgotten(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.forgetOne()
		w.clock.Advance(time.Second)
		r := w.send(0, "POST", "/api/employees", "admin", map[string]any{
			"number": fmt.Sprintf("ｍantan-%d", w.people[0].ID), "name": "Orang Lain", "branch_id": w.branches[0].ID})
		require.Equal(t, http.StatusConflict, r.status, r.raw)
	})
}

// Two who read alike since before that was refused are both in a file, each as their number is written.
func TestAFileOfWhoReadsAlikeAlready(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		_, err := w.store.DB.Builder().NewRaw("UPDATE employees SET number = 'jkt-1', number_key = NULL WHERE id = ?",
			w.people[1].ID).Exec(t.Context())
		require.NoError(t, err)
		r := w.upload("admin", "number,name,branch\nJKT-1,Satu,JKT\njkt-1,Dua,JKT\njkt-1,Tiga,JKT\n")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int{3, 2, 1}, []int{r.count("lines"), r.count("updated"), r.count("rejected")}, r.raw)
		require.Equal(t, "duplicate_number", r.list("refused")[0]["code"])
	})
}
