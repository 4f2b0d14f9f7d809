package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
)

// offlinePage is a page of jkt-1 that keeps what the server signed when it last answered.
type offlinePage struct {
	w       *world
	contact string
}

// online lets the page have contact at a time of Monday the 23rd in Jakarta.
func (p *offlinePage) online(hour, minute int) {
	p.w.t.Helper()
	p.w.clock.Set(monday(hour, minute))
	today := p.w.send(0, "GET", "/api/me/today", "jkt-1", nil)
	require.Equal(p.w.t, http.StatusOK, today.status, today.raw)
	p.contact = today.json["contact"].(string)
	require.NotEmpty(p.w.t, p.contact)
}

// tapped sends a tap of a time in Jakarta, which reaches the server at another.
func (p *offlinePage) tapped(direction string, at time.Time, key string) reply {
	p.w.t.Helper()
	body := map[string]any{"occurred_at": at.Format(time.RFC3339), "contact": p.contact}
	return p.w.send(0, "POST", "/api/attendances/check-"+direction, "jkt-1", body, "Idempotency-Key: "+key)
}

func monday(hour, minute int) time.Time {
	return time.Date(2026, 11, 23, hour-7, minute, 0, 0, time.UTC)
}

// waiting is the correction that a claimed time waits as.
func (r reply) waiting(t *testing.T, why string) map[string]any {
	t.Helper()
	require.Equal(t, http.StatusAccepted, r.status, r.raw)
	q := r.json["correction"].(map[string]any)
	require.Equal(t, []any{"pending", why}, []any{q["state"], q["claim"]}, r.raw)
	require.NotContains(t, r.json, "punch")
	require.NotContains(t, r.json, "day")
	return q
}

// taken is the answer of a claim that was recorded.
func (r reply) taken(t *testing.T) reply {
	t.Helper()
	require.Equal(t, http.StatusCreated, r.status, r.raw)
	return r
}

// Case "a late day turned into a punctual one": what a device claims counts from its last contact on, and improves no
// first in.
func TestAClaimedTimeMakesNoLateDayPunctual(t *testing.T) {
	databases(t, 2, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(9, 10))
		r := w.send(0, "POST", checkIn, "jkt-1", nil)
		require.Equal(t, "late", r.json["day"].(map[string]any)["status"], r.raw)

		// An old proof, and a time after it: the day began at 09:10.
		w.clock.Set(monday(9, 30))
		q := p.tapped("in", monday(7, 55), "rewrite").waiting(t, "earlier")
		require.Equal(t, []any{"2026-11-23T00:55:00Z", "2026-11-23T02:30:00Z", "in", "2026-11-23"},
			[]any{q["occurred_at"], q["requested_at"], q["direction"], q["work_date"]})
		day, _, _ := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{"late", 70.0}, []any{day["status"], day["late_minutes"]})

		// The same key makes one correction, whatever the server would say by now, and on any node.
		w.offline(attendance.OfflineOff)
		again := w.send(1, "POST", checkIn, "jkt-1", map[string]any{"contact": p.contact, "age": 77,
			"occurred_at": monday(7, 55).Format(time.RFC3339)}, "Idempotency-Key: rewrite")
		require.Equal(t, q["id"], again.waiting(t, "earlier")["id"])
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, "idempotency_mismatch", p.tapped("in", monday(7, 56), "rewrite").code())
		w.offline(attendance.OfflineHours)
		require.Equal(t, q["id"], p.tapped("in", monday(7, 55), "other-key").waiting(t, "earlier")["id"])
		list := w.send(0, "GET", "/api/corrections?state=pending", "cabang", nil).items()
		require.Len(t, list, 1)
		require.Equal(t, "earlier", list[0]["claim"])

		// Before the last contact nobody was offline.
		p.online(9, 31)
		w.clock.Set(monday(10, 30))
		p.tapped("out", monday(9, 20), "before").waiting(t, "contact")

		// Who may decides, and only then it counts.
		path := fmt.Sprintf("/api/corrections/%v", q["id"])
		effect := w.send(0, "GET", path+"/effect", "cabang", nil)
		require.Equal(t, "present", effect.json["after"].(map[string]any)["status"], effect.raw)
		require.Equal(t, http.StatusForbidden, w.send(0, "POST", path+"/approve", "jkt-1", nil).status)
		require.Equal(t, "approved", w.send(0, "POST", path+"/approve", "cabang", nil).json["state"])
		audit := w.send(0, "GET", "/api/audit?table=corrections", "admin", nil)
		require.Contains(t, audit.raw, `"claim":"earlier"`)
	})
}

