package attendance

import "time"

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

// Reaches is how long after the midnight that ends a date the shift's window of that date can still be open, with two
// hours for changes of the clock.
func (s Shift) Reaches() time.Duration {
	end := int(s.End)
	if s.End <= s.Start {
		end += 24 * 60
	}
	over := time.Duration(end+s.ClosesAfter-24*60)*time.Minute + 2*time.Hour
	return max(over, 0)
}
