package api_test

import (
	"fmt"
	"testing"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

// A leave across a move belongs to the branches of all of its dates: each sees it and what it does to its own dates,
// and somebody decides who looks after all of them.
func TestALeaveAcrossAMove(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.movedCompany() // employee 1 belongs to Jakarta until 14 November, then to Makassar
		w.token["kedua"] = w.session(account.User{Login: "kedua", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID, w.branches[1].ID}})
		ask := func(from, to string) string {
			r := w.send(0, "POST", "/api/leave-requests", "jkt-1",
				map[string]any{"kind": "leave", "from": from, "to": to, "reason": "perlu"})
			require.Equal(t, 201, r.status, r.raw)
			return fmt.Sprintf("/api/leave-requests/%v", r.json["id"])
		}
		across, before, after := ask("2026-11-12", "2026-11-17"), ask("2026-11-10", "2026-11-11"),
			ask("2026-11-18", "2026-11-19")

		for name, want := range map[string]int{"cabang": 2, "makassar": 2, "kedua": 3, "admin": 3, "jkt-1": 3,
			"jkt-2": 0, "token": 2} {
			list := w.send(0, "GET", "/api/leave-requests", name, nil)
			require.Len(t, list.items(), want, "%s: %s", name, list.raw)
		}
		for _, path := range []string{across, before, after} {
			for name, want := range map[string]int{"cabang": 200, "makassar": 200, "kedua": 200, "admin": 200,
				"jkt-1": 200, "jkt-2": 404} {
				if path == before && name == "makassar" || path == after && name == "cabang" {
					want = 404
				}
				require.Equal(t, want, w.send(0, "GET", path, name, nil).status, "%s as %s", path, name)
				require.Equal(t, want, w.send(0, "GET", path+"/effect", name, nil).status, "%s as %s", path, name)
			}
		}
		for name, want := range map[string][2]any{"cabang": {3.0, true}, "makassar": {3.0, true}, "kedua": {6.0, nil},
			"admin": {6.0, nil}, "jkt-1": {6.0, nil}} {
			r := w.send(0, "GET", across+"/effect", name, nil)
			require.Equal(t, want, [2]any{r.json["dates"], r.json["shared"]}, "%s: %s", name, r.raw)
		}

		note := map[string]any{"note": "alasan"}
		for _, verb := range []string{"approve", "refuse"} {
			for name, want := range map[string]int{"cabang": 404, "makassar": 404, "token": 404, "jkt-1": 403,
				"jkt-2": 404} {
				r := w.send(0, "POST", across+"/"+verb, name, note)
				require.Equal(t, want, r.status, "%s as %s: %s", verb, name, r.raw)
				if name == "cabang" || name == "makassar" {
					require.Contains(t, r.json["detail"], "cabang yang tidak Anda kelola", name)
				}
			}
		}
		require.Equal(t, 200, w.send(0, "POST", across+"/approve", "kedua", nil).status)
		for name, want := range map[string]int{"cabang": 404, "makassar": 404, "jkt-1": 403, "kedua": 200} {
			r := w.send(0, "POST", across+"/revoke", name, note)
			require.Equal(t, want, r.status, "revoking as %s: %s", name, r.raw)
		}

		// Those of one branch are decided there, whoever looks after the employee now.
		require.Equal(t, 404, w.send(0, "POST", before+"/approve", "makassar", nil).status)
		require.Equal(t, 200, w.send(0, "POST", before+"/approve", "cabang", nil).status)
		require.Equal(t, 404, w.send(0, "POST", after+"/approve", "cabang", nil).status)
		require.Equal(t, 200, w.send(0, "POST", after+"/approve", "token", nil).status)
	})
}

// Whoever looks after one of the branches is nobody who could decide instead, or such a leave would wait for ever.
func TestNobodyElseLooksAfterAllBranchesOfALeave(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.movedCompany()
		w.kepala() // is employee 1
		both := account.User{Login: "kedua", Role: account.RoleBranchAdmin,
			BranchIDs: []int64{w.branches[0].ID, w.branches[1].ID}}
		w.token["kedua"] = w.session(both)
		disable := func(login string) {
			found := w.send(0, "GET", "/api/users?q="+login, "kepala", nil)
			require.Len(t, found.items(), 1, found.raw)
			r := w.send(0, "PATCH", fmt.Sprintf("/api/users/%v", found.items()[0]["id"]), "kepala",
				map[string]any{"disabled": true})
			require.Equal(t, 200, r.status, r.raw)
		}
		disable("admin")
		asked := w.send(0, "POST", "/api/leave-requests", "kepala",
			map[string]any{"kind": "leave", "from": "2026-11-12", "to": "2026-11-17", "reason": "perlu"})
		require.Equal(t, 201, asked.status, asked.raw)
		path := fmt.Sprintf("/api/leave-requests/%v/approve", asked.json["id"])
		require.Equal(t, "own_request", w.send(0, "POST", path, "kepala", nil).code(), "somebody else sees both")
		disable("kedua")
		for _, name := range []string{"cabang", "makassar"} {
			require.Equal(t, 404, w.send(0, "POST", path, name, nil).status, name)
		}
		alone := w.send(0, "POST", path, "kepala", nil)
		require.Equal(t, 200, alone.status, alone.raw)
	})
}
