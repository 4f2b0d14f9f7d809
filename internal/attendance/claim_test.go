package attendance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhatABranchDoesWithAClaimedTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, test := range map[string]struct {
		branch  Branch
		at      time.Duration // ago
		contact time.Duration // ago; 0 for none
		want    Wait
		code    Code
	}{
		"after the contact":           {at: time.Hour, contact: 2 * time.Hour},
		"at the contact":              {at: time.Hour, contact: time.Hour},
		"clocks that differ a little": {at: time.Hour, contact: time.Hour - clockSlack},
		"before the contact":          {at: time.Hour, contact: time.Hour - clockSlack - 1, want: WaitContact},
		"nothing proven":              {at: time.Hour, want: WaitUnproven},
		"within twelve hours":         {at: 12 * time.Hour, contact: 13 * time.Hour},
		"later than that":             {at: 12*time.Hour + 1, contact: 13 * time.Hour, want: WaitOverdue},
		"a branch with fewer":         {branch: Branch{OfflineHours: 2}, at: 3 * time.Hour, contact: 4 * time.Hour, want: WaitOverdue},
		"a branch with more":          {branch: Branch{OfflineHours: 72}, at: 71 * time.Hour, contact: 72 * time.Hour},
		"a branch that looks at all": {branch: Branch{OfflinePolicy: OfflineApproval}, at: time.Hour, contact: 2 * time.Hour,
			want: WaitPolicy},
		"a branch that looks at all says what else is wrong": {branch: Branch{OfflinePolicy: OfflineApproval}, at: time.Hour,
			want: WaitUnproven},
		"a branch that takes none": {branch: Branch{OfflinePolicy: OfflineOff}, at: time.Hour, contact: 2 * time.Hour,
			code: CodeOfflineOff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Claim{At: ago(test.at)}
			if test.contact != 0 {
				c.Contact = ago(test.contact)
			}
			why, err := test.branch.Admit(c, now)
			require.Equal(t, test.want, why)
			require.Equal(t, test.code, CodeOf(err))
		})
	}
}

func TestAClaimThatTheDevicesOwnClockContradicts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	contact := now.Add(-3 * time.Hour)
	for name, test := range map[string]struct {
		claim Claim
		want  bool
	}{
		"nothing known":                  {Claim{At: now.Add(-time.Hour)}, false},
		"as long as it says":             {Claim{At: now.Add(-time.Hour), Contact: contact, Since: 2 * time.Hour, Age: time.Hour}, false},
		"a clock that slept":             {Claim{At: now.Add(-time.Hour), Contact: contact, Since: time.Minute, Age: time.Second}, false},
		"tapped later than it says":      {Claim{At: now.Add(-2 * time.Hour), Contact: contact, Since: 2 * time.Hour}, true},
		"tapped earlier than it says":    {Claim{At: now.Add(-time.Hour), Age: 2 * time.Hour}, true},
		"a span since no proven contact": {Claim{At: now.Add(-2 * time.Hour), Since: 9 * time.Hour}, false},
	} {
		require.Equal(t, test.want, test.claim.Contradicted(now), name)
	}
}

// A claim neither improves a first in nor changes a day that is over by itself.
func TestAClaimRewritesNothing(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	for name, test := range map[string]struct {
		others []string
		claim  string
		now    string
		locked bool
		want   Wait
	}{
		"the first in of a day":             {nil, "in 2026-03-02 07:55", "2026-03-02 09:30", false, ""},
		"a late day made punctual":          {[]string{"in 2026-03-02 09:10"}, "in 2026-03-02 07:55", "2026-03-02 09:30", false, WaitEarlier},
		"in again":                          {[]string{"in 2026-03-02 08:00", "out 2026-03-02 12:00"}, "in 2026-03-02 13:00", "2026-03-02 14:00", false, ""},
		"a way out":                         {[]string{"in 2026-03-02 08:00"}, "out 2026-03-02 17:00", "2026-03-02 20:00", false, ""},
		"a way in before a lone way out":    {[]string{"out 2026-03-02 17:00"}, "in 2026-03-02 08:00", "2026-03-02 17:30", false, WaitEarlier},
		"an absence made a day of work":     {nil, "in 2026-03-02 08:00", "2026-03-02 21:01", false, WaitClosed},
		"the last instant of a day":         {nil, "in 2026-03-02 08:00", "2026-03-02 20:59:59", false, ""},
		"an incomplete day completed":       {[]string{"in 2026-03-02 08:00"}, "out 2026-03-02 17:00", "2026-03-03 07:00", false, WaitClosed},
		"a way out after the day closed":    {[]string{"in 2026-03-02 08:00"}, "out 2026-03-02 22:00", "2026-03-02 22:30", false, WaitClosed},
		"a day of a period that is settled": {nil, "in 2026-03-02 08:00", "2026-03-02 09:00", true, WaitClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := *r
			if test.locked {
				r.Places = []Place{place(t, 7, "Asia/Jakarta")}
				through := date(t, "2026-03-02")
				r.Places[0].Branch.LockedThrough = &through
			}
			all := punches(t, &r, append(test.others, test.claim)...)
			p, others := all[len(all)-1], all[:len(all)-1]
			d, _ := r.DateFor(&p, others)
			c := &Claim{At: p.OccurredAt, Contact: p.OccurredAt.Add(-time.Hour)}
			var w Waits
			err := r.JudgeClaim(c, d, &p, others, at(t, &r, test.now))
			if test.want == "" && r.Places[0].Branch != nil && at(t, &r, test.now).Sub(p.OccurredAt) <= 12*time.Hour {
				require.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, &w)
			if at(t, &r, test.now).Sub(p.OccurredAt) <= 12*time.Hour {
				require.Equal(t, test.want, w.Why)
			}
			require.Equal(t, CodeClaimWaits, CodeOf(err))
		})
	}
}

// Whatever the shifts and the other punches: a claim that is recorded leaves each date that is over as it was, and lets
// nobody come earlier on a date that somebody had punched on.
func TestATakenClaimRewritesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		all := drawEdges(t, r)
		if len(all) == 0 {
			return
		}
		p, others := all[len(all)-1], all[:len(all)-1]
		p.ID, p.Voided = -1, nil
		p.Direction = rapid.SampledFrom([]Direction{In, Out}).Draw(t, "claimed")
		if of, _ := r.Echo(others, p); of != 0 {
			return // a repeat leaves no trace
		}
		d, _ := r.DateFor(&p, others)
		now := p.OccurredAt.Add(time.Duration(rapid.IntRange(0, 12*60).Draw(t, "age")) * time.Minute)
		err := r.JudgeClaim(&Claim{At: p.OccurredAt, Contact: p.OccurredAt}, d, &p, others, now)
		if err != nil {
			if CodeOf(err) != CodeClaimWaits {
				t.Fatal(err)
			}
			return
		}
		with := append(append([]Punch(nil), others...), p)
		for on := d - 4; on <= d+4; on++ {
			before, after := r.Day(1, on, others, now), r.Day(1, on, with, now)
			if r.closed(on, now) && !before.SameOutcome(&after) {
				t.Fatalf("%s is over and changed: %+v became %+v", on, before, after)
			}
			if before.PunchCount > 0 && earlierIn(&before, &after) {
				t.Fatalf("%s begins earlier: %+v became %+v", on, before, after)
			}
		}
	})
}
