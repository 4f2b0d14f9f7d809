package attendance

import "time"

// ReminderKind is what somebody is reminded of.
type ReminderKind string

// The kinds.
const (
	RemindCheckIn  ReminderKind = "check_in"  // the shift began a while ago
	RemindCheckOut ReminderKind = "check_out" // the window closes soon, and the day would be incomplete
)

const (
	// RemindBeforeClose is how long before the window closes a missing check-out is pointed out.
	RemindBeforeClose = 30 * time.Minute
	// remindWithin is how late a reminder may come; after an outage one that is older is of no use.
	remindWithin = 15 * time.Minute
)

// Notification is what an employee is told in the app.
type Notification struct {
	ID         int64        `json:"id"`
	EmployeeID int64        `json:"employee_id"`
	Kind       ReminderKind `json:"kind"`
	WorkDate   Date         `json:"work_date"`
	Zone       string       `json:"zone"`
	DueAt      time.Time    `json:"due_at" doc:"When the shift began, or when its window closes."`
	CreatedAt  time.Time    `json:"created_at"`
	ReadAt     *time.Time   `json:"read_at,omitempty"`
}

// ReminderDue tells whether at now it is time to remind whoever works a shift that begins at start of the check-in.
func ReminderDue(start time.Time, after time.Duration, now time.Time) bool {
	due := start.Add(after)
	return !now.Before(due) && now.Before(due.Add(remindWithin))
}

// StartsDue returns the shifts whose check-in on a work date is to be reminded of at now.
func StartsDue(d Date, loc *time.Location, shifts map[int64]Shift, after time.Duration, now time.Time) []int64 {
	var ids []int64
	for id, s := range shifts {
		if w := s.windowOn(d, loc); ReminderDue(w.Start, after, now) {
			ids = append(ids, id)
		}
	}
	return ids
}
