package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

func TestCheckInAndOut(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		in := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: one")
		require.Equal(t, http.StatusCreated, in.status, in.raw)
		require.Equal(t, "present", in.json["day"].(map[string]any)["status"], "five minutes are within the grace")
		require.Empty(t, in.header.Get("Idempotent-Replayed"))

		w.clock.Advance(9 * time.Hour)
		again := w.send(1, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: one")
		require.Equal(t, http.StatusOK, again.status)
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, in.raw, again.raw, "the same bytes from the other node, hours later")

		mismatch := w.send(1, "POST", "/api/attendances/check-in", "jkt-1", map[string]any{"note": "other"},
			"Idempotency-Key: one")
		require.Equal(t, http.StatusConflict, mismatch.status)
		require.Equal(t, "idempotency_mismatch", mismatch.code())
		require.Equal(t, http.StatusConflict,
			w.send(0, "POST", "/api/attendances/check-out", "jkt-1", nil, "Idempotency-Key: one").status,
			"a key belongs to one direction")
		require.Equal(t, http.StatusCreated,
			w.send(0, "POST", "/api/attendances/check-in", "jkt-2", nil, "Idempotency-Key: one").status,
			"and to one employee")

		out := w.send(1, "POST", "/api/attendances/check-out", "jkt-1",
			map[string]any{"note": "pulang", "latitude": -6.2, "longitude": 106.8, "accuracy": 12})
		require.Equal(t, http.StatusCreated, out.status, out.raw)
		twice := w.send(1, "POST", "/api/attendances/check-out", "jkt-1", map[string]any{"note": "pulang"})
		require.Equal(t, http.StatusOK, twice.status, "a double tap is one punch")
		require.Equal(t, out.json["punch"], twice.json["punch"])

		mine := w.send(0, "GET", "/api/me/today", "jkt-1", nil)
		require.Equal(t, "done", mine.json["button"].(map[string]any)["action"])
		require.Len(t, mine.json["punches"], 3)
		detail := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID), "cabang", nil)
		require.Equal(t, http.StatusOK, detail.status)
		require.InDelta(t, 480, detail.json["day"].(map[string]any)["worked_minutes"], 5)
	})
}

func TestOfflinePunches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	at := func(d time.Duration) map[string]any {
		return map[string]any{"occurred_at": start.Add(d).Format(time.RFC3339),
			"contact": w.contact("jkt-1", start.Add(-time.Hour))}
	}
	r := w.send(0, "POST", "/api/attendances/check-in", "jkt-1", at(-20*time.Minute))
	require.Equal(t, http.StatusCreated, r.status, r.raw)
	require.Equal(t, true, r.json["punch"].(map[string]any)["offline"])
	require.Equal(t, "2026-11-23T00:45:00Z", r.json["punch"].(map[string]any)["occurred_at"])
	require.Equal(t, "2026-11-23T01:05:00Z", r.json["punch"].(map[string]any)["received_at"])
	require.Contains(t, r.json["day"].(map[string]any)["flags"], "offline")
	require.Equal(t, "claim_too_old", w.send(0, "POST", "/api/attendances/check-in", "jkt-1", at(-73*time.Hour)).code())
	require.Equal(t, "claim_in_future",
		w.send(0, "POST", "/api/attendances/check-in", "jkt-1", at(3*time.Minute)).code())
}

func TestABranchThatBlocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	_, err := w.store.Branches.ChangeBranch(
		t.Context(),
		w.branches[0].ID,
		ledger.Actor{},
		func(b *attendance.Branch) error {
			*b = w.branches[0]
			b.Sites = []attendance.Site{{Name: "Monas", Latitude: -6.1754, Longitude: 106.8272, Radius: 100}}
			return nil
		},
	)
	require.NoError(t, err)
	require.Equal(t, "location_required", w.send(0, "POST", "/api/attendances/check-in", "jkt-1", nil).code())
	require.Equal(t, "outside_area",
		w.send(0, "POST", "/api/attendances/check-in", "jkt-1",
			map[string]any{"latitude": -6.3, "longitude": 106.8}).code())
	require.Equal(t, http.StatusCreated,
		w.send(0, "POST", "/api/attendances/check-in", "jkt-1",
			map[string]any{"latitude": -6.1755, "longitude": 106.8272}).status)
}