// Who came late cannot take the punch back and claim to have come earlier.
func TestWhatWasTakenBackIsKnownToClaims(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(9, 10))
		late := w.send(0, "POST", checkIn, "jkt-1", nil)
		require.Equal(t, http.StatusCreated, late.status, late.raw)
		undo := fmt.Sprintf("/api/me/punches/%v/undo", late.json["punch"].(map[string]any)["id"])
		require.Equal(t, http.StatusOK, w.send(0, "POST", undo, "jkt-1", nil).status)

		w.clock.Set(monday(9, 15))
		p.tapped("in", monday(7, 55), "earlier").waiting(t, "earlier")
		r := p.tapped("in", monday(9, 11), "later").taken(t)
		require.EqualValues(t, 71, r.json["day"].(map[string]any)["late_minutes"], r.raw)
	})
}

// What was approved and taken away again is no answer to a claim: that waits anew.
func TestAClaimOfWhatWasTakenAwayWaitsAgain(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(9, 10))
		require.Equal(t, http.StatusCreated, w.send(0, "POST", checkIn, "jkt-1", nil).status)
		w.clock.Set(monday(9, 30))
		q := p.tapped("in", monday(7, 55), "first").waiting(t, "earlier")
		approved := w.send(0, "POST", fmt.Sprintf("/api/corrections/%v/approve", q["id"]), "cabang", nil)
		require.Equal(t, "approved", approved.json["state"], approved.raw)
		again := p.tapped("in", monday(7, 55), "second")
		require.Equal(t, http.StatusAccepted, again.status)
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))

		// The worker's part.
		id := int64(q["id"].(float64))
		rs, err := w.store.Days.RecordBatch(t.Context(), []attendance.NewPunch{{EmployeeID: w.people[0].ID,
			Direction: attendance.In, OccurredAt: monday(7, 55), Source: attendance.SourceCorrection,
			IdempotencyKey: "applied"}})
		require.NoError(t, err)
		require.NoError(t, w.store.Requests.CorrectionApplied(t.Context(), id, rs[0].Punch.ID))
		void := fmt.Sprintf("/api/punches/%d/void", rs[0].Punch.ID)
		r := w.send(0, "POST", void, "cabang", map[string]any{"reason": "salah"})
		require.Less(t, r.status, 300, r.raw)
		anew := p.tapped("in", monday(7, 55), "third").waiting(t, "earlier")
		require.NotEqual(t, q["id"], anew["id"])
	})
}

func TestAClaimAfterTheLastContactIsTaken(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(9, 30))
		r := p.tapped("in", monday(7, 55), "in").taken(t)
		require.Equal(t, "present", r.json["day"].(map[string]any)["status"])
		require.Equal(t, []any{"offline"}, r.json["day"].(map[string]any)["flags"])
		require.Equal(t, r.raw, p.tapped("in", monday(7, 55), "in").raw, "a replay")
		w.clock.Set(monday(18, 0))
		r = p.tapped("out", monday(17, 0), "out").taken(t)
		require.EqualValues(t, 480, r.json["day"].(map[string]any)["worked_minutes"])
	})
}

// Case "an absence turned into eight hours".
func TestAClaimedTimeChangesNoDayThatIsOver(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(10, 0)
		w.clock.Set(monday(21, 30))
		p.tapped("in", monday(10, 5), "in").waiting(t, "closed")
		p.tapped("out", monday(17, 5), "out").waiting(t, "closed")
		w.clock.Set(monday(22, 30))
		p.tapped("in", monday(10, 20), "late").waiting(t, "overdue")
		day, _, _ := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{"absent", 0.0}, []any{day["status"], day["punch_count"]})
	})
}

// offline gives the first branch a policy.
func (w *world) offline(policy attendance.OfflinePolicy) {
	w.t.Helper()
	set := func(b *attendance.Branch) error {
		b.OfflinePolicy = policy
		return nil
	}
	_, err := w.store.Branches.ChangeBranch(w.t.Context(), w.branches[0].ID, ledger.Actor{}, set)
	require.NoError(w.t, err)
}

