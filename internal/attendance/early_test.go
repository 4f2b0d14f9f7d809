package attendance

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A terminal without function keys says of no punch which way it goes.
func TestATerminalWithoutKeysBeforeTheWindowOpened(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1) // open from 06:00 to 21:00
	none := []Flag(nil)
	for name, c := range map[string]struct {
		punches []string
		want    dayOf
		in      string // the first in of 2026-03-03
	}{
		"a minute before": {[]string{"auto 03 05:59", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 17:00:00", []Flag{FlagEarlyIn}}, "05:59"},
		"the opening instant": {[]string{"auto 03 06:00", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 17:00:00", none}, "06:00"},
		"by a key, and out without one": {[]string{"in 03 05:59", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 17:00:00", []Flag{FlagEarlyIn}}, "05:59"},
		"and nothing else": {[]string{"auto 03 05:59"},
			dayOf{StatusIncomplete, 0, 0, 1, "", []Flag{FlagEarlyIn}}, "05:59"},
		"again within the grace": {[]string{"auto 03 05:59", "auto 03 08:10", "auto 03 17:00"},
			dayOf{StatusPresent, 470, 0, 3, "03 17:00:00", []Flag{FlagOffShift}}, "08:10"},
		"again within the grace, and no more": {[]string{"auto 03 05:59", "auto 03 08:10"},
			dayOf{StatusIncomplete, 0, 0, 2, "", []Flag{FlagOffShift}}, "08:10"},
		"at noon and in the evening": {[]string{"auto 03 05:59", "auto 03 12:00", "auto 03 13:00", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 4, "03 17:00:00", []Flag{FlagEarlyIn}}, "05:59"},
		"the same finger, before and after": {[]string{"auto 03 05:59:40", "auto 03 06:00:30", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 3, "03 17:00:00", []Flag{FlagOffShift}}, "06:00"},
		"twice": {[]string{"auto 03 04:00", "auto 03 05:59", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 3, "03 17:00:00", []Flag{FlagEarlyIn, FlagOffShift}}, "05:59"},
		"out again before it, by a key": {[]string{"auto 03 05:00", "out 03 05:30", "auto 03 17:00"},
			dayOf{StatusIncomplete, 0, 0, 3, "", []Flag{FlagOffShift}}, "17:00"},
		"it is the way out of yesterday": {[]string{"auto 02 08:00", "auto 03 00:30", "auto 03 17:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", none}, "17:00"},
		"yesterday has its way out": {[]string{"auto 02 08:00", "auto 02 17:00", "auto 03 00:30", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 17:00:00", []Flag{FlagEarlyIn}}, "00:30"},
		"too late for yesterday": {[]string{"auto 02 08:00", "auto 03 01:01", "auto 03 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 17:00:00", []Flag{FlagEarlyIn}}, "01:01"},
		"yesterday's comes by a key": {[]string{"auto 02 08:00", "auto 03 05:00", "out 03 05:30", "auto 03 17:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", none}, "17:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkEarly(t, r, c.punches, c.want, c.in)
		})
	}
}

// Neither who comes before the window opened nor who goes after it closed loses the day by the other.
func TestInBeforeTheWindowOpenedAndOutAfterItClosed(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1) // open from 06:00 to 21:00
	both := []Flag{FlagEarlyIn, FlagLateOut}
	for name, c := range map[string]struct {
		punches []string
		want    dayOf
		in      string
	}{
		"by keys": {[]string{"in 03 05:30", "out 03 22:30"},
			dayOf{StatusPresent, 810, 330, 2, "03 22:30:00", both}, "05:30"},
		"without": {[]string{"auto 03 05:30", "auto 03 22:30"},
			dayOf{StatusPresent, 810, 330, 2, "03 22:30:00", both}, "05:30"},
		"past midnight": {[]string{"in 03 05:30", "out 04 00:30"},
			dayOf{StatusPresent, 930, 450, 2, "04 00:30:00", both}, "05:30"},
		"past midnight, without keys": {[]string{"auto 03 05:30", "auto 04 00:30"},
			dayOf{StatusPresent, 930, 450, 2, "04 00:30:00", both}, "05:30"},
		"too late to be meant": {[]string{"auto 03 05:30", "auto 04 01:01"},
			dayOf{StatusIncomplete, 0, 0, 1, "", []Flag{FlagEarlyIn}}, "05:30"},
		"tomorrow's window": {[]string{"in 03 05:30", "out 04 06:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", []Flag{FlagEarlyIn}}, "05:30"},
		"a break between": {[]string{"in 03 05:30", "break_out 03 12:00", "break_in 03 13:00", "out 03 22:30"},
			dayOf{StatusPresent, 810, 330, 4, "03 22:30:00", both}, "05:30"},
		"out within the window": {[]string{"in 03 05:30", "out 03 17:00", "out 03 22:30"},
			dayOf{StatusPresent, 480, 0, 3, "03 17:00:00", []Flag{FlagEarlyIn, FlagOffShift}}, "05:30"},
		"in again after it closed": {[]string{"in 03 05:30", "in 03 22:00", "out 03 22:30"},
			dayOf{StatusIncomplete, 0, 0, 3, "", []Flag{FlagEarlyIn, FlagOffShift}}, "05:30"},
		"only the first way out": {[]string{"in 03 05:30", "out 03 22:30", "out 03 23:30"},
			dayOf{StatusPresent, 810, 330, 3, "03 22:30:00", []Flag{FlagEarlyIn, FlagLateOut, FlagOffShift}}, "05:30"},
		// It could be yesterday's, which hangs on yesterday's own: enough for today, too little to reach into tomorrow.
		"right after yesterday's": {[]string{"auto 03 00:30", "auto 04 00:30"},
			dayOf{StatusIncomplete, 0, 0, 1, "", []Flag{FlagEarlyIn}}, "00:30"},
		"right after yesterday's, and at noon": {[]string{"auto 03 00:30", "auto 03 12:00", "auto 04 00:30"},
			dayOf{StatusPresent, 930, 450, 3, "04 00:30:00", both}, "00:30"},
		"which was yesterday's": {[]string{"auto 02 08:00", "auto 03 00:30", "auto 03 08:30", "auto 04 00:30"},
			dayOf{StatusLate, 900, 450, 2, "04 00:30:00", []Flag{FlagLateOut}}, "08:30"},
		"right after yesterday's, out today": {[]string{"auto 03 00:30", "auto 03 22:30"},
			dayOf{StatusPresent, 810, 330, 2, "03 22:30:00", both}, "00:30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkEarly(t, r, c.punches, c.want, c.in)
		})
	}
	// The next day is free of it, the button offers it, and both are explained.
	in := punches(t, r, "in 2026-03-03 05:30")
	require.Equal(t, Button{ActionCheckOut, date(t, "2026-03-03"), true}, r.Button(in, at(t, r, "2026-03-04 00:30")))
	ps, now := punches(t, r, "in 2026-03-03 05:30", "out 2026-03-04 00:30"), at(t, r, "2026-03-10 00:00")
	require.Equal(t, dayOf{status: StatusAbsent}, summary(r.Day(1, date(t, "2026-03-04"), ps, now), r))
	var codes []ReasonCode
	for _, why := range r.Explain(1, date(t, "2026-03-03"), ps, now) {
		codes = append(codes, why.Code)
	}
	require.Contains(t, codes, ReasonEarlyIn)
	require.Contains(t, codes, ReasonLateOut)
	require.NotContains(t, codes, ReasonOffShift)
}

// A finger that a terminal reads twice around the opening of the window says nothing about whether the way in before it
// counts: the next punch does.
func TestARepeatOverTheOpeningDecidesNothing(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1, 1, 1, 1, 1, 1, 1)
	d, now := date(t, "2026-03-03"), at(t, r, "2026-03-10 00:00")
	w, ok := r.WindowOn(d)
	require.True(t, ok)
	punch := func(id int64, direction Direction, source Source, after time.Duration) Punch {
		return Punch{ID: id, EmployeeID: 1, Direction: direction, Source: source, OccurredAt: w.Opens.Add(after)}
	}
	for name, later := range map[string][]Punch{
		"nobody comes again":      nil,
		"a way in of its own":     {punch(3, In, SourceWeb, 30*time.Second)},
		"and goes":                {punch(3, Out, SourceWeb, 9*time.Hour)},
		"a way in, and a way out": {punch(3, In, SourceWeb, time.Hour), punch(4, Out, SourceWeb, 9*time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps := append([]Punch{punch(1, In, SourceWeb, -20*time.Second)}, later...)
			again := punch(2, Out, SourceTerminal, 20*time.Second)
			require.Equal(t, int64(1), r.duplicateOf(ps, again))
			require.Equal(t, r.Day(1, d, ps, now), r.Day(1, d, append(ps, again), now))
		})
	}
}

// checkEarly looks at 2026-03-03, whose punches are given by day of the month, in either order of arrival.
func checkEarly(t *testing.T, r *Roster, texts []string, want dayOf, in string) {
	t.Helper()
	full := make([]string, len(texts))
	for i, text := range texts {
		direction, when, _ := cutDirection(text)
		full[i] = direction + " 2026-03-" + when
	}
	ps, d, now := punches(t, r, full...), date(t, "2026-03-03"), at(t, r, "2026-03-10 00:00")
	for i := range ps {
		ps[i].Source = SourceTerminal
	}
	day := r.Day(1, d, ps, now)
	require.Equal(t, want, summary(day, r))
	require.NotNil(t, day.FirstIn)
	require.Equal(t, in, day.FirstIn.In(r.Places[0].Zone).Format("15:04"))
	slices.Reverse(ps)
	require.Equal(t, day, r.Day(1, d, ps, now))
}
