package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/kiosk"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// tablet is one that may be paired.
type tablet struct {
	w      *world
	id     int64 // of its kiosk
	cookie string
}

// kiosk sets one up in a branch, with modes, which no tablet is paired with.
func (w *world) kiosk(branch int, modes ...string) *tablet {
	w.t.Helper()
	r := w.send(0, "POST", "/api/kiosks", "admin", map[string]any{"name": fmt.Sprintf("Gerbang %d", branch+1),
		"branch_id": w.branches[branch].ID, "modes": modes, "site": "Lobi"})
	require.Equal(w.t, http.StatusCreated, r.status, r.raw)
	return &tablet{w: w, id: int64(r.json["id"].(float64))}
}

func (d *tablet) path() string { return fmt.Sprintf("/api/kiosks/%d", d.id) }

// invite makes a code to pair with.
func (d *tablet) invite() string {
	d.w.t.Helper()
	r := d.w.send(0, "POST", d.path()+"/pairing", "admin", nil)
	require.Equal(d.w.t, http.StatusOK, r.status, r.raw)
	require.Equal(d.w.t, d.w.clock.Now().Add(10*time.Minute).Format(time.RFC3339), r.json["expires_at"])
	return r.json["code"].(string)
}

// pair trades a code on a node and keeps the cookie.
func (d *tablet) pair(node int, code string) reply {
	d.w.t.Helper()
	r := d.w.send(node, "POST", "/api/kiosk/pair", "", map[string]any{"code": code})
	for _, line := range r.header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		require.NoError(d.w.t, err)
		require.Equal(d.w.t, "hadir_kiosk", c.Name)
		require.True(d.w.t, c.HttpOnly)
		require.Equal(d.w.t, http.SameSiteStrictMode, c.SameSite)
		require.Equal(d.w.t, "/api/kiosk", c.Path)
		d.cookie = c.Value
	}
	return r
}

// paired is kiosk with a tablet.
func (w *world) paired(branch int, modes ...string) *tablet {
	w.t.Helper()
	d := w.kiosk(branch, modes...)
	r := d.pair(0, d.invite())
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return d
}

// send sends a request of the tablet.
func (d *tablet) send(node int, method, path string, body any, header ...string) reply {
	d.w.t.Helper()
	return d.w.send(node, method, path, "", body, append(header, "Cookie: hadir_kiosk="+d.cookie)...)
}

func (d *tablet) punch(node int, body map[string]any, header ...string) reply {
	d.w.t.Helper()
	return d.send(node, "POST", "/api/kiosk/punches", body, header...)
}

// code is what the screen shows now.
func (d *tablet) code() string {
	d.w.t.Helper()
	r := d.send(0, "GET", "/api/kiosk", nil)
	require.Equal(d.w.t, http.StatusOK, r.status, r.raw)
	first := r.json["codes"].([]any)[0].(map[string]any)
	require.EqualValues(d.w.t, kiosk.StepOf(d.w.clock.Now()), first["step"])
	return first["code"].(string)
}

