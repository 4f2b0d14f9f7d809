package attendance

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Case 17: what was taken away counts for nothing, and what repeated it goes with it.
func TestADayWithoutAWrongPunch(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	d, now := date(t, "2026-11-23"), at(t, r, "2026-11-24 06:00")
	all := punches(t, r, "in 2026-11-23 08:00", "out 2026-11-23 20:00", "out 2026-11-23 20:00:20")
	all[2].DuplicateOf = all[1].ID
	day := r.Day(1, d, all, now)
	require.Equal(t, []any{660, 180}, []any{day.WorkedMinutes, day.OvertimeMinutes})

	for _, id := range []int64{2, 3} {
		require.Len(t, One(all, id), 2)
		alone := r.Day(1, d, Corrected(all, id, nil), now)
		require.Nil(t, alone.LastOut)
		require.Equal(t, StatusIncomplete, alone.Status)
		out := punches(t, r, "out 2026-11-23 16:30")[0]
		out.Source = SourceCorrection
		replaced := r.Day(1, d, Corrected(all, id, &out), now)
		require.Equal(t, []any{450, 0}, []any{replaced.WorkedMinutes, replaced.OvertimeMinutes})
		require.True(t, replaced.LastOut.Equal(out.OccurredAt))
	}
	all[1].Voided, all[2].Voided = &Voided{}, &Voided{}
	require.Equal(t, r.Day(1, d, Corrected(all, 2, nil), now), r.Day(1, d, all, now), "the same from what is stored")
	require.Len(t, r.VoidedOn(d, all), 2)
	require.Empty(t, r.VoidedOn(d+1, all))
	why := r.Explain(1, d, all, now)
	require.Equal(t, ReasonVoided, why[len(why)-1].Code)
	require.Equal(t, int64(2), why[len(why)-1].Punch)
}

func TestWhatMayBeTakenAway(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "22:00", "06:00")}, 1, 1, 0, 0, 0, 0, 0)
	d := date(t, "2026-11-24") // a Tuesday; its night ends on a day off
	all := punches(t, r, "in 2026-11-24 22:00", "out 2026-11-25 12:00", "in 2026-11-25 20:00", "out 2026-11-24 22:10")
	all[3].Voided = &Voided{}
	for name, c := range map[string]struct {
		id   int64
		date Date
		code Code
	}{
		"a way in":                                 {1, d, ""},
		"a way out after its window closed":        {2, d, ""},
		"the same, of the date that clocks showed": {2, d + 1, ""},
		"of the date before":                       {1, d - 1, CodeInvalid},
		"nobody's":                                 {9, d, CodeNotFound},
		"one that was taken away":                  {4, d, CodeConflict},
	} {
		require.Equal(t, c.code, CodeOf(r.MayVoid(c.date, c.id, all)), name)
	}
	through := d
	r.Places[0].Branch.LockedThrough = &through
	require.Equal(t, CodePeriodLocked, CodeOf(r.MayVoid(d, 1, all)))
	require.Equal(t, CodePeriodLocked, CodeOf(r.MayVoid(d, 2, all)), "it ends the night that is settled")
	require.NoError(t, r.MayVoid(d+1, 3, all))
}

func TestWhatItsOwnerMayTakeBack(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	make := func(change func(all []Punch)) []Punch {
		all := punches(t, r, "in 2026-11-23 08:00", "out 2026-11-23 12:00", "out 2026-11-23 12:00:10")
		for i := range all {
			all[i].Source, all[i].ReceivedAt = SourceMobile, all[i].OccurredAt
		}
		all[2].DuplicateOf = 2
		if change != nil {
			change(all)
		}
		return all
	}
	noon := at(t, r, "2026-11-23 12:00")
	for name, c := range map[string]struct {
		change func(all []Punch)
		id     int64
		after  time.Duration
		may    bool
	}{
		"at once":               {nil, 2, time.Second, true},
		"by its repeat":         {nil, 3, 50 * time.Second, true},
		"at the last moment":    {nil, 2, UndoWithin, true},
		"a moment later":        {nil, 2, UndoWithin + time.Millisecond, false},
		"the one before":        {nil, 1, time.Second, false},
		"one that is not there": {nil, 9, time.Second, false},
		"what a terminal took":  {func(all []Punch) { all[1].Source = SourceTerminal }, 2, time.Second, false},
		"sent late, just now":   {func(all []Punch) { all[1].ReceivedAt = noon.Add(time.Hour) }, 2, time.Hour, true},
		"after the last is gone": {func(all []Punch) { all[1].Voided, all[2].Voided = &Voided{}, &Voided{} }, 1, 0,
			false},
	} {
		err := MayUndo(make(c.change), c.id, noon.Add(c.after))
		require.Equal(t, c.may, err == nil, name)
		if !c.may {
			require.Equal(t, CodeUndoOver, CodeOf(err), name)
		}
	}
	fresh := make(func(all []Punch) {
		all[0].ReceivedAt = noon
		all[1].Voided, all[2].Voided = &Voided{}, &Voided{}
	})
	require.NoError(t, MayUndo(fresh, 1, noon.Add(time.Second)), "it is the last that counts now")
}

// Whatever is taken away: a day is the one of the punches that are left, and nothing that repeats it stays behind.
func TestTakingAwayIsAsIfItHadNotBeen(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	d, now := date(t, "2026-11-23"), at(t, r, "2026-11-24 06:00")
	random := rand.New(rand.NewPCG(17, 42))
	for range 500 {
		var all []Punch
		for id := int64(1); id <= 1+random.Int64N(8); id++ {
			p := Punch{ID: id, EmployeeID: 1, Direction: []Direction{In, Out}[random.IntN(2)], Source: SourceMobile,
				OccurredAt: at(t, r, "2026-11-23 06:30").Add(time.Duration(random.IntN(14*3600/20)) * 20 * time.Second)}
			p.DuplicateOf = r.duplicateOf(all, p)
			all = append(all, p)
		}
		id := all[random.IntN(len(all))].ID
		gone, left := One(all, id), Corrected(all, id, nil)
		require.Len(t, left, len(all)-len(gone))
		for i := range all {
			for _, g := range gone {
				if all[i].ID == g.ID {
					all[i].Voided = &Voided{}
				}
			}
		}
		require.Equal(t, r.Day(1, d, left, now), r.Day(1, d, all, now))
		require.Equal(t, r.Button(left, now), r.Button(all, now))
		for _, p := range left {
			require.NotContains(t, []int64{gone[0].ID}, p.DuplicateOf)
		}
	}
}
