package report

import (
	"strconv"

	"hadir/internal/attendance"
)

// tally is a sum of days.
type tally struct {
	people                        int
	counts                        map[attendance.Status]int
	late, early, worked, overtime int
}

func newTally() *tally { return &tally{counts: map[attendance.Status]int{}} }

func (t *tally) day(d *attendance.Day) {
	t.counts[d.Status]++
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
	t.late += o.late
	t.early += o.early
	t.worked += o.worked
	t.overtime += o.overtime
}

// cells are the sums in the order of sumColumns.
func (t *tally) cells() []any {
	out := make([]any, 0, 13)
	for _, s := range attendance.Statuses() {
		out = append(out, t.counts[s])
	}
	return append(out, t.late, t.early, t.worked, t.overtime)
}

// sumColumns head a tally: on sheets by the signs of the statuses, which a legend explains, elsewhere by their names.
func (b *base) sumColumns(signs bool) []column {
	var out []column
	for _, s := range attendance.Statuses() {
		c := column{head: b.words.statuses[s], width: 12, number: true}
		if signs {
			c = column{head: b.words.signs[s], width: 4, number: true}
		}
		out = append(out, c)
	}
	if signs {
		return append(out, column{b.words.lateShort, 7, true, false}, column{b.words.earlyShort, 7, true, false},
			column{b.words.workedShort, 7.5, true, false}, column{b.words.overtimeShort, 7, true, false})
	}
	return append(out, column{b.words.late, 12, true, false}, column{b.words.early, 12, true, false},
		column{b.words.worked, 12, true, false}, column{b.words.overtime, 12, true, false})
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
		return m.words.noDepartment
	}
	return s
}

// columns of a department's sheet, or of the one table that a flat format has.
func (m *month) columns() []column {
	flat := m.table.flat()
	cs := []column{{head: m.words.number, width: 13}, {head: m.words.name, width: 26}}
	if flat {
		cs = append(cs, column{head: m.words.department, width: 16})
	}
	for d := m.head.From; d <= m.head.To; d++ {
		c := column{head: strconv.Itoa(d.UTC().Day()), width: 3.4, centre: true}
		if flat {
			c.head = d.String()
		}
		cs = append(cs, c)
	}
	return append(cs, m.sumColumns(!flat)...)
}

func (m *month) person(p attendance.PersonDays) error {
	if !m.begun || p.Department != m.department && !m.table.flat() {
		if err := m.endDepartment(); err != nil {
			return err
		}
		m.begun, m.department = true, p.Department
		if err := m.table.begin(sheet{m.departmentName(p.Department), m.titles(m.departmentName(p.Department)), m.columns()}); err != nil {
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
		cells = append(cells, m.words.signs[p.Days[next].Status])
		next++
	}
	m.sum.add(own)
	return m.table.row(append(cells, own.cells()...))
}

func (m *month) endDepartment() error {
	if !m.begun {
		return nil
	}
	cells := []any{m.words.total, nil}
	for d := m.head.From; d <= m.head.To; d++ {
		cells = append(cells, nil)
	}
	if !m.table.flat() {
		if err := m.table.total(append(cells, m.sum.cells()...)); err != nil {
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
	columns := append([]column{{head: m.words.department, width: 26}, {head: m.words.people, width: 11, number: true}}, m.sumColumns(false)...)
	if err := m.table.begin(sheet{m.words.summary, m.titles(m.words.summary), columns}); err != nil {
		return err
	}
	for _, d := range m.sums {
		if err := m.table.row(append([]any{d.name, d.sum.people}, d.sum.cells()...)); err != nil {
			return err
		}
	}
	return m.table.total(append([]any{m.words.total, m.all.people}, m.all.cells()...))
}
