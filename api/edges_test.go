package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/session"

	"github.com/stretchr/testify/require"
)

// shiftFor gives an employee a shift of one's own from this Monday on: on Mondays only.
func (w *world) shiftFor(e attendance.Employee, fields map[string]any) (path string) {
	w.t.Helper()
	r := w.send(0, "POST", "/api/shifts", "admin", fields)
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
	id := int64(r.json["id"].(float64))
	require.NoError(w.t, w.store.Assignments.AddAssignments(w.t.Context(), []attendance.Assignment{
		{EmployeeID: e.ID, From: attendance.NewDate(2026, 11, 23), Pattern: []int64{id, 0, 0, 0, 0, 0, 0}},
	}))
	return fmt.Sprintf("/api/shifts/%d", id)
}

// until moves the clock to a time of Jakarta on a day of November 2026, and keeps everybody signed in.
func (w *world) until(day, hour, minute, second int) {
	w.t.Helper()
	w.clock.Set(time.Date(2026, 11, day, hour-7, minute, second, 0, time.UTC))
	for _, name := range []string{"admin", "jkt-1", "jkt-2"} {
		u, _, err := w.store.Users.UserByLogin(w.t.Context(), name)
		require.NoError(w.t, err)
		token, hash := account.NewToken()
		require.NoError(w.t, w.store.Sessions.AddSession(w.t.Context(),
			account.Session{TokenHash: hash, UserID: u.ID, CreatedAt: w.clock.Now(),
				ExpiresAt: w.clock.Now().Add(time.Hour)}))
		w.token[name] = token
	}
}

// cameEarly is that somebody came before the window opened and has worked the shift of eight hours, no more.
func (w *world) cameEarly(e attendance.Employee, on int) {
	w.t.Helper()
	day, flags, why := w.dayOf(e, on)
	require.Equal(w.t, []any{"present", 480.0, 0.0},
		[]any{day["status"], day["worked_minutes"], day["overtime_minutes"]})
	require.Equal(w.t, []any{"early_in"}, flags)
	require.Contains(w.t, why, "early_in")
	require.NotContains(w.t, why, "off")
}

// dayOf reads an employee's day as the admin sees it: its fields, its flags and the codes of its reasons.
func (w *world) dayOf(e attendance.Employee, day int) (fields map[string]any, flags []any, why []string) {
	w.t.Helper()
	r := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/2026-11-%d", e.ID, day), "admin", nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	for _, reason := range r.json["why"].([]any) {
		why = append(why, reason.(map[string]any)["code"].(string))
	}
	fields = r.json["day"].(map[string]any)
	return fields, fields["flags"].([]any), why
}

// contact is the proof that somebody's page had contact at an instant, as any server of the company signs it.
func (w *world) contact(who string, at time.Time) string {
	w.t.Helper()
	contacts, err := session.NewContacts("secret")
	require.NoError(w.t, err)
	u, _, err := w.store.Users.UserByLogin(w.t.Context(), who)
	require.NoError(w.t, err)
	return contacts.Sign(&session.Caller{User: u}, at)
}

// tap punches as somebody who means it, whatever came before. What is claimed comes from a device that lost contact
// an hour before.
func (w *world) tap(direction, who string, claimed ...string) reply {
	w.t.Helper()
	body := map[string]any{"confirm": true}
	if len(claimed) > 0 {
		at, err := time.Parse(time.RFC3339, claimed[0])
		require.NoError(w.t, err)
		body["occurred_at"], body["contact"] = claimed[0], w.contact(who, at.Add(-time.Hour))
	}
	return w.send(0, "POST", "/api/attendances/check-"+direction, who, body)
}

