// Package problem turns errors into the form in which all HTTP addresses of the program answer them: RFC 9457 with a
// stable code, in the language of the client.
package problem

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/attendance/localtime"
	"hadir/internal/kiosk"
	"hadir/internal/task"
	"hadir/internal/words"
)

// MediaType is what a problem is sent as.
const MediaType = "application/problem+json"

// Problem is the body of every error (RFC 9457, application/problem+json).
type Problem struct {
	Type      string          `json:"type" doc:"Always about:blank; code is what programs switch on."`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Code      attendance.Code `json:"code" doc:"A stable reason."`
	Detail    string          `json:"detail" doc:"@Problem.detail"`
	RequestID string          `json:"request_id,omitempty" doc:"Names the request in the server's log."`
	Errors    []FieldError    `json:"errors,omitempty"`
	Choices   []Choice        `json:"choices,omitempty" doc:"@Problem.choices"`
	// detail is set where the error has a sentence of its own, such as one with numbers in it.
	detail func(words.Language) string
}

// Choice is one possible answer if an input is ambiguous.
type Choice struct {
	Value string    `json:"value"`
	At    time.Time `json:"at" doc:"With the offset that is in force then."`
}

// FieldError is what is wrong with one input.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message" doc:"One sentence in the same language."`
	// in is set where the error has words of its own in every language.
	in func(words.Language) string
}

// Codes that only HTTP has a need for.
const (
	CodeMalformed          attendance.Code = "malformed"            // the body is not what its content type says
	CodeBadRequest         attendance.Code = "bad_request"          // the request itself cannot be read
	CodeTooLarge           attendance.Code = "too_large"            // the body is over the limit
	CodeUnsupportedMedia   attendance.Code = "unsupported_media"    // not JSON
	CodeNotAcceptable      attendance.Code = "not_acceptable"       // the client wants something but JSON
	CodeCrossSite          attendance.Code = "cross_site"           // a page of another site sent the request
	CodeMethodNotAllowed   attendance.Code = "method_not_allowed"   // the address exists, the method does not
	CodeTooManyConnections attendance.Code = "too_many_connections" // of one network address
)

// New returns the problem of a code. Finish completes it.
func New(code attendance.Code) *Problem { return &Problem{Status: StatusOf(code), Code: code} }

// Of returns the problem for an error, by the first *attendance.Error in it. It contains nothing of a cause.
func Of(err error) *Problem {
	var known *attendance.Error
	if !errors.As(err, &known) {
		known = &attendance.Error{Code: attendance.CodeInternal}
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			known.Code = attendance.CodeUnavailable
		}
	}
	p := New(known.Code)
	var own interface{ Detail(words.Language) string }
	if errors.As(err, &own) {
		p.detail = own.Detail
	}
	p.Errors = fieldErrors(err)
	var two *localtime.Ambiguous
	if errors.As(err, &two) {
		p.Choices = []Choice{{string(localtime.First), two.First},
			{string(localtime.Second), two.Second}}
	}
	return p
}

// fieldErrors are the inputs that an error is about, each once: a check of several may have joined what it found
// (errors.Join).
func fieldErrors(err error) (fields []FieldError) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			for _, f := range fieldErrors(one) {
				if !slices.ContainsFunc(fields, func(known FieldError) bool { return known.Field == f.Field }) {
					fields = append(fields, f)
				}
			}
		}
		return fields
	}
	var known *attendance.Error
	if !errors.As(err, &known) || known.Field == "" {
		return nil
	}
	f := FieldError{Field: known.Field, Message: known.Message}
	var own interface{ In(words.Language) string }
	if errors.As(err, &own) {
		f.in = own.In
	}
	return []FieldError{f}
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus is the status to answer with. It implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return MediaType }

// Finish completes a problem in a language. Messages about fields get their texts only here, so that nobody reads those
// of a library.
func (p *Problem) Finish(language words.Language, requestID string) {
	p.Type = "about:blank"
	p.Title = http.StatusText(p.Status)
	p.RequestID = requestID
	if p.Detail == "" && p.detail != nil {
		p.Detail = p.detail(language)
	}
	if p.Detail == "" {
		p.Detail = sentence(p.Code, language)
	}
	for i := range p.Errors {
		e := &p.Errors[i]
		text, known := language.Explain(e.Message)
		switch {
		case e.Message == "", p.Code == CodeMalformed: // the code says it all
			e.Message = p.Detail
		case e.in != nil:
			e.Message = words.Sentence(e.in(language))
		case known:
			e.Message = text
		default:
			e.Message = language.Say("inputs.generic")
		}
	}
}

