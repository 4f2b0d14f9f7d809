package attendance

import "time"

// Roster is everything besides punches that decides one employee's days: the branch with its zone, the shifts by id,
// and the employee's own assignments, holidays and approved leave. It is read-only and cheap to build.
type Roster struct {
	Branch      Branch
	Zone        *time.Location
	Shifts      map[int64]Shift
	Assignments []Assignment
	Holidays    []Holiday // company, branch and employee scope, mixed
	Leaves      []Leave
}
