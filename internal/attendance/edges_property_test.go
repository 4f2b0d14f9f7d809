package attendance

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// someDays computes the days around the instants that were drawn.
func someDays(r *Roster, ps []Punch, now time.Time) map[Date]Day {
	days := map[Date]Day{}
	for i := range ps {
		local := r.localDate(ps[i].OccurredAt)
		for d := local.AddDays(-3); d <= local.AddDays(3); d++ {
			if _, known := days[d]; !known {
				days[d] = r.Day(1, d, ps, now)
			}
		}
	}
	return days
}

// What the recorder does: punches arrive in any order, each is judged with those before it, and only the days that it
// touches are computed again, from no more punches than their ranges hold.
func TestDaysThatAreKeptUpAreThoseComputedAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		now := drawInstant(t, "now")
		seed := rapid.Uint64().Draw(t, "order")
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
		kept := map[Date]Day{}
		for i := range ps {
			if r.duplicateOf(ps[:i], ps[i]) != 0 {
				continue
			}
			p, arrived := ps[i], ps[:i+1]
			touched := r.Touched(nil, p.OccurredAt, ps[:i])
			for _, d := range r.Changed(nil, &p, ps[:i]) {
				require.Contains(t, touched, d)
				from, to := r.RangeFor(d, arrived)
				held := slices.DeleteFunc(slices.Clone(arrived),
					func(p Punch) bool { return p.OccurredAt.Before(from) || !p.OccurredAt.Before(to) })
				kept[d] = r.Day(1, d, held, now)
				all, whole := r.PunchRange(d)
				require.False(t, from.Before(all) || to.After(whole), "[%s, %s) is more than [%s, %s)", from, to, all,
					whole)
			}
		}
		for d, want := range someDays(r, ps, now) {
			got, ok := kept[d]
			if !ok {
				require.Zero(t, want.PunchCount, "%s was never touched", d)
				continue
			}
			require.Equal(t, want, got, "%s", d)
			if slices.Contains(want.Flags, FlagLateOut) {
				require.NotNil(t, want.FirstIn)
				require.True(t,
					want.LastOut.After(*want.WindowCloses) && !want.LastOut.After(want.WindowCloses.Add(LateOutWithin)))
			}
			if slices.Contains(want.Flags, FlagEarlyIn) {
				require.True(t, want.FirstIn.Before(*want.WindowOpens) &&
					!want.FirstIn.Before(want.WindowOpens.Add(-EarlyInWithin)))
				require.Equal(t, d, r.localDate(*want.FirstIn), "only on the window's own date")
			}
		}
	})
}

// The properties hold of much that never happens; this counts what they are drawn for. The same seeds draw the same.
func TestTheEdgesAreDrawn(t *testing.T) {
	t.Parallel()
	type scene struct {
		r   *Roster
		ps  []Punch
		now time.Time
	}
	scenes := rapid.Custom(func(t *rapid.T) scene {
		r := drawRoster(t)
		return scene{r, drawEdges(t, r), drawInstant(t, "now")}
	})
	drawn := map[string]int{}
	for seed := range 300 {
		s := scenes.Example(seed)
		for d, day := range someDays(s.r, s.ps, s.now) {
			if day.ShiftID == 0 && day.FirstIn != nil && day.LastOut != nil && s.r.localDate(*day.LastOut) > d {
				drawn["past the midnight of a date without a shift"]++
			}
			early, late := slices.Contains(day.Flags, FlagEarlyIn), slices.Contains(day.Flags, FlagLateOut)
			switch silent := day.FirstIn != nil && day.LastOut != nil && said(s.ps, *day.FirstIn) == Undetermined &&
				said(s.ps, *day.LastOut) == Undetermined; {
			case early && late && silent:
				drawn["before and after, without a word"]++
			case early && late:
				drawn["before and after"]++
			case early && silent:
				drawn["before, without a word"]++
			case early:
				drawn["before"]++
			case late:
				drawn["after"]++
			}
		}
	}
	require.Len(t, drawn, 6)
	for what, n := range drawn {
		require.Greater(t, n, 10, what)
	}
}

// said returns the direction of a punch at an instant, if that is the only one.
func said(ps []Punch, at time.Time) (d Direction) {
	for i := range ps {
		if ps[i].OccurredAt.Equal(at) {
			if d != "" {
				return ""
			}
			d = ps[i].Direction
		}
	}
	return d
}

func TestNoDayCountsMoreThanItHolds(t *testing.T) {
	t.Parallel()
	taken, quick := 0, 0
	check := func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		now := drawInstant(t, "now")
		for d, day := range someDays(r, ps, now) {
			require.GreaterOrEqual(t, day.WorkedMinutes, 0)
			require.GreaterOrEqual(t, day.OvertimeMinutes, 0)
			require.LessOrEqual(t, day.OvertimeMinutes, day.WorkedMinutes)
			if day.WorkedMinutes > 0 {
				span := wholeMinutes(day.LastOut.Sub(*day.FirstIn))
				require.LessOrEqual(t, day.WorkedMinutes, span)
				if day.WorkedMinutes < span {
					taken++
				}
			}
			if slices.Contains(day.Flags, FlagQuickOut) {
				quick++
			}
			minutes := map[ReasonCode]int{}
			for _, why := range r.Explain(1, d, ps, now) {
				require.True(t, why.Minutes >= 0 && why.Limit >= 0, "%+v", why)
				minutes[why.Code] = why.Minutes
			}
			require.Equal(t, day.WorkedMinutes, minutes[ReasonWorked])
			require.Equal(t, day.OvertimeMinutes, minutes[ReasonExtra])
		}
	}
	// What is drawn is left to chance: once more where a draw of a hundred had none of either.
	for range 20 {
		if rapid.Check(t, check); taken > 0 && quick > 0 {
			break
		}
	}
	require.NotZero(t, taken)
	require.NotZero(t, quick)
}

// Whoever goes a while later, all else being equal, is not paid less, whatever the rule of the break.
func TestStayingLongerNeverPaysLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoster(t)
		ps := drawEdges(t, r)
		for i := range ps { // a repeat is a question of its own
			ps[i].OccurredAt = ps[i].OccurredAt.Truncate(time.Minute).Add(time.Duration(i) * 2 * time.Minute)
		}
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		for d, day := range someDays(r, ps, now) {
			if day.LastOut == nil || day.FirstIn == nil {
				continue
			}
			w, planned := r.WindowOn(d)
			until := w.late
			if !planned {
				until = d.ends(r.On(d).Zone)
			}
			last, twin := -1, false // without its twin, a last out that says no direction leaves another punch behind
			for i := range ps {
				switch at := ps[i].OccurredAt; {
				case last >= 0 && at.Equal(*day.LastOut):
					twin = true
				case at.Equal(*day.LastOut) && (ps[i].Direction == Out || ps[i].Direction == Undetermined):
					last = i
				case at.After(*day.LastOut):
					until = earlier(until, at)
				}
			}
			stay := time.Duration(rapid.IntRange(1, 120).Draw(t, "stays")) * time.Minute
			if last < 0 || twin || !day.LastOut.Add(stay+DuplicateWithin).Before(until) {
				continue
			}
			longer := slices.Clone(ps)
			longer[last].OccurredAt = day.LastOut.Add(stay)
			if at, off := r.DateFor(&longer[last], longer); at != d || off && planned {
				continue
			}
			more := r.Day(1, d, longer, now)
			require.GreaterOrEqual(t, more.WorkedMinutes, day.WorkedMinutes)
			require.GreaterOrEqual(t, more.OvertimeMinutes, day.OvertimeMinutes)
		}
	})
}
