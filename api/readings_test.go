package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Case 21: the preview warns of a file that says one direction throughout and reads it another way when asked.
func TestAFileOfOneDirectionIsReadAnotherWay(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		file := ""
		for _, at := range []string{"07:55:00", "12:02:00", "17:10:00"} {
			file += "JKT-1\t2026-11-20 " + at + "\t1\t0\t1\t0\n"
		}
		r := w.uploadPunches("cabang", file, "")
		require.Equal(t, map[string]any{"direction": "", "columns": "", "only": "in"}, r.json["reading"], r.raw)
		path := fmt.Sprintf("/api/punches/imports/%.0f/read", r.json["id"])
		for as, status := range map[string]int{"admin": 404, "jkt-1": 403, "ops": 403, "": 401} {
			require.Equal(t, status, w.send(0, http.MethodPost, path+"?direction=auto", as, nil).status, as)
		}
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, http.MethodPost, path+"?direction=x", "cabang", nil).status)
		auto := w.send(0, http.MethodPost, path+"?direction=auto", "cabang", nil)
		require.Equal(t, http.StatusCreated, auto.status, auto.raw)
		require.Equal(t, "auto", auto.list("changes")[2]["direction"])
		require.Equal(t, map[string]any{"direction": "auto", "columns": ""}, auto.json["reading"])
		skipped := w.uploadPunches("cabang", file, "&columns=pin,time,device,-")
		require.Equal(t, "auto", skipped.list("changes")[0]["direction"], "the field is skipped")
		require.NotContains(t, skipped.raw, `"only"`)
		require.Equal(t, http.StatusUnprocessableEntity, w.uploadPunches("cabang", file, "&columns=pin").status)
	})
}

// Case 23, with what the history's own CSV writes.
func TestHoursAsSpreadsheetsWriteThem(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		r := w.uploadPunches("admin",
			"number;time;direction\nJKT-1;20/11/2026 08.05;masuk\nJKT-1;20/11/2026 "+
				"00.00;pulang\nJKT-1;20/11/2026;pulang\n"+
				"JKT-1;20-11-2026 17:00;pulang\nJKT-1;21/11/2026 0:00;pulang\nJKT-1;kemarin;pulang\nJKT-1;2026-11-19 "+
				"08:05:30;masuk\n", "")
		require.Equal(t, []int{7, 5, 2}, []int{r.count("lines"), r.count("created"), r.count("rejected")}, r.raw)
		refused := r.list("refused")
		require.Equal(t, "missing_time", refused[0]["code"])
		require.Contains(t, refused[0]["indonesian"], "jam tidak ada")
		require.Equal(t, "bad_time", refused[1]["code"])
		require.Contains(t, refused[1]["indonesian"], "24/11/2026 08.05")
		require.Equal(t, "2026-11-20T01:05:00Z", r.list("changes")[0]["at"])
	})
}

// Forms take a time of day as files do, and say what is wrong with one that has seconds.
func TestFormsReadTimesOfDayAsFilesDo(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		ask := func(date, time string, header ...string) reply {
			return w.send(0, http.MethodPost, "/api/corrections", "jkt-1", map[string]any{"work_date": date,
				"time": time, "direction": "out", "reason": "lupa"}, header...)
		}
		for i, time := range []string{"07.35", "7.35", "7:35", "07:35:00", " 07.35 ", "7:35   ", "7:35 AM",
			"０７．３５"} {
			r := ask(fmt.Sprintf("2026-11-%d", 11+i), time)
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Equal(t, fmt.Sprintf("2026-11-%dT00:35:00Z", 11+i), r.json["occurred_at"], time)
		}
		says := func(r reply, field, message string) {
			t.Helper()
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
			require.Equal(t, []any{map[string]any{"field": field, "message": message}}, r.json["errors"], r.raw)
		}
		english := "Accept-Language: en"
		says(ask("2026-11-20", "07:35:10"), "time", "Jam ini sampai menit saja; hapus detiknya.")
		says(ask("2026-11-20", "07:35:10", english), "time", "This time goes to the minute; leave the seconds out.")
		says(ask("2026-11-20", "24.00", english), "time", "There is no such time; a day has 00:00 to 23:59.")
		says(ask("2026-11-20", "24.00"), "time", "Jam itu tidak ada; isi dari 00:00 sampai 23:59.")
		says(ask("2026-11-20", "pagi-pagi sekali", english), "time", "A time of the form HH:MM is expected.")

		shift := map[string]any{"code": "S", "name": "Siang", "start": "7.35", "end": " 16:05:00"}
		r := w.send(0, http.MethodPost, "/api/shifts", "admin", shift)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []any{"07:35", "16:05"}, []any{r.json["start"], r.json["end"]})
		path := fmt.Sprintf("/api/shifts/%.0f", r.json["id"])
		r = w.send(0, http.MethodPatch, path, "admin", map[string]any{"end": "17.05.00"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "17:05", r.json["end"])
		says(w.send(0, http.MethodPatch, path, "admin", map[string]any{"start": "07.35.30"}), "start",
			"Jam ini sampai menit saja; hapus detiknya.")
	})
}
