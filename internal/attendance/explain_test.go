package attendance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each case lists the codes in order, since the pages show them so, and the numbers of one reason that matters in it.
func TestWhyADayIsWhatItIs(t *testing.T) {
	t.Parallel()
	half := shift(t, 1, "08:00", "17:00")
	half.HalfDayBelow, half.AbsentBelow = 360, 120
	r := roster(t, "Asia/Jakarta", []Shift{half}, 1, 1, 1, 1, 1, 0, 0)
	r.Holidays = []Holiday{{Date: date(t, "2026-03-04"), Name: "Nyepi"}}
	r.Leaves = []Leave{{From: date(t, "2026-03-05"), To: date(t, "2026-03-05"), Kind: LeaveSick}}
	after := "2026-03-08 12:00"
	for name, c := range map[string]struct {
		date    string
		punches []string
		change  func(ps []Punch)
		now     string
		want    []ReasonCode
		reason  Reason
	}{
		"not in yet": {"2026-03-02", nil, nil, "2026-03-02 09:00",
			[]ReasonCode{"shift", "window", "waiting"}, Reason{Code: ReasonWaiting}},
		"never came": {"2026-03-02", nil, nil, after, []ReasonCode{"shift", "window", "no_punch"},
			Reason{Code: ReasonNoPunch}},
		"on time, still in": {"2026-03-02", []string{"in 2026-03-02 07:50"}, nil, "2026-03-02 09:00",
			[]ReasonCode{"shift", "window", "on_time", "inside"}, Reason{Code: ReasonOnTime}},
		"within the grace": {"2026-03-02", []string{"in 2026-03-02 08:10"}, nil, "2026-03-02 09:00",
			[]ReasonCode{"shift", "window", "grace", "inside"}, Reason{Code: ReasonWithin, Minutes: 10, Limit: 10}},
		"late": {"2026-03-02", []string{"in 2026-03-02 08:11"}, nil, "2026-03-02 09:00",
			[]ReasonCode{"shift", "window", "late", "inside"}, Reason{Code: ReasonLate, Minutes: 11, Limit: 10}},
		"forgot to check out": {"2026-03-02", []string{"in 2026-03-02 08:00"}, nil, after,
			[]ReasonCode{"shift", "window", "on_time", "no_check_out"}, Reason{Code: ReasonNoCheckOut}},
		"out without in": {"2026-03-02", []string{"out 2026-03-02 17:00"}, nil, after,
			[]ReasonCode{"shift", "window", "no_check_in"}, Reason{Code: ReasonNoCheckIn}},
		"a whole day": {"2026-03-02", []string{"in 2026-03-02 08:00", "out 2026-03-02 17:00"}, nil, after,
			[]ReasonCode{"shift", "window", "on_time", "left", "break", "worked"},
			Reason{Code: ReasonWorked, Minutes: 480}},
		"overtime": {"2026-03-02", []string{"in 2026-03-02 08:00", "out 2026-03-02 18:30"}, nil, after,
			[]ReasonCode{"shift", "window", "on_time", "left", "break", "worked", "extra"},
			Reason{Code: ReasonExtra, Minutes: 90}},
		"left early, half a day": {"2026-03-02", []string{"in 2026-03-02 08:00", "out 2026-03-02 12:00"}, nil, after,
			[]ReasonCode{"shift", "window", "on_time", "early", "worked", "half"},
			Reason{Code: ReasonHalfDay, Minutes: 240, Limit: 360}},
		"too short to count": {"2026-03-02", []string{"in 2026-03-02 08:00", "out 2026-03-02 09:00"}, nil, after,
			[]ReasonCode{"shift", "window", "on_time", "early", "worked", "short"},
			Reason{Code: ReasonTooShort, Minutes: 60, Limit: 120}},
		"a holiday": {"2026-03-04", nil, nil, after, []ReasonCode{"shift", "window", "holiday"},
			Reason{Code: ReasonHoliday, Name: "Nyepi"}},
		"ill": {"2026-03-05", nil, nil, after, []ReasonCode{"shift", "window", "leave"},
			Reason{Code: ReasonLeave, Name: "sick"}},
		"a day off": {"2026-03-07", nil, nil, after, []ReasonCode{"day_off"}, Reason{Code: ReasonDayOff}},
		"worked on a day off": {"2026-03-07", []string{"in 2026-03-07 08:00", "out 2026-03-07 10:00"}, nil, after,
			[]ReasonCode{"day_off", "on_time", "left", "worked", "extra"}, Reason{Code: ReasonExtra, Minutes: 120}},
		"a finger put down twice": {"2026-03-02", []string{"in 2026-03-02 08:00", "in 2026-03-02 08:01"}, nil,
			"2026-03-02 09:00", []ReasonCode{"shift", "window", "on_time", "inside", "repeat"},
			Reason{Code: ReasonRepeat, Punch: 2}},
		"outside the window": {"2026-03-02", []string{"in 2026-03-02 05:00", "in 2026-03-02 08:00"}, nil,
			"2026-03-02 09:00", []ReasonCode{"shift", "window", "on_time", "inside", "off"},
			Reason{Code: ReasonOffShift, Punch: 1}},
		"offline, far, corrected": {"2026-03-02", []string{"in 2026-03-02 08:00"}, func(ps []Punch) {
			metres := 812.7
			ps[0].Offline, ps[0].OutsideArea, ps[0].Distance, ps[0].Source = true, true, &metres, SourceCorrection
		}, "2026-03-02 09:00", []ReasonCode{"shift", "window", "on_time", "inside", "offline", "outside",
			"corrected"}, Reason{Code: ReasonOutside, Minutes: 812, Punch: 1}},
		"known too little": {"2026-03-02", []string{"in 2026-03-02 08:00"}, func(ps []Punch) {
			ps[0].Fix, ps[0].Doubts = &Fix{Accuracy: 811.2}, []Doubt{DoubtInaccurate}
		}, "2026-03-02 09:00", []ReasonCode{"shift", "window", "on_time", "inside", "inaccurate"},
			Reason{Code: ReasonInaccurate, Minutes: 812, Punch: 1}},
		"hard to believe": {"2026-03-02", []string{"in 2026-03-02 08:00"}, func(ps []Punch) {
			ps[0].Doubts = []Doubt{DoubtExact, DoubtSamePlace, DoubtSharedDevice, DoubtTooFast}
			ps[0].Moved = &Moved{Metres: 42_000, Seconds: 600}
		}, "2026-03-02 09:00", []ReasonCode{"shift", "window", "on_time", "inside", "exact", "same_place",
			"shared_device", "too_fast"}, Reason{Code: ReasonTooFast, Minutes: 42_000, Limit: 600, Punch: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps := punches(t, r, c.punches...)
			if c.change != nil {
				c.change(ps)
			}
			why := r.Explain(1, date(t, c.date), ps, at(t, r, c.now))
			var codes []ReasonCode
			for _, reason := range why {
				codes = append(codes, reason.Code)
				if reason.Code == c.reason.Code {
					reason.At, reason.Until = nil, nil
					require.Equal(t, c.reason, reason)
				}
			}
			require.Equal(t, c.want, codes)
		})
	}
}

