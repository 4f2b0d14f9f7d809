package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/review"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// fenced gives both branches the site of Monas and lets punches from elsewhere through, marked.
func (w *world) fenced() {
	w.t.Helper()
	w.fence(attendance.PolicyFlag)
	_, err := w.store.Branches.ChangeBranch(w.t.Context(), w.branches[1].ID, ledger.Actor{},
		func(b *attendance.Branch) error {
			b.Policy = attendance.PolicyFlag
			b.Sites = []attendance.Site{{Name: "Losari", Latitude: -6.1754, Longitude: 106.8272, Radius: 100}}
			return nil
		})
	require.NoError(w.t, err)
}

// away punches from 42 km away and returns the id of the punch.
func (w *world) away(path, who string) int64 {
	w.t.Helper()
	r := w.send(0, "POST", path, who, with(metresAway(42_000, 12), "confirm", true))
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
	return int64(r.json["punch"].(map[string]any)["id"].(float64))
}

// listedIDs are the punches of a list of reviews, in its order.
func (w *world) listedIDs(as, query string) (ids []int64) {
	w.t.Helper()
	r := w.send(0, "GET", "/api/reviews"+query, as, nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	for _, item := range r.items() {
		ids = append(ids, int64(item["id"].(float64)))
	}
	return ids
}

func (w *world) decide(as string, id int64, body map[string]any) reply {
	w.t.Helper()
	return w.send(0, "POST", fmt.Sprintf("/api/reviews/%d/decision", id), as, body)
}

// waiting is how many punches wait in Jakarta, as the counts and the dashboard's counters say.
func (w *world) waiting(as string) (n int) {
	w.t.Helper()
	r := w.send(0, "GET", fmt.Sprintf("/api/reviews/counts?branch=%d", w.branches[0].ID), as, nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	for _, item := range r.items() {
		n += int(item["open"].(float64))
	}
	s := w.send(0, "GET", fmt.Sprintf("/api/attendances/summary?branch=%d", w.branches[0].ID), as, nil)
	require.EqualValues(w.t, n, s.items()[0]["to_review"], s.raw)
	return n
}

func TestPunchesToLookAt(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		near := w.send(0, "POST", checkIn, "jkt-2", with(metresAway(10, 12), "device_id", phone))
		require.Equal(t, http.StatusCreated, near.status, near.raw)
		require.Zero(t, w.waiting("admin"), "an ordinary punch is nothing to look at")
		w.clock.Advance(time.Minute)
		first := w.away(checkIn, "mks-3")
		w.clock.Advance(time.Minute)
		r := w.send(0, "POST", checkIn, "jkt-1", with(metresAway(42_000, 12), "device_id", phone))
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		second := int64(r.json["punch"].(map[string]any)["id"].(float64))
		w.clock.Advance(time.Second)
		again := w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 12)) // a repeat leaves no trace
		require.EqualValues(t, second, again.json["punch"].(map[string]any)["id"], again.raw)

		require.Equal(t, []int64{second, first}, w.listedIDs("admin", ""))
		require.Equal(t, []int64{second}, w.listedIDs("cabang", ""), "of the own branches")
		require.Equal(t, 1, w.waiting("cabang"))
		for query, want := range map[string][]int64{
			fmt.Sprintf("?branch=%d", w.branches[1].ID): {first},
			fmt.Sprintf("?employee=%d", w.people[0].ID): {second},
			"?reason=shared_device":                     {second}, "?reason=outside_area": {second, first},
			"?reason=clock": nil, "?q=orang%203": {first}, "?q=JKT": {second}, "?q=nobody": nil,
			"?state=accepted": nil, "?from=2026-11-23&to=2026-11-23": {second, first}, "?from=2026-11-24": nil,
			"?to=2026-11-22": nil,
		} {
			require.Equal(t, want, w.listedIDs("admin", query), query)
		}
		page := w.send(0, "GET", "/api/reviews?limit=1", "admin", nil)
		require.Len(t, page.items(), 1)
		require.Equal(t, []int64{first}, w.listedIDs("admin", "?limit=1&cursor="+page.json["next_cursor"].(string)))
		for path, status := range map[string]int{
			fmt.Sprintf("/api/reviews?branch=%d", w.branches[1].ID):        http.StatusNotFound,
			fmt.Sprintf("/api/reviews/counts?branch=%d", w.branches[1].ID): http.StatusNotFound,
			fmt.Sprintf("/api/reviews/%d", first):                          http.StatusNotFound,
			fmt.Sprintf("/api/reviews/%d", second):                         http.StatusOK,
			"/api/reviews?state=other":                                     http.StatusUnprocessableEntity,
			"/api/reviews?reason=other":                                    http.StatusUnprocessableEntity,
			"/api/reviews?from=2026-11-24&to=2026-11-23":                   http.StatusUnprocessableEntity,
			"/api/reviews?cursor=x":                                        http.StatusUnprocessableEntity,
		} {
			require.Equal(t, status, w.send(0, "GET", path, "cabang", nil).status, path)
		}

		one := w.send(0, "GET", fmt.Sprintf("/api/reviews/%d", second), "cabang", nil)
		require.Equal(t, []any{"JKT-1", "Orang 1", "Jakarta", "2026-11-23", "open"}, []any{one.json["employee_number"],
			one.json["employee_name"], one.json["branch_name"], one.json["work_date"], one.json["state"]})
		require.Equal(t, []any{"outside_area", "shared_device"}, one.json["reasons"])
		require.EqualValues(t, review.Weigh(review.OutsideArea)+review.Weigh(review.SharedDevice), one.json["score"])
		punch := one.json["punch"].(map[string]any)
		require.InDelta(t, 42_000, punch["distance"], 10)
		require.InDelta(t, 12, punch["fix"].(map[string]any)["accuracy"], 0.1)
		require.Contains(t, one.raw, `"name":"Orang 2 (JKT-2)"`, "who else used the device")
	})
}