// pin makes a PIN for somebody.
func (w *world) pin(person int) string {
	w.t.Helper()
	r := w.send(0, "PUT", fmt.Sprintf("/api/employees/%d/pin", w.people[person].ID), "admin", nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	return r.json["pin"].(string)
}

// not is another PIN.
func not(pin string) string {
	if pin == "483920" {
		return "483921"
	}
	return "483920"
}

func (w *world) byPIN(person int, pin string) map[string]any {
	return map[string]any{"number": w.people[person].Number, "pin": pin}
}

// same is an answer without what is another in each.
func (r reply) same(t *testing.T) string {
	t.Helper()
	delete(r.json, "request_id")
	j, err := json.Marshal(r.json)
	require.NoError(t, err)
	return fmt.Sprint(r.status, string(j))
}

func TestPairingAKiosk(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		d := w.kiosk(0, "badge", "qr")
		item := func() map[string]any {
			items := w.send(1, "GET", "/api/kiosks", "cabang", nil).items()
			require.Len(t, items, 1)
			return items[0]
		}
		require.Equal(t, []any{"Gerbang 1", "Jakarta", "Lobi", "id", "unpaired", nil}, []any{item()["name"],
			item()["branch"], item()["site"], item()["language"], item()["state"], item()["life"]})
		require.Equal(t, []any{"qr", "badge"}, item()["modes"])
		require.Equal(t, http.StatusUnauthorized, d.send(0, "GET", "/api/kiosk", nil).status)

		code := d.invite()
		require.Equal(t, "waiting", item()["state"])
		r := w.send(1, "POST", "/api/kiosk/pair", "", map[string]any{"code": code}, "Sec-Fetch-Site: cross-site")
		require.Equal(t, "cross_site", r.code())
		r = d.pair(1, strings.ToLower(code[:4])+"-"+code[4:])
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []any{"Gerbang 1", "Jakarta", "Asia/Jakarta", 8000.0}, []any{r.json["name"], r.json["branch"],
			r.json["zone"], r.json["step_ms"]})
		require.Len(t, r.json["codes"], 16)
		require.Equal(t, []any{"paired", "alive"}, []any{item()["state"], item()["life"]})
		again := d.pair(0, code)
		require.Equal(t, []any{http.StatusUnprocessableEntity, "pairing_code_invalid"},
			[]any{again.status, again.code()}, "traded once")

		w.clock.Advance(3 * time.Minute)
		require.Equal(t, "late", item()["life"])
		require.Equal(t, http.StatusOK, d.send(0, "GET", "/api/kiosk", nil).status)
		require.Equal(t, "alive", item()["life"])

		// It is good for nothing else.
		require.Equal(t, http.StatusUnauthorized, d.send(0, "GET", "/api/me", nil).status)
		require.Equal(t, http.StatusUnauthorized,
			w.send(0, "GET", "/api/me", "", nil, "Authorization: Bearer "+d.cookie).status)
		require.Equal(t, http.StatusUnauthorized,
			w.send(0, "GET", "/api/kiosk", "", nil, "Authorization: Bearer "+d.cookie).status)
		require.Equal(t, http.StatusUnauthorized,
			w.send(0, "GET", "/api/me", "", nil, "Cookie: hadir_session="+d.cookie).status)

		// A code that is too old, and one that another took the place of.
		first := d.invite()
		second := d.invite()
		require.Equal(t, "pairing_code_invalid", d.pair(0, first).code())
		w.clock.Advance(10 * time.Minute)
		require.Equal(t, "pairing_code_invalid", d.pair(0, second).code())
		require.Equal(t, "paired", item()["state"], "the tablet from before")

		// Another tablet takes over: neither the token nor a code on the screen of the first counts.
		scanned, old := d.code(), d.cookie
		r = d.pair(0, d.invite())
		require.Equal(t, http.StatusOK, r.status, r.raw)
		before := &tablet{w: w, id: d.id, cookie: old}
		for node := range 2 {
			require.Equal(t, "kiosk_unpaired", before.send(node, "GET", "/api/kiosk", nil).code())
		}
		r = w.send(0, "POST", checkIn, "jkt-1", map[string]any{"kiosk": scanned})
		require.Equal(t, "kiosk_code_invalid", r.code(), r.raw)

		// Revoked on one node it is revoked on the other, at once.
		scanned = d.code()
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", d.path()+"/pairing", "cabang", nil).status)
		require.Equal(t, "kiosk_unpaired", d.send(1, "GET", "/api/kiosk", nil).code())
		require.Equal(t, "kiosk_unpaired", d.punch(1, map[string]any{"card": "1"}).code())
		require.Equal(t, "unpaired", item()["state"])
		r = w.send(1, "POST", checkIn, "jkt-1", map[string]any{"kiosk": scanned})
		require.Equal(t, "kiosk_code_invalid", r.code(), r.raw)
		for action, n := range map[string]int{"kiosk.created": 1, "kiosk.code_made": 4, "kiosk.paired": 2,
			"kiosk.unpaired": 1} {
			require.Len(t, w.entries(action), n, action)
		}
		require.NotContains(t, w.send(0, "GET", "/api/audit?limit=200", "admin", nil).raw, code)
	})
}

func TestPairingCodesAreNotGuessed(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		d := w.kiosk(0, "pin")
		code := d.invite()
		for i := range 20 {
			require.Equal(t, "pairing_code_invalid", d.pair(i%2, fmt.Sprintf("ABCD%04d", i)).code())
		}
		r := d.pair(1, code)
		require.Equal(t, []any{http.StatusTooManyRequests, "throttled"}, []any{r.status, r.code()})
		require.Equal(t, "900", r.header.Get("Retry-After"))
	})
}

