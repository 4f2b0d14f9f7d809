package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/evidence"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// punched is what is remarkable about the answer to a punch.
func (r reply) punched(t *testing.T) (doubts, flags any) {
	t.Helper()
	require.Equal(t, http.StatusCreated, r.status, r.raw)
	return r.json["punch"].(map[string]any)["doubts"], r.json["day"].(map[string]any)["flags"]
}

// reason returns what a day says under a code; nil for nothing.
func (w *world) reason(path, as, code string) map[string]any {
	w.t.Helper()
	r := w.send(0, "GET", path, as, nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	for _, reason := range r.json["why"].([]any) {
		if found := reason.(map[string]any); found["code"] == code {
			return found
		}
	}
	return nil
}

func (w *world) dayPath(person int, date string) string {
	return fmt.Sprintf("/api/attendances/%d/%s", w.people[person].ID, date)
}

// with adds fields to a body.
func with(body map[string]any, fields ...any) map[string]any {
	for i := 0; i < len(fields); i += 2 {
		body[fields[i].(string)] = fields[i+1]
	}
	return body
}

func TestNobodyIs42KilometresAwayAfterTenMinutes(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyFlag)
		doubts, flags := w.send(0, "POST", checkIn, "jkt-1", metresAway(10, 12)).punched(t)
		require.Nil(t, doubts)
		require.Empty(t, flags)
		w.clock.Advance(10 * time.Minute)
		r := w.send(0, "POST", checkOut, "jkt-1", metresAway(42_010, 12))
		doubts, flags = r.punched(t)
		require.Equal(t, []any{"too_fast"}, doubts)
		require.Contains(t, flags, "implausible")
		require.Equal(t, map[string]any{"metres": 42_000.0, "seconds": 600.0},
			r.json["punch"].(map[string]any)["moved"])
		for _, as := range []string{"cabang", "jkt-1"} {
			why := w.reason(w.dayPath(0, "2026-11-23"), as, "too_fast")
			require.EqualValues(t, 42_000, why["minutes"])
			require.EqualValues(t, 600, why["limit"])
		}
		require.Contains(t, w.send(0, "GET", "/api/attendances.csv?from=2026-11-23&to=2026-11-23", "admin", nil).raw,
			"sulit dipercaya")

		// A punch that comes late is compared with what was made since, and the way of somebody else is their own.
		doubts, _ = w.send(0, "POST", checkIn, "jkt-2", metresAway(42_000, 12)).punched(t)
		require.Nil(t, doubts)
		tapped := w.clock.Now().Add(-5 * time.Minute)
		late := with(metresAway(10, 12), "occurred_at", tapped)
		late["contact"] = w.contact("jkt-2", tapped.Add(-time.Hour))
		doubts, _ = w.send(0, "POST", checkOut, "jkt-2", late).punched(t)
		require.Equal(t, []any{"too_fast"}, doubts)

		// The night between two days is no way out, and three hours are enough for 42 km.
		w.clock.Advance(3 * time.Hour)
		doubts, _ = w.send(0, "POST", checkIn, "jkt-1", metresAway(20, 12)).punched(t)
		require.Nil(t, doubts)
	})
}

func TestPositionsThatNoDeviceMeasures(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyFlag)
		doubts, flags := w.send(0, "POST", checkIn, "jkt-1", metresAway(10, 0)).punched(t)
		require.Equal(t, []any{"exact"}, doubts)
		require.Equal(t, []any{"implausible"}, flags)
		unsaid := metresAway(20, 0)
		delete(unsaid, "accuracy")
		doubts, _ = w.send(0, "POST", checkIn, "jkt-2", unsaid).punched(t)
		require.Equal(t, []any{"exact"}, doubts)

		w.clock.Advance(30 * time.Second) // a phone may give what it measured to two punches
		doubts, _ = w.send(0, "POST", checkOut, "jkt-2", with(metresAway(20, 12), "confirm", true)).punched(t)
		require.Nil(t, doubts)
		w.clock.Advance(22 * time.Hour)
		doubts, flags = w.send(0, "POST", checkIn, "jkt-2", metresAway(20, 12)).punched(t)
		require.Equal(t, []any{"same_place"}, doubts)
		require.Contains(t, flags, "implausible")
		require.NotNil(t, w.reason(w.dayPath(1, "2026-11-24"), "cabang", "same_place"))
		w.clock.Advance(time.Hour)
		doubts, _ = w.send(0, "POST", checkOut, "jkt-2", metresAway(21, 12)).punched(t)
		require.Nil(t, doubts)
	})
}

func TestWherePositionsAreOnlyRecordedDoubtsAreKept(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.fence(attendance.PolicyRecord)
		doubts, flags := w.send(0, "POST", checkIn, "jkt-1", metresAway(10, 0)).punched(t)
		require.Equal(t, []any{"exact"}, doubts)
		require.Empty(t, flags)
		require.NotNil(t, w.reason(w.dayPath(0, "2026-11-23"), "cabang", "exact"))
	})
}

const phone = "6f1b0a52-7d0e-4a4b-9f43-0f3a2f5f9c11"

