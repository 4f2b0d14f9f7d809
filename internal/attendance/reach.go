package attendance

// ReachesBack is how many dates before today share punches with today by way of a shift: windows that close after
// midnight, or open before it. Those dates are computed again with today; else a punch between the old edge of a window
// and the new one would count on both sides, or on neither.
func (s Shift) ReachesBack() int {
	const day = 24 * 60
	closes := int(s.End) + s.ClosesAfter
	if s.End <= s.Start {
		closes += day
	}
	back := max(0, closes-1) / day
	if int(s.Start) < s.OpensBefore {
		back = max(back, 1)
	}
	return back
}