// sentence explains a code in a language.
func sentence(code attendance.Code, l words.Language) string {
	key := "problems." + string(code)
	if !l.Knows(key) {
		key = "problems." + string(attendance.CodeInternal)
	}
	return l.Say(key)
}

// StatusOf is the one place that turns codes into HTTP statuses.
func StatusOf(code attendance.Code) int {
	switch code {
	case CodeMalformed, CodeBadRequest:
		return http.StatusBadRequest
	case attendance.CodeInvalid, attendance.CodeInvalidDate, attendance.CodeSkippedTime, attendance.CodeAmbiguousTime,
		attendance.CodeInvalidZone, attendance.CodeInvalidCursor,
		attendance.CodeClaimTooOld, attendance.CodeClaimInFuture, attendance.CodeOfflineOff,
		attendance.CodeLocationRequired,
		attendance.CodeOutsideArea, attendance.CodeInaccurate, attendance.CodeForeignNetwork,
		attendance.CodeEmployeeInactive, account.CodeNoEmployee, account.CodeSecondWrong,
		account.CodePasskeyWrong, account.CodePasskeyLate, account.CodeProviderLate, account.CodeProviderRefused,
		account.CodeProviderLeft, account.CodeProviderStale, account.CodeProviderSilent, account.CodeProviderUntold,
		account.CodeProviderUnsound,
		account.CodeEmailUnverified, account.CodeNoAccount,
		attendance.CodeKioskOtherBranch, kiosk.CodePairing, kiosk.CodeRefused, kiosk.CodeBadgeUnknown,
		kiosk.CodeMode, kiosk.CodeExpired, kiosk.CodeInvalid:
		return http.StatusUnprocessableEntity
	case attendance.CodeNotFound:
		return http.StatusNotFound
	case account.CodeForbidden, attendance.CodeOwnRequest, attendance.CodeOwnDays, account.CodePasswordChange,
		account.CodeSecondFactor, account.CodeConfirmation, account.CodeScopeRequired, account.CodeTokenLimited,
		account.CodeSetupCode, CodeCrossSite:
		return http.StatusForbidden
	case account.CodeUnauthenticated, account.CodeBadCredentials, account.CodeSignInOver, kiosk.CodeUnpaired:
		return http.StatusUnauthorized
	case account.CodeLinkOver, task.CodeDisplaced:
		return http.StatusGone
	case CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case CodeNotAcceptable:
		return http.StatusNotAcceptable
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeUnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case account.CodeThrottled, attendance.CodeTooManyPunches, attendance.CodeTooManyClaims,
		attendance.CodeTooManyRequests, CodeTooManyConnections:
		return http.StatusTooManyRequests
	case attendance.CodeConflict, attendance.CodeStale, account.CodeOtherPerson, attendance.CodeIdempotencyMismatch,
		account.CodeSetupDone, account.CodeLastAdmin, account.CodeOtherBranches, account.CodePasskeysOff,
		account.CodeProviderOff, account.CodeIdentityTaken, account.CodeOnlyWayIn,
		attendance.CodePeriodLocked, attendance.CodeUndoOver, attendance.CodeConfirmDirection,
		attendance.CodeStillEmployed, attendance.CodeNotSettled, attendance.CodeForgotten, attendance.CodeClaimWaits,
		kiosk.CodeBadgeTaken, kiosk.CodeUsed:
		return http.StatusConflict
	case attendance.CodeUnavailable, account.CodeProviderAway:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// CodeOfStatus is the code of an error that a library found, of which only the status is known.
func CodeOfStatus(status int) attendance.Code {
	switch status {
	case http.StatusBadRequest:
		return CodeMalformed
	case http.StatusUnprocessableEntity:
		return attendance.CodeInvalid
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return attendance.CodeUnavailable
	}
	for _, code := range []attendance.Code{CodeTooLarge, CodeUnsupportedMedia, CodeNotAcceptable, CodeMethodNotAllowed,
		account.CodeUnauthenticated, account.CodeForbidden, attendance.CodeNotFound} {
		if StatusOf(code) == status {
			return code
		}
	}
	return attendance.CodeInternal
}