func TestSettingKiosksUp(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.kiosk(0, "pin")
		jkt, mks := w.branches[0].ID, w.branches[1].ID
		for name, body := range map[string]map[string]any{
			"no modes":       {"name": "A", "branch_id": jkt, "modes": []string{}},
			"another mode":   {"name": "A", "branch_id": jkt, "modes": []string{"photo"}},
			"no name":        {"name": " ", "branch_id": jkt, "modes": []string{"pin"}},
			"another tongue": {"name": "A", "branch_id": jkt, "modes": []string{"pin"}, "language": "fr"},
		} {
			r := w.send(0, "POST", "/api/kiosks", "admin", body)
			require.Equal(t, http.StatusUnprocessableEntity, r.status, name)
		}
		elsewhere := map[string]any{"name": "A", "branch_id": mks, "modes": []string{"pin"}}
		require.Equal(t, http.StatusNotFound, w.send(0, "POST", "/api/kiosks", "cabang", elsewhere).status)
		version := w.send(0, "GET", "/api/kiosks", "cabang", nil).items()[0]["version"]
		r := w.send(0, "PATCH", d.path(), "cabang", map[string]any{"name": "Pintu  timur", "language": "en",
			"modes": []string{"badge", "pin"}, "version": version})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []any{"Pintu timur", "en", []any{"pin", "badge"}},
			[]any{r.json["name"], r.json["language"], r.json["modes"]})
		r = w.send(0, "PATCH", d.path(), "cabang", map[string]any{"name": "Lain", "version": version})
		require.Equal(t, []any{http.StatusConflict, "stale"}, []any{r.status, r.code()})
		require.Equal(t, http.StatusNotFound,
			w.send(0, "PATCH", d.path(), "cabang", map[string]any{"branch_id": mks}).status)
		paired := w.paired(0, "pin")
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", paired.path(), "cabang", nil).status)
		require.Equal(t, "kiosk_unpaired", paired.send(0, "GET", "/api/kiosk", nil).code())
		require.Len(t, w.send(0, "GET", "/api/kiosks", "admin", nil).items(), 1)
	})
}

func TestPunchingByPIN(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyBlock) // a tablet stands where it was put
		d := w.paired(0, "pin")
		pin := w.pin(0)
		r := d.punch(1, w.byPIN(0, pin), "Idempotency-Key: pagi")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []any{"Orang 1", "in", "2026-11-23", start.Format(time.RFC3339), nil},
			[]any{r.json["name"], r.json["direction"], r.json["work_date"], r.json["occurred_at"],
				r.json["late_minutes"]})
		require.Equal(t, start.Add(time.Minute).Format(time.RFC3339), r.json["undo_until"])
		id := r.json["punch_id"]
		day := w.send(0, "GET", w.dayPath(0, "2026-11-23"), "cabang", nil)
		punch := day.json["punches"].([]any)[0].(map[string]any)
		require.Equal(t, []any{"kiosk", "Gerbang 1"}, []any{punch["source"], punch["device"]})

		// The button says out by now; the other direction so soon is asked about, and a lost answer is given again.
		w.clock.Advance(30 * time.Second)
		r = d.punch(0, w.byPIN(0, pin))
		require.Equal(t, []any{http.StatusConflict, "confirm_direction"}, []any{r.status, r.code()})
		r = d.punch(0, w.byPIN(0, pin), "Idempotency-Key: pagi")
		require.Equal(t, []any{http.StatusOK, "true", id}, []any{r.status, r.header.Get("Idempotent-Replayed"),
			r.json["punch_id"]})
		r = d.punch(0, with(w.byPIN(0, pin), "direction", "in"))
		require.Equal(t, []any{http.StatusOK, id}, []any{r.status, r.json["punch_id"]}, "a repeat")
		w.clock.Advance(9 * time.Hour)
		r = d.punch(0, w.byPIN(0, pin))
		require.Equal(t, []any{http.StatusCreated, "out"}, []any{r.status, r.json["direction"]})

		// Wrong in whatever way: one and the same.
		wrong := d.punch(0, w.byPIN(0, not(pin))).same(t)
		require.Contains(t, wrong, "kiosk_refused")
		require.Equal(t, wrong, d.punch(0, w.byPIN(1, pin)).same(t), "who has no PIN")
		require.Equal(t, wrong, d.punch(0, map[string]any{"number": "JKT-999", "pin": pin}).same(t), "nobody")
		r = d.punch(0, with(w.byPIN(0, pin), "number", "ｊｋｔ-1", "confirm", true))
		require.Equal(t, http.StatusOK, r.status, "a number that reads alike: %s", r.raw)

		require.Equal(t, "kiosk_mode", d.punch(0, map[string]any{"card": "1234"}).code())
		for _, body := range []map[string]any{{}, {"number": "JKT-1"}, {"pin": pin},
			with(w.byPIN(0, pin), "card", "1")} {
			require.Equal(t, http.StatusUnprocessableEntity, d.punch(0, body).status)
		}

		// The PIN is nowhere to be read, and another one takes its place.
		require.NotContains(t, w.send(0, "GET", "/api/audit?limit=200", "admin", nil).raw, pin)
		require.NotContains(t, w.log.String(), pin)
		other := w.pin(0)
		require.Equal(t, other == pin, d.punch(0, w.byPIN(0, pin)).code() != "kiosk_refused")
		r = d.punch(0, w.byPIN(0, other), "Idempotency-Key: pagi")
		require.Equal(t, []any{http.StatusOK, id}, []any{r.status, r.json["punch_id"]}, "no PIN is in what is kept: %s",
			r.raw)
		employee := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		require.Equal(t, true, w.send(0, "GET", employee, "cabang", nil).json["has_pin"])
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", employee+"/pin", "cabang", nil).status)
		require.Equal(t, false, w.send(0, "GET", employee, "cabang", nil).json["has_pin"])
		require.Equal(t, "kiosk_refused", d.punch(0, w.byPIN(0, other)).code())
	})
}

