// Package terms has the words and signs by which people read about days.
package terms

import (
	"strings"
	"sync"

	"hadir/internal/attendance"
	"hadir/internal/words"
)

// Term is one thing as people read it: a word, and where a month's cell shows it a sign.
type Term struct{ Sign, Word string }

// Terms are the words of one language. Whatever people read about a day takes them from here: reports, CSV, messages.
// The pages have a table of their own, which a test holds equal to this one; docs/glossary.md lists both languages.
type Terms struct {
	Statuses   map[attendance.Status]Term
	Flags      map[attendance.Flag]Term
	Directions map[attendance.Direction]string
}

// In returns the words of a language: English for en, else Indonesian. The signs of flags stand behind that of a
// status ("H↓"). All are in the Windows glyph list 4, which every font that spreadsheets and PDF use has, and differ in
// shape, not in colour. A status and a flag never share a sign.
func In(locale string) *Terms { return known()[words.In(locale)] }

// known are the words of each language, read from the catalogue when somebody first asks: the catalogue says that no
// start waits for it.
var known = sync.OnceValue(func() (all []*Terms) {
	for _, l := range words.Languages() {
		term := func(key string) Term { return Term{Sign: l.Say(key + ".sign"), Word: l.Say(key)} }
		t := &Terms{Statuses: map[attendance.Status]Term{}, Flags: map[attendance.Flag]Term{},
			Directions: map[attendance.Direction]string{}}
		for _, s := range attendance.Statuses() {
			t.Statuses[s] = term("terms.status." + string(s))
		}
		for _, f := range attendance.Flags() {
			t.Flags[f] = term("terms.flag." + string(f))
		}
		for _, d := range attendance.Directions() {
			t.Directions[d] = l.Say("terms.direction." + string(d))
		}
		all = append(all, t)
	}
	return all
})

// UnknownSign stands for a flag of a newer release.
const UnknownSign = "!"

// Flag names a flag; one of a newer release by its code, so that it is not lost.
func (t *Terms) Flag(f attendance.Flag) string {
	if term, ok := t.Flags[f]; ok {
		return term.Word
	}
	return string(f)
}

// Sign is what a month's cell shows of a day: the status, then every remark.
func (t *Terms) Sign(day *attendance.Day) string {
	s := t.Statuses[day.Status].Sign
	for _, f := range day.Remarks() {
		if term, ok := t.Flags[f]; ok {
			s += term.Sign
		} else {
			s += UnknownSign
		}
	}
	return s
}

// Remark says in words what is remarkable about a day; empty for nothing.
func (t *Terms) Remark(day *attendance.Day) string {
	flags := day.Remarks()
	parts := make([]string, len(flags))
	for i, f := range flags {
		parts[i] = t.Flag(f)
	}
	return strings.Join(parts, ", ")
}