// The same key sent to two nodes by many at once is one punch, and everybody gets the same answer.
func TestOneKeyOnTwoNodesAtOnce(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		var mu sync.Mutex
		bodies, created := map[string]bool{}, 0
		var wg sync.WaitGroup
		for n := range 24 {
			wg.Go(func() {
				r := w.send(n%2, "POST", "/api/attendances/check-in", "jkt-1", nil, "Idempotency-Key: same")
				mu.Lock()
				defer mu.Unlock()
				bodies[r.raw] = true
				if r.status == http.StatusCreated {
					created++
				}
			})
		}
		wg.Wait()
		require.Len(t, bodies, 1)
		require.Equal(t, 1, created)
	})
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	const punch = "/api/attendances/check-in"
	for name, tc := range map[string]struct {
		method, path, as string
		body             any
		header           []string
		status           int
		code             string
	}{
		"not JSON": {"POST", punch, "jkt-1", "{", nil, 400, "malformed"},
		"a list":   {"POST", punch, "jkt-1", "[]", nil, 422, "invalid"},
		"wrong type": {"POST", punch, "jkt-1", `{"latitude":"here","longitude":1}`, nil, 422,
			"invalid"},
		"unknown field":   {"POST", punch, "jkt-1", `{"employee":3}`, nil, 422, "invalid"},
		"half a position": {"POST", punch, "jkt-1", `{"latitude":1}`, nil, 422, "invalid"},
		"off the Earth":   {"POST", punch, "jkt-1", `{"latitude":91,"longitude":0}`, nil, 422, "invalid"},
		"not a time":      {"POST", punch, "jkt-1", `{"occurred_at":"yesterday"}`, nil, 422, "invalid"},
		"a time past all calendars": {"POST", punch, "jkt-1", `{"occurred_at":"9999-12-31T23:59:59Z"}`, nil, 422,
			"claim_in_future"},
		"an endless note": {"POST", punch, "jkt-1", `{"note":"` + strings.Repeat("x", 600) + `"}`, nil, 422,
			"invalid"},
		"a huge body": {"POST", punch, "jkt-1", `{"note":"` + strings.Repeat("x", 20<<10) + `"}`, nil,
			413, "too_large"},
		"another content type": {"POST", punch, "jkt-1", `a=b`,
			[]string{"Content-Type: application/x-www-form-urlencoded"}, 415, "unsupported_media"},
		"a key with a space": {"POST", punch, "jkt-1", nil, []string{"Idempotency-Key: a b"}, 422, "invalid"},
		"an endless key": {"POST", punch, "jkt-1", nil,
			[]string{"Idempotency-Key: " + strings.Repeat("k", 101)}, 422, "invalid"},
		"nobody": {"POST", punch, "", nil, nil, 401, "unauthenticated"},
		"a made-up token": {"GET", "/api/me", "", nil,
			[]string{"Authorization: Bearer " + strings.Repeat("A", 43)}, 401, "unauthenticated"},
		"not an employee": {"POST", punch, "admin", nil, nil, 422, "no_employee"},
		"no such page":    {"GET", "/api/nothing", "admin", nil, nil, 404, "not_found"},
		"a cursor of another list": {"GET", "/api/attendances?cursor=MTp0b2RheTo2MDoyMDc4MA", "admin", nil, nil, 422,
			"invalid_cursor"},
		"a cursor of nobody": {"GET", "/api/employees?cursor=%00%ff", "admin", nil, nil, 422, "invalid_cursor"},
		"limit nought":       {"GET", "/api/attendances?limit=0", "admin", nil, nil, 422, "invalid"},
		"limit too high":     {"GET", "/api/attendances/today?limit=501", "admin", nil, nil, 422, "invalid"},
		"no date": {"GET", "/api/attendances?from=23-11-2026", "admin", nil, nil, 422,
			"invalid_date"},
		"a date of the year 9": {"GET", "/api/attendances/summary?date=0009-01-01", "admin", nil, nil, 422,
			"invalid_date"},
		"from after to": {"GET", "/api/attendances?from=2026-02-02&to=2026-02-01", "admin", nil, nil, 422,
			"invalid"},
		"unknown status":           {"GET", "/api/attendances?status=asleep", "admin", nil, nil, 422, "invalid"},
		"a branch that is a word":  {"GET", "/api/attendances?branch=jkt", "admin", nil, nil, 422, "invalid"},
		"an id that is a word":     {"GET", "/api/employees/first", "admin", nil, nil, 422, "invalid"},
		"an id past all integers":  {"GET", "/api/employees/99999999999999999999", "admin", nil, nil, 422, "invalid"},
		"a login without password": {"POST", "/api/login", "", `{"login":"admin"}`, nil, 422, "invalid"},
		"a login with an empty body": {"POST", "/api/login", "", nil, []string{"Content-Type: application/json"}, 400,
			"malformed"},
		"a letter that is not there": {"POST", "/api/ops/dead-letters/77/retry", "ops", nil, nil, 404, "not_found"},
		"a discard without reason": {"POST", "/api/ops/dead-letters/77/discard", "ops", `{"reason":""}`, nil, 422,
			"invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send(0, tc.method, tc.path, tc.as, tc.body, tc.header...)
			require.Equal(t, tc.status, r.status, r.raw)
			require.Equal(t, tc.code, r.code(), r.raw)
		})
	}
	require.NotContains(t, w.log.String(), "level=ERROR", "bad input is no defect of the server")
}
