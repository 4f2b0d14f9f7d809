package attendance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDay(t *testing.T) {
	t.Parallel()
	type want struct {
		status                        Status
		late, early, worked, overtime int
		count                         int
		flags                         []Flag
	}
	office := []Shift{shift(t, 1, "08:00", "17:00")}
	strict := shift(t, 1, "08:00", "17:00")
	strict.AbsentBelow, strict.HalfDayBelow = 120, 300
	for name, tc := range map[string]struct {
		zone    string
		shifts  []Shift
		edit    func(*Roster)
		date    string
		now     string
		punches []string
		want    want
	}{
		"on time": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 07:55", "out 2026-03-02 17:05"},
			want:    want{StatusPresent, 0, 0, 485, 5, 2, nil}},
		"the grace's last instant is on time": {date: "2026-03-02", now: "2026-03-02 09:00",
			punches: []string{"in 2026-03-02 08:10:00"},
			want:    want{StatusPresent, 0, 0, 0, 0, 1, nil}},
		"a second past the grace is late, counted from the start": {date: "2026-03-02", now: "2026-03-02 09:00",
			punches: []string{"in 2026-03-02 08:10:01"},
			want:    want{StatusLate, 10, 0, 0, 0, 1, nil}},
		"leaving at the early grace's edge": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 16:50"},
			want:    want{StatusPresent, 0, 0, 470, 0, 2, nil}},
		"leaving a second before it": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 16:49:59"},
			want:    want{StatusPresent, 0, 10, 469, 0, 2, []Flag{FlagEarlyOut}}},
		"no break in exactly four hours": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00"},
			want:    want{StatusPresent, 0, 300, 240, 0, 2, []Flag{FlagEarlyOut}}},
		"a minute more than four hours is not a break of an hour": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 12:01"},
			want:    want{StatusPresent, 0, 299, 240, 0, 2, []Flag{FlagEarlyOut}}},
		"exactly the half day's bound is a full day": {shifts: []Shift{strict}, date: "2026-03-02",
			now:     "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 14:00"},
			want:    want{StatusPresent, 0, 180, 300, 0, 2, []Flag{FlagEarlyOut}}},
		"a minute below it is a half day": {shifts: []Shift{strict}, date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 13:59"},
			want:    want{StatusHalfDay, 0, 181, 299, 0, 2, []Flag{FlagEarlyOut}}},
		"exactly the absence's bound is a half day": {shifts: []Shift{strict}, date: "2026-03-02",
			now:     "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 10:00"},
			want:    want{StatusHalfDay, 0, 420, 120, 0, 2, []Flag{FlagEarlyOut}}},
		"a minute below it is an absence": {shifts: []Shift{strict}, date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 09:59"},
			want:    want{StatusAbsent, 0, 421, 119, 0, 2, []Flag{FlagEarlyOut}}},
		"not yet in is not absent": {date: "2026-03-02", now: "2026-03-02 20:59:59",
			want: want{status: StatusPending}},
		"absent when the window closes": {date: "2026-03-02", now: "2026-03-02 21:00",
			want: want{status: StatusAbsent}},
		"in, and the window still open": {date: "2026-03-02", now: "2026-03-02 20:59",
			punches: []string{"in 2026-03-02 08:00"}, want: want{status: StatusPresent, count: 1}},
		"a forgotten check-out is never made up": {date: "2026-03-02", now: "2026-03-02 21:00",
			punches: []string{"in 2026-03-02 08:00"}, want: want{status: StatusIncomplete, count: 1}},
		"a check-out without check-in, still open": {date: "2026-03-02", now: "2026-03-02 18:00",
			punches: []string{"out 2026-03-02 17:00"},
			want:    want{status: StatusPending, count: 1, flags: []Flag{FlagNoCheckIn}}},
		"a check-out without check-in, closed": {date: "2026-03-02", now: "2026-03-02 21:00",
			punches: []string{"out 2026-03-02 17:00"},
			want:    want{status: StatusIncomplete, count: 1, flags: []Flag{FlagNoCheckIn}}},
		"a check-out before the check-in ends nothing": {date: "2026-03-02", now: "2026-03-02 18:00",
			punches: []string{"out 2026-03-02 07:00", "in 2026-03-02 08:00"},
			want:    want{status: StatusPresent, count: 2, flags: []Flag{FlagNoCheckIn}}},
		"in again, and never out": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 14:00"},
			want:    want{StatusIncomplete, 0, 0, 240, 0, 3, nil}},
		"nor by a slip": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 16:59:40",
				"out 2026-03-02 17:00:00"},
			want: want{StatusIncomplete, 0, 0, 240, 0, 4, []Flag{FlagQuickOut}}},
		"out, then in and out": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"out 2026-03-02 12:00", "in 2026-03-02 13:00", "out 2026-03-02 17:00"},
			want:    want{StatusLate, 300, 0, 240, 0, 3, []Flag{FlagNoCheckIn}}},
		"nobody leaves earlier than the shift begins": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"out 2026-03-02 06:30"},
			want:    want{StatusIncomplete, 0, 540, 0, 0, 1, []Flag{FlagEarlyOut, FlagNoCheckIn}}},
		"first in and last out make the day": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00",
				"out 2026-03-02 17:00"}, want: want{StatusPresent, 0, 0, 480, 0, 4, nil}},
		"breaks are kept and decide nothing": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"break_out 2026-03-02 07:59", "in 2026-03-02 08:00", "break_in 2026-03-02 12:00",
				"out 2026-03-02 17:00", "break_out 2026-03-02 18:00"},
			want: want{StatusPresent, 0, 0, 480, 0, 5, nil}},
		"a terminal without direction keys": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"auto 2026-03-02 08:00", "auto 2026-03-02 12:00", "auto 2026-03-02 17:00"},
			want:    want{StatusPresent, 0, 0, 480, 0, 3, nil}},
		"a finger put down twice": {date: "2026-03-02", now: "2026-03-02 10:00",
			punches: []string{"auto 2026-03-02 08:00:00", "auto 2026-03-02 08:00:45"},
			want:    want{status: StatusPresent, count: 1}},
		"a button after the terminal": {date: "2026-03-02", now: "2026-03-02 10:00",
			punches: []string{"auto 2026-03-02 08:00:00", "in 2026-03-02 08:00:30"},
			want:    want{status: StatusPresent, count: 1}},
		"a repeat at sixty seconds": {date: "2026-03-02", now: "2026-03-02 10:00",
			punches: []string{"in 2026-03-02 08:00:00", "in 2026-03-02 08:01:00"},
			want:    want{status: StatusPresent, count: 1}},
		"no repeat at sixty-one": {date: "2026-03-02", now: "2026-03-02 10:00",
			punches: []string{"in 2026-03-02 08:00:00", "in 2026-03-02 08:01:01"},
			want:    want{status: StatusPresent, count: 2}},
		"after the window: the local date, for review, without effect": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 21:00:01", "out 2026-03-02 22:00"},
			want:    want{StatusAbsent, 0, 0, 0, 0, 2, []Flag{FlagOffShift}}},
		"the second before the window closes": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "out 2026-03-02 20:59:59"},
			want:    want{StatusPresent, 0, 0, 719, 239, 2, nil}},
		"punches of other dates do not count": {date: "2026-03-02", now: "2026-03-04 00:00",
			punches: []string{"in 2026-03-01 08:00", "in 2026-03-02 08:00", "out 2026-03-02 17:00",
				"out 2026-03-03 17:00"}, want: want{StatusPresent, 0, 0, 480, 0, 2, nil}},
		"a holiday": {edit: holiday(Holiday{Name: "Nyepi"}), date: "2026-03-02", now: "2026-03-04 00:00",
			want: want{status: StatusHoliday}},
		"a holiday somewhere": {
			edit: holiday(Holiday{Name: "Nyepi"}, Holiday{Name: "kerja", BranchID: 7, Working: true}),
			date: "2026-03-02", now: "2026-03-04 00:00", want: want{status: StatusAbsent}},
		"a holiday of one's own": {
			edit: holiday(Holiday{Name: "kerja", BranchID: 7, Working: true}, Holiday{Name: "libur", EmployeeID: 1}),
			date: "2026-03-02",
			now:  "2026-03-04 00:00", want: want{status: StatusHoliday}},
		"work on a holiday is overtime, nobody is late": {edit: holiday(Holiday{Name: "Nyepi"}), date: "2026-03-02",
			now:     "2026-03-04 00:00",
			punches: []string{"in 2026-03-02 09:00", "out 2026-03-02 12:00"},
			want:    want{StatusPresent, 0, 0, 180, 180, 2, []Flag{FlagOnHoliday}}},
		"leave": {edit: func(r *Roster) {
			r.Leaves = []Leave{{EmployeeID: 1, Kind: LeaveSick, From: date(t, "2026-03-02"), To: date(t, "2026-03-02")}}
		}, date: "2026-03-02", now: "2026-03-04 00:00", want: want{status: StatusOnLeave}},
		"leave ends with its last date": {edit: func(r *Roster) {
			r.Leaves = []Leave{{EmployeeID: 1, Kind: LeaveSick, From: date(t, "2026-02-20"), To: date(t, "2026-03-01")}}
		}, date: "2026-03-02", now: "2026-03-04 00:00", want: want{status: StatusAbsent}},
		"work on leave": {edit: func(r *Roster) {
			r.Leaves = []Leave{
				{EmployeeID: 1, Kind: LeavePermit, From: date(t, "2026-03-02"), To: date(t, "2026-03-03")}}
		}, date: "2026-03-02", now: "2026-03-04 00:00", punches: []string{"in 2026-03-02 10:00",
			"out 2026-03-02 12:00"}, want: want{StatusPresent, 0, 0, 120, 120, 2, []Flag{FlagOnLeave}}},
		"a holiday comes before leave": {edit: func(r *Roster) {
			r.Holidays = []Holiday{{Name: "Nyepi"}}
			r.Leaves = []Leave{
				{EmployeeID: 1, Kind: LeaveAnnual, From: date(t, "2026-03-02"), To: date(t, "2026-03-02")}}
		}, date: "2026-03-02", now: "2026-03-04 00:00", want: want{status: StatusHoliday}},
		"a day off": {edit: func(r *Roster) { r.Assignments = nil }, date: "2026-03-02", now: "2026-03-04 00:00",
			want: want{status: StatusDayOff}},
		"work on a day off": {edit: func(r *Roster) { r.Assignments = nil }, date: "2026-03-02",
			now:     "2026-03-04 00:00",
			punches: []string{"in 2026-03-02 09:00", "out 2026-03-02 10:30"},
			want:    want{StatusPresent, 0, 0, 90, 90, 2, []Flag{FlagOffShift, FlagOnDayOff}}},
		"a forgotten check-out on a day off": {edit: func(r *Roster) { r.Assignments = nil }, date: "2026-03-02",
			now:     "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 09:00"},
			want:    want{StatusIncomplete, 0, 0, 0, 0, 1, []Flag{FlagOffShift, FlagOnDayOff}}},
		"an overnight shift": {shifts: []Shift{shift(t, 1, "22:00", "06:00")}, date: "2026-03-02",
			now:     "2026-03-03 12:00",
			punches: []string{"in 2026-03-02 22:15", "out 2026-03-03 06:00"},
			want:    want{StatusLate, 15, 0, 405, 0, 2, nil}},
		"an overnight shift's evening belongs to no other date": {shifts: []Shift{shift(t, 1, "22:00", "06:00")},
			date: "2026-03-03", now: "2026-03-03 12:00",
			punches: []string{"in 2026-03-02 22:15", "out 2026-03-03 06:00"}, want: want{status: StatusPending}},
		"in Makassar": {zone: "Asia/Makassar", date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:30", "out 2026-03-02 17:00"},
			want:    want{StatusLate, 30, 0, 450, 0, 2, nil}},
		"in Jayapura": {zone: "Asia/Jayapura", date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:30", "out 2026-03-02 17:00"},
			want:    want{StatusLate, 30, 0, 450, 0, 2, nil}},
		// Berlin skips 02:00 to 03:00 on 2026-03-29 and repeats it on 2026-10-25.
		"a night an hour shorter": {zone: "Europe/Berlin", shifts: []Shift{shift(t, 1, "22:00", "06:00")},
			date: "2026-03-28", now: "2026-03-30 00:00",
			punches: []string{"in 2026-03-28 22:00", "out 2026-03-29 06:00"},
			want:    want{StatusPresent, 0, 0, 360, 0, 2, nil}},
		"a night an hour longer": {zone: "Europe/Berlin", shifts: []Shift{shift(t, 1, "22:00", "06:00")},
			date: "2026-10-24", now: "2026-10-26 00:00",
			punches: []string{"in 2026-10-24 22:00", "out 2026-10-25 06:00"},
			want:    want{StatusPresent, 0, 0, 480, 0, 2, nil}},
		"the hour that is repeated is an hour of work": {zone: "Europe/Berlin",
			shifts: []Shift{shift(t, 1, "01:00", "05:00")}, date: "2026-10-25", now: "2026-10-26 00:00",
			punches: []string{"in 2026-10-25 01:00", "out 2026-10-25 05:00"},
			want:    want{StatusPresent, 0, 0, 240, 0, 2, nil}},
		"the hour that is skipped is none": {zone: "America/New_York", shifts: []Shift{shift(t, 1, "22:00", "06:00")},
			date: "2026-03-07", now: "2026-03-09 00:00",
			punches: []string{"in 2026-03-07 22:11", "out 2026-03-08 06:30"},
			want:    want{StatusLate, 11, 0, 379, 30, 2, nil}},
		"an evening with a late check-out after midnight": {shifts: []Shift{shift(t, 1, "15:00", "23:00")},
			date: "2026-03-02", now: "2026-03-03 12:00",
			punches: []string{"in 2026-03-02 15:00", "out 2026-03-03 01:00"},
			want:    want{StatusPresent, 0, 0, 540, 120, 2, nil}},
		"offline punches that arrive in any order": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"out 2026-03-02 17:00", "in 2026-03-02 08:00:30", "in 2026-03-02 08:00"},
			want:    want{StatusPresent, 0, 0, 480, 0, 2, nil}},
		"a row of repeats is measured from the one that counted": {date: "2026-03-02", now: "2026-03-02 10:00",
			punches: []string{"in 2026-03-02 08:00:00", "in 2026-03-02 08:00:50", "in 2026-03-02 08:01:40",
				"in 2026-03-02 08:02:30"}, want: want{status: StatusPresent, count: 2}},
		"a terminal after the button": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:00", "auto 2026-03-02 17:00"},
			want:    want{StatusPresent, 0, 0, 480, 0, 2, nil}},
		"a break makes no terminal's punch the way out": {date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"break_in 2026-03-02 07:50", "auto 2026-03-02 08:00", "auto 2026-03-02 17:00"},
			want:    want{StatusPresent, 0, 0, 480, 0, 3, nil}},
		"late and a half day: the half day is the verdict, the minutes stay": {shifts: []Shift{strict},
			date: "2026-03-02", now: "2026-03-03 00:00",
			punches: []string{"in 2026-03-02 08:11", "out 2026-03-02 13:00"},
			want:    want{StatusHalfDay, 11, 240, 240, 0, 2, []Flag{FlagEarlyOut}}},
		"a start that the change skips": {zone: "Europe/Berlin", shifts: []Shift{shift(t, 1, "02:30", "10:30")},
			date: "2026-03-29", now: "2026-03-30 00:00",
			punches: []string{"in 2026-03-29 03:40", "out 2026-03-29 10:30"},
			want:    want{StatusPresent, 0, 0, 350, 0, 2, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.zone == "" {
				tc.zone = "Asia/Jakarta"
			}
			if tc.shifts == nil {
				tc.shifts = office
			}
			r := roster(t, tc.zone, tc.shifts, tc.shifts[0].ID)
			for i := range r.Holidays {
				r.Holidays[i].Date = date(t, tc.date)
			}
			if tc.edit != nil {
				tc.edit(r)
			}
			for i := range r.Holidays {
				r.Holidays[i].Date = date(t, tc.date)
			}
			d := r.Day(1, date(t, tc.date), punches(t, r, tc.punches...), at(t, r, tc.now))
			if tc.want.flags == nil {
				tc.want.flags = []Flag{}
			}
			require.Equal(t, tc.want,
				want{d.Status, d.LateMinutes, d.EarlyMinutes, d.WorkedMinutes, d.OvertimeMinutes, d.PunchCount,
					d.Flags})
		})
	}
}

