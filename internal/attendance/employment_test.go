package attendance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDatesOfEmploymentDecideAboutPunches(t *testing.T) {
	t.Parallel()
	hired, left := date(t, "2026-11-02"), date(t, "2026-11-27")
	for name, c := range map[string]struct {
		e     Employee
		on    string
		count bool
	}{
		"active":                   {Employee{Status: EmployeeActive}, "2026-11-27", true},
		"inactive, since unknown":  {Employee{Status: EmployeeInactive}, "2026-11-27", false},
		"the last day":             {Employee{Status: EmployeeInactive, LeftOn: &left}, "2026-11-27", true},
		"the day after":            {Employee{Status: EmployeeInactive, LeftOn: &left}, "2026-11-28", false},
		"the day after, if active": {Employee{Status: EmployeeActive, LeftOn: &left}, "2026-11-28", false},
		"the first day":            {Employee{Status: EmployeeActive, HiredOn: &hired}, "2026-11-02", true},
		"the day before":           {Employee{Status: EmployeeActive, HiredOn: &hired}, "2026-11-01", false},
	} {
		require.Equal(t, c.count, c.e.MayPunch(date(t, c.on)), name)
	}
}
