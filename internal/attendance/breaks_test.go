package attendance

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatABreakTakesOff(t *testing.T) {
	t.Parallel()
	lunch := []string{"in 07:00", "out 12:00", "in 14:00", "out 17:00"}
	short := []string{"in 07:00", "break_out 12:00", "break_in 12:20", "out 17:00"}
	afternoon := []string{"in 07:00", "out 12:00", "in 16:58", "out 17:00"}
	home := []string{"in 07:00", "break_out 12:00", "out 17:00"}
	silent := []string{"auto 07:00", "auto 12:00", "auto 13:00", "auto 17:00"}
	odd := []string{"auto 07:00", "auto 12:00", "auto 17:00"}
	for name, c := range map[string]struct {
		mode             BreakMode
		least            int
		punches          []string
		worked, overtime int
		flags            []Flag
		why              []ReasonCode // of those about breaks
	}{
		"two hours away, fixed":   {BreakFixed, 0, lunch, 540, 0, nil, []ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"two hours away, punched": {BreakPunched, 0, lunch, 480, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"two hours away, longer":  {BreakLonger, 0, lunch, 480, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"twenty minutes, fixed":   {BreakFixed, 0, short, 540, 0, nil, []ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"twenty minutes, punched": {BreakPunched, 0, short, 580, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"twenty minutes, too few": {BreakPunched, 30, short, 570, 0, nil, []ReasonCode{ReasonAway, ReasonBreakLeast}},
		"twenty minutes, longer":  {BreakLonger, 0, short, 540, 0, nil, []ReasonCode{ReasonAway, ReasonBreakLong}},
		"an afternoon, fixed":     {BreakFixed, 0, afternoon, 540, 0, nil, []ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"an afternoon, punched": {BreakPunched, 30, afternoon, 302, 0, nil,
			[]ReasonCode{ReasonAway, ReasonBreakReal}},
		"an afternoon, longer":   {BreakLonger, 0, afternoon, 302, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"nobody punched a break": {BreakPunched, 0, []string{"in 07:00", "out 17:00"}, 600, 0, nil, nil},
		"nor the least of it": {BreakPunched, 45, []string{"in 07:00", "out 17:00"}, 555, 0, nil,
			[]ReasonCode{ReasonBreakLeast}},
		"nor the fixed one": {BreakLonger, 0, []string{"in 07:00", "out 17:00"}, 540, 0, nil,
			[]ReasonCode{ReasonBreakLong}},
		"into a break, then home": {BreakPunched, 0, home, 300, 0, []Flag{FlagOpenBreak},
			[]ReasonCode{ReasonOpenBreak, ReasonBreakReal}},
		"and where it is fixed": {BreakFixed, 0, home, 540, 0, nil, []ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"out twice": {BreakPunched, 0, []string{"in 07:00", "out 12:00", "out 17:00"}, 300, 0,
			[]Flag{FlagOpenBreak}, []ReasonCode{ReasonOpenBreak, ReasonBreakReal}},
		"into a break, never seen": {BreakPunched, 0, []string{"in 07:00", "break_out 12:00"}, 0, 0,
			[]Flag{FlagOpenBreak}, []ReasonCode{ReasonOpenBreak}},
		"before the shift began": {BreakPunched, 0, []string{"in 05:30", "out 06:00", "in 06:45", "out 17:00"}, 600,
			0, nil, nil},
		"over the shift's start": {BreakPunched, 0, []string{"in 05:30", "out 06:00", "in 07:10", "out 17:00"}, 590,
			0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"after the shift's end": {BreakPunched, 0, []string{"in 07:00", "out 17:30", "in 18:00", "out 19:00"}, 690,
			90, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"over the shift's end": {BreakLonger, 0, []string{"in 07:00", "out 16:00", "in 18:00", "out 19:00"}, 600,
			60, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"late, out after closing": {BreakPunched, 0,
			[]string{"in 07:00", "out 20:00", "in 20:30", "break_out 21:10", "break_in 21:20", "out 22:00"}, 860, 260,
			[]Flag{FlagLateOut, FlagOffShift}, []ReasonCode{ReasonAway, ReasonAway, ReasonBreakReal}},
		"no directions, in turns": {BreakPunched, 30, silent, 540, 0, nil,
			[]ReasonCode{ReasonAway, ReasonBreakReal}},
		"and where it is the longer": {BreakLonger, 0, silent, 540, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"and where it is fixed, in turns": {BreakFixed, 0, silent, 540, 0, nil,
			[]ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"one without a partner, punched": {BreakPunched, 30, odd, 570, 0, []Flag{FlagUnpaired},
			[]ReasonCode{ReasonUnpaired, ReasonBreakLeast}},
		"one without a partner, longer": {BreakLonger, 0, odd, 540, 0, []Flag{FlagUnpaired},
			[]ReasonCode{ReasonUnpaired, ReasonBreakLong}},
		"one without a partner, and gone by a word": {BreakPunched, 30,
			[]string{"auto 07:00", "auto 12:00", "out 17:00"}, 570, 0, []Flag{FlagUnpaired},
			[]ReasonCode{ReasonUnpaired, ReasonBreakLeast}},
		"said, then silent": {BreakPunched, 0, []string{"in 07:00", "out 12:00", "auto 13:00", "auto 17:00"}, 540, 0,
			nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"one without a partner, fixed": {BreakFixed, 0, odd, 540, 0, nil, []ReasonCode{ReasonBreak}},
		"two in turns and one without": {BreakPunched, 0, append([]string{"auto 09:00", "auto 09:30"}, odd...), 570, 0,
			[]Flag{FlagUnpaired}, []ReasonCode{ReasonAway, ReasonUnpaired, ReasonBreakReal}},
		"silent, then said": {BreakPunched, 0, []string{"auto 07:00", "auto 12:00", "in 13:00", "auto 17:00"}, 540, 0,
			nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"silent, then a break": {BreakPunched, 0, []string{"auto 07:00", "auto 10:00", "break_out 12:00",
			"break_in 12:20", "auto 17:00"}, 580, 0, nil, []ReasonCode{ReasonAway, ReasonBreakReal}},
		"silent, late out after all": {BreakLonger, 0, []string{"auto 07:00", "auto 12:02", "auto 21:30"}, 810, 270,
			[]Flag{FlagLateOut, FlagUnpaired}, []ReasonCode{ReasonUnpaired, ReasonBreakLong}},
		"gone in the grace, and seen in the night": {BreakFixed, 0, []string{"auto 07:00", "auto 16:58", "auto 21:30"},
			538, 0, []Flag{FlagOffShift}, []ReasonCode{ReasonBreak}},
		"gone in time, and seen in the night": {BreakFixed, 0, []string{"auto 07:00", "auto 17:05", "auto 21:30"}, 545,
			5, []Flag{FlagOffShift}, []ReasonCode{ReasonBreak}},
		"a minute of it, fixed": {BreakFixed, 0, []string{"in 07:00", "out 11:01"}, 240, 0, []Flag{FlagEarlyOut},
			[]ReasonCode{ReasonBreak}},
		"an hour of it, fixed": {BreakFixed, 0, []string{"in 07:00", "out 12:00"}, 240, 0, []Flag{FlagEarlyOut},
			[]ReasonCode{ReasonBreak}},
		"more than that, fixed": {BreakFixed, 0, []string{"in 07:00", "out 12:01"}, 241, 0, []Flag{FlagEarlyOut},
			[]ReasonCode{ReasonBreak}},
		"no mode is a fixed one": {"", 0, short, 540, 0, nil, []ReasonCode{ReasonAwayFixed, ReasonBreak}},
		"a slip is no break": {BreakPunched, 0, []string{"in 07:00:00", "out 07:00:30", "out 17:00"}, 600, 0,
			[]Flag{FlagQuickOut}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shift(t, 1, "07:00", "17:00")
			s.EarlyGrace, s.BreakMode, s.BreakMinimum = 5, c.mode, c.least
			r := roster(t, "Asia/Jakarta", []Shift{s}, 1)
			texts := make([]string, len(c.punches))
			for i, text := range c.punches {
				direction, clock, _ := cutDirection(text)
				texts[i] = direction + " 2026-03-02 " + clock
			}
			ps, d, now := punches(t, r, texts...), date(t, "2026-03-02"), at(t, r, "2026-03-03 12:00")
			day := r.Day(1, d, ps, now)
			require.Equal(t, []int{c.worked, c.overtime}, []int{day.WorkedMinutes, day.OvertimeMinutes})
			require.ElementsMatch(t, c.flags, day.Flags)
			var why []ReasonCode
			breaks := []ReasonCode{ReasonAway, ReasonAwayFixed, ReasonOpenBreak, ReasonBreak, ReasonBreakReal,
				ReasonBreakLeast, ReasonBreakLong, ReasonUnpaired}
			for _, reason := range r.Explain(1, d, ps, now) {
				if slices.Contains(breaks, reason.Code) {
					why = append(why, reason.Code)
				}
			}
			require.Equal(t, c.why, why)
		})
	}
}

func TestADayOffHasNoBreakButThePunchedOne(t *testing.T) {
	t.Parallel()
	r := roster(t, "Asia/Jakarta", []Shift{shift(t, 1, "08:00", "17:00")}, 1, 1, 1, 1, 1, 0, 0)
	ps := punches(t, r, "in 2026-03-07 09:00", "out 2026-03-07 12:00", "in 2026-03-07 14:00", "out 2026-03-07 17:00")
	day := r.Day(1, date(t, "2026-03-07"), ps, at(t, r, "2026-03-08 12:00"))
	require.Equal(t, []int{360, 360}, []int{day.WorkedMinutes, day.OvertimeMinutes})
}

func TestWhyNamesTheSpansOfABreak(t *testing.T) {
	t.Parallel()
	s := shift(t, 1, "07:00", "17:00")
	s.BreakMode = BreakLonger
	r := roster(t, "Asia/Jakarta", []Shift{s}, 1)
	ps := punches(t, r, "in 2026-03-02 07:00", "break_out 2026-03-02 12:00", "break_in 2026-03-02 12:20",
		"out 2026-03-02 17:00")
	found := map[ReasonCode]Reason{}
	for _, reason := range r.Explain(1, date(t, "2026-03-02"), ps, at(t, r, "2026-03-03 12:00")) {
		found[reason.Code] = reason
	}
	away := found[ReasonAway]
	require.Equal(t, at(t, r, "2026-03-02 12:00"), *away.At)
	require.Equal(t, at(t, r, "2026-03-02 12:20"), *away.Until)
	require.Equal(t, 20, away.Minutes)
	require.Equal(t, Reason{Code: ReasonBreakLong, Minutes: 60, Limit: 20}, found[ReasonBreakLong])
}

func TestAShiftsBreakIsChecked(t *testing.T) {
	t.Parallel()
	for field, edit := range map[string]func(*Shift){
		"break_mode":    func(s *Shift) { s.BreakMode = "sometimes" },
		"break_minimum": func(s *Shift) { s.BreakMinimum = 481 },
	} {
		s := shift(t, 1, "08:00", "17:00")
		edit(&s)
		var e *Error
		require.ErrorAs(t, s.Validate(), &e, field)
		require.Equal(t, field, e.Field)
	}
}
