package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

// by sends a request about the kiosk as somebody.
func (d *tablet) by(who, method, path string, body any) reply {
	d.w.t.Helper()
	return d.w.send(0, method, d.path()+path, who, body)
}

// vouched returns the names of whoever vouches for the kiosk.
func (d *tablet) vouched() (names []string) {
	d.w.t.Helper()
	for _, k := range d.w.send(0, "GET", "/api/kiosks", "admin", nil).items() {
		if int64(k["id"].(float64)) != d.id {
			continue
		}
		list, _ := k["vouched_by"].([]any)
		for _, v := range list {
			names = append(names, v.(map[string]any)["name"].(string))
		}
	}
	return names
}

// card gives somebody one.
func (w *world) card(person int, number string) {
	w.t.Helper()
	r := w.send(0, "PUT", fmt.Sprintf("/api/employees/%d/badge", w.people[person].ID), "admin",
		map[string]any{"card": number})
	require.Equal(w.t, http.StatusNoContent, r.status, r.raw)
}

// Whoever may set kiosks up is not present from wherever they pair one: not by PIN, not by card, not by a code.
func TestAnOwnKioskTakesNoOwnPunch(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.kepala()
		pin, theirs := w.pin(0), w.pin(1)
		w.card(0, "71")
		set := w.send(0, "POST", "/api/kiosks", "kepala", map[string]any{"name": "Rumah",
			"branch_id": w.branches[0].ID, "modes": []string{"qr", "pin", "badge"}})
		require.Equal(t, http.StatusCreated, set.status, set.raw)
		d := &tablet{w: w, id: int64(set.json["id"].(float64))}
		require.Equal(t, []string{"kepala"}, d.vouched())
		require.Equal(t, http.StatusOK, d.pair(0, d.invite()).status)

		refused := func() {
			t.Helper()
			for what, r := range map[string]reply{"PIN": d.punch(1, w.byPIN(0, pin)),
				"card": d.punch(0, map[string]any{"card": "71"}),
				"code": w.send(1, "POST", checkIn, "kepala", map[string]any{"kiosk": d.code()})} {
				require.Equal(t, []any{http.StatusForbidden, "own_days"}, []any{r.status, r.code()}, what+r.raw)
				require.Contains(t, r.json["detail"], "halaman Kios", what)
			}
		}
		refused()
		require.Equal(t, http.StatusCreated, d.punch(0, w.byPIN(1, theirs)).status, "others punch at once")

		own := d.by("kepala", "POST", "/confirm", nil)
		require.Equal(t, []any{http.StatusForbidden, "own_days"}, []any{own.status, own.code()}, own.raw)
		confirm := func(who string) {
			t.Helper()
			r := d.by(who, "POST", "/confirm", nil)
			require.Equal(t, http.StatusNoContent, r.status, r.raw)
		}
		confirm("cabang")
		require.Empty(t, d.vouched())
		require.Len(t, w.entries("kiosk.setup_confirmed"), 1)
		confirm("cabang") // which there is nothing to do for
		require.Len(t, w.entries("kiosk.setup_confirmed"), 1)
		r := d.punch(0, w.byPIN(0, pin), "Idempotency-Key: pagi")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.NotContains(t, w.send(0, "GET", w.dayPath(0, "2026-11-23"), "cabang", nil).raw, "own_kiosk")

		// A name decides nothing. A code does as soon as a tablet has traded it, whoever makes or changes something in
		// between, and whatever was confirmed before that.
		require.Equal(t, http.StatusOK, d.by("kepala", "PATCH", "", map[string]any{"name": "Gerbang"}).status)
		require.Empty(t, d.vouched())
		made := d.by("kepala", "POST", "/pairing", nil)
		require.Equal(t, http.StatusOK, made.status, made.raw)
		require.Empty(t, d.vouched())
		confirm("cabang")
		require.Equal(t, http.StatusOK, d.pair(1, made.json["code"].(string)).status)
		require.Equal(t, []string{"kepala"}, d.vouched())
		d.invite() // by the administrator who is no employee
		for _, branch := range []int64{w.branches[1].ID, w.branches[0].ID} {
			require.Equal(t, http.StatusOK, d.by("admin", "PATCH", "", map[string]any{"branch_id": branch}).status)
		}
		require.Equal(t, []string{"kepala"}, d.vouched())
		w.clock.Advance(time.Hour)
		refused()
		r = d.punch(0, w.byPIN(0, pin), "Idempotency-Key: pagi")
		require.Equal(t, http.StatusOK, r.status, "what was recorded is answered again: %s", r.raw)
		confirm("admin")

		// Another branch, and a code of somebody else's that is typed where one is signed in.
		require.Equal(t, http.StatusOK,
			d.by("kepala", "PATCH", "", map[string]any{"branch_id": w.branches[1].ID}).status)
		require.Equal(t, []string{"kepala"}, d.vouched())
		confirm("admin")
		back := d.by("admin", "PATCH", "", map[string]any{"branch_id": w.branches[0].ID})
		require.Equal(t, http.StatusOK, back.status, back.raw)
		typed := w.send(0, "POST", "/api/kiosk/pair", "jkt-2", map[string]any{"code": d.invite()})
		require.Equal(t, http.StatusOK, typed.status, typed.raw)
		require.Len(t, d.vouched(), 1)
		cookie, err := http.ParseSetCookie(typed.header.Get("Set-Cookie"))
		require.NoError(t, err)
		d.cookie = cookie.Value
		require.Equal(t, "own_days", d.punch(0, w.byPIN(1, theirs)).code())
		require.Equal(t, http.StatusCreated, d.punch(0, with(w.byPIN(0, pin), "direction", "out")).status)
		require.Equal(t, http.StatusNotFound, w.paired(1, "pin").by("cabang", "POST", "/confirm", nil).status)
		require.Equal(t, http.StatusNoContent, d.by("admin", "DELETE", "", nil).status)
	})
}

