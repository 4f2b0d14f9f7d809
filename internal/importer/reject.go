package importer

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"hadir/internal/attendance"
	"hadir/internal/csvfile"
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
	CodeOtherBranch     Code = "other_branch"
	CodeChanged         Code = Code(attendance.CodeConflict)
	CodeUnknownEmployee Code = "unknown_employee"
	CodeAmbiguousPIN    Code = "ambiguous_pin"
	CodeInactive        Code = "employee_inactive"
	CodeDuplicate       Code = "duplicate_number"
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
	CodeOwnPunch        Code = Code(attendance.CodeOwnRequest)
)

// The remarks on lines that are taken.
const (
	NoteRepeatedTime   Code = "repeated_time"
	NoteOtherDirection Code = "other_direction"
)

// texts holds the English and the Indonesian sentence of each reason; %s is the value at fault.
var texts = map[Code][2]string{
	CodeLineTooLong: {"the line is longer than 16 KiB", "baris lebih panjang dari 16 KiB"},
	CodeNUL: {"the line holds a NUL byte; the file is damaged or not text",
		"baris berisi bita NUL; berkas rusak atau bukan teks"},
	CodeNotUTF8: {"the line is not UTF-8; save the file as UTF-8",
		"baris bukan UTF-8; simpan berkas sebagai UTF-8"},
	CodeBadQuotes: {"a quotation mark is not closed or stands inside a field",
		"tanda kutip tidak ditutup atau berada di tengah kolom"},
	CodeFieldCount: {"the number of fields does not fit (found / expected): %s",
		"jumlah kolom tidak sesuai (ada / seharusnya): %s"},
	CodeMissing:       {"the value of %s is missing", "nilai %s kosong"},
	CodeTooLong:       {"the value of %s is too long", "nilai %s terlalu panjang"},
	CodeControl:       {"the value of %s holds a control character", "nilai %s berisi karakter kendali"},
	CodeUnknownBranch: {"there is no branch %s", "cabang %s tidak ada"},
	CodeForeignBranch: {"there is no branch %s among those that you look after",
		"cabang %s tidak ada di antara cabang yang Anda kelola"},
	CodeChanged: {"somebody else changed this employee meanwhile; import the line again",
		"data karyawan ini baru saja diubah orang lain; impor lagi baris ini"},
	CodeOtherBranch: {"the number %s belongs to an employee of a branch that you do not look after",
		"nomor %s milik karyawan cabang yang tidak Anda kelola"},
	CodeUnknownEmployee: {"there is no employee %s", "karyawan %s tidak ada"},
	CodeAmbiguousPIN:    {"the PIN fits several employees: %s", "PIN cocok dengan beberapa karyawan: %s"},
	CodeInactive:        {"the employee %s was not employed on that day", "karyawan %s tidak bekerja pada tanggal itu"},
	CodeDuplicate:       {"the number was on an earlier line: %s", "nomor sudah ada di baris sebelumnya: %s"},
	CodeBadStatus:       {"the status %s is unknown", "status %s tidak dikenal"},
	CodeBadDirection:    {"the direction or terminal status %s is unknown", "arah atau status mesin %s tidak dikenal"},
	CodeBadDate: {"%s is not a date such as 2026-11-24, 24/11/2026 or 24-11-2026 (day first)",
		"%s bukan tanggal seperti 2026-11-24, 24/11/2026, atau 24-11-2026 (hari lebih dulu)"},
	CodeDateOrder: {"the last day %s is before the first", "hari terakhir %s sebelum hari pertama"},
	CodeBadTime: {"%s is not a date and time such as 2026-11-24 08:05:30, 24/11/2026 08.05 or 24-11-2026 08:05 (day " +
		"first)",
		"%s bukan tanggal dan jam seperti 2026-11-24 08:05:30, 24/11/2026 08.05, atau 24-11-2026 08:05 (hari lebih " +
			"dulu)"},
	CodeMissingTime: {"the time of day is missing: %s", "jam tidak ada: %s"},
	CodeSkippedTime: {"clocks skipped %s in the branch's zone (daylight saving)",
		"jam %s tidak pernah ada di zona waktu cabang (jam dimajukan)"},
	CodeFuture: {"%s is in the future", "%s ada di masa depan"},
	CodeClockReset: {"%s is from before 2001; the terminal's clock was not set",
		"%s sebelum tahun 2001; jam mesin belum disetel"},
	CodeLocked: {"the period is locked; its punches are not read anew",
		"periode sudah dikunci; absensinya tidak dibaca ulang"},
	CodeOwnPunch: {"somebody else reads your own punches anew", "absensi Anda sendiri dibaca ulang oleh orang lain"},
	NoteRepeatedTime: {"clocks showed %s twice that night; the first one was taken",
		"jam %s terjadi dua kali pada malam itu; yang pertama dipakai"},
	NoteOtherDirection: {"the same punch was imported before in another direction",
		"absensi yang sama sudah diimpor dengan arah lain"},
}

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
	plain string // a finished English sentence, instead of texts
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
	case e != nil && (Code(e.Code) == CodeLocked || Code(e.Code) == CodeOwnPunch):
		return &lineError{code: Code(e.Code)}
	case e != nil && e.Code != attendance.CodeInternal:
		return &lineError{code: Code(e.Code), plain: e.Message}
	}
	return &lineError{code: Code(attendance.CodeInternal), plain: "the database could not take the row"}
}

func (e *lineError) rejection(number int64, text string) Rejection {
	r := Rejection{Line: number, Code: e.code, Text: excerpt(text)}
	t, known := texts[e.code]
	if !known || e.plain != "" {
		r.Message, r.Indonesian = e.plain, "ditolak: "+e.plain
		return r
	}
	r.Message, r.Indonesian = t[0], t[1]
	if strings.Contains(t[0], "%s") {
		r.Message, r.Indonesian = fmt.Sprintf(t[0], e.value), fmt.Sprintf(t[1], e.value)
	}
	return r
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

// Report returns an OnReject that writes rejections to w as CSV with the columns line, code, message and text, one by
// one, so that nothing is kept. Call flush at the end.
func Report(w io.Writer, indonesian bool) (onReject func(Rejection) error, flush func() error) {
	out := csvfile.NewWriter(w)
	header := false
	onReject = func(r Rejection) error {
		if !header {
			header = true
			if err := out.Write([]string{"line", "code", "message", "text"}); err != nil {
				return err
			}
		}
		message := r.Message
		if indonesian {
			message = r.Indonesian
		}
		return out.Write([]string{strconv.FormatInt(r.Line, 10), string(r.Code), message, r.Text})
	}
	return onReject, out.Flush
}

// FileError is about a file as a whole: an attendance.Error of the field file, or of how to read it, that can say the
// same in Indonesian.
type FileError struct {
	cause      *attendance.Error
	Indonesian string
}

// Error implements error.
func (e *FileError) Error() string { return e.cause.Error() }

func (e *FileError) Unwrap() error { return e.cause }

// InIndonesian is the message in Indonesian.
func (e *FileError) InIndonesian() string { return e.Indonesian }

// InvalidFile refuses a file with a sentence in both languages.
func InvalidFile(message, indonesian string) error {
	return &FileError{&attendance.Error{Code: attendance.CodeInvalid, Field: "file", Message: message}, indonesian}
}