func TestChoosingTheOwnPIN(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "pin")
		require.Equal(t, false, w.send(0, "GET", "/api/me/pin", "jkt-1", nil).json["has_pin"])
		for _, easy := range []string{"111111", "123456", "000001", "12345", "abcdef"} {
			r := w.send(0, "PUT", "/api/me/pin", "jkt-1", map[string]any{"pin": easy})
			require.Equal(t, []string{"pin"}, r.wrongFields(), easy)
		}
		r := w.send(0, "PUT", "/api/me/pin", "admin", map[string]any{"pin": "483920"})
		require.Equal(t, "no_employee", r.code())
		r = w.send(0, "PUT", "/api/me/pin", "jkt-1", map[string]any{"pin": "483920"})
		require.Equal(t, http.StatusNoContent, r.status, r.raw)
		require.Equal(t, true, w.send(0, "GET", "/api/me/pin", "jkt-1", nil).json["has_pin"])
		require.Equal(t, http.StatusCreated, d.punch(0, w.byPIN(0, "483920")).status)
		require.Len(t, w.entries("employee_pin.created"), 1)
	})
}

// Five failures of one number, on whichever node and tablet, and the right PIN waits, too; others do not.
func TestPINsAreNotGuessed(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		one, other := w.paired(0, "pin"), w.paired(0, "pin")
		mine, theirs := w.pin(0), w.pin(1)
		for i := range 5 {
			d := []*tablet{one, other}[i%2]
			require.Equal(t, "kiosk_refused", d.punch(i%2, w.byPIN(0, not(mine))).code())
			w.clock.Advance(time.Minute)
		}
		for node, d := range []*tablet{other, one} {
			r := d.punch(node, w.byPIN(0, mine))
			require.Equal(t, []any{http.StatusTooManyRequests, "throttled"}, []any{r.status, r.code()})
			require.Equal(t, "840", r.header.Get("Retry-After"))
		}
		require.Equal(t, "throttled", one.punch(0, map[string]any{"number": "ｊｋｔ-1", "pin": mine}).code())
		require.Equal(t, http.StatusCreated, one.punch(0, w.byPIN(1, theirs)).status)
		w.clock.Advance(15 * time.Minute)
		require.Equal(t, http.StatusCreated, other.punch(1, w.byPIN(0, mine)).status)

		// Numbers that nobody has, one after the other, close the kiosk where they are typed.
		w.clock.Advance(15 * time.Minute)
		for i := range 20 {
			r := one.punch(i%2, map[string]any{"number": fmt.Sprintf("X-%d", i), "pin": "483920"})
			require.Equal(t, "kiosk_refused", r.code(), i)
		}
		require.Equal(t, "throttled", one.punch(1, w.byPIN(1, theirs)).code())
		require.NotEqual(t, "throttled", other.punch(1, with(w.byPIN(1, theirs), "confirm", true)).code())
	})
}