// The explanation and the verdict come from the same reading, whatever the punches.
func TestTheExplanationAgreesWithTheDay(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Makassar", []Shift{shift(t, 1, "22:00", "06:00")}, 1)
	d := date(t, "2026-03-02")
	ps := punches(t, r, "in 2026-03-02 22:31", "out 2026-03-03 05:00", "out 2026-03-03 07:00")
	day := r.Day(1, d, ps, at(t, r, "2026-03-04 12:00"))
	found := map[ReasonCode]Reason{}
	for _, reason := range r.Explain(1, d, ps, at(t, r, "2026-03-04 12:00")) {
		found[reason.Code] = reason
	}
	require.Equal(t, day.LateMinutes, found[ReasonLate].Minutes)
	require.Equal(t, day.WorkedMinutes, found[ReasonWorked].Minutes)
	require.Equal(t, day.OvertimeMinutes, found[ReasonExtra].Minutes)
	require.Equal(t, *day.FirstIn, *found[ReasonLate].At)
	require.WithinDuration(t, *day.WindowCloses, *found[ReasonWindow].Until, time.Second)
}

// Seconds decide, and minutes are whole: both are told, as 0 minutes.
func TestSecondsLateAndEarlyAreExplained(t *testing.T) {
	t.Parallel()
	strict := shift(t, 1, "08:00", "17:00")
	strict.LateGrace, strict.EarlyGrace = 0, 0
	r, d := roster(t, "Asia/Jakarta", []Shift{strict}, 1), date(t, "2026-03-02")
	ps, now := punches(t, r, "in 2026-03-02 08:00:47", "out 2026-03-02 16:59:30"), at(t, r, "2026-03-04 12:00")
	day := r.Day(1, d, ps, now)
	require.Equal(t, StatusLate, day.Status)
	require.Equal(t, []Flag{FlagEarlyOut}, day.Flags)
	require.Zero(t, day.LateMinutes+day.EarlyMinutes)
	why := r.Explain(1, d, ps, now)
	require.Contains(t, why, Reason{Code: ReasonLate, At: day.FirstIn})
	require.Contains(t, why, Reason{Code: ReasonEarly, At: day.LastOut})
}
