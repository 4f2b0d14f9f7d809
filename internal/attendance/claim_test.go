package attendance

import (
	"strings"
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
		met     time.Duration // by the server itself, ago; 0 for never
		want    Wait
		code    Code
	}{
		"after the contact":           {at: time.Hour, contact: 2 * time.Hour},
		"at the contact":              {at: time.Hour, contact: time.Hour},
		"clocks that differ a little": {at: time.Hour, contact: time.Hour - clockSlack},
		"before the contact":          {at: time.Hour, contact: time.Hour - clockSlack - 1, want: WaitContact},
		"met before it":               {at: time.Hour, contact: 2 * time.Hour, met: time.Hour},
		"met when clocks differ":      {at: time.Hour, contact: 2 * time.Hour, met: time.Hour - clockSlack},
		"met after it": {at: time.Hour, contact: 2 * time.Hour, met: time.Hour - clockSlack - 1,
			want: WaitContact},
		"met after it, and nothing proven": {at: time.Hour, met: time.Minute, want: WaitUnproven},
		"met after what is overdue": {at: 13 * time.Hour, contact: 14 * time.Hour, met: time.Hour,
			want: WaitContact},
		"met, at a branch that takes none": {branch: Branch{OfflinePolicy: OfflineOff}, at: time.Hour,
			contact: 2 * time.Hour, met: time.Minute, code: CodeOfflineOff},
		"a contact of long ago": {at: time.Hour, contact: MaxContactAge + time.Hour + 1, want: WaitUnproven},
		"nothing proven":        {at: time.Hour, want: WaitUnproven},
		"within twelve hours":   {at: 12 * time.Hour, contact: 13 * time.Hour},
		"later than that":       {at: 12*time.Hour + 1, contact: 13 * time.Hour, want: WaitOverdue},
		"a branch with fewer": {branch: Branch{OfflineHours: 2}, at: 3 * time.Hour, contact: 4 * time.Hour,
			want: WaitOverdue},
		"a branch with more": {branch: Branch{OfflineHours: 72}, at: 71 * time.Hour, contact: 72 * time.Hour},
		"a branch that looks at all": {branch: Branch{OfflinePolicy: OfflineApproval}, at: time.Hour,
			contact: 2 * time.Hour, want: WaitPolicy},
		"a branch that looks at all, and nothing proven": {branch: Branch{OfflinePolicy: OfflineApproval},
			at: time.Hour, want: WaitUnproven},
		"a branch that takes none": {branch: Branch{OfflinePolicy: OfflineOff}, at: time.Hour, contact: 2 * time.Hour,
			code: CodeOfflineOff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Claim{At: ago(test.at)}
			if test.contact != 0 {
				c.Contact = ago(test.contact)
			}
			if test.met != 0 {
				c.Met = ago(test.met)
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
	hour, two, never := now.Add(-time.Hour), now.Add(-2*time.Hour), time.Time{}
	for name, test := range map[string]struct {
		claim Claim
		want  bool
	}{
		"nothing known":                  {Claim{At: hour}, false},
		"as long as it says":             {Claim{hour, contact, never, 2 * time.Hour, time.Hour}, false},
		"a clock that slept":             {Claim{hour, contact, never, time.Minute, time.Second}, false},
		"tapped later than it says":      {Claim{At: two, Contact: contact, Since: 2 * time.Hour}, true},
		"tapped earlier than it says":    {Claim{At: hour, Age: 2 * time.Hour}, true},
		"a span since no proven contact": {Claim{At: two, Since: 9 * time.Hour}, false},
	} {
		require.Equal(t, test.want, test.claim.Contradicted(now), name)
	}
}

// A claim neither improves a first in nor changes a day that is over by itself.
func TestAClaimRewritesNothing(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	// Times are of 2026-03-02, whose window closes at 21:00.
	for name, test := range map[string]struct {
		others string // separated by commas
		claim  string
		now    string
		locked bool
		want   Wait
	}{
		"the first in of a day":             {"", "in 07:55", "09:30", false, ""},
		"a late day made punctual":          {"in 09:10", "in 07:55", "09:30", false, WaitEarlier},
		"in again":                          {"in 08:00,out 12:00", "in 13:00", "14:00", false, ""},
		"a way out":                         {"in 08:00", "out 17:00", "20:00", false, ""},
		"a way in before a lone way out":    {"out 17:00", "in 08:00", "17:30", false, WaitEarlier},
		"an absence made a day of work":     {"", "in 09:05", "21:01", false, WaitClosed},
		"the last instant of a day":         {"", "in 09:05", "20:59:59", false, ""},
		"an incomplete day completed":       {"in 08:00", "out 17:00", "23:59", false, WaitClosed},
		"a way out after the day closed":    {"in 08:00", "out 22:00", "22:30", false, WaitClosed},
		"a day of a period that is settled": {"", "in 08:00", "09:00", true, WaitClosed},
		"later than the branch allows":      {"", "in 08:00", "20:01", false, WaitOverdue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := *r
			if test.locked {
				r.Places = []Place{place(t, 7, "Asia/Jakarta")}
				through := date(t, "2026-03-02")
				r.Places[0].Branch.LockedThrough = &through
			}
			var texts []string
			for text := range strings.SplitSeq(strings.TrimPrefix(test.others+","+test.claim, ","), ",") {
				direction, clock, _ := cutDirection(text)
				texts = append(texts, direction+" 2026-03-02 "+clock)
			}
			all := punches(t, &r, texts...)
			p, others := all[len(all)-1], all[:len(all)-1]
			d, _ := r.DateFor(&p, others)
			c := &Claim{At: p.OccurredAt, Contact: p.OccurredAt.Add(-time.Hour)}
			err := r.JudgeClaim(c, d, &p, others, at(t, &r, "2026-03-02 "+test.now))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, Waits{Why: test.want, WorkDate: d}, err)
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