func TestPunchingByBadge(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		d := w.paired(0, "badge")
		card := map[string]any{"card": "0012345678"}
		badge := func(person int) string { return fmt.Sprintf("/api/employees/%d/badge", w.people[person].ID) }
		require.Equal(t, "badge_unknown", d.punch(0, card).code())
		r := w.send(0, "PUT", badge(0), "cabang", card)
		require.Equal(t, http.StatusNoContent, r.status, r.raw)
		require.Equal(t, "0012345678", w.send(0, "GET", fmt.Sprintf("/api/employees/%d", w.people[0].ID), "cabang",
			nil).json["card"])
		r = d.punch(1, card)
		require.Equal(t, []any{http.StatusCreated, "Orang 1", "in"},
			[]any{r.status, r.json["name"], r.json["direction"]})

		// Somebody else's card names them to who may see them.
		r = w.send(0, "PUT", badge(1), "cabang", map[string]any{"card": "００１２３４５６７８"})
		require.Equal(t, []any{http.StatusConflict, "badge_taken"}, []any{r.status, r.code()})
		require.Contains(t, r.raw, "Orang 1 (JKT-1)")
		require.Equal(t, http.StatusNoContent, w.send(0, "PUT", badge(2), "admin", map[string]any{"card": "77"}).status)
		r = w.send(0, "PUT", badge(1), "cabang", map[string]any{"card": "77"})
		require.Equal(t, "badge_taken", r.code())
		require.NotContains(t, r.raw, "Orang 3")

		r = w.send(0, "PUT", badge(0), "cabang", map[string]any{"card": "88"})
		require.Equal(t, http.StatusNoContent, r.status)
		require.Equal(t, "badge_unknown", d.punch(0, card).code(), "the card from before")
		require.Equal(t, http.StatusNoContent, w.send(0, "PUT", badge(1), "cabang", card).status, "it is free now")
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", badge(1), "cabang", nil).status)
		require.Equal(t, "badge_unknown", d.punch(0, card).code())
		require.Len(t, w.entries("employee_badge.updated"), 1)
		require.Equal(t, "kiosk_mode", d.punch(0, w.byPIN(0, "483920")).code())
	})
}

