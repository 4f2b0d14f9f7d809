// Package csvfile writes comma-separated values for people: spreadsheets know the encoding, and no text becomes a
// formula, whichever separator a spreadsheet's regional settings make of the file.
package csvfile

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
)

// mark is by which spreadsheets know UTF-8; without it they take the file for Latin-1.
const mark = "\ufeff"

// Writer writes records (RFC 4180), each cell made inert.
type Writer struct {
	to    io.Writer
	csv   *csv.Writer
	begun bool
}

// NewWriter returns a writer of one file. It buffers; call Flush at the end.
func NewWriter(w io.Writer) *Writer {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &Writer{to: w, csv: c}
}

// Write writes one record and leaves cells as they are.
func (w *Writer) Write(cells []string) error {
	if err := w.begin(); err != nil {
		return err
	}
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = Inert(c)
	}
	return w.csv.Write(safe)
}

// begin writes the mark of the encoding.
func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := io.WriteString(w.to, mark)
	return err
}

// Flush writes what is buffered. A file without records is the mark alone.
func (w *Writer) Flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// signs begin a formula, in their plain, wide and small forms.
const signs = "=+-@＝＋－＠﹦﹢﹣﹫"

// separators end a cell in one spreadsheet or another: with Indonesian settings the semicolon does, and quotation marks
// inside of such a cell are then letters like others.
const separators = ";\t\r\n"

// Inert keeps spreadsheets from taking a text for a formula: an employee may be called =HYPERLINK(…) by whoever
// imported the list. Wherever a cell may begin, it puts an apostrophe before a sign, which is how spreadsheets
// themselves mark a text. Blanks, quotation marks and characters that cannot be seen do not hide a sign from all of
// them. Other texts stay as they are. The page Pengguna does the same (web/src/js/csv.js), for the same cases
// (testdata/cells.json).
func Inert(s string) string {
	var out strings.Builder
	start := 0 // of the part that is a cell to somebody
	for start <= len(s) {
		end := strings.IndexAny(s[start:], separators)
		if end < 0 {
			end = len(s)
		} else {
			end += start
		}
		part := s[start:end]
		seen := strings.TrimLeftFunc(part, hides)
		if seen != "" && strings.ContainsRune(signs, []rune(seen[:min(len(seen), 4)])[0]) || start == 0 && end == 0 &&
			s != "" && s[0] != ';' {
			out.WriteByte('\'') // also before a text that begins with a tab or a line break, which some strip
		}
		out.WriteString(part)
		if end < len(s) {
			out.WriteByte(s[end])
		}
		start = end + 1
	}
	return out.String()
}

// hides tells of what may stand before a sign without keeping it from being the first.
func hides(r rune) bool {
	return r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) ||
		unicode.In(r, unicode.Z, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
