package attendance

import (
	"errors"
	"fmt"

	"hadir/internal/words"
)

// Code is a stable, machine-readable reason. Programs switch on it; its text never changes once released.
type Code string

// The reasons that attendance knows; package account has those of who may do what, package problem those of HTTP. Each
// protocol maps all of them to its own statuses in one place.
const (
	CodeInvalid     Code = "invalid"      // a value is malformed; Field says which
	CodeInvalidDate Code = "invalid_date" // not YYYY-MM-DD
	CodeSkippedTime Code = "skipped_time" // a local time that a change of clocks skips
	// a local time that a change of clocks repeats; which one is not said
	CodeAmbiguousTime       Code = "ambiguous_time"
	CodeInvalidZone         Code = "invalid_zone"         // not an IANA time zone
	CodeInvalidCursor       Code = "invalid_cursor"       // a paging cursor that this server did not make
	CodeNotFound            Code = "not_found"            // no such row, or none this person may see
	CodeConflict            Code = "conflict"             // the row is in another state, or exists already
	CodeStale               Code = "stale"                // somebody else changed the row since it was read
	CodeIdempotencyMismatch Code = "idempotency_mismatch" // the same key came with another body
	CodeEmployeeInactive    Code = "employee_inactive"    // left, or not yet hired
	CodeClaimTooOld         Code = "claim_too_old"        // an offline punch from more than 72 h ago
	CodeClaimInFuture       Code = "claim_in_future"      // an offline punch more than 2 min ahead of the server
	CodeOfflineOff          Code = "offline_off"          // the branch takes no punches of devices without network
	CodeClaimWaits          Code = "claim_waits"          // a claimed time that somebody has to approve; see Waits
	CodeLocationRequired    Code = "location_required"    // the branch's policy wants a position
	CodeOutsideArea         Code = "outside_area"         // the branch's policy refuses punches from outside its sites
	CodeInaccurate          Code = "inaccurate_position"  // and positions that the device knows too little of
	CodeForeignNetwork      Code = "foreign_network"      // and punches from other networks
	CodeKioskOtherBranch    Code = "kiosk_other_branch"   // a kiosk of a branch where the person does not work
	CodeUnavailable         Code = "unavailable"          // a dependency is down or the node is draining; try again
	CodeOwnRequest          Code = "own_request"          // somebody else has to decide
	CodeOwnDays             Code = "own_days"             // somebody else has to change the own days
	CodeTooManyPunches      Code = "too_many_punches"     // of one person; a Later says when the next is taken
	CodeTooManyClaims       Code = "too_many_claims"      // so many claimed punches wait; another one is not taken yet
	CodeTooManyRequests     Code = "too_many_requests"    // about one person within a day; a Later says when
	CodeConfirmDirection    Code = "confirm_direction"    // the other direction so soon: is it meant?
	CodeUndoOver            Code = "undo_over"            // an own punch can no longer be taken back
	CodePeriodLocked        Code = "period_locked"        // the period is settled, and what would change lies in it
	CodeStillEmployed       Code = "still_employed"       // not for who works here, or can sign in
	CodeNotSettled          Code = "not_settled"          // not while days of the person may still be asked about
	CodeForgotten           Code = "forgotten"            // not about a leaver who was forgotten for good
	CodeInternal            Code = "internal"             // a defect; the cause is in the log, not in the message
)

// Error is a reason with a message that is safe to show. Cause is for the log and never leaves the process.
type Error struct {
	Code    Code
	Message string // one English sentence without internals; front ends translate by Code
	Field   string // the input field at fault, when there is one
	Cause   error
}

// Error returns the message with its cause, for logs.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error of the same code, so that errors.Is(err, &Error{Code: CodeNotFound}) works.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// NewError returns an Error of the given code and message.
func NewError(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Forgotten is what stands against every change of an employee, or an account, that was forgotten for good.
func Forgotten() *Error {
	return NewError(CodeForgotten, "This person was forgotten for good; nothing about them can be changed.")
}

// Invalid returns a CodeInvalid error about one field.
func Invalid(field, message string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: message}
}

// CodeOf returns the code of the first *Error in err's chain, CodeInternal for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Elsewhere refuses a change of days some of which belong to a branch that is not the caller's to look after:
// CodeNotFound, as for every day out of sight.
type Elsewhere struct{ Name string } // the employee's

// Error says it for logs.
func (e *Elsewhere) Error() string { return e.Unwrap().Error() }

// Unwrap returns the *Error of the code.
func (e *Elsewhere) Unwrap() error { return NewError(CodeNotFound, e.Detail(words.English)) }

// Detail names the employee, so that a person knows whom to leave out.
func (e *Elsewhere) Detail(l words.Language) string {
	return l.Say("problems.not_found.elsewhere", "name", e.Name)
}

// Refused says which of the employees whom a change concerns stand against it. Without them it could be made.
type Refused []Refusal

// Refusal is what stands against one employee.
type Refusal struct {
	EmployeeID int64
	Err        error
}

// Error says it for logs.
func (r Refused) Error() string {
	return fmt.Sprintf("%d refused, employee %d: %v", len(r), r[0].EmployeeID, r[0].Err)
}

// Unwrap returns the first error: a change that is all or nothing tells of one.
func (r Refused) Unwrap() error { return r[0].Err }

// OrNil returns nil where nobody was refused.
func (r Refused) OrNil() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// Add takes in what stands against an employee, nil for nothing. An error that is not about the employee comes back.
func (r *Refused) Add(employeeID int64, err error) error {
	switch CodeOf(err) {
	case "":
		return nil
	case CodeInternal, CodeUnavailable:
		return err
	}
	*r = append(*r, Refusal{employeeID, err})
	return nil
}
