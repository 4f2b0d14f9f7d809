package report

import (
	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
)

// individual is one person's sheet: a row for each date of the period, whether anything happened on it or not.
type individual struct {
	base
	zones attendance.Zones
	begun bool
}

func (l *individual) begin(p *attendance.Employee) error {
	l.begun = true
	w := l.words
	var subject []string
	if p != nil {
		subject = append(subject, p.Number, p.Name)
		if p.Department != "" {
			subject = append(subject, p.Department)
		}
	}
	return l.table.begin(sheet{w.kind(l.head.Kind), l.titles(subject...), []column{
		w.column("reports.date", 11), w.column("reports.weekday", 10), w.column("reports.branch", 16),
		w.column("reports.shift", 14), w.column("reports.in", 11), w.column("reports.out", 11),
		w.column("reports.status", 16), w.numbers("reports.late", 12), w.numbers("reports.early", 12),
		w.numbers("reports.worked", 12), w.numbers("reports.overtime", 12),
		w.column("reports.remarks", 34)}})
}

func (l *individual) person(p reports.PersonDays) error {
	if err := l.begin(&p.Employee); err != nil {
		return err
	}
	sum, next := newTally(), 0
	for d := l.head.From; d <= l.head.To; d++ {
		day := l.words.weekday(d)
		if next == len(p.Days) || p.Days[next].WorkDate != d {
			if err := l.table.row(
				[]any{d.String(), day, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}); err != nil {
				return err
			}
			continue
		}
		e := &p.Days[next]
		next++
		sum.day(&e.Day)
		err := l.table.row([]any{d.String(), day, e.BranchName, e.ShiftName, clock(e.FirstIn, e, &l.zones),
			clock(e.LastOut, e, &l.zones), l.words.terms.Statuses[e.Status].Word,
			e.LateMinutes, e.EarlyMinutes, e.WorkedMinutes, e.OvertimeMinutes, l.words.remark(&e.Day)})
		if err != nil {
			return err
		}
	}
	if l.table.flat() {
		return nil
	}
	return l.table.total([]any{l.words.say("reports.total"), nil, nil, nil, nil, nil, nil, sum.late, sum.early,
		sum.worked, sum.overtime, nil})
}

func (l *individual) end() error {
	if l.begun {
		return nil
	}
	return l.begin(l.head.Person)
}

// listing is a row per remarkable day.
type listing struct {
	base
	zones attendance.Zones
	days  int
	sum   *tally
	// own are the cells of the kind's own columns, total what stands below them.
	own   func(e *attendance.Entry) []any
	total func() []any
}

// newListing begins the sheet at once, so that a period without any such day has one too.
func newListing(b base) (*listing, error) {
	l := &listing{base: b, sum: newTally()}
	w := b.words
	columns := []column{w.column("reports.date", 11), w.column("reports.number", 13), w.column("reports.name", 28),
		w.column("reports.department", 18), w.column("reports.branch", 18), w.column("reports.shift", 14)}
	remarks := w.column("reports.remarks", 40)
	switch b.head.Kind {
	case reports.ReportLateness:
		columns = append(columns, w.column("reports.start", 13), w.column("reports.in", 11),
			w.numbers("reports.late", 17))
		l.own = func(e *attendance.Entry) []any {
			return []any{clock(e.ShiftStart, e, &l.zones), clock(e.FirstIn, e, &l.zones), e.LateMinutes}
		}
		l.total = func() []any { return []any{nil, nil, l.sum.late} }
		remarks.width = 26
	case reports.ReportOvertime:
		columns = append(columns, w.column("reports.end", 13), w.column("reports.out", 11),
			w.numbers("reports.worked", 15),
			w.numbers("reports.overtime", 17))
		l.own = func(e *attendance.Entry) []any {
			return []any{clock(e.ShiftEnd, e, &l.zones), clock(e.LastOut, e, &l.zones), e.WorkedMinutes,
				e.OvertimeMinutes}
		}
		l.total = func() []any { return []any{nil, nil, l.sum.worked, l.sum.overtime} }
		remarks.width = 26
	default:
		columns = append(columns, w.column("reports.in", 11), w.column("reports.out", 11),
			w.column("reports.status", 16))
		l.own = func(e *attendance.Entry) []any {
			return []any{clock(e.FirstIn, e, &l.zones), clock(e.LastOut, e, &l.zones),
				l.words.terms.Statuses[e.Status].Word}
		}
		l.total = func() []any { return []any{nil, nil, nil} }
	}
	columns = append(columns, remarks)
	return l, b.table.begin(sheet{w.kind(b.head.Kind), l.titles(), columns})
}

func (l *listing) person(p reports.PersonDays) error {
	for i := range p.Days {
		e := &p.Days[i]
		l.days++
		l.sum.day(&e.Day)
		cells := append([]any{e.WorkDate.String(), p.Number, p.Name, e.Department, e.BranchName, e.ShiftName},
			l.own(e)...)
		if err := l.table.row(append(cells, l.words.remark(&e.Day))); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) end() error {
	if l.table.flat() {
		return nil
	}
	cells := append([]any{l.words.say("reports.total"), l.days, nil, nil, nil, nil}, l.total()...)
	return l.table.total(append(cells, nil))
}
