package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// worked gives an employee a way in at 08:00 and a way out at 20:00 of Monday the 23rd, whose ids it returns.
func (w *world) worked(who string) (in, out int64) {
	w.t.Helper()
	w.until(23, 20, 0, 0)
	for i, punch := range [][2]string{{"in", "08:00"}, {"out", "20:00"}} {
		r := w.tap(punch[0], who, "2026-11-23T"+punch[1]+":00+07:00")
		require.Equal(w.t, http.StatusCreated, r.status, r.raw)
		id := int64(r.json["punch"].(map[string]any)["id"].(float64))
		if i == 0 {
			in = id
		} else {
			out = id
		}
	}
	return in, out
}

// lock settles Jakarta's period through Monday the 23rd, on the morning after.
func (w *world) lock() {
	w.t.Helper()
	w.until(24, 6, 0, 0)
	through := attendance.NewDate(2026, 11, 23)
	_, _, err := w.store.Recaps.Recap(w.t.Context(), w.branches[0].ID, through, false)
	require.NoError(w.t, err)
	lock := func(b *attendance.Branch) error {
		b.LockedThrough = &through
		return nil
	}
	_, err = w.store.Branches.ChangeBranch(w.t.Context(), w.branches[0].ID, ledger.Actor{}, lock)
	require.NoError(w.t, err)
}

func minutesOf(day map[string]any) []any {
	return []any{day["worked_minutes"], day["overtime_minutes"], day["last_out"]}
}

// Case 17: the wrong punch is taken away by a correction; the day and its overtime follow, and it stays, struck out.
func TestAWrongPunchIsTakenAway(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		_, out := w.worked("jkt-1")
		day, _, _ := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{660.0, 180.0, "2026-11-23T13:00:00Z"}, minutesOf(day))
		ask := func(over map[string]any) reply {
			body := map[string]any{"work_date": "2026-11-23", "reason": "jari orang lain"}
			for k, v := range over {
				body[k] = v
			}
			return w.send(0, "POST", "/api/corrections", "jkt-1", body)
		}
		effect := func(q reply) map[string]any {
			r := w.send(0, "GET", fmt.Sprintf("/api/corrections/%v/effect", q.json["id"]), "cabang", nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			return r.json
		}

		// Adding an earlier way out changes nothing, and whoever decides is told so.
		added := ask(map[string]any{"time": "16:30", "direction": "out"})
		require.Equal(t, http.StatusCreated, added.status, added.raw)
		require.Equal(t, false, effect(added)["changes"])

		replaced := ask(map[string]any{"time": "16:30", "direction": "out", "void_punch_id": out})
		require.Equal(t, http.StatusConflict, replaced.status, "the same punch is asked for already")
		replaced = ask(map[string]any{"time": "16:35", "direction": "out", "void_punch_id": out})
		require.Equal(t, http.StatusCreated, replaced.status, replaced.raw)
		require.Equal(t, []any{"out", "2026-11-23T13:00:00Z", "2026-11-23T09:35:00Z"},
			[]any{replaced.json["void_direction"], replaced.json["void_at"], replaced.json["occurred_at"]})
		would := effect(replaced)
		require.Equal(t, []any{true, false}, []any{would["changes"], would["locked"]})
		require.Equal(t, []any{455.0, 0.0, "2026-11-23T09:35:00Z"}, minutesOf(would["after"].(map[string]any)))
		require.Equal(t, http.StatusConflict, ask(map[string]any{"void_punch_id": out}).status, "one about it waits")

		path := fmt.Sprintf("/api/corrections/%v", replaced.json["id"])
		require.Equal(t, http.StatusForbidden, w.send(0, "POST", path+"/approve", "jkt-1", nil).status)
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", path+"/effect", "jkt-2", nil).status)
		require.Equal(t, http.StatusOK, w.send(0, "POST", path+"/approve", "cabang", nil).status)
		require.Equal(t, http.StatusConflict, w.send(0, "GET", path+"/effect", "cabang", nil).status, "it is decided")
		_, err := w.store.Days.RecomputeDays(t.Context(), []int64{w.people[0].ID}, attendance.NewDate(2026, 11, 18),
			attendance.NewDate(2026, 11, 25))
		require.NoError(t, err)
		detail := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID), "jkt-1", nil)
		require.NotContains(t, detail.json["day"], "last_out", "the new one is added by a task")
		all := detail.json["punches"].([]any)
		require.Len(t, all, 2)
		voided := all[1].(map[string]any)["voided"].(map[string]any)
		require.Equal(t, []any{"correction", replaced.json["id"], "jari orang lain"},
			[]any{voided["origin"], voided["ref"], voided["reason"]})
		log := w.send(0, "GET", "/api/audit?table=punches", "admin", nil)
		require.Contains(t, log.raw, `"punch.voided"`)
		require.Equal(t, http.StatusConflict, ask(map[string]any{"void_punch_id": out}).status, "it counts for nothing")

		// The button is the one of who is still in.
		w.until(23, 20, 2, 0)
		mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Equal(t, "check_out", mine.json["button"].(map[string]any)["action"])
	})
}