// Case 4: the closing instant belongs to the window, and what comes after it still ends the night of whoever is in.
func TestACheckOutAfterTheWindowClosed(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		night := map[string]any{"code": "M1", "name": "Malam", "start": "22:00", "end": "06:00", "closes_after": 240}
		w.shiftFor(w.people[0], night)
		night["code"] = "M2"
		w.shiftFor(w.people[1], night)
		w.until(23, 22, 0, 0)
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1").status)

		w.until(24, 10, 0, 0)
		out := w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		require.Equal(t, "2026-11-23", out.json["day"].(map[string]any)["work_date"])
		day, flags, _ := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{"present", 720.0, 240.0},
			[]any{day["status"], day["worked_minutes"], day["overtime_minutes"]})
		require.Empty(t, flags)

		// The other's arrive in the wrong order: first the way out, which nothing explains yet.
		w.until(24, 10, 31, 0)
		out = w.tap("out", "jkt-2", "2026-11-24T10:30:00+07:00")
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		require.Equal(t, "2026-11-24", out.json["day"].(map[string]any)["work_date"])
		_, flags, _ = w.dayOf(w.people[1], 24)
		require.Contains(t, flags, "no_check_in")
		came := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
		in, err := w.store.Days.RecordBatch(t.Context(), []attendance.NewPunch{{EmployeeID: w.people[1].ID,
			Direction: attendance.In, OccurredAt: came, ClaimedAt: &came, Offline: true, IdempotencyKey: "late",
			Source: attendance.SourceTerminal}})
		require.NoError(t, err)
		require.NoError(t, in[0].Err)
		require.Equal(t, "2026-11-23", in[0].Day.WorkDate.String())
		day, flags, why := w.dayOf(w.people[1], 23)
		require.Equal(t, []any{"present", 750.0, 270.0},
			[]any{day["status"], day["worked_minutes"], day["overtime_minutes"]})
		require.Equal(t, []any{"late_out", "offline"}, flags)
		require.Contains(t, why, "late_out")
		day, flags, _ = w.dayOf(w.people[1], 24)
		require.Equal(t, []any{"day_off", 0.0}, []any{day["status"], day["punch_count"]}, "its punch is the night's")
		require.Empty(t, flags)
		require.Equal(t, http.StatusOK, w.tap("out", "jkt-2", "2026-11-24T10:30:40+07:00").status, "a repeat")

		// Computed again, all stays as it is.
		changed, err := w.store.Days.RecomputeDays(t.Context(), []int64{w.people[0].ID, w.people[1].ID},
			attendance.NewDate(2026, 11, 22), attendance.NewDate(2026, 11, 25))
		require.NoError(t, err)
		require.Zero(t, changed)
		n, err := w.store.Days.CloseDays(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 23))
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// Who comes before the window opens, and not again, has come: the page says so before and after; the way out counts.
func TestACheckInBeforeTheWindowOpens(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.until(24, 5, 59, 0) // it opens at 06:00
		in := w.tap("in", "jkt-1")
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		for _, hour := range []int{6, 12} {
			w.until(24, hour, 0, 0)
			mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
			require.Equal(t, "check_out", mine.json["button"].(map[string]any)["action"])
			require.Equal(t, "2026-11-23T22:59:00Z", mine.json["day"].(map[string]any)["first_in"])
		}
		w.until(24, 17, 0, 0)
		out := w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		w.cameEarly(w.people[0], 24)
	})
}

// A terminal without keys says of no punch which way it goes: one before the window opens is the way in that the way
// out answers, in whatever order they arrive, and yesterday's way out stays yesterday's.
func TestATerminalWithoutKeysBeforeTheWindowOpens(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.until(25, 12, 0, 0)
		touch := func(who int, day, hour, minute int) {
			at := time.Date(2026, 11, day, hour-7, minute, 0, 0, time.UTC)
			rs, err := w.store.Days.RecordBatch(t.Context(), []attendance.NewPunch{{EmployeeID: w.people[who].ID,
				Direction: attendance.Undetermined, OccurredAt: at, IdempotencyKey: at.String(),
				Source: attendance.SourceTerminal}})
			require.NoError(t, err)
			require.NoError(t, rs[0].Err)
		}
		touch(0, 24, 17, 0)
		touch(0, 24, 5, 59) // it opens at 06:00
		w.cameEarly(w.people[0], 24)

		touch(1, 24, 0, 30)
		touch(1, 24, 17, 0)
		_, flags, _ := w.dayOf(w.people[1], 24)
		require.Equal(t, []any{"early_in"}, flags, "nothing else explains it")
		touch(1, 23, 8, 0)
		_, flags, _ = w.dayOf(w.people[1], 23)
		require.Equal(t, []any{"late_out"}, flags, "it is the way out of the day before")
		day, flags, _ := w.dayOf(w.people[1], 24)
		require.Equal(t, []any{"incomplete", 1.0, "2026-11-24T10:00:00Z"},
			[]any{day["status"], day["punch_count"], day["first_in"]})
		require.Empty(t, flags)
	})
}