func TestScanningTheCodeOfAKiosk(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyBlock)
		d := w.paired(0, "qr")
		scan := func(node int, path, who, code string, header ...string) reply {
			return w.send(node, "POST", path, who, map[string]any{"kiosk": code, "confirm": true}, header...)
		}
		require.Equal(t, "location_required", w.send(0, "POST", checkIn, "jkt-1", nil).code())
		code := d.code()
		r := w.send(1, "POST", checkIn, "jkt-1", map[string]any{"kiosk": code, "latitude": -7.5, "longitude": 110.0,
			"accuracy": 5.0}, "Idempotency-Key: pindai")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		punch := r.json["punch"].(map[string]any)
		require.Equal(t, []any{"kiosk", "Gerbang 1", nil, false}, []any{punch["source"], punch["device"], punch["fix"],
			punch["outside_area"]})
		id := punch["id"]

		// Once for each person and code, in whichever direction; everybody else may.
		r = scan(0, checkOut, "jkt-1", code)
		require.Equal(t, []any{http.StatusConflict, "kiosk_code_used"}, []any{r.status, r.code()})
		require.Equal(t, http.StatusCreated, scan(1, checkIn, "jkt-2", code).status)

		// The step before still counts; what was copied 17 s ago does not, unless the punch is there already.
		w.clock.Advance(time.Hour)
		before := d.code()
		w.clock.Advance(8 * time.Second)
		require.Equal(t, http.StatusCreated, scan(0, checkOut, "jkt-1", before, "Idempotency-Key: sore").status)
		w.clock.Advance(9 * time.Second)
		r = scan(1, checkOut, "jkt-2", before)
		require.Equal(t, []any{http.StatusUnprocessableEntity, "kiosk_code_expired"}, []any{r.status, r.code()})
		r = scan(1, checkOut, "jkt-1", before, "Idempotency-Key: sore")
		require.Equal(t, []any{http.StatusOK, "true"}, []any{r.status, r.header.Get("Idempotent-Replayed")})
		r = w.send(0, "POST", checkIn, "jkt-1", map[string]any{"kiosk": code, "latitude": -7.5, "longitude": 110.0,
			"accuracy": 5.0}, "Idempotency-Key: pindai")
		require.Equal(t, []any{http.StatusOK, id}, []any{r.status, r.json["punch"].(map[string]any)["id"]})
		require.Equal(t, "idempotency_mismatch", scan(0, checkIn, "jkt-1", d.code(), "Idempotency-Key: pindai").code())

		// Codes that nobody shows: made up, of tomorrow, of a kiosk in another mode, of one that is gone.
		now := d.code()
		later := strings.Split(now, ".")
		later[2] = fmt.Sprint(kiosk.StepOf(w.clock.Now()) + 2)
		silent := w.paired(0, "qr", "pin")
		theirs := silent.code()
		require.Equal(t, http.StatusOK,
			w.send(0, "PATCH", silent.path(), "admin", map[string]any{"modes": []string{"pin"}}).status)
		gone := w.paired(0, "qr")
		last := gone.code()
		require.Equal(t, http.StatusNoContent, w.send(0, "DELETE", gone.path(), "admin", nil).status)
		for _, made := range []string{"x", "1.7", strings.Join(later, "."), now[:len(now)-2] + "..", theirs, last} {
			require.Equal(t, "kiosk_code_invalid", scan(0, checkIn, "jkt-2", made).code(), made)
		}
		next := d.send(0, "GET", "/api/kiosk", nil).json["codes"].([]any)[2].(map[string]any)["code"].(string)
		require.Equal(t, "kiosk_code_invalid", scan(0, checkIn, "jkt-2", next).code(), "not shown yet")
		r = w.send(0, "POST", checkIn, "jkt-2", map[string]any{"kiosk": d.code(),
			"occurred_at": w.clock.Now().Add(-time.Minute)})
		require.Equal(t, []string{"kiosk"}, r.wrongFields(), "what was kept is of another time: %s", r.raw)
		require.Equal(t, http.StatusUnauthorized, w.send(0, "POST", checkIn, "", map[string]any{"kiosk": now}).status)
	})
}

// Two people who scan with one phone are both recorded, and somebody looks at it.
func TestOnePhoneScansForTwo(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "qr")
		for i, who := range []string{"jkt-1", "jkt-2"} {
			r := w.send(0, "POST", checkIn, who, map[string]any{"kiosk": d.code(), "device_id": phone})
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			require.Equal(t, i == 1, strings.Contains(r.raw, "shared_device"), r.raw)
			w.clock.Advance(20 * time.Second)
		}
		require.Len(t, w.listedIDs("cabang", "?reason=shared_device"), 1)
	})
}

// People of another branch punch at a kiosk only where their branch lets them work there.
func TestKiosksOfOtherBranches(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "qr", "pin", "badge")
		pin := w.pin(2)
		require.Equal(t, http.StatusNoContent, w.send(0, "PUT", fmt.Sprintf("/api/employees/%d/badge", w.people[2].ID),
			"admin", map[string]any{"card": "77"}).status)
		ways := func() []reply {
			return []reply{d.punch(0, w.byPIN(2, pin)), d.punch(0, map[string]any{"card": "77"}),
				w.send(0, "POST", checkIn, "mks-3", map[string]any{"kiosk": d.code()})}
		}
		for _, r := range ways() {
			require.Equal(t, []any{http.StatusUnprocessableEntity, "kiosk_other_branch"},
				[]any{r.status, r.code()}, r.raw)
		}
		_, err := w.store.Branches.ChangeBranch(t.Context(), w.branches[1].ID, ledger.Actor{},
			func(b *attendance.Branch) error {
				b.AlsoAt = []int64{w.branches[0].ID}
				return nil
			})
		require.NoError(t, err)
		first := true
		for _, r := range ways() {
			if first {
				require.Equal(t, http.StatusCreated, r.status, r.raw)
			}
			require.NotEqual(t, "kiosk_other_branch", r.code(), r.raw)
			first = false
		}
	})
}

