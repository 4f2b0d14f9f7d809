package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"hadir/api"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"
	"hadir/internal/task"
	"hadir/internal/testkit/migrated"

	"github.com/stretchr/testify/require"
)

// delivered collects what is handed over after commits.
type delivered struct {
	mu   sync.Mutex
	rows []task.Outboxed
}

func (d *delivered) take(rows []task.Outboxed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows = append(d.rows, rows...)
}

func (d *delivered) all() []task.Outboxed {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.rows
	d.rows = nil
	return out
}

func (w *world) shifts() []attendance.Shift {
	w.t.Helper()
	all, err := w.store.Shifts.Shifts(w.t.Context())
	require.NoError(w.t, err)
	return all
}

func (w *world) actions(table string) (out []string) {
	w.t.Helper()
	entries, _, err := w.store.Audit.AuditLog(w.t.Context(), ledger.AuditFilter{Table: table})
	require.NoError(w.t, err)
	for _, e := range entries {
		if e.UserID != 0 { // what the company was set up with is nobody's
			out = append(out, e.Action)
		}
	}
	return out
}

func TestShiftsAreAddedChangedAndRemoved(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		out := &w.left
		w.nodes = append(w.nodes, w.node(api.Options{}))
		r := w.send(0, "POST", "/api/shifts", "admin",
			map[string]any{"code": " M ", "name": "Malam  hari", "start": "22:00", "end": "06:00", "opens_before": 0,
				"late_grace": 15, "active": false})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		for field, want := range map[string]any{"code": "M", "name": "Malam hari", "start": "22:00", "end": "06:00",
			"opens_before": 0.0, "closes_after": 240.0, "late_grace": 15.0, "break_after": 240.0, "active": false} {
			require.Equal(t, want, r.json[field], field)
		}
		path := fmt.Sprintf("/api/shifts/%.0f", r.json["id"])
		require.Equal(t, http.StatusConflict,
			w.send(0, "POST", "/api/shifts", "admin",
				map[string]any{"code": "M", "name": "Lain", "start": "08:00", "end": "17:00"}).status)
		require.Equal(t, 422, w.send(0, "POST", "/api/shifts", "admin",
			map[string]any{"code": "T", "name": "a\u202eb", "start": "08:00", "end": "17:00"}).status)
		clash := w.send(0, "PATCH", path, "admin", map[string]any{"code": "P"})
		require.Equal(t, http.StatusConflict, clash.status)
		require.Contains(t, clash.raw, `"field":"code"`)

		r = w.send(0, "PATCH", path, "admin", map[string]any{"closes_after": 0, "end": "07:00", "active": true})
		require.Equal(t, http.StatusOK, r.status, r.raw)
		require.Equal(t, "Malam hari", r.json["name"], "what is left out stays")
		require.InDelta(t, 0, r.json["closes_after"], 0)
		require.Empty(t, out.all(), "nobody works it")
		require.Equal(t, http.StatusOK, w.send(0, "PATCH", path, "admin", map[string]any{}).status)
		r = w.send(0, "DELETE", path, "admin", nil)
		require.Equal(t, true, r.json["removed"], r.raw)
		require.Equal(t, http.StatusNotFound, w.send(0, "DELETE", path, "admin", nil).status)

		// The shift that everybody works: its days are computed again, and it is only deactivated.
		one := fmt.Sprintf("/api/shifts/%d", w.shifts()[0].ID)
		require.Equal(t, http.StatusOK, w.send(0, "PATCH", one, "admin", map[string]any{"code": "PG"}).status)
		require.Empty(t, out.all(), "a code decides nothing")
		require.Equal(t, http.StatusOK, w.send(0, "PATCH", one, "admin", map[string]any{"start": "07:30"}).status)
		rows := out.all()
		require.Len(t, rows, 2, "one task for each branch")
		for i, row := range rows {
			require.Equal(t, task.AttendanceRecompute, row.Kind)
			require.JSONEq(t, fmt.Sprintf(`{"v":1,"b":%d,"f":"2026-11-23","t":"2026-11-24"}`, w.branches[i].ID),
				string(row.Payload))
		}
		backlog, _, err := w.store.Outbox.OutboxBacklog(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, backlog)
		r = w.send(0, "DELETE", one, "admin", nil)
		require.Equal(t, false, r.json["removed"], r.raw)
		require.Equal(t, false, w.send(0, "GET", one, "jkt-1", nil).json["active"])
		require.Equal(t, http.StatusOK, w.send(0, "DELETE", one, "admin", nil).status, "again")
		require.Empty(t, out.all())

		require.Equal(t, []string{"shift.disabled", "shift.updated", "shift.updated", "shift.deleted", "shift.enabled",
			"shift.created"}, w.actions("shifts"))
		broken, err := w.store.Audit.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Zero(t, broken)
	})
}

