package attendance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNeighbouringWindowsMeetMidway(t *testing.T) {
	t.Parallel()
	// Late on Monday until 23:00, early on Tuesday from 05:00: 4 h after and 2 h before reach exactly 03:00.
	late, early := shift(t, 1, "15:00", "23:00"), shift(t, 2, "05:00", "13:00")
	late.ClosesAfter, early.OpensBefore = 300, 240
	r := roster(t, "Asia/Jakarta", []Shift{late, early}, 1, 2, 0, 0, 0, 0, 0)
	monday, ok := r.WindowOn(date(t, "2026-03-02"))
	require.True(t, ok)
	tuesday, ok := r.WindowOn(date(t, "2026-03-03"))
	require.True(t, ok)
	require.Equal(t, at(t, r, "2026-03-03 02:00"), monday.Closes, "midway between 23:00 and 05:00")
	require.Equal(t, monday.Closes, tuesday.Opens)
	for text, want := range map[string]string{"2026-03-03 01:59:59": "2026-03-02", "2026-03-03 02:00": "2026-03-03"} {
		d, off := r.WorkDate(at(t, r, text))
		require.Equal(t, want, d.String(), text)
		require.False(t, off, text)
	}
}

func TestWorkDate(t *testing.T) {
	t.Parallel()
	night := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "22:00", "06:00")}, 1, 1, 1, 1, 1, 0, 0)
	early := shift(t, 2, "00:30", "08:30")
	dawn := roster(t, "Asia/Jayapura", []Shift{early}, 2)
	for _, tc := range []struct {
		r    *Roster
		at   string
		want string
		off  bool
	}{
		{night, "2026-03-02 20:00", "2026-03-02", false},
		{night, "2026-03-02 19:59:59", "2026-03-02", true},
		{night, "2026-03-03 02:00", "2026-03-02", false},
		{night, "2026-03-03 09:59:59", "2026-03-02", false},
		{night, "2026-03-03 10:00", "2026-03-02", false},
		{night, "2026-03-03 10:00:01", "2026-03-03", true},
		{night, "2026-03-07 05:00", "2026-03-06", false}, // Saturday morning is Friday's shift
		{night, "2026-03-08 05:00", "2026-03-08", true},
		// the window of a shift after midnight opens the evening before
		{dawn, "2026-03-02 22:30", "2026-03-03", false},
		{dawn, "2026-03-02 22:29:59", "2026-03-02", true},
	} {
		d, off := tc.r.WorkDate(at(t, tc.r, tc.at))
		require.Equal(t, tc.want, d.String(), tc.at)
		require.Equal(t, tc.off, off, tc.at)
	}
}

func TestShiftOnFollowsRotationsAndDates(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00"), shift(t, 2, "14:00", "22:00")}, 1, 1, 1, 1, 1,
		0, 0, 2, 2, 2, 2, 2, 0, 0)
	// The first week is the one that holds From, a Thursday.
	r.Assignments[0].From = date(t, "2026-03-05")
	to := date(t, "2026-03-31")
	r.Assignments[0].To = &to
	r.Assignments = append(r.Assignments,
		Assignment{ID: 2, EmployeeID: 1, From: date(t, "2026-03-23"), Pattern: []int64{0, 0, 0, 0, 0, 1, 1}})
	for text, want := range map[string]int64{
		"2026-03-04": 0, "2026-03-05": 1, "2026-03-07": 0, "2026-03-09": 2, "2026-03-13": 2, "2026-03-16": 1,
		"2026-03-22": 0, "2026-03-23": 0, "2026-03-28": 1, "2026-04-04": 1, "2026-04-06": 0,
	} {
		s, ok := r.ShiftOn(date(t, text))
		require.Equal(t, want, s.ID, text)
		require.Equal(t, want != 0, ok, text)
	}
}

func TestButton(t *testing.T) {
	t.Parallel()
	day := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1, 1, 1, 1, 1, 0, 0)
	night := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "22:00", "06:00")}, 1)
	for name, tc := range map[string]struct {
		r       *Roster
		punches []string
		now     string
		want    Action
		date    string
		off     bool
	}{
		"morning": {day, nil, "2026-03-03 07:50", ActionCheckIn, "2026-03-03", false},
		"yesterday's check-out was forgotten": {day, []string{"in 2026-03-02 08:00"}, "2026-03-03 07:50",
			ActionCheckIn, "2026-03-03", false},
		"at work": {day, []string{"in 2026-03-03 08:00"}, "2026-03-03 12:00",
			ActionCheckOut, "2026-03-03", false},
		"gone": {day, []string{"in 2026-03-03 08:00", "out 2026-03-03 17:00"},
			"2026-03-03 17:30", ActionDone, "2026-03-03", false},
		"past the window, still at work": {day, []string{"in 2026-03-03 08:00"}, "2026-03-03 21:30",
			ActionCheckOut, "2026-03-03", true},
		"before the window": {day, []string{"in 2026-03-02 08:00"}, "2026-03-03 05:00",
			ActionCheckIn, "2026-03-03", true},
		"a day off": {day, nil, "2026-03-07 10:00", ActionCheckIn, "2026-03-07", true},
		"a day off, at work": {day, []string{"in 2026-03-07 09:00"}, "2026-03-07 10:00",
			ActionCheckOut, "2026-03-07", true},
		"two in the morning is last night": {night, []string{"in 2026-03-02 22:00"}, "2026-03-03 02:00",
			ActionCheckOut, "2026-03-02", false},
		"the evening after a forgotten night": {night, []string{"in 2026-03-02 22:00"}, "2026-03-03 21:50",
			ActionCheckIn, "2026-03-03", false},
		"only a break was punched": {day, []string{"break_out 2026-03-03 07:00"}, "2026-03-03 07:50",
			ActionCheckIn, "2026-03-03", false},
		"in with a punch that was not checked": {day, []string{"out 2026-03-03 07:30"}, "2026-03-03 07:50",
			ActionCheckIn, "2026-03-03", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := tc.r.Button(punches(t, tc.r, tc.punches...), at(t, tc.r, tc.now))
			require.Equal(t, Button{tc.want, date(t, tc.date), tc.off}, b)
		})
	}
}

