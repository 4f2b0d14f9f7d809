// Package reminder says when somebody is reminded of a punch, and of what.
package reminder

import (
	"time"

	"hadir/internal/attendance"
)

// Kind is what somebody is reminded of.
type Kind string

// The kinds.
const (
	CheckIn  Kind = "check_in"  // the shift began a while ago
	CheckOut Kind = "check_out" // the window closes soon, and the day would be incomplete
)

const (
	// BeforeClose is how long before the window closes a missing check-out is pointed out.
	BeforeClose = 30 * time.Minute
	// within is how late a reminder may come; after an outage one that is older is of no use.
	within = 15 * time.Minute
)

// Notification is what an employee is told in the app.
type Notification struct {
	ID         int64           `json:"id"`
	EmployeeID int64           `json:"employee_id"`
	Kind       Kind            `json:"kind"`
	WorkDate   attendance.Date `json:"work_date"`
	Zone       string          `json:"zone"`
	DueAt      time.Time       `json:"due_at" doc:"When the shift began, or when its window closes."`
	CreatedAt  time.Time       `json:"created_at"`
	ReadAt     *time.Time      `json:"read_at,omitempty"`
}

// Due tells whether at now it is time to remind whoever works a shift that begins at start of the check-in.
func Due(start time.Time, after time.Duration, now time.Time) bool {
	due := start.Add(after)
	return !now.Before(due) && now.Before(due.Add(within))
}

// StartsDue returns the shifts whose check-in on a work date is to be reminded of at now.
func StartsDue(d attendance.Date, loc *time.Location, shifts map[int64]attendance.Shift, after time.Duration,
	now time.Time) []int64 {
	var ids []int64
	for id, s := range shifts {
		if Due(d.At(int(s.Start), loc), after, now) {
			ids = append(ids, id)
		}
	}
	return ids
}
