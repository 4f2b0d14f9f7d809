package attendance

import "time"

// EverSince is the date from which on an employee's first employment holds: before any date that people mean. When
// somebody was hired is another matter, which HiredOn says.
const EverSince Date = -25567 // 1900-01-01

// OpenEnd is after every date that anybody asks for. It stands for the last date of what has none.
const OpenEnd Date = 1 << 20

// Employment is where an employee belongs from a date on, until the next employment begins.
type Employment struct {
	EmployeeID int64  `json:"employee_id"`
	From       Date   `json:"from"` // EverSince for the first
	BranchID   int64  `json:"branch_id"`
	Department string `json:"department"`
	Position   string `json:"position"`
}

// Place is the branch whose clocks, holidays, policy and lock hold for an employee's dates from From on, until the next
// place begins.
type Place struct {
	From   Date
	Branch *Branch
	Zone   *time.Location // of the branch
}

// Roster is everything besides punches that decides one employee's days: the branches to which the employee belongs on
// the dates that it covers, the shifts by id, and the employee's own assignments, holidays and approved leave. It is
// read-only but for Kept, and cheap to build.
type Roster struct {
	Places      []Place // by From, at least one; the first also holds for the dates before it
	Shifts      map[int64]Shift
	Assignments []Assignment
	Holidays    []Holiday // of the company, of the places' branches and of the employee, mixed
	Leaves      []Leave

	// Kept keeps the windows of dates, unless it is nil. Rosters of the same shifts may share it, in one goroutine,
	// where they have one and the same zone and their assignments plan the same.
	Kept Windows
}

// Windows are the windows of dates between their neighbours.
type Windows map[Date]edge

type edge struct {
	w     Window
	known bool
}

// On returns the place of a date.
func (r *Roster) On(d Date) *Place {
	for i := len(r.Places) - 1; i > 0; i-- {
		if r.Places[i].From <= d {
			return &r.Places[i]
		}
	}
	return &r.Places[0]
}

// Locked tells whether a date is settled in its branch.
func (r *Roster) Locked(d Date) bool { return r.On(d).Branch.Locked(d) }

// localDate returns the employee's date at an instant: the latest one that has begun on the clocks of its own branch.
// So every instant has one date, also where the employee moves to another zone; the last date in the old one is shorter
// or longer by the difference.
func (r *Roster) localDate(at time.Time) Date {
	d := DateOf(at, r.Places[0].Zone)
	if len(r.Places) == 1 {
		return d
	}
	// Two zones are at most 26 hours apart.
	for d += 2; DateOf(at, r.On(d).Zone) < d; d-- {
	}
	return d
}

// Over tells whether somebody's date is over at now: its window closed, or, without one, its branch's clocks show the
// next.
func (r *Roster) Over(d Date, now time.Time) bool {
	if w, planned := r.WindowOn(d); planned && now.Before(w.Closes) {
		return false
	}
	return !now.Before(d.ends(r.On(d).Zone))
}

// dateRange returns a span [from, to) that holds every instant of a date. Neighbouring spans overlap where clocks are
// put back across midnight.
func (r *Roster) dateRange(d Date) (from, to time.Time) {
	return d.begins(r.On(d).Zone), d.ends(r.On(d + 1).Zone)
}