func holiday(hs ...Holiday) func(*Roster) {
	return func(r *Roster) { r.Holidays = append(r.Holidays, hs...) }
}

func TestDayCarriesTheEvidence(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	ps := punches(t, r, "in 2026-03-02 08:00", "out 2026-03-02 17:00")
	ps[0].Offline, ps[0].OutsideArea, ps[1].Source = true, true, SourceCorrection
	d := r.Day(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 00:00"))
	require.Equal(t, []Flag{FlagCorrected, FlagOffline, FlagOutsideArea}, d.Flags)
	ps[1].Doubts = []Doubt{DoubtInaccurate}
	require.Contains(t, r.Day(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 00:00")).Flags, FlagInaccurate)
	require.Equal(t, "08:00-17:00", d.ShiftName)
	require.Equal(t, at(t, r, "2026-03-02 06:00"), *d.WindowOpens)
	require.Equal(t, at(t, r, "2026-03-02 21:00"), *d.WindowCloses)
	r.Places[0].Branch.Policy = PolicyRecord
	require.NotContains(t, r.Day(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 00:00")).Flags, FlagOutsideArea,
		"a policy of recording judges nobody")
	require.NotContains(t, r.Day(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 00:00")).Flags, FlagInaccurate)
}

func TestPunchesOutsideTheWindowDoNotDecideDirectionsInside(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	for name, tc := range map[string]struct {
		punches []string
		count   int
		flags   []Flag
	}{
		"a terminal passed before the window opened": {
			[]string{"auto 2026-03-02 05:00", "auto 2026-03-02 07:55", "auto 2026-03-02 17:00"}, 3,
			[]Flag{FlagOffShift}},
		"a repeat across the window's opening": {
			[]string{"in 2026-03-02 05:59:40", "in 2026-03-02 06:00:10", "out 2026-03-02 17:00"}, 3,
			[]Flag{FlagOffShift}},
		"a terminal's repeat across it": {
			[]string{"auto 2026-03-02 05:59:40", "auto 2026-03-02 06:00:10", "auto 2026-03-02 17:00"}, 3,
			[]Flag{FlagOffShift}},
		"a way out of the night before": {
			[]string{"out 2026-03-02 05:00", "auto 2026-03-02 07:55", "auto 2026-03-02 17:00"}, 3,
			[]Flag{FlagOffShift}},
		"a terminal passed after it closed": {
			[]string{"auto 2026-03-02 07:55", "auto 2026-03-02 17:00", "auto 2026-03-02 22:00"}, 3,
			[]Flag{FlagOffShift}},
		"a repeat across its closing": {
			[]string{"auto 2026-03-02 07:55", "out 2026-03-02 20:59:30", "out 2026-03-02 21:00:10"}, 2, []Flag{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps := punches(t, r, tc.punches...)
			d := r.Day(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 00:00"))
			require.Equal(t, StatusPresent, d.Status)
			require.NotNil(t, d.FirstIn)
			require.NotNil(t, d.LastOut)
			require.True(t, !d.FirstIn.Before(*d.WindowOpens) && d.LastOut.Before(*d.WindowCloses))
			require.Equal(t, tc.flags, d.Flags)
			require.Equal(t, tc.count, d.PunchCount)
		})
	}
}

func TestBackAtWorkIsNotAbsent(t *testing.T) {
	t.Parallel()
	strict := shift(t, 1, "08:00", "17:00")
	strict.AbsentBelow, strict.HalfDayBelow = 120, 300
	r := roster(t, "Asia/Jakarta", []Shift{strict}, 1)
	for _, tc := range []struct {
		now     string
		punches []string
		want    Status
	}{
		{"2026-03-02 08:10", []string{"in 2026-03-02 08:00", "out 2026-03-02 08:05"}, StatusAbsent},
		{"2026-03-02 08:10", []string{"in 2026-03-02 08:00", "out 2026-03-02 08:05", "in 2026-03-02 08:07"},
			StatusPresent},
		{"2026-03-02 14:00", []string{"in 2026-03-02 08:30", "out 2026-03-02 12:00", "in 2026-03-02 13:00"},
			StatusLate},
		{"2026-03-02 18:00", []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00",
			"out 2026-03-02 17:00"}, StatusPresent},
		{"2026-03-02 21:00", []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00", "in 2026-03-02 13:00"},
			StatusIncomplete},
	} {
		d := r.Day(1, date(t, "2026-03-02"), punches(t, r, tc.punches...), at(t, r, tc.now))
		require.Equal(t, tc.want, d.Status, "%v at %s", tc.punches, tc.now)
	}
}

func TestAHolidaysShiftKeepsItsBreak(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1)
	r.Holidays = []Holiday{{Date: date(t, "2026-03-02")}}
	d := r.Day(1, date(t, "2026-03-02"), punches(t, r, "in 2026-03-02 08:00", "out 2026-03-02 17:00"),
		at(t, r, "2026-03-03 00:00"))
	require.Equal(t, []int{480, 480}, []int{d.WorkedMinutes, d.OvertimeMinutes})
}