// A company with one administrator is not locked out: what nobody else could confirm is recorded, and looked at.
func TestAloneOnesPunchAtAnOwnKioskIsLookedAt(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.kepala()
		pin := w.pin(0)
		d := w.kiosk(0, "pin", "qr")
		made := d.by("kepala", "POST", "/pairing", nil)
		require.Equal(t, http.StatusOK, made.status, made.raw)
		require.Equal(t, http.StatusOK, d.pair(0, made.json["code"].(string)).status)
		require.Equal(t, "own_days", d.punch(0, w.byPIN(0, pin)).code())
		w.leavesAlone("kepala")
		r := d.punch(0, w.byPIN(0, pin))
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int64{int64(r.json["punch_id"].(float64))}, w.listedIDs("kepala", "?reason=own_kiosk"))
		w.reason(w.dayPath(0, "2026-11-23"), "kepala", "own_kiosk")
		w.clock.Advance(2 * time.Minute)
		r = w.send(0, "POST", checkOut, "kepala", map[string]any{"kiosk": d.code()})
		doubts, _ := r.punched(t)
		require.Equal(t, []any{"own_kiosk"}, doubts)
	})
}

// A tablet stands at the branch: where that lists its networks, one elsewhere takes nobody's punch.
func TestATabletAtAForeignAddress(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		node, branch := w.proxied(), fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		policy := func(p string) {
			t.Helper()
			r := w.send(0, "PATCH", branch, "admin", map[string]any{"network_policy": p,
				"networks": []string{"203.0.113.0/24"}})
			require.Equal(t, http.StatusOK, r.status, r.raw)
		}
		policy("block")
		d := w.paired(0, "qr", "pin", "badge")
		pin := w.pin(0)
		w.card(0, "71")
		beat := func(from string) string {
			t.Helper()
			r := d.send(node, "GET", "/api/kiosk", nil, from)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			return r.json["codes"].([]any)[0].(map[string]any)["code"].(string)
		}
		code := beat(elsewhere)
		// The phone's own network says nothing about where the tablet is, neither for the punch nor against it.
		for what, r := range map[string]reply{"PIN": d.punch(node, w.byPIN(0, pin), elsewhere),
			"card": d.punch(node, map[string]any{"card": "71"}, elsewhere),
			"code": w.send(node, "POST", checkIn, "jkt-1", map[string]any{"kiosk": code}, office)} {
			require.Equal(t, []any{http.StatusUnprocessableEntity, "foreign_network"}, []any{r.status, r.code()}, what)
			require.Contains(t, r.json["detail"], "alamat tablet ini, 198.51.100.7,", what)
		}
		code = beat(office)
		doubts, _ := w.send(node, "POST", checkIn, "jkt-1", map[string]any{"kiosk": code}, elsewhere).punched(t)
		require.Nil(t, doubts)
		w.clock.Advance(2 * time.Minute)
		require.Equal(t, http.StatusCreated, d.punch(node, w.byPIN(0, pin), office).status)

		policy("flag")
		w.clock.Advance(2 * time.Minute)
		r := d.punch(node, map[string]any{"card": "71"}, elsewhere)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []int64{int64(r.json["punch_id"].(float64))},
			w.listedIDs("cabang", "?reason=foreign_network"))
		require.Equal(t, "198.51.100.7",
			w.reason(w.dayPath(0, "2026-11-23"), "cabang", "foreign_network")["name"])
		code = beat(elsewhere)
		doubts, flags := w.send(node, "POST", checkIn, "jkt-2", map[string]any{"kiosk": code}, office).punched(t)
		require.Equal(t, []any{"foreign_network"}, doubts)
		require.Contains(t, flags, "foreign_network")
	})
}