func TestOfflinePunchesAreThePolicyOfTheBranch(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		branch := fmt.Sprintf("/api/branches/%d", w.branches[0].ID)
		b := w.send(0, "GET", branch, "admin", nil)
		require.Equal(t, []any{"hours", 12.0}, []any{b.json["offline_policy"], b.json["offline_hours"]}, b.raw)
		for _, wrong := range []map[string]any{{"offline_policy": "maybe"}, {"offline_hours": 0}, {"offline_hours": 73},
			{"offline_hours": 1.5}} {
			require.Equal(t, http.StatusUnprocessableEntity, w.send(0, "PATCH", branch, "admin", wrong).status, wrong)
		}
		b = w.send(0, "PATCH", branch, "admin", map[string]any{"offline_hours": 2})
		require.EqualValues(t, 2, b.json["offline_hours"], b.raw)
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(10, 0))
		p.tapped("in", monday(7, 59), "two-hours").waiting(t, "overdue")
		require.Equal(t, http.StatusCreated, p.tapped("in", monday(8, 0), "in").status)

		w.send(0, "PATCH", branch, "admin", map[string]any{"offline_policy": "approval"})
		require.Equal(t, "approval", w.send(0, "GET", "/api/me/today", "jkt-1", nil).json["offline_policy"])
		mine := func() reply { return w.send(0, "GET", "/api/me/today", "jkt-1", nil) }
		require.Len(t, mine().list("waiting"), 1, "of before")
		kept := p.tapped("out", monday(9, 30), "approval").waiting(t, "policy")
		asked := w.send(0, "POST", "/api/corrections", "jkt-1", map[string]any{"work_date": "2026-11-20",
			"direction": "out", "time": "17:03", "reason": "lupa"})
		require.Equal(t, http.StatusCreated, asked.status, asked.raw)
		waits := mine().list("waiting")
		require.Len(t, waits, 2, "claims only: %v", waits)
		require.Equal(t, []any{kept["id"], "out", "policy", "2026-11-23T02:30:00Z"}, []any{waits[0]["id"],
			waits[0]["direction"], waits[0]["claim"], waits[0]["occurred_at"]})
		require.Empty(t, w.send(0, "GET", "/api/me/today", "jkt-2", nil).list("waiting"))
		decided := w.send(0, "POST", fmt.Sprintf("/api/corrections/%v/refuse", kept["id"]), "cabang",
			map[string]any{"note": "x"})
		require.Equal(t, http.StatusOK, decided.status, decided.raw)
		require.Len(t, mine().list("waiting"), 1)
		w.send(0, "PATCH", branch, "admin", map[string]any{"offline_policy": "off"})
		r := p.tapped("out", monday(9, 31), "off")
		require.Equal(t, http.StatusUnprocessableEntity, r.status)
		require.Equal(t, "offline_off", r.code())
		require.Contains(t, r.json["detail"], "tidak menerima absensi tanpa jaringan")
		audit := w.send(0, "GET", "/api/audit?table=branches", "admin", nil).items()
		require.Equal(t, "off", audit[0]["after"].(map[string]any)["offline_policy"])

		// What took some seconds was not offline: the server's clock decides.
		slow := p.tapped("out", monday(10, 0).Add(-50*time.Second), "slow")
		require.Equal(t, http.StatusCreated, slow.status, slow.raw)
		punch := slow.json["punch"].(map[string]any)
		require.Equal(t, []any{"2026-11-23T03:00:00Z", false}, []any{punch["occurred_at"], punch["offline"]})
	})
}

// A proof is of one person, and says only what a server signed.
func TestAContactIsOfOnePerson(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		own := p.contact
		require.Equal(t, own[:2], w.send(0, "GET", "/api/me", "jkt-1", nil).json["contact"].(string)[:2])
		require.NotContains(t, w.send(0, "GET", "/api/me", "ops", nil).json, "contact", "who cannot punch")
		other := w.contact("jkt-2", monday(7, 0))
		w.clock.Set(monday(9, 0))
		for i, forged := range []string{"", "1", "1..", "1.zz", own + "A", own[:len(own)-1], "2" + own[1:],
			own[:2] + "mhg" + own[5:], other} {
			p.contact = forged
			at := monday(8, i).AddDate(0, 0, -i%2) // of one date fewer may wait
			p.tapped("in", at, fmt.Sprint("forged", i)).waiting(t, "unproven")
		}
		p.contact = own
		w.until(23, 9, 0, 0) // what waits on a device is sent after signing in again, too
		require.Equal(t, http.StatusCreated, p.tapped("in", monday(8, 30), "own").status)
		require.Equal(t, http.StatusUnprocessableEntity, w.send(0, "POST", checkIn, "jkt-1",
			map[string]any{"contact": fmt.Sprintf("%0101d", 1)}).status)
	})
}

// A program is never without network and comes back: what it claims waits, and says so.
func TestAProgramsClaimWaits(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		w.apiToken("program", "jkt-1", []account.Scope{account.ScopePunchWrite})
		contact := w.contact("jkt-1", start.Add(-time.Hour))
		r := w.send(0, "POST", checkIn, "program", map[string]any{"contact": contact,
			"occurred_at": start.Add(-20 * time.Minute).Format(time.RFC3339)})
		r.waiting(t, "unproven")
		require.Equal(t, http.StatusCreated, w.send(0, "POST", checkIn, "program", nil).status)
	})
}