func TestWhoMayChangeShifts(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		one := fmt.Sprintf("/api/shifts/%d", w.shifts()[0].ID)
		for i, name := range []string{"", "ops", "jkt-1", "cabang", "admin"} {
			want := [3]int{403, 403, 403}
			switch name {
			case "":
				want = [3]int{401, 401, 401}
			case "admin":
				want = [3]int{201, 200, 200}
			}
			require.Equal(t, want[0],
				w.send(0, "POST", "/api/shifts", name,
					map[string]any{"code": fmt.Sprint("X", i), "name": "X", "start": "08:00",
						"end": "17:00"}).status, name)
			require.Equal(t, want[1], w.send(0, "PATCH", one, name, map[string]any{"name": "X"}).status, name)
			require.Equal(t, want[2], w.send(0, "DELETE", one, name, nil).status, name)
		}
		require.Equal(t, http.StatusNotFound,
			w.send(0, "PATCH", "/api/shifts/424242", "admin", map[string]any{"name": "X"}).status)
	})
}

func TestRubbishAboutShiftsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, migrated.SQLite(t), 1)
	before := w.shifts()
	one := fmt.Sprintf("/api/shifts/%d", before[0].ID)
	for name, body := range map[string]any{
		"not JSON": "{", "a list": "[]", "null": "null", "a long code": map[string]any{"code": strings.Repeat("x", 33)},
		"an empty name": map[string]any{"name": ""},
		"a blank name":  map[string]any{"name": " \t"}, "a time": map[string]any{"start": "8"},
		"a late time": map[string]any{"end": "24:00"}, "seconds": map[string]any{"end": "17:00:01"},
		"a number for a time": map[string]any{"end": 480},
		"a negative":          map[string]any{"late_grace": -1}, "half a minute": map[string]any{"late_grace": 0.5},
		"much": map[string]any{"opens_before": 721}, "too much": map[string]any{"opens_before": 1e30},
		"a long break":       map[string]any{"break_minutes": 400, "break_after": 60},
		"bounds upside down": map[string]any{"absent_below": 300, "half_day_below": 200},
		"an unknown field":   map[string]any{"colour": "red"},
	} {
		whole := body
		if m, ok := body.(map[string]any); ok {
			all := map[string]any{"code": "Z", "name": "Z", "start": "08:00", "end": "17:00"}
			for k, v := range m {
				all[k] = v
			}
			whole = all
		}
		r := w.send(0, "POST", "/api/shifts", "admin", whole)
		require.Contains(t, []int{400, 422}, r.status, "POST with %s: %s", name, r.raw)
		r = w.send(0, "PATCH", one, "admin", body)
		require.Contains(t, []int{400, 422}, r.status, "PATCH with %s: %s", name, r.raw)
	}
	require.Equal(t, http.StatusUnprocessableEntity, w.send(0, "POST", "/api/shifts", "admin", map[string]any{}).status)
	require.Equal(t, before, w.shifts())
}