// A branch that nothing but a kiosk names is put out of use, not removed, and its tablet takes nobody's punch any more:
// neither do its sites and networks count for the branches that send people there.
func TestKiosksOfABranchThatIsOutOfUse(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		b, err := w.store.Branches.AddBranch(t.Context(), attendance.Branch{Code: "TST", Name: "Uji",
			Zone: "Asia/Makassar", Policy: attendance.PolicyRecord, Active: true}, ledger.Actor{})
		require.NoError(t, err)
		w.branches = append(w.branches, b)
		d := w.paired(2, "qr", "pin")
		pin := w.pin(2)
		_, err = w.store.Branches.ChangeBranch(t.Context(), w.branches[1].ID, ledger.Actor{},
			func(makassar *attendance.Branch) error {
				makassar.AlsoAt = []int64{b.ID}
				return nil
			})
		require.NoError(t, err)
		r := d.punch(0, w.byPIN(2, pin))
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		code := d.code()

		gone := w.send(0, "DELETE", fmt.Sprintf("/api/branches/%d", b.ID), "admin", nil)
		require.Equal(t, []any{http.StatusOK, false}, []any{gone.status, gone.json["removed"]}, gone.raw)
		w.clock.Advance(2 * time.Minute)
		r = d.punch(0, w.byPIN(2, pin))
		require.Equal(t, []any{http.StatusUnauthorized, "kiosk_unpaired"}, []any{r.status, r.code()}, r.raw)
		w.clock.Advance(-2 * time.Minute)
		r = w.send(0, "POST", checkOut, "mks-3", map[string]any{"kiosk": code})
		require.Equal(t, "kiosk_code_invalid", r.code(), r.raw)
	})
}

func TestLeaversAtAKiosk(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "pin")
		pin := w.pin(0)
		path := fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		version := w.send(0, "GET", path, "admin", nil).json["version"]
		r := w.send(0, "PATCH", path, "admin", map[string]any{"version": version, "status": "inactive",
			"left_on": "2026-11-22"})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		r = d.punch(0, w.byPIN(0, pin))
		require.Equal(t, []any{http.StatusUnprocessableEntity, "employee_inactive"}, []any{r.status, r.code()}, r.raw)
		require.Equal(t, "kiosk_refused", d.punch(0, w.byPIN(0, not(pin))).code(), "nobody else learns that")
	})
}

// "Bukan saya": within a minute, and only where the punch was made.
func TestItWasNotI(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		d, other := w.paired(0, "pin"), w.paired(0, "pin")
		pin := w.pin(0)
		void := func(d *tablet, node int, id any) reply {
			return d.send(node, "POST", fmt.Sprintf("/api/kiosk/punches/%.0f/void", id), nil)
		}
		id := d.punch(0, w.byPIN(0, pin)).json["punch_id"]
		require.Equal(t, http.StatusNotFound, void(other, 0, id).status)
		require.Equal(t, http.StatusUnauthorized,
			w.send(0, "POST", fmt.Sprintf("/api/kiosk/punches/%.0f/void", id), "jkt-1", nil).status)
		w.clock.Advance(time.Minute)
		r := void(d, 1, id)
		require.Equal(t, http.StatusNoContent, r.status, r.raw)
		day := w.send(0, "GET", w.dayPath(0, "2026-11-23"), "cabang", nil)
		require.Nil(t, day.json["day"].(map[string]any)["first_in"], day.raw)
		require.Contains(t, day.raw, `"origin":"kiosk"`)
		entries := w.entries("punch.voided")
		require.Len(t, entries, 1)
		require.Contains(t, fmt.Sprint(entries[0]["after"]), "kiosk")

		id = d.punch(0, w.byPIN(0, pin)).json["punch_id"]
		w.clock.Advance(time.Minute + time.Second)
		require.Equal(t, "undo_over", void(d, 0, id).code())
		// What a phone recorded is no tablet's to take back.
		w.clock.Advance(time.Hour)
		mine := w.send(0, "POST", checkOut, "jkt-1", nil)
		require.Equal(t, http.StatusNotFound, void(d, 0, mine.json["punch"].(map[string]any)["id"]).status, mine.raw)
	})
}