func TestOneDeviceOfTwoPeople(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		body := func() map[string]any { return map[string]any{"device_id": phone} }
		branch := w.fence(attendance.PolicyRecord) // says nothing of devices
		doubts, _ := w.send(0, "POST", checkIn, "jkt-1", body()).punched(t)
		require.Nil(t, doubts)
		r := w.send(0, "POST", checkIn, "jkt-2", body())
		doubts, flags := r.punched(t)
		require.Equal(t, []any{"shared_device"}, doubts)
		require.Equal(t, []any{"implausible"}, flags)
		require.NotContains(t, r.raw, phone)

		// Who that was is told to whoever looks after both.
		path := w.dayPath(1, "2026-11-23")
		require.Equal(t, "Orang 1 (JKT-1)", w.reason(path, "cabang", "shared_device")["name"])
		for own, as := range map[string]string{path: "jkt-2", "/api/me/today": "jkt-2"} {
			require.NotNil(t, w.reason(own, as, "shared_device"))
			require.Nil(t, w.reason(own, as, "shared_device")["name"])
		}
		w.clock.Advance(time.Minute + time.Second)
		doubts, _ = w.send(0, "POST", checkIn, "mks-3", body()).punched(t)
		require.Equal(t, []any{"shared_device"}, doubts)
		w.clock.Advance(time.Minute)
		doubts, _ = w.send(0, "POST", checkOut, "jkt-2", body()).punched(t)
		require.Equal(t, []any{"shared_device"}, doubts)
		names := func(as string) (names []any) {
			for _, reason := range w.send(0, "GET", path, as, nil).json["why"].([]any) {
				if found := reason.(map[string]any); found["code"] == "shared_device" {
					names = append(names, found["name"])
				}
			}
			return names
		}
		require.Equal(t, []any{"Orang 1 (JKT-1)", "Orang 3 (MKS-3)"}, names("admin"))
		require.Equal(t, []any{"Orang 1 (JKT-1)", nil}, names("cabang"))

		// A branch says that people share a computer there.
		r = w.send(0, "PATCH", branch, "admin", map[string]any{"shared_devices": true})
		require.Equal(t, true, r.json["shared_devices"], r.raw)
		w.clock.Advance(2 * time.Minute)
		doubts, flags = w.send(0, "POST", checkOut, "jkt-1", body()).punched(t)
		require.Nil(t, doubts)
		require.NotContains(t, flags, "implausible")
		require.Equal(t, http.StatusUnprocessableEntity,
			w.send(0, "POST", checkOut, "jkt-2", map[string]any{"device_id": "short"}).status)
	})
}

// Punches that are written together are compared with one another; what stands where it was put serves everybody.
func TestDevicesOfOneBatch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		punch := func(person int, source attendance.Source, metres float64) attendance.NewPunch {
			return attendance.NewPunch{EmployeeID: w.people[person].ID, Direction: attendance.In, OccurredAt: start,
				Source: source, DeviceHash: evidence.DeviceHash(phone),
				IdempotencyKey: fmt.Sprint(source, person, metres),
				Fix:            &attendance.Fix{Latitude: -6.1754 - metres/111_195, Longitude: 106.8272, Accuracy: 12}}
		}
		kiosk := attendance.SourceKiosk
		done, err := w.store.Days.RecordBatch(t.Context(),
			[]attendance.NewPunch{punch(0, kiosk, 0), punch(1, kiosk, 0), punch(0, attendance.SourceTerminal, 9_000)})
		require.NoError(t, err)
		for _, r := range done {
			require.NoError(t, r.Err)
			require.Empty(t, r.Punch.Doubts)
		}
		mobile := attendance.SourceMobile
		w.clock.Advance(2 * time.Minute)
		later := []attendance.NewPunch{punch(0, mobile, 0), punch(1, mobile, 0), punch(0, mobile, 9_000)}
		for i := range later {
			later[i].OccurredAt = w.clock.Now()
		}
		later[2].Direction = attendance.Out
		done, err = w.store.Days.RecordBatch(t.Context(), later)
		require.NoError(t, err)
		require.Empty(t, done[0].Punch.Doubts)
		require.Equal(t, []attendance.Doubt{attendance.DoubtSharedDevice}, done[1].Punch.Doubts)
		require.Equal(t, w.people[0].ID, done[1].Punch.SharedWith)
		both := []attendance.Doubt{attendance.DoubtSharedDevice, attendance.DoubtTooFast}
		require.Equal(t, both, done[2].Punch.Doubts)
		require.Equal(t, w.people[1].ID, done[2].Punch.SharedWith)

		// A day later it is whoever's it is then.
		w.clock.Advance(24 * time.Hour)
		again := punch(1, mobile, 0)
		again.OccurredAt, again.IdempotencyKey, again.Fix = w.clock.Now(), "a day later", nil
		done, err = w.store.Days.RecordBatch(t.Context(), []attendance.NewPunch{again})
		require.NoError(t, err)
		require.Empty(t, done[0].Punch.Doubts)
	})
}

// A branch that never heard of shared devices keeps what it says.
func TestSharedDevicesAreOffUnlessSaid(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		b, err := w.store.Branches.AddBranch(t.Context(),
			attendance.Branch{Code: "BDG", Name: "Bandung", Zone: "Asia/Jakarta"}, ledger.Actor{})
		require.NoError(t, err)
		require.Equal(t, false, w.send(0, "GET", fmt.Sprintf("/api/branches/%d", b.ID), "admin", nil).
			json["shared_devices"])
	})
}