func TestAShiftWithinTheOneBeforeKeepsAWindow(t *testing.T) {
	t.Parallel()
	// The day's shift runs into Tuesday evening; Tuesday's short one lies wholly within it.
	long, short := shift(t, 1, "23:00", "22:00"), shift(t, 2, "01:00", "02:00")
	long.ClosesAfter, short.OpensBefore, short.ClosesAfter = 60, 0, 0
	r := roster(t, "Asia/Jakarta", []Shift{long, short}, 1, 2, 0, 0, 0, 0, 0)
	monday, _ := r.WindowOn(date(t, "2026-03-02"))
	tuesday, _ := r.WindowOn(date(t, "2026-03-03"))
	require.Equal(t, monday.Closes, tuesday.Opens)
	require.True(t, tuesday.Opens.Before(tuesday.Closes))
	require.Equal(t, at(t, r, "2026-03-03 01:30"), tuesday.Opens)
}

func TestTheWidestWindowHoldsItsLastPunch(t *testing.T) {
	t.Parallel()
	// 24 hours of duty that stay open for another 24, across the night in which New York skips an hour.
	wide := shift(t, 1, "23:59", "23:59")
	wide.ClosesAfter = 1440
	r := roster(t, "America/New_York", []Shift{wide}, 1)
	friday := date(t, "2026-03-06")
	r.Assignments[0].From, r.Assignments[0].To = friday, &friday
	w, _ := r.WindowOn(friday)
	require.Equal(t, at(t, r, "2026-03-09 00:59"), w.Closes)
	d, off := r.WorkDate(w.Closes.Add(-time.Second))
	require.False(t, off)
	require.Equal(t, friday, d)
}

func TestAnEndThatTheClocksSkip(t *testing.T) {
	t.Parallel()
	// Santiago goes from Saturday 24:00 to Sunday 01:00.
	r := roster(t, "America/Santiago", []Shift{shift(t, 1, "23:30", "00:00")}, 1)
	w, ok := r.WindowOn(date(t, "2026-09-05"))
	require.True(t, ok)
	require.Equal(t, 30*time.Minute, w.End.Sub(w.Start))
}

// Clocks in some zones skip midnight, or show it twice.
func TestTheRangeToLoadHoldsTheWholeDate(t *testing.T) {
	t.Parallel()
	for zoneName, days := range map[string][]string{
		"America/Santiago": {"2026-09-05", "2026-09-06", "2026-04-04", "2026-04-05"},
		"America/Havana":   {"2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01"},
		"Atlantic/Azores":  {"2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"},
		"Africa/Cairo":     {"2026-04-23", "2026-04-24", "2026-10-29", "2026-10-30"},
		"Asia/Amman":       {"2021-10-28", "2021-10-29"},
		"Pacific/Apia":     {"2011-12-29", "2011-12-31"},
		"Asia/Jayapura":    {"2026-03-02"},
	} {
		r := &Roster{Places: []Place{place(t, 7, zoneName)}}
		for _, text := range days {
			d := date(t, text)
			from, to := r.PunchRange(d)
			for at := d.UTC().Add(-30 * time.Hour); at.Before(d.UTC().Add(60 * time.Hour)); at = at.Add(
				30 * time.Minute) {
				if DateOf(at, r.Places[0].Zone) == d {
					require.True(t, !at.Before(from) && at.Before(to), "%s: %s lies in [%s, %s)", zoneName, at, from,
						to)
				}
			}
			ends := d.ends(r.Places[0].Zone)
			last := ends.Add(-time.Second)
			require.Equal(t, d, DateOf(last, r.Places[0].Zone))
			require.LessOrEqual(t, to.Sub(ends), LateOutWithin, "%s: and when somebody may go", zoneName)
			require.GreaterOrEqual(t, DateOf(from, r.Places[0].Zone), d-1, "%s: and who may not have gone", zoneName)
			p := Punch{EmployeeID: 1, Direction: In, OccurredAt: last}
			require.Equal(t, StatusPresent, r.Day(1, d, []Punch{p}, last).Status, "%s: the date is not over", zoneName)
			require.Equal(t, StatusIncomplete, r.Day(1, d, []Punch{p}, ends).Status, "%s: the date is over", zoneName)
		}
	}
}