// Neither who comes before the window opens nor who goes after it closed loses the day by the other.
func TestInBeforeTheWindowOpensAndOutAfterItClosed(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.until(24, 5, 30, 0)
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1").status)
		w.until(25, 0, 30, 0) // the window closed at 21:00
		mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Equal(t, map[string]any{"action": "check_out", "work_date": "2026-11-24", "off_shift": true},
			mine.json["button"])
		out := w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		require.Equal(t, "2026-11-24", out.json["day"].(map[string]any)["work_date"])
		day, flags, why := w.dayOf(w.people[0], 24)
		require.Equal(t, []any{"present", 930.0, 450.0},
			[]any{day["status"], day["worked_minutes"], day["overtime_minutes"]})
		require.Equal(t, []any{"early_in", "late_out"}, flags)
		require.Subset(t, why, []string{"early_in", "late_out"})
		require.NotContains(t, why, "off")
		day, flags, _ = w.dayOf(w.people[0], 25)
		require.Zero(t, day["punch_count"], "the next day is free of it")
		require.Empty(t, flags)
	})
}

// The button offers the way out of a window that closed yesterday for some hours, and says whose day it ends.
func TestTheButtonPastMidnight(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1").status)
		w.until(24, 0, 30, 0) // the window closed at 21:00
		mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Equal(t, map[string]any{"action": "check_out", "work_date": "2026-11-23", "off_shift": true},
			mine.json["button"])
		require.Equal(t, "2026-11-23", mine.json["day"].(map[string]any)["work_date"])
		require.Len(t, mine.json["punches"], 1)
		out := w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		day := out.json["day"].(map[string]any)
		require.Equal(t, []any{"2026-11-23", "present", []any{"late_out"}},
			[]any{day["work_date"], day["status"], day["flags"]})
		mine = w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Equal(t, map[string]any{"action": "check_in", "work_date": "2026-11-24", "off_shift": true},
			mine.json["button"])
		require.Empty(t, mine.json["punches"], "they are yesterday's")
	})
}

