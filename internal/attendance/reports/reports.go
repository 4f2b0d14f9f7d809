// Package reports says what a report is asked for with, and what becomes of it.
package reports

import (
	"slices"
	"time"

	"hadir/internal/attendance"
)

// ReportKind says what a report tells.
type ReportKind string

// Monthly is a branch's calendar month with a sheet per department; Individual is one person's sheet; the others list
// the days of a period on which something was remarkable.
const (
	ReportMonthly    ReportKind = "monthly"
	ReportIndividual ReportKind = "individual"
	ReportLateness   ReportKind = "lateness"
	ReportOvertime   ReportKind = "overtime"
	ReportExceptions ReportKind = "exceptions"
)

// ReportKinds lists every kind.
func ReportKinds() []ReportKind {
	return []ReportKind{ReportMonthly, ReportIndividual, ReportLateness, ReportOvertime, ReportExceptions}
}

// ReportFormat is the form of a report's file, and the ending of its name.
type ReportFormat string

// The formats.
const (
	FormatXLSX ReportFormat = "xlsx"
	FormatCSV  ReportFormat = "csv"
	FormatPDF  ReportFormat = "pdf"
)

// ReportFormats lists every format.
func ReportFormats() []ReportFormat { return []ReportFormat{FormatXLSX, FormatCSV, FormatPDF} }

// ReportState is how far a report is.
type ReportState string

// A report is queued, then running, then done, failed or cancelled; the file of one that is done expires.
const (
	ReportQueued    ReportState = "queued"
	ReportRunning   ReportState = "running"
	ReportDone      ReportState = "done"
	ReportFailed    ReportState = "failed"
	ReportCancelled ReportState = "cancelled"
	ReportExpired   ReportState = "expired"
)

// Reasons why a report failed, kept with it.
const (
	ReportTooLong  = "too_long" // more rows than the format should hold
	ReportInternal = "internal" // out of retries; the dead letter says more
)

// maxReportDays is the longest period of a report, a leap year.
const maxReportDays = 366

// ReportRequest is what somebody wants a report of.
type ReportRequest struct {
	Kind   ReportKind   `json:"kind"`
	Format ReportFormat `json:"format"`
	Locale string       `json:"locale"` // id or en
	// 0: all, for the lists; of an individual sheet the person's branch
	BranchID   int64           `json:"branch_id,omitempty"`
	EmployeeID int64           `json:"employee_id,omitempty"` // individual only
	From       attendance.Date `json:"from"`
	To         attendance.Date `json:"to"` // inclusive
	// Scope limits the days to those worked in the branches that the requester could see; nil does not.
	Scope []int64 `json:"scope,omitempty"`
}

// Check tells whether the parts of a request go together.
func (r *ReportRequest) Check() error {
	switch {
	case !slices.Contains(ReportKinds(), r.Kind):
		return attendance.Invalid("kind", "There is no such report.")
	case !slices.Contains(ReportFormats(), r.Format):
		return attendance.Invalid("format", "The formats are xlsx, csv and pdf.")
	case r.Locale != "id" && r.Locale != "en":
		return attendance.Invalid("locale", "The languages are id and en.")
	case r.To < r.From:
		return attendance.Invalid("to", "The last date is before the first.")
	case r.To-r.From >= maxReportDays:
		return attendance.Invalid("to", "A report reaches over a year at the most.")
	case r.Kind == ReportMonthly && (r.From.UTC().Day() != 1 || r.To != lastOfMonth(r.From)):
		return attendance.Invalid("month", "This report is about one whole month.")
	case r.Kind == ReportMonthly && r.BranchID == 0:
		return attendance.Invalid("branch_id", "This report is about one branch.")
	case r.Kind == ReportIndividual && r.EmployeeID == 0:
		return attendance.Invalid("employee_id", "This report is about one employee.")
	case r.Kind != ReportIndividual && r.EmployeeID != 0:
		return attendance.Invalid("employee_id", "This report is not about one employee.")
	}
	return nil
}

func lastOfMonth(d attendance.Date) attendance.Date {
	t := d.UTC()
	return attendance.NewDate(t.Year(), t.Month()+1, 0)
}

// ParseMonth returns the first and the last date of a month of the form YYYY-MM.
func ParseMonth(s string) (from, to attendance.Date, err error) {
	from, err = attendance.ParseDate(s + "-01")
	if err != nil {
		return 0, 0, &attendance.Error{Code: attendance.CodeInvalid, Field: "month",
			Message: "A month has the form YYYY-MM.", Cause: err}
	}
	return from, lastOfMonth(from), nil
}

// Report is a request with what became of it.
type Report struct {
	ID     int64 `json:"id"`
	UserID int64 `json:"user_id"`
	ReportRequest
	State      ReportState `json:"state"`
	Progress   int         `json:"progress"` // percent
	FileName   string      `json:"file_name,omitempty"`
	MediaType  string      `json:"media_type,omitempty"`
	Size       int64       `json:"size"`            // bytes
	Error      string      `json:"error,omitempty"` // too_long or internal
	CreatedAt  time.Time   `json:"created_at"`
	FinishedAt *time.Time  `json:"finished_at,omitempty"`
	ExpiresAt  *time.Time  `json:"expires_at,omitempty"`
	// Attempt numbers the runs of its task; only the latest may write.
	Attempt int64 `json:"-"`
}

// Pending tells whether a report may still come.
func (r *Report) Pending() bool { return r.State == ReportQueued || r.State == ReportRunning }

// PersonDays is an employee with some days, by date.
type PersonDays struct {
	attendance.Employee
	Days []attendance.Entry
}