// Who may take which punch away without a request: nobody an own one, and nothing in a settled period.
func TestWhoMayTakeAPunchAway(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.token["kepala"] = w.session(account.User{Login: "kepala", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID}, EmployeeID: w.people[0].ID})
		w.token["makassar"] = w.session(account.User{Login: "makassar", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[1].ID}})
		in, out := w.worked("jkt-1")
		w.people[2].HiredOn = nil
		path := func(id int64) string { return fmt.Sprintf("/api/punches/%d/void", id) }
		why := map[string]any{"reason": "salah orang"}
		for _, c := range []struct {
			as, code string
			body     any
			status   int
		}{{"", "unauthenticated", why, 401}, {"ops", "not_found", why, 404}, {"jkt-2", "not_found", why, 404},
			{"makassar", "not_found", why, 404}, {"jkt-1", "own_request", why, 403},
			{"kepala", "own_request", why, 403},
			{"cabang", "invalid", map[string]any{"reason": " "}, 422}, {"cabang", "invalid", map[string]any{}, 422},
			{"cabang", "", why, 200}, {"admin", "conflict", why, 409}} {
			r := w.send(0, "POST", path(out), c.as, c.body)
			require.Equal(t, []any{c.status, c.code}, []any{r.status, r.code()}, "%s: %s", c.as, r.raw)
			if c.status == 200 {
				require.NotContains(t, r.json["day"], "last_out", "the answer is the day that is left")
			}
		}
		require.Equal(t, http.StatusNotFound, w.send(0, "POST", path(424242), "admin", why).status)
		day, _, reasons := w.dayOf(w.people[0], 23)
		require.NotContains(t, day, "last_out")
		require.Contains(t, reasons, "voided")
		require.Contains(t, w.send(0, "GET", "/api/audit?action=punch.voided", "admin", nil).raw, "salah orang")

		w.lock()
		locked := w.send(0, "POST", path(in), "admin", why)
		require.Equal(t, []any{http.StatusConflict, "period_locked"}, []any{locked.status, locked.code()}, locked.raw)
		locked = w.send(0, "POST", "/api/corrections", "jkt-1",
			map[string]any{"work_date": "2026-11-23", "void_punch_id": in, "reason": "salah"})
		require.Equal(t, "period_locked", locked.code(), locked.raw)
	})
}

// A settled period also refuses what was asked for before it was settled.
func TestAPeriodIsSettledWhileACorrectionWaits(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		_, out := w.worked("jkt-1")
		q := w.send(0, "POST", "/api/corrections", "jkt-1",
			map[string]any{"work_date": "2026-11-23", "void_punch_id": out, "reason": "salah"})
		require.Equal(t, http.StatusCreated, q.status, q.raw)
		require.NotContains(t, q.json, "direction")
		w.lock()
		r := w.send(0, "POST", fmt.Sprintf("/api/corrections/%v/approve", q.json["id"]), "cabang", nil)
		require.Equal(t, []any{http.StatusConflict, "period_locked"}, []any{r.status, r.code()}, r.raw)
		r = w.send(0, "GET", fmt.Sprintf("/api/corrections/%v", q.json["id"]), "cabang", nil)
		require.Equal(t, "pending", r.json["state"])
	})
}

func TestAPunchOfAnotherDateOrPersonIsNotTakenAway(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		in, _ := w.worked("jkt-1")
		for name, c := range map[string]struct {
			as   string
			body map[string]any
			want []any
		}{
			"another date": {"jkt-1", map[string]any{"work_date": "2026-11-22", "void_punch_id": in},
				[]any{422, "invalid"}},
			"another's": {"jkt-2", map[string]any{"work_date": "2026-11-23", "void_punch_id": in},
				[]any{404, "not_found"}},
			"nobody's": {"jkt-1", map[string]any{"work_date": "2026-11-23", "void_punch_id": 99},
				[]any{404, "not_found"}},
			"half of one that is added": {"jkt-1", map[string]any{"work_date": "2026-11-23", "void_punch_id": in,
				"direction": "in"}, []any{422, "invalid"}},
			"nothing": {"jkt-1", map[string]any{"work_date": "2026-11-23"}, []any{422, "invalid"}},
		} {
			c.body["reason"] = "salah"
			r := w.send(0, "POST", "/api/corrections", c.as, c.body)
			require.Equal(t, c.want, []any{r.status, r.code()}, "%s: %s", name, r.raw)
		}
	})
}

// The owner takes the last punch back within a minute, and may then punch the same again.
func TestTheOwnLastPunchIsTakenBack(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		tap := func(direction string) int64 {
			r := w.tap(direction, "jkt-1")
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return int64(r.json["punch"].(map[string]any)["id"].(float64))
		}
		undo := func(id int64, as string) reply {
			return w.send(0, "POST", fmt.Sprintf("/api/me/punches/%d/undo", id), as, nil)
		}
		in := tap("in")
		w.clock.Advance(3 * time.Hour)
		out := tap("out")
		require.Equal(t, http.StatusOK, w.tap("out", "jkt-1").status, "a second finger")
		for as, want := range map[string]int{"": 401, "jkt-2": 404, "admin": 404, "ops": 404, "cabang": 404} {
			require.Equal(t, want, undo(out, as).status, as)
		}
		require.Equal(t, "undo_over", undo(in, "jkt-1").code(), "not the last")
		w.clock.Advance(20 * time.Second)
		r := undo(out, "jkt-1")
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.NotContains(t, r.json["day"], "last_out")
		for _, p := range r.json["punches"].([]any)[1:] {
			require.Equal(t, "owner", p.(map[string]any)["voided"].(map[string]any)["origin"], "its repeat, too")
		}
		require.Equal(t, http.StatusConflict, undo(out, "jkt-1").status)
		again := tap("out")
		require.NotEqual(t, out, again, "it repeats nothing that counts")
		w.clock.Advance(61 * time.Second)
		r = undo(again, "jkt-1")
		require.Equal(t, []any{http.StatusConflict, "undo_over"}, []any{r.status, r.code()})
		require.Contains(t, r.raw, "Ajukan koreksi")
	})
}