// Case 19: in and out within a second.
func TestInAndOutWithinASecond(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		button := func() any {
			return w.send(0, "GET", "/api/me/today", "jkt-1", nil).json["button"].(map[string]any)["action"]
		}
		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-1").status)
		w.clock.Advance(time.Second)
		out := w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status)
		day := out.json["day"].(map[string]any)
		require.Equal(t, []any{"quick_out"}, day["flags"])
		require.NotContains(t, day, "last_out")
		require.Equal(t, []any{"present", 0.0}, []any{day["status"], day["early_minutes"]})
		require.Equal(t, "check_out", button())
		_, _, why := w.dayOf(w.people[0], 23)
		require.Contains(t, why, "quick")

		w.clock.Advance(20 * time.Second)
		third := w.tap("in", "jkt-1")
		require.Equal(t, http.StatusOK, third.status, "the repeat of a check-in that still holds")
		require.Equal(t, "check_out", button())
		w.clock.Advance(35 * time.Second)
		require.Equal(t, http.StatusOK, w.tap("out", "jkt-1").status, "the repeat of the slip")
		require.Equal(t, "check_out", button())
		w.clock.Advance(10 * time.Second)
		out = w.tap("out", "jkt-1")
		require.Equal(t, http.StatusCreated, out.status, "66 seconds after the check-in it is meant")
		require.Contains(t, out.json["day"], "last_out")
		require.Equal(t, "done", button())
		w.clock.Advance(30 * time.Second)
		in := w.tap("in", "jkt-1")
		require.Equal(t, http.StatusCreated, in.status, "and so is another check-in")
		require.Contains(t, in.json["day"].(map[string]any)["flags"], "quick_out")
		require.Equal(t, "check_out", button())

		require.Equal(t, http.StatusCreated, w.tap("in", "jkt-2").status)
		w.clock.Advance(time.Second)
		require.Equal(t, http.StatusCreated, w.tap("out", "jkt-2").status)
		w.until(24, 6, 0, 0)
		_, err := w.store.Days.CloseDays(t.Context(), w.branches[0].ID, attendance.NewDate(2026, 11, 23))
		require.NoError(t, err)
		day, flags, _ := w.dayOf(w.people[1], 23)
		require.Equal(t, "incomplete", day["status"], "nobody pressed again: somebody looks at it")
		require.Contains(t, flags, "quick_out")
	})
}

// Case 19: over the API, the other direction right after the last one is recorded only when it is said to be meant.
func TestAQuickTurnIsAskedAbout(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		punch := func(node int, direction, key string, body any) reply {
			return w.send(node, "POST", "/api/attendances/check-"+direction, "jkt-1", body, "Idempotency-Key: "+key)
		}
		require.Equal(t, http.StatusCreated, punch(0, "in", "a", nil).status)
		w.clock.Advance(time.Second)
		asked := punch(1, "out", "b", nil)
		require.Equal(t, []any{http.StatusConflict, "confirm_direction"}, []any{asked.status, asked.code()}, asked.raw)
		require.Equal(t, []any{map[string]any{"field": "confirm",
			"message": "Arah sebaliknya diabsen kurang dari satu menit sebelumnya."}}, asked.json["errors"])
		english := w.send(0, "POST", "/api/attendances/check-out", "jkt-1", nil, "Accept-Language: en")
		require.Contains(t, english.raw, "punched less than a minute before.")
		mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Len(t, mine.json["punches"], 1, "it was not recorded")
		require.Equal(t, "check_out", mine.json["button"].(map[string]any)["action"])

		meant := punch(0, "out", "b", map[string]any{"confirm": true})
		require.Equal(t, http.StatusCreated, meant.status, meant.raw)
		require.Equal(t, []any{"quick_out"}, meant.json["day"].(map[string]any)["flags"])
		again := punch(1, "out", "b", nil)
		require.Equal(t, http.StatusOK, again.status, "the key is known, whether or not the question was answered")
		require.Equal(t, meant.raw, again.raw)

		w.clock.Advance(time.Minute)
		out := punch(0, "out", "c", nil)
		require.Equal(t, http.StatusCreated, out.status, "61 seconds later nothing is asked")
		w.clock.Advance(59 * time.Second)
		require.Equal(t, "confirm_direction", punch(0, "in", "d", nil).code(), "in again")
		w.clock.Advance(2 * time.Second)
		require.Equal(t, http.StatusCreated, punch(0, "in", "d", nil).status)
		// What a device kept while it was offline is asked about, too.
		w.clock.Advance(10 * time.Minute)
		require.Equal(t, "confirm_direction", punch(1, "out", "e", map[string]any{
			"occurred_at": w.clock.Now().Add(-10*time.Minute + 5*time.Second).Format(time.RFC3339)}).code())

		// A terminal that reads a finger twice is asked nothing: it is a repeat.
		rs, err := w.store.Days.RecordBatch(t.Context(), []attendance.NewPunch{
			{EmployeeID: w.people[1].ID, Direction: attendance.In, OccurredAt: w.clock.Now(), IdempotencyKey: "t1",
				Source: attendance.SourceTerminal, Asks: true},
			{EmployeeID: w.people[1].ID, Direction: attendance.Out, OccurredAt: w.clock.Now().Add(time.Second),
				IdempotencyKey: "t2", Source: attendance.SourceTerminal, Asks: true}})
		require.NoError(t, err)
		require.NoError(t, rs[1].Err)
		require.True(t, rs[1].Replayed)
	})
}

