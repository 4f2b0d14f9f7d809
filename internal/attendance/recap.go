package attendance

import "time"

// Recap counts one branch's days of one work date after it was closed.
type Recap struct {
	BranchID   int64          `json:"branch_id"`
	BranchCode string         `json:"branch_code"`
	BranchName string         `json:"branch_name"`
	WorkDate   Date           `json:"work_date"`
	Headcount  int            `json:"headcount"`
	Counts     map[Status]int `json:"counts"` // sums to Headcount
	// InputVersion is the sum of the versions of the days that were counted: it rises with every change to any of them.
	InputVersion int64     `json:"input_version"`
	ComputedAt   time.Time `json:"computed_at"`
}

// RecapReach is how many days back a branch's days are closed at the most, however far back its plans reach.
const RecapReach = 400

// ClosedAt returns the instant from which on a work date is over for everyone who works one of the shifts: clocks in
// loc no longer show it, and no window that began on it is open.
func ClosedAt(d Date, loc *time.Location, shifts []Shift) time.Time {
	at := d.ends(loc)
	for _, s := range shifts {
		at = later(at, s.windowOn(d, loc).Closes)
	}
	return at
}
