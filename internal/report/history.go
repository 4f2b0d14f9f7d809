package report

import (
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
)

// History turns days into the rows of a CSV file, for people in words or for programs in the names and codes of the
// JSON API. The zero value is not usable.
type History struct {
	words *dictionary
	raw   bool
	zones attendance.Zones
}

// NewHistory returns the rows of one file in a language (id or en); raw gives programs codes and names that never
// change.
func NewHistory(locale string, raw bool) *History {
	return &History{words: dictionaryIn(locale), raw: raw}
}

// Head names the columns.
func (h *History) Head() []string {
	if h.raw {
		return []string{"work_date", "employee_number", "employee_name", "department", "branch_name", "shift_name",
			"first_in", "last_out",
			"zone", "status", "late_minutes", "early_minutes", "worked_minutes", "overtime_minutes", "flags"}
	}
	head := []string{"reports.date", "reports.number", "reports.name", "reports.department", "reports.branch",
		"reports.shift", "reports.in", "reports.out", "reports.zone", "reports.status", "reports.late", "reports.early",
		"reports.worked", "reports.overtime", "reports.remarks"}
	for i, key := range head {
		head[i] = h.words.say(key)
	}
	return head
}

// Row is one day, with times in its zone. Of a raw row the flags are separated by blanks.
func (h *History) Row(e *attendance.Entry) []string {
	zone := h.zones.Of(e.Zone)
	status, remarks := h.words.terms.Statuses[e.Status].Word, h.words.terms.Remark(&e.Day)
	if h.raw {
		flags := make([]string, len(e.Flags))
		for i, f := range e.Flags {
			flags[i] = string(f)
		}
		status, remarks = string(e.Status), strings.Join(flags, " ")
	}
	return []string{e.WorkDate.String(), e.EmployeeNumber, e.EmployeeName, e.Department, e.BranchName, e.ShiftName,
		localStamp(e.FirstIn, zone), localStamp(e.LastOut, zone), e.Zone, status, strconv.Itoa(e.LateMinutes),
		strconv.Itoa(e.EarlyMinutes), strconv.Itoa(e.WorkedMinutes), strconv.Itoa(e.OvertimeMinutes), remarks}
}

func localStamp(at *time.Time, zone *time.Location) string {
	if at == nil {
		return ""
	}
	return at.In(zone).Format("2006-01-02 15:04:05")
}