// Case 15: the two hours away at noon.
func TestBreaksPerShift(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		fields := map[string]any{"code": "I", "name": "Istirahat", "start": "07:00", "end": "17:00",
			"break_minutes": 60}
		path := w.shiftFor(w.people[0], fields)
		shift := w.send(0, "GET", path, "admin", nil)
		require.Equal(t, []any{"fixed", 60.0, 0.0},
			[]any{shift.json["break_mode"], shift.json["break_minutes"], shift.json["break_minimum"]})
		w.until(23, 17, 5, 0)
		for _, punch := range [][2]string{{"in", "07:00"}, {"out", "12:00"}, {"in", "14:00"}, {"out", "17:00"}} {
			r := w.tap(punch[0], "jkt-1", "2026-11-23T"+punch[1]+":00+07:00")
			require.Equal(t, http.StatusCreated, r.status, r.raw)
		}
		w.recomputes()
		for _, c := range []struct {
			change map[string]any
			worked float64
			why    string
		}{
			{map[string]any{}, 540, "break"},
			{map[string]any{"break_mode": "punched"}, 480, "break_real"},
			{map[string]any{"break_minimum": 150}, 450, "break_least"},
			{map[string]any{"break_mode": "longer"}, 480, "break_real"},
			{map[string]any{"break_minutes": 180}, 420, "break_longer"},
			{map[string]any{"break_mode": "fixed"}, 420, "break"},
		} {
			r := w.send(0, "PATCH", path, "admin", c.change)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			for _, p := range w.recomputes() {
				_, err := w.store.Days.RecomputeDays(t.Context(), []int64{w.people[0].ID}, p.From, p.To)
				require.NoError(t, err)
			}
			day, _, why := w.dayOf(w.people[0], 23)
			require.InDelta(t, c.worked, day["worked_minutes"], 0, "%v", c.change)
			require.Contains(t, why, c.why, "%v", c.change)
		}
		refused := w.send(0, "PATCH", path, "admin", map[string]any{"break_mode": "sometimes"})
		require.Equal(t, http.StatusUnprocessableEntity, refused.status, refused.raw)
		require.Contains(t, refused.raw, "break_mode")
	})
}

// Who works past midnight on a day off has come and gone on one date, at the button and over the API.
func TestWorkPastTheMidnightOfADayOff(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		e := w.people[0]
		w.shiftFor(e, map[string]any{"code": "SENIN", "name": "Senin", "start": "08:00", "end": "17:00"})
		w.until(28, 20, 0, 0) // a Saturday
		in := w.send(0, http.MethodPost, "/api/attendances/check-in", "jkt-1", nil)
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		w.until(29, 0, 10, 0)
		today := w.send(0, http.MethodGet, "/api/me/today", "jkt-1", nil)
		require.Equal(t, "check_out", today.json["button"].(map[string]any)["action"], today.raw)
		w.until(29, 2, 0, 0)
		out := w.send(0, http.MethodPost, "/api/attendances/check-out", "jkt-1", nil)
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		day, flags, _ := w.dayOf(e, 28)
		require.Equal(t, []any{"present", 360.0, 360.0, "2026-11-28T19:00:00Z"},
			[]any{day["status"], day["worked_minutes"], day["overtime_minutes"], day["last_out"]})
		require.Equal(t, []any{"off_shift", "on_day_off"}, flags)
		next, _, _ := w.dayOf(e, 29)
		require.Equal(t, []any{"day_off", 0.0}, []any{next["status"], next["punch_count"]})
	})
}
