package attendance

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// RequestType tells the two things that employees ask for.
type RequestType string

// A leave is an absence over whole dates; a correction adds a punch that was not made, takes a wrong one away, or puts
// one in the place of another.
const (
	RequestLeave      RequestType = "leave"
	RequestCorrection RequestType = "correction"
)

// CorrectionKey is the idempotency key of the punch that a correction becomes.
func CorrectionKey(id int64) string { return "correction:" + strconv.FormatInt(id, 10) }

// RequestState is how far a request has got.
type RequestState string

// Only pending requests can be decided or cancelled. An approved leave can be revoked; every other state is final.
const (
	RequestPending   RequestState = "pending"
	RequestApproved  RequestState = "approved"
	RequestRefused   RequestState = "refused"
	RequestCancelled RequestState = "cancelled"
	RequestRevoked   RequestState = "revoked"
)

// Request is a leave or a correction that somebody asked for, with what a list shows beside it. Fields of the other
// type are empty.
type Request struct {
	ID             int64        `json:"id"`
	Type           RequestType  `json:"type"`
	EmployeeID     int64        `json:"employee_id"`
	EmployeeNumber string       `json:"employee_number"`
	EmployeeName   string       `json:"employee_name"`
	BranchID       int64        `json:"branch_id"` // where the employee belongs on the first date
	BranchName     string       `json:"branch_name"`
	Zone           string       `json:"zone"` // of the branch
	State          RequestState `json:"state"`
	Reason         string       `json:"reason"`
	RequestedAt    time.Time    `json:"requested_at"`
	RequestedBy    int64        `json:"requested_by,omitempty"`
	RequestedName  string       `json:"requested_by_name,omitempty"`
	DecidedAt      *time.Time   `json:"decided_at,omitempty"`
	DecidedBy      int64        `json:"decided_by,omitempty"`
	DecidedName    string       `json:"decided_by_name,omitempty"`
	DecisionNote   string       `json:"decision_note,omitempty"`

	Kind LeaveKind `json:"kind,omitempty"` // of a leave
	From *Date     `json:"from,omitempty"`
	To   *Date     `json:"to,omitempty"` // inclusive

	WorkDate   *Date      `json:"work_date,omitempty"` // of a correction
	Direction  Direction  `json:"direction,omitempty"` // in or out; "" for one that only takes a punch away
	OccurredAt *time.Time `json:"occurred_at,omitempty"`
	PunchID    int64      `json:"punch_id,omitempty"` // once it was approved and recorded
	// Claim is why a punch waits that a device kept while it was offline: OccurredAt is the time that it claimed, and
	// RequestedAt when that arrived. Empty for what a person asked for.
	Claim Wait `json:"claim,omitempty"`
	// The punch that a correction takes away, what it says, and when it was made.
	VoidPunchID   int64      `json:"void_punch_id,omitempty"`
	VoidDirection Direction  `json:"void_direction,omitempty"`
	VoidAt        *time.Time `json:"void_at,omitempty"`
}

// Adds tells whether a correction adds a punch.
func (q *Request) Adds() bool { return q.Direction != "" || q.OccurredAt != nil }

// Bounds of requests: how long a leave may be, and how far from today a request may reach.
const (
	maxLeaveDays   = 366
	maxRequestAway = 400 // days
)

// ValidateRequest checks what was asked for on a date, today in the employee's branch. Errors are CodeInvalid with the
// field that a form has for it: kind, from, to, work_date, direction, time or reason. Whether the punch may be taken
// away that a correction names is asked of MayVoid.
func (r *Roster) ValidateRequest(q Request, now time.Time) error {
	if n := utf8.RuneCountInString(q.Reason); n < 1 || n > 500 {
		return Invalid("reason", "A reason of 1 to 500 characters is needed.")
	}
	today := r.localDate(now)
	if q.Type == RequestLeave {
		return validateLeave(q, today)
	}
	switch {
	case q.WorkDate == nil || *q.WorkDate > today || *q.WorkDate < today-maxRequestAway:
		return Invalid("work_date", "A correction is about today or a date of the last 400 days.")
	case q.VoidPunchID != 0 && !q.Adds():
		return nil
	case q.Direction != In && q.Direction != Out:
		return Invalid("direction", "The direction is in or out.")
	case q.OccurredAt == nil || q.OccurredAt.After(now):
		return Invalid("time", "A correction lies in the past.")
	}
	if d, _ := r.WorkDate(*q.OccurredAt); d != *q.WorkDate && !r.mayAnswer(*q.WorkDate, q.Direction, *q.OccurredAt) {
		return Invalid("time", "A punch at that time would count for another date.")
	}
	return nil
}

// mayAnswer tells whether a punch after the window of a date closed, or after midnight, could be the way out from it.
func (r *Roster) mayAnswer(d Date, direction Direction, at time.Time) bool {
	w, _, known := r.edge(d)
	return known && direction == Out && w.afterwards(at)
}

func validateLeave(q Request, today Date) error {
	switch {
	case !slices.Contains(LeaveKinds(), q.Kind):
		return Invalid("kind", "The kind is leave, sick or permit.")
	case q.From == nil || *q.From < today-maxRequestAway || *q.From > today+maxRequestAway:
		return Invalid("from", "The first date lies within 400 days of today.")
	case q.To == nil || *q.To < *q.From:
		return Invalid("to", "The last date is not before the first.")
	case *q.To-*q.From >= maxLeaveDays:
		return Invalid("to", "A leave is no longer than 366 days.")
	}
	return nil
}