// What a branch only records is nothing to look at, and what arrives late or turns another punch round is.
func TestReasonsToLookAtAPunch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyRecord)
		w.away(checkIn, "jkt-1")
		require.Zero(t, w.waiting("admin"))
		w.clock.Advance(30 * time.Second)
		w.fence(attendance.PolicyFlag)
		turned := w.away(checkOut, "jkt-1")
		w.clock.Advance(2 * time.Hour)
		late := w.tap("in", "jkt-2", w.clock.Now().Add(-time.Hour).Format(time.RFC3339))
		require.Equal(t, http.StatusCreated, late.status, late.raw)
		items := w.send(0, "GET", "/api/reviews", "cabang", nil).items()
		require.Len(t, items, 2)
		reasons := map[int64]any{}
		for _, item := range items {
			reasons[int64(item["id"].(float64))] = item["reasons"]
		}
		require.Contains(t, reasons[turned], "quick_out")
		require.Equal(t, []any{"offline"}, reasons[int64(late.json["punch"].(map[string]any)["id"].(float64))])
		require.Contains(t, items[0]["why"].([]any)[0].(map[string]any)["code"], "offline")
	})
}

func TestDecidingAboutAPunch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		w.token["kepala"] = w.session(account.User{Login: "kepala", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID}, EmployeeID: w.people[0].ID})
		w.token["makassar"] = w.session(account.User{Login: "makassar", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[1].ID}})
		id := w.away(checkIn, "jkt-1")
		accept, refuse := map[string]any{"state": "accepted", "note": "di klien"},
			map[string]any{"state": "refused", "note": "tidak ada di kantor"}
		for _, c := range []struct {
			as, code string
			body     any
			status   int
		}{{"", "unauthenticated", accept, 401}, {"ops", "forbidden", accept, 403}, {"jkt-1", "forbidden", accept, 403},
			{"makassar", "not_found", accept, 404}, {"kepala", "own_request", accept, 403},
			{"kepala", "own_request", refuse, 403}, {"cabang", "invalid", map[string]any{"state": "refused"}, 422},
			{"cabang", "invalid", map[string]any{"state": "voided"}, 422}, {"cabang", "", accept, 200},
			{"cabang", "", accept, 200}, {"admin", "", map[string]any{"state": "accepted"}, 200},
			{"admin", "stale", refuse, 409}} {
			path := fmt.Sprintf("/api/reviews/%d/decision", id)
			r := w.send(0, "POST", path, c.as, c.body)
			require.Equal(t, []any{c.status, c.code}, []any{r.status, r.code()}, "%s: %s", c.as, r.raw)
		}
		require.Equal(t, http.StatusNotFound, w.decide("admin", 424242, accept).status)
		accepted := w.send(0, "GET", fmt.Sprintf("/api/reviews/%d", id), "admin", nil)
		require.Equal(t, []any{"accepted", "di klien", "cabang"}, []any{accepted.json["state"], accepted.json["note"],
			accepted.json["decided_by_name"]}, "the first decision counts")
		require.Zero(t, w.waiting("admin"))
		require.Equal(t, []int64{id}, w.listedIDs("cabang", "?state=accepted"))
		log := w.send(0, "GET", "/api/audit?table=punch_reviews", "admin", nil)
		require.Equal(t, 1, strings.Count(log.raw, `"punch_review.accepted"`), log.raw)

		// It may be opened again, and be refused then: the punch is struck out, and its day follows.
		reopened := w.decide("admin", id, map[string]any{"state": "open", "from": "accepted"})
		require.Equal(t, []any{http.StatusOK, "open", nil}, []any{reopened.status, reopened.json["state"],
			reopened.json["decided_by_name"]}, reopened.raw)
		require.Equal(t, 1, w.waiting("admin"))
		day, _, _ := w.dayOf(w.people[0], 23)
		require.Contains(t, day, "first_in")
		refused := w.decide("cabang", id, refuse)
		require.Equal(t, []any{http.StatusOK, "refused"}, []any{refused.status, refused.json["state"]}, refused.raw)
		voided := refused.json["punch"].(map[string]any)["voided"].(map[string]any)
		require.Equal(t, []any{"decision", "tidak ada di kantor"}, []any{voided["origin"], voided["reason"]})
		day, _, reasons := w.dayOf(w.people[0], 23)
		require.NotContains(t, day, "first_in")
		require.Contains(t, reasons, "voided")
		require.Zero(t, w.waiting("admin"))
		log = w.send(0, "GET", "/api/audit", "admin", nil)
		for _, action := range []string{"punch_review.reopened", "punch_review.refused", "punch.voided"} {
			require.Contains(t, log.raw, action)
		}
		require.Equal(t, http.StatusOK, w.decide("admin", id, refuse).status, "it is so already")
		for _, body := range []map[string]any{with(accept, "from", "refused"),
			{"state": "open", "from": "refused"}} {
			r := w.decide("admin", id, body)
			require.Equal(t, []any{http.StatusConflict, "conflict"}, []any{r.status, r.code()}, r.raw)
		}
	})
}

