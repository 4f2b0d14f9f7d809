package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"hadir/internal/attendance"
)

// What becomes of a working day, in percent. The rest arrives on time.
const (
	absentPercent  = 2
	forgotPercent  = 2 // checks in and never out
	halfDayPercent = 3
	latePercent    = 9
)

// history makes the punches and days of one person, by their place among the workers, as they would stand now.
func (c *company) history(i int) ([]attendance.Punch, []attendance.Day) {
	rng, w, r, now := c.rng(streamDays+uint64(i)), &c.workers[i], c.rosters[i], c.now
	from, today := c.first(w.plan), c.today(w.plan)
	var punches []attendance.Punch
	for d := from; d <= today; d++ {
		punches = append(punches, w.workDay(rng, r, d, now)...)
	}
	days := make([]attendance.Day, 0, int(today-from)+1)
	for d := from; d <= today; d++ {
		day := r.Day(w.employee.ID, d, around(punches, d, r.On(d).Zone), now)
		if day.PunchCount == 0 && (day.Status == attendance.StatusPending || day.Status == attendance.StatusDayOff) {
			continue // nothing happened: the plan says the same
		}
		day.Version, day.UpdatedAt = 1, now
		days = append(days, day)
	}
	return punches, days
}

// around returns the punches of a date and its neighbours; punches are in order of time.
func around(punches []attendance.Punch, d attendance.Date, zone *time.Location) []attendance.Punch {
	from, to := d.AddDays(-1).At(0, zone), d.AddDays(2).At(0, zone)
	first := len(punches)
	for first > 0 && !punches[first-1].OccurredAt.Before(from) {
		first--
	}
	last := first
	for last < len(punches) && punches[last].OccurredAt.Before(to) {
		last++
	}
	return punches[first:last]
}

// workDay draws what a person does on one date. The same number of draws is made whatever happens, so that a day does
// not depend on the hour at which the company was made.
func (w *worker) workDay(rng *rand.Rand, r *attendance.Roster, d attendance.Date, now time.Time) []attendance.Punch {
	chance, normal1, normal2 := rng.IntN(100), rng.NormFloat64(), rng.NormFloat64()
	exponential, second1, second2 := rng.ExpFloat64(), rng.IntN(60), rng.IntN(60)
	window, works := r.WindowOn(d)
	if !works {
		return nil
	}
	switch r.Plan(d, now) {
	case attendance.StatusOnLeave, attendance.StatusHoliday, attendance.StatusDayOff:
		return nil
	}
	minutes := func(f float64) time.Duration { return time.Duration(f) * time.Minute }
	in := window.Start.Add(minutes(clamp(-float64(w.early)+6*normal1, -80, float64(window.Shift.LateGrace)-1)))
	out := window.End.Add(minutes(clamp(9+10*math.Abs(normal2), 0, 90)))
	forgot := false
	switch {
	case chance < absentPercent:
		return nil
	case chance < absentPercent+forgotPercent:
		forgot = true
	case chance < absentPercent+forgotPercent+halfDayPercent:
		out = window.Start.Add(minutes(clamp(215+20*normal2, 150, 270)))
	case chance < absentPercent+forgotPercent+halfDayPercent+latePercent:
		in = window.Start.Add(minutes(clamp(float64(window.Shift.LateGrace)+2+14*exponential, 0, 110)))
	case chance >= 94: // stays on: overtime
		out = window.End.Add(minutes(clamp(50+45*exponential, 50, 170)))
	}
	in, out = in.Add(time.Duration(second1)*time.Second), out.Add(time.Duration(second2)*time.Second)
	var punches []attendance.Punch
	if !in.After(now) {
		punches = append(punches, w.punch(r.On(d).Branch, attendance.In, in))
	}
	if !forgot && !out.After(now) {
		punches = append(punches, w.punch(r.On(d).Branch, attendance.Out, out))
	}
	return punches
}

func (w *worker) punch(b *attendance.Branch, d attendance.Direction, at time.Time) attendance.Punch {
	return attendance.Punch{EmployeeID: w.employee.ID, BranchID: b.ID, Zone: b.Zone, Direction: d, OccurredAt: at.UTC(),
		ReceivedAt: at.UTC(), Source: attendance.SourceDemo}
}

func clamp(v, low, high float64) float64 { return max(low, min(high, v)) }
