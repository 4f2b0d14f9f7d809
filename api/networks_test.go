package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/attendance"
	"hadir/internal/httpd"

	"github.com/stretchr/testify/require"
)

const office, officeV6, elsewhere = "X-Real-IP: 203.0.113.9", "X-Real-IP: 2001:db8:7::5", "X-Real-IP: 198.51.100.7"

// proxied adds a node behind a proxy of this machine, and returns its number.
func (w *world) proxied() int {
	w.nodes = append(w.nodes, w.node(api.Options{}, httpd.Options{TrustedProxies: []string{"127.0.0.0/8"}}))
	return len(w.nodes) - 1
}

// kept is a tap that somebody's device kept for a while, an hour after its last contact.
func (w *world) kept(who string, age time.Duration) map[string]any {
	tapped := w.clock.Now().Add(-age)
	return map[string]any{"occurred_at": tapped.Format(time.RFC3339), "contact": w.contact(who, tapped.Add(-time.Hour))}
}

// A device sends what it kept from wherever there is a network. Where that is blocked, the tap is not taken, or else
// whoever cuts the network for a while could punch from anywhere; nor is it lost.
func TestAKeptTapFromABlockedNetworkWaits(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		node, branch := w.proxied(), fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		w.send(0, "PATCH", branch, "admin", map[string]any{"network_policy": "block",
			"networks": []string{"203.0.113.0/24"}})
		sent := func(who string, body map[string]any, from, key string) reply {
			return w.send(node, "POST", checkIn, who, body, from, "Idempotency-Key: "+key)
		}
		late := w.kept("jkt-1", 10*time.Minute)
		q := sent("jkt-1", late, elsewhere, "late").waiting(t, "network")
		again := sent("jkt-1", late, office, "late").waiting(t, "network")
		require.Equal(t, q["id"], again["id"], "from wherever it comes again")
		day, _, _ := w.dayOf(w.people[0], 23)
		require.EqualValues(t, 0, day["punch_count"])
		r := sent("jkt-2", w.kept("jkt-2", 10*time.Minute), office, "office")
		require.Equal(t, http.StatusCreated, r.status, r.raw)

		// What took some seconds is answered as if it were made now.
		require.Equal(t, "foreign_network", sent("jkt-1", w.kept("jkt-1", 50*time.Second), elsewhere, "slow").code())

		// That it comes from elsewhere says more than that the branch looks at everything.
		w.send(0, "PATCH", branch, "admin", map[string]any{"offline_policy": "approval"})
		sent("jkt-2", w.kept("jkt-2", 5*time.Minute), elsewhere, "all").waiting(t, "network")

		path := fmt.Sprintf("/api/corrections/%v", q["id"])
		effect := w.send(0, "GET", path+"/effect", "cabang", nil)
		require.EqualValues(t, 1, effect.json["after"].(map[string]any)["punch_count"], effect.raw)
		approved := w.send(0, "POST", path+"/approve", "cabang", nil)
		require.Equal(t, "approved", approved.json["state"], approved.raw)
	})
}