// Of several, each is answered by itself.
func TestDecidingAboutManyPunches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		w.token["kepala"] = w.session(account.User{Login: "kepala", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID}, EmployeeID: w.people[0].ID})
		own, other, abroad := w.away(checkIn, "jkt-1"), w.away(checkIn, "jkt-2"), w.away(checkIn, "mks-3")
		w.clock.Advance(time.Hour)
		out := w.away(checkOut, "jkt-2")
		require.Equal(t, http.StatusOK, w.decide("cabang", out, map[string]any{"state": "accepted"}).status)
		item := func(id int64) map[string]any { return map[string]any{"id": id} }
		many := func(as, state string, items ...map[string]any) reply {
			return w.send(0, "POST", "/api/reviews/decisions", as,
				map[string]any{"state": state, "note": "diperiksa", "items": items})
		}
		r := many("kepala", "refused", item(own), item(other), item(abroad), item(424242), item(out))
		require.Equal(t, http.StatusOK, r.status, r.raw)
		var codes []any
		for i, one := range r.items() {
			require.EqualValues(t, []int64{own, other, abroad, 424242, out}[i], one["id"])
			if p, ok := one["problem"].(map[string]any); ok {
				require.NotEmpty(t, p["detail"])
				codes = append(codes, p["code"])
			} else {
				codes = append(codes, one["review"].(map[string]any)["state"])
			}
		}
		require.Equal(t, []any{"own_request", "refused", "not_found", "not_found", "stale"}, codes)
		_, err := w.store.Days.RecomputeDays(t.Context(), []int64{w.people[1].ID}, attendance.NewDate(2026, 11, 20),
			attendance.NewDate(2026, 11, 25))
		require.NoError(t, err)
		day, _, _ := w.dayOf(w.people[1], 23)
		require.NotContains(t, day, "first_in")
		r = many("admin", "accepted", item(own), item(abroad), item(own))
		require.Equal(t, 3, strings.Count(r.raw, `"state":"accepted"`), r.raw)
		for name, body := range map[string]any{"none": map[string]any{"state": "accepted", "items": []any{}},
			"too many": map[string]any{"state": "accepted", "items": slices.Repeat([]any{item(own)}, 101)},
			"no note":  map[string]any{"state": "refused", "items": []any{item(own)}}} {
			require.Equal(t, http.StatusUnprocessableEntity,
				w.send(0, "POST", "/api/reviews/decisions", "admin", body).status, name)
		}
	})
}