// However often a program tries, so many may wait, of a date and altogether; who looks after the branch is not buried.
func TestClaimsThatWaitAreBounded(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		tooMany := func(r reply) {
			t.Helper()
			require.Equal(t, http.StatusTooManyRequests, r.status, r.raw)
			require.Equal(t, "too_many_claims", r.code())
			require.Contains(t, r.json["detail"], "menunggu keputusan")
			require.NotEmpty(t, r.header.Get("Retry-After"))
		}
		w.clock.Set(monday(21, 0))
		for i := range 50 {
			if i > 0 && i%8 == 0 {
				tooMany(p.tapped("in", w.clock.Now().Add(-time.Hour), fmt.Sprint("date", i)))
				w.clock.Advance(24 * time.Hour)
			}
			at := w.clock.Now().Add(-2*time.Hour - time.Duration(i%8)*time.Minute)
			p.tapped("in", at, fmt.Sprint("k", i)).waiting(t, "unproven")
		}
		w.clock.Advance(24 * time.Hour)
		tooMany(p.tapped("in", w.clock.Now().Add(-2*time.Hour), "one-more"))
	})
}

// A claim of a direction up to a minute after another is that one, as a punch is, whatever else it says. An earlier one
// may be better than what waits, and is not lost to it.
func TestClaimsWithinAMinuteAreOne(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		w.clock.Set(monday(9, 30))
		at := monday(7, 55)
		id := p.tapped("in", at, "first").waiting(t, "unproven")["id"]
		for i, seconds := range []int{0, 1, 30, 60} {
			again := p.tapped("in", at.Add(time.Duration(seconds)*time.Second), fmt.Sprint("again-", i))
			require.Equal(t, id, again.waiting(t, "unproven")["id"], seconds)
			require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		}
		ids := []any{id, p.tapped("out", at.Add(time.Second), "other-way").waiting(t, "unproven")["id"],
			p.tapped("in", at.Add(61*time.Second), "later").waiting(t, "unproven")["id"]}
		earlier := p.tapped("in", at.Add(-time.Second), "earlier").waiting(t, "unproven")
		require.NotContains(t, ids, earlier["id"])
		require.Equal(t, "2026-11-23T00:54:59Z", earlier["occurred_at"])
		ids = append(ids, earlier["id"])
		require.Len(t, w.send(0, "GET", "/api/corrections", "jkt-1", nil).items(), len(ids))

		// What was refused is no answer to another one.
		for _, q := range []any{id, earlier["id"]} {
			refused := w.send(0, "POST", fmt.Sprintf("/api/corrections/%v/refuse", q), "cabang",
				map[string]any{"note": "x"})
			require.Equal(t, http.StatusOK, refused.status, refused.raw)
		}
		require.NotContains(t, ids, p.tapped("in", at, "anew").waiting(t, "unproven")["id"])
	})
}

// A device whose clock is ahead makes its punch now.
func TestAClaimAheadOfTheServerIsNow(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 50)
		w.clock.Set(monday(8, 0))
		r := p.tapped("in", monday(8, 1), "ahead").taken(t)
		punch := r.json["punch"].(map[string]any)
		require.Equal(t, []any{"2026-11-23T01:00:00Z", "2026-11-23T01:01:00Z"},
			[]any{punch["occurred_at"], punch["claimed_at"]})
		require.Equal(t, r.raw, p.tapped("in", monday(8, 1), "ahead").raw, "a replay")

		w.offline(attendance.OfflineApproval)
		w.clock.Set(monday(17, 30))
		r = p.tapped("out", monday(17, 31), "out").taken(t)
		require.Equal(t, "2026-11-23T10:30:00Z", r.json["punch"].(map[string]any)["occurred_at"])
	})
}

// The device's monotonic clock knows how long ago its last contact was, whatever its other clock was set to.
func TestAClaimThatContradictsTheMonotonicClockIsMarked(t *testing.T) {
	databases(t, 1, func(t *testing.T, w *world) {
		p := &offlinePage{w: w}
		p.online(7, 0)
		w.clock.Set(monday(10, 0))
		r := w.send(0, "POST", checkIn, "jkt-1", map[string]any{"occurred_at": monday(7, 55).Format(time.RFC3339),
			"contact": p.contact, "since_contact": (170 * time.Minute).Milliseconds(), "age": 60_000})
		require.Equal(t, http.StatusCreated, r.status, r.raw)
		require.Equal(t, []any{"clock"}, r.json["punch"].(map[string]any)["doubts"])
		_, flags, why := w.dayOf(w.people[0], 23)
		require.Equal(t, []any{"clock", "offline"}, flags)
		require.Contains(t, why, "clock")
		require.Contains(t, w.send(0, "GET", "/api/attendances.csv?from=2026-11-23&to=2026-11-23", "admin", nil).raw,
			"jam perangkat janggal")
	})
}
