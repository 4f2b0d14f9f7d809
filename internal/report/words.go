package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/attendance/reports"
	"hadir/internal/attendance/terms"
	"hadir/internal/words"
)

// dictionary is what reports say in one language.
type dictionary struct {
	language words.Language
	terms    *terms.Terms
}

func dictionaryIn(locale string) *dictionary {
	return &dictionary{words.In(locale), terms.In(locale)}
}

func (d *dictionary) say(key string, slots ...string) string { return d.language.Say(key, slots...) }

// kind is what a report is called.
func (d *dictionary) kind(k reports.ReportKind) string { return d.say("reports.kind." + string(k)) }

func (d *dictionary) nameOf(m time.Month) string {
	return d.say("reports.month." + strconv.Itoa(int(m)))
}

func (d *dictionary) weekday(v attendance.Date) string {
	return d.say("reports.weekday." + strconv.Itoa(int(v.Weekday())))
}

// column has the name that a text gives it.
func (d *dictionary) column(key string, width float64) column {
	return column{head: d.say(key), width: width}
}

// numbers is a column of them.
func (d *dictionary) numbers(key string, width float64) column {
	return column{head: d.say(key), width: width, number: true}
}

// date formats a date for people. Columns that programs read have ISO dates.
func (d *dictionary) date(v attendance.Date) string {
	t := v.UTC()
	return fmt.Sprintf("%d %s %d", t.Day(), d.nameOf(t.Month()), t.Year())
}

func (d *dictionary) month(v attendance.Date) string {
	t := v.UTC()
	return fmt.Sprintf("%s %d", d.nameOf(t.Month()), t.Year())
}

// signLegend explains the cells of a month, one line for each kind of sign.
func (d *dictionary) signLegend() []string {
	var statuses, remarks []string
	for _, s := range attendance.Statuses() {
		statuses = append(statuses, d.terms.Statuses[s].Sign+" = "+d.terms.Statuses[s].Word)
	}
	for _, f := range attendance.Flags() {
		remarks = append(remarks, d.terms.Flags[f].Sign+" = "+d.terms.Flags[f].Word)
	}
	remarks = append(remarks, terms.UnknownSign+" = "+d.say("reports.other"))
	var minutes []string
	for _, key := range []string{"reports.late", "reports.early", "reports.worked", "reports.overtime"} {
		minutes = append(minutes, d.say(key+"_short")+" = "+d.say(key))
	}
	return []string{d.say("reports.legend") + ": " + strings.Join(statuses, ", "),
		d.say("reports.remarks") + ": " + strings.Join(remarks, ", "),
		d.say("reports.columns") + ": " + strings.Join(minutes, ", ")}
}

// remark puts what is remarkable about a day into words; nil leaves the cell empty.
func (d *dictionary) remark(day *attendance.Day) any {
	if s := d.terms.Remark(day); s != "" {
		return s
	}
	return nil
}