// Of two who decide at once one gets through, and the other is told.
func TestTwoDecideAtOnce(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		bodies := []map[string]any{{"state": "accepted"}, {"state": "refused", "note": "bukan"}}
		replies := make([]reply, len(bodies))
		var wait sync.WaitGroup
		for i, as := range []string{"admin", "cabang"} {
			wait.Go(func() {
				replies[i] = w.send(i, "POST", fmt.Sprintf("/api/reviews/%d/decision", id), as, bodies[i])
			})
		}
		wait.Wait()
		statuses := []int{replies[0].status, replies[1].status}
		slices.Sort(statuses)
		require.Equal(t, []int{http.StatusOK, http.StatusConflict}, statuses, "%s %s", replies[0].raw, replies[1].raw)
		won := slices.IndexFunc(replies, func(r reply) bool { return r.status == http.StatusOK })
		require.Contains(t, []string{"stale", "conflict"}, replies[1-won].code())
		r := w.send(0, "GET", fmt.Sprintf("/api/reviews/%d", id), "admin", nil)
		require.Equal(t, bodies[won]["state"], r.json["state"])
	})
}

// Who decides alike with another reason is told, since nobody will read theirs; who repeats a lost request is not.
func TestTwoRefuseWithTheirOwnReasons(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		refuse := func(note string) map[string]any { return map[string]any{"state": "refused", "note": note} }
		for _, c := range []struct {
			as, note, code string
			status         int
		}{{"cabang", "bukan", "", 200}, {"cabang", "bukan", "", 200}, {"admin", "bukan", "", 200},
			{"admin", "ponsel orang lain", "stale", 409}} {
			r := w.decide(c.as, id, refuse(c.note))
			require.Equal(t, []any{c.status, c.code}, []any{r.status, r.code()}, "%s: %s", c.as, r.raw)
		}
		r := w.send(0, "GET", fmt.Sprintf("/api/reviews/%d", id), "admin", nil)
		require.Equal(t, "bukan", r.json["note"], r.raw)
	})
}

// In a settled period a punch may be accepted and not be refused.
func TestASettledPunchIsNotRefused(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		w.lock()
		refuse := map[string]any{"state": "refused", "note": "terlambat diperiksa"}
		r := w.decide("admin", id, refuse)
		require.Equal(t, []any{http.StatusConflict, "period_locked"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, 1, w.waiting("admin"))
		require.Equal(t, http.StatusOK, w.decide("admin", id, map[string]any{"state": "accepted"}).status)
	})
}

// What is taken away in another way waits for nobody.
func TestAPunchThatIsGoneWaitsForNobody(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		r := w.send(0, "POST", fmt.Sprintf("/api/punches/%d/void", id), "cabang", map[string]any{"reason": "salah"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		w.clock.Advance(2 * time.Minute)
		mine := w.away(checkIn, "jkt-1")
		r = w.send(0, "POST", fmt.Sprintf("/api/me/punches/%d/undo", mine), "jkt-1", nil)
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Zero(t, w.waiting("admin"))
		require.Equal(t, []int64{mine, id}, w.listedIDs("admin", "?state=voided"))
		r = w.decide("admin", id, map[string]any{"state": "accepted", "from": "voided"})
		require.Equal(t, "conflict", r.code(), r.raw)
	})
}

