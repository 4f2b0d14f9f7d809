package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// Who decides about a claimed time sees where and by which device it was made, as of a punch, and so does its person.
func TestAWaitingClaimKeepsItsEvidence(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyFlag)
		_, err := w.store.Branches.ChangeBranch(t.Context(), w.branches[0].ID, ledger.Actor{},
			func(b *attendance.Branch) error {
				b.Networks, b.NetworkPolicy = []string{"203.0.113.0/24"}, attendance.PolicyFlag
				return nil
			})
		require.NoError(t, err)
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(9, 0))
		w.send(0, "POST", checkIn, "jkt-2", map[string]any{"device_id": phone}).taken(t)
		w.clock.Set(monday(9, 10))
		w.send(0, "POST", checkIn, "jkt-1", nil).taken(t)
		w.clock.Set(monday(9, 30))
		body := with(metresAway(42_000, 400), "occurred_at", monday(7, 55), "contact", p.contact, "device_id", phone,
			"device", "Ponsel Ana")
		kept := w.send(0, "POST", checkIn, "jkt-1", body, "Idempotency-Key: claim")
		q := kept.waiting(t, "earlier")
		require.NotContains(t, kept.raw, "latitude")
		path := fmt.Sprintf("/api/corrections/%v/evidence", q["id"])

		codes := map[string]map[string]any{}
		look := func(as string) map[string]any {
			t.Helper()
			r := w.send(0, "GET", path, as, nil)
			require.Equal(t, http.StatusOK, r.status, r.raw)
			require.NotContains(t, r.raw, phone)
			clear(codes)
			for _, why := range r.json["why"].([]any) {
				reason := why.(map[string]any)
				codes[reason["code"].(string)] = reason
			}
			return r.json["punch"].(map[string]any)
		}
		for _, as := range []string{"jkt-1", "cabang"} {
			punch := look(as)
			require.Equal(t, []any{"in", "web", "Ponsel Ana", true, "127.0.0.1"}, []any{punch["direction"],
				punch["source"], punch["device"], punch["outside_area"], punch["network"]})
			require.Equal(t, []any{"2026-11-23T00:55:00Z", "2026-11-23T02:30:00Z"}, []any{punch["occurred_at"],
				punch["received_at"]})
			require.InDelta(t, 42_000, punch["distance"], 50)
			require.EqualValues(t, 400, punch["fix"].(map[string]any)["accuracy"])
			require.Equal(t, []any{"foreign_network", "inaccurate", "shared_device"}, punch["doubts"])
			require.Len(t, codes, 4)
			require.InDelta(t, 42_000, codes["outside"]["minutes"], 50)
			require.EqualValues(t, 400, codes["inaccurate"]["minutes"])
			require.Equal(t, "127.0.0.1", codes["foreign_network"]["name"])
		}
		require.Equal(t, "Orang 2 (JKT-2)", codes["shared_device"]["name"], "to who looks after both")
		look("jkt-1")
		require.NotContains(t, codes["shared_device"], "name")
		require.Equal(t, http.StatusNotFound, w.send(0, "GET", path, "jkt-2", nil).status)
		w.apiToken("requests", "cabang", []account.Scope{account.ScopeRequestsRead})
		require.Equal(t, http.StatusForbidden, w.send(0, "GET", path, "requests", nil).status, "as of punches")
		w.apiToken("punches", "cabang", []account.Scope{account.ScopeAttendanceRead})
		require.Equal(t, http.StatusOK, w.send(0, "GET", path, "punches", nil).status)

		// What was doubted when it came stays, whatever is sent again; a refusal leaves it to be looked at.
		w.clock.Set(monday(9, 40))
		again := w.send(0, "POST", checkIn, "jkt-1", body, "Idempotency-Key: claim")
		require.Equal(t, q["id"], again.waiting(t, "earlier")["id"])
		refuse := fmt.Sprintf("/api/corrections/%v/refuse", q["id"])
		require.Equal(t, http.StatusOK, w.send(0, "POST", refuse, "cabang", map[string]any{"note": "x"}).status)
		require.Len(t, look("cabang")["doubts"], 3)

		// What a person asked for has none.
		asked := w.send(0, "POST", "/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20",
			"direction": "out", "time": "17:03", "reason": "lupa"})
		require.Equal(t, http.StatusCreated, asked.status, asked.raw)
		none := w.send(0, "GET", fmt.Sprintf("/api/corrections/%v/evidence", asked.json["id"]), "cabang", nil)
		require.Equal(t, http.StatusNotFound, none.status, none.raw)

		mine := w.send(0, "GET", takeMine, "jkt-1", nil)
		held := mine.list("corrections")[0]
		require.Equal(t, []any{"web", "Ponsel Ana", 400.0, 106.8272, "foreign_network inaccurate shared_device",
			"127.0.0.1"}, []any{held["source"], held["device"], held["accuracy"], held["longitude"], held["doubts"],
			held["foreign_address"]})
		for _, secret := range []string{"device_hash", "shared_with"} {
			require.NotContains(t, mine.raw, secret)
		}
	})
}
