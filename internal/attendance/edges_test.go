package attendance

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// dayOf is what the tables of this file look at.
type dayOf struct {
	status           Status
	worked, overtime int
	count            int
	out              string // the last out, local time; "" for none
	flags            []Flag
}

func summary(day Day, r *Roster) dayOf {
	s := dayOf{status: day.Status, worked: day.WorkedMinutes, overtime: day.OvertimeMinutes, count: day.PunchCount}
	if day.LastOut != nil {
		s.out = day.LastOut.In(r.Places[0].Zone).Format("02 15:04:05")
	}
	if len(day.Flags) > 0 {
		s.flags = day.Flags
	}
	return s
}

func TestTheWayOutAfterTheWindowClosed(t *testing.T) {
	t.Parallel()
	night := shift(t, 1, "22:00", "06:00")
	night.BreakMinutes = 0
	office := shift(t, 2, "08:00", "17:00")
	r := roster(t, "Asia/Jakarta", []Shift{night, office}, 1, 0, 2, 2, 2, 0, 0) // 2026-03-02 is a Monday
	for name, c := range map[string]struct {
		date    string
		punches []string
		want    dayOf
	}{
		"the second before": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 09:59:59"},
			dayOf{StatusPresent, 719, 239, 2, "03 09:59:59", nil}},
		"the closing instant": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 10:00:00"},
			dayOf{StatusPresent, 720, 240, 2, "03 10:00:00", nil}},
		"a second after": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 10:00:01"},
			dayOf{StatusPresent, 720, 240, 2, "03 10:00:01", []Flag{FlagLateOut}}},
		"the day of it has nothing": {"2026-03-03", []string{"in 2026-03-02 22:00", "out 2026-03-03 10:00:01"},
			dayOf{status: StatusDayOff}},
		"twelve hours after, less a second": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 21:59:59"},
			dayOf{StatusPresent, 1439, 959, 2, "03 21:59:59", []Flag{FlagLateOut}}},
		"twelve hours after": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 22:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", nil}},
		"is then of its own date": {"2026-03-03", []string{"in 2026-03-02 22:00", "out 2026-03-03 22:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "03 22:00:00", []Flag{FlagNoCheckIn, FlagOffShift, FlagOnDayOff}}},
		"nobody is in": {"2026-03-02", []string{"in 2026-03-02 22:00", "out 2026-03-03 06:00", "out 2026-03-03 11:00"},
			dayOf{StatusPresent, 480, 0, 2, "03 06:00:00", nil}},
		"in again, and out late": {"2026-03-02",
			[]string{"in 2026-03-02 22:00", "out 2026-03-03 02:00", "in 2026-03-03 03:00", "out 2026-03-03 11:00"},
			dayOf{StatusPresent, 780, 300, 4, "03 11:00:00", []Flag{FlagLateOut}}},
		"in again after it closed": {"2026-03-02",
			[]string{"in 2026-03-02 22:00", "in 2026-03-03 10:30", "out 2026-03-03 11:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", nil}},
		"which is the day off's own": {"2026-03-03",
			[]string{"in 2026-03-02 22:00", "in 2026-03-03 10:30", "out 2026-03-03 11:00"},
			dayOf{StatusPresent, 30, 30, 2, "03 11:00:00", []Flag{FlagOffShift, FlagOnDayOff}}},
		"only the first way out": {"2026-03-02",
			[]string{"in 2026-03-02 22:00", "out 2026-03-03 10:30", "out 2026-03-03 11:30"},
			dayOf{StatusPresent, 750, 270, 2, "03 10:30:00", []Flag{FlagLateOut}}},
		"and its repeat": {"2026-03-02",
			[]string{"in 2026-03-02 22:00", "out 2026-03-03 10:30:00", "out 2026-03-03 10:30:40"},
			dayOf{StatusPresent, 750, 270, 2, "03 10:30:00", []Flag{FlagLateOut}}},
		"leave no trace on the day of it": {"2026-03-03",
			[]string{"in 2026-03-02 22:00", "out 2026-03-03 10:30:00", "out 2026-03-03 10:30:40"},
			dayOf{status: StatusDayOff}},
		"a terminal without keys": {"2026-03-02", []string{"auto 2026-03-02 22:00", "auto 2026-03-03 13:59"},
			dayOf{StatusPresent, 959, 479, 2, "03 13:59:00", []Flag{FlagLateOut}}},
		"a terminal without keys, too late": {"2026-03-02", []string{"auto 2026-03-02 22:00", "auto 2026-03-03 14:01"},
			dayOf{StatusIncomplete, 0, 0, 1, "", nil}},
		"an office day": {"2026-03-04", []string{"in 2026-03-04 08:00", "out 2026-03-04 21:00"},
			dayOf{StatusPresent, 720, 240, 2, "04 21:00:00", nil}},
		"an office day, half an hour more": {"2026-03-04", []string{"in 2026-03-04 08:00", "out 2026-03-04 21:30"},
			dayOf{StatusPresent, 750, 270, 2, "04 21:30:00", []Flag{FlagLateOut}}},
		"past midnight": {"2026-03-04", []string{"in 2026-03-04 08:00", "out 2026-03-05 00:30"},
			dayOf{StatusPresent, 930, 450, 2, "05 00:30:00", []Flag{FlagLateOut}}},
		"the next day is free of it": {"2026-03-05", []string{"in 2026-03-04 08:00", "out 2026-03-05 00:30"},
			dayOf{status: StatusAbsent}},
		"the next window's": {"2026-03-04", []string{"in 2026-03-04 08:00", "out 2026-03-05 06:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "", nil}},
		"is the next day's": {"2026-03-05", []string{"in 2026-03-04 08:00", "out 2026-03-05 06:00"},
			dayOf{StatusIncomplete, 0, 0, 1, "05 06:00:00", []Flag{FlagEarlyOut, FlagNoCheckIn}}},
		"a break out in the evening": {"2026-03-04",
			[]string{"in 2026-03-04 08:00", "break_out 2026-03-04 23:50", "break_in 2026-03-05 00:10",
				"out 2026-03-05 00:30"},
			dayOf{StatusPresent, 930, 450, 4, "05 00:30:00", []Flag{FlagLateOut, FlagOffShift}}},
		"nobody came": {"2026-03-04", []string{"out 2026-03-05 00:30"}, dayOf{status: StatusAbsent}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps, d, now := punches(t, r, c.punches...), date(t, c.date), at(t, r, "2026-03-10 00:00")
			require.Equal(t, c.want, summary(r.Day(1, d, ps, now), r))
			slices.Reverse(ps) // the out is imported before its in
			require.Equal(t, c.want, summary(r.Day(1, d, ps, now), r))
		})
	}
}

// Who works past the midnight of a date without a shift has come and gone on one date.
func TestTheWayOutAfterTheMidnightOfADateWithoutAShift(t *testing.T) {
	t.Parallel()
	office, late := shift(t, 1, "08:00", "17:00"), shift(t, 2, "14:00", "22:00")
	r := roster(t, "Asia/Jakarta", []Shift{office, late}, 1, 1, 1, 1, 2, 0, 0) // 2026-03-02 is a Monday
	const friday, saturday, sunday = "2026-03-06", "2026-03-07", "2026-03-08"
	off := []Flag{FlagOffShift, FlagOnDayOff}
	worked := func(minutes int, out string) dayOf {
		return dayOf{StatusPresent, minutes, minutes, 2, out, off}
	}
	came := dayOf{StatusIncomplete, 0, 0, 1, "", off}
	went := func(out string) dayOf {
		return dayOf{StatusIncomplete, 0, 0, 1, out, []Flag{FlagNoCheckIn, FlagOffShift, FlagOnDayOff}}
	}
	nothing := dayOf{status: StatusDayOff}
	for name, c := range map[string]struct {
		punches []string
		want    map[string]dayOf
	}{
		"before midnight": {[]string{"in 2026-03-07 20:00", "out 2026-03-07 23:59:59"},
			map[string]dayOf{saturday: worked(239, "07 23:59:59"), sunday: nothing}},
		"at midnight": {[]string{"in 2026-03-07 20:00", "out 2026-03-08 00:00"},
			map[string]dayOf{saturday: worked(240, "08 00:00:00"), sunday: nothing}},
		"past midnight": {[]string{"in 2026-03-07 20:00", "out 2026-03-08 02:00"},
			map[string]dayOf{saturday: worked(360, "08 02:00:00"), sunday: nothing}},
		"until noon": {[]string{"in 2026-03-07 20:00", "out 2026-03-08 11:59"},
			map[string]dayOf{saturday: worked(959, "08 11:59:00"), sunday: nothing}},
		"later": {[]string{"in 2026-03-07 20:00", "out 2026-03-08 12:00"},
			map[string]dayOf{saturday: came, sunday: went("08 12:00:00")}},
		"until the next window opens": {[]string{"in 2026-03-08 20:00", "out 2026-03-09 05:59"},
			map[string]dayOf{sunday: worked(599, "09 05:59:00"), "2026-03-09": {status: StatusAbsent}}},
		"in the next window": {[]string{"in 2026-03-08 20:00", "out 2026-03-09 06:00"},
			map[string]dayOf{sunday: came}},
		"in again after midnight": {[]string{"in 2026-03-07 20:00", "in 2026-03-08 01:00", "out 2026-03-08 02:00"},
			map[string]dayOf{saturday: came, sunday: worked(60, "08 02:00:00")}},
		"nobody is in": {[]string{"in 2026-03-07 20:00", "out 2026-03-07 22:00", "out 2026-03-08 02:00"},
			map[string]dayOf{saturday: worked(120, "07 22:00:00"), sunday: went("08 02:00:00")}},
		"without a word": {[]string{"auto 2026-03-07 20:00", "auto 2026-03-08 02:00"},
			map[string]dayOf{saturday: worked(360, "08 02:00:00"), sunday: nothing}},
		"without a word, too late": {[]string{"auto 2026-03-07 20:00", "auto 2026-03-08 04:01"},
			map[string]dayOf{saturday: came, sunday: {StatusIncomplete, 0, 0, 1, "", off}}},
		"a whole day without a word, and another": {[]string{"auto 2026-03-07 08:00", "auto 2026-03-07 16:00",
			"auto 2026-03-08 01:00", "auto 2026-03-08 03:00"},
			map[string]dayOf{saturday: worked(480, "07 16:00:00"), sunday: worked(120, "08 03:00:00")}},
		"what may be the way out of the shift before": {[]string{"in 2026-03-06 14:00", "auto 2026-03-07 03:00",
			"auto 2026-03-08 01:00"}, map[string]dayOf{friday: {StatusPresent, 720, 300, 2, "07 03:00:00",
			[]Flag{FlagLateOut}}, saturday: nothing, sunday: {StatusIncomplete, 0, 0, 1, "", off}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for text, want := range c.want {
				ps, d, now := punches(t, r, c.punches...), date(t, text), at(t, r, "2026-03-20 00:00")
				require.Equal(t, want, summary(r.Day(1, d, ps, now), r), text)
				slices.Reverse(ps)
				require.Equal(t, want, summary(r.Day(1, d, ps, now), r), text)
			}
		})
	}
	in := punches(t, r, "in 2026-03-07 20:00")
	for now, want := range map[string]Button{
		"2026-03-07 23:00": {ActionCheckOut, date(t, saturday), true},
		"2026-03-08 03:59": {ActionCheckOut, date(t, saturday), true},
		"2026-03-08 04:01": {ActionCheckIn, date(t, sunday), true},
	} {
		require.Equal(t, want, r.Button(in, at(t, r, now)), now)
	}
}

func TestTheWayInBeforeTheWindowOpened(t *testing.T) {
	t.Parallel()
	office, evening := shift(t, 1, "08:00", "17:00"), shift(t, 2, "20:00", "23:00") // open from 06:00, 18:00
	r := roster(t, "Asia/Jakarta", []Shift{office, evening}, 1, 1, 2, 0, 0, 0, 0)   // 2026-03-02 is a Monday
	for name, c := range map[string]struct {
		punches []string
		want    dayOf
		in      string // the first in
	}{
		"a minute before": {[]string{"in 2026-03-02 05:59", "out 2026-03-02 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "02 17:00:00", []Flag{FlagEarlyIn}}, "05:59"},
		"the opening instant": {[]string{"in 2026-03-02 06:00", "out 2026-03-02 17:00"},
			dayOf{StatusPresent, 480, 0, 2, "02 17:00:00", nil}, "06:00"},
		"in again within it": {[]string{"in 2026-03-02 05:59", "in 2026-03-02 08:30", "out 2026-03-02 17:00"},
			dayOf{StatusLate, 450, 0, 3, "02 17:00:00", []Flag{FlagOffShift}}, "08:30"},
		"out again before it": {[]string{"in 2026-03-02 05:00", "out 2026-03-02 05:30", "out 2026-03-02 17:00"},
			dayOf{StatusIncomplete, 0, 0, 3, "02 17:00:00", []Flag{FlagNoCheckIn, FlagOffShift}}, ""},
		"a break within it": {[]string{"in 2026-03-02 05:59", "break_out 2026-03-02 12:00",
			"break_in 2026-03-02 13:00", "out 2026-03-02 17:00"},
			dayOf{StatusPresent, 480, 0, 4, "02 17:00:00", []Flag{FlagEarlyIn}}, "05:59"},
		"and nothing else": {[]string{"in 2026-03-02 05:59"},
			dayOf{StatusIncomplete, 0, 0, 1, "", []Flag{FlagEarlyIn}}, "05:59"},
		"out within a minute": {[]string{"in 2026-03-02 05:59:50", "out 2026-03-02 06:00:10"},
			dayOf{StatusIncomplete, 0, 0, 2, "", []Flag{FlagEarlyIn, FlagQuickOut}}, "05:59"},
		"two that came before": {[]string{"in 2026-03-02 04:00", "in 2026-03-02 05:59", "out 2026-03-02 17:00"},
			dayOf{StatusPresent, 480, 0, 3, "02 17:00:00", []Flag{FlagEarlyIn, FlagOffShift}}, "05:59"},
		"twelve hours before, on the same date": {[]string{"in 2026-03-04 06:00", "out 2026-03-04 23:00"},
			dayOf{StatusPresent, 180, 0, 2, "04 23:00:00", []Flag{FlagEarlyIn}}, "06:00"},
		"and a minute more": {[]string{"in 2026-03-04 05:59", "out 2026-03-04 23:00"},
			dayOf{StatusIncomplete, 0, 0, 2, "04 23:00:00", []Flag{FlagNoCheckIn, FlagOffShift}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps, now := punches(t, r, c.punches...), at(t, r, "2026-03-10 00:00")
			day := r.Day(1, r.localDate(ps[0].OccurredAt), ps, now)
			require.Equal(t, c.want, summary(day, r))
			in := ""
			if day.FirstIn != nil {
				in = day.FirstIn.In(r.Places[0].Zone).Format("15:04")
			}
			require.Equal(t, c.in, in)
			slices.Reverse(ps)
			require.Equal(t, day, r.Day(1, day.WorkDate, ps, now))
		})
	}
	// The button takes up what was pressed before the window opened.
	in := punches(t, r, "in 2026-03-02 05:59")
	require.Equal(t, Button{Action: ActionCheckOut, WorkDate: date(t, "2026-03-02")},
		r.Button(in, at(t, r, "2026-03-02 12:00")))
	why := r.Explain(1, date(t, "2026-03-02"), in, at(t, r, "2026-03-02 12:00"))
	opens, came := at(t, r, "2026-03-02 06:00").UTC(), at(t, r, "2026-03-02 05:59").UTC()
	require.Contains(t, why, Reason{Code: ReasonEarlyIn, At: &came, Until: &opens})
	require.NotContains(t, why, Reason{Code: ReasonOffShift, At: &came, Punch: in[0].ID})
}

func TestWhereTwoWindowsMeetTheOneThatOpensHasTheInstant(t *testing.T) {
	t.Parallel()
	// Monday's closes at 10:00, as Tuesday's opens
	night, noon := shift(t, 1, "22:00", "06:00"), shift(t, 2, "12:00", "20:00")
	r := roster(t, "Asia/Jakarta", []Shift{night, noon}, 1, 2, 0, 0, 0, 0, 0)
	monday, _ := r.WindowOn(date(t, "2026-03-02"))
	tuesday, _ := r.WindowOn(date(t, "2026-03-03"))
	require.Equal(t, monday.Closes, tuesday.Opens)
	require.False(t, monday.Contains(monday.Closes))
	require.True(t, tuesday.Contains(tuesday.Opens))
	require.True(t, tuesday.Contains(tuesday.Closes), "nothing follows it")
	for text, want := range map[string]string{"2026-03-03 09:59:59": "2026-03-02", "2026-03-03 10:00": "2026-03-03",
		"2026-03-04 00:00": "2026-03-03"} {
		d, off := r.WorkDate(at(t, r, text))
		require.Equal(t, want, d.String(), text)
		require.False(t, off, text)
	}
}

func TestTheButtonAfterTheWindowClosed(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	in := []string{"in 2026-03-03 08:00"}
	for now, want := range map[string]Button{
		"2026-03-03 21:00":    {ActionCheckOut, date(t, "2026-03-03"), false},
		"2026-03-03 21:00:01": {ActionCheckOut, date(t, "2026-03-03"), true},
		"2026-03-04 00:30":    {ActionCheckOut, date(t, "2026-03-03"), true},
		"2026-03-04 01:00":    {ActionCheckOut, date(t, "2026-03-03"), true},
		"2026-03-04 01:01":    {ActionCheckIn, date(t, "2026-03-04"), true},
		"2026-03-04 06:00":    {ActionCheckIn, date(t, "2026-03-04"), false},
	} {
		require.Equal(t, want, r.Button(punches(t, r, in...), at(t, r, now)), now)
	}
	gone := punches(t, r, "in 2026-03-03 08:00", "out 2026-03-04 00:30")
	require.Equal(t, Button{ActionCheckIn, date(t, "2026-03-04"), true}, r.Button(gone, at(t, r, "2026-03-04 00:31")))
}

func TestACorrectionMayEndAWindowThatClosed(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "22:00", "06:00")}, 1, 0, 0, 0, 0, 0, 0)
	for text, want := range map[string]bool{"out 2026-03-03 10:30": true, "in 2026-03-03 10:30": false,
		"out 2026-03-03 22:30": false} {
		p, d := punches(t, r, text)[0], date(t, "2026-03-02")
		err := r.ValidateRequest(
			Request{Type: RequestCorrection, WorkDate: &d, OccurredAt: &p.OccurredAt, Direction: p.Direction,
				Reason: "lupa"},
			at(t, r, "2026-03-05 12:00"))
		require.Equal(t, want, err == nil, "%s: %v", text, err)
	}
}