func TestWhatReasonsWeigh(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		const path = "/api/reviews/weights"
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		before := w.send(0, "GET", path, "cabang", nil)
		require.Len(t, before.json["weights"], len(review.Reasons()))
		weigh := func(as string, weights map[string]any, version any) reply {
			return w.send(0, "PATCH", path, as, map[string]any{"weights": weights, "version": version})
		}
		none := map[string]any{"outside_area": 0}
		for _, c := range []struct {
			as, code string
			weights  map[string]any
			status   int
		}{{"cabang", "forbidden", none, 403}, {"admin", "invalid", map[string]any{"outside_area": 101}, 422},
			{"admin", "invalid", map[string]any{"outside_area": -1}, 422},
			{"admin", "invalid", map[string]any{"other": 1}, 422}, {"admin", "", none, 200},
			{"admin", "stale", map[string]any{"outside_area": 5}, 409}} {
			r := weigh(c.as, c.weights, before.json["version"])
			require.Equal(t, []any{c.status, c.code}, []any{r.status, r.code()}, "%v: %s", c.weights, r.raw)
		}
		require.Empty(t, w.listedIDs("admin", ""), "a reason without weight brings no punch into the list")
		require.Zero(t, w.waiting("admin"))
		require.Contains(t, w.send(0, "GET", "/api/audit?table=review_weights", "admin", nil).raw,
			"review_weights.updated")
		r := weigh("admin", map[string]any{"outside_area": 5}, "")
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []int64{id}, w.listedIDs("admin", ""))
		require.EqualValues(t, 5, w.send(0, "GET", fmt.Sprintf("/api/reviews/%d", id), "admin", nil).json["score"])
		everything := map[string]any{}
		for _, reason := range review.Reasons() {
			everything[string(reason)] = 0
		}
		require.Equal(t, http.StatusOK, weigh("admin", everything, "").status)
		require.Empty(t, w.listedIDs("admin", ""))
	})
}

// A punch is looked at where its day belongs, also after its person turns out to have moved before.
func TestAReviewFollowsItsDay(t *testing.T) {
	moves := map[string]func(w *world) error{
		"the task of the move": func(w *world) error {
			_, err := w.store.Days.RecomputeDays(w.t.Context(), []int64{w.people[0].ID},
				attendance.NewDate(2026, 11, 20), attendance.NewDate(2026, 11, 25))
			return err
		},
		"the next punch": func(w *world) error {
			w.clock.Advance(2 * time.Hour)
			r := w.send(0, "POST", checkOut, "jkt-1", with(metresAway(5, 12), "confirm", true))
			require.Equal(w.t, http.StatusCreated, r.status, r.raw)
			return nil
		},
		"the closing of the date": func(w *world) error {
			w.clock.Advance(36 * time.Hour)
			_, err := w.store.Days.CloseDays(w.t.Context(), w.branches[1].ID, attendance.NewDate(2026, 11, 23))
			return err
		},
	}
	for name, move := range moves { // whichever comes first
		t.Run(name, func(t *testing.T) { aReviewFollows(t, move) })
	}
}

func aReviewFollows(t *testing.T, move func(w *world) error) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fenced()
		id := w.away(checkIn, "jkt-1")
		w.token["makassar"] = w.session(account.User{Login: "makassar", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[1].ID}})
		require.Empty(t, w.listedIDs("makassar", ""))
		r := w.send(0, "POST", fmt.Sprintf("/api/employees/%d/moves", w.people[0].ID), "admin",
			map[string]any{"from": "2026-11-22", "branch_id": w.branches[1].ID, "reason": "mutasi"})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.NoError(t, move(w))
		require.Equal(t, []int64{id}, w.listedIDs("makassar", ""))
		require.Empty(t, w.listedIDs("cabang", ""))
		require.Equal(t, http.StatusNotFound, w.decide("cabang", id, map[string]any{"state": "accepted"}).status)
		r = w.decide("makassar", id, map[string]any{"state": "refused", "note": "bukan"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
	})
}
