package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// fence gives the first branch a site and a policy.
func (w *world) fence(policy attendance.LocationPolicy) (path string) {
	w.t.Helper()
	id := w.branches[0].ID
	_, err := w.store.Branches.ChangeBranch(w.t.Context(), id, ledger.Actor{}, func(b *attendance.Branch) error {
		b.Policy = policy
		b.Sites = []attendance.Site{{Name: "Monas", Latitude: -6.1754, Longitude: 106.8272, Radius: 100}}
		return nil
	})
	require.NoError(w.t, err)
	return fmt.Sprintf("/api/branches/%d", id)
}

// metresAway is a position south of the site.
func metresAway(metres, accuracy float64) map[string]any {
	return map[string]any{"latitude": -6.1754 - metres/111_195, "longitude": 106.8272, "accuracy": accuracy}
}

const checkIn, checkOut = "/api/attendances/check-in", "/api/attendances/check-out"

// Whoever claims to know nothing of their position is not inside for it: 42 km away with an accuracy of 100 km.
func TestAClaimedAccuracyWidensNoFence(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		branch := w.fence(attendance.PolicyBlock)
		r := w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 100_000))
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.Equal(t, "inaccurate_position", r.code())
		require.Contains(t, r.json["detail"], "±100 km, paling jauh ±150 m diperbolehkan")
		r = w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 100_000), "Accept-Language: en")
		require.Contains(t, r.json["detail"], "±100 km, at most ±150 m is allowed")
		r = w.send(0, "POST", checkIn, "jkt-1", metresAway(41_950, 20))
		require.Equal(t, "outside_area", r.code())
		require.Contains(t, r.json["detail"], "42 km dari lokasi terdekat")
		require.Equal(t, "inaccurate_position", w.send(0, "POST", checkIn, "jkt-1", metresAway(0, 400)).code())

		// The branch decides how much has to be known.
		for _, wrong := range []any{0, 9, 5001, 20.5, "banyak"} {
			r = w.send(0, "PATCH", branch, "admin", map[string]any{"max_accuracy": wrong})
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		}
		require.EqualValues(t, 150, w.send(0, "GET", branch, "admin", nil).json["max_accuracy"])
		r = w.send(0, "PATCH", branch, "admin", map[string]any{"max_accuracy": 500})
		require.EqualValues(t, 500, r.json["max_accuracy"], r.raw)
		audit := w.send(0, "GET", "/api/audit?table=branches", "admin", nil).items()
		require.EqualValues(t, 150, audit[0]["before"].(map[string]any)["max_accuracy"])
		require.EqualValues(t, 500, audit[0]["after"].(map[string]any)["max_accuracy"])
		r = w.send(0, "POST", checkIn, "jkt-1", metresAway(0, 400))
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.NotContains(t, r.raw, "inaccurate")
	})
}

func TestAnInaccuratePositionIsFlagged(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyFlag)
		r := w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 100_000), "Idempotency-Key: jauh")
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		punch, day := r.json["punch"].(map[string]any), r.json["day"].(map[string]any)
		require.Equal(t, true, punch["outside_area"])
		require.Equal(t, []any{"inaccurate"}, punch["doubts"])
		require.InDelta(t, 42_000, punch["distance"], 50)
		require.Equal(t, []any{"inaccurate", "outside_area"}, day["flags"])
		again := w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 100_000), "Idempotency-Key: jauh")
		require.Equal(t, http.StatusOK, again.status)
		require.Equal(t, r.raw, again.raw)

		r = w.send(0, "POST", checkIn, "jkt-2", metresAway(300, 400)) // may be inside, but nobody knows
		require.Equal(t, []any{"inaccurate", "outside_area"}, r.json["day"].(map[string]any)["flags"])
		require.Equal(t, []any{"inaccurate"},
			w.send(0, "GET", "/api/me/today", "jkt-2", nil).json["punches"].([]any)[0].(map[string]any)["doubts"])

		// What is remarkable is in the lists and the files, and the day says why.
		w.clock.Advance(1)
		path := fmt.Sprintf("/api/attendances/%d/2026-11-23", w.people[0].ID)
		why := w.send(0, "GET", path, "cabang", nil).json["why"].([]any)
		var found map[string]any
		for _, reason := range why {
			if reason.(map[string]any)["code"] == "inaccurate" {
				found = reason.(map[string]any)
			}
		}
		require.EqualValues(t, 100_000, found["minutes"])
		require.Contains(t, w.send(0, "GET", "/api/attendances.csv?from=2026-11-23&to=2026-11-23", "admin", nil).raw,
			"posisi kurang teliti")
	})
}

func TestWhereItIsOnlyRecordedAnInaccuratePositionIsNotInside(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyRecord)
		r := w.send(0, "POST", checkIn, "jkt-1", metresAway(42_000, 100_000))
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		punch := r.json["punch"].(map[string]any)
		require.Equal(t, true, punch["outside_area"])
		require.Equal(t, []any{"inaccurate"}, punch["doubts"])
		require.Empty(t, r.json["day"].(map[string]any)["flags"])
	})
}