func TestInAndOutWithinAMinute(t *testing.T) {
	t.Parallel()
	strict := shift(t, 1, "08:00", "17:00")
	strict.AbsentBelow, strict.HalfDayBelow = 120, 300
	r := roster(t, "Asia/Jakarta", []Shift{strict}, 1)
	quick := []Flag{FlagQuickOut}
	for name, c := range map[string]struct {
		now     string
		punches []string
		source  Source
		want    dayOf
		button  Action
	}{
		"a second": {"08:05", []string{"in 08:00:00", "out 08:00:01"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 2, "", quick}, ActionCheckOut},
		"sixty": {"08:05", []string{"in 08:00:00", "out 08:01:00"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 2, "", quick}, ActionCheckOut},
		"sixty-one": {"08:05", []string{"in 08:00:00", "out 08:01:01"}, SourceWeb,
			dayOf{StatusAbsent, 1, 0, 2, "02 08:01:01", []Flag{FlagEarlyOut}}, ActionDone},
		"nobody presses again": {"21:01", []string{"in 08:00:00", "out 08:00:01"}, SourceWeb,
			dayOf{StatusIncomplete, 0, 0, 2, "", quick}, ActionCheckOut},
		"a third press": {"08:05", []string{"in 08:00:00", "out 08:00:20", "in 08:00:40"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 2, "", quick}, ActionCheckOut},
		"a third press, later": {"08:05", []string{"in 08:00:00", "out 08:00:50", "in 08:01:20"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 3, "", quick}, ActionCheckOut},
		"out again, meant this time": {"08:05", []string{"in 08:00:00", "out 08:00:50", "out 08:01:20"}, SourceWeb,
			dayOf{StatusAbsent, 1, 0, 3, "02 08:01:20", []Flag{FlagEarlyOut, FlagQuickOut}}, ActionDone},
		"a double slip": {"08:05", []string{"in 08:00:00", "out 08:00:20", "out 08:00:50"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 2, "", quick}, ActionCheckOut},
		"the evening counts": {"21:01", []string{"in 08:00:00", "out 08:00:20", "out 17:00"}, SourceWeb,
			dayOf{StatusPresent, 480, 0, 3, "02 17:00:00", quick}, ActionDone},
		"in right after out": {"17:05", []string{"in 08:00:00", "out 17:00:00", "in 17:00:20"}, SourceWeb,
			dayOf{StatusPresent, 480, 0, 3, "02 17:00:00", quick}, ActionCheckOut},
		"a wrong button in the morning": {"08:05", []string{"out 07:59:50", "in 08:00:10"}, SourceWeb,
			dayOf{StatusPresent, 0, 0, 2, "", quick}, ActionCheckOut},
		"a terminal": {"08:05", []string{"in 08:00:00", "out 08:00:20"}, SourceTerminal,
			dayOf{StatusPresent, 0, 0, 1, "", nil}, ActionCheckOut},
		"a file": {"21:01", []string{"in 08:00:00", "out 08:00:01"}, SourceImport,
			dayOf{StatusIncomplete, 0, 0, 2, "", quick}, ActionCheckOut},
		"a file in the evening": {"21:01", []string{"in 08:00", "out 17:00:00", "in 17:00:20", "out 18:00"},
			SourceImport, dayOf{StatusPresent, 540, 60, 4, "02 18:00:00", quick}, ActionDone},
		"a file that does not say which way": {"21:01", []string{"auto 08:00:00", "auto 08:00:20", "auto 17:00:00",
			"auto 17:00:20"}, SourceImport, dayOf{StatusPresent, 480, 0, 2, "02 17:00:00", nil}, ActionDone},
		"a file's break": {"12:05", []string{"in 08:00", "break_out 12:00:00", "break_in 12:00:20"}, SourceImport,
			dayOf{StatusPresent, 0, 0, 3, "", nil}, ActionCheckOut},
		"a terminal in the evening": {"21:01", []string{"in 08:00", "out 17:00:00", "in 17:00:20"}, SourceTerminal,
			dayOf{StatusPresent, 480, 0, 2, "02 17:00:00", nil}, ActionDone},
		"a terminal's break": {"12:05", []string{"in 08:00", "break_out 12:00:00", "break_in 12:00:20"}, SourceTerminal,
			dayOf{StatusPresent, 0, 0, 2, "", nil}, ActionCheckOut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, text := range c.punches {
				direction, clock, _ := cutDirection(text)
				c.punches[i] = direction + " 2026-03-02 " + clock
			}
			ps, now := punches(t, r, c.punches...), at(t, r, "2026-03-02 "+c.now)
			for i := range ps {
				ps[i].Source = c.source
			}
			slices.Reverse(ps)
			require.Equal(t, c.want, summary(r.Day(1, date(t, "2026-03-02"), ps, now), r))
			if b := r.Button(ps, at(t, r, "2026-03-02 20:00")); c.now < "20:00" {
				require.Equal(t, c.button, r.Button(ps, now).Action)
			} else {
				require.Equal(t, c.button, b.Action)
			}
		})
	}
}

func TestTheThirdPressIsARepeatOnlyOfWhatStillHolds(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	stored := punches(t, r, "in 2026-03-02 08:00:00", "out 2026-03-02 08:00:30")
	for text, want := range map[string]int64{"in 2026-03-02 08:00:45": 1, "in 2026-03-02 08:01:10": 0,
		"out 2026-03-02 08:00:50": 2, "out 2026-03-02 08:01:10": 0} {
		p := punches(t, r, text)[0]
		p.ID = 0
		require.Equal(t, want, r.duplicateOf(stored, p), text)
		if p.Source = SourceTerminal; p.Direction == Out && want == 2 {
			require.EqualValues(t, 1, r.duplicateOf(stored, p), "a terminal repeats what came before, whichever way")
		}
	}
}
