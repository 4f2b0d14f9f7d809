package report

import (
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/attendance/terms"
)

// tally is a sum of days.
type tally struct {
	people                        int
	counts                        map[attendance.Status]int
	remarks                       map[attendance.Flag]int // days
	late, early, worked, overtime int
}

func newTally() *tally {
	return &tally{counts: map[attendance.Status]int{}, remarks: map[attendance.Flag]int{}}
}

func (t *tally) day(d *attendance.Day) {
	t.counts[d.Status]++
	for _, f := range d.Remarks() {
		t.remarks[f]++
	}
	t.late += d.LateMinutes
	t.early += d.EarlyMinutes
	t.worked += d.WorkedMinutes
	t.overtime += d.OvertimeMinutes
}

func (t *tally) add(o *tally) {
	t.people += o.people
	for s, n := range o.counts {
		t.counts[s] += n
	}
	for f, n := range o.remarks {
		t.remarks[f] += n
	}
	t.late += o.late
	t.early += o.early
	t.worked += o.worked
	t.overtime += o.overtime
}

// sumCells are the cells of a tally in the order of sumColumns. What was remarkable on no day is left empty where
// people look: among so many columns it is what is there that they look for.
func (b *base) sumCells(t *tally) []any {
	out := make([]any, 0, 32)
	for _, s := range attendance.Statuses() {
		out = append(out, t.counts[s])
	}
	for _, f := range attendance.Flags() {
		if n := t.remarks[f]; n > 0 || b.table.flat() {
			out = append(out, n)
		} else {
			out = append(out, nil)
		}
	}
	return append(out, t.late, t.early, t.worked, t.overtime)
}

// sumColumns are the columns of a tally. Beside the days of a month they are headed by signs, which a legend below
// explains. A flat table has no legend and has words with their signs. Everywhere else they are headed by words.
func (b *base) sumColumns(beside bool) []column {
	heads := make([]terms.Term, 0, 32)
	for _, s := range attendance.Statuses() {
		heads = append(heads, b.words.terms.Statuses[s])
	}
	for _, f := range attendance.Flags() {
		heads = append(heads, b.words.terms.Flags[f])
	}
	var out []column
	for _, t := range heads {
		switch {
		case b.table.flat():
			out = append(out, column{head: fmt.Sprintf("%s (%s)", capital(t.Word), t.Sign), number: true})
		case beside:
			out = append(out, column{head: t.Sign, width: 3.2, number: true})
		default:
			out = append(out, column{head: capital(t.Word), width: 12, number: true})
		}
	}
	w := b.words
	if beside && !b.table.flat() {
		return append(out, w.numbers("reports.late_short", 6),
			w.numbers("reports.early_short", 6),
			w.numbers("reports.worked_short", 7),
			w.numbers("reports.overtime_short", 6.5))
	}
	return append(out, w.numbers("reports.late", 12), w.numbers("reports.early", 12),
		w.numbers("reports.worked", 12), w.numbers("reports.overtime", 12))
}

// capital begins a word with a capital letter.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// month has a sheet per department, with the dates as columns, and a summary of them.
type month struct {
	base
	begun      bool
	department string
	sum, all   *tally
	sums       []departmentSum
}

type departmentSum struct {
	name string
	sum  *tally
}

func newMonth(b base) *month { return &month{base: b, sum: newTally(), all: newTally()} }

func (m *month) departmentName(s string) string {
	if s == "" {
		return m.words.say("reports.no_department")
	}
	return s
}

// columns of a department's sheet, or of the one table that a flat format has.
func (m *month) columns() []column {
	flat := m.table.flat()
	cs := []column{m.words.column("reports.number", 11), m.words.column("reports.name", 26)}
	if flat {
		cs = append(cs, m.words.column("reports.department", 16))
	}
	for d := m.head.From; d <= m.head.To; d++ {
		c := column{head: strconv.Itoa(d.UTC().Day()), width: 3.4, centre: true}
		if flat {
			c.head = d.String()
		}
		cs = append(cs, c)
	}
	return append(cs, m.sumColumns(true)...)
}

func (m *month) person(p reports.PersonDays) error {
	if !m.begun || p.Department != m.department && !m.table.flat() {
		if err := m.endDepartment(); err != nil {
			return err
		}
		m.begun, m.department = true, p.Department
		if err := m.table.begin(
			sheet{m.departmentName(p.Department), m.titles(m.departmentName(p.Department)), m.columns()}); err != nil {
			return err
		}
	}
	cells := []any{p.Number, p.Name}
	if m.table.flat() {
		cells = append(cells, p.Department)
	}
	own := newTally()
	own.people = 1
	next := 0
	for d := m.head.From; d <= m.head.To; d++ {
		if next == len(p.Days) || p.Days[next].WorkDate != d {
			cells = append(cells, nil)
			continue
		}
		own.day(&p.Days[next].Day)
		cells = append(cells, m.words.terms.Sign(&p.Days[next].Day))
		next++
	}
	m.sum.add(own)
	return m.table.row(append(cells, m.sumCells(own)...))
}

func (m *month) endDepartment() error {
	if !m.begun {
		return nil
	}
	cells := []any{m.words.say("reports.total"), nil}
	for d := m.head.From; d <= m.head.To; d++ {
		cells = append(cells, nil)
	}
	if !m.table.flat() {
		if err := m.table.total(append(cells, m.sumCells(m.sum)...)); err != nil {
			return err
		}
		if err := m.table.legend(m.words.signLegend()); err != nil {
			return err
		}
	}
	m.sums = append(m.sums, departmentSum{m.departmentName(m.department), m.sum})
	m.all.add(m.sum)
	m.sum = newTally()
	return nil
}

func (m *month) end() error {
	if err := m.endDepartment(); err != nil {
		return err
	}
	if m.table.flat() {
		if m.begun {
			return nil
		}
		return m.table.begin(sheet{columns: m.columns()})
	}
	columns := append([]column{m.words.column("reports.department", 26), m.words.numbers("reports.people", 11)},
		m.sumColumns(false)...)
	name := m.words.say("reports.summary")
	if err := m.table.begin(sheet{name, m.titles(name), columns}); err != nil {
		return err
	}
	for _, d := range m.sums {
		if err := m.table.row(append([]any{d.name, d.sum.people}, m.sumCells(d.sum)...)); err != nil {
			return err
		}
	}
	return m.table.total(append([]any{m.words.say("reports.total"), m.all.people}, m.sumCells(m.all)...))
}
