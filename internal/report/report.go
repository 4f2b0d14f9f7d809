// Package report writes attendance into files: workbooks, comma-separated values, PDF. It does not read the database.
// Its caller adds one person after the other, so that a company of thousands needs no more memory than a few.
package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
)

// ErrTooLong says that a report has more rows than its format should hold.
var ErrTooLong = errors.New("report: too many rows for this format")

// Head is what a report says about itself.
type Head struct {
	reports.ReportRequest
	Branch attendance.Branch    // zero: all
	Person *attendance.Employee // of an individual sheet
	// Covered is the first date whose days are closed; nil if all are. Before it only days with punches are known.
	Covered *attendance.Date
	Made    time.Time
	Zone    *time.Location // in which Made is shown
}

// Report is a file being written.
type Report struct {
	layout layout
	table  table
}

// layout turns people into rows.
type layout interface {
	person(p reports.PersonDays) error
	// end writes what follows the last person.
	end() error
}

// table writes rows in some format. Cells are strings, ints, or nil for an empty one.
type table interface {
	begin(s sheet) error
	row(cells []any) error
	total(cells []any) error
	// legend explains signs below a sheet's rows, a paragraph each.
	legend(texts []string) error
	// close ends the file and writes it.
	close() error
	// discard frees what an unfinished file holds.
	discard()
	// flat tells that the format has a single table of rows: no sheets, titles, totals or legends.
	flat() bool
}

type sheet struct {
	name    string
	titles  []string
	columns []column
}

// column is a column of a sheet. Nothing is cut off: a text that is too wide continues on further lines of its row. A
// number is printed smaller instead, since half of it would be another number.
type column struct {
	head   string
	width  float64 // in characters
	number bool
	centre bool // of signs
}

// wrapped breaks a text between words into lines of at most the given width. It breaks words that are wider than a line
// only if whole is false.
func wrapped(text string, width float64, whole bool, measure func(string) float64) []string {
	if measure(text) <= width {
		return []string{text}
	}
	var out []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && measure(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		if line = word; whole {
			continue
		}
		line = ""
		for _, r := range word {
			if line != "" && measure(line+string(r)) > width {
				out = append(out, line)
				line = ""
			}
			line += string(r)
		}
	}
	return append(out, line)
}

// New begins a report. Close writes it to w.
func New(w io.Writer, h Head) (*Report, error) {
	words := dictionaryIn(h.Locale)
	if words.language.Locale() != h.Locale {
		return nil, fmt.Errorf("report: there are no words in %q", h.Locale)
	}
	var t table
	var err error
	switch h.Format {
	case reports.FormatXLSX:
		t, err = newWorkbook(w, h, words)
	case reports.FormatCSV:
		t = newValues(w)
	case reports.FormatPDF:
		t, err = newDocument(w, h, words)
	default:
		err = fmt.Errorf("report: there is no format %q", h.Format)
	}
	if err != nil {
		return nil, err
	}
	r := &Report{table: t}
	b := base{t, h, words}
	switch h.Kind {
	case reports.ReportMonthly:
		r.layout = newMonth(b)
	case reports.ReportIndividual:
		r.layout = &individual{base: b}
	case reports.ReportLateness, reports.ReportOvertime, reports.ReportExceptions:
		r.layout, err = newListing(b)
	default:
		err = fmt.Errorf("report: there is no kind %q", h.Kind)
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return r, nil
}

// Add writes one person's days.
func (r *Report) Add(p reports.PersonDays) error { return r.layout.person(p) }

// Close ends the report and writes what is left of it.
func (r *Report) Close() error {
	if err := r.layout.end(); err != nil {
		return err
	}
	return r.table.close()
}

// Discard frees what an unfinished report holds; after Close it does nothing.
func (r *Report) Discard() { r.table.discard() }

// MediaType names a format for browsers.
func MediaType(f reports.ReportFormat) string {
	switch f {
	case reports.FormatXLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case reports.FormatCSV:
		return "text/csv; charset=utf-8"
	default:
		return "application/pdf"
	}
}

// FileName is the name under which a browser saves a report: only letters, digits, dots and hyphens.
func FileName(h Head) string {
	parts := []string{dictionaryIn(h.Locale).kind(h.Kind)}
	if h.Person != nil {
		parts = append(parts, h.Person.Number)
	} else if h.Branch.Code != "" {
		parts = append(parts, h.Branch.Code)
	}
	period := h.From.String() + "-" + h.To.String()
	if h.Kind == reports.ReportMonthly {
		period = h.From.String()[:7]
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, strings.Join(append(parts, period), "-"))
	return strings.ToLower(name) + "." + string(h.Format)
}

// base is what every layout has.
type base struct {
	table table
	head  Head
	words *dictionary
}

// titles are the lines above a sheet's columns.
func (b *base) titles(subject ...string) []string {
	out := []string{b.words.kind(b.head.Kind)}
	where := b.words.say("reports.all_branches")
	if b.head.Branch.ID != 0 {
		where = b.head.Branch.Code + " · " + b.head.Branch.Name
	}
	out = append(out, strings.Join(append([]string{where}, subject...), " · "))
	period := b.words.date(b.head.From) + " – " + b.words.date(b.head.To)
	if b.head.Kind == reports.ReportMonthly {
		period = b.words.month(b.head.From)
	}
	if c := b.head.Covered; c != nil && *c > b.head.From {
		period += " · " + b.words.say("reports.uncovered", "date", b.words.date(*c))
	}
	made := b.head.Made.In(b.head.Zone)
	return append(out, period, b.words.say("reports.made",
		"date", b.words.date(attendance.DateOf(made, b.head.Zone)), "time", made.Format("15:04 MST")))
}

// clock formats an instant in the zone of the day, and marks a later date.
func clock(t *time.Time, e *attendance.Entry, zones *attendance.Zones) any {
	if t == nil {
		return nil
	}
	zone := zones.Of(e.Zone)
	s := t.In(zone).Format("15:04")
	if n := attendance.DateOf(*t, zone) - e.WorkDate; n != 0 {
		s += fmt.Sprintf(" (%+d)", n)
	}
	return s
}