func TestPunchesFromOtherNetworks(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		node, branch := w.proxied(), fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		r := w.send(0, "PATCH", branch, "admin", map[string]any{"network_policy": "block",
			"networks": []string{" 203.0.113.77/24", "2001:DB8:7::/48", "203.0.113.0/24"}})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, []any{"203.0.113.0/24", "2001:db8:7::/48"}, r.json["networks"])

		r = w.send(node, "POST", checkIn, "jkt-1", map[string]any{}, elsewhere)
		require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		require.Equal(t, "foreign_network", r.code())
		require.Contains(t, r.json["detail"], "alamat Anda, 198.51.100.7,")
		r = w.send(node, "POST", checkIn, "jkt-1", map[string]any{}, elsewhere, "Accept-Language: en")
		require.Contains(t, r.json["detail"], "your address, 198.51.100.7,")
		// Whoever is no trusted proxy says nothing about where they are.
		require.Equal(t, "foreign_network", w.send(0, "POST", checkIn, "jkt-1", map[string]any{}, office).code())
		doubts, _ := w.send(node, "POST", checkIn, "jkt-1", map[string]any{}, office).punched(t)
		require.Nil(t, doubts)
		w.clock.Advance(2 * time.Minute)
		doubts, _ = w.send(node, "POST", checkOut, "jkt-1", map[string]any{}, officeV6).punched(t)
		require.Nil(t, doubts)

		// It is told and marked, or only told, where it is not refused; what a device kept likewise.
		w.send(0, "PATCH", branch, "admin", map[string]any{"network_policy": "flag"})
		r = w.send(node, "POST", checkIn, "jkt-2", w.kept("jkt-2", 10*time.Minute), elsewhere)
		doubts, flags := r.punched(t)
		require.Equal(t, []any{"foreign_network"}, doubts)
		require.Contains(t, flags, "foreign_network")
		require.Equal(t, "198.51.100.7", r.json["punch"].(map[string]any)["network"])
		path := w.dayPath(1, "2026-11-23")
		require.Equal(t, "198.51.100.7", w.reason(path, "cabang", "foreign_network")["name"])
		require.Contains(t, w.send(0, "GET", "/api/attendances.csv?from=2026-11-23&to=2026-11-23", "admin", nil).raw,
			"jaringan lain")

		w.clock.Advance(2 * time.Minute)
		doubts, flags = w.send(node, "POST", checkIn, "jkt-1", map[string]any{}, elsewhere).punched(t)
		require.Equal(t, []any{"foreign_network"}, doubts)
		require.Contains(t, flags, "foreign_network")
		w.send(0, "PATCH", branch, "admin", map[string]any{"network_policy": "record"})
		w.clock.Advance(2 * time.Minute)
		doubts, flags = w.send(node, "POST", checkOut, "jkt-1", map[string]any{}, elsewhere).punched(t)
		require.Equal(t, []any{"foreign_network"}, doubts)
		require.NotContains(t, flags, "foreign_network")
		w.send(0, "PATCH", branch, "admin", map[string]any{"networks": []string{}})
		w.clock.Advance(2 * time.Minute)
		r = w.send(node, "POST", checkIn, "jkt-1", map[string]any{}, elsewhere)
		require.NotContains(t, r.raw, "198.51.100.7")

		for _, wrong := range []any{[]string{"kantor"}, []string{"203.0.113.0/33"}, "203.0.113.0/24", []any{7}} {
			r = w.send(0, "PATCH", branch, "admin", map[string]any{"networks": wrong})
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		}
		audit := w.send(0, "GET", "/api/audit?table=branches", "admin", nil).items()
		require.Equal(t, []any{}, audit[0]["after"].(map[string]any)["networks"])
		require.Len(t, audit[0]["before"].(map[string]any)["networks"], 2)
	})
}

// Who may also work at another branch is at work there, by position and by network; the others are not.
func TestPlacesOfOtherBranchesCount(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		node, jakarta := w.proxied(), w.fence(attendance.PolicyBlock)
		makassar := fmt.Sprintf("/api/branches/%d", w.branches[1].ID)
		site := map[string]any{"name": "Losari", "latitude": -5.1436, "longitude": 119.4079, "radius": 100}
		r := w.send(0, "PATCH", makassar, "admin", map[string]any{"sites": []any{site},
			"networks": []string{"203.0.113.0/24"}})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		r = w.send(0, "PATCH", jakarta, "admin", map[string]any{"network_policy": "block",
			"networks": []string{"192.0.2.0/24"}})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		losari := map[string]any{"latitude": -5.1437, "longitude": 119.4079, "accuracy": 12}
		require.Equal(t, "outside_area", w.send(node, "POST", checkIn, "jkt-1", losari, office).code())

		for _, wrong := range []any{[]int64{4711}, []string{"MKS"}} {
			r = w.send(0, "PATCH", jakarta, "admin", map[string]any{"also_at": wrong})
			require.Equal(t, http.StatusUnprocessableEntity, r.status, r.raw)
		}
		also := []int64{w.branches[1].ID, w.branches[0].ID, w.branches[1].ID}
		r = w.send(0, "PATCH", jakarta, "admin", map[string]any{"also_at": also})
		require.Equal(t, []any{float64(w.branches[1].ID)}, r.json["also_at"], r.raw)
		require.Len(t, r.json["sites"], 1)
		version := w.send(0, "GET", jakarta, "admin", nil).json["version"]
		r = w.send(0, "PATCH", jakarta, "admin", map[string]any{"name": "Jakarta Pusat", "version": version})
		require.Equal(t, http.StatusOK, r.status, r.raw)

		r = w.send(node, "POST", checkIn, "jkt-1", losari, office)
		doubts, flags := r.punched(t)
		require.Nil(t, doubts)
		require.Empty(t, flags)
		require.Equal(t, false, r.json["punch"].(map[string]any)["outside_area"])
		require.InDelta(t, 11, r.json["punch"].(map[string]any)["distance"], 2)
		require.Len(t, w.send(0, "GET", "/api/me/today", "jkt-1", nil).json["sites"], 2)
		require.Len(t, w.send(0, "GET", "/api/me/today", "mks-3", nil).json["sites"], 1, "not the other way round")

		// A branch that is closed lends nothing.
		w.leaves(w.people[2].ID)
		r = w.send(0, "PATCH", makassar, "admin", map[string]any{"active": false})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "outside_area", w.send(node, "POST", checkIn, "jkt-2", losari, office).code())
	})
}
