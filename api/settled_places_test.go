package api_test

import (
	"fmt"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// settle recaps dates of a branch up to one, and locks through it.
func (w *world) settle(branch attendance.Branch, first, last attendance.Date) {
	w.t.Helper()
	for d := first; d <= last; d++ {
		_, err := w.store.Days.CloseDays(w.t.Context(), branch.ID, d)
		require.NoError(w.t, err)
		_, _, err = w.store.Recaps.Recap(w.t.Context(), branch.ID, d, false)
		require.NoError(w.t, err)
	}
	_, err := w.store.Branches.ChangeBranch(w.t.Context(), branch.ID, ledger.Actor{},
		func(b *attendance.Branch) error { b.LockedThrough = &last; return nil })
	require.NoError(w.t, err)
}

// Reports of a settled month name departments, so they are settled, too: no move changes them, and what is corrected
// without a date holds from the first date that is open.
func TestASettledDepartment(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		today := attendance.NewDate(2026, 11, 23)
		id, path := w.people[0].ID, fmt.Sprintf("/api/employees/%d", w.people[0].ID)
		w.settle(w.branches[0], today-4, today-2)
		for _, field := range []string{"department", "position"} {
			for _, from := range []attendance.Date{today - 30, today - 2} {
				r := w.send(0, "POST", path+"/moves", "admin", map[string]any{"branch_id": w.branches[0].ID,
					"from": from.String(), field: "Gudang", "reason": "mutasi"})
				require.Equal(t, "period_locked", r.code(), "%s from %s: %s", field, from, r.raw)
			}
		}
		places := func() map[string]string {
			out := map[string]string{}
			for _, m := range w.employee(id)["employments"].([]any) {
				out[m.(map[string]any)["from"].(string)] = m.(map[string]any)["department"].(string)
			}
			return out
		}
		correct := func(department string) {
			r := w.send(0, "PATCH", path, "admin",
				map[string]any{"department": department, "version": w.employee(id)["version"]})
			require.Equal(t, 200, r.status, r.raw)
			require.Equal(t, department, r.json["department"])
		}
		require.Equal(t, map[string]string{"1900-01-01": ""}, places())
		correct("Gudang")
		open := (today - 1).String()
		require.Equal(t, map[string]string{"1900-01-01": "", open: "Gudang"}, places())
		for date, department := range map[string]string{(today - 2).String(): "", open: "Gudang"} {
			r := w.send(0, "GET", fmt.Sprintf("/api/attendances/%d/%s", id, date), "admin", nil)
			require.Equal(t, department, r.json["day"].(map[string]any)["department"], date)
		}
		correct("Kantor")
		require.Equal(t, map[string]string{"1900-01-01": "", open: "Kantor"}, places(), "it is corrected in place")
		correct("")
		require.Equal(t, map[string]string{"1900-01-01": ""}, places(), "and undone without a trace")

		r := w.send(0, "POST", path+"/moves", "admin", map[string]any{"branch_id": w.branches[0].ID, "from": open,
			"department": "Gudang", "reason": "mutasi"})
		require.Equal(t, 201, r.status, r.raw)
		require.Equal(t, map[string]string{"1900-01-01": "", open: "Gudang"}, places())

		// Where nothing is settled, a correction holds as far back as the employment.
		id, path = w.people[2].ID, fmt.Sprintf("/api/employees/%d", w.people[2].ID)
		correct("Toko")
		require.Equal(t, map[string]string{"1900-01-01": "Toko"}, places())
	})
}
