package checks

import "hadir/internal/attendance"

// StillForgotten refuses rows that would change who was forgotten, as DB.NotForgotten does. One that says what is
// stored is no news. moved holds the numbers of those who are put elsewhere.
func StillForgotten(es []attendance.Employee, known map[string]attendance.Employee,
	moved map[string]*attendance.Date) error {
	var refused attendance.Refused
	for i := range es {
		e := &es[i]
		old := known[e.Number]
		if !old.Forgotten {
			continue
		}
		e.ID, e.Forgotten = old.ID, true
		if e.LeftOn == nil && e.Status == attendance.EmployeeInactive {
			e.LeftOn = old.LeftOn
		}
		if !old.Equal(*e) || moved[e.Number] != nil {
			refused = append(refused, attendance.Refusal{EmployeeID: old.ID, Err: attendance.Forgotten()})
		}
	}
	return refused.OrNil()
}