// Who comes once more after an answer that the tablet did not get is told what was recorded, by whatever they identify
// themselves with.
func TestAPunchAtAKioskWhoseAnswerWasLost(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "pin", "badge")
		for i, card := range []string{"0001112223", "0001112224"} {
			badge := fmt.Sprintf("/api/employees/%d/badge", w.people[i].ID)
			r := w.send(0, "PUT", badge, "admin", map[string]any{"card": card})
			require.Equal(t, http.StatusNoContent, r.status, r.raw)
		}
		pin := w.pin(0)
		sent := w.clock.Now()
		lost := []map[string]any{{"from": sent.Add(-time.Hour), "to": sent.Add(-time.Hour)},
			{"from": sent, "to": sent.Add(10 * time.Second)}}
		again := func(card, direction string, status int, want string) reply {
			t.Helper()
			body := map[string]any{"card": card, "unanswered": lost}
			if direction != "" {
				body["direction"] = direction
			}
			r := d.punch(0, body)
			require.Equal(t, fmt.Sprint(status, " ", want), fmt.Sprint(r.status, " ", r.json["direction"]), r.raw)
			return r
		}
		first := d.punch(0, w.byPIN(0, pin))
		require.Equal(t, http.StatusCreated, first.status, first.raw)
		w.clock.Advance(90 * time.Second)

		r := again("0001112223", "", http.StatusOK, "in")
		require.Equal(t, first.json["punch_id"], r.json["punch_id"])
		require.Equal(t, "true", r.header.Get("Idempotent-Replayed"))
		require.Equal(t, first.json["name"], r.json["name"])
		again("0001112223", "in", http.StatusOK, "in")
		again("0001112224", "", http.StatusCreated, "in") // somebody else, who was not recorded then

		again("0001112223", "out", http.StatusCreated, "out") // meant
		w.clock.Advance(2 * time.Minute)
		again("0001112223", "", http.StatusCreated, "out") // who has punched since comes for the next one

		w.clock.Advance(2 * time.Hour)
		again("0001112224", "", http.StatusCreated, "out") // in the evening the morning is over
		for _, wrong := range []any{"yesterday", []any{map[string]any{"from": "x", "to": "y"}}} {
			r := d.punch(0, map[string]any{"card": "0001112224", "unanswered": wrong})
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		}
	})
}

// What was taken back is not answered again.
func TestALostPunchThatWasTakenBack(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d := w.paired(0, "pin")
		pin := w.pin(0)
		sent := w.clock.Now()
		first := d.punch(0, w.byPIN(0, pin))
		require.Equal(t, http.StatusCreated, first.status, first.raw)
		w.clock.Advance(30 * time.Second)
		void := d.send(0, "POST", fmt.Sprintf("/api/kiosk/punches/%.0f/void", first.json["punch_id"]), nil)
		require.Equal(t, http.StatusNoContent, void.status, void.raw)
		body := w.byPIN(0, pin)
		body["unanswered"] = []map[string]any{{"from": sent, "to": sent.Add(10 * time.Second)}}
		r := d.punch(0, body)
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.NotEqual(t, first.json["punch_id"], r.json["punch_id"])
	})
}

// Two PINs of two people within five seconds: somebody looks at it, and nobody is refused.
func TestTwoPINsInAHurry(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		d, other := w.paired(0, "pin", "badge"), w.paired(0, "pin")
		one, two := w.pin(0), w.pin(1)
		require.Equal(t, http.StatusNoContent, w.send(0, "PUT", fmt.Sprintf("/api/employees/%d/badge", w.people[1].ID),
			"admin", map[string]any{"card": "77"}).status)
		at := func(d *tablet, body map[string]any) int64 {
			r := d.punch(0, with(body, "confirm", true))
			require.Equal(t, http.StatusCreated, r.status, r.raw)
			return int64(r.json["punch_id"].(float64))
		}
		at(d, w.byPIN(0, one))
		w.clock.Advance(4 * time.Second)
		second := at(d, w.byPIN(1, two))
		require.Equal(t, []int64{second}, w.listedIDs("cabang", "?reason=kiosk_hurry"))
		path := fmt.Sprintf("/api/reviews/%d", second)
		require.Equal(t, "Orang 1 (JKT-1)", w.reason(path, "cabang", "kiosk_hurry")["name"])

		w.clock.Advance(time.Hour)
		at(d, w.byPIN(0, one))
		w.clock.Advance(6 * time.Second)
		at(d, w.byPIN(1, two))
		w.clock.Advance(time.Hour)
		at(d, w.byPIN(0, one))
		at(other, w.byPIN(1, two))
		w.clock.Advance(time.Hour)
		at(d, w.byPIN(0, one))
		at(d, map[string]any{"card": "77"})
		require.Equal(t, []int64{second}, w.listedIDs("cabang", "?reason=kiosk_hurry"), "slowly, elsewhere, by a card")
	})
}