// Whoever guesses at a kiosk is in the audit log, and does not fill it.
func TestFailuresAtAKioskAreInTheAuditLog(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "pin", "badge")
		pin := w.pin(0)
		for range 8 {
			d.punch(0, w.byPIN(0, not(pin)))
			d.punch(0, map[string]any{"number": "483920", "pin": pin})
			d.punch(0, map[string]any{"card": "999"})
			d.pair(0, "ABCD0000")
		}
		after := func(e map[string]any) map[string]any { return e["after"].(map[string]any) }
		failed := w.entries("kiosk.pin_failed")
		require.Len(t, failed, 4, "each of two numbers, once wrong, once kept waiting")
		whose := map[string]int{}
		for _, e := range failed {
			require.Equal(t, []any{fmt.Sprint(d.id), "127.0.0.1", "kiosks"}, []any{e["row"], e["address"], e["table"]})
			whose[fmt.Sprint(after(e)["employee_id"], after(e)["blocked"])]++
		}
		mine := float64(w.people[0].ID)
		require.Equal(t, map[string]int{fmt.Sprint(mine, nil): 1, fmt.Sprint(mine, true): 1,
			fmt.Sprint(nil, nil): 1, fmt.Sprint(nil, true): 1}, whose)
		require.Len(t, w.entries("kiosk.card_failed"), 1)
		paired := w.entries("kiosk.pairing_failed")
		require.Len(t, paired, 1)
		require.Equal(t, []any{"", "127.0.0.1"}, []any{paired[0]["row"], paired[0]["address"]})

		w.clock.Advance(account.FailureWindow)
		d.punch(0, map[string]any{"card": "999"})
		sum := 0.0
		for _, e := range w.entries("kiosk.card_failed") {
			sum += after(e)["count"].(float64)
		}
		require.Equal(t, 9.0, sum, "every attempt is counted")
		raw := w.send(0, "GET", "/api/audit?limit=200", "admin", nil).raw
		require.NotContains(t, raw, "483920", "a PIN in the wrong field")
		require.NotContains(t, raw, pin)
		require.Empty(t, w.entries("user.sign_in_failed"))
	})
}
