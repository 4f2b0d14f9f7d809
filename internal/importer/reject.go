package importer

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hadir/internal/attendance"
	"hadir/internal/csvfile"
	"hadir/internal/words"
)

// Code is a stable, machine-readable reason for not taking a line.
type Code string

// The reasons. A line that the store refused carries the store's attendance.Code instead.
const (
	CodeLineTooLong     Code = "line_too_long"
	CodeNUL             Code = "nul_byte"
	CodeNotUTF8         Code = "not_utf8"
	CodeBadQuotes       Code = "bad_quotes"
	CodeFieldCount      Code = "field_count"
	CodeMissing         Code = "missing_value"
	CodeTooLong         Code = "value_too_long"
	CodeControl         Code = "control_character"
	CodeUnknownBranch   Code = "unknown_branch"
	CodeForeignBranch   Code = "foreign_branch"
	CodeUnusedBranch    Code = "unused_branch"
	CodeOtherBranch     Code = "other_branch"
	CodeForeignDates    Code = "foreign_dates"
	CodeChanged         Code = Code(attendance.CodeConflict)
	CodeUnknownEmployee Code = "unknown_employee"
	CodeAmbiguousPIN    Code = "ambiguous_pin"
	CodeInactive        Code = "employee_inactive"
	CodeDuplicate       Code = "duplicate_number"
	CodeAlike           Code = "similar_number"
	CodeBadStatus       Code = "bad_status"
	CodeBadDirection    Code = "bad_direction"
	CodeBadDate         Code = "bad_date"
	CodeDateOrder       Code = "date_order"
	CodeBadTime         Code = "bad_time"
	CodeMissingTime     Code = "missing_time"
	CodeSkippedTime     Code = "skipped_time"
	CodeFuture          Code = "time_in_future"
	CodeClockReset      Code = "time_implausible"
	CodeLocked          Code = Code(attendance.CodePeriodLocked)
	CodeOwnRequest      Code = Code(attendance.CodeOwnRequest)
	CodeOwnDays         Code = Code(attendance.CodeOwnDays)
	CodeForgotten       Code = Code(attendance.CodeForgotten)
)

// The remarks on lines that are taken.
const (
	NoteRepeatedTime   Code = "repeated_time"
	NoteOtherDirection Code = "other_direction"
)

// Rejection is a line that was not taken.
type Rejection struct {
	Line       int64  `json:"line"`       // from 1, the header included
	Code       Code   `json:"code"`       // a Code of this package or an attendance.Code
	Message    string `json:"message"`    // English
	Indonesian string `json:"indonesian"` // the same in Indonesian
	Text       string `json:"text"`       // the beginning of the line, printable
}

// lineError is a reason before it is put into words.
type lineError struct {
	code  Code
	value string
	key   string // of the text in the catalogue, instead of the code's own
	plain string // a finished English sentence of the store, instead of either
}

func quoted(code Code, value string) *lineError {
	return &lineError{code: code, value: strconv.Quote(excerpt(value))}
}

// refusal turns an error of the store about one row, of the employee with a number, into a reason. Causes stay inside.
func refusal(err error, number string) *lineError {
	var e *attendance.Error
	switch {
	case errors.As(err, &e) && e.Code == attendance.CodeConflict:
		return &lineError{code: CodeChanged}
	case e != nil && e.Code == attendance.CodeEmployeeInactive:
		return quoted(CodeInactive, number)
	case e != nil && slices.Contains([]Code{CodeLocked, CodeOwnRequest, CodeOwnDays, CodeForeignDates, CodeForgotten},
		Code(e.Code)):
		return &lineError{code: Code(e.Code)}
	case e != nil && e.Code == attendance.CodeNotFound: // days out of sight
		return &lineError{code: CodeForeignDates}
	case e != nil && e.Code != attendance.CodeInternal:
		return &lineError{code: Code(e.Code), plain: e.Message}
	}
	return &lineError{code: Code(attendance.CodeInternal)}
}

func (e *lineError) rejection(number int64, text string) Rejection {
	return Rejection{Line: number, Code: e.code, Text: excerpt(text), Message: e.in(words.English),
		Indonesian: e.in(words.Indonesian)}
}

// ofPeople words the code for a file of employees; the catalogue's own text is about punches.
func (e *lineError) ofPeople() *lineError {
	switch e.code {
	case CodeLocked:
		e.key = "imports.moved.period_locked"
	case CodeOwnRequest:
		e.key = "imports.moved.own_request"
	}
	return e
}

// in puts the reason into words.
func (e *lineError) in(l words.Language) string {
	if e.plain == "" {
		return l.Say(cmp.Or(e.key, "imports."+string(e.code)), "value", e.value)
	}
	if l == words.English {
		return e.plain
	}
	if said, known := l.Explain(e.plain); known {
		return said
	}
	return l.Say("imports.refused", "why", e.plain)
}

// maxExcerpt is how much of a bad line or value is repeated, in bytes.
const maxExcerpt = 120

// excerpt returns a printable beginning of s. It does not keep a long s in memory.
func excerpt(s string) string {
	cut := len(s) > maxExcerpt
	if cut {
		s = s[:maxExcerpt]
	}
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) && r != '\t' {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(s, "·"))
	if cut {
		s += "…"
	}
	return s
}

// Report returns an OnReject that writes rejections to w as CSV, one by one, so that nothing is kept: the number of the
// line, why it was refused and its text, under heads in the language of the reasons, and last the code for programs,
// which is the same in both. Call flush at the end.
func Report(w io.Writer, indonesian bool) (onReject func(Rejection) error, flush func() error) {
	out := csvfile.NewWriter(w)
	header, language := false, words.English
	if indonesian {
		language = words.Indonesian
	}
	onReject = func(r Rejection) error {
		if !header {
			header = true
			if err := out.Write([]string{language.Say("imports.head.line"), language.Say("imports.head.reason"),
				language.Say("imports.head.text"), language.Say("imports.head.code")}); err != nil {
				return err
			}
		}
		message := r.Message
		if indonesian {
			message = r.Indonesian
		}
		return out.Write([]string{strconv.FormatInt(r.Line, 10), message, r.Text, string(r.Code)})
	}
	return onReject, out.Flush
}

// FileError is about a file as a whole: an attendance.Error of the field file, or of how to read it, that has words in
// every language.
type FileError struct {
	cause *attendance.Error
	in    func(words.Language) string
}

// Error implements error.
func (e *FileError) Error() string { return e.cause.Error() }

func (e *FileError) Unwrap() error { return e.cause }

// In is the message in a language.
func (e *FileError) In(l words.Language) string { return e.in(l) }

func fileError(field string, in func(words.Language) string) error {
	return &FileError{&attendance.Error{Code: attendance.CodeInvalid, Field: field, Message: in(words.English)}, in}
}

// InvalidFile refuses a file with a text of the catalogue, whose slots are as those of words.Language.Say.
func InvalidFile(key string, slots ...string) error {
	return fileError("file", func(l words.Language) string { return l.Say(key, slots...) })
}
