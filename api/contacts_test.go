package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"

	"github.com/stretchr/testify/require"
)

// on is a time of a date of November in Jakarta; the 23rd is a Monday.
func on(day, hour, minute int) time.Time { return monday(hour, minute).AddDate(0, 0, day-23) }

// reads lets a page of somebody be read, and returns the proof that it is given.
func (w *world) reads(node int, path, as string, at time.Time) string {
	w.t.Helper()
	w.clock.Set(at)
	r := w.send(node, "GET", path, as, nil)
	require.Equal(w.t, http.StatusOK, r.status, r.raw)
	proof, _ := r.json["contact"].(string)
	return proof
}

const meToday, me = "/api/me/today", "/api/me"

// Case "a late day turned into a punctual one by an old proof": a device chooses which contact it shows, and the server
// knows of the later ones, wherever and by whatever they were.
func TestAnOldContactIsNotTheLastOne(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		w.withPassword("jkt-1", password)
		w.token["second"] = w.session(account.User{Login: "jkt-1-lagi", Role: account.RoleEmployee,
			EmployeeID: w.people[0].ID})
		p := &offlinePage{w: w}
		day := 23 // each of what follows has a day of its own
		for name, online := range map[string]func(at time.Time){
			"the same page":    func(at time.Time) { w.reads(0, meToday, "jkt-1", at) },
			"by another node":  func(at time.Time) { w.reads(1, meToday, "jkt-1", at) },
			"any other page":   func(at time.Time) { w.reads(1, me, "jkt-1", at) },
			"a second account": func(at time.Time) { w.reads(1, meToday, "second", at) },
			"signing out and in": func(at time.Time) {
				w.clock.Set(at)
				out := w.send(0, "POST", "/api/logout", "jkt-1", nil)
				require.Equal(t, http.StatusNoContent, out.status, out.raw)
				w.signIn(1, "jkt-1", "jkt-1", password)
			},
		} {
			key := strings.ReplaceAll(name, " ", "-")
			w.clock.Set(on(day, 7, 40))
			w.signIn(0, "jkt-1", "jkt-1", password)
			p.contact = w.reads(0, meToday, "jkt-1", on(day, 7, 50))
			require.NotEmpty(t, p.contact)
			online(on(day, 8, 30))
			w.clock.Set(on(day, 9, 10))
			q := p.tapped("in", on(day, 7, 55), key+"-late").waiting(t, "contact")
			// The same again is the same again, on any node, and what came after the contact is taken.
			again := w.send(1, "POST", checkIn, "jkt-1", map[string]any{"contact": p.contact,
				"occurred_at": on(day, 7, 55).Format(time.RFC3339)}, "Idempotency-Key: "+key+"-late")
			require.Equal(t, q["id"], again.waiting(t, "contact")["id"], name)
			require.Equal(t, "true", again.header.Get("Idempotent-Replayed"), name)
			r := p.tapped("in", on(day, 8, 40), key+"-then").taken(t)
			require.Equal(t, "late", r.json["day"].(map[string]any)["status"], name)
			day++
		}
	})
}

// A device that was without network reads the pages first and sends then what it kept: that is no contact which speaks
// against it, nor are more taps behind the first. An answer that was lost is given again, however much later.
func TestComingBackIsNotHeldAgainstTheTap(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.contact = w.reads(0, meToday, "jkt-1", on(23, 7, 50))
		w.reads(0, me, "jkt-1", on(23, 12, 10))
		w.reads(1, meToday, "jkt-1", on(23, 12, 10).Add(2*time.Second))
		in := p.tapped("in", on(23, 7, 55), "in").taken(t)
		require.Equal(t, "present", in.json["day"].(map[string]any)["status"])
		w.reads(0, meToday, "jkt-1", on(23, 12, 11))
		p.tapped("out", on(23, 12, 0), "out").taken(t)
		w.reads(1, meToday, "jkt-1", on(23, 12, 14))
		p.tapped("in", on(23, 12, 5), "in-again").taken(t)

		w.reads(0, meToday, "jkt-1", on(23, 13, 0))
		for _, at := range []time.Time{on(23, 13, 30), on(24, 13, 30)} {
			w.clock.Set(at)
			for key, tap := range map[string]time.Time{"in": on(23, 7, 55), "in-again": on(23, 12, 5)} {
				lost := p.tapped("in", tap, key)
				require.Equal(t, http.StatusOK, lost.status, lost.raw)
				require.Equal(t, "true", lost.header.Get("Idempotent-Replayed"))
				require.Equal(t, tap.Format(time.RFC3339), lost.json["punch"].(map[string]any)["occurred_at"])
			}
		}
	})
}

// Programs with API tokens meet nobody: what one does in a person's name all day is no contact of theirs.
func TestAProgramIsNoContact(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.apiToken("program", "jkt-1", []account.Scope{account.ScopePunchWrite, account.ScopeAttendanceRead})
		p := &offlinePage{w: w, contact: w.reads(0, meToday, "jkt-1", on(23, 7, 50))}
		require.Empty(t, w.reads(0, me, "program", on(23, 8, 30)))
		w.clock.Set(on(23, 9, 10))
		p.tapped("in", on(23, 7, 55), "in").taken(t)

		// A way out of before the last contact waits, too.
		w.reads(0, me, "jkt-1", on(23, 15, 0))
		w.clock.Set(on(23, 17, 30))
		p.tapped("out", on(23, 14, 0), "out").waiting(t, "contact")
	})
}

// What is remembered is the person's own data: it is in the download, and goes when a leaver is forgotten.
func TestTheLastContactIsAPersonsOwn(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.reads(0, meToday, "jkt-1", on(23, 8, 10))
		w.reads(0, meToday, "jkt-1", on(23, 9, 0))
		mine := w.send(0, http.MethodGet, takeMine, "jkt-1", nil)
		require.Equal(t, []map[string]any{{"employee_id": float64(w.people[0].ID), "met_at": "2026-11-23T02:00:00Z",
			"met_before": "2026-11-23T01:10:00Z"}}, mine.list("last_contact"), mine.raw)
		w.forgetOne()
		taken := w.send(0, http.MethodGet, takeOf(w.people[0].ID), "admin", nil)
		require.Equal(t, http.StatusOK, taken.status, taken.raw)
		require.Empty(t, taken.list("last_contact"))
		met, err := w.store.Contacts.Met(t.Context(), w.people[0].ID)
		require.NoError(t, err)
		require.Zero(t, met)
	})
}

// A branch that takes no times of devices, or looks at all of them, does so whoever was met when.
func TestAMeetingIsNoPolicy(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w, contact: w.reads(0, meToday, "jkt-1", on(23, 7, 50))}
		w.reads(0, meToday, "jkt-1", on(23, 8, 30))
		w.clock.Set(on(23, 9, 10))
		w.offline(attendance.OfflineOff)
		require.Equal(t, "offline_off", p.tapped("in", on(23, 7, 55), "off").code())
		w.offline(attendance.OfflineApproval)
		p.tapped("in", on(23, 7, 55), "all").waiting(t, "contact")
		p.tapped("in", on(23, 8, 40), "other").waiting(t, "policy")
	})
}
